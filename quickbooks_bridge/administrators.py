"""Who can sign in to QuickBooks for a company, and how they are told."""

from __future__ import annotations

from collections.abc import Iterable

from procore_sync.acceptance.models import Notice
from procore_sync.acceptance.notices import notice_to
from procore_sync.accounts.models import Membership, Role


def administrators_of(company_id: int) -> Iterable[Membership]:
    """Who may sign in to QuickBooks for a company."""
    active = Membership.objects.filter(company_id=company_id, is_active=True, user__is_active=True)
    return active.filter(role=Role.ADMINISTRATOR).select_related("user")


def tell_administrators(company_id: int, subject: str, body: str) -> None:
    """Mail who may sign in to QuickBooks for a company; to be called in the transaction of what causes it."""
    Notice.objects.bulk_create(notice_to(one, subject, body) for one in administrators_of(company_id))
