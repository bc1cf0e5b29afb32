"""What people do, and how each refusal reads."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any, Literal

import pytest
from django.core import mail
from django.db import transaction
from pytest_django import Settings

from procore_sync.acceptance import engine, items, kinds, notices, operations
from procore_sync.acceptance.abouts import About
from procore_sync.acceptance.courier import Check, Choice
from procore_sync.acceptance.journal import move, move_many
from procore_sync.acceptance.kinds import Unmet
from procore_sync.acceptance.models import ErpItem, Event, ExportPolicy, Notice, NoticeChoice, Submission
from procore_sync.acceptance.refusals import ChangedSinceSeen, IllegalMove, NotReady, OwnRecord, StillThere
from procore_sync.acceptance.standings import note_standing
from procore_sync.acceptance.states import Decision, OutcomeKind, Status, Work
from procore_sync.accounts.days import stamp_of
from procore_sync.accounts.models import Company, KindPrivilege, Membership, Role
from procore_sync.kit.canonical import digest
from procore_sync.kit.kinds import Kind
from procore_sync.kit.refusals import InvalidInput, NotAllowed
from tests.acceptance.conftest import member, new_invoice
from tests.acceptance.paper import PaperLedger

Accept = Callable[[ErpItem], Submission]
ACCOUNTS = Choice("income_account", "Income account", [("79", "Sales"), ("80", "Services")])


def latest(item: ErpItem) -> Submission:
    return item.submissions.order_by("-number")[0]


def test_it_freezes_the_document_that_was_sent(sent_invoice: ErpItem) -> None:
    submission = latest(sent_invoice)
    assert submission.document == {"label": "Application 3", "amount": "27405.00"}
    assert submission.digest == digest(submission.document)
    assert sent_invoice.status == Status.SENT


def test_it_does_not_send_what_lacks_something(invoice: ErpItem, max_pm: Membership, unmet: list[Unmet]) -> None:
    unmet.append(Unmet("The commitment is not in QuickBooks yet."))
    with pytest.raises(NotReady, match="commitment is not in QuickBooks"):
        operations.send(invoice, by=max_pm)
    assert not invoice.submissions.exists()


def test_it_does_not_let_a_viewer_send(invoice: ErpItem, vic: Membership) -> None:
    with pytest.raises(NotAllowed):
        operations.send(invoice, by=vic)


def test_it_locks_the_record_while_accounting_decides(sent_invoice: ErpItem) -> None:
    with pytest.raises(IllegalMove, match="Retrieve it first"):
        items.revise(sent_invoice, label="Application 3b")


def test_who_edits_what_was_sent_meanwhile_is_told_who_sent_it_and_when(invoice: ErpItem, max_pm: Membership) -> None:
    stale = ErpItem.objects.get(pk=invoice.pk)
    operations.send(invoice, by=max_pm)
    at = stamp_of(Event.objects.get(item=invoice).at, max_pm.company)
    with pytest.raises(IllegalMove, match="was changed meanwhile") as refused:
        items.revise(stale, label="Application 3b")
    assert refused.value.sentence.endswith(f"repeat your edit. It was sent to accounting by Max: {at}.")


def test_who_edits_what_was_only_edited_meanwhile_is_told_of_nobody_who_moved_it_before(
    sent_invoice: ErpItem, max_pm: Membership
) -> None:
    taken_back_and_sent_again(sent_invoice, max_pm)
    operations.retrieve(ErpItem.objects.get(pk=sent_invoice.pk), by=max_pm)
    stale, current = (ErpItem.objects.get(pk=sent_invoice.pk) for _ in range(2))
    items.revise(current)
    with pytest.raises(IllegalMove) as refused:
        items.revise(stale, label="Application 3b")
    assert refused.value.sentence.endswith("Open it again and repeat your edit.")


def test_it_lets_the_sender_take_an_undecided_record_back(sent_invoice: ErpItem, max_pm: Membership) -> None:
    operations.retrieve(sent_invoice, by=max_pm)
    assert sent_invoice.status == Status.RETRIEVED
    assert latest(sent_invoice).decision == Decision.RETRIEVED
    items.revise(sent_invoice, label="Application 3b")
    assert sent_invoice.revision == 2


def test_it_accepts_what_was_seen_and_makes_it_due(sent_invoice: ErpItem, accept: Accept) -> None:
    submission = accept(sent_invoice)
    assert (sent_invoice.status, submission.work) == (Status.EXPORTING, Work.DUE)
    assert submission.posting["payload"] == {"label": "Application 3", "amount": "27405.00"}
    assert 0 < len(submission.request_id) <= 50


def test_it_rings_only_after_the_commit(
    sent_invoice: ErpItem,
    accept: Accept,
    quiet_bell: list[int],
    django_capture_on_commit_callbacks: Callable[..., object],
) -> None:
    submission = accept(sent_invoice)
    assert quiet_bell == []
    assert submission.rung_at is not None


def test_it_refuses_an_acceptance_of_something_else_than_what_stands_there(
    sent_invoice: ErpItem, ada: Membership, max_pm: Membership
) -> None:
    seen = latest(sent_invoice).digest
    operations.retrieve(sent_invoice, by=max_pm)
    items.revise(sent_invoice, label="Application 3, corrected")
    operations.send(sent_invoice, by=max_pm)
    with pytest.raises(ChangedSinceSeen, match="has changed since you opened it") as refused:
        operations.accept(sent_invoice, by=ada, seen=seen, choices={})
    at = stamp_of(latest(sent_invoice).sent_at, ada.company)
    assert refused.value.sentence.endswith(f"Look again. Sent by Max: {at}.")
    assert sent_invoice.status == Status.SENT


def test_it_does_not_let_a_project_manager_accept(sent_invoice: ErpItem, max_pm: Membership) -> None:
    with pytest.raises(NotAllowed, match="not an accounting approver"):
        operations.accept(sent_invoice, by=max_pm, seen=latest(sent_invoice).digest, choices={})


def test_it_does_not_let_an_approver_of_another_kind_accept(sent_invoice: ErpItem, vic: Membership) -> None:
    KindPrivilege.objects.create(membership=vic, kind=Kind.VENDOR, can_export=True)
    with pytest.raises(NotAllowed):
        operations.accept(sent_invoice, by=vic, seen=latest(sent_invoice).digest, choices={})


@pytest.mark.parametrize("four_eyes", [True, False])
def test_it_keeps_the_sender_from_accepting_unless_the_company_allows_it(
    invoice: ErpItem, max_pm: Membership, four_eyes: bool
) -> None:
    KindPrivilege.objects.create(membership=max_pm, kind=Kind.INVOICE, can_export=True)
    invoice.company.four_eyes = four_eyes
    invoice.company.save()
    operations.send(invoice, by=max_pm)
    if four_eyes:
        with pytest.raises(OwnRecord, match="somebody else has to accept"):
            operations.accept(invoice, by=max_pm, seen=latest(invoice).digest, choices={})
    else:
        operations.accept(invoice, by=max_pm, seen=latest(invoice).digest, choices={})
    assert invoice.status == (Status.SENT if four_eyes else Status.EXPORTING)


@pytest.mark.parametrize(
    ("given", "sentence"),
    [({}, "Choose the income account"), ({"income_account": "81"}, "not offered any more")],
)
def test_it_asks_for_a_choice_that_is_missing_or_unknown(
    sent_invoice: ErpItem, ada: Membership, paper: PaperLedger, given: dict[str, str], sentence: str
) -> None:
    paper.choices.append(ACCOUNTS)
    with pytest.raises(InvalidInput, match=sentence) as refused:
        operations.accept(sent_invoice, by=ada, seen=latest(sent_invoice).digest, choices=given)
    assert list(refused.value.errors) == ["income_account"]
    assert sent_invoice.status == Status.SENT


def test_it_freezes_what_the_approver_chose(sent_invoice: ErpItem, ada: Membership, paper: PaperLedger) -> None:
    paper.choices.append(ACCOUNTS)
    given = {"income_account": "80", "csrfmiddlewaretoken": "x"}
    submission = operations.accept(sent_invoice, by=ada, seen=latest(sent_invoice).digest, choices=given)
    assert submission.choices == {"income_account": "80"}
    assert submission.posting["payload"]["income_account"] == "80"


def test_it_does_not_accept_against_a_check_that_says_stop(
    sent_invoice: ErpItem, accept: Accept, paper: PaperLedger
) -> None:
    paper.stops.append(Check("stop", "A customer has this name already."))
    with pytest.raises(NotReady, match="customer has this name"):
        accept(sent_invoice)
    assert sent_invoice.status == Status.SENT


def test_it_rejects_only_with_a_reason(sent_invoice: ErpItem, ada: Membership) -> None:
    with pytest.raises(InvalidInput, match="Say why"):
        operations.reject(sent_invoice, by=ada, comment="  ")
    assert sent_invoice.status == Status.SENT


@pytest.mark.parametrize("comment", ["  ", "x" * 2001])
def test_no_mail_is_promised_that_the_sender_has_chosen_not_to_get(
    sent_invoice: ErpItem, ada: Membership, max_pm: Membership, comment: str
) -> None:
    NoticeChoice.objects.create(member=max_pm, about=About.REJECTED, in_console=True, by_mail=False)
    with pytest.raises(InvalidInput) as refused:
        operations.reject(sent_invoice, by=ada, comment=comment)
    assert "mail" not in refused.value.sentence
    operations.reject(sent_invoice, by=ada, comment="Wrong month")
    notices.deliver()
    assert mail.outbox == []


def test_it_mails_the_reason_to_the_sender_and_the_creator(
    paper: PaperLedger, max_pm: Membership, bea: Membership, ada: Membership
) -> None:
    invoice = new_invoice(bea)
    operations.send(invoice, by=max_pm)
    operations.reject(invoice, by=ada, comment="Level 2 duct is not hung yet")
    notices.deliver()
    assert {to for one in mail.outbox for to in one.to} == {max_pm.user.email, bea.user.email}
    assert all("Level 2 duct is not hung yet" in str(one.body) for one in mail.outbox)


def test_a_reason_longer_than_the_form_takes_is_refused_whoever_sends_it(
    sent_invoice: ErpItem, ada: Membership
) -> None:
    with pytest.raises(InvalidInput, match="longer than 2,000 characters"):
        operations.reject(sent_invoice, by=ada, comment="A" * 2001)
    assert sent_invoice.status == Status.SENT


def test_it_tells_the_approvers_when_a_rejected_record_comes_back(
    sent_invoice: ErpItem, max_pm: Membership, ada: Membership
) -> None:
    operations.reject(sent_invoice, by=ada, comment="Wrong month")
    Notice.objects.all().delete()
    operations.send(sent_invoice, by=max_pm)
    notices.deliver()
    assert [one.to for one in mail.outbox] == [[ada.user.email]]
    assert "Sent again" in mail.outbox[0].subject


def test_it_sends_no_mail_twice(sent_invoice: ErpItem, ada: Membership) -> None:
    operations.reject(sent_invoice, by=ada, comment="Wrong month")
    notices.deliver()
    notices.deliver()
    assert len(mail.outbox) == 1


def test_the_second_of_two_approvers_hears_who_was_first(
    sent_invoice: ErpItem, ada: Membership, bea: Membership
) -> None:
    seen = latest(sent_invoice).digest
    late = ErpItem.objects.get(pk=sent_invoice.pk)
    operations.accept(sent_invoice, by=ada, seen=seen, choices={})
    with pytest.raises(IllegalMove, match=r"Ada has accepted it meanwhile"):
        operations.reject(late, by=bea, comment="No")
    assert Event.objects.filter(item=late, action="reject").count() == 0


def test_it_accepts_by_policy_under_direct_export(invoice: ErpItem, max_pm: Membership) -> None:
    ExportPolicy.objects.create(company=invoice.company, kind=Kind.INVOICE, direct_export=True)
    submission = operations.send(invoice, by=max_pm)
    submission.refresh_from_db()
    assert (invoice.status, submission.work, submission.decided_by) == (Status.EXPORTING, Work.DUE, None)
    assert "by policy" in Event.objects.get(item=invoice, action="accept").comment


def test_it_leaves_the_decision_to_a_person_where_direct_export_would_have_to_choose(
    invoice: ErpItem, max_pm: Membership, paper: PaperLedger
) -> None:
    ExportPolicy.objects.create(company=invoice.company, kind=Kind.INVOICE, direct_export=True)
    paper.choices.append(ACCOUNTS)
    operations.send(invoice, by=max_pm)
    assert invoice.status == Status.SENT


@pytest.mark.parametrize(("level", "becomes"), [("stop", "sent"), ("look", "sent"), ("wait", "exporting")])
def test_direct_export_takes_no_more_than_what_may_go_unopened(
    level: Literal["stop", "look", "wait"], becomes: str, invoice: ErpItem, max_pm: Membership, paper: PaperLedger
) -> None:
    ExportPolicy.objects.create(company=invoice.company, kind=Kind.INVOICE, direct_export=True)
    paper.stops.append(Check(level, "Somebody entered a bill of this vendor with this number."))
    operations.send(invoice, by=max_pm)
    assert invoice.status == becomes


def test_what_the_ledger_holds_otherwise_is_never_accepted_by_policy(
    invoice: ErpItem, max_pm: Membership, paper: PaperLedger
) -> None:
    ExportPolicy.objects.create(company=invoice.company, kind=Kind.INVOICE, direct_export=True)
    note_standing([invoice.pk], differs=True)
    item = ErpItem.objects.get(pk=invoice.pk)
    operations.send(item, by=max_pm)
    assert item.status == Status.SENT


def test_linking_what_waits_for_a_decision_is_the_decision(sent_invoice: ErpItem, ada: Membership) -> None:
    seen = latest(sent_invoice).digest
    operations.link(sent_invoice, by=ada, detail={"id": "7"}, comment="Linked to bill 7.")
    closed = latest(sent_invoice)
    assert (sent_invoice.status, sent_invoice.synced_revision) == (Status.SYNCED, sent_invoice.revision)
    assert (closed.decision, closed.decided_by, closed.comment) == ("linked", ada, "Linked to bill 7.")
    assert Event.objects.get(item=sent_invoice, action="link").submission == closed
    with pytest.raises(IllegalMove, match=r"Ada has linked it"):
        operations.accept(sent_invoice, by=ada, seen=seen, choices={})


def test_it_keeps_the_link_while_the_ledger_holds_the_document(invoice: ErpItem, ada: Membership) -> None:
    operations.link(invoice, by=ada, detail={"id": "7"})
    with pytest.raises(StillThere, match="still holds bill 7"):
        operations.unlink(invoice, by=ada)
    assert invoice.status == Status.SYNCED


def test_it_unlinks_what_is_gone_so_that_it_can_be_sent_anew(
    invoice: ErpItem, ada: Membership, max_pm: Membership, paper: PaperLedger
) -> None:
    operations.link(invoice, by=ada, detail={"id": "7"})
    paper.gone = True
    operations.unlink(invoice, by=ada)
    assert (invoice.status, invoice.synced_revision, paper.forgotten) == (Status.NOT_SENT, None, [invoice.pk])
    operations.send(invoice, by=max_pm)


def test_what_came_to_hang_on_the_link_while_quickbooks_was_asked_keeps_it(
    invoice: ErpItem, ada: Membership, paper: PaperLedger
) -> None:
    operations.link(invoice, by=ada, detail={"id": "7"})
    hangs: list[Unmet] = []
    kinds.register(replace(kinds.spec_of(invoice.kind), stays_linked=lambda item: hangs))
    paper.gone = True
    paper.while_looking = lambda: hangs.append(Unmet("CO-1 is on its way into it. Let it be decided first."))
    with pytest.raises(NotReady, match="CO-1 is on its way"):
        operations.unlink(invoice, by=ada)
    invoice.refresh_from_db()
    assert (invoice.status, invoice.synced_revision) == (Status.SYNCED, 1)


def test_it_sends_a_synced_record_again_only_when_it_changed(
    invoice: ErpItem, ada: Membership, max_pm: Membership
) -> None:
    operations.link(invoice, by=ada, detail={"id": "7"})
    with pytest.raises(NotReady, match="Nothing has changed"):
        operations.send(invoice, by=max_pm)
    items.revise(invoice, label="Application 3, corrected")
    operations.send(invoice, by=max_pm)
    assert invoice.status == Status.SENT


def test_it_refuses_an_edit_of_a_revision_that_is_not_the_last(invoice: ErpItem) -> None:
    stale = ErpItem.objects.get(pk=invoice.pk)
    items.revise(invoice, label="First")
    with pytest.raises(IllegalMove, match="was changed meanwhile"):
        items.revise(stale, label="Second")
    assert ErpItem.objects.get(pk=invoice.pk).label == "First"


# -- what is taken back and sent again unchanged, while somebody decides -----------------------------------------------


def taken_back_and_sent_again(item: ErpItem, by: Membership) -> None:
    operations.retrieve(ErpItem.objects.get(pk=item.pk), by=by)
    operations.send(ErpItem.objects.get(pk=item.pk), by=by)


def test_it_accepts_no_sending_that_was_taken_back_while_its_preview_was_made(
    sent_invoice: ErpItem, ada: Membership, max_pm: Membership, paper: PaperLedger, monkeypatch: pytest.MonkeyPatch
) -> None:
    preview = paper.preview

    def meanwhile(item: ErpItem, document: dict[str, Any]) -> Any:
        monkeypatch.setattr(paper, "preview", preview)
        taken_back_and_sent_again(item, max_pm)
        return preview(item, document)

    monkeypatch.setattr(paper, "preview", meanwhile)
    seen = latest(sent_invoice).digest
    with pytest.raises(ChangedSinceSeen, match="taken back and sent again meanwhile"), transaction.atomic():
        operations.accept(sent_invoice, by=ada, seen=seen, choices={})
    # The test's one connection has no other transaction, so what was done meanwhile went with the refused one.
    assert [one.decision for one in sent_invoice.submissions.all()] == [Decision.OPEN]


@pytest.mark.parametrize("decide", [operations.retrieve, operations.reject, operations.link])
def test_it_decides_on_no_sending_that_another_has_taken_the_place_of(
    sent_invoice: ErpItem, ada: Membership, max_pm: Membership, decide: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    moving = "move_many" if decide is operations.link else "move"
    moves: Any = {"move": move, "move_many": move_many}[moving]

    def meanwhile(*given: Any, **columns: Any) -> Any:
        monkeypatch.setattr(operations, moving, moves)
        taken_back_and_sent_again(sent_invoice, max_pm)
        return moves(*given, **columns)

    monkeypatch.setattr(operations, moving, meanwhile)
    more: dict[str, dict[str, Any]] = {"reject": {"comment": "Wrong month"}, "link": {"detail": {"id": "7"}}}
    by = max_pm if decide is operations.retrieve else ada
    told = "taken back and sent again meanwhile, so nothing was decided. Look again. Sent by Max: "
    with pytest.raises(ChangedSinceSeen, match=told), transaction.atomic():
        decide(sent_invoice, by=by, **more.get(decide.__name__, {}))
    assert [one.decision for one in sent_invoice.submissions.all()] == [Decision.OPEN]


def test_the_sender_who_is_named_is_that_of_this_record(
    sent_invoice: ErpItem, ada: Membership, max_pm: Membership, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = member(Company.objects.create(name="Other", slug="other"), "Olga", Role.PROJECT_MANAGER)
    theirs = new_invoice(other)
    operations.send(theirs, by=other)
    for _ in range(2):
        taken_back_and_sent_again(theirs, other)

    def meanwhile(*given: Any, **columns: Any) -> Any:
        monkeypatch.setattr(operations, "move", move)
        taken_back_and_sent_again(sent_invoice, max_pm)
        return move(*given, **columns)

    monkeypatch.setattr(operations, "move", meanwhile)
    with pytest.raises(ChangedSinceSeen, match="Sent by Max: "), transaction.atomic():
        operations.reject(sent_invoice, by=ada, comment="Wrong month")


def test_a_second_retry_starts_from_where_the_first_has_stopped(
    sent_invoice: ErpItem,
    ada: Membership,
    accept: Accept,
    paper: PaperLedger,
    monkeypatch: pytest.MonkeyPatch,
    settings: Settings,
) -> None:
    settings.ENGINE_IN_TEST_TRANSACTION = True
    submission = accept(sent_invoice)
    paper.next.append(OutcomeKind.REFUSED)
    engine.work(submission.pk)
    item = ErpItem.objects.get(pk=sent_invoice.pk)
    assert item.status == Status.FAILED

    def meanwhile(late: ErpItem, *given: Any, **columns: Any) -> Any:
        monkeypatch.setattr(operations, "move", move)
        paper.next.append(OutcomeKind.REFUSED)
        engine.work(operations.retry(ErpItem.objects.get(pk=late.pk), by=ada).pk)
        return move(late, *given, **columns)

    monkeypatch.setattr(operations, "move", meanwhile)
    operations.retry(item, by=ada)
    assert latest(sent_invoice).generation == 2
