"""Faults 37, 38 and 40: clocks that are wrong, a document that ends whoever carries it, a deployment in mid-drain."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path

import time_machine
from django.db import connection
from django.utils import timezone

from procore_sync.acceptance.models import Attempt
from procore_sync.acceptance.states import OutcomeKind, Status, Work
from procore_sync.kit.kinds import Kind
from tests.campaign.evidence import calls_without_an_intent
from tests.campaign.fault import Act, Fault
from tests.campaign.faults.database import both_in_slow_calls
from tests.campaign.patience import wait_for
from tests.campaign.stage import is_ready
from tests.processes import Child

AFFLICTIONS = Path(__file__).resolve().parent.parent / "afflictions"
SKEW = 600


def afflicted(**environment: str) -> dict[str, str]:
    """The environment of a process whom this befalls."""
    return {"PYTHONPATH": str(AFFLICTIONS), **environment}


def in_transition(seconds: int) -> str:
    """A time zone, in POSIX's words, whose clocks are put forward by an hour so many seconds from now."""
    moment = timezone.now() + timedelta(seconds=seconds)
    day, at = moment.timetuple().tm_yday, moment.strftime("%H:%M:%S")
    return f"AAA0BBB,J{min(day, 365)}/{at},J{day % 300 + 1}/00:00:00"


class WrongClocks(Fault):
    """37: a worker ten minutes ahead, one ten minutes behind, decisions made on hosts that are off either way.

    The workers' hosts change to summer time during the act, and QuickBooks' own clock is off too.
    """

    number = 37
    title = "clock skew of 10 minutes between hosts, and DST change"
    safe = "leases by database time; token expiry with margin; cursors with overlap"

    def prepare(self, act: Act) -> None:
        zone = in_transition(8)
        act.stage.other_workers(
            afflicted(CAMPAIGN_CLOCK=str(SKEW), TZ=zone), afflicted(CAMPAIGN_CLOCK=str(-SKEW), TZ=zone)
        )
        act.stage.control("POST", "clock", advance_seconds=act.dice.choice([-SKEW, SKEW]))

    def strike(self, act: Act) -> None:
        """Some are accepted on hosts that are wrong, one ahead and one behind, and then an answer is lost."""
        for skew in (SKEW, -SKEW):
            with _on_a_host(skew):
                act.accept_next(4)
        act.stage.fault("write_then_drop", method="POST")

    def witness(self, act: Act) -> Iterator[str]:
        act.stage.control("POST", "clock", now=None)
        wrong = sorted(round(_seconds_off(one)) for one in act.stage.workers)
        if len(wrong) != 2 or abs(wrong[0] + SKEW) > SKEW / 2 or abs(wrong[1] - SKEW) > SKEW / 2:
            yield f"the workers' clocks are off by {wrong} seconds"
        if not act.unknown():
            yield "no answer was lost"
        yield from calls_without_an_intent(act)


def _seconds_off(worker: Child) -> float:
    """By how much the worker's clock was wrong when it was ready, as its own log says; 0 if it has ended."""
    ready = next((line for line in worker.output().splitlines() if " ready." in line), "{}")
    said = json.loads(ready).get("timestamp")
    if said is None or not worker.is_running:
        return 0.0
    return datetime.fromisoformat(said).timestamp() - worker.log.stat().st_ctime


@contextmanager
def _on_a_host(seconds: int) -> Iterator[None]:
    with time_machine.travel(time.time() + seconds, tick=True):
        yield


class Poison(Fault):
    """38: the worker's process ends whenever it is about to send this vendor."""

    number = 38
    title = "poison document crashes the worker each time"
    safe = "after n crashes set aside with a reason; the rest flows"
    strikes = (1, 1)
    #: Each death costs a lease.
    most = 5

    def prepare(self, act: Act) -> None:
        self.paper = act.any_paper(Kind.VENDOR)
        affliction = afflicted(CAMPAIGN_POISON=f'"{self.paper.name}"')
        act.stage.other_workers(affliction, affliction)
        act.stopped.add(self.paper.item)
        # It is among the first, so that the rest has something to flow around.
        act.papers.remove(self.paper)
        act.papers.insert(0, self.paper)

    def witness(self, act: Act) -> Iterator[str]:
        submission = act.submission(self.paper)
        sent = submission.attempts.filter(act="send")
        if not sent.filter(outcome=OutcomeKind.UNKNOWN).exists():
            yield "nobody died of the document"
        if (submission.work, submission.item.status) != (Work.PARKED, Status.FAILED):
            yield f"it is {submission.work}, {submission.item.status} after {sent.count()} deaths: {submission.reason}"
        if sent.count() > self.most:
            yield f"{sent.count()} workers died of it before it was set aside"
        if not submission.cure_by and submission.work == Work.PARKED:
            yield "nobody is named who can cure it"
        if any(not one.is_running for one in act.stage.workers):
            yield "a worker ended with its child"


#: What an update does to the tables while the old code runs: a column, and an index without a lock.
DEPLOYED = (
    "ALTER TABLE acceptance_submission ADD COLUMN campaign_note text NULL",
    "CREATE INDEX CONCURRENTLY campaign_index ON acceptance_attempt (outcome, started_at)",
)
TAKEN_BACK = (
    "DROP INDEX IF EXISTS campaign_index",
    "ALTER TABLE acceptance_submission DROP COLUMN IF EXISTS campaign_note",
)


class RollingRestart(Fault):
    """40: worker by worker gets SIGTERM in its call while another begins, and the tables are changed meanwhile."""

    number = 40
    title = "rolling restart and a migration during a drain"
    safe = "SIGTERM finishes what runs; old and new code read the same states; no row stays behind"
    strikes = (1, 1)

    def prepare(self, act: Act) -> None:
        self.old: list[Child] = []
        self.flights: list[str] = []

    def strike(self, act: Act) -> None:
        """Both are in a call when they are told to stop, so no other worker can be the one that carries it."""
        stage = act.stage
        self.flights += both_in_slow_calls(act, 0.8)
        new = [stage.begin_worker() for _ in stage.workers]
        migrating = stage.running.run("migrate", ["manage.py", "migrate", "--verbosity", "0"])
        for old in list(stage.workers):
            old.process.terminate()
            self.old.append(old)
            act.accept_next(2)
        self._change_the_tables()
        for one in new:
            wait_for(partial(is_ready, one), 30, what="the new worker is ready", children=[one])
        stage.workers[:] = new
        wait_for(lambda: not migrating.is_running, 30, what="manage.py migrate ends")
        act.notes.append(str(migrating.process.returncode))

    @staticmethod
    def _change_the_tables() -> None:
        with connection.cursor() as cursor:
            for statement in DEPLOYED:
                cursor.execute(statement)

    def end(self, act: Act) -> None:
        for one in self.old:
            wait_for(partial(_has_ended, one), 20, what="a worker ends after SIGTERM")
        act.notes += [f"{one.name} ended with {one.process.returncode}" for one in self.old if one.process.returncode]

    def witness(self, act: Act) -> Iterator[str]:
        with connection.cursor() as cursor:
            for statement in TAKEN_BACK:
                cursor.execute(statement)
        if len(self.flights) < len(self.old):
            yield f"{len(self.flights)} calls were on their way when {len(self.old)} workers got SIGTERM"
        if act.notes[:1] != ["0"]:
            yield f"manage.py migrate ended with {act.notes[:1]}"
        yield from act.notes[1:]
        for one in Attempt.objects.filter(outcome=OutcomeKind.UNKNOWN):
            yield f"submission {one.submission_id} lost its answer: {one.sentence}"
        yield from calls_without_an_intent(act)


def _has_ended(child: Child) -> bool:
    return not child.is_running
