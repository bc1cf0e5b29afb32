"""Two people, or two workers, at the same moment: real threads on PostgreSQL."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from functools import partial
from threading import Barrier, Thread

import pytest
from django.db import connection, transaction
from django.db.models import F

from procore_sync.acceptance import engine, items, operations
from procore_sync.acceptance.claims import Claim, claim, take
from procore_sync.acceptance.journal import verify_journal
from procore_sync.acceptance.models import Attempt, ErpItem, Event, ExportPolicy, Submission
from procore_sync.acceptance.settling import settle_together
from procore_sync.acceptance.states import OutcomeKind, Status, Work
from procore_sync.accounts.models import Company, Membership, Role
from procore_sync.kit.kinds import Kind
from procore_sync.kit.refusals import Refusal
from tests.acceptance.conftest import accepted, member, new_invoice
from tests.acceptance.paper import PaperLedger
from tests.scenes import kept

pytestmark = [pytest.mark.postgres, pytest.mark.django_db(transaction=True)]


def at_once(*acts: Callable[[], object]) -> list[str]:
    """Run each act in its own thread and connection, all let go together; returns each one's refusal or ''."""
    gate, told = Barrier(len(acts)), [""] * len(acts)

    def run(place: int, act: Callable[[], object]) -> None:
        try:
            gate.wait()
            act()
        except Refusal as refusal:
            told[place] = refusal.sentence
        finally:
            connection.close()

    threads = [Thread(target=run, args=(place, act)) for place, act in enumerate(acts)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=20)
    return told


def fresh(item: ErpItem) -> ErpItem:
    return ErpItem.objects.select_related("company").get(pk=item.pk)


@pytest.mark.parametrize("turn", range(5))
def test_accept_against_reject_is_one_decision(
    sent_invoice: ErpItem, ada: Membership, bea: Membership, turn: int
) -> None:
    seen, one, two = sent_invoice.submissions.get().digest, fresh(sent_invoice), fresh(sent_invoice)
    told = at_once(
        lambda: operations.accept(one, by=ada, seen=seen, choices={}),
        lambda: operations.reject(two, by=bea, comment="Wrong month"),
    )
    assert sorted(bool(sentence) for sentence in told) == [False, True]
    assert any(name in "".join(told) for name in ("Ada", "Bea", "nothing to decide"))
    assert Event.objects.filter(item=sent_invoice, action__in=["accept", "reject"]).count() == 1
    assert verify_journal(sent_invoice.company) is None


@pytest.mark.parametrize("turn", range(8))
def test_what_is_accepted_while_its_requirement_turns_green_goes_at_once(
    sent_invoice: ErpItem, max_pm: Membership, ada: Membership, paper: PaperLedger, turn: int
) -> None:
    parent = new_invoice(max_pm, "Brightwater Mechanical")
    items.set_requirements(sent_invoice, [parent])
    operations.send(parent, by=max_pm)
    first = operations.accept(parent, by=ada, seen=parent.submissions.get().digest, choices={})
    seen, late = sent_invoice.submissions.get().digest, fresh(sent_invoice)

    def a_moment_later() -> None:
        time.sleep(turn * 0.002)
        operations.accept(late, by=ada, seen=seen, choices={})

    assert at_once(partial(engine.work, first.pk), a_moment_later) == ["", ""]
    assert fresh(parent).status == Status.SYNCED
    submission = sent_invoice.submissions.get()
    assert submission.reason == ""
    engine.work(submission.pk)
    assert fresh(sent_invoice).status == Status.SYNCED


def test_a_double_click_is_one_acceptance(sent_invoice: ErpItem, ada: Membership) -> None:
    seen = sent_invoice.submissions.get().digest
    clicks = [fresh(sent_invoice) for _ in range(4)]
    acts = [lambda item=item: operations.accept(item, by=ada, seen=seen, choices={}) for item in clicks]
    told = at_once(*acts)
    assert told.count("") == 1
    assert Event.objects.filter(item=sent_invoice, action="accept").count() == 1


def test_an_edit_between_reading_and_accepting_leaves_one_truth(
    sent_invoice: ErpItem, ada: Membership, max_pm: Membership
) -> None:
    seen, mine, his = sent_invoice.submissions.get().digest, fresh(sent_invoice), fresh(sent_invoice)

    def take_back_and_edit() -> None:
        operations.retrieve(mine, by=max_pm)
        items.revise(mine, label="Application 3, corrected")

    told = at_once(take_back_and_edit, lambda: operations.accept(his, by=ada, seen=seen, choices={}))
    after = fresh(sent_invoice)
    assert told.count("") == 1
    if after.status == Status.EXPORTING:
        assert after.label == "Application 3"
    else:
        assert (after.status, after.label) == (Status.RETRIEVED, "Application 3, corrected")


def test_eight_workers_make_one_call(sent_invoice: ErpItem, ada: Membership, paper: PaperLedger) -> None:
    operations.accept(sent_invoice, by=ada, seen=sent_invoice.submissions.get().digest, choices={})
    pk = Submission.objects.get().pk
    at_once(*[lambda: engine.work(pk)] * 8)
    assert len(paper.calls) == 1
    assert fresh(sent_invoice).status == Status.SYNCED


def test_the_journal_stays_one_chain_under_many_writers(
    paper: PaperLedger, max_pm: Membership, ada: Membership
) -> None:
    items = [fresh(new_invoice(max_pm, f"Application {number}")) for number in range(12)]
    acts = [lambda item=item: operations.send(item, by=max_pm) for item in items]
    assert at_once(*acts) == [""] * 12
    assert Event.objects.count() == 12
    assert verify_journal(max_pm.company) is None


def test_workers_share_what_waits_and_send_each_exactly_once(
    paper: PaperLedger, max_pm: Membership, ada: Membership, company: Company
) -> None:
    paper.before_answer = lambda: time.sleep(0.02)
    submissions = accepted(100, max_pm, ada)

    def drain(mine: list[Submission]) -> None:
        for one in mine:
            engine.work(one.pk)

    halves = [submissions[:50], submissions[50:], submissions[::2], submissions[1::2]]
    acts: list[Callable[[], object]] = [partial(drain, mine) for mine in halves]
    assert at_once(*acts) == [""] * 4
    sent = [pk for batch in paper.batches for pk in batch] + [call.split()[1] for call in paper.calls]
    assert len(sent) == len(set(sent)) == 100
    assert max(len(batch) for batch in paper.batches) == 30
    assert ErpItem.objects.filter(status=Status.SYNCED).count() == 100
    assert set(Attempt.objects.values_list("submission__work", "outcome", "fence")) == {("done", "done", 1)}
    assert (Attempt.objects.count(), len(paper.documents)) == (100, 100)
    assert verify_journal(company) is None


def test_a_worker_passes_over_what_another_is_claiming_and_does_not_wait_for_it(
    paper: PaperLedger, max_pm: Membership, ada: Membership
) -> None:
    submissions = accepted(12, max_pm, ada)
    taken: list[int] = []
    with transaction.atomic():
        locked = Submission.objects.select_for_update().filter(pk__in=[one.pk for one in submissions[:5]])
        assert len(locked) == 5
        at_once(lambda: taken.extend(each.submission.pk for each in claim(submissions[7].pk)))
        assert taken == [submissions[7].pk, *(one.pk for one in submissions[5:] if one != submissions[7])]


def test_a_batch_and_a_single_claim_of_the_same_row_are_one_call(
    paper: PaperLedger, max_pm: Membership, ada: Membership
) -> None:
    submissions = accepted(6, max_pm, ada)
    for each in submissions:
        each.refresh_from_db()

    def alone(one: Submission) -> None:
        with transaction.atomic():
            taken.extend(take(one))

    taken: list[Claim] = []
    acts: list[Callable[[], object]] = [partial(alone, one) for one in submissions[:3]]
    at_once(lambda: taken.extend(claim(submissions[5].pk)), *acts)
    got = [each.submission.pk for each in taken]
    assert len(got) == len(set(got)) == Attempt.objects.count()
    assert set(got) >= {each.pk for each in submissions[:3]}


def test_two_batches_of_one_company_are_settled_at_once(
    paper: PaperLedger, max_pm: Membership, ada: Membership, company: Company
) -> None:
    submissions = accepted(120, max_pm, ada)
    claims = [claim(submissions[at].pk) for at in (0, 30, 60, 90)]
    assert [len(each) for each in claims] == [30] * 4
    done = paper.outcome(OutcomeKind.DONE)
    at_once(*[partial(settle_together, [(each, done) for each in mine]) for mine in claims])
    assert ErpItem.objects.filter(status=Status.SYNCED).count() == 120
    assert verify_journal(company) is None


@pytest.fixture
@kept
def held(sent_invoice: ErpItem, ada: Membership) -> Submission:
    """Accepted in a company that lets one take that back, its time just over, and not taken up."""
    Company.objects.update(undo_seconds=10)
    seen = sent_invoice.submissions.get().digest
    submission = operations.accept(fresh(sent_invoice), by=ada, seen=seen, choices={})
    a_while = timedelta(seconds=10)
    Submission.objects.update(decided_at=F("decided_at") - a_while, due_at=F("due_at") - a_while)
    return submission


@pytest.mark.parametrize("turn", range(8))
def test_taking_back_against_a_worker_is_one_or_the_other(
    held: Submission, ada: Membership, paper: PaperLedger, turn: int
) -> None:
    item = fresh(held.item)
    told = at_once(lambda: operations.undo(item, by=ada), lambda: engine.work(held.pk), lambda: engine.work(held.pk))
    after = fresh(item)
    if told[0]:
        assert told[0] == "Application 3 has left for QuickBooks already, so it was not taken back."
        assert (after.status, len(paper.calls)) == (Status.SYNCED, 1)
    else:
        assert (after.status, paper.calls) == (Status.SENT, [])
        assert not Attempt.objects.exists()
    assert verify_journal(ada.company) is None


def test_who_takes_back_while_a_worker_claims_waits_and_is_told(held: Submission, ada: Membership) -> None:
    item, told = fresh(held.item), []
    with transaction.atomic():
        held.refresh_from_db()
        assert len(take(held)) == 1
        undoing = Thread(target=lambda: told.extend(at_once(lambda: operations.undo(item, by=ada))))
        undoing.start()
        undoing.join(timeout=1)
        assert undoing.is_alive()
    undoing.join(timeout=20)
    assert told == ["Application 3 has left for QuickBooks already, so it was not taken back."]
    assert fresh(item).status == Status.EXPORTING


def test_a_worker_that_claims_while_it_is_taken_back_finds_nothing(
    held: Submission, ada: Membership, paper: PaperLedger
) -> None:
    item, worker = fresh(held.item), Thread(target=lambda: at_once(lambda: engine.work(held.pk)))
    with transaction.atomic():
        operations.undo(item, by=ada)
        worker.start()
        worker.join(timeout=1)
    worker.join(timeout=20)
    assert (fresh(item).status, paper.calls, Attempt.objects.count()) == (Status.SENT, [], 0)


def test_who_tries_again_while_a_worker_takes_the_same_document_is_told(
    paper: PaperLedger, max_pm: Membership, ada: Membership
) -> None:
    stopped, other = accepted(2, max_pm, ada)
    Submission.objects.filter(pk=other.pk).update(lane=stopped.lane)
    assert claim(stopped.pk)
    Attempt.objects.update(outcome=OutcomeKind.UNKNOWN)
    Submission.objects.filter(pk=stopped.pk).update(work=Work.PARKED)
    ErpItem.objects.filter(pk=stopped.item_id).update(status=Status.FAILED)
    item, told = fresh(stopped.item), list[str]()
    other.refresh_from_db()
    trying = Thread(target=lambda: told.extend(at_once(lambda: operations.retry(item, by=ada))))
    with transaction.atomic():
        assert len(take(other)) == 1
        trying.start()
        trying.join(timeout=1)
        assert trying.is_alive()
    trying.join(timeout=20)
    assert told == ["Another change of the same document is on its way to QuickBooks. Try again after it."]
    assert (fresh(item).status, Submission.objects.get(pk=stopped.pk).work) == (Status.FAILED, Work.PARKED)


@pytest.fixture
@kept
def large(sent_invoice: ErpItem) -> ErpItem:
    """Above the amount from which on two people accept."""
    ExportPolicy.objects.create(company=sent_invoice.company, kind=Kind.INVOICE, second_above=Decimal("10000.00"))
    return sent_invoice


def accepting(item: ErpItem, by: Membership) -> Callable[[], object]:
    """The press of somebody who has the record open."""
    mine, seen = fresh(item), item.submissions.latest("number").digest
    return lambda: operations.accept(mine, by=by, seen=seen, choices={})


def acceptances(item: ErpItem) -> list[tuple[str, str]]:
    made = Event.objects.filter(item=item, action__in=["accept_first", "accept"]).order_by("sequence")
    return list(made.values_list("action", "by__user__name"))


@pytest.mark.parametrize("turn", range(6))
def test_of_two_who_accept_first_at_once_one_is_first_and_nothing_goes_unless_both_were_seen(
    large: ErpItem, ada: Membership, bea: Membership, turn: int
) -> None:
    told = at_once(accepting(large, ada), accepting(large, bea))
    sending, made = large.submissions.get(), acceptances(large)
    if told == ["", ""]:  # one was over before the other began to read
        assert {who for _, who in made} == {"Ada", "Bea"}
        assert [action for action, _ in made] == ["accept_first", "accept"]
        assert fresh(large).status == Status.EXPORTING
    else:
        assert sorted(bool(sentence) for sentence in told) == [False, True]
        assert "meanwhile, as the first of two approvers. Look again" in "".join(told)
        assert ([action for action, _ in made], sending.work) == (["accept_first"], "")
        assert (fresh(large).status, made[0][1]) == (Status.SENT, str(sending.first_by))
    assert verify_journal(large.company) is None


def test_a_double_click_is_one_first_acceptance_and_never_the_second(large: ErpItem, ada: Membership) -> None:
    told = at_once(*[accepting(large, ada) for _ in range(4)])
    assert told.count("") == 1
    assert all("You accepted Application 3 as the first of two approvers" in one for one in told if one)
    assert (acceptances(large), fresh(large).status) == ([("accept_first", "Ada")], Status.SENT)


@pytest.mark.parametrize("turn", range(4))
def test_the_second_acceptance_against_what_ends_the_sending_is_one_or_the_other(
    large: ErpItem, ada: Membership, bea: Membership, max_pm: Membership, turn: int
) -> None:
    accepting(large, ada)()
    theirs = fresh(large)

    def ends() -> None:
        if turn % 2:
            operations.reject(theirs, by=ada, comment="Wrong month")
        else:
            operations.retrieve(theirs, by=max_pm)
            operations.send(theirs, by=max_pm)

    told = at_once(accepting(large, bea), ends)
    newest = large.submissions.latest("number")
    if told == ["", ""]:
        # Bea came when it had been sent anew, which says the same: hers is the first acceptance of that.
        assert (turn % 2, newest.number, newest.first_by, newest.work) == (0, 2, bea, "")
        assert fresh(large).status == Status.SENT
        return
    assert told.count("") == 1
    if told[0]:
        assert (newest.work, newest.decided_by) == ("", ada if turn % 2 else None)
        assert newest.first_by == (ada if turn % 2 else None)
    else:
        assert (newest.decided_by, fresh(large).status) == (bea, Status.EXPORTING)
    assert verify_journal(large.company) is None


def test_of_two_second_acceptances_one_decides(
    large: ErpItem, ada: Membership, bea: Membership, max_pm: Membership, company: Company
) -> None:
    cy = member(company, "Cy", Role.ACCOUNTANT, decides=True)
    accepting(large, ada)()
    told = at_once(accepting(large, bea), accepting(large, cy), accepting(large, bea), accepting(large, ada))
    assert told.count("") == 1
    assert [action for action, _ in acceptances(large)] == ["accept_first", "accept"]


def test_a_first_acceptance_keeps_nobody_from_taking_the_record_back(
    large: ErpItem, ada: Membership, max_pm: Membership
) -> None:
    his = fresh(large)
    taking = Thread(target=lambda: told.extend(at_once(lambda: operations.retrieve(his, by=max_pm))))
    told: list[str] = []
    with transaction.atomic():
        accepting(large, ada)()
        taking.start()
        taking.join(timeout=1)
        assert taking.is_alive()
    taking.join(timeout=20)
    assert (told, fresh(large).status, large.submissions.get().first_by) == ([""], Status.RETRIEVED, ada)
