"""How acceptance reads a subcontractor invoice: the document, its lines and facts, and why it cannot go yet."""

from __future__ import annotations

from decimal import Decimal

from django.db.models import Q
from django.urls import reverse
from django.utils.translation import gettext_noop

from invoices.lines import lines_of as lines_of
from invoices.lines import summary_of as summary_of
from invoices.lines import text_of
from invoices.models import Invoice, InvoiceLine, InvoiceStatus, InvoiceType
from invoices.readiness import unmet_of_invoice
from procore_sync.acceptance.courier import Fact
from procore_sync.acceptance.kinds import DocumentLine, KindSpec, ref
from procore_sync.acceptance.models import Document, ErpItem
from procore_sync.kit.kinds import Kind
from projects.kinds import labelled


def invoice_document(invoice: Invoice) -> Document:
    """What QuickBooks gets of an invoice; money as text with two places, dates ISO, "" where there is nothing.

    `total` is what is due now: what is billed (`gross`), less what is withheld (`held_now`), and what is `released`.
    The lines are all those of the contract, also those of which nothing is billed now.
    """
    commitment, lines = invoice.commitment, lines_of(invoice)
    summary = summary_of(lines)
    return {
        "commitment": {**ref(commitment.erp), "number": commitment.number},
        "project": ref(commitment.project.erp),
        "vendor": ref(commitment.vendor.erp) if commitment.vendor else {"item": None, "label": ""},
        "number": invoice.number,
        "application": str(invoice.sequence),
        "type": str(invoice.type),
        "as_credit": invoice.as_credit,
        "date": invoice.billed_on.isoformat(),
        "due": invoice.due_on.isoformat() if invoice.due_on else "",
        "starts_on": invoice.starts_on.isoformat(),
        "ends_on": invoice.ends_on.isoformat(),
        "note": invoice.note,
        "replaces": replaces(invoice),
        "contract": str(summary.contract),
        "to_date": str(summary.to_date),
        "previous": str(summary.previous),
        "gross": str(summary.gross),
        "held_before": str(summary.held_before),
        "held_now": str(summary.held_now),
        "released": str(summary.released),
        "held": str(summary.held),
        "total": str(summary.due),
        "lines": [_document_line(line) for line in lines],
    }


def _document_line(line: InvoiceLine) -> Document:
    code, figures = line.source.code.cost_code, line.figures
    return {
        "key": line.key,
        "code": {**ref(code.erp), "code": code.code},
        "description": text_of(line),
        "scheduled": str(figures.scheduled),
        "before": str(figures.completed_before + figures.stored_before),
        "completed": str(figures.completed),
        "stored_change": str(figures.stored_change),
        "to_date": str(figures.to_date),
        "amount": str(figures.gross),
        "held_now": str(figures.held_now),
        "released": str(figures.released),
        "held": str(figures.held),
    }


def replaces(invoice: Invoice) -> str:
    """Why this document corrects and replaces the bill that QuickBooks held before; "" where it does not."""
    if invoice.is_correcting:
        return invoice.correcting
    if invoice.erp.synced_revision is None:
        return ""
    taken = invoice.erp.submissions.filter(revision=invoice.erp.synced_revision).order_by("-number").first()
    return str(taken.document.get("replaces", "")) if taken else ""


def invoice_facts(document: Document) -> list[Fact]:
    """What a person reads of an invoice's document."""
    money = (
        (gettext_noop("Contract sum to date"), "contract"),
        (gettext_noop("Completed and stored to date"), "to_date"),
        (gettext_noop("Billed this period"), "gross"),
        (gettext_noop("Retainage held before"), "held_before"),
        (gettext_noop("Withheld now"), "held_now"),
        (gettext_noop("Released now"), "released"),
        (gettext_noop("Retainage held after"), "held"),
        (gettext_noop("Current payment due"), "total"),
    )
    return [
        *labelled(
            (gettext_noop("Correction"), document["replaces"]),
            (gettext_noop("Number"), document["number"]),
            (gettext_noop("Application"), document["application"]),
            (gettext_noop("Commitment"), document["commitment"]["label"]),
            (gettext_noop("Project"), document["project"]["label"]),
            (gettext_noop("Vendor"), document["vendor"]["label"]),
            (gettext_noop("Type"), InvoiceType(document["type"]).label),
            (gettext_noop("In QuickBooks"), "A vendor credit" if document["as_credit"] else ""),
            (gettext_noop("Billing date"), document["date"]),
            (gettext_noop("Payment due"), document["due"]),
            (gettext_noop("Period"), f"{document['starts_on']} to {document['ends_on']}"),
            (gettext_noop("Note"), document["note"]),
        ),
        *(Fact(label, f"{Decimal(document[name]):,.2f}", numeric=True) for label, name in money),
    ]


_LINE_MONEY = ("scheduled", "before", "to_date", "held_now", "released")
LINE_COLUMNS = (
    gettext_noop("Cost code"),
    gettext_noop("Description"),
    gettext_noop("Scheduled"),
    gettext_noop("Before"),
    gettext_noop("To date"),
    gettext_noop("Withheld"),
    gettext_noop("Released"),
)


def invoice_lines(document: Document) -> list[DocumentLine]:
    """The lines of an invoice's document of which something is said now, as a person reads them."""
    return [
        DocumentLine(
            line["key"],
            (
                line["code"]["code"],
                line["description"],
                *(f"{Decimal(line[name]):,.2f}" for name in _LINE_MONEY),
            ),
            Decimal(line["amount"]),
        )
        for line in document["lines"]
        if any(Decimal(line[name]) for name in ("amount", "held_now", "released"))
    ]


def _record_of(item: ErpItem) -> Invoice:
    rows = Invoice.objects.select_related(
        "erp", "company", "period", "commitment__erp", "commitment__project__erp", "commitment__vendor__erp"
    )
    found: Invoice = rows.get(erp=item)
    return found


INVOICE = KindSpec(
    kind=Kind.INVOICE,
    label=gettext_noop("Subcontractor invoice"),
    plural=gettext_noop("Subcontractor invoices"),
    badge="INV",
    record_of=_record_of,
    document=invoice_document,
    unmet=unmet_of_invoice,
    url=lambda invoice: reverse("invoices:invoice", args=[invoice.pk]),
    facts=invoice_facts,
    lines=invoice_lines,
    line_columns=LINE_COLUMNS,
    given_up=Q(invoice__status=InvoiceStatus.VOID),
)
