"""Two people, or two beats, at the same moment on one project's billing: real threads on PostgreSQL."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from django.utils import timezone

from commitments.operations import set_invoice_contacts
from invoices.automation import open_due_periods
from invoices.billing_rules import PeriodDetails, SettingsDetails
from invoices.invites import send_invites
from invoices.models import BillingPeriod, Invite
from invoices.periods import edit_period, open_period, save_settings
from procore_sync.acceptance.models import Notice
from procore_sync.accounts.models import Membership
from tests.acceptance.test_races import at_once
from tests.factories import make_commitment, make_project

pytestmark = [pytest.mark.postgres, pytest.mark.django_db(transaction=True)]

JANUARY = PeriodDetails(date(2026, 1, 1), date(2026, 1, 31), date(2026, 1, 25))
FEBRUARY = PeriodDetails(date(2026, 2, 1), date(2026, 2, 28), date(2026, 2, 25))
MARCH = PeriodDetails(date(2026, 3, 1), date(2026, 3, 31), date(2026, 3, 25))


@pytest.mark.parametrize("turn", range(4))
@pytest.mark.parametrize("with_one", [False, True])
def test_of_two_who_open_a_period_at_once_one_period_is_open(
    turn: int, with_one: bool, max_pm: Membership, alma: Membership
) -> None:
    project = make_project(max_pm)
    if with_one:
        open_period(project, JANUARY, by=max_pm)

    told = at_once(lambda: open_period(project, FEBRUARY, by=max_pm), lambda: open_period(project, MARCH, by=alma))

    assert BillingPeriod.objects.filter(project=project, closed_at=None).count() == 1
    # Each got what they asked for, one after the other, or was told.
    assert BillingPeriod.objects.filter(project=project).count() == told.count("") + with_one
    assert all("Somebody else opened a period" in one or "Periods follow each other" in one for one in told if one), (
        told
    )


@pytest.mark.parametrize("turn", range(4))
def test_an_edit_and_an_opening_at_once_do_not_overlap(turn: int, max_pm: Membership, alma: Membership) -> None:
    project = make_project(max_pm)
    january = open_period(project, JANUARY, by=max_pm)
    longer = PeriodDetails(date(2026, 1, 1), date(2026, 2, 10), date(2026, 2, 10))

    at_once(lambda: edit_period(january, longer, by=max_pm), lambda: open_period(project, FEBRUARY, by=alma))

    first, *rest = BillingPeriod.objects.filter(project=project).order_by("starts_on")
    assert all(first.ends_on < other.starts_on for other in rest)


@pytest.mark.parametrize("turn", range(4))
def test_of_two_beats_one_opens_the_period(turn: int, max_pm: Membership) -> None:
    project, today = make_project(max_pm), timezone.now().date()
    save_settings(project, SettingsDetails("weekly", today - timedelta(days=1)), by=max_pm)
    opened: list[int] = []

    at_once(*[lambda: opened.append(open_due_periods())] * 3)

    assert sorted(opened) == [0, 0, 1]
    assert BillingPeriod.objects.filter(project=project).count() == 1


@pytest.mark.parametrize("turn", range(4))
def test_two_clicks_at_once_send_one_mail(turn: int, max_pm: Membership, alma: Membership, ian: Membership) -> None:
    commitment, today = make_commitment(max_pm), timezone.now().date()
    set_invoice_contacts(commitment, [ian], by=max_pm)
    days = PeriodDetails(today, today, today + timedelta(days=5))
    period = open_period(commitment.project, days, by=max_pm)

    told = at_once(
        lambda: send_invites(period, [commitment], by=max_pm), lambda: send_invites(period, [commitment], by=alma)
    )

    assert told == ["", ""]
    assert (Invite.objects.count(), Notice.objects.count()) == (1, 1)
