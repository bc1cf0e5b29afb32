"""The stage of a lane: every process of the product and its two servers, begun anew for each act in a moment."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import timedelta
from functools import partial
from html import unescape
from io import StringIO
from pathlib import Path
from random import Random
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import redis
import requests
from django.contrib.auth.hashers import make_password
from django.core.management import call_command
from django.db import Error, connection, transaction
from django.db.models import F
from django.test import override_settings

from procore_sync.acceptance.claims import WAITABLE
from procore_sync.acceptance.models import Submission
from procore_sync.acceptance.states import Work
from procore_sync.accounts.models import Company, Membership, Role, User
from procore_sync.demo.person import Person
from procore_sync.development import commands
from quickbooks_bridge.client import tokens as sign_in
from quickbooks_bridge.endpoints import endpoints
from quickbooks_bridge.models import Connection, Mapping
from tests.campaign.papers import Desk, Paper
from tests.campaign.patience import be_unhurried
from tests.campaign.servers import MIGRATED, Broker, Database
from tests.databases import empty
from tests.factories import make_approver, make_company, make_member
from tests.processes import Child, Processes, Served, emulator_environment, environment, processes, wait_for
from tests.site import QUICK, REALM

#: Pauses of an engine in a hurry; what they stand for in production is in docs/faults.md.
PACE = {**QUICK, "ENGINE_LEASE_SECONDS": "3", "LOG_LEVEL": "WARNING", "STATIC_MANIFEST": "false", "DEBUG": "false"}
#: What Intuit signs its webhooks with, which are looked for every other second where beat asks; no budget of reads.
VERIFIER = "9c1d5e7a-verifier-of-the-campaign"
PACE |= {"QUICKBOOKS_WEBHOOK_TOKEN": VERIFIER, "WATCH_MINUTES_WITH_HOOKS": "0.03", "QUICKBOOKS_READS_A_DAY": "0"}
#: What an engine in a hurry waits less for than one in production.
PAUSES = frozenset({*QUICK, "ENGINE_LEASE_SECONDS"})
KEPT = "kept"
#: The file in which QuickBooks' books stand.
BOOKS = "books.sqlite3"


@dataclass
class Stage:
    """The running processes, the people, and how to make things go wrong."""

    running: Processes
    database: Database
    broker: Broker
    emulator: Served
    web: Served
    workers: list[Child] = field(default_factory=list)
    beats: list[Child] = field(default_factory=list)
    #: Those that were begun for one act only.
    odd: list[Child] = field(default_factory=list)
    #: What was made for so many papers by such a seed stands kept in the database, and is put back for each act.
    kept: tuple[int, int] | None = None
    papers: list[Paper] = field(default_factory=list)
    #: What Ada chooses for an item, as it was proposed when it was first accepted.
    chosen: dict[int, dict[str, str]] = field(default_factory=dict)
    #: Whether its engine's pauses are short, and QuickBooks' limits off.
    hurry: bool = True

    # the act

    def begin(self, seed: int, count: int) -> list[Paper]:
        """Empty books, empty queues, and `count` papers before the approver; those of `seed`."""
        self.heal()
        self.clear_traps()
        self.control("DELETE", "faults")
        with redis.Redis.from_url(self.broker.url) as client:
            client.flushdb()
        wait_for(self._is_at_rest, 30, what="the processes rest")
        self.control("POST", "reset", seed="default")
        self.control("POST", "limits", enabled=False)
        if self.kept == (seed, count):
            self._put_back()
            self._connect()
        else:
            self._make(seed, count)
        # What connecting asks for is not counted against the act.
        self.control("POST", "limits", enabled=not self.hurry)
        self.control("DELETE", "requests")
        return self.papers

    def heal(self) -> None:
        """Start whatever an act has left dead, so that an act never begins on the ruins of another."""
        for one in self.odd:
            one.kill()
        self.odd.clear()
        self.workers = [one for one in self.workers if one.is_running]
        self.beats = [one for one in self.beats if one.is_running]
        begun = [self.add_worker(awaited=False) for _ in range(2 - len(self.workers))]
        for one in begun:
            wait_for(partial(is_ready, one), 60, what="the worker is ready", children=[one])
        for extra in self.workers[2:]:
            extra.kill()
        del self.workers[2:]
        if not self.beats:
            self.beats.append(self.running.beat())
        for extra in self.beats[1:]:
            extra.kill()
        del self.beats[1:]
        if not self.web.child.is_running:
            self.web = self.running.web()
        if not self.emulator.child.is_running:
            self.bring_quickbooks_back()

    def add_worker(self, *, awaited: bool = True) -> Child:
        """One more prefork worker of one process; unless `awaited` it takes tasks a little later."""
        worker = self.begin_worker()
        self.workers.append(worker)
        if awaited:
            wait_for(lambda: " ready." in worker.output(), 60, what="the worker is ready", children=[worker])
        return worker

    def begin_worker(self) -> Child:
        """A worker that knows the traps, and is not one of the stage's two yet."""
        argv = [*commands.worker(pool="prefork", concurrency=1), "--include", "tests.campaign.traps"]
        return self.running.run("worker", argv, CAMPAIGN_TRAPS=str(self.traps))

    def kill_worker(self, which: int = 0) -> None:
        """SIGKILL to a worker and its children, and another in its place, as a supervisor would."""
        self.workers.pop(which).kill()
        self.add_worker()

    def kill_pool(self, which: int = 0) -> None:
        """SIGKILL to the process in which a worker works, as when memory runs out; the worker takes another by itself.

        Where the system's `ps` does not tell which it is, the whole worker is killed and another started.
        """
        parent = self.workers[which].pid
        told = subprocess.run(["ps", "-A", "-o", "pid=,ppid="], capture_output=True, text=True, check=False).stdout
        pool = [int(pid) for pid, ppid in map(str.split, told.splitlines()) if int(ppid) == parent]
        if not pool:
            self.kill_worker(which)
        for pid in pool:
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)

    # traps, where nothing else can place the blow (traps.py)

    @property
    def traps(self) -> Path:
        """The folder in which they lie."""
        folder = self.running.children.folder / "traps"
        folder.mkdir(exist_ok=True)
        return folder

    def lay(self, point: str, dies: str) -> None:
        """Let the next who comes to `point` die: the `process` or the whole `worker`."""
        laid = self.traps.with_suffix(".laid")
        laid.write_text(dies)
        laid.rename(self.traps / point)

    def sprung(self) -> list[list[dict[str, Any]]]:
        """What those who died carried, one after the other: `submission` and `requestid` of each."""
        file = self.traps.with_suffix(".sprung")
        return [json.loads(line)["carried"] for line in file.read_text().splitlines()] if file.exists() else []

    def clear_traps(self) -> None:
        """No traps, and nobody has died."""
        for path in self.traps.iterdir():
            path.unlink()
        self.traps.with_suffix(".sprung").unlink(missing_ok=True)

    def _is_at_rest(self) -> bool:
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid() "
                "AND state <> 'idle'"
            )
            return bool(cursor.fetchone()[0] == 0)

    def _make(self, seed: int, count: int) -> None:
        empty()
        company = make_company("Harbor Row Builders", "harbor-row")
        max_pm = make_member(company, "Max", Role.PROJECT_MANAGER)
        make_approver(company)
        make_approver(company, "Bea")
        make_member(company, "Alma", Role.ADMINISTRATOR)
        # The product's own processes do not know the quick hasher of the tests.
        User.objects.update(password=make_password("secret", hasher="argon2"))
        self._connect()
        retainage = next(one for one in self.documents("Item") if one["Name"] == "Retainage")
        Mapping.objects.create(company=company, thing="retainage_item", entity="Item", remote_id=retainage["Id"])
        with transaction.atomic():
            self.papers = Desk(max_pm, Random(seed)).make(count)  # noqa: S311 - dice, no secret
        self.chosen.clear()
        self._keep()
        self.kept = seed, count

    def _connect(self, company: str = "harbor-row", realm: str = REALM) -> None:
        with override_settings(**emulator_environment(self.emulator.url), QUICKBOOKS_LIMITS=False):
            call_command("connect_sandbox", company=company, realm=realm, stdout=StringIO())

    def _keep(self) -> None:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(f"DROP SCHEMA IF EXISTS {KEPT} CASCADE")
            cursor.execute(f"CREATE SCHEMA {KEPT}")
            for name in _tables():
                cursor.execute(f'CREATE TABLE {KEPT}."{name}" AS TABLE public."{name}"')

    def _put_back(self) -> None:
        for _ in range(5):
            try:
                with transaction.atomic(), connection.cursor() as cursor:
                    # Journals may only be added to, and rows come back in any order.
                    cursor.execute("SET LOCAL session_replication_role = replica")
                    used = _used(_tables())
                    cursor.execute("LOCK TABLE {}".format(", ".join(f'public."{name}"' for name in used)))
                    for name in used:
                        cursor.execute(f'DELETE FROM public."{name}"')  # noqa: S608
                        cursor.execute(f'INSERT INTO public."{name}" SELECT * FROM {KEPT}."{name}"')  # noqa: S608
            except Error:  # a sweep held a table at that moment
                time.sleep(0.3)
            else:
                return
        raise AssertionError("The tables could not be put back: something holds them.")

    # the people

    @property
    def company(self) -> Company:
        """Harbor Row."""
        return Company.objects.get(slug="harbor-row")

    def member(self, name: str) -> Membership:
        """Max sends, Ada and Bea approve, Alma administrates."""
        people = Membership.objects.select_related("company", "user").prefetch_related("privileges")
        return people.get(company=self.company, user__name=name)

    # the other side

    def control(self, method: str, path: str, **body: Any) -> Any:
        """Ask the emulator's control plane."""
        answer = requests.request(method, f"{self.emulator.url}/_control/{path}", json=body or None, timeout=30)
        answer.raise_for_status()
        return answer.json() if answer.content else None

    def control_many(self, entity: str, documents: list[dict[str, Any]]) -> None:
        """Fill the books with documents of one kind, as the bookkeeper would."""
        answer = requests.post(f"{self.emulator.url}/_control/bulk/{REALM}/{entity}", json=documents, timeout=60)
        answer.raise_for_status()

    def fault(
        self, kind: str, times: int = 1, seconds: float | None = None, retry_after: int | None = None, **match: str
    ) -> None:
        """Let the next `times` matching requests end in `kind` (injection.FAULTS)."""
        given = {"seconds": seconds, "retry_after": retry_after}
        more = {name: value for name, value in given.items() if value is not None}
        self.control("POST", "faults", match=match, times=times, fault=kind, **more)

    def armed(self, kind: str = "") -> int:
        """How many faults, of all kinds or of one, have met no request yet."""
        return sum(kind in ("", one["fault"]) for one in self.control("GET", "faults"))

    def lose_quickbooks(self) -> None:
        """Nobody listens at its address any more."""
        self.emulator.child.kill()

    def bring_quickbooks_back(self) -> None:
        """The same books at the same address. Its log of requests begins anew."""
        port = urlsplit(self.emulator.url).port or 0
        self.emulator = self.running.emulator(self.running.children.folder / BOOKS, port)
        self.control("POST", "limits", enabled=not self.hurry)

    def revoke(self) -> None:
        """The customer disconnects the app in QuickBooks."""
        held = Connection.objects.get(company=self.company).refresh_token
        with override_settings(**emulator_environment(self.emulator.url)):
            sign_in.revoke(endpoints(), held)

    def sign_in(self, alma: Person, realm: str = REALM) -> requests.Response:
        """Alma presses Connect, chooses a company at Intuit, and comes back; the page that she then sees."""
        alma.get("/quickbooks/")
        address = re.search(r'href="([^"]+connect/oauth2[^"]+)"', alma.post("/quickbooks/connect/").text)
        assert address, "the console leads to no consent page"
        asked = dict(parse_qsl(urlsplit(unescape(address[1])).query))
        back = urlsplit(self.control("POST", "authorize", **asked, realm=realm)["redirect"])
        return alma.get(f"{back.path}?{back.query}")

    def a_minute_later(self) -> None:
        """Move back by a minute whatever is timed: pauses, the leases of renewals, and when rows are looked at again.

        Intuit's minute after a 429 and the lease of whoever renews tokens are no settings; waiting for them proves
        nothing that their being there does not. Without hurry they are waited for.
        """
        if not self.hurry:
            return
        minute = timedelta(seconds=60)
        Connection.objects.exclude(paused_until=None).update(paused_until=F("paused_until") - minute)
        Connection.objects.exclude(refreshing_until=None).update(refreshing_until=F("refreshing_until") - minute)
        Submission.objects.filter(work__in=WAITABLE).update(due_at=F("due_at") - minute)

    def documents(self, entity: str) -> list[dict[str, Any]]:
        """Every document of `entity` in the books, as stored."""
        return list(self.control("GET", f"documents/{REALM}/{entity}"))

    def requests(self) -> list[dict[str, Any]]:
        """The calls that the emulator has received in this act."""
        return list(self.control("GET", "requests"))

    def flying(self) -> int:
        """How many documents are on their way."""
        return Submission.objects.filter(work=Work.FLYING).count()

    # processes that are not well

    def other_workers(self, *environments: dict[str, str]) -> None:
        """Workers in these environments in the place of all others, begun together; the next act has its own again."""
        for old in self.workers:
            old.kill()
        argv = commands.worker(pool="prefork", concurrency=1)
        self.workers[:] = [self.running.run("worker", argv, **each) for each in environments]
        self.odd += self.workers
        for one in self.workers:
            wait_for(partial(is_ready, one), 30, what="the worker is ready", children=[one])


def is_ready(worker: Child) -> bool:
    """Whether it takes messages."""
    return " ready." in worker.output()


def _tables() -> list[str]:
    names = connection.introspection.django_table_names(only_existing=True)
    return sorted(set(names) - {"django_migrations"})


def _used(tables: list[str]) -> list[str]:
    """Those that hold a row or are to hold one, which is half of them."""
    holds = 'EXISTS (SELECT 1 FROM {}."{}")'
    each = (f"SELECT '{one}' WHERE {holds.format('public', one)} OR {holds.format(KEPT, one)}" for one in tables)
    with connection.cursor() as cursor:
        cursor.execute(" UNION ALL ".join(each))
        return [name for (name,) in cursor.fetchall()]


@contextmanager
def staged(folder: Path, database: Database, broker: Broker, *, hurry: bool = True) -> Iterator[Stage]:
    """Everything running over these servers; Django of this process must be set up for them.

    Without `hurry` every pause of the engine is production's, and QuickBooks' limits are kept.
    """
    if not hurry:
        be_unhurried()
    migrated = os.environ.get(MIGRATED, "")
    if not (migrated and database.take_over(migrated)):
        call_command("migrate", verbosity=0)
    pace = PACE if hurry else {name: value for name, value in PACE.items() if name not in PAUSES}
    with processes(folder, environment(database.url, broker.url, **pace)) as running:
        try:
            emulator = running.emulator(running.children.folder / BOOKS)
            stage = Stage(running, database, broker, emulator, running.web(), hurry=hurry)
            stage.heal()
            yield stage
        finally:
            for child in running.children.all:
                child.kill()  # nothing is left to finish politely
