"""When payment is due if the company says nothing else: by the terms that the ledger has of the vendor.

The bridge registers where they stand at start; without a ledger nothing is proposed.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta

from commitments.models import Commitment
from invoices.models import Invoice
from procore_sync.acceptance.models import ErpItem

#: How many days after its date a bill of this vendor is due, or None where the ledger does not say.
DaysToPay = Callable[[ErpItem], int | None]

_registered: list[DaysToPay] = []


def set_days_to_pay(days_to_pay: DaysToPay) -> None:
    """Register the ledger's terms; the last one registered serves."""
    _registered[:] = [days_to_pay]


def due_of(invoice: Invoice) -> date | None:
    """When payment of an invoice is due: as it says, else by the vendor's terms; never of a vendor credit."""
    return invoice.due_on or (None if invoice.as_credit else due_by_terms(invoice.commitment, invoice.billed_on))


def due_by_terms(commitment: Commitment, billed_on: date) -> date | None:
    """When payment of what the vendor bills on this day is due by its terms, or None if they are not known."""
    if commitment.vendor is None or not _registered:
        return None
    days = _registered[0](commitment.vendor.erp)
    if days is None or days > (date.max - billed_on).days:
        return None
    return billed_on + timedelta(days=days)
