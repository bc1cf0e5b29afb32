"""Whose turn it is to read from a company's ledger: one process at a time, and the next goes on where one stopped.

A reading is a row. Whoever takes it up gets a new fence and a lease; a step is written only while both still hold, so a
process that was away too long writes nothing any more. Leases are by the database's time.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TypeVar

from django.db import IntegrityError, transaction
from django.db.models import F
from django.utils.translation import gettext, gettext_noop

from procore_sync.accounts.models import Membership
from procore_sync.kit.clock import database_time
from procore_sync.kit.refusals import Refusal
from projects.models import CostReading, Reading

R = TypeVar("R", bound=Reading)

#: Longer than a page may take at its slowest.
LEASE = timedelta(seconds=120)
#: So often what stands in the way of a new one may end in the moment in which it is looked for.
_TRIES = 20


class AlreadyReading(Refusal):
    """It is being read from QuickBooks already."""

    cure = gettext_noop("Nobody has to: the page shows how far it is.")

    def __init__(self, reading: Reading) -> None:
        said = gettext("%(what)s are being read already. The page shows the progress.")
        super().__init__(said % {"what": gettext(reading.WHAT)})


class LostTurn(Exception):
    """Another process took the reading up meanwhile; what was to be written must not be."""


def open_reading(company_id: int, *, by: Membership | None = None) -> CostReading:
    """The reading of job costs that is to be carried on, or a new one; it is not taken up yet."""
    return open_reading_of(CostReading, company_id, by=by)


def open_reading_of(model: type[R], company_id: int, *, by: Membership | None = None) -> R:
    """The same of any kind of reading."""
    rows = model._default_manager
    for _ in range(_TRIES):
        try:
            with transaction.atomic():
                return rows.create(company_id=company_id, asked_by=by, leased_until=database_time())
        except IntegrityError:
            going_on = rows.filter(company_id=company_id, ended_at=None).first()
        if going_on is not None:
            return going_on
    return rows.get(company_id=company_id, ended_at=None)


def take_up(reading: R) -> R:
    """Become the one process that may write to `reading`, if nobody is.

    Raises:
        AlreadyReading: somebody is, or it has ended.
    """
    now = database_time()
    mine = type(reading)._default_manager.filter(
        pk=reading.pk, fence=reading.fence, ended_at=None, leased_until__lte=now
    )
    if mine.update(fence=F("fence") + 1, leased_until=now + LEASE, error="") != 1:
        raise AlreadyReading(reading)
    reading.refresh_from_db()
    return reading


def note(reading: Reading, step: str, *, reads: int = 0, documents: int = 0, lines: int = 0) -> None:
    """Say what was done and keep the lease; belongs into the transaction of what was done.

    Raises:
        LostTurn: somebody else took the reading up.
    """
    _write(
        reading,
        step=step[:200],
        reads=F("reads") + reads,
        documents=F("documents") + documents,
        lines=F("lines") + lines,
        leased_until=database_time() + LEASE,
    )


def lay_down(reading: Reading, *, error: str = "", again_in: timedelta = timedelta(0)) -> None:
    """Let another process carry on, after `again_in`; `error` says why it stopped.

    Raises:
        LostTurn: somebody else took the reading up.
    """
    _write(reading, leased_until=database_time() + again_in, error=error)


def end(reading: Reading, *, error: str = "") -> None:
    """The reading is over, or cannot go on because of `error`.

    Raises:
        LostTurn: somebody else took the reading up.
    """
    now = database_time()
    _write(reading, ended_at=now, leased_until=now, step="", error=error)


def _write(reading: Reading, **columns: object) -> None:
    held = type(reading)._default_manager.filter(pk=reading.pk, fence=reading.fence, ended_at=None)
    if held.update(**columns) != 1:
        raise LostTurn(f"Reading {reading.pk} was taken up by another process.")
