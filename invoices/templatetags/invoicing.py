"""What the pages of invoices say of a line."""

from __future__ import annotations

from decimal import Decimal

from django import template

from invoices.figures import LineFigures
from invoices.lines import text_of
from invoices.models import InvoiceLine
from invoices.printing import claimed_of, totals_of

register = template.Library()


@register.filter
def words(line: InvoiceLine) -> str:
    """What the line of the contract says."""
    return text_of(line)


@register.filter
def claimed(line: InvoiceLine) -> Decimal | None:
    """What was claimed of the line this period, before retainage; None where nothing was submitted yet."""
    return claimed_of(line)


@register.filter
def claimed_total(lines: list[InvoiceLine]) -> Decimal | None:
    """What was claimed of all lines this period; None where nothing was submitted yet."""
    amounts = [amount for line in lines if (amount := claimed_of(line)) is not None]
    return sum(amounts, Decimal("0.00")) if amounts else None


@register.filter
def totals(lines: list[InvoiceLine]) -> LineFigures:
    """The sums of the columns."""
    return totals_of(lines)
