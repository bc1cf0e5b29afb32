"""The budget view: every column of it for every line, and their sums (domain.md §7.2, docs/adr/0015)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from typing import NamedTuple

from django.db.models import Sum
from django.utils.translation import gettext, gettext_noop, override

from budgets.models import Budget, BudgetChangeLine, BudgetLine, BudgetRules, DirectCosts
from budgets.sources import Costs, costs_by_code
from procore_sync.kit.money import money
from projects.job_costs import direct_costs, uncoded_cost
from projects.models import CostCode

_ZERO = Decimal("0.00")
_NOTHING = Costs()


class Column(NamedTuple):
    """A column of the view: its key, its heading, what it is made of, and whether it is calculated from others.

    `extra` ones say nothing that another does not say, as long as there are no owner changes: shown when asked for.
    """

    key: str
    heading: str
    formula: str
    calculated: bool = False
    extra: bool = False


_NONE_KEPT = gettext_noop("Prime contracts and their changes are not kept here, so it is always 0.00.")

#: In the order of the page, the files and the API.
COLUMNS = (
    Column(
        "original",
        gettext_noop("Original budget"),
        gettext_noop("Typed or imported, and frozen when the budget is locked."),
    ),
    Column(
        "modifications",
        gettext_noop("Budget changes"),
        gettext_noop("What changes have added to the line, less what they took from it."),
    ),
    Column("owner_changes", gettext_noop("Approved owner changes"), _NONE_KEPT, extra=True),
    Column(
        "revised",
        gettext_noop("Revised budget"),
        gettext_noop("Original budget + budget changes + approved owner changes."),
        True,
    ),
    Column("pending_owner_changes", gettext_noop("Pending owner changes"), _NONE_KEPT, extra=True),
    Column(
        "projected_budget",
        gettext_noop("Projected budget"),
        gettext_noop("Revised budget + pending owner changes."),
        True,
        True,
    ),
    Column(
        "committed",
        gettext_noop("Committed costs"),
        gettext_noop(
            "Approved subcontracts, purchase orders and their approved change orders; of those that are closed, "
            "terminated or inactive, what was billed."
        ),
    ),
    Column(
        "direct",
        gettext_noop("Direct costs"),
        gettext_noop("What QuickBooks charges to the job, without documents exported from here."),
    ),
    Column(
        "to_date", gettext_noop("Job to date"), gettext_noop("Direct costs + approved subcontractor invoices."), True
    ),
    Column(
        "pending_costs",
        gettext_noop("Pending cost changes"),
        gettext_noop("Commitments and change orders that wait for their approval."),
    ),
    Column(
        "projected_costs",
        gettext_noop("Projected costs"),
        gettext_noop("Committed + direct + pending cost changes."),
        True,
    ),
    Column(
        "to_complete",
        gettext_noop("Forecast to complete"),
        gettext_noop("Projected budget less projected costs, and never below zero."),
        True,
    ),
    Column(
        "at_completion",
        gettext_noop("Cost at completion"),
        gettext_noop("Projected costs + forecast to complete."),
        True,
    ),
    Column(
        "over_under",
        gettext_noop("Over or under"),
        gettext_noop("Projected budget less cost at completion; below zero is over budget."),
        True,
    ),
    Column(
        "with_changes",
        gettext_noop("Revised with changes"),
        gettext_noop("Original budget + budget changes."),
        True,
        True,
    ),
    Column(
        "cost_budget",
        gettext_noop("Projected cost budget"),
        gettext_noop("Original budget + budget changes; no rough estimates."),
        True,
        True,
    ),
)
_CALCULATED = tuple((column.key, column.heading) for column in COLUMNS if column.calculated)


def amounts_of(original: Decimal, modifications: Decimal, direct: Decimal, costs: Costs) -> dict[str, Decimal]:
    """Every column of a line, by its key, from what is known of it."""
    owner_changes = pending_owner_changes = _ZERO
    revised = original + modifications + owner_changes
    projected_budget = revised + pending_owner_changes
    projected_costs = costs.committed + direct + costs.pending
    to_complete = max(projected_budget - projected_costs, _ZERO)
    at_completion = projected_costs + to_complete
    return {
        "original": original,
        "modifications": modifications,
        "owner_changes": owner_changes,
        "revised": revised,
        "pending_owner_changes": pending_owner_changes,
        "projected_budget": projected_budget,
        "committed": costs.committed,
        "direct": direct,
        "to_date": direct + costs.invoiced,
        "pending_costs": costs.pending,
        "projected_costs": projected_costs,
        "to_complete": to_complete,
        "at_completion": at_completion,
        "over_under": projected_budget - at_completion,
        "with_changes": original + modifications,
        "cost_budget": original + modifications,
    }


class RowKind(StrEnum):
    """What a row of the view is. Costs without a line, or without a code, are rows too, so that the sums hold."""

    LINE = "line"
    UNBUDGETED = "unbudgeted"
    UNCODED = "uncoded"


class ViewRow(NamedTuple):
    """A row of the view: a line, the costs of a code that has none, or the costs that have no code."""

    kind: RowKind
    number: int | None
    code_id: int | None
    code: str
    description: str
    amounts: dict[str, Decimal]

    @property
    def below_zero(self) -> list[str]:
        """The calculated columns that are below zero."""
        return [gettext(heading).lower() for key, heading in _CALCULATED if self.amounts[key] < 0]

    @property
    def warning(self) -> str:
        """What is wrong with the row in words of the reader's language; "" if nothing is."""
        if self.amounts["over_under"] < 0:
            return gettext("Over budget by %(amount)s") % {"amount": f"{-self.amounts['over_under']:,.2f}"}
        below = self.below_zero
        return gettext("Below zero: %(columns)s") % {"columns": ", ".join(below)} if below else ""

    @property
    def note(self) -> str:
        """The same in English, as files have it."""
        with override("en"):
            return self.warning


_TYPED = gettext_noop("Typed on each line. What QuickBooks charges to the job does not count here.")


@dataclass(frozen=True)
class BudgetView:
    """Every row of a budget, in the order of the codes; `total` is the sum of the rows, column by column.

    `typed` tells that the company types direct costs, so that none of them come from QuickBooks.
    """

    rows: list[ViewRow]
    typed: bool = False

    @property
    def columns(self) -> tuple[Column, ...]:
        """The columns, each with what it is made of in this budget."""
        if not self.typed:
            return COLUMNS
        return tuple(one._replace(formula=_TYPED) if one.key == "direct" else one for one in COLUMNS)

    @property
    def total(self) -> dict[str, Decimal]:
        """The sum of each column over all rows; what one line saves does not pay for another's overrun."""
        every = [row.amounts for row in self.rows]
        return {column.key: sum([amounts[column.key] for amounts in every], _ZERO) for column in COLUMNS}

    @property
    def over(self) -> list[ViewRow]:
        """The rows that something is wrong with."""
        return [row for row in self.rows if any(row.amounts[key] < 0 for key, _ in _CALCULATED)]


def view_of(budget: Budget) -> BudgetView:
    """The whole view of `budget`: a constant number of queries, however many lines and transactions there are."""
    typed = types_direct_costs(budget.company_id)
    direct, costs = {} if typed else direct_costs(budget.project), costs_by_code(budget.project)
    rows = list(_lines(budget, None if typed else direct, costs))
    budgeted = {row.code_id for row in rows}
    rows += _unbudgeted({*direct, *costs} - budgeted, direct, costs)
    uncoded = _ZERO if typed else uncoded_cost(budget.project)
    if uncoded:
        amounts = amounts_of(_ZERO, _ZERO, uncoded, Costs())
        rows.append(ViewRow(RowKind.UNCODED, None, None, "", gettext_noop("Costs that have no cost code yet"), amounts))
    return BudgetView(rows, typed)


def types_direct_costs(company_id: int) -> bool:
    """Whether the company types the direct costs of its budgets, in place of those of QuickBooks."""
    return BudgetRules.objects.filter(company_id=company_id, direct_costs=DirectCosts.TYPED).exists()


def _lines(budget: Budget, direct: Mapping[int, Decimal] | None, costs: Mapping[int, Costs]) -> Iterator[ViewRow]:
    """The rows of the lines; without `direct` each has the direct cost that was typed on it."""
    moves = (
        BudgetChangeLine.objects.filter(change__budget=budget).order_by().values_list("line").annotate(Sum("amount"))
    )
    moved = {line: money(total) for line, total in moves}
    lines = BudgetLine.objects.filter(budget=budget).values_list(
        "pk",
        "number",
        "code__cost_code",
        "code__cost_code__code",
        "description",
        "code__cost_code__description",
        "original",
        "direct_cost",
    )
    for pk, number, code_id, code, said, of_code, original, typed in lines:
        charged = typed if direct is None else direct.get(code_id, _ZERO)
        amounts = amounts_of(original, moved.get(pk, _ZERO), charged, costs.get(code_id, _NOTHING))
        yield ViewRow(RowKind.LINE, number, code_id, code, said or of_code, amounts)


def _unbudgeted(
    code_ids: Iterable[int], direct: Mapping[int, Decimal], costs: Mapping[int, Costs]
) -> Iterator[ViewRow]:
    for code in CostCode.objects.filter(pk__in=list(code_ids)).order_by("code_key", "pk"):
        amounts = amounts_of(_ZERO, _ZERO, direct.get(code.pk, _ZERO), costs.get(code.pk, _NOTHING))
        if any(amounts.values()):
            yield ViewRow(RowKind.UNBUDGETED, None, code.pk, code.code, code.description, amounts)
