"""Job costs of 100,000 transactions, read by a real worker that is killed on the way: memory, calls, time, and the sum.

Starts its own emulator (limits on, as QuickBooks has them) and Celery workers; needs DATABASE_URL (PostgreSQL) and
REDIS_URL of databases that may be filled and emptied. Ends with exit code 1 if a figure misses what is promised.
"""

from __future__ import annotations

import argparse
import os
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from decimal import Decimal
from itertools import islice
from pathlib import Path
from typing import Any

import django

import tests.settings  # noqa: F401 - its defaults for secrets; the product's own settings are measured

os.environ["DJANGO_SETTINGS_MODULE"] = "procore_sync.settings"
REALM = "9341450000000001"
JOB = "Fire Station 4"
#: Promised: this much over idle, whatever the number of transactions.
MOST_MIB = 150
PAGE = 1000
#: Of a hundred transactions.
SHARES = {"Bill": 40, "Purchase": 25, "VendorCredit": 5, "JournalEntry": 10, "TimeActivity": 20}


def main() -> None:
    """Fill the books, read them with a kill on the way, read them again; print a line a figure."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--transactions", type=int, default=100_000)
    parser.add_argument("--kill-at", type=float, default=0.4, help="share of the documents after which it is killed")
    given = parser.parse_args()
    django.setup()
    from django.core.management import call_command

    from tests.processes import environment, processes

    call_command("migrate", verbosity=0)
    call_command("flush", interactive=False, verbosity=0)
    env = environment(os.environ["DATABASE_URL"], os.environ["REDIS_URL"], DEBUG="false", JOB_COST_HOURS="0")
    with tempfile.TemporaryDirectory() as folder, processes(Path(folder), env) as running:
        missed = measure(running, given)
    call_command("flush", interactive=False, verbosity=0)
    if missed:
        raise SystemExit(f"missed: {', '.join(missed)}")


def measure(running: Any, given: argparse.Namespace) -> list[str]:
    """What was missed of what is promised."""
    emulator = running.emulator()
    company, project = contractor(running)
    books = Books(emulator.url)
    began = time.perf_counter()
    books.fill(given.transactions)
    books.let_pass(minutes=10)
    print(f"{given.transactions:,} transactions entered in {time.perf_counter() - began:.0f} s", flush=True)

    reader = Reader(running, company.pk)
    reader.read_until(int(given.transactions * given.kill_at))
    reader.killed()
    first = reader.read_until(None)
    print(f"read in {reader.seconds:.0f} s, killed once at {reader.killed_at:,} documents; {told(first)}")
    least = sum(count // PAGE + 1 for count in books.counts.values())
    calls = books.calls()
    print(f"calls received for transactions: {calls}; paging allows no less than {least}")
    print(f"memory of the reading process: at most {reader.over:.0f} MiB over idle ({reader.idle:.0f} MiB)")
    wrong = differences(project, books)
    print(wrong or "sum and number of costs are those of the books")

    again = Reader(running, company.pk)
    second = again.read_until(None)
    print(f"read again in {again.seconds:.1f} s; {told(second)}")
    return [
        name
        for name, is_missed in {
            f"under {MOST_MIB} MiB over idle": reader.over >= MOST_MIB,
            # The page that was under way when it was killed is asked for again.
            "no more calls than paging needs": calls > least + 2,
            "every cost once": bool(wrong),
        }.items()
        if is_missed
    ]


def told(reading: Any) -> str:
    """What a reading says of itself."""
    return f"{reading.reads} calls, {reading.documents:,} documents, {reading.lines:,} costs"


def contractor(running: Any) -> tuple[Any, Any]:
    """A company whose project is the job, connected; the item Materials is its cost code."""
    from projects.models import Project
    from projects.operations import edit_project
    from projects.records import details_of
    from projects.rules import ProjectDetails
    from quickbooks_bridge.importers.candidates import SOURCES
    from quickbooks_bridge.importers.operations import add
    from quickbooks_bridge.names import names_of
    from tests.factories import make_approver, make_company, make_member
    from tests.processes import wait_for

    company = make_company("Benchmark", "benchmark")
    max_pm, ada = make_member(company, "Max", "project_manager"), make_approver(company)  # type: ignore[arg-type]
    make_member(company, "Alma", "administrator")  # type: ignore[arg-type]
    connect = running.run("connect", ["manage.py", "connect_sandbox", "--company", company.slug, "--realm", REALM])
    wait_for(lambda: connect.process.poll() is not None, 60, what="connected", children=[connect])
    add(names_of(company.pk, "Customer").get(name=JOB), SOURCES["job"], by=ada)
    add(names_of(company.pk, "Item").get(name="Materials"), SOURCES["item"], by=ada)
    project = Project.objects.get(name=JOB)
    details = {**details_of(project, ProjectDetails).__dict__, "job_costs": True}
    return company, edit_project(project, ProjectDetails(**details), by=max_pm, seen=project.edition)


@dataclass
class Books:
    """The bookkeeper's side: enters transactions, and keeps count of what they cost the job."""

    emulator: str
    counts: dict[str, int] = field(default_factory=dict)
    coded: Decimal = Decimal(0)
    uncoded: Decimal = Decimal(0)
    lines: int = 0

    def fill(self, transactions: int) -> None:
        """Enter this many, in the shares given above."""
        import requests

        self._ids = {
            (entity, str(one.get("DisplayName") or one["Name"])): {"value": one["Id"]}
            for entity in ("Customer", "Vendor", "Employee", "Item", "Account")
            for one in requests.get(f"{self.emulator}/_control/documents/{REALM}/{entity}", timeout=60).json()
        }
        for entity, share in SHARES.items():
            self.counts[entity] = transactions * share // 100
            documents = (self._document(entity, number) for number in range(self.counts[entity]))
            while some := list(islice(documents, 2000)):
                url = f"{self.emulator}/_control/bulk/{REALM}/{entity}"
                requests.post(url, json=some, timeout=120).raise_for_status()

    def let_pass(self, minutes: int) -> None:
        """Move QuickBooks' clock, so that what was entered here is no news to a second reading."""
        import requests

        requests.post(f"{self.emulator}/_control/clock", json={"advance_seconds": minutes * 60}, timeout=10)

    def calls(self) -> int:
        """Calls for transactions that the emulator received."""
        import requests

        received = requests.get(f"{self.emulator}/_control/requests", timeout=60).json()
        asked = [str(one["body"]) + str(one["query"]) for one in received if one["operation"] in ("query", "cdc")]
        return sum(any(entity in text for entity in SHARES) for text in asked)

    def _document(self, entity: str, number: int) -> dict[str, Any]:
        """Document `number` of its kind; every fourth is for a job that is nobody's project here."""
        job = JOB if number % 4 else "Parish Hall Roof"
        amount = Decimal(number % 997 + 1) + Decimal(number % 100) / 100
        head: dict[str, Any] = {"TxnDate": f"2026-{number % 11 + 1:02}-{number % 28 + 1:02}"}
        if entity == "TimeActivity":
            self._count(job, Decimal(number % 8 + 1) * 40, is_coded=False)
            who = {"NameOf": "Employee", "EmployeeRef": self._ids["Employee", "Rosa Delgado"]}
            worked = {"Hours": number % 8 + 1, "Minutes": 0, "CostRate": 40}
            return {**head, **who, **worked, "CustomerRef": self._ids["Customer", job]}
        if entity == "JournalEntry":
            self._count(job, amount, is_coded=False)
            return {**head, "DocNumber": f"J{number}", "Line": list(self._entry(job, amount))}
        lines = [
            self._line("Item", "Materials", job, amount),
            self._line("Account", "Equipment Rental", job, Decimal(7)),
        ]
        sign = -1 if entity == "VendorCredit" or (entity == "Purchase" and number % 10 == 0) else 1
        self._count(job, sign * amount, is_coded=True)
        self._count(job, sign * Decimal(7), is_coded=False)
        if entity == "Bill":
            lines.append(self._line("Item", "Retainage", job, -amount / 10))
        if entity == "Purchase":
            paid = {"PaymentType": "CreditCard", "AccountRef": self._ids["Account", "Company Credit Card"]}
            return {**head, **paid, "Credit": sign < 0, "Line": lines}
        return {**head, "VendorRef": self._ids["Vendor", "Ace Electric Co"], "DocNumber": f"N{number}", "Line": lines}

    def _count(self, job: str, amount: Decimal, *, is_coded: bool) -> None:
        if job == JOB:
            self.lines += 1
            self.coded += amount if is_coded else 0
            self.uncoded += 0 if is_coded else amount

    def _line(self, entity: str, name: str, job: str, amount: Decimal) -> dict[str, Any]:
        kind = f"{entity}BasedExpenseLineDetail"
        detail = {f"{entity}Ref": self._ids[entity, name], "CustomerRef": self._ids["Customer", job]}
        return {"Amount": str(amount), "Description": f"{name} as delivered", "DetailType": kind, kind: detail}

    def _entry(self, job: str, amount: Decimal) -> Iterator[dict[str, Any]]:
        who = {"Entity": {"Type": "Customer", "EntityRef": self._ids["Customer", job]}}
        for posting, account, more in (("Debit", "Job Labor", who), ("Credit", "Operating Checking", {})):
            detail = {"PostingType": posting, "AccountRef": self._ids["Account", account], **more}
            yield {"Amount": str(amount), "DetailType": "JournalEntryLineDetail", "JournalEntryLineDetail": detail}


class Reader:
    """A worker of one process that reads the company's job costs; its memory is watched from outside."""

    def __init__(self, running: Any, company_id: int) -> None:
        self._running, self._company_id = running, company_id
        self.seconds, self.idle, self.over, self.killed_at = 0.0, 0.0, 0.0, 0
        self._worker: Any = None
        newest = self._newest()
        self._ended = newest.pk if newest else 0

    def read_until(self, documents: int | None) -> Any:
        """Start a worker, ask it to read, and wait for so many documents, or for the end."""
        from quickbooks_bridge.tasks import read_job_costs

        self._worker = self._running.worker(pool="prefork", concurrency=1)
        time.sleep(2)
        idle, began = memory(self._worker.pid, "VmRSS"), time.perf_counter()
        self.idle = max(self.idle, *idle.values())
        read_job_costs.delay(self._company_id)
        while not self._is_far_enough(documents):
            self._watch(idle)
            if time.perf_counter() - began > 1800:
                raise SystemExit("not read in half an hour")
            time.sleep(0.05)
        self._watch(idle)
        self.seconds += time.perf_counter() - began
        return self._newest()

    def _watch(self, idle: dict[int, float]) -> None:
        """Remember the most that any process of the worker has grown since it was idle."""
        now = memory(self._worker.pid, "VmHWM")
        self.over = max(self.over, *(now[pid] - idle.get(pid, 0.0) for pid in now))

    def _newest(self) -> Any:
        from projects.models import CostReading

        return CostReading.objects.filter(company_id=self._company_id).order_by("-pk").first()

    def _is_far_enough(self, documents: int | None) -> bool:
        reading = self._newest()
        if reading is None or reading.pk <= self._ended:
            return False
        if reading.error:
            raise SystemExit(reading.error)
        return bool(reading.ended_at) or (documents is not None and reading.documents >= documents)

    def killed(self) -> None:
        """SIGKILL to the worker and its process; its lease of two minutes is let run out at once."""
        from django.utils import timezone

        self._worker.kill()
        reading = self._newest()
        self.killed_at = reading.documents
        type(reading).objects.filter(pk=reading.pk).update(leased_until=timezone.now())


def differences(project: Any, books: Books) -> str:
    """What is stored that the books do not say, in words; nothing if it is the same."""
    from projects.job_costs import direct_costs, uncoded_cost
    from projects.models import CostLine

    coded, uncoded = sum(direct_costs(project).values()), uncoded_cost(project)
    stored = CostLine.objects.filter(project=project).count()
    if (coded, uncoded, stored) == (books.coded, books.uncoded, books.lines):
        return ""
    return (
        f"stored {coded} + {uncoded} in {stored} lines; the books say {books.coded} + {books.uncoded} in {books.lines}"
    )


def memory(pid: int, what: str) -> dict[int, float]:
    """Mebibytes of a process and of each of its children; pages shared by forks are counted in each."""
    found = {pid: 0.0}
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            status = (folder / "status").read_text()
        except OSError:
            continue
        fields = dict(line.split(":", 1) for line in status.splitlines() if ":" in line)
        if int(folder.name) == pid or int(fields.get("PPid", "0")) == pid:
            found[int(folder.name)] = int(fields.get(what, "0 kB").split()[0]) / 1024
    return found


if __name__ == "__main__":
    main()
