"""What change orders tell the budget of a project's costs: approved ones are committed, pending ones pending."""

from __future__ import annotations

from collections import defaultdict
from decimal import Decimal

from django.db.models import Q, QuerySet, Sum

from budgets.sources import Costs
from change_orders.models import ChangeLine, ChangeStatus
from change_orders.statuses import PENDING, PENDING_REQUEST
from commitments.models import Commitment
from commitments.statuses import BudgetEffect, effect_of
from procore_sync.kit.money import money
from projects.models import Project

_APPROVED = Q(change_order__status=ChangeStatus.APPROVED)
#: A line counts by its change order; as long as it is in none, by its request.
_PENDING = Q(change_order__status__in=PENDING) | Q(change_order=None, request__status__in=PENDING_REQUEST)


def costs_of_changes(project: Project) -> dict[int, Costs]:
    """What the changes of the project's commitments cost by the id of the cost code; three queries.

    Changes of a commitment that counts for nothing, such as a void one, count for nothing. Those of private
    commitments count as well: a budget without them would be wrong.
    """
    counting = _counting(project)
    rows = ChangeLine.objects.filter(
        Q(change_order__commitment__in=counting) | Q(request__commitment__in=counting)
    ).order_by()
    return {
        code_id: Costs(committed=committed, pending=pending)
        for code_id, (committed, pending) in _sums(rows.filter(_APPROVED), rows.filter(_PENDING)).items()
    }


def _counting(project: Project) -> list[int]:
    """The commitments of the project that stand in a column of the budget."""
    rows = Commitment.objects.filter(project=project, is_active=True).values_list("pk", "type", "status")
    return [pk for pk, type_, status in rows if effect_of(type_, status) != BudgetEffect.NONE]


def _sums(*columns: QuerySet[ChangeLine]) -> dict[int, list[Decimal]]:
    sums: defaultdict[int, list[Decimal]] = defaultdict(lambda: [Decimal("0.00")] * len(columns))
    for place, rows in enumerate(columns):
        for code_id, total in rows.values_list("code__cost_code").annotate(Sum("amount")):
            sums[code_id][place] = money(total)
    return sums
