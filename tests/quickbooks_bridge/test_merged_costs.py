"""What a merge in QuickBooks does to costs that were read before it: QuickBooks tells of no document that it moved."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from procore_sync.accounts.models import Membership
from projects.job_costs import direct_costs, uncoded_cost
from projects.models import CostCode, Project
from quickbooks_bridge.drift.answering import give
from quickbooks_bridge.drift_models import Drift
from quickbooks_bridge.importers.names import refresh
from quickbooks_bridge.ledger_bills import twins_of
from quickbooks_bridge.models import Connection
from quickbooks_bridge.reconciling import running
from quickbooks_bridge.reconciling.rows import LedgerOrder
from quickbooks_bridge.watching import sweeps
from tests.quickbooks_bridge.emulator_process import REALM, EmulatorProcess
from tests.quickbooks_bridge.payers import Payer
from tests.quickbooks_bridge.test_job_costs import Bookkeeper, keeper, materials, pull, station
from tests.quickbooks_bridge.watching.conftest import payer, subcontract, work

__all__ = ["keeper", "materials", "payer", "station", "subcontract", "work"]


def merge(emulator: EmulatorProcess, entity: str, gone: str, into: str) -> None:
    emulator.control("desk/merge", {"realm": REALM, "entity": entity, "id": gone, "into": into})


def look(books: Connection) -> None:
    sweep = sweeps.carry_on(books.company_id)
    assert sweep
    assert not sweep.error, sweep.error


def long_ago(books: Connection, emulator: EmulatorProcess) -> None:
    """What was written until now is told by no change any more."""
    emulator.control("clock", {"advance_seconds": 900})
    look(books)
    pull(books)


def test_a_job_that_is_merged_into_a_project_brings_what_it_has_cost(
    books: Connection, keeper: Bookkeeper, station: Project, materials: CostCode, emulator: EmulatorProcess
) -> None:
    parent = emulator.named("Customer", "Fire Station 4")[0]["ParentRef"]
    twin = emulator.write("Customer", {"DisplayName": "Fire Station IV", "Job": True, "ParentRef": parent})
    keeper.bill(keeper.line("100.00", item="Materials", job=twin["Id"]))
    keeper.bill(keeper.line("5.00", item="Materials"))
    refresh(books)
    look(books)
    pull(books)
    assert direct_costs(station) == {materials.pk: Decimal("5.00")}
    long_ago(books, emulator)
    merge(emulator, "Customer", twin["Id"], keeper.job)
    look(books)
    pull(books)
    assert direct_costs(station) == {materials.pk: Decimal("105.00")}
    long_ago(books, emulator)
    assert pull(books) < 3, "read whole once, and by changes from then on"


@pytest.mark.parametrize("heard", ["look", "names"])
def test_a_project_whose_job_is_merged_away_keeps_its_costs_once_that_is_followed(
    heard: str,
    books: Connection,
    keeper: Bookkeeper,
    station: Project,
    materials: CostCode,
    emulator: EmulatorProcess,
    ada: Membership,
) -> None:
    parent = emulator.named("Customer", "Fire Station 4")[0]["ParentRef"]
    other = emulator.write("Customer", {"DisplayName": "Fire Station IV", "Job": True, "ParentRef": parent})
    keeper.bill(keeper.line("5.00", item="Materials"))
    refresh(books)
    look(books)
    pull(books)
    long_ago(books, emulator)
    merge(emulator, "Customer", keeper.job, other["Id"])
    if heard == "names":
        refresh(books, full=True)
    look(books)
    card = Drift.objects.get(entity="Customer", answer="")
    give(card, "follow", by=ada, seen=card.state, to=f"#{other['Id']}")
    pull(books)
    assert direct_costs(station) == {materials.pk: Decimal("5.00")}


def test_an_item_that_is_merged_into_a_cost_code_brings_its_costs(
    books: Connection, keeper: Bookkeeper, station: Project, materials: CostCode, emulator: EmulatorProcess
) -> None:
    kind = emulator.named("Item", "Materials")[0]
    columns = ("Type", "IncomeAccountRef", "ExpenseAccountRef", "ParentRef")
    twin = emulator.write("Item", {"Name": "Material", **{one: kind[one] for one in columns if one in kind}})
    keeper.bill(keeper.line("40.00", item="Material"))
    refresh(books)
    look(books)
    pull(books)
    assert direct_costs(station) == {}
    long_ago(books, emulator)
    merge(emulator, "Item", twin["Id"], kind["Id"])
    look(books)
    pull(books)
    assert (direct_costs(station), uncoded_cost(station)) == ({materials.pk: Decimal("40.00")}, Decimal("0.00"))


def test_a_bill_of_a_vendor_that_is_merged_into_ours_is_a_twin_of_the_same_number(
    books: Connection, emulator: EmulatorProcess, payer: Payer, work: Any
) -> None:
    twin = emulator.write("Vendor", {"DisplayName": "Ace Electric of the West"})
    typed = payer.bill(payer.line("77.00"), DocNumber="A-0077", VendorRef={"value": twin["Id"]})
    look(books)
    assert twins_of(books.company_id, payer.vendor, "a77", Decimal("77.00")) == []
    emulator.control("clock", {"advance_seconds": 900})
    look(books)
    merge(emulator, "Vendor", twin["Id"], payer.vendor)
    look(books)
    assert [one.remote_id for one in twins_of(books.company_id, payer.vendor, "a0077", Decimal("77.00"))] == [
        typed["Id"]
    ]
    emulator.control("clock", {"advance_seconds": 900})
    look(books)
    emulator.control("requests", method="DELETE")
    look(books)
    assert [one["path"].partition("?")[0].rpartition("/")[2] for one in emulator.requests("/v3/company/")] == ["cdc"]


def test_an_account_that_is_no_expense_any_more_costs_no_job(
    books: Connection, keeper: Bookkeeper, station: Project, materials: CostCode, emulator: EmulatorProcess
) -> None:
    keeper.bill(keeper.line("5.00", item="Materials"), keeper.line("30.00", account="Equipment Rental"))
    look(books)
    pull(books)
    assert uncoded_cost(station) == Decimal("30.00")
    long_ago(books, emulator)
    account = emulator.named("Account", "Equipment Rental")[0]
    kind = {"AccountType": "Other Current Liability", "AccountSubType": "OtherCurrentLiabilities"}
    emulator.write("Account", {**account, **kind, "Classification": "Liability"})
    look(books)
    pull(books)
    assert (direct_costs(station), uncoded_cost(station)) == ({materials.pk: Decimal("5.00")}, Decimal("0.00"))


def test_an_item_that_posts_to_a_liability_since_is_no_cost(
    books: Connection, keeper: Bookkeeper, station: Project, materials: CostCode, emulator: EmulatorProcess
) -> None:
    keeper.bill(keeper.line("5.00", item="Materials"))
    look(books)
    pull(books)
    long_ago(books, emulator)
    held = {"value": keeper.id_of("Account", "Retainage Payable")}
    emulator.write("Item", {**emulator.named("Item", "Materials")[0], "ExpenseAccountRef": held})
    look(books)
    pull(books)
    assert direct_costs(station) == {}


def test_what_the_reading_itself_learns_of_an_account_counts_for_what_it_has_read_before(
    books: Connection, keeper: Bookkeeper, station: Project, materials: CostCode, emulator: EmulatorProcess
) -> None:
    keeper.bill(keeper.line("30.00", account="Equipment Rental"))
    look(books)
    pull(books)
    long_ago(books, emulator)
    account = emulator.named("Account", "Equipment Rental")[0]
    kind = {"AccountType": "Other Current Liability", "AccountSubType": "OtherCurrentLiabilities"}
    emulator.write("Account", {**account, **kind, "Classification": "Liability"})
    new = {"Name": "Cranes", "AccountType": "Expense", "AccountSubType": "EquipmentRental"}
    emulator.write("Account", new)
    keeper.bill(keeper.line("2.00", account="Cranes"))
    pull(books)
    look(books)
    pull(books)
    assert uncoded_cost(station) == Decimal("2.00")


def test_an_order_of_a_vendor_that_is_merged_is_the_other_ones_by_night(
    books: Connection, emulator: EmulatorProcess, payer: Payer, work: Any
) -> None:
    twin = emulator.write("Vendor", {"DisplayName": "Ace Electric of the West"})
    order = payer.bill(payer.line("77.00"), entity="PurchaseOrder", VendorRef={"value": twin["Id"]})
    look(books)
    running.carry_on(books.company_id)
    emulator.control("clock", {"advance_seconds": 900})
    look(books)
    running.carry_on(books.company_id)
    merge(emulator, "Vendor", twin["Id"], payer.vendor)
    look(books)
    running.carry_on(books.company_id)
    assert LedgerOrder.objects.get(remote_id=order["Id"]).party_id == payer.vendor
