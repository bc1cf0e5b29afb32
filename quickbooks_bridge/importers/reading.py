"""Reading documents from QuickBooks in as few calls as paging allows, a page and its transaction at a time.

The first time a kind of document is read whole, a thousand a call; then what changed since, one call for all kinds
that QuickBooks reports changes of. It is read whole again when its changes are older than QuickBooks remembers, or more
than one answer holds. Of kinds of which QuickBooks reports no changes, what was touched since is asked for by time, and
once a day they are read whole, because a deleted one cannot be noticed otherwise.

A page is one call and one transaction: its rows, how far the list is read, and the lease are committed together. So a
process may die anywhere, and the next one goes on with the page that was not committed.

What is learnt elsewhere meanwhile, of a name that was merged say, marks a kind of document to be read whole: neither
`changed_since` nor `position`. A turn that finds such a mark where it wants to write how far it got writes nothing and
is over, since it counted with what was known before; the next one begins with the mark.
"""

from __future__ import annotations

import logging
import time
from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import Any, ClassVar, Final, Generic, TypeVar

from django.db import InterfaceError, OperationalError, transaction
from django.utils import timezone
from django.utils.translation import gettext_noop

from procore_sync.accounts.models import Membership
from procore_sync.kit.clock import database_time
from procore_sync.kit.kept import in_the_readers_words
from procore_sync.kit.refusals import Refusal
from projects import readings
from projects.models import Reading
from quickbooks_bridge.client.api import CDC_DAYS, PAGE, RESTARTS, Ledger, Shifting, answered_at, quote
from quickbooks_bridge.client.faults import FaultKind, LedgerFault
from quickbooks_bridge.connections import connection_of, hold, obstacle_of, pause
from quickbooks_bridge.cursors import DocumentCursor
from quickbooks_bridge.importers.names import MOST_SECONDS, OVERLAP, is_enough
from quickbooks_bridge.ledgers import READER_PATIENCE, ledger_for, note_good_call
from quickbooks_bridge.models import Connection
from quickbooks_bridge.watching.budgets import BudgetSpent, reading_for, require_reads

logger = logging.getLogger(__name__)

Document = dict[str, Any]
R = TypeVar("R", bound=Reading)
P = TypeVar("P")

#: A day less than QuickBooks remembers, for a reading that takes long and clocks that differ.
REMEMBERED: Final = timedelta(days=CDC_DAYS - 1)
WHOLE_EVERY: Final = timedelta(hours=24)
#: How long one process reads at most before it lets the worker do something else.
SLICE_SECONDS: Final = MOST_SECONDS
GIVE_UP_AFTER: Final = timedelta(hours=24)
_AGAIN_IN: Final = timedelta(minutes=2)
_BROKE_OFF: Final = gettext_noop(
    "The console broke off over something that QuickBooks sent, and tries again in a while. The operator finds the "
    "cause in the workers' log."
)


class MarkedMeanwhile(Exception):
    """What is being read has to be read whole, by what somebody else has learnt since this turn began."""


class Reader(ABC, Generic[R, P]):
    """One process's turn at a reading. Holds no more than a page of documents at a time.

    A kind of reading says which documents it reads, what it makes of them before the transaction (`prepared`, which may
    call), and what it writes of that inside it.
    """

    cursors: ClassVar[type[DocumentCursor]]
    #: What is read, and of which of it QuickBooks reports changes.
    entities: tuple[str, ...]
    reported: tuple[str, ...]

    def __init__(self, row: Connection, reading: R, ledger: Ledger | None = None) -> None:
        self._row = row
        self._reading = reading
        self._ledger = ledger or ledger_for(row, patience=READER_PATIENCE)
        self._company_id = row.company_id
        self._cursors = {entity: self._cursor(entity) for entity in self.entities}
        self._take_marks()

    def _cursor(self, entity: str) -> DocumentCursor:
        cursor, _ = self.cursors._default_manager.get_or_create(company_id=self._company_id, entity=entity)
        return cursor

    def _take_marks(self) -> None:
        """Begin what is marked, before anything is known that it is counted with: a later mark is another one."""
        left = [one for one in self._cursors.values() if one.done_in != self._reading.pk]
        marked = [one for one in left if one.changed_since is None and not one.position]
        if not marked:
            return
        with transaction.atomic():
            hold(self._row)
            for cursor in marked:
                self._begin(cursor, None)
                cursor.save()

    def _hold(self, *cursors: DocumentCursor) -> None:
        """Keep the company as it is until the transaction ends that writes how far these were read.

        Raises:
            LedgerFault: another company was connected meanwhile.
            MarkedMeanwhile: one of them has to be read whole. Who marks holds the company too, so no mark comes later.
        """
        hold(self._row)
        stand = self.cursors._default_manager.filter(pk__in=[one.pk for one in cursors])
        known = stand.exclude(changed_since=None, position=0)
        if known.count() < len(cursors):
            raise MarkedMeanwhile

    @abstractmethod
    def _prepared(self, entity: str, documents: list[Document]) -> P:
        """What will be written of `documents`; outside the transaction, so it may call QuickBooks."""

    def _announce(self, entity: str, documents: list[Document], deleted: Sequence[str]) -> None:
        """Tell who wants to know before the transaction; told again if that is not reached."""

    @abstractmethod
    def _absorb(self, entity: str, documents: list[Document], prepared: P, deleted: Sequence[str]) -> int:
        """Write a page of documents and forget those that were deleted; how many lines that are."""

    @abstractmethod
    def _retire(self, entity: str, before: datetime) -> None:
        """Forget what a whole reading that began then did not find any more."""

    @abstractmethod
    def _settle(self) -> None:
        """Bring the rest in line, once everything is up to date."""

    def read(self, *, until: float) -> bool:
        """Take step after step until everything is up to date or the monotonic clock says `until`; whether it is.

        Sooner if a record waits for a worker: this may be the only one (ADR 55). Or if something has to be read whole.

        Raises:
            LedgerFault: QuickBooks did not answer as hoped; what was read before is kept.
            LostTurn: another process took the reading up.
            BudgetSpent: nobody asked for it, and the day's reads are used up.
        """
        began = time.monotonic()
        try:
            while self._may_step() and self._step():
                if is_enough(began, until - began):
                    return False
        except MarkedMeanwhile:
            return False
        self._settle()
        return True

    def _may_step(self) -> bool:
        if self._reading.asked_by_id is None:
            require_reads(self._company_id)
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

    def _begins_list(self, cursor: DocumentCursor) -> bool:
        """Whether it is to be read as a list; then it stands at the beginning."""
        known_for = timezone.now() - cursor.changed_since if cursor.changed_since else None
        if known_for is None or known_for > REMEMBERED or self._is_due_whole(cursor):
            self._begin(cursor, None)
        elif cursor.entity not in self.reported and cursor.changed_since:
            self._begin(cursor, cursor.changed_since - OVERLAP)
        return bool(cursor.position)

    def _is_due_whole(self, cursor: DocumentCursor) -> bool:
        if cursor.entity in self.reported:
            return False
        return cursor.whole_at is None or timezone.now() - cursor.whole_at > WHOLE_EVERY

    @staticmethod
    def _begin(cursor: DocumentCursor, since: datetime | None, restarts: int = 0) -> None:
        cursor.position, cursor.last_id, cursor.restarts = 1, "", restarts
        cursor.window_since, cursor.asked_at, cursor.began_at = since, None, database_time()

    def _read_page(self, cursor: DocumentCursor) -> None:
        if cursor.asked_at is None:
            cursor.began_at = database_time()
        page = self._ledger.page(cursor.entity, start=cursor.position, where=self._where(cursor), size=PAGE)
        if cursor.last_id and cursor.last_id not in {str(one["Id"]) for one in page.rows}:
            self._begin_again(cursor)
            return
        cursor.asked_at = cursor.asked_at or page.answered_at
        is_last = len(page.rows) < PAGE
        fresh = [one for one in page.rows if str(one["Id"]) != cursor.last_id]
        prepared = self._prepared(cursor.entity, fresh)
        self._announce(cursor.entity, fresh, [])
        with transaction.atomic():
            self._hold(cursor)
            lines = self._absorb(cursor.entity, fresh, prepared, [])
            if is_last:
                self._finish_list(cursor)
            else:
                # The next page begins with the last row of this one: if that is gone, a row may have slipped past.
                cursor.position += PAGE - 1
                cursor.last_id = str(page.rows[-1]["Id"])
            cursor.save()
            readings.note(self._reading, cursor.entity, reads=1, documents=len(fresh), lines=lines)

    def _where(self, cursor: DocumentCursor) -> str:
        """Which rows of the list are asked for."""
        since = cursor.window_since
        return f"MetaData.LastUpdatedTime >= {quote(since)}" if since else ""

    def _begin_again(self, cursor: DocumentCursor) -> None:
        """Rows went away before the place that was reached, so one may have slipped past unread."""
        if cursor.restarts >= RESTARTS:
            self._begin(cursor, cursor.window_since)
            with transaction.atomic():
                self._hold(cursor)
                cursor.save()
            raise Shifting(
                f"The {cursor.entity} list of QuickBooks kept changing while it was read; it is tried again."
            )
        asked_at = cursor.asked_at
        self._begin(cursor, cursor.window_since, cursor.restarts + 1)
        cursor.asked_at = asked_at
        with transaction.atomic():
            self._hold(cursor)
            cursor.save()
            readings.note(self._reading, cursor.entity, reads=1)

    def _finish_list(self, cursor: DocumentCursor) -> None:
        if cursor.window_since is None and cursor.began_at:
            self._retire(cursor.entity, cursor.began_at)
            cursor.whole_at = cursor.began_at
        self._is_up_to_date(cursor, cursor.asked_at)

    def _is_up_to_date(self, cursor: DocumentCursor, at: datetime | None) -> None:
        cursor.changed_since, cursor.done_in = at, self._reading.pk
        cursor.position, cursor.last_id, cursor.restarts = 0, "", 0

    # -- changes -------------------------------------------------------------------------------------------------------

    def _read_changes(self, cursors: list[DocumentCursor]) -> None:
        since = min(cursor.changed_since for cursor in cursors if cursor.changed_since) - OVERLAP
        told = self._ledger.changes([cursor.entity for cursor in cursors], since)
        at = answered_at(told.answer)
        whole = [cursor for cursor in cursors if cursor.entity not in told.cut_short]
        prepared = {one.entity: self._prepared(one.entity, told.changed[one.entity]) for one in whole}
        for one in whole:
            self._announce(one.entity, told.changed[one.entity], told.deleted.get(one.entity, []))
        with transaction.atomic():
            self._hold(*cursors)
            for cursor in cursors:
                if cursor in whole:
                    changed, deleted = told.changed[cursor.entity], told.deleted.get(cursor.entity, [])
                    lines = self._absorb(cursor.entity, changed, prepared[cursor.entity], deleted)
                    self._is_up_to_date(cursor, at)
                    readings.note(self._reading, "Changes", documents=len(changed) + len(deleted), lines=lines)
                else:
                    self._begin(cursor, None)
                cursor.save()
            readings.note(self._reading, "Changes", reads=1)


#: What makes a reader of a connection and a reading: the class itself.
Turn = Callable[[Connection, R], Reader[R, Any]]


def ask(model: type[R], company_id: int, *, by: Membership) -> R:
    """The reading that a person asks for, ready to be carried on by a worker; whether they may is known already.

    Raises:
        AlreadyReading: it is read now.
        Refusal: QuickBooks cannot be asked now.
    """
    obstacle = obstacle_of(connection_of(company_id))
    if obstacle is not None:
        raise Refusal(in_the_readers_words(obstacle.sentence), who=obstacle.who, where=obstacle.where)
    reading = readings.open_reading_of(model, company_id, by=by)
    if reading.leased_until > database_time():
        raise readings.AlreadyReading(reading)
    return reading


def carry_on(turn: Turn[R], model: type[R], company_id: int, *, seconds: float = SLICE_SECONDS) -> R | None:
    """Read for at most about `seconds`; None if another process is reading. `ended_at` says whether it is over."""
    row = Connection.objects.filter(company_id=company_id).first()
    if row is None:
        return None
    try:
        reading = readings.take_up(readings.open_reading_of(model, company_id))
        _carry_on(turn, row, reading, seconds)
    except (readings.AlreadyReading, readings.LostTurn) as other:
        logger.info("Company %s is read elsewhere: %s", company_id, other)
        return None
    reading.refresh_from_db()
    return reading


def _carry_on(turn: Turn[R], row: Connection, reading: R, seconds: float) -> None:
    obstacle = obstacle_of(row)
    if obstacle is not None:
        readings.lay_down(reading, error=obstacle.sentence, again_in=timedelta(seconds=obstacle.seconds))
        return
    try:
        with reading_for(reading.WHAT):
            over = turn(row, reading).read(until=time.monotonic() + seconds)
    except BudgetSpent as spent:
        # Ended, and not laid down, so that a person can ask for one meanwhile; the lists go on where they stopped.
        readings.end(reading, error=str(spent))
        return
    except LedgerFault as failure:
        _stop(row, reading, failure)
        return
    except Shifting as shifting:
        readings.lay_down(reading, error=str(shifting), again_in=_AGAIN_IN)
        return
    except (readings.LostTurn, OperationalError, InterfaceError):
        raise
    except Exception:  # whatever a document holds that nobody thought of, somebody has to hear that nothing goes on
        logger.exception("The reading %s of company %s broke off", reading.WHAT, row.company_id)
        readings.lay_down(reading, error=_BROKE_OFF, again_in=_AGAIN_IN)
        return
    note_good_call(row)
    if over:
        readings.end(reading)
    else:
        readings.lay_down(reading)


def _stop(row: Connection, reading: Reading, failure: LedgerFault) -> None:
    """What passes by itself is tried again in a while; anything else ends the reading, and says why."""
    fault = failure.fault
    passing = failure.kind in (FaultKind.THROTTLED, FaultKind.NOT_SENT, FaultKind.UNKNOWN)
    if failure.kind is FaultKind.THROTTLED:
        pause(row, fault.retry_after or 60.0, fault.sentence)
    if passing and database_time() - reading.began_at < GIVE_UP_AFTER:
        again_in = timedelta(seconds=fault.retry_after) if fault.retry_after else _AGAIN_IN
        readings.lay_down(reading, error=fault.sentence, again_in=again_in)
    else:
        readings.end(reading, error=fault.sentence)
