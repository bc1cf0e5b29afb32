"""Subcontractors bill the sample's project: periods, invites, and applications for payment, each left in another state.

The days follow the day on which the sample is made, so that a period is open and its contacts can bill.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, timedelta
from decimal import Decimal

from django.core.files.uploadedfile import SimpleUploadedFile

from commitments.models import Commitment
from commitments.operations import set_invoice_contacts
from invoices.billing_rules import PeriodDetails
from invoices.files import attach
from invoices.invites import answer, send_invites
from invoices.models import BillingPeriod, Invoice, InvoiceStatus, Verdict
from invoices.operations import create_invoice, save_invoice, submit_invoice
from invoices.periods import open_period, open_period_of
from invoices.review import LineVerdict, approve, return_invoice, review_lines
from invoices.rules import InvoiceDetails, LineBilling, details_of_head
from invoices.selectors import is_contact
from procore_sync.acceptance import operations
from procore_sync.accounts.days import today_of
from procore_sync.accounts.models import Membership
from procore_sync.demo import books
from procore_sync.demo.contracts import LOFTS, People, in_quickbooks
from projects.models import Project
from quickbooks_bridge import bill_files, bill_setup
from quickbooks_bridge.importers.payments import carry_on
from quickbooks_bridge.models import Connection

CONCRETE, DUCTS, ELEVATORS, GLASS, EARTH = (f"SC-2601-00{number}" for number in (2, 1, 3, 4, 5))
STEEL = "PO-2601-001"
#: Who bills what.
CONTACTS = {CONCRETE: "ian", DUCTS: "nora", ELEVATORS: "gus", GLASS: "otto", EARTH: "rosa", STEEL: "paul"}
Work = Mapping[str, str]

#: What is completed by line: of the concrete, the three applications one after the other.
FOOTINGS: Work = {"1": "318900.00", "C1.1": "9250.00"}
SLABS: Work = {"2": "163800.00", "C1.1": "9250.00"}
DECKS: Work = {"2": "40950.00", "3": "148512.50"}
DECKS_CLAIMED: Work = {**DECKS, "3": "185640.00"}
REASON = "Level 3 was poured on the 2nd of the next month: 40 %, not 50 %. Bill the rest with the next application."
PAID_IN_PART = "80000.00"
TERM = timedelta(days=30)


@dataclass(frozen=True)
class Bill:
    """How an application gets along; `by` makes and revises it, `reviewer` decides on it."""

    commitment: Commitment
    by: Membership
    reviewer: Membership

    def submitted(self, work: Work) -> Invoice:
        """One with this work, under review."""
        return submit_invoice(self.saved(self.begun(), work), by=self.by)

    def begun(self) -> Invoice:
        """A draft, billed at the end of its period or, as long as that is to come, today."""
        period = open_period_of(self.commitment.project)
        today = today_of(self.commitment.company)
        day = min(period.ends_on, today) if period else today
        # When payment is due is the company's to say.
        due = None if is_contact(self.by) else day + TERM
        return create_invoice(self.commitment, by=self.by, details=InvoiceDetails(billed_on=day, due_on=due))

    def saved(self, invoice: Invoice, work: Work) -> Invoice:
        """It with this work."""
        lines = [LineBilling(key, completed=Decimal(amount)) for key, amount in work.items()]
        return save_invoice(invoice, details_of_head(invoice), lines, by=self.by, seen=invoice.edition)

    def approved(self, invoice: Invoice) -> Invoice:
        """It approved, with the day on which it is to be paid."""
        if invoice.due_on is None:
            details = replace(details_of_head(invoice), due_on=invoice.billed_on + TERM)
            invoice = save_invoice(invoice, details, [], by=self.reviewer, seen=invoice.edition)
        return approve(invoice, InvoiceStatus.APPROVED, by=self.reviewer)


def enter_invoices(people: People) -> None:
    """Bill the lofts: three months that are over, and the one that is open."""
    lofts = Project.objects.get(company=people["max"].company, name=LOFTS)
    made = {one.number: one for one in Commitment.objects.filter(project=lofts).select_related("erp", "company")}
    for number, contact in CONTACTS.items():
        set_invoice_contacts(made[number], [people[contact]], by=people["max"])
    bill_setup.choose(Connection.objects.get(company=lofts.company_id), {"files_go": "yes"}, by=people["ada"])
    _concrete(lofts, made[CONCRETE], people)
    steel = Bill(made[STEEL], people["max"], people["max"])
    steel.approved(steel.submitted({"1": "94695.00", "3": "5995.20"}))
    _open_month(lofts, made, people)
    carry_on(lofts.company_id)
    bill_files.carry_on(lofts.company_id)


def _concrete(lofts: Project, commitment: Commitment, people: People) -> None:
    """One paid, one paid in part, one before the approver after a line of it was rejected and revised."""
    pm, approver = people["max"], people["ada"]
    bill = Bill(commitment, pm, pm)
    for ago, work in ((3, FOOTINGS), (2, SLABS)):
        _open(lofts, ago, pm)
        approved = bill.approved(bill.submitted(work))
        _keep_waiver(approved, pm)
        in_quickbooks([approved], pm, approver)
    paid, in_part = (one for one in books.documents("Bill") if str(one.get("DocNumber", "")).startswith(CONCRETE))
    books.pay(paid, str(paid["Balance"]))
    books.pay(in_part, PAID_IN_PART)
    _open(lofts, 1, pm)
    bill = Bill(commitment, people["ian"], pm)
    claimed = bill.submitted(DECKS_CLAIMED)
    verdicts = [LineVerdict("2", Verdict.APPROVED), LineVerdict("3", Verdict.REJECTED, REASON)]
    returned = review_lines(claimed, verdicts, by=people["alma"])
    revised = submit_invoice(bill.saved(returned, DECKS), by=people["ian"])
    _keep_waiver(revised, people["ian"])
    operations.send(bill.approved(revised).erp, by=pm)


def _keep_waiver(invoice: Invoice, by: Membership) -> None:
    """Attach what the subcontractor signed for their payment."""
    said = f"Conditional waiver and release on progress payment\n\nApplication {invoice.number}. Signed.\n"
    attach(invoice, SimpleUploadedFile(f"Waiver {invoice.number}.txt", said.encode()), by=by)


def _open_month(lofts: Project, made: Mapping[str, Commitment], people: People) -> None:
    """Everybody is asked: one has not answered, one accepted, one declined, and three have billed."""
    pm, alma = people["max"], people["alma"]
    period = _open(lofts, 0, pm)
    asked = {one.commitment.number: one for one in send_invites(period, made_by_contacts(made), by=pm)}
    for number, accepts in ((DUCTS, True), (ELEVATORS, True), (EARTH, True), (STEEL, True), (GLASS, False)):
        answer(asked[number], accepts, by=people[CONTACTS[number]])
    ducts, elevators, earth = (Bill(made[one], people[CONTACTS[one]], alma) for one in (DUCTS, ELEVATORS, EARTH))
    ducts.saved(ducts.begun(), {"1": "59280.00", "3": "43117.50"})
    elevators.submitted({"1": "36570.00"})
    returned = earth.submitted({"1": "68125.00", "2": "96748.00"})
    return_invoice(returned, "Attach the tickets of the haul: 96,748.00 of excavation has none.", by=alma)


def made_by_contacts(made: Mapping[str, Commitment]) -> list[Commitment]:
    """The commitments that somebody bills."""
    return [made[number] for number in CONTACTS]


def _open(project: Project, ago: int, pm: Membership) -> BillingPeriod:
    """The calendar month so many months ago; its contacts can bill until today, in the present one until its end."""
    today = today_of(project.company)
    start = (today.year * 12 + today.month - 1) - ago
    first, following = _first(start), _first(start + 1)
    last = following - timedelta(days=1)
    return open_period(project, PeriodDetails(first, last, max(last, today)), by=pm)


def _first(month: int) -> date:
    """The first day of a month counted from the year 0."""
    return date(month // 12, month % 12 + 1, 1)
