"""Hosts whose clocks are ten minutes off: whatever ends at a time is compared with the database's."""

from __future__ import annotations

import json
import os
import signal
import subprocess
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.db.models.functions import Now
from django.utils import timezone

from procore_sync.acceptance.models import Attempt, ErpItem, Heartbeat, Submission
from procore_sync.acceptance.states import Status, Work
from quickbooks_bridge.models import Connection
from tests.processes import wait_for
from tests.site import Site, open_site

pytestmark = [pytest.mark.postgres, pytest.mark.timeout(180)]

#: Python imports it at its start; what is monotonic goes right, as on a host whose clock was set wrong.
SHIFT = """
import datetime, os, time
_off = float(os.environ.get("CLOCK_OFF", "0"))
_time, _real = time.time, datetime.datetime

class _Shifted(type(_real)):
    def __instancecheck__(cls, one):
        return isinstance(one, _real)

class datetime_(_real, metaclass=_Shifted):
    @classmethod
    def now(cls, tz=None):
        return _real.now(tz) + datetime.timedelta(seconds=_off)

    @classmethod
    def utcnow(cls):
        return _real.utcnow() + datetime.timedelta(seconds=_off)

if _off:
    time.time = lambda: _time() + _off
    datetime.datetime = datetime_
"""


@pytest.fixture(scope="module", params=[600, -600], ids=["ahead", "behind"])
def site(
    request: pytest.FixtureRequest,
    tmp_path_factory: pytest.TempPathFactory,
    django_db_setup: None,
    django_db_blocker: Any,
    leased_redis: str,
) -> Iterator[Site]:
    """Beat goes right; the only worker, which does everything, is ten minutes off."""
    folder: Path = tmp_path_factory.mktemp("clocks")
    (folder / "sitecustomize.py").write_text(SHIFT)
    with django_db_blocker.unblock(), open_site(folder, leased_redis, worker=False) as opened:
        opened.running.beat()
        opened.running.environment |= {"PYTHONPATH": str(folder), "CLOCK_OFF": str(request.param)}
        opened.workers.append(opened.running.worker(pool="prefork", concurrency=1))
        yield opened


def off(site: Site) -> timedelta:
    return timedelta(seconds=float(site.running.environment["CLOCK_OFF"]))


def way(site: Site) -> str:
    return "ahead" if off(site) > timedelta(0) else "behind"


def forget(site: Site) -> None:
    """What a worker's process knows of the token goes with it; its parent, which remembers none, forks another."""
    processes = pool(site)
    for pid in processes:
        os.kill(pid, signal.SIGKILL)
    wait_for(lambda: pool(site) and not pool(site) & processes, 20, what="another process", children=site.workers)


def pool(site: Site) -> set[int]:
    """The processes in which the worker works."""
    parent = site.workers[0].pid
    told = subprocess.run(["pgrep", "-P", str(parent)], capture_output=True, text=True, check=False)
    return {int(pid) for pid in told.stdout.split()}


def test_its_clock_is_really_wrong(site: Site) -> None:
    site.until(site.accepted("Clock"), Status.SYNCED)
    lines = [line for line in site.workers[0].output().splitlines() if '"timestamp"' in line]
    told = datetime.fromisoformat(json.loads(lines[-1])["timestamp"])
    assert abs(told - timezone.now() - off(site)) < timedelta(minutes=1)


def test_what_is_accepted_turns_green_without_a_look_or_a_wait(site: Site) -> None:
    item = site.accepted(f"Clocks differ {way(site)}")
    site.until(item, Status.SYNCED, 30)
    assert site.times_in_books(item.label) == 1


def test_the_tries_bear_the_databases_time(site: Site) -> None:
    item = site.accepted(f"Times {way(site)}")
    site.until(item, Status.SYNCED, 30)
    attempt = Attempt.objects.get(submission__item=item)
    assert attempt.finished_at
    assert attempt.started_at <= attempt.finished_at
    assert abs(timezone.now() - attempt.started_at) < timedelta(minutes=2)
    assert abs(timezone.now() - Heartbeat.objects.get(name="worker").at) < timedelta(minutes=2)


def test_an_answer_lost_after_the_write_is_found_to_be_ours(site: Site) -> None:
    site.fault("write_then_drop")
    item = site.accepted(f"Lost answer {way(site)}")
    site.until(item, Status.SYNCED, 30)
    assert site.times_in_books(item.label) == 1
    assert [one.outcome for one in Attempt.objects.filter(submission__item=item)] == ["unknown", "done"]


def test_a_worker_killed_in_mid_call_is_known_after_a_lease_and_not_before(site: Site) -> None:
    site.fault("slow")
    item = site.accepted(f"Killed {way(site)}")
    flying = Submission.objects.filter(item=item, work=Work.FLYING)
    wait_for(flying.exists, 20, what="it is on its way", children=site.workers)
    ends = flying.get().lease_until
    assert ends
    assert timedelta(0) < ends - timezone.now() <= timedelta(seconds=5)
    site.workers.pop().kill()
    site.workers.append(site.running.worker(pool="prefork", concurrency=1))
    site.until(item, Status.SYNCED, 40)
    assert site.times_in_books(item.label) == 1


def test_a_pause_lasts_as_long_as_the_database_says(site: Site) -> None:
    Connection.objects.update(paused_until=Now() + timedelta(seconds=5), pause_reason="QuickBooks asked us to wait.")
    item = site.accepted(f"Paused {way(site)}")
    wait_for(lambda: Submission.objects.get(item=item).work == Work.WAITING, 20, what="it waits")
    assert Submission.objects.get(item=item).reason == "QuickBooks asked us to wait."
    site.until(item, Status.SYNCED, 30)


def test_a_token_is_renewed_when_it_ends_and_not_at_every_call(site: Site) -> None:
    Connection.objects.update(access_expires_at=Now() + timedelta(minutes=20))
    before = Connection.objects.get().token_version
    forget(site)
    first = site.accepted(f"Good token {way(site)}")
    site.until(first, Status.SYNCED, 40)
    assert Connection.objects.get().token_version == before
    Connection.objects.update(access_expires_at=Now() + timedelta(minutes=1))
    forget(site)
    items: list[ErpItem] = [site.accepted(f"New token {way(site)} {number}") for number in range(2)]
    for item in items:
        site.until(item, Status.SYNCED, 40)
    row = Connection.objects.get()
    assert row.token_version == before + 1
    assert row.access_expires_at
    assert abs(row.access_expires_at - timezone.now() - timedelta(hours=1)) < timedelta(minutes=2)
