"""Who can sign in to QuickBooks for a company, and how they are told."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from django.urls import reverse

from procore_sync.acceptance.abouts import About
from procore_sync.acceptance.notices import Telling, Words, tell
from procore_sync.accounts.models import Membership, Role


def administrators_of(company_id: int) -> Iterable[Membership]:
    """Who may sign in to QuickBooks for a company."""
    active = Membership.objects.filter(company_id=company_id, is_active=True, user__is_active=True)
    return active.filter(role=Role.ADMINISTRATOR).select_related("user")


def tell_administrators(company_id: int, subject: Words, body: Callable[[], str], *, page: str) -> None:
    """Tell who may sign in to QuickBooks for a company; to be called in the transaction of what causes it.

    Each in their language, so `subject` is lazy and `body` is made anew. `page` is the name of the address where it is
    cured.
    """
    tell(administrators_of(company_id), Telling(About.HEALTH, subject, reverse(page), subject, body))
