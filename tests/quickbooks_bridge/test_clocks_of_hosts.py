"""Hosts whose clocks are ten minutes off: what one writes is told from what another reads by the database's time."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
import time_machine
from django.utils import timezone

from commitments.models import Commitment
from invoices.models import Invoice
from procore_sync.accounts.models import Membership
from projects.job_costs import direct_costs
from projects.models import CostCode, Project
from quickbooks_bridge.drift.answering import give
from quickbooks_bridge.importers.job_costs import carry_on as carry_on_costs
from quickbooks_bridge.importers.payments import carry_on
from quickbooks_bridge.links import remember_link
from quickbooks_bridge.models import Connection, Every, LedgerBillPayment, Link, PaymentCursor, PaymentSchedule
from quickbooks_bridge.watching import links
from tests.factories import make_commitment, make_vendor, synced
from tests.payments.rows import make_invoice
from tests.quickbooks_bridge.drift.conftest import Bookkeeper, bookkeeper, card_of, ground, order, retainage, stands
from tests.quickbooks_bridge.drift.test_examining import amount
from tests.quickbooks_bridge.emulator_process import EmulatorProcess
from tests.quickbooks_bridge.payers import Payer
from tests.quickbooks_bridge.test_bills import subcontract
from tests.quickbooks_bridge.test_job_costs import Bookkeeper as Keeper
from tests.quickbooks_bridge.test_job_costs import keeper, materials, station

__all__ = ["bookkeeper", "ground", "keeper", "materials", "order", "retainage", "station", "subcontract"]

pytestmark = pytest.mark.postgres

MORE_THAN_SETTLES = timedelta(minutes=11)


def host(off: timedelta) -> Any:
    """What is done on a host whose clock is so far off."""
    return time_machine.travel(timezone.now() + off)


@pytest.mark.parametrize(("writes", "reads"), [(-MORE_THAN_SETTLES, timedelta(0)), (timedelta(0), MORE_THAN_SETTLES)])
def test_what_was_only_just_written_is_not_gone_because_it_is_not_shown_yet(
    max_pm: Membership, writes: timedelta, reads: timedelta
) -> None:
    vendor = make_vendor(max_pm)
    with host(writes):
        remember_link(vendor.erp, "Vendor", {"Id": "77", "DisplayName": vendor.name}, verified=True)
    with host(reads):
        assert links.settled_among(max_pm.company_id, "Vendor", ["77"]) == []


def test_a_whole_reading_that_another_host_carries_on_deletes_nothing(
    books: Connection, emulator: EmulatorProcess, max_pm: Membership, monkeypatch: pytest.MonkeyPatch
) -> None:
    payer = Payer(emulator)
    day = date(2026, 11, 1)
    PaymentSchedule.objects.create(company=books.company, hours=Every.HOUR, since=day, began_at=timezone.now())
    commitment: Commitment = synced(make_commitment(max_pm, lines=["10000.00"]))
    invoice: Invoice = make_invoice(max_pm, commitment, billed="1000.00")
    bill = payer.bill_of(invoice)
    synced(invoice)
    for number in range(7):
        payer.pay((bill, "1.00"), DocNumber=str(3000 + number))
    monkeypatch.setattr("quickbooks_bridge.importers.reading.PAGE", 3)
    while not PaymentCursor.objects.filter(entity="BillPayment", position__gt=1).exists():
        carry_on(books.company_id, seconds=0)
    with host(-MORE_THAN_SETTLES):
        reading = carry_on(books.company_id)
    assert reading
    assert reading.ended_at
    assert not LedgerBillPayment.objects.exclude(state="").exists()


def test_job_costs_that_were_just_read_stay_on_a_host_that_is_behind(
    books: Connection, keeper: Keeper, station: Project, materials: CostCode
) -> None:
    keeper.purchase(keeper.line("50.00", item="Materials"))
    with host(-MORE_THAN_SETTLES):
        reading = carry_on_costs(books.company_id)
    assert reading
    assert reading.ended_at
    assert direct_costs(station) == {materials.pk: Decimal("50.00")}


def test_what_was_accepted_on_a_host_that_is_behind_is_not_green(
    bookkeeper: Bookkeeper, order: Link, ada: Membership
) -> None:
    bookkeeper.rewrites(order, lambda lines: amount(lines[0], 900.0))
    bookkeeper.heard("PurchaseOrder")
    card = card_of(order)
    assert card
    with host(-MORE_THAN_SETTLES):
        give(card, "accept", by=ada, seen=card.state, note="Agreed.")
    held = bookkeeper.held(order)["Line"]
    bookkeeper.rewrites(order, lambda lines: amount(lines[0], 800.0))
    bookkeeper.heard("PurchaseOrder")
    bookkeeper.writes(order, Line=held)
    bookkeeper.heard("PurchaseOrder")
    assert stands(order) == ("accepted", True)
