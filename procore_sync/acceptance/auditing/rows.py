"""What an export of the journal says of each event: the content of its hash, and who and what that was, in words."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any

from django.db.models import QuerySet
from django.db.models.fields.json import KeyTextTransform
from django.utils.translation import gettext

from procore_sync.acceptance.journal import head_of
from procore_sync.acceptance.models import Attempt, Event, JournalHead
from procore_sync.acceptance.selectors import readable
from procore_sync.acceptance.states import Action
from procore_sync.accounts.access import Right, require
from procore_sync.accounts.models import Company, Membership
from procore_sync.kit.refusals import InvalidInput

CHUNK = 500
_FIRST, _LAST = date(1900, 1, 1), date(9999, 1, 1)
_ENDINGS = (Action.CONFIRM, Action.FAIL)


@dataclass(frozen=True)
class Part:
    """Rows `first` to `last` of a company's journal, as `by` may read them; the operator, who is None, reads all."""

    company: Company
    by: Membership | None
    since: date | None
    until: date | None
    first: int
    last: int
    head: JournalHead


def part_of(company: Company, *, since: date | None, until: date | None, by: Membership | None) -> Part:
    """The part of the journal of `company` from the day `since` to the day `until`, in its own time zone.

    A chain has no holes, so it is everything from the first row of those days to their last.

    Raises:
        NotAllowed: `by` may not read the journal.
        InvalidInput: the days are the wrong way round, or nothing happened on them.
    """
    if by is not None:
        require(by, Right.JOURNAL)
    if since and until and since > until:
        sentence = gettext("The first day is later than the last.")
        raise InvalidInput(sentence, errors={"since": [sentence]})
    head = head_of(company)
    rows = Event.objects.filter(company=company, sequence__lte=head.sequence).order_by("sequence")
    # Days beyond which nothing can have happened, and near which there is no midnight, bound nothing.
    if since and since > _FIRST:
        rows = rows.filter(at__gte=_midnight(company, since))
    if until and until < _LAST:
        rows = rows.filter(at__lt=_midnight(company, until + timedelta(days=1)))
    sequences = rows.values_list("sequence", flat=True)
    first, last = sequences.first(), sequences.last()
    if first is None or last is None:
        raise InvalidInput(gettext("Nothing is in the journal for these days, so there is nothing to export."))
    return Part(company, by, since, until, first, last, head)


def _midnight(company: Company, day: date) -> datetime:
    return datetime.combine(day, time.min, company.zone)


def hash_before(part: Part) -> str:
    """The hash of the row before the first of `part`, "" at the beginning of the journal."""
    before = Event.objects.filter(company=part.company, sequence=part.first - 1)
    return before.values_list("hash", flat=True).first() or ""


@dataclass(frozen=True)
class Chunk:
    """Some events in order, the keys of those that may be read, and the tries of the sendings that they end."""

    events: list[Event]
    seen: set[int]
    tries: dict[int, list[Attempt]]

    def rows(self) -> Iterator[tuple[Event, dict[str, Any] | None]]:
        """Each event with what is told of it, or None where it may not be read."""
        for event in self.events:
            yield event, told(event, self.tries.get(event.submission_id or 0, [])) if event.pk in self.seen else None


def chunks_of(part: Part) -> Iterator[Chunk]:
    """The events of `part` in order, some hundred at a time."""
    after = part.first - 1
    while True:
        rows = Event.objects.filter(company=part.company, sequence__gt=after, sequence__lte=part.last)
        events = list(_with_words(rows).order_by("sequence")[:CHUNK])
        if not events:
            return
        yield Chunk(events, _readable(events, part), _tries(events))
        after = events[-1].sequence


def _with_words(rows: QuerySet[Event]) -> QuerySet[Event]:
    heavy = ("submission__document", "submission__posting", "submission__choices")
    related = ("by__user", "item__project", "submission__sent_by__user", "submission__decided_by__user")
    posted = KeyTextTransform("total", "submission__posting")
    return rows.select_related(*related).defer(*heavy).annotate(posted=posted)


def _tries(events: list[Event]) -> dict[int, list[Attempt]]:
    # Not prefetched: that ties sending and tries to each other, and the memory comes back late.
    ended = {event.submission_id for event in events if event.action in _ENDINGS and event.submission_id}
    found: dict[int, list[Attempt]] = {}
    for one in Attempt.objects.filter(submission__in=ended).defer("asked", "answered").order_by("number"):
        found.setdefault(one.submission_id, []).append(one)
    return found


def _readable(events: list[Event], part: Part) -> set[int]:
    keys = {event.pk for event in events}
    if part.by is None:
        return keys
    return set(readable(Event.objects.filter(pk__in=keys), part.by, erp="item").values_list("pk", flat=True))


def told(event: Event, tries: list[Attempt]) -> dict[str, Any]:
    """Who and what `event` was about, in words and numbers of today; money as text. `tries` are its sending's."""
    sending, detail = event.submission, event.detail
    said: dict[str, Any] = {
        "who": _person(event.by),
        "record": _record(event),
        "sending": sending and sending.number,
        "revision": sending.revision if sending else detail.get("revision"),
        "sent_by": _person(sending.sent_by) if sending else None,
        "decided_by": _person(sending.decided_by) if sending and sending.decision else None,
        "digest_seen": detail.get("digest"),
        "posting_total": getattr(event, "posted", None),
    }
    if event.action in _ENDINGS:
        said["attempts"] = [_attempt(one) for one in tries if one.started_at <= event.at]
    return said


def _person(member: Membership | None) -> dict[str, str] | None:
    return {"name": str(member.user), "email": member.user.email} if member else None


def _record(event: Event) -> dict[str, Any]:
    item = event.item
    return {
        "kind": item.get_kind_display(),
        "number": item.number,
        "label": item.label,
        "project": item.project.label if item.project else None,
        "amount": None if item.amount is None else f"{item.amount:.2f}",
    }


def _attempt(one: Attempt) -> dict[str, Any]:
    return {
        "number": one.number,
        "act": one.act,
        "request_id": one.sent_under,
        "started_at": one.started_at.isoformat(),
        "finished_at": one.finished_at.isoformat() if one.finished_at else None,
        "outcome": one.outcome,
        "sentence": one.sentence,
        "http_status": one.http_status,
        "fault_code": one.fault_code,
        "intuit_tid": one.intuit_tid,
    }
