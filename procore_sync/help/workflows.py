"""The twelve workflows (domain.md §18): who does what, what QuickBooks gets of it, and the states in between."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from django.urls import reverse
from django.utils.translation import gettext, gettext_noop

from invoices.models import InvoiceStatus, PaymentState
from invoices.payments import PaymentStatus
from procore_sync.acceptance.diagrams import states_diagram
from procore_sync.accounts.access import Right, may
from procore_sync.accounts.models import Membership
from procore_sync.kit.diagrams import Diagram, Move, Place, diagram
from quickbooks_bridge.bill_setup import State as SetUp


@dataclass(frozen=True)
class Workflow:
    """One workflow. `steps` are (who, what they do); `places` are (label, name of an address, with its query) for
    whoever may look.
    """

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
        """Where it is done, for somebody of the company; an invoice contact does their part on their start page."""
        if not may(member, Right.VIEW):
            return [(gettext_noop("Billing"), reverse("home"))] if self.key == "w7" else []
        named = ((label, *name.partition("?")) for label, name in self.places)
        return [(label, f"{reverse(name)}{mark}{query}") for label, name, mark, query in named]


_SENDS = (
    gettext_noop("Project manager"),
    gettext_noop("sends it to accounting; from then on it cannot be edited, but it can be retrieved."),
)
_SENDS_BUDGETS = (gettext_noop("Project manager, or someone who may send budgets,"), _SENDS[1])
_DECIDES = (
    gettext_noop("Accounting approver"),
    gettext_noop("looks at the lines that QuickBooks will get, and accepts them or rejects them with a remark."),
)
_EXPORTS = (
    gettext_noop("The console"),
    gettext_noop("writes it to QuickBooks, compares what is stored there, and calls it synced if it is equal."),
)


_SHORT = {SetUp.RETAINAGE_ITEM_CHOSEN: gettext_noop("Item chosen")}


def _set_up() -> Diagram:
    places = [
        Place(state, gettext(_SHORT.get(state, str(state.label))), column)
        for column, state in enumerate(SetUp)
        if state != SetUp.PAYMENTS_ON
    ]
    places.append(Place(SetUp.PAYMENTS_ON, gettext("Payments are read"), 3))
    moves = [
        Move(SetUp.NOT_CONFIGURED, SetUp.RETAINAGE_ITEM_CHOSEN, gettext("Choose")),
        Move(SetUp.RETAINAGE_ITEM_CHOSEN, SetUp.ACTIVE, gettext("Switch on"), alone=True),
        Move(SetUp.ACTIVE, SetUp.PAYMENTS_ON, gettext("Schedule")),
        Move(SetUp.PAYMENTS_ON, SetUp.ACTIVE, gettext("Never")),
    ]
    return diagram(gettext("How far the set-up of invoices has come"), places, moves)


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
    shown = {status.REVISE: gettext("To be revised"), status.PENDING_OWNER: gettext("Pending owner")}
    places = [Place(one, shown.get(one) or gettext(str(one.label)), *at) for one, at in where.items()]
    moves = [
        Move(status.DRAFT, status.UNDER_REVIEW, gettext("Submit")),
        Move(status.UNDER_REVIEW, status.APPROVED, gettext("Approve")),
        Move(status.UNDER_REVIEW, status.APPROVED_AS_NOTED, gettext("Note")),
        Move(status.UNDER_REVIEW, status.PENDING_OWNER, gettext("Ask owner")),
        Move(status.UNDER_REVIEW, status.REVISE, gettext("Return")),
        Move(status.REVISE, status.UNDER_REVIEW, gettext("Submit")),
    ]
    return diagram(gettext("The statuses of an invoice"), places, moves)


def _payment() -> Diagram:
    status = PaymentStatus
    places = [Place(one, gettext(str(one.label)), column) for column, one in enumerate(status)]
    places.append(Place(PaymentState.VOIDED, gettext("Taken back"), 1, 1))
    moves = [
        Move(status.UNPAID, status.PARTIAL, gettext("Part paid"), alone=True),
        Move(status.PARTIAL, status.PAID, gettext("Rest paid"), alone=True),
        Move(status.UNPAID, status.PAID, gettext("Paid at once"), alone=True),
        Move(status.PAID, PaymentState.VOIDED, gettext("Void"), alone=True),
        Move(PaymentState.VOIDED, status.UNPAID, gettext("Owed again"), alone=True),
    ]
    return diagram(gettext("How an invoice is paid"), places, moves)


def _costs() -> Diagram:
    places = [
        Place("off", gettext("Not read"), 0),
        Place("fresh", gettext("Read"), 1),
        Place("stale", gettext("Changed there"), 2),
    ]
    moves = [
        Move("off", "fresh", gettext("Switch on")),
        Move("fresh", "stale", gettext("Posted"), alone=True),
        Move("stale", "fresh", gettext("Read"), alone=True),
    ]
    return diagram(gettext("How fresh the job costs are"), places, moves)


_PROJECT_NEEDS = gettext_noop("Nothing else; its cost codes should be in QuickBooks before its budget.")

WORKFLOWS: tuple[Workflow, ...] = (
    Workflow(
        "w1",
        gettext_noop("Create and sync a project"),
        gettext_noop("A project becomes a job in QuickBooks, or is taken over from a job that stands there."),
        (
            (
                gettext_noop("Project manager, or someone who may add projects and manage cost codes,"),
                gettext_noop(
                    "enters the project and picks its cost codes, or takes over a job that is ready to import."
                ),
            ),
            _SENDS,
            _DECIDES,
            _EXPORTS,
        ),
        gettext_noop("A customer that is a job, under the customer that the approver picks."),
        _PROJECT_NEEDS,
        (
            (gettext_noop("Projects"), "projects:projects"),
            (gettext_noop("Ready to import"), "quickbooks_bridge:candidates"),
        ),
        states_diagram,
    ),
    Workflow(
        "w2",
        gettext_noop("Create and sync vendors"),
        gettext_noop("A company that is paid becomes a vendor in QuickBooks, or is linked to one that stands there."),
        (
            (
                gettext_noop("Project manager"),
                gettext_noop("enters the vendor, imports a file, or takes over a vendor that is ready to import."),
            ),
            _SENDS,
            _DECIDES,
            _EXPORTS,
        ),
        gettext_noop(
            "A vendor. If one of the same name stands there already, it stops: the record is linked to it by hand, or "
            "rejected and given another name."
        ),
        gettext_noop("Nothing else."),
        (
            (gettext_noop("Vendors"), "vendors:vendors"),
            (gettext_noop("Ready to import"), "quickbooks_bridge:candidates"),
        ),
        states_diagram,
    ),
    Workflow(
        "w3",
        gettext_noop("Set up and export a budget"),
        gettext_noop("A project's budget becomes one estimate of its job."),
        (
            (
                gettext_noop("Project manager, or someone who may import and lock budgets,"),
                gettext_noop("types the lines or imports a file, one line a cost code, and locks the budget."),
            ),
            _SENDS_BUDGETS,
            _DECIDES,
            _EXPORTS,
        ),
        gettext_noop("An estimate of the job, one line a cost code."),
        gettext_noop("The project and every cost code of the budget in QuickBooks."),
        ((gettext_noop("Budgets"), "budgets:budgets"),),
        states_diagram,
    ),
    Workflow(
        "w4",
        gettext_noop("Update a budget"),
        gettext_noop("A change moves amounts between lines, and the same estimate gets more lines."),
        (
            (
                gettext_noop("Project manager"),
                gettext_noop("makes a change that takes from lines and gives to others; it has to come to zero."),
            ),
            (_SENDS_BUDGETS[0], gettext_noop("sends the budget again.")),
            _DECIDES,
            _EXPORTS,
        ),
        gettext_noop("Lines above and below zero at the end of the same estimate."),
        gettext_noop("The budget in QuickBooks."),
        (
            (gettext_noop("Budgets"), "budgets:budgets"),
            (gettext_noop("Changed since sync"), "acceptance:inbox?view=changed"),
        ),
        states_diagram,
    ),
    Workflow(
        "w5",
        gettext_noop("Create and export commitments"),
        gettext_noop("A purchase order or a subcontract becomes a purchase order in QuickBooks."),
        (
            (
                gettext_noop("Project manager"),
                gettext_noop("enters the commitment with its vendor and its lines, and sets it to Approved."),
            ),
            _SENDS,
            _DECIDES,
            _EXPORTS,
        ),
        gettext_noop("A purchase order; it posts nothing."),
        gettext_noop("The vendor, the project and the cost codes in QuickBooks; an order that is approved."),
        ((gettext_noop("Commitments"), "commitments:commitments"),),
        states_diagram,
    ),
    Workflow(
        "w6",
        gettext_noop("Set up the export of invoices"),
        gettext_noop(
            "Before the first invoice can go, QuickBooks needs a retainage item and two features switched on."
        ),
        (
            (gettext_noop("Accountant or administrator"), gettext_noop("chooses the retainage item, or has it made.")),
            (
                gettext_noop("Administrator of QuickBooks"),
                gettext_noop("switches on purchase orders and expenses by customer."),
            ),
            (gettext_noop("Administrator"), gettext_noop("says how often payments are read, if they are to be.")),
        ),
        gettext_noop("A service item called Retainage, where there was none that would do."),
        gettext_noop("A connection to QuickBooks."),
        (
            (gettext_noop("Set up invoices"), "quickbooks_bridge:bill_setup"),
            (gettext_noop("Set up QuickBooks"), "quickbooks_bridge:editions"),
        ),
        _set_up,
    ),
    Workflow(
        "w7",
        gettext_noop("Bill and review invoices"),
        gettext_noop("A subcontractor bills a commitment in a billing period, and the company reviews line by line."),
        (
            (gettext_noop("Project manager"), gettext_noop("opens the billing period and invites those who bill.")),
            (
                gettext_noop("Invoice contact"),
                gettext_noop("fills in what was done and submits the invoice by the due date."),
            ),
            (
                gettext_noop("Invoice administrator"),
                gettext_noop("approves it, approves it as noted, or returns it with a remark."),
            ),
        ),
        gettext_noop("Nothing yet."),
        gettext_noop("An approved commitment with an invoice contact, and an open billing period."),
        ((gettext_noop("Billing periods"), "invoices:billing"), (gettext_noop("Invoices"), "invoices:invoices")),
        _invoice,
    ),
    Workflow(
        "w8",
        gettext_noop("Export approved invoices"),
        gettext_noop("An approved invoice becomes a bill, linked to the purchase order of its commitment."),
        (_SENDS, _DECIDES, _EXPORTS),
        gettext_noop(
            "A bill with a line for the work and for what is withheld or released; a vendor credit where it bills back."
        ),
        gettext_noop("The commitment and its change orders in QuickBooks, and the set-up of invoices."),
        (
            (gettext_noop("Invoices"), "invoices:invoices"),
            (gettext_noop("Set up invoices"), "quickbooks_bridge:bill_setup"),
        ),
        states_diagram,
    ),
    Workflow(
        "w9",
        gettext_noop("Create and export change orders"),
        gettext_noop("A change order adds its lines to the purchase order of its commitment."),
        (
            (
                gettext_noop("Project manager"),
                gettext_noop("makes the change order; with two or three tiers it collects requests."),
            ),
            (gettext_noop("Designated reviewer"), gettext_noop("approves or rejects it.")),
            _SENDS,
            _DECIDES,
            _EXPORTS,
        ),
        gettext_noop(
            "More lines at the end of the same purchase order; the lines that stand there are left as they are."
        ),
        gettext_noop("The commitment in QuickBooks."),
        ((gettext_noop("Change orders"), "change_orders:change_orders"),),
        states_diagram,
    ),
    Workflow(
        "w10",
        gettext_noop("Create standard cost codes"),
        gettext_noop("A cost code of the company's list becomes a service item in QuickBooks."),
        (
            (gettext_noop("Administrator or project manager"), gettext_noop("enters the codes or imports a file.")),
            _SENDS,
            _DECIDES,
            _EXPORTS,
        ),
        gettext_noop("A service item with the accounts that the approver picks."),
        gettext_noop("Nothing else; they go first."),
        ((gettext_noop("Cost codes"), "projects:cost_codes"), (gettext_noop("Mappings"), "quickbooks_bridge:mappings")),
        states_diagram,
    ),
    Workflow(
        "w11",
        gettext_noop("Payments from QuickBooks"),
        gettext_noop("What the accountant pays in QuickBooks is shown at the invoice and its commitment."),
        (
            (gettext_noop("Accountant"), gettext_noop("pays the bill in QuickBooks.")),
            (
                gettext_noop("The console"),
                gettext_noop(
                    "reads bills and their payments by the schedule, and says of each invoice how much is paid."
                ),
            ),
            (gettext_noop("Anybody who may"), gettext_noop("has them read now.")),
        ),
        gettext_noop("Nothing: it is only read."),
        gettext_noop("Invoices in QuickBooks, and a schedule that is not Never."),
        (
            (gettext_noop("Payments issued"), "invoices:payments"),
            (gettext_noop("Schedule"), "quickbooks_bridge:payments"),
        ),
        _payment,
    ),
    Workflow(
        "w12",
        gettext_noop("Job costs from QuickBooks"),
        gettext_noop("What QuickBooks charges to a job is shown beside the budget, down to each transaction."),
        (
            (gettext_noop("Project manager"), gettext_noop("switches job costs on at the project.")),
            (gettext_noop("The console"), gettext_noop("reads what was charged to the job, and again what changed.")),
            (
                gettext_noop("Project manager"),
                gettext_noop("gives a cost code to what has none; a rule does it the next time."),
            ),
        ),
        gettext_noop("Nothing: it is only read."),
        gettext_noop("The project in QuickBooks."),
        ((gettext_noop("Job costs"), "projects:job_costs"),),
        _costs,
    ),
)


def workflow_of(key: str) -> Workflow | None:
    """The workflow of this key, w1 to w12."""
    return next((one for one in WORKFLOWS if one.key == key), None)
