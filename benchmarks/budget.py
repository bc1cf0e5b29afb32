"""A budget of thousands of lines: the time of its import and of its page, on the database of DATABASE_URL.

    python -m benchmarks.budget --rows 10000 --lines 2000
Makes its records in a company of its own and removes them again.
"""

from __future__ import annotations

import argparse
import io
import os
import statistics
import time
from typing import Any

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tests.settings")
HEADINGS = "Cost Code,Cost Type,Description,Manual Calculation,Unit Qty,UOM,Unit Cost,Budget Amount\n"


def main() -> None:
    """Import a file twice (all new, then all changed), ask for the page twelve times, print what it took."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--rows", type=int, default=10_000)
    parser.add_argument("--lines", type=int, default=2_000)
    arguments = parser.parse_args()
    django.setup()
    from django.core.management import call_command

    call_command("migrate", verbosity=0)
    member = make_member()
    try:
        measure_import(member, arguments.rows)
        measure_page(member, arguments.lines)
    finally:
        remove_rows(member)


def make_member() -> Any:
    """The project manager of a new company."""
    from procore_sync.accounts.models import Company, Membership, User

    company = Company.objects.create(name="Benchmark", slug=f"benchmark-{time.time_ns()}")
    user = User.objects.create_user(f"{company.slug}@example.test", name="Max")
    return Membership.objects.create(user=user, company=company, role="project_manager")


def make_budget(member: Any, count: int) -> Any:
    """An empty budget of a project that uses `count` codes."""
    from budgets.operations import open_budget
    from procore_sync.acceptance.models import ErpItem
    from projects.models import CostCode, ProjectCostCode
    from projects.operations import PROJECTS
    from projects.rules import ProjectDetails

    details = ProjectDetails(f"Project {count}", job_costs=True)
    project = PROJECTS.create(details, company=member.company, by=member)
    items = ErpItem.objects.bulk_create(
        ErpItem(company=member.company, kind="cost_code", label=f"{count}-{number:05}", synced_revision=1)
        for number in range(count)
    )
    codes = CostCode.objects.bulk_create(
        CostCode(company=member.company, erp=item, code=item.label, code_key=item.label, description="Work")
        for item in items
    )
    ProjectCostCode.objects.bulk_create(ProjectCostCode(project=project, cost_code=code) for code in codes)
    return open_budget(project, by=member)


def file_of(count: int, amount: str) -> Any:
    """A file with a row a code."""
    from django.core.files.uploadedfile import SimpleUploadedFile

    out = io.StringIO()
    out.write(HEADINGS)
    for number in range(count):
        out.write(f"{count}-{number:05},O,Work,true,,,,{amount}\n")
    return SimpleUploadedFile("budget.csv", out.getvalue().encode())


def measure_import(member: Any, count: int) -> None:
    """Upload, preview and import of a file of `count` rows, then of the same with other amounts."""
    from budgets.imports import import_lines, plan_of, upload_lines

    budget = make_budget(member, count)
    for what, amount in (("new", "1250.50"), ("changed", "1300.00")):
        used, started = time.process_time(), time.perf_counter()
        kept = upload_lines(file_of(count, amount), budget, by=member)
        read = time.perf_counter()
        plan_of(kept)
        planned = time.perf_counter()
        done = import_lines(kept, by=member)
        ended = time.perf_counter()
        assert done.added + done.changed == count
        print(
            f"{count:,} {what} rows: upload {read - started:.2f} s, preview {planned - read:.2f} s, "
            f"import {ended - planned:.2f} s; processor of all three {time.process_time() - used:.2f} s"
        )


def measure_page(member: Any, count: int) -> None:
    """The page of a budget with `count` lines and a direct cost on each."""
    from datetime import date
    from decimal import Decimal

    from django.db import connection
    from django.test import Client
    from django.test.utils import CaptureQueriesContext
    from django.utils import timezone

    from budgets.imports import import_lines, upload_lines
    from projects.models import CostLine

    budget = make_budget(member, count)
    import_lines(upload_lines(file_of(count, "1250.50"), budget, by=member), by=member)
    CostLine.objects.bulk_create(
        CostLine(
            company=member.company,
            project=budget.project,
            cost_code_id=code_id,
            coding="item",
            entity="Bill",
            txn_id=str(number),
            line_id="1",
            job_id="1",
            day=date(2026, 11, 2),
            amount=Decimal(number),
            read_at=timezone.now(),
        )
        for number, code_id in enumerate(budget.project.code_rows.values_list("cost_code", flat=True))
    )
    client, address = Client(HTTP_HOST="localhost"), f"/projects/{budget.project_id}/budget/"
    client.force_login(member.user)
    client.get(address)
    taken, used = [], []
    for _ in range(12):
        with CaptureQueriesContext(connection) as queries:
            ran, started = time.process_time(), time.perf_counter()
            answer = client.get(address)
            taken.append((time.perf_counter() - started) * 1000)
            used.append((time.process_time() - ran) * 1000)
        assert answer.status_code == 200
    print(
        f"page of {count:,} lines: {len(queries)} queries, median {statistics.median(taken):.0f} ms, "
        f"worst {max(taken):.0f} ms, processor {statistics.median(used):.0f} ms, {len(answer.content) / 2**20:.1f} MiB"
    )


def remove_rows(member: Any) -> None:
    """Everything of the company."""
    from budgets.models import Budget
    from procore_sync.acceptance.models import ErpItem
    from projects.models import CostCode, CostLine, Project

    company = member.company
    CostLine.objects.filter(company=company).delete()
    Budget.objects.filter(company=company).delete()
    Project.objects.filter(company=company).delete()
    CostCode.objects.filter(company=company).delete()
    ErpItem.objects.filter(company=company, kind="budget").delete()
    ErpItem.objects.filter(company=company).delete()
    user = member.user
    company.delete()
    user.delete()


if __name__ == "__main__":
    main()
