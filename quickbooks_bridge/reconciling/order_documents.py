"""Purchase orders and estimates of QuickBooks as rows of their mirror. Pure: a document in, a row out."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from quickbooks_bridge.exporters.figures import net_total
from quickbooks_bridge.models import BillState
from quickbooks_bridge.reconciling.rows import LedgerOrder

_DETAILS = ("ItemBasedExpenseLineDetail", "AccountBasedExpenseLineDetail")


def order_row(company_id: int, entity: str, document: Mapping[str, Any]) -> LedgerOrder:
    """An order with the jobs of its lines; an estimate with its own."""
    party = _id(document.get("VendorRef" if entity == "PurchaseOrder" else "CustomerRef"))
    jobs = {party} if entity == "Estimate" else {_job_of(line) for line in document.get("Line") or []}
    return LedgerOrder(
        company_id=company_id,
        entity=entity,
        remote_id=str(document["Id"]),
        state=BillState.STANDING,
        party_id=party,
        job_ids=sorted(jobs - {""}),
        number=str(document.get("DocNumber") or "")[:64],
        day=_day(document.get("TxnDate")),
        total=net_total(dict(document)),
        is_closed="Closed" in (document.get("POStatus"), document.get("TxnStatus")),
        sync_token=str(document.get("SyncToken", ""))[:16],
        changed_at=_moment((document.get("MetaData") or {}).get("LastUpdatedTime")),
    )


def _job_of(line: Mapping[str, Any]) -> str:
    detail: Mapping[str, Any] = next((line[name] for name in _DETAILS if name in line), {})
    return _id(detail.get("CustomerRef"))


def _id(ref: object) -> str:
    return str(ref.get("value") or "") if isinstance(ref, Mapping) else ""


def _day(text: object) -> date | None:
    try:
        return date.fromisoformat(str(text))
    except ValueError:
        return None


def _moment(text: object) -> datetime | None:
    try:
        found = datetime.fromisoformat(str(text))
    except ValueError:
        return None
    return found if found.tzinfo else None
