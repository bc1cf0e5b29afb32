"""Redis dies and comes back empty, in the middle of whatever workers do: they live, and nothing is lost or doubled."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import redis

from procore_sync.acceptance.models import Submission
from procore_sync.acceptance.states import Status, Work
from procore_sync.development import commands
from procore_sync.development.children import Child, Children
from tests.processes import wait_for
from tests.site import Site, open_site

pytestmark = [pytest.mark.postgres, pytest.mark.timeout(240)]


@dataclass
class Broker:
    """A Redis of this file alone, which may die."""

    children: Children
    folder: Path
    child: Child | None = None

    @property
    def url(self) -> str:
        return f"unix://{self.folder / 'r.sock'}?db=0"

    def start(self) -> None:
        argv = commands.broker(self.folder / "r.sock", self.folder)
        self.child = self.children.start("broker", argv, dict(os.environ))
        wait_for(self.answers, 20, what="the broker answers", children=[self.child])

    def answers(self) -> bool:
        try:
            with redis.Redis.from_url(self.url, socket_timeout=1) as client:
                return bool(client.ping())
        except redis.RedisError:
            return False

    def kill(self) -> None:
        assert self.child
        self.child.kill()
        (self.folder / "r.sock").unlink(missing_ok=True)


@pytest.fixture(scope="module")
def broker(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Broker]:
    folder = Path(tempfile.mkdtemp(prefix="rb"))  # a socket's path is short
    with Children(tmp_path_factory.mktemp("broker")) as children:
        broker = Broker(children, folder)
        broker.start()
        yield broker
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="module")
def site(
    tmp_path_factory: pytest.TempPathFactory, django_db_setup: None, django_db_blocker: Any, broker: Broker
) -> Iterator[Site]:
    with django_db_blocker.unblock(), open_site(tmp_path_factory.mktemp("site"), broker.url, worker=False) as opened:
        opened.running.environment["QUICKBOOKS_LIMITS"] = "true"
        opened.running.beat()
        opened.workers.append(opened.running.worker(pool="prefork", concurrency=1))
        yield opened


def test_a_redis_that_dies_while_workers_acknowledge_ends_none_of_them(site: Site, broker: Broker) -> None:
    site.fault("slow", times=2)
    items = [site.accepted(f"Acknowledged {number}") for number in range(2)]
    flying = Submission.objects.filter(work=Work.FLYING)
    wait_for(lambda: flying.count() > 0, 40, what="one is on its way", children=site.workers)
    broker.kill()
    wait_for(lambda: not flying.exists(), 40, what="the calls end", children=site.workers)
    late = site.accepted("Accepted without a broker")
    broker.start()
    for item in [*items, late]:
        site.until(item, Status.SYNCED, 90)
        assert site.times_in_books(item.label) == 1
    assert site.workers[0].is_running


def test_a_redis_that_dies_again_and_again_ends_none_of_them(site: Site, broker: Broker) -> None:
    items = []
    for number in range(3):
        site.fault("slow")
        items.append(site.accepted(f"Again {number}"))
        wait_for(
            lambda: Submission.objects.filter(work=Work.FLYING).exists(), 60, what="it goes", children=site.workers
        )
        broker.kill()
        broker.start()
    for item in items:
        site.until(item, Status.SYNCED, 90)
        assert site.times_in_books(item.label) == 1
    assert site.workers[0].is_running
