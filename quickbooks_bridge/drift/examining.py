"""What was read of QuickBooks is held against our links: whatever somebody changed becomes a card.

No card is ever made of our own writes. Which exports are in the air is asked before the links are read: a document
that shows a write of ours was read after that write began, so either its export is still in the air, and then it is
looked at after the flight, or it was settled, and then the link knows the document's state.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any

from django.db import transaction

from procore_sync.acceptance.models import Submission
from procore_sync.acceptance.states import Work
from quickbooks_bridge.drift.finding import Finder, Heard, token_of
from quickbooks_bridge.drift.merges import explain, take_over, told_apart
from quickbooks_bridge.drift.recording import record
from quickbooks_bridge.models import Connection, HeardInFlight, Link
from quickbooks_bridge.outcomes import plain

AT_ONCE = 1000


def examine(
    connection: Connection,
    entity: str,
    documents: Sequence[Mapping[str, Any]],
    *,
    heard_by: str,
    into: Mapping[str, str] | None = None,
) -> int:
    """Hold documents of one kind, as QuickBooks gave them, against our links; returns how many cards are new.

    A document is whole, or a stub `{"Id": …, "status": "Deleted"}`. What no link of ours names is passed over, as is
    what is older than we know and what changed nothing of ours. Each thousand costs the same few queries. `heard_by`
    says how it was heard, for people; `into` as in `gone`, where QuickBooks makes a merged name inactive. Call it
    outside any transaction.
    """
    told = into or {}
    heard = [_heard(one, told.get(str(one["Id"]), "")) for one in documents]
    return _examined(connection.company_id, entity, heard, heard_by)


def gone(
    connection: Connection,
    entity: str,
    remote_ids: Iterable[str],
    *,
    heard_by: str,
    into: Mapping[str, str] | None = None,
) -> int:
    """Note that QuickBooks does not hold these any more; returns how many cards are new.

    Names are never deleted there, so of a list that means merged: `into` is the id of the other one, by that of the
    one that is gone, where it was told.
    """
    told = into or {}
    return _examined(
        connection.company_id, entity, [Heard(str(one), None, told.get(str(one), "")) for one in remote_ids], heard_by
    )


def look_again(company_id: int | None = None) -> int:
    """Examine what was heard while our own export was in the air and has landed since; returns how many cards are new.

    Of one company or of all. One query if there is nothing.
    """
    rows = HeardInFlight.objects.select_related("link")
    waiting: dict[tuple[int, str, str], list[Heard]] = {}
    overtaken = []
    for row in rows if company_id is None else rows.filter(company_id=company_id):
        heard = _kept(row)
        if row.remote_id != row.link.remote_id or _is_older(heard, row.link):
            overtaken.append(row.pk)
        else:
            waiting.setdefault((row.company_id, row.link.entity, row.heard_by), []).append(heard)
    if overtaken:
        HeardInFlight.objects.filter(pk__in=overtaken).delete()
    return sum(_examined(company, entity, heard, by) for (company, entity, by), heard in waiting.items())


def _kept(row: HeardInFlight) -> Heard:
    return Heard(row.remote_id, row.document or None, row.into_id)


def _heard(document: Mapping[str, Any], into: str) -> Heard:
    is_stub = document.get("status") == "Deleted"
    return Heard(str(document["Id"]), None if is_stub else dict(document), into)


def _examined(company_id: int, entity: str, heard: Iterable[Heard], heard_by: str) -> int:
    newest: dict[str, Heard] = {}
    for one in heard:
        known = newest.get(one.remote_id)
        if known is None or one.is_later_than(known):
            newest[one.remote_id] = one
    left, count = iter(newest.values()), 0
    while some := list(islice(left, AT_ONCE)):
        count += _a_thousand(company_id, entity, some, heard_by)
    return count


@dataclass(frozen=True)
class _Split:
    now: list[tuple[Link, Heard]]
    later: list[tuple[Link, Heard]]


def _a_thousand(company_id: int, entity: str, heard: list[Heard], heard_by: str) -> int:
    flying = in_flight(company_id)
    with transaction.atomic():
        split = _split(_linked(company_id, entity, heard), flying)
        if split.later:
            _keep_for_later(split.later, heard_by)
        if not split.now:
            return 0
        links = [link for link, _ in split.now]
        HeardInFlight.objects.filter(link__in=links).delete()
        finder = Finder(company_id, entity)
        findings = told_apart(company_id, finder.find(split.now))
        take_over(company_id, finder.explained)
        new = record(company_id, links, findings, heard_by)
        for one in findings:
            if one.into:
                explain(company_id, entity, one.link.remote_id, one.into)
        return new


def in_flight(company_id: int) -> set[str]:
    """The lanes of a company in which an export of ours may be writing at this moment."""
    flying = Submission.objects.filter(company_id=company_id, work__in=[Work.FLYING, Work.UNCERTAIN])
    return set(flying.values_list("lane", flat=True))


def _linked(company_id: int, entity: str, heard: list[Heard]) -> Iterator[tuple[Link, Heard]]:
    """Each link that is named, locked: what it is compared with is what stands when the card is made."""
    named = {one.remote_id: one for one in heard}
    rows = Link.objects.filter(company_id=company_id, entity=entity, remote_id__in=list(named))
    for link in rows.select_for_update(of=("self",)).select_related("item").order_by("pk"):
        yield link, named[link.remote_id]


def _split(linked: Iterable[tuple[Link, Heard]], flying: set[str]) -> _Split:
    split = _Split([], [])
    for link, heard in linked:
        in_the_air = f"{link.item.kind}:{link.item_id}" in flying
        if in_the_air:
            split.later.append((link, heard))
        elif not _is_older(heard, link):
            split.now.append((link, heard))
    return split


def _is_older(heard: Heard, link: Link) -> bool:
    """Whether we have seen a later state than what was heard."""
    return heard.document is not None and token_of(heard.document) < token_of(link.sync_token)


def _keep_for_later(linked: list[tuple[Link, Heard]], heard_by: str) -> None:
    """Keep the latest that was heard of each; who was slower to tell may tell of an earlier state. The links are
    locked, so nobody keeps another one meanwhile.
    """
    kept = {row.link_id: row for row in HeardInFlight.objects.filter(link__in=[link for link, _ in linked])}
    rows = [
        HeardInFlight(
            link=link,
            company_id=link.company_id,
            remote_id=heard.remote_id,
            document=plain_of(heard.document),
            into_id=heard.into,
            heard_by=heard_by[:40],
        )
        for link, heard in linked
        if _is_news(heard, kept.get(link.pk))
    ]
    HeardInFlight.objects.bulk_create(
        rows,
        update_conflicts=True,
        unique_fields=["link"],
        update_fields=["remote_id", "document", "into_id", "heard_by"],
    )


def _is_news(heard: Heard, kept: HeardInFlight | None) -> bool:
    return kept is None or kept.remote_id != heard.remote_id or heard.is_later_than(_kept(kept))


def plain_of(document: Mapping[str, Any] | None) -> Any:
    """A document fit for a JSON column; empty for one that is gone."""
    return plain(_exact(document)) if document is not None else {}


def _exact(part: Any) -> Any:
    """Numbers as text, whichever way they were read."""
    if isinstance(part, Mapping):
        return {name: _exact(each) for name, each in part.items()}
    if isinstance(part, list | tuple):
        return [_exact(each) for each in part]
    return str(part) if isinstance(part, float) else part
