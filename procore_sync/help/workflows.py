"""The twelve workflows (domain.md §18): who does what, what QuickBooks gets of it, and the states in between."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from django.urls import reverse

from invoices.models import InvoiceStatus, PaymentState
from invoices.payments import PaymentStatus
from procore_sync.acceptance.diagrams import states_diagram
from procore_sync.accounts.access import Right, may
from procore_sync.accounts.models import Membership
from procore_sync.kit.diagrams import Diagram, Move, Place, diagram
from quickbooks_bridge.bill_setup import State as SetUp


@dataclass(frozen=True)
class Workflow:
    """One workflow. `steps` are (who, what he does); `places` are (label, name of an address) for whoever may look."""

    key: str
    title: str
    told: str
    steps: tuple[tuple[str, str], ...]
    effect: str
    needs: str
    places: tuple[tuple[str, str], ...]
    drawn: Callable[[], Diagram]

    @property
    def url(self) -> str:
        """Its page."""
        return reverse("help:workflow", args=[self.key])

    def places_for(self, member: Membership) -> list[tuple[str, str]]:
        """Where it is done, for somebody of the company; an invoice contact does his part on his start page."""
        if not may(member, Right.VIEW):
            return [("Billing", reverse("home"))] if self.key == "w7" else []
        return [(label, reverse(name)) for label, name in self.places]


_SENDS = ("Project manager", "sends it to accounting; from then on it cannot be edited, but it can be retrieved.")
_DECIDES = (
    "Accounting approver",
    "looks at the lines that QuickBooks will get, and accepts them or rejects them with a remark.",
)
_EXPORTS = (
    "The console",
    "writes it to QuickBooks, compares what is stored there, and calls it synced if it is equal.",
)


_SHORT = {SetUp.RETAINAGE_ITEM_CHOSEN: "Item chosen"}


def _set_up() -> Diagram:
    places = [
        Place(state, _SHORT.get(state, state.label), column)
        for column, state in enumerate(SetUp)
        if state != SetUp.PAYMENTS_ON
    ]
    places.append(Place(SetUp.PAYMENTS_ON, "Payments are read", 3))
    moves = [
        Move(SetUp.NOT_CONFIGURED, SetUp.RETAINAGE_ITEM_CHOSEN, "Choose"),
        Move(SetUp.RETAINAGE_ITEM_CHOSEN, SetUp.ACTIVE, "Switch on", alone=True),
        Move(SetUp.ACTIVE, SetUp.PAYMENTS_ON, "Schedule"),
        Move(SetUp.PAYMENTS_ON, SetUp.ACTIVE, "Never"),
    ]
    return diagram("How far the set-up of invoices is", places, moves)


def _invoice() -> Diagram:
    status = InvoiceStatus
    where = {
        status.DRAFT: (0, 0),
        status.UNDER_REVIEW: (1, 0),
        status.APPROVED: (2, 0),
        status.REVISE: (0, 1),
        status.APPROVED_AS_NOTED: (1, 1),
        status.PENDING_OWNER: (2, 1),
    }
    shown = {status.REVISE: "To be revised", status.PENDING_OWNER: "Pending owner"}
    places = [Place(one, shown.get(one, str(one.label)), *at) for one, at in where.items()]
    moves = [
        Move(status.DRAFT, status.UNDER_REVIEW, "Submit"),
        Move(status.UNDER_REVIEW, status.APPROVED, "Approve"),
        Move(status.UNDER_REVIEW, status.APPROVED_AS_NOTED, "Note"),
        Move(status.UNDER_REVIEW, status.PENDING_OWNER, "Ask owner"),
        Move(status.UNDER_REVIEW, status.REVISE, "Return"),
        Move(status.REVISE, status.UNDER_REVIEW, "Submit"),
    ]
    return diagram("The statuses of an invoice", places, moves)


def _payment() -> Diagram:
    status = PaymentStatus
    places = [Place(one, str(one.label), column) for column, one in enumerate(status)]
    places.append(Place(PaymentState.VOIDED, "Taken back", 1, 1))
    moves = [
        Move(status.UNPAID, status.PARTIAL, "Part paid", alone=True),
        Move(status.PARTIAL, status.PAID, "Rest paid", alone=True),
        Move(status.UNPAID, status.PAID, "Paid at once", alone=True),
        Move(status.PAID, PaymentState.VOIDED, "Void", alone=True),
        Move(PaymentState.VOIDED, status.UNPAID, "Owed again", alone=True),
    ]
    return diagram("How an invoice is paid", places, moves)


def _costs() -> Diagram:
    places = [Place("off", "Not read", 0), Place("fresh", "Read", 1), Place("stale", "Changed there", 2)]
    moves = [
        Move("off", "fresh", "Switch on"),
        Move("fresh", "stale", "Posted", alone=True),
        Move("stale", "fresh", "Read", alone=True),
    ]
    return diagram("How fresh the job costs are", places, moves)


_PROJECT_NEEDS = "Nothing else; its cost codes should be in QuickBooks before its budget."

WORKFLOWS: tuple[Workflow, ...] = (
    Workflow(
        "w1",
        "Create and sync a project",
        "A project becomes a job in QuickBooks, or is taken over from a job that stands there.",
        (
            (
                "Project manager",
                "enters the project and picks its cost codes, or takes over a job that is ready to import.",
            ),
            _SENDS,
            _DECIDES,
            _EXPORTS,
        ),
        "A customer that is a job, under the customer that the approver picks.",
        _PROJECT_NEEDS,
        (("Projects", "projects:projects"), ("Ready to import", "quickbooks_bridge:candidates")),
        states_diagram,
    ),
    Workflow(
        "w2",
        "Create and sync vendors",
        "A company that is paid becomes a vendor in QuickBooks, or is linked to one that stands there.",
        (
            ("Project manager", "enters the vendor, imports a file, or takes over a vendor that is ready to import."),
            _SENDS,
            _DECIDES,
            _EXPORTS,
        ),
        "A vendor; if one of the same name stands there already, the record is linked to it instead.",
        "Nothing else.",
        (("Vendors", "vendors:vendors"), ("Ready to import", "quickbooks_bridge:candidates")),
        states_diagram,
    ),
    Workflow(
        "w3",
        "Set up and export a budget",
        "A project's budget becomes one estimate of its job.",
        (
            ("Project manager", "types the lines or imports a file, one line a cost code, and locks the budget."),
            _SENDS,
            _DECIDES,
            _EXPORTS,
        ),
        "An estimate of the job, one line a cost code.",
        "The project and every cost code of the budget in QuickBooks.",
        (("Budgets", "budgets:budgets"),),
        states_diagram,
    ),
    Workflow(
        "w4",
        "Update a budget",
        "A change moves amounts between lines, and the same estimate gets more lines.",
        (
            ("Project manager", "makes a change that takes from lines and gives to others; it has to come to nothing."),
            ("Project manager", "sends the budget again."),
            _DECIDES,
            _EXPORTS,
        ),
        "Lines above and below zero at the end of the same estimate.",
        "The budget in QuickBooks.",
        (("Budgets", "budgets:budgets"), ("Changed since sync", "acceptance:inbox")),
        states_diagram,
    ),
    Workflow(
        "w5",
        "Create and export commitments",
        "A purchase order or a subcontract becomes a purchase order in QuickBooks.",
        (
            ("Project manager", "enters the commitment with its vendor and its lines, and sets it to Approved."),
            _SENDS,
            _DECIDES,
            _EXPORTS,
        ),
        "A purchase order; it posts nothing.",
        "The vendor, the project and the cost codes in QuickBooks; an order that is approved.",
        (("Commitments", "commitments:commitments"),),
        states_diagram,
    ),
    Workflow(
        "w6",
        "Set up the export of invoices",
        "Before the first invoice can go, QuickBooks needs a retainage item and two features switched on.",
        (
            ("Accountant or administrator", "chooses the retainage item, or has it made."),
            ("Administrator of QuickBooks", "switches on purchase orders and expenses by customer."),
            ("Administrator", "says how often payments are read, if they are to be."),
        ),
        "A service item called Retainage, where there was none that would do.",
        "A connection to QuickBooks.",
        (("Set up invoices", "quickbooks_bridge:bill_setup"), ("Set up QuickBooks", "quickbooks_bridge:editions")),
        _set_up,
    ),
    Workflow(
        "w7",
        "Bill and review invoices",
        "A subcontractor bills a commitment in a billing period, and the company reviews line by line.",
        (
            ("Project manager", "opens the billing period and invites those who bill."),
            ("Invoice contact", "fills in what was done and submits the invoice until the due date."),
            ("Invoice administrator", "approves it, approves it as noted, or returns it with a remark."),
        ),
        "Nothing yet.",
        "An approved commitment with an invoice contact, and an open billing period.",
        (("Billing periods", "invoices:billing"), ("Invoices", "invoices:invoices")),
        _invoice,
    ),
    Workflow(
        "w8",
        "Export approved invoices",
        "An approved invoice becomes a bill, linked to the purchase order of its commitment.",
        (_SENDS, _DECIDES, _EXPORTS),
        "A bill with a line for the work and for what is withheld or released; a vendor credit where it bills back.",
        "The commitment and its change orders in QuickBooks, and the set-up of invoices.",
        (("Invoices", "invoices:invoices"), ("Set up invoices", "quickbooks_bridge:bill_setup")),
        states_diagram,
    ),
    Workflow(
        "w9",
        "Create and export change orders",
        "A change order adds its lines to the purchase order of its commitment.",
        (
            ("Project manager", "makes the change order; with two or three tiers it collects requests."),
            ("Designated reviewer", "approves or rejects it."),
            _SENDS,
            _DECIDES,
            _EXPORTS,
        ),
        "More lines at the end of the same purchase order; the lines that stand there are left as they are.",
        "The commitment in QuickBooks.",
        (("Change orders", "change_orders:change_orders"),),
        states_diagram,
    ),
    Workflow(
        "w10",
        "Create standard cost codes",
        "A cost code of the company's list becomes a service item in QuickBooks.",
        (("Administrator or project manager", "enters the codes or imports a file."), _SENDS, _DECIDES, _EXPORTS),
        "A service item with the accounts that the approver picks.",
        "Nothing else; they go first.",
        (("Cost codes", "projects:cost_codes"), ("Mappings", "quickbooks_bridge:mappings")),
        states_diagram,
    ),
    Workflow(
        "w11",
        "Payments from QuickBooks",
        "What the accountant pays in QuickBooks is shown at the invoice and its commitment.",
        (
            ("Accountant", "pays the bill in QuickBooks."),
            (
                "The console",
                "reads bills and their payments by the schedule, and says of each invoice how much is paid.",
            ),
            ("Anybody who may", "has them read now."),
        ),
        "Nothing: it is only read.",
        "Invoices in QuickBooks, and a schedule that is not Never.",
        (("Payments issued", "invoices:payments"), ("Schedule", "quickbooks_bridge:payments")),
        _payment,
    ),
    Workflow(
        "w12",
        "Job costs from QuickBooks",
        "What QuickBooks charges to a job is shown beside the budget, down to each transaction.",
        (
            ("Project manager", "switches job costs on at the project."),
            ("The console", "reads what was charged to the job, and again what changed."),
            ("Project manager", "gives a cost code to what has none; a rule does it the next time."),
        ),
        "Nothing: it is only read.",
        "The project in QuickBooks.",
        (("Job costs", "projects:job_costs"),),
        _costs,
    ),
)


def workflow_of(key: str) -> Workflow | None:
    """The workflow of this key, w1 to w12."""
    return next((one for one in WORKFLOWS if one.key == key), None)
