"""Approvers are told that records were changed in QuickBooks: each by itself, or in one line if they are many."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

from django.conf import settings
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.text import format_lazy
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _lazy

from procore_sync.acceptance.abouts import About
from procore_sync.acceptance.models import ErpItem
from procore_sync.acceptance.notices import Telling, Words, approvers_of, project_in_mail, tell_each
from procore_sync.accounts.models import Membership
from procore_sync.kit.kept import read_by_each
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
    line = format_lazy("{record}: {told}", record=card.item.label, told=read_by_each(told))
    return _telling(line, reverse("quickbooks_bridge:drift", args=[card.pk]), card)


def _many(count: int) -> Telling:
    one = _lazy("{count} record is different in QuickBooks from what was accepted")
    many = _lazy("{count} records are different in QuickBooks from what was accepted")
    return _telling(format_lazy(one if count == 1 else many, count=count), reverse("quickbooks_bridge:drifts"), None)


def _telling(line: Words, path: str, card: Drift | None) -> Telling:
    subject: Words = _lazy("Changed in QuickBooks")
    if card:
        subject = format_lazy(_lazy("Changed in QuickBooks: {record}"), record=card.item)
    item = card.item if card else None
    return Telling(About.DRIFT, line, path, subject, lambda: _body(line, path, item), item)


def _body(line: Words, path: str, item: ErpItem | None) -> str:
    project = render_to_string("mail/project.txt", {"project": project_in_mail(item) if item else ""})
    return f"{line}\n{project}{gettext('Answer it here:')}\n{settings.PUBLIC_URL}{path}\n"
