"""What changes do to their commitment: its sums, and each line that they change before and after."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from decimal import Decimal

from django.db.models import Q, QuerySet, Sum

from change_orders.models import ChangeLine, ChangeOrder, ChangeRequest, ChangeStatus
from change_orders.statuses import PENDING, PENDING_REQUEST
from commitments.models import Commitment, SovLine

_ZERO = Decimal("0.00")


@dataclass(frozen=True)
class ContractSums:
    """The sums of a commitment: as signed, by approved change orders, and what is pending beside that."""

    original: Decimal
    approved: Decimal
    pending: Decimal

    @property
    def revised(self) -> Decimal:
        """What it comes to now: as signed and by approved change orders."""
        return self.original + self.approved

    @property
    def projected(self) -> Decimal:
        """What it would come to if all that is pending were approved."""
        return self.revised + self.pending


def contract_sums(commitment: Commitment) -> ContractSums:
    """The sums of `commitment`, in three queries."""
    lines = ChangeLine.objects.filter(Q(change_order__commitment=commitment) | Q(request__commitment=commitment))
    pending = Q(change_order__status__in=PENDING) | Q(change_order=None, request__status__in=PENDING_REQUEST)
    return ContractSums(
        _total(SovLine.objects.filter(commitment=commitment)),
        _total(lines.filter(change_order__status=ChangeStatus.APPROVED)),
        _total(lines.filter(pending)),
    )


def _total(rows: QuerySet[SovLine] | QuerySet[ChangeLine]) -> Decimal:
    total: Decimal | None = rows.aggregate(sum=Sum("amount"))["sum"]
    return total or _ZERO


@dataclass
class LineEffect:
    """What a change does to one line of the commitment: it was, each change of it, it will be."""

    line: SovLine
    before: Decimal
    changes: list[ChangeLine] = field(default_factory=list)

    @property
    def after(self) -> Decimal:
        """What the line comes to with these changes."""
        return self.before + sum((one.amount for one in self.changes), _ZERO)


@dataclass(frozen=True)
class Effect:
    """What one change does to its commitment: the whole before and after, and each line that it changes."""

    before: Decimal
    this: Decimal
    lines: list[LineEffect]

    @property
    def added(self) -> Decimal:
        """What of it is new lines."""
        return self.this - sum((one.amount for line in self.lines for one in line.changes), _ZERO)

    @property
    def after(self) -> Decimal:
        """What the commitment comes to with this change."""
        return self.before + self.this


def effect_of(change: ChangeOrder | ChangeRequest, lines: Sequence[ChangeLine]) -> Effect:
    """What `change` with these `lines` does to its commitment.

    Before it stand the commitment as signed and the change orders approved apart from it; if it is approved itself,
    those that were numbered before it, so that the sums of one follow from those of the one before.
    """
    standing = ChangeLine.objects.filter(
        change_order__commitment=change.commitment_id, change_order__status=ChangeStatus.APPROVED
    )
    change_order = change if isinstance(change, ChangeOrder) else change.in_order
    if change_order is not None:
        standing = standing.exclude(change_order=change_order)
        if change_order.status == ChangeStatus.APPROVED:
            standing = standing.filter(change_order__sequence__lt=change_order.sequence)
    signed = _total(SovLine.objects.filter(commitment=change.commitment_id))
    earlier = dict(standing.order_by().values_list("sov_line").annotate(Sum("amount")))
    before = signed + sum(earlier.values(), _ZERO)
    this = sum((one.amount for one in lines), _ZERO)
    return Effect(before, this, _line_effects(lines, earlier))


def _line_effects(lines: Sequence[ChangeLine], earlier: dict[int | None, Decimal]) -> list[LineEffect]:
    found: dict[int, LineEffect] = {}
    for one in lines:
        if one.sov_line is not None:
            before = one.sov_line.amount + earlier.get(one.sov_line_id, _ZERO)
            found.setdefault(one.sov_line.pk, LineEffect(one.sov_line, before)).changes.append(one)
    return sorted(found.values(), key=lambda effect: effect.line.number)
