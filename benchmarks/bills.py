"""Many accepted bills without the hours that it takes to press for each: one of a commitment is made as in life, and
its siblings are laid down as rows that differ from it by number, application and mark, each with its place in the
journal.
"""

from __future__ import annotations

import json
import sys
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

REALM = "9341450000000001"
EXPENSE = "ItemBasedExpenseLineDetail"
#: Rows of one statement.
_AT_ONCE = 500


@dataclass
class Contract:
    """A commitment that is in the books, and the first bill of it, which its others are like."""

    first: Any
    submission: Any
    invoices: int = 1


@dataclass
class Billing:
    """A connected company, who sends and accepts, and its contracts, each billed so often before the next one is."""

    company: Any
    sender: Any
    approver: Any
    contracts: list[Contract]
    at_a_time: int = 1
    _next: int = 0

    def lay(self, count: int) -> list[int]:
        """So many further accepted bills, due but not rung for; the ids of their submissions."""
        from django.db import transaction

        made: list[int] = []
        for _ in range(0, count, _AT_ONCE):
            with transaction.atomic():
                made += self._lay([self._turn() for _ in range(min(_AT_ONCE, count - len(made)))])
        return made

    def _turn(self) -> tuple[Contract, int]:
        contract = self.contracts[self._next // self.at_a_time % len(self.contracts)]
        self._next += 1
        contract.invoices += 1
        return contract, contract.invoices

    def _lay(self, turns: Sequence[tuple[Contract, int]]) -> list[int]:
        items = self._items(turns)
        self._invoices(turns, items)
        submissions = self._submissions(turns, items)
        self._journal(items, submissions)
        return [one.pk for one in submissions]

    def _items(self, turns: Sequence[tuple[Contract, int]]) -> list[Any]:
        from procore_sync.acceptance.models import ErpItem

        items = ErpItem.objects.bulk_create(
            ErpItem(
                company=self.company,
                kind="invoice",
                number=number,
                label=f"{number} of {contract.first.commitment.number}",
                amount=contract.first.erp.amount,
                project_id=contract.first.erp.project_id,
                created_by=self.sender,
            )
            for contract, at in turns
            for number in [_number(contract, at)]
        )
        needs = {id(contract): list(contract.first.erp.requires.all()) for contract, _ in turns}
        through = ErpItem.requires.through
        through._default_manager.bulk_create(
            through(from_erpitem=item, to_erpitem=other)
            for (contract, _), item in zip(turns, items, strict=True)
            for other in needs[id(contract)]
        )
        return items

    def _invoices(self, turns: Sequence[tuple[Contract, int]], items: Sequence[Any]) -> None:
        from invoices.models import Invoice, InvoiceLine

        invoices = Invoice.objects.bulk_create(
            _copy(contract.first, erp=item, sequence=at, number=_number(contract, at))
            for (contract, at), item in zip(turns, items, strict=True)
        )
        lines = {id(contract): list(contract.first.lines.all()) for contract, _ in turns}
        InvoiceLine.objects.bulk_create(
            _copy(line, invoice=invoice)
            for (contract, _), invoice in zip(turns, invoices, strict=True)
            for line in lines[id(contract)]
        )

    def _submissions(self, turns: Sequence[tuple[Contract, int]], items: Sequence[Any]) -> list[Any]:
        from django.utils import timezone

        from procore_sync.acceptance.models import Submission
        from procore_sync.kit.canonical import digest

        now, made = timezone.now(), []
        for (contract, at), item in zip(turns, items, strict=True):
            said = _said_of(contract, at, item)
            given = {
                "item": item,
                "document": said["document"],
                "digest": digest(said["document"]),
                "posting": said["posting"],
                "lane": f"{item.kind}:{item.pk}",
                "request_id": uuid.uuid4().hex,
                "decided_at": now,
                "due_at": now,
                "rung_at": now,
            }
            made.append(_copy(contract.submission, **given))
        return list(Submission.objects.bulk_create(made))

    def _journal(self, items: Sequence[Any], submissions: Sequence[Any]) -> None:
        from procore_sync.acceptance.journal import Entry, Move, move_many
        from procore_sync.acceptance.states import Action

        for action, by in ((Action.SEND, self.sender), (Action.ACCEPT, self.approver)):
            move_many(
                [
                    Move(item, action, Entry(by=by, submission=sent))
                    for item, sent in zip(items, submissions, strict=True)
                ]
            )


def _copy(row: Any, **columns: Any) -> Any:
    """Another row of the same columns but for these and its key; unsaved."""
    fields = {
        field.attname: getattr(row, field.attname) for field in row._meta.concrete_fields if not field.primary_key
    }
    copied = type(row)(**fields)
    for name, value in columns.items():
        setattr(copied, name, value)
    return copied


def _number(contract: Contract, at: int) -> str:
    return f"{contract.first.commitment.number}-{at}"


def _said_of(contract: Contract, at: int, item: Any) -> Any:
    """Document and posting of the first one, saying the number, the application and the mark of another one."""
    first, submission = contract.first, contract.submission
    text = json.dumps({"document": submission.document, "posting": submission.posting})
    key = first.company.key
    text = text.replace(f"{key}-{first.erp_id} rev", f"{key}-{item.pk} rev")
    text = text.replace(f'"{first.number}"', f'"{_number(contract, at)}"').replace("application 1", f"application {at}")
    said = json.loads(text)
    said["document"]["application"] = str(at)
    return said


def billing(running: Any, books: Any, *, contracts: int, lines: int) -> Billing:
    """A company connected to the emulator `books`, and so many commitments with their first bills accepted.

    The emulator's limits have to be off meanwhile.
    """
    from django.contrib.auth.hashers import make_password

    from procore_sync.accounts.models import User
    from procore_sync.kit.kinds import Kind
    from tests.factories import make_company, make_member

    company = make_company("Benchmark", "benchmark")
    max_pm = make_member(company, "Max", "project_manager")  # type: ignore[arg-type]
    make_member(company, "Alma", "administrator")  # type: ignore[arg-type]
    ada = make_member(company, "Ada", "accountant", exports=[Kind.INVOICE])  # type: ignore[arg-type]
    User.objects.update(password=make_password("secret", hasher="argon2"))
    connect(running, company.slug)
    project, vendors = ground(max_pm, books)
    made = [_contract(max_pm, ada, project, vendors[at % len(vendors)], books, at, lines) for at in range(contracts)]
    return Billing(company, max_pm, ada, made)


def connect(running: Any, slug: str) -> None:
    """Connect the company of this slug to the emulator's first one."""
    from tests.processes import wait_for

    argv = [sys.executable, "manage.py", "connect_sandbox", "--company", slug, "--realm", REALM]
    child = running.run("connect", argv, QUICKBOOKS_LIMITS="false")
    wait_for(lambda: child.process.poll() is not None, 60, what="connected", children=[child])


def ground(by: Any, books: Any) -> tuple[Any, list[Any]]:
    """A project of one cost code and ten vendors, all of them in the books already, with the item for retainage."""
    from benchmarks.invoices import linked
    from quickbooks_bridge.models import Mapping
    from tests.factories import make_cost_code, make_project, make_vendor

    retainage = next(one for one in books.documents("Item") if one["Name"] == "Retainage")
    Mapping.objects.create(company=by.company, thing="retainage_item", entity="Item", remote_id=retainage["Id"])
    accounts = {one["AccountType"]: {"value": one["Id"]} for one in books.documents("Account")}
    refs = {"IncomeAccountRef": accounts["Income"], "ExpenseAccountRef": accounts["Cost of Goods Sold"]}
    code = linked(make_cost_code(by, "03-100"), "Item", books.write("Item", Name="03-100", Type="Service", **refs))
    customer = next(one for one in books.documents("Customer") if not one.get("Job"))
    project = make_project(by, "Five thousand bills", codes=[code])
    job = {"DisplayName": project.name, "Job": True, "ParentRef": {"value": customer["Id"]}}
    linked(project, "Customer", books.write("Customer", **job))
    vendors = [make_vendor(by, f"Trade contractor {at}") for at in range(10)]
    return project, [linked(one, "Vendor", books.write("Vendor", DisplayName=one.name)) for one in vendors]


def _contract(by: Any, approver: Any, project: Any, vendor: Any, books: Any, at: int, lines: int) -> Contract:  # noqa: PLR0913
    """A commitment of so many lines whose order is in the books, and its first bill, sent and accepted."""
    from datetime import timedelta

    from benchmarks.invoices import linked
    from invoices.models import Invoice
    from procore_sync.acceptance import operations
    from quickbooks_bridge.models import Link
    from tests.factories import make_commitment
    from tests.quickbooks_bridge.invoice_rows import make_invoice

    amounts = [f"{1_000_000 + at + line}.37" for line in range(lines)]
    commitment = make_commitment(by, project, vendor, lines=amounts, number=f"SC-{at:04}")
    code = project.cost_codes.get()
    item, job, whom = ({"value": Link.objects.get(item=one.erp).remote_id} for one in (code, project, vendor))
    detail = {"ItemRef": item, "CustomerRef": job}
    order = [
        {"Amount": amount, "Description": f"[{key}] Work", "DetailType": EXPENSE, EXPENSE: detail}
        for key, amount in enumerate(amounts, 1)
    ]
    linked(commitment, "PurchaseOrder", books.write("PurchaseOrder", VendorRef=whom, DocNumber=str(at), Line=order))
    billed = {str(key): f"{Decimal(amount) / 1000:.2f}" for key, amount in enumerate(amounts, 1)}
    invoice = make_invoice(commitment, by, billed)
    Invoice.objects.filter(pk=invoice.pk).update(due_on=invoice.billed_on + timedelta(days=30))
    invoice.refresh_from_db()
    vars(operations)["ring"] = lambda submission_id: None  # bells are rung by hand, so that the start is one moment
    sent = operations.send(invoice.erp, by=by)
    return Contract(invoice, operations.accept(invoice.erp, by=approver, seen=sent.digest, choices=None))
