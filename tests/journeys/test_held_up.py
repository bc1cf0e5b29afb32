"""Workers that freeze, are stopped, or whose database goes away in mid-work, over real processes."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from functools import partial

import pytest
from celery import Celery
from django.db import connection, transaction
from django.db.models.functions import Now

from procore_sync.acceptance.journal import verify_journal
from procore_sync.acceptance.models import Attempt, ErpItem, Submission
from procore_sync.acceptance.states import Status, Work
from procore_sync.environment import broker_url
from quickbooks_bridge.models import Connection
from tests.outages import outages
from tests.processes import Child, wait_for
from tests.site import Site

pytestmark = [pytest.mark.postgres, pytest.mark.timeout(240)]


@pytest.fixture(scope="module")
def site(site_without_worker: Site) -> Site:
    """A beat apart from the workers."""
    site_without_worker.running.beat()
    return site_without_worker


@pytest.fixture(autouse=True)
def one_worker(site: Site) -> Iterator[Child]:
    """One that takes everything: the last that the test before has left alive, and what it said there is forgotten.

    What a failed test has left on its way is at its end first, or it would meet the fault of the next.
    """
    for older in site.workers[:-1]:
        older.kill()
    site.workers[:] = [one for one in site.workers[-1:] if one.is_running]
    site.control("DELETE", "faults")
    site.control("DELETE", "requests")
    worker = site.workers[0] if site.workers else another(site)
    left = Submission.objects.exclude(work__in=[Work.NONE, Work.PARKED, Work.DONE])
    wait_for(lambda: not left.exists(), 90, what="what is left is at its end", children=[worker])
    worker.log.write_bytes(b"")
    yield worker
    worker.send(signal.SIGCONT)


def another(site: Site) -> Child:
    site.workers.append(site.running.worker(pool="prefork", concurrency=1))
    return site.workers[-1]


def writes(site: Site) -> list[str]:
    """What QuickBooks was asked to write, one a call."""
    return [one["operation"] for one in site.control("GET", "requests") if one["operation"] in ("create", "batch")]


def flying(item: ErpItem) -> bool:
    return Submission.objects.filter(item=item, work=Work.FLYING).exists()


def wants_a_renewal() -> bool:
    """Whether somebody asks, again and again, for the right to renew the sign-in that another has."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid() "
            """AND query LIKE 'UPDATE "quickbooks_bridge_connection" SET "refreshing_until"%'"""
        )
        return bool(cursor.fetchone()[0])


@contextmanager
def no_room_left() -> Iterator[None]:
    """A database whose disk is full as soon as a try is to be written down."""
    with connection.cursor() as cursor:
        cursor.execute(
            "CREATE FUNCTION no_room_left() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
            "RAISE EXCEPTION 'No space left on device' USING ERRCODE = '53100'; END $$"
        )
        cursor.execute(
            "CREATE TRIGGER no_room_left BEFORE INSERT ON acceptance_attempt "
            "FOR EACH ROW EXECUTE FUNCTION no_room_left()"
        )
    try:
        yield
    finally:
        with connection.cursor() as cursor:
            cursor.execute("DROP TRIGGER no_room_left ON acceptance_attempt")
            cursor.execute("DROP FUNCTION no_room_left()")


def test_a_worker_frozen_before_its_batch_sends_nothing_when_it_wakes(site: Site, one_worker: Child) -> None:
    site.until(site.accepted("It has looked and has a token"), Status.SYNCED, 60)
    # QuickBooks turns the token away, and the worker waits for somebody else's renewal before it sends the batch again.
    Connection.objects.update(refreshing_until=Now() + timedelta(hours=1))
    site.fault("401", entity="batch")
    with transaction.atomic():
        items = [site.accepted(f"Frozen {number:02}") for number in range(8)]
    wait_for(lambda: writes(site).count("batch") == 1, 60, what="the batch is turned away", children=[one_worker])
    # One that is frozen while the refusal still comes in has a call that took too long, and asks for no renewal.
    wait_for(wants_a_renewal, 40, what="it waits for the renewal", children=[one_worker])
    one_worker.send(signal.SIGSTOP)
    Connection.objects.update(refreshing_until=None)
    another(site)
    for item in items:
        site.until(item, Status.SYNCED, 60)
    renewed = Connection.objects.get().token_version
    one_worker.send(signal.SIGCONT)
    wait_for(lambda: Connection.objects.get().token_version > renewed, 40, what="it wakes", children=[one_worker])
    wait_for(lambda: "is stale" in one_worker.output(), 40, what="it learns that it is late", children=[one_worker])
    assert writes(site).count("batch") == 1, "a frozen worker has written what was not its own any more"
    assert {site.times_in_books(item.label) for item in items} == {1}
    assert verify_journal(site.max_pm.company) is None


def test_a_worker_frozen_in_its_call_settles_nothing_when_it_wakes(site: Site, one_worker: Child) -> None:
    site.fault("slow")
    item = site.accepted("Frozen in mid-call")
    wait_for(partial(flying, item), 40, what="it is on its way", children=[one_worker])
    one_worker.send(signal.SIGSTOP)
    another(site)
    site.until(item, Status.SYNCED, 60)
    one_worker.send(signal.SIGCONT)
    wait_for(lambda: "A stale claim" in one_worker.output(), 40, what="it wakes", children=[one_worker])
    assert site.times_in_books(item.label) == 1
    assert verify_journal(site.max_pm.company) is None


def test_a_worker_told_to_stop_in_mid_call_finishes_what_it_has(site: Site, one_worker: Child) -> None:
    site.fault("slow")
    items = [site.accepted(f"Told to stop {number}") for number in range(2)]
    wait_for(lambda: any(map(flying, items)), 40, what="one is on its way", children=[one_worker])
    assert one_worker.stop(60) == 0
    site.workers.remove(one_worker)
    assert not Submission.objects.filter(work=Work.FLYING).exists()
    tries = Attempt.objects.filter(submission__item__in=items)
    assert not tries.filter(outcome="").exists()
    assert not tries.filter(sentence__startswith="The worker stopped").exists()
    another(site)
    for item in items:
        site.until(item, Status.SYNCED, 60)
        assert site.times_in_books(item.label) == 1


def test_a_database_that_goes_away_in_mid_call_ends_no_worker_and_loses_nothing(site: Site, one_worker: Child) -> None:
    # Each of them, for accepting the last may take longer than the first calls; and all of them, where one takes all.
    site.fault("slow", times=6)
    site.fault("slow", times=2, entity="batch")
    items = [site.accepted(f"Database away {number}") for number in range(6)]
    wait_for(lambda: any(map(flying, items)), 40, what="one is on its way", children=[one_worker])
    with outages() as outage:
        outage.begin()
        wait_for(lambda: "OperationalError" in one_worker.output(), 40, what="it is noticed", children=[one_worker])
    site.control("DELETE", "faults")
    for item in items:
        site.until(item, Status.SYNCED, 60)
        assert site.times_in_books(item.label) == 1
    assert one_worker.is_running
    assert verify_journal(site.max_pm.company) is None


def test_a_full_disk_ends_no_worker_and_makes_no_call(site: Site, one_worker: Child) -> None:
    site.until(site.accepted("Before it was full"), Status.SYNCED, 60)
    site.control("DELETE", "requests")
    with no_room_left():
        item = site.accepted("Full disk")
        wait_for(lambda: "No space left" in one_worker.output(), 40, what="it is noticed", children=[one_worker])
        wait_for(lambda: one_worker.output().count("Task acceptance.export") >= 2, 40, what="it is rung for again")
        calls, failures = writes(site), one_worker.output().count("Task acceptance.export")
    assert calls == []
    assert failures < 40, "it spins"
    site.until(item, Status.SYNCED, 60)
    assert one_worker.is_running
    assert site.times_in_books(item.label) == 1


def test_two_beats_and_every_message_twice_make_one_call_each(site: Site, one_worker: Child) -> None:
    site.running.beat()
    another(site)
    items = [site.accepted(f"Twice {number}") for number in range(6)]
    pks = list(Submission.objects.filter(item__in=items).values_list("pk", flat=True))
    with Celery(broker=broker_url(site.redis_url), set_as_current=False) as bells:
        for pk in pks * 4:
            bells.send_task("acceptance.export", [pk], queue="console")
    for item in items:
        site.until(item, Status.SYNCED, 60)
        assert site.times_in_books(item.label) == 1
    assert Attempt.objects.filter(submission__item__in=items).count() == len(items)
