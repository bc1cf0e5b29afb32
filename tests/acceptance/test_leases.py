"""A short lease: kept by who is at work, lost by who is dead, and asked for before anything is written late."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import timedelta
from threading import Thread
from typing import Any

import psycopg2
import pytest
from django.db import connection
from django.db.models import F
from django.db.models.functions import Now
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from procore_sync.acceptance import engine, leases
from procore_sync.acceptance.claims import claim
from procore_sync.acceptance.courier import Outcome
from procore_sync.acceptance.models import Attempt, Submission
from procore_sync.acceptance.states import OutcomeKind, Work
from procore_sync.accounts.models import Membership
from tests.acceptance.conftest import accepted
from tests.acceptance.paper import PaperLedger

pytestmark = [pytest.mark.postgres, pytest.mark.django_db(transaction=True)]


@pytest.fixture(autouse=True)
def keeper(monkeypatch: pytest.MonkeyPatch) -> None:
    """One that begins with this test's settings, as a process does."""
    monkeypatch.setattr(leases, "_keeper", leases._Keeper())


@pytest.fixture
def flying(paper: PaperLedger, max_pm: Membership, ada: Membership) -> Iterator[leases.Lease]:
    """One submission that was claimed just now, as its worker has it."""
    (submission,) = accepted(1, max_pm, ada)
    since = leases.clock()
    with leases.held(claim(submission.pk), since):
        held = leases._held_here.get()
        assert held
        yield held


@contextmanager
def sweeping(every: float = 0.1) -> Iterator[None]:
    """Beat's sweep, again and again, in a thread of its own."""
    ending = False

    def sweep() -> None:
        while not ending:
            engine.sweep()
            time.sleep(every)
        connection.close()

    thread = Thread(target=sweep)
    thread.start()
    try:
        yield
    finally:
        ending = True
        thread.join()


def lost_to_another(lease: leases.Lease) -> None:
    """Its time ran out, and the sweep gave it back."""
    Submission.objects.filter(pk=lease.claims[0].submission.pk).update(lease_until=Now() - timedelta(seconds=1))
    engine.sweep()


def test_a_call_that_takes_longer_than_a_lease_keeps_it(
    paper: PaperLedger, max_pm: Membership, ada: Membership, settings: Any
) -> None:
    settings.ENGINE_LEASE_SECONDS = 1

    def slow(submission: Submission) -> Outcome:
        time.sleep(3)
        paper.write(submission)
        return paper.outcome(OutcomeKind.DONE)

    (submission,) = accepted(1, max_pm, ada)
    paper.next.append(slow)
    with sweeping():
        engine.work(submission.pk)
    submission.refresh_from_db()
    assert (submission.work, submission.fence) == (Work.DONE, 1)


def test_a_slow_batch_keeps_all_of_its_leases(
    paper: PaperLedger, max_pm: Membership, ada: Membership, settings: Any
) -> None:
    settings.ENGINE_LEASE_SECONDS = 1
    submissions = accepted(5, max_pm, ada)
    paper.before_answer = lambda: time.sleep(3)
    with sweeping():
        engine.work(submissions[0].pk)
    assert set(Submission.objects.values_list("work", "fence")) == {(Work.DONE, 1)}


def test_what_has_hung_longer_than_a_task_may_run_is_given_to_another(
    paper: PaperLedger, max_pm: Membership, ada: Membership, settings: Any
) -> None:
    settings.ENGINE_LEASE_SECONDS, settings.CELERY_TASK_TIME_LIMIT = 1, 1
    (submission,) = accepted(1, max_pm, ada)

    def hung(submission: Submission) -> Outcome:
        time.sleep(3.5)
        return paper.outcome(OutcomeKind.REFUSED)

    paper.next.append(hung)
    with sweeping():
        engine.work(submission.pk)
    submission.refresh_from_db()
    assert submission.work == Work.UNCERTAIN


def test_a_quick_call_asks_the_database_nothing_more(flying: leases.Lease) -> None:
    with CaptureQueriesContext(connection) as asked:
        assert leases.may_write()
    assert len(asked) == 0


def test_a_worker_that_was_held_up_and_has_lost_its_lease_may_not_write(flying: leases.Lease) -> None:
    lost_to_another(flying)
    flying.seen -= 60  # it was frozen for a minute
    assert not leases.may_write()


def test_a_worker_that_was_held_up_and_still_has_its_lease_renews_it_and_writes(flying: leases.Lease) -> None:
    Submission.objects.update(lease_until=Now() - timedelta(seconds=1))
    flying.seen -= 60
    assert leases.may_write()
    assert Submission.objects.get().lease_until > timezone.now() + timedelta(seconds=10)  # type: ignore[operator]


def test_what_was_lost_once_is_never_had_again(flying: leases.Lease) -> None:
    lost_to_another(flying)
    assert not flying.renew()
    Submission.objects.update(work=Work.FLYING, fence=flying.claims[0].fence)
    assert not leases.may_write()


def test_a_batch_always_asks_and_one_that_is_lost_holds_it_back(
    paper: PaperLedger, max_pm: Membership, ada: Membership
) -> None:
    submissions = accepted(5, max_pm, ada)
    with leases.held(claim(submissions[0].pk), leases.clock()):
        assert leases.may_write()
        Submission.objects.filter(pk=submissions[3].pk).update(fence=F("fence") + 1)
        assert not leases.may_write()


def test_a_batch_notes_right_before_it_goes_from_when_on_quickbooks_is_done_with_it(
    paper: PaperLedger, max_pm: Membership, ada: Membership, settings: Any
) -> None:
    submissions = accepted(5, max_pm, ada)
    with leases.held(claim(submissions[0].pk), leases.clock()):
        Submission.objects.update(over_at=Now())
        assert leases.may_write()
    ends = Submission.objects.values_list("over_at", flat=True).distinct().get()
    assert timedelta(seconds=125) < ends - timezone.now() <= timedelta(seconds=settings.BATCH_PROBE_PAUSE_SECONDS)  # type: ignore[operator]


def test_the_last_look_for_a_lost_batch_counts_its_pause_from_when_the_batch_went(
    paper: PaperLedger, max_pm: Membership, ada: Membership
) -> None:
    submissions = accepted(5, max_pm, ada)
    paper.refuses = lambda each: Outcome(OutcomeKind.UNKNOWN, "The answer was lost.")
    engine.work(submissions[0].pk)
    paper.documents.clear()
    Submission.objects.update(due_at=Now(), over_at=Now() + timedelta(seconds=70))  # a minute passed in the call
    engine.work(submissions[1].pk)
    submissions[1].refresh_from_db()
    left = submissions[1].due_at - timezone.now()  # type: ignore[operator]
    assert (submissions[1].work, submissions[1].absences) == (Work.UNCERTAIN, 1)
    assert timedelta(seconds=60) < left <= timedelta(seconds=70)


def test_the_sweep_does_not_free_what_is_renewed_while_it_looks(
    flying: leases.Lease, monkeypatch: pytest.MonkeyPatch
) -> None:
    Submission.objects.update(lease_until=Now() - timedelta(seconds=1))
    looked_at = Submission.objects.filter(work=Work.FLYING)
    iterate = type(looked_at).__iter__

    def renewed_after_reading(rows: Any) -> Iterator[Any]:
        found = list(iterate(rows))
        if rows.model is Submission and found and not flying.lost:
            flying.renew()
        return iter(found)

    monkeypatch.setattr(type(looked_at), "__iter__", renewed_after_reading)
    engine._expire_leases()
    monkeypatch.undo()
    assert Submission.objects.get().work == Work.FLYING
    assert Attempt.objects.get().outcome == ""


def test_nothing_keeps_a_lease_whose_worker_has_left_the_call(
    paper: PaperLedger, max_pm: Membership, ada: Membership, settings: Any
) -> None:
    settings.ENGINE_LEASE_SECONDS = 1
    (submission,) = accepted(1, max_pm, ada)
    with leases.held(claim(submission.pk), leases.clock()):
        pass
    time.sleep(1.2)
    engine.sweep()
    submission.refresh_from_db()
    assert submission.work == Work.UNCERTAIN


def test_who_freezes_in_a_transaction_holds_the_sweep_up_no_longer_than_its_session_may_rest(
    paper: PaperLedger, max_pm: Membership, ada: Membership
) -> None:
    frozen, other = accepted(2, max_pm, ada)
    claim(frozen.pk), claim(other.pk)
    Submission.objects.update(lease_until=Now() - timedelta(minutes=1))
    # The same as of every connection, in a second instead of two minutes.
    told = connection.get_connection_params()["options"].replace("=120s", "=1s")
    with closing(psycopg2.connect(**{**connection.get_connection_params(), "options": told})) as session:
        session.cursor().execute("SELECT 1 FROM acceptance_submission WHERE id = %s FOR UPDATE", [frozen.pk])
        with connection.cursor() as cursor:
            cursor.execute("SET lock_timeout = '30s'")
        engine.sweep()
    connection.close()
    assert set(Submission.objects.values_list("work", flat=True)) == {Work.UNCERTAIN}
