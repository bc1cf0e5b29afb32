"""What becomes a card, and what never does."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from commitments.models import Commitment
from procore_sync.acceptance import operations
from procore_sync.acceptance.models import ErpItem, Event, Submission
from procore_sync.acceptance.states import Status, Work
from procore_sync.acceptance.webhooks.happenings import happening_of
from procore_sync.accounts.models import Membership
from quickbooks_bridge.drift import examine, look_again
from quickbooks_bridge.drift_models import Drift
from quickbooks_bridge.exporters.keys import key_of
from quickbooks_bridge.importers.payments import carry_on
from quickbooks_bridge.links import remember_link
from quickbooks_bridge.models import Connection, HeardInFlight, Link
from quickbooks_bridge.reconciling import running
from quickbooks_bridge.reconciling.rows import OrderCursor, ReconciliationRun
from tests.factories import change_line, make_change_order, make_cost_code, synced
from tests.quickbooks_bridge.conftest import work
from tests.quickbooks_bridge.documents import Ground
from tests.quickbooks_bridge.drift.conftest import Bookkeeper, card_of, stands, told
from tests.quickbooks_bridge.emulator_process import EmulatorProcess
from tests.quickbooks_bridge.invoice_rows import make_invoice
from tests.quickbooks_bridge.payers import Payer
from tests.quickbooks_bridge.test_bills import exported, green

Accept = Callable[..., Submission]
Json = dict[str, Any]
EXPENSE = "ItemBasedExpenseLineDetail"


def amount(line: Json, value: float) -> None:
    line["Amount"] = line[EXPENSE]["UnitPrice"] = value
    line[EXPENSE]["Qty"] = 1


def test_what_stands_as_it_was_exported_is_no_card(bookkeeper: Bookkeeper, order: Link, bill: Link) -> None:
    before = Link.objects.get(pk=order.pk).verified_at
    assert [bookkeeper.heard(entity) for entity in ("PurchaseOrder", "Bill", "Vendor", "Customer", "Item")] == [0] * 5
    assert not Drift.objects.exists()
    assert stands(order) == stands(bill) == ("ok", False)
    assert before
    assert order.verified_at
    assert order.verified_at > before


def test_a_changed_amount_and_date_are_a_card_line_by_line_and_the_green_is_gone(
    bookkeeper: Bookkeeper, order: Link
) -> None:
    bookkeeper.rewrites(order, lambda lines: amount(lines[0], 900.0), TxnDate="2026-12-01")
    assert bookkeeper.heard("PurchaseOrder") == 1
    what, fields = told(order)
    date = Link.objects.get(pk=order.pk).seen["TxnDate"]
    assert (what, fields) == (
        "changed",
        [
            ("Date", date, "2026-12-01"),
            ("Line 1, rate", "1000", "900"),
            ("Line 1, amount", "1000.00", "900.00"),
        ],
    )
    assert stands(order) == ("drifted", True)
    card = card_of(order)
    assert card
    assert card.changed_at
    assert (card.heard_by, card.item_id) == ("a test", order.item_id)
    event = Event.objects.filter(item=order.item).latest("sequence")
    assert (event.action, event.from_status, event.to_status) == ("remark", "synced", "synced")
    assert happening_of(event) == "drifted"
    shown = f"{datetime.fromisoformat(date):%-d %b %Y}"
    assert event.comment == (
        f"Changed in QuickBooks: Date from “{shown}” to “1 Dec 2026”; Line 1, rate from “1,000.00” to “900.00”; "
        "Line 1, amount from “1,000.00” to “900.00”."
    )


def billable(lines: list[Json]) -> None:
    lines[0][EXPENSE]["BillableStatus"] = "Billable"


BILLABLE = ("changed", [("Line 1, billable status", "NotBillable", "Billable")])


def test_a_cost_that_is_made_billable_would_show_on_the_owner_s_invoices_and_is_a_card(
    bookkeeper: Bookkeeper, order: Link, bill: Link
) -> None:
    for link in (order, bill):
        bookkeeper.rewrites(link, billable)
        assert (bookkeeper.heard(link.entity), told(link), stands(link)) == (1, BILLABLE, ("drifted", True))


def test_a_cost_that_was_made_billable_of_a_document_seen_before_that_was_compared_is_a_card_too(
    bookkeeper: Bookkeeper, order: Link, bill: Link
) -> None:
    for link in (order, bill):
        link.seen = {path: value for path, value in link.seen.items() if not path.endswith("BillableStatus")}
        link.save(update_fields=["seen"])
        assert (bookkeeper.heard(link.entity), stands(link)) == (0, ("ok", False))
        bookkeeper.rewrites(link, billable)
        assert (bookkeeper.heard(link.entity), told(link)) == (1, BILLABLE)


def test_of_a_document_that_was_only_linked_what_is_billable_is_the_bookkeeper_s(
    bookkeeper: Bookkeeper, order: Link
) -> None:
    order.item.submissions.update(posting={})
    bookkeeper.rewrites(order, billable)
    assert (bookkeeper.heard("PurchaseOrder"), stands(order)) == (0, ("ok", False))


def test_a_cost_that_was_made_billable_stops_our_next_export_and_once_it_is_written_is_billable_no_more(
    bookkeeper: Bookkeeper, order: Link, accept: Accept, ada: Membership
) -> None:
    bookkeeper.rewrites(order, billable)
    ErpItem.objects.filter(pk=order.item_id).update(revision=2)
    stopped = work(accept(ErpItem.objects.get(pk=order.item_id)))
    assert "Line 1, billable status from “NotBillable” to “Billable”" in stopped.reason
    green(operations.retry(stopped.item, by=ada))
    assert bookkeeper.held(order)["Line"][0][EXPENSE]["BillableStatus"] == "NotBillable"


def test_the_same_again_is_the_same_card_and_a_second_change_rewrites_it(bookkeeper: Bookkeeper, order: Link) -> None:
    bookkeeper.rewrites(order, lambda lines: amount(lines[0], 900.0))
    assert [bookkeeper.heard("PurchaseOrder"), bookkeeper.heard("PurchaseOrder")] == [1, 0]
    bookkeeper.rewrites(order, lambda lines: amount(lines[0], 800.0))
    assert bookkeeper.heard("PurchaseOrder") == 0
    assert told(order)[1][-1] == ("Line 1, amount", "1000.00", "800.00")
    assert Drift.objects.count() == 1


def test_an_older_state_heard_late_changes_no_card(bookkeeper: Bookkeeper, order: Link) -> None:
    older = bookkeeper.rewrites(order, lambda lines: amount(lines[0], 900.0))
    bookkeeper.rewrites(order, lambda lines: amount(lines[0], 800.0))
    bookkeeper.heard("PurchaseOrder")
    assert examine(bookkeeper.connection, "PurchaseOrder", [older], heard_by="late") == 0
    assert told(order)[1][-1] == ("Line 1, amount", "1000.00", "800.00")


def test_what_is_changed_back_ends_the_card_by_itself(bookkeeper: Bookkeeper, order: Link) -> None:
    was = bookkeeper.held(order)
    bookkeeper.rewrites(order, lambda lines: amount(lines[0], 900.0))
    bookkeeper.heard("PurchaseOrder")
    bookkeeper.writes(order, Line=was["Line"])
    assert bookkeeper.heard("PurchaseOrder") == 0
    assert stands(order) == ("ok", False)
    assert Drift.objects.get().answer == "ended"
    assert "it is as it was" in Event.objects.filter(item=order.item).latest("sequence").comment


@pytest.mark.parametrize("status", [Status.SENT, Status.RETRIEVED, Status.REJECTED])
def test_what_is_changed_back_differs_no_more_though_its_record_is_on_its_way_again(
    bookkeeper: Bookkeeper, order: Link, max_pm: Membership, ada: Membership, status: Status
) -> None:
    was = bookkeeper.held(order)
    bookkeeper.rewrites(order, lambda lines: amount(lines[0], 900.0))
    bookkeeper.heard("PurchaseOrder")
    ErpItem.objects.filter(pk=order.item_id).update(revision=2)
    operations.send(ErpItem.objects.get(pk=order.item_id), by=max_pm)
    if status != Status.SENT:
        item = ErpItem.objects.get(pk=order.item_id)
        if status == Status.REJECTED:
            operations.reject(item, by=ada, comment="Not now.")
        else:
            operations.retrieve(item, by=max_pm)
    bookkeeper.writes(order, Line=was["Line"])

    bookkeeper.heard("PurchaseOrder")

    assert (ErpItem.objects.get(pk=order.item_id).status, stands(order)) == (status, ("ok", False))


def test_what_was_linked_and_never_written_differs_no_more_either(
    bookkeeper: Bookkeeper, vendor: Link, max_pm: Membership
) -> None:
    Link.objects.filter(pk=vendor.pk).update(verified_at=None)
    bookkeeper.writes(vendor, Active=False)
    bookkeeper.heard("Vendor")
    ErpItem.objects.filter(pk=vendor.item_id).update(revision=2)
    operations.send(ErpItem.objects.get(pk=vendor.item_id), by=max_pm)
    held = bookkeeper.held(vendor)
    bookkeeper.emulator.write("Vendor", {**held, "Active": True, "DisplayName": "Ace Electric Co"})

    bookkeeper.heard("Vendor")

    assert stands(vendor) == ("ok", False)


def test_a_document_that_was_not_equal_gets_no_green_by_being_changed_and_changed_back(
    bookkeeper: Bookkeeper, order: Link, accept: Accept, emulator: EmulatorProcess
) -> None:
    ErpItem.objects.filter(pk=order.item_id).update(revision=2)
    submission = accept(ErpItem.objects.get(pk=order.item_id))
    was = bookkeeper.held(order)
    Link.objects.filter(pk=order.pk).update(verified_at=None, health="drifted")
    submission.attempts.create(number=1, act="send", fence=1, request_id="r", outcome="done")
    ErpItem.objects.filter(pk=order.item_id).update(status=Status.FAILED)
    bookkeeper.rewrites(order, lambda lines: amount(lines[0], 900.0))
    bookkeeper.heard("PurchaseOrder")
    bookkeeper.writes(order, Line=was["Line"])

    bookkeeper.heard("PurchaseOrder")

    assert stands(order)[0] == "drifted"


def test_a_line_taken_out_one_twice_and_one_with_a_key_of_ours_that_is_not(bookkeeper: Bookkeeper, order: Link) -> None:
    def change(lines: list[Json]) -> None:
        copy = {name: value for name, value in lines[0].items() if name not in ("Id", "LineNum")}
        lines[:] = [lines[0], copy, {**copy, "Description": "[7] Guesswork"}]

    bookkeeper.rewrites(order, change)
    bookkeeper.heard("PurchaseOrder")
    assert told(order) == (
        "changed",
        [("Line 1", "once", "2 times"), ("Line 2", "500.50", "taken out"), ("Line 7", "", "1000.00")],
    )


def test_what_the_bookkeeper_may_add_to_an_order_is_no_card(bookkeeper: Bookkeeper, order: Link) -> None:
    def change(lines: list[Json]) -> None:
        lines.append({**{k: v for k, v in lines[0].items() if k != "Id"}, "Description": "Freight", "Amount": 5.0})
        lines[-1][EXPENSE] = {**lines[0][EXPENSE], "UnitPrice": 5.0, "Qty": 1}

    held = bookkeeper.held(order)
    bookkeeper.rewrites(order, change, PrivateNote=f"Ask Ada.\n{held['PrivateNote']}")
    assert bookkeeper.heard("PurchaseOrder") == 0
    assert stands(order) == ("ok", False)


def test_an_order_that_is_billed_in_full_is_closed_by_that_and_no_card(
    bookkeeper: Bookkeeper, ground: Ground, order: Link, subcontract: Commitment, accept: Accept
) -> None:
    green(accept(make_invoice(subcontract, ground.by, {"1": "1000.00", "2": "500.50"}).erp))
    assert bookkeeper.held(order)["POStatus"] == "Closed"
    assert [bookkeeper.heard("PurchaseOrder"), bookkeeper.heard("Bill")] == [0, 0]


def test_an_order_that_is_closed_by_hand_is_a_card(bookkeeper: Bookkeeper, order: Link) -> None:
    bookkeeper.writes(order, POStatus="Closed")
    assert bookkeeper.heard("PurchaseOrder") == 1
    assert told(order) == ("closed", [("Status", "Open", "Closed")])


def test_a_payment_raises_the_token_and_is_no_card_but_taken_off_again_it_is(
    bookkeeper: Bookkeeper, bill: Link, emulator: EmulatorProcess
) -> None:
    payer = Payer(emulator)
    check = payer.pay((bookkeeper.held(bill), "100.00"))
    assert bookkeeper.held(bill)["SyncToken"] != bill.sync_token
    assert bookkeeper.heard("Bill") == 0
    carry_on(bookkeeper.connection.company_id)
    payer.void(check)
    assert bookkeeper.heard("Bill") == 1
    assert told(bill) == ("unapplied", [("Paid or applied", "100.00", "0.00")])
    assert stands(bill) == ("ok", False), "the bill itself is as it was accepted"
    carry_on(bookkeeper.connection.company_id)
    assert (bookkeeper.heard("Bill"), card_of(bill) is not None) == (0, True), "reading it does not end the card"


def test_a_bill_that_is_changed_back_stands_again_though_a_payment_was_taken_off_meanwhile(
    bookkeeper: Bookkeeper, bill: Link, emulator: EmulatorProcess
) -> None:
    payer, number = Payer(emulator), bookkeeper.held(bill)["DocNumber"]
    check = payer.pay((bookkeeper.held(bill), "100.00"))
    carry_on(bookkeeper.connection.company_id)
    bookkeeper.writes(bill, DocNumber="X-1")
    bookkeeper.heard("Bill")
    assert (told(bill)[0], stands(bill)) == ("changed", ("drifted", True))
    payer.void(check)
    bookkeeper.writes(bill, DocNumber=number)
    bookkeeper.heard("Bill")
    assert (told(bill)[0], stands(bill)) == ("unapplied", ("ok", False))


def test_a_line_added_to_a_bill_is_owed_and_so_a_card(bookkeeper: Bookkeeper, bill: Link) -> None:
    def change(lines: list[Json]) -> None:
        more = {k: v for k, v in lines[0].items() if k not in ("Id", "LineNum", "LinkedTxn")}
        amount(more := {**more, "Description": "Freight", EXPENSE: dict(more[EXPENSE])}, 12.5)
        lines.append(more)

    bookkeeper.rewrites(bill, change)
    bookkeeper.heard("Bill")
    assert told(bill) == ("changed", [("Total", "360.00", "372.50")])


def test_what_was_deleted_is_a_card_by_a_stub_and_by_being_gone(
    bookkeeper: Bookkeeper, bill: Link, emulator: EmulatorProcess
) -> None:
    bookkeeper.deletes(bill)
    stub = {"domain": "QBO", "status": "Deleted", "Id": bill.remote_id}
    assert examine(bookkeeper.connection, "Bill", [stub], heard_by="CDC") == 1
    assert told(bill) == ("deleted", [])
    assert stands(bill) == ("missing", True)
    assert bookkeeper.gone(bill) == 0


def test_a_name_made_inactive_and_active_again(bookkeeper: Bookkeeper, vendor: Link) -> None:
    bookkeeper.writes(vendor, Active=False)
    assert bookkeeper.heard("Vendor") == 1
    assert told(vendor) == ("inactive", [("Active", "Yes", "No")])
    assert stands(vendor) == ("inactive", True)
    held = bookkeeper.held(vendor)
    bookkeeper.emulator.write("Vendor", {**held, "Active": True, "DisplayName": "Ace Electric Co"})
    bookkeeper.heard("Vendor")
    assert stands(vendor) == ("ok", False)


def test_of_a_name_that_was_only_linked_nothing_but_the_name_is_ours(bookkeeper: Bookkeeper, vendor: Link) -> None:
    bookkeeper.writes(vendor, PrintOnCheckName="ACE", BillAddr={"City": "Dover"})
    assert bookkeeper.heard("Vendor") == 0
    bookkeeper.writes(vendor, DisplayName="Ace Electrical")
    assert bookkeeper.heard("Vendor") == 1
    assert told(vendor) == ("changed", [("Name", "Ace Electric Co", "Ace Electrical")])


def test_an_other_vendor_and_item_are_told_by_their_names(bookkeeper: Bookkeeper, order: Link) -> None:
    (other,) = bookkeeper.emulator.named("Item", "Materials")
    (second,) = (line for line in bookkeeper.held(order)["Line"] if key_of(line) == "2")
    bookkeeper.rewrites(order, lambda lines: lines[1][EXPENSE].update(ItemRef={"value": other["Id"]}))
    bookkeeper.heard("PurchaseOrder")
    assert second[EXPENSE]["ItemRef"]["name"] == "Subcontract Work"
    assert told(order) == ("changed", [("Line 2, item", "Subcontract Work", "Materials")])


def test_a_merged_vendor_is_one_card_and_explains_his_documents(
    bookkeeper: Bookkeeper, vendor: Link, order: Link, bill: Link
) -> None:
    other = next(one for one in bookkeeper.emulator.documents("Vendor") if one["Id"] != vendor.remote_id)
    into = {"value": other["Id"], "name": other["DisplayName"]}
    assert bookkeeper.gone(vendor, other["Id"]) == 1
    assert told(vendor) == ("merged", [])
    moved = [{**bookkeeper.held(link), "VendorRef": into, "SyncToken": "9"} for link in (order, bill)]
    assert examine(bookkeeper.connection, "PurchaseOrder", moved[:1], heard_by="a test") == 0
    assert examine(bookkeeper.connection, "Bill", moved[1:], heard_by="a test") == 0
    assert stands(vendor) == ("merged", True)


def test_the_line_of_a_change_order_takes_the_green_of_both(
    bookkeeper: Bookkeeper, ground: Ground, order: Link, subcontract: Commitment, accept: Accept
) -> None:
    change = make_change_order(ground.by, subcontract, lines=[change_line("100.00", changes=1)])
    exported(change, accept)
    assert bookkeeper.heard("PurchaseOrder") == 0

    def cheaper(lines: list[Json]) -> None:
        amount(next(line for line in lines if key_of(line) == "C1.1"), 90.0)

    was = bookkeeper.held(order)
    bookkeeper.rewrites(order, cheaper)
    bookkeeper.heard("PurchaseOrder")
    assert ("Line C1.1, amount", "100.00", "90.00") in told(order)[1]
    assert ErpItem.objects.get(pk=change.erp_id).differs
    bookkeeper.writes(order, Line=was["Line"])
    bookkeeper.heard("PurchaseOrder")
    assert not ErpItem.objects.get(pk=change.erp_id).differs


# never of our own


def test_what_is_heard_while_our_export_is_in_the_air_waits_for_its_end(
    bookkeeper: Bookkeeper, order: Link, accept: Accept
) -> None:
    before = bookkeeper.held(order)
    bookkeeper.rewrites(order, lambda lines: amount(lines[0], 900.0))
    flying = Submission.objects.filter(item=order.item)
    flying.update(work=Work.FLYING)
    assert bookkeeper.heard("PurchaseOrder") == 0
    assert not Drift.objects.exists()
    # Another reader had asked earlier and is slower to tell.
    assert examine(bookkeeper.connection, "PurchaseOrder", [before], heard_by="a test") == 0
    assert (look_again(), HeardInFlight.objects.count()) == (0, 1)
    flying.update(work=Work.DONE)
    assert (look_again(), HeardInFlight.objects.count()) == (1, 0)
    assert told(order)[1][-1] == ("Line 1, amount", "1000.00", "900.00")


def test_our_own_write_that_is_heard_before_it_is_settled_is_no_card(
    bookkeeper: Bookkeeper, order: Link, emulator: EmulatorProcess
) -> None:
    ours = bookkeeper.rewrites(order, lambda lines: amount(lines[0], 900.0))
    flying = Submission.objects.filter(item=order.item)
    flying.update(work=Work.FLYING)
    assert examine(bookkeeper.connection, "PurchaseOrder", [ours], heard_by="a hook") == 0
    link = Link.objects.get(pk=order.pk)
    seen = {**link.seen, "Line.1.Amount": "900.00", "Line.1.UnitPrice": "900"}
    Link.objects.filter(pk=order.pk).update(seen=seen, sync_token=ours["SyncToken"])
    flying.update(work=Work.DONE)
    assert (look_again(), Drift.objects.count(), HeardInFlight.objects.count()) == (0, 0, 0)


def test_what_an_export_has_overtaken_is_forgotten(bookkeeper: Bookkeeper, order: Link) -> None:
    older = bookkeeper.rewrites(order, lambda lines: amount(lines[0], 900.0))
    Submission.objects.filter(item=order.item).update(work=Work.FLYING)
    examine(bookkeeper.connection, "PurchaseOrder", [older], heard_by="a hook")
    Link.objects.filter(pk=order.pk).update(sync_token=str(int(older["SyncToken"]) + 1))
    Submission.objects.filter(item=order.item).update(work=Work.DONE)
    assert (look_again(), Drift.objects.count(), HeardInFlight.objects.count()) == (0, 0, 0)


def test_another_company_s_document_of_the_same_number_is_none_of_ours(
    bookkeeper: Bookkeeper, order: Link, other_company: Any
) -> None:
    elsewhere = Connection(company=other_company, realm_id="2", environment="emulator")
    document = {**bookkeeper.held(order), "DocNumber": "X", "SyncToken": "7"}
    assert examine(elsewhere, "PurchaseOrder", [document], heard_by="a test") == 0
    assert not Drift.objects.exists()


def test_a_thousand_documents_cost_as_many_queries_as_ten(
    books: Connection, max_pm: Membership, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    documents = []
    for number in range(40):
        code = synced(make_cost_code(max_pm, f"C{number}"))
        held = {"Id": f"9{number}", "SyncToken": "0", "Name": f"C{number}", "Type": "Service"}
        remember_link(code.erp, "Item", held, verified=None)
        documents.append({**held, "SyncToken": "1", "Name": f"Renamed {number}"})
    with django_assert_num_queries(MANY):
        assert examine(books, "Item", documents[:4], heard_by="a test") == 4
    with django_assert_num_queries(MANY):
        assert examine(books, "Item", documents[4:], heard_by="a test") == 36
    assert ErpItem.objects.filter(differs=True, status=Status.SYNCED).count() == 40


MANY = 16


def test_our_next_export_shows_what_was_changed_and_once_it_is_written_answers_the_card(
    bookkeeper: Bookkeeper, order: Link, accept: Accept, ada: Membership
) -> None:
    bookkeeper.rewrites(order, lambda lines: amount(lines[0], 900.0))
    bookkeeper.heard("PurchaseOrder")
    ErpItem.objects.filter(pk=order.item_id).update(revision=2)
    stopped = work(accept(ErpItem.objects.get(pk=order.item_id)))
    assert (stopped.item.status, "from “1000.00” to “900.00”" in stopped.reason) == (Status.FAILED, True)
    assert (bookkeeper.heard("PurchaseOrder"), stands(order)) == (0, ("drifted", True))
    assert card_of(order)
    green(operations.retry(stopped.item, by=ada))
    assert list(Drift.objects.values_list("answer", flat=True)) == ["overtaken"]
    assert (bookkeeper.heard("PurchaseOrder"), stands(order)) == (0, ("ok", False))


def test_what_was_shown_and_not_written_over_is_changed_still_for_whoever_sends_next(
    bookkeeper: Bookkeeper, order: Link, accept: Accept, ada: Membership
) -> None:
    bookkeeper.rewrites(order, lambda lines: amount(lines[0], 900.0))
    ErpItem.objects.filter(pk=order.item_id).update(revision=2)
    stopped = work(accept(ErpItem.objects.get(pk=order.item_id)))
    operations.reject(stopped.item, by=ada, comment="Theirs was agreed.")
    again = work(accept(ErpItem.objects.get(pk=order.item_id)))
    assert (again.item.status, "from “1000.00” to “900.00”" in again.reason) == (Status.FAILED, True)
    assert bookkeeper.held(order)["Line"][0]["Amount"] == 900.0


def test_a_change_order_that_is_rejected_over_a_changed_line_gives_the_order_no_green(
    bookkeeper: Bookkeeper, ground: Ground, order: Link, subcontract: Commitment, accept: Accept, ada: Membership
) -> None:
    change = make_change_order(ground.by, subcontract, lines=[change_line("100.00", changes=1)])
    exported(change, accept)

    def cheaper(lines: list[Json]) -> None:
        amount(next(line for line in lines if key_of(line) == "C1.1"), 90.0)

    bookkeeper.rewrites(order, cheaper)
    ErpItem.objects.filter(pk=change.erp_id).update(revision=2)
    stopped = work(accept(ErpItem.objects.get(pk=change.erp_id)))
    assert stopped.item.status == Status.FAILED
    operations.reject(stopped.item, by=ada, comment="Theirs was agreed.")
    bookkeeper.heard("PurchaseOrder")
    assert (stands(order), ErpItem.objects.get(pk=change.erp_id).differs) == (("drifted", True), True)
    assert ("Line C1.1, amount", "100.00", "90.00") in told(order)[1]


def test_a_merge_of_which_it_is_not_told_into_what_is_told_by_the_documents(
    bookkeeper: Bookkeeper, vendor: Link, order: Link, bill: Link
) -> None:
    other = next(one for one in bookkeeper.emulator.documents("Vendor") if one["Id"] != vendor.remote_id)
    into = {"value": other["Id"], "name": other["DisplayName"]}
    moved = [{**bookkeeper.held(link), "VendorRef": into, "SyncToken": "9"} for link in (order, bill)]
    assert examine(bookkeeper.connection, "PurchaseOrder", moved[:1], heard_by="a test") == 1
    assert bookkeeper.gone(vendor) == 1
    card = card_of(vendor)
    assert card
    assert (card.into_id, card_of(order), stands(order)) == (other["Id"], None, ("ok", False))
    assert examine(bookkeeper.connection, "Bill", moved[1:], heard_by="a test") == 0


def test_a_merge_that_explains_what_differs_of_an_order_that_is_sent_anew_gives_it_its_green_back(
    bookkeeper: Bookkeeper, vendor: Link, order: Link, max_pm: Membership
) -> None:
    other = next(one for one in bookkeeper.emulator.documents("Vendor") if one["Id"] != vendor.remote_id)
    moved = {**bookkeeper.held(order), "VendorRef": {"value": other["Id"]}, "SyncToken": "9"}
    examine(bookkeeper.connection, "PurchaseOrder", [moved], heard_by="a test")
    ErpItem.objects.filter(pk=order.item_id).update(revision=2)
    operations.send(ErpItem.objects.get(pk=order.item_id), by=max_pm)

    bookkeeper.gone(vendor)

    assert (card_of(order), stands(order)) == (None, ("ok", False))


def test_what_the_documents_name_first_after_a_merge_is_where_it_went(
    bookkeeper: Bookkeeper, vendor: Link, order: Link
) -> None:
    other = next(one for one in bookkeeper.emulator.documents("Vendor") if one["Id"] != vendor.remote_id)
    bookkeeper.gone(vendor)
    moved = {**bookkeeper.held(order), "VendorRef": {"value": other["Id"]}, "SyncToken": "9"}
    assert examine(bookkeeper.connection, "PurchaseOrder", [moved], heard_by="a test") == 0
    assert stands(order) == ("ok", False)


def test_a_name_that_is_put_away_and_known_to_be_merged_is_merged(bookkeeper: Bookkeeper, vendor: Link) -> None:
    document = bookkeeper.writes(vendor, Active=False)
    examine(bookkeeper.connection, "Vendor", [document], heard_by="a hook", into={vendor.remote_id: "7"})
    card = card_of(vendor)
    assert card
    assert (card.what, card.into_id) == ("merged", "7")


# the nightly comparison


def compared(link: Link) -> ReconciliationRun:
    """A night's comparison of the whole company."""
    found = running.carry_on(link.company_id)
    assert found
    assert found.ended_at, found.error
    assert not found.error
    return found


def test_an_order_that_a_comparison_finds_gone_is_a_card_and_green_nowhere(bookkeeper: Bookkeeper, order: Link) -> None:
    compared(order)
    assert stands(order) == ("ok", False)
    bookkeeper.deletes(order)
    compared(order)
    assert stands(order) == ("missing", True)
    assert told(order) == ("deleted", [])
    compared(order)
    assert Drift.objects.count() == 1


def test_an_order_that_a_whole_list_no_longer_shows_is_gone_too(bookkeeper: Bookkeeper, order: Link) -> None:
    compared(order)
    bookkeeper.deletes(order)
    OrderCursor.objects.update(changed_since=None)
    compared(order)
    assert (stands(order), told(order)) == (("missing", True), ("deleted", []))


def test_an_order_that_was_never_read_is_gone_once_quickbooks_had_time_to_show_it(order: Link) -> None:
    Link.objects.filter(pk=order.pk).update(remote_id="777")
    compared(order)
    assert stands(order) == ("ok", False)
    Link.objects.update(created_at=timezone.now() - timedelta(minutes=11))
    compared(order)
    assert (stands(order), told(order)) == (("missing", True), ("deleted", []))


def test_an_amount_that_a_comparison_reads_otherwise_is_the_card_that_a_look_makes(
    bookkeeper: Bookkeeper, order: Link
) -> None:
    compared(order)
    bookkeeper.rewrites(order, lambda lines: amount(lines[0], 900.0))
    assert compared(order).differing == 2
    assert stands(order) == ("drifted", True)
    assert told(order)[1][-1] == ("Line 1, amount", "1000.00", "900.00")
    assert bookkeeper.heard("PurchaseOrder") == 0


def test_a_line_that_the_bookkeeper_adds_to_an_order_costs_no_green_at_night_and_counts_in_the_figures(
    bookkeeper: Bookkeeper, order: Link
) -> None:
    compared(order)

    def more(lines: list[Json]) -> None:
        copied = {name: value for name, value in lines[0].items() if name not in ("Id", "LineNum")}
        lines.append({**copied, "Description": "Freight", EXPENSE: {**lines[0][EXPENSE]}})
        amount(lines[-1], 25.0)

    bookkeeper.rewrites(order, more)
    assert bookkeeper.heard("PurchaseOrder") == 0
    run = compared(order)
    assert (stands(order), Drift.objects.count()) == (("ok", False), 0)
    assert {one.difference["committed"] for one in run.rows.all()} == {"-25.00"}
    assert "The purchase order says 1,525.50" in run.rows.all()[0].causes[0]["sentence"]


def linked_as_a_whole(bookkeeper: Bookkeeper, order: Link) -> None:
    """The order as if it had been typed and linked, no line of it known for ours."""
    whole = {path: value for path, value in order.seen.items() if not path.startswith("Line.")}
    Link.objects.filter(pk=order.pk).update(seen=whole)

    def strange(lines: list[Json]) -> None:
        for line in lines:
            line["Description"] = "Typed"

    bookkeeper.rewrites(order, strange)
    assert bookkeeper.heard("PurchaseOrder") == 0


def test_of_an_order_that_is_linked_as_a_whole_what_it_comes_to_counts(bookkeeper: Bookkeeper, order: Link) -> None:
    linked_as_a_whole(bookkeeper, order)
    bookkeeper.rewrites(order, lambda lines: amount(lines[0], 900.0))
    compared(order)
    assert (stands(order), told(order)) == (("drifted", True), ("changed", [("Total", "1500.50", "1400.50")]))


@pytest.mark.parametrize("is_known", [True, False])
def test_a_change_order_that_is_added_to_a_whole_order_takes_no_change_of_its_total_for_ours(
    bookkeeper: Bookkeeper, ground: Ground, order: Link, subcontract: Commitment, accept: Accept, is_known: bool
) -> None:
    linked_as_a_whole(bookkeeper, order)
    bookkeeper.rewrites(order, lambda lines: amount(lines[0], 900.0))
    if is_known:
        bookkeeper.heard("PurchaseOrder")
    exported(make_change_order(ground.by, subcontract, lines=[change_line("100.00", changes=1)]), accept)
    bookkeeper.heard("PurchaseOrder")
    assert stands(order) == ("drifted", True)
    assert told(order) == ("changed", [("Total", "1600.50", "1500.50")])
    bookkeeper.rewrites(order, lambda lines: amount(lines[0], 1000.0))
    bookkeeper.heard("PurchaseOrder")
    assert (stands(order), str(order.total)) == (("ok", False), "1600.50")


def test_a_change_order_that_is_unlinked_from_a_whole_order_is_expected_in_its_total_no_more(
    bookkeeper: Bookkeeper, ground: Ground, order: Link, subcontract: Commitment, accept: Accept, ada: Membership
) -> None:
    linked_as_a_whole(bookkeeper, order)
    change = make_change_order(ground.by, subcontract, lines=[change_line("100.00", changes=1)])
    exported(change, accept)
    bookkeeper.rewrites(order, lambda lines: lines.remove(next(one for one in lines if key_of(one) == "C1.1")))
    bookkeeper.heard("PurchaseOrder")
    assert ("Total", "1600.50", "1500.50") in told(order)[1]
    operations.unlink(ErpItem.objects.get(pk=change.erp_id), by=ada)
    bookkeeper.heard("PurchaseOrder")
    assert (stands(order), card_of(order)) == (("ok", False), None)
