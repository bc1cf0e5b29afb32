"""A company has more bills every day. What a look at them holds at once stays as it is, and what it finds too."""

from __future__ import annotations

import tracemalloc
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from django.utils import timezone

from commitments.models import Commitment
from invoices.models import BillingPeriod, BillStanding, Invoice, Payment
from procore_sync.acceptance.models import ErpItem
from procore_sync.accounts.models import Membership
from procore_sync.kit.kinds import Kind
from quickbooks_bridge.importers import payments
from quickbooks_bridge.models import Connection, LedgerBill, LedgerBillPayment, Link, PaymentSchedule
from tests.factories import make_commitment, synced
from tests.scenes import kept

pytestmark = pytest.mark.django_db


@pytest.fixture
@kept
def books(max_pm: Membership) -> Connection:
    """Harbor Row takes payments from November on."""
    row: Connection = Connection.objects.create(company=max_pm.company, realm_id="1", company_name="Harbor Row")
    PaymentSchedule.objects.create(company=row.company, hours=1, since=date(2026, 11, 1), began_at=timezone.now())
    return row


@pytest.fixture
@kept
def subcontract(max_pm: Membership) -> Commitment:
    return synced(make_commitment(max_pm))


def lay(by: Membership, subcontract: Commitment, numbers: range) -> None:
    """Invoices that became bills of 100.00, each paid by a check of its own, as rows."""
    now, given = timezone.now(), {"company": by.company}
    november, _ = BillingPeriod.objects.get_or_create(
        project=subcontract.project, starts_on=date(2026, 11, 1), ends_on=date(2026, 11, 30), due_on=date(2026, 11, 25)
    )
    items = ErpItem.objects.bulk_create(
        ErpItem(**given, kind=Kind.INVOICE, label=f"I-{number}", created_by=by, project=subcontract.project.erp)
        for number in numbers
    )
    days = {"starts_on": november.starts_on, "ends_on": november.ends_on, "billed_on": november.ends_on}
    more: dict[str, Any] = {**given, **days, "commitment": subcontract, "period": november}
    Invoice.objects.bulk_create(
        Invoice(**more, erp=item, sequence=number, number=item.label)
        for item, number in zip(items, numbers, strict=True)
    )
    hundred = {"total": Decimal("100.00")}
    Link.objects.bulk_create(
        Link(**given, **hundred, item=item, entity="Bill", remote_id=str(number), sync_token="0")
        for item, number in zip(items, numbers, strict=True)
    )
    bill = {**given, **hundred, "gross": Decimal("100.00"), "balance": Decimal("0.00"), "seen_at": now}
    LedgerBill.objects.bulk_create(LedgerBill(**bill, remote_id=str(number), sync_token="0") for number in numbers)
    check = {**given, **hundred, "day": november.ends_on, "seen_at": now}
    LedgerBillPayment.objects.bulk_create(
        LedgerBillPayment(**check, remote_id=str(number), lines=[["Bill", str(number), "100.00"]]) for number in numbers
    )


def peak_of_settling(books: Connection) -> int:
    """The most bytes that Python held for it; the least of three, for what else the process does meanwhile counts."""
    return min(_peak_of_settling(books) for _ in range(3))


def _peak_of_settling(books: Connection) -> int:
    tracemalloc.start()
    try:
        payments.settle(books)
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


def test_what_is_held_at_once_does_not_grow_with_the_books(
    books: Connection, max_pm: Membership, subcontract: Commitment, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(payments, "AT_ONCE", 50)
    lay(max_pm, subcontract, range(1, 101))
    payments.settle(books)
    few = peak_of_settling(books)
    lay(max_pm, subcontract, range(101, 601))
    payments.settle(books)
    assert peak_of_settling(books) < 1.3 * few
    assert (BillStanding.objects.count(), Payment.objects.count()) == (600, 600)


def test_bills_and_payments_in_several_portions_come_to_the_same(
    books: Connection, max_pm: Membership, subcontract: Commitment, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(payments, "AT_ONCE", 2)
    lay(max_pm, subcontract, range(1, 6))
    LedgerBillPayment.objects.filter(remote_id="1").update(lines=[["Bill", "1", "40.00"], ["Bill", "5", "60.00"]])
    assert payments.settle(books) == 6
    assert payments.settle(books) == 0
    paid = Payment.objects.order_by("invoice", "payment_id").values_list("invoice__number", "amount")
    assert [(number, str(amount)) for number, amount in paid] == [
        ("I-1", "40.00"),
        ("I-2", "100.00"),
        ("I-3", "100.00"),
        ("I-4", "100.00"),
        ("I-5", "60.00"),
        ("I-5", "100.00"),
    ]


def test_of_a_bill_that_changed_or_is_no_more_only_that_is_written(
    books: Connection, max_pm: Membership, subcontract: Commitment, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(payments, "AT_ONCE", 2)
    lay(max_pm, subcontract, range(1, 6))
    payments.settle(books)
    before = dict(BillStanding.objects.values_list("invoice__number", "read_at"))
    LedgerBill.objects.filter(remote_id="3").update(balance=Decimal("70.00"))
    LedgerBill.objects.filter(remote_id="4").update(state="deleted")
    Link.objects.filter(remote_id="5").delete()
    payments.settle(books)
    after = {one.invoice.number: one for one in BillStanding.objects.select_related("invoice")}
    assert set(after) == {"I-1", "I-2", "I-3"}
    assert [number for number, one in after.items() if one.read_at != before[number]] == ["I-3"]
    assert after["I-3"].balance == Decimal("70.00")
