"""The real engine on a real database, led step by step through what the model does.

A worker is no thread here but what it has in its memory: its claims, and the answer that it got. So it can be stopped
between any two of its steps, and with a savepoint of the database every state can be left and come back to.
"""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from decimal import Decimal
from functools import cached_property
from itertools import count
from typing import Any, NamedTuple
from unittest import mock

from django.db import IntegrityError, connection, transaction
from django.db.models import Exists, OuterRef, QuerySet
from django.db.models.fields.json import KeyTextTransform
from django.db.models.functions import Now
from django.test import TestCase, override_settings
from django.utils import timezone

from procore_sync.acceptance import claims, engine, kinds, leases, operations, settling
from procore_sync.acceptance import courier as registry
from procore_sync.acceptance import items as erp_items
from procore_sync.acceptance.claims import Claim
from procore_sync.acceptance.courier import Outcome
from procore_sync.acceptance.models import Attempt, ErpItem, ExportPolicy, Submission
from procore_sync.acceptance.states import OutcomeKind, Status, Work
from procore_sync.accounts.models import Company, Membership, Role
from procore_sync.kit.kinds import Kind
from procore_sync.kit.refusals import Refusal
from quickbooks_bridge import flights
from quickbooks_bridge.client.faults import Cure, Fault, FaultKind, LedgerFault
from quickbooks_bridge.client.wire import Answer
from quickbooks_bridge.exporters.base import Exporter, Field
from tests.acceptance.conftest import member, new_invoice
from tests.acceptance.paper import PaperLedger, paper_spec
from tests.model.machine import IN_LANE, Scenario, State, Step

#: Long enough that no time of the machine's own passes for a step; a short pause and a long one can be told apart.
HOUR = 3600.0
SETTINGS = {
    "ENGINE_IN_TEST_TRANSACTION": True,
    "ENGINE_BACKOFF": HOUR,
    "ENGINE_LEASE_SECONDS": 100 * HOUR,
    "ENGINE_CRASHES": 99,
    "THROTTLE_SECONDS": HOUR,
    "PROBE_PAUSE_SECONDS": HOUR,
    "BATCH_PROBE_PAUSE_SECONDS": 10 * HOUR,
}
#: Of time going by, after which whatever can be decided is: a need, a lost batch, two looks each, a repetition.
MOST_ROUNDS = 12


class _Asked(NamedTuple):
    """What is asked of a sending after every step; the whole of it, and of its record, would take as long as the step.

    Named as the columns are.
    """

    item_id: int
    item__status: str
    work: str
    fence: int
    generation: int
    absences: int
    tries: int
    due_at: datetime | None
    lease_until: datetime | None
    document__label: str
    first_by_id: int | None
    perhaps: bool


_KINDS = {
    "done": OutcomeKind.DONE,
    "differs": OutcomeKind.DONE,
    "refused": OutcomeKind.REFUSED,
    "throttled": OutcomeKind.THROTTLED,
    "unknown": OutcomeKind.UNKNOWN,
    "absent": OutcomeKind.ABSENT,
    "not sent": OutcomeKind.NOT_SENT,
}


class Received(BaseException):
    """The ledger has the call; what comes of it is a step of its own. No guard of the engine catches it."""


class Shelf(PaperLedger):
    """The ledger, written by hand: it receives calls, and looks at what stands on it as it is told to."""

    def __init__(self) -> None:
        super().__init__()
        self.stands: Callable[[int], str] = lambda item_id: "absent"
        self.looks = "sees"

    def send(self, submission: Submission) -> Outcome:
        return self._received()

    def send_together(self, submissions: Sequence[Submission], request_id: str) -> list[Outcome]:
        return [self._received()] * len(submissions)

    def _received(self) -> Outcome:
        if not leases.may_write():
            return outcome("not sent")
        raise Received

    def probe(self, submission: Submission) -> Outcome:
        if self.looks == "fails":
            return outcome("unknown")
        return outcome(self.stands(submission.item_id) if self.looks == "sees" else "absent")


def outcome(told: str) -> Outcome:
    """What the engine is told."""
    return Outcome(_KINDS[told], f"The shelf says {told}.", entity="Bill", remote_id="7", verified=told == "done")


def name_of(told: Outcome) -> str:
    """What the model calls it."""
    if told.kind == OutcomeKind.DONE:
        return "done" if told.verified else "differs"
    return next(name for name, kind in _KINDS.items() if kind == told.kind)


class Written(NamedTuple):
    """A document as it stands in the ledger: the request id, what was written, and what a bookkeeper did to it."""

    request_id: str
    posted: str
    now: str = ""

    @property
    def stands(self) -> str:
        """What is told of it after a look."""
        return {"": "done", "changed": "differs", "gone": "absent"}[self.now]


class Paper(Exporter):
    """A record that becomes a document which says the same."""

    kind, entity, name_field = Kind.INVOICE, "Bill", "label"
    fields = (Field("label", "Label", 255),)


@dataclass
class Books:
    """What a flight asks: to a request id that was carried out the first answer is given again, whatever stands."""

    copy: Written
    last_tid: str = ""
    last_request_id: str = ""

    def forget_call(self) -> None:
        """Nothing was asked yet."""

    def create(self, entity: str, document: Any, *, request_id: str) -> Answer:
        """The answer to the write, as it was given the first time."""
        return self._answer(self.copy.posted)

    def read(self, entity: str, remote_id: str) -> Answer:
        """What stands there now."""
        if self.copy.now == "gone":
            raise LedgerFault(Fault(FaultKind.MISSING, "It was deleted.", Cure.APPROVER))
        return self._answer(f"{self.copy.posted}{self.copy.now}")

    def _answer(self, label: str) -> Answer:
        return Answer(200, "", {"Bill": {"Id": "7", "SyncToken": "0", "label": label}}, 0)


@dataclass(frozen=True)
class Hand:
    """A worker's memory."""

    at: str = "idle"
    claims: tuple[Claim, ...] = ()
    told: tuple[str, ...] = ()
    read: Submission | None = None
    batch: int = 0

    @property
    def key(self) -> tuple[int, int]:
        """As the model calls its request id."""
        return (-1, self.batch) if len(self.claims) > 1 else (0, 0)


@dataclass(frozen=True)
class Underway:
    """A call that nobody waits for: which documents, under which request ids, written with what."""

    key: tuple[int, int]
    docs: tuple[int, ...]
    claims: tuple[Claim, ...]


@dataclass(frozen=True)
class Decider:
    """What a page showed to a person, and the record as the press found it."""

    at: str = "away"
    digest: str = ""
    item: ErpItem | None = None


@dataclass(frozen=True)
class Memory:
    """All that is not in the database; replaced and never changed, so that it can be gone back to."""

    hands: tuple[Hand, ...]
    people: tuple[Decider, ...]
    calls: tuple[Underway, ...] = ()
    copies: tuple[tuple[Written, ...], ...] = ()
    sweeps: tuple[Any, ...] = ()
    batches: int = 0
    broken: tuple[str, ...] = ()


@dataclass
class Console:
    """The real engine over a scenario. Every step of the model has a method of its name."""

    scenario: Scenario
    items: list[int]
    lanes: list[str]
    shelf: Shelf
    pm: Membership
    approvers: list[Membership]
    memory: Memory
    #: Whether the ledger knows a request id again: a guard that is not ours.
    knows_ids: bool = True
    #: Whether what is written is what was frozen; without it, what stands in the record by then.
    writes_frozen: bool = True
    _clock: Iterator[int] = field(default_factory=lambda: count(0, int(1000 * HOUR)))

    # What can be seen

    def submission(self, number: int) -> Submission:
        """The newest sending of a document."""
        return self._submissions(number).select_related("item")[0]

    def _submissions(self, number: int) -> QuerySet[Submission, Submission]:
        return Submission.objects.filter(item_id=self.items[number]).order_by("-number")

    def _newest_id(self, number: int) -> int:
        return int(self._submissions(number).values_list("pk", flat=True)[0])

    def seen(self) -> dict[str, Any]:
        """The database, the ledger and the workers, in the model's words."""
        return self._seen(self._newest())

    def judged(self) -> tuple[dict[str, Any], list[str]]:
        """What can be seen, and the promises that do not hold; read once."""
        rows = self._newest()
        return self._seen(rows), self._broken(rows)

    def _seen(self, rows: list[_Asked]) -> dict[str, Any]:
        docs = [self._doc(one) for one in rows]
        hands = [(hand.at, self._flights(hand), hand.told) for hand in self.memory.hands]
        return {"docs": docs, "workers": hands, "copies": [[each.now for each in one] for one in self.memory.copies]}

    def _newest(self) -> list[_Asked]:
        """The newest sending of each document, and whether a try of it may have written it; one query."""
        with connection.cursor() as cursor:
            cursor.execute(*self._asking)
            found = {one.item_id: one for one in map(_Asked._make, cursor.fetchall())}
        return [found[pk] for pk in self.items]

    @cached_property
    def _asking(self) -> tuple[str, Any]:
        """Written once: Django would take longer over writing it after every step than PostgreSQL over the answer."""
        perhaps = Attempt.objects.filter(submission=OuterRef("pk"), act="send", outcome=OutcomeKind.UNKNOWN)
        rows = Submission.objects.filter(item_id__in=self.items).order_by("number").annotate(perhaps=Exists(perhaps))
        label = KeyTextTransform("label", "document")
        asked = [label if one == "document__label" else one for one in _Asked._fields]
        sql, params = rows.values_list(*asked).query.sql_with_params()
        return sql, params

    def _doc(self, one: _Asked) -> tuple[object, ...]:
        now = timezone.now()
        ripe = bool(one.work in claims.WAITABLE and one.due_at and one.due_at <= now)
        pause = ""
        if one.work == Work.UNCERTAIN and one.absences and not ripe and one.due_at:
            pause = "long" if one.due_at > now + timedelta(seconds=5 * HOUR) else "short"
        over = bool(one.work == Work.FLYING and one.lease_until and one.lease_until < now)
        counts = (one.fence, one.generation, one.absences, one.tries > 0)
        first = [None, *(each.pk for each in self.approvers)].index(one.first_by_id)
        return (str(one.item__status), str(one.work), *counts, ripe, pause, over, one.perhaps, first)

    def _flights(self, hand: Hand) -> tuple[tuple[int, int], ...]:
        return tuple((self._number(claim), claim.fence) for claim in hand.claims)

    def _number(self, claim: Claim) -> int:
        return self.items.index(claim.submission.item_id)

    # Steps

    def take(self, step: Step) -> None:
        """Do what `step` says with the real engine; what cannot be done in this state is left out."""
        name, *of = step
        # Every step is led within one transaction, and what waits for its commit happens all the same.
        with TestCase.captureOnCommitCallbacks(execute=True):
            getattr(self, f"_{name.replace(' ', '_')}")(*of)

    def _set(self, **columns: Any) -> None:
        self.memory = replace(self.memory, **columns)

    def _hand(self, worker: int, hand: Hand) -> None:
        hands = list(self.memory.hands)
        hands[worker] = hand
        self._set(hands=tuple(hands))

    def _break(self, promise: str) -> None:
        self._set(broken=(*self.memory.broken, promise))

    def _accept(self, number: int) -> None:
        item = self._item(number)
        submission = operations.open_submission(item)
        if submission is not None:
            operations.accept(item, by=self.approvers[0], seen=submission.digest, choices={})

    def _undo(self, number: int) -> None:
        """Who accepted it takes that back; what is accepted then has other terms; not where two accept."""
        with suppress(Refusal):
            operations.undo(self._item(number), by=_of(self.submission(number).decided_by))
            self.shelf.terms = "" if self.scenario.two else f"{self.shelf.terms}Net 30"

    def _takes_first_back(self, number: int) -> None:
        with suppress(Refusal):
            operations.undo(self._item(number), by=_of(self.submission(number).first_by))

    def _item(self, number: int) -> ErpItem:
        return ErpItem.objects.select_related("company").get(pk=self.items[number])

    def _retry(self, number: int) -> None:
        try:
            operations.retry(self._item(number), by=self.approvers[0])
        except Refusal:
            return

    def _edit(self, number: int) -> None:
        item = self._item(number)
        try:
            if item.status == Status.SENT:
                operations.retrieve(item, by=self.pm)
            erp_items.revise(item, label=f"{item.label}, corrected")
            if item.status in (Status.RETRIEVED, Status.REJECTED):
                operations.send(item, by=self.pm)
                Submission.objects.filter(item=item).update(lane=self.lanes[number])
        except Refusal:
            return

    def _opens(self, person: int) -> None:
        shown = self.submission(0)
        self._decider(person, Decider("reads", digest=shown.digest))

    def _presses(self, person: int) -> None:
        self._decider(person, replace(self.memory.people[person], at="decides", item=self._item(0)))

    def _decider(self, number: int, decider: Decider) -> None:
        people = list(self.memory.people)
        people[number] = decider
        self._set(people=tuple(people))

    def _accepts(self, person: int) -> None:
        of = self.memory.people[person]
        self._decider(person, Decider("gone"))
        by = self.approvers[person % 2]
        try:
            with transaction.atomic():  # what the database refuses undoes no more than the press
                accepted = operations.accept(copy.copy(_of(of.item)), by=by, seen=of.digest, choices={})
        except (Refusal, IntegrityError):
            return
        if accepted.digest != of.digest:
            self._break("what is accepted was seen")
        if self.scenario.two and accepted.decision and accepted.first_by in (None, by):
            self._break("two people have accepted it")

    def _rejects(self, person: int) -> None:
        of, before = self.memory.people[person], self._item(0).status
        self._decider(person, Decider("gone"))
        try:
            operations.reject(copy.copy(_of(of.item)), by=self.approvers[person % 2], comment="Wrong month")
        except Refusal:
            return
        if before != Status.SENT:
            self._break("one decision")

    def _claim(self, worker: int, number: int) -> None:
        if self.memory.hands[worker].at == "idle":
            self._claimed(worker, claims.claim(self._newest_id(number)))

    def _look(self, worker: int, number: int) -> None:
        row = claims._due().filter(pk=self._newest_id(number), work__in=claims.WAITABLE).first()
        if row is not None and self.memory.hands[worker].at == "idle":
            self._hand(worker, Hand("looked", read=row))

    def _take(self, worker: int) -> None:
        hand = self.memory.hands[worker]
        if hand.at == "looked":
            self._hand(worker, Hand())
            self._claimed(worker, claims._claim_one(copy.copy(_of(hand.read))))

    def _claimed(self, worker: int, claimed: list[Claim]) -> None:
        if not claimed:
            return
        batch = self.memory.batches
        if len(claimed) > 1:
            self._set(batches=batch + 1)
        self._hand(worker, Hand("holds", tuple(claimed), batch=batch))

    def _begin(self, worker: int) -> None:
        hand = self.memory.hands[worker]
        if hand.at != "holds" or hand.claims[0].probing:
            return
        for claim in hand.claims:
            lane = Submission.objects.filter(lane=claim.submission.lane, work__in=IN_LANE)
            if lane.exclude(pk=claim.submission.pk).exists():
                self._break("one change of a document at a time")
        told = self._worked(hand)
        self._hand(worker, replace(hand, at="knows", told=told) if told else replace(hand, at="calls"))

    def _probe(self, worker: int, how: str) -> None:
        hand = self.memory.hands[worker]
        if hand.at == "holds" and hand.claims[0].probing:
            copies = self.memory.copies
            self.shelf.stands = lambda item_id: _found(copies[self.items.index(item_id)])
            self.shelf.looks = how
            self._hand(worker, replace(hand, at="knows", told=self._worked(hand)))

    def _worked(self, hand: Hand) -> tuple[str, ...]:
        """What `engine.work` hears with these claims in hand; nothing if the ledger has its call now."""
        heard: list[Outcome] = []

        def one(_claim: Claim, told: Outcome) -> None:
            heard.append(told)

        def many(settled: Sequence[settling.Settled]) -> None:
            heard.extend(told for _, told in settled)

        with (
            mock.patch.object(engine, "claim", return_value=list(hand.claims)),
            mock.patch.object(engine, "settle", one),
            mock.patch.object(engine, "settle_together", many),
        ):
            try:
                engine.work(hand.claims[0].submission.pk)
            except Received:
                return ()
        return tuple(name_of(told) for told in heard)

    def _answer(self, worker: int, how: str) -> None:
        hand = self.memory.hands[worker]
        if hand.at != "calls":
            return
        if how == "throttled":
            self._hand(worker, replace(hand, at="knows", told=("throttled",) * len(hand.claims)))
            return
        self._written(hand.claims, how)
        told = tuple(
            self._heard(claim) if one == "w" or self._known(claim) else "refused"
            for claim, one in zip(hand.claims, how, strict=True)
        )
        self._hand(worker, replace(hand, at="knows", told=told))

    def _heard(self, claim: Claim) -> str:
        """What the bridge makes of the answer to a call that was carried out, now or before."""
        copy = self.memory.copies[self._number(claim)][-1]
        books: Any = Books(copy)
        told = name_of(flights.Flight(claim.submission, Paper(), books, "HR-1", None).send())
        if told == "done" and copy.now:
            self._break("green is what stands there")
        return told

    def _lose(self, worker: int, how: str) -> None:
        hand = self.memory.hands[worker]
        if hand.at == "calls":
            self._written(hand.claims, how)
            self._hand(worker, replace(hand, at="knows", told=("unknown",) * len(hand.claims)))

    def _give_up(self, worker: int) -> None:
        hand = self.memory.hands[worker]
        if hand.at == "calls":
            self._left(hand)
            self._hand(worker, replace(hand, at="knows", told=("unknown",) * len(hand.claims)))

    def _left(self, hand: Hand) -> None:
        """Nobody waits for its call any more."""
        docs = tuple(self._number(claim) for claim in hand.claims)
        single = hand.claims[0].submission
        key = hand.key if len(hand.claims) > 1 else (docs[0], single.generation)
        calls = sorted([*self.memory.calls, Underway(key, docs, hand.claims)], key=lambda one: (one.key, one.docs))
        self._set(calls=tuple(calls))

    def _late(self, number: int, how: str) -> None:
        if number < len(self.memory.calls):
            call = self.memory.calls[number]
            self._drop(number)
            self._written(call.claims, how)

    def _drop(self, number: int) -> None:
        self._set(calls=self.memory.calls[:number] + self.memory.calls[number + 1 :])

    def _written(self, carried: Sequence[Claim], how: str) -> None:
        """What the ledger writes of a call, once a request id."""
        for claim, one in zip(carried, how, strict=True):
            if one == "w" and not self._known(claim):
                self._write(claim)

    def _known(self, claim: Claim) -> bool:
        return self.knows_ids and any(
            copy.request_id == claim.attempt.request_id for copy in self.memory.copies[self._number(claim)]
        )

    def _write(self, claim: Claim) -> None:
        number, copies = self._number(claim), list(self.memory.copies)
        if not all(copies[other] for one, other in self.scenario.requires if one == number):
            self._break("what is required comes first")
        posted = claim.submission.posting["payload"]["label"] if self.writes_frozen else self._item(number).label
        if claim.submission.posting != Submission.objects.get(pk=claim.submission.pk).posting:
            self._break("what was accepted is what is posted")
        copies[number] = (*copies[number], Written(claim.attempt.request_id, posted))
        self._set(copies=tuple(copies))

    def _changes(self, number: int) -> None:
        self._acted(number, "changed")

    def _removes(self, number: int) -> None:
        self._acted(number, "gone")

    def _puts_back(self, number: int) -> None:
        self._acted(number, "")

    def _acted(self, number: int, now: str) -> None:
        copies = list(self.memory.copies)
        if copies[number]:
            copies[number] = (*copies[number][:-1], copies[number][-1]._replace(now=now))
            self._set(copies=tuple(copies))

    def _settle(self, worker: int) -> None:
        hand = self.memory.hands[worker]
        if hand.at != "knows":
            return
        self._hand(worker, Hand())
        settled = [(claim, outcome(told)) for claim, told in zip(hand.claims, hand.told, strict=True)]
        before = [self._stands(claim) for claim in hand.claims]
        try:
            if len(settled) == 1:
                settling.settle(*settled[0])
            else:
                settling.settle_together(settled)
        except Refusal:  # a worker's task ends with it
            pass
        self._judge(hand.claims, before)

    def _stands(self, claim: Claim) -> tuple[object, ...]:
        rows = Submission.objects.filter(pk=claim.submission.pk)
        return rows.values_list("work", "fence", "absences", "tries", "item__status").get()

    def _judge(self, carried: Sequence[Claim], before: list[tuple[object, ...]]) -> None:
        for claim, was in zip(carried, before, strict=True):
            holds, after = was[:2] == (Work.FLYING, claim.fence), self._stands(claim)
            if not holds and after != was:
                self._break("a stale worker settles nothing")
            if holds and after == was:
                self._break("an answer that came is written down")

    def _crash(self, worker: int) -> None:
        hand = self.memory.hands[worker]
        if hand.at == "calls" and self.scenario.late:
            self._left(hand)
        self._hand(worker, Hand())

    def _lease_ends(self, number: int) -> None:
        flying = Submission.objects.filter(pk=self._newest_id(number), work=Work.FLYING)
        flying.update(lease_until=Now() - timedelta(seconds=1))

    def _sweep(self) -> None:
        engine.sweep()

    def _sweep_reads(self, number: int) -> None:
        """A sweep stops after it has read which leases are over."""
        read: list[Submission] = []

        def stopped(submissions: Any) -> list[Submission]:
            read.extend(submissions)
            return []

        with _reading(stopped):
            engine._expire_leases()
        self._sweeper(number, tuple(read))

    def _sweep_frees(self, number: int) -> None:
        read = self.memory.sweeps[number]
        if read is None:
            return
        held = [one for one in read if self._leased(one)]
        with _reading(lambda submissions: list(read)):
            engine._expire_leases()
        if any(not self._leased(one) for one in held):
            self._break("nobody loses a lease that holds")
        self._sweeper(number, None)

    def _leased(self, one: Submission) -> bool:
        rows = Submission.objects.filter(pk=one.pk, work=Work.FLYING, lease_until__gte=Now())
        return rows.exists()

    def _sweeper(self, number: int, read: Any) -> None:
        sweeps = list(self.memory.sweeps)
        sweeps[number] = read
        self._set(sweeps=tuple(sweeps))

    def _ripen(self, number: int) -> None:
        Submission.objects.filter(pk=self._newest_id(number), work__in=claims.WAITABLE).update(due_at=Now())

    # Promises

    def broken(self) -> list[str]:
        """The promises that do not hold by now."""
        return self._broken(self._newest())

    def _broken(self, rows: list[_Asked]) -> list[str]:
        found = list(self.memory.broken)
        for one, copies in zip(rows, self.memory.copies, strict=True):
            if sum(copy.now != "gone" for copy in copies) > 1:
                found.append("at most once")
            if one.item__status == Status.SYNCED and not copies:
                found.append("the answer belongs to the document")
            if any(copy.posted != one.document__label for copy in copies):
                found.append("what was accepted is what is posted")
            if (one.work in (*claims.WAITABLE, Work.FLYING)) != (one.item__status == Status.EXPORTING):
                found.append("record and submission say the same")
        return found

    def undecided(self) -> list[int]:
        """Of which document nobody knows how it will end."""
        rows = self._newest()
        left = [number for number, one in enumerate(rows) if one.work in (*IN_LANE, Work.DUE)]
        for number, one in enumerate(rows):
            needs = [rows[other].item__status for which, other in self.scenario.requires if which == number]
            if one.work == Work.WAITING and all(status == Status.SYNCED for status in needs):
                left.append(number)
        return left

    def calm(self) -> None:
        """Faults end: whoever is at something brings it to its end, and time goes by."""
        for _ in range(MOST_ROUNDS):
            if not self._at_something() and not self.undecided():
                return
            for worker, hand in enumerate(self.memory.hands):
                self._finish(worker, hand)
            while self.memory.calls:
                self._late(0, "w" * len(self.memory.calls[0].docs))
            for number in range(len(self.items)):
                self._lease_ends(number)
            self._sweep()
            for number in range(len(self.items)):
                self._ripen(number)
                self._claim(0, number)
                self._finish(0, self.memory.hands[0])

    def _at_something(self) -> bool:
        return bool(self.memory.calls) or any(hand.at != "idle" for hand in self.memory.hands)

    def _finish(self, worker: int, hand: Hand) -> None:
        self._take(worker)
        self._begin(worker)
        self._probe(worker, "sees")
        self._answer(worker, "w" * len(self.memory.hands[worker].claims))
        self._settle(worker)


@contextmanager
def _reading(instead: Callable[[Any], list[Submission]]) -> Iterator[None]:
    """The sweep goes over what `instead` gives for the rows that it has read."""

    class Rows:
        """A query that is stopped between its reading and what is done with each row."""

        def __init__(self, rows: Any) -> None:
            self.rows = rows

        def __iter__(self) -> Iterator[Submission]:
            return iter(instead(self.rows))

        def select_related(self, *names: str) -> Rows:
            return Rows(self.rows.select_related(*names))

        def filter(self, **columns: Any) -> Any:
            return self.rows.filter(**columns)

    def found(*of: Any, **columns: Any) -> Any:
        rows = Submission._default_manager.filter(*of, **columns)
        return Rows(rows) if columns.get("work") == Work.FLYING and "pk" not in columns else rows

    with mock.patch.object(engine, "Submission", mock.Mock(objects=mock.Mock(filter=found))):
        yield


def _found(copies: Sequence[Written]) -> str:
    """What a look finds of a document: what does not stand there any more is not found."""
    return next((copy.stands for copy in copies if copy.stands != "absent"), "absent")


def _of(one: Any) -> Any:
    if one is None:
        raise LookupError("There is nothing that was read.")
    return one


def expected(state: State) -> dict[str, Any]:
    """What `Console.seen` has to be in `state`."""
    docs = [
        (
            *(doc.status, doc.work, doc.fence, doc.generation, doc.absences, doc.tried),
            *(doc.ripe and doc.work in claims.WAITABLE, doc.pause, doc.lease_over, doc.perhaps, doc.first),
        )
        for doc in state.docs
    ]
    hands = [(one.at, one.flights if one.at != "looked" else (), one.told) for one in state.workers]
    return {"docs": docs, "workers": hands, "copies": [[copy.now for copy in one] for one in state.copies]}


class _NoKeeper:
    """Leases are renewed by nobody: when one ends is a step."""

    def keep(self, lease: object) -> None: ...

    def let_go(self, lease: object) -> None: ...


@contextmanager
def console(scenario: Scenario) -> Iterator[Console]:
    """The real engine at the start of a scenario, in the caller's transaction, with the machine's clock held still."""
    with ExitStack() as stack:
        stack.enter_context(override_settings(**SETTINGS))
        for module in (operations, engine, claims):
            stack.enter_context(mock.patch.object(module, "ring"))
        stack.enter_context(mock.patch.object(leases, "_keeper", _NoKeeper()))
        ticks = count(0, int(1000 * HOUR))
        stack.enter_context(mock.patch.object(leases, "clock", side_effect=map(float, ticks)))
        stack.enter_context(mock.patch.object(claims, "LEAST_TOGETHER", 2))
        taken = replace(claims._LANE_TAKEN, seconds=int(HOUR))
        stack.enter_context(mock.patch.object(claims, "_LANE_TAKEN", taken))
        waits = claims._waits_for
        slowly = lambda missing: replace(waits(missing), seconds=int(HOUR))  # noqa: E731
        stack.enter_context(mock.patch.object(claims, "_waits_for", slowly))
        shelf = Shelf()
        stack.enter_context(mock.patch.object(registry, "_registered", [shelf]))
        spec = paper_spec([])
        stack.enter_context(mock.patch.dict(kinds._specs, {spec.kind: spec}))
        yield _furnished(scenario, shelf)


def _furnished(scenario: Scenario, shelf: Shelf) -> Console:
    seconds = 30_000 if scenario.undoes else 0
    company = Company.objects.create(name="Harbor Row Builders", slug="harbor-row", undo_seconds=seconds)
    pm = member(company, "Max", Role.PROJECT_MANAGER)
    approvers = [member(company, name, Role.ACCOUNTANT, decides=True) for name in ("Ada", "Bea")]
    if scenario.two:
        ExportPolicy.objects.create(company=company, kind=Kind.INVOICE, second_above=Decimal("1.00"))
    items = [new_invoice(pm, f"Application {number}") for number in range(scenario.docs)]
    for one, other in scenario.requires:
        erp_items.set_requirements(items[one], [items[other]])
    lanes = [f"{items[of].kind}:{items[of].pk}" for of in scenario.lanes or range(scenario.docs)]
    for item, lane in zip(items, lanes, strict=True):
        submission = operations.send(item, by=pm)
        Submission.objects.filter(pk=submission.pk).update(lane=lane)
    memory = Memory(
        hands=(Hand(),) * scenario.workers,
        people=(Decider(),) * scenario.people,
        copies=((),) * scenario.docs,
        sweeps=(None,) * scenario.sweeps,
    )
    made = Console(scenario, [item.pk for item in items], lanes, shelf, pm, approvers, memory)
    for number in range(min(scenario.accepted, scenario.docs)):
        made.take(("accept", number))
    return made
