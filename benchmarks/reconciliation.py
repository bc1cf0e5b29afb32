"""Comparing a company of 50,000 bills with what was read of its QuickBooks: time and memory of the comparing process.

Half of the bills are ours, each of an invoice, and a hundredth of these differ; the other half were typed by the
bookkeeper. Everything is laid down as rows, so no call is made. Then the whole run once more, reading: as many bills
that the bookkeeper typed into an emulator without limits, from the first call to what is written down. Needs
DATABASE_URL (PostgreSQL) and REDIS_URL of databases that may be filled and emptied. Ends with exit code 1 if a figure
misses what is promised.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
import time
from datetime import date
from decimal import Decimal
from itertools import islice
from pathlib import Path
from typing import Any

import django

import tests.settings  # noqa: F401 - its defaults for secrets; the product's own settings are measured

os.environ["DJANGO_SETTINGS_MODULE"] = "procore_sync.settings"
MOST_MIB, MOST_SECONDS = 300, 300
COMMITMENTS = 1000
A_PROJECT = 5


def main() -> None:
    """Fill, compare in a process of its own, empty."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--bills", type=int, default=50_000)
    parser.add_argument("--compare", type=int, help="only compare this company")
    parser.add_argument("--run", type=int, help="only read and compare this company")
    given = parser.parse_args()
    django.setup()
    if given.compare or given.run:
        raise SystemExit(compare(given.compare) if given.compare else whole(given.run))
    from django.core.management import call_command

    call_command("migrate", verbosity=0)
    call_command("flush", interactive=False, verbosity=0)
    began = time.perf_counter()
    company = fill(given.bills)
    print(f"{given.bills:,} bills laid down in {time.perf_counter() - began:.0f} s", flush=True)
    argv = [sys.executable, "-m", "benchmarks.reconciliation", "--compare", str(company)]
    code = subprocess.run(argv, check=False).returncode
    call_command("flush", interactive=False, verbosity=0)
    code = max(code, typed(given.bills))
    call_command("flush", interactive=False, verbosity=0)
    raise SystemExit(code)


def typed(bills: int) -> int:
    """A connected company in whose QuickBooks so many bills were typed, read and compared in a process of its own."""
    import requests

    from benchmarks.changes import contractor, enter
    from quickbooks_bridge.models import Every, Link, PaymentSchedule
    from tests.processes import environment, processes

    env = environment(os.environ["DATABASE_URL"], os.environ["REDIS_URL"], DEBUG="false", QUICKBOOKS_LIMITS="false")
    with tempfile.TemporaryDirectory() as folder, processes(Path(folder), env) as running:
        emulator = running.emulator()
        requests.post(f"{emulator.url}/_control/limits", json={"enabled": False}, timeout=10)
        company = contractor(running)
        vendor = next(one["VendorRef"]["value"] for one in enter(emulator.url, bills))
        Link.objects.filter(company=company).update(entity="Vendor", remote_id=vendor)
        began = company.created_at
        PaymentSchedule.objects.create(company=company, hours=Every.HOUR, since=date(2026, 1, 1), began_at=began)
        argv = [sys.executable, "-m", "benchmarks.reconciliation", "--run", str(company.pk)]
        return subprocess.run(argv, env=running.environment, check=False).returncode


def whole(company_id: int) -> int:
    """Read and compare it; 1 if it takes too long or too much, or misses a bill."""
    from quickbooks_bridge.models import LedgerBill
    from quickbooks_bridge.reconciling import running

    idle, began = _resident(), time.perf_counter()
    while (run := running.carry_on(company_id)) is not None and run.ended_at is None and not run.error:
        pass
    seconds, most = time.perf_counter() - began, _resident()
    known = LedgerBill.objects.filter(company_id=company_id, entity="Bill").count()
    error, not_ours = (run.error, run.not_ours) if run else ("nobody ran", 0)
    print(f"{known:,} bills read and compared in {seconds:.0f} s; {not_ours:,} are not ours {error}")
    print(f"at most {most:.0f} MiB resident, {most - idle:.0f} over idle")
    return int(seconds > MOST_SECONDS or most > MOST_MIB or bool(error) or not_ours < known)


def compare(company_id: int) -> int:
    """Compare and write it down, as the last step of a run does; 1 if it takes too long or too much."""
    from django.db import transaction
    from django.utils import timezone

    from quickbooks_bridge.models import Connection
    from quickbooks_bridge.reconciling.comparing import compared, note_gone
    from quickbooks_bridge.reconciling.rows import ReconciliationRun
    from quickbooks_bridge.reconciling.running import conclude

    idle, began = _resident(), time.perf_counter()
    run = ReconciliationRun.objects.create(company_id=company_id, leased_until=timezone.now())
    note_gone(Connection(company_id=company_id), run.began_at)
    found = compared(company_id, lambda step: None)
    with transaction.atomic():
        conclude(run, found, timezone.now())
    seconds, most = time.perf_counter() - began, _resident()
    run.refresh_from_db()
    print(f"{run.projects} projects and {run.vendors} vendors compared in {seconds:.0f} s; {run.differing} differ")
    print(f"{run.not_ours:,} documents are not ours; at most {most:.0f} MiB resident, {most - idle:.0f} over idle")
    return int(seconds > MOST_SECONDS or most > MOST_MIB)


def _resident() -> float:
    """The most memory that this process has had, in MiB; what getrusage tells counts the parent's too."""
    told = dict(line.split(":", 1) for line in Path("/proc/self/status").read_text().splitlines())
    return int(told["VmHWM"].split()[0]) / 1024


def fill(bills: int) -> int:
    """A company whose bills are half its invoices', half the bookkeeper's; its number."""
    from projects.models import Project
    from quickbooks_bridge.models import Link
    from tests.factories import make_commitment, make_company, make_member, make_project, make_vendor, synced
    from vendors.models import Vendor

    company = make_company("Benchmark", "benchmark")
    by = make_member(company, "Max", "project_manager")  # type: ignore[arg-type]
    vendors: list[Vendor] = [make_vendor(by) for _ in range(100)]
    commitments = []
    for at in range(COMMITMENTS):
        if at % A_PROJECT == 0:
            project: Project = make_project(by)
            Link.objects.create(item=project.erp, company=company, entity="Customer", remote_id=f"j{at}")
        made = synced(make_commitment(by, project, vendors[at % 100], lines=["100000.00"]))
        total = Decimal("100000.00")
        Link.objects.create(item=made.erp, company=company, entity="PurchaseOrder", remote_id=f"p{at}", total=total)
        commitments.append(made)
    for vendor in vendors:
        Link.objects.create(item=vendor.erp, company=company, entity="Vendor", remote_id=f"v{vendor.pk}")
    _fill_ours(commitments, bills // 2)
    _fill_theirs(commitments, bills // 2)
    return company.pk


def _fill_ours(commitments: list[Any], count: int) -> None:
    """Invoices of one line each, linked to bills that say the same, but for a hundredth."""
    from django.utils import timezone

    from invoices.models import BillingPeriod, Invoice, InvoiceLine, InvoiceStatus
    from procore_sync.acceptance.models import ErpItem
    from quickbooks_bridge.models import LedgerBill, Link

    day, now, company = date(2026, 11, 20), timezone.now(), commitments[0].company
    periods = {
        pk: BillingPeriod.objects.create(project_id=pk, starts_on=day, ends_on=day, due_on=day)
        for pk in {one.project_id for one in commitments}
    }
    lines = {one.pk: one.lines.first() for one in commitments}
    for first in range(0, count, 2500):
        some = range(first, min(first + 2500, count))
        items = ErpItem.objects.bulk_create(
            ErpItem(company=company, kind="invoice", label=f"I{at}", synced_revision=1, status="synced") for at in some
        )
        of = [commitments[at % len(commitments)] for at in some]
        invoices = Invoice.objects.bulk_create(
            Invoice(
                company=company,
                erp=item,
                commitment=one,
                period=periods[one.project_id],
                sequence=at // len(commitments) + 1,
                number=f"I{at}",
                starts_on=day,
                ends_on=day,
                billed_on=day,
                status=InvoiceStatus.APPROVED,
            )
            for at, item, one in zip(some, items, of, strict=True)
        )
        InvoiceLine.objects.bulk_create(
            InvoiceLine(
                invoice=invoice,
                position=1,
                key="1",
                sov_line=lines[invoice.commitment_id],
                scheduled=Decimal("100000.00"),
                completed=Decimal("100.00"),
                work_retained=Decimal("10.00"),
            )
            for invoice in invoices
        )
        Link.objects.bulk_create(
            Link(item=item, company=company, entity="Bill", remote_id=f"b{at}", total=Decimal("90.00"))
            for at, item in zip(some, items, strict=True)
        )
        LedgerBill.objects.bulk_create(
            _bill(company, f"b{at}", one, Decimal("100.00") if at % 100 else Decimal("101.00"), now)
            for at, one in zip(some, of, strict=True)
        )


def _bill(company: Any, remote_id: str, commitment: Any, gross: Decimal, now: Any) -> Any:
    from quickbooks_bridge.models import LedgerBill

    held = Decimal("10.00")
    return LedgerBill(
        company=company,
        remote_id=remote_id,
        vendor_id=f"v{commitment.vendor_id}",
        number=remote_id,
        matching=remote_id,
        day=date(2026, 11, 20),
        total=gross - held,
        gross=gross,
        retainage=held,
        balance=gross - held,
        job_ids=["j0"],
        seen_at=now,
    )


def _fill_theirs(commitments: list[Any], count: int) -> None:
    """Bills that the bookkeeper typed for our vendors and a job of ours."""
    from django.utils import timezone

    from quickbooks_bridge.models import LedgerBill

    now, company = timezone.now(), commitments[0].company
    rows = (_bill(company, f"x{at}", commitments[at % len(commitments)], Decimal("50.00"), now) for at in range(count))
    while batch := list(islice(rows, 2500)):
        LedgerBill.objects.bulk_create(batch)


if __name__ == "__main__":
    main()
