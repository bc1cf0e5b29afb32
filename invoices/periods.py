"""What the rest of invoicing asks of billing periods."""

from __future__ import annotations

from datetime import date

from invoices.models import BillingPeriod, BillingSettings
from projects.models import Project


def settings_of(project: Project) -> BillingSettings:
    """How the project is billed: as it says, else in the usual way."""
    return BillingSettings.objects.filter(project=project).first() or BillingSettings(project=project)


def open_period_of(project: Project) -> BillingPeriod | None:
    """The billing period of the project that is open, or None."""
    return BillingPeriod.objects.filter(project=project, closed_at__isnull=True).first()


def past_due(period: BillingPeriod, *, today: date) -> bool:
    """Whether a contact can no longer bill in the period; on the due date itself he still can."""
    return today > period.due_on
