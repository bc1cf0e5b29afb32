"""The same model where the document stands in the ledger already and a change of it goes: read, write, look.

What QuickBooks took is known by request id and SyncToken, a lost write by our mark, a bookkeeper's act by reading.
The real flights are led the same ways by tests/quickbooks_bridge/test_replayed_answers.py.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from tests.model.machine import SHOWN, Copy, Machine, RequestId, Scenario, State, Step, Worker, put

#: What stood there before is revision 0.
BEFORE = Copy((-2, 0), 0, SHOWN)
NAMES = Scenario("a change of a name that stands there", faults=2, acts=1)
ORDERS = Scenario("a change of an order that stands there, with our mark", faults=2, acts=1, marked=True)
_TOKEN, _READS = "SyncToken in the request id", "read what is repeated"
#: What is taken away, where, and what breaks then; the SyncToken in the request id is a second belt.
GUARDS = (
    ((_TOKEN,), NAMES, ""),
    ((_READS,), NAMES, "green is what stands there"),
    ((_TOKEN, _READS), NAMES, "green is what stands there"),
    (("mark of a lost try",), ORDERS, "at most once"),
)


@dataclass(frozen=True)
class Updates(Machine):
    """The engine's rules over a change of what is linked."""

    def start(self) -> State:
        return super().start()._replace(copies=((BEFORE,),) * self.scenario.docs)

    def _is_first_export(self, doc: object, number: int) -> bool:
        return False

    def _steps_of_bookkeeper(self, number: int, copies: tuple[Copy, ...]) -> Iterator[Step]:
        """They change what stands there (or take a line's key off), remove it, or put back what stood before."""
        (copy,) = copies
        if copy.now == "":
            yield ("changes", number)
            yield ("removes", number)
        if copy.now == "changed" or (copy.now == "" and copy.revision and not self.scenario.marked):
            yield ("puts back", number)

    def _acted(self, state: State, number: int, now: str) -> State:
        copy = state.copies[number][0]
        reverted = 0 if copy.now == now == "" else copy.revision
        acted = copy._replace(now=now, revision=reverted, token=copy.token + 1)
        return state._replace(copies=put(state.copies, number, (acted,)), acts=state.acts - 1)

    def _begin(self, state: State, worker: int) -> State:
        """It reads what stands there; what it may not write over it says, and the call carries the SyncToken read."""
        after = super()._begin(state, worker)
        of = after.workers[worker]
        if of.at != "calls":
            return after
        number = of.flights[0][0]
        copy = after.copies[number][0]
        against = self._against(copy, after, number)
        if against:
            return self._told(after, worker, [against])
        carries = (number, after.docs[number].own * 100 + copy.token)
        return after._replace(workers=put(after.workers, worker, of._replace(request_id=carries)))

    def _against(self, copy: Copy, state: State, number: int) -> str:
        if copy.now == "gone":
            return "refused"
        if copy.now == "changed" and self.scenario.marked and copy.revision == state.docs[number].seen:
            return "differs" if self.has("mark of a lost try") else ""
        return "refused" if copy.now == "changed" else ""

    def _answer(self, state: State, worker: int, how: str) -> State:
        of = state.workers[worker]
        number = of.flights[0][0]
        if how == "throttled" or (how == "r" and not self._is_known(state, number, of.request_id)):
            return self._told(state, worker, ["throttled" if how == "throttled" else "refused"])
        known, stale = self._is_known(state, number, of.request_id), self._is_stale(state, number, of.request_id)
        if stale and not known:
            return state._replace(workers=put(state.workers, worker, Worker("holds", of.flights)))
        after = self._written(state, of.request_id, [number], "w")
        copy, doc = after.copies[number][0], after.docs[number]
        stands = (
            "refused" if copy.now == "gone" else "done" if (copy.revision, copy.now) == (doc.seen, "") else "differs"
        )
        told = stands if doc.perhaps and self.has("read what is repeated") else "done"
        if told == "done" != stands:
            after = after._replace(broken="green is what stands there")
        return self._told(after, worker, [told])

    def _written(self, state: State, request_id: RequestId, numbers: list[int], how: str) -> State:
        (number,) = numbers
        if how != "w" or self._is_known(state, number, request_id) or self._is_stale(state, number, request_id):
            return state
        copy, seen = state.copies[number][0], state.docs[number].seen
        # Whose key was taken off is not found in the document, so it is written beside itself.
        lines = copy.lines + (copy.now == "changed" and copy.revision == seen)
        known = (*copy.requests, self._key(request_id))
        written = copy._replace(revision=seen, now="", token=copy.token + 1, lines=lines, requests=known)
        return state._replace(copies=put(state.copies, number, (written,)))

    def _key(self, request_id: RequestId) -> RequestId:
        number, carries = request_id
        return request_id if self.has("SyncToken in the request id") else (number, carries // 100)

    def _is_known(self, state: State, number: int, request_id: RequestId) -> bool:
        return self._key(request_id) in state.copies[number][0].requests

    def _is_stale(self, state: State, number: int, request_id: RequestId) -> bool:
        return state.copies[number][0].token != request_id[1] % 100

    def _probe(self, state: State, worker: int, how: str) -> State:
        number = state.workers[worker].flights[0][0]
        copy = state.copies[number][0]
        there = (copy.revision, copy.now) == (state.docs[number].seen, "")
        return self._told(state, worker, ["unknown" if how == "fails" else "done" if there else "absent"])
