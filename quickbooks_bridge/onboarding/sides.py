"""What is not linked on either side, read once for all that a page or an answer says of it."""

from __future__ import annotations

from dataclasses import dataclass

from procore_sync.accounts.models import Membership
from quickbooks_bridge.onboarding.documents import Typed, typed_of
from quickbooks_bridge.onboarding.records import Ours, ours_for
from quickbooks_bridge.onboarding.selectors import unmatched_for


@dataclass(frozen=True)
class Sides:
    """The documents of QuickBooks that are neither linked nor set aside, and our records that may be among them."""

    documents: list[Typed]
    records: list[Ours]


def sides_for(member: Membership) -> Sides:
    """Both, of what `member` may see; a fixed number of queries."""
    return Sides(typed_of(unmatched_for(member)), ours_for(member))
