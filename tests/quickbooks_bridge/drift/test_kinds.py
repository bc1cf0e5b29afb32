"""No kind of record is a card right after its own export, in Canada neither; and each is one once it is changed."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.urls import reverse

from commitments.models import Commitment
from procore_sync.acceptance.courier import courier
from procore_sync.acceptance.models import ErpItem, Submission
from procore_sync.accounts.models import Membership
from quickbooks_bridge.drift import examine
from quickbooks_bridge.drift_models import Drift
from quickbooks_bridge.exporters.keys import key_of
from quickbooks_bridge.models import Connection, Link
from quickbooks_bridge.names import EXPENSE_TYPES, INCOME_TYPES, accounts, names_of
from tests.factories import change_line, make_budget, make_change_order, make_cost_code, make_project, make_vendor
from tests.quickbooks_bridge.documents import Ground
from tests.quickbooks_bridge.drift.conftest import Bookkeeper, stands, told
from tests.quickbooks_bridge.drift.test_examining import EXPENSE, amount
from tests.quickbooks_bridge.emulator_process import EmulatorProcess
from tests.quickbooks_bridge.invoice_rows import make_invoice
from tests.quickbooks_bridge.test_bills import exported, green
from tests.quickbooks_bridge.test_bills_in_canada import NORTHERN, north, northern_ground, set_up
from tests.quickbooks_bridge.test_bills_in_canada import order as northern_order

__all__ = ["north", "northern_ground", "northern_order", "set_up"]
Accept = Callable[..., Submission]
Json = dict[str, Any]
ADDRESS = {
    "street": "7 Quarry Ln",
    "city": "Quincy",
    "state": "MA",
    "postal_code": "02169",
    "country": "United States",
}


def link_of(item: ErpItem) -> Link:
    return Link.objects.select_related("item").get(item=item)


def test_names_that_were_sent_are_as_they_were_sent_until_somebody_changes_them(
    bookkeeper: Bookkeeper, ground: Ground, max_pm: Membership, accept: Accept
) -> None:
    parent = names_of(max_pm.company_id, "Customer").filter(level=0, active=True).first()
    assert parent
    code = make_cost_code(max_pm, "26-100", "Conduit & wire")
    vendor = make_vendor(
        max_pm, "Kestrel Concrete Inc.", **ADDRESS, phone="617-555-0177", website="https://kestrel.example"
    )
    project = make_project(max_pm, "Quay 9", codes=[code], **ADDRESS)
    (income, _), *_ = accounts(max_pm.company_id, INCOME_TYPES)
    (expense, _), *_ = accounts(max_pm.company_id, EXPENSE_TYPES)
    green(accept(code.erp, income_account=income, expense_account=expense))
    green(accept(vendor.erp))
    green(accept(project.erp, customer=parent.remote_id))
    assert [bookkeeper.heard(entity) for entity in ("Item", "Vendor", "Customer")] == [0, 0, 0]

    bookkeeper.writes(link_of(code.erp), PurchaseDesc="Conduit")
    bookkeeper.writes(
        link_of(vendor.erp), PrimaryPhone={"FreeFormNumber": "617-555-0100"}, Mobile={"FreeFormNumber": "1"}
    )
    bookkeeper.writes(link_of(project.erp), Notes="Nothing of ours any more.")
    assert [bookkeeper.heard(entity) for entity in ("Item", "Vendor", "Customer")] == [1, 1, 1]
    assert told(link_of(code.erp)) == ("changed", [("Purchase description", "Conduit & wire", "Conduit")])
    assert told(link_of(vendor.erp)) == ("changed", [("Phone", "617-555-0177", "617-555-0100")])
    what, fields = told(link_of(project.erp))
    assert (what, [(label, theirs) for label, _, theirs in fields]) == (
        "changed",
        [("Our mark in the notes", "not there")],
    )


def test_a_budget_and_its_changed_line(
    bookkeeper: Bookkeeper, ground: Ground, max_pm: Membership, accept: Accept
) -> None:
    ground.project.cost_codes.set(ground.codes)
    budget = make_budget(max_pm, ground.project, amounts={"03-100": "1000.00", "16-100": "500.00"}, locked=True)
    green(accept(budget.erp))
    link = link_of(budget.erp)
    assert bookkeeper.heard("Estimate") == 0
    detail = "SalesItemLineDetail"

    def more(lines: list[Json]) -> None:
        lines[0]["Amount"] = lines[0][detail]["UnitPrice"] = 1100.0
        lines[0][detail]["Qty"] = 1

    bookkeeper.rewrites(link, more)
    assert bookkeeper.heard("Estimate") == 1
    assert told(link) == ("changed", [("Line 1, rate", "1000", "1100"), ("Line 1, amount", "1000.00", "1100.00")])


def test_an_invoice_that_went_as_a_credit(
    bookkeeper: Bookkeeper, ground: Ground, subcontract: Commitment, accept: Accept
) -> None:
    green(accept(make_invoice(subcontract, ground.by, {"1": "400.00"}).erp))
    credit = make_invoice(subcontract, ground.by, {"1": "-300.00"}, as_credit=True)
    green(accept(credit.erp))
    link = link_of(credit.erp)
    assert (link.entity, bookkeeper.heard("VendorCredit"), bookkeeper.heard("Bill")) == ("VendorCredit", 0, 0)
    bookkeeper.writes(link, TxnDate="2027-02-01")
    assert bookkeeper.heard("VendorCredit") == 1
    assert told(link)[1][0][0] == "Date"


def test_in_canada_with_tax_on_top(
    north: Connection, northern_order: Commitment, emulator: EmulatorProcess, max_pm: Membership, accept: Accept
) -> None:
    invoice = make_invoice(northern_order, max_pm, {"1": "400.00", "C1.1": "50.00"})
    green(accept(invoice.erp))
    for entity in ("PurchaseOrder", "Bill", "Vendor", "Customer", "Item"):
        held = emulator.documents(entity, NORTHERN)
        assert examine(north, entity, held, heard_by="a test") == 0, entity
    (bill,) = emulator.documents("Bill", NORTHERN)
    bill["Line"][0][EXPENSE]["TaxCodeRef"] = {"value": names_of(north.company_id, "TaxCode").get(name="GST").remote_id}
    changed = emulator.write("Bill", bill, NORTHERN)
    assert examine(north, "Bill", [changed], heard_by="a test") == 1
    assert told(link_of(invoice.erp)) == ("changed", [("Line 1, tax code", "HST ON", "GST")])


def test_a_change_order_that_is_added_to_a_changed_order_leaves_the_card_open(
    bookkeeper: Bookkeeper, ground: Ground, subcontract: Commitment, order: Link, accept: Accept
) -> None:
    bookkeeper.writes(order, TxnDate="2026-12-24")
    bookkeeper.heard("PurchaseOrder")
    exported(make_change_order(ground.by, subcontract, lines=[change_line("100.00", changes=1)]), accept)
    assert bookkeeper.heard("PurchaseOrder") == 0
    assert (told(order)[0], stands(order)) == ("changed", ("drifted", True))


def test_a_change_order_of_a_changed_order_is_equal_as_long_as_none_of_its_own_lines_was_changed(
    bookkeeper: Bookkeeper, ground: Ground, subcontract: Commitment, order: Link, accept: Accept
) -> None:
    bookkeeper.writes(order, TxnDate="2026-12-24")
    bookkeeper.heard("PurchaseOrder")
    change = make_change_order(ground.by, subcontract, lines=[change_line("100.00", changes=1)])
    exported(change, accept)
    item = ErpItem.objects.get(pk=change.erp_id)
    shown = courier().link(item)
    assert shown
    assert (shown.health, shown.verified_at, list(shown.changes)) == ("ok", item.status_changed_at, [])
    assert shown.told == "The order was changed in QuickBooks, but no line of this record."
    assert shown.changes_url == reverse("quickbooks_bridge:drift", args=[Drift.objects.get().pk])
    of_order = courier().link(ErpItem.objects.get(pk=order.item_id))
    assert of_order
    assert (of_order.health, [one.label for one in of_order.changes]) == ("drifted", ["Date"])

    def cheaper(lines: list[Json]) -> None:
        amount(next(line for line in lines if key_of(line) == "C1.1"), 90.0)

    bookkeeper.rewrites(order, cheaper)
    bookkeeper.heard("PurchaseOrder")
    shown = courier().link(ErpItem.objects.get(pk=change.erp_id))
    assert shown
    assert (shown.health, "Line C1.1, amount" in [one.label for one in shown.changes]) == ("drifted", True)
