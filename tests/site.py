"""A whole site of real processes for one file of tests: emulator, web, worker and beat over PostgreSQL and Redis."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import redis
import requests
from django.contrib.auth.hashers import make_password
from django.core.management import call_command
from django.test import override_settings

from procore_sync.acceptance import operations
from procore_sync.acceptance.models import ErpItem, Submission
from procore_sync.acceptance.states import Status, Work
from procore_sync.accounts.models import Membership, Role, User
from procore_sync.development.children import free_port
from tests.databases import empty
from tests.factories import make_approver, make_company, make_member, make_vendor
from tests.forking import forked
from tests.processes import (
    Child,
    Processes,
    Served,
    database_url,
    emulator_environment,
    environment,
    processes,
    wait_for,
)

REALM = "9341450000000001"
QUICK = {
    "ENGINE_BACKOFF": "0.1",
    "ENGINE_SWEEP_SECONDS": "0.5",
    "ENGINE_RING_AGAIN_SECONDS": "2",
    "ENGINE_LEASE_SECONDS": "4",
    "PROBE_PAUSE_SECONDS": "0.3",
    "BATCH_PROBE_PAUSE_SECONDS": "0.6",
    "THROTTLE_SECONDS": "1",
    "QUICKBOOKS_READ_TIMEOUT": "1",
    "QUICKBOOKS_LIMITS": "false",
}


@dataclass
class Site:
    """The running processes, the connected company, and how to make things go wrong."""

    running: Processes
    emulator: Served
    redis_url: str
    max_pm: Membership
    ada: Membership
    workers: list[Child] = field(default_factory=list)
    web: Served | None = None

    def control(self, method: str, path: str, **body: Any) -> Any:
        """Ask the emulator's control plane."""
        answer = requests.request(method, f"{self.emulator.url}/_control/{path}", json=body or None, timeout=10)
        answer.raise_for_status()
        return answer.json() if answer.content else None

    def fault(self, kind: str, times: int = 1, **match: str) -> None:
        """Let the next `times` matching requests end in `kind`."""
        self.control("POST", "faults", match={"entity": "vendor", "method": "POST", **match}, times=times, fault=kind)

    def books(self, entity: str = "Vendor") -> list[dict[str, Any]]:
        """Every document that the emulator holds of `entity`."""
        found = self.control("GET", f"documents/{REALM}/{entity}")
        return list(found.values()) if isinstance(found, dict) else list(found)

    def times_in_books(self, name: str) -> int:
        """How many vendors of this name the emulator holds."""
        return sum(one["DisplayName"] == name for one in self.books())

    def accepted(self, name: str, **details: Any) -> ErpItem:
        """A vendor of this name, sent by Max and accepted by Ada."""
        item = make_vendor(self.max_pm, name, **details).erp
        submission = operations.send(item, by=self.max_pm)
        operations.accept(item, by=self.ada, seen=submission.digest, choices={})
        return item

    def until(self, item: ErpItem, status: Status, seconds: float = 60) -> Submission:
        """Wait until `item` has `status`; returns its newest submission."""

        def there() -> bool:
            item.refresh_from_db()
            return item.status == status

        wait_for(there, seconds, what=f"{item} is {status}", children=self.workers)
        return item.submissions.order_by("-number")[0]

    def idle(self) -> bool:
        """Whether nothing is on its way any more."""
        return not Submission.objects.filter(work__in=[Work.DUE, Work.FLYING, Work.UNCERTAIN, Work.WAITING]).exists()


@contextmanager
def open_site(
    folder: Path, redis_url: str, *, web: bool = False, worker: bool = True, pool: str = "prefork"
) -> Iterator[Site]:
    """Start everything, connect a company; empty the database at the end, since processes have committed to it.

    A `pool` of threads is fewer processes; prefork is what a test of dying workers needs. Without a `worker` there is
    no beat either: for a test that starts its own.
    """
    with redis.Redis.from_url(redis_url) as client:
        client.flushdb()
    try:
        with processes(folder, environment(database_url(), redis_url, **QUICK), launch=forked) as running:
            try:
                yield _begin(running, redis_url, web=web, worker=worker, pool=pool)
            finally:
                for child in running.children.all:
                    child.kill()  # nothing is left to finish politely
    finally:
        empty()


def _begin(running: Processes, redis_url: str, *, web: bool, worker: bool, pool: str) -> Site:
    emulator = running.emulator()
    company = make_company("Harbor Row Builders", "harbor-row")
    max_pm, ada = make_member(company, "Max", Role.PROJECT_MANAGER), make_approver(company)
    make_member(company, "Alma", Role.ADMINISTRATOR)
    # The product's own processes do not know the quick hasher of the tests.
    User.objects.update(password=make_password("secret", hasher="argon2"))
    site = Site(running, emulator, redis_url, max_pm, ada)
    # Connecting reads every list of names at once, and nobody here waits between the calls.
    site.control("POST", "limits", enabled=False)
    # The demo connects by this command as a process; here it only has to be done.
    with override_settings(**emulator_environment(emulator.url), QUICKBOOKS_LIMITS=False):
        call_command("connect_sandbox", company=company.slug, realm=REALM, verbosity=0)
    port = free_port()
    if web:
        # Where a mail leads, and where Intuit sends a browser back to.
        running.environment["PUBLIC_URL"] = f"http://127.0.0.1:{port}"
    if worker:
        site.workers.append(running.worker(pool=pool, concurrency=2, with_beat=True))
    if web:
        site.web = running.web(port=port)
    return site
