"""The inbox over many items: server time of its queries and their number, on the database of DATABASE_URL.

    DATABASE_URL=postgres://… ./console manage shell is not needed: run `python -m benchmarks.inbox --items 100000`.
Makes its rows in a company of its own and removes them again.
"""

from __future__ import annotations

import argparse
import os
import statistics
import time

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tests.settings")


def main() -> None:
    """Make the rows, read each view ten times, print median and worst, remove the rows."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--items", type=int, default=100_000)
    items = parser.parse_args().items
    django.setup()
    from django.core.management import call_command

    call_command("migrate", verbosity=0)
    member = make_rows(items)
    try:
        measure(member, items)
    finally:
        remove_rows(member)


def make_rows(count: int):  # type: ignore[no-untyped-def]
    """`count` items, spread over the states, 100 projects and 500 vendors; one in a hundred of them private.

    What was sent has a submission with what became of it. The approver who looks has sent one in ten of them.
    """
    from django.db import connection

    from procore_sync.acceptance.models import ErpItem, Submission
    from procore_sync.acceptance.states import Decision, Status
    from procore_sync.accounts.models import Company, KindPrivilege, Membership, User

    company = Company.objects.create(name="Benchmark", slug=f"benchmark-{time.time_ns()}")
    user = User.objects.create_user(f"{company.slug}@example.test", name="Ada")
    member = Membership.objects.create(user=user, company=company, role="accountant")
    other = User.objects.create_user(f"max-{company.slug}@example.test", name="Max")
    manager = Membership.objects.create(user=other, company=company, role="project_manager")
    KindPrivilege.objects.create(membership=member, kind="invoice", can_export=True)
    statuses = Status.values
    decided: dict[str, Decision] = {
        Status.SENT: Decision.OPEN,
        Status.REJECTED: Decision.REJECTED,
        Status.RETRIEVED: Decision.RETRIEVED,
        **dict.fromkeys((Status.EXPORTING, Status.FAILED, Status.SYNCED), Decision.ACCEPTED),
    }
    needs = ErpItem.requires.through
    projects, vendors = (
        ErpItem.objects.bulk_create(
            ErpItem(company=company, kind=kind, label=f"{kind} {number}".title()) for number in range(many)
        )
        for kind, many in (("project", 100), ("vendor", 500))
    )
    for start in range(0, count, 5000):
        made = ErpItem.objects.bulk_create(
            ErpItem(
                company=company,
                kind="invoice" if number % 2 else "vendor",
                status=statuses[number % len(statuses)],
                label=f"Record {number}",
                number=f"SC-{number:06}",
                amount=number,
                is_private=number % 100 == 0,
                project=projects[number % len(projects)],
                created_by=manager if number % 10 else member,
            )
            for number in range(start, min(start + 5000, count))
        )
        Submission.objects.bulk_create(
            Submission(
                item=item,
                company=company,
                number=1,
                revision=1,
                document={},
                digest="x",
                sent_by=item.created_by,
                decision=decided[item.status],
                lane=f"x:{item.pk}",
            )
            for item in made
            if item.status in decided
        )
        needs._default_manager.bulk_create(
            needs(from_erpitem=item, to_erpitem=vendors[item.pk % len(vendors)]) for item in made
        )
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            # What autovacuum does of itself soon after so many rows came in.
            cursor.execute("VACUUM ANALYZE")
    return member


def measure(member, items: int) -> None:  # type: ignore[no-untyped-def]
    """Print queries and milliseconds of the first and the 200th page of each view, and of narrowed and searched lists,
    through the real page.
    """
    from django.conf import settings
    from django.db import connection
    from django.test import Client
    from django.test.utils import CaptureQueriesContext

    settings.ALLOWED_HOSTS = ["testserver"]
    client = Client()
    client.force_login(member.user)
    pages = [f"&page={page}" for page in (1, 200)]
    for view in ("ready_to_export", "failed", "synced", "not_sent"):
        for asked in (*pages, *narrowed(member)):
            address = f"/inbox/?view={view}{asked}"
            client.get(address)
            took = []
            for _ in range(10):
                with CaptureQueriesContext(
                    connection,
                ) as queries:
                    before = time.perf_counter()
                    answer = client.get(address)
                    took.append((time.perf_counter() - before) * 1000)
            print(
                f"{items:>7} items  {view:<16} {asked[:16]:<16}  HTTP {answer.status_code}  "
                f"{len(queries)} queries  median {statistics.median(took):6.1f} ms  worst {max(took):6.1f} ms"
            )


def narrowed(member) -> list[str]:  # type: ignore[no-untyped-def]
    """Addresses of lists that are narrowed to a project, a vendor or both, or to words."""
    from procore_sync.acceptance.models import ErpItem

    first = {one.kind: one.pk for one in ErpItem.objects.filter(company=member.company, label__endswith=" 7")}
    project, party = f"&project={first['project']}", f"&party={first['vendor']}"
    return [project, party, f"{party}{project}", "&q=Vendor+7", "&q=a"]


def remove_rows(member) -> None:  # type: ignore[no-untyped-def]
    """Leave nothing behind."""
    from procore_sync.acceptance.models import ErpItem, Submission
    from procore_sync.accounts.models import User

    Submission.objects.filter(company=member.company).delete()
    rows = ErpItem.objects.filter(company=member.company)
    rows.filter(project__isnull=False).delete()
    rows.delete()
    users = list(member.company.memberships.values_list("user", flat=True))
    member.company.delete()
    User.objects.filter(pk__in=users).delete()


if __name__ == "__main__":
    main()
