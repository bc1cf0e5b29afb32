"""Which day and hour it is for a company; nothing else gives a record or a person its date."""

from __future__ import annotations

from datetime import date, datetime

from django.utils import timezone

from procore_sync.accounts.models import Company
from procore_sync.kit.shown import stamp, when


def today_of(company: Company) -> date:
    """The date at the company's own place."""
    return timezone.now().astimezone(company.zone).date()


def stamp_of(moment: datetime, company: Company) -> str:
    """A moment by the company's own clock, for a sentence that pages and API say alike."""
    with timezone.override(company.zone):
        return stamp(moment)


def when_of(moment: datetime, company: Company) -> str:
    """The same for a sentence that is read at once, and so may say *Today*."""
    with timezone.override(company.zone):
        return when(moment)
