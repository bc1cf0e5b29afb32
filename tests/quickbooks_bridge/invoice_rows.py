"""Applications for payment as rows, for who sends them: figures by the house's own arithmetic, no operation behind."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from decimal import Decimal

from change_orders.kinds import key_of
from change_orders.models import ChangeLine, ChangeStatus
from commitments.models import Commitment
from invoices.figures import part_of
from invoices.kinds import invoice_document, summary_of
from invoices.models import BillingPeriod, Invoice, InvoiceLine, InvoiceStatus, InvoiceType
from procore_sync.acceptance.items import open_item, revise, set_requirements
from procore_sync.acceptance.models import Document
from procore_sync.accounts.models import Membership
from procore_sync.kit.kinds import Kind

Amounts = Mapping[str, str]
_ZERO = Decimal("0.00")


def make_invoice(
    commitment: Commitment,
    by: Membership,
    completed: Amounts,
    *,
    stored: Amounts | None = None,
    percent: str = "10",
    released: Amounts | None = None,
    number: str = "",
    as_credit: bool = False,
) -> Invoice:
    """The next application of `commitment`, approved: money by line key, `percent` of it withheld."""
    sequence = commitment.invoices.count() + 1
    day = date(2026, 10 + sequence, 1) if sequence < 3 else date(2027, sequence - 2, 1)
    number = number or f"{commitment.number}-{sequence}"
    item = open_item(
        company=commitment.company,
        kind=Kind.INVOICE,
        label=f"{number} of {commitment.number}",
        by=by,
        number=number,
        project=commitment.project.erp,
    )
    invoice: Invoice = Invoice.objects.create(
        company=commitment.company,
        erp=item,
        commitment=commitment,
        period=_period(commitment, day),
        sequence=sequence,
        number=number,
        type=InvoiceType.RETAINAGE,
        status=InvoiceStatus.APPROVED,
        billed_on=day.replace(day=20),
        starts_on=day,
        ends_on=day.replace(day=28),
        due_on=day.replace(day=28),
        as_credit=as_credit,
    )
    for line in _lines(invoice):
        bill_line(line, completed.get(line.key, "0.00"), (stored or {}).get(line.key), percent)
        line.released = Decimal((released or {}).get(line.key, "0.00"))
        line.save()
    _settle(invoice)
    return invoice


def bill_line(line: InvoiceLine, completed: str, stored: str | None, percent: str) -> None:
    """Say what is billed of a line now; what was stored stays stored unless `stored` says otherwise."""
    line.completed = Decimal(completed)
    line.stored = Decimal(stored) if stored is not None else line.stored_before
    line.work_percent = line.stored_percent = Decimal(percent)
    line.work_retained = part_of(line.completed, Decimal(percent))
    line.stored_held = part_of(line.stored, Decimal(percent))


def corrected(invoice: Invoice, completed: Amounts, *, percent: str = "10", **columns: object) -> Invoice:
    """`invoice` saying something else since."""
    for line in invoice.lines.all():
        if line.key in completed:
            bill_line(line, completed[line.key], None, percent)
            line.save()
    Invoice.objects.filter(pk=invoice.pk).update(**columns)
    found: Invoice = Invoice.objects.get(pk=invoice.pk)
    found.erp.refresh_from_db()
    revise(found.erp, amount=summary_of(list(found.lines.all())).due)
    return found


def document_of(invoice: Invoice) -> Document:
    """What is frozen of it."""
    return invoice_document(Invoice.objects.get(pk=invoice.pk))


def _period(commitment: Commitment, day: date) -> BillingPeriod:
    BillingPeriod.objects.filter(project=commitment.project).exclude(starts_on=day).update(
        closed_at="2026-12-01T00:00Z"
    )
    found, _ = BillingPeriod.objects.get_or_create(
        project=commitment.project,
        starts_on=day,
        defaults={"ends_on": day.replace(day=28), "due_on": day.replace(day=25)},
    )
    return found


def _lines(invoice: Invoice) -> list[InvoiceLine]:
    before = {}
    last = invoice.commitment.invoices.exclude(status=InvoiceStatus.VOID).filter(sequence__lt=invoice.sequence).last()
    if last is not None:
        before = {line.key: line.figures for line in last.lines.all()}
    lines = [
        InvoiceLine(invoice=invoice, key=str(one.number), sov_line=one, scheduled=one.amount)
        for one in invoice.commitment.lines.all()
    ]
    changes = ChangeLine.objects.filter(
        change_order__commitment=invoice.commitment, change_order__status=ChangeStatus.APPROVED
    ).select_related("change_order")
    lines += [
        InvoiceLine(invoice=invoice, key=key_of(one.change_order, one), change_line=one, scheduled=one.amount)
        for one in changes.order_by("change_order__sequence", "number")
        if one.change_order
    ]
    for at, line in enumerate(lines):
        line.position = at
        if line.key in before:
            told = before[line.key]
            line.completed_before = told.completed_before + told.completed
            line.stored_before, line.stored_held_before = told.stored, told.stored_held
            line.work_held_before = told.work_held
    return lines


def _settle(invoice: Invoice) -> None:
    commitment, lines = invoice.commitment, list(invoice.lines.all())
    item = invoice.erp
    item.amount = summary_of(lines).due
    item.save(update_fields=["amount"])
    changed = {
        line.change_line.change_order.erp for line in lines if line.change_line and line.change_line.change_order
    }
    codes = {line.source.code.cost_code.erp for line in lines}
    needs = {commitment.erp, commitment.project.erp, *changed, *codes}
    set_requirements(item, [*needs, *([commitment.vendor.erp] if commitment.vendor else [])])
