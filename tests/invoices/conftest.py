"""The cast, a commitment that is billed, and applications in a state, reached as in life."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest

from commitments.models import Commitment
from commitments.operations import set_invoice_contacts
from invoices.models import BillingPeriod, Invoice, InvoiceStatus
from invoices.operations import create_invoice, save_invoice, submit_invoice
from invoices.review import approve
from invoices.rules import InvoiceDetails, LineBilling
from procore_sync.accounts.days import today_of
from procore_sync.accounts.models import Membership
from projects.models import Project
from tests.cast import ada, alma, company, ian, max_pm, olga, other_company, vic
from tests.factories import make_commitment, synced
from tests.projects.conftest import sign_in
from tests.scenes import kept

__all__ = ["ada", "alma", "company", "ian", "max_pm", "olga", "other_company", "sign_in", "vic"]


def open_period(project: Project, *, due: date | None = None) -> BillingPeriod:
    """An open billing period of this month, due in ten days; whatever was open before is closed."""
    today = today_of(project.company)
    BillingPeriod.objects.filter(project=project, closed_at=None).update(closed_at="2026-01-01T00:00:00Z")
    last = BillingPeriod.objects.filter(project=project).count()
    start = date(2020, 1, 1) + timedelta(days=31 * last)
    return BillingPeriod.objects.create(
        project=project,
        starts_on=start,
        ends_on=start + timedelta(days=30),
        due_on=due or today + timedelta(days=10),
    )


@pytest.fixture
@kept
def subcontract(max_pm: Membership, ian: Membership) -> Commitment:
    """A synced subcontract with lines of 1,000.00 and 250.00 and 10 % retainage, which Ian bills in an open period."""
    made = synced(make_commitment(max_pm, lines=["1000.00", "250.00"], default_retainage=Decimal(10)))
    set_invoice_contacts(made, [ian], by=max_pm)
    open_period(made.project)
    return made


def bills(key: str = "1", completed: str | None = None, **more: Any) -> LineBilling:
    """What is typed of a line; money and percentages as text."""
    said = {name: value if value is None else Decimal(str(value)) for name, value in more.items()}
    return LineBilling(key, completed=None if completed is None else Decimal(completed), **said)


def save(invoice: Invoice, *lines: LineBilling, by: Membership, **head: Any) -> Invoice:
    """`invoice` saved as it stands with these lines, by whoever has it before them now."""
    now = again(invoice)
    said = {name: getattr(now, name) for name in InvoiceDetails.__dataclass_fields__}
    return save_invoice(now, InvoiceDetails(**{**said, **head}), lines, by=by, seen=now.edition)


def again(invoice: Invoice) -> Invoice:
    """`invoice` as the database has it now."""
    rows = Invoice.objects.select_related("erp", "company", "period", "commitment__erp", "commitment__project__erp")
    found: Invoice = rows.select_related("commitment__vendor__erp", "commitment__company").get(pk=invoice.pk)
    return found


@pytest.fixture
@kept
def draft(subcontract: Commitment, ian: Membership) -> Invoice:
    """Ian's first application: nothing billed yet."""
    return create_invoice(subcontract, by=ian)


@pytest.fixture
@kept
def submitted(draft: Invoice, ian: Membership) -> Invoice:
    """Ian's first application with 500.00 of line 1, under review."""
    return submit_invoice(save(draft, bills("1", "500.00"), by=ian), by=ian)


@pytest.fixture
@kept
def approved(submitted: Invoice, max_pm: Membership) -> Invoice:
    """The same, approved, with a due date, so that it can be sent."""
    done = approve(submitted, InvoiceStatus.APPROVED, by=max_pm)
    return save(done, by=max_pm, due_on=done.billed_on + timedelta(days=30))


def apply_for(commitment: Commitment, *lines: LineBilling, by: Membership) -> Invoice:
    """The next application of `commitment` with these lines, approved and with a due date."""
    made = save(create_invoice(commitment, by=by), *lines, by=by)
    made = save(made, by=by, due_on=made.billed_on + timedelta(days=30))
    return approve(submit_invoice(made, by=by), InvoiceStatus.APPROVED, by=by)


def figures_of(invoice: Invoice) -> dict[str, tuple[str, ...]]:
    """C, D, E, F, what is held after and what is due, by the key of the line."""
    rows = {line.key: line.figures for line in invoice.lines.all()}
    return {
        key: tuple(str(v) for v in (one.scheduled, one.completed_before, one.completed, one.stored, one.held, one.due))
        for key, one in rows.items()
    }
