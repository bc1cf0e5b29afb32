"""What the QuickBooks page and the API show of watching: the looks, the webhooks, and today's reads by purpose."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.conf import settings
from django.db.models import QuerySet
from django.utils.translation import gettext

from procore_sync.accounts.access import visible
from procore_sync.accounts.models import Membership
from quickbooks_bridge.models import Connection
from quickbooks_bridge.watch_models import ReadCount, Sweep, WebhookEvent
from quickbooks_bridge.watching.budgets import today
from quickbooks_bridge.watching.deliveries import hooks_are_on
from quickbooks_bridge.watching.schedules import pace_sentence, wanting
from quickbooks_bridge.watching.sweeps import may_look


def sweeps_for(member: Membership) -> QuerySet[Sweep]:
    """The looks at the company's QuickBooks of the last days, newest first."""
    return visible(Sweep.objects.select_related("asked_by__user", "company"), member)


def counts_for(member: Membership) -> QuerySet[ReadCount]:
    """The reads of the company's QuickBooks by day and purpose, the newest day and the most of it first."""
    return visible(ReadCount.objects.all(), member)


@dataclass(frozen=True)
class Watch:
    """How a company's QuickBooks is watched. `allowed` is None where reads have no budget, `heard_at` without hooks."""

    pace: str
    last: Sweep | None
    hooks_are_on: bool
    heard_at: datetime | None
    reads: int
    allowed: int | None
    purposes: list[ReadCount]
    may_look: bool

    @property
    def is_looking(self) -> bool:
        """Whether a look is not over yet."""
        return self.last is not None and self.last.ended_at is None


def watch_for(member: Membership, row: Connection) -> Watch:
    """Everything the QuickBooks page shows of watching it."""
    purposes = list(counts_for(member).filter(day=today()))
    is_wanted = wanting().filter(pk=row.pk).exists()
    heard = visible(WebhookEvent.objects.order_by("-pk"), member)
    begins = gettext("It begins once a record of ours is in QuickBooks.")
    return Watch(
        pace=pace_sentence(row.company_id) if is_wanted else begins,
        last=sweeps_for(member).first(),
        hooks_are_on=hooks_are_on(),
        heard_at=heard.values_list("heard_at", flat=True).first(),
        reads=sum(one.reads for one in purposes),
        allowed=int(settings.QUICKBOOKS_READS_A_DAY) or None,
        purposes=purposes,
        may_look=is_wanted and may_look(member),
    )
