"""Why something cannot be done to a budget now: one sentence for the greyed button, the operation and the API alike.

Each answers "" if it can be done.
"""

from __future__ import annotations

from django.utils.translation import gettext

from budgets.columns import types_direct_costs
from budgets.models import Budget, BudgetChange, BudgetLine
from budgets.sources import use_of_code
from procore_sync.acceptance.items import why_locked
from procore_sync.kit.shown import day
from projects.models import Project


def why_not_open(project: Project) -> str:
    """Why `project` cannot get a budget."""
    if not project.is_active:
        return gettext("%(project)s is inactive. Activate it first, then give it a budget.") % {"project": project.name}
    return ""


def _with_accounting(budget: Budget) -> str:
    return why_locked(budget.erp) if budget.erp.is_locked else ""


def _locked_since(budget: Budget) -> str:
    if not budget.locked_on:
        return gettext("The budget is locked, so its original amounts cannot be changed.")
    sentence = gettext("The budget is locked since %(day)s, so its original amounts cannot be changed.")
    return sentence % {"day": day(budget.locked_on)}


def why_not_edit(budget: Budget) -> str:
    """Why original amounts cannot be edited or imported."""
    if budget.is_locked and not budget.erp.is_locked:
        cure = gettext("Move money by a change, or unlock the budget first.")
        return f"{_locked_since(budget)} {cure}"
    return _with_accounting(budget)


def why_not_type(budget: Budget) -> str:
    """Why direct costs cannot be typed. However the budget stands they can: QuickBooks gets none of them."""
    if types_direct_costs(budget.company_id):
        return ""
    return gettext(
        "Direct costs are filled from QuickBooks. An administrator can let them be typed, under Settings, Projects and "
        "budgets."
    )


def why_not_add(budget: Budget) -> str:
    """Why no line can be added; to a locked budget it is added at 0.00."""
    return _with_accounting(budget)


def why_not_lock(budget: Budget) -> str:
    """Why the budget cannot be locked."""
    if budget.is_locked:
        if not budget.locked_on:
            return gettext("The budget is locked already.")
        return gettext("The budget is locked already since %(day)s.") % {"day": day(budget.locked_on)}
    if not _with_accounting(budget) and not budget.lines.exists():
        return gettext("The budget has no line yet. Add lines or import a file, then lock it.")
    return _with_accounting(budget)


def why_not_unlock(budget: Budget) -> str:
    """Why the budget cannot be unlocked. Changes are kept, so they are no reason."""
    return _with_accounting(budget) or ("" if budget.is_locked else gettext("The budget is not locked."))


def why_not_change(budget: Budget) -> str:
    """Why no change can be made."""
    if not budget.is_locked and not budget.erp.is_locked:
        return gettext("Changes are made to a locked budget. While it is open, edit its lines, or lock it first.")
    return _with_accounting(budget)


def why_not_remove(line: BudgetLine) -> str:
    """Why `line` cannot be removed: the budget stands still, or something uses it."""
    budget, code = line.budget, line.code.cost_code
    stands = _with_accounting(budget) if line.added_later and not line.original else why_not_edit(budget)
    if stands:
        return stands
    numbers = list(line.changes.order_by("change__number").values_list("change__number", flat=True)[:3])
    if numbers:
        named = gettext(" and ").join(gettext("change %(number)s") % {"number": number} for number in numbers)
        sentence = gettext("The line %(code)s stays: %(named)s moved money on it. Set its amount instead.")
        return sentence % {"code": code.code, "named": named}
    if line.direct_cost and types_direct_costs(budget.company_id):
        sentence = gettext(
            "The line %(code)s stays: a direct cost of %(amount)s is typed on it. Set that to 0.00 first."
        )
        return sentence % {"code": code.code, "amount": f"{line.direct_cost:,.2f}"}
    used = use_of_code(budget.project, code.pk)
    sentence = gettext("The line %(code)s stays. %(used)s Take the code out there first.")
    return sentence % {"code": code.code, "used": used} if used else ""


def why_not_take_back(change: BudgetChange) -> str:
    """Why `change` cannot be deleted."""
    item = change.budget.erp
    if item.synced_revision is not None and change.revision <= item.synced_revision:
        return gettext(
            "Change %(number)s is in QuickBooks, so it stays. Make another change that moves the money back."
        ) % {"number": change.number}
    return _with_accounting(change.budget)
