"""How often a company's QuickBooks was asked today, what for, and how much of that is allowed.

Intuit meters reading calls. Every one is counted, whoever makes it; what reads by itself keeps to the day's budget,
what a person asks for and what sending needs is counted and never held up. A day is one of UTC.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, date, timedelta
from typing import Final

from django.conf import settings
from django.db import DatabaseError
from django.db.models import F, Sum
from django.utils import timezone
from django.utils.translation import gettext_noop

from quickbooks_bridge.watch_models import ReadCount

logger = logging.getLogger(__name__)

OTHERWISE: Final = gettext_noop("Sending and its checks")
_purpose: ContextVar[str] = ContextVar("purpose", default=OTHERWISE)


class BudgetSpent(Exception):
    """What reads by itself has to stop until tomorrow; its text says so."""


@contextmanager
def reading_for(purpose: str) -> Iterator[None]:
    """Count what is read inside as read for `purpose`, a few words for people."""
    before = _purpose.set(purpose[:60])
    try:
        yield
    finally:
        _purpose.reset(before)


class Meter:
    """Counts the reading calls to one company's QuickBooks. Never fails: the answer is there already."""

    def __init__(self, company_id: int) -> None:
        self._company_id = company_id

    def read(self) -> None:
        """One more call that reads."""
        try:
            _count(self._company_id, _purpose.get())
        except DatabaseError as error:
            logger.warning("A read of company %s could not be counted: %s", self._company_id, error)


def _count(company_id: int, purpose: str) -> None:
    rows = ReadCount.objects.filter(company_id=company_id, day=today(), purpose=purpose)
    if not rows.update(reads=F("reads") + 1):
        ReadCount.objects.get_or_create(company_id=company_id, day=today(), purpose=purpose)
        rows.update(reads=F("reads") + 1)


def today() -> date:
    """The day that is counted now."""
    return timezone.now().astimezone(UTC).date()


def rest_of_day() -> timedelta:
    """How long until the next day begins."""
    now = timezone.now().astimezone(UTC)
    return now.replace(hour=0, minute=0, second=0, microsecond=0) + timedelta(days=1) - now


def reads_today(company_id: int) -> int:
    """How many reading calls were made to a company's QuickBooks today."""
    told = ReadCount.objects.filter(company_id=company_id, day=today()).aggregate(reads=Sum("reads"))
    return told["reads"] or 0


def left_today(company_id: int) -> int | None:
    """How many may still be made by themselves today; None if there is no budget."""
    allowed = int(settings.QUICKBOOKS_READS_A_DAY)
    return max(0, allowed - reads_today(company_id)) if allowed else None


def require_reads(company_id: int) -> None:
    """Go on only if something is left of today's budget.

    Raises:
        BudgetSpent: nothing is.
    """
    if left_today(company_id) == 0:
        raise BudgetSpent(
            f"The {settings.QUICKBOOKS_READS_A_DAY:,} reads of QuickBooks that a company may use in a day are used up. "
            "It goes on by itself tomorrow, by UTC. Whoever runs the console can allow more (QUICKBOOKS_READS_A_DAY)."
        )
