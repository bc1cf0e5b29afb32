"""How it goes over time, and where the jobs stand: the figures behind the plots of one page, for one person.

Everything is of the records that they may see; a week begins on Monday in their company's time zone.
"""

from __future__ import annotations

import statistics
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from functools import reduce
from operator import or_
from typing import cast
from zoneinfo import ZoneInfo

from django.db.models import Count, Q, Sum
from django.db.models.functions import Coalesce, TruncDay
from django.utils import timezone
from django.utils.translation import gettext, gettext_noop

from budgets.models import BudgetChangeLine, BudgetLine
from commitments.selectors import commitments_for
from commitments.statuses import EFFECTS, BudgetEffect, effect_of, is_order
from invoices.models import Payment, PaymentState
from procore_sync.acceptance.models import Attempt, Submission
from procore_sync.acceptance.selectors import items_for, readable
from procore_sync.acceptance.states import Decision, OutcomeKind, Status
from procore_sync.accounts.access import visible
from procore_sync.accounts.days import today_of
from procore_sync.accounts.models import Membership
from projects.models import Project
from quickbooks_bridge.reconciling.books import Books, Figures

WEEKS = 12
DAYS = 14
#: The projects with the most money promised; the others are in their own pages.
JOBS = 8
_ZERO = Decimal("0.00")
#: Age in days from which on a record that waits belongs to a step, and its words.
_STEPS = (
    (0, gettext_noop("under 1 day")),
    (1, gettext_noop("1 to 3 days")),
    (3, gettext_noop("3 to 7 days")),
    (7, gettext_noop("a week or more")),
)
#: What counts as committed: approved, and what came after it but void, where its order stands in QuickBooks.
_PROMISED = reduce(
    or_,
    (
        Q(type=type_, status__in=[one for one in EFFECTS[type_] if effect_of(type_, one) == BudgetEffect.COMMITTED])
        | Q(
            type=type_,
            status__in=[one for one in EFFECTS[type_] if is_order(type_, one)],
            erp__ledger_link__isnull=False,
        )
        for type_ in EFFECTS
    ),
)
_DECIDED = (Decision.ACCEPTED, Decision.REJECTED)


@dataclass(frozen=True)
class Week:
    """The week that begins on `monday`: how many records were decided, and the median of hours from sent to decided."""

    monday: date
    decided: int
    hours: Decimal


@dataclass(frozen=True)
class Day:
    """How many tries of exports ended on a day: those that QuickBooks took, and the others."""

    day: date
    done: int
    otherwise: int


@dataclass(frozen=True)
class Job:
    """The money of one project in the console; `budget` is with its changes."""

    project: Project
    budget: Decimal
    figures: Figures


@dataclass(frozen=True)
class Trends:
    """Everything on the page."""

    weeks: list[Week]
    ages: list[tuple[str, int]]
    days: list[Day]
    jobs: list[Job]
    paid: list[tuple[date, Decimal]]


def trends_for(member: Membership) -> Trends:
    """What the page shows to `member`, in a fixed number of queries."""
    today = today_of(member.company)
    return Trends(
        weeks=_decided(member, today),
        ages=_ages(member),
        days=_exported(member, today),
        jobs=jobs_of(member),
        paid=_paid(member, today),
    )


def _mondays(today: date) -> list[date]:
    first = today - timedelta(days=today.weekday(), weeks=WEEKS - 1)
    return [first + timedelta(weeks=number) for number in range(WEEKS)]


def _days(today: date) -> list[date]:
    return [today - timedelta(days=DAYS - 1 - number) for number in range(DAYS)]


def _begins(day: date, zone: ZoneInfo) -> datetime:
    return datetime(day.year, day.month, day.day, tzinfo=zone)


def _decided(member: Membership, today: date) -> list[Week]:
    mondays, zone = _mondays(today), member.company.zone
    rows = Submission.objects.filter(
        item__in=items_for(member), decision__in=_DECIDED, decided_at__gte=_begins(mondays[0], zone)
    ).exclude(decided_by=None)
    hours: dict[date, list[float]] = defaultdict(list)
    for sent_at, at in rows.values_list("sent_at", "decided_at"):
        decided_at = cast(datetime, at)  # the query asks for a moment from then on
        day = decided_at.astimezone(zone).date()
        hours[day - timedelta(days=day.weekday())].append((decided_at - sent_at).total_seconds() / 3600)
    return [
        Week(monday, len(hours[monday]), Decimal(str(round(statistics.median(hours[monday] or [0.0]), 1))))
        for monday in mondays
    ]


def _ages(member: Membership) -> list[tuple[str, int]]:
    """How many records wait for a decision, by how long."""
    now = timezone.now()
    wanted = {}
    for at, (days, _) in enumerate(_STEPS):
        within = Q(status_changed_at__lte=now - timedelta(days=days))
        if at + 1 < len(_STEPS):
            within &= Q(status_changed_at__gt=now - timedelta(days=_STEPS[at + 1][0]))
        wanted[f"step_{at}"] = Count("pk", filter=within)
    counts = items_for(member).filter(status=Status.SENT).aggregate(**wanted)
    return [(gettext(words), counts[f"step_{at}"]) for at, (_, words) in enumerate(_STEPS)]


def _exported(member: Membership, today: date) -> list[Day]:
    days, zone = _days(today), member.company.zone
    rows = Attempt.objects.filter(submission__item__in=items_for(member), finished_at__gte=_begins(days[0], zone))
    counts: dict[date, list[int]] = defaultdict(lambda: [0, 0])
    counted = rows.order_by().annotate(day=TruncDay("finished_at", tzinfo=zone)).values("day", "outcome")
    for row in counted.annotate(count=Count("pk")):
        counts[row["day"].date()][row["outcome"] != OutcomeKind.DONE] += row["count"]
    return [Day(day, *counts[day]) for day in days]


def jobs_of(member: Membership) -> list[Job]:
    """The projects with the most money promised, as far as `member` sees it; a fixed number of queries."""
    seen = commitments_for(member)
    promised = Coalesce(Sum("erp__amount", filter=_PROMISED), _ZERO)
    largest = seen.order_by().values("project").annotate(promised=promised).order_by("-promised", "project")
    projects = [row["project"] for row in largest[:JOBS]]
    commitments = list(seen.filter(project__in=projects))
    books = Books(member.company_id, commitments)
    figures: dict[int, Figures] = defaultdict(Figures)
    named: dict[int, Project] = {}
    for commitment in commitments:
        named[commitment.project_id] = commitment.project
        figures[commitment.project_id] += books.console(commitment)
    budgets = _budgets(projects)
    return [Job(named[pk], budgets.get(pk, _ZERO), figures[pk]) for pk in projects]


def _budgets(projects: list[int]) -> dict[int, Decimal]:
    """What each project's budget comes to, with its changes."""
    found: dict[int, Decimal] = defaultdict(lambda: _ZERO)
    lines = BudgetLine.objects.filter(budget__project__in=projects).order_by()
    changes = BudgetChangeLine.objects.filter(change__budget__project__in=projects).order_by()
    for pk, amount in [
        *lines.values_list("budget__project").annotate(Sum("original")),
        *changes.values_list("change__budget__project").annotate(Sum("amount")),
    ]:
        found[pk] += amount
    return found


def _paid(member: Membership, today: date) -> list[tuple[date, Decimal]]:
    """What payments took off invoices, by week."""
    mondays = _mondays(today)
    rows = readable(visible(Payment.objects.all(), member), member, erp="invoice__erp")
    rows = rows.filter(state=PaymentState.ISSUED, day__gte=mondays[0], day__lt=mondays[-1] + timedelta(weeks=1))
    found: dict[date, Decimal] = defaultdict(lambda: _ZERO)
    for day, amount in rows.order_by().values_list("day").annotate(Sum("amount")):
        found[day - timedelta(days=day.weekday())] += amount
    return [(monday, found[monday]) for monday in mondays]


def rows_of(found: Trends) -> Iterator[tuple[str, list[Decimal]]]:
    """The jobs as groups of a plot: budget, committed, invoiced, held, paid."""
    for job in found.jobs:
        one = job.figures
        yield job.project.name, [job.budget, one.committed, one.invoiced, one.held, one.paid]
