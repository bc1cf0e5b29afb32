"""What an app may hear of: a change of one record, and the two shapes in which Intuit tells of it."""

import base64
import hashlib
import hmac
import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

CLOUD_EVENTS, LEGACY = "cloudevents", "legacy"
FORMATS = (CLOUD_EVENTS, LEGACY)
_LIST = frozenset({"Create", "Update", "Delete", "Merge"})
_PAPER = frozenset({"Create", "Update", "Delete"})
_VOIDED = _PAPER | {"Void"}
#: What webhooks tell of, by entity: the table of Intuit's "Configure webhooks", without what is not here at all.
COVERED: dict[str, frozenset[str]] = {
    "Account": _LIST,
    "Bill": _PAPER,
    "BillPayment": _VOIDED,
    "Class": _LIST,
    "Customer": _LIST,
    "Department": frozenset({"Create", "Update", "Merge"}),
    "Employee": _LIST,
    "Estimate": _PAPER,
    "Item": _LIST,
    "JournalEntry": _PAPER,
    "Preferences": frozenset({"Update"}),
    "Purchase": _VOIDED,
    "PurchaseOrder": _PAPER,
    "Term": frozenset({"Create", "Update"}),
    "TimeActivity": _PAPER,
    "Vendor": _LIST,
    "VendorCredit": _PAPER,
}
_PAST = {"Create": "created", "Update": "updated", "Delete": "deleted", "Merge": "merged", "Void": "voided"}


@dataclass(frozen=True)
class Event:
    """A change of one record. `at` is in seconds; `gone` is the id of the record that a merge made vanish."""

    id: str
    realm: str
    entity: str
    key: str
    operation: str
    at: float
    gone: str = ""

    @property
    def said(self) -> str:
        """In a few words, for a person."""
        return f"{self.entity} {self.key} {self.operation}" + (f" of {self.gone}" if self.gone else "")


def is_covered(entity: str, operation: str) -> bool:
    """Whether webhooks tell of this at all."""
    return operation in COVERED.get(entity, ())


def written(events: Iterable[Event], form: str, app: str) -> str:
    """The body of a post: a JSON array of CloudEvents 1.0, or the older object of notifications by company."""
    told = _legacy(events) if form == LEGACY else [_cloud_event(event, app) for event in events]
    return json.dumps(told, separators=(",", ":"))


def signature(token: str, body: bytes) -> str:
    """What the header intuit-signature says: base64 of HMAC-SHA256 over the body as it is sent."""
    return base64.b64encode(hmac.new(token.encode(), body, hashlib.sha256).digest()).decode()


def _cloud_event(event: Event, app: str) -> dict[str, Any]:
    told: dict[str, Any] = {
        "specversion": "1.0",
        "id": event.id,
        "source": "intuit." + base64.b64encode(hashlib.sha256(app.encode()).digest()).decode(),
        "type": f"qbo.{event.entity.lower()}.{_PAST[event.operation]}.v1",
        "datacontenttype": "application/json",
        "time": _time(event.at),
        "intuitentityid": event.key,
        "intuitaccountid": event.realm,
    }
    if event.gone:
        told["data"] = {"deletedid": event.gone}
    return told


def _legacy(events: Iterable[Event]) -> dict[str, Any]:
    by_realm: dict[str, list[dict[str, str]]] = {}
    for event in events:
        told = {
            "name": event.entity,
            "id": event.key,
            "operation": event.operation,
            "lastUpdated": _time(event.at),
        }
        if event.gone:
            told["deletedId"] = event.gone
        by_realm.setdefault(event.realm, []).append(told)
    return {
        "eventNotifications": [
            {"realmId": realm, "dataChangeEvent": {"entities": entities}} for realm, entities in by_realm.items()
        ]
    }


def _time(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
