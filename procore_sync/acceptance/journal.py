"""The one writer of a status, and the hash-chained journal that is written with it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from django.db.models import F, Subquery
from django.utils import timezone
from django.utils.translation import gettext, gettext_noop

from procore_sync.acceptance.chain import Chain, Ring
from procore_sync.acceptance.models import ErpItem, Event, JournalHead, Submission
from procore_sync.acceptance.refusals import IllegalMove, deleted_meanwhile
from procore_sync.acceptance.states import TRANSITIONS, Action, Status
from procore_sync.accounts.days import stamp_of
from procore_sync.accounts.models import Company, Membership
from procore_sync.kit.canonical import digest
from procore_sync.kit.text import filled


@dataclass(frozen=True)
class Entry:
    """What the journal keeps of a move besides the move itself."""

    by: Membership | None
    submission: Submission | None = None
    comment: str = ""
    detail: dict[str, Any] | None = None


@dataclass(frozen=True)
class Move:
    """One item's move: `also` names further columns of the item that change with its status."""

    item: ErpItem
    action: Action
    entry: Entry
    also: Mapping[str, Any] = field(default_factory=dict)

    @property
    def before(self) -> Status:
        """Where the item stood when it was read."""
        return Status(self.item.status)

    @property
    def after(self) -> Status:
        """Where the arrow leads.

        Raises:
            IllegalMove: there is no such arrow from here.
        """
        after = TRANSITIONS.get((self.before, self.action))
        if after is None:
            raise IllegalMove(no_arrow(self.item, self.action))
        return after


def move(item: ErpItem, action: Action, entry: Entry, **also: Any) -> Event:
    """Move `item` along the arrow of `action` by compare-and-set, and journal it. Call inside a transaction.

    `also` names further columns of the item that change with the status. The item must be as it was read:
    if its status or revision changed meanwhile, nothing is written.

    Raises:
        IllegalMove: there is no such arrow from here, or somebody else was first.
    """
    return move_many([Move(item, action, entry, also)])[0]


def move_many(moves: Sequence[Move]) -> list[Event]:
    """Move items of one company, each at most once, as `move` does each, in few statements. Call inside a transaction.

    All or none: after a refusal the transaction has to be rolled back. The journal gets a row each, in this order.

    Raises:
        IllegalMove: one of them has no such arrow from where it stands, or somebody else was first.
    """
    now = timezone.now()
    steps = [(each, each.before, each.after) for each in moves]
    alike: dict[tuple[object, ...], list[Move]] = {}
    for each, before, after in steps:
        key = (before, after, each.item.revision, *sorted(each.also.items()))
        alike.setdefault(key, []).append(each)
    for group in alike.values():
        _write(group, now)
    for each, _, after in steps:
        each.item.status, each.item.status_changed_at = after, now
        for name, value in each.also.items():
            setattr(each.item, name, value)
    return _append(steps, now) if steps else []


def remark_many(remarks: Sequence[tuple[ErpItem, Entry]]) -> list[Event]:
    """Journal what was heard or said of items of one company, which stay as they are. Call inside a transaction."""
    steps = [(Move(item, Action.REMARK, entry), Status(item.status), Status(item.status)) for item, entry in remarks]
    return _append(steps, timezone.now()) if steps else []


def comment_on(item: ErpItem, entry: Entry) -> Event:
    """Journal what a person says about `item`, which stays as it is. Call inside a transaction.

    Raises:
        IllegalMove: it was deleted meanwhile.
    """
    # Held, so that the line says where the record stands when it is said; before the journal, as whoever moves it.
    now = ErpItem.objects.select_for_update(no_key=True).filter(pk=item.pk).first()
    if now is None:
        raise deleted_meanwhile(item.label)
    here = Status(now.status)
    return _append([(Move(item, Action.COMMENT, entry), here, here)], timezone.now())[0]


def _write(group: list[Move], now: datetime) -> None:
    """Write the status of items that go the same way, each if it is still as it was read."""
    first = group[0]
    same = ErpItem.objects.filter(pk__in=[each.item.pk for each in group])
    written = {"status": first.after, "status_changed_at": now, "updated_at": now, **first.also}
    changed = same.filter(status=first.before, revision=first.item.revision).update(**written)
    if changed != len(group):
        done = set(same.filter(status=first.after, status_changed_at=now).values_list("pk", flat=True))
        late = next((each for each in group if each.item.pk not in done), first)
        raise IllegalMove(_too_late(late.item, late.action))


def _append(steps: Sequence[tuple[Move, Status, Status]], at: datetime) -> list[Event]:
    head = _locked_head(steps[0][0].item.company_id)
    sequence, last, events = head.sequence, head.hash, []
    for each, before, after in steps:
        if each.item.company_id != head.pk:
            raise ValueError("The moves of one call belong to one company's journal.")
        sequence += 1
        event = Event(
            company_id=head.pk,
            sequence=sequence,
            item=each.item,
            submission=each.entry.submission,
            at=at,
            by=each.entry.by,
            action=each.action,
            from_status=before,
            to_status=after,
            comment=each.entry.comment,
            detail=each.entry.detail or {},
            previous_hash=last,
        )
        last = event.hash = hash_of(event)
        events.append(event)
    Event.objects.bulk_create(events)
    JournalHead.objects.filter(pk=head.pk).update(sequence=sequence, hash=last)
    return events


def keep_still(company_id: int) -> None:
    """Let no item of the company move, and nothing of one be journalled, until the transaction ends.

    Whoever moves one has the journal's lock until they commit. So what a statement after this call sees of a company's
    items, and of all that is written with their moves, is how they stand.
    """
    _locked_head(company_id)


def _locked_head(company_id: int) -> JournalHead:
    heads = JournalHead.objects.select_for_update().filter(company_id=company_id)
    head = heads.first()
    if head is None:  # the company's first row ever; whoever comes second waits for the row that the first one made
        JournalHead.objects.get_or_create(company_id=company_id)
        head = heads.get()
    return head


def hash_of(event: Event) -> str:
    """The hash that binds `event` to all before it: its own columns and the previous row's hash."""
    return digest(content_of(event))


def content_of(event: Event) -> dict[str, Any]:
    """All of `event` that its hash is made of."""
    return {
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


def ring_of(event: Event) -> Ring:
    """`event` as a row of the chain."""
    return Ring(event.sequence, event.previous_hash, event.hash, content_of(event))


@dataclass(frozen=True)
class Broken:
    """The first row of a company's journal that is not as it was written."""

    company: Company
    sequence: int
    sentence: str


def verify_journal(company: Company) -> Broken | None:
    """Read the whole chain of `company` and return its first broken row, or None if every row holds."""
    # The head before the rows: what is written meanwhile is no fault.
    chain, head = Chain(), head_of(company)
    for event in _rows(company, head):
        fault = chain.fault_of(ring_of(event))
        if fault:
            return Broken(company, chain.expected, fault)
    sentence = chain.cut_off(head.sequence, head.hash) or beyond_the_head(company)
    return Broken(company, chain.expected, sentence) if sentence else None


def head_of(company: Company) -> JournalHead:
    """How far the journal of `company` was written; an unsaved head at 0 if it has none."""
    return JournalHead.objects.filter(company=company).first() or JournalHead(company=company)


def beyond_the_head(company: Company) -> str:
    """Rows that no head knows of, as a sentence; "" if there are none."""
    last = Event.objects.filter(company=company).order_by("-sequence").values_list("sequence", flat=True).first() or 0
    written = head_of(company).sequence
    return f"The journal has {last} rows, but its head says that {written} were written." if last > written else ""


def _rows(company: Company, head: JournalHead) -> Iterator[Event]:
    rows = Event.objects.filter(company=company, sequence__lte=head.sequence)
    return rows.select_related("submission").order_by("sequence").iterator(chunk_size=2000)


_VERBS = {
    Action.SEND: gettext_noop("sent to accounting"),
    Action.RETRIEVE: gettext_noop("retrieved"),
    Action.ACCEPT: gettext_noop("accepted"),
    Action.ACCEPT_FIRST: gettext_noop("accepted"),
    Action.UNDO: gettext_noop("reopened"),
    Action.REJECT: gettext_noop("rejected"),
    Action.RETRY: gettext_noop("tried again"),
    Action.LINK: gettext_noop("linked"),
    Action.UNLINK: gettext_noop("unlinked"),
    Action.CONFIRM: gettext_noop("confirmed"),
    Action.FAIL: gettext_noop("stopped"),
    Action.REMARK: gettext_noop("moved by a remark"),
    Action.COMMENT: gettext_noop("moved by a comment"),
}

#: Verbs of more than one word take *it* into their middle.
_SPLIT = {
    Action.SEND: gettext_noop("%(who)s has sent it to accounting."),
    Action.RETRY: gettext_noop("%(who)s has tried it again."),
}
_SPLIT_MEANWHILE = {
    Action.SEND: gettext_noop("%(record)s was not %(verb)s: %(who)s has sent it to accounting meanwhile."),
    Action.RETRY: gettext_noop("%(record)s was not %(verb)s: %(who)s has tried it again meanwhile."),
}


def no_arrow(item: ErpItem, action: Action) -> str:
    """Why nothing leads from where `item` stands by `action`, and who has brought it there."""
    moves = item.events.exclude(to_status=F("from_status")).order_by("-sequence")
    # What came after it was read has brought it somewhere else.
    here = moves.filter(to_status=item.status).values("sequence")[:1]
    last = moves.exclude(by=None).filter(sequence__lte=Subquery(here)).select_related("by__user").first()
    said = gettext("%(record)s cannot be %(verb)s: it is %(status)s.")
    told = said % {"record": item.label, "verb": _verb(action), "status": gettext(item.get_status_display()).lower()}
    if last is None or last.by is None:
        return told
    done = _SPLIT.get(Action(last.action), gettext_noop("%(who)s has %(verb)s it."))
    return f"{told} {gettext(done) % {'who': last.by.user, 'verb': _verb(last.action)}}"


def moved_since(told: str, item: ErpItem) -> str:
    """`told`, and who moved `item` away from where it was read and when, if a move is what came between."""
    away = _away(item)
    if away is None or away.by is None:
        return told
    done = gettext("It was %(verb)s by %(who)s: %(when)s.")
    said = {"who": away.by.user, "verb": _verb(away.action), "when": stamp_of(away.at, item.company)}
    return f"{told} {filled(done, said)}"


def _away(item: ErpItem) -> Event | None:
    """The move that took `item` away from where it was read; None if it stands there."""
    moves = Event.objects.filter(item_id=item.pk).exclude(to_status=F("from_status"))
    moves = moves.select_related("by__user").order_by("-sequence")
    last = moves.first()
    # Who took it away from where it was seen, and not the worker that has gone on with it since.
    away = moves.filter(from_status=item.status).first()
    return None if last is None or last.to_status == item.status else away


def _too_late(item: ErpItem, action: Action) -> str:
    away = _away(item)
    if away is None:
        said = gettext("%(record)s was edited while you looked at it, so it was not %(verb)s. Look again.")
        return said % {"record": item.label, "verb": _verb(action)}
    who = str(away.by.user) if away.by else gettext("the console")
    said = _SPLIT_MEANWHILE.get(
        Action(away.action), gettext_noop("%(record)s was not %(verb)s: %(who)s has %(done)s it meanwhile.")
    )
    return gettext(said) % {"record": item.label, "verb": _verb(action), "who": who, "done": _verb(away.action)}


def _verb(action: str) -> str:
    return gettext(_VERBS[Action(action)])
