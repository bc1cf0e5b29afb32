"""The money of the sample: budgets, commitments and change orders, each left in another state.

What is in QuickBooks went there as everything does: sent, accepted, exported by the engine, verified.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from decimal import Decimal
from typing import Any

from django.db.models.functions import Now

from budgets.models import Budget, BudgetLine
from budgets.operations import add_line, lock, make_change, open_budget
from budgets.rules import LineDetails as BudgetLineDetails
from budgets.rules import between
from change_orders.models import ChangeStatus
from change_orders.operations import create_change_order
from change_orders.rules import ChangeDetails, ChangeLineDetails
from commitments.models import AccountingMethod, Commitment, CommitmentStatus, CommitmentType
from commitments.operations import create_commitment, set_access
from commitments.rules import CommitmentDetails, LineDetails
from procore_sync.acceptance import engine, operations
from procore_sync.acceptance.courier import courier
from procore_sync.acceptance.models import ErpItem, Submission
from procore_sync.acceptance.states import Work
from procore_sync.accounts.models import Membership
from procore_sync.demo import books
from projects.models import CostCode, Project
from vendors.models import Vendor

People = dict[str, Membership]
#: A record that waits for another is due again when that one is there.
ROUNDS = 8

LOFTS, CLINIC, DEPOT = "Harbor Row Lofts", "Mill Street Clinic", "Depot 9 Retrofit"

#: code, original amount
BUDGET_OF_LOFTS = [
    ("01-100", "412500.00"),
    ("01-500", "88400.00"),
    ("02-220", "136250.00"),
    ("02-300", "274900.00"),
    ("03-300", "918640.00"),
    ("04-200", "231775.50"),
    ("05-100", "745300.00"),
    ("05-500", "96120.00"),
    ("06-100", "188430.00"),
    ("07-500", "164985.00"),
    ("08-100", "121760.00"),
    ("08-400", "208300.00"),
    ("09-250", "356210.25"),
    ("09-900", "119340.00"),
    ("14-200", "243800.00"),
    ("15-400", "402650.00"),
    ("15-700", "517480.00"),
    ("16-100", "631905.00"),
]
#: from, to, amount, date, why
CHANGES_OF_LOFTS = [
    ("01-100", "03-300", "18500.00", date(2026, 9, 14), "Deeper footings at the north wall, from general conditions"),
    ("09-900", "09-250", "6240.00", date(2026, 10, 20), "Shaft wall moved from paint to drywall"),
]
#: code, quantity, unit, unit cost: as estimators' files say it
BUDGET_OF_CLINIC = [
    ("01-100", "9", "month", "21400.00"),
    ("01-500", "1", "lump sum", "38500.00"),
    ("02-220", "14200", "sf", "3.85"),
    ("02-300", "6100", "cy", "18.40"),
    ("03-300", "940", "cy", "412.50"),
    ("04-200", "5200", "sf", "27.75"),
]
BUDGET_OF_DEPOT = [
    ("03-300", "118", "cy", "438.00"),
    ("04-200", "2150", "sf", "31.20"),
    ("05-100", "22.5", "ton", "4980.00"),
    ("05-500", "1", "lump sum", "14750.00"),
    ("06-100", "3800", "bf", "2.15"),
]

SUBCONTRACT, ORDER = CommitmentType.SUBCONTRACT, CommitmentType.PURCHASE_ORDER
#: What a subcontract or order is called here, and what it says: vendor, title, lines of (code, description, amount).
SUBCONTRACTS: dict[str, tuple[str, str, list[tuple[str, str, str]]]] = {
    "SC-2601-001": (
        "Brightwater Mechanical LLC",
        "HVAC and plumbing",
        [
            ("15-400", "Underground and risers", "148200.00"),
            ("15-400", "Fixtures, floors 1 to 4", "231600.00"),
            ("15-700", "Ductwork, rough", "287450.00"),
            ("15-700", "Rooftop units, set and piped", "196300.00"),
        ],
    ),
    "SC-2601-002": (
        "Kestrel Concrete Inc.",
        "Cast-in-place concrete",
        [
            ("03-300", "Footings and grade beams", "318900.00"),
            ("03-300", "Slabs on grade", "204750.00"),
            ("03-300", "Elevated decks", "371280.00"),
        ],
    ),
    "SC-2601-003": (
        "Granite State Elevator Co",
        "Two passenger elevators",
        [
            ("14-200", "Car 1, 5 stops", "121900.00"),
            ("14-200", "Car 2, 5 stops", "121900.00"),
        ],
    ),
    "SC-2601-004": (
        "Beacon Glass and Storefront",
        "Storefront and entrances",
        [("08-400", "Storefront, Harbor Row side", "164300.00"), ("08-100", "Entrance doors", "38760.00")],
    ),
    "SC-2601-005": (
        "Blackstone Earthworks",
        "Earthwork and site demolition",
        [("02-220", "Demolition of the pier shed", "136250.00"), ("02-300", "Mass excavation", "241870.00")],
    ),
    "SC-2601-006": (
        "Cape Fear Carpentry (Rough & Finish)",
        "Rough carpentry",
        [("06-100", "Blocking and roof framing", "171340.00")],
    ),
    "SC-2601-007": (
        "Delgado & Sons Demolition",
        "Settlement of the abatement claim",
        [("02-220", "As agreed in the letter of 2 November", "27500.00")],
    ),
}
#: vendor, title, lines of (code, description, quantity, unit, unit cost)
STEEL = (
    "PO-2601-001",
    "Northgate Metal Supply",
    "Structural steel, delivered",
    [
        ("05-100", "Wide flange, A992", "88.5", "ton", "2140.00"),
        ("05-100", "HSS columns", "31.25", "ton", "2685.00"),
        ("05-500", "Galvanized lintels", "64", "ea", "187.35"),
    ],
)
#: commitment, title, description, status, lines of (number of the changed line, 0 for one of its own; what; amount)
CHANGE_ORDERS: list[tuple[str, str, str, str, list[tuple[int, str, str]]]] = [
    (
        "SC-2601-002",
        "Deeper footings, north wall",
        "Rock was found lower than the borings said.",
        ChangeStatus.APPROVED,
        [(1, "Footings 18 in. deeper, grid A to D", "18500.00")],
    ),
    (
        "SC-2601-002",
        "Waterstop and keyway",
        "Asked for by the waterproofer, letter of 30 October.",
        ChangeStatus.APPROVED,
        [(2, "PVC waterstop, 640 lf", "9920.00"), (0, "Keyway forming", "3310.50")],
    ),
    (
        "SC-2601-001",
        "Smoke dampers",
        "",
        ChangeStatus.IN_REVIEW,
        [(3, "Nine dampers at the shaft", "12860.00")],
    ),
]
REMARK = "02-220 is billed on Delgado's contract already. Take the demolition out, or tell me why it stands on both."


def enter_contracts(people: People) -> None:
    """Make them all and walk each to its state; the codes and vendors that they need are in QuickBooks already."""
    pm, approver = people["max"], people["ada"]
    lofts, clinic, depot = (Project.objects.get(company=pm.company, name=name) for name in (LOFTS, CLINIC, DEPOT))
    decided(operations.send(lofts.erp, by=pm), approver)
    carry_out()
    _budget_of_lofts(lofts, pm, approver)
    _sent_budget(clinic, pm)
    _lines_in_units(open_budget(depot, by=pm), BUDGET_OF_DEPOT, pm)
    made = {number: _subcontract(lofts, number, pm) for number in SUBCONTRACTS}
    steel = _steel(lofts, pm)
    set_access(made["SC-2601-007"], private=True, readers=[people["alma"]], by=pm)
    in_quickbooks([made["SC-2601-001"], made["SC-2601-002"], steel], pm, approver)
    # Found out only when the order is posted, because the names were read before.
    books.make_inactive("Vendor", "Beacon Glass and Storefront")
    in_quickbooks([made["SC-2601-004"]], pm, approver)
    for number in ("SC-2601-003", "SC-2601-005"):
        operations.send(made[number].erp, by=pm)
    operations.reject(made["SC-2601-005"].erp, by=approver, comment=REMARK)
    _change_orders(made, people)


def _change_orders(made: dict[str, Commitment], people: People) -> None:
    """One in QuickBooks, one before the approver, one in review; and what accounting typed over meanwhile."""
    pm, approver = people["max"], people["ada"]
    footings, waterstop, _in_review = (
        create_change_order(made[number], _change(made[number], title, description, status, lines, people), by=pm)
        for number, title, description, status, lines in CHANGE_ORDERS
    )
    in_quickbooks([footings], pm, approver)
    # Theirs is kept and ours is added when the change that waits is exported.
    books.edit_order("SC-2601-002", "2", "204750.00", "Slabs on grade, 5 in., vapor barrier by others")
    operations.send(waterstop.erp, by=pm)


def _change(
    commitment: Commitment,
    title: str,
    description: str,
    status: str,
    lines: Iterable[tuple[int, str, str]],
    people: People,
) -> ChangeDetails:
    reviewer = people["alma"].pk if status == ChangeStatus.IN_REVIEW else None
    rows = tuple(
        ChangeLineDetails(None, Decimal(amount), said, changes=changes)
        if changes
        else ChangeLineDetails(_code(commitment.project, "03-300"), Decimal(amount), said)
        for changes, said, amount in lines
    )
    return ChangeDetails(title=title, description=description, status=status, reviewer=reviewer, lines=rows)


def _budget_of_lofts(lofts: Project, pm: Membership, approver: Membership) -> None:
    """In QuickBooks with its two changes, the second revision of it."""
    budget = open_budget(lofts, by=pm)
    for code, amount in BUDGET_OF_LOFTS:
        add_line(budget, _row(lofts, code), BudgetLineDetails(amount=Decimal(amount)), by=pm)
    lock(budget, by=pm)
    in_quickbooks([budget], pm, approver)
    budget.refresh_from_db()
    for source, target, amount, made_on, why in CHANGES_OF_LOFTS:
        giving, taking = (
            BudgetLine.objects.get(budget=budget, code__cost_code__code=code) for code in (source, target)
        )
        make_change(budget, between(giving, taking, Decimal(amount), made_on=made_on, notes=why), by=pm)
    in_quickbooks([budget], pm, approver)


def _sent_budget(clinic: Project, pm: Membership) -> None:
    """Before the approver, and so is its project: accepted, it waits until the project is in QuickBooks."""
    budget = open_budget(clinic, by=pm)
    _lines_in_units(budget, BUDGET_OF_CLINIC, pm)
    operations.send_along(lock(budget, by=pm).erp, by=pm)


def _lines_in_units(budget: Budget, lines: Iterable[tuple[str, str, str, str]], pm: Membership) -> None:
    for code, quantity, uom, unit_cost in lines:
        details = BudgetLineDetails(manual=False, quantity=Decimal(quantity), uom=uom, unit_cost=Decimal(unit_cost))
        add_line(budget, _row(budget.project, code), details, by=pm)


def _row(project: Project, code: str) -> Any:
    return project.code_rows.get(cost_code__code=code)


def _subcontract(project: Project, number: str, pm: Membership) -> Commitment:
    """Approved; only the carpenters' is a draft still."""
    vendor, title, lines = SUBCONTRACTS[number]
    details = CommitmentDetails(
        project.pk,
        SUBCONTRACT,
        number=number,
        title=title,
        vendor_id=_vendor(project, vendor),
        status=CommitmentStatus.DRAFT if number == "SC-2601-006" else CommitmentStatus.APPROVED,
        default_retainage=Decimal("10.00"),
        created_on=date(2026, 8, 3),
        executed=number != "SC-2601-006",
    )
    rows = [LineDetails(_code(project, code), Decimal(amount), said) for code, said, amount in lines]
    return create_commitment(details, by=pm, lines=rows)


def _steel(project: Project, pm: Membership) -> Commitment:
    number, vendor, title, lines = STEEL
    details = CommitmentDetails(
        project.pk,
        ORDER,
        number=number,
        title=title,
        vendor_id=_vendor(project, vendor),
        status=CommitmentStatus.APPROVED,
        accounting_method=AccountingMethod.UNIT,
        created_on=date(2026, 8, 24),
        description="Call the site office two days before each delivery.",
    )
    rows = [
        LineDetails(
            _code(project, code), description=said, quantity=Decimal(quantity), uom=uom, unit_cost=Decimal(unit_cost)
        )
        for code, said, quantity, uom, unit_cost in lines
    ]
    return create_commitment(details, by=pm, lines=rows)


def _vendor(project: Project, name: str) -> int:
    vendor: Vendor = Vendor.objects.get(company_id=project.company_id, name=name)
    return vendor.pk


def _code(project: Project, code: str) -> int:
    found: CostCode = CostCode.objects.get(company_id=project.company_id, code=code)
    return found.pk


def in_quickbooks(records: Iterable[Any], pm: Membership, approver: Membership) -> None:
    """Sent, accepted and exported; or failed with its sentence, as it would for a person."""
    for record in records:
        item = ErpItem.objects.get(pk=record.erp_id)
        decided(operations.send(item, by=pm), approver)
    carry_out()


def decided(submission: Submission, approver: Membership) -> None:
    """Accept a submission with the first account, customer or answer offered for each choice."""
    item = submission.item
    offered = courier().preview(item, submission.document).choices()
    choices = {one.name: one.initial or one.options[0][0] for one in offered if one.required and one.options}
    operations.accept(item, by=approver, seen=submission.digest, choices=choices)


def carry_out() -> None:
    """Let the engine do here and now what its workers would do with everything that is due."""
    open_ = Submission.objects.filter(work__in=(Work.DUE, Work.UNCERTAIN, Work.WAITING))
    for _ in range(ROUNDS):
        due = list(open_.filter(due_at__lte=Now()).order_by("pk").values_list("pk", flat=True))
        if not due:
            return
        for pk in due:
            engine.work(pk)
