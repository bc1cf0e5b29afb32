"""What the statuses of a change count for (domain.md §13)."""

from __future__ import annotations

from change_orders.models import ChangeStatus

#: Counts as a pending cost change in the budget.
PENDING = frozenset(
    {
        ChangeStatus.IN_REVIEW,
        ChangeStatus.REVISED,
        ChangeStatus.PRICING,
        ChangeStatus.NOT_PRICING,
        ChangeStatus.PROCEEDING,
        ChangeStatus.NOT_PROCEEDING,
    }
)

#: A request that no change order holds is no change of the contract yet, even if it is approved by itself.
PENDING_REQUEST = PENDING | {ChangeStatus.APPROVED}

#: What a designated reviewer decides.
DECIDED = frozenset({ChangeStatus.APPROVED, ChangeStatus.REJECTED})
