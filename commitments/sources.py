"""What commitments tell the budget: money by cost code (domain.md §9.1), who uses a code, and where to look."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.db.models import Exists, OuterRef, Q, QuerySet, Sum
from django.urls import reverse
from django.utils.translation import gettext, ngettext

from budgets.sources import Costs
from commitments.models import SovLine
from commitments.statuses import BudgetEffect, effect_of
from procore_sync.kit.money import money
from projects.models import Project

NAMED_AT_MOST = 3

#: The commitments, by their ids, of which an app above has something with the cost code of this id.
Coded = Callable[[int], QuerySet[Any, int]]

_coded: dict[str, Coded] = {}


def register_coded(name: str, coded: Coded) -> None:
    """Let an app say which commitments it codes besides their own lines; called once from its `AppConfig.ready()`."""
    _coded[name] = coded


def of_code(code_id: int) -> Q:
    """Which commitments have the cost code, on a line of their own or by what an app above adds to them."""
    wanted = Q(Exists(SovLine.objects.filter(commitment=OuterRef("pk"), code__cost_code=code_id)))
    for coded in _coded.values():
        wanted |= Q(pk__in=coded(code_id))
    return wanted


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


def commitments_that_use(project: Project) -> dict[int, str]:
    """Which commitments need the budget line of a code of the project, by the code's id, in one query.

    A private one is not named. An inactive one that never reached QuickBooks needs nothing.
    """
    lines = SovLine.objects.filter(commitment__project=project).order_by("commitment__number")
    living = Q(commitment__is_active=True) | Q(commitment__erp__synced_revision__isnull=False)
    named = lines.filter(living).values_list("code__cost_code_id", "commitment__number", "commitment__erp__is_private")
    users: dict[int, list[str]] = {}
    for code_id, number, is_private in named:
        name = gettext("a private commitment") if is_private else number
        if name not in users.setdefault(code_id, []):
            users[code_id].append(name)
    return {code_id: users_sentence(names) for code_id, names in users.items()}


def users_sentence(names: list[str]) -> str:
    """Which records use a code: "SC-1, SC-2 and 3 more use it."."""
    shown = ", ".join(names[:NAMED_AT_MOST])
    more = len(names) - NAMED_AT_MOST
    if more > 0:
        return gettext("%(names)s and %(more)s more use it.") % {"names": shown, "more": more}
    told = ngettext("%(names)s uses it.", "%(names)s use it.", len(names))
    return told % {"names": f"{shown[:1].upper()}{shown[1:]}"}


def page_of_commitments(project_id: int, code_id: int) -> str:
    """The address of the list of a project's commitments that have this code, change orders included."""
    return f"{reverse('commitments:commitments')}?project={project_id}&code={code_id}"
