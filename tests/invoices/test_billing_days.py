"""The days of billing periods: weeks, months of every length, and what is offered to be opened by hand."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from invoices.billing_rules import PeriodDetails, Rhythm, period_problems, suggested
from invoices.models import BillingPeriod, BillingSettings

DAYS = st.dates(date(2000, 1, 1), date(2200, 12, 31))


def firsts(start: date, frequency: str, count: int) -> list[str]:
    """The first days of the periods from `start` on, each worked out from the one before, as it happens in life."""
    rhythm, found = Rhythm(frequency, start.day, 25), [start]
    for _ in range(count - 1):
        found.append(rhythm.after(found[-1]))
    return [one.isoformat() for one in found]


def test_months_that_begin_on_the_31st_do_not_wander() -> None:
    assert firsts(date(2027, 12, 31), "monthly", 6) == [
        "2027-12-31",
        "2028-01-31",
        "2028-02-29",
        "2028-03-31",
        "2028-04-30",
        "2028-05-31",
    ]


def test_february_of_a_common_year_is_shorter() -> None:
    assert firsts(date(2026, 1, 29), "monthly", 3) == ["2026-01-29", "2026-02-28", "2026-03-29"]


def test_weeks_go_over_the_end_of_a_year() -> None:
    assert firsts(date(2026, 12, 21), "weekly", 3) == ["2026-12-21", "2026-12-28", "2027-01-04"]


@pytest.mark.parametrize(
    ("frequency", "start", "due_day", "said"),
    [
        ("monthly", date(2026, 11, 1), 25, PeriodDetails(date(2026, 11, 1), date(2026, 11, 30), date(2026, 11, 25))),
        ("monthly", date(2026, 2, 1), 31, PeriodDetails(date(2026, 2, 1), date(2026, 2, 28), date(2026, 2, 28))),
        ("monthly", date(2026, 11, 16), 20, PeriodDetails(date(2026, 11, 16), date(2026, 12, 15), date(2026, 12, 20))),
        ("weekly", date(2026, 11, 23), 9, PeriodDetails(date(2026, 11, 23), date(2026, 11, 29), date(2026, 12, 2))),
    ],
)
def test_a_period_ends_before_the_next_and_is_due_by_the_settings(
    frequency: str, start: date, due_day: int, said: PeriodDetails
) -> None:
    assert Rhythm(frequency, start.day, due_day).period(start) == said


@given(
    start=DAYS, frequency=st.sampled_from(["weekly", "monthly"]), due_day=st.integers(1, 31), steps=st.integers(0, 60)
)
def test_periods_follow_each_other_without_a_gap(start: date, frequency: str, due_day: int, steps: int) -> None:
    rhythm = Rhythm(frequency, start.day, due_day)
    one, next_one = rhythm.period(rhythm.after(start, steps)), rhythm.period(rhythm.after(start, steps + 1))
    assert one.starts_on
    assert one.ends_on
    assert next_one.starts_on

    assert one.ends_on + timedelta(days=1) == next_one.starts_on
    assert period_problems(one, one.starts_on) == {}
    length = (one.ends_on - one.starts_on).days + 1
    assert length == 7 if frequency == "weekly" else 28 <= length <= 31
    if frequency == "monthly":
        next_day = next_one.starts_on + timedelta(days=1)
        assert next_one.starts_on.day == start.day or (next_one.starts_on.day < start.day and next_day.day == 1)


@given(start=DAYS, ahead=st.integers(0, 1500), frequency=st.sampled_from(["weekly", "monthly"]))
def test_the_period_of_a_day_is_the_one_that_holds_it(start: date, ahead: int, frequency: str) -> None:
    rhythm, today = Rhythm(frequency, start.day, 25), start + timedelta(days=ahead)

    first = rhythm.begun(start, today)

    assert start <= first <= today < rhythm.after(first)
    assert rhythm.begun(first, today) == first
    # One of those that follow each other, not just any day.
    assert first in {rhythm.after(start, steps) for steps in range(ahead // 7 + 1)}


@given(start=DAYS, steps=st.integers(0, 200))
def test_step_by_step_and_at_once_come_to_the_same_day(start: date, steps: int) -> None:
    rhythm, walked = Rhythm("monthly", start.day, 25), start
    for _ in range(steps):
        walked = rhythm.after(walked)

    assert walked == rhythm.after(start, steps)


def test_by_hand_this_month_is_offered_and_then_what_follows() -> None:
    settings, today = BillingSettings(due_day=25), date(2026, 11, 27)
    november = BillingPeriod(starts_on=date(2026, 11, 1), ends_on=date(2026, 11, 30))
    half = BillingPeriod(starts_on=date(2026, 11, 1), ends_on=date(2026, 11, 26))

    days = PeriodDetails(date(2026, 11, 1), date(2026, 11, 30), date(2026, 11, 25))
    assert suggested(settings, None, date(2026, 11, 25)) == days
    # Never a due date that is over: nobody could bill then.
    assert suggested(settings, None, today) == replace(days, due_on=date(2026, 11, 30))
    december = PeriodDetails(date(2026, 12, 1), date(2026, 12, 31), date(2026, 12, 25))
    assert suggested(settings, november, today) == december
    # Never a due date before the first day.
    rest = PeriodDetails(date(2026, 11, 27), date(2026, 11, 30), date(2026, 11, 30))
    assert suggested(settings, half, today) == rest


@pytest.mark.parametrize(
    ("last", "due_day", "said"),
    [
        (None, 9, PeriodDetails(date(2026, 11, 23), date(2026, 11, 29), date(2026, 12, 2))),
        (date(2026, 10, 25), 2, PeriodDetails(date(2026, 11, 23), date(2026, 11, 29), date(2026, 11, 29))),
        (date(2026, 11, 29), 9, PeriodDetails(date(2026, 11, 30), date(2026, 12, 6), date(2026, 12, 9))),
    ],
)
def test_by_hand_the_week_of_today_is_offered_where_weeks_are_billed(
    last: date | None, due_day: int, said: PeriodDetails
) -> None:
    """At the end of a month its first week was offered, in which nobody could bill any more."""
    settings = BillingSettings(frequency="weekly", next_start=date(2026, 11, 30), due_day=due_day)
    latest = BillingPeriod(starts_on=last - timedelta(days=6), ends_on=last) if last else None
    assert suggested(settings, latest, date(2026, 11, 27)) == said


TODAY = date(2026, 11, 25)


@pytest.mark.parametrize(
    ("days", "field", "sentence"),
    [
        ((None, date(2026, 11, 30), TODAY), "starts_on", "The first day is missing"),
        ((date(2026, 11, 1), None, TODAY), "ends_on", "The last day is missing"),
        ((date(2026, 11, 1), date(2026, 11, 30), None), "due_on", "The due date is missing"),
        ((date(2026, 11, 2), date(2026, 11, 1), date(2026, 11, 2)), "ends_on", "ends before it starts"),
        ((date(2026, 11, 1), date(2027, 11, 2), TODAY), "ends_on", "longer than a year"),
        ((date(2026, 11, 1), date(2026, 11, 30), date(2026, 10, 31)), "due_on", "before the period starts"),
        ((date(2026, 11, 1), date(2026, 11, 30), date(2027, 3, 3)), "due_on", "more than three months after"),
        ((date(2026, 11, 1), date.max, date.max), "ends_on", "longer than a year"),
        ((date(26, 11, 1), date(26, 11, 30), date(26, 11, 30)), "starts_on", "more than ten years ago"),
        ((date(2027, 11, 27), date(2027, 11, 30), date(2027, 11, 30)), "starts_on", "more than a year from now"),
    ],
)
def test_days_that_make_no_period(days: tuple[date | None, ...], field: str, sentence: str) -> None:
    problems = period_problems(PeriodDetails(*days), TODAY)

    assert list(problems) == [field]
    assert sentence in problems[field][0]


def test_a_period_of_one_day_is_one() -> None:
    assert period_problems(PeriodDetails(TODAY, TODAY, TODAY), TODAY) == {}
