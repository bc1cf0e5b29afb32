"""Verified documents a second through the whole engine, beside a plain python-quickbooks loop, in one run.

Starts its own emulator (limits off) and Celery worker; needs DATABASE_URL (PostgreSQL) and REDIS_URL of databases
that may be filled and emptied.
"""

from __future__ import annotations

import argparse
import os
import statistics
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import django

import tests.settings  # noqa: F401 - its defaults for secrets; the product's own settings are measured

os.environ["DJANGO_SETTINGS_MODULE"] = "procore_sync.settings"
REALM = "9341450000000001"
#: Another company for the plain loop, since a second sign-in of the same app would end the console's.
PLAIN_REALM = "9341450000000002"


def main() -> None:
    """Prepare, measure the plain loop, the drain and the single accept, print one line each."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--documents", type=int, default=1500)
    parser.add_argument("--concurrency", type=int, default=2)
    parser.add_argument("--singles", type=int, default=60)
    given = parser.parse_args()
    django.setup()
    from django.core.management import call_command

    from tests.processes import environment, processes

    call_command("migrate", verbosity=0)
    call_command("flush", interactive=False, verbosity=0)
    env = environment(os.environ["DATABASE_URL"], os.environ["REDIS_URL"], QUICKBOOKS_LIMITS="false", DEBUG="false")
    with tempfile.TemporaryDirectory() as folder, processes(Path(folder), env) as running:
        measure(running, given)
    call_command("flush", interactive=False, verbosity=0)


def measure(running: Any, given: argparse.Namespace) -> None:
    """All three figures over one emulator and one worker."""
    import requests

    from tests.factories import make_approver, make_company, make_member
    from tests.processes import wait_for

    emulator = running.emulator()
    requests.post(f"{emulator.url}/_control/limits", json={"enabled": False}, timeout=10).raise_for_status()
    plain = plain_loop(emulator.url, given.documents // 3)  # before the console signs in: one sign-in ends another
    print(f"plain python-quickbooks loop, one process, unverified: {plain:7.1f} documents a second", flush=True)
    company = make_company("Benchmark", "benchmark")
    max_pm, ada = make_member(company, "Max", "project_manager"), make_approver(company)  # type: ignore[arg-type]
    make_member(company, "Alma", "administrator")  # type: ignore[arg-type]
    argv = [sys.executable, "manage.py", "connect_sandbox", "--company", company.slug, "--realm", REALM]
    connect = running.run("connect", argv)
    wait_for(lambda: connect.process.poll() is not None, 30, what="connected", children=[connect])
    worker = running.worker(pool="prefork", concurrency=given.concurrency)
    ours = drain(given.documents, max_pm, ada)
    print(f"engine, {given.concurrency} worker processes, verified:         {ours:7.1f} documents a second")
    print(f"ratio:                                               {ours / plain:7.2f}")
    latencies = singles(given.singles, max_pm, ada)
    cut = statistics.quantiles(latencies, n=20)
    print(f"accept to synced, one at a time: median {statistics.median(latencies):.0f} ms, p95 {cut[18]:.0f} ms")
    print(f"worker memory, all processes: {resident(worker.process.pid) / 1024:.0f} MiB")
    web = running.web()
    for _ in range(50):
        requests.get(f"{web.url}/sign-in/", timeout=10).raise_for_status()
    print(f"web memory, master and one process: {resident(web.child.process.pid) / 1024:.0f} MiB")


def plain_loop(emulator: str, count: int) -> float:
    """`count` vendors by the library's own save(), one after the other; documents a second."""
    from quickbooks.objects.vendor import Vendor

    client = plain_client(emulator)
    began = time.perf_counter()
    for number in range(count):
        vendor = Vendor()
        vendor.DisplayName = f"Plain {number}"
        vendor.save(qb=client)
    return count / (time.perf_counter() - began)


def plain_client(emulator: str) -> Any:
    """The library's own client, signed in to the other company."""
    import requests
    from intuitlib.client import AuthClient
    from quickbooks import QuickBooks

    asked = {
        "client_id": "demo-client",
        "redirect_uri": "http://127.0.0.1/callback",
        "realm": PLAIN_REALM,
        "scope": "com.intuit.quickbooks.accounting",
        "state": "x",
    }
    redirect = requests.post(f"{emulator}/_control/authorize", json=asked, timeout=10).json()["redirect"]
    code = redirect.split("code=")[1].split("&")[0]
    discovery = f"{emulator}/.well-known/openid_sandbox_configuration/"
    auth = AuthClient("demo-client", "demo-secret", asked["redirect_uri"], discovery)
    auth.get_bearer_token(code, realm_id=PLAIN_REALM)

    class Plain(QuickBooks):  # type: ignore[misc]
        @property
        def api_url(self) -> str:
            return f"{emulator}/v3"

        def _start_session(self) -> str:
            self.session = requests.Session()
            self.session.access_token = auth.access_token  # type: ignore[attr-defined]
            self.session.headers["Authorization"] = f"Bearer {auth.access_token}"
            return str(auth.refresh_token)

    return Plain(auth_client=auth, refresh_token=auth.refresh_token, company_id=PLAIN_REALM, minorversion=75)


def accepted(names: list[str], max_pm: Any, ada: Any) -> list[Any]:
    """Vendors of these names, accepted; their bells not yet rung."""
    from django.db import transaction

    from procore_sync.acceptance import operations
    from tests.factories import make_vendor

    vars(operations)["ring"] = lambda submission_id: None  # the bell is rung by hand, so that the start is one moment
    submissions = []
    for name in names:
        with transaction.atomic():
            item = make_vendor(max_pm, name, city="Providence", phone="401 555 0100").erp
            submission = operations.send(item, by=max_pm)
            submissions.append(operations.accept(item, by=ada, seen=submission.digest, choices={}))
    return submissions


def drain(count: int, max_pm: Any, ada: Any) -> float:
    """`count` accepted vendors until all are green; documents a second."""
    from procore_sync.acceptance.bell import ring
    from procore_sync.acceptance.models import ErpItem

    submissions = accepted([f"Vendor {number}" for number in range(count)], max_pm, ada)
    began = time.perf_counter()
    for submission in submissions:
        ring(submission.pk)
    while (done := ErpItem.objects.filter(status="synced").count()) < count:
        if time.perf_counter() - began > 60:
            raise SystemExit(f"only {done} of {count} were synced in a minute")
        time.sleep(0.1)
    return count / (time.perf_counter() - began)


def singles(count: int, max_pm: Any, ada: Any) -> list[float]:
    """Milliseconds from an acceptance to green, for each of `count` vendors accepted one at a time."""
    from procore_sync.acceptance.bell import ring
    from procore_sync.acceptance.models import ErpItem

    took = []
    for number in range(count):
        began = time.perf_counter()
        (submission,) = accepted([f"Single {number}"], max_pm, ada)
        ring(submission.pk)
        while not ErpItem.objects.filter(pk=submission.item_id, status="synced").exists():
            time.sleep(0.002)
        took.append((time.perf_counter() - began) * 1000)
    return took


def resident(pid: int) -> int:
    """Resident kilobytes of a process and its children."""
    total = 0
    for folder in Path("/proc").glob("[0-9]*"):
        status = (folder / "status").read_text() if (folder / "status").exists() else ""
        fields = dict(line.split(":", 1) for line in status.splitlines() if ":" in line)
        if int(folder.name) == pid or int(fields.get("PPid", "0")) == pid:
            total += int(fields.get("VmRSS", "0 kB").split()[0])
    return total


if __name__ == "__main__":
    main()
