"""The lines of an application as they are read, and their sums."""

from __future__ import annotations

from invoices.figures import Summary
from invoices.models import Invoice, InvoiceLine


def lines_of(invoice: Invoice) -> list[InvoiceLine]:
    """The lines in their order, each with its cost code and that code's item, as the database has them now."""
    rows = InvoiceLine.objects.filter(invoice=invoice)
    return list(
        rows.select_related(
            "sov_line__code__cost_code__erp",
            "change_line__code__cost_code__erp",
            "change_line__sov_line",
            "change_line__change_order__erp",
        )
    )


def summary_of(lines: list[InvoiceLine]) -> Summary:
    """The boxes of the G702 over the lines of one application."""
    return Summary.of(
        (line.figures for line in lines if line.sov_line_id), (line.figures for line in lines if line.change_line_id)
    )


def text_of(line: InvoiceLine) -> str:
    """What the line of the contract says that is billed."""
    return line.change_line.text if line.change_line else line.sov_line.description if line.sov_line else ""
