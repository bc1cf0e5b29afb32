"""What the page of sync health and its API show of one company; figures over all of them are at /metrics."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings
from django.utils import timezone
from django.utils.translation import gettext

from procore_sync.acceptance import flow
from procore_sync.acceptance.bell import silence
from procore_sync.acceptance.heartbeats import heartbeats
from procore_sync.acceptance.models import Alarm
from procore_sync.acceptance.states import OutcomeKind
from procore_sync.accounts.access import Right, require
from procore_sync.accounts.models import Membership
from procore_sync.kit.kept import in_the_readers_words
from quickbooks_bridge.client.limiter import LimiterDown, RedisLimiter, Use
from quickbooks_bridge.connections import connection_of, sending_obstacle_of
from quickbooks_bridge.ledgers import limiter_for
from quickbooks_bridge.models import Connection
from quickbooks_bridge.watch_models import Sweep


@dataclass(frozen=True)
class Ending:
    """How many tries ended in one way in the last hour and day."""

    label: str
    hour: int
    day: int


@dataclass(frozen=True)
class Beat:
    """A process, when it was last heard of, and whether that is too long ago."""

    name: str
    at: datetime | None
    is_silent: bool


@dataclass(frozen=True)
class SyncHealth:
    """How well a company's exports go. `limits` is None without a connection or limits; then `limits_say` why.

    `bell` says why no bell is heard; "" if all is well.
    """

    alarms: list[Alarm]
    oldest: datetime | None
    reasons: list[flow.Reason]
    endings: list[Ending]
    hours: list[tuple[datetime, int, int]]
    last_done: datetime | None
    limits: Use | None
    limits_say: str
    obstacle: str
    bell: str
    days_left: int | None
    looked_at: datetime | None
    beats: list[Beat]

    @property
    def waiting(self) -> int:
        """How many records were accepted and are not in QuickBooks yet."""
        return sum(one.count for one in self.reasons)


def health_for(member: Membership) -> SyncHealth:
    """The sync health of the member's company.

    Raises:
        NotAllowed: they are no administrator; it tells of private records too.
    """
    require(member, Right.SETTINGS)
    company_id, now = member.company_id, timezone.now()
    row = connection_of(company_id)
    obstacle = sending_obstacle_of(row)
    limits, limits_say = _limits(row)
    return SyncHealth(
        alarms=list(Alarm.objects.filter(company_id=company_id)),
        oldest=flow.oldest_moving(company_id),
        reasons=flow.reasons_of(company_id),
        endings=_endings(company_id, now),
        hours=flow.tries_by_hour(company_id, now),
        last_done=flow.last_done(company_id),
        limits=limits,
        limits_say=limits_say,
        obstacle=in_the_readers_words(obstacle.sentence) if obstacle else "",
        bell=silence(),
        days_left=row.days_left if row else None,
        looked_at=looked_at(company_id),
        beats=_beats(now),
    )


def looked_at(company_id: int) -> datetime | None:
    """When a look at what changed in the company's QuickBooks last came to its end without a fault."""
    ended = Sweep.objects.filter(company_id=company_id, ended_at__isnull=False, error="")
    return ended.order_by("-ended_at").values_list("ended_at", flat=True).first()


def _endings(company_id: int, now: datetime) -> list[Ending]:
    hour = flow.outcomes_since(now - timedelta(hours=1), company_id)
    day = flow.outcomes_since(now - timedelta(days=1), company_id)
    return [Ending(str(one.label), hour[one], day[one]) for one in OutcomeKind]


def _limits(row: Connection | None) -> tuple[Use | None, str]:
    limiter = limiter_for(0.0)
    if row is None or not isinstance(limiter, RedisLimiter):
        return None, gettext("Calls are not limited.") if row else gettext("QuickBooks is not connected.")
    try:
        return limiter.use_of(row.realm_id), ""
    except LimiterDown as down:
        return None, str(down)


def _beats(now: datetime) -> list[Beat]:
    limit = settings.ALERT_HEARTBEAT_MINUTES or 5
    before = now - timedelta(minutes=limit)
    return [Beat(name, at, at is None or at < before) for name, at in heartbeats().items()]
