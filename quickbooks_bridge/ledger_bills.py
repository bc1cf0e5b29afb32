"""The mirror of QuickBooks' bills and vendor credits: what checks and tie-outs ask of it."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal

from django.db.models import Q, QuerySet

from quickbooks_bridge.models import BillState, Health, LedgerBill, Link

_NEAR = timedelta(days=45)
#: Invoices whose bill does not stand in QuickBooks any more.
GONE = Q(erp__ledger_link__health__in=(Health.MISSING, Health.VOIDED))


def matching_number(number: str) -> str:
    """A bill's number as people mean it: without case, spaces, signs and leading zeros; "" if none is left."""
    told = "".join(one for one in number.casefold() if one.isalnum())[:64]
    return told.lstrip("0") or told


def bills_of(company_id: int) -> QuerySet[LedgerBill]:
    """The bills and vendor credits of a company that stand in QuickBooks, as last read."""
    return LedgerBill.objects.filter(company_id=company_id, state=BillState.STANDING)


def twins_of(
    company_id: int, vendor_remote_id: str, number: str, total: Decimal, *, except_id: str = ""
) -> list[LedgerBill]:
    """The bills of this vendor that have this number as people mean it, those of the same amount before tax first.

    Also those that a person typed in QuickBooks. `except_id` is the bill that is asked about, if it stands there.
    """
    key = matching_number(number)
    if not key:
        return []
    rows = bills_of(company_id).filter(entity="Bill", vendor_id=vendor_remote_id, matching=key)
    found = rows.exclude(remote_id=except_id).order_by("-day", "pk")
    return sorted(found, key=lambda row: row.total - row.tax != total)


def days_near(day: date) -> tuple[date, date]:
    """The first and last day on which a bill of the same vendor and amount may be the one of `day`, typed anew."""
    return day - _NEAR, day + _NEAR


def typed_alike(company_id: int, vendor_remote_id: str, number: str, total: Decimal, day: date) -> list[LedgerBill]:
    """The bills that somebody typed for this vendor over this amount before tax under another number, dated near `day`.

    The newest first. What is linked is ours: that a contract bills the same amount each month is no double.
    """
    ours = Link.objects.filter(company_id=company_id, entity="Bill").values("remote_id")
    rows = bills_of(company_id).filter(entity="Bill", vendor_id=vendor_remote_id, day__range=days_near(day))
    key = matching_number(number)
    found = rows.exclude(remote_id__in=ours).order_by("-day", "pk")
    return [row for row in found if row.total - row.tax == total and (not key or row.matching != key)]
