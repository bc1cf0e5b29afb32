"""Orders, estimates, bills and vendor credits of QuickBooks as rows to match. Pure: a document in, a row out."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Any, NamedTuple

from django.db.models import QuerySet

from quickbooks_bridge.exporters.bills import is_voided
from quickbooks_bridge.exporters.figures import net_total
from quickbooks_bridge.ledger_bills import matching_number
from quickbooks_bridge.models import BillState
from quickbooks_bridge.onboarding.models import OpeningDocument
from quickbooks_bridge.outcomes import plain

ORDER, ESTIMATE, BILL, CREDIT = "PurchaseOrder", "Estimate", "Bill", "VendorCredit"
#: In the order in which they are matched: what a bill bills is matched before it.
ENTITIES = (ORDER, ESTIMATE, BILL, CREDIT)


class Typed(NamedTuple):
    """As much of a document as the matching looks at, which may be tens of thousands at once."""

    pk: int
    entity: str
    remote_id: str
    number: str
    matching: str
    party_id: str
    party: str
    day: date | None
    total: Decimal
    job_ids: list[str]
    is_open: bool
    sync_token: str


#: What is matched: a document as it is kept, or as much of it as that takes.
Row = OpeningDocument | Typed


def typed_of(rows: QuerySet[OpeningDocument]) -> list[Typed]:
    """`rows` in their order, without what the matching does not look at."""
    return [Typed(*one) for one in rows.values_list(*Typed._fields)]


def opening_row(company_id: int, entity: str, document: Mapping[str, Any]) -> OpeningDocument:
    """The row of a document; not saved, and without what people decided about it."""
    held = plain(document)
    number = str(document.get("DocNumber") or "")
    party = document.get("VendorRef") or document.get("CustomerRef") or {}
    total = net_total(held)
    day = str(document.get("TxnDate") or "")[:10]
    return OpeningDocument(
        company_id=company_id,
        entity=entity,
        remote_id=str(document["Id"]),
        state=BillState.VOIDED if is_voided(held) else BillState.STANDING,
        is_open=_is_open(entity, held),
        number=number[:64],
        matching=matching_number(number),
        party_id=str(party.get("value") or ""),
        party=str(party.get("name") or "")[:500],
        day=date.fromisoformat(day) if day else None,
        total=-total if entity == CREDIT else total,
        job_ids=_jobs(entity, held),
        document=held,
        sync_token=str(document.get("SyncToken", ""))[:16],
    )


def _is_open(entity: str, document: Mapping[str, Any]) -> bool:
    if entity == ORDER:
        return document.get("POStatus") != "Closed"
    if entity == ESTIMATE:
        return document.get("TxnStatus") not in ("Closed", "Rejected")
    return True


def _jobs(entity: str, document: Mapping[str, Any]) -> list[str]:
    if entity == ESTIMATE:
        return [key] if (key := _id(document, "CustomerRef")) else []
    details = (line.get(str(line.get("DetailType") or "")) or {} for line in document.get("Line") or [])
    return sorted({job for one in details if (job := _id(one, "CustomerRef"))})


def _id(holder: Mapping[str, Any], name: str) -> str:
    return str((holder.get(name) or {}).get("value") or "")
