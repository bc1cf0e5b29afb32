"""When a company's QuickBooks is looked at: by the settings' pace, slower where the day's budget would not last."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final

from django.conf import settings
from django.db.models import Exists, OuterRef, QuerySet, Subquery
from django.utils import timezone
from django.utils.translation import gettext, ngettext

from procore_sync.kit.clock import database_time
from quickbooks_bridge.models import Connection, ConnectionStatus, Link
from quickbooks_bridge.watch_models import Sweep, WatchCursor, WebhookEvent
from quickbooks_bridge.watching.budgets import left_today, rest_of_day
from quickbooks_bridge.watching.deliveries import hooks_are_on

#: How soon after a look a webhook may cause the next one, so that a burst of them costs few.
HINT_PAUSE: Final = timedelta(seconds=30)
#: What was looked at within that time is up to date for the hourly readings of payments and names.
LATELY: Final = timedelta(minutes=20)


def usual_pace() -> timedelta | None:
    """How often is looked while the budget lasts; None if only when asked."""
    minutes = settings.WATCH_MINUTES_WITH_HOOKS if hooks_are_on() else settings.WATCH_MINUTES
    return timedelta(minutes=minutes) if minutes else None


def pace_of(company_id: int) -> timedelta | None:
    """How often is looked now: what is left of the day's reads is spread over its rest. None if not by itself today."""
    usual, left = usual_pace(), left_today(company_id)
    if usual is None or left == 0:
        return None
    return usual if left is None else max(usual, rest_of_day() / left)


def pace_sentence(company_id: int) -> str:
    """How often is looked, and whether that is slower than it should be."""
    usual, now = usual_pace(), pace_of(company_id)
    if usual is None:
        return gettext("QuickBooks is looked at when somebody asks for it only (WATCH_MINUTES is 0).")
    if now is None:
        return gettext(
            "Today's reads are used up, so QuickBooks is not looked at by itself again before tomorrow, by UTC."
        )
    if now > usual:
        return gettext(
            "Slowed down: today's reads would not be enough to look {usual}, so it is done {now} until midnight, UTC."
        ).format(usual=_every(usual), now=_every(now))
    if hooks_are_on():
        return gettext("QuickBooks is looked at {usual}; and when a webhook says so.").format(usual=_every(usual))
    return gettext("QuickBooks is looked at {usual}; no webhooks are set up.").format(usual=_every(usual))


def _every(pace: timedelta) -> str:
    minutes = max(1, round(pace.total_seconds() / 60))
    return ngettext("every minute", "every {minutes} minutes", minutes).format(minutes=minutes)


def wanting() -> QuerySet[Connection]:
    """The connections of companies with a record in QuickBooks; of any other there is nothing to watch."""
    return Connection.objects.filter(Exists(Link.objects.filter(company=OuterRef("company"))))


def due() -> list[int]:
    """The companies that are to be looked at now: half done, hinted at by a webhook, or its turn by the pace."""
    return sorted(_due_among(wanting()))


def is_due(company_id: int) -> bool:
    """Whether a company is to be looked at now."""
    return company_id in _due_among(wanting().filter(company_id=company_id))


def followed(company_id: int) -> frozenset[str]:
    """The kinds of documents and names that were looked at so lately that nobody else has to read them."""
    rows = WatchCursor.objects.filter(company_id=company_id, changed_since__gt=timezone.now() - LATELY)
    return frozenset(rows.values_list("entity", flat=True))


def _due_among(rows: QuerySet[Connection]) -> list[int]:
    now = database_time()
    of_company = Sweep.objects.filter(company=OuterRef("company"))
    told = rows.filter(status=ConnectionStatus.CONNECTED).annotate(
        last=Subquery(of_company.order_by("-pk").values("began_at")[:1]),
        left=Exists(of_company.filter(ended_at=None)),
        busy=Exists(of_company.filter(ended_at=None, leased_until__gt=now)),
        hinted=Exists(WebhookEvent.objects.filter(company=OuterRef("company"), read_at=None)),
    )
    return [row.company_id for row in told if not row.busy and _is_due(row, now)]


def _is_due(row: Connection, now: datetime) -> bool:
    last: datetime | None = getattr(row, "last", None)
    if last is None or getattr(row, "left", False):
        return usual_pace() is not None or last is not None
    pace = pace_of(row.company_id)
    if pace is None:
        return False
    hinted = getattr(row, "hinted", False) and pace == usual_pace()
    return last <= now - (min(HINT_PAUSE, pace) if hinted else pace)
