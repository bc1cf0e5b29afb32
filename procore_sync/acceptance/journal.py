"""The one writer of a status, and the hash-chained journal that is written with it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from django.utils import timezone

from procore_sync.acceptance.models import ErpItem, Event, JournalHead, Submission
from procore_sync.acceptance.refusals import IllegalMove
from procore_sync.acceptance.states import TRANSITIONS, Action, Status
from procore_sync.accounts.models import Company, Membership
from procore_sync.kit.canonical import digest


@dataclass(frozen=True)
class Entry:
    """What the journal keeps of a move besides the move itself."""

    by: Membership | None
    submission: Submission | None = None
    comment: str = ""
    detail: dict[str, Any] | None = None


def move(item: ErpItem, action: Action, entry: Entry, **also: Any) -> Event:
    """Move `item` along the arrow of `action` by compare-and-set, and journal it. Call inside a transaction.

    `also` names further columns of the item that change with the status. The item must be as it was read:
    if its status or revision changed meanwhile, nothing is written.

    Raises:
        IllegalMove: there is no such arrow from here, or somebody else was first.
    """
    before = Status(item.status)
    after = TRANSITIONS.get((before, action))
    if after is None:
        raise IllegalMove(_no_arrow(item, action))
    now = timezone.now()
    changed = ErpItem.objects.filter(pk=item.pk, status=before, revision=item.revision).update(
        status=after, status_changed_at=now, updated_at=now, **also
    )
    if changed != 1:
        raise IllegalMove(_too_late(item, action))
    item.status, item.status_changed_at = after, now
    for name, value in also.items():
        setattr(item, name, value)
    return _append(item, action, before, after, entry, now)


def _append(item: ErpItem, action: Action, before: Status, after: Status, entry: Entry, at: datetime) -> Event:
    heads = JournalHead.objects.select_for_update().filter(company_id=item.company_id)
    head = heads.first()
    if head is None:  # the company's first row ever; whoever comes second waits for the row that the first one made
        JournalHead.objects.get_or_create(company_id=item.company_id)
        head = heads.get()
    event = Event(
        company_id=item.company_id,
        sequence=head.sequence + 1,
        item=item,
        submission=entry.submission,
        at=at,
        by=entry.by,
        action=action,
        from_status=before,
        to_status=after,
        comment=entry.comment,
        detail=entry.detail or {},
        previous_hash=head.hash,
    )
    event.hash = hash_of(event)
    event.save(force_insert=True)
    JournalHead.objects.filter(pk=head.pk).update(sequence=event.sequence, hash=event.hash)
    return event


def hash_of(event: Event) -> str:
    """The hash that binds `event` to all before it: its own columns and the previous row's hash."""
    return digest(
        {
            "company": event.company_id,
            "sequence": event.sequence,
            "item": event.item_id,
            "submission": event.submission_id,
            "submission_digest": event.submission.digest if event.submission else None,
            "at": event.at.astimezone(UTC).isoformat(timespec="microseconds"),
            "by": event.by_id,
            "action": str(event.action),
            "from": str(event.from_status),
            "to": str(event.to_status),
            "comment": event.comment,
            "detail": event.detail,
            "previous": event.previous_hash,
        }
    )


@dataclass(frozen=True)
class Broken:
    """The first row of a company's journal that is not as it was written."""

    company: Company
    sequence: int
    sentence: str


def verify_journal(company: Company) -> Broken | None:
    """Read the whole chain of `company` and return its first broken row, or None if every row holds."""
    previous, expected = "", 1
    for event in _chain(company):
        if event.sequence != expected:
            return Broken(company, expected, f"Row {expected} is missing: after {expected - 1} comes {event.sequence}.")
        if event.previous_hash != previous:
            return Broken(company, event.sequence, f"Row {event.sequence} does not follow from the row before it.")
        if event.hash != hash_of(event):
            return Broken(company, event.sequence, f"Row {event.sequence} was changed after it was written.")
        previous, expected = event.hash, expected + 1
    head = JournalHead.objects.filter(company=company).first()
    if head and (head.sequence != expected - 1 or head.hash != previous):
        return Broken(company, expected, f"The journal ends at row {expected - 1}, but {head.sequence} were written.")
    return None


def _chain(company: Company) -> Iterator[Event]:
    rows = Event.objects.filter(company=company).select_related("submission").order_by("sequence")
    return rows.iterator(chunk_size=2000)


_VERBS = {
    Action.SEND: "sent to accounting",
    Action.RETRIEVE: "retrieved",
    Action.ACCEPT: "accepted",
    Action.REJECT: "rejected",
    Action.RETRY: "tried again",
    Action.LINK: "linked",
    Action.UNLINK: "unlinked",
    Action.CONFIRM: "confirmed",
    Action.FAIL: "stopped",
}


def _no_arrow(item: ErpItem, action: Action) -> str:
    last = item.events.exclude(by=None).select_related("by__user").order_by("-sequence").first()
    who = f" {last.by.user} has {_VERBS[Action(last.action)]} it." if last and last.by else ""
    return f"{item.label} cannot be {_VERBS[action]}: it is {Status(item.status).label.lower()}.{who}"


def _too_late(item: ErpItem, action: Action) -> str:
    last = Event.objects.filter(item_id=item.pk).select_related("by__user").order_by("-sequence").first()
    if last is None or last.to_status == item.status:
        return f"{item.label} was edited while you looked at it, so it was not {_VERBS[action]}. Look again."
    who = last.by.user if last.by else "the console"
    return f"{item.label} was not {_VERBS[action]}: {who} has {_VERBS[Action(last.action)]} it meanwhile."
