"""Every state that a scenario can reach, breadth first, so that what is found is found by the shortest way."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, field

from tests.model.machine import Machine, State, Step, is_decided

Trace = list[Step]
#: More states than this are not looked at: without a guard a scenario may have no end.
MOST = 400_000
NEVER_DECIDED = "eventually decided"


@dataclass(frozen=True)
class Found:
    """A promise that does not hold, and the shortest way to where it breaks."""

    promise: str
    trace: Trace


@dataclass
class Explored:
    """What was looked at: how many states and steps, how deep, and what was found."""

    states: int
    steps: int
    depth: int
    found: Found | None


def whoever(state: State) -> State:
    """The state without which worker is which: a claim is known by its fence, never by its worker."""
    return state._replace(workers=tuple(sorted(state.workers)))


@dataclass
class _Ways:
    """From where each state was reached first, how deep it lies, and which states lead to which without a fault."""

    first: dict[State, tuple[State, Step] | None]
    depth: dict[State, int]
    harmless: dict[State, list[State]]
    #: Of states that differ only in which worker is which, the one that was reached first.
    like: dict[State, State] = field(default_factory=dict)

    def known(self, state: State) -> State:
        """The state that stands for this one; it itself where none like it was reached before."""
        return self.like.setdefault(whoever(state), state)

    def to(self, state: State) -> Trace:
        trace: Trace = []
        came = self.first[state]
        while came is not None:
            state, step = came
            trace.append(step)
            came = self.first[state]
        return trace[::-1]


def explore(machine: Machine, *, deepest: int = 1_000) -> Explored:
    """Look at every state within `deepest` steps, until a promise is broken.

    `eventually decided` is asked of every state when all are known: is there a way without any further fault on which
    every accepted document comes to an end? It is not asked if the exploration was cut off.
    """
    start = machine.start()
    ways, queue, steps = _Ways({start: None}, {start: 0}, {}), deque([start]), 0
    ways.known(start)
    cut = False
    while queue:
        state = queue.popleft()
        if ways.depth[state] >= deepest or len(ways.first) > MOST:
            cut = True
            continue
        for step in machine.steps(state):
            steps += 1
            after = ways.known(machine.apply(state, step))
            if after not in ways.first:
                ways.first[after], ways.depth[after] = (state, step), ways.depth[state] + 1
                if after.broken:
                    return Explored(len(ways.first), steps, ways.depth[after], Found(after.broken, ways.to(after)))
                queue.append(after)
            if not machine.costs(state, step):
                ways.harmless.setdefault(after, []).append(state)
    found = None if cut else _undecided(ways, machine)
    return Explored(len(ways.first), steps, max(ways.depth.values()), found)


def _undecided(ways: _Ways, machine: Machine) -> Found | None:
    """The nearest state from which, though no fault comes any more, no way leads to an end."""
    good = {state for state in ways.first if is_decided(state, machine.scenario)}
    queue = deque(good)
    while queue:
        for before in ways.harmless.get(queue.popleft(), []):
            if before not in good:
                good.add(before)
                queue.append(before)
    for state in ways.first:  # in the order in which they were found: the nearest first
        if state not in good:
            return Found(NEVER_DECIDED, ways.to(state))
    return None


@dataclass(frozen=True)
class Visit:
    """A state, the steps that lead out of it, and those among them by which a new state is entered and visited next."""

    state: State
    steps: list[tuple[Step, State]]
    enters: list[tuple[Step, Visit]]


def tree(machine: Machine, deepest: int) -> Visit:
    """All states within `deepest` steps as a tree, each at its least depth, so that each step is walked once."""
    start = machine.start()
    depth, queue, seen = {start: 0}, deque([Visit(start, [], [])]), {whoever(start)}
    root = queue[0]
    while queue:
        visit = queue.popleft()
        if depth[visit.state] >= deepest:
            continue
        for step in machine.steps(visit.state):
            after = machine.apply(visit.state, step)
            visit.steps.append((step, after))
            if whoever(after) not in seen:
                seen.add(whoever(after))
                depth[after] = depth[visit.state] + 1
                child = Visit(after, [], [])
                visit.enters.append((step, child))
                queue.append(child)
    return root


def visits(root: Visit) -> Iterator[Visit]:
    """Every visit of a tree."""
    yield root
    for _, child in root.enters:
        yield from visits(child)
