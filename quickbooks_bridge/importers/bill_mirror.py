"""The mirror of QuickBooks' bills, vendor credits and bill payments, and the one way into it.

Two readers keep it: the reading of payments and the sweep of changes. They take turns a company and kind of document.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import datetime
from decimal import Decimal
from typing import Any, Final, TypeVar

from django.db.models import QuerySet

from procore_sync.kit.clock import database_time
from quickbooks_bridge.importers.payment_documents import bill_row, payment_row
from quickbooks_bridge.importers.reading import Document
from quickbooks_bridge.models import BillState, LedgerBill, LedgerBillPayment, PaymentCursor, Thing
from quickbooks_bridge.models import Mapping as Named
from quickbooks_bridge.reconciling.rows import LedgerOrder

BILLS: Final = ("Bill", "VendorCredit")
ENTITIES: Final = (*BILLS, "BillPayment")
_BATCH: Final = 500
Row = TypeVar("Row", LedgerBill, LedgerBillPayment, LedgerOrder)


def retainage_items(company_id: int) -> frozenset[str]:
    """The ids of the items that are the company's Retainage item."""
    chosen = Named.objects.filter(company_id=company_id, thing=Thing.RETAINAGE_ITEM)
    return frozenset(chosen.values_list("remote_id", flat=True))


def rows_of(company_id: int, entity: str, documents: Iterable[Document], retainage: Collection[str]) -> list[Any]:
    """Rows of the mirror for documents as QuickBooks told them; not saved."""
    if entity == "BillPayment":
        return [payment_row(company_id, one) for one in documents]
    return [bill_row(company_id, entity, one, retainage) for one in documents]


def store(company_id: int, entity: str, rows: Collection[Any], deleted: Collection[str]) -> None:
    """Let the mirror hold these rows, and that others were deleted; inside the transaction of whoever read them.

    One writer of a company's documents of a kind at a time, so that an older state never comes after a newer one.
    """
    if not rows and not deleted:
        return
    PaymentCursor.objects.get_or_create(company_id=company_id, entity=entity)
    PaymentCursor.objects.select_for_update().get(company_id=company_id, entity=entity)
    now, held = database_time(), _held(company_id, entity)
    keep(held, rows, now)
    keep(held, [_gone(company_id, entity, remote_id) for remote_id in deleted], now)


def retire(company_id: int, entity: str, before: datetime) -> None:
    """What a whole reading that began then did not find was deleted."""
    _held(company_id, entity).filter(seen_at__lt=before).update(state=BillState.DELETED)


def _held(company_id: int, entity: str) -> QuerySet[Any]:
    if entity == "BillPayment":
        return LedgerBillPayment.objects.filter(company_id=company_id)
    return LedgerBill.objects.filter(company_id=company_id, entity=entity)


def _gone(company_id: int, entity: str, remote_id: str) -> LedgerBill | LedgerBillPayment:
    """A row that says that it was deleted, also of what was never seen, so that no older state comes after it."""
    if entity == "BillPayment":
        return LedgerBillPayment(company_id=company_id, remote_id=remote_id, state=BillState.DELETED)
    nothing = dict.fromkeys(("total", "gross", "balance"), Decimal("0.00"))
    row = LedgerBill(company_id=company_id, entity=entity, remote_id=remote_id, **nothing)
    row.state = BillState.DELETED
    return row


def keep(held: QuerySet[Row], rows: Iterable[Row], seen_at: datetime) -> None:
    """Let the mirror hold these rows, but for those of which it knows a later state, or that they were deleted.

    A deletion leaves of a row what it said last. When a row was seen never goes back: by the clock of a host that is
    behind it would seem to be missing in a whole reading that another host has begun.
    """
    given = {row.remote_id: row for row in rows}
    known = {row.remote_id: row for row in held.filter(remote_id__in=list(given))}
    seen = {remote_id: row.seen_at for remote_id, row in known.items()}
    kept = [_kept(row, known.get(remote_id)) for remote_id, row in given.items()]
    for row in kept:
        before = seen.get(row.remote_id, seen_at)
        row.pk, row.seen_at = None, max(seen_at, before)
    names = [one.name for one in held.model._meta.concrete_fields if one.name != "id"]
    key = [name for name in names if name in ("company", "entity", "remote_id")]
    held.model._default_manager.bulk_create(
        kept,
        batch_size=_BATCH,
        update_conflicts=True,
        unique_fields=key,
        update_fields=[name for name in names if name not in key],
    )


def _kept(row: Row, known: Row | None) -> Row:
    if known is None:
        return row
    if row.state == BillState.DELETED:
        known.state = row.state
        return known
    return known if _is_later(known, row) else row


def _is_later(known: Row, row: Row) -> bool:
    return known.state == BillState.DELETED or token_of(known.sync_token) > token_of(row.sync_token)


def token_of(sync_token: str) -> int:
    """A SyncToken as the number that it counts; below all others if it is none."""
    return int(sync_token) if sync_token.isdecimal() else -1
