"""Reading job costs: what a company's QuickBooks charges to jobs, in as few calls as paging allows (domain.md §15.2).

The first time a kind of document is read whole, a thousand a call; then what changed since, one call for all kinds
that QuickBooks reports changes of. It is read whole again when its changes are older than QuickBooks remembers, or more
than one answer holds. Of time activities QuickBooks reports no changes: what was touched since is asked for by time,
and once a day they are read whole, because a deleted one cannot be noticed otherwise.

A page is one call and one transaction: its costs, how far the list is read, and the lease are committed together. So a
process may die anywhere, and the next one goes on with the page that was not committed.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Final

from django.conf import settings
from django.db import transaction
from django.db.models import Exists, OuterRef, QuerySet
from django.utils import timezone

from procore_sync.accounts.models import Company, Membership
from procore_sync.kit.refusals import Refusal
from projects import ledger_costs, readings
from projects.cost_operations import require_coder
from projects.ledger_costs import Cost
from projects.models import CostReading, Project
from quickbooks_bridge.client.api import CDC_DAYS, PAGE, RESTARTS, Ledger, Shifting, answered_at, quote
from quickbooks_bridge.client.faults import FaultKind, LedgerFault
from quickbooks_bridge.connections import connection_of, obstacle_of, pause
from quickbooks_bridge.importers.cost_lines import Document, UnknownName, costs_of
from quickbooks_bridge.importers.cost_names import chart_of, known_of, own_among, own_documents
from quickbooks_bridge.importers.names import OVERLAP, refresh_lists
from quickbooks_bridge.ledgers import READER_PATIENCE, ledger_for, note_good_call
from quickbooks_bridge.models import Connection, ConnectionStatus, CostCursor, Link

logger = logging.getLogger(__name__)

#: The kinds of document that cost a job something; QuickBooks reports changes of all but the last.
REPORTED: Final = ("Bill", "Purchase", "VendorCredit", "JournalEntry")
ENTITIES: Final = (*REPORTED, "TimeActivity")
#: A day less than QuickBooks remembers, for a reading that takes long and clocks that differ.
REMEMBERED: Final = timedelta(days=CDC_DAYS - 1)
WHOLE_EVERY: Final = timedelta(hours=24)
#: How long one process reads at most before it lets the worker do something else.
SLICE_SECONDS: Final = 30.0
GIVE_UP_AFTER: Final = timedelta(hours=24)
_AGAIN_IN: Final = timedelta(minutes=2)


class NothingToRead(Refusal):
    """No project of the company takes its job costs from QuickBooks, so not a single call is made."""


def wanting() -> QuerySet[Project]:
    """The projects that take job costs and are in QuickBooks; a company without one costs no call."""
    linked = Exists(Link.objects.filter(item=OuterRef("erp"), entity="Customer"))
    return Project.objects.filter(linked, job_costs=True, is_active=True)


def ask(company: Company, *, by: Membership) -> CostReading:
    """The reading that a person asks for, ready to be carried on by a worker.

    Raises:
        NotAllowed: `by` may not ask for one.
        NothingToRead: no project takes job costs from QuickBooks.
        AlreadyReading: they are being read now.
        Refusal: QuickBooks cannot be asked now.
    """
    require_coder(by)
    if not wanting().filter(company=company).exists():
        raise NothingToRead(
            "No project takes its job costs from QuickBooks yet. Sync a project, then switch on “Job costs from "
            "QuickBooks” when you edit it.",
            who="project_manager",
        )
    obstacle = obstacle_of(connection_of(company.pk))
    if obstacle is not None:
        raise Refusal(obstacle.sentence, who=obstacle.who, where=obstacle.where)
    reading = readings.open_reading(company.pk, by=by)
    if reading.leased_until > timezone.now():
        raise readings.AlreadyReading("Job costs are being read already. The page shows how far it is.")
    return reading


def due() -> list[int]:
    """The companies whose costs are to be read now: a reading lies there to be carried on, or it is time for one."""
    now = timezone.now()
    wait = CostReading.objects.filter(company=OuterRef("company"))
    late = wait.filter(began_at__gt=now - timedelta(hours=settings.JOB_COST_HOURS))
    busy = wait.filter(ended_at=None, leased_until__gt=now)
    rows = Connection.objects.filter(Exists(wanting().filter(company=OuterRef("company"))), ~Exists(busy))
    left = Exists(wait.filter(ended_at=None))
    rows = rows.filter(status=ConnectionStatus.CONNECTED).annotate(left=left)
    fresh = set(rows.filter(~Exists(late)).values_list("company_id", flat=True)) if settings.JOB_COST_HOURS else set()
    return sorted(fresh | set(rows.filter(left=True).values_list("company_id", flat=True)))


def carry_on(company_id: int, *, seconds: float = SLICE_SECONDS) -> CostReading | None:
    """Read for at most about `seconds`; None if another process is reading. `ended_at` says whether it is over."""
    row = Connection.objects.filter(company_id=company_id).first()
    if row is None:
        return None
    try:
        reading = readings.take_up(readings.open_reading(company_id))
        _carry_on(row, reading, seconds)
    except (readings.AlreadyReading, readings.LostTurn) as other:
        logger.info("The job costs of company %s are read elsewhere: %s", company_id, other)
        return None
    reading.refresh_from_db()
    return reading


def _carry_on(row: Connection, reading: CostReading, seconds: float) -> None:
    obstacle = obstacle_of(row)
    if obstacle is not None:
        readings.lay_down(reading, error=obstacle.sentence, again_in=timedelta(seconds=obstacle.seconds))
        return
    try:
        over = Reader(row, reading).read(until=time.monotonic() + seconds)
    except LedgerFault as failure:
        _stop(row, reading, failure)
        return
    except Shifting as shifting:
        readings.lay_down(reading, error=str(shifting), again_in=_AGAIN_IN)
        return
    note_good_call(row)
    if over:
        readings.end(reading)
    else:
        readings.lay_down(reading)


def _stop(row: Connection, reading: CostReading, failure: LedgerFault) -> None:
    """What passes by itself is tried again in a while; anything else ends the reading, and says why."""
    fault = failure.fault
    passing = failure.kind in (FaultKind.THROTTLED, FaultKind.NOT_SENT, FaultKind.UNKNOWN)
    if failure.kind is FaultKind.THROTTLED:
        pause(row, fault.retry_after or 60.0, fault.sentence)
    if passing and timezone.now() - reading.began_at < GIVE_UP_AFTER:
        again_in = timedelta(seconds=fault.retry_after) if fault.retry_after else _AGAIN_IN
        readings.lay_down(reading, error=fault.sentence, again_in=again_in)
    else:
        readings.end(reading, error=fault.sentence)


class Reader:
    """One process's turn at a reading. Holds no more than a page of documents at a time."""

    def __init__(self, row: Connection, reading: CostReading, ledger: Ledger | None = None) -> None:
        self._row = row
        self._reading = reading
        self._ledger = ledger or ledger_for(row, patience=READER_PATIENCE)
        self._company_id = row.company_id
        self._known = known_of(row.company_id)
        self._chart = chart_of(row.company_id)
        self._cursors = {entity: self._cursor(entity) for entity in ENTITIES}

    def _cursor(self, entity: str) -> CostCursor:
        cursor, _ = CostCursor.objects.get_or_create(company_id=self._company_id, entity=entity)
        return cursor

    def read(self, *, until: float) -> bool:
        """Take step after step until everything is up to date or the monotonic clock says `until`; whether it is.

        Raises:
            LedgerFault: QuickBooks did not answer as hoped; what was read before is kept.
            LostTurn: another process took the reading up.
        """
        while self._step():
            if time.monotonic() >= until:
                return False
        self._settle()
        return True

    def _step(self) -> bool:
        """One call and its transaction; False if nothing is left to ask."""
        left = [cursor for cursor in self._cursors.values() if cursor.done_in != self._reading.pk]
        listed = next((cursor for cursor in left if cursor.position), None)
        listed = listed or next((cursor for cursor in left if self._begins_list(cursor)), None)
        if listed is not None:
            self._read_page(listed)
        elif left:
            self._read_changes(left)
        return bool(left)

    # -- lists ---------------------------------------------------------------------------------------------------------

    def _begins_list(self, cursor: CostCursor) -> bool:
        """Whether it is to be read as a list; then it stands at the beginning."""
        known_for = timezone.now() - cursor.changed_since if cursor.changed_since else None
        if known_for is None or known_for > REMEMBERED or self._is_due_whole(cursor):
            self._begin(cursor, None)
        elif cursor.entity not in REPORTED and cursor.changed_since:
            self._begin(cursor, cursor.changed_since - OVERLAP)
        return bool(cursor.position)

    def _is_due_whole(self, cursor: CostCursor) -> bool:
        if cursor.entity in REPORTED:
            return False
        return cursor.whole_at is None or timezone.now() - cursor.whole_at > WHOLE_EVERY

    @staticmethod
    def _begin(cursor: CostCursor, since: datetime | None, restarts: int = 0) -> None:
        cursor.position, cursor.last_id, cursor.restarts = 1, "", restarts
        cursor.window_since, cursor.asked_at, cursor.began_at = since, None, timezone.now()

    def _read_page(self, cursor: CostCursor) -> None:
        since = cursor.window_since
        where = f"MetaData.LastUpdatedTime >= {quote(since)}" if since else ""
        page = self._ledger.page(cursor.entity, start=cursor.position, where=where, size=PAGE)
        if cursor.last_id and cursor.last_id not in {str(one["Id"]) for one in page.rows}:
            self._begin_again(cursor)
            return
        cursor.asked_at = cursor.asked_at or page.answered_at
        is_last = len(page.rows) < PAGE
        fresh = [one for one in page.rows if str(one["Id"]) != cursor.last_id]
        costs = self._costs(cursor.entity, fresh)
        with transaction.atomic():
            lines = self._absorb(cursor.entity, fresh, costs)
            if is_last:
                self._finish_list(cursor)
            else:
                # The next page begins with the last row of this one: if that is gone, a row may have slipped past.
                cursor.position += PAGE - 1
                cursor.last_id = str(page.rows[-1]["Id"])
            cursor.save()
            readings.note(self._reading, cursor.entity, reads=1, documents=len(fresh), lines=lines)

    def _begin_again(self, cursor: CostCursor) -> None:
        """Rows went away before the place that was reached, so one may have slipped past unread."""
        if cursor.restarts >= RESTARTS:
            self._begin(cursor, cursor.window_since)
            cursor.save()
            raise Shifting(
                f"The {cursor.entity} list of QuickBooks kept changing while it was read; it is tried again."
            )
        asked_at = cursor.asked_at
        self._begin(cursor, cursor.window_since, cursor.restarts + 1)
        cursor.asked_at = asked_at
        with transaction.atomic():
            cursor.save()
            readings.note(self._reading, cursor.entity, reads=1)

    def _finish_list(self, cursor: CostCursor) -> None:
        if cursor.window_since is None and cursor.began_at:
            ledger_costs.retire(self._company_id, cursor.entity, cursor.began_at)
            cursor.whole_at = cursor.began_at
        self._is_up_to_date(cursor, cursor.asked_at)

    def _is_up_to_date(self, cursor: CostCursor, at: datetime | None) -> None:
        cursor.changed_since, cursor.done_in = at, self._reading.pk
        cursor.position, cursor.last_id, cursor.restarts = 0, "", 0

    # -- changes -------------------------------------------------------------------------------------------------------

    def _read_changes(self, cursors: list[CostCursor]) -> None:
        since = min(cursor.changed_since for cursor in cursors if cursor.changed_since) - OVERLAP
        told = self._ledger.changes([cursor.entity for cursor in cursors], since)
        at = answered_at(told.answer)
        whole = [cursor for cursor in cursors if cursor.entity not in told.cut_short]
        costs = {cursor.entity: self._costs(cursor.entity, told.changed[cursor.entity]) for cursor in whole}
        with transaction.atomic():
            for cursor in cursors:
                if cursor in whole:
                    changed, deleted = told.changed[cursor.entity], told.deleted.get(cursor.entity, [])
                    lines = self._absorb(cursor.entity, changed, costs[cursor.entity], deleted)
                    self._is_up_to_date(cursor, at)
                    readings.note(self._reading, "Changes", documents=len(changed) + len(deleted), lines=lines)
                else:
                    self._begin(cursor, None)
                cursor.save()
            readings.note(self._reading, "Changes", reads=1)

    # -- both ----------------------------------------------------------------------------------------------------------

    def _costs(self, entity: str, documents: list[Document]) -> list[Cost]:
        """The costs of `documents`; reads the lists of accounts and items first if one of them is newer."""
        try:
            return [cost for one in documents for cost in costs_of(entity, one, self._chart)]
        except UnknownName:
            lists = refresh_lists(self._row, self._ledger, ("Account", "Item"))
        readings.note(self._reading, "Accounts and items", reads=sum(1 + one.rows // PAGE for one in lists))
        self._chart = replace(chart_of(self._company_id), is_newest=not any(one.error for one in lists))
        self._known = known_of(self._company_id)
        try:
            return [cost for one in documents for cost in costs_of(entity, one, self._chart)]
        finally:
            self._chart = replace(self._chart, is_newest=False)

    def _absorb(self, entity: str, documents: list[Document], costs: list[Cost], deleted: Iterable[str] = ()) -> int:
        ids = [*deleted, *(str(one["Id"]) for one in documents)]
        known = replace(self._known, own=own_among(self._company_id, entity, ids))
        return ledger_costs.absorb(self._company_id, entity, ids, costs, known)

    def _settle(self) -> None:
        """What was linked or unlinked since its costs were read."""
        known = replace(known_of(self._company_id), own=own_documents(self._company_id, ENTITIES))
        with transaction.atomic():
            ledger_costs.settle(self._company_id, known)
            readings.note(self._reading, "Finished")
