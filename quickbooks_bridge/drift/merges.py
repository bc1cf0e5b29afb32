"""What a merge in QuickBooks explains: documents that named the one name the other, and nothing of ours was changed."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import replace
from typing import Any

from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext, gettext_noop

from procore_sync.acceptance.kinds import Unmet
from procore_sync.acceptance.standings import note_standing
from procore_sync.acceptance.states import Status
from procore_sync.kit.canonical import digest
from quickbooks_bridge.drift.comparing import Value
from quickbooks_bridge.drift.finding import Finding, state_of
from quickbooks_bridge.drift_models import Drift, DriftAnswer, What
from quickbooks_bridge.links import health_as_seen, named_openly, tell_health, was_equal
from quickbooks_bridge.models import Link
from quickbooks_bridge.watching.deliveries import merged_into

Fields = list[dict[str, str]]


_EXPLAINED = gettext_noop("A merge explains it.")


def survivor_of(card: Drift) -> str:
    """The id of the record that a merged one went into: as it was told, else as our documents name it now; "" if none
    says so. Of one that was merged on since it is the one that is left.
    """
    into = card.into_id or _named_now(_open_changes(card.company_id), card.entity, card.remote_id)
    return merged_into(card.company_id, card.entity, [into]).get(into, into) if into else ""


def taken(company_id: int, entity: str, remote_id: str) -> Unmet | None:
    """Why no further record can be this one in QuickBooks: it is one of ours already. None if it is none."""
    rows = Link.objects.filter(company_id=company_id, entity=entity, remote_id=remote_id)
    link = rows.select_related("item").first()
    if link is None:
        return None
    told = gettext("That one is %(item)s here already. Two records cannot be one in QuickBooks: unlink one of them.")
    where = "" if link.item.is_private else reverse("acceptance:review", args=[link.item_id])
    return Unmet(told % {"item": named_openly(link.item)}, where=where)


def told_apart(company_id: int, findings: list[Finding]) -> list[Finding]:
    """`findings`, each merged record with the one that it went into, as far as our documents name that one now."""
    if not any(one.what == What.MERGED and not one.into for one in findings):
        return findings
    cards = _open_changes(company_id)
    return [
        replace(one, into=_named_now(cards, one.link.entity, one.link.remote_id))
        if one.what == What.MERGED and not one.into
        else one
        for one in findings
    ]


def _named_now(cards: list[Drift], entity: str, merged: str) -> str:
    named = Counter(
        one["theirs_id"]
        for card in cards
        for one in card.fields
        if (one.get("refers_to"), one.get("ours_id")) == (entity, merged) and one["theirs_id"]
    )
    return named.most_common(1)[0][0] if named else ""


def _open_changes(company_id: int) -> list[Drift]:
    cards = Drift.objects.filter(company_id=company_id, answer=DriftAnswer.OPEN, what=What.CHANGED)
    return list(cards.select_related("link__item"))


def explain(company_id: int, entity: str, merged: str, into: str) -> None:
    """Take out of the open cards what is only this merge; one of which nothing is left ends by itself.

    Call inside a transaction.
    """
    for card in _open_changes(company_id):
        explained = [
            one
            for one in card.fields
            if (one.get("refers_to"), one.get("ours_id"), one.get("theirs_id")) == (entity, merged, into)
        ]
        if explained and card.link is not None:
            _see(card.link, explained)
            _leave(card, card.link, [one for one in card.fields if one not in explained])


def take_over(company_id: int, explained: Iterable[tuple[Link, Value]]) -> None:
    """Count as seen what documents name by a merge that was followed, so that a bill finds its order at the vendor that
    both are of now. Call inside the transaction that holds the links.
    """
    told = list(explained)
    if not told:
        return
    rows = Link.objects.filter(company_id=company_id, remote_id__in={one.theirs for _, one in told})
    ours = set(rows.values_list("entity", "remote_id"))
    by_link: dict[int, tuple[Link, dict[str, str]]] = {}
    for link, one in told:
        if (one.refers_to, one.theirs) in ours:
            by_link.setdefault(link.pk, (link, {}))[1][one.name] = one.theirs
    for link, values in by_link.values():
        _count_as_seen(link, values)


def _see(link: Link, explained: Fields) -> None:
    _count_as_seen(link, {one["name"]: one["theirs_id"] for one in explained})


def _count_as_seen(link: Link, values: dict[str, str]) -> None:
    seen = {**link.seen, **values}
    Link.objects.filter(pk=link.pk).update(seen=seen, fingerprint=digest(seen))


def _leave(card: Drift, link: Link, left: Fields) -> None:
    columns: dict[str, Any] = {"fields": left, "state": state_of(card.what, card.into_id, left)}
    if not left:
        columns |= {"answer": DriftAnswer.ENDED, "answered_at": timezone.now(), "note": _EXPLAINED}
    Drift.objects.filter(pk=card.pk).update(**columns)
    if not left and (link.item.status == Status.SYNCED or was_equal(link)):
        tell_health([link.pk], health_as_seen(link))
        note_standing(card.touches, differs=False)
