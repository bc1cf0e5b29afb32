"""The buttons of a budget beside those of acceptance: for whose they are, greyed with the sentence why not now."""

from __future__ import annotations

from django.urls import reverse
from django.utils.translation import gettext_noop

from budgets import guards
from budgets.models import Budget, BudgetChange, BudgetLine
from procore_sync.accounts.access import Right, may
from procore_sync.accounts.models import Membership
from projects.steps import Step


def steps_of_budget(budget: Budget, member: Membership) -> list[Step]:
    """What of a budget is the member's to do."""
    at = [budget.project_id]
    turn = (
        Step(
            "unlock",
            gettext_noop("Unlock"),
            reverse("budgets:unlock", args=at),
            guards.why_not_unlock(budget) or None,
            "",
            "post",
        )
        if budget.is_locked
        else Step(
            "lock",
            gettext_noop("Lock"),
            reverse("budgets:lock", args=at),
            guards.why_not_lock(budget) or None,
            "l",
            "post",
        )
    )
    steps = [
        Step("settings", gettext_noop("Settings"), reverse("budgets:settings", args=at), None),
        Step(
            "import",
            gettext_noop("Import a file"),
            reverse("budgets:import", args=at),
            guards.why_not_edit(budget) or None,
            "i",
        ),
        Step(
            "line",
            gettext_noop("Add line"),
            reverse("budgets:new_line", args=at),
            guards.why_not_add(budget) or None,
            "n",
        ),
        Step(
            "change",
            gettext_noop("Make a change"),
            reverse("budgets:transfer", args=at),
            guards.why_not_change(budget) or None,
            "c",
        ),
        turn,
    ]
    asked = {"import": Right.IMPORT_BUDGET, "lock": Right.LOCK_BUDGET}
    return [step for step in steps if may(member, asked.get(step.action, Right.EDIT))]


def steps_of_line(line: BudgetLine, member: Membership) -> list[Step]:
    """What can be done to a line beside editing it."""
    if not may(member, Right.EDIT):
        return []
    url = reverse("budgets:remove_line", args=[line.budget.project_id, line.number])
    return [Step("remove", gettext_noop("Remove line"), url, guards.why_not_remove(line) or None, method="post")]


def steps_of_change(change: BudgetChange, member: Membership) -> list[Step]:
    """What can be done to a change."""
    if not may(member, Right.EDIT):
        return []
    url = reverse("budgets:take_back", args=[change.budget.project_id, change.number])
    return [
        Step(
            f"take-back-{change.number}",
            gettext_noop("Take back"),
            url,
            guards.why_not_take_back(change) or None,
            method="post",
        )
    ]
