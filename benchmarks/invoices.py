"""Many approved invoices sent in one press and accepted in another: each page's time, and how fast all are verified.

A few lack the day on which they are due, and of a few the bill's number stands in QuickBooks already: they fall out
with their reason, at the sending and at the acceptance, while the rest goes on. Starts its own emulator, web server
and worker; needs DATABASE_URL (PostgreSQL) and REDIS_URL of databases that may be filled and emptied. Ends with exit
code 1 if a promise is missed.
"""

from __future__ import annotations

import argparse
import os
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from itertools import pairwise
from pathlib import Path
from typing import Any

import django

import tests.settings  # noqa: F401 - its defaults for secrets; the product's own settings are measured

os.environ["DJANGO_SETTINGS_MODULE"] = "procore_sync.settings"
REALM = "9341450000000001"
#: A page may take so long.
SECONDS = 1.0
UNFIT = 3
EXPENSE = "ItemBasedExpenseLineDetail"


def main() -> None:
    """Prepare, press the button, wait; a line a figure."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--count", type=int, default=200)
    parser.add_argument("--lines", type=int, default=10)
    parser.add_argument("--concurrency", type=int, default=2)
    parser.add_argument("--limits", action="store_true", help="keep QuickBooks' limits, as in production")
    given = parser.parse_args()
    django.setup()
    from django.core.management import call_command

    from tests.processes import environment, processes

    call_command("migrate", verbosity=0)
    call_command("flush", interactive=False, verbosity=0)
    limits = str(given.limits).lower()
    env = environment(os.environ["DATABASE_URL"], os.environ["REDIS_URL"], QUICKBOOKS_LIMITS=limits, DEBUG="false")
    env |= {"LOG_LEVEL": "ERROR", "STATIC_MANIFEST": "false"}
    try:
        with tempfile.TemporaryDirectory() as folder, processes(Path(folder), env) as running:
            missed = measure(running, given)
    finally:
        call_command("flush", interactive=False, verbosity=0)
    if missed:
        raise SystemExit(f"missed: {', '.join(missed)}")


def measure(running: Any, given: argparse.Namespace) -> list[str]:
    """What was missed of what is promised."""
    from invoices.models import Invoice
    from procore_sync.acceptance.models import ErpItem, Submission, Turn

    emulator = running.emulator()
    books = Ledger(emulator.url)
    books.control("limits", enabled=False)
    people, invoices = contractor(running, books, given)
    books.control("limits", enabled=given.limits)
    running.worker(pool="prefork", concurrency=given.concurrency, with_beat=True)
    max_pm, ada = people
    web = running.web().url
    pages = [press(web, max_pm, "/invoices/", "/invoices/send/", invoice=[str(one.pk) for one in invoices])]
    until("asked to be sent", lambda: not Turn.objects.filter(done_at=None).exists())
    waiting = Submission.objects.filter(decision="").values_list("pk", flat=True)
    pile = "/inbox/many/?view=ready_to_export&kind=invoice"
    pages.append(press(web, ada, pile, "/inbox/many/do/", action="accept", chosen=[str(one) for one in waiting]))
    went = time.perf_counter()
    items = ErpItem.objects.filter(invoice__in=Invoice.objects.all())
    fit = given.count - 2 * UNFIT
    until(f"{fit} synced", lambda: items.filter(status="synced").count() >= fit)
    seconds = time.perf_counter() - went + pages[1].answer
    print(f"{fit} verified in {seconds:.1f} s after the acceptance: {fit / seconds:.1f} a second")
    until("every turn taken", lambda: not Turn.objects.filter(done_at=None).exists())
    bills = len(books.documents("Bill")) - UNFIT
    reasons = left_out()
    print(f"bills in the books: {bills}; left out: {len(reasons)}, {sorted(set(reasons))}")
    return [
        name
        for name, is_missed in {
            f"every page within {SECONDS:.0f} s": max(one.longest for one in pages) > SECONDS,
            "every bill once": bills != fit,
            "each that stays with its reason": len(reasons) != 2 * UNFIT or not all(reasons),
        }.items()
        if is_missed
    ]


def left_out() -> list[str]:
    """The reasons of those that stayed."""
    from procore_sync.acceptance.models import Turn

    return list(Turn.objects.exclude(why_not="").values_list("why_not", flat=True))


class Ledger:
    """The emulator's control plane."""

    def __init__(self, url: str) -> None:
        self.url = url

    def control(self, path: str, **given: Any) -> Any:
        """Ask it something."""
        import requests

        answer = requests.post(f"{self.url}/_control/{path}", json=given, timeout=30)
        answer.raise_for_status()
        return answer.json()

    def write(self, entity: str, **document: Any) -> dict[str, Any]:
        """Enter a document."""
        return dict(self.control(f"documents/{REALM}/{entity}", **document))

    def documents(self, entity: str) -> list[dict[str, Any]]:
        """Everything of one kind."""
        import requests

        return list(requests.get(f"{self.url}/_control/documents/{REALM}/{entity}", timeout=30).json())


def until(what: str, condition: Callable[[], bool]) -> None:
    """Wait, five minutes at most."""
    began = time.perf_counter()
    while not condition():
        if time.perf_counter() - began > 300:
            raise SystemExit(f"not in five minutes: {what}")
        time.sleep(0.1)


@dataclass(frozen=True)
class Pages:
    """Seconds until the page with the button is there, until the press is answered, and until what follows is there."""

    before: float
    answer: float
    after: float

    @property
    def longest(self) -> float:
        """The one that took longest."""
        return max(self.before, self.answer, self.after)


def press(url: str, who: Any, page: str, button: str, **form: Any) -> Pages:
    """Open `page`, press its button, and see what follows."""
    from procore_sync.demo.person import Person
    from tests.journeys.register import press as answer_to

    person = Person(url, who.user.email, "secret")
    took = [time.perf_counter()]
    person.get(page)
    took.append(time.perf_counter())
    answer = answer_to(person, button, **form)
    took.append(time.perf_counter())
    if answer.status_code != 302:
        raise SystemExit(f"{button} answered {answer.status_code}: {answer.text[:300]}")
    person.get(answer.headers["Location"])
    took.append(time.perf_counter())
    pages = Pages(*(later - earlier for earlier, later in pairwise(took)))
    print(
        f"{page}: {pages.before:.2f} s; {button}: {pages.answer:.2f} s; what follows: {pages.after:.2f} s", flush=True
    )
    return pages


def contractor(running: Any, books: Ledger, given: argparse.Namespace) -> tuple[tuple[Any, Any], list[Any]]:
    """Who sends and who accepts, and approved invoices of as many commitments; what they need is linked."""
    import sys

    from django.contrib.auth.hashers import make_password

    from procore_sync.accounts.models import User
    from procore_sync.kit.kinds import Kind
    from quickbooks_bridge.models import Mapping
    from tests.factories import make_company, make_cost_code, make_member, make_project, make_vendor
    from tests.processes import wait_for

    company = make_company("Benchmark", "benchmark")
    max_pm = make_member(company, "Max", "project_manager")  # type: ignore[arg-type]
    make_member(company, "Alma", "administrator")  # type: ignore[arg-type]
    ada = make_member(company, "Ada", "accountant", exports=[Kind.INVOICE])  # type: ignore[arg-type]
    User.objects.update(password=make_password("secret", hasher="argon2"))
    argv = [sys.executable, "manage.py", "connect_sandbox", "--company", company.slug, "--realm", REALM]
    connect = running.run("connect", argv, QUICKBOOKS_LIMITS="false")
    wait_for(lambda: connect.process.poll() is not None, 60, what="connected", children=[connect])
    retainage = next(one for one in books.documents("Item") if one["Name"] == "Retainage")
    Mapping.objects.create(company=company, thing="retainage_item", entity="Item", remote_id=retainage["Id"])
    accounts = {one["AccountType"]: {"value": one["Id"]} for one in books.documents("Account")}
    refs = {"IncomeAccountRef": accounts["Income"], "ExpenseAccountRef": accounts["Cost of Goods Sold"]}
    code = linked(make_cost_code(max_pm, "03-100"), "Item", books.write("Item", Name="03-100", Type="Service", **refs))
    customer = next(one for one in books.documents("Customer") if not one.get("Job"))
    project = make_project(max_pm, "Two hundred bills", codes=[code])
    job = {"DisplayName": project.name, "Job": True, "ParentRef": {"value": customer["Id"]}}
    linked(project, "Customer", books.write("Customer", **job))
    vendors = []
    for at in range(10):
        vendor = make_vendor(max_pm, f"Trade contractor {at}")
        vendors.append(linked(vendor, "Vendor", books.write("Vendor", DisplayName=vendor.name)))
    made = [billed(max_pm, project, vendors[at % 10], books, at, given.lines) for at in range(given.count)]
    return (max_pm, ada), made


def linked(record: Any, entity: str, remote: dict[str, Any]) -> Any:
    """`record`, linked to what the bookkeeper has of it."""
    from procore_sync.acceptance import operations
    from quickbooks_bridge.links import remember_link

    operations.link(record.erp, by=None, detail={"entity": entity, "id": remote["Id"]})
    remember_link(record.erp, entity, remote, verified=None)
    return record


def billed(by: Any, project: Any, vendor: Any, books: Ledger, at: int, lines: int) -> Any:
    """An approved invoice of half of a commitment of its own, whose order is in the books."""
    from invoices.models import Invoice
    from quickbooks_bridge.models import Link
    from tests.factories import make_commitment
    from tests.quickbooks_bridge.invoice_rows import make_invoice

    amounts = [f"{1000 + at + line}.37" for line in range(lines)]
    commitment = make_commitment(by, project, vendor, lines=amounts, number=f"SC-{at:04}")
    code = project.cost_codes.get()
    item, job, whom = ({"value": Link.objects.get(item=one.erp).remote_id} for one in (code, project, vendor))
    detail = {"ItemRef": item, "CustomerRef": job}
    order = [
        {"Amount": amount, "Description": f"[{key}] Work", "DetailType": EXPENSE, EXPENSE: detail}
        for key, amount in enumerate(amounts, 1)
    ]
    linked(commitment, "PurchaseOrder", books.write("PurchaseOrder", VendorRef=whom, DocNumber=str(at), Line=order))
    half = {str(key): f"{Decimal(amount) / 2:.2f}" for key, amount in enumerate(amounts, 1)}
    invoice = make_invoice(commitment, by, half)
    due = None if at < UNFIT else invoice.billed_on + timedelta(days=30)
    Invoice.objects.filter(pk=invoice.pk).update(due_on=due)
    if UNFIT <= at < 2 * UNFIT:
        typed_by_hand(invoice, whom, item, books)
    return invoice


def typed_by_hand(invoice: Any, whom: dict[str, str], item: dict[str, str], books: Ledger) -> None:
    """A bill of this number and amount that the bookkeeper has entered, and that was read since."""
    from django.utils import timezone

    from quickbooks_bridge.ledger_bills import matching_number
    from quickbooks_bridge.models import LedgerBill

    amount = invoice.erp.amount
    line = {"Amount": str(amount), "DetailType": EXPENSE, EXPENSE: {"ItemRef": item}}
    bill = books.write("Bill", VendorRef=whom, DocNumber=invoice.number, Line=[line])
    LedgerBill.objects.create(
        company=invoice.company,
        remote_id=bill["Id"],
        vendor_id=whom["value"],
        number=invoice.number,
        matching=matching_number(invoice.number),
        total=amount,
        gross=amount,
        balance=amount,
        seen_at=timezone.now(),
    )


if __name__ == "__main__":
    main()
