"""What the sample's bookkeeper has entered in QuickBooks for a job, and the project that takes it as its costs.

Entered through the emulator's control plane, as a person would in its window, and read back as any company's is.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import Any

from procore_sync.accounts.models import Membership
from procore_sync.demo import books
from projects.cost_operations import RuleDetails, add_rule
from projects.models import CostCode, CostLine, Project
from projects.operations import add_cost_codes, edit_project
from projects.records import details_of
from projects.rules import ProjectDetails
from quickbooks_bridge.importers.candidates import SOURCES
from quickbooks_bridge.importers.job_costs import carry_on
from quickbooks_bridge.importers.operations import add
from quickbooks_bridge.names import names_of

JOB = "Fire Station 4"
ITEMS = ("Equipment", "Labor", "Materials", "Permits")

#: vendor, number, day, lines (item or account, amount, description)
BILLS: list[tuple[str, str, str, list[tuple[str, str, str]]]] = [
    ("Coastal Lumber Supply", "CL-20871", "2026-09-08", [("Materials", "8412.60", "Framing lumber, bay 1 to 3")]),
    (
        "Coastal Lumber Supply",
        "CL-20954",
        "2026-10-02",
        [("Materials", "3977.15", "Sheathing"), ("Materials", "612.00", "Hangers")],
    ),
    ("Tri-County Equipment Rental", "118-44", "2026-09-30", [("Equipment", "4250.00", "Boom lift, September")]),
    ("Tri-County Equipment Rental", "118-61", "2026-10-31", [("Equipment", "4250.00", "Boom lift, October")]),
    ("Eastport Water & Sewer", "W-5521", "2026-09-21", [("Permits", "1875.00", "Tap fee")]),
    (
        "Summit Roofing and Sheet Metal",
        "SR-901",
        "2026-11-03",
        [("Job Materials", "2290.40", "Flashing, bought on account")],
    ),
]
#: vendor, day, lines; below zero as a refund
CARD: list[tuple[str, str, list[tuple[str, str, str]]]] = [
    ("Coastal Lumber Supply", "2026-10-06", [("Tools and Small Equipment", "386.20", "Saw blades")]),
    ("Coastal Lumber Supply", "2026-10-19", [("Tools and Small Equipment", "149.95", "Hole saws")]),
    ("Hudson Painting Contractors", "2026-10-27", [("Job Materials", "284.10", "Primer")]),
]
REFUND = ("Coastal Lumber Supply", "2026-10-21", [("Tools and Small Equipment", "49.95", "Blades returned")])
CREDIT = ("Coastal Lumber Supply", "CM-118", "2026-10-12", [("Materials", "455.00", "Warped studs taken back")])
HOURS = [("Rosa Delgado", "2026-10-13", 8, 0, 41.50), ("Tom Whitfield", "2026-10-13", 6, 30, 36.00)]


def take_job_costs(people: dict[str, Membership]) -> None:
    """Bring in the job as a project, enter its documents, read them, and code some of what has no code."""
    pm, approver = people["max"], people["ada"]
    company_id = pm.company_id
    add(names_of(company_id, "Customer").get(name=JOB), SOURCES["job"], by=approver)
    for name in ITEMS:
        add(names_of(company_id, "Item").get(name=name), SOURCES["item"], by=approver)
    project = Project.objects.get(company_id=company_id, name=JOB)
    add_cost_codes(project, CostCode.objects.filter(company_id=company_id, code__in=ITEMS), by=pm)
    details: ProjectDetails = details_of(project, ProjectDetails)
    edit_project(project, replace(details, number="2533", job_costs=True), by=pm, seen=project.edition)
    Bookkeeper(company_id).enter()
    carry_on(company_id)
    tools = CostLine.objects.filter(project=project, description="Saw blades").first()
    if tools is not None:
        add_rule(tools, RuleDetails("account", "Materials"), by=pm)


class Bookkeeper:
    """Enters the documents above, each line for the job."""

    def __init__(self, company_id: int) -> None:
        rows = names_of(company_id, "Account", "Customer", "Employee", "Item", "Vendor")
        self._ids = {(row.entity, row.name): row.remote_id for row in rows}

    def enter(self) -> None:
        """All of them, one call each."""
        for vendor, number, day, lines in BILLS:
            _write("Bill", VendorRef=self._vendor(vendor), DocNumber=number, TxnDate=day, Line=self._lines(lines))
        for vendor, day, lines in CARD:
            self._card(vendor, day, lines, refund=False)
        self._card(*REFUND, refund=True)
        vendor, number, day, lines = CREDIT
        _write("VendorCredit", VendorRef=self._vendor(vendor), DocNumber=number, TxnDate=day, Line=self._lines(lines))
        for name, day, hours, minutes, rate in HOURS:
            self._hours(name, day, hours, minutes, rate)

    def _card(self, vendor: str, day: str, lines: Iterable[tuple[str, str, str]], *, refund: bool) -> None:
        paid_to = {**self._vendor(vendor), "type": "Vendor"}
        card = {"value": self._ids["Account", "Company Credit Card"]}
        head = {"PaymentType": "CreditCard", "AccountRef": card, "EntityRef": paid_to, "TxnDate": day}
        _write("Purchase", **head, Credit=refund, Line=self._lines(lines))

    def _hours(self, name: str, day: str, hours: int, minutes: int, rate: float) -> None:
        _write(
            "TimeActivity",
            NameOf="Employee",
            EmployeeRef={"value": self._ids["Employee", name]},
            CustomerRef={"value": self._ids["Customer", JOB]},
            ItemRef={"value": self._ids["Item", "Labor"]},
            TxnDate=day,
            Hours=hours,
            Minutes=minutes,
            CostRate=rate,
        )

    def _vendor(self, name: str) -> dict[str, str]:
        return {"value": self._ids["Vendor", name]}

    def _lines(self, lines: Iterable[tuple[str, str, str]]) -> list[dict[str, Any]]:
        return [self._line(*line) for line in lines]

    def _line(self, what: str, amount: str, description: str) -> dict[str, Any]:
        entity, kind = ("Item", "ItemBased") if what in ITEMS else ("Account", "AccountBased")
        detail = {
            f"{entity}Ref": {"value": self._ids[entity, what]},
            "CustomerRef": {"value": self._ids["Customer", JOB]},
            "BillableStatus": "NotBillable",
        }
        kind = f"{kind}ExpenseLineDetail"
        return {"Amount": float(amount), "Description": description, "DetailType": kind, kind: detail}


def _write(entity: str, **document: Any) -> None:
    books.write(entity, document)
