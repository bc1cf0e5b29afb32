"""What many tests begin with is made once in a test process: its rows are put back, and each test gets its own objects.

A fixture that is `kept` is run as ever the first time. After the last of those that a test asks for, the database is
copied, with what they have returned. The next test that asks for the same ones finds the copy put back before its own
transaction begins, and gets what was returned; one that asks for more goes on from there. What a test does is rolled
back as ever. So that a beginning can be shared, a test's kept fixtures are made before its others.

What is written to beside the database, as to an emulator's books, is marked and put back with it (`beside`).

On SQLite, whose database here is one piece of memory, and not for tests that commit.
"""

from __future__ import annotations

import pickle
import sqlite3
from collections import Counter
from collections.abc import Callable, Iterable
from contextlib import closing
from dataclasses import dataclass
from inspect import signature
from io import BytesIO
from typing import Any, Protocol, TypeVar

import pytest
from django.db import connection

F = TypeVar("F", bound=Callable[..., Any])
#: The kept fixtures that a test asks for, in the order in which they are made.
Key = tuple[Callable[..., Any], ...]

#: What a kept fixture may ask for beside other kept ones: by itself it writes nothing.
SURROUNDINGS = frozenset({"db", "accept", "emulator"})
#: How many copies a process holds, of some two million bytes each; the oldest makes room.
MOST = 40


def kept(make: F) -> F:
    """Marks a fixture as a beginning to keep: all it does is write rows, and what it returns can be pickled."""
    make.__dict__["is_kept"] = True
    return make


class Beside(Protocol):
    """What runs beside the tests, and can come back to what it held."""

    def keep(self, mark: str) -> None:
        """Note under `mark` what it holds now."""


@dataclass(frozen=True)
class Scene:
    """A database as kept fixtures have left it, and what they returned, in their order."""

    rows: bytes
    returned: bytes


class Scenes:
    """The scenes of one test process, and where the test that runs stands."""

    def __init__(self) -> None:
        self._wanted: Counter[Key] = Counter()
        self._scenes: dict[Key, Scene] = {}
        #: What lies in the database below the test's own transaction; None while nobody knows.
        self._lying: Key | None = None
        self._key: Key = ()
        #: What of it was put back for this test.
        self._known: Key = ()
        self._returned: dict[Callable[..., Any], Any] = {}
        #: By the name of the fixture that hands it out. It is told of itself what `mark` says of its name.
        self.beside: dict[str, Beside] = {}
        #: What tests remember in their own process, by number of row: as it was, when the rows are put back.
        self.remembered: list[dict[int, Any]] = []

    def sort(self, items: Iterable[pytest.Item]) -> None:
        """Let each test make its kept fixtures first, always in the same order, and count which ones are wanted."""
        for item in items:
            if isinstance(item, pytest.Function):
                names = kept_of(item)
                self._wanted[tuple(names)] += 1
                mine = list(names.values())
                # What lasts longer than a test, and what surrounds every test of the file, is there before, as ever.
                around = set(item.session._fixturemanager._getautousenames(item))
                definitions = item._fixtureinfo.name2fixturedefs
                first = [name for name in item.fixturenames if name in around or _lasts(definitions, name)]
                first = [name for name in first if name not in mine]
                item.fixturenames = list(dict.fromkeys([*first, *mine, *item.fixturenames]))

    def begin(self, item: pytest.Item) -> None:
        """Before the test's transaction: put back as much of what it asks for as was kept."""
        self._key, self._known, self._returned = (), (), {}
        if connection.vendor != "sqlite" or connection.in_atomic_block:
            return
        committed = commits(item)
        key = () if committed else tuple(kept_of(item))
        self._place(key)
        if committed:
            self._lying = None

    def clear(self) -> None:
        """Before somebody writes rows for more than one test: put back the database as it was at first."""
        if connection.vendor == "sqlite":
            self._place(())

    def _place(self, key: Key) -> None:
        if () not in self._scenes:
            self._scenes[()] = Scene(_rows(), self._written([]))
        known = next(key[:length] for length in range(len(key), -1, -1) if key[:length] in self._scenes)
        scene = self._scenes[known]
        if known != self._lying:
            _put_back(scene.rows)
        self._key, self._lying, self._known = key, known, known
        returned, remembered = self._read(scene.returned)
        self._returned = dict(zip(known, returned, strict=True))
        for mine, then in zip(self.remembered, remembered, strict=False):
            mine.clear()
            mine.update(then)

    def mark(self, name: str) -> str:
        """Where what is called `name` must go back to before the test that runs; empty if to its own beginning."""
        return _mark(self._known) if _needs(self._known, name) else ""

    def have(self, definition: pytest.FixtureDef[Any]) -> bool:
        """Whether this fixture belongs to the beginning of the test that runs."""
        return definition.func in self._key

    def value(self, definition: pytest.FixtureDef[Any], request: pytest.FixtureRequest) -> Any:
        """What this fixture has returned where the scene was kept; otherwise run it, and after the last one keep it."""
        make = definition.func
        if make not in self._returned:
            self._returned[make] = make(**{each: request.getfixturevalue(each) for each in definition.argnames})
            if make is self._key[-1] and self._wanted[self._key] > 1:
                self._keep()
        return self._returned[make]

    def _keep(self) -> None:
        self._scenes[self._key] = Scene(_rows(), self._written([self._returned[make] for make in self._key]))
        for name, running in self.beside.items():
            if _needs(self._key, name):
                running.keep(_mark(self._key))
        for oldest in [key for key in self._scenes if key][: max(0, len(self._scenes) - MOST)]:
            del self._scenes[oldest]

    def _written(self, returned: list[Any]) -> bytes:
        """Pickled, with what is remembered; what runs beside is not copied, but called by its name."""
        names = {id(running): name for name, running in self.beside.items()}
        written = BytesIO()
        pickler = pickle.Pickler(written)
        pickler.persistent_id = lambda value: names.get(id(value))  # type: ignore[method-assign]
        pickler.dump((returned, self.remembered))
        return written.getvalue()

    def _read(self, written: bytes) -> tuple[list[Any], list[dict[int, Any]]]:
        unpickler = pickle.Unpickler(BytesIO(written))  # noqa: S301 - what was pickled here
        unpickler.persistent_load = self.beside.__getitem__  # type: ignore[method-assign]
        returned, remembered = unpickler.load()
        return returned, remembered


scenes = Scenes()


def kept_of(item: pytest.Item) -> dict[Callable[..., Any], str]:
    """The kept fixtures that a test asks for, with their names there: what others need first, else by their names.

    One that needs what is not kept is run for each test, as if it were not marked.
    """
    found: dict[Callable[..., Any], str] = {}
    definitions = item._fixtureinfo.name2fixturedefs if isinstance(item, pytest.Function) else {}

    def finds(name: str) -> bool:
        own = definitions[name][-1] if name in definitions else None
        if own is None or name in own.argnames or not getattr(own.func, "is_kept", False):
            return name in SURROUNDINGS
        needed = [finds(other) for other in sorted(own.argnames)]
        if all(needed):
            found[own.func] = name
        return own.func in found

    # Those that need little before those that need much, so that a beginning is shared: the people before their doings.
    asked = [name for name in getattr(item, "fixturenames", ()) if name in definitions]
    for name in sorted(asked, key=lambda name: (_depth(definitions, name), name)):
        finds(name)
    return found


def _needs(key: Key, name: str) -> bool:
    return any(name in signature(make).parameters for make in key)


def _mark(key: Key) -> str:
    return " ".join(f"{make.__module__}.{make.__qualname__}" for make in key)


def _lasts(definitions: Any, name: str) -> bool:
    return name in definitions and definitions[name][-1].scope != "function"


def _depth(definitions: Any, name: str) -> int:
    needed = definitions[name][-1].argnames if name in definitions else ()
    return 1 + max((_depth(definitions, other) for other in needed if other != name), default=0)


def commits(item: pytest.Item) -> bool:
    """Whether what the test does is really committed, and the tables emptied after it."""
    marker = item.get_closest_marker("django_db")
    names = getattr(item, "fixturenames", ())
    return bool(marker and marker.kwargs.get("transaction")) or "transactional_db" in names or "live_server" in names


def _rows() -> bytes:
    connection.ensure_connection()
    # A backup would wait for the end of the transaction that it is called in.
    rows: bytes = connection.connection.serialize()
    return rows


def _put_back(rows: bytes) -> None:
    connection.ensure_connection()
    with closing(sqlite3.connect(":memory:")) as copy:
        copy.deserialize(rows)
        copy.backup(connection.connection)
