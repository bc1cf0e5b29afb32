"""How the exports flow: what waits and why, how tries end, by the hour. Figures for a company, or over all of them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal

from django.db.models import Count, Max, Min, QuerySet, Sum
from django.db.models.functions import TruncHour
from django.utils import timezone
from django.utils.translation import gettext_noop

from procore_sync.acceptance.models import Attempt, Submission
from procore_sync.acceptance.states import OutcomeKind, Work

#: What goes by itself as soon as it can.
MOVING = (Work.DUE, Work.FLYING, Work.UNCERTAIN)
REASONS_SHOWN = 20
HOURS = 24


@dataclass(frozen=True)
class Reason:
    """Why records wait, in one sentence: how many, what they come to, since when, and where it is cured."""

    sentence: str
    count: int
    amount: Decimal | None
    oldest: datetime
    cure_by: str
    cure_url: str


def on_the_way(company_id: int | None = None) -> QuerySet[Submission]:
    """Accepted and not done: what moves, what waits for another record, what needs a person."""
    rows = Submission.objects.filter(work__in=[*MOVING, Work.WAITING, Work.PARKED])
    return rows if company_id is None else rows.filter(company_id=company_id)


def oldest_moving(company_id: int | None = None) -> datetime | None:
    """Since when the oldest record waits that should go by itself, from its acceptance or last retry; None if none."""
    rows = on_the_way(company_id).filter(work__in=MOVING)
    oldest: datetime | None = rows.aggregate(at=Min("item__status_changed_at"))["at"]
    return oldest


def reasons_of(company_id: int) -> list[Reason]:
    """Why the company's records wait, the most frequent reason first."""
    rows = on_the_way(company_id).order_by().values("work", "reason", "cure_by", "cure_url")
    found = rows.annotate(count=Count("pk"), amount=Sum("item__amount"), oldest=Min("item__status_changed_at"))
    return [
        Reason(
            row["reason"] or _SILENT[Work(row["work"])],
            row["count"],
            row["amount"],
            row["oldest"],
            row["cure_by"],
            row["cure_url"],
        )
        for row in found.order_by("-count", "oldest")[:REASONS_SHOWN]
    ]


_SILENT = {
    Work.DUE: gettext_noop("It is due, and goes as soon as a worker takes it."),
    Work.FLYING: gettext_noop("It is being sent just now."),
    Work.UNCERTAIN: gettext_noop("Its last answer is unknown; it is looked for in QuickBooks first."),
    Work.WAITING: gettext_noop("It waits for another record."),
    Work.PARKED: gettext_noop("It stopped and needs a person."),
}


def outcomes_since(since: datetime, company_id: int | None = None) -> dict[OutcomeKind, int]:
    """How many tries ended in which way from `since` on; every way is named."""
    rows = _ended(since, company_id).order_by().values_list("outcome").annotate(Count("pk"))
    counts = dict(rows)
    return {outcome: counts.get(outcome, 0) for outcome in OutcomeKind}


def tries_by_hour(company_id: int, now: datetime | None = None) -> list[tuple[datetime, int, int]]:
    """The last 24 hours up to now, each with how many tries ended in it and how many of them wrote or found nothing."""
    now = now or timezone.now()
    first = now.replace(minute=0, second=0, microsecond=0) - timedelta(hours=HOURS - 1)
    rows = _ended(first, company_id).order_by().annotate(hour=TruncHour("finished_at", tzinfo=UTC))
    counts: dict[datetime, dict[str, int]] = {}
    for row in rows.values("hour", "outcome").annotate(count=Count("pk")):
        counts.setdefault(row["hour"], {})[row["outcome"]] = row["count"]
    hours = [first + timedelta(hours=number) for number in range(HOURS)]
    found = [(hour, counts.get(hour, {})) for hour in hours]
    return [(hour, sum(of.values()), sum(of.values()) - of.get(OutcomeKind.DONE, 0)) for hour, of in found]


def last_done(company_id: int) -> datetime | None:
    """When QuickBooks last took a record of the company."""
    done = Attempt.objects.filter(submission__company_id=company_id, outcome=OutcomeKind.DONE)
    at: datetime | None = done.aggregate(at=Max("finished_at"))["at"]
    return at


def _ended(since: datetime, company_id: int | None) -> QuerySet[Attempt]:
    rows = Attempt.objects.filter(finished_at__gte=since)
    return rows if company_id is None else rows.filter(submission__company_id=company_id)
