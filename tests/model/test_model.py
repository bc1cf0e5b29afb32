"""The model keeps its promises in every state that it can reach, and keeps one less without any one guard."""

from __future__ import annotations

import os
from functools import cache

import pytest

from procore_sync.development.children import ROOT
from tests.model import scenarios, updates
from tests.model.explore import Found, explore
from tests.model.guards import GUARDS, Guard, found_without, table_in
from tests.model.guards import table as table_of
from tests.model.machine import Machine, Scenario, Step

EXPLORED = (*scenarios.ALL, *(scenarios.DEEP if os.environ.get("MODEL_DEEP") else ()))


@cache
def without(guard: Guard) -> Found | None:
    return found_without(guard)


@pytest.mark.parametrize("scenario", EXPLORED, ids=lambda scenario: scenario.name)
def test_every_promise_holds_in_every_state_that_can_be_reached(scenario: Scenario) -> None:
    seen = explore(Machine(scenario))
    assert seen.found is None
    assert seen.states > 100


@pytest.mark.parametrize("guard", GUARDS, ids=lambda guard: guard.title)
def test_the_absence_of_a_guard_is_found_unless_it_is_a_second_belt(guard: Guard) -> None:
    assert (without(guard) is None) is bool(guard.second_belt)


def test_the_page_says_what_is_found() -> None:
    page = (ROOT / "docs" / "proof.md").read_text()
    assert table_in(page) == table_of(without)


@pytest.mark.parametrize("scenario", [updates.NAMES, updates.ORDERS], ids=lambda scenario: scenario.name)
def test_every_promise_holds_where_what_stands_there_is_changed(scenario: Scenario) -> None:
    seen = explore(updates.Updates(scenario))
    assert seen.found is None
    assert seen.states > 100


@pytest.mark.parametrize(("gone", "scenario", "promise"), updates.GUARDS)
def test_what_keeps_a_change_from_an_old_answer_is_missed(
    gone: tuple[str, ...], scenario: Scenario, promise: str
) -> None:
    found = explore(updates.Updates(scenario, frozenset(gone))).found
    assert (found.promise if found else "") == promise


def test_a_worker_that_dies_is_found_out_by_its_lease() -> None:
    machine = Machine(scenarios.ONE)
    state = machine.start()
    steps: list[Step] = [("claim", 0, 0), ("begin", 0), ("crash", 0), ("lease ends", 0), ("sweep",)]
    for step in steps:
        assert step in list(machine.steps(state))
        state = machine.apply(state, step)
    assert (state.docs[0].work, state.docs[0].perhaps) == ("uncertain", True)
