"""Who learns of what was read: the drift watch first, then the mirrors of names, bills and payments.

One place for whatever the sweep hears, however it heard of it. Nothing here asks QuickBooks. The mirrors are written in
the transaction that also says how far was read, the drift watch is told right before it.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Exists, OuterRef
from django.db.models.functions import Now

from invoices.models import Invoice
from procore_sync.accounts.models import Company
from quickbooks_bridge import drift, replacements
from quickbooks_bridge.client.api import CDC_UNKNOWN
from quickbooks_bridge.drift.comparing import CLOSED
from quickbooks_bridge.exporters.bills import ORDER
from quickbooks_bridge.importers import bill_mirror, names
from quickbooks_bridge.importers.reading import Document
from quickbooks_bridge.models import Connection, Cursor, LedgerBill, Link, PaymentCursor
from quickbooks_bridge.names import lists_of
from quickbooks_bridge.payment_schedules import schedule_of
from quickbooks_bridge.watching import deliveries

#: How far our clock and QuickBooks' may be apart, at the very most.
_CLOCKS = timedelta(hours=1)
#: What we send that is a document of its own and not a name.
_DOCUMENTS = ("Estimate", "PurchaseOrder", "Bill", "VendorCredit")
#: Of these only those that we sent concern anybody here.
ONLY_OURS = ("Estimate", "PurchaseOrder")


def watched(row: Connection) -> tuple[str, ...]:
    """What is looked at of a company: the names, the kinds of documents with links, and what pays its bills.

    Bills come in the order in which the reading of payments has them, for both lock them.
    """
    found = [one for one in lists_of(row) if one not in CDC_UNKNOWN]
    linked = set(Link.objects.filter(company_id=row.company_id).values_list("entity", flat=True).distinct())
    paid = bill_mirror.ENTITIES if takes_payments(row) else ()
    return (*found, *(one for one in (*_DOCUMENTS, "BillPayment") if one in linked or one in paid))


def takes_payments(row: Connection) -> bool:
    """Whether the company's invoices learn what was paid of them."""
    invoiced = Exists(Invoice.objects.filter(company=OuterRef("pk")))
    company = Company.objects.filter(invoiced, pk=row.company_id).first()
    return company is not None and schedule_of(company).is_on


def announce(
    row: Connection, entity: str, documents: Sequence[Document], deleted: Sequence[str], *, heard_by: str
) -> None:
    """Let the drift watch learn of these documents, and of those that are gone.

    Outside any transaction: it locks the links that it compares. Told twice it finds nothing new.
    """
    if entity == ORDER:
        replacements.note_standing(row.company_id, documents)
    if documents:
        drift.examine(row, entity, documents, heard_by=heard_by, into=_merged_among(row, entity, documents))
    if deleted:
        into = deliveries.merged_into(row.company_id, entity, deleted)
        drift.gone(row, entity, deleted, heard_by=heard_by, into=into)


def _merged_among(row: Connection, entity: str, documents: Sequence[Document]) -> dict[str, str]:
    """Those of these names that are inactive because they were merged, each with the one that it went into."""
    put_away = [str(one["Id"]) for one in documents if one.get("Active") is False]
    return deliveries.merged_into(row.company_id, entity, put_away) if put_away else {}


def hand_on(
    row: Connection, entity: str, documents: Sequence[Document], rows: Sequence[Any], deleted: Sequence[str]
) -> frozenset[str]:
    """Let the mirrors hold these documents, and that others are gone. `rows` are those of the mirror of bills.

    Returns which kinds of bills have to be read whole: they name what is gone, and no change tells of it.
    """
    if entity in bill_mirror.ENTITIES:
        bill_mirror.store(row.company_id, entity, rows, deleted)
    elif entity not in _DOCUMENTS:
        return names.absorb(row.company_id, entity, documents, deleted, _merged_among(row, entity, documents))
    return frozenset()


def _bills_of(order: Document) -> list[str]:
    links = order.get("LinkedTxn") or []
    return [str(one.get("TxnId", "")) for one in links if one.get("TxnType") == "Bill"]


def closed_by_unknown_bills(company_id: int, orders: Sequence[Document]) -> set[str]:
    """Those of these purchase orders that are closed and name a bill that the mirror does not hold yet."""
    named = {str(one["Id"]): set(_bills_of(one)) for one in orders if one.get("POStatus") == CLOSED}
    ids = {bill for bills in named.values() for bill in bills}
    known = LedgerBill.objects.filter(company_id=company_id, entity="Bill", remote_id__in=ids) if ids else ()
    held = {bill.remote_id for bill in known}
    return {order for order, bills in named.items() if bills - held}


def retire(row: Connection, entity: str, before: datetime) -> frozenset[str]:
    """What a whole reading that began then did not find is gone from the mirrors. Returns as `hand_on`."""
    if entity in bill_mirror.ENTITIES:
        bill_mirror.retire(row.company_id, entity, before)
    elif entity not in _DOCUMENTS:
        return names.retire(row.company_id, entity, before)
    return frozenset()


def known_since(row: Connection, entity: str) -> datetime | None:
    """Up to when another reading knows the mirror that the sweep would have to read whole; None if none does."""
    if entity in bill_mirror.ENTITIES:
        read = PaymentCursor.objects.filter(company_id=row.company_id, entity=entity, position=0).first()
        return read.changed_since if read else None
    listed = Cursor.objects.filter(company_id=row.company_id, entity=entity, changed_since__isnull=False).first()
    return listed.full_at - _CLOCKS if listed and listed.full_at else None


def tell_readings(row: Connection, entity: str, at: datetime | None, whole_at: datetime | None) -> None:
    """Let the other readings of the same go on from here: the mirror is up to date until `at`.

    `whole_at` is when the list was read whole, if it was. A reading that has to begin anew is left to do so.
    """
    if entity in bill_mirror.ENTITIES:
        if whole_at:
            PaymentCursor.objects.get_or_create(company_id=row.company_id, entity=entity)
        cursors = PaymentCursor.objects.filter(company_id=row.company_id, entity=entity, position=0)
        begun = cursors if whole_at else cursors.filter(changed_since__isnull=False)
        begun.update(changed_since=at, **({"whole_at": whole_at} if whole_at else {}))
    elif entity not in _DOCUMENTS:
        listed = Cursor.objects.filter(company_id=row.company_id, entity=entity)
        listed.update(last_run_at=Now(), error="", **({"full_at": whole_at} if whole_at else {}))
