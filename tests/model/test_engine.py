"""The real engine on PostgreSQL does in every step what the model does, and breaks the same promise without a guard."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

import pytest
from django.db import transaction
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule, run_state_machine_as_test

from procore_sync.acceptance.journal import verify_journal
from tests.model import scenarios
from tests.model.console import Console, console, expected
from tests.model.explore import NEVER_DECIDED, Visit, tree
from tests.model.guards import GUARDS, Guard, found_without, taken_away
from tests.model.machine import Machine, Scenario, State

pytestmark = [pytest.mark.postgres, pytest.mark.django_db]

DEEP = bool(os.environ.get("MODEL_DEEP"))
#: How deep the engine is led through each scenario: every step out of every state that lies less deep.
DEPTHS = {
    scenarios.ONE: 6,
    scenarios.RACE: 6,
    scenarios.SWEEPS: 5,
    scenarios.BATCH: 4,
    scenarios.LATER: 4,
    scenarios.LANE: 4,
    scenarios.NEEDS: 6,
    scenarios.PEOPLE: 5,
    scenarios.TWO: 5,
    scenarios.EDIT: 6,
    scenarios.KEEPER: 5,
    scenarios.UNDO: 8,
}
FURTHER = 4 if DEEP else 0


@pytest.mark.timeout(0 if DEEP else 300)
@pytest.mark.parametrize("scenario", list(DEPTHS), ids=lambda scenario: scenario.name)
def test_the_engine_does_in_every_step_what_the_model_does(scenario: Scenario) -> None:
    root = tree(Machine(scenario), DEPTHS[scenario] + FURTHER)
    with console(scenario) as led:
        assert led.seen() == expected(root.state)
        assert walk(led, root) > 30


def walk(led: Console, visit: Visit) -> int:
    """Take every step out of this state and out of those entered from it, and come back each time; how many steps."""
    taken, entered = 0, dict(visit.enters)
    for step, after in visit.steps:
        there = transaction.savepoint()
        memory = led.memory
        led.take(step)
        taken += 1
        assert (step, *led.judged()) == (step, expected(after), [])
        if step in entered:
            taken += walk(led, entered[step])
        transaction.savepoint_rollback(there)
        led.memory = memory
    return taken


@pytest.mark.timeout(0 if DEEP else 300)
@pytest.mark.parametrize("guard", [one for one in GUARDS if not one.second_belt], ids=lambda guard: guard.title)
def test_without_a_guard_the_engine_breaks_the_promise_that_the_model_names_and_with_it_none(guard: Guard) -> None:
    found = found_without(guard)
    assert found is not None
    with undone(), console(guard.scenario) as led, taken_away(guard, led):
        for step in found.trace:
            led.take(step)
        assert found.promise in promises_broken_by(led)
    machine = Machine(guard.scenario)
    with undone(), console(guard.scenario) as led:
        state = machine.start()
        for step in found.trace:
            if step in machine.steps(state):  # with the guard some steps are not there to be taken
                state = machine.apply(state, step)
                led.take(step)
        assert led.seen() == expected(state)
        assert promises_broken_by(led) == []


@pytest.mark.timeout(0 if DEEP else 300)
@pytest.mark.parametrize("guard", [one for one in GUARDS if one.second_belt], ids=lambda guard: guard.title)
def test_where_a_second_belt_holds_the_engine_without_the_first_is_where_the_model_without_it_is(guard: Guard) -> None:
    root = tree(Machine(guard.scenario, frozenset(guard.names)), DEPTHS[guard.scenario] + FURTHER)
    with console(guard.scenario) as led, taken_away(guard, led):
        assert walk(led, root) > 30


def promises_broken_by(led: Console) -> list[str]:
    """What does not hold now, nor when faults have ended."""
    broken = led.broken()
    if broken:
        return broken
    led.calm()
    return [*led.broken(), *([NEVER_DECIDED] if led.undecided() else [])]


@contextmanager
def undone() -> Iterator[None]:
    """What the block does to the database is undone, dropped constraints too."""
    there = transaction.savepoint()
    try:
        yield
    finally:
        transaction.savepoint_rollback(there)


class Led(RuleBasedStateMachine):
    """Any walk through a larger scenario: three documents, a lane, a need, two workers, many faults."""

    scenario = Scenario(
        "anything", docs=3, workers=2, faults=6, requires=((2, 0),), lanes=(0, 0, 2), accepted=2, retries=2
    )

    def __init__(self) -> None:
        super().__init__()
        self.machine = Machine(self.scenario)
        self.state: State = self.machine.start()
        self.atomic = transaction.atomic()
        self.atomic.__enter__()
        self.context = console(self.scenario)
        self.led = self.context.__enter__()

    @rule(choice=st.integers(0, 10_000))
    def step(self, choice: int) -> None:
        """One of the steps that can be taken."""
        steps = list(self.machine.steps(self.state))
        if steps:
            step = steps[choice % len(steps)]
            self.state = self.machine.apply(self.state, step)
            self.led.take(step)

    @rule(worker=st.integers(0, 1), number=st.integers(0, 2))
    def ring(self, worker: int, number: int) -> None:
        """A message that came late or twice: what is not due, or is another's, is left alone."""
        number %= len(self.state.docs)
        doc, idle = self.state.docs[number], self.state.workers[worker].at == "idle"
        if idle and not (doc.ripe and doc.work in ("due", "uncertain", "waiting")):
            self.led.take(("claim", worker, number))

    @invariant()
    def the_database_is_as_the_model(self) -> None:
        assert not self.state.broken
        assert self.led.judged() == (expected(self.state), [])

    def teardown(self) -> None:
        """Faults end: everything comes to its end, once, and the journal is one chain."""
        try:
            self.led.calm()
            assert self.led.broken() == []
            assert self.led.undecided() == []
            assert verify_journal(self.led.pm.company) is None
        finally:
            self.context.__exit__(None, None, None)
            transaction.set_rollback(True)
            self.atomic.__exit__(None, None, None)


@pytest.mark.timeout(0 if DEEP else 300)
@pytest.mark.parametrize("batches", [True, False], ids=["batches", "lanes and needs"])
def test_on_any_way_the_engine_is_where_the_model_is(batches: bool) -> None:
    plain = replace(Led.scenario, lanes=(), requires=(), docs=2, accepted=2)
    led = type("Walk", (Led,), {"scenario": plain if batches else Led.scenario})
    asked = settings(
        max_examples=2000 if DEEP else 6,
        stateful_step_count=60 if DEEP else 25,
        suppress_health_check=list(HealthCheck),
        derandomize=not DEEP,
        deadline=None,
    )
    run_state_machine_as_test(led, settings=asked)
