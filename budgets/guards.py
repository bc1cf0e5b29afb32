"""Why something cannot be done to a budget now: one sentence for the greyed button, the operation and the API alike.

Each answers "" if it can be done.
"""

from __future__ import annotations

from datetime import date

from budgets.models import Budget, BudgetChange, BudgetLine
from budgets.sources import use_of_code
from procore_sync.acceptance.operations import why_locked
from projects.models import Project


def why_not_open(project: Project) -> str:
    """Why `project` cannot get a budget."""
    if not project.is_active:
        return f"{project.name} is inactive. Activate it first, then give it a budget."
    return ""


def _with_accounting(budget: Budget) -> str:
    return why_locked(budget.erp) if budget.erp.is_locked else ""


def _day(day: date | None) -> str:
    return f" since {day.day} {day:%b %Y}" if day else ""


def why_not_edit(budget: Budget) -> str:
    """Why original amounts cannot be edited or imported."""
    if budget.is_locked and not budget.erp.is_locked:
        return (
            f"The budget is locked{_day(budget.locked_on)}, so its original amounts stand still. "
            "Move money by a change, or unlock the budget first."
        )
    return _with_accounting(budget)


def why_not_add(budget: Budget) -> str:
    """Why no line can be added; to a locked budget it is added at 0.00."""
    return _with_accounting(budget)


def why_not_lock(budget: Budget) -> str:
    """Why the budget cannot be locked."""
    if budget.is_locked:
        return f"The budget is locked already{_day(budget.locked_on)}."
    if not _with_accounting(budget) and not budget.lines.exists():
        return "The budget has no line yet. Add lines or import a file, then lock it."
    return _with_accounting(budget)


def why_not_unlock(budget: Budget) -> str:
    """Why the budget cannot be unlocked. Changes are kept, so they are no reason."""
    return _with_accounting(budget) or ("" if budget.is_locked else "The budget is not locked.")


def why_not_change(budget: Budget) -> str:
    """Why no change can be made."""
    if not budget.is_locked and not budget.erp.is_locked:
        return "Changes are made to a locked budget. While it is open, edit its lines, or lock it first."
    return _with_accounting(budget)


def why_not_remove(line: BudgetLine) -> str:
    """Why `line` cannot be removed: the budget stands still, or something uses it."""
    budget, code = line.budget, line.code.cost_code
    stands = _with_accounting(budget) if line.added_later and not line.original else why_not_edit(budget)
    if stands:
        return stands
    numbers = list(line.changes.order_by("change__number").values_list("change__number", flat=True)[:3])
    if numbers:
        named = " and ".join(f"change {number}" for number in numbers)
        return f"The line {code.code} stays: {named} moved money on it. Set its amount instead."
    used = use_of_code(budget.project, code.pk)
    return f"The line {code.code} stays. {used} Take the code out there first." if used else ""


def why_not_take_back(change: BudgetChange) -> str:
    """Why `change` cannot be deleted."""
    item = change.budget.erp
    if item.synced_revision is not None and change.revision <= item.synced_revision:
        return f"Change {change.number} is in QuickBooks, so it stays. Make another change that moves the money back."
    return _with_accounting(change.budget)
