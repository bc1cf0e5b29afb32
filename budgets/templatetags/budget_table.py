"""The rows of the budget view. A budget has thousands of cells, so a row is put together here and not in a template.

What all cells of a column have in common is put together once a table.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from decimal import Decimal
from html import escape

from django import template
from django.urls import reverse
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext

from budgets.columns import Column, RowKind, ViewRow
from budgets.models import Budget
from budgets.sources import page_behind
from procore_sync.kit.shown import MINUS
from projects.job_costs import NO_CODE

register = template.Library()


@register.simple_tag
def budget_rows(rows: Iterable[ViewRow], budget: Budget, columns: Sequence[Column], typed: bool = False) -> SafeString:
    """Rows of the table: the code leads to the line, what is committed or pending to the commitments behind it, a
    direct cost to its transactions and a cost to date to its parts, unless it was typed."""
    links = _Links(budget.project_id)
    behind = {key: leads for key, leads in links.behind.items() if not (typed and key in ("direct", "to_date"))}
    cells = [_Cells(column, behind.get(column.key)) for column in columns]
    return mark_safe("".join([_row(row, cells, links) for row in rows]))  # noqa: S308 - escaped below


@register.simple_tag
def budget_total(total: Mapping[str, Decimal], columns: Sequence[Column]) -> SafeString:
    """The cells of the totals row."""
    cells = [_Cells(column).of(total[column.key]) for column in columns]
    return mark_safe("".join(cells))  # noqa: S308 - escaped below


class _Links:
    """Where the figures of a project lead; `behind` has, by column, where an amount of a row does."""

    def __init__(self, project_id: int) -> None:
        self.project_id = project_id
        self.line = reverse("budgets:line", args=[project_id, 0]).removesuffix("0/")
        self.costs = f"{reverse('projects:costs')}?project={project_id}&amp;code="
        self.parts = f"{reverse('budgets:job_costs', args=[project_id])}#code-"
        self.behind: dict[str, Callable[[ViewRow], str]] = {
            "direct": self._costs_of,
            "committed": self._committed_of,
            "pending_costs": self._committed_of,
            "to_date": self._parts_of,
        }

    def _costs_of(self, row: ViewRow) -> str:
        return f"{self.costs}{row.code_id or NO_CODE}"

    def _committed_of(self, row: ViewRow) -> str:
        return escape(page_behind("committed", self.project_id, row.code_id)) if row.code_id else ""

    def _parts_of(self, row: ViewRow) -> str:
        return f"{self.parts}{row.code_id}" if row.code_id else ""


class _Cells:
    """The cells of a column: how each begins, the one that says nothing, and where the others lead."""

    def __init__(self, column: Column, leads: Callable[[ViewRow], str] | None = None) -> None:
        self.key = column.key
        self.leads = leads
        self.begin = f' data-label="{escape(gettext(column.heading))}">'
        self.nil = f'<td class="num nil"{self.begin}0.00</td>'

    def of(self, amount: Decimal, url: str = "") -> str:
        """The cell with this amount, which leads to `url` if there is one."""
        if not amount:
            return self.nil
        css, shown = "num", f"{amount:,.2f}"
        if amount < 0:
            css, shown = '"num neg"', shown.replace("-", MINUS)
        if url:
            shown = f'<a href="{url}">{shown}</a>'
        return f"<td class={css}{self.begin}{shown}</td>"


def _row(row: ViewRow, columns: Sequence[_Cells], links: _Links) -> str:
    warning, amounts = row.warning, row.amounts
    cells = []
    for column in columns:
        amount = amounts[column.key]
        cells.append(column.of(amount, column.leads(row) if amount and column.leads else ""))
    return (
        f"<tr data-row{' class=over' if warning else ''}><th scope=row>{_named(row, links)}"
        f"{f'<small class=neg>{escape(warning)}</small>' if warning else ''}</th>{''.join(cells)}</tr>"
    )


def _named(row: ViewRow, links: _Links) -> str:
    if row.kind == RowKind.UNCODED:
        said = escape(gettext(row.description))
        return f'<a href="{links.costs}{NO_CODE}">{escape(gettext("Not coded"))}</a><small>{said}</small>'
    code = escape(row.code)
    described = f"<small>{escape(row.description)}</small>" if row.description else ""
    if row.kind == RowKind.UNBUDGETED:
        said = escape(gettext("Not in the budget"))
        return f"<span class=mono>{code}</span>{described}<small class=late>{said}</small>"
    return f'<a class=mono href="{links.line}{row.number}/">{code}</a>{described}'
