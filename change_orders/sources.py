"""What change orders tell the budget: approved ones are committed, pending ones pending, and who uses a code."""

from __future__ import annotations

from collections import defaultdict
from decimal import Decimal

from django.db.models import Q, QuerySet, Sum
from django.db.models.functions import Coalesce
from django.utils.translation import gettext

from budgets.sources import Costs
from change_orders.models import ChangeLine, ChangeStatus
from change_orders.statuses import PENDING, PENDING_REQUEST
from commitments.models import Commitment
from commitments.sources import users_sentence
from commitments.statuses import BudgetEffect, effect_of
from procore_sync.kit.money import money
from projects.models import Project

_APPROVED = Q(change_order__status=ChangeStatus.APPROVED)
_IDLE = (ChangeStatus.REJECTED, ChangeStatus.VOID)
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


def changes_that_use(project: Project) -> dict[int, str]:
    """Which changes need the budget line of a code of the project, by the code's id, in one query.

    Those of a private commitment are not named; what was rejected or is void needs nothing.
    """
    idle = Q(change_order__status__in=_IDLE) | Q(change_order=None, request__status__in=_IDLE)
    rows = ChangeLine.objects.filter(code__project=project).exclude(idle).order_by("pk")
    named = rows.values_list(
        "code__cost_code_id",
        Coalesce("change_order__number", "request__number"),
        Coalesce("change_order__commitment__erp__is_private", "request__commitment__erp__is_private"),
    )
    users: defaultdict[int, list[str]] = defaultdict(list)
    for code_id, number, is_private in named:
        name = gettext("a private change") if is_private else number
        if name not in users[code_id]:
            users[code_id].append(name)
    return {code_id: users_sentence(names) for code_id, names in users.items()}


def commitments_coded(code_id: int) -> QuerySet[ChangeLine, int]:
    """The commitments, by their ids, that a change which is neither rejected nor void gives something of a code."""
    idle = Q(change_order__status__in=_IDLE) | Q(change_order=None, request__status__in=_IDLE)
    rows = ChangeLine.objects.filter(code__cost_code=code_id).exclude(idle).order_by()
    return rows.values_list(Coalesce("change_order__commitment", "request__commitment"), flat=True)


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
