"""When the look-alike's webhooks have something to do, and when they may sleep; without sending anything."""

from __future__ import annotations

from pathlib import Path

import pytest

from quickbooks_bridge.emulator.clock import Clock
from quickbooks_bridge.emulator.emulator import Emulator
from quickbooks_bridge.emulator.grants import Grants
from quickbooks_bridge.emulator.store import Store
from quickbooks_bridge.emulator.switches import Switches
from quickbooks_bridge.emulator.tables import ENTITIES
from quickbooks_bridge.emulator.webhooks import Webhooks

APP, REALM = "app", "9341450000000001"
DELAY = 60


class Books:
    """Webhooks of one app that is connected to one company, and a clock to move."""

    def __init__(self) -> None:
        self.clock, self.switches = Clock(), Switches()
        store = Store()
        grants = Grants(self.clock, store, self.switches)
        grants.exchange(APP, grants.authorise(APP, "http://x", REALM, "s"), "http://x")
        self.webhooks = Webhooks(self.clock, store, self.switches, grants)
        self.webhooks.subscribe(APP, {"url": "http://x", "delay": DELAY})
        self.woken = 0
        self.webhooks.wake = self._wake

    def _wake(self) -> None:
        self.woken += 1

    def changes(self, key: str) -> None:
        """A vendor changes."""
        self.webhooks.happened(REALM, "Vendor", key, "Update")

    def passes(self, seconds: float) -> None:
        """Time passes, and what is due becomes posts."""
        self.clock.advance(seconds)
        self.webhooks.form()


def test_it_sleeps_until_the_first_event_is_due_and_again_after_the_last_post() -> None:
    books = Books()
    assert books.webhooks.next_due() is None
    for key in ("1", "2"):
        books.changes(key)
        assert books.webhooks.next_due() == pytest.approx(DELAY, abs=5)
        books.passes(DELAY)
        assert books.webhooks.next_due() == 0
        (post,) = books.webhooks.due()[APP]
        books.webhooks.answered(post, "200")
        assert books.webhooks.next_due() is None


def test_it_is_woken_by_the_first_of_many_only() -> None:
    books = Books()
    for key in range(100):
        books.changes(str(key))
    assert books.woken == 1
    books.passes(DELAY)
    books.changes("1")
    assert books.woken == 2


def test_while_a_failure_holds_back_the_rest_it_sleeps_until_that_is_due() -> None:
    books = Books()
    books.switches.change({"webhook_failure_holds_back": True})
    for key in ("1", "2"):
        books.changes(key)
        books.passes(DELAY)
    (first,) = books.webhooks.due()[APP]
    assert first.events == ["Vendor 1 Update"]
    books.webhooks.answered(first, "500")
    assert books.webhooks.due() == {}
    assert books.webhooks.next_due() == pytest.approx(10, abs=5)
    books.passes(10)
    (again,) = books.webhooks.due()[APP]
    books.webhooks.answered(again, "200")
    assert [one.events for one in books.webhooks.due()[APP]] == [["Vendor 2 Update"]]


def test_only_the_last_two_hundred_that_are_done_are_remembered() -> None:
    books = Books()
    for key in range(203):
        books.changes(str(key))
        books.passes(DELAY)
        (post,) = books.webhooks.due()[APP]
        books.webhooks.answered(post, "200")
    assert [one.number for one in books.webhooks.deliveries] == list(range(4, 204))


def test_after_the_ladder_it_comes_every_six_hours_if_it_may() -> None:
    books = Books()
    books.switches.change({"webhook_retries": 10})
    books.changes("1")
    books.passes(DELAY)
    waits = []
    for _ in range(11):
        (post,) = books.webhooks.due()[APP]
        books.webhooks.answered(post, "500")
        wait = books.webhooks.next_due() or 0
        waits.append(round(wait))
        books.passes(wait + 1)
    assert waits == [10, 20, 30, 300, 1200, 7200, 14400, 21600, 21600, 21600, 0]
    assert post.state == "given up"


def test_what_waits_and_what_was_asked_outlive_the_process(tmp_path: Path) -> None:
    path = str(tmp_path / "books.sqlite")
    first = Emulator(path, {APP: "secret"}, limited=False)
    first.grants.exchange(APP, first.grants.authorise(APP, "http://x", REALM, "s"), "http://x")
    first.webhooks.subscribe(APP, {"url": "http://x", "delay": 0})
    for name in ("Taken", "Failed"):
        first.companies[REALM].create(ENTITIES["Vendor"], {"DisplayName": name})
        first.webhooks.form()
    taken, failed = first.webhooks.due()[APP]
    first.webhooks.answered(taken, "200")
    first.webhooks.answered(failed, "500")
    asked = first.webhooks.subscribe(APP, {"delay": DELAY, "token": "kept"})
    waiting = first.companies[REALM].create(ENTITIES["Vendor"], {"DisplayName": "Not yet posted"})
    first.store.close()

    second = Emulator(path, {APP: "secret"}, limited=False)
    assert second.webhooks.outboxes[APP].subscription == asked
    assert second.webhooks.deliveries == [failed]
    second.clock.advance(DELAY)
    second.webhooks.form()
    assert [one.events for one in second.webhooks.due()[APP]] == [
        failed.events,
        [f"Vendor {waiting.document['Id']} Create"],
    ]
    second.store.close()
