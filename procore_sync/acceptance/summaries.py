"""Counts, ages and sums for the start page and the daily summary; every read starts from the person."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any
from urllib.parse import urlencode

from django.db.models import Count, Min, Q, QuerySet, Sum
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext

from procore_sync.acceptance.kinds import KindSpec, known_kinds
from procore_sync.acceptance.models import ErpItem
from procore_sync.acceptance.selectors import as_rows, items_for, of_others
from procore_sync.acceptance.states import Status
from procore_sync.accounts.access import Right, may
from procore_sync.accounts.models import KindPrivilege, Membership, Role

#: So many records are named on the start page, the longest waiting first; the others are counted.
NAMED = 5
_READY = ("ready_to_export", "ready_to_update")


@dataclass(frozen=True)
class Waiting:
    """The records of one kind that wait for this person: how many, since when, how much money if the kind has any.

    `late` of them wait longer than the company has agreed. `pile` is where they are decided at once.
    """

    label: str
    count: int
    oldest: datetime | None
    amount: Decimal | None
    late: int
    url: str
    pile: str


@dataclass(frozen=True)
class ToDecide:
    """What waits for an approver: by kind and view of the inbox, and by name those that have waited longest."""

    kinds: list[Waiting]
    oldest: list[ErpItem]

    @property
    def total(self) -> Waiting | None:
        """All of it in one row, which leads where the first leads; None if nothing waits."""
        if not self.kinds:
            return None
        amounts = [row.amount for row in self.kinds if row.amount is not None]
        return Waiting(
            label=gettext("All kinds"),
            count=sum(row.count for row in self.kinds),
            oldest=min(row.oldest for row in self.kinds if row.oldest),
            amount=sum(amounts, Decimal("0.00")) if amounts else None,
            late=sum(row.late for row in self.kinds),
            url=self.kinds[0].url.split("&kind=")[0],
            pile=self.kinds[0].pile.split("&kind=")[0],
        )


@dataclass(frozen=True)
class Unjudged:
    """A kind of record on which nobody in the company may decide, and how many of it wait for a decision."""

    label: str
    waiting: int


def awaiting_decision(member: Membership) -> QuerySet[ErpItem]:
    """What lies before `member` for a decision: sent, of a kind they may decide on, and not another's to accept."""
    kinds = [privilege.kind for privilege in member.privileges.all() if privilege.can_export]
    return items_for(member).filter(status=Status.SENT, kind__in=kinds).exclude(pk__in=of_others(member))


def stopped_for(member: Membership) -> QuerySet[ErpItem]:
    """Exports that stopped, of a kind on which `member` may decide: they try again or reject."""
    kinds = [privilege.kind for privilege in member.privileges.all() if privilege.can_export]
    return items_for(member).filter(status=Status.FAILED, kind__in=kinds)


def to_decide(member: Membership) -> ToDecide:
    """What waits for the decision of `member`, in a fixed number of queries."""
    rows = awaiting_decision(member)
    sums = {(row["kind"], row["taken"]): row for row in _sums(rows, member)}
    found = [
        _waiting(spec, view, sums[spec.kind, taken])
        for taken, view in enumerate(_READY)
        for spec in known_kinds()
        if (spec.kind, bool(taken)) in sums
    ]
    return ToDecide(found, list(as_rows(rows.order_by("status_changed_at", "pk")[:NAMED])) if found else [])


def _sums(rows: QuerySet[ErpItem], member: Membership) -> Iterable[Mapping[str, Any]]:
    """How many of each kind wait, since when and what they come to; those apart that the ledger has taken before."""
    days = member.company.late_after_days
    is_late = Q(status_changed_at__lte=timezone.now() - timedelta(days=days)) if days else Q(pk=None)
    counted = rows.order_by().annotate(taken=Q(synced_revision__isnull=False)).values("kind", "taken")
    return counted.annotate(
        count=Count("pk"),
        oldest=Min("status_changed_at"),
        total=Sum("amount"),
        late=Count("pk", filter=is_late),
    )


def _waiting(spec: KindSpec, view: str, sums: Mapping[str, Any]) -> Waiting:
    query = urlencode({"view": view, "kind": spec.kind})
    kinds = gettext(spec.plural)
    return Waiting(
        label=kinds if view == _READY[0] else gettext("{kinds}, changed").format(kinds=kinds),
        count=sums["count"],
        oldest=sums["oldest"],
        amount=sums["total"],
        late=sums["late"],
        url=f"{reverse('acceptance:inbox')}?{query}",
        pile=f"{reverse('acceptance:pile')}?{query}",
    )


def judges_of(company_id: int) -> list[tuple[str, Membership]]:
    """Who of the company may decide on which kind, a pair a kind and person, by name; one query."""
    rows = KindPrivilege.objects.filter(
        membership__company_id=company_id,
        membership__is_active=True,
        membership__user__is_active=True,
        can_export=True,
    ).exclude(membership__role=Role.INVOICE_CONTACT)
    named = rows.select_related("membership__user").order_by("membership__user__name", "membership__pk")
    return [(row.kind, row.membership) for row in named]


def unjudged_kinds(member: Membership) -> list[Unjudged]:
    """The kinds on which nobody may decide, those first of which most wait; none for those who may not grant it."""
    if not may(member, Right.PEOPLE):
        return []
    judged = {kind for kind, _ in judges_of(member.company_id)}
    left = [spec for spec in known_kinds() if spec.kind not in judged]
    rows = items_for(member).filter(status=Status.SENT, kind__in=[spec.kind for spec in left]).order_by()
    counts = dict(rows.values_list("kind").annotate(Count("pk"))) if left else {}
    found = [Unjudged(spec.plural, counts.get(spec.kind, 0)) for spec in left]
    return sorted(found, key=lambda one: -one.waiting)
