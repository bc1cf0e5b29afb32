"""Counts, ages and sums for the start page and the daily summary; every read starts from the person."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from urllib.parse import urlencode

from django.db.models import Count, Min, QuerySet, Sum
from django.urls import reverse

from procore_sync.acceptance.kinds import known_kinds
from procore_sync.acceptance.models import ErpItem, Submission
from procore_sync.acceptance.selectors import items_for
from procore_sync.acceptance.states import Status, Work
from procore_sync.accounts.access import Right, may
from procore_sync.accounts.models import Membership

CAUSES_SHOWN = 10


@dataclass(frozen=True)
class Waiting:
    """The records of one kind that wait for this person: how many, since when, how much money if the kind has any."""

    label: str
    count: int
    oldest: datetime | None
    amount: Decimal | None
    url: str


@dataclass(frozen=True)
class Cause:
    """Why exports stopped, in the sentence of the failure, with how many records it stops."""

    sentence: str
    count: int
    cure_by: str
    cure_url: str


@dataclass(frozen=True)
class Home:
    """The start page. `to_decide` is for approvers, `to_correct` for senders; either may be empty."""

    decides: bool
    sends: bool
    to_decide: list[Waiting]
    to_correct: list[Waiting]
    failed: list[Cause]

    @property
    def decisions(self) -> Waiting | None:
        """All that waits for a decision, in one row; None if nothing does."""
        return _total(self.to_decide)

    @property
    def corrections(self) -> Waiting | None:
        """All that waits to be corrected and sent again, in one row; None if nothing does."""
        return _total(self.to_correct)


def awaiting_decision(member: Membership) -> QuerySet[ErpItem]:
    """What lies before `member` for a decision: sent, of a kind on which he may decide."""
    kinds = [privilege.kind for privilege in member.privileges.all() if privilege.can_export]
    return items_for(member).filter(status=Status.SENT, kind__in=kinds)


def stopped_for(member: Membership) -> QuerySet[ErpItem]:
    """Exports that stopped, of a kind on which `member` may decide: he tries again or rejects."""
    kinds = [privilege.kind for privilege in member.privileges.all() if privilege.can_export]
    return items_for(member).filter(status=Status.FAILED, kind__in=kinds)


def awaiting_correction(member: Membership) -> QuerySet[ErpItem]:
    """What was given back and waits for somebody who may send: rejected, or retrieved and not sent again."""
    rows = items_for(member).filter(status__in=[Status.REJECTED, Status.RETRIEVED])
    return rows if may(member, Right.SEND) else rows.none()


def home_of(member: Membership) -> Home:
    """The start page of `member`, in three queries whatever the company holds."""
    return Home(
        decides=may(member, Right.DECIDE),
        sends=may(member, Right.SEND),
        to_decide=_by_kind(awaiting_decision(member), "ready_to_export") if may(member, Right.DECIDE) else [],
        to_correct=_by_kind(awaiting_correction(member), "returned") if may(member, Right.SEND) else [],
        failed=_causes(member),
    )


def _by_kind(rows: QuerySet[ErpItem], view: str) -> list[Waiting]:
    sums = {
        row["kind"]: row
        for row in rows.order_by()
        .values("kind")
        .annotate(count=Count("pk"), oldest=Min("status_changed_at"), total=Sum("amount"))
    }
    inbox = reverse("acceptance:inbox")
    return [
        Waiting(
            label=spec.plural,
            count=sums[spec.kind]["count"],
            oldest=sums[spec.kind]["oldest"],
            amount=sums[spec.kind]["total"],
            url=f"{inbox}?{urlencode({'view': view, 'kind': spec.kind})}",
        )
        for spec in known_kinds()
        if spec.kind in sums
    ]


def _total(rows: list[Waiting]) -> Waiting | None:
    if not rows:
        return None
    amounts = [row.amount for row in rows if row.amount is not None]
    return Waiting(
        label="All kinds",
        count=sum(row.count for row in rows),
        oldest=min(row.oldest for row in rows if row.oldest),
        amount=sum(amounts, Decimal("0.00")) if amounts else None,
        url=rows[0].url.split("&kind=")[0],
    )


def _causes(member: Membership) -> list[Cause]:
    stopped = Submission.objects.filter(work=Work.PARKED, item__in=items_for(member).filter(status=Status.FAILED))
    rows = stopped.order_by().values("reason", "cure_by", "cure_url").annotate(count=Count("pk")).order_by("-count")
    return [Cause(row["reason"], row["count"], row["cure_by"], row["cure_url"]) for row in rows[:CAUSES_SHOWN]]
