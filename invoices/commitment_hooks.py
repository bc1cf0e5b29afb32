"""What invoices add to the commitment that they bill: a section of its page, its privacy, and what they hinder."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from django.db.models import Q, QuerySet
from django.urls import reverse
from django.utils.translation import gettext, gettext_noop

from change_orders.models import ChangeOrder
from commitments.models import Commitment
from commitments.sections import Section
from invoices.content import billable_of
from invoices.figures import Summary
from invoices.guards import why_not_create
from invoices.lines import summaries_of
from invoices.models import Invoice, InvoiceLine, InvoiceStatus
from invoices.periods import settings_of
from invoices.selectors import invoices_for
from procore_sync.acceptance.kinds import Unmet
from procore_sync.acceptance.models import ErpItem
from procore_sync.accounts.access import Right, may
from procore_sync.accounts.curing import EDITORS
from procore_sync.accounts.models import Membership
from projects.steps import Step

_NOT_SUBMITTED = (InvoiceStatus.VOID, InvoiceStatus.DRAFT, InvoiceStatus.REVISE)


@dataclass(frozen=True)
class Application:
    """One application of a commitment with its sums."""

    invoice: Invoice
    summary: Summary


@dataclass(frozen=True)
class Applications:
    """The applications of a commitment, for its page. `standing` are the sums after the newest that is not void.

    `contract` is what the contract comes to now, which change orders may have changed since that one.
    """

    commitment: Commitment
    rows: list[Application]
    standing: Summary | None
    contract: Decimal
    steps: list[Step]

    @property
    def open(self) -> Decimal:
        """What of the contract is not billed yet."""
        return self.contract - self.standing.to_date if self.standing else Decimal("0.00")


def applications_of(commitment: Commitment, member: Membership) -> list[Application]:
    """The applications of `commitment` that `member` may see, newest first, in two queries."""
    invoices = list(invoices_for(member).filter(commitment=commitment).order_by("-sequence"))
    summaries = summaries_of(invoices)
    return [Application(one, summaries[one.pk]) for one in invoices]


def invoices_section(commitment: Commitment, member: Membership) -> Section | None:
    """The section with the applications of a commitment; none before it has or could have one."""
    rows = applications_of(commitment, member)
    steps = _steps(commitment, member)
    if not rows and not any(step.why_not is None for step in steps):
        return None
    living = [one for one in rows if one.invoice.status != InvoiceStatus.VOID]
    contract = sum((one.scheduled for one in billable_of(commitment)), Decimal("0.00")) if living else Decimal("0.00")
    found = Applications(commitment, rows, living[0].summary if living else None, contract, steps)
    return Section("invoices/_of_commitment.html", found)


def _steps(commitment: Commitment, member: Membership) -> list[Step]:
    if not may(member, Right.EDIT):
        return []
    against = " ".join(one.sentence for one in why_not_create(commitment, member)) or None
    url = f"{reverse('invoices:new_invoice')}?commitment={commitment.pk}"
    slide = reverse("invoices:retainage", args=[commitment.pk])
    return [
        Step("retainage", gettext_noop("Retainage"), slide, None),
        Step("new-invoice", gettext_noop("New invoice"), url, against),
    ]


def items_of_invoices(commitment: Commitment) -> QuerySet[ErpItem]:
    """The items of the commitment's invoices, which are as private as it."""
    return ErpItem.objects.filter(invoice__commitment=commitment)


def hinders_commitment(commitment: Commitment) -> Unmet | None:
    """An application that is not void: what it bills has to stand in the contract and in its purchase order."""
    rows = Invoice.objects.filter(commitment=commitment).exclude(status=InvoiceStatus.VOID)
    invoice = rows.order_by("-sequence").first()
    if invoice is None:
        return None
    sentence = gettext(
        "%(commitment)s is billed: application %(number)s is made of its lines. Make its applications void first, the "
        "newest first, or change it by change orders."
    )
    return _at(invoice, sentence % {"commitment": commitment.number, "number": invoice.sequence})


def hinders_lines(commitment: Commitment) -> dict[int, str]:
    """Lines that come to less than is billed of them on an application that was submitted, by their numbers.

    A draft is looked at again when it is submitted.
    """
    rows = Invoice.objects.filter(commitment=commitment).exclude(status__in=_NOT_SUBMITTED)
    invoice = rows.order_by("-sequence").first()
    if invoice is None or settings_of(commitment.project).allows_overbilling:
        return {}
    sentence = gettext(
        "Line %(line)s cannot come to %(amount)s: %(billed)s of it is billed on application %(number)s. Bill the "
        "difference back there first, or make that application void."
    )
    return {
        line.sov_line.number: sentence
        % {
            "line": line.sov_line.number,
            "amount": f"{line.sov_line.amount:,.2f}",
            "billed": f"{line.figures.to_date:,.2f}",
            "number": invoice.sequence,
        }
        for line in InvoiceLine.objects.filter(invoice=invoice).select_related("sov_line")
        if line.sov_line and _is_below(line.sov_line.amount, line)
    }


def _is_below(amount: Decimal, line: InvoiceLine) -> bool:
    """Whether what is billed of the line lies beyond `amount`, and less beyond what the line came to."""
    billed = line.figures.to_date
    sign = -1 if billed < 0 else 1
    return billed * sign > max(amount * sign, Decimal("0.00")) and amount * sign < line.scheduled * sign


def hinders_change_order(change_order: ChangeOrder) -> Unmet | None:
    """An application that bills lines of the change order."""
    moving = ~Q(completed=0) | ~Q(stored=0) | ~Q(completed_before=0) | ~Q(stored_before=0) | ~Q(released=0)
    lines = InvoiceLine.objects.filter(moving, change_line__change_order=change_order)
    line = lines.exclude(invoice__status=InvoiceStatus.VOID).select_related("invoice").order_by("-invoice").first()
    if line is None:
        return None
    sentence = gettext(
        "%(order)s is billed on application %(number)s, so its lines and its status stay as they are. Make another "
        "change order for the difference."
    )
    return _at(line.invoice, sentence % {"order": change_order.number, "number": line.invoice.sequence})


def _at(invoice: Invoice, sentence: str) -> Unmet:
    return Unmet(sentence, EDITORS, reverse("invoices:invoice", args=[invoice.pk]))
