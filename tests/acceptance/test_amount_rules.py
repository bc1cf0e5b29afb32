"""What goes without an approver up to an amount, and what needs two: who accepts, and what each of them is told."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest
from django.db import IntegrityError, transaction
from django.test import Client

from procore_sync.acceptance import digest as summaries_by_mail
from procore_sync.acceptance import engine, items, many, operations, selectors
from procore_sync.acceptance.actions import actions_for
from procore_sync.acceptance.courier import Choice
from procore_sync.acceptance.first_of_two import LAPSED, take_first_back
from procore_sync.acceptance.journal import verify_journal
from procore_sync.acceptance.models import ErpItem, Event, ExportPolicy, Submission, Turn
from procore_sync.acceptance.piles import pile_for
from procore_sync.acceptance.refusals import ChangedSinceSeen, IllegalMove, OwnRecord, SecondApproverNeeded
from procore_sync.acceptance.reviews import review_of
from procore_sync.acceptance.states import Action, Decision, Status, Work
from procore_sync.acceptance.summaries import awaiting_decision
from procore_sync.acceptance.whereabouts import whereabouts_of
from procore_sync.accounts.models import KindPrivilege, Membership, User
from procore_sync.kit.kinds import Kind
from procore_sync.kit.refusals import NotAllowed
from tests.acceptance.conftest import new_invoice
from tests.acceptance.paper import PaperLedger, PaperPreview
from tests.scenes import kept

AMOUNT = Decimal("27405.00")
CENT = Decimal("0.01")
TERMS = Choice("terms", "Terms", [("30", "Net 30"), ("60", "Net 60")], initial="30")


def agreed(item: ErpItem, **columns: Any) -> None:
    ExportPolicy.objects.update_or_create(company=item.company, kind=Kind.INVOICE, defaults=columns)


def fresh(item: ErpItem) -> ErpItem:
    return ErpItem.objects.select_related("company").get(pk=item.pk)


def accept(item: ErpItem, by: Membership, choices: dict[str, str] | None = None) -> Submission:
    submission = operations.open_submission(item)
    assert submission
    return operations.accept(fresh(item), by=by, seen=submission.digest, choices=choices or {})


def sending(item: ErpItem) -> Submission:
    return item.submissions.order_by("-number")[0]


def lost_in_a_rollback(act: Callable[[], object]) -> None:
    """What a refused operation has written goes with its transaction."""
    with transaction.atomic():
        act()


@pytest.fixture
@kept
def large(sent_invoice: ErpItem) -> ErpItem:
    """A record above the amount from which on two people accept."""
    agreed(sent_invoice, second_above=Decimal("10000.00"))
    return sent_invoice


@pytest.fixture
@kept
def half(large: ErpItem, ada: Membership, bea: Membership) -> ErpItem:
    """Accepted by Ada, and by nobody else yet."""
    accept(large, ada)
    return fresh(large)


# -- Direct Export ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("amount", "up_to", "second_above", "becomes"),
    [
        (AMOUNT, None, None, "exporting"),
        (AMOUNT, AMOUNT, None, "exporting"),
        (AMOUNT, AMOUNT - CENT, None, "sent"),
        (-AMOUNT, AMOUNT - CENT, None, "sent"),
        (None, AMOUNT, None, "sent"),
        (None, None, None, "exporting"),
        (AMOUNT, None, AMOUNT, "exporting"),
        (AMOUNT, None, AMOUNT - CENT, "sent"),
        (-AMOUNT, None, AMOUNT - CENT, "sent"),
        (None, None, AMOUNT, "sent"),
    ],
)
def test_direct_export_goes_as_far_as_the_amounts_let_it(
    invoice: ErpItem,
    max_pm: Membership,
    amount: Decimal | None,
    up_to: Decimal | None,
    second_above: Decimal | None,
    becomes: str,
) -> None:
    agreed(invoice, direct_export=True, up_to=up_to, second_above=second_above)
    items.revise(invoice, amount=amount)
    operations.send(invoice, by=max_pm)
    assert invoice.status == becomes


def test_the_page_says_why_it_did_not_go_by_itself(invoice: ErpItem, max_pm: Membership, ada: Membership) -> None:
    agreed(invoice, direct_export=True, up_to=Decimal("10000.00"))
    operations.send(invoice, by=max_pm)
    assert review_of(invoice, ada).amounts.why == [
        "27,405.00 is above the 10,000.00 up to which subcontractor invoices go to QuickBooks without an approver, "
        "so it needs one."
    ]


def test_the_page_says_what_its_amount_asks_of_approvers(invoice: ErpItem, max_pm: Membership, ada: Membership) -> None:
    agreed(invoice, second_above=AMOUNT - CENT)
    operations.send(invoice, by=max_pm)
    assert review_of(invoice, ada).amounts.why == [
        "27,405.00 is above the 27,404.99 above which two different approvers have to accept subcontractor invoices. "
        "Nothing goes to QuickBooks before both have."
    ]
    ErpItem.objects.filter(pk=invoice.pk).update(amount=None)
    amounts = review_of(fresh(invoice), ada).amounts
    assert (amounts.needs_two, amounts.why) == (
        True,
        ["It has no amount, so two different approvers have to accept it."],
    )


# -- two approvers ---------------------------------------------------------------------------------------------------


def test_nothing_goes_before_two_people_have_accepted_the_same(
    large: ErpItem, ada: Membership, bea: Membership, paper: PaperLedger, settings: Any
) -> None:
    settings.ENGINE_IN_TEST_TRANSACTION = True
    since = large.status_changed_at
    first = accept(large, ada)
    engine.sweep()
    engine.work(first.pk)
    assert (first.decision, first.work, first.first_by, paper.calls) == (Decision.OPEN, Work.NONE, ada, [])
    assert (fresh(large).status, fresh(large).status_changed_at) == (Status.SENT, since)

    second = accept(large, bea)
    engine.work(second.pk)
    assert (second.decided_by, second.first_by, len(paper.calls)) == (bea, ada, 1)
    assert fresh(large).status == Status.SYNCED
    told = Event.objects.filter(item=large).order_by("sequence").values_list("action", "by__user__name", "to_status")
    assert list(told)[1:3] == [("accept_first", "Ada", "sent"), ("accept", "Bea", "exporting")]
    assert verify_journal(large.company) is None


def test_up_to_the_amount_one_is_enough(sent_invoice: ErpItem, ada: Membership) -> None:
    agreed(sent_invoice, second_above=AMOUNT)
    accept(sent_invoice, ada)
    assert fresh(sent_invoice).status == Status.EXPORTING


def test_whoever_accepted_first_is_not_the_second(half: ErpItem, ada: Membership) -> None:
    with pytest.raises(SecondApproverNeeded, match="as the first of two approvers"):
        accept(half, ada)
    offer = next(one for one in actions_for(half, ada) if one.action == Action.ACCEPT)
    assert offer.why_not == "You accepted it as the first of two approvers, so another approver accepts it next."
    assert fresh(half).status == Status.SENT


def test_the_database_keeps_two_people_two(half: ErpItem, ada: Membership) -> None:
    with pytest.raises(IntegrityError, match="two_approvers_are_two_people"), transaction.atomic():
        Submission.objects.filter(item=half).update(decision=Decision.ACCEPTED, decided_by=ada)


def test_who_sent_it_is_neither_of_the_two(half: ErpItem, max_pm: Membership) -> None:
    KindPrivilege.objects.create(membership=max_pm, kind=Kind.INVOICE, can_export=True)
    with pytest.raises(OwnRecord):
        accept(half, max_pm)
    assert review_of(half, max_pm).amounts.others == ("Bea",)


@pytest.mark.parametrize("now", [None, AMOUNT])
def test_raising_the_amount_lets_nothing_go_that_was_accepted_once(
    half: ErpItem, ada: Membership, now: Decimal | None
) -> None:
    agreed(half, second_above=now)
    with pytest.raises(SecondApproverNeeded):
        accept(half, ada)
    assert review_of(half, ada).amounts.why == ["It needed two approvers when it was accepted first, so it still does."]


@pytest.mark.parametrize("end", ["retrieve", "reject"])
def test_it_can_be_taken_or_given_back_in_between_and_begins_anew(
    half: ErpItem, ada: Membership, bea: Membership, max_pm: Membership, end: str
) -> None:
    if end == "retrieve":
        operations.retrieve(half, by=max_pm)
    else:
        operations.reject(half, by=ada, comment="Wrong month")
    operations.send(fresh(half), by=max_pm)
    again = fresh(half)
    assert review_of(again, bea).amounts.lapsed == (
        "Ada accepted an earlier sending of it, which was taken or given back, so that does not count."
    )
    accept(again, bea)
    assert (sending(again).first_by, fresh(again).status) == (bea, Status.SENT)
    accept(again, ada)
    assert fresh(again).status == Status.EXPORTING


def test_a_posting_that_has_changed_is_accepted_by_two_from_the_beginning(
    half: ErpItem, ada: Membership, bea: Membership, paper: PaperLedger
) -> None:
    paper.terms = "Net 60"
    said = "What QuickBooks would get is not what Ada accepted, so that acceptance does not count."
    assert review_of(half, bea).amounts.lapsed == said
    accept(half, bea)
    assert (sending(half).first_by, fresh(half).status) == (bea, Status.SENT)
    assert Event.objects.filter(item=half).latest("sequence").comment == LAPSED
    accept(half, ada)
    assert (sending(half).decided_by, fresh(half).status) == (ada, Status.EXPORTING)
    assert sending(half).posting["payload"]["Terms"] == "Net 60"


def test_another_choice_is_another_posting(
    large: ErpItem, ada: Membership, bea: Membership, paper: PaperLedger
) -> None:
    paper.choices.append(TERMS)
    accept(large, ada, {"terms": "60"})
    assert [one.initial for one in review_of(fresh(large), bea).choices] == ["60"]
    accept(large, bea, {"terms": "30"})
    assert (sending(large).first_by, fresh(large).status) == (bea, Status.SENT)
    accept(large, ada, {"terms": "30"})
    assert (sending(large).choices, fresh(large).status) == ({"terms": "30"}, Status.EXPORTING)


FATE = Choice("fate", "Old order", [("close", "Close it"), ("delete", "Delete it")])


def test_a_choice_that_stands_in_no_document_is_accepted_by_two_as_well(
    large: ErpItem, ada: Membership, bea: Membership, paper: PaperLedger, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What becomes of a replaced order, or whether a number may be given twice, the posting does not say: the second
    approver alone decided on it.
    """
    paper.choices.append(FATE)
    as_it_is = PaperPreview.posting
    monkeypatch.setattr(PaperPreview, "posting", lambda preview, choices: as_it_is(preview, {}))
    accept(large, ada, {"fate": "close"})
    accept(large, bea, {"fate": "delete"})
    assert (sending(large).first_by, fresh(large).status) == (bea, Status.SENT)
    assert Event.objects.filter(item=large).latest("sequence").comment == LAPSED
    accept(large, ada, {"fate": "delete"})
    assert (sending(large).choices, fresh(large).status) == ({"fate": "delete"}, Status.EXPORTING)


def test_what_was_not_asked_of_the_first_lets_his_acceptance_lapse(
    large: ErpItem, ada: Membership, bea: Membership, paper: PaperLedger, monkeypatch: pytest.MonkeyPatch
) -> None:
    as_it_is = PaperPreview.posting
    monkeypatch.setattr(PaperPreview, "posting", lambda preview, choices: as_it_is(preview, {}))
    accept(large, ada)
    paper.choices.append(FATE)
    accept(large, bea, {"fate": "close"})
    assert (sending(large).first_by, fresh(large).status) == (bea, Status.SENT)
    paper.choices.clear()
    accept(large, ada)
    assert fresh(large).status == Status.EXPORTING, "nothing has to be chosen any more"


def test_what_the_first_left_open_is_open_for_the_second_though_something_is_proposed(
    large: ErpItem, ada: Membership, bea: Membership, paper: PaperLedger
) -> None:
    paper.choices.append(replace(TERMS, required=False))
    accept(large, ada, {"terms": ""})
    assert [one.initial for one in review_of(fresh(large), bea).choices] == [""]
    operations.accept(fresh(large), by=bea, seen=sending(large).digest, choices=None)
    assert (sending(large).choices, fresh(large).status) == ({}, Status.EXPORTING)


@pytest.mark.parametrize("lost", ["privilege", "membership", "sign-in"])
def test_who_may_not_decide_any_more_has_not_accepted(
    half: ErpItem, ada: Membership, bea: Membership, lost: str
) -> None:
    if lost == "privilege":
        KindPrivilege.objects.filter(membership=ada).delete()
    elif lost == "membership":
        Membership.objects.filter(pk=ada.pk).update(is_active=False)
    else:
        User.objects.filter(pk=ada.user_id).update(is_active=False)
    accept(half, bea)
    assert (sending(half).first_by, fresh(half).status) == (bea, Status.SENT)


def test_taking_the_second_acceptance_back_leaves_the_first(half: ErpItem, ada: Membership, bea: Membership) -> None:
    half.company.undo_seconds = 60
    half.company.save()
    accept(half, bea)
    operations.undo(fresh(half), by=bea)
    assert (sending(half).first_by, sending(half).decision, fresh(half).status) == (ada, Decision.OPEN, Status.SENT)
    accept(half, bea)
    assert fresh(half).status == Status.EXPORTING


# -- taking the first back -------------------------------------------------------------------------------------------


def test_whoever_accepted_first_takes_it_back_and_two_are_needed_as_before(
    half: ErpItem, ada: Membership, bea: Membership
) -> None:
    since = half.status_changed_at
    operations.undo(half, by=ada)
    taken = sending(half)
    assert (taken.first_by, taken.first_choices, taken.first_posting, taken.decision) == (None, {}, "", Decision.OPEN)
    assert (fresh(half).status, fresh(half).status_changed_at) == (Status.SENT, since)
    event = Event.objects.filter(item=half).latest("sequence")
    assert (event.action, event.by, event.from_status, event.to_status) == ("undo", ada, "sent", "sent")
    assert counts(ada) == (1, 1, 1, 1, 1)

    accept(half, bea)
    assert (sending(half).first_by, fresh(half).status) == (bea, Status.SENT)
    accept(half, ada)
    assert (sending(half).decided_by, fresh(half).status) == (ada, Status.EXPORTING)
    assert verify_journal(half.company) is None


def test_it_takes_back_no_acceptance_but_the_one_that_was_looked_at(
    half: ErpItem, ada: Membership, paper: PaperLedger
) -> None:
    looked_at = sending(half)
    operations.undo(half, by=ada)
    paper.terms = "Net 60"
    accept(half, ada)
    with pytest.raises(IllegalMove, match="Application 3 has changed since you looked, so no acceptance was taken"):
        lost_in_a_rollback(lambda: take_first_back(looked_at, by=ada))
    assert sending(half).first_by == ada


def test_taking_one_back_leaves_what_else_was_accepted(half: ErpItem, ada: Membership, max_pm: Membership) -> None:
    like_it = new_invoice(max_pm)
    operations.send(like_it, by=max_pm)
    accept(like_it, ada)
    assert sending(like_it).first_posting == sending(half).first_posting
    operations.undo(half, by=ada)
    assert (sending(half).first_by, sending(like_it).first_by) == (None, ada)


def test_taking_it_back_makes_nobody_the_only_one(half: ErpItem, ada: Membership) -> None:
    agreed(half, second_above=None)
    operations.undo(half, by=ada)
    assert review_of(fresh(half), ada).amounts.why == [
        "It needed two approvers when it was accepted first, so it still does."
    ]
    accept(half, ada)
    assert (sending(half).first_by, fresh(half).status) == (ada, Status.SENT)


def test_only_who_gave_it_takes_it_back(
    half: ErpItem, ada: Membership, bea: Membership, max_pm: Membership, sent_invoice: ErpItem
) -> None:
    with pytest.raises(
        NotAllowed, match=r"Ada accepted Application 3, and only the person who accepted it takes that back\."
    ):
        operations.undo(half, by=bea)
    with pytest.raises(NotAllowed):
        operations.undo(half, by=max_pm)
    assert [who for who in (ada, bea, max_pm) if Action.UNDO in {one.action for one in actions_for(half, who)}] == [ada]
    operations.undo(half, by=ada)
    for who in (ada, bea):
        assert Action.UNDO not in {one.action for one in actions_for(fresh(half), who)}
        with pytest.raises(IllegalMove, match="cannot be reopened: it is with accounting"):
            operations.undo(fresh(half), by=who)
    assert Event.objects.filter(item=half, action=Action.UNDO).count() == 1


def test_whoever_is_second_in_the_same_moment_looks_again(
    half: ErpItem, ada: Membership, bea: Membership, paper: PaperLedger, monkeypatch: pytest.MonkeyPatch
) -> None:
    preview = paper.preview

    def meanwhile(item: ErpItem, document: dict[str, Any]) -> Any:
        monkeypatch.setattr(paper, "preview", preview)
        operations.undo(fresh(item), by=ada)
        return preview(item, document)

    monkeypatch.setattr(paper, "preview", meanwhile)
    with pytest.raises(ChangedSinceSeen, match="Ada took the first acceptance of Application 3 back meanwhile"):
        lost_in_a_rollback(lambda: accept(half, bea))


def test_after_the_second_the_first_takes_nothing_back(half: ErpItem, ada: Membership, bea: Membership) -> None:
    stale = fresh(half)
    accept(half, bea)
    with pytest.raises(IllegalMove):
        lost_in_a_rollback(lambda: operations.undo(stale, by=ada))
    with pytest.raises(NotAllowed):
        lost_in_a_rollback(lambda: operations.undo(fresh(half), by=ada))
    assert (fresh(half).status, sending(half).first_by) == (Status.EXPORTING, ada)


def test_a_press_on_the_page_takes_it_back(half: ErpItem, ada: Membership, bea: Membership) -> None:
    browser = Client()
    browser.force_login(ada.user)
    assert f'action="/review/{half.pk}/undo/"' in browser.get(f"/review/{half.pk}/").content.decode()
    page = browser.post(f"/review/{half.pk}/undo/", follow=True).content.decode()
    assert "Application 3 is back: it waits for a decision again" in page
    assert f'action="/review/{half.pk}/undo/"' not in page
    assert browser.post(f"/review/{half.pk}/undo/").status_code == 409


# -- many ------------------------------------------------------------------------------------------------------------


def test_the_second_of_many_follows_the_choices_of_the_first(
    large: ErpItem, ada: Membership, bea: Membership, paper: PaperLedger
) -> None:
    paper.choices.append(TERMS)
    accept(large, ada, {"terms": "60"})
    many.accept_many([sending(large)], by=bea)
    assert (sending(large).choices, fresh(large).status) == ({"terms": "60"}, Status.EXPORTING)


def test_among_many_none_takes_the_place_of_a_first_acceptance(
    half: ErpItem, bea: Membership, paper: PaperLedger
) -> None:
    paper.terms = "Net 60"
    many.accept_many([sending(half)], by=bea)
    assert Turn.objects.get().why_not == (
        "Application 3 was not opened, so nothing was accepted: What QuickBooks would get is not what Ada accepted, "
        "so that acceptance does not count. Open it."
    )
    assert sending(half).first_by != bea


# -- where it is said ------------------------------------------------------------------------------------------------


def counts(member: Membership) -> tuple[int, int, int, int, int]:
    """In the view, in the menu, on Home and in the mail, in the queue, in what is ready in the pile."""
    states = selectors.states_for(member)
    return (
        selectors.counted(states)["ready_to_export"],
        selectors.waiting_counts(member, states)["Inbox"],
        awaiting_decision(member).count(),
        selectors.queue_in(member, {"view": "ready_to_export"}).count(),
        len(pile_for(member, Action.ACCEPT, {"view": "ready_to_export"}).ready),
    )


def test_all_counts_agree_that_it_waits_for_the_second(
    half: ErpItem, ada: Membership, bea: Membership, max_pm: Membership
) -> None:
    new = new_invoice(max_pm, "Application 4")
    operations.send(new, by=max_pm)
    assert counts(bea) == (2, 2, 2, 2, 2)
    assert counts(ada) == (2, 1, 1, 1, 1)
    assert selectors.next_to_decide(ada, new) is None
    assert selectors.next_to_decide(bea, new) == half
    own = whereabouts_of(max_pm)
    assert own
    assert [row.holder for row in own.under_way.rows] == ["Bea", "Ada or Bea"]


def test_only_the_second_is_reminded_by_mail(half: ErpItem, ada: Membership, bea: Membership) -> None:
    assert summaries_by_mail._summary(ada, half.created_at) is None
    assert summaries_by_mail._summary(bea, half.created_at) is not None


def test_pages_say_who_accepted_it_and_who_can_next(half: ErpItem, ada: Membership, bea: Membership) -> None:
    for who, row in ((bea, "Ada accepted it; it waits"), (ada, "You accepted it; it waits")):
        browser = Client()
        browser.force_login(who.user)
        assert row in browser.get("/inbox/").content.decode()
        page = browser.get(f"/review/{half.pk}/").content.decode()
        assert "as the first of two approvers" in page
        assert "Who can accept it: Bea." in page


def test_a_press_says_that_nothing_has_left(large: ErpItem, ada: Membership, bea: Membership) -> None:
    browser = Client()
    browser.force_login(ada.user)
    form = {"seen": sending(large).digest}
    page = browser.post(f"/review/{large.pk}/accept/", form, follow=True).content.decode()
    assert "Your acceptance of Application 3 is kept" in page
    assert browser.post(f"/review/{large.pk}/accept/", form).status_code == 409


def test_the_list_is_shown_anew_when_somebody_accepts_first(large: ErpItem, ada: Membership, bea: Membership) -> None:
    def stamp() -> str:
        return selectors.stamp_of(selectors.inbox_for(bea), {})

    before = stamp()
    accept(large, ada)
    assert stamp() != before


def test_of_two_who_accept_at_once_the_later_looks_again(
    large: ErpItem, ada: Membership, bea: Membership, paper: PaperLedger, monkeypatch: pytest.MonkeyPatch
) -> None:
    preview = paper.preview

    def meanwhile(item: ErpItem, document: dict[str, Any]) -> Any:
        monkeypatch.setattr(paper, "preview", preview)
        accept(item, ada)
        return preview(item, document)

    monkeypatch.setattr(paper, "preview", meanwhile)
    with pytest.raises(ChangedSinceSeen, match="Ada accepted Application 3 meanwhile, as the first of two"):
        lost_in_a_rollback(lambda: accept(large, bea))
