"""The days of billing periods, and what settings and periods may say: pure, for page, API, operation and automation.

A monthly period begins on its project's `start_day`, on the last day of a month that is shorter, and ends the day
before the next begins; so periods that began on the 31st do not wander (domain.md §11.2).
"""

from __future__ import annotations

from calendar import monthrange
from dataclasses import dataclass, replace
from datetime import date, timedelta

from django.utils.translation import gettext, gettext_noop

from invoices.models import BillingPeriod, BillingSettings, Frequency, InvoiceType
from procore_sync.kit.shown import day
from projects.records import Problems

_A_DAY = timedelta(days=1)
_A_WEEK = timedelta(days=7)
LONGEST = timedelta(days=366)
FARTHEST_START = timedelta(days=366)
OLDEST_START = timedelta(days=3653)
LATEST_DUE = timedelta(days=92)


@dataclass(frozen=True)
class PeriodDetails:
    """What a person says about a billing period. None is a day that was not given."""

    starts_on: date | None
    ends_on: date | None
    due_on: date | None

    @classmethod
    def of(cls, period: BillingPeriod) -> PeriodDetails:
        """What a period says."""
        return cls(period.starts_on, period.ends_on, period.due_on)


@dataclass(frozen=True)
class SettingsDetails:
    """What a person says about the billing of a project; as `BillingSettings`."""

    frequency: str = Frequency.NEVER
    next_start: date | None = None
    due_day: int = 25
    default_type: str = InvoiceType.WORK
    allows_overbilling: bool = False
    shows_claimed: bool = True
    numbers_invoices: bool = False


@dataclass(frozen=True)
class Rhythm:
    """How often periods begin: every week, or every month on `start_day`."""

    frequency: str
    start_day: int
    due_day: int

    @classmethod
    def of(cls, settings: BillingSettings) -> Rhythm:
        """The rhythm of a project that opens its periods by itself."""
        start = settings.next_start
        return cls(settings.frequency, settings.start_day or (start.day if start else 1), settings.due_day)

    def after(self, start: date, steps: int = 1) -> date:
        """The first day of the period `steps` after the one that begins on `start`."""
        if self.frequency == Frequency.WEEKLY:
            return start + steps * _A_WEEK
        return _in_month(start, steps, self.start_day)

    def begun(self, start: date, today: date) -> date:
        """The first day of the newest period that has begun by `today`, counted from the one of `start`."""
        if today < start:
            return start
        if self.frequency == Frequency.WEEKLY:
            return start + (today - start) // _A_WEEK * _A_WEEK
        months = (today.year - start.year) * 12 + today.month - start.month
        found = self.after(start, months)
        return found if found <= today else self.after(start, months - 1)

    def period(self, start: date) -> PeriodDetails:
        """The days of the period that begins on `start`."""
        ends_on = self.after(start) - _A_DAY
        if self.frequency == Frequency.WEEKLY:
            return PeriodDetails(start, ends_on, start + timedelta(days=self.due_day))
        return PeriodDetails(start, ends_on, day_of_month(ends_on, self.due_day))

    def opening(self, start: date, today: date) -> PeriodDetails:
        """The days of the period that opens by itself next, counted from the one of `start`.

        After a pause it is that of today; due on its last day where the day of the settings is over then.
        """
        return _billable(self.period(self.begun(start, today)), today)


def day_of_month(month: date, number: int) -> date:
    """The day `number` of the month in which `month` lies, the last one where it is shorter."""
    return month.replace(day=min(number, monthrange(month.year, month.month)[1]))


def _in_month(start: date, months: int, number: int) -> date:
    year, month = divmod(start.year * 12 + start.month - 1 + months, 12)
    return day_of_month(date(year, month + 1, 1), number)


def _billable(details: PeriodDetails, today: date) -> PeriodDetails:
    """`details` with a due date that is not over: else nobody could bill."""
    late = details.due_on is not None and details.due_on < today
    return replace(details, due_on=details.ends_on) if late else details


def _of_today(settings: BillingSettings, today: date) -> date:
    """The first day of the month, or of the week, in which `today` lies."""
    if settings.frequency == Frequency.WEEKLY and settings.next_start is not None:
        return today - (today - settings.next_start) % _A_WEEK
    return today.replace(day=1)


def suggested(settings: BillingSettings, latest: BillingPeriod | None, today: date) -> PeriodDetails:
    """The period that is offered to be opened by hand: this month or week, or what follows the latest one.

    Its first day is the month's, or that of the week as the settings count them, or the day after the latest period;
    its last the month's, or that of seven days; due by the settings, or on its last day where that day is over: nobody
    could bill it.
    """
    start = _of_today(settings, today)
    if latest is not None and latest.ends_on >= start:
        start = latest.ends_on + _A_DAY
    if settings.frequency == Frequency.WEEKLY:
        return _billable(Rhythm.of(settings).period(start), today)
    ends_on = day_of_month(start, 31)
    due_on = day_of_month(start, settings.due_day)
    return PeriodDetails(start, ends_on, due_on if due_on >= max(start, today) else ends_on)


def settings_problems(details: SettingsDetails, latest: BillingPeriod | None, today: date) -> Problems:
    """Why the project cannot be billed as said, by field; empty if it can."""
    problems = {
        "frequency": [] if details.frequency in Frequency.values else [gettext("Choose never, weekly or monthly.")],
        "next_start": _next_start_problems(details, latest, today),
        "due_day": [] if 1 <= details.due_day <= 31 else [gettext("The due day is a number from 1 to 31.")],
        "default_type": []
        if details.default_type in ("", *InvoiceType.values)
        else [gettext("There is no such type. Choose one of the list, or none.")],
    }
    return {name: sentences for name, sentences in problems.items() if sentences}


def _next_start_problems(details: SettingsDetails, latest: BillingPeriod | None, today: date) -> list[str]:
    if details.frequency not in (Frequency.WEEKLY, Frequency.MONTHLY):
        return []
    if details.next_start is None:
        return [gettext("Say on which day the next period starts.")]
    far = _far_problems(details.next_start, today, what=gettext_noop("next period"))
    if far:
        return far
    if latest is not None and details.next_start <= latest.ends_on:
        return [
            gettext("The last period ends on %(day)s, so the next one starts after that day.")
            % {"day": day(latest.ends_on)}
        ]
    return []


def period_problems(details: PeriodDetails, today: date) -> Problems:
    """Why a period cannot have these days, by field, whatever other periods there are; empty if it can."""
    problems = {
        "starts_on": _start_problems(details, today),
        "ends_on": _end_problems(details),
        "due_on": _due_problems(details),
    }
    return {name: sentences for name, sentences in problems.items() if sentences}


def _start_problems(details: PeriodDetails, today: date) -> list[str]:
    if details.starts_on is None:
        return [gettext("The first day is missing. Give it.")]
    return _far_problems(details.starts_on, today, what=gettext_noop("period"))


def _far_problems(start: date, today: date, *, what: str) -> list[str]:
    """A year that was mistyped would close or open periods for ever."""
    if start > today + FARTHEST_START:
        return [
            gettext("The %(what)s starts more than a year from now. Choose an earlier day.") % {"what": gettext(what)}
        ]
    if start < today - OLDEST_START:
        return [gettext("The %(what)s starts more than ten years ago. Choose a later day.") % {"what": gettext(what)}]
    return []


def _end_problems(details: PeriodDetails) -> list[str]:
    if details.ends_on is None:
        return [gettext("The last day is missing. Give it.")]
    if details.starts_on is None:
        return []
    if details.ends_on < details.starts_on:
        return [gettext("The period ends before it starts. Change one of the two days.")]
    if details.ends_on - details.starts_on >= LONGEST:
        return [gettext("The period is longer than a year. Choose an earlier last day.")]
    return []


def _due_problems(details: PeriodDetails) -> list[str]:
    if details.due_on is None:
        return [gettext("The due date is missing. Give it.")]
    if details.starts_on is not None and details.due_on < details.starts_on:
        return [gettext("The due date is before the period starts, so nobody could bill. Choose a later day.")]
    if details.ends_on is not None and details.due_on - details.ends_on > LATEST_DUE:
        return [gettext("The due date is more than three months after the period ends. Choose an earlier day.")]
    return []


def spoken(details: PeriodDetails | BillingPeriod) -> str:
    """The span of a period for a sentence: 1 Nov 2026 to 30 Nov 2026."""
    return gettext("%(starts)s to %(ends)s") % {"starts": day(details.starts_on), "ends": day(details.ends_on)}
