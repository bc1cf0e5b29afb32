"""The lines of an application as they are read, and their sums."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from django.db.models import Q, Sum

from invoices.figures import LineFigures, Summary
from invoices.models import Invoice, InvoiceLine
from procore_sync.kit.money import money


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


def summaries_of(invoices: Collection[Invoice]) -> dict[int, Summary]:
    """The same of several applications, by their ids: their lines are added up where they lie, in one query."""
    rows = InvoiceLine.objects.filter(invoice__in=[one.pk for one in invoices]).order_by()
    added: Any = rows.annotate(of_change=Q(change_line__isnull=False)).values("invoice", "of_change")
    figures: dict[tuple[int, bool], LineFigures] = {}
    for row in added.annotate(**{f"{name}_sum": Sum(name) for name in LineFigures.COLUMNS}):
        sums = {name: money(row[f"{name}_sum"]) for name in LineFigures.COLUMNS}
        figures[row["invoice"], bool(row["of_change"])] = LineFigures(**sums)
    return {
        one.pk: Summary.of(*([figures[key]] if key in figures else [] for key in ((one.pk, False), (one.pk, True))))
        for one in invoices
    }


def text_of(line: InvoiceLine) -> str:
    """What the line of the contract says that is billed."""
    return line.change_line.text if line.change_line else line.sov_line.description if line.sov_line else ""
