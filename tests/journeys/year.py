"""A year of billing by the dice: applications, rejections, crashes and payments over a grid, against real books.

The product's own operations and engine do everything; what must come out is kept here by hand beside them, from what
was typed alone, with rounding and sums of its own. The same seed makes the same year.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from decimal import ROUND_HALF_UP, Decimal
from random import Random
from typing import Any

from django.utils import timezone

from change_orders.operations import create_change_order
from change_orders.rules import ChangeDetails
from commitments.models import Commitment
from commitments.operations import set_invoice_contacts
from commitments.rules import LineDetails
from invoices.billing_rules import PeriodDetails
from invoices.corrections import begin_correction
from invoices.models import Invoice, InvoiceStatus, Verdict
from invoices.operations import bring_down, create_invoice, save_invoice, submit_invoice, void_invoice
from invoices.periods import open_period
from invoices.review import LineVerdict, approve, review_lines
from invoices.rules import InvoiceDetails, LineBilling, details_of_head
from procore_sync.acceptance import engine, operations
from procore_sync.acceptance.claims import claim
from procore_sync.acceptance.courier import courier
from procore_sync.acceptance.models import ErpItem, Submission
from procore_sync.acceptance.states import Status
from procore_sync.accounts.days import today_of
from procore_sync.accounts.models import Membership
from projects.models import CostCode, Project
from projects.records import Record
from quickbooks_bridge.importers.payments import carry_on
from quickbooks_bridge.links import remember_link
from quickbooks_bridge.models import Link
from quickbooks_bridge.reconciling.books import Figures
from quickbooks_bridge.tie_outs import tie_out_of
from tests.factories import change_line, make_commitment, make_cost_code, make_project, make_vendor
from tests.quickbooks_bridge.emulator_process import EmulatorProcess
from vendors.models import Vendor

NOUGHT = Decimal("0.00")
EXPENSE = "ItemBasedExpenseLineDetail"
CODES = 8
#: Where an answer is lost: after the write or before it, or the process that settles dies.
CRASHES = ("write_then_drop", "500_after_write", "drop", "500", "killed")
#: How often in a hundred.
CRASHED, REVISED, REJECTED, CORRECTED, VOIDED, CHANGED, STORES, BY_CONTACT = 25, 30, 20, 12, 8, 4, 20, 60
TAKEN_BACK, READ = 50, 60
TRIES = 12
Plan = dict[str, tuple[Decimal, Decimal]]


@dataclass(frozen=True)
class Grid:
    """How large a year is."""

    periods: int = 12
    commitments: int = 20
    lines: int = 40


@dataclass
class Contract:
    """What was typed of one commitment, by line key: what must stand on both sides at the end."""

    commitment: Commitment
    percent: Decimal
    scheduled: dict[str, Decimal]
    done: dict[str, Decimal] = field(default_factory=lambda: defaultdict(lambda: NOUGHT))
    stored: dict[str, Decimal] = field(default_factory=lambda: defaultdict(lambda: NOUGHT))
    work_held: dict[str, Decimal] = field(default_factory=lambda: defaultdict(lambda: NOUGHT))

    @property
    def to_date(self) -> dict[str, Decimal]:
        """Completed and stored, by key."""
        return {key: self.done[key] + self.stored[key] for key in self.scheduled}

    @property
    def held(self) -> Decimal:
        """Retainage held."""
        return sum(self.work_held.values(), NOUGHT) + sum(map(self.part, self.stored.values()), NOUGHT)

    def part(self, amount: Decimal) -> Decimal:
        """What is withheld of an amount, half a cent up."""
        return part_of(amount, self.percent)

    def take(self, plan: Plan, release: Decimal | None) -> None:
        """An application with this plan is in the books; `release` is the percentage of work that stays held."""
        for key in self.scheduled:
            completed, self.stored[key] = plan.get(key, (NOUGHT, self.stored[key]))
            self.done[key] += completed
            self.work_held[key] += self.part(completed)
            if release is not None:
                self.work_held[key] = min(self.work_held[key], part_of(self.done[key], release))


def part_of(amount: Decimal, percent: Decimal) -> Decimal:
    """So many percent of an amount, half a cent up."""
    return (amount * percent / 100).quantize(Decimal("0.01"), ROUND_HALF_UP)


@dataclass
class Year:
    """The people, the books, the grid and the dice."""

    books: EmulatorProcess
    realm: str
    pm: Membership
    contact: Membership
    approver: Membership
    grid: Grid
    seed: int
    happened: Counter[str] = field(default_factory=Counter)
    contracts: list[Contract] = field(default_factory=list)
    read_before: set[str] = field(default_factory=set)

    def __post_init__(self) -> None:
        self.dice = Random(self.seed)  # noqa: S311 - dice, no secret
        self.company = self.pm.company

    def chance(self, percent: int) -> bool:
        """Whether it happens this time."""
        return self.dice.randrange(100) < percent

    def share(self, amount: Decimal, most: int = 100) -> Decimal:
        """Some of an amount, to the cent."""
        cents = int(amount * most)
        return Decimal(self.dice.randint(0, cents)) / 100 if cents > 0 else NOUGHT

    # the ground

    def prepare(self) -> None:
        """A job, vendors and items that the bookkeeper has, and commitments that are exported to them."""
        # Nothing is written twice because it is looked for first, and not because QuickBooks remembers the request.
        self.books.control("switches", {"requestid": "ignore"})
        accounts = {one["AccountType"]: {"value": one["Id"]} for one in self.books.documents("Account", self.realm)}
        refs = {"IncomeAccountRef": accounts["Income"], "ExpenseAccountRef": accounts["Cost of Goods Sold"]}
        codes = [make_cost_code(self.pm, f"{number:02}-100", f"Trade {number}") for number in range(1, CODES + 1)]
        for code in codes:
            self.held(code, "Item", Name=code.code, Type="Service", **refs)
        self.project: Project = make_project(self.pm, "Year of Billing", codes=codes)
        customer = next(one for one in self.books.documents("Customer", self.realm) if not one.get("Job"))
        self.held(
            self.project, "Customer", DisplayName=self.project.name, Job=True, ParentRef={"value": customer["Id"]}
        )
        vendors = [make_vendor(self.pm, f"Trade contractor {at}") for at in range(max(self.grid.commitments // 2, 1))]
        for vendor in vendors:
            self.held(vendor, "Vendor", DisplayName=vendor.name)
        for at in range(self.grid.commitments):
            self.contracts.append(self.contract(at, vendors[at % len(vendors)], codes))

    def held(self, record: Record, entity: str, **document: Any) -> None:
        """`record` is linked to what the bookkeeper has of it."""
        remote = self.books.write(entity, document, self.realm)
        operations.link(record.erp, by=None, detail={"entity": entity, "id": remote["Id"]})
        remember_link(record.erp, entity, remote, verified=None)

    def contract(self, at: int, vendor: Vendor, codes: list[CostCode]) -> Contract:
        """A commitment in the books; half of them with a change order by and by."""
        percent = Decimal(self.dice.choice(("10", "5", "7.5")))
        amounts = [Decimal(self.dice.randint(100_000, 9_999_999)) / 100 for _ in range(self.grid.lines)]
        lines = [LineDetails(self.dice.choice(codes).pk, amount, f"Work {n}") for n, amount in enumerate(amounts, 1)]
        made = make_commitment(
            self.pm, self.project, vendor, lines=lines, number=f"SC-{at + 1:03}", default_retainage=percent
        )
        set_invoice_contacts(made, [self.contact], by=self.pm)
        self.export(made.erp)
        return Contract(made, percent, {str(number): amount for number, amount in enumerate(amounts, 1)})

    def change(self, contract: Contract) -> None:
        """A change order: more on a line of its own."""
        amount = Decimal(self.dice.randint(10_000, 999_999)) / 100
        line = contract.commitment.lines.select_related("code").first()
        details = ChangeDetails(status="approved", lines=(change_line(str(amount), line),))
        made = create_change_order(contract.commitment, details, by=self.pm)
        self.export(made.erp)
        contract.scheduled[f"C{made.sequence}.1"] = amount
        self.happened["change orders"] += 1

    # billing

    def run(self) -> None:
        """All periods: bill, pay, and read what was paid; at the end everything is read once more."""
        today = today_of(self.company)
        for number in range(self.grid.periods):
            self.number = number
            # Weeks, the last of which is over: the contact bills until tomorrow in each.
            start = today - timedelta(days=7 * (self.grid.periods - number))
            days = PeriodDetails(start, start + timedelta(days=6), today + timedelta(days=1))
            open_period(self.project, days, by=self.pm)
            for contract in self.contracts:
                if number and self.chance(CHANGED):
                    self.change(contract)
                self.application(contract)
            self.pay()
            if self.chance(READ):
                self.read()
        self.read()

    @property
    def is_late(self) -> bool:
        """Whether retainage is given back by now."""
        return self.number >= self.grid.periods - 3

    def planned(self, contract: Contract) -> Plan:
        """What is billed of some lines: work of this period, and materials stored now, never less than before."""
        plan: Plan = {}
        for key, scheduled in contract.scheduled.items():
            before = contract.done[key] + contract.stored[key]
            if self.chance(25) or before == scheduled:
                continue
            most = 100 if self.number == self.grid.periods - 1 else 40
            target = scheduled if self.chance(10) else before + self.share(scheduled - before, most)
            stored = self.share(target - contract.done[key]) if self.chance(STORES) else NOUGHT
            plan[key] = (target - contract.done[key] - stored, stored)
        return {key: said for key, said in plan.items() if said != (NOUGHT, contract.stored[key])}

    def lowered(self, plan: Plan) -> Plan:
        """The plan with less work on one line, if a line has some."""
        key = next((key for key, (completed, _) in plan.items() if completed > 1), "")
        if not key:
            return plan
        completed, stored = plan[key]
        return {**plan, key: (completed - self.share(completed / 4) - Decimal("0.01"), stored)}

    def application(self, contract: Contract) -> None:
        """The next one of a contract, from its draft into the books, with whatever comes between."""
        by = self.contact if self.chance(BY_CONTACT) else self.pm
        release = Decimal(self.dice.choice(("0", "2.5"))) if self.is_late and by == self.pm else None
        plan = self.planned(contract)
        if not plan:
            return
        invoice = self.saved(create_invoice(contract.commitment, by=by), plan, by)
        invoice = submit_invoice(invoice, by=by)
        if self.chance(REVISED):
            plan = self.lowered(plan)
            invoice = self.revised(invoice, plan, by)
        if release is not None:
            # Released by the reviewer, once the work is agreed.
            invoice = bring_down(invoice, release, by=self.pm, seen=invoice.edition)
            self.happened["releases"] += 1
        invoice = self.approved(invoice)
        if self.chance(VOIDED):
            void_invoice(invoice, by=self.pm)
            self.happened["voided"] += 1
            self.application(contract)
            return
        may_change = release is None
        if self.chance(REJECTED) and may_change:
            plan = self.lowered(plan)
            self.rejected(invoice)
            invoice = self.approved(self.saved(again(invoice), plan, self.pm))
        self.export(invoice.erp)
        if self.chance(CORRECTED) and may_change:
            plan = self.lowered(plan)
            begun = begin_correction(again(invoice), "Measured again on site.", by=self.pm)
            invoice = self.saved(begun, plan, self.pm)
            if invoice.erp.is_changed:
                self.export(self.approved(invoice).erp)
                self.happened["corrected"] += 1
        contract.take(plan, release)
        self.happened["applications"] += 1

    def saved(self, invoice: Invoice, plan: Plan, by: Membership) -> Invoice:
        """It with this plan."""
        lines = [LineBilling(key, completed=completed, stored=stored) for key, (completed, stored) in plan.items()]
        return save_invoice(invoice, details_of_head(invoice), lines, by=by, seen=invoice.edition)

    def revised(self, invoice: Invoice, plan: Plan, by: Membership) -> Invoice:
        """A line is rejected with a reason; revised and submitted again."""
        verdict = LineVerdict(next(iter(plan)), Verdict.REJECTED, "Not that much is done.")
        returned = review_lines(invoice, [verdict], by=self.pm)
        assert returned.status == InvoiceStatus.REVISE
        self.happened["revised"] += 1
        return submit_invoice(self.saved(returned, plan, by), by=by)

    def approved(self, invoice: Invoice) -> Invoice:
        """Approved, with a day on which it is due."""
        if invoice.due_on is None:
            stands = vars(details_of_head(invoice))
            details = InvoiceDetails(**{**stands, "due_on": invoice.billed_on + timedelta(days=30)})
            invoice = save_invoice(invoice, details, [], by=self.pm, seen=invoice.edition)
        return approve(invoice, InvoiceStatus.APPROVED, by=self.pm)

    # to the books

    def rejected(self, invoice: Invoice) -> None:
        """Sent, and given back with a comment."""
        operations.send(invoice.erp, by=self.pm)
        operations.reject(invoice.erp, by=self.approver, comment="This is more than was agreed.")
        self.happened["rejected"] += 1

    def export(self, item: ErpItem) -> None:
        """Sent, accepted and, in spite of a crash on the way, verified."""
        item = ErpItem.objects.get(pk=item.pk)
        submission = operations.send(item, by=self.pm)
        offered = {
            one.name: one.initial for one in courier().preview(item, submission.document).choices() if one.initial
        }
        operations.accept(item, by=self.approver, seen=submission.digest, choices=offered)
        if self.chance(CRASHED):
            self.crash(submission)
        for _ in range(TRIES):
            # A moment ago: to SQLite, whose clock has whole milliseconds, what is due within this one is not due yet.
            due = timezone.now() - timedelta(seconds=1)
            Submission.objects.filter(pk=submission.pk, due_at__isnull=False).update(due_at=due)
            engine.work(submission.pk)
            item.refresh_from_db()
            if item.status == Status.SYNCED:
                break
        submission.refresh_from_db()
        assert item.status == Status.SYNCED, f"{item} is {item.status}: {submission.reason} (seed {self.seed})"

    def crash(self, submission: Submission) -> None:
        """An answer that is lost, or a process that dies between the answer and the settling."""
        kind = self.dice.choice(CRASHES)
        self.happened[kind] += 1
        if kind != "killed":
            self.books.fault(kind)
            engine.work(submission.pk)
            self.books.control("faults", method="DELETE")
            return
        (claimed,) = claim(submission.pk)
        courier().send(claimed.submission)
        Submission.objects.filter(pk=submission.pk).update(lease_until=timezone.now() - timedelta(seconds=1))
        engine.sweep()

    # payments

    def pay(self) -> None:
        """The bookkeeper pays whole bills and parts, several in one check; now and then takes a check back."""
        for bills in self.open_bills().values():
            if self.chance(30):
                continue
            chosen = self.dice.sample(bills, min(len(bills), self.dice.randint(1, 3)))
            amounts = [self.amount_of(one) for one in chosen]
            lines = [
                {"Amount": float(amount), "LinkedTxn": [{"TxnId": one["Id"], "TxnType": "Bill"}]}
                for one, amount in zip(chosen, amounts, strict=True)
            ]
            payment = {"VendorRef": chosen[0]["VendorRef"], "PayType": "Check", "CheckPayment": self.bank()}
            self.books.write("BillPayment", {**payment, "TotalAmt": float(sum(amounts)), "Line": lines}, self.realm)
            self.happened["payments"] += 1
        known = [one for one in self.payments() if one["Id"] in self.read_before]
        if known and self.chance(TAKEN_BACK):
            self.books.delete("BillPayment", self.dice.choice(known), self.realm)
            self.happened["payments deleted"] += 1

    def payments(self) -> list[dict[str, Any]]:
        """All that stand."""
        return self.books.documents("BillPayment", self.realm)

    def amount_of(self, bill: Mapping[str, Any]) -> Decimal:
        """All that is open of it, or a part."""
        balance = money(bill["Balance"])
        return balance if self.chance(50) else max(self.share(balance), Decimal("0.01"))

    def open_bills(self) -> dict[str, list[dict[str, Any]]]:
        """By vendor."""
        found: dict[str, list[dict[str, Any]]] = defaultdict(list)
        for one in self.books.documents("Bill", self.realm):
            if money(one["Balance"]) > 0:
                found[one["VendorRef"]["value"]].append(one)
        return found

    def bank(self) -> dict[str, Any]:
        """Where checks are drawn on."""
        accounts = self.books.documents("Account", self.realm)
        return {"BankAccountRef": {"value": next(one["Id"] for one in accounts if one["AccountType"] == "Bank")}}

    def read(self) -> None:
        """The console reads what was paid."""
        while (reading := carry_on(self.company.pk)) and reading.ended_at is None:
            assert not reading.error, reading.error
        self.read_before = {one["Id"] for one in self.payments()}


def again(invoice: Invoice) -> Invoice:
    """`invoice` as the database has it now."""
    found: Invoice = Invoice.objects.select_related("erp", "commitment__project", "company", "period").get(
        pk=invoice.pk
    )
    return found


def money(amount: object) -> Decimal:
    """An amount of the books."""
    return Decimal(str(amount)).quantize(Decimal("0.01"))


@dataclass(frozen=True)
class InBooks:
    """What the books hold of one commitment, read from their documents without any code of the product."""

    committed: Decimal
    work: dict[str, Decimal]
    held: Decimal
    total: Decimal
    open: Decimal

    @property
    def paid(self) -> Decimal:
        """What was taken off its bills."""
        return self.total - self.open


def in_books(year: Year, contract: Contract) -> InBooks:
    """The purchase order and the bills of a commitment."""
    numbers = f"{contract.commitment.number}-"
    orders = [
        money(one["TotalAmt"])
        for one in year.books.documents("PurchaseOrder", year.realm)
        if one["DocNumber"] == contract.commitment.number
    ]
    bills = [one for one in year.books.documents("Bill", year.realm) if one.get("DocNumber", "").startswith(numbers)]
    work: dict[str, Decimal] = defaultdict(lambda: NOUGHT)
    held = NOUGHT
    for key, amount in lines_of(bills):
        if key.startswith("R"):
            held -= amount
        else:
            work[key] += amount
    totals = [sum((money(one[name]) for one in bills), NOUGHT) for name in ("TotalAmt", "Balance")]
    return InBooks(sum(orders, NOUGHT), dict(work), held, *totals)


def lines_of(bills: list[dict[str, Any]]) -> Iterator[tuple[str, Decimal]]:
    """The key in brackets and the amount of each line."""
    for bill in bills:
        for line in bill["Line"]:
            yield line["Description"].partition("]")[0].lstrip("["), money(line["Amount"])


def retainage_account(year: Year) -> dict[tuple[str, str], Decimal]:
    """What stands on the account that the item Retainage posts to, by vendor and job."""
    (item,) = [one for one in year.books.documents("Item", year.realm) if one["Name"] == "Retainage"]
    found: dict[tuple[str, str], Decimal] = defaultdict(lambda: NOUGHT)
    for entity, sign in (("Bill", -1), ("VendorCredit", 1)):
        for document in year.books.documents(entity, year.realm):
            for line in document["Line"]:
                detail = line[EXPENSE]
                if detail["ItemRef"]["value"] == item["Id"]:
                    key = (document["VendorRef"]["value"], detail["CustomerRef"]["value"])
                    found[key] += sign * money(line["Amount"])
    return {key: amount for key, amount in found.items() if amount}


def retainage_held(year: Year) -> dict[tuple[str, str], Decimal]:
    """What is held by what was typed, by vendor and job, as the books call them."""
    job = Link.objects.get(item=year.project.erp).remote_id
    found: dict[tuple[str, str], Decimal] = defaultdict(lambda: NOUGHT)
    for contract in year.contracts:
        assert contract.commitment.vendor
        found[Link.objects.get(item=contract.commitment.vendor.erp).remote_id, job] += contract.held
    return {key: amount for key, amount in found.items() if amount}


def differences(year: Year) -> list[str]:
    """Everything in which the console, the books and what was typed do not agree to the cent; empty if nothing.

    The console is asked by the tie-out's page of the project, the books by their documents.
    """
    told = tie_out_of(year.project, year.pm)
    rows = {row.commitment.pk: row.console for row in told.rows}
    found = [line for one in year.contracts for line in _of_contract(year, one, rows[one.commitment.pk])]
    found += [f"{row.commitment.number}: the tie-out tells {row.difference.moved}" for row in told.rows if row.causes]
    found += [f"the tie-out tells of {one.bill.number}, which nobody made" for one in told.foreign]
    if not told.ties:
        found.append(f"the tie-out tells a difference of {told.difference.moved}")
    if retainage_account(year) != retainage_held(year):
        found.append(f"retainage is {retainage_account(year)} in the books, and {retainage_held(year)} is held")
    return found


def _of_contract(year: Year, contract: Contract, here: Figures) -> Iterator[str]:
    there = in_books(year, contract)
    typed = {key: amount for key, amount in contract.to_date.items() if amount}
    billed = {key: amount for key, amount in there.work.items() if amount}
    if billed != typed:
        yield f"{contract.commitment.number}: {billed} is billed, and {typed} was typed"
    to_date = sum(typed.values(), NOUGHT)
    for what, *amounts in (
        ("committed", here.committed, there.committed, sum(contract.scheduled.values(), NOUGHT)),
        ("invoiced", here.invoiced, sum(billed.values(), NOUGHT), to_date),
        ("held", here.held, there.held, contract.held),
        ("paid", here.paid, there.paid),
        ("open", here.open, there.open),
        # Bills less what was released, and all that was withheld: held is withheld less released.
        ("billed and held", there.total + there.held, to_date),
    ):
        if len(set(amounts)) != 1:
            yield f"{contract.commitment.number}: {what} is {' and '.join(map(str, amounts))}"
