"""A day of the console in minutes: real processes, faults by the dice throughout, and what is left at the end.

Used by tests/journeys/test_long_run.py for an hour and by benchmarks/day.py for a day (tests/compressed says what is
compressed and what is not). A run that failed is repeated by its seed, as far as the order of processes allows.
"""

from __future__ import annotations

import statistics
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from typing import Any
from unittest import mock

import redis
import requests
from django.core.management import CommandError, call_command
from django.test import override_settings

from procore_sync.acceptance.journal import verify_journal
from procore_sync.acceptance.models import Attempt, ErpItem, Submission
from procore_sync.acceptance.states import Status, Work
from quickbooks_bridge import tokens
from quickbooks_bridge.emulator.injection import FAULTS, HALF
from quickbooks_bridge.models import Connection
from quickbooks_bridge.reconciling.rows import LedgerFinding
from tests.processes import Child, Processes, Served, emulator_environment

REALM = "9341450000000001"
#: What a compressed day needs of its processes' settings. Leases and time-outs are those of calls that take their real
#: time, with the longest fault that is armed.
COMPRESSED = {
    "DJANGO_SETTINGS_MODULE": "tests.compressed.settings",
    "ENGINE_BACKOFF": "0.1",
    "ENGINE_SWEEP_SECONDS": "1",
    "ENGINE_RING_AGAIN_SECONDS": "3",
    "ENGINE_LEASE_SECONDS": "8",
    "PROBE_PAUSE_SECONDS": "0.5",
    "BATCH_PROBE_PAUSE_SECONDS": "4",
    "THROTTLE_SECONDS": "1",
    "QUICKBOOKS_READ_TIMEOUT": "2",
    "LOG_LEVEL": "WARNING",
    "DEBUG": "false",
}
#: Which calls a fault may strike: all of these but those after a write, and the half batch, which mean writes.
OPERATIONS = ("batch", "create", "query", "cdc", "read")
LIVE = (Work.DUE, Work.FLYING, Work.UNCERTAIN, Work.WAITING)
#: So many real seconds after the day everything has to be over.
LONGEST_END = 120.0
#: What a process may grow from the second quarter to the last.
FLAT = 1.10
#: A token is renewed five minutes before its hour ends.
TOKEN_MINUTES = 55.0


@dataclass(frozen=True)
class Shape:
    """How long and how rough: simulated hours, how many of them in a real one, and minutes between two troubles."""

    hours: float
    compression: float
    trouble_minutes: float
    seed: int

    @property
    def seconds(self) -> float:
        """How long it takes by the real clock."""
        return self.hours * 3600 / self.compression


@dataclass
class Memory:
    """Resident kibibytes of each process over the run."""

    began: float
    samples: dict[str, list[tuple[float, int]]] = field(default_factory=lambda: defaultdict(list))

    def look(self, name: str, pid: int) -> None:
        """Note how much a process and its children have now; nothing if it is gone."""
        for told, process in _family(name, pid):
            resident = _resident(process)
            if resident:
                self.samples[told].append((time.monotonic() - self.began, resident))

    def quarters(self, seconds: float) -> dict[str, tuple[float, float]]:
        """The median MiB of the second and of the last quarter of `seconds`, by process."""
        return {
            name: (_median(rows, seconds / 4, seconds / 2), _median(rows, seconds * 3 / 4, seconds))
            for name, rows in sorted(self.samples.items())
        }

    def grown(self, seconds: float) -> list[str]:
        """The processes that grew by more than a tenth, each with its figures."""
        told = self.quarters(seconds)
        return [f"{name} grew from {a:.0f} to {b:.0f} MiB" for name, (a, b) in told.items() if b > a * FLAT]


def _family(name: str, pid: int) -> Iterator[tuple[str, int]]:
    yield name, pid
    for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split() if _resident(pid) else ():
        yield f"{name}, child {child}", int(child)


def _resident(pid: int) -> int:
    try:
        lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    except OSError:
        return 0
    return next((int(line.split()[1]) for line in lines if line.startswith("VmRSS:")), 0)


def _median(rows: list[tuple[float, int]], since: float, until: float) -> float:
    within = [resident for at, resident in rows if since <= at < until]
    return statistics.median(within) / 1024 if within else 0.0


@dataclass
class Day:
    """One run.

    `accept` makes so many records more and accepts them; `key` is the field of `entity` that tells them apart in the
    books. `workers` are killed now and then, and `start_worker` starts another one; `watched` are measured.
    """

    running: Processes
    emulator: Served
    redis_url: str
    company: Any
    shape: Shape
    accept: Callable[[int], None]
    start_worker: Callable[[], Child]
    entity: str
    key: str
    #: Records accepted a real second.
    pace: float = 2.0
    web: Served | None = None
    read_page: Callable[[], None] = lambda: None
    happened: Counter[str] = field(default_factory=Counter)
    workers: list[Child] = field(default_factory=list)
    watched: dict[str, Child] = field(default_factory=dict)
    accepted: int = 0
    began: float = 0.0

    def control(self, method: str, path: str, **body: Any) -> Any:
        """Ask the emulator's control plane."""
        answer = requests.request(method, f"{self.emulator.url}/_control/{path}", json=body or None, timeout=60)
        answer.raise_for_status()
        return answer.json()

    def begin(self) -> None:
        """Compress the emulator's day; before the sign-in, whose token would live a real hour."""
        seconds = {"access_token_seconds": 3600, "refresh_rotates_every_seconds": 86400}
        shortened = {name: max(1, round(real / self.shape.compression)) for name, real in seconds.items()}
        self.control("POST", "switches", **shortened, throttle_retry_after=1)
        self.began = time.monotonic()

    def run(self) -> Memory:
        """Accept, trouble and look until the time is over; then wait until everything has come to its end."""
        dice = Random(self.shape.seed)  # noqa: S311 - a run is repeated by its seed
        memory = Memory(began := time.monotonic())
        every = self.shape.trouble_minutes * 60 / self.shape.compression
        next_trouble = dice.expovariate(1 / every)
        while (now := time.monotonic() - began) < self.shape.seconds:
            if now >= next_trouble:
                self._trouble(dice)
                next_trouble = now + dice.expovariate(1 / every)
            self._accept_until(self.pace * now)
            self.read_page()
            self._sign_in_again()
            for name, child in self.watched.items():
                memory.look(name, child.pid)
            time.sleep(0.5)
        self.control("DELETE", "faults")
        self._accept_until(self.pace * self.shape.seconds)
        self._wait_for_the_end()
        return memory

    def _accept_until(self, count: float) -> None:
        more = int(count) - self.accepted
        if more > 0:
            self.accept(more)
            self.accepted += more

    def _sign_in_again(self) -> None:
        """As the administrator does whom the mail has told."""
        if Connection.objects.filter(company=self.company, status="connected").exists():
            return
        self.happened["signed in again"] += 1
        try:
            connect(self)
        except CommandError:  # a fault struck this too; they try again
            self.happened["sign-in failed"] += 1

    # troubles

    def _trouble(self, dice: Random) -> None:
        troubles = [self._kill, self._flush, self._revoke, *[self._arm] * 7, *[self._arm_token] * 2]
        dice.choice(troubles)(dice)

    def _arm(self, dice: Random) -> None:
        fault = dice.choice(FAULTS)
        operation = "batch" if fault == HALF else dice.choice(OPERATIONS[:2] if "write" in fault else OPERATIONS)
        given = {"fault": fault, "match": {"operation": operation}, "seconds": 3.0, "retry_after": 1}
        self.control("POST", "faults", **given, times=dice.randint(1, 2))
        self.happened[fault] += 1

    def _arm_token(self, dice: Random) -> None:
        fault = dice.choice(("drop", "500", "503"))
        self.control("POST", "faults", fault=fault, match={"operation": "token"})
        self.happened[f"{fault} of a renewal"] += 1

    def _kill(self, _dice: Random) -> None:
        """The worker that is not measured dies as by a loss of power, and another one takes its place."""
        if self.workers:
            self.workers.pop().kill()
            self.workers.append(self.start_worker())
            self.happened["worker killed"] += 1

    def _flush(self, _dice: Random) -> None:
        with redis.Redis.from_url(self.redis_url) as client:
            client.flushdb()
        self.happened["Redis flushed"] += 1

    def _revoke(self, _dice: Random) -> None:
        """Somebody ends the connection in QuickBooks."""
        token = Connection.objects.get(company=self.company).refresh_token
        answer = requests.post(
            f"{self.emulator.url}/v2/oauth2/tokens/revoke",
            json={"token": token},
            auth=("demo-client", "demo-secret"),
            timeout=10,
        )
        answer.raise_for_status()
        self.happened["sign-in revoked"] += 1

    # the end

    def _wait_for_the_end(self) -> None:
        began = time.monotonic()
        while Submission.objects.filter(company=self.company, work__in=LIVE).exists():
            self._sign_in_again()
            if time.monotonic() - began > LONGEST_END:
                return
            time.sleep(0.5)

    def missed(self) -> list[str]:
        """A sentence for each promise that is broken; none if the day went well."""
        return [*self._stuck(), *self._books(), *self._journal(), *self._unexplained(), *self._tokens()]

    def _stuck(self) -> Iterator[str]:
        rows = Submission.objects.filter(company=self.company)
        for work, reason in set(rows.exclude(work=Work.DONE).values_list("work", "reason")):
            yield f"{rows.filter(work=work, reason=reason).count()} stay {work}: {reason}"
        left = ErpItem.objects.filter(company=self.company).exclude(status__in=(Status.SYNCED,))
        if left.exists():
            yield f"{left.count()} records are not synced"
        for finding in LedgerFinding.objects.filter(company=self.company, settled="")[:3]:
            yield f"QuickBooks is taken to be ahead: {finding.name}"

    def _books(self) -> Iterator[str]:
        times = Counter(one[self.key] for one in self.control("GET", f"documents/{REALM}/{self.entity}"))
        for label in self.labels():
            if times[label] != 1:
                yield f"{label} stands in the books {times[label]} times"

    def labels(self) -> list[str]:
        """What each accepted record is called in the books."""
        kind = "invoice" if self.entity == "Bill" else "vendor"
        column = "number" if self.entity == "Bill" else "label"
        return list(ErpItem.objects.filter(company=self.company, kind=kind).values_list(column, flat=True))

    def _journal(self) -> Iterator[str]:
        broken = verify_journal(self.company)
        if broken is not None:
            yield f"the journal is broken at {broken.sequence}: {broken.sentence}"

    def _unexplained(self) -> Iterator[str]:
        mine = Attempt.objects.filter(submission__company=self.company)
        silent = mine.filter(outcome="") | mine.filter(sentence="") | mine.filter(finished_at=None)
        if silent.exists():
            yield f"{silent.count()} tries are not explained"

    def calls(self) -> list[dict[str, Any]]:
        """What the emulator has received and remembers."""
        return list(self.control("GET", "requests"))

    def _tokens(self) -> Iterator[str]:
        calls, may = self.token_calls()
        if calls > may:
            yield f"{calls} calls for tokens where {may} were needed"

    def token_calls(self) -> tuple[int, int]:
        """How many there were, and how many there may be: one a life of a token, and one for each that was forced.

        Forced is one by a 401 that was armed, a lost renewal, a revocation (the sign-in after it, and the renewal that
        told of it), and a worker killed in the middle of one.
        """
        calls = self.calls()
        tokens = [one for one in calls if one["operation"] == "token"]
        struck = sum(bool(one["fault"]) for one in tokens)
        turned = sum(one["fault"] == "401" for one in calls)
        forced = turned + struck + 2 * self.happened["signed in again"] + self.happened["worker killed"]
        minutes = (time.monotonic() - self.began) / 60 * self.shape.compression
        return len(tokens), int(minutes / TOKEN_MINUTES) + 2 + forced


def connect(day: Day) -> None:
    """Sign in to the emulator's company as the administrator; this process lives by the compressed day for as long."""
    here = {**emulator_environment(day.emulator.url), "REDIS_URL": day.redis_url, "QUICKBOOKS_LIMITS": True}
    margin = tokens._MARGIN / day.shape.compression
    with override_settings(**here), mock.patch.object(tokens, "_MARGIN", margin):
        call_command("connect_sandbox", company=day.company.slug, realm=REALM, verbosity=0)
