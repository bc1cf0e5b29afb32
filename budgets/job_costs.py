"""What a project costs by cost code: promised, billed, paid, charged by the ledger (domain.md §7.2, §15.2)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields
from decimal import Decimal

from django.db.models import Q, Sum
from django.utils.translation import gettext_noop

from budgets.models import BudgetChangeLine, BudgetLine
from budgets.sources import Costs, costs_by_code
from procore_sync.kit.money import money
from projects.job_costs import direct_costs, uncoded_of
from projects.models import CostCode, Project

_ZERO = Decimal("0.00")
#: More than that many codes cannot be told apart in a plot; the table has them all.
PLOTTED = 12


@dataclass(frozen=True)
class Figures:
    """The money of a cost code or of a whole project.

    `budget` is the revised budget, `direct` are the ledger's costs without what we exported.
    """

    budget: Decimal = _ZERO
    committed: Decimal = _ZERO
    invoiced: Decimal = _ZERO
    paid: Decimal = _ZERO
    direct: Decimal = _ZERO

    @property
    def to_date(self) -> Decimal:
        """Job to date costs: direct costs and what subcontractors have billed."""
        return self.direct + self.invoiced

    def __add__(self, other: Figures) -> Figures:
        return Figures(*(getattr(self, one.name) + getattr(other, one.name) for one in fields(self)))


@dataclass(frozen=True)
class JobCost:
    """One cost code of a project and its figures."""

    code: CostCode
    figures: Figures


@dataclass(frozen=True)
class JobCosts:
    """Everything a project costs. `uncoded` is charged by the ledger and belongs to no cost code yet, in so many
    `uncoded_lines`.
    """

    rows: list[JobCost]
    uncoded: Decimal
    uncoded_lines: int

    @property
    def total(self) -> Figures:
        """The sum over all codes and what has none."""
        return sum((row.figures for row in self.rows), Figures(direct=self.uncoded))

    @property
    def plotted(self) -> list[JobCost]:
        """The codes with the largest figures, in the order of their codes."""
        largest = sorted(
            self.rows, key=lambda row: max(row.figures.budget, row.figures.committed, row.figures.to_date), reverse=True
        )
        kept = {row.code.pk for row in largest[:PLOTTED]}
        return [row for row in self.rows if row.code.pk in kept]


def job_costs_of(project: Project) -> JobCosts:
    """The figures of every code that the project uses or that has any, in the order of the codes.

    A constant number of queries, however many codes and transactions there are.
    """
    direct, known, budgeted = direct_costs(project), costs_by_code(project), revised_by_code(project)
    wanted = Q(pk__in=project.code_rows.values("cost_code")) | Q(pk__in=[*direct, *known])
    codes = CostCode.objects.filter(wanted).order_by("code_key", "pk")
    rows = [
        JobCost(code, _figures(budgeted.get(code.pk, _ZERO), known.get(code.pk, Costs()), direct.get(code.pk, _ZERO)))
        for code in codes
    ]
    return JobCosts(rows, *uncoded_of(project))


def _figures(budget: Decimal, costs: Costs, direct: Decimal) -> Figures:
    return Figures(budget, costs.committed, costs.invoiced, costs.paid, direct)


def revised_by_code(project: Project) -> dict[int, Decimal]:
    """The revised budget of each code, by its id: original amount and changes; two queries."""
    lines = BudgetLine.objects.filter(budget__project=project).values_list("code__cost_code", "original")
    moves = BudgetChangeLine.objects.filter(change__budget__project=project).order_by()
    moved = moves.values_list("line__code__cost_code").annotate(Sum("amount"))
    revised = dict(lines)
    for code_id, amount in moved:
        revised[code_id] = money(revised[code_id] + amount)
    return revised


#: The columns of the page and of its files: key of `Figures`, heading, and what it means.
COLUMNS: Sequence[tuple[str, str, str]] = (
    ("budget", gettext_noop("Revised budget"), gettext_noop("The original budget amount and every change of it.")),
    (
        "committed",
        gettext_noop("Committed"),
        gettext_noop(
            "Approved subcontracts, purchase orders and their approved change orders; of those that are closed, "
            "terminated or inactive, what was billed."
        ),
    ),
    ("invoiced", gettext_noop("Invoiced"), gettext_noop("What subcontractors have billed on commitments.")),
    ("paid", gettext_noop("Paid"), gettext_noop("How much of what was invoiced was paid.")),
    (
        "direct",
        gettext_noop("Direct costs"),
        gettext_noop("What QuickBooks charges to the job, without documents exported from here."),
    ),
    ("to_date", gettext_noop("Cost to date"), gettext_noop("Direct costs and invoiced.")),
)
