"""Approvers are told that records were changed in QuickBooks: each by itself, or in one line if they are many."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

from django.conf import settings
from django.urls import reverse

from procore_sync.acceptance.abouts import About
from procore_sync.acceptance.notices import Telling, approvers_of, tell_each
from procore_sync.accounts.models import Membership
from quickbooks_bridge.drift_models import Drift

#: More than so many that are found at once are told in one line.
EACH_UP_TO = 5


def tell_approvers(cards: Sequence[tuple[Drift, str]]) -> None:
    """Tell who may answer these cards, each with its sentence; in the transaction that stores them."""
    if not cards:
        return
    by_kind: dict[str, list[tuple[Drift, str]]] = defaultdict(list)
    for card, told in cards:
        by_kind[card.item.kind].append((card, told))
    told_to = [(kind, approvers_of(cards[0][0].company_id, kind)) for kind in sorted(by_kind)]
    if len(cards) <= EACH_UP_TO:
        tell_each([(people, _one(*card)) for kind, people in told_to for card in by_kind[kind]])
        return
    counts: dict[int, int] = defaultdict(int)
    members: dict[int, Membership] = {}
    for kind, people in told_to:
        for one in people:
            members[one.pk] = one
            counts[one.pk] += len(by_kind[kind])
    tell_each([([members[pk]], _many(count)) for pk, count in sorted(counts.items())])


def _one(card: Drift, told: str) -> Telling:
    return _telling(f"{card.item.label}: {told}", reverse("quickbooks_bridge:drift", args=[card.pk]), card)


def _many(count: int) -> Telling:
    line = f"{count} record{' is' if count == 1 else 's are'} otherwise in QuickBooks than they were accepted"
    return _telling(line, reverse("quickbooks_bridge:drifts"), None)


def _telling(line: str, path: str, card: Drift | None) -> Telling:
    body = f"{line}\n\nAnswer it here:\n{settings.PUBLIC_URL}{path}\n"
    subject = f"Changed in QuickBooks: {card.item}" if card else "Changed in QuickBooks"
    return Telling(About.DRIFT, line, path, subject, lambda: body, card.item if card else None)
