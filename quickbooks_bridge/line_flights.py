"""The calls for a document with lines: estimate, purchase order, and what a change order adds to one."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import timedelta
from functools import cached_property, partial

from django.db.models import Max
from django.urls import reverse
from django.utils.translation import gettext_noop

from procore_sync.acceptance.claims import lost_tries
from procore_sync.acceptance.courier import Outcome
from procore_sync.acceptance.models import Attempt, Submission
from procore_sync.acceptance.states import OutcomeKind, Work
from procore_sync.kit.kinds import Kind
from quickbooks_bridge.client.api import quote
from quickbooks_bridge.client.faults import FaultKind, LedgerFault
from quickbooks_bridge.client.wire import Answer
from quickbooks_bridge.drift_models import Drift, DriftAnswer
from quickbooks_bridge.exporters.base import Difference, Document
from quickbooks_bridge.exporters.figures import as_numbers
from quickbooks_bridge.exporters.keys import key_in, key_of
from quickbooks_bridge.exporters.lines import LineExporter, Seen, as_new
from quickbooks_bridge.exporters.registry import exporter_for
from quickbooks_bridge.flights import Flight, T
from quickbooks_bridge.links import is_whole, linked_as_a_whole, named_openly, taken_changes
from quickbooks_bridge.models import Link
from quickbooks_bridge.outcomes import done, of_fault, refused
from quickbooks_bridge.references import Unresolved, resolved
from quickbooks_bridge.stops import Stop

#: Our document is looked for from so long before the first try, since clocks differ; its mark tells it apart.
LOOK_BACK = timedelta(days=1)
_LONGEST_NOTE = 4000

PERIOD_CLOSED = "6210"
_HOW_TO_GO_ON = gettext_noop(
    "Once the bookkeeper has opened the period, try again. Or reject it and let it be sent anew: "
    "then whoever decides chooses to wait or to take the first open day."
)


@dataclass(frozen=True)
class LineFlight(Flight):
    """A posting with lines. `link` is that of the document written into, for a change order its commitment's.

    `numbers` are the QuickBooks numbers of the records that it names, if somebody has asked for them already.
    """

    exporter: LineExporter
    numbers: Mapping[int, str] | None = None

    @property
    def payload(self) -> Document:
        """What was accepted, every record that it names by its QuickBooks number."""
        return self._resolved

    @cached_property
    def _resolved(self) -> Document:
        return resolved(super().payload, self.submission.company_id, self.numbers)

    @property
    def name(self) -> str:
        return f"{self.exporter.noun} “{self.exporter.title(self.submission.document)}”"

    @cached_property
    def before(self) -> Document | None:
        """The payload of this record that QuickBooks took last; None for the first."""
        return self._taken.posting.get("payload") if self._taken else None

    @cached_property
    def _taken(self) -> Submission | None:
        rows = Submission.objects.filter(item_id=self.submission.item_id, work=Work.DONE)
        return rows.order_by("-number").first() if self.link else None

    @cached_property
    def yielded_since(self) -> Document | None:
        """Against what words are left to the bookkeeper; None where a person has sent ours again over theirs."""
        if self.link is None or self.before is None:
            return self.before
        since = self.link.verified_at or self.link.created_at
        sent = Drift.objects.filter(link=self.link, answer=DriftAnswer.SENT, answered_at__gt=since)
        return None if sent.exists() else self.before

    @cached_property
    def put(self) -> set[str]:
        """The keys of all lines that accepted postings of this record have had: those are ours to take out."""
        postings = self.submission.item.submissions.exclude(posting={}).values_list("posting", flat=True)
        return {key_of(line) for one in postings for line in one["payload"].get("Line", [])}

    def guarded(self, call: Callable[[], T]) -> T | Outcome:
        try:
            return super().guarded(call)
        except Unresolved as missing:
            return refused(Stop.UNRESOLVED, str(missing), where=missing.where)

    def _classified(self, call: Callable[[], Outcome]) -> Outcome:
        outcome = super()._classified(call)
        if outcome.fault_code == PERIOD_CLOSED:
            return replace(outcome, sentence=f"{outcome.sentence} {_HOW_TO_GO_ON}")
        remote = outcome.answered.get("document") if outcome.kind is OutcomeKind.DONE else None
        return replace(outcome, total=self.exporter.total_of(remote)) if remote else outcome

    def send(self) -> Outcome:
        return self._classified(self._sent)

    def probe(self) -> Outcome:
        return self._classified(self._found)

    def _sent(self) -> Outcome:
        if self.link is None and self.exporter.appends:
            return self._without_order()
        return self._update() if self.link else self._create()

    def _found(self) -> Outcome:
        if self.link is None and self.exporter.appends:
            return self._without_order()
        return self._find_linked() if self.link else self._find_new()

    @property
    def _frozen(self) -> Document:
        """The payload as it was accepted, records named by their items."""
        frozen: Document = self.submission.posting["payload"]
        return frozen

    @property
    def _told(self) -> Document:
        try:
            return self.payload
        except Unresolved:
            return self._frozen

    def _without_order(self) -> Outcome:
        return refused(
            Stop.ORDER_NOT_LINKED,
            f"The {self.name} is not linked to QuickBooks any more, so there is nothing to add to. "
            "Send its commitment again, then try again; or reject this change order.",
        )

    # a document of its own

    def new(self) -> Document | Outcome:
        full = self._made_of({}, self.payload)
        return self._without_room(full) or as_numbers(full)

    def _made_of(self, old: Document, payload: Document) -> Document:
        """A new document; what stood in `old`, which it replaces, is in it too."""
        put, seen = (self.put, self.link.seen if self.link else {}) if old else ((), {})
        currency = {name: payload[name] for name in ("CurrencyRef",) if name in payload}
        full = self._with_changes(self.exporter.merge(old, payload, seen, put), seen)
        return {**as_new(full), **currency}

    def _without_room(self, full: Document) -> Outcome | None:
        """The refusal if our mark does not fit into the memo any more; nothing was written then."""
        if len(full["PrivateNote"]) <= _LONGEST_NOTE:
            return None
        return refused(
            Stop.NO_ROOM,
            f"The memo of the {self.name} has no room left for our mark: QuickBooks takes {_LONGEST_NOTE} "
            f"characters. Let the bookkeeper shorten it, then try again{self._or_shorten}.",
            where=self._page,
        )

    @property
    def _or_shorten(self) -> str:
        return "; or reject this change order and let its description be shortened" if self.exporter.appends else ""

    @cached_property
    def changes(self) -> list[tuple[LineExporter, Document]]:
        """What synced change orders have put into this document: it belongs into a new one of it too."""
        if self.submission.item.kind != Kind.COMMITMENT:
            return []
        exporter = exporter_for(Kind.CHANGE_ORDER)
        newest = {one.item_id: one for one in taken_changes(self.submission.item_id)}
        payloads = [resolved(one.posting["payload"], one.company_id) for _, one in sorted(newest.items())]
        return [(exporter, payload) for payload in payloads if isinstance(exporter, LineExporter)]

    def _changes_in(self, stood: Document) -> Iterator[tuple[LineExporter, Document]]:
        """The same with the bookkeeper's words where they changed ours in what `stood`."""
        for exporter, change in self.changes:
            yield exporter, exporter.yielding(change, change, stood)

    def _with_changes(self, full: Document, seen: Seen) -> Document:
        """`full` with each of their lines once; one whose key was taken off is known by the Id it had when `seen`."""
        for exporter, change in self._changes_in(full):
            merged = exporter.merge(full, change, seen)
            is_marked = exporter.is_marked(full, change["PrivateNote"])
            full = {**merged, "PrivateNote": full["PrivateNote"]} if is_marked else merged
        return full

    def _find_new(self) -> Outcome:
        for row in self._candidates():
            if self.exporter.is_marked(row, self._frozen["PrivateNote"]):
                return self._unless_taken(row) or self._judge(nothing_said(), row)
        return Outcome(OutcomeKind.ABSENT, f"QuickBooks has no {self.name} with our mark.")

    def _candidates(self) -> Iterator[Document]:
        """What may be ours: of our number, else whatever was made since."""
        since = f"MetaData.CreateTime >= {quote(self._first_try()[0] - LOOK_BACK)}"
        number = self._frozen.get("DocNumber")
        for where in ([f"DocNumber = {quote(number)}"] if number else []) + [since]:
            yield from self.ledger.all(self.entity, where)

    def _somebody_elses(self, told: Outcome | None = None) -> Outcome:
        """The refusal of a number that another document has, with which one that is."""
        number = str(self.payload.get("DocNumber", ""))
        rows = [row for row in self.ledger.all(self.entity, f"DocNumber = {quote(number)}") if number]
        told_of = "; ".join(self._described(row) for row in rows) or "another one"
        sentence = (
            f"QuickBooks has the number {number} already and does not allow it twice: {told_of}. "
            "Let the bookkeeper renumber that one and try again, or reject this one so that its number can be changed."
        )
        return refused(Stop.NUMBER_TAKEN, sentence, after=told)

    def _described(self, row: Document) -> str:
        who = (row.get("VendorRef") or row.get("CustomerRef") or {}).get("name", "")
        link = Link.objects.filter(
            company_id=self.submission.company_id, entity=self.entity, remote_id=str(row["Id"])
        ).select_related("item")
        told = f"the {self.exporter.noun} of {who} of {row.get('TxnDate', '')}"
        return f"{told}, here {named_openly(found.item)}" if (found := link.first()) else told

    # into a document that stands there

    def _whole(self) -> Outcome | None:
        """The refusal to write into a document of which no line is known for ours: ours would be added to it."""
        if self.link is None or not self._is_whole(self.link):
            return None
        return refused(Stop.LINKED_AS_A_WHOLE, linked_as_a_whole(self.name), where=self._page)

    def _is_whole(self, link: Link) -> bool:
        """A change order may be added to such a document; not if it was linked with it, for it is in there already."""
        if not self.exporter.appends:
            return is_whole(link)
        if self._taken is not None or self.submission.item.synced_revision is None:
            return False
        return not any(self.exporter.is_own(key_in(path), self.payload) for path in link.seen if key_in(path))

    def _write_over(self) -> Outcome:
        link = self._linked()
        whole = self._whole()
        if whole is not None:
            return whole
        try:
            current = self.ledger.read(self.entity, link.remote_id).document(self.entity)
        except LedgerFault as failure:
            if failure.kind is not FaultKind.MISSING:
                raise
            return self._gone(of_fault(failure.fault), "is not in QuickBooks any more")
        payload = self.exporter.yielding(self.payload, self.yielded_since, current)
        if self._was_written(current):
            return self._judge_by(payload, nothing_said(), current)
        against = self.exporter.stands_against(payload, current, self.put, link.seen)
        if against:
            return refused(Stop.STANDS_AGAINST, against, where=self._page)
        lost = self.exporter.overwritten(payload, link.seen, current)
        if lost and not self._was_shown(lost):
            return self._drifted(link, lost)
        full = self.exporter.merge(current, payload, link.seen, self.put)
        no_room = self._without_room(full)
        if no_room is not None:
            return no_room
        answer = self.ledger.update(self.entity, as_numbers(full), request_id=self._request_of(current))
        return self._changed(answer, partial(self._judge_by, payload))

    def _was_written(self, current: Document) -> bool:
        """Whether a lost try, of this sending or of one that was given up, has written into `current`, and nobody was
        shown since what stands there: a line whose key somebody took off would be written beside it.
        """
        item = self.submission.item_id
        shown = Attempt.objects.filter(submission__item=item, fault_code=Stop.NOT_EQUAL).aggregate(last=Max("pk"))
        tries = lost_tries().filter(submission__item=item, pk__gt=shown["last"] or 0)
        lost = tries.exclude(submission=self.submission, fence=self.submission.fence).values("submission")
        notes = Submission.objects.filter(pk__in=lost).values_list("posting__payload__PrivateNote", flat=True)
        return any(self.exporter.is_marked(current, note) for note in notes)

    @property
    def _page(self) -> str:
        return reverse("acceptance:review", args=[self.submission.item_id])

    def _gone(self, told: Outcome | None, what: str) -> Outcome:
        if not self.exporter.appends:
            return super()._gone(told, what)
        sentence = (
            f"The {self.name} {what}, so there is nothing to add to. Unlink its commitment and send it again, "
            "then try again; or reject this change order."
        )
        return refused(Stop.GONE_THERE, sentence, where=self._page, after=told)

    def _judge_linked(self, answer: Answer, current: Document) -> Outcome:
        absent = Outcome(OutcomeKind.ABSENT, f"QuickBooks does not show it in the {self.name}.")
        try:
            payload = self.exporter.yielding(self.payload, self.yielded_since, current)
        except Unresolved:
            there = self.exporter.is_marked(current, self._frozen["PrivateNote"])
            return self._judge(answer, current) if there else absent
        return absent if self.exporter.compare(payload, current) else self._judge_by(payload, answer, current)

    # judging

    def _judge(self, answer: Answer, remote: Document) -> Outcome:
        """Where a record that it names is not linked any more it is there, but cannot be compared: never green."""
        try:
            return self._judge_by(self.payload, answer, remote)
        except Unresolved as missing:
            return done(self.entity, answer, remote, [str(missing)])

    def _judge_by(self, payload: Document, answer: Answer, remote: Document) -> Outcome:
        return done(self.entity, answer, remote, self._differences(payload, remote))

    def _differences(self, payload: Document, remote: Document) -> list[Difference]:
        return [*self.exporter.compare(payload, remote), *([] if self.link else self._of_changes(remote))]

    def _of_changes(self, remote: Document) -> Iterator[Difference]:
        """What of the change orders did not come over into a new document; the bookkeeper's memo of them did."""
        for exporter, change in self.changes:
            yield from exporter.compare(exporter.worded(change, remote), remote)


@dataclass(frozen=True)
class FirstLineFlight(LineFlight):
    """A first export that goes with others. Nothing of other records is in it, as was seen for all at once."""

    @property
    def changes(self) -> list[tuple[LineExporter, Document]]:
        return []


def nothing_said() -> Answer:
    """What stands for the answer where a document was found among others."""
    return Answer(200, "", {}, 0)
