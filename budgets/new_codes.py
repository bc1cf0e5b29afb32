"""New codes from QuickBooks that become lines of the budgets that lack them, by the company's rule (domain.md §4)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping

from django.db import transaction
from django.db.models import F

from budgets.models import Budget, BudgetLine, BudgetRules
from procore_sync.acceptance.models import ErpItem
from procore_sync.acceptance.states import LOCKED
from projects.models import CostCode, ProjectCostCode
from projects.operations import hold_codes


@transaction.atomic
def add_to_budgets(*cost_codes: CostCode) -> int:
    """Give every budget of the company that lacks one of these codes a line of 0.00, by the company's rule; says how
    many did.

    Budgets of active projects that use the standard cost codes. One that is with accounting, on its way or failed
    stands still and gets none. A line of 0.00 is no part of what QuickBooks gets, so no total and no revision changes,
    whether the budget is locked or synced or not. Asks no right: it is the rule of the company.
    """
    active = [one for one in cost_codes if one.is_active]
    if not (active and BudgetRules.objects.filter(company_id=active[0].company_id, adds_new_codes=True).exists()):
        return 0
    using = Budget.objects.filter(
        company_id=active[0].company_id, is_active=True, project__is_active=True, project__uses_standard_codes=True
    )
    held = {one.pk: one for one in using.select_for_update(of=("self",)).order_by("pk")}
    # Their items are read after the rows are held, so that they are not older.
    still = set(ErpItem.objects.filter(budget__in=held, status__in=LOCKED).values_list("budget", flat=True))
    having = BudgetLine.objects.filter(budget__in=held, code__cost_code__in=active)
    have = set(having.values_list("budget", "code__cost_code"))
    lacking = {
        (one.project_id, code.pk): one
        for one in held.values()
        for code in active
        if one.pk not in still and (one.pk, code.pk) not in have
    }
    if not lacking:
        return 0
    _add_lines(lacking)
    return len({one.pk for one in lacking.values()})


def _add_lines(lacking: Mapping[tuple[int, int], Budget]) -> None:
    """A line of 0.00 in each of these budgets, which are held, of the code it lacks: by project and code."""
    hold_codes(*{project for project, _ in lacking})
    ProjectCostCode.objects.bulk_create(
        [ProjectCostCode(project_id=project, cost_code_id=code) for project, code in lacking], ignore_conflicts=True
    )
    rows = ProjectCostCode.objects.filter(
        project__in={project for project, _ in lacking}, cost_code__in={code for _, code in lacking}
    )
    added: Counter[int] = Counter()
    lines = []
    for row in rows.order_by("pk"):
        budget = lacking.get((row.project_id, row.cost_code_id))
        if budget is not None:
            number = budget.next_line + added[budget.pk]
            lines.append(BudgetLine(budget=budget, number=number, code=row, original=0, added_later=budget.is_locked))
            added[budget.pk] += 1
    BudgetLine.objects.bulk_create(lines, batch_size=1000)
    for count in set(added.values()):
        gained = [pk for pk, lines_added in added.items() if lines_added == count]
        Budget.objects.filter(pk__in=gained).update(next_line=F("next_line") + count)
