"""What pages and API show of change orders and requests; every read starts from the person."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.db.models import Count, ExpressionWrapper, F, OuterRef, Q, QuerySet, Subquery, Sum, Value
from django.db.models.functions import Coalesce

from change_orders.models import ChangeLine, ChangeOrder, ChangeRequest
from change_orders.reviewing import BY_ITSELF, waits_for
from change_orders.tiers import SEVERAL, Collector, collected_tier
from commitments.selectors import commitments_for
from procore_sync.acceptance.selectors import readable
from procore_sync.accounts.access import visible
from procore_sync.accounts.models import Membership
from procore_sync.kit.money import MoneyField

#: So many changes of a tier are named on the start page; the others are counted.
NAMED = 5
_MONEY = MoneyField()
_NAMED = ("reviewer__user", "decided_by__user", "commitment__erp", "commitment__company", "commitment__project__erp")


def change_orders_for(member: Membership) -> QuerySet[ChangeOrder]:
    """The change orders that `member` may see, each with its `total`; of the private ones those that they may read."""
    rows = ChangeOrder.objects.select_related("erp", "company", *_NAMED, "commitment__vendor__erp")
    mine: QuerySet[ChangeOrder] = readable(visible(rows, member), member, erp="erp")
    return mine.annotate(total=_of(ChangeLine.objects.filter(change_order=OuterRef("pk"))))


def requests_for(member: Membership) -> QuerySet[ChangeRequest]:
    """The requests of the commitments that `member` may see, each with its `total`."""
    rows = ChangeRequest.objects.select_related(
        *_NAMED, "change_order__erp", "request__change_order__erp", "created_by__user"
    )
    own = ChangeLine.objects.filter(request=OuterRef("pk"))
    below = ChangeLine.objects.filter(request__request=OuterRef("pk"))
    return rows.filter(commitment__in=commitments_for(member)).annotate(
        total=ExpressionWrapper(_of(own) + _of(below), output_field=_MONEY)
    )


@dataclass(frozen=True)
class ToReview:
    """The changes of one tier that wait for a person's review: how many, and the oldest of them by name."""

    label: str
    tier: str
    count: int
    changes: Sequence[Collector]


def to_review(member: Membership) -> list[ToReview]:
    """What waits for the review of `member`, by tier; nothing of a tier of which nothing does."""
    orders = change_orders_for(member).filter(waits_for(member)).order_by("created_on", "pk")
    requests = requests_for(member).filter(waits_for(member) & BY_ITSELF).order_by("created_on", "pk")
    tiers = dict(requests.order_by().values_list("tier").annotate(Count("pk")))
    count = orders.count()
    found = [ToReview(SEVERAL[""], "", count, list(orders[:NAMED]))] if count else []
    return found + [
        ToReview(SEVERAL[tier], tier, many, list(requests.filter(tier=tier)[:NAMED]))
        for tier, many in sorted(tiers.items(), reverse=True)
    ]


def _of(lines: QuerySet[ChangeLine]) -> Any:
    """The sum of `lines` for each row of the query around it."""
    whole = lines.order_by().annotate(one=Value(1)).values("one").annotate(sum=Sum(F("amount"))).values("sum")
    return Coalesce(Subquery(whole, output_field=_MONEY), Value(Decimal("0.00"), output_field=_MONEY))


def collected_by(collector: Collector, member: Membership) -> QuerySet[ChangeRequest]:
    """What `collector` collects, in the order of its making."""
    of = {"change_order": collector} if isinstance(collector, ChangeOrder) else {"request": collector}
    return requests_for(member).filter(**of).order_by("pk")


def collectable_by(collector: Collector, member: Membership) -> QuerySet[ChangeRequest]:
    """What `collector` can collect: requests of the tier below, of the same commitment, that are nowhere yet."""
    tier = collected_tier(collector)
    free = requests_for(member).filter(change_order=None, request=None, commitment_id=collector.commitment_id)
    return free.filter(tier=tier).order_by("pk") if tier else free.none()


def lines_of_change(change: Collector) -> list[ChangeLine]:
    """All lines of a change in their order, with what they name."""
    rows = ChangeLine.objects.select_related("code__cost_code__erp", "sov_line__code__cost_code", "request")
    if isinstance(change, ChangeOrder):
        return list(rows.filter(change_order=change).order_by("number"))
    return list(rows.filter(Q(request=change) | Q(request__request=change)).order_by("request_id", "pk"))
