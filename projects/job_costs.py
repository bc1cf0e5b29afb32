"""What a project's transactions in the ledger have cost, and which of them nobody has coded (domain.md §15.2).

Documents that this console exported are left out of every sum: what they cost is known already, as invoiced.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.db.models import Count, F, Max, Q, QuerySet, Sum, Value
from django.db.models.functions import Abs, Coalesce

from procore_sync.accounts.access import Right, may, visible
from procore_sync.accounts.models import Membership
from procore_sync.kit.finding import carrying
from procore_sync.kit.money import MoneyField, money
from projects.models import CostLine, CostReading, CostRule, Project

_ZERO = Decimal("0.00")
#: In an address, in place of a cost code: those without one.
NO_CODE = "none"
_MONEY = MoneyField()
#: Costs that count: of a project that takes them, and not of a document of our own.
_COUNTS = Q(own=False, project__job_costs=True)
_UNCODED = Q(cost_code=None) & ~Q(amount=0)


def direct_costs(project: Project) -> dict[int, Decimal]:
    """What the project has cost by the id of the cost code, from the ledger's transactions; one query.

    Documents exported from here and costs without a code are left out. Empty if the project takes no job costs.
    """
    if not project.job_costs:
        return {}
    rows = CostLine.objects.filter(project=project, own=False, cost_code__isnull=False).order_by()
    return {code_id: money(total) for code_id, total in rows.values_list("cost_code").annotate(Sum("amount"))}


def uncoded_cost(project: Project) -> Decimal:
    """What the project has cost without anybody saying for which cost code; one query."""
    return uncoded_of(project)[0]


def uncoded_of(project: Project) -> tuple[Decimal, int]:
    """The same, and of how many lines, which may cancel out; one query."""
    if not project.job_costs:
        return _ZERO, 0
    rows = CostLine.objects.filter(_UNCODED, project=project, own=False)
    told = rows.aggregate(total=Sum("amount"), count=Count("pk"))
    return money(told["total"] or _ZERO), told["count"]


#: Of these costs those that do not stand in the document of a record that is hidden from this person.
NotHidden = Callable[[QuerySet[CostLine], Membership], QuerySet[CostLine]]
_not_hidden: list[NotHidden] = []


def set_not_hidden(not_hidden: NotHidden) -> None:
    """Let the ledger's bridge, which knows what became of which record, leave out what a person may not read."""
    _not_hidden[:] = [not_hidden]


def costs_for(member: Membership) -> QuerySet[CostLine]:
    """The costs that `member` may see, of the projects that take them; documents of our own among them, but not those
    of private records that are not for them.
    """
    rows = CostLine.objects.filter(project__job_costs=True).select_related("project", "cost_code", "company")
    seen = visible(rows, member)
    return _not_hidden[0](seen, member) if _not_hidden else seen


def uncoded_for(member: Membership) -> QuerySet[CostLine]:
    """The costs that count and have no code."""
    return costs_for(member).filter(_UNCODED, own=False)


def narrowed(rows: QuerySet[CostLine], asked: Mapping[str, Any]) -> QuerySet[CostLine]:
    """Those of `rows` that a filter asks for, newest first."""
    searched = ("party", "number", "description", "account", "item")
    wanted = carrying(asked["q"], *searched) if asked.get("q") else Q()
    if asked.get("project"):
        wanted &= Q(project_id=asked["project"])
    if asked.get("code"):
        wanted &= Q(cost_code=None) if asked["code"] == NO_CODE else Q(cost_code_id=asked["code"])
    if asked.get("entity"):
        wanted &= Q(entity=asked["entity"])
    return rows.filter(wanted).order_by("-day", "-pk")


def rules_for(member: Membership) -> QuerySet[CostRule]:
    """The rules of the company, newest first."""
    return visible(CostRule.objects.select_related("project", "cost_code", "made_by__user"), member)


def readings_for(member: Membership) -> QuerySet[CostReading]:
    """The readings of the company's job costs, newest first."""
    return visible(CostReading.objects.select_related("asked_by__user", "company"), member)


def costing_projects_for(member: Membership) -> QuerySet[Project]:
    """The projects that take job costs, with `cost`, `uncoded`, `uncoded_count` and `last_day` of their costs."""
    counts = Q(cost_lines__own=False)
    uncoded = counts & Q(cost_lines__cost_code=None) & ~Q(cost_lines__amount=0)
    zero = Value(_ZERO)
    rows = Project.objects.filter(job_costs=True).select_related("erp", "company")
    told = rows.annotate(
        cost=Coalesce(Sum("cost_lines__amount", filter=counts), zero, output_field=_MONEY),
        uncoded=Coalesce(Sum("cost_lines__amount", filter=uncoded), zero, output_field=_MONEY),
        uncoded_count=Count("cost_lines", filter=uncoded),
        last_day=Max("cost_lines__day"),
    )
    return visible(told, member).order_by("name", "pk")


@dataclass(frozen=True)
class Alike:
    """Costs without a code that one rule would code: same project, vendor, account and item. `example` is one's id."""

    project_id: int
    project: str
    party_id: str
    party: str
    account_id: str
    account: str
    item_id: str
    item: str
    count: int
    amount: Decimal
    example: int

    @property
    def asks(self) -> str:
        """What a rule for all of them asks."""
        said = [name for name in ("item", "party", "account") if getattr(self, f"{name}_id")]
        return "alike" if len(said) > 1 else next(iter(said), "line")


def alike_uncoded(rows: QuerySet[CostLine], limit: int = 50) -> list[Alike]:
    """The uncoded costs `rows` put together by what a rule would ask, the largest first, credits too; one query."""
    grouped = (
        rows.order_by()
        .values("project_id", "party_id", "party", "account_id", "account", "item_id", "item")
        .annotate(project_name=F("project__name"), count=Count("pk"), total=Sum("amount"), example=Max("pk"))
        .order_by(Abs("total").desc(), "party_id", "account_id", "item_id", "project_id")
    )
    return [_alike(one) for one in grouped[:limit]]


def _alike(group: Mapping[str, Any]) -> Alike:
    return Alike(
        project_id=group["project_id"],
        project=group["project_name"],
        party_id=group["party_id"],
        party=group["party"],
        account_id=group["account_id"],
        account=group["account"],
        item_id=group["item_id"],
        item=group["item"],
        count=group["count"],
        amount=money(group["total"]),
        example=group["example"],
    )


def total_of(rows: QuerySet[CostLine]) -> Decimal:
    """The sum of what counts among `rows`."""
    return _sum(rows.filter(_COUNTS))


def _sum(rows: QuerySet[CostLine]) -> Decimal:
    return money(rows.aggregate(total=Sum("amount"))["total"] or _ZERO)


def may_code(member: Membership) -> bool:
    """Whether `member` may code costs and ask for a reading: project managers, accountants and administrators."""
    return may(member, Right.EDIT) or may(member, Right.MAP)
