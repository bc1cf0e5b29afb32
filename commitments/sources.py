"""What commitments tell the budget: committed and pending money by cost code (domain.md §9.1)."""

from __future__ import annotations

from django.db.models import Sum

from budgets.sources import Costs
from commitments.models import SovLine
from commitments.statuses import BudgetEffect, effect_of
from procore_sync.kit.money import money
from projects.models import Project


def commitment_costs(project: Project) -> dict[int, Costs]:
    """The lines of the project's active commitments by the id of their cost code, in one query.

    Private commitments count as well: a budget without them would be wrong.
    """
    rows = SovLine.objects.filter(commitment__project=project, commitment__is_active=True).order_by()
    sums = rows.values_list("code__cost_code_id", "commitment__type", "commitment__status").annotate(Sum("amount"))
    found: dict[int, Costs] = {}
    for code_id, type_, status, amount in sums:
        effect, before = effect_of(type_, status), found.get(code_id, Costs())
        if effect == BudgetEffect.COMMITTED:
            found[code_id] = Costs(committed=before.committed + money(amount), pending=before.pending)
        elif effect == BudgetEffect.PENDING:
            found[code_id] = Costs(committed=before.committed, pending=before.pending + money(amount))
    return found
