"""The rows of the budget view. A budget has thousands of cells, so a row is put together here and not in a template."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal

from django import template
from django.urls import reverse
from django.utils.html import escape
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext

from budgets.columns import Column, RowKind, ViewRow
from budgets.models import Budget
from budgets.sources import committed_page
from procore_sync.kit.templatetags.console import MINUS
from projects.job_costs import NO_CODE

register = template.Library()


@register.simple_tag
def budget_rows(rows: Iterable[ViewRow], budget: Budget, columns: Sequence[Column]) -> SafeString:
    """Rows of the table: the code leads to the line, a direct cost to its transactions, what is committed to the
    commitments behind it."""
    links, headings = _Links(budget.project_id), _headings(columns)
    return mark_safe("".join(_row(row, headings, links) for row in rows))  # noqa: S308 - escaped below


@register.simple_tag
def budget_total(total: Mapping[str, Decimal], columns: Sequence[Column]) -> SafeString:
    """The cells of the totals row."""
    cells = (_cell(heading, total[key], "") for key, heading in _headings(columns).items())
    return mark_safe("".join(cells))  # noqa: S308 - escaped below


def _headings(columns: Sequence[Column]) -> dict[str, str]:
    return {column.key: escape(gettext(column.heading)) for column in columns}


class _Links:
    """Where the figures of a project lead."""

    def __init__(self, project_id: int) -> None:
        self.project_id = project_id
        self.line = reverse("budgets:line", args=[project_id, 0]).removesuffix("0/")
        self.costs = f"{reverse('projects:costs')}?project={project_id}&amp;code="
        self.new_line = f"{reverse('budgets:new_line', args=[project_id])}?code="

    def of(self, key: str, row: ViewRow) -> str:
        """Where the figure in the column `key` leads; "" if nowhere."""
        if key == "direct":
            return f"{self.costs}{row.code_id or NO_CODE}"
        if key == "committed" and row.code_id:
            return escape(committed_page(self.project_id, row.code_id))
        return ""


def _row(row: ViewRow, headings: Mapping[str, str], links: _Links) -> str:
    warning = row.warning
    cells = "".join(
        _cell(heading, row.amounts[key], links.of(key, row) if row.amounts[key] else "")
        for key, heading in headings.items()
    )
    return (
        f"<tr data-row{' class=over' if warning else ''}><th scope=row>{_named(row, links)}"
        f"{f'<small class=neg>{escape(warning)}</small>' if warning else ''}</th>{cells}</tr>"
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


def _cell(heading: str, amount: Decimal, url: str) -> str:
    shown = f"{amount:,.2f}"
    below = amount < 0
    if below:
        shown = shown.replace("-", MINUS)
    if url:
        shown = f'<a href="{url}">{shown}</a>'
    css = '"num neg"' if below else "num" if amount else '"num nil"'
    return f'<td class={css} data-label="{heading}">{shown}</td>'
