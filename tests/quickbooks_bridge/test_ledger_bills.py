"""Bills of QuickBooks that may be the same as one of ours."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest
from django.utils import timezone

from procore_sync.accounts.models import Company
from quickbooks_bridge.ledger_bills import matching_number, twins_of, typed_alike
from quickbooks_bridge.models import BillState, LedgerBill


@pytest.mark.parametrize(
    ("typed", "meant"),
    [("INV-007", "inv007"), (" inv 007", "inv007"), ("#0012", "12"), ("000", "000"), ("--", ""), ("Ä1", "ä1")],
)
def test_a_number_is_known_however_it_is_typed(typed: str, meant: str) -> None:
    assert matching_number(typed) == meant


def ledger_bill(company: Company, remote_id: str, **details: str) -> LedgerBill:
    given = {"vendor_id": "56", "number": "SC-1/3", "total": "90.00", "state": "", "entity": "Bill", **details}
    amount = Decimal(given.pop("total"))
    return LedgerBill.objects.create(
        company=company,
        remote_id=remote_id,
        matching=matching_number(given["number"]),
        total=amount,
        gross=amount,
        balance=amount,
        seen_at=timezone.now(),
        **given,
    )


def test_twins_are_of_the_same_vendor_and_number_and_stand_in_quickbooks(
    company: Company, other_company: Company
) -> None:
    typed = ledger_bill(company, "1", number="sc 1-3", total="80.00")
    same = ledger_bill(company, "2")
    ledger_bill(company, "3", vendor_id="57")
    ledger_bill(company, "4", number="SC-1/4")
    ledger_bill(company, "5", state=BillState.DELETED)
    ledger_bill(company, "6", entity="VendorCredit")
    ledger_bill(other_company, "7")
    assert twins_of(company.pk, "56", "SC-1/3", Decimal("90.00")) == [same, typed]
    assert twins_of(company.pk, "56", "SC-1/3", Decimal("90.00"), except_id="2") == [typed]
    assert twins_of(company.pk, "56", "--", Decimal("90.00")) == []


def test_the_first_of_the_twins_are_of_the_same_amount_before_tax(company: Company) -> None:
    newer = [ledger_bill(company, str(at), total="90.01", day=f"2026-10-0{at}") for at in (4, 3, 2)]
    taxed = ledger_bill(company, "1", total="101.70", tax="11.70", day="2026-10-01")
    assert twins_of(company.pk, "56", "SC-1/3", Decimal("90.00")) == [taxed, *newer]


def test_typed_alike_is_another_number_of_the_same_vendor_and_amount_before_tax_within_45_days(
    company: Company, other_company: Company
) -> None:
    first, last = (
        ledger_bill(company, key, number=key, day=day) for key, day in (("1", "2026-09-16"), ("2", "2026-12-15"))
    )
    taxed = ledger_bill(company, "3", number="", total="101.70", tax="11.70", day="2026-10-31")
    wrong: list[dict[str, str]] = [
        {"day": "2026-09-15"},
        {"day": "2026-12-16"},
        {"total": "90.01"},
        {"vendor_id": "57"},
        {"number": "sc 1-3"},
        {"state": BillState.VOIDED},
        {"entity": "VendorCredit"},
    ]
    for at, more in enumerate(wrong, 10):
        ledger_bill(company, str(at), **{"number": str(at), "day": "2026-10-31", **more})
    ledger_bill(other_company, "4", number="4", day="2026-10-31")
    found = typed_alike(company.pk, "56", "SC-1/3", Decimal("90.00"), date(2026, 10, 31))
    assert [row.pk for row in found] == [last.pk, taxed.pk, first.pk]
