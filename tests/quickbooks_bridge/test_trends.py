"""The figures behind the plots: decisions by week, ages, exports by day, the money of jobs, cash out; each by hand."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
import time_machine
from django.test import Client
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from commitments.models import Commitment, CommitmentStatus
from invoices.models import Invoice, Payment, PaymentMethod, PaymentState
from invoices.payment_selectors import OVERDUE, paid_like
from invoices.selectors import invoices_for
from procore_sync.acceptance import operations
from procore_sync.acceptance.models import Attempt, ErpItem, Submission
from procore_sync.acceptance.states import Decision, OutcomeKind
from procore_sync.accounts.models import Membership, Role
from quickbooks_bridge.cash import cash_of
from quickbooks_bridge.models import Health, Link
from quickbooks_bridge.trends import JOBS, trends_for
from tests.factories import (
    make_approver,
    make_budget,
    make_commitment,
    make_company,
    make_cost_code,
    make_member,
    make_project,
    make_vendor,
    synced,
)
from tests.quickbooks_bridge.invoice_rows import make_invoice

pytestmark = pytest.mark.django_db
#: A Wednesday; in New York it is still the 18th when it is past four in the morning of the 19th in UTC.
NOW = datetime(2026, 11, 18, 17, 0, tzinfo=UTC)


@pytest.fixture(autouse=True)
def at_noon() -> Iterator[None]:
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def max_pm() -> Membership:
    company = make_company()
    company.time_zone = "America/New_York"
    company.save()
    return make_member(company, "Max", Role.PROJECT_MANAGER)


def decided(by: Membership, sent: datetime, took: timedelta) -> None:
    """A vendor that was sent then and decided so much later."""
    submission = operations.send(make_vendor(by).erp, by=by)
    ada = Membership.objects.filter(user__name="Ada").first() or make_approver(by.company)
    Submission.objects.filter(pk=submission.pk).update(
        sent_at=sent, decided_at=sent + took, decided_by=ada, decision=Decision.ACCEPTED
    )


def test_a_week_tells_how_many_were_decided_in_it_and_the_median_of_hours(max_pm: Membership) -> None:
    monday = datetime(2026, 11, 16, 15, 0, tzinfo=UTC)
    for hours in (1, 2, 9):
        decided(max_pm, monday, timedelta(hours=hours))
    decided(max_pm, monday - timedelta(days=7), timedelta(hours=30))

    *_, before, now = trends_for(max_pm).weeks

    assert (before.monday, before.decided, before.hours) == (date(2026, 11, 9), 1, Decimal("30.0"))
    assert (now.monday, now.decided, now.hours) == (date(2026, 11, 16), 3, Decimal("2.0"))


def test_a_week_begins_in_the_company_s_time_zone(max_pm: Membership) -> None:
    decided(max_pm, datetime(2026, 11, 16, 3, 0, tzinfo=UTC), timedelta(hours=1))  # Sunday evening in New York

    *_, before, now = trends_for(max_pm).weeks

    assert (before.decided, now.decided) == (1, 0)


def test_what_waits_is_told_by_its_age(max_pm: Membership) -> None:
    for hours in (1, 23, 25, 80, 24 * 7, 24 * 40):
        item = make_vendor(max_pm).erp
        operations.send(item, by=max_pm)
        ErpItem.objects.filter(pk=item.pk).update(status_changed_at=NOW - timedelta(hours=hours))

    assert trends_for(max_pm).ages == [
        ("under 1 day", 2),
        ("1 to 3 days", 1),
        ("3 to 7 days", 1),
        ("a week or more", 2),
    ]


def test_a_day_tells_what_quickbooks_took_and_what_ended_otherwise(max_pm: Membership) -> None:
    submission = operations.send(make_vendor(max_pm).erp, by=max_pm)
    ends = [
        (OutcomeKind.DONE, NOW),
        (OutcomeKind.DONE, NOW),
        (OutcomeKind.REFUSED, NOW),
        (OutcomeKind.DONE, NOW - timedelta(days=1)),
        (OutcomeKind.DONE, NOW.replace(hour=3)),  # ten in the evening of the day before in New York
        (OutcomeKind.DONE, NOW - timedelta(days=20)),
    ]
    for number, (outcome, at) in enumerate(ends, 1):
        Attempt.objects.create(
            submission=submission, number=number, fence=number, act="send", outcome=outcome, finished_at=at
        )

    *_, before, now = trends_for(max_pm).days

    assert (now.day, now.done, now.otherwise) == (date(2026, 11, 18), 2, 1)
    assert (before.done, before.otherwise) == (2, 0)
    assert sum(day.done for day in trends_for(max_pm).days) == 4


def test_a_job_tells_its_budget_and_what_was_promised_billed_held_and_paid(max_pm: Membership) -> None:
    project = synced(make_project(max_pm, "Pier 9", codes=[synced(make_cost_code(max_pm, "03-100"))]))
    make_budget(max_pm, project, amounts={"03-100": "5000.00"}, locked=True)
    commitment = make_commitment(max_pm, project, lines=["1000.00", "200.00"])
    invoice = make_invoice(commitment, max_pm, {"1": "500.00"}, percent="10")
    paid(invoice, date(2026, 11, 17), "450.00")

    (job,) = trends_for(max_pm).jobs

    assert (job.project, job.budget) == (project, Decimal("5000.00"))
    told = (job.figures.committed, job.figures.invoiced, job.figures.held, job.figures.paid)
    assert told == (Decimal("1200.00"), Decimal("500.00"), Decimal("50.00"), Decimal("450.00"))


def test_what_is_void_makes_no_job_one_of_the_largest(max_pm: Membership) -> None:
    small = make_project(max_pm, "Pier 9", number="P-9")
    make_commitment(max_pm, small, number="SC-1", lines=["100.00"])
    for number in range(JOBS):
        project = make_project(max_pm, f"Never built {number}", number=f"N-{number}")
        void = make_commitment(max_pm, project, number=f"SC-V{number}", lines=["90000.00"])
        Commitment.objects.filter(pk=void.pk).update(status=CommitmentStatus.VOID)

    first, *_ = trends_for(max_pm).jobs
    assert (first.project, first.figures.committed) == (small, Decimal("100.00"))


def paid(invoice: Invoice, day: date, amount: str, state: str = PaymentState.ISSUED) -> None:
    """A payment on an invoice."""
    Payment.objects.create(
        company=invoice.company,
        invoice=invoice,
        payment_id=f"{day}-{amount}",
        state=state,
        method=PaymentMethod.CHECK,
        day=day,
        amount=Decimal(amount),
        total=Decimal(amount),
        read_at=timezone.now(),
    )


def test_cash_out_is_told_by_week_without_what_was_taken_back(max_pm: Membership) -> None:
    invoice = make_invoice(make_commitment(max_pm), max_pm, {"1": "900.00"})
    paid(invoice, date(2026, 11, 16), "100.00")
    paid(invoice, date(2026, 11, 15), "40.00")
    paid(invoice, date(2026, 11, 17), "7.00", PaymentState.VOIDED)

    *_, before, now = trends_for(max_pm).paid

    assert before == (date(2026, 11, 9), Decimal("40.00"))
    assert now == (date(2026, 11, 16), Decimal("100.00"))


def test_what_is_due_is_told_by_week_and_what_is_overdue_apart(max_pm: Membership) -> None:
    commitment = make_commitment(max_pm, lines=["9000.00"])
    days = ("2026-11-30", "2026-11-29", "2026-11-17", "2026-11-18", "2027-06-01")
    bills = [make_invoice(commitment, max_pm, {"1": "100.00"}, percent="0") for _ in (*days, "void", "not sent")]
    ErpItem.objects.filter(pk__in=[one.erp_id for one in bills[:-1]]).update(synced_revision=1)
    for bill, day in zip(bills, [*days, days[0], days[0]], strict=True):
        Invoice.objects.filter(pk=bill.pk).update(due_on=day, status="void" if bill is bills[-2] else "approved")
    paid(bills[1], date(2026, 11, 16), "30.00")

    found = cash_of(max_pm)

    told = {week.monday.isoformat(): (week.paid, week.due) for week in found.weeks if not week.is_nothing}
    assert told == {
        "2026-11-16": (Decimal("30.00"), Decimal("100.00")),  # due on the day itself
        "2026-11-23": (Decimal("0.00"), Decimal("70.00")),
        "2026-11-30": (Decimal("0.00"), Decimal("100.00")),
    }
    assert (found.overdue, found.overdue_bills) == (Decimal("100.00"), 1)
    assert list(paid_like(invoices_for(max_pm), OVERDUE, today=NOW.date())) == [bills[2]]
    assert cash_of(make_approver(make_company("Other"), "Olga")).is_nothing
    ErpItem.objects.filter(pk=commitment.erp_id).update(is_private=True)
    assert cash_of(make_member(max_pm.company, "Vic", Role.VIEWER)).is_nothing


@pytest.mark.parametrize("health", [Health.MISSING, Health.VOIDED])
def test_a_bill_that_is_gone_from_quickbooks_is_not_due(max_pm: Membership, health: str) -> None:
    bill = make_invoice(make_commitment(max_pm), max_pm, {"1": "900.00"}, percent="0")
    ErpItem.objects.filter(pk=bill.erp_id).update(synced_revision=1)
    Invoice.objects.filter(pk=bill.pk).update(due_on="2026-11-17")
    link = Link.objects.create(item=bill.erp, company=bill.company, entity="Bill", remote_id="31")
    assert cash_of(max_pm).overdue == Decimal("900.00")
    assert paid_like(invoices_for(max_pm), OVERDUE, today=NOW.date()).exists()
    Link.objects.filter(pk=link.pk).update(health=health)
    assert cash_of(max_pm).is_nothing
    assert not paid_like(invoices_for(max_pm), OVERDUE, today=NOW.date()).exists()


def test_a_vendor_credit_is_no_bill_that_falls_due(max_pm: Membership) -> None:
    commitment = make_commitment(max_pm, lines=["9000.00"])
    bill = make_invoice(commitment, max_pm, {"1": "900.00"}, percent="0")
    credit = make_invoice(commitment, max_pm, {"1": "-300.00"}, percent="0", as_credit=True)
    ErpItem.objects.filter(pk__in=(bill.erp_id, credit.erp_id)).update(synced_revision=1)
    Invoice.objects.update(due_on="2026-11-17")

    found = cash_of(max_pm)
    assert (found.overdue, found.overdue_bills) == (Decimal("900.00"), 1)


def test_another_company_sees_nothing_of_it(max_pm: Membership) -> None:
    invoice = make_invoice(make_commitment(max_pm), max_pm, {"1": "900.00"})
    paid(invoice, date(2026, 11, 16), "100.00")
    decided(max_pm, NOW - timedelta(hours=5), timedelta(hours=1))
    other = make_approver(make_company("Other"), "Olga")

    found = trends_for(other)

    assert found.jobs == []
    assert sum(week.decided for week in found.weeks) == 0
    assert sum(amount for _, amount in found.paid) == 0
    assert sum(count for _, count in found.ages) == 0


def test_a_private_commitment_counts_only_for_who_may_read_it(max_pm: Membership) -> None:
    commitment = make_commitment(max_pm)
    ErpItem.objects.filter(pk=commitment.erp_id).update(is_private=True)
    vic = make_member(max_pm.company, "Vic", Role.VIEWER)
    alma = make_member(max_pm.company, "Alma", Role.ADMINISTRATOR)

    assert trends_for(vic).jobs == []
    assert len(trends_for(alma).jobs) == 1


def test_more_records_cost_no_more_queries(
    max_pm: Membership, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    for number in range(4):
        make_invoice(make_commitment(max_pm, number=f"SC-{number}"), max_pm, {"1": "900.00"})

    with django_assert_max_num_queries(17):
        assert len(trends_for(max_pm).jobs) == 4


def test_the_page_shows_each_plot_with_its_figures(max_pm: Membership, client: Client) -> None:
    make_commitment(max_pm)
    operations.send(make_vendor(max_pm).erp, by=max_pm)
    client.force_login(max_pm.user)

    page = client.get("/quickbooks/trends/").content.decode()

    assert page.count('<svg class="plot"') == 7
    assert "1,000.00" in page
    assert "16 Nov" in page
    assert "Nov 16" not in page


def test_the_page_says_that_there_is_nothing_yet(max_pm: Membership, client: Client) -> None:
    client.force_login(max_pm.user)

    page = client.get("/quickbooks/trends/").content.decode()

    assert "No commitment yet" in page
