"""A long reading holds nobody's export up, be there one worker for all or some apart (ADR 55)."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from celery import Task, current_app
from django.conf import settings
from django.utils import timezone
from kombu import Connection as Broker

from procore_sync.acceptance import engine, operations, tasks
from procore_sync.acceptance.models import Attempt, Submission
from procore_sync.acceptance.states import Work
from procore_sync.accounts.models import Membership
from procore_sync.broker import READINGS, ReadingsLast
from projects.models import CostReading, Project
from quickbooks_bridge import tasks as readings
from quickbooks_bridge.importers import names
from quickbooks_bridge.models import Connection, Cursor
from tests.factories import make_approver, make_vendor
from tests.processes import database_url, emulator_environment, environment, processes, wait_for
from tests.quickbooks_bridge.conftest import consent
from tests.quickbooks_bridge.emulator_process import OTHER_REALM, EmulatorProcess
from tests.quickbooks_bridge.test_job_costs import keeper, station

__all__ = ["keeper", "station"]


def ring(redis_url: str, task: Task[Any, Any], number: int) -> None:
    with Broker(redis_url) as broker:
        task.apply_async((number,), connection=broker)  # type: ignore[call-arg]  # the stubs leave it out


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_the_only_worker_exports_for_one_company_while_another_one_is_read(
    books: Connection,
    station: Project,
    emulator: EmulatorProcess,
    olga: Membership,
    redis_url: str,
    tmp_path: Path,
) -> None:
    olga.role = "administrator"
    olga.save()
    consent(emulator, olga, OTHER_REALM)
    boss = make_approver(olga.company, "Bo")
    vendor = make_vendor(olga, "Tidewater Framing")
    sent = operations.send(vendor.erp, by=olga)
    emulator.control("switches", {"latency_milliseconds": 700})
    more = {**emulator_environment(emulator.url), "QUICKBOOKS_LIMITS": "false"}
    with processes(tmp_path, environment(database_url(), redis_url, **more)) as running:
        worker = running.worker(concurrency=1)
        ring(redis_url, readings.read_job_costs, books.company_id)
        ring(redis_url, readings.refresh_company, books.pk)
        wait_for(lambda: CostReading.objects.filter(reads=1).exists(), 30, what="a page", children=[worker])
        accepted = operations.accept(vendor.erp, by=boss, seen=sent.digest, choices={})
        ring(redis_url, tasks.export, accepted.pk)
        done = Submission.objects.filter(work=Work.DONE)
        wait_for(done.exists, 60, what="the export", children=[worker])
        over = CostReading.objects.exclude(ended_at=None)
        wait_for(over.exists, 60, what="the reading goes on to its end", children=[worker])
    assert Attempt.objects.get().finished_at < over.get().ended_at  # type: ignore[operator]
    assert over.get().error == ""


def due_long_since(submission: Submission) -> None:
    long_since = timezone.now() - timedelta(seconds=10 * engine.HEARD_WITHIN)
    Submission.objects.filter(pk=submission.pk).update(due_at=long_since)


@pytest.mark.parametrize("why", ["a record waits", "it takes long"])
def test_lists_of_names_give_way_between_two_and_go_on_with_the_rest(
    connected: Connection,
    max_pm: Membership,
    accept: Callable[..., Submission],
    monkeypatch: pytest.MonkeyPatch,
    why: str,
) -> None:
    if why == "a record waits":
        monkeypatch.setattr(names, "LEAST_SECONDS", 0)
        due_long_since(accept(make_vendor(max_pm, "Tidewater Framing").erp))
    else:
        monkeypatch.setattr(names.is_enough, "__defaults__", (0,))
    rung: list[Any] = [(connected.pk, True)]
    monkeypatch.setattr(readings.refresh_company, "delay", lambda *args: rung.append(args))
    for at, given in enumerate(rung):
        assert Cursor.objects.filter(full_at__isnull=False).count() == at
        readings.refresh_company(*given)
    assert Cursor.objects.filter(full_at__isnull=False).count() == len(rung) > 5
    connected.refresh_from_db()
    assert connected.features


def test_what_may_read_long_has_its_own_queue_and_what_sending_waits_for_has_not() -> None:
    def queue(task: str) -> str:
        route = current_app.amqp.router.route({}, task)
        return str(route["queue"].name)

    ours = {name for name in current_app.tasks if not name.startswith("celery.")}
    assert {name for name in ours if queue(name) == READINGS} == {
        *(f"quickbooks.read_{what}" for what in ("changes", "job_costs", "opening", "payments")),
        *("quickbooks.refresh_company", "quickbooks.reconcile", "quickbooks.carry_files", "quickbooks.readings_served"),
    }
    assert {queue(name) for name in ("acceptance.export", "acceptance.sweep", "quickbooks.look_at_ledger")} == {
        "console"
    }
    assert {one.name for one in settings.CELERY_TASK_QUEUES} == {"console", "webhooks", READINGS}


def test_a_worker_of_all_queues_takes_readings_when_nothing_else_is_there() -> None:
    cycle = ReadingsLast()
    cycle.update([READINGS, "console", "webhooks"])
    assert cycle.consume(3) == ["console", "webhooks", READINGS]
    cycle.rotate("console")
    assert cycle.consume(3) == ["webhooks", "console", READINGS]
    cycle.rotate(READINGS)
    assert cycle.consume(3) == ["webhooks", "console", READINGS]
