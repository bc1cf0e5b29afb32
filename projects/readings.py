"""Whose turn it is to read a company's job costs: one process at a time, and the next goes on where one stopped.

A reading is a row. Whoever takes it up gets a new fence and a lease; a step is written only while both still hold, so a
process that was away too long writes nothing any more.
"""

from __future__ import annotations

from datetime import timedelta

from django.db import IntegrityError, transaction
from django.db.models import F
from django.utils import timezone

from procore_sync.accounts.models import Membership
from procore_sync.kit.refusals import Refusal
from projects.models import CostReading

#: Longer than a page may take at its slowest.
LEASE = timedelta(seconds=120)


class AlreadyReading(Refusal):
    """The company's job costs are being read by another process."""


class LostTurn(Exception):
    """Another process took the reading up meanwhile; what was to be written must not be."""


def open_reading(company_id: int, *, by: Membership | None = None) -> CostReading:
    """The reading that is to be carried on, or a new one; it is not taken up yet."""
    try:
        with transaction.atomic():
            return CostReading.objects.create(company_id=company_id, asked_by=by, leased_until=timezone.now())
    except IntegrityError:
        return CostReading.objects.get(company_id=company_id, ended_at=None)


def take_up(reading: CostReading) -> CostReading:
    """Become the one process that may write to `reading`, if nobody is.

    Raises:
        AlreadyReading: somebody is, or it has ended.
    """
    now = timezone.now()
    mine = CostReading.objects.filter(pk=reading.pk, fence=reading.fence, ended_at=None, leased_until__lte=now)
    if mine.update(fence=F("fence") + 1, leased_until=now + LEASE, error="") != 1:
        raise AlreadyReading("Job costs are being read already. The page shows how far it is.")
    reading.refresh_from_db()
    return reading


def note(reading: CostReading, step: str, *, reads: int = 0, documents: int = 0, lines: int = 0) -> None:
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
        leased_until=timezone.now() + LEASE,
    )


def lay_down(reading: CostReading, *, error: str = "", again_in: timedelta = timedelta(0)) -> None:
    """Let another process carry on, after `again_in`; `error` says why it stopped.

    Raises:
        LostTurn: somebody else took the reading up.
    """
    _write(reading, leased_until=timezone.now() + again_in, error=error)


def end(reading: CostReading, *, error: str = "") -> None:
    """The reading is over, or cannot go on because of `error`.

    Raises:
        LostTurn: somebody else took the reading up.
    """
    now = timezone.now()
    _write(reading, ended_at=now, leased_until=now, step="", error=error)


def _write(reading: CostReading, **columns: object) -> None:
    held = CostReading.objects.filter(pk=reading.pk, fence=reading.fence, ended_at=None)
    if held.update(**columns) != 1:
        raise LostTurn(f"Reading {reading.pk} was taken up by another process.")
