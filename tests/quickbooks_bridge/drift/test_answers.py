"""What is answered to a card, by whom, and what comes of it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client

from commitments.models import Commitment
from invoices.models import Invoice
from procore_sync.acceptance import operations
from procore_sync.acceptance.courier import Gone, courier
from procore_sync.acceptance.journal import verify_journal
from procore_sync.acceptance.models import ErpItem, Event, ExportPolicy, Submission
from procore_sync.acceptance.refusals import ChangedSinceSeen, NotReady, StillThere
from procore_sync.acceptance.states import Status, Work
from procore_sync.accounts.models import Membership
from procore_sync.kit.kinds import Kind
from procore_sync.kit.refusals import InvalidInput, NotAllowed, Refusal
from quickbooks_bridge.courier import QuickBooksCourier
from quickbooks_bridge.drift import examine
from quickbooks_bridge.drift.answering import give
from quickbooks_bridge.drift.merges import survivor_of
from quickbooks_bridge.drift.offers import offers_for
from quickbooks_bridge.drift_models import Drift
from quickbooks_bridge.exporters.keys import key_of
from quickbooks_bridge.importers.operations import AlreadyLinked, link_to
from quickbooks_bridge.models import Link
from quickbooks_bridge.names import names_of
from tests.factories import (
    change_line,
    make_budget,
    make_change_order,
    make_commitment,
    make_cost_code,
    make_project,
    make_vendor,
)
from tests.quickbooks_bridge.conftest import outcome_of, work
from tests.quickbooks_bridge.documents import Ground
from tests.quickbooks_bridge.drift.conftest import Bookkeeper, card_of, stands, told
from tests.quickbooks_bridge.drift.test_examining import EXPENSE, amount
from tests.quickbooks_bridge.invoice_rows import corrected, make_invoice
from tests.quickbooks_bridge.test_bills import exported, green, pay
from tests.scenes import kept

Accept = Callable[..., Submission]
Json = dict[str, Any]


def opened(link: Link) -> Drift:
    card = card_of(link)
    assert card
    return card


@pytest.fixture
@kept
def cheaper(bookkeeper: Bookkeeper, order: Link) -> Drift:
    """Somebody made line 1 of the order 900.00 and moved its date."""
    bookkeeper.rewrites(order, lambda lines: amount(lines[0], 900.0), TxnDate="2026-12-01")
    bookkeeper.heard("PurchaseOrder")
    return opened(order)


def accepted(item: ErpItem, ada: Membership) -> Submission:
    """Ada accepts what waits for her, and it flies."""
    submission = operations.open_submission(item)
    assert submission
    return work(operations.accept(item, by=ada, seen=submission.digest, choices={}))


def test_theirs_is_accepted_into_a_note_and_the_record_is_synced_but_not_green(
    bookkeeper: Bookkeeper, cheaper: Drift, order: Link, ada: Membership
) -> None:
    give(cheaper, "accept", by=ada, seen=cheaper.state, note="Agreed by phone.")
    assert stands(order) == ("accepted", True)
    assert (order.seen["Line.1.Amount"], str(order.total), order.item.status) == ("900.00", "1400.50", Status.SYNCED)
    event = Event.objects.filter(item=order.item).latest("sequence")
    assert (event.action, event.by, event.comment) == (
        "remark",
        ada,
        "Accepted as QuickBooks has it: Agreed by phone.",
    )
    assert verify_journal(ada.company) is None
    assert bookkeeper.heard("PurchaseOrder") == 0
    assert stands(order) == ("accepted", True)


def test_after_it_was_accepted_only_a_further_change_is_a_card_and_back_from_it_is_amber_still(
    bookkeeper: Bookkeeper, cheaper: Drift, order: Link, ada: Membership
) -> None:
    give(cheaper, "accept", by=ada, seen=cheaper.state, note="Agreed.")
    bookkeeper.rewrites(order, lambda lines: amount(lines[0], 800.0))
    assert bookkeeper.heard("PurchaseOrder") == 1
    assert told(order)[1][-1] == ("Line 1, amount", "900.00", "800.00")
    bookkeeper.rewrites(order, lambda lines: amount(lines[0], 900.0))
    bookkeeper.heard("PurchaseOrder")
    assert stands(order) == ("accepted", True)
    bookkeeper.rewrites(order, lambda lines: amount(lines[0], 1000.0), TxnDate=order.seen["TxnDate"])
    assert bookkeeper.heard("PurchaseOrder") == 1, "back to what was sent is away from what was accepted"


def test_after_theirs_was_accepted_a_later_export_goes_without_a_stop(
    bookkeeper: Bookkeeper, cheaper: Drift, order: Link, ada: Membership, accept: Accept
) -> None:
    give(cheaper, "accept", by=ada, seen=cheaper.state, note="Agreed.")
    ErpItem.objects.filter(pk=order.item_id).update(revision=2)
    green(accept(ErpItem.objects.get(pk=order.item_id)))
    held = bookkeeper.held(order)
    assert [one["Amount"] for one in held["Line"]] == [1000.0, 500.5]
    assert held["TxnDate"] == "2026-12-01", "their date is words and stays"
    assert stands(order) == ("ok", False)


def test_ours_is_sent_again_by_the_ordinary_way_and_his_words_go_too(
    bookkeeper: Bookkeeper, cheaper: Drift, order: Link, max_pm: Membership, ada: Membership
) -> None:
    was = next(one["ours"] for one in cheaper.fields if one["label"] == "Date")
    give(cheaper, "send", by=max_pm, seen=cheaper.state)
    item = ErpItem.objects.get(pk=order.item_id)
    assert (item.status, item.revision) == (Status.SENT, 2)
    assert bookkeeper.held(order)["Line"][0]["Amount"] == 900.0, "nothing goes by itself"
    assert accepted(item, ada).item.status == Status.SYNCED
    held = bookkeeper.held(order)
    assert (held["Line"][0]["Amount"], held["TxnDate"]) == (1000.0, was)
    assert (bookkeeper.heard("PurchaseOrder"), stands(order)) == (0, ("ok", False))
    assert Drift.objects.get().answer == "sent"


def test_ours_that_is_sent_again_is_an_approvers_also_under_direct_export_and_after_it_was_taken_back(
    cheaper: Drift, order: Link, max_pm: Membership
) -> None:
    ExportPolicy.objects.create(company=max_pm.company, kind=Kind.COMMITMENT, direct_export=True)
    give(cheaper, "send", by=max_pm, seen=cheaper.state)
    item = ErpItem.objects.get(pk=order.item_id)
    assert item.status == Status.SENT
    operations.retrieve(item, by=max_pm)
    assert operations.send(item, by=max_pm).item.status == Status.SENT


def test_ours_that_was_sent_again_stops_where_it_was_changed_once_more(
    bookkeeper: Bookkeeper, cheaper: Drift, order: Link, max_pm: Membership, ada: Membership
) -> None:
    give(cheaper, "send", by=max_pm, seen=cheaper.state)
    bookkeeper.rewrites(order, lambda lines: amount(lines[0], 700.0))
    stopped = accepted(ErpItem.objects.get(pk=order.item_id), ada)
    assert stopped.item.status == Status.FAILED
    assert "Line 1, amount from “900.00” to “700.00”" in stopped.reason


def test_the_account_and_the_terms_that_were_chosen_are_proposed_where_ours_is_sent_again(
    bookkeeper: Bookkeeper, accept: Accept, max_pm: Membership, ada: Membership
) -> None:
    (expense, other), (net15, net30) = (
        [names_of(max_pm.company_id, entity).get(name=name).remote_id for name in names]
        for entity, names in (
            ("Account", ("Subcontractors", "Job Materials")),
            ("Term", ("Net 15", "Net 30")),
        )
    )
    income = names_of(max_pm.company_id, "Account").get(name="Construction Income").remote_id
    code, vendor = make_cost_code(max_pm, "16-300").erp, make_vendor(max_pm, "Tidewater Glazing").erp
    made = (
        (code, "Item", "expense_account", "ExpenseAccountRef", expense, other),
        (vendor, "Vendor", "terms", "TermRef", net15, net30),
    )
    for item, entity, choice, ref, ours, theirs in made:
        more = {"income_account": income} if item is code else {}
        green(accept(item, **{choice: ours}, **more))
        link = Link.objects.select_related("item").get(item=item)
        bookkeeper.writes(link, **{ref: {"value": theirs}})
        assert bookkeeper.heard(entity) == 1
        card = opened(link)
        give(card, "send", by=max_pm, seen=card.state)
        submission = operations.open_submission(item)
        assert submission
        fresh = ErpItem.objects.get(pk=item.pk)
        initial = {one.name: one.initial for one in courier().preview(fresh, submission.document).choices()}
        assert initial[choice] == ours
        done = operations.accept(fresh, by=ada, seen=submission.digest, choices=initial)
        assert work(done).item.status == Status.SYNCED
        assert bookkeeper.held(link)[ref]["value"] == ours
        bookkeeper.writes(link, **{ref: {"value": theirs}})
        bookkeeper.heard(entity)
        card = opened(link)
        give(card, "accept", by=ada, seen=card.state, note="Agreed.")
        fresh = ErpItem.objects.get(pk=item.pk)
        after = {one.name: one.initial for one in courier().preview(fresh, submission.document).choices()}
        assert after[choice] == theirs, "what was accepted as QuickBooks has it stays proposed"


def test_a_job_that_was_moved_under_another_customer_is_not_said_to_be_moved_back(
    bookkeeper: Bookkeeper, accept: Accept, max_pm: Membership, ada: Membership
) -> None:
    customers = [one for one in bookkeeper.emulator.documents("Customer") if not one.get("Job")][:2]
    project = make_project(max_pm, "Seawall Repair").erp
    green(accept(project, customer=customers[0]["Id"]))
    link = Link.objects.select_related("item").get(item=project)
    bookkeeper.writes(link, ParentRef={"value": customers[1]["Id"]})
    assert bookkeeper.heard("Customer") == 1
    card = opened(link)
    (offered,) = [one for one in offers_for(card, max_pm) if str(one.answering) == "send"]
    assert "Let the bookkeeper change it back there, or accept theirs." in str(offered.why_not)
    with pytest.raises(Refusal, match="Customer is set when Seawall Repair is made in QuickBooks"):
        give(card, "send", by=max_pm, seen=card.state)
    assert ErpItem.objects.get(pk=project.pk).status == Status.SYNCED
    give(card, "accept", by=ada, seen=card.state, note="It is theirs now.")


def test_of_the_line_of_a_change_order_it_is_the_change_order_that_is_sent_again(
    bookkeeper: Bookkeeper,
    ground: Ground,
    order: Link,
    subcontract: Commitment,
    accept: Accept,
    max_pm: Membership,
    ada: Membership,
) -> None:
    change = make_change_order(ground.by, subcontract, lines=[change_line("100.00", changes=1)])
    exported(change, accept)

    def less(lines: list[Json]) -> None:
        amount(next(line for line in lines if key_of(line) == "C1.1"), 90.0)

    bookkeeper.rewrites(order, less)
    bookkeeper.heard("PurchaseOrder")
    card = opened(order)
    give(card, "send", by=max_pm, seen=card.state)
    assert ErpItem.objects.get(pk=order.item_id).status == Status.SYNCED
    assert accepted(ErpItem.objects.get(pk=change.erp_id), ada).item.status == Status.SYNCED
    assert next(one for one in bookkeeper.held(order)["Line"] if key_of(one) == "C1.1")["Amount"] == 100.0
    assert (bookkeeper.heard("PurchaseOrder"), stands(order)) == (0, ("ok", False))


def test_what_is_ignored_once_is_told_again_only_when_it_changes_again(
    bookkeeper: Bookkeeper, cheaper: Drift, order: Link, ada: Membership
) -> None:
    give(cheaper, "ignore", by=ada, seen=cheaper.state)
    assert (bookkeeper.heard("PurchaseOrder"), stands(order)) == (0, ("drifted", True))
    bookkeeper.writes(order, PrivateNote=f"Seen.\n{bookkeeper.held(order)['PrivateNote']}")
    assert bookkeeper.heard("PurchaseOrder") == 0
    bookkeeper.rewrites(order, lambda lines: amount(lines[0], 800.0))
    assert bookkeeper.heard("PurchaseOrder") == 1
    assert told(order)[1][-1] == ("Line 1, amount", "1000.00", "800.00")


def test_what_was_ignored_and_changed_back_is_green_and_the_same_change_is_told_anew(
    bookkeeper: Bookkeeper, cheaper: Drift, order: Link, ada: Membership
) -> None:
    theirs = bookkeeper.held(order)
    give(cheaper, "ignore", by=ada, seen=cheaper.state)
    was = next(one["ours"] for one in cheaper.fields if one["label"] == "Date")
    bookkeeper.rewrites(order, lambda lines: amount(lines[0], 1000.0), TxnDate=was)
    assert (bookkeeper.heard("PurchaseOrder"), stands(order)) == (0, ("ok", False))
    bookkeeper.writes(order, Line=theirs["Line"], TxnDate=theirs["TxnDate"])
    assert bookkeeper.heard("PurchaseOrder") == 1


def test_a_deleted_bill_is_unlinked_with_a_reason_and_can_be_sent_anew(
    bookkeeper: Bookkeeper, bill: Link, ada: Membership, accept: Accept
) -> None:
    bookkeeper.deletes(bill)
    bookkeeper.gone(bill)
    card = opened(bill)
    with pytest.raises(InvalidInput, match="Say why"):
        give(card, "unlink", by=ada, seen=card.state)
    give(card, "unlink", by=ada, seen=card.state, note="Entered twice.")
    card.refresh_from_db()
    assert (card.answer, card.answered_by, card.note, card.link) == ("unlinked", ada, "Entered twice.", None)
    item = ErpItem.objects.get(pk=bill.item_id)
    assert (item.status, item.differs) == (Status.NOT_SENT, False)
    assert Event.objects.filter(item=item).latest("sequence").comment.startswith("Entered twice. QuickBooks no longer")
    assert not Link.objects.filter(item=item).exists()


def test_what_quickbooks_still_holds_is_not_unlinked(bookkeeper: Bookkeeper, bill: Link, ada: Membership) -> None:
    bookkeeper.gone(bill)
    card = opened(bill)
    with pytest.raises(StillThere):
        give(card, "unlink", by=ada, seen=card.state, note="Gone.")
    assert opened(bill).pk == card.pk


def test_a_deleted_order_is_linked_to_the_one_that_was_typed_in_its_place(
    bookkeeper: Bookkeeper, order: Link, ada: Membership
) -> None:
    held = bookkeeper.held(order)
    bookkeeper.deletes(order)
    bookkeeper.gone(order)
    copy = {name: value for name, value in held.items() if name not in ("Id", "SyncToken", "MetaData")}
    lines = [{k: v for k, v in line.items() if k not in ("Id", "LineNum")} for line in held["Line"]]
    amount(lines[0], 950.0)
    made = bookkeeper.emulator.write("PurchaseOrder", {**copy, "Line": lines})
    card = opened(order)
    with pytest.raises(InvalidInput, match="no other purchase order of the number SC-9"):
        give(card, "relink", by=ada, seen=card.state, to="SC-9")
    give(card, "relink", by=ada, seen=card.state, to="SC-001", note="Typed anew.")
    assert stands(order) == ("drifted", True)
    assert (order.remote_id, order.name) == (made["Id"], "SC-001")
    assert told(order) == (
        "changed",
        [("Line 1, rate", "1000", "950"), ("Line 1, amount", "1000.00", "950.00")],
    )


def typed_anew(bookkeeper: Bookkeeper, bill: Link) -> Json:
    """The bookkeeper deletes the bill, which is heard, and types it once more."""
    held = bookkeeper.held(bill)
    bookkeeper.deletes(bill)
    bookkeeper.gone(bill)
    copy = {name: value for name, value in held.items() if name not in ("Id", "SyncToken", "MetaData", "LinkedTxn")}
    lines = [
        {name: value for name, value in line.items() if name not in ("Id", "LineNum", "LinkedTxn")}
        for line in held["Line"]
    ]
    return bookkeeper.emulator.write("Bill", {**copy, "Line": lines})


def test_what_is_linked_to_another_document_while_quickbooks_is_asked_is_not_unlinked(
    bookkeeper: Bookkeeper, bill: Link, ada: Membership, monkeypatch: pytest.MonkeyPatch
) -> None:
    made, card, is_gone = typed_anew(bookkeeper, bill), opened(bill), QuickBooksCourier.is_gone

    def meanwhile(courier: QuickBooksCourier, item: ErpItem) -> Gone:
        found = is_gone(courier, item)
        monkeypatch.setattr(QuickBooksCourier, "is_gone", is_gone)
        give(Drift.objects.get(pk=card.pk), "relink", by=ada, seen=card.state, to=f"#{made['Id']}", note="Typed anew")
        return found

    monkeypatch.setattr(QuickBooksCourier, "is_gone", meanwhile)
    with pytest.raises(ChangedSinceSeen, match="linked to another document meanwhile"):
        give(card, "unlink", by=ada, seen=card.state, note="Gone")
    bill.refresh_from_db()
    assert (bill.remote_id, bill.item.status) == (made["Id"], Status.SYNCED)


def test_a_merge_is_followed_by_one_confirmation_and_explains_the_documents(
    bookkeeper: Bookkeeper, vendor: Link, order: Link, bill: Link, ada: Membership
) -> None:
    (other,) = (
        bookkeeper.emulator.named("Vendor", "Kestrel Concrete LLC") or bookkeeper.emulator.documents("Vendor")[1:2]
    )
    into = {"value": other["Id"], "name": other["DisplayName"]}
    moved = {**bookkeeper.held(order), "VendorRef": into, "SyncToken": "9"}
    assert examine(bookkeeper.connection, "PurchaseOrder", [moved], heard_by="a test") == 1
    assert told(order) == ("changed", [("Vendor", "Ace Electric Co", other["DisplayName"])])
    bookkeeper.gone(vendor)
    card = opened(vendor)
    assert survivor_of(card) == other["Id"], "our documents say where it went"
    give(card, "follow", by=ada, seen=card.state)
    assert stands(vendor) == ("accepted", True)
    assert (vendor.remote_id, vendor.name) == (other["Id"], other["DisplayName"])
    view = courier().link(vendor.item)
    assert view
    assert view.told == f"As QuickBooks has it, accepted by Ada: Merged into vendor {other['DisplayName']} there."
    assert [(one.label, one.before, one.after) for one in view.changes] == [
        ("Name", "Ace Electric Co", other["DisplayName"])
    ]
    for name, health in (("Kestrel Group", "drifted"), (other["DisplayName"], "accepted")):
        bookkeeper.writes(vendor, DisplayName=name)
        bookkeeper.heard("Vendor")
        assert stands(vendor) == (health, True), "what was followed is no proof that it is ours"
    assert (card_of(order), stands(order)) == (None, ("ok", False))
    moved_bill = {**bookkeeper.held(bill), "VendorRef": into, "SyncToken": "9"}
    assert examine(bookkeeper.connection, "Bill", [moved_bill], heard_by="a test") == 0


def test_an_order_that_is_heard_of_after_its_vendors_merge_was_followed_is_billed(
    bookkeeper: Bookkeeper,
    vendor: Link,
    order: Link,
    ground: Ground,
    subcontract: Commitment,
    accept: Accept,
    ada: Membership,
) -> None:
    other = next(one for one in bookkeeper.emulator.documents("Vendor") if one["Id"] != vendor.remote_id)
    bookkeeper.gone(vendor, other["Id"])
    card = opened(vendor)
    give(card, "follow", by=ada, seen=card.state)
    bookkeeper.writes(order, VendorRef={"value": other["Id"]})
    assert (bookkeeper.heard("PurchaseOrder"), stands(order)) == (0, ("ok", False))
    green(accept(make_invoice(subcontract, ground.by, {"1": "400.00"}).erp))


def test_what_was_accepted_of_a_document_is_not_green_by_a_merge_that_explains_another_change(
    bookkeeper: Bookkeeper, cheaper: Drift, vendor: Link, order: Link, ada: Membership
) -> None:
    give(cheaper, "accept", by=ada, seen=cheaper.state, note="Agreed.")
    other = next(one for one in bookkeeper.emulator.documents("Vendor") if one["Id"] != vendor.remote_id)
    moved = {**bookkeeper.held(order), "VendorRef": {"value": other["Id"]}, "SyncToken": "9"}
    assert examine(bookkeeper.connection, "PurchaseOrder", [moved], heard_by="a test") == 1
    bookkeeper.gone(vendor, other["Id"])
    assert (card_of(order), stands(order)) == (None, ("accepted", True))


def test_what_was_accepted_of_an_order_is_not_green_by_a_change_order_whose_second_try_is_equal(
    bookkeeper: Bookkeeper,
    cheaper: Drift,
    ground: Ground,
    order: Link,
    subcontract: Commitment,
    accept: Accept,
    ada: Membership,
) -> None:
    give(cheaper, "accept", by=ada, seen=cheaper.state, note="Agreed.")
    Link.objects.filter(pk=order.pk).update(health="drifted")  # as the first try leaves it, which was not equal
    appended(ground, subcontract, accept)
    assert stands(order) == ("accepted", True)


def test_an_order_that_was_changed_is_not_green_by_a_change_order_that_is_equal(
    bookkeeper: Bookkeeper, ground: Ground, order: Link, subcontract: Commitment, accept: Accept
) -> None:
    bookkeeper.rewrites(order, lambda lines: amount(lines[0], 900.0))
    Link.objects.filter(pk=order.pk).update(health="drifted")  # as the first try leaves it, which was not equal
    appended(ground, subcontract, accept)
    assert Link.objects.get(pk=order.pk).health == "drifted", "the answer to the write shows their line"
    assert bookkeeper.heard("PurchaseOrder") == 1


def test_a_merge_that_explains_the_line_of_a_change_order_gives_it_its_green_back(
    bookkeeper: Bookkeeper, ground: Ground, order: Link, subcontract: Commitment, accept: Accept
) -> None:
    change = appended(ground, subcontract, accept)
    job = Link.objects.get(entity="Customer", item=subcontract.project.erp)
    other = next(one for one in bookkeeper.emulator.documents("Customer") if one["Id"] != job.remote_id)
    moved = bookkeeper.held(order)
    for line in moved["Line"]:
        line[EXPENSE]["CustomerRef"] = {"value": other["Id"]}
    examine(bookkeeper.connection, "PurchaseOrder", [{**moved, "SyncToken": "9"}], heard_by="a test")
    assert ErpItem.objects.get(pk=change.pk).differs
    bookkeeper.gone(job, other["Id"])
    assert (card_of(order), stands(order)) == (None, ("ok", False))
    assert not ErpItem.objects.get(pk=change.pk).differs


def test_a_merge_into_another_record_of_ours_is_refused_and_says_which(
    bookkeeper: Bookkeeper, vendor: Link, ada: Membership, max_pm: Membership
) -> None:
    row = names_of(ada.company_id, "Vendor").exclude(remote_id=vendor.remote_id).first()
    assert row
    link_to(row, make_vendor(max_pm, "Second").erp, by=ada)
    bookkeeper.gone(vendor, row.remote_id)
    card = opened(vendor)
    with pytest.raises(AlreadyLinked, match="Vendor Second here already"):
        give(card, "follow", by=ada, seen=card.state)
    assert opened(vendor).pk == card.pk


def test_a_merge_into_another_record_of_ours_is_not_offered_and_what_stands_against_it_is_told_before(
    bookkeeper: Bookkeeper, vendor: Link, order: Link, ada: Membership, max_pm: Membership
) -> None:
    row = names_of(ada.company_id, "Vendor").exclude(remote_id=vendor.remote_id).first()
    assert row
    second = make_vendor(max_pm, "Second").erp
    link_to(row, second, by=ada)
    moved = {**bookkeeper.held(order), "VendorRef": {"value": row.remote_id, "name": row.name}, "SyncToken": "9"}
    examine(bookkeeper.connection, "PurchaseOrder", [moved], heard_by="a test")
    bookkeeper.gone(vendor)
    card = opened(vendor)
    (offer,) = (one for one in offers_for(card, ada) if one.answering == "follow")
    assert offer.why_not == (
        "That one is Vendor Second here already. Two records cannot be one in QuickBooks: unlink one of them."
    )
    assert offer.where == f"/review/{second.pk}/"
    operations.unlink(second, by=ada, reason="It is the same firm.")
    (offer,) = (one for one in offers_for(card, ada) if one.answering == "follow")
    assert (offer.why_not, offer.where) == (None, "")
    give(card, "follow", by=ada, seen=card.state)
    vendor.refresh_from_db()
    assert vendor.remote_id == row.remote_id


def another_vendor(bookkeeper: Bookkeeper, vendor: Link) -> Json:
    return next(one for one in bookkeeper.emulator.documents("Vendor") if one["Id"] != vendor.remote_id)


def typed(bookkeeper: Bookkeeper, link: Link, **more: Any) -> Json:
    """Another document of the kind that the bookkeeper types by hand."""
    own = ("Id", "SyncToken", "MetaData", "LinkedTxn", "Balance", "VendorAddr")
    held = {name: value for name, value in bookkeeper.held(link).items() if name not in own}
    of_a_line = ("Id", "LineNum", "LinkedTxn")
    held["Line"] = [{name: value for name, value in one.items() if name not in of_a_line} for one in held["Line"]]
    return bookkeeper.emulator.write(link.entity, {**held, **more})


@pytest.mark.parametrize("kind", ["order", "bill"])
def test_a_document_of_another_vendor_is_never_the_record_s(
    kind: str, bookkeeper: Bookkeeper, vendor: Link, order: Link, bill: Link, ada: Membership
) -> None:
    link, other = {"order": order, "bill": bill}[kind], another_vendor(bookkeeper, vendor)
    words = {"order": "Purchase order", "bill": "Bill"}[kind]
    theirs = typed(bookkeeper, link, DocNumber="TYPED", VendorRef={"value": other["Id"]})
    bookkeeper.rewrites(link, lambda lines: amount(lines[0], 900.0))
    bookkeeper.heard(link.entity)
    card = opened(link)
    told = (
        f"{words} #{theirs['Id']} is another vendor's in QuickBooks ({other['DisplayName']}), so it cannot be "
        f"{link.item.label}. Say which other one it is, or let the bookkeeper correct it there."
    )
    for to in ("TYPED", f"#{theirs['Id']}"):
        with pytest.raises(InvalidInput) as refused:
            give(card, "relink", by=ada, seen=card.state, to=to)
        assert refused.value.errors == {"to": [told]}
    assert (opened(link).pk, Link.objects.get(pk=link.pk).remote_id) == (card.pk, link.remote_id)
    mine = typed(bookkeeper, link, DocNumber="TYPED")
    give(card, "relink", by=ada, seen=card.state, to="TYPED")
    assert Link.objects.get(pk=link.pk).remote_id == mine["Id"], "of two of the number the one of its vendor is meant"


def test_a_document_of_whom_the_vendor_was_merged_into_is_his(
    bookkeeper: Bookkeeper, vendor: Link, order: Link, ada: Membership
) -> None:
    other = another_vendor(bookkeeper, vendor)
    made = typed(bookkeeper, order, DocNumber="TYPED", VendorRef={"value": other["Id"]})
    bookkeeper.gone(vendor, other["Id"])
    bookkeeper.gone(order)
    card = opened(order)
    give(card, "relink", by=ada, seen=card.state, to="TYPED")
    assert Link.objects.get(pk=order.pk).remote_id == made["Id"]


def test_an_estimate_of_another_project_is_never_the_budget_s(
    bookkeeper: Bookkeeper, ground: Ground, max_pm: Membership, ada: Membership, accept: Accept
) -> None:
    ground.project.cost_codes.set(ground.codes)
    budget = make_budget(max_pm, ground.project, amounts={"03-100": "1000.00"}, locked=True)
    green(accept(budget.erp))
    link = Link.objects.select_related("item").get(item=budget.erp)
    other = next(
        one
        for one in bookkeeper.emulator.documents("Customer")
        if one["Id"] != bookkeeper.held(link)["CustomerRef"]["value"]
    )
    theirs = typed(bookkeeper, link, CustomerRef={"value": other["Id"]})
    bookkeeper.gone(link)
    card = opened(link)
    with pytest.raises(InvalidInput, match=f"Estimate #{theirs['Id']} is another project's in QuickBooks"):
        give(card, "relink", by=ada, seen=card.state, to=f"#{theirs['Id']}")


# put away, and taken up again


def test_what_was_ignored_by_mistake_is_taken_up_again_and_answered(
    bookkeeper: Bookkeeper, cheaper: Drift, order: Link, ada: Membership
) -> None:
    give(cheaper, "ignore", by=ada, seen=cheaper.state)
    give(Drift.objects.get(), "reopen", by=ada, seen=cheaper.state, note="It was the wrong one.")
    assert (opened(order).pk, opened(order).answered_by, stands(order)) == (cheaper.pk, None, ("drifted", True))
    assert Event.objects.filter(item=order.item).latest("sequence").comment == "Taken up again: It was the wrong one."
    assert bookkeeper.heard("PurchaseOrder") == 0, "the same is no second card"
    give(opened(order), "accept", by=ada, seen=cheaper.state, note="Agreed.")
    assert stands(order) == ("accepted", True)
    with pytest.raises(Refusal, match="not what stands there now"):
        give(Drift.objects.get(), "reopen", by=ada, seen=cheaper.state)


def test_what_was_put_away_and_changed_again_since_is_not_taken_up(
    bookkeeper: Bookkeeper, cheaper: Drift, order: Link, ada: Membership, max_pm: Membership
) -> None:
    give(cheaper, "ignore", by=ada, seen=cheaper.state)
    ignored = Drift.objects.get()
    assert [str(one.answering) for one in offers_for(ignored, max_pm)] == ["send"]
    bookkeeper.rewrites(order, lambda lines: amount(lines[0], 800.0))
    bookkeeper.heard("PurchaseOrder")
    with pytest.raises(ChangedSinceSeen):
        give(ignored, "reopen", by=ada, seen=ignored.state)
    assert opened(order).pk != ignored.pk


def test_a_card_says_beforehand_what_keeps_the_record_from_being_unlinked_and_where_that_is_cured(
    bookkeeper: Bookkeeper, order: Link, bill: Link, ada: Membership
) -> None:
    assert bill.entity == "Bill"
    bookkeeper.gone(order)
    unlinking = next(one for one in offers_for(opened(order), ada) if one.answering == "unlink")
    assert "is billed: application 1 is made of its lines" in (unlinking.why_not or "")
    assert "/invoices/" in unlinking.where
    client = Client()
    client.force_login(ada.user)
    (told,) = client.get("/api/v1/drifts/?view=open").json()["results"]
    by_api = next(one for one in told["offers"] if one["answer"] == "unlink")
    assert (by_api["why_not"], by_api["where"]) == (unlinking.why_not, unlinking.where)
    with pytest.raises(Refusal, match="is billed"):
        give(opened(order), "unlink", by=ada, seen=opened(order).state, note="Gone.")


# who may, and when


def test_who_may_not_decide_or_send_is_refused_and_offered_nothing(
    cheaper: Drift, vic: Membership, max_pm: Membership, ada: Membership
) -> None:
    assert {name: [str(one.answering) for one in offers_for(cheaper, who)] for name, who in (("vic", vic),)} == {
        "vic": []
    }
    assert [str(one.answering) for one in offers_for(cheaper, max_pm)] == ["send"]
    assert [str(one.answering) for one in offers_for(cheaper, ada)] == ["accept", "relink", "ignore"]
    for who, answer in ((vic, "ignore"), (max_pm, "accept"), (max_pm, "relink"), (ada, "send")):
        with pytest.raises(NotAllowed):
            give(cheaper, answer, by=who, seen=cheaper.state, note="So.", to="1")
    assert Drift.objects.get().answer == ""


def test_what_changed_again_since_it_was_opened_is_not_answered(
    bookkeeper: Bookkeeper, cheaper: Drift, order: Link, ada: Membership
) -> None:
    bookkeeper.rewrites(order, lambda lines: amount(lines[0], 800.0))
    bookkeeper.heard("PurchaseOrder")
    for answer in ("accept", "ignore"):
        with pytest.raises(ChangedSinceSeen, match="again since you opened it"):
            give(cheaper, answer, by=ada, seen=cheaper.state, note="So.")


def test_the_second_of_two_answers_is_told_of_the_first(cheaper: Drift, ada: Membership) -> None:
    stale = Drift.objects.select_related("item").get(pk=cheaper.pk)
    give(cheaper, "ignore", by=ada, seen=cheaper.state)
    with pytest.raises(ChangedSinceSeen, match="answered meanwhile: ignored this once by Ada"):
        give(stale, "accept", by=ada, seen=stale.state, note="So.")


def test_nothing_is_answered_while_our_export_is_in_the_air(cheaper: Drift, ada: Membership) -> None:
    Submission.objects.filter(item=cheaper.item).update(work=Work.FLYING)
    with pytest.raises(Refusal, match="being written to QuickBooks at this moment"):
        give(cheaper, "accept", by=ada, seen=cheaper.state, note="So.")


def test_an_answer_that_does_not_fit_is_refused(bookkeeper: Bookkeeper, bill: Link, ada: Membership) -> None:
    bookkeeper.gone(bill)
    card = opened(bill)
    with pytest.raises(Refusal, match="deleted cannot be answered that way"):
        give(card, "accept", by=ada, seen=card.state, note="So.")
    with pytest.raises(InvalidInput, match="Answer with one of"):
        give(card, "shrug", by=ada, seen=card.state)


def bare(lines: list[Json]) -> None:
    """Somebody took our key off line 1 and changed its amount."""
    lines[0]["Description"] = "Conduit by the foot"
    amount(lines[0], 900.0)


def test_a_line_whose_key_was_taken_off_is_known_after_theirs_was_accepted_and_never_doubled(
    bookkeeper: Bookkeeper, order: Link, ada: Membership, accept: Accept
) -> None:
    bookkeeper.rewrites(order, bare)
    bookkeeper.heard("PurchaseOrder")
    card = opened(order)
    give(card, "accept", by=ada, seen=card.state, note="Agreed.")
    assert bookkeeper.heard("PurchaseOrder") == 0
    ErpItem.objects.filter(pk=order.item_id).update(revision=2)
    green(accept(ErpItem.objects.get(pk=order.item_id)))
    assert [(key_of(one), one["Amount"]) for one in bookkeeper.held(order)["Line"]] == [("1", 1000.0), ("2", 500.5)]


def test_a_line_whose_key_was_taken_off_is_not_doubled_by_trying_again(
    bookkeeper: Bookkeeper, order: Link, ada: Membership, accept: Accept
) -> None:
    bookkeeper.rewrites(order, bare)
    ErpItem.objects.filter(pk=order.item_id).update(revision=2)
    stopped = work(accept(ErpItem.objects.get(pk=order.item_id)))
    assert stopped.item.status == Status.FAILED
    green(operations.retry(stopped.item, by=ada))
    assert [(key_of(one), one["Amount"]) for one in bookkeeper.held(order)["Line"]] == [("1", 1000.0), ("2", 500.5)]


def test_a_bill_is_not_corrected_below_what_is_paid_where_a_key_was_taken_off(
    bookkeeper: Bookkeeper, bill: Link, ada: Membership, accept: Accept
) -> None:
    """The line is written over by its Id, so it does not count beside ours."""

    def renamed(lines: list[Json]) -> None:
        lines[0]["Description"] = "Conduit by the foot"

    bookkeeper.rewrites(bill, renamed)
    bookkeeper.heard("Bill")
    card = opened(bill)
    give(card, "accept", by=ada, seen=card.state, note="Words.")
    pay(bookkeeper.emulator, bookkeeper.held(bill), 350.0)
    stopped = work(accept(corrected(Invoice.objects.get(erp=bill.item_id), {"1": "300.00"}).erp))
    assert "350.00 of this bill is paid or applied in QuickBooks, and it would come to 270.00" in stopped.reason
    assert bookkeeper.held(bill)["TotalAmt"] == 360


def test_a_bill_of_which_every_line_was_replaced_there_is_not_billed_twice_by_a_correction(
    bookkeeper: Bookkeeper, bill: Link, ada: Membership, accept: Accept
) -> None:
    held = bookkeeper.held(bill)
    one = {name: value for name, value in held["Line"][0].items() if name not in ("Id", "LineNum", "LinkedTxn")}
    lump = {**one, "Description": "All of it"}
    amount(lump, 360.0)
    bookkeeper.emulator.write("Bill", {**held, "Line": [lump]})
    bookkeeper.heard("Bill")
    card = opened(bill)
    give(card, "accept", by=ada, seen=card.state, note="Typed anew in one line.")
    invoice = Invoice.objects.get(erp=bill.item_id)
    item = corrected(invoice, {"1": "500.00"}).erp
    with pytest.raises(NotReady, match="its lines were replaced there"):
        accept(item)
    assert [one["Amount"] for one in bookkeeper.held(bill)["Line"]] == [360.0]


def test_what_a_bill_comes_to_with_lines_that_are_not_ours_is_said_before_a_correction(
    bookkeeper: Bookkeeper, bill: Link, ada: Membership, max_pm: Membership
) -> None:
    """A line of ours was taken out and typed again: ours comes back beside it, and the approver reads what that is."""
    held = bookkeeper.held(bill)
    work_line, retained = held["Line"]
    again = {name: value for name, value in retained.items() if name not in ("Id", "LineNum", "LinkedTxn")}
    bookkeeper.emulator.write("Bill", {**held, "Line": [work_line, {**again, "Description": "10 % kept back"}]})
    bookkeeper.heard("Bill")
    card = opened(bill)
    give(card, "accept", by=ada, seen=card.state, note="He worded it otherwise.")
    item = corrected(Invoice.objects.get(erp=bill.item_id), {"1": "500.00"}).erp
    submission = operations.send(item, by=max_pm)
    told = [one for one in courier().preview(item, submission.document).checks() if "not ours" in one.sentence]
    assert [(one.level, one.sentence) for one in told] == [
        (
            "look",
            "Lines of the bill in QuickBooks that are not ours come to -40.00 and stay there, so it will come to "
            "410.00, not to 450.00.",
        )
    ]
    assert accepted(item, ada).item.status == Status.SYNCED
    assert sum(one["Amount"] for one in bookkeeper.held(bill)["Line"]) == 410.0


def appended(ground: Ground, subcontract: Commitment, accept: Accept) -> ErpItem:
    """A change order of 100.00 that is exported into the order."""
    change = make_change_order(ground.by, subcontract, lines=[change_line("100.00", changes=1)])
    exported(change, accept)
    return ErpItem.objects.get(pk=change.erp_id)


def test_an_open_card_knows_what_was_exported_since_so_that_an_answer_takes_nothing_of_it_back(
    bookkeeper: Bookkeeper, ground: Ground, order: Link, subcontract: Commitment, accept: Accept, ada: Membership
) -> None:
    bookkeeper.rewrites(order, lambda lines: amount(lines[0], 900.0))
    bookkeeper.heard("PurchaseOrder")
    change = appended(ground, subcontract, accept)
    assert bookkeeper.heard("PurchaseOrder") == 0
    assert Event.objects.filter(item=order.item, comment__startswith="Changed in QuickBooks").count() == 1
    card = opened(order)
    give(card, "accept", by=ada, seen=card.state, note="Agreed.")
    assert stands(order) == ("accepted", True)
    assert (order.seen["Line.C1.1.Amount"], str(order.total)) == ("100.00", "1500.50")
    assert order.sync_token == bookkeeper.held(order)["SyncToken"]
    assert (bookkeeper.heard("PurchaseOrder"), ErpItem.objects.get(pk=change.pk).differs) == (0, False)
    bill = green(accept(make_invoice(subcontract, ground.by, {"C1.1": "50.00"}).erp))
    held = bookkeeper.held(Link.objects.get(item=bill.item))
    assert [one["TxnId"] for one in held["LinkedTxn"]] == [order.remote_id]


@pytest.mark.parametrize("answer", ["accept", "send"])
def test_what_was_found_before_our_last_export_is_not_answered_until_it_was_looked_at_again(
    bookkeeper: Bookkeeper,
    ground: Ground,
    order: Link,
    subcontract: Commitment,
    accept: Accept,
    ada: Membership,
    max_pm: Membership,
    answer: str,
) -> None:
    by = {"accept": ada, "send": max_pm}[answer]
    bookkeeper.rewrites(order, lambda lines: amount(lines[0], 900.0))
    bookkeeper.heard("PurchaseOrder")
    appended(ground, subcontract, accept)
    card, before = opened(order), Link.objects.get(pk=order.pk)
    with pytest.raises(ChangedSinceSeen, match="written to QuickBooks since"):
        give(card, answer, by=by, seen=card.state, note="Agreed.")
    order.refresh_from_db()
    assert (order.seen, order.total, opened(order).pk) == (before.seen, before.total, card.pk)
    bookkeeper.heard("PurchaseOrder")
    give(opened(order), answer, by=by, seen=card.state, note="Agreed.")


# what a card explains


@pytest.mark.parametrize("known", [True, False])
def test_what_names_something_inactive_is_stopped_with_its_name_and_the_way_to_its_card_heard_of_or_not(
    bookkeeper: Bookkeeper, vendor: Link, ground: Ground, subcontract: Commitment, accept: Accept, known: bool
) -> None:
    waiting = accept(make_commitment(ground.by, ground.project, ground.vendor, number="SC-002", lines=["100.00"]).erp)
    bookkeeper.writes(vendor, Active=False)
    if known:
        bookkeeper.heard("Vendor")
    stopped = outcome_of(work(waiting))
    assert stopped.fault_code == "610"
    assert "vendor on it, was deleted or made inactive in QuickBooks." in stopped.sentence
    assert "Vendor Ace Electric Co was made inactive in QuickBooks." in stopped.sentence
    card = f"/quickbooks/changes/{opened(vendor).pk}/"
    assert (waiting.item.status, waiting.cure_url) == (Status.FAILED, card)
    assert opened(vendor).heard_by == ("a test" if known else "a refused export")
