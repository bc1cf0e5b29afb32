"""First exports that go in one call: the same promises as one by itself, kept for each."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.db.models import F
from django.db.models.functions import Now
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from procore_sync.acceptance import claims, engine, items
from procore_sync.acceptance.claims import LEAST_TOGETHER, MOST_TOGETHER, Claim, claim
from procore_sync.acceptance.courier import Obstacle, Outcome
from procore_sync.acceptance.journal import verify_journal
from procore_sync.acceptance.models import Attempt, ErpItem, Event, Submission
from procore_sync.acceptance.settling import settle_together
from procore_sync.acceptance.states import OutcomeKind, Status, Work
from procore_sync.accounts.models import Company, Membership
from tests.acceptance.conftest import accepted, member, new_invoice
from tests.acceptance.paper import PaperLedger

pytestmark = pytest.mark.database

Due = Callable[[int], list[Submission]]


@pytest.fixture(autouse=True)
def in_test_transaction(settings: Any) -> None:
    settings.ENGINE_IN_TEST_TRANSACTION = True
    settings.PROBE_PAUSE_SECONDS = 0


@pytest.fixture
def due(paper: PaperLedger, max_pm: Membership, ada: Membership) -> Due:
    return lambda count: accepted(count, max_pm, ada)


def works(submissions: list[Submission]) -> list[str]:
    for each in submissions:
        each.refresh_from_db()
    return [each.work for each in submissions]


def again(submission: Submission) -> Submission:
    """Let the engine look at it once more, whatever its schedule says."""
    Submission.objects.filter(pk=submission.pk, due_at__isnull=False).update(due_at=Now())
    engine.work(submission.pk)
    submission.refresh_from_db()
    return submission


def outcome(kind: OutcomeKind, **more: Any) -> Outcome:
    return Outcome(kind, f"The paper says {kind}.", **more)


def test_what_is_due_together_goes_in_one_call(due: Due, paper: PaperLedger, company: Company) -> None:
    submissions = due(10)
    engine.work(submissions[7].pk)
    assert paper.batches == [[submissions[7].pk, *(each.pk for each in submissions if each != submissions[7])]]
    assert paper.calls == []
    assert set(works(submissions)) == {Work.DONE}
    assert set(ErpItem.objects.values_list("status", "synced_revision")) == {(Status.SYNCED, 1)}
    assert len(paper.documents) == 10
    assert verify_journal(company) is None
    for each in submissions:
        event = Event.objects.get(submission=each, action="confirm")
        assert event.detail["request_id"] == Attempt.objects.get(submission=each).request_id != each.request_id
        engine.work(each.pk)
    assert (len(paper.batches), paper.calls) == (1, [])


def test_every_one_has_its_attempt_under_the_request_id_of_the_batch(due: Due, paper: PaperLedger) -> None:
    submissions = due(6)
    engine.work(submissions[0].pk)
    attempts = Attempt.objects.all()
    assert {(one.act, one.outcome, one.fence, one.number) for one in attempts} == {("send", "done", 1, 1)}
    (request_id,) = {one.request_id for one in attempts}
    assert len(request_id) <= 36
    assert request_id not in {each.request_id for each in submissions}
    assert all(one.finished_at and one.finished_at >= one.started_at for one in attempts)


def test_few_go_by_themselves_and_nobody_waits_for_more(due: Due, paper: PaperLedger) -> None:
    submissions = due(LEAST_TOGETHER - 1)
    engine.work(submissions[0].pk)
    assert works(submissions) == [Work.DONE] + [Work.DUE] * (LEAST_TOGETHER - 2)
    assert (paper.batches, paper.calls) == ([], [f"send {submissions[0].request_id}"])


def test_no_more_go_together_than_quickbooks_advises(due: Due, paper: PaperLedger) -> None:
    submissions = due(MOST_TOGETHER + 2)
    engine.work(submissions[-1].pk)
    (batch,) = paper.batches
    assert len(batch) == MOST_TOGETHER == 30
    assert batch[0] == submissions[-1].pk
    assert works(submissions).count(Work.DUE) == 2


LEFT_OUT: dict[str, Callable[[Submission], object]] = {
    "an update": lambda one: ErpItem.objects.filter(pk=one.item_id).update(synced_revision=1),
    "in another's document": lambda one: Submission.objects.filter(pk=one.pk).update(lane="commitment:1"),
    "not due yet": lambda one: Submission.objects.filter(pk=one.pk).update(due_at=Now() + timedelta(seconds=60)),
    "uncertain": lambda one: Submission.objects.filter(pk=one.pk).update(work=Work.UNCERTAIN),
    "tried in vain": lambda one: Submission.objects.filter(pk=one.pk).update(tries=1),
    "perhaps written": lambda one: Attempt.objects.create(
        submission=one, number=0, act="send", fence=0, request_id=one.request_id, outcome=OutcomeKind.UNKNOWN
    ),
    "still open": lambda one: Attempt.objects.create(
        submission=one, number=0, act="send", fence=0, request_id=one.request_id
    ),
}


@pytest.mark.parametrize("why", list(LEFT_OUT))
def test_only_a_first_export_that_was_surely_never_written_goes_along(due: Due, paper: PaperLedger, why: str) -> None:
    submissions = due(6)
    LEFT_OUT[why](submissions[3])
    engine.work(submissions[0].pk)
    (batch,) = paper.batches
    assert batch == [each.pk for each in submissions if each != submissions[3]]


@pytest.mark.parametrize("why", [why for why in LEFT_OUT if why != "not due yet"])
def test_what_may_not_go_along_goes_by_itself_though_others_are_due(due: Due, paper: PaperLedger, why: str) -> None:
    submissions = due(6)
    LEFT_OUT[why](submissions[3])
    engine.work(submissions[3].pk)
    assert (paper.batches, len(paper.calls)) == ([], 1)


def test_what_the_courier_will_not_take_along_goes_by_itself_at_its_own_bell(due: Due, paper: PaperLedger) -> None:
    submissions = due(6)
    paper.alone = {submissions[0].item_id}
    engine.work(submissions[0].pk)
    assert (paper.batches, paper.calls) == ([], [f"send {submissions[0].request_id}"])
    engine.work(submissions[1].pk)
    assert paper.batches == [[each.pk for each in submissions[1:]]]


def test_another_company_is_never_in_the_same_call(due: Due, paper: PaperLedger) -> None:
    other = Company.objects.create(name="Other Books", slug="other")
    olga, omar = member(other, "Olga", "project_manager"), member(other, "Omar", "accountant", decides=True)  # type: ignore[arg-type]
    theirs, ours = accepted(6, olga, omar), due(6)
    engine.work(ours[0].pk)
    assert paper.batches == [[each.pk for each in ours]]
    assert set(works(theirs)) == {Work.DUE}


def test_what_is_held_up_is_put_off_with_its_own_reason(due: Due, paper: PaperLedger, max_pm: Membership) -> None:
    submissions, parent = due(8), new_invoice(max_pm, "Brightwater Mechanical")
    for each in submissions[:2]:
        items.set_requirements(each.item, [parent])
    engine.work(submissions[2].pk)
    assert paper.batches == [[each.pk for each in submissions[2:]]]
    assert works(submissions[:2]) == [Work.WAITING] * 2
    assert {each.reason for each in submissions[:2]} == {
        "Waiting for subcontractor invoice Brightwater Mechanical to be in QuickBooks; it is not sent."
    }
    assert all(each.due_at and each.due_at > timezone.now() + timedelta(seconds=50) for each in submissions[:2])


def test_the_whole_company_waits_in_few_statements_while_nothing_can_be_sent(due: Due, paper: PaperLedger) -> None:
    submissions = due(30)
    paper.obstructions.append(Obstacle("QuickBooks is not connected.", who="administrator", where="/quickbooks/"))
    with CaptureQueriesContext(connection) as asked:
        engine.work(submissions[0].pk)
    assert set(works(submissions)) == {Work.WAITING}
    assert {each.cure_by for each in submissions} == {"administrator"}
    assert len(asked) < 12
    assert (paper.batches, paper.calls) == ([], [])


def test_each_has_its_own_ending(due: Due, paper: PaperLedger, company: Company, settings: Any) -> None:
    submissions = due(8)
    told = {
        submissions[1].pk: outcome(OutcomeKind.REFUSED, who="approver", where="/import/", fault_code="6240"),
        submissions[2].pk: outcome(OutcomeKind.THROTTLED, retry_after=60.0),
        submissions[3].pk: outcome(OutcomeKind.UNKNOWN),
        submissions[4].pk: outcome(OutcomeKind.NOT_SENT),
        submissions[5].pk: outcome(OutcomeKind.DONE, verified=False),
        submissions[6].pk: outcome(OutcomeKind.DISCONNECTED, who="administrator"),
    }
    paper.refuses = lambda submission: told.get(submission.pk)
    engine.work(submissions[0].pk)
    assert works(submissions) == [
        Work.DONE,
        Work.PARKED,
        Work.DUE,
        Work.UNCERTAIN,
        Work.DUE,
        Work.PARKED,
        Work.DUE,
        Work.DONE,
    ]
    statuses = [ErpItem.objects.get(pk=each.item_id).status for each in submissions]
    failed, flying = Status.FAILED, Status.EXPORTING
    assert statuses == [Status.SYNCED, failed, flying, flying, flying, failed, flying, Status.SYNCED]
    assert (submissions[1].cure_by, submissions[1].cure_url) == ("approver", "/import/")
    assert [each.tries for each in submissions] == [0, 0, 0, 1, 1, 0, 0, 0]
    assert sorted(paper.confirmed) == [submissions[at].item_id for at in (0, 5, 7)]
    assert Attempt.objects.exclude(outcome="").exclude(sentence="").count() == 8
    assert verify_journal(company) is None


def test_when_the_answer_is_lost_each_is_looked_for_by_itself(due: Due, paper: PaperLedger) -> None:
    submissions = due(6)
    paper.refuses = lambda submission: outcome(OutcomeKind.UNKNOWN)
    engine.work(submissions[0].pk)
    assert set(works(submissions)) == {Work.UNCERTAIN}
    assert "Looking in QuickBooks" in submissions[5].reason
    for each in submissions:
        assert again(each).work == Work.DONE
    assert paper.calls == [f"probe {each.request_id}" for each in submissions]
    assert (len(paper.batches), len(paper.documents)) == (1, 6)
    told = {event.detail["request_id"] for event in Event.objects.filter(action="confirm")}
    assert told == {Attempt.objects.filter(act="send").values_list("request_id", flat=True).distinct().get()}


def test_what_a_lost_batch_did_not_write_is_repeated_alone_and_only_when_quickbooks_is_surely_done_with_it(
    due: Due, paper: PaperLedger, settings: Any
) -> None:
    settings.BATCH_PROBE_PAUSE_SECONDS = 130
    settings.PROBES_BEFORE_REPEAT = 1
    submissions = due(6)
    paper.refuses = lambda submission: outcome(OutcomeKind.UNKNOWN)
    engine.work(submissions[0].pk)
    paper.documents.clear()
    lost = again(submissions[2])
    assert lost.work == Work.UNCERTAIN
    assert lost.due_at
    assert lost.due_at > timezone.now() + timedelta(seconds=120)
    assert again(lost).work == Work.DUE
    assert again(lost).work == Work.DONE
    own = lost.request_id
    assert paper.calls == [f"probe {own}", f"probe {own}", f"send {own}"]
    assert len(paper.batches) == 1


def test_what_was_sent_alone_after_a_batch_is_looked_for_as_what_was_sent_alone(
    due: Due, paper: PaperLedger, settings: Any
) -> None:
    settings.BATCH_PROBE_PAUSE_SECONDS = 130
    submissions = due(6)
    paper.refuses = lambda submission: outcome(OutcomeKind.UNKNOWN)
    engine.work(submissions[0].pk)
    paper.documents.clear()
    lost = submissions[2]
    paper.next.append(OutcomeKind.UNKNOWN)
    for _ in range(4):  # two looks, the send whose answer is lost too, a look
        again(lost)
    assert lost.due_at
    assert lost.due_at < timezone.now() + timedelta(seconds=10)


def test_a_courier_that_breaks_leaves_all_of_them_uncertain(due: Due, paper: PaperLedger) -> None:
    def broken(submission: Submission) -> Outcome:
        raise ZeroDivisionError

    submissions = due(5)
    paper.refuses = broken
    engine.work(submissions[0].pk)
    assert set(works(submissions)) == {Work.UNCERTAIN}
    assert all("ZeroDivisionError" in each.reason for each in submissions)


def done(claims: list[Claim], paper: PaperLedger) -> list[tuple[Claim, Outcome]]:
    return [(each, paper.outcome(OutcomeKind.DONE)) for each in claims]


def test_a_stale_claim_settles_nothing_and_holds_no_other(due: Due, paper: PaperLedger, company: Company) -> None:
    submissions = due(5)
    claims = claim(submissions[0].pk)
    Submission.objects.filter(pk=submissions[2].pk).update(fence=F("fence") + 1)
    settle_together(done(claims, paper))
    assert works(submissions) == [Work.DONE, Work.DONE, Work.FLYING, Work.DONE, Work.DONE]
    assert ErpItem.objects.get(pk=submissions[2].item_id).status == Status.EXPORTING
    assert Event.objects.filter(action="confirm").count() == 4
    assert verify_journal(company) is None
    assert Attempt.objects.get(submission=submissions[2]).outcome == OutcomeKind.DONE


def test_an_attempt_that_the_sweep_has_closed_is_not_written_over(due: Due, paper: PaperLedger) -> None:
    submissions = due(5)
    claims = claim(submissions[0].pk)
    Submission.objects.filter(pk=submissions[2].pk).update(lease_until=Now() - timedelta(seconds=1))
    engine.sweep()
    settle_together(done(claims, paper))
    assert works(submissions) == [Work.DONE, Work.DONE, Work.UNCERTAIN, Work.DONE, Work.DONE]
    assert Attempt.objects.get(submission=submissions[2]).outcome == OutcomeKind.UNKNOWN


def test_one_that_cannot_be_written_down_holds_no_other_and_is_looked_for_later(
    due: Due, paper: PaperLedger, company: Company
) -> None:
    submissions = due(5)
    paper.taken = {submissions[1].item_id}
    engine.work(submissions[0].pk)
    assert works(submissions) == [Work.DONE, Work.FLYING, Work.DONE, Work.DONE, Work.DONE]
    assert verify_journal(company) is None
    Submission.objects.update(lease_until=Now() - timedelta(seconds=1))
    engine.sweep()
    paper.taken = set()
    assert again(submissions[1]).work == Work.DONE
    assert len(paper.documents) == 5


def test_one_that_a_person_has_moved_meanwhile_holds_no_other(due: Due, paper: PaperLedger, company: Company) -> None:
    submissions = due(5)
    claims = claim(submissions[0].pk)
    ErpItem.objects.filter(pk=submissions[4].item_id).update(revision=2)
    settle_together(done(claims, paper))
    assert works(submissions) == [Work.DONE] * 4 + [Work.FLYING]
    assert Event.objects.filter(action="confirm").count() == 4
    assert verify_journal(company) is None


def test_a_lane_that_is_taken_lets_the_others_go_by_themselves(
    due: Due, paper: PaperLedger, max_pm: Membership, ada: Membership
) -> None:
    submissions = due(5)
    held = submissions[1]
    (blocking,) = accepted(1, max_pm, ada)
    Submission.objects.filter(pk=blocking.pk).update(lane=held.lane, work=Work.UNCERTAIN)
    engine.work(submissions[0].pk)
    engine.work(held.pk)
    assert works(submissions) == [Work.DONE, Work.DUE, Work.DUE, Work.DUE, Work.DUE]
    assert "Another change of the same document" in held.reason
    assert paper.batches == []


def test_whoever_waited_is_rung_once_when_a_batch_is_confirmed(
    due: Due,
    paper: PaperLedger,
    quiet_bell: list[int],
    max_pm: Membership,
    ada: Membership,
    django_capture_on_commit_callbacks: Any,
) -> None:
    (waiting,) = accepted(1, max_pm, ada)
    submissions = due(5)
    items.set_requirements(waiting.item, [each.item for each in submissions[1:3]])
    engine.work(waiting.pk)
    assert works([waiting, *submissions]) == [Work.WAITING] + [Work.DUE] * 5
    quiet_bell.clear()
    with django_capture_on_commit_callbacks(execute=True):
        engine.work(submissions[0].pk)
    assert works([waiting, *submissions]) == [Work.WAITING] + [Work.DONE] * 5
    assert quiet_bell == [waiting.pk]
    assert again(waiting).work == Work.DONE


def test_when_more_wait_than_go_together_another_worker_is_rung_for_the_next(
    due: Due, paper: PaperLedger, quiet_bell: list[int]
) -> None:
    submissions = due(MOST_TOGETHER + 5)
    quiet_bell.clear()
    engine.work(submissions[0].pk)
    assert [len(batch) for batch in paper.batches] == [MOST_TOGETHER]
    assert quiet_bell == [submissions[MOST_TOGETHER].pk]


def test_a_sweep_rings_for_no_more_of_a_company_than_can_go_before_the_next(due: Due, quiet_bell: list[int]) -> None:
    submissions = due(engine.OF_A_COMPANY + 5)
    Submission.objects.update(rung_at=None)
    quiet_bell.clear()
    engine.sweep()
    assert quiet_bell == [each.pk for each in submissions[: engine.OF_A_COMPANY]]
    engine.sweep()
    assert quiet_bell == [each.pk for each in submissions]


def test_what_is_held_for_a_known_time_holds_all_that_could_go_along_without_asking_each(
    due: Due,
    paper: PaperLedger,
    monkeypatch: pytest.MonkeyPatch,
    django_capture_on_commit_callbacks: Any,
) -> None:
    rung: list[tuple[float, int]] = []
    monkeypatch.setattr(claims, "ring_in", lambda seconds, pk, company: rung.append((seconds, pk)))
    paper.obstructions = [Obstacle("Too many calls.", seconds=20.0, is_timely=True)]
    submissions = due(MOST_TOGETHER + 5)
    with django_capture_on_commit_callbacks(execute=True):
        engine.work(submissions[0].pk)
    assert set(works(submissions)) == {Work.WAITING}
    assert {each.reason for each in submissions} == {"Too many calls."}
    assert rung == [(20.0, submissions[0].pk)]
    assert not Attempt.objects.exists()


def test_a_batch_of_thirty_costs_a_fixed_number_of_statements(due: Due, paper: PaperLedger) -> None:
    first = due(10)
    with CaptureQueriesContext(connection) as few:
        engine.work(first[0].pk)
    second = due(30)
    with CaptureQueriesContext(connection) as many:
        engine.work(second[0].pk)
    assert [len(batch) for batch in paper.batches] == [10, 30]
    assert len(many) == len(few) <= 22


def test_the_sweep_frees_a_batch_whose_worker_died(due: Due, paper: PaperLedger) -> None:
    submissions = due(5)
    claims = claim(submissions[0].pk)
    paper.send_together([each.submission for each in claims], claims[0].attempt.request_id)
    Submission.objects.update(lease_until=Now() - timedelta(seconds=1))
    engine.sweep()
    assert set(works(submissions)) == {Work.UNCERTAIN}
    for each in submissions:
        assert again(each).work == Work.DONE
    assert len(paper.documents) == 5
