"""Reading the name lists: a full load, then what changed since, by QuickBooks' own clock and with an overlap.

Every row is written by insert-or-update on its id, so that reading a page twice changes nothing.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import islice
from typing import Any, Final

from django.db import transaction
from django.db.models.functions import Now
from django.utils import timezone
from django.utils.translation import gettext_noop

from procore_sync.acceptance import engine
from procore_sync.acceptance.courier import Obstacle
from procore_sync.kit.clock import database_time
from quickbooks_bridge.client.api import Ledger, Shifting, quote
from quickbooks_bridge.client.faults import FaultKind, LedgerFault
from quickbooks_bridge.connections import hold, obstacle_of, pause
from quickbooks_bridge.features import features_of
from quickbooks_bridge.importers import moved
from quickbooks_bridge.ledgers import READER_PATIENCE, ledger_for, note_good_call
from quickbooks_bridge.models import Connection, Cursor, LedgerName
from quickbooks_bridge.names import lists_of, names_of, remember, row_of
from quickbooks_bridge.watching import links
from quickbooks_bridge.watching.budgets import reading_for
from quickbooks_bridge.watching.schedules import followed

logger = logging.getLogger(__name__)

OVERLAP = timedelta(minutes=5)
FULL_EVERY = timedelta(hours=24)
#: How long a reading goes on at least, a step in any case, before it gives way to a record that waits for a worker, and
#: at most before it lets the worker do something else.
LEAST_SECONDS: Final = 2.0
MOST_SECONDS: Final = 30.0
_BATCH = 500


@dataclass(frozen=True)
class Read:
    """How one list was read: how many rows came, or why not."""

    entity: str
    rows: int
    error: str = ""


def refresh(row: Connection, *, full: bool = False, lists: Sequence[str] | None = None) -> list[Read]:
    """Bring the mirror of a company up to date, or those of its `lists`; stops at the first that cannot be read.

    A list is read whole the first time, once a day, and when `full` is asked for; else only what changed. What the
    sweep of changes has just brought up to date is not asked for once more.

    Given `lists` it stops after one as well if it took long, or a record waits for a worker (ADR 55): the rest is to
    be asked for again.
    """
    obstacle: Obstacle | None = obstacle_of(row)
    if obstacle is not None:
        return [Read("", 0, obstacle.sentence)]
    ledger = ledger_for(row, patience=READER_PATIENCE)
    done: list[Read] = []
    began = time.monotonic()
    wanted = lists_to_read(row, full=full) if lists is None else lists
    with reading_for(gettext_noop("Names")):
        for entity in wanted:
            if done and lists is not None and is_enough(began):
                return done
            done.append(_refresh(row, ledger, entity, full=full))
            if done[-1].error:
                return done
        read_features(row, ledger)
    note_good_call(row)
    return done


def is_enough(began: float, most: float = MOST_SECONDS) -> bool:
    """Whether a reading that began then, by the monotonic clock, lets its worker do something else after this step."""
    taken = time.monotonic() - began
    return taken >= most or (taken >= LEAST_SECONDS and engine.keeps_waiting())


def lists_to_read(row: Connection, *, full: bool = False) -> list[str]:
    """The lists that a refresh reads now."""
    if full:
        return list(lists_of(row))
    just_read = followed(row.company_id)
    cursors = {one.entity: one for one in Cursor.objects.filter(company_id=row.company_id)}
    due = {entity for entity in lists_of(row) if entity not in cursors or _is_due_whole(cursors[entity])}
    return [entity for entity in lists_of(row) if entity in due or entity not in just_read]


def absorb(
    company_id: int,
    entity: str,
    documents: Iterable[dict[str, Any]],
    deleted: Collection[str],
    merged: Collection[str] = (),
) -> frozenset[str]:
    """Bring rows of a list up to date that somebody else has read, and drop those that are gone.

    `merged` are those that stand there, inactive, and are another one. Returns which kinds of bills have to be read
    whole, since they name what is gone.
    """
    rows = {str(one["Id"]): row_of(company_id, entity, one) for one in documents}
    anew = moved.note(company_id, entity, rows.values(), [*deleted, *merged])
    remember(rows.values())
    names_of(company_id, entity).filter(remote_id__in=deleted).delete()
    if entity == "Customer" and rows:
        _rename_jobs(company_id)
    return anew


def refresh_lists(row: Connection, ledger: Ledger, entities: Iterable[str]) -> list[Read]:
    """Bring some lists up to date with what changed, for a caller that has met a name that is newer than they are."""
    return [_refresh(row, ledger, entity, full=False) for entity in entities]


def _refresh(row: Connection, ledger: Ledger, entity: str, *, full: bool) -> Read:
    cursor, _ = Cursor.objects.get_or_create(company_id=row.company_id, entity=entity)
    try:
        count = _read(row, ledger, cursor, whole=full or _is_due_whole(cursor))
    except LedgerFault as failure:
        if failure.kind is FaultKind.THROTTLED:
            pause(row, failure.fault.retry_after or 60.0, failure.fault.sentence)
        return _failed(cursor, failure.fault.sentence)
    except Shifting as shifting:
        return _failed(cursor, str(shifting))
    Cursor.objects.filter(pk=cursor.pk).update(error="", last_run_at=Now())
    return Read(entity, count)


def _failed(cursor: Cursor, sentence: str) -> Read:
    Cursor.objects.filter(pk=cursor.pk).update(error=sentence)
    return Read(cursor.entity, 0, sentence)


def _is_due_whole(cursor: Cursor) -> bool:
    return cursor.changed_since is None or cursor.full_at is None or timezone.now() - cursor.full_at > FULL_EVERY


def _read(row: Connection, ledger: Ledger, cursor: Cursor, *, whole: bool) -> int:
    began = database_time()
    since = cursor.changed_since - OVERLAP if cursor.changed_since and not whole else None
    where = f"MetaData.LastUpdatedTime >= {quote(since)}" if since else ""
    newest, count = cursor.changed_since, 0
    for documents in _batches(ledger.all(cursor.entity, where)):
        _remember(row, cursor.entity, documents)
        newest = max([at for at in (newest, *map(_changed_at, documents)) if at], default=None)
        count += len(documents)
    if whole:
        with transaction.atomic():
            hold(row)
            retire(row.company_id, cursor.entity, began)
    if cursor.entity == "Customer":
        _rename_jobs(row.company_id)
    Cursor.objects.filter(pk=cursor.pk).update(changed_since=newest, **({"full_at": began} if whole else {}))
    return count


def _remember(row: Connection, entity: str, documents: list[dict[str, Any]]) -> None:
    with transaction.atomic():
        hold(row)
        rows = [row_of(row.company_id, entity, one) for one in documents]
        moved.note(row.company_id, entity, rows)
        remember(rows)


def _batches(documents: Iterator[dict[str, Any]]) -> Iterator[list[dict[str, Any]]]:
    while batch := list(islice(documents, _BATCH)):
        yield batch


def _changed_at(document: dict[str, Any]) -> datetime | None:
    try:
        return datetime.fromisoformat(document["MetaData"]["LastUpdatedTime"])
    except (KeyError, TypeError, ValueError):
        return None


def retire(company_id: int, entity: str, began: datetime) -> frozenset[str]:
    """What a full reading, inactive rows and all, did not find was merged or deleted: its name is free again. A
    record of ours among it is looked for soon. Returns as `absorb`.
    """
    unseen = names_of(company_id, entity).filter(seen_at__lt=began)
    gone = list(unseen.values_list("remote_id", flat=True))
    anew = moved.note(company_id, entity, (), gone)
    unseen.delete()
    links.look_for(company_id, entity, gone)
    return anew


def _rename_jobs(company_id: int) -> None:
    """A renamed customer renames the full names of its jobs, which QuickBooks does not report as changed."""
    rows = {row.remote_id: row for row in names_of(company_id, "Customer").order_by("level")}
    changed = list(_wrongly_named(rows))
    LedgerName.objects.bulk_update(changed, ["fully_qualified_name"], batch_size=_BATCH)


def _wrongly_named(rows: dict[str, LedgerName]) -> Iterator[LedgerName]:
    for row in rows.values():
        parent = rows.get(str((row.detail.get("ParentRef") or {}).get("value", "")))
        if parent is None:
            continue
        name = f"{parent.fully_qualified_name}:{row.name}"
        if name != row.fully_qualified_name:
            row.fully_qualified_name = name
            yield row


def read_features(row: Connection, ledger: Ledger) -> str:
    """Bring up to date what QuickBooks has switched on and until when its books are closed; why not, else ""."""
    try:
        told = features_of(ledger)
    except LedgerFault as failure:
        logger.warning("The preferences of %s could not be read: %s", row, failure)
        return failure.fault.sentence
    Connection.objects.filter(pk=row.pk).update(
        company_name=told.company_name[:255], country=told.country[:3], features=told.switches
    )
    return ""


def connected() -> Iterable[Connection]:
    """The connections whose lists can be read."""
    return Connection.objects.filter(status="connected").order_by("pk")
