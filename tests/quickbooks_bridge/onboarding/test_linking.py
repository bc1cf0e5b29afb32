"""A document that was typed in QuickBooks becomes one of ours: what is compared, what is refused, what comes after."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import asdict
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from budgets.models import Budget
from budgets.operations import make_change
from budgets.rules import ChangeDetails, Move
from commitments.corrections import begin_correction
from commitments.models import Commitment
from commitments.operations import set_lines
from commitments.rules import LineDetails
from procore_sync.acceptance.courier import Outcome, courier
from procore_sync.acceptance.items import revise
from procore_sync.acceptance.models import ErpItem, Submission
from procore_sync.acceptance.operations import hold_back, open_submission, unlink
from procore_sync.acceptance.refusals import IllegalMove, NotReady
from procore_sync.acceptance.reviews import review_of
from procore_sync.acceptance.states import Status, Work
from procore_sync.accounts.models import Membership
from procore_sync.kit.canonical import canonical
from procore_sync.kit.refusals import NotAllowed, Refusal
from quickbooks_bridge.defaults import choose_defaults
from quickbooks_bridge.drift import examine
from quickbooks_bridge.importers.operations import AlreadyLinked
from quickbooks_bridge.models import Connection, Health, Link
from quickbooks_bridge.names import names_of
from quickbooks_bridge.onboarding import linking
from quickbooks_bridge.onboarding.coverage import coverage_for
from quickbooks_bridge.onboarding.gate import skip
from quickbooks_bridge.onboarding.models import OpeningDocument
from quickbooks_bridge.onboarding.proposals import proposals_for
from quickbooks_bridge.stops import Stop
from quickbooks_bridge.watch_models import WatchCursor
from quickbooks_bridge.watching import sweeps
from quickbooks_bridge.watching.handing import watched
from tests.factories import (
    change_line,
    fresh_budget,
    make_budget,
    make_change_order,
    make_commitment,
    make_vendor,
    sent,
)
from tests.quickbooks_bridge.conftest import work
from tests.quickbooks_bridge.onboarding.typed import BRIEN, STATION, WORK, Here, Typed, read, read_again, whole
from tests.scenes import kept


@pytest.fixture
@kept
def order(books: Connection, here: Here, typed: Typed, alma: Membership) -> OpeningDocument:
    """An order of two lines."""
    typed.order("1042", typed.line("600.00", "Rough in"), typed.line("400.00", "Trim"))
    return read(books, alma)[0]


def test_a_typed_order_becomes_ours_and_is_not_written_to(
    order: OpeningDocument, here: Here, max_pm: Membership, ada: Membership, typed: Typed
) -> None:
    made = make_commitment(max_pm, here.station, here.ace, lines=["400.00", "600.00"], number="1042")
    before = typed.held("PurchaseOrder")["1042"]
    told = linking.link_document(order, made.erp, by=ada)
    made.erp.refresh_from_db()
    link = Link.objects.get(item=made.erp)
    assert (made.erp.status, told.is_paired, told.is_equal) == (Status.SYNCED, True, True)
    assert (link.remote_id, link.total, link.health) == (before["Id"], Decimal("1000.00"), Health.OK)
    ids = {line["Amount"]: line["Id"] for line in before["Line"]}
    assert link.seen["Line.1.Id"] == ids[400]
    assert link.seen["Line.2.Id"] == ids[600]
    assert typed.held("PurchaseOrder")["1042"] == before
    (event,) = made.erp.events.filter(action="link")
    assert event.detail["ours"] == event.detail["theirs"] == "1000.00"


def test_days_that_are_said_otherwise_are_written_as_everywhere(
    order: OpeningDocument, here: Here, max_pm: Membership, ada: Membership, client: Client
) -> None:
    lines, day = ["400.00", "600.00"], date(2026, 10, 31)
    made = make_commitment(max_pm, here.station, here.ace, lines=lines, number="1042", created_on=day)
    assert "Date" in [one.label for one in linking.compared(order, made.erp).differences]
    client.force_login(ada.user)
    page = client.get(reverse("quickbooks_bridge:opening_document", args=[order.pk])).content.decode()
    assert "<strong>Date</strong>: here “31 Oct 2026”" in page
    assert "2026-" not in page.split('id="compared"')[1].split("</section>")[0]


def test_the_class_of_a_typed_order_is_the_bookkeepers_whatever_is_usual(
    order: OpeningDocument, books: Connection, here: Here, typed: Typed, max_pm: Membership, ada: Membership
) -> None:
    usual = names_of(books.company_id, "Class").get(name="Commercial").remote_id
    choose_defaults(books, {"class": usual}, by=ada)
    made = make_commitment(max_pm, here.station, here.ace, lines=["600.00", "400.00"], number="1042")
    told = linking.link_document(order, made.erp, by=ada)
    assert [one for one in told.differences if one.label == "Line 1, class"] == []
    assert examine(books, "PurchaseOrder", [typed.held("PurchaseOrder")["1042"]], heard_by="a test") == 0
    assert standing(made.erp)[0] == Health.OK


def test_another_total_needs_a_note_which_the_journal_keeps(
    order: OpeningDocument, books: Connection, here: Here, typed: Typed, max_pm: Membership, ada: Membership
) -> None:
    made = make_commitment(max_pm, here.station, here.ace, lines=["900.00"], number="1042")
    with pytest.raises(linking.NoteNeeded, match=r"900\.00.*1,000\.00"):
        linking.link_document(order, made.erp, by=ada, note="  ")
    assert not Link.objects.filter(item=made.erp).exists()
    linking.link_document(order, made.erp, by=ada, note="The rest was taken back by hand.")
    assert "taken back by hand" in made.erp.events.get(action="link").comment
    assert standing(made.erp) == (Health.ACCEPTED, True)
    assert examine(books, "PurchaseOrder", [typed.held("PurchaseOrder")["1042"]], heard_by="a test") == 0
    assert standing(made.erp) == (Health.ACCEPTED, True)
    view = courier().link(made.erp)
    assert view
    assert view.told == "As QuickBooks has it, accepted by Ada: The rest was taken back by hand."
    assert [(one.label, one.before, one.after) for one in view.changes] == [("Total", "900.00", "1,000.00")]


def test_what_was_linked_with_another_total_is_not_green_by_a_change_that_is_taken_back(
    order: OpeningDocument, books: Connection, here: Here, typed: Typed, max_pm: Membership, ada: Membership
) -> None:
    made = make_commitment(max_pm, here.station, here.ace, lines=["900.00"], number="1042")
    linking.link_document(order, made.erp, by=ada, note="The rest was taken back by hand.")
    for amount, health in (("300.00", Health.DRIFTED), ("400.00", Health.ACCEPTED)):
        was = typed.held("PurchaseOrder")["1042"]
        now = {**was, "Line": [was["Line"][0], typed.line(amount, "Trim")]}
        examine(books, "PurchaseOrder", [typed.emulator.write("PurchaseOrder", now)], heard_by="a test")
        assert standing(made.erp) == (health, True)


def test_what_was_changed_since_it_was_read_is_told_by_the_look_after_it_was_linked(
    order: OpeningDocument, books: Connection, here: Here, typed: Typed, max_pm: Membership, ada: Membership
) -> None:
    made = make_commitment(max_pm, here.station, here.ace, lines=["1000.00"], number="1042")
    was = typed.held("PurchaseOrder")["1042"]
    typed.emulator.write("PurchaseOrder", {**was, "Line": [was["Line"][0], typed.line("450.00", "Trim")]})
    # The change was told when it was nobody's here yet.
    later = timezone.now() + timedelta(hours=1)
    for entity in watched(books):
        WatchCursor.objects.create(company=books.company, entity=entity, changed_since=later)
    linking.link_document(order, made.erp, by=ada)
    WatchCursor.objects.create(company=books.company, entity="PurchaseOrder", changed_since=later)
    sweep = sweeps.carry_on(books.company_id)
    assert sweep
    assert not sweep.error
    assert standing(made.erp) == (Health.DRIFTED, True)


def standing(item: ErpItem) -> tuple[str, bool]:
    """The health of the link of a record, and whether it is known to differ."""
    return Link.objects.get(item=item).health, ErpItem.objects.get(pk=item.pk).differs


@pytest.mark.parametrize(
    "case", ["another vendor", "vendor not linked", "not allowed", "another kind", "set aside", "a draft"]
)
def test_what_cannot_be_linked_is_told(
    case: str, order: OpeningDocument, here: Here, max_pm: Membership, ada: Membership
) -> None:
    vendor = {"another vendor": here.brien, "vendor not linked": make_vendor(max_pm, "Unknown")}.get(case, here.ace)
    made = make_commitment(max_pm, here.station, vendor, lines=["1000.00"], number="1042")
    item, by = made.erp, ada
    if case == "set aside":
        linking.set_aside(order, why="Not a job of ours.", by=ada)
        order.refresh_from_db()
    if case == "a draft":
        Commitment.objects.filter(pk=made.pk).update(status="draft")
    if case == "another kind":
        item = here.ace.erp
    if case == "not allowed":
        by = max_pm
    expected = NotAllowed if case == "not allowed" else Refusal
    with pytest.raises(expected):
        linking.link_document(order, item, by=by, note="All the same.")
    assert not Link.objects.filter(entity="PurchaseOrder").exists()


@pytest.mark.parametrize(("status", "missed"), [("received", 1), ("closed", 0)])
def test_goods_that_came_are_matched_as_what_was_only_ordered(
    status: str, missed: int, order: OpeningDocument, here: Here, max_pm: Membership, ada: Membership
) -> None:
    made = make_commitment(
        max_pm, here.station, here.ace, type="purchase_order", status=status, lines=["1000.00"], number="1042"
    )
    assert coverage_for(ada).totals["orders"].here == missed
    (match,) = linking.exact_for(ada)
    linking.link_document(whole(match.document), match.ours.item, by=ada)
    made.erp.refresh_from_db()
    assert made.erp.status == Status.SYNCED


def test_neither_is_linked_twice(order: OpeningDocument, here: Here, max_pm: Membership, ada: Membership) -> None:
    first, second = (
        make_commitment(max_pm, here.station, here.ace, lines=["1000.00"], number=number) for number in ("1042", "1043")
    )
    linking.link_document(order, first.erp, by=ada)
    with pytest.raises(AlreadyLinked):
        linking.link_document(order, second.erp, by=ada)
    second.erp.refresh_from_db()
    assert second.erp.status == Status.NOT_SENT


def test_who_said_of_the_right_record_that_it_is_not_the_same_can_still_choose_it(
    order: OpeningDocument, here: Here, max_pm: Membership, ada: Membership, client: Client
) -> None:
    made = make_commitment(max_pm, here.station, here.ace, lines=["1000.00"], number="1042")
    client.force_login(ada.user)
    page = reverse("quickbooks_bridge:opening_document", args=[order.pk])
    client.post(reverse("quickbooks_bridge:dismiss_document", args=[order.pk]), {"item": made.erp_id})
    assert linking.exact_for(ada) == []

    listed = client.get(page).content.decode()
    beside = client.get(page, {"item": made.erp_id}).content.decode()
    assert 'id="compared"' not in listed
    assert f'href="?item={made.erp_id}"' in listed
    assert "said not to be the same" in listed
    assert 'id="compared"' in beside
    assert reverse("quickbooks_bridge:link_document", args=[order.pk]) in beside
    assert reverse("quickbooks_bridge:dismiss_document", args=[order.pk]) not in beside

    client.post(reverse("quickbooks_bridge:link_document", args=[order.pk]), {"item": made.erp_id})
    made.erp.refresh_from_db()
    assert made.erp.status == Status.SYNCED
    assert not order.dismissed.exists()


@pytest.mark.parametrize(
    ("came", "stays"), [("exact", "exact"), ("none", "none"), ("", "likely"), ("nonsense", "likely")]
)
def test_who_came_from_a_view_finds_the_way_back_to_it(
    order: OpeningDocument, here: Here, max_pm: Membership, ada: Membership, client: Client, came: str, stays: str
) -> None:
    made = make_commitment(max_pm, here.station, here.ace, lines=["1000.00"], number="1042")
    client.force_login(ada.user)
    listed = client.get(reverse("quickbooks_bridge:opening_documents"), {"kind": "orders", "view": "exact"})
    page = reverse("quickbooks_bridge:opening_document", args=[order.pk])
    assert f'href="{page}?view=exact"' in listed.content.decode()

    shown = client.get(page, {"view": came, "item": str(made.erp_id)}).content.decode()
    if came == stays:
        assert f'<input type="hidden" name="view" value="{came}">' in shown
    refused = client.post(reverse("quickbooks_bridge:set_document_aside", args=[order.pk]), {"view": came, "why": ""})
    assert refused.headers["Location"] == (f"{page}?view={came}" if came == stays else page)
    done = client.post(reverse("quickbooks_bridge:link_document", args=[order.pk]), {"view": came, "item": made.erp_id})
    assert done.headers["Location"].endswith(f"?kind=orders&view={stays}")


def test_of_many_records_of_a_vendor_every_one_can_be_chosen(
    order: OpeningDocument, here: Here, max_pm: Membership, ada: Membership, client: Client
) -> None:
    made = [make_commitment(max_pm, here.station, here.ace, lines=["7.00"], number=f"A-{at}") for at in range(12)]
    client.force_login(ada.user)
    page = client.get(reverse("quickbooks_bridge:opening_document", args=[order.pk])).content.decode()
    shown = [one for one in made if f'value="{one.erp_id}"' in page or f'href="?item={one.erp_id}"' in page]
    assert shown == made


def test_what_is_linked_meanwhile_is_not_set_aside(
    order: OpeningDocument, here: Here, max_pm: Membership, ada: Membership
) -> None:
    made = make_commitment(max_pm, here.station, here.ace, lines=["1000.00"], number="1042")
    linking.link_document(order, made.erp, by=ada)
    with pytest.raises(AlreadyLinked, match="is linked here already"):
        linking.set_aside(order, why="A cost of the yard.", by=ada)
    order.refresh_from_db()
    assert order.set_aside_at is None


def test_what_somebody_set_aside_keeps_his_reason(order: OpeningDocument, ada: Membership, alma: Membership) -> None:
    linking.set_aside(order, why="A cost of the yard.", by=ada)
    with pytest.raises(Refusal, match="was set aside"):
        linking.set_aside(OpeningDocument.objects.get(pk=order.pk), why="Something else.", by=ada)
    order.refresh_from_db()
    assert (order.set_aside_by, order.set_aside_why) == (ada, "A cost of the yard.")


def test_change_orders_that_are_in_it_are_linked_with_it(
    books: Connection, here: Here, typed: Typed, max_pm: Membership, ada: Membership, alma: Membership
) -> None:
    made = make_commitment(max_pm, here.station, here.ace, lines=["1000.00"], number="7")
    change = make_change_order(max_pm, made, lines=[change_line("250.00", changes=1)])
    typed.order("7", typed.line("1000.00"), typed.line("250.00", "More of it"))
    (order,) = read(books, alma)
    told = linking.link_document(order, made.erp, by=ada)
    change.erp.refresh_from_db()
    assert told.changes == (change.erp,)
    assert change.erp.status == Status.SYNCED
    assert Link.objects.get(item=made.erp).health == Health.OK


def test_what_was_accepted_and_waits_is_linked_instead_of_sent(
    order: OpeningDocument,
    here: Here,
    typed: Typed,
    max_pm: Membership,
    ada: Membership,
    alma: Membership,
    accept: Callable[..., Submission],
) -> None:
    made = make_commitment(max_pm, here.station, here.ace, lines=["600.00", "400.00"], number="1042")
    submission = work(accept(made.erp))
    assert submission.work == Work.WAITING
    (match,) = linking.exact_for(ada)
    linking.link_document(whole(match.document), match.ours.item, by=ada)
    skip(remark="A test.", by=alma)
    assert work(submission).item.status == Status.SYNCED
    assert not submission.attempts.exists()
    assert len(typed.held("PurchaseOrder")) == 1


def test_what_a_worker_took_up_once_is_not_linked_any_more(
    order: OpeningDocument, here: Here, max_pm: Membership, ada: Membership, accept: Callable[..., Submission]
) -> None:
    """It may be in QuickBooks as another document already."""
    made = make_commitment(max_pm, here.station, here.ace, lines=["1000.00"], number="1042")
    submission = accept(made.erp)
    Submission.objects.filter(pk=submission.pk).update(work=Work.WAITING, fence=1)
    made.erp.refresh_from_db()
    assert linking.exact_for(ada) == []
    with pytest.raises(Refusal, match="cannot be linked as it stands"):
        linking.link_document(order, made.erp, by=ada)
    with pytest.raises(IllegalMove):
        hold_back(made.erp, by=ada, comment="Too late.")
    assert not Link.objects.filter(item=made.erp).exists()


def test_an_order_of_a_typed_number_is_looked_at_before_it_is_accepted(
    order: OpeningDocument, here: Here, max_pm: Membership, ada: Membership, alma: Membership
) -> None:
    skip(remark="A test.", by=alma)
    made = sent(make_commitment(max_pm, here.library, here.brien, lines=["5.00"], number="1042"), max_pm)
    submission = open_submission(made.erp)
    assert submission
    told = " ".join(one.sentence for one in courier().preview(made.erp, submission.document).checks())
    assert "Somebody typed a purchase order of this number in QuickBooks: 1042 of Ace Electric Co, 1,000.00" in told
    linking.set_aside(order, why="An old one.", by=ada)
    told = " ".join(one.sentence for one in courier().preview(made.erp, submission.document).checks())
    assert "Somebody typed" not in told


def test_a_change_order_that_is_in_a_whole_order_is_not_added_to_it_later(
    books: Connection,
    here: Here,
    typed: Typed,
    max_pm: Membership,
    ada: Membership,
    alma: Membership,
    accept: Callable[..., Submission],
) -> None:
    made = make_commitment(max_pm, here.station, here.ace, lines=["1000.00"], number="7")
    change = make_change_order(max_pm, made, lines=[change_line("250.00", changes=1)])
    typed.order("7", typed.line("1250.00", "All of it"))
    (order,) = read(books, alma)
    told = linking.link_document(order, made.erp, by=ada)
    assert (told.is_paired, told.changes) == (False, (change.erp,))
    skip(remark="A test.", by=alma)
    change.erp.refresh_from_db()
    revise(change.erp)
    submission = work(accept(change.erp))
    assert "linked as a whole" in submission.reason
    assert amounts_of(typed.held("PurchaseOrder")["7"]) == [1250]
    later = make_change_order(max_pm, made, lines=[change_line("10.00", changes=1)])
    assert work(accept(later.erp)).item.status == Status.SYNCED
    assert amounts_of(typed.held("PurchaseOrder")["7"]) == [1250, 10]


def test_the_first_change_orders_are_linked_with_an_order_that_has_no_more_of_them(
    books: Connection,
    here: Here,
    typed: Typed,
    max_pm: Membership,
    ada: Membership,
    alma: Membership,
    accept: Callable[..., Submission],
) -> None:
    """Else the first would be added to the order a second time, and the bookkeeper's note would be all that says so."""
    made = make_commitment(max_pm, here.station, here.ace, lines=["1000.00"], number="7")
    first, second = (
        make_change_order(max_pm, made, lines=[change_line(one, changes=1)]) for one in ("250.00", "10.00")
    )
    typed.order("7", typed.line("1250.00", "All of it"))
    (order,) = read(books, alma)
    told = linking.link_document(order, made.erp, by=ada)
    assert (told.is_equal, told.changes) == (True, (first.erp,))
    skip(remark="A test.", by=alma)
    assert work(accept(second.erp)).item.status == Status.SYNCED
    assert amounts_of(typed.held("PurchaseOrder")["7"]) == [1250, 10]


def corrected(made: Commitment, amounts: list[tuple[int, str]], by: Membership) -> ErpItem:
    """What was linked is wrong: it comes to something else now, and takes the place of what QuickBooks has."""
    begin_correction(made, "The amounts were wrong.", by=by)
    made = Commitment.objects.get(pk=made.pk)
    lines = [LineDetails(made.project.cost_codes.get().pk, Decimal(one), "Work", number=at) for at, one in amounts]
    return set_lines(made, lines, by=by, seen=made.edition).erp


def amounts_of(order: dict[str, Any]) -> list[Decimal]:
    """The money of its lines."""
    return [Decimal(str(line["Amount"])) for line in order["Line"]]


def test_a_paired_order_takes_change_orders_and_is_replaced_without_a_line_twice(
    order: OpeningDocument,
    here: Here,
    typed: Typed,
    max_pm: Membership,
    ada: Membership,
    alma: Membership,
    accept: Callable[..., Submission],
) -> None:
    made = make_commitment(max_pm, here.station, here.ace, lines=["600.00", "400.00"], number="1042")
    linking.link_document(order, made.erp, by=ada)
    skip(remark="A test.", by=alma)
    change = make_change_order(max_pm, made, lines=[change_line("50.00", changes=1)])
    assert work(accept(change.erp)).item.status == Status.SYNCED
    assert amounts_of(typed.held("PurchaseOrder")["1042"]) == [600, 400, 50]
    item = corrected(made, [(1, "650.00"), (2, "400.00")], max_pm)
    assert work(accept(item, old_order="delete")).item.status == Status.SYNCED
    (held,) = typed.emulator.documents("PurchaseOrder")
    assert amounts_of(held) == [650, 400, 50]


@pytest.mark.parametrize("has_change_order", [False, True])
def test_an_order_linked_as_a_whole_is_never_written_into(
    order: OpeningDocument,
    here: Here,
    typed: Typed,
    max_pm: Membership,
    ada: Membership,
    alma: Membership,
    accept: Callable[..., Submission],
    has_change_order: bool,
) -> None:
    """Its lines are not ours, so ours would stand beside them and be counted twice."""
    made = make_commitment(max_pm, here.station, here.ace, lines=["1000.00"], number="1042")
    assert not linking.link_document(order, made.erp, by=ada).is_paired
    skip(remark="A test.", by=alma)
    if has_change_order:
        change = make_change_order(max_pm, made, lines=[change_line("10.00", changes=1)])
        assert work(accept(change.erp)).item.status == Status.SYNCED
    item = corrected(made, [(1, "1100.00")], max_pm)
    with pytest.raises(NotReady, match="linked as a whole"):
        accept(item, old_order="delete")
    assert flown(item, old_order="delete").fault_code == Stop.LINKED_AS_A_WHOLE
    (held,) = typed.emulator.documents("PurchaseOrder")
    assert amounts_of(held) == [600, 400, 10][: 2 + has_change_order]


def flown(item: ErpItem, **choices: str) -> Outcome:
    """What becomes of the sending that waits, if it were accepted although a check stops it."""
    submission = open_submission(item)
    assert submission
    posting = courier().preview(item, submission.document).posting(choices)
    Submission.objects.filter(pk=submission.pk).update(posting=json.loads(canonical(asdict(posting))))
    submission.refresh_from_db()
    submission.choices = choices
    return courier().send(submission)


def test_what_was_sent_before_it_was_unlinked_makes_no_line_of_a_typed_order_ours(
    books: Connection,
    here: Here,
    typed: Typed,
    max_pm: Membership,
    ada: Membership,
    alma: Membership,
    accept: Callable[..., Submission],
) -> None:
    """Our order was deleted there and typed anew in other lines: ours would stand beside those."""
    made = make_commitment(max_pm, here.station, here.ace, lines=["1000.00"], number="1042")
    item = work(accept(made.erp)).item
    assert item.status == Status.SYNCED
    typed.emulator.delete("PurchaseOrder", typed.held("PurchaseOrder")["1042"])
    unlink(item, by=ada)
    typed.order("1042", typed.line("600.00", "Rough in"), typed.line("400.00", "Trim"))
    (order,) = read(books, alma)
    item.refresh_from_db()
    assert not linking.link_document(order, item, by=ada).is_paired
    skip(remark="A test.", by=alma)
    item = corrected(Commitment.objects.get(pk=made.pk), [(1, "1100.00")], max_pm)
    with pytest.raises(NotReady, match="linked as a whole"):
        accept(item, old_order="delete")
    assert flown(item, old_order="delete").fault_code == Stop.LINKED_AS_A_WHOLE
    (held,) = typed.emulator.documents("PurchaseOrder")
    assert amounts_of(held) == [600, 400]


def test_a_typed_estimate_takes_a_change_of_the_budget_in_its_own_lines(
    books: Connection,
    here: Here,
    typed: Typed,
    max_pm: Membership,
    ada: Membership,
    alma: Membership,
    accept: Callable[..., Submission],
) -> None:
    budget = make_budget(max_pm, here.station, amounts={"26-100": "800.00"}, locked=True)
    detail = {"ItemRef": {"value": typed.id_of("Item", WORK)}, "Qty": 1, "UnitPrice": 800.0}
    line = {"Amount": 800.0, "DetailType": "SalesItemLineDetail", "SalesItemLineDetail": detail}
    head = {"CustomerRef": {"value": typed.id_of("Customer", STATION)}, "TxnDate": "2026-11-02"}
    typed.emulator.write("Estimate", {**head, "Line": [line]})
    (row,) = read(books, alma)
    assert [one.confidence for one in proposals_for(ada)] == ["exact"]
    assert linking.link_document(row, budget.erp, by=ada).is_paired
    skip(remark="A test.", by=alma)
    Budget.objects.filter(pk=budget.pk).update(may_change_total=True)
    more = ChangeDetails(date(2026, 11, 3), [Move(budget.lines.get(), Decimal("20.00"))])
    make_change(fresh_budget(budget), more, by=max_pm)
    changes = [(one.label, one.before, one.after) for one in review_of(fresh_budget(budget).erp, ada).diff_synced]
    assert [one[:2] for one in changes[:1]] == [("Date", "2 Nov 2026")]
    assert changes[1:] == [("Line 1, description", "", "Electrical"), ("Line M1.1", "", "20.00")]
    assert work(accept(fresh_budget(budget).erp)).item.status == Status.SYNCED
    (held,) = typed.emulator.documents("Estimate")
    assert Decimal(str(held["TotalAmt"])) == Decimal(820)


def test_reading_again_keeps_what_people_decided(
    order: OpeningDocument, typed: Typed, alma: Membership, ada: Membership
) -> None:
    linking.set_aside(order, why="Rent.", by=ada)
    held = typed.held("PurchaseOrder")["1042"]
    typed.emulator.write("PurchaseOrder", {**held, "Memo": "Changed"})
    typed.order("1050", typed.line("5.00"), vendor=BRIEN)
    rows = read_again(alma)
    assert [(one.number, one.set_aside_why) for one in rows] == [("1042", "Rent."), ("1050", "")]
    assert rows[0].sync_token != order.sync_token


def test_what_lies_before_the_period_is_not_read(books: Connection, typed: Typed, alma: Membership) -> None:
    typed.order("1", typed.line("5.00"), TxnDate="2025-12-31")
    typed.order("2", typed.line("5.00"), TxnDate="2026-01-01")
    assert [one.number for one in read(books, alma)] == ["2"]
    read(books, alma, date(2025, 12, 1))
    assert OpeningDocument.objects.filter(state="").count() == 2
