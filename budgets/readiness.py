"""Why a budget cannot be sent to accounting yet (domain.md §7)."""

from __future__ import annotations

from django.db.models import Q
from django.urls import reverse
from django.utils.translation import gettext, ngettext

from budgets.models import Budget
from procore_sync.acceptance.kinds import Unmet, on_its_way
from procore_sync.acceptance.models import ErpItem
from procore_sync.acceptance.states import Status
from procore_sync.accounts.curing import BUDGET_IMPORTERS, BUDGET_LOCKERS, EDITORS
from projects.models import CostCode
from projects.readiness import NAMED_AT_MOST


def unmet_of_budget(budget: Budget) -> list[Unmet]:
    """Everything that keeps the budget from being sent; empty if nothing does."""
    return [*_project(budget), *_lines(budget), *_lock(budget), *_codes(budget)]


def _project(budget: Budget) -> list[Unmet]:
    project = budget.project
    where = reverse("projects:project", args=[project.pk])
    unmet = []
    if not project.is_active:
        unmet.append(
            Unmet(
                gettext("%(project)s is inactive. Activate the project first.") % {"project": project.name},
                EDITORS,
                where,
            )
        )
    if project.has_sub_jobs:
        edit = reverse("projects:edit_project", args=[project.pk])
        sentence = gettext(
            "%(project)s is divided into sub jobs, and a budget with sub jobs cannot go. Switch them off."
        ) % {"project": project.name}
        unmet.append(Unmet(sentence, EDITORS, edit))
    if not on_its_way(project.erp):
        sentence = gettext(
            "%(project)s is not in QuickBooks yet. Send the project first, or along with the budget."
        ) % {"project": project.name}
        unmet.append(Unmet(sentence, EDITORS, where, (project.erp,)))
    return unmet


def _lines(budget: Budget) -> list[Unmet]:
    has_money = budget.lines.exclude(original=0).exists() or budget.changes.exists()
    if has_money:
        return []
    return [
        _here(
            budget, BUDGET_IMPORTERS, gettext("The budget has no line with an amount yet. Add lines or import a file.")
        )
    ]


def _lock(budget: Budget) -> list[Unmet]:
    return (
        [] if budget.is_locked else [_here(budget, BUDGET_LOCKERS, gettext("The budget is not locked. Lock it first."))]
    )


def _here(budget: Budget, who: str, sentence: str) -> Unmet:
    return Unmet(sentence, who, reverse("budgets:budget", args=[budget.project_id]))


def _codes(budget: Budget) -> list[Unmet]:
    """One a code that is not on its way to QuickBooks, for the first few; then how many others, with their items."""
    missing = Q(erp__synced_revision=None) & ~Q(erp__status__in=[Status.SENT, Status.EXPORTING])
    rows = CostCode.objects.filter(missing, project_rows__budget_lines__budget=budget).select_related("erp")
    codes = list(rows.order_by("code_key", "pk"))
    named, others = codes[:NAMED_AT_MOST], codes[NAMED_AT_MOST:]
    unmet = [
        Unmet(
            gettext("The cost code %(code)s is not in QuickBooks yet. Send it first, or along with the budget.")
            % {"code": code.code},
            EDITORS,
            reverse("projects:cost_code", args=[code.pk]),
            (code.erp,),
        )
        for code in named
    ]
    if others:
        unmet.append(_others([code.erp for code in others]))
    return unmet


def _others(items: list[ErpItem]) -> Unmet:
    sentence = ngettext(
        "%(n)s other cost code is not in QuickBooks yet.",
        "%(n)s other cost codes are not in QuickBooks yet.",
        len(items),
    )
    return Unmet(sentence % {"n": len(items)}, EDITORS, reverse("projects:cost_codes"), tuple(items))
