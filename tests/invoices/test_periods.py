"""Billing periods: one open at a time, none over another, opened by hand and by themselves."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import time_machine
from celery import current_app
from django.conf import settings

from invoices.automation import _open, open_due_periods
from invoices.billing_rules import PeriodDetails, SettingsDetails
from invoices.models import BillingPeriod, BillingSettings, Invoice, InvoiceStatus
from invoices.periods import (
    edit_period,
    next_by_itself,
    open_period,
    open_period_of,
    past_due,
    save_settings,
    settings_of,
    suggested_period,
)
from invoices.tasks import open_periods
from procore_sync.acceptance.items import open_item
from procore_sync.acceptance.refusals import IllegalMove
from procore_sync.accounts.models import Membership, RightsChange
from procore_sync.kit.kinds import Kind
from procore_sync.kit.refusals import InvalidInput, NotAllowed
from projects.models import Project
from projects.operations import set_project_active
from tests.factories import make_commitment, make_project
from tests.scenes import kept

NEW_YORK = ZoneInfo("America/New_York")
pytestmark = pytest.mark.django_db


def at(text: str) -> time_machine.travel:
    """The clock of New York, where the company is."""
    return time_machine.travel(datetime.fromisoformat(text).replace(tzinfo=NEW_YORK), tick=False)


def days(starts_on: str, ends_on: str, due_on: str = "") -> PeriodDetails:
    return PeriodDetails(*(date.fromisoformat(one) for one in (starts_on, ends_on, due_on or ends_on)))


NOVEMBER = days("2026-11-01", "2026-11-30", "2026-11-25")
DECEMBER = days("2026-12-01", "2026-12-31", "2026-12-25")


@pytest.fixture
@kept
def project(max_pm: Membership) -> Project:
    return make_project(max_pm, "Harbor Row Lofts")


def spans(project: Project) -> list[tuple[str, bool]]:
    """First day and openness of every period, in order."""
    rows = BillingPeriod.objects.filter(project=project).order_by("starts_on")
    return [(row.starts_on.isoformat(), row.is_open) for row in rows]


def make_invoice(by: Membership, period: BillingPeriod, **columns: Any) -> Invoice:
    """An invoice of a new commitment in `period`, for its days."""
    commitment = make_commitment(by, period.project)
    item = open_item(
        company=by.company, kind=Kind.INVOICE, by=by, label="1", amount=Decimal(0), project=period.project.erp
    )
    given = {"starts_on": period.starts_on, "ends_on": period.ends_on, "billed_on": period.ends_on, "number": "1"}
    made: Invoice = Invoice.objects.create(
        erp=item, company=by.company, commitment=commitment, period=period, sequence=1, **{**given, **columns}
    )
    return made


@at("2026-11-20")
def test_opening_a_period_closes_the_one_before(project: Project, max_pm: Membership) -> None:
    assert open_period_of(project) is None
    november = open_period(project, NOVEMBER, by=max_pm)
    assert open_period_of(project) == november

    december = open_period(project, DECEMBER, by=max_pm)

    assert spans(project) == [("2026-11-01", False), ("2026-12-01", True)]
    assert (december.opened_by, open_period_of(project)) == (max_pm, december)


@at("2026-11-20")
@pytest.mark.parametrize(
    ("wanted", "sentence"),
    [
        (NOVEMBER, "It overlaps the period 1 Nov 2026 to 30 Nov 2026."),
        (days("2026-11-30", "2026-12-05"), "It overlaps the period 1 Nov 2026 to 30 Nov 2026."),
        (days("2026-10-01", "2026-12-31"), "It overlaps the period 1 Nov 2026 to 30 Nov 2026."),
        (days("2026-10-01", "2026-10-31"), "It comes before the period 1 Nov 2026 to 30 Nov 2026."),
        (days("2026-12-02", "2026-12-01"), "The period ends before it starts."),
    ],
)
def test_a_period_that_does_not_follow_is_refused_and_nothing_is_closed(
    project: Project, max_pm: Membership, wanted: PeriodDetails, sentence: str
) -> None:
    open_period(project, NOVEMBER, by=max_pm)

    with pytest.raises(InvalidInput) as refusal:
        open_period(project, wanted, by=max_pm)

    assert sentence in " ".join(said for given in refusal.value.errors.values() for said in given)
    assert spans(project) == [("2026-11-01", True)]


def test_periods_of_other_projects_are_no_matter(project: Project, max_pm: Membership) -> None:
    open_period(make_project(max_pm), NOVEMBER, by=max_pm)

    open_period(project, NOVEMBER, by=max_pm)

    assert BillingPeriod.objects.filter(closed_at=None).count() == 2


def test_who_may_not_edit_opens_edits_and_sets_nothing(
    project: Project, max_pm: Membership, vic: Membership, ada: Membership, ian: Membership
) -> None:
    period = open_period(project, NOVEMBER, by=max_pm)

    for by in (vic, ada, ian):
        with pytest.raises(NotAllowed):
            open_period(project, DECEMBER, by=by)
        with pytest.raises(NotAllowed):
            edit_period(period, DECEMBER, by=by)
        with pytest.raises(NotAllowed):
            save_settings(project, SettingsDetails(), by=by)
    assert spans(project) == [("2026-11-01", True)]


def test_nothing_is_billed_in_an_inactive_project(project: Project, max_pm: Membership) -> None:
    set_project_active(project, False, by=max_pm)

    with pytest.raises(IllegalMove, match="is inactive, so nothing is billed"):
        open_period(project, NOVEMBER, by=max_pm)


@at("2026-11-20")
def test_the_open_period_gets_other_days_and_the_change_is_written_down(project: Project, max_pm: Membership) -> None:
    period = open_period(project, NOVEMBER, by=max_pm)

    edited = edit_period(period, days("2026-11-02", "2026-11-29", "2026-12-05"), by=max_pm)

    assert PeriodDetails.of(edited) == days("2026-11-02", "2026-11-29", "2026-12-05")
    assert RightsChange.objects.get().changes == [
        {
            "label": "Billing period of Harbor Row Lofts",
            "before": "1 Nov 2026 to 30 Nov 2026, due 25 Nov 2026",
            "after": "2 Nov 2026 to 29 Nov 2026, due 5 Dec 2026",
        }
    ]


@at("2026-11-20")
def test_a_closed_period_stays_as_it_is(project: Project, max_pm: Membership) -> None:
    november = open_period(project, NOVEMBER, by=max_pm)
    open_period(project, DECEMBER, by=max_pm)

    with pytest.raises(IllegalMove, match="is closed and is not opened again"):
        edit_period(november, NOVEMBER, by=max_pm)


@at("2026-11-20")
def test_an_edit_does_not_reach_into_the_period_before(project: Project, max_pm: Membership) -> None:
    open_period(project, NOVEMBER, by=max_pm)
    december = open_period(project, DECEMBER, by=max_pm)

    with pytest.raises(InvalidInput) as refusal:
        edit_period(december, days("2026-11-30", "2026-12-31"), by=max_pm)

    assert "overlaps the period 1 Nov 2026 to 30 Nov 2026" in refusal.value.errors["starts_on"][0]


@at("2026-11-20")
def test_a_period_goes_on_to_cover_its_invoices(project: Project, max_pm: Membership) -> None:
    period = open_period(project, NOVEMBER, by=max_pm)
    make_invoice(max_pm, period)
    make_invoice(max_pm, period, starts_on=date(2026, 10, 1))

    for wanted, field in (
        (days("2026-11-02", "2026-11-30"), "starts_on"),
        (days("2026-11-01", "2026-11-29"), "ends_on"),
    ):
        with pytest.raises(InvalidInput) as refusal:
            edit_period(period, wanted, by=max_pm)
        assert list(refusal.value.errors) == [field]
        assert "is for 1 Nov 2026 to 30 Nov 2026, and the period has to go on covering it" in str(refusal.value.errors)

    # Longer is fine, and so is another due date; a void invoice counts for nothing.
    period = edit_period(period, days("2026-11-01", "2026-12-02", "2026-12-10"), by=max_pm)
    Invoice.objects.update(status=InvoiceStatus.VOID)
    edit_period(period, days("2026-11-05", "2026-11-20"), by=max_pm)


@pytest.mark.parametrize(("moment", "late"), [("2026-11-25T23:59", False), ("2026-11-26T00:00", True)])
def test_the_due_date_lasts_until_its_end(project: Project, max_pm: Membership, moment: str, late: bool) -> None:
    with at("2026-11-20"):
        period = open_period(project, NOVEMBER, by=max_pm)

    assert past_due(period, today=datetime.fromisoformat(moment).date()) == late


def test_without_settings_a_project_is_billed_by_hand(project: Project) -> None:
    stand = settings_of(project)

    assert (stand.frequency, stand.due_day, stand.default_type) == ("never", 25, "work_materials")
    assert next_by_itself(stand) is None


@at("2026-11-20")
def test_settings_are_saved_and_each_change_is_written_down(project: Project, max_pm: Membership) -> None:
    save_settings(project, SettingsDetails(), by=max_pm)
    assert not RightsChange.objects.exists()

    monthly = SettingsDetails("monthly", date(2026, 12, 1), 20, "", allows_overbilling=True)
    save_settings(project, monthly, by=max_pm)

    assert RightsChange.objects.get().changes == [
        {
            "label": "Billing of Harbor Row Lofts, periods",
            "before": "Never: periods are opened by hand",
            "after": "Monthly",
        },
        {"label": "Billing of Harbor Row Lofts, next period", "before": "\N{EN DASH}", "after": "1 Dec 2026"},
        {"label": "Billing of Harbor Row Lofts, due day", "before": "25", "after": "20"},
        {
            "label": "Billing of Harbor Row Lofts, default type",
            "before": "Work and materials",
            "after": "None: must be invited",
        },
        {"label": "Billing of Harbor Row Lofts, over-billing", "before": "refused", "after": "allowed"},
    ]
    assert next_by_itself(settings_of(project)) == days("2026-12-01", "2026-12-31", "2026-12-20")


@at("2026-11-20")
@pytest.mark.parametrize(
    ("said", "field"),
    [
        (SettingsDetails("yearly"), "frequency"),
        (SettingsDetails("weekly"), "next_start"),
        (SettingsDetails("weekly", date(2026, 11, 30)), "next_start"),
        (SettingsDetails("weekly", date(2027, 11, 30)), "next_start"),
        (SettingsDetails(due_day=0), "due_day"),
        (SettingsDetails(due_day=32), "due_day"),
        (SettingsDetails(default_type="whatever"), "default_type"),
    ],
)
def test_settings_that_cannot_be(project: Project, max_pm: Membership, said: SettingsDetails, field: str) -> None:
    open_period(project, NOVEMBER, by=max_pm)

    with pytest.raises(InvalidInput) as refusal:
        save_settings(project, said, by=max_pm)

    assert list(refusal.value.errors) == [field]
    assert not BillingSettings.objects.exists()


def test_a_period_opens_by_itself_when_its_day_begins_where_the_company_is(
    project: Project, max_pm: Membership
) -> None:
    with at("2026-11-20"):
        save_settings(project, SettingsDetails("monthly", date(2026, 12, 1)), by=max_pm)
    with at("2026-11-30T23:59"):
        assert open_due_periods() == 0
    with at("2026-12-01T00:00"):
        current_app.tasks[str(settings.CELERY_BEAT_SCHEDULE["billing_periods"]["task"])]()
        assert open_due_periods() == 0

    period = open_period_of(project)
    assert period
    assert (PeriodDetails.of(period), period.opened_by) == (DECEMBER, None)
    assert settings_of(project).next_start == date(2027, 1, 1)
    assert settings.CELERY_BEAT_SCHEDULE["billing_periods"]["task"] == open_periods.name


def test_after_a_pause_only_the_period_of_today_opens(project: Project, max_pm: Membership) -> None:
    with at("2026-10-20"):
        save_settings(project, SettingsDetails("monthly", date(2026, 10, 31)), by=max_pm)
    with at("2027-03-01"):
        assert open_due_periods() == 1

    assert spans(project) == [("2027-02-28", True)]
    assert settings_of(project).next_start == date(2027, 3, 31)


@pytest.mark.parametrize(
    ("frequency", "start", "due_day", "opened"),
    [
        ("monthly", date(2026, 11, 1), 25, days("2026-11-01", "2026-11-30")),
        ("monthly", date(2026, 5, 1), 27, days("2026-11-01", "2026-11-30", "2026-11-27")),
        ("weekly", date(2026, 11, 2), 3, days("2026-11-23", "2026-11-29")),
    ],
)
def test_what_opens_late_can_still_be_billed(
    project: Project, max_pm: Membership, frequency: str, start: date, due_day: int, opened: PeriodDetails
) -> None:
    """A period that opened after the due day of the settings was past due from its first minute."""
    with at("2026-11-27"):
        save_settings(project, SettingsDetails(frequency, start, due_day), by=max_pm)
        assert next_by_itself(settings_of(project)) == opened
        assert open_due_periods() == 1
        period = open_period_of(project)
        assert period
        assert PeriodDetails.of(period) == opened
        assert not past_due(period, today=date(2026, 11, 27))


def test_saving_other_settings_keeps_the_day_on_which_months_begin(project: Project, max_pm: Membership) -> None:
    with at("2026-01-20"):
        save_settings(project, SettingsDetails("monthly", date(2026, 1, 31)), by=max_pm)
    with at("2026-02-01"):
        open_due_periods()
        assert settings_of(project).next_start == date(2026, 2, 28)
        save_settings(project, SettingsDetails("monthly", date(2026, 2, 28), due_day=5), by=max_pm)
    with at("2026-02-28"):
        open_due_periods()

    assert settings_of(project).next_start == date(2026, 3, 31)


@pytest.mark.parametrize("by_edit", [False, True])
def test_a_period_by_hand_takes_the_place_of_those_that_would_open_by_themselves(
    project: Project, max_pm: Membership, by_edit: bool
) -> None:
    with at("2026-11-20"):
        save_settings(project, SettingsDetails("weekly", date(2026, 11, 23)), by=max_pm)
        first = days("2026-11-21", "2026-11-22") if by_edit else days("2026-11-21", "2026-12-02")
        period = open_period(project, first, by=max_pm)
        if by_edit:
            edit_period(period, days("2026-11-21", "2026-12-02"), by=max_pm)
        assert next_by_itself(settings_of(project)) == days("2026-12-07", "2026-12-13", "2027-01-01")
    with at("2026-12-03"):
        assert open_due_periods() == 0
    with at("2026-12-07"):
        assert open_due_periods() == 1

    assert spans(project) == [("2026-11-21", False), ("2026-12-07", True)]


def test_a_period_that_is_there_already_is_left_out(project: Project, max_pm: Membership) -> None:
    with at("2026-11-20"):
        save_settings(project, SettingsDetails("monthly", date(2026, 12, 1)), by=max_pm)
        open_period(project, DECEMBER, by=max_pm)
    BillingSettings.objects.update(next_start=date(2026, 12, 1))
    with at("2026-12-02"):
        assert open_due_periods() == 0

    assert spans(project) == [("2026-12-01", True)]
    assert settings_of(project).next_start == date(2027, 1, 1)


def test_nothing_opens_by_itself_where_it_was_stopped_or_the_project_is_inactive(
    project: Project, max_pm: Membership
) -> None:
    idle = make_project(max_pm)
    with at("2026-11-20"):
        for one in (project, idle):
            save_settings(one, SettingsDetails("monthly", date(2026, 12, 1)), by=max_pm)
        save_settings(project, SettingsDetails("never", date(2026, 12, 1)), by=max_pm)
        set_project_active(idle, False, by=max_pm)
    with at("2026-12-01"):
        assert open_due_periods() == 0


def test_settings_that_were_changed_since_they_were_read_open_nothing(project: Project, max_pm: Membership) -> None:
    with at("2026-11-20"):
        save_settings(project, SettingsDetails("monthly", date(2026, 12, 1)), by=max_pm)
    read_before = BillingSettings.objects.select_related("project__company").get()
    with at("2026-12-01"):
        save_settings(project, SettingsDetails("never", date(2026, 12, 1)), by=max_pm)
        assert not _open(read_before)

    assert spans(project) == []


def test_a_project_whose_period_is_refused_stops_no_other(project: Project, max_pm: Membership) -> None:
    other = make_project(max_pm)
    with at("2026-11-20"):
        for one in (project, other):
            save_settings(one, SettingsDetails("weekly", date(2026, 11, 23)), by=max_pm)
    BillingSettings.objects.filter(project=project).update(due_day=200)
    with at("2026-11-23"):
        assert open_due_periods() == 1

    assert (spans(project), spans(other)) == ([], [("2026-11-23", True)])
    assert settings_of(project).next_start == date(2026, 11, 23)


def test_by_hand_the_suggestion_follows_the_latest_period(project: Project, max_pm: Membership) -> None:
    with at("2026-11-25"):
        assert suggested_period(project) == NOVEMBER
        open_period(project, NOVEMBER, by=max_pm)
        assert suggested_period(project) == DECEMBER
