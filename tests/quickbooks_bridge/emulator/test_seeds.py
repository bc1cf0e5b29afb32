"""To begin again is to begin: a seed that is planted once more leaves what it left the first time."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
import time_machine

from quickbooks_bridge.emulator.emulator import Emulator
from quickbooks_bridge.emulator.seeds import HARBOR_ROW, NORTHERN, OTHER_BOOKS, SEEDS
from quickbooks_bridge.emulator.tables import ENTITIES

FIRST = datetime(2026, 11, 2, 9, 0, tzinfo=UTC)
LATER = datetime(2027, 2, 3, 17, 45, 10, tzinfo=UTC)


def planted(seed: str, *before: str) -> Emulator:
    """An emulator that begins with `seed` at LATER, after it began with each of `before` at FIRST."""
    with time_machine.travel(FIRST, tick=False):
        emulator = Emulator(":memory:", {}, limited=False)
        # What a new one has planted as it started is forgotten, so that `before` says all.
        emulator.planted.clear()
        for one in before:
            emulator.reset(one)
    with time_machine.travel(LATER, tick=False):
        emulator.reset(seed)
    return emulator


def state(emulator: Emulator) -> dict[str, dict[str, Any]]:
    """Everything of each company: documents, names, who refers to whom, and the counters."""
    return {
        realm: {
            **{name: value for name, value in vars(books).items() if name != "around"},
            # Whom nobody refers to may stand in it or not.
            "_referrers": {key: own for key, own in books._referrers.items() if own},
        }
        for realm, books in emulator.companies.items()
    }


def kept(emulator: Emulator) -> dict[tuple[str, str, str], str]:
    """What would outlive the process, but for the key of its signatures, which is each emulator's own."""
    return {(kind, realm, key): body for kind, realm, key, body in emulator.store.rows() if kind != "key"}


@pytest.mark.parametrize("seed", SEEDS)
def test_a_seed_that_was_planted_before_leaves_what_it_leaves_the_first_time(seed: str) -> None:
    fresh, again = planted(seed), planted(seed, seed)

    assert state(again) == state(fresh)
    assert kept(again) == kept(fresh)
    assert list(again.companies) == [HARBOR_ROW, OTHER_BOOKS, NORTHERN]
    orders = [
        {realm: {name: list(rows) for name, rows in books.records.items()} for realm, books in one.companies.items()}
        for one in (again, fresh)
    ]
    assert orders[0] == orders[1]


def test_another_seed_is_not_taken_for_it() -> None:
    again = planted("bare", "default", "sandbox", "bare", "default")

    assert state(again) == state(planted("bare"))
    assert again.companies[HARBOR_ROW].records["Vendor"] == {}


def test_what_was_written_is_gone_and_does_not_come_back() -> None:
    emulator = planted("default", "default")
    books = emulator.companies[HARBOR_ROW]
    books.create(ENTITIES["Vendor"], {"DisplayName": "Granite & Sons"})
    one, two = list(books.records["Vendor"])[:2]
    books.arrange(ENTITIES["Vendor"], one, lambda document: document["TermRef"].update(value="1"))
    books.records["Vendor"][two].document["DisplayName"] = "Written past the books"

    with time_machine.travel(LATER, tick=False):
        emulator.reset("default")

    assert state(emulator) == state(planted("default"))
    assert kept(emulator) == kept(planted("default"))


def test_the_documents_are_of_the_moment_of_beginning_again() -> None:
    documents = [
        record.document
        for books in planted("sandbox", "sandbox").companies.values()
        for rows in books.records.values()
        for record in rows.values()
    ]

    assert len(documents) > 150
    assert {moment for one in documents for moment in one["MetaData"].values()} == {"2027-02-03T09:45:10-08:00"}
