"""Claim, send, settle: at most once, and every row says why it waits."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

import pytest
from django.db.models.functions import Now
from django.utils import timezone

from procore_sync.acceptance import claims, engine, items, operations
from procore_sync.acceptance.claims import claim, take
from procore_sync.acceptance.courier import Obstacle, Outcome
from procore_sync.acceptance.models import Attempt, ErpItem, Event, Submission
from procore_sync.acceptance.settling import settle
from procore_sync.acceptance.states import OutcomeKind, Status, Work
from procore_sync.accounts.models import Membership
from tests.acceptance.conftest import new_invoice
from tests.acceptance.paper import PaperLedger

pytestmark = pytest.mark.database


@pytest.fixture(autouse=True)
def in_test_transaction(settings: object) -> None:
    settings.ENGINE_IN_TEST_TRANSACTION = True  # type: ignore[attr-defined]
    settings.PROBE_PAUSE_SECONDS = 0  # type: ignore[attr-defined]


def latest(item: ErpItem) -> Submission:
    return item.submissions.order_by("-number")[0]


def run(item: ErpItem) -> Submission:
    """Let the engine look at the item's submission now, whatever its schedule says."""
    Submission.objects.filter(pk=latest(item).pk, due_at__isnull=False).update(due_at=Now())
    engine.work(latest(item).pk)
    item.refresh_from_db()
    return latest(item)


def test_it_turns_green_when_the_ledger_holds_what_was_accepted(accepted_invoice: ErpItem, paper: PaperLedger) -> None:
    submission = run(accepted_invoice)
    assert (accepted_invoice.status, accepted_invoice.synced_revision) == (Status.SYNCED, 1)
    assert submission.work == Work.DONE
    assert paper.confirmed == [accepted_invoice.pk]
    assert list(paper.documents.values()) == [submission.posting["payload"]]


def test_it_makes_no_second_call_for_a_message_delivered_twice(accepted_invoice: ErpItem, paper: PaperLedger) -> None:
    pk = latest(accepted_invoice).pk
    engine.work(pk)
    engine.work(pk)
    assert len(paper.calls) == 1


def test_it_makes_no_call_while_another_worker_holds_the_lease(accepted_invoice: ErpItem, paper: PaperLedger) -> None:
    assert claim(latest(accepted_invoice).pk)
    assert claim(latest(accepted_invoice).pk) == []
    assert paper.calls == []


def test_it_does_not_claim_from_a_reading_that_another_flight_made_old(
    accepted_invoice: ErpItem, paper: PaperLedger
) -> None:
    old = latest(accepted_invoice)
    paper.next.append(OutcomeKind.NOT_SENT)
    run(accepted_invoice)
    Submission.objects.update(due_at=Now())
    assert take(old) == []


@pytest.mark.parametrize("kind", [OutcomeKind.THROTTLED, OutcomeKind.DISCONNECTED])
def test_it_queues_what_was_not_taken_without_burning_a_try(
    accepted_invoice: ErpItem, paper: PaperLedger, kind: OutcomeKind
) -> None:
    paper.next.append(kind)
    before = latest(accepted_invoice).request_id
    submission = run(accepted_invoice)
    assert (submission.work, submission.tries, submission.request_id) == (Work.DUE, 0, before)
    assert submission.due_at
    assert submission.due_at > timezone.now() + timedelta(seconds=50)
    assert run(accepted_invoice).work == Work.DONE
    assert len(paper.documents) == 1


def test_it_tries_again_later_when_the_ledger_could_not_be_reached(
    accepted_invoice: ErpItem, paper: PaperLedger
) -> None:
    paper.next.append(OutcomeKind.NOT_SENT)
    submission = run(accepted_invoice)
    assert (submission.work, submission.tries) == (Work.DUE, 1)
    assert "not_sent" in submission.reason


def test_it_looks_before_it_repeats_when_the_answer_was_lost(accepted_invoice: ErpItem, paper: PaperLedger) -> None:
    def write_then_drop(submission: Submission) -> Outcome:
        paper.write(submission)
        return Outcome(OutcomeKind.UNKNOWN, "The connection broke after the document was sent.")

    paper.next.append(write_then_drop)
    submission = run(accepted_invoice)
    assert submission.work == Work.UNCERTAIN
    assert "Looking in QuickBooks" in submission.reason
    assert run(accepted_invoice).work == Work.DONE
    assert [call.split()[0] for call in paper.calls] == ["send", "probe"]
    assert len(paper.documents) == 1


def test_it_repeats_the_same_request_only_after_two_looks_found_nothing(
    accepted_invoice: ErpItem, paper: PaperLedger
) -> None:
    paper.next.append(OutcomeKind.UNKNOWN)
    request_id = latest(accepted_invoice).request_id
    for _ in range(4):
        run(accepted_invoice)
    assert paper.calls == [f"send {request_id}", f"probe {request_id}", f"probe {request_id}", f"send {request_id}"]
    assert accepted_invoice.status == Status.SYNCED
    assert len(paper.documents) == 1


def test_it_stops_for_a_person_when_the_ledger_refuses(accepted_invoice: ErpItem, paper: PaperLedger) -> None:
    paper.next.append(
        lambda submission: Outcome(
            OutcomeKind.REFUSED, "Another vendor has this name.", fault_code="6240", who="approver", where="/import/"
        )
    )
    submission = run(accepted_invoice)
    assert (accepted_invoice.status, submission.work) == (Status.FAILED, Work.PARKED)
    assert (submission.reason, submission.cure_by, submission.cure_url) == (
        "Another vendor has this name.",
        "approver",
        "/import/",
    )


def test_it_exports_under_a_new_request_id_when_a_person_tries_again(
    accepted_invoice: ErpItem, paper: PaperLedger, ada: Membership
) -> None:
    paper.next.append(OutcomeKind.REFUSED)
    refused = run(accepted_invoice)
    operations.retry(accepted_invoice, by=ada)
    assert run(accepted_invoice).work == Work.DONE
    assert latest(accepted_invoice).request_id != refused.request_id
    assert [one.outcome for one in Attempt.objects.order_by("number")] == ["refused", "done"]


def test_it_looks_before_it_goes_under_a_new_request_id_while_a_lost_call_may_still_be_carried_out(
    accepted_invoice: ErpItem, paper: PaperLedger, ada: Membership, settings: Any
) -> None:
    settings.BATCH_PROBE_PAUSE_SECONDS = 130
    paper.next += [OutcomeKind.UNKNOWN, OutcomeKind.REFUSED]
    for _ in range(4):  # a call that is slow, two looks, the repetition
        lost = run(accepted_invoice)
    assert (accepted_invoice.status, lost.work) == (Status.FAILED, Work.PARKED)
    operations.retry(accepted_invoice, by=ada)
    looked = run(accepted_invoice)
    assert paper.calls[-1] == f"probe {looked.request_id}"
    assert looked.due_at
    assert looked.due_at > timezone.now() + timedelta(seconds=120)
    paper.documents[looked.request_id] = {}  # the slow call comes to its end
    assert run(accepted_invoice).work == Work.DONE
    assert [call.split()[0] for call in paper.calls] == ["send", "probe", "probe", "send", "probe", "probe"]


def test_it_does_not_turn_green_when_the_ledger_holds_something_else(
    accepted_invoice: ErpItem, paper: PaperLedger
) -> None:
    paper.next.append(lambda submission: Outcome(OutcomeKind.DONE, "QuickBooks holds 27,404.99.", verified=False))
    submission = run(accepted_invoice)
    assert (accepted_invoice.status, submission.work) == (Status.FAILED, Work.PARKED)
    assert paper.confirmed == [accepted_invoice.pk]


def test_it_treats_its_own_failure_in_mid_call_as_unknown(accepted_invoice: ErpItem, paper: PaperLedger) -> None:
    def broken(submission: Submission) -> Outcome:
        raise ZeroDivisionError

    paper.next.append(broken)
    submission = run(accepted_invoice)
    assert submission.work == Work.UNCERTAIN
    assert "ZeroDivisionError" in submission.reason


def test_it_finds_the_document_of_a_worker_that_was_killed_after_the_write(
    accepted_invoice: ErpItem, paper: PaperLedger
) -> None:
    (claimed,) = claim(latest(accepted_invoice).pk)
    paper.write(claimed.submission)
    Submission.objects.update(lease_until=Now() - timedelta(seconds=1))
    engine.sweep()
    assert latest(accepted_invoice).work == Work.UNCERTAIN
    assert run(accepted_invoice).work == Work.DONE
    assert len(paper.documents) == 1
    assert Attempt.objects.get(number=1).sentence == "The worker stopped before an answer came."


def test_a_stale_claim_settles_nothing(accepted_invoice: ErpItem, paper: PaperLedger) -> None:
    (claimed,) = claim(latest(accepted_invoice).pk)
    Submission.objects.update(lease_until=Now() - timedelta(seconds=1))
    engine.sweep()
    assert settle(claimed, paper.outcome(OutcomeKind.REFUSED)) is False
    accepted_invoice.refresh_from_db()
    assert accepted_invoice.status == Status.EXPORTING


def test_it_waits_for_a_requirement_and_says_for_which(
    accepted_invoice: ErpItem, paper: PaperLedger, max_pm: Membership, ada: Membership
) -> None:
    parent = new_invoice(max_pm, "Brightwater Mechanical")
    items.set_requirements(accepted_invoice, [parent])
    submission = run(accepted_invoice)
    assert (submission.work, paper.calls) == (Work.WAITING, [])
    assert "Brightwater Mechanical" in submission.reason
    operations.link(parent, by=ada, detail={})
    assert run(accepted_invoice).work == Work.DONE


def test_it_rings_for_whoever_waited_when_the_requirement_is_confirmed(
    accepted_invoice: ErpItem,
    max_pm: Membership,
    ada: Membership,
    quiet_bell: list[int],
    django_capture_on_commit_callbacks: object,
) -> None:
    parent = new_invoice(max_pm, "Brightwater Mechanical")
    items.set_requirements(accepted_invoice, [parent])
    run(accepted_invoice)
    operations.send(parent, by=max_pm)
    operations.accept(parent, by=ada, seen=latest(parent).digest, choices={})
    with django_capture_on_commit_callbacks(execute=True):  # type: ignore[operator]
        run(parent)
    assert latest(accepted_invoice).pk in quiet_bell


def test_what_needs_another_record_waits_from_its_acceptance_and_calls_no_worker(
    sent_invoice: ErpItem,
    max_pm: Membership,
    ada: Membership,
    quiet_bell: list[int],
    django_capture_on_commit_callbacks: object,
) -> None:
    parent = new_invoice(max_pm, "Brightwater Mechanical")
    items.set_requirements(sent_invoice, [parent])
    with django_capture_on_commit_callbacks(execute=True):  # type: ignore[operator]
        given = operations.accept(sent_invoice, by=ada, seen=latest(sent_invoice).digest, choices={})
    said = "Waiting for subcontractor invoice Brightwater Mechanical to be in QuickBooks; it is not sent."
    assert (given.work, given.reason, quiet_bell) == (Work.WAITING, said, [])
    assert (given.cure_by, given.cure_url) == ("project manager or administrator", f"/review/{parent.pk}/")
    soon = Submission.objects.filter(pk=given.pk, due_at__lte=Now() + timedelta(seconds=60))
    assert soon.filter(due_at__gt=Now() + timedelta(seconds=50)).exists()
    with django_capture_on_commit_callbacks(execute=True):  # type: ignore[operator]
        operations.link(parent, by=ada, detail={})
    assert quiet_bell == [given.pk]
    assert (latest(sent_invoice).reason, latest(sent_invoice).cure_by, latest(sent_invoice).cure_url) == ("", "", "")
    engine.work(given.pk)
    assert latest(sent_invoice).work == Work.DONE


def test_a_requirement_that_comes_between_the_look_and_the_putting_off_costs_no_minute(
    accepted_invoice: ErpItem,
    max_pm: Membership,
    ada: Membership,
    quiet_bell: list[int],
    django_capture_on_commit_callbacks: object,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    parent = new_invoice(max_pm, "Brightwater Mechanical")
    items.set_requirements(accepted_invoice, [parent])
    look = claims._missing

    def and_then_it_comes(submissions: Sequence[Submission]) -> dict[int, Obstacle]:
        found = look(submissions)
        operations.link(parent, by=ada, detail={})
        return found

    monkeypatch.setattr(claims, "_missing", and_then_it_comes)
    # At the end of its own transaction, while nothing was waiting yet, and not at the end of this one.
    monkeypatch.setattr(operations, "release_dependents", lambda items: None)
    quiet_bell.clear()
    with django_capture_on_commit_callbacks(execute=True):  # type: ignore[operator]
        engine.work(latest(accepted_invoice).pk)

    submission = latest(accepted_invoice)
    assert (submission.work, submission.reason) == (Work.WAITING, "")
    assert Submission.objects.filter(pk=submission.pk, due_at__lte=Now()).exists()
    assert submission.pk in quiet_bell


def accepted_requirement(item: ErpItem, sender: Membership, judge: Membership) -> ErpItem:
    """Another record that `item` needs, accepted and not sent yet."""
    parent = new_invoice(sender, "Brightwater Mechanical")
    items.set_requirements(item, [parent])
    operations.send(parent, by=sender)
    operations.accept(parent, by=judge, seen=latest(parent).digest, choices={})
    return parent


def test_what_was_put_off_before_the_commit_of_its_requirement_is_released_by_it(
    accepted_invoice: ErpItem, max_pm: Membership, ada: Membership, django_capture_on_commit_callbacks: object
) -> None:
    parent = accepted_requirement(accepted_invoice, max_pm, ada)
    mine = Submission.objects.filter(pk=latest(accepted_invoice).pk)
    mine.update(due_at=Now() + timedelta(seconds=60))
    with django_capture_on_commit_callbacks(execute=True):  # type: ignore[operator]
        run(parent)
        mine.update(work=Work.WAITING)
    assert mine.filter(due_at__lte=Now()).exists()


def test_what_waits_is_let_go_in_the_transaction_of_its_requirement_though_the_worker_dies_after_it(
    accepted_invoice: ErpItem, max_pm: Membership, ada: Membership, django_capture_on_commit_callbacks: object
) -> None:
    parent = accepted_requirement(accepted_invoice, max_pm, ada)
    assert run(accepted_invoice).work == Work.WAITING
    with django_capture_on_commit_callbacks(execute=False):  # type: ignore[operator]
        run(parent)
    assert Submission.objects.filter(pk=latest(accepted_invoice).pk, due_at__lte=Now()).exists()


def test_what_needs_two_records_is_let_go_by_the_last_and_says_for_which_it_waits(
    accepted_invoice: ErpItem,
    max_pm: Membership,
    ada: Membership,
    quiet_bell: list[int],
    django_capture_on_commit_callbacks: object,
) -> None:
    first, last = new_invoice(max_pm, "Brightwater Mechanical"), new_invoice(max_pm, "Tidewater Glazing")
    items.set_requirements(accepted_invoice, [first, last])
    assert "Brightwater Mechanical" in run(accepted_invoice).reason
    quiet_bell.clear()

    with django_capture_on_commit_callbacks(execute=True):  # type: ignore[operator]
        operations.link(first, by=ada, detail={})
    waiting = latest(accepted_invoice)
    assert (waiting.work, quiet_bell) == (Work.WAITING, [])
    assert "Waiting for subcontractor invoice Tidewater Glazing" in waiting.reason

    with django_capture_on_commit_callbacks(execute=True):  # type: ignore[operator]
        operations.link(last, by=ada, detail={})
    assert quiet_bell == [waiting.pk]
    assert run(accepted_invoice).work == Work.DONE


def test_it_waits_while_nothing_can_be_sent_and_says_why(accepted_invoice: ErpItem, paper: PaperLedger) -> None:
    paper.obstructions.append(Obstacle("QuickBooks is not connected.", who="administrator", where="/quickbooks/"))
    submission = run(accepted_invoice)
    assert (submission.work, submission.reason, paper.calls) == (Work.WAITING, "QuickBooks is not connected.", [])
    paper.obstructions.clear()
    assert run(accepted_invoice).work == Work.DONE


def test_it_lets_one_flight_at_a_time_go_to_a_document(paper: PaperLedger, max_pm: Membership, ada: Membership) -> None:
    first, second = new_invoice(max_pm, "Order"), new_invoice(max_pm, "Change order")
    for item in (first, second):
        operations.send(item, by=max_pm)
        operations.accept(item, by=ada, seen=latest(item).digest, choices={})
    Submission.objects.update(lane="commitment:1")
    assert claim(latest(first).pk)
    assert claim(latest(second).pk) == []
    assert "Another change of the same document" in latest(second).reason


def test_the_sweep_rings_for_what_the_broker_lost(accepted_invoice: ErpItem, quiet_bell: list[int]) -> None:
    Submission.objects.update(rung_at=Now() - timedelta(seconds=60))
    engine.sweep()
    engine.sweep()
    assert quiet_bell == [latest(accepted_invoice).pk]


def test_the_sweep_takes_turns_between_companies(paper: PaperLedger, max_pm: Membership, ada: Membership) -> None:
    from tests.acceptance.conftest import member

    other = type(max_pm.company).objects.create(name="Other Books", slug="other")
    olga, omar = member(other, "Olga", "project_manager"), member(other, "Omar", "accountant", decides=True)  # type: ignore[arg-type]
    for by, judge, count in ((max_pm, ada, 3), (olga, omar, 1)):
        for number in range(count):
            item = new_invoice(by, f"Application {number}")
            operations.send(item, by=by)
            operations.accept(item, by=judge, seen=latest(item).digest, choices={})
    Submission.objects.update(rung_at=None)
    companies = [Submission.objects.get(pk=pk).company_id for pk in engine.due()]
    assert companies.index(other.pk) <= 1


def test_every_move_of_the_engine_is_in_the_journal(accepted_invoice: ErpItem) -> None:
    run(accepted_invoice)
    event = Event.objects.get(item=accepted_invoice, action="confirm")
    assert event.detail["request_id"] == latest(accepted_invoice).request_id
    assert event.detail["id"] == "7"
