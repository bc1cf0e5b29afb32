"""What the leading page counts: names that are left to link, and proposals by kind and confidence."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

from django.utils.translation import gettext_noop

from procore_sync.accounts.models import Membership
from quickbooks_bridge.importers.candidates import SOURCES, candidates_for, exact_matches, linkable_items
from quickbooks_bridge.onboarding.documents import BILL, CREDIT, ESTIMATE, ORDER
from quickbooks_bridge.onboarding.proposals import EXACT, LIKELY, NONE, Proposal

KINDS = {"orders": (ORDER,), "estimates": (ESTIMATE,), "bills": (BILL, CREDIT)}
LABELS = {
    "orders": gettext_noop("Purchase orders"),
    "estimates": gettext_noop("Estimates"),
    "bills": gettext_noop("Bills and credits"),
}


@dataclass(frozen=True)
class NamesLeft:
    """One list of names: how many records here are not linked, and how many names there are exactly one of them."""

    key: str
    label: str
    here: int
    exact: int
    there: int


def names_left(member: Membership) -> list[NamesLeft]:
    """Vendors, jobs and items: they are linked first, because orders and bills are told by them."""
    return [
        NamesLeft(
            source.key,
            source.label,
            here=linkable_items(member, source.kind).count(),
            exact=len(exact_matches(member, source)),
            there=candidates_for(member, source).count(),
        )
        for source in SOURCES.values()
    ]


@dataclass(frozen=True)
class Tally:
    """How many documents of a kind are proposed, and how surely."""

    key: str
    label: str
    exact: int
    likely: int
    none: int


def tally_of(proposals: Iterable[Proposal]) -> list[Tally]:
    """The proposals counted by kind."""
    counts = Counter((one.document.entity, one.confidence) for one in proposals)
    return [
        Tally(
            key,
            LABELS[key],
            *(sum(counts[entity, confidence] for entity in entities) for confidence in (EXACT, LIKELY, NONE)),
        )
        for key, entities in KINDS.items()
    ]
