"""Which day it is for a company; nothing else gives a record or a person its date."""

from __future__ import annotations

from datetime import date

from django.utils import timezone

from procore_sync.accounts.models import Company


def today_of(company: Company) -> date:
    """The date at the company's own place."""
    return timezone.now().astimezone(company.zone).date()
