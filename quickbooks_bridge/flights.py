"""One submission's calls to QuickBooks: create, update with read-modify-write, and the look after a lost answer."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, TypeVar

from django.db.models import Max, Q, QuerySet
from django.db.models.functions import Now
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_noop

from procore_sync.acceptance.courier import Outcome
from procore_sync.acceptance.models import Attempt, Submission
from procore_sync.acceptance.states import OutcomeKind
from quickbooks_bridge import names
from quickbooks_bridge.client.api import Ledger, quote
from quickbooks_bridge.client.faults import FaultKind, LedgerFault, garbled
from quickbooks_bridge.client.wire import Answer
from quickbooks_bridge.connections import connection_of
from quickbooks_bridge.drift.examining import examine, gone
from quickbooks_bridge.exporters.base import Difference, Document, Exporter
from quickbooks_bridge.exporters.figures import changed
from quickbooks_bridge.links import import_url, named_openly, tell_health
from quickbooks_bridge.models import Health, Link
from quickbooks_bridge.outcomes import done, of_fault, plain, refused
from quickbooks_bridge.references import chosen_in
from quickbooks_bridge.stops import Stop
from quickbooks_bridge.watching.links import settled_among

T = TypeVar("T")
#: What is made of the answer that a document came in.
Judge = Callable[[Answer, Document], Outcome]

#: QuickBooks' codes for a document, or anything that it names, that is deleted or inactive, and for a name that it does
#: not hold: merged into another.
_SOMETHING_GONE = ("610", "2500")
_GONE = {
    Health.INACTIVE: "was made inactive",
    Health.MISSING: "was deleted",
    Health.MERGED: "was merged into another",
}

#: What a choice of each list is called.
_CHOSEN = {
    "Account": "account",
    "Class": "class",
    "Customer": "customer",
    "Department": "location",
    "Item": "item",
    "TaxCode": "tax code",
    "Term": "payment terms",
}
_CHOOSE_ANEW = gettext_noop(
    "Let the bookkeeper make it active again there, then try again; or reject this, and choose another when it is sent "
    "again."
)

_REFUSED_EXPORT = gettext_noop("a refused export")

#: Under which name a try keeps what it has said that somebody changed.
_SHOWN = "changed"

#: QuickBooks writes whole seconds, and the database's clock is compared with the `time` of its answer.
_CLOCK_GRAIN = timedelta(seconds=2)
#: What is said of answers that came; what failed in mid-call has the number of that call or none.
_JUDGED = (OutcomeKind.DONE, OutcomeKind.REFUSED, OutcomeKind.ABSENT)


@dataclass(frozen=True)
class Flight:
    """What is carried, and where it stood when it was last seen.

    `looked_at` is when it was looked last whether QuickBooks holds what this database has forgotten.
    """

    submission: Submission
    exporter: Exporter
    ledger: Ledger
    reference: str
    link: Link | None
    looked_at: datetime | None = None

    @property
    def payload(self) -> Document:
        """What was accepted, as it was frozen."""
        payload: Document = self.submission.posting["payload"]
        return payload

    @property
    def entity(self) -> str:
        return self.exporter.entity

    @property
    def name(self) -> str:
        """How a sentence calls it."""
        return f"{self.exporter.noun} “{self.exporter.name_of(self.payload)}”"

    def send(self) -> Outcome:
        """Write it once under the submission's request id, and judge it by the stored document in the answer."""
        return self._classified(self._update if self.link else self._create)

    def probe(self) -> Outcome:
        """Look whether an earlier try was carried out."""
        return self._classified(self._find_linked if self.link else self._find_new)

    def judged(self, remote: Document) -> Outcome:
        """The outcome if `remote` is what an earlier try has left, wherever it was found; makes no call."""
        judge = self._judge_linked if self.link else self._judge
        return self._classified(lambda: judge(Answer(200, "", {}, 0), remote))

    def guarded(self, call: Callable[[], T]) -> T | Outcome:
        """What `call` gives, or the outcome that its failure means."""
        try:
            return call()
        except LedgerFault as failure:
            return of_fault(failure.fault)

    def _classified(self, call: Callable[[], Outcome]) -> Outcome:
        self.ledger.forget_call()
        outcome = self.guarded(call)
        judged = outcome.kind in _JUDGED and not outcome.intuit_tid
        # What we refuse ourselves rests on an answer too, and Intuit's support finds it by its number only.
        tid = self.ledger.last_tid[:80] if judged else outcome.intuit_tid
        return replace(self._naming(outcome), asked=self._asked(), intuit_tid=tid)

    def _naming(self, told: Outcome) -> Outcome:
        """QuickBooks does not say which of all that a document names is gone there: what is known here to be so, or
        found so now, is added, and leads to its card."""
        if told.kind is not OutcomeKind.REFUSED or told.fault_code not in _SOMETHING_GONE:
            return told
        lost = self._lost()
        if not lost:
            self._look_at_names()
            lost = self._lost()
        if not lost:
            return self._naming_choices(told)
        known = " ".join(f"{link.item} {_GONE[Health(link.health)]} in QuickBooks." for link in lost)
        cards = [link.card for link in lost if link.card]
        where = reverse("quickbooks_bridge:drift", args=cards[:1]) if cards else told.where
        return replace(told, sentence=f"{told.sentence} {known}", where=where)

    def _naming_choices(self, told: Outcome) -> Outcome:
        """The same with what was chosen and is not active any more, which nobody can choose from now on."""
        named = sorted(chosen_in(self.submission.posting["payload"]))
        called = {(entity, key): self._called(entity, key) for entity, key in named}
        try:
            held = [(one, row) for one in {one for one, _ in named} for row in self._rows_of(one, named)]
        except LedgerFault:
            return told
        active = {(entity, str(row["Id"])) for entity, row in held if row.get("Active") is not False}
        names.remember([names.row_of(self.submission.company_id, entity, row) for entity, row in held])
        gone = [(_CHOSEN[entity], called[entity, key]) for entity, key in named if (entity, key) not in active]
        if not gone:
            return told
        known = (
            f"What was chosen is not active in QuickBooks any more: {chosen} “{name}”." for chosen, name in sorted(gone)
        )
        return replace(told, sentence=f"{told.sentence} {' '.join(known)} {_CHOOSE_ANEW}")

    def _called(self, entity: str, key: str) -> str:
        """What it was called as it was read last; QuickBooks renames what is made inactive."""
        row = names.names_of(self.submission.company_id, entity).filter(remote_id=key).first()
        return row.fully_qualified_name if row else key

    def _rows_of(self, entity: str, named: Iterable[tuple[str, str]]) -> list[Document]:
        asked = [key for one, key in named if one == entity]
        return list(self.ledger.all(entity, f"Id IN {quote(asked)}"))

    def _lost(self) -> list[Any]:
        """What it needs and is known to be gone there, each with its open card."""
        needed = Link.objects.filter(item__required_by=self.submission.item_id, health__in=_GONE).order_by("pk")
        return list(needed.select_related("item").annotate(card=Max("drifts", filter=Q(drifts__answer=""))))

    def _look_at_names(self) -> None:
        """Ask whether the names that it needs are active still; if it cannot be asked now, the next look there does."""
        row = connection_of(self.submission.company_id)
        if row is None:
            return
        needed = Link.objects.filter(item__required_by=self.submission.item_id, entity__in=names.ENTITIES)
        ids: dict[str, list[str]] = defaultdict(list)
        for entity, remote_id in needed.order_by("pk").values_list("entity", "remote_id"):
            ids[entity].append(remote_id)
        try:
            held = {one: list(self.ledger.all(one, f"Id IN {quote(wanted)}")) for one, wanted in ids.items()}
        except LedgerFault:
            return
        for entity, documents in held.items():
            examine(row, entity, documents, heard_by=_REFUSED_EXPORT)
            absent = set(ids[entity]) - {str(one["Id"]) for one in documents}
            gone(row, entity, settled_among(row.company_id, entity, absent), heard_by=_REFUSED_EXPORT)

    def _asked(self) -> dict[str, Any]:
        return {
            "entity": self.entity,
            "operation": "update" if self.link else "create",
            "requestid": self.ledger.last_request_id or self.submission.request_id,
            "payload": plain(self._told),
        }

    @property
    def _told(self) -> Document:
        """The payload as the attempt keeps it: as it was sent, or as it was accepted if it cannot be sent."""
        return self.payload

    def new(self) -> Document | Outcome:
        """What creates it in QuickBooks, or why it cannot be created."""
        return self.exporter.merge({}, self.payload)

    def concluded(self, answered: Callable[[], Answer] | Outcome) -> Outcome:
        """The outcome of a creation that went with others: of its own answer, or what kept it from going."""
        return self._classified(lambda: answered if isinstance(answered, Outcome) else self._created(answered))

    def _create(self) -> Outcome:
        new = self.new()
        return new if isinstance(new, Outcome) else self._write_new(new)

    def _write_new(self, new: Document) -> Outcome:
        return self._created(lambda: self.ledger.create(self.entity, new, request_id=self.submission.request_id))

    def _created(self, answered: Callable[[], Answer]) -> Outcome:
        try:
            answer = answered()
        except LedgerFault as failure:
            if failure.kind is not FaultKind.DUPLICATE:
                raise
            return self._after_duplicate(of_fault(failure.fault))
        remote = answer.document(self.entity)
        if self.exporter.is_anothers(self.payload, remote):
            # Linked to it, this record would be written into the other's document as soon as somebody tries again.
            raise LedgerFault(replace(garbled(answer.status, "", writes=True), intuit_tid=answer.intuit_tid))
        if self._is_repeated():
            return self._as_it_stands(remote, self._judge)
        return self._judge(answer, remote)

    def _changed(self, answer: Answer, judge: Judge) -> Outcome:
        """The judgement of a change by the answer to it; or by a reading, where a lost try may have been carried out
        since we read: that went under the same SyncToken, so its answer is given again, whatever was done since.
        """
        remote = answer.document(self.entity)
        if self.submission.fence > 1 and self._may_have_written():
            return self._as_it_stands(remote, judge)
        return judge(answer, remote)

    def _as_it_stands(self, told: Document, judge: Judge) -> Outcome:
        """The judgement of what stands there now. To a request id that it knows QuickBooks says what it said the first
        time, whatever was done to the document since; so an answer to what may have been written before is no proof.
        """
        try:
            answer = self.ledger.read(self.entity, str(told["Id"]))
        except LedgerFault as failure:
            if failure.kind is FaultKind.MISSING:
                return self._undone(of_fault(failure.fault))
            # It was written, so it is looked for and never sent once more.
            return replace(of_fault(failure.fault), kind=OutcomeKind.UNKNOWN)
        now = answer.document(self.entity)
        return self._undone(None) if now.get("Active") is False else judge(answer, now)

    def _undone(self, told: Outcome | None) -> Outcome:
        sentence = (
            f"The {self.name} was written and was deleted there before its lost answer was known. Try again if it "
            "should stand in QuickBooks; otherwise reject it."
        )
        where = reverse("acceptance:review", args=[self.submission.item_id])
        return refused(Stop.GONE_THERE, sentence, where=where, after=told)

    def _after_duplicate(self, told: Outcome) -> Outcome:
        if self._may_have_written():
            found = self._find_new()
            if found.kind is OutcomeKind.DONE:
                return found
        return self._somebody_elses(told)

    def _may_have_written(self) -> bool:
        return self._lost_tries().exists()

    def _is_repeated(self) -> bool:
        """Whether a try may have gone under the same request id before: a lost one (in a batch it goes under another),
        or one that a restored database has forgotten. After a restoration it is looked before anything goes, so of
        what was accepted since nothing was forgotten.
        """
        if self.looked_at and self.submission.decided_at and self.submission.decided_at <= self.looked_at:
            return True
        # The first claim is the first try, of which nobody need be asked.
        return self.submission.fence > 1 and self._lost_tries().filter(request_id=self.submission.request_id).exists()

    def _lost_tries(self) -> QuerySet[Attempt]:
        """The tries of this sending before this one whose answer nobody has."""
        earlier = self.submission.attempts.filter(act="send").exclude(fence=self.submission.fence)
        return earlier.filter(outcome__in=["", OutcomeKind.UNKNOWN])

    def _somebody_elses(self, told: Outcome | None = None) -> Outcome:
        """The refusal of a name that is taken. Who has it is offered where the record is linked, at one press.

        Nothing tells a name of ours from a bookkeeper's where no try of this submission is known: not even that it is
        equal. So it is after a restored backup, and a person says that they are the same (ADR 33).
        """
        lists = [self.entity, *self.exporter.shares_names_with]
        self._offer()
        sentence = (
            f"QuickBooks already has {_one_of(lists)} of the name “{self.exporter.name_of(self.payload)}”, and nothing "
            "here shows that this console made it. If it is the same, link the record to it; if not, reject this one "
            "so that its name can be changed."
        )
        return refused(Stop.NAME_TAKEN, sentence, where=import_url(self.submission.item_id), after=told)

    def _offer(self) -> None:
        """Bring who has the name into the list that records are linked from; if it cannot be asked now, the hourly
        reading of names does."""
        try:
            rivals = self._rivals(self._named())
        except LedgerFault:
            return
        names.remember([names.row_of(self.submission.company_id, self.entity, row) for row in rivals])

    def _update(self) -> Outcome:
        try:
            return self._write_over()
        except LedgerFault as failure:
            if failure.kind is not FaultKind.STALE:
                raise
        return self._write_over()

    def _write_over(self) -> Outcome:
        link = self._linked()
        try:
            current = self.ledger.read(self.entity, link.remote_id).document(self.entity)
        except LedgerFault as failure:
            if failure.kind is not FaultKind.MISSING:
                raise
            return self._gone(of_fault(failure.fault), "is not in QuickBooks any more")
        if current.get("Active") is False:
            return self._inactive(current, "was made inactive in QuickBooks")
        lost = self.exporter.overwritten(self.payload, link.seen, current)
        if lost and not self._was_shown(lost):
            return self._drifted(link, lost)
        full = self.exporter.merge(current, self.payload)
        answer = self.ledger.update(self.entity, full, request_id=self._request_of(current))
        return self._changed(answer, self._judge)

    def _request_of(self, current: Document) -> str:
        """Another SyncToken is another write, so that QuickBooks answers none with what it said to another one."""
        return f"{self.submission.request_id}-{current.get('SyncToken', '')}"[:50]

    def _linked(self) -> Link:
        if self.link is None:
            raise LookupError("An update needs a link.")
        return self.link

    def _gone(self, told: Outcome | None, what: str) -> Outcome:
        """The refusal to write where nothing stands any more. The card says what became of it: a name was merged."""
        link, row = self._linked(), connection_of(self.submission.company_id)
        tell_health([link.pk], Health.MERGED if link.entity in names.ENTITIES else Health.MISSING)
        if row is not None:
            gone(row, link.entity, [link.remote_id], heard_by=_REFUSED_EXPORT)
        sentence = (
            f"The {self.name} {what}. Reject this change, then open its card under Changed in QuickBooks: it says what "
            "became of it and what can be done."
        )
        where = reverse("acceptance:review", args=[self.submission.item_id])
        return refused(Stop.GONE_THERE, sentence, where=where, after=told)

    def _inactive(self, current: Document, what: str) -> Outcome:
        """The refusal to write into a name that is inactive."""
        link, row = self._linked(), connection_of(self.submission.company_id)
        tell_health([link.pk], Health.INACTIVE)
        if row is not None:
            examine(row, link.entity, [current], heard_by=_REFUSED_EXPORT)
        sentence = (
            f"The {self.name} {what}. Make it active again there and try again; or reject this change, "
            "unlink the record and send it anew."
        )
        where = reverse("acceptance:review", args=[self.submission.item_id])
        return refused(Stop.GONE_THERE, sentence, where=where)

    def _drifted(self, link: Link, lost: list[Difference]) -> Outcome:
        """Say what somebody changed, and keep with the try what was said. The link still knows what stood there before,
        so that the change stays one for every look, and for every later sending, if this one is rejected."""
        tell_health([link.pk], Health.DRIFTED)
        told = "; ".join(changed(one.label, one.sent, one.held) for one in lost)
        sentence = (
            f"Somebody changed the {self.name} in QuickBooks since it was last synced: {told}. "
            "Try again if ours should stand; otherwise reject this change."
        )
        where = reverse("acceptance:review", args=[self.submission.item_id])
        return replace(refused(Stop.CHANGED_THERE, sentence, where=where), answered={_SHOWN: _as_shown(lost)})

    def _was_shown(self, lost: list[Difference]) -> bool:
        """Whether this very sending has stopped over all of it: who tried again then has said that ours shall stand."""
        stopped = self.submission.attempts.filter(fault_code=Stop.CHANGED_THERE).order_by("-number")
        told = (stopped.values_list("answered", flat=True).first() or {}).get(_SHOWN, [])
        return all(one in told for one in _as_shown(lost))

    def _find_linked(self) -> Outcome:
        link = self._linked()
        try:
            answer = self.ledger.read(self.entity, link.remote_id)
        except LedgerFault as failure:
            if failure.kind is not FaultKind.MISSING:
                raise
            return Outcome(OutcomeKind.ABSENT, f"The {self.name} is not in QuickBooks any more.")
        return self._judge_linked(answer, answer.document(self.entity))

    def _judge_linked(self, answer: Answer, current: Document) -> Outcome:
        """Whether what stands in the linked document is what was sent."""
        if self.exporter.compare(self.payload, current):
            return _absent(answer, f"QuickBooks does not show the change of the {self.name}.")
        return self._judge(answer, current)

    def _find_new(self) -> Outcome:
        answer = self._named()
        rivals = self._rivals(answer)
        first, now = self._first_try()
        since = first + _offset(answer, now) - _CLOCK_GRAIN
        for row in rivals:
            if self.exporter.is_ours(self.payload, row, self.reference, since):
                return self._unless_taken(row) or self._judge(answer, row)
        if rivals:
            return self._somebody_elses()
        return _absent(answer, f"QuickBooks has no {self.name}.")

    def _named(self) -> Answer:
        """What QuickBooks lists under the name, inactive ones too."""
        name = self.exporter.name_of(self.payload)
        return self.ledger.query(
            f"SELECT * FROM {self.entity} WHERE {self.exporter.name_field} = {quote(name)} AND Active IN (true, false)"  # noqa: S608
        )

    def _rivals(self, answer: Answer) -> list[Document]:
        """Those of them that stand where ours would stand."""
        return [row for row in answer.rows(self.entity) if self.exporter.is_rival(self.payload, row)]

    def _first_try(self) -> tuple[datetime, datetime]:
        """When it was first sent, and when it is now, both by the database's clock."""
        sends = self.submission.attempts.filter(act="send").order_by("number")
        times = sends.values_list("started_at", Now()).first()
        return times or (timezone.now(), timezone.now())

    def _unless_taken(self, remote: Document) -> Outcome | None:
        """The refusal if the document found is another record's already."""
        same = Link.objects.filter(
            company_id=self.submission.company_id, entity=self.entity, remote_id=str(remote.get("Id", ""))
        )
        taken = same.exclude(item_id=self.submission.item_id).select_related("item").first()
        if taken is None:
            return None
        return refused(
            Stop.ANOTHER_RECORDS, f"The {self.name} in QuickBooks is {named_openly(taken.item)} here already."
        )

    def _judge(self, answer: Answer, remote: Document) -> Outcome:
        return done(self.entity, answer, remote, self.exporter.compare(self.payload, remote))


def _as_shown(lost: list[Difference]) -> list[list[str]]:
    return [[one.label, one.held] for one in lost]


def _one_of(entities: list[str]) -> str:
    """A vendor, customer or employee; an item."""
    *first, last = [one.lower() for one in entities]
    named = f"{', '.join(first)} or {last}" if first else last
    return f"{'an' if named[0] in 'aeiou' else 'a'} {named}"


def _absent(answer: Answer, sentence: str) -> Outcome:
    return Outcome(
        OutcomeKind.ABSENT,
        sentence,
        http_status=answer.status,
        intuit_tid=answer.intuit_tid[:80],
        elapsed_ms=answer.elapsed_ms,
    )


def _offset(answer: Answer, now: datetime) -> timedelta:
    """How far QuickBooks' clock is ahead of the database's, by the time in its answer."""
    told = answer.body.get("time")
    try:
        theirs = datetime.fromisoformat(told) if isinstance(told, str) else None
    except ValueError:
        theirs = None
    return theirs - now if theirs and theirs.tzinfo else timedelta(0)
