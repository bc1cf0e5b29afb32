"""What stands in a webhook's body, in either format. Pure: bytes in, events out.

CloudEvents came in place of Intuit's own format in July 2026; both are read. A signed body that cannot be read is no
error of the sender's that sending it again would cure, so it gives no events and no exception.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any, Final

from quickbooks_bridge.client.api import ENTITIES
from quickbooks_bridge.watch_models import Shape

#: A CloudEvents type names the entity in small letters.
_PROPER: Final = {name.casefold(): name for name in ENTITIES}
_VERBS: Final = {
    "created": "create",
    "updated": "update",
    "deleted": "delete",
    "merged": "merge",
    "voided": "void",
}
_NAME: Final = re.compile(r"[A-Za-z0-9]{1,40}")
_ID: Final = re.compile(r"[0-9]{1,40}")
#: What a database takes: no NUL, and no half of a character.
_TEXT: Final = re.compile(r"[^\x00\ud800-\udfff]*")
_REALM: Final = re.compile(r"[0-9]{1,32}")


@dataclass(frozen=True)
class Event:
    """Something that happened to one record of one QuickBooks company; `happened_at` is None if it does not say.

    `into_id` is the record that this one was merged into.
    """

    realm_id: str
    event_id: str
    entity: str
    remote_id: str
    operation: str
    happened_at: datetime | None
    into_id: str = ""


@dataclass(frozen=True)
class Post:
    """A body as it was understood."""

    shape: Shape
    events: tuple[Event, ...]


def read_post(body: bytes) -> Post:
    """The events of a body; of those that make no sense none, and the others all the same."""
    try:
        told = json.loads(body)
    except (ValueError, RecursionError):
        return Post(Shape.UNREADABLE, ())
    if isinstance(told, Mapping) and "eventNotifications" in told:
        return Post(Shape.LEGACY, tuple(filter(_makes_sense, _legacy(told))))
    if isinstance(told, Mapping) and "specversion" in told:
        told = [told]
    if isinstance(told, list):
        return Post(Shape.CLOUD_EVENTS, tuple(filter(_makes_sense, _cloud_events(told))))
    return Post(Shape.UNREADABLE, ())


def _makes_sense(event: Event) -> bool:
    parts = (
        *((_REALM, event.realm_id), (_NAME, event.entity), (_ID, event.remote_id)),
        *((_TEXT, event.event_id), (_TEXT, event.operation)),
    )
    return all(pattern.fullmatch(told) for pattern, told in parts)


def _cloud_events(told: list[Any]) -> Iterator[Event]:
    for one in told:
        if not isinstance(one, Mapping):
            continue
        kind = str(one.get("type", "")).split(".")
        if len(kind) < 3 or kind[0] != "qbo":
            continue
        event = Event(
            realm_id=str(one.get("intuitaccountid", "")),
            event_id=str(one.get("id", ""))[:128],
            entity=_PROPER.get(kind[1].casefold(), kind[1]),
            remote_id=str(one.get("intuitentityid", "")),
            operation=_VERBS.get(kind[2].casefold(), kind[2].casefold())[:16],
            happened_at=_moment(one.get("time")),
        )
        yield event
        yield from _merged(event, one.get("data"))


def _legacy(told: Mapping[str, Any]) -> Iterator[Event]:
    for notification in _rows(told.get("eventNotifications")):
        change = notification.get("dataChangeEvent")
        for one in _rows(change.get("entities") if isinstance(change, Mapping) else None):
            name = str(one.get("name", ""))
            event = Event(
                realm_id=str(notification.get("realmId", "")),
                event_id="",
                entity=_PROPER.get(name.casefold(), name),
                remote_id=str(one.get("id", "")),
                operation=str(one.get("operation", "")).casefold()[:16],
                happened_at=_moment(one.get("lastUpdated")),
            )
            yield event
            yield from _merged(event, one)


def _rows(told: object) -> Iterator[Mapping[str, Any]]:
    if isinstance(told, list):
        yield from (one for one in told if isinstance(one, Mapping))


def _merged(event: Event, told: object) -> Iterator[Event]:
    """The record that went into the other one."""
    key = told.get("deletedId") or told.get("deletedid") if isinstance(told, Mapping) else None
    if key:
        yield replace(event, remote_id=str(key), operation="merge", into_id=event.remote_id)


def _moment(told: object) -> datetime | None:
    try:
        moment = datetime.fromisoformat(str(told))
        return moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)
    except (ValueError, OverflowError):  # at the ends of what a calendar holds
        return None
