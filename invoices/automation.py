"""Billing periods that open by themselves, each once, when its first day begins where the company is."""

from __future__ import annotations

import logging
from datetime import timedelta

from django.db import transaction
from django.utils import timezone

from invoices.billing_rules import Rhythm
from invoices.models import BillingSettings, Frequency
from invoices.periods import latest_period_of, put_period
from procore_sync.accounts.days import today_of
from procore_sync.kit.refusals import Refusal

logger = logging.getLogger(__name__)

#: No time zone is farther ahead of the machine's.
_FARTHEST_AHEAD = timedelta(hours=14)


def open_due_periods() -> int:
    """Open every period whose first day has come; returns how many. Safe to run twice at once and at any minute.

    After a pause only the period of today is opened: nobody was invited for what has passed meanwhile, and nothing is
    made up. A project whose period is refused is written to the log and stops no other.
    """
    due = BillingSettings.objects.exclude(frequency=Frequency.NEVER).filter(
        next_start__lte=(timezone.now() + _FARTHEST_AHEAD).date(), project__is_active=True
    )
    opened = 0
    for settings in due.select_related("project__company").order_by("pk"):
        try:
            opened += _open(settings)
        except Refusal as refusal:
            logger.warning("The period of project %s was not opened: %s", settings.project_id, refusal.sentence)
    return opened


@transaction.atomic
def _open(settings: BillingSettings) -> bool:
    today = today_of(settings.project.company)
    if settings.next_start is None or settings.next_start > today:
        return False
    rhythm = Rhythm.of(settings)
    start = rhythm.begun(settings.next_start, today)
    as_seen = {name: getattr(settings, name) for name in ("frequency", "next_start", "start_day", "due_day")}
    # A counted update, so that of two beats only one opens it. It also locks the settings, as every opening does.
    if BillingSettings.objects.filter(pk=settings.pk, **as_seen).update(next_start=rhythm.after(start)) != 1:
        return False
    latest = latest_period_of(settings.project)
    if latest is not None and latest.ends_on >= start:
        return False
    put_period(settings.project, rhythm.opening(start, today), by=None)
    return True
