"""The life of tokens over a year: three companies, four workers, kills at random moments.

Never two renewals of a sign-in at once, no refresh token lost, and every document in the books of its own company,
once. Each renewal gives another refresh token here. Intuit says that the one before holds for a day more, so a worker
that dies with the new one loses nothing; `TOKEN_YEAR_GRACE=0` lets the old one die at once, as other pages of Intuit
have it, and then such a death may cost a new sign-in and still no document. In the suite a few leaps of the year;
`TOKEN_YEAR_STEPS=365` walks it by the day, and `TOKEN_YEAR_SEED` repeats a run.
"""

from __future__ import annotations

import os
import random
import re
import signal
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import partial
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
import requests
from pytest_django import Settings

from procore_sync.acceptance import operations
from procore_sync.acceptance.abouts import About
from procore_sync.acceptance.journal import verify_journal
from procore_sync.acceptance.models import ErpItem, Notice
from procore_sync.acceptance.states import Status
from procore_sync.accounts.models import Membership, Role
from quickbooks_bridge.models import Connection, ConnectionStatus
from tests.factories import make_approver, make_company, make_member, make_vendor
from tests.processes import Child, Processes, emulator_environment, wait_for
from tests.quickbooks_bridge.conftest import consent
from tests.site import QUICK

STEPS = int(os.environ.get("TOKEN_YEAR_STEPS", "3"))
SEED = int(os.environ.get("TOKEN_YEAR_SEED") or random.SystemRandom().randrange(10**6))
GRACE = int(os.environ.get("TOKEN_YEAR_GRACE", "86400"))
REALMS = {"Harbor Row": "9341450000000001", "Other Books": "9341450000000002", "Northern": "9341450000000003"}
DAY = 86_400
pytestmark = [pytest.mark.postgres, pytest.mark.timeout(120 + 20 * STEPS)]


class Books:
    """The emulator, as far as a test of connections asks it."""

    def __init__(self, url: str) -> None:
        self.url = url

    def control(self, path: str, body: dict[str, Any] | None = None, method: str = "POST") -> Any:
        """A call of the control plane."""
        answer = requests.request(method, f"{self.url}/_control/{path}", json=body, timeout=10)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def vendors(self, realm: str) -> list[str]:
        """The names of all vendors that were made in this run."""
        found = self.control(f"documents/{realm}/Vendor", method="GET")
        return [one["DisplayName"] for one in found if one["DisplayName"].startswith("Year ")]


@dataclass
class Walk:
    """Companies, workers, and what happened."""

    running: Processes
    books: Books
    log: Path
    dice: random.Random
    people: dict[str, tuple[Membership, Membership, Membership]] = field(default_factory=dict)
    #: The one process that forks the workers.
    parents: list[Child] = field(default_factory=list)
    killed: list[tuple[int, int]] = field(default_factory=list)
    closed: int = 0

    def begin(self, count: int) -> None:
        """So many workers; where one dies another takes its place."""
        argv = [sys.executable, "-m", "tests.quickbooks_bridge.token_worker", str(self.log), str(count)]
        self.parents = [self.running.run("token-workers", argv)]
        self.until_ready(count)

    def until_ready(self, count: int) -> None:
        """Wait until so many are, of those that live."""
        wait_for(lambda: len(self.workers()) == count, 60, what="workers", children=self.parents)

    def workers(self) -> list[int]:
        """The processes of those that live, the oldest first."""
        dead = {pid for pid, _ in self.killed}
        told = re.findall(r"^ready (\d+)$", self.parents[0].output(), re.MULTILINE)
        return [pid for pid in map(int, told) if pid not in dead]

    def kill_one(self) -> None:
        """A worker dies, and another takes its place: one that is renewing, or any at a moment that nobody chose."""
        workers = self.workers()
        chosen = self.dice.choice(workers)
        if len(self.killed) % 2:
            time.sleep(self.dice.uniform(0, 0.5))
        else:
            holders = self.until_one_renews()
            chosen = next((one for one in workers if one in holders), chosen)
        os.kill(chosen, signal.SIGKILL)
        self.killed.append((chosen, time.monotonic_ns()))
        self.until_ready(len(workers))

    def accepted(self, step: int) -> Iterator[ErpItem]:
        """Three vendors of each company: fewer than go in a batch, so that workers meet at one sign-in."""
        for company, (sender, approver, _) in self.people.items():
            for at in range(3):
                item = make_vendor(sender, f"Year {step} {company} {at}").erp
                submission = operations.send(item, by=sender)
                operations.accept(item, by=approver, seen=submission.digest, choices={})
                yield item

    def sign_in_again(self) -> None:
        """What an administrator does where a sign-in was lost."""
        for row in Connection.objects.filter(status=ConnectionStatus.NEEDS_LOGIN):
            name = next(name for name, realm in REALMS.items() if realm == row.realm_id)
            consent(self.books, self.people[name][2], row.realm_id)  # type: ignore[arg-type]  # only `control` is used
            self.closed += 1

    def all_there(self, items: list[ErpItem]) -> bool:
        """Whether everything of a step is in QuickBooks."""
        self.sign_in_again()
        return not ErpItem.objects.filter(pk__in=[one.pk for one in items]).exclude(status=Status.SYNCED).exists()

    def noted(self) -> tuple[dict[int, list[tuple[int, int]]], dict[tuple[int, int], int]]:
        """The renewals that ended, by connection, and when those began that did not, by connection and process."""
        found: dict[int, list[tuple[int, int]]] = {}
        open_now: dict[tuple[int, int], int] = {}
        for line in self.log.read_text().splitlines():
            what, *numbers = line.split()
            connection, pid, at = map(int, numbers)
            if what == "begin":
                open_now[connection, pid] = at
            else:
                found.setdefault(connection, []).append((open_now.pop((connection, pid)), at))
        return found, open_now

    def until_one_renews(self) -> set[int]:
        """Who renews; nobody if that was over before it was looked."""
        until = time.monotonic() + 8
        while not (holders := self.renewing()) and time.monotonic() < until:
            time.sleep(0.01)
        return holders

    def renewing(self) -> set[int]:
        """The workers that are renewing just now."""
        return {pid for _, pid in self.noted()[1]}.intersection(self.workers())

    def renewals(self) -> dict[int, list[tuple[int, int]]]:
        """When each connection was being renewed; what a killed worker began ended with it."""
        deaths, (found, open_now) = dict(self.killed), self.noted()
        for (connection, pid), at in open_now.items():
            found.setdefault(connection, []).append((at, deaths.get(pid, time.monotonic_ns())))
        return {connection: sorted(spans) for connection, spans in found.items()}


@pytest.fixture
def walk(running: Processes, settings: Settings, tmp_path: Path) -> Iterator[Walk]:
    """Three connected companies and four workers."""
    url = running.emulator().url
    for name, value in {**emulator_environment(url), "QUICKBOOKS_LIMITS": False}.items():
        setattr(settings, name, value)
    running.environment.update({**QUICK, "ENGINE_LEASE_SECONDS": "2"})
    books = Books(url)
    books.control("limits", {"enabled": False})
    books.control("switches", {"refresh_rotates_every_seconds": 0, "refresh_overlap_seconds": GRACE})
    walk = Walk(running, books, tmp_path / "renewals", random.Random(SEED))  # noqa: S311 - dice
    walk.log.touch()
    for name, realm in REALMS.items():
        company = make_company(name)
        people = (
            make_member(company, f"Max{realm[-1]}", Role.PROJECT_MANAGER),
            make_approver(company, f"Ada{realm[-1]}"),
        )
        walk.people[name] = (*people, make_member(company, f"Alma{realm[-1]}", Role.ADMINISTRATOR))
        consent(books, walk.people[name][2], realm)  # type: ignore[arg-type]  # only `control` is used
    walk.begin(4)
    yield walk
    for child in running.children.all:
        child.kill()  # nothing is left to finish politely


def test_never_two_renewals_at_once_and_every_document_in_its_own_books(walk: Walk) -> None:
    kills = set(walk.dice.sample(range(STEPS), max(2, STEPS // 4)))
    for step in range(STEPS):
        walk.books.control("clock", {"advance_seconds": min(365 / STEPS, 90) * DAY})
        seconds = 0.5 if step in kills else 0.15
        slow = {"match": {"entity": "token"}, "times": 6, "fault": "slow", "seconds": seconds}
        walk.books.control("faults", slow)
        before = {connection: len(spans) for connection, spans in walk.renewals().items()}
        items = []
        for item in walk.accepted(step):
            items.append(item)
            if step in kills and len(items) == 1:
                walk.kill_one()
        wait_for(partial(walk.all_there, items), 60, what=f"step {step}, seed {SEED}", children=walk.parents)
        after = {connection: len(spans) for connection, spans in walk.renewals().items()}
        for connection, count in after.items():
            assert count - before.get(connection, 0) <= (3 if step in kills else 1), f"seed {SEED}, step {step}"
        walk.books.control("faults", method="DELETE")
    for connection, spans in walk.renewals().items():
        for (_, ended), (began, _) in pairwise(spans):
            assert ended <= began, f"two renewals at once of connection {connection}, seed {SEED}"
        assert len(spans) >= STEPS
    cut = len(walk.noted()[1])
    assert walk.closed <= (0 if GRACE else cut), f"a sign-in was lost, seed {SEED}"
    assert Notice.objects.filter(about=About.HEALTH).count() == walk.closed
    for name, realm in REALMS.items():
        wanted = sorted(f"Year {step} {name} {at}" for step in range(STEPS) for at in range(3))
        assert sorted(walk.books.vendors(realm)) == wanted, f"seed {SEED}"
        assert verify_journal(walk.people[name][0].company) is None
    assert Connection.objects.filter(status=ConnectionStatus.CONNECTED).count() == 3
    told = [len(spans) for spans in walk.renewals().values()]
    deaths = f"{len(walk.killed)} kills, {cut} of them while renewing"
    sys.stdout.write(f"\nseed {SEED}: {STEPS} steps, {deaths}, renewals {told}, signed in again {walk.closed} times\n")
