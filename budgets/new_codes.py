"""New codes from QuickBooks that become lines of the budgets that lack them, by the company's rule (domain.md §4)."""

from __future__ import annotations

from django.db import transaction
from django.db.models import F

from budgets.models import Budget, BudgetLine, BudgetRules
from procore_sync.acceptance.models import ErpItem
from procore_sync.acceptance.states import LOCKED
from projects.models import CostCode, ProjectCostCode
from projects.operations import hold_codes


@transaction.atomic
def add_to_budgets(cost_code: CostCode) -> int:
    """Give every budget of the company that lacks this code a line of 0.00, by the company's rule; says how many did.

    Budgets of active projects that use the standard cost codes. One that is with accounting, on its way or failed
    stands still and gets none. A line of 0.00 is no part of what QuickBooks gets, so no total and no revision changes,
    whether the budget is locked or synced or not. Asks no right: it is the rule of the company.
    """
    wanted = BudgetRules.objects.filter(company_id=cost_code.company_id, adds_new_codes=True).exists()
    if not (wanted and cost_code.is_active):
        return 0
    using = Budget.objects.filter(
        company_id=cost_code.company_id, is_active=True, project__is_active=True, project__uses_standard_codes=True
    )
    held = {one.pk: one for one in using.select_for_update(of=("self",)).order_by("pk")}
    # Their items are read after the rows are held, so that they are not older.
    still = set(ErpItem.objects.filter(budget__in=held, status__in=LOCKED).values_list("budget", flat=True))
    having = set(BudgetLine.objects.filter(budget__in=held, code__cost_code=cost_code).values_list("budget", flat=True))
    lacking = {one.project_id: one for one in held.values() if one.pk not in still | having}
    if not lacking:
        return 0
    hold_codes(*lacking)
    ProjectCostCode.objects.bulk_create(
        [ProjectCostCode(project_id=project_id, cost_code=cost_code) for project_id in lacking], ignore_conflicts=True
    )
    rows = ProjectCostCode.objects.filter(project__in=lacking, cost_code=cost_code)
    BudgetLine.objects.bulk_create(_line(lacking[row.project_id], row) for row in rows)
    Budget.objects.filter(pk__in=[one.pk for one in lacking.values()]).update(next_line=F("next_line") + 1)
    return len(lacking)


def _line(budget: Budget, row: ProjectCostCode) -> BudgetLine:
    return BudgetLine(budget=budget, number=budget.next_line, code=row, original=0, added_later=budget.is_locked)
