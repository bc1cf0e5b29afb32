"""Documents of every kind that need each other, and by hand what each must be in QuickBooks."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from decimal import ROUND_HALF_UP, Decimal
from random import Random

from commitments.models import Commitment
from commitments.rules import LineDetails
from procore_sync.acceptance import operations
from procore_sync.acceptance.models import ErpItem
from procore_sync.accounts.models import Membership
from procore_sync.kit.kinds import Kind
from projects.models import CostCode, Project
from projects.records import Record
from tests.factories import (
    change_line,
    make_budget,
    make_change_order,
    make_commitment,
    make_cost_code,
    make_project,
    make_vendor,
)
from tests.quickbooks_bridge.invoice_rows import make_invoice

#: Of a hundred documents so many of each kind, at least one of each; change orders and invoices are of commitments.
SHARES = {
    Kind.COST_CODE: 5,
    Kind.PROJECT: 3,
    Kind.VENDOR: 20,
    Kind.BUDGET: 3,
    Kind.COMMITMENT: 30,
    Kind.CHANGE_ORDER: 14,
    Kind.INVOICE: 25,
}
RETAINAGE = Decimal(10)
ENTITIES = {
    Kind.COST_CODE: "Item",
    Kind.PROJECT: "Customer",
    Kind.VENDOR: "Vendor",
    Kind.BUDGET: "Estimate",
    Kind.COMMITMENT: "PurchaseOrder",
    Kind.CHANGE_ORDER: "PurchaseOrder",
    Kind.INVOICE: "Bill",
}
#: Line by its key: the item's name and the amount.
Lines = dict[str, tuple[str, Decimal]]


@dataclass(frozen=True)
class Paper:
    """One document: its item, and what a bookkeeper must find of it, as it was typed here.

    `name` is the name or the document number (of an estimate the job's name), `vendor` and `job` are names; `lines`
    holds every line with its key. The lines of a change order stand in the purchase order of `name`.
    """

    kind: Kind
    item: int
    name: str
    vendor: str = ""
    job: str = ""
    lines: Lines = field(default_factory=dict)

    @property
    def entity(self) -> str:
        """What it is in QuickBooks."""
        return ENTITIES[self.kind]

    def __str__(self) -> str:
        return f"{self.kind.label.lower()} {self.name}" + (f" {min(self.lines)}" if self.kind == "change_order" else "")


@dataclass
class Desk:
    """Makes the papers with `dice`; each is made, and sent, after those it needs."""

    by: Membership
    dice: Random
    codes: list[CostCode] = field(default_factory=list)
    projects: list[Project] = field(default_factory=list)
    papers: list[Paper] = field(default_factory=list)

    def make(self, count: int) -> list[Paper]:
        """`count` papers of all kinds, sent to accounting, none accepted."""
        shares = self.shares(count)
        for number in range(shares[Kind.COST_CODE]):
            self.codes.append(self.code(number))
        self.projects = [self.project(number) for number in range(shares[Kind.PROJECT])]
        vendors = [self.vendor(number) for number in range(shares[Kind.VENDOR])]
        for project in self.projects[: shares[Kind.BUDGET]]:
            self.budget(project)
        commitments = [
            self.commitment(number, self.dice.choice(self.projects), vendors[number % len(vendors)])
            for number in range(shares[Kind.COMMITMENT])
        ]
        for number in range(shares[Kind.CHANGE_ORDER]):
            self.change_order(commitments[number % len(commitments)])
        for number in range(shares[Kind.INVOICE]):
            self.invoice(commitments[-1 - number % len(commitments)])
        assert len(self.papers) == count
        return self.papers

    @staticmethod
    def shares(count: int) -> dict[Kind, int]:
        """How many of each kind; there are no more budgets than projects, and commitments fill up."""
        found = {kind: max(count * share // 100, 1) for kind, share in SHARES.items()}
        found[Kind.BUDGET] = found[Kind.PROJECT]
        found[Kind.COMMITMENT] += count - sum(found.values())
        return found

    def amount(self) -> Decimal:
        """Some money, to the cent."""
        return Decimal(self.dice.randint(10_000, 9_999_999)) / 100

    def sent(self, kind: Kind, record: Record, name: str, vendor: str = "", job: str = "", **lines: Lines) -> None:
        """Note what must come of it, and send it."""
        operations.send(record.erp, by=self.by)
        self.papers.append(Paper(kind, record.erp.pk, name, vendor, job, lines.get("lines", {})))

    def code(self, number: int) -> CostCode:
        """A cost code, which becomes an item."""
        code = make_cost_code(self.by, f"{number + 1:02}-7{number % 10}0", f"Trade {number + 1}")
        self.sent(Kind.COST_CODE, code, code.code)
        return code

    def project(self, number: int) -> Project:
        """A project, which becomes a job."""
        project = make_project(self.by, f"Wharf {number + 1} Rebuild", codes=self.codes)
        self.sent(Kind.PROJECT, project, project.name)
        return project

    def vendor(self, number: int) -> Record:
        """A vendor."""
        vendor = make_vendor(self.by, f"Subcontractor No. {number + 1} of Eastport", city="Eastport")
        self.sent(Kind.VENDOR, vendor, vendor.name)
        return vendor

    def budget(self, project: Project) -> None:
        """The budget of a project, locked; it becomes an estimate of the job."""
        amounts = {code.code: self.amount() for code in self.codes}
        budget = make_budget(self.by, project, amounts={key: str(one) for key, one in amounts.items()}, locked=True)
        lines = {str(at): (code, amount) for at, (code, amount) in enumerate(amounts.items(), 1)}
        self.sent(Kind.BUDGET, budget, project.name, job=project.name, lines=lines)

    def typed(self, least: int, most: int) -> list[tuple[CostCode, Decimal]]:
        """Some lines of a document."""
        return [(self.dice.choice(self.codes), self.amount()) for _ in range(self.dice.randint(least, most))]

    def commitment(self, number: int, project: Project, vendor: Record) -> tuple[Commitment, Lines]:
        """A subcontract, which becomes a purchase order."""
        typed = self.typed(1, 5)
        given = [LineDetails(code.pk, amount, f"Work {at}") for at, (code, amount) in enumerate(typed, 1)]
        made = make_commitment(self.by, project, vendor, lines=given, number=f"SC-{number + 1:03}")  # type: ignore[arg-type]
        lines = {str(at): (code.code, amount) for at, (code, amount) in enumerate(typed, 1)}
        self.sent(Kind.COMMITMENT, made, made.number, str(vendor), project.name, lines=lines)
        return made, lines

    def change_order(self, of: tuple[Commitment, Lines]) -> None:
        """More work on a commitment: further lines of its purchase order."""
        commitment, _ = of
        rows = list(commitment.lines.select_related("code__cost_code"))
        chosen = [self.dice.choice(rows) for _ in range(self.dice.randint(1, 2))]
        amounts = [self.amount() for _ in chosen]
        given = [change_line(str(amount), row) for row, amount in zip(chosen, amounts, strict=True)]
        made = make_change_order(self.by, commitment, lines=given)
        lines = {
            f"C{made.sequence}.{at}": (row.code.cost_code.code, amount)
            for at, (row, amount) in enumerate(zip(chosen, amounts, strict=True), 1)
        }
        project, vendor = commitment.project.name, str(commitment.vendor)
        self.sent(Kind.CHANGE_ORDER, made, commitment.number, vendor, project, lines=lines)

    def invoice(self, of: tuple[Commitment, Lines]) -> None:
        """A part of a commitment is billed and a tenth of it withheld: a bill."""
        commitment, lines = of
        billed = {key: self.part(amount, self.dice.randint(10, 60)) for key, (_, amount) in lines.items()}
        made = make_invoice(commitment, self.by, {key: str(one) for key, one in billed.items()}, percent=str(RETAINAGE))
        held = sum((self.part(one, int(RETAINAGE)) for one in billed.values()), Decimal(0))
        expected = {key: (lines[key][0], amount) for key, amount in billed.items()}
        expected["R1"] = ("Retainage", -held)
        project, vendor = commitment.project.name, str(commitment.vendor)
        self.sent(Kind.INVOICE, made, made.number, vendor, project, lines=expected)

    @staticmethod
    def part(amount: Decimal, percent: int) -> Decimal:
        """So many percent, half a cent up."""
        return (amount * percent / 100).quantize(Decimal("0.01"), ROUND_HALF_UP)


def items_of(papers: list[Paper]) -> Iterator[ErpItem]:
    """Their items as they stand now, in the same order, in one query."""
    found = ErpItem.objects.in_bulk([paper.item for paper in papers])
    return (found[paper.item] for paper in papers)
