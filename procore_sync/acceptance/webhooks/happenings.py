"""What an endpoint can be told of, and how a row of the journal becomes a message (CloudEvents 1.0)."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from django.conf import settings
from django.urls import reverse

from procore_sync.acceptance.models import ErpItem, Event
from procore_sync.acceptance.standings import DRIFTED, RESTORED, STANDING
from procore_sync.acceptance.states import Action
from procore_sync.acceptance.webhooks.words import PING, Happening
from procore_sync.accounts.models import Company
from procore_sync.kit.canonical import canonical

_OF_ACTION = {
    Action.SEND: Happening.SENT,
    Action.RETRIEVE: Happening.RETRIEVED,
    Action.ACCEPT_FIRST: Happening.ACCEPTED_FIRST,
    Action.ACCEPT: Happening.ACCEPTED,
    Action.UNDO: Happening.TAKEN_BACK,
    Action.REJECT: Happening.REJECTED,
    Action.CONFIRM: Happening.SYNCED,
    Action.FAIL: Happening.FAILED,
    Action.RETRY: Happening.RETRIED,
    Action.LINK: Happening.LINKED,
    Action.UNLINK: Happening.UNLINKED,
    Action.REMARK: Happening.REMARKED,
    Action.COMMENT: Happening.COMMENTED,
}
_OF_STANDING = {DRIFTED: Happening.DRIFTED, RESTORED: Happening.RESTORED}


def happening_of(event: Event) -> Happening:
    """What the row of the journal tells."""
    standing = event.detail.get(STANDING) if event.action == Action.REMARK else None
    return _OF_STANDING.get(str(standing)) or _OF_ACTION[Action(event.action)]


def body_of(event: Event) -> str:
    """The message of a row of the journal, as it is sent each time. No amount, no person, no words of a comment.

    The record is called as it is now; where it stood and stands is the row's.
    """
    item, company = event.item, event.company
    told = {
        "company": _company(company),
        "kind": item.kind,
        "record": _record(item) | {"url": _url("api:item-detail", item), "page": _url("acceptance:review", item)},
        "project": _record(item.project) if item.project else None,
        "from_status": str(event.from_status),
        "status": str(event.to_status),
    }
    envelope = _envelope(f"{company.key}-{event.sequence}", happening_of(event), event.at, company)
    # The ordering of CloudEvents' extension "sequence": a text that sorts as the numbers do.
    numbered = {"sequence": f"{event.sequence:020d}", "subject": f"items/{item.pk}"}
    return canonical(envelope | numbered | {"data": told})


def ping_of(company: Company, key: str, at: datetime) -> str:
    """A message that says nothing but that it came."""
    return canonical(_envelope(key, PING, at, company) | {"data": {"company": _company(company)}})


def _envelope(number: str, what: str, at: datetime, company: Company) -> dict[str, Any]:
    return {
        "specversion": "1.0",
        "id": number,
        "source": f"{settings.PUBLIC_URL}/companies/{company.key}",
        "type": f"console.{PING}" if what == PING else f"console.record.{what}",
        "time": at.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z"),
        "datacontenttype": "application/json",
    }


def _company(company: Company) -> dict[str, Any]:
    return {"id": company.pk, "key": company.key}


def _record(item: ErpItem) -> dict[str, Any]:
    return {"item": item.pk, "label": item.label}


def _url(name: str, item: ErpItem) -> str:
    return f"{settings.PUBLIC_URL}{reverse(name, args=[item.pk])}"
