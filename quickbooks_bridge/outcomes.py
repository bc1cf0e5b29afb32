"""From what the client says to what the engine acts on."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

from django.urls import reverse

from procore_sync.acceptance.courier import Outcome
from procore_sync.acceptance.states import OutcomeKind
from procore_sync.accounts.curing import EDITORS
from procore_sync.kit.canonical import canonical
from procore_sync.kit.text import before_stop
from quickbooks_bridge.client.faults import Cure, Fault, FaultKind
from quickbooks_bridge.client.transport import LIMITER_CODE
from quickbooks_bridge.client.wire import Answer
from quickbooks_bridge.stops import STOPS, Stop

_KINDS = {
    FaultKind.THROTTLED: OutcomeKind.THROTTLED,
    FaultKind.NOT_SENT: OutcomeKind.NOT_SENT,
    FaultKind.UNKNOWN: OutcomeKind.UNKNOWN,
    FaultKind.REFUSED: OutcomeKind.REFUSED,
    FaultKind.DUPLICATE: OutcomeKind.REFUSED,
    FaultKind.MISSING: OutcomeKind.REFUSED,
    FaultKind.STALE: OutcomeKind.NOT_SENT,
    FaultKind.DISCONNECTED: OutcomeKind.DISCONNECTED,
    FaultKind.FORBIDDEN: OutcomeKind.DISCONNECTED,
}
#: Who cures it, in the words of the pages; nobody has to where the machine does.
WHO = {
    Cure.APPROVER: "approver",
    Cure.PROJECT_MANAGER: EDITORS,
    Cure.ADMINISTRATOR: "administrator",
    Cure.MACHINE: "",
}
#: Where codes are cured that the connection's page does not cure.
WHERE = {"2500": "quickbooks_bridge:mappings", "5020": "quickbooks_bridge:editions"}
#: How long a company is left alone whose plan or rights do not allow the call; nothing but a person changes that.
_FORBIDDEN_SECONDS = 900.0


def plain(document: Any) -> Any:
    """`document` fit for a JSON column; amounts as text."""
    return json.loads(canonical(document))


def of_fault(fault: Fault) -> Outcome:
    """The engine's outcome of a failed call."""
    return Outcome(
        kind=_kind(fault),
        sentence=fault.sentence,
        http_status=fault.status,
        fault_code=(fault.code or fault.name or fault.kind)[:20],
        intuit_tid=fault.intuit_tid[:80],
        elapsed_ms=fault.elapsed_ms,
        answered=_said(fault),
        retry_after=_FORBIDDEN_SECONDS if fault.kind is FaultKind.FORBIDDEN else fault.retry_after,
        who=WHO[fault.cure],
        where=_where(fault),
    )


def _where(fault: Fault) -> str:
    place = WHERE.get(fault.code)
    if place is None and fault.cure is Cure.ADMINISTRATOR:
        place = "quickbooks_bridge:connection"
    return reverse(place) if place else ""


def _kind(fault: Fault) -> OutcomeKind:
    if fault.code == LIMITER_CODE and fault.retry_after is not None:
        return OutcomeKind.THROTTLED
    if fault.kind is FaultKind.UNKNOWN and not fault.writes:
        return OutcomeKind.NOT_SENT
    return _KINDS[fault.kind]


def _said(fault: Fault) -> dict[str, Any]:
    errors = [
        {"code": one.code, "message": one.message, "detail": one.detail, "element": one.element} for one in fault.errors
    ]
    return {"errors": errors} if errors else ({"body": fault.body} if fault.body else {})


def done(entity: str, answer: Answer, remote: dict[str, Any], differences: list[Any]) -> Outcome:
    """The document stands in QuickBooks; verified if nothing differs from what was accepted."""
    sentence = f"QuickBooks holds it as {entity} {remote['Id']}, as it was accepted."
    if differences:
        told = before_stop("; ".join(str(one) for one in differences))
        sentence = (
            f"QuickBooks holds it as {entity} {remote['Id']}, but not as it was accepted: {told}. Look at it in "
            "QuickBooks, then try again to send it once more."
        )
    return Outcome(
        kind=OutcomeKind.DONE,
        sentence=sentence,
        http_status=answer.status,
        intuit_tid=answer.intuit_tid[:80],
        elapsed_ms=answer.elapsed_ms,
        answered={"document": plain(remote)},
        entity=entity,
        remote_id=str(remote["Id"]),
        sync_token=str(remote.get("SyncToken", "")),
        verified=not differences,
        who=STOPS[Stop.NOT_EQUAL].who if differences else "",
        fault_code=Stop.NOT_EQUAL if differences else "",
    )


def refused(stop: Stop, sentence: str = "", *, where: str = "", after: Outcome | None = None) -> Outcome:
    """QuickBooks, or what it holds, stands against this document; what `after` tells of the call is kept.

    Its code is QuickBooks' own if it gave one, else the stop; who cures it is the stop's.
    """
    general = STOPS[stop]
    told = after or Outcome(OutcomeKind.REFUSED, sentence)
    return replace(
        told,
        kind=OutcomeKind.REFUSED,
        sentence=sentence or f"{general.sentence} {general.cure}",
        who=general.who,
        where=where,
        fault_code=told.fault_code or stop,
    )
