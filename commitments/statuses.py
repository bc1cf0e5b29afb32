"""Which statuses a purchase order and a subcontract have, and what each means for the budget (domain.md §9.1)."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType

from commitments.models import CommitmentStatus as Status
from commitments.models import CommitmentType as Type


class BudgetEffect(StrEnum):
    """In which column of the budget the lines of a commitment stand."""

    NONE = "none"
    PENDING = "pending"
    COMMITTED = "committed"


#: The statuses of each type in the order of its life. A status that is not here is none of that type.
EFFECTS: Mapping[str, Mapping[str, BudgetEffect]] = MappingProxyType(
    {
        Type.PURCHASE_ORDER: MappingProxyType(
            {
                Status.DRAFT: BudgetEffect.NONE,
                Status.PROCESSING: BudgetEffect.PENDING,
                Status.SUBMITTED: BudgetEffect.PENDING,
                Status.APPROVED: BudgetEffect.COMMITTED,
                Status.PARTIALLY_RECEIVED: BudgetEffect.PENDING,
                Status.RECEIVED: BudgetEffect.PENDING,
                Status.CLOSED: BudgetEffect.NONE,
            }
        ),
        Type.SUBCONTRACT: MappingProxyType(
            {
                Status.DRAFT: BudgetEffect.NONE,
                Status.OUT_FOR_BID: BudgetEffect.NONE,
                Status.OUT_FOR_SIGNATURE: BudgetEffect.PENDING,
                Status.APPROVED: BudgetEffect.COMMITTED,
                Status.COMPLETE: BudgetEffect.COMMITTED,
                Status.TERMINATED: BudgetEffect.NONE,
                Status.VOID: BudgetEffect.NONE,
            }
        ),
    }
)

#: Only a commitment in this status goes to accounting.
SENT_IN = Status.APPROVED
#: A commitment in these is over: nothing is added to its purchase order any more.
OVER = frozenset({Status.CLOSED, Status.TERMINATED, Status.VOID})
#: Approved, and what comes after it while the work or the deliveries go on: in these it is changed by change orders.
UNDER_WAY = frozenset({SENT_IN, Status.PARTIALLY_RECEIVED, Status.RECEIVED, Status.COMPLETE})


def statuses_of(type_: str) -> list[str]:
    """The statuses that a commitment of this type can have, in the order of its life."""
    return list(EFFECTS.get(type_, {}))


def effect_of(type_: str, status: str) -> BudgetEffect:
    """What a commitment of this type in this status means for the budget."""
    return EFFECTS.get(type_, {}).get(status, BudgetEffect.NONE)


def is_order(type_: str, status: str) -> bool:
    """Whether the order that QuickBooks holds of a commitment stands there rightly: approved, or after it but void."""
    return status != Status.VOID and status in statuses_after_approval(type_)


def statuses_after_approval(type_: str) -> list[str]:
    """The statuses that a commitment can have while QuickBooks holds it: approved, and those that come after."""
    known = statuses_of(type_)
    return known[known.index(SENT_IN) :] if SENT_IN in known else []
