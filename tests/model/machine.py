"""The model: what claim, send, settle, look and sweep do to documents of one company, and what the ledger may do.

Written by hand from docs/acceptance.md and the ADRs, not from the engine's code; plain Python without a database.
A state is a tuple of tuples, so it can be kept in a set. Time is a choice: whatever is due later may become due at
any step, and a lease may end at any step; only what a pause is there for is taken for granted (`_ripen`).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from itertools import product
from typing import NamedTuple, TypeVar

T = TypeVar("T")

#: Under what a call goes: a document's own id and its generation, or a batch's number with -1 before it.
RequestId = tuple[int, int]
#: What happens: its name, and of which worker, document or call.
Step = tuple[str, *tuple[int | str, ...]]

WAITABLE = ("due", "uncertain", "waiting")
UNSENT = ("due", "waiting")
IN_LANE = ("flying", "uncertain")
LOOKS = 2
#: How far a copy is known to the ledger's search: just written, since before a pause, surely.
FRESH, AGING, SHOWN = 0, 1, 2


class Doc(NamedTuple):
    """One document: its record's status, and where its submission stands in the engine."""

    status: str = "sent"
    work: str = ""
    revision: int = 1
    seen: int = 0
    taken: int = 0
    fence: int = 0
    generation: int = 0
    absences: int = 0
    tried: bool = False
    ripe: bool = False
    pause: str = ""
    act: str = ""
    last_id: RequestId = (0, 0)
    perhaps: bool = False
    lease_over: bool = False
    first: int = 0
    #: How often it was taken back and accepted anew, with another posting under another request id.
    anew: int = 0

    @property
    def own(self) -> int:
        """Its part of the request id under which it goes alone: each acceptance and each *try again* has its own."""
        return self.generation * 10 + self.anew


class Worker(NamedTuple):
    """What a worker has in its memory; all of it is lost when it dies.

    `at` is idle, looked (it has read a row), holds (it has claimed), calls (the ledger has its call) or knows (the
    answer).
    """

    at: str = "idle"
    flights: tuple[tuple[int, int], ...] = ()
    probing: bool = False
    request_id: RequestId = (0, 0)
    told: tuple[str, ...] = ()
    read: tuple[str, int, int] = ("", 0, 0)


class Person(NamedTuple):
    """Somebody who decides: what the page showed, and the record as their press found it."""

    at: str = "away"
    saw: int = 0
    status: str = ""
    revision: int = 0


class Call(NamedTuple):
    """A call on its way to the ledger that nobody waits for any more."""

    request_id: RequestId
    docs: tuple[int, ...]


class Copy(NamedTuple):
    """A document as it stands in the ledger: under which id it was written, which revision, how visible it is.

    `now` is "" as it was written, else what a bookkeeper did to it: changed, or gone (deleted or made inactive).
    """

    request_id: RequestId
    revision: int
    visible: int
    now: str = ""
    #: Of what is changed (`updates`): its SyncToken, how often a line of ours stands there, what was carried out.
    token: int = 0
    lines: int = 1
    requests: tuple[RequestId, ...] = ()


class State(NamedTuple):
    """Everything."""

    docs: tuple[Doc, ...]
    workers: tuple[Worker, ...]
    people: tuple[Person, ...]
    calls: tuple[Call, ...]
    copies: tuple[tuple[Copy, ...], ...]
    sweeps: tuple[tuple[tuple[int, int], ...] | None, ...]
    batches: int
    faults: int
    broken: str = ""
    acts: int = 0


@dataclass(frozen=True)
class Scenario:
    """How many of what, how many faults may happen, and which steps are taken apart."""

    name: str
    docs: int = 1
    workers: int = 2
    faults: int = 2
    #: The lane of each document: the number of the document whose ledger document it changes.
    lanes: tuple[int, ...] = ()
    #: Which document needs which in the ledger first.
    requires: tuple[tuple[int, int], ...] = ()
    #: Documents that are accepted from the start; the others may be at any time.
    accepted: int = 9
    #: Whether a claim is taken apart into reading the row and taking it.
    split: bool = False
    #: How many sweeps run beside each other, each taken apart into reading and freeing; 0 is one in one piece.
    sweeps: int = 0
    people: int = 0
    #: Whether two people have to accept; then person 2 is person 0 at another window.
    two: bool = False
    retries: int = 0
    edits: bool = False
    #: How many acts of a bookkeeper there may be, and how often an acceptance is taken back before it has left.
    acts: int = 0
    undoes: int = 0
    #: Of what is changed: whether our mark of the revision stands in the document.
    marked: bool = False
    #: Whether a search may miss what was written just now, a call be carried out after its worker gave up.
    lags: bool = True
    late: bool = True


@dataclass(frozen=True)
class Machine:
    """The engine's rules over a scenario, without the guards named in `without`."""

    scenario: Scenario
    without: frozenset[str] = frozenset()
    _acts: dict[str, Callable[..., State]] = field(default_factory=dict, repr=False, compare=False)

    def __post_init__(self) -> None:
        for name in ACTS:
            self._acts[name] = getattr(self, f"_{name.replace(' ', '_')}")

    def has(self, guard: str) -> bool:
        return guard not in self.without

    def start(self) -> State:
        """All documents before the approvers; those of the scenario that are accepted, due."""
        of = self.scenario
        state = State(
            docs=tuple(Doc() for _ in range(of.docs)),
            workers=tuple(Worker() for _ in range(of.workers)),
            people=tuple(Person() for _ in range(of.people)),
            calls=(),
            copies=tuple(() for _ in range(of.docs)),
            sweeps=tuple(None for _ in range(of.sweeps)),
            batches=0,
            faults=of.faults,
            acts=of.acts,
        )
        for number in range(min(of.accepted, of.docs)):
            state = self._accept(state, number)
        return state

    def apply(self, state: State, step: Step) -> State:
        """The state after `step`; `broken` names the promise that the step breaks."""
        name, *of = step
        after = self._acts[name](state, *of)
        if self.costs(state, step):
            after = after._replace(faults=after.faults - 1)
        return after if after.broken else after._replace(broken=broken_in(after, self.scenario))

    def costs(self, state: State, step: Step) -> bool:
        """Whether the step is a fault, of which a scenario allows only so many."""
        name, *of = step
        if name in ("answer", "probe"):
            return of[1] == "throttled" or "r" in str(of[1]) if name == "answer" else of[1] != "sees"
        if name == "lease ends":
            return lives(state, int(of[0]))
        if name in ("sweep", "sweep reads") and not self.has("lease"):
            return any(doc.work == "flying" and not doc.lease_over for doc in state.docs)
        return name in ("crash", "lose", "give up")

    # Which steps can be taken

    def steps(self, state: State) -> Iterator[Step]:
        """Every step that can be taken and changes something."""
        for step in self._all_steps(state):
            if state.faults or not self.costs(state, step):
                yield step

    def _all_steps(self, state: State) -> Iterator[Step]:
        for number, worker in enumerate(state.workers):
            yield from self._steps_of_worker(state, number, worker)
        for number, doc in enumerate(state.docs):
            yield from self._steps_of_doc(state, number, doc)
        for number, call in enumerate(state.calls):
            yield ("drop", number)
            for how in writings(len(call.docs)):
                yield ("late", number, how)
        yield from self._steps_of_sweeps(state)
        for number, person in enumerate(state.people):
            yield from self._steps_of_person(state, number, person)
        if state.acts:
            for number, copies in enumerate(state.copies):
                yield from self._steps_of_bookkeeper(number, copies)

    def _steps_of_bookkeeper(self, number: int, copies: tuple[Copy, ...]) -> Iterator[Step]:
        """What they do to the newest of a document's copies; of two of one name the ledger lets only one stand."""
        if copies and copies[-1].now == "":
            yield ("changes", number)
            yield ("removes", number)
        elif copies:
            yield ("puts back", number)

    def _steps_of_worker(self, state: State, number: int, worker: Worker) -> Iterator[Step]:
        if worker.at == "idle":
            yield from self._claims(state, number)
            return
        yield ("crash", number)
        if worker.at == "looked":
            yield ("take", number)
        elif worker.at == "knows":
            yield ("settle", number)
        elif worker.at == "holds":
            yield from self._looks(state, number, worker) if worker.probing else [("begin", number)]
        else:
            yield from self._answers(number, len(worker.flights))

    def _claims(self, state: State, number: int) -> Iterator[Step]:
        for place, doc in enumerate(state.docs):
            if doc.ripe and doc.work in WAITABLE:
                yield ("look", number, place) if self.scenario.split else ("claim", number, place)

    def _looks(self, state: State, number: int, worker: Worker) -> Iterator[Step]:
        yield ("probe", number, "sees")
        yield ("probe", number, "fails")
        copies = state.copies[worker.flights[0][0]]
        if self.scenario.lags and copies and all(copy.visible != SHOWN for copy in copies):
            yield ("probe", number, "misses")

    def _answers(self, number: int, count: int) -> Iterator[Step]:
        for how in writings(count):
            yield ("answer", number, how)
            yield ("lose", number, how)
        yield ("answer", number, "throttled")
        if self.scenario.late:
            yield ("give up", number)

    def _steps_of_doc(self, state: State, number: int, doc: Doc) -> Iterator[Step]:
        if doc.status == "sent" and not state.people:
            yield ("accept", number)
        if doc.work in WAITABLE and not doc.ripe and (doc.pause != "long" or not underway(state, number)):
            yield ("ripen", number)
        if doc.work == "flying" and not doc.lease_over:
            yield ("lease ends", number)
        if doc.work == "parked" and doc.generation < self.scenario.retries:
            yield ("retry", number)
        open_to_edits = ("sent", "rejected") if self.has("lock") else ("sent", "rejected", "exporting")
        if self.scenario.edits and doc.revision == 1 and doc.status in open_to_edits:
            yield ("edit", number)
        if doc.anew < self.scenario.undoes and doc.work == "due" and not doc.fence:
            yield ("undo", number)
        if doc.first and not doc.work and self.scenario.undoes:
            yield ("takes first back", number)

    def _steps_of_sweeps(self, state: State) -> Iterator[Step]:
        over = any(doc.work == "flying" and (doc.lease_over or not self.has("lease")) for doc in state.docs)
        if over and not state.sweeps:
            yield ("sweep",)
        for number, read in enumerate(state.sweeps):
            if read is None and over:
                yield ("sweep reads", number)
            elif read is not None:
                yield ("sweep frees", number)

    def _steps_of_person(self, state: State, number: int, person: Person) -> Iterator[Step]:
        if person.at == "away":
            yield ("opens", number)
        elif person.at == "reads":
            yield ("presses", number)
        elif person.at == "decides":
            yield ("accepts", number)
            yield ("rejects", number)

    # People

    def _accept(self, state: State, number: int) -> State:
        waits, seen = self._missing(state, number), state.docs[number].revision
        work = "waiting" if waits else "due"
        # What can be taken back is due later.
        ripe = not waits and not self.scenario.undoes
        return changed(state, number, status="exporting", work=work, ripe=ripe, seen=seen)

    def _undo(self, state: State, number: int) -> State:
        """Before it has left; then it is accepted anew, with other choices."""
        back = {"status": "sent", "work": "", "ripe": False, "anew": state.docs[number].anew + 1}
        return changed(state, number, **back)

    def _takes_first_back(self, state: State, number: int) -> State:
        return changed(state, number, first=0)

    # The bookkeeper

    def _changes(self, state: State, number: int) -> State:
        return self._acted(state, number, "changed")

    def _removes(self, state: State, number: int) -> State:
        return self._acted(state, number, "gone")

    def _puts_back(self, state: State, number: int) -> State:
        return self._acted(state, number, "")

    def _acted(self, state: State, number: int, now: str) -> State:
        copies = state.copies[number]
        done = put(copies, len(copies) - 1, copies[-1]._replace(now=now))
        return state._replace(copies=put(state.copies, number, done), acts=state.acts - 1)

    def _retry(self, state: State, number: int) -> State:
        """Under a new request id; what an earlier try whose answer was lost may yet write is looked for first."""
        doc = state.docs[number]
        looks = doc.perhaps and self.has("look before retry")
        if looks and self._lane_held(state, number):
            return state
        fresh = {"tried": False, "absences": 0, "ripe": True, "pause": "", "generation": doc.generation + 1}
        return changed(state, number, status="exporting", work="uncertain" if looks else "due", **fresh)

    def _edit(self, state: State, number: int) -> State:
        """The project manager takes it back if it lies with accounting, edits it, and sends it again."""
        doc = state.docs[number]
        status = "sent" if doc.status == "rejected" else doc.status
        # A sending of its own, which nobody has accepted yet.
        first = 0 if status == "sent" else doc.first
        return changed(state, number, revision=doc.revision + 1, status=status, first=first)

    def _opens(self, state: State, number: int) -> State:
        return state._replace(people=put(state.people, number, Person("reads", saw=state.docs[0].revision)))

    def _presses(self, state: State, number: int) -> State:
        person, doc = state.people[number], state.docs[0]
        read = person._replace(at="decides", status=doc.status, revision=doc.revision)
        return state._replace(people=put(state.people, number, read))

    def _accepts(self, state: State, number: int) -> State:
        person, doc = state.people[number], state.docs[0]
        after = state._replace(people=put(state.people, number, Person("gone")))
        if doc.status != "sent" or (person.saw != doc.revision and self.has("seen")):
            return after
        if not self._may_move(person, doc):
            return after
        if person.saw != doc.revision:
            after = after._replace(broken="what is accepted was seen")
        return self._accepted_by(after, number % 2 + 1) if self.scenario.two else self._accept(after, 0)

    def _accepted_by(self, state: State, who: int) -> State:
        """The first acceptance is kept, the second is somebody else's; the database refuses it from the same person."""
        first = state.docs[0].first
        if not first and self.has("two approvers"):
            return changed(state, 0, first=who)
        if first == who and (self.has("another person") or self.has("two people constraint")):
            return state
        if first in (0, who):
            state = state._replace(broken="two people have accepted it")
        return self._accept(state, 0)

    def _rejects(self, state: State, number: int) -> State:
        person, doc = state.people[number], state.docs[0]
        after = state._replace(people=put(state.people, number, Person("gone")))
        if not self._may_move(person, doc):
            return after
        if doc.status != "sent":
            after = after._replace(broken="one decision")
        # The decision ends the submission's work, whatever that was.
        return changed(after, 0, status="rejected", work="", ripe=False)

    def _may_move(self, person: Person, doc: Doc) -> bool:
        """The arrow starts where the record stood when it was read, and it stands there still."""
        same = (person.status, person.revision) == (doc.status, doc.revision)
        return person.status == "sent" and (same or not self.has("move"))

    # Claims

    def _claim(self, state: State, worker: int, first: int) -> State:
        together = self._together(state, first)
        if together is not None:
            return self._claim_many(state, worker, first, together)
        return self._claim_one(state, worker, first, state.docs[first])

    def _look(self, state: State, worker: int, number: int) -> State:
        doc = state.docs[number]
        read = Worker("looked", flights=((number, doc.fence),), read=(doc.work, doc.fence, doc.anew))
        return state._replace(workers=put(state.workers, worker, read))

    def _take(self, state: State, worker: int) -> State:
        of = state.workers[worker]
        number = of.flights[0][0]
        as_read = state.docs[number]._replace(work=of.read[0], fence=of.read[1], anew=of.read[2])
        idle = state._replace(workers=put(state.workers, worker, Worker()))
        return self._claim_one(idle, worker, number, as_read)

    def _claim_one(self, state: State, worker: int, number: int, as_read: Doc) -> State:
        if as_read.work != "uncertain" and self._missing(state, number):
            return self._put_off(state, [number], as_read)
        return self._taken(state, worker, number, as_read)

    def _taken(self, state: State, worker: int, number: int, as_read: Doc) -> State:
        doc = state.docs[number]
        same = doc.ripe and (doc.work, doc.fence) == (as_read.work, as_read.fence)
        same = same and (doc.own == as_read.own or not self.has("same acceptance"))
        if not same and self.has("claim"):
            return state
        if doc.fence > as_read.fence and self.has("attempts are numbered"):
            return state
        if self._lane_held(state, number) and self.has("lane"):
            return changed(state, number, ripe=False, pause="") if same else state
        own = (number, as_read.own)
        return self._flying(state, worker, [(number, as_read)], own, probing=as_read.work == "uncertain")

    def _claim_many(self, state: State, worker: int, first: int, rows: list[int]) -> State:
        held_up = [number for number in rows if self._missing(state, number)]
        free = [number for number in rows if number not in held_up]
        going = free if len(free) > 1 else [first]
        if first not in held_up and any(self._lane_held(state, number) for number in going) and self.has("lane"):
            return self._claim_one(state, worker, first, state.docs[first])
        for number in held_up:
            state = self._put_off(state, [number], state.docs[number])
        if first in held_up:
            return state
        if len(going) == 1:
            return self._taken(state, worker, first, state.docs[first])
        batch = (-1, state.batches)
        state = state._replace(batches=state.batches + 1)
        return self._flying(state, worker, [(number, state.docs[number]) for number in going], batch, probing=False)

    def _together(self, state: State, first: int) -> list[int] | None:
        """What goes in one call with `first`; None if it goes alone."""
        if not self._is_first_export(state.docs[first], first) or (state.docs[first].perhaps and self.has("alone")):
            return None
        others = [
            number
            for number, doc in enumerate(state.docs)
            if number != first and doc.ripe and self._is_first_export(doc, number)
            if not (doc.perhaps and self.has("alone"))
        ]
        return [first, *others]

    def _is_first_export(self, doc: Doc, number: int) -> bool:
        return doc.work in UNSENT and not doc.tried and self._lane(number) == number

    def _flying(
        self, state: State, worker: int, rows: list[tuple[int, Doc]], request_id: RequestId, *, probing: bool
    ) -> State:
        flights = tuple((number, as_read.fence + 1) for number, as_read in rows)
        for number, _ in rows:
            doc = state.docs[number]
            act = {"act": "probe"} if probing else {"act": "send", "last_id": request_id}
            taken = {"taken": doc.revision, "fence": doc.fence + 1, "lease_over": False, "ripe": False, "pause": ""}
            state = changed(state, number, work="flying", **taken, **act)
        claimed = Worker("holds", flights, probing, request_id)
        return state._replace(workers=put(state.workers, worker, claimed))

    def _lane(self, number: int) -> int:
        return self.scenario.lanes[number] if self.scenario.lanes else number

    def _lane_held(self, state: State, number: int) -> bool:
        lane = self._lane(number)
        held = (other for other, doc in enumerate(state.docs) if doc.work in IN_LANE and self._lane(other) == lane)
        return any(other != number for other in held)

    def _missing(self, state: State, number: int) -> bool:
        needs = (other for one, other in self.scenario.requires if one == number)
        return self.has("required first") and any(state.docs[other].status != "synced" for other in needs)

    def _put_off(self, state: State, numbers: list[int], as_read: Doc) -> State:
        for number in numbers:
            doc = state.docs[number]
            if (doc.work, doc.fence) == (as_read.work, as_read.fence):
                state = changed(state, number, work="waiting", ripe=False, pause="")
        return state

    # Calls

    def _begin(self, state: State, worker: int) -> State:
        """Right before it writes the worker asks whether the claim is still its own, and renews the lease by that."""
        of = state.workers[worker]
        if self.has("lease looked at"):
            for number, _ in (one for one in of.flights if self._holds(state, one)):
                state = changed(state, number, lease_over=False)
            if not all(self._holds(state, one) for one in of.flights):
                return self._told(state, worker, ["not sent"] * len(of.flights))
        if any(self._lane_held(state, number) for number, _ in of.flights):
            state = state._replace(broken="one change of a document at a time")
        return state._replace(workers=put(state.workers, worker, of._replace(at="calls")))

    def _holds(self, state: State, flight: tuple[int, int]) -> bool:
        doc = state.docs[flight[0]]
        return doc.work == "flying" and doc.fence == flight[1]

    def _answer(self, state: State, worker: int, how: str) -> State:
        of = state.workers[worker]
        if how == "throttled":
            return self._told(state, worker, ["throttled"] * len(of.flights))
        state = self._written(state, of.request_id, [number for number, _ in of.flights], how)
        there = [self._known(state, of.request_id, number) for number, _ in of.flights]
        # What it has written under this request id it does not refuse: it gives its first answer again.
        answered = zip(of.flights, how, there, strict=True)
        done = [number if one == "w" or known else -1 for (number, _), one, known in answered]
        reads = self.has("read what is repeated")
        told = ["refused" if one < 0 else self._stands(state, one) if reads else "done" for one in done]
        return self._told(self._judged_green(state, done, told), worker, told)

    def _stands(self, state: State, number: int) -> str:
        """What is told of a document that was written, and may have been before, by what stands there now."""
        return {"": "done", "changed": "differs", "gone": "refused"}[state.copies[number][-1].now]

    def _judged_green(self, state: State, numbers: list[int], told: list[str]) -> State:
        """What is told as done is to stand there so in this moment; what is done to it later, later looks find."""
        of_done = (number for number, one in zip(numbers, told, strict=True) if one == "done")
        if any(not any(copy.now == "" for copy in state.copies[number]) for number in of_done):
            return state._replace(broken="green is what stands there")
        return state

    def _lose(self, state: State, worker: int, how: str) -> State:
        of = state.workers[worker]
        state = self._written(state, of.request_id, [number for number, _ in of.flights], how)
        return self._told(state, worker, ["unknown"] * len(of.flights))

    def _give_up(self, state: State, worker: int) -> State:
        of = state.workers[worker]
        call = Call(of.request_id, tuple(number for number, _ in of.flights))
        state = state._replace(calls=tuple(sorted([*state.calls, call])))
        return self._told(state, worker, ["unknown"] * len(of.flights))

    def _told(self, state: State, worker: int, told: list[str]) -> State:
        of = state.workers[worker]._replace(at="knows", told=tuple(told))
        return state._replace(workers=put(state.workers, worker, of))

    def _late(self, state: State, number: int, how: str) -> State:
        call = state.calls[number]
        return self._written(self._drop(state, number), call.request_id, list(call.docs), how)

    def _drop(self, state: State, number: int) -> State:
        return state._replace(calls=state.calls[:number] + state.calls[number + 1 :])

    def _written(self, state: State, request_id: RequestId, numbers: list[int], how: str) -> State:
        for number, one in zip(numbers, how, strict=True):
            if one == "w" and not self._known(state, request_id, number):
                state = self._write(state, number, request_id)
        return state

    def _known(self, state: State, request_id: RequestId, number: int) -> bool:
        return self.has("request id") and any(copy.request_id == request_id for copy in state.copies[number])

    def _write(self, state: State, number: int, request_id: RequestId) -> State:
        doc = state.docs[number]
        if not all(state.copies[other] for one, other in self.scenario.requires if one == number):
            state = state._replace(broken="what is required comes first")
        if request_id[0] >= 0 and request_id[1] % 10 != doc.anew:
            state = state._replace(broken="what was accepted is what is posted")
        copy = Copy(request_id, doc.seen if self.has("frozen") else doc.revision, FRESH)
        return state._replace(copies=put(state.copies, number, (*state.copies[number], copy)))

    def _probe(self, state: State, worker: int, how: str) -> State:
        number = state.workers[worker].flights[0][0]
        if how == "fails":
            return self._told(state, worker, ["unknown"])
        found = how == "sees" and any(copy.now != "gone" for copy in state.copies[number])
        return self._told(state, worker, [self._stands(state, number) if found else "absent"])

    # Settling

    def _settle(self, state: State, worker: int) -> State:
        of = state.workers[worker]
        stale = [one for one in of.flights if not self._may_settle(state, one)]
        state = state._replace(workers=put(state.workers, worker, Worker()))
        if stale and not self.has("each by itself"):
            return self._forgotten(state, of)
        for flight, told in zip(of.flights, of.told, strict=True):
            if self._may_settle(state, flight):
                state = self._settled(state, flight, told, probing=of.probing)
        return state

    def _forgotten(self, state: State, of: Worker) -> State:
        lost = any(self._holds(state, one) for one in of.flights)
        return state._replace(broken="an answer that came is written down" if lost else state.broken)

    def _may_settle(self, state: State, flight: tuple[int, int]) -> bool:
        doc = state.docs[flight[0]]
        return doc.work == "flying" and (doc.fence == flight[1] or not self.has("fence"))

    def _settled(self, state: State, flight: tuple[int, int], told: str, *, probing: bool) -> State:
        number = flight[0]
        doc = state.docs[number]
        if doc.taken != doc.revision:
            return state._replace(broken="an answer that came is written down")
        if not self._holds(state, flight):
            state = state._replace(broken="a stale worker settles nothing")
        perhaps = doc.perhaps or (told == "unknown" and not probing)
        state = changed(state, number, lease_over=False, perhaps=perhaps, **self._ending(doc, number, told, probing))
        if told == "absent" and state.docs[number].work == "uncertain":
            state = aged(state, number)
        return self._rung(state, number) if told == "done" else state

    def _ending(self, doc: Doc, number: int, told: str, probing: bool) -> dict[str, object]:
        if told == "done":
            return {"work": "done", "status": "synced", "ripe": False, "pause": ""}
        if told in ("refused", "differs"):
            return {"work": "parked", "status": "failed", "ripe": False, "pause": ""}
        if told == "absent":
            return self._after_absence(doc, number)
        if told == "throttled":
            return {"work": "uncertain" if probing else "due", "ripe": False, "pause": ""}
        looks = told == "unknown" and self.has("look")
        again = "uncertain" if probing or looks else "due"
        absences = doc.absences if told == "not sent" else 0
        return {"work": again, "tried": True, "absences": absences, "ripe": False, "pause": ""}

    def _after_absence(self, doc: Doc, number: int) -> dict[str, object]:
        looks = LOOKS if self.has("second look") else 1
        if doc.absences + 1 < looks:
            alone = doc.last_id == (number, doc.own)
            pause = "short" if alone or not self.has("long pause") else "long"
            return {"work": "uncertain", "absences": doc.absences + 1, "ripe": False, "pause": pause}
        return {"work": "due", "absences": 0, "ripe": True, "pause": ""}

    def _rung(self, state: State, number: int) -> State:
        """Whoever waited for it is due at once."""
        for one, other in self.scenario.requires:
            if other == number and state.docs[one].work == "waiting":
                state = changed(state, one, ripe=True)
        return state

    # What goes wrong, and time

    def _crash(self, state: State, worker: int) -> State:
        of = state.workers[worker]
        if of.at == "calls" and self.scenario.late:
            call = Call(of.request_id, tuple(number for number, _ in of.flights))
            state = state._replace(calls=tuple(sorted([*state.calls, call])))
        return state._replace(workers=put(state.workers, worker, Worker()))

    def _lease_ends(self, state: State, number: int) -> State:
        return changed(state, number, lease_over=True)

    def _sweep(self, state: State) -> State:
        if not self.has("sweep"):
            return state
        for number, doc in enumerate(state.docs):
            if doc.work == "flying" and (doc.lease_over or not self.has("lease")):
                state = self._freed(state, number)
        return state

    def _freed(self, state: State, number: int) -> State:
        doc = state.docs[number]
        perhaps = doc.perhaps or doc.act == "send"
        work = "uncertain" if self.has("uncertain after a lease") else "due"
        return changed(state, number, work=work, ripe=True, pause="", lease_over=False, perhaps=perhaps)

    def _sweep_reads(self, state: State, number: int) -> State:
        over = [
            (place, doc.fence)
            for place, doc in enumerate(state.docs)
            if doc.work == "flying" and (doc.lease_over or not self.has("lease"))
        ]
        return state._replace(sweeps=put(state.sweeps, number, tuple(over)))

    def _sweep_frees(self, state: State, number: int) -> State:
        for place, fence in state.sweeps[number] or ():
            doc = state.docs[place]
            same = doc.fence == fence and (doc.lease_over or not self.has("lease"))
            if doc.work == "flying" and (same or not self.has("sweep compares")):
                if not doc.lease_over:
                    state = state._replace(broken="nobody loses a lease that holds")
                state = self._freed(state, place)
        return state._replace(sweeps=put(state.sweeps, number, None))

    def _ripen(self, state: State, number: int) -> State:
        """Its time has come. A pause between two looks is longer than the ledger's search lags, so what was written
        before the first look is seen by the second; the long one is longer than the ledger works on any call, too.
        """
        doc = state.docs[number]
        surely = {"": (), "short": (AGING,), "long": (FRESH, AGING)}[doc.pause]
        shown = tuple(copy._replace(visible=SHOWN) if copy.visible in surely else copy for copy in state.copies[number])
        state = state._replace(copies=put(state.copies, number, shown))
        return changed(state, number, ripe=True, pause="")


ACTS = (
    *("accept", "retry", "edit", "undo", "takes first back", "opens", "presses", "accepts", "rejects"),
    *("changes", "removes", "puts back"),
    *("claim", "look", "take", "begin", "answer", "lose", "give up", "late", "drop", "probe", "settle"),
    *("crash", "lease ends", "sweep", "sweep reads", "sweep frees", "ripen"),
)


def lives(state: State, number: int) -> bool:
    """Whether some worker still holds the newest claim on the document: then only a slow one loses its lease."""
    flight = (number, state.docs[number].fence)
    return any(flight in worker.flights and worker.at != "looked" for worker in state.workers)


def writings(count: int) -> list[str]:
    """What a call may have done to each of its documents: w is written, r is refused or never reached."""
    return ["".join(one) for one in product("wr", repeat=count)]


def underway(state: State, number: int) -> bool:
    """Whether a call that carries the document is with the ledger and not yet carried out."""
    waited = any(worker.at == "calls" and any(number == one for one, _ in worker.flights) for worker in state.workers)
    return waited or any(number in call.docs for call in state.calls)


def aged(state: State, number: int) -> State:
    """A pause begins: what stands in the ledger now will be seen when it ends."""
    older = tuple(copy._replace(visible=max(copy.visible, AGING)) for copy in state.copies[number])
    return state._replace(copies=put(state.copies, number, older))


def changed(state: State, number: int, **columns: object) -> State:
    return state._replace(docs=put(state.docs, number, state.docs[number]._replace(**columns)))  # type: ignore[arg-type]


def put(row: tuple[T, ...], place: int, one: T) -> tuple[T, ...]:
    return (*row[:place], one, *row[place + 1 :])


def broken_in(state: State, scenario: Scenario) -> str:
    """The promise that the state breaks, or ''."""
    for doc, copies in zip(state.docs, state.copies, strict=True):
        if sum(copy.lines for copy in copies if copy.now != "gone") > 1:
            return "at most once"
        if doc.status == "synced" and not copies:
            return "the answer belongs to the document"
        if any(copy.revision not in (0, doc.seen) for copy in copies):
            return "what was accepted is what is posted"
        if (doc.work in (*WAITABLE, "flying")) != (doc.status == "exporting"):
            return "record and submission say the same"
    return ""


def is_decided(state: State, scenario: Scenario) -> bool:
    """Whether every accepted document is synced, stopped with a reason, or waits for one that is not synced."""
    for number, doc in enumerate(state.docs):
        needs = [state.docs[other].status for one, other in scenario.requires if one == number]
        waits = doc.work == "waiting" and any(status != "synced" for status in needs)
        if doc.work not in ("", "done", "parked") and not waits:
            return False
    return True
