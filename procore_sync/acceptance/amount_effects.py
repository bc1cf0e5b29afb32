"""What a company's amounts would have done to what it has accepted lately: told before they are switched on."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal

from django.db.models import Count, F, Q, QuerySet, Sum
from django.db.models.functions import Abs
from django.utils import timezone
from django.utils.translation import gettext

from procore_sync.acceptance.models import ExportPolicy, Submission
from procore_sync.acceptance.states import Decision

DAYS = 90
_ZERO = Decimal("0.00")


@dataclass(frozen=True)
class Share:
    """So many documents, and the money that they come to."""

    count: int
    amount: Decimal


@dataclass(frozen=True)
class Effect:
    """Of what was accepted of a kind in the last `DAYS` days: all, what would have gone by itself at most (a check may
    have kept it), and what two people would have had to accept; None where that is not agreed.
    """

    accepted: Share
    directly: Share | None
    by_two: Share | None

    @property
    def sentence(self) -> str:
        """The same in words."""
        said = gettext("Accepted in the last %(days)s days: %(count)s, %(amount)s.")
        told = [said % {**_told(self.accepted), "days": DAYS}]
        if self.directly:
            told.append(gettext("Without an approver, at most: %(count)s, %(amount)s.") % _told(self.directly))
        if self.by_two:
            told.append(gettext("With two: %(count)s, %(amount)s.") % _told(self.by_two))
        return " ".join(told)


def _told(share: Share) -> dict[str, str]:
    return {"count": f"{share.count:,}", "amount": f"{share.amount:,.2f}"}


def effects_of(policies: Iterable[ExportPolicy]) -> dict[str, Effect]:
    """By kind, the effect of these policies, saved or not, of one company; one query each that agrees anything.

    The amounts are those of the records as they stand now.
    """
    return {one.kind: _effect(one) for one in policies if one.direct_export or one.second_above is not None}


def _effect(policy: ExportPolicy) -> Effect:
    found = _accepted(policy).aggregate(
        count=Count("pk"),
        amount=Sum("worth"),
        direct=Count("pk", filter=_directly(policy)),
        direct_amount=Sum("worth", filter=_directly(policy)),
        two=Count("pk", filter=_by_two(policy)),
        two_amount=Sum("worth", filter=_by_two(policy)),
    )
    return Effect(
        Share(found["count"], found["amount"] or _ZERO),
        Share(found["direct"], found["direct_amount"] or _ZERO) if policy.direct_export else None,
        Share(found["two"], found["two_amount"] or _ZERO) if policy.second_above is not None else None,
    )


def _accepted(policy: ExportPolicy) -> QuerySet[Submission, Submission]:
    since = timezone.now() - timedelta(days=DAYS)
    rows = Submission.objects.filter(
        company_id=policy.company_id, item__kind=policy.kind, decision=Decision.ACCEPTED, decided_at__gte=since
    )
    return rows.annotate(worth=F("item__amount"), size=Abs("item__amount"))


def _by_two(policy: ExportPolicy) -> Q:
    """As `ExportPolicy.needs_two` says of one record."""
    if policy.second_above is None:
        return Q(pk=None)
    return Q(size=None) | Q(size__gt=policy.second_above)


def _directly(policy: ExportPolicy) -> Q:
    """As `ExportPolicy.goes_directly` says of one record."""
    if not policy.direct_export or policy.kind not in ExportPolicy.KINDS:
        return Q(pk=None)
    within = Q() if policy.up_to is None else Q(size__lte=policy.up_to)
    # What two have to accept, and what has no amount where an amount counts, goes by no policy.
    return within & ~_by_two(policy) if policy.second_above is not None else within
