"""What console and QuickBooks each say of some commitments, and which document explains each difference.

The console's figures are its commitments and reviewed invoices. QuickBooks' are its purchase orders and bills as last
read, or as last verified where they were not read yet. Both are as they stand now. What no cause explains is said to be
so.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, fields
from decimal import Decimal
from functools import cached_property

from django.db.models import F, Sum
from django.utils.translation import gettext_noop

from change_orders.models import ChangeLine, ChangeOrder, ChangeStatus
from commitments.models import Commitment, CommitmentStatus, SovLine
from commitments.statuses import BudgetEffect, effect_of, is_order
from invoices.figures import LineFigures
from invoices.models import BillStanding, Invoice, InvoiceLine, InvoiceStatus
from invoices.payments import paid_of
from invoices.statuses import FOLLOWS, REVIEWED
from procore_sync.acceptance.models import Submission
from procore_sync.acceptance.states import Status
from quickbooks_bridge.models import BillState, Health, LedgerBill, Link
from quickbooks_bridge.reconciling.rows import LedgerOrder

ORDER = "PurchaseOrder"
_ZERO = Decimal("0.00")
#: The figures in the order of the page, and what each is.
COLUMNS = (
    (
        "committed",
        gettext_noop("Committed"),
        gettext_noop("What commitments and approved change orders promise; in QuickBooks, purchase orders."),
    ),
    (
        "invoiced",
        gettext_noop("Invoiced"),
        gettext_noop("What was billed before retainage; in QuickBooks, the lines of work of our bills."),
    ),
    ("held", gettext_noop("Held"), gettext_noop("Retainage held now: withheld less released.")),
    ("released", gettext_noop("Released"), gettext_noop("Retainage released to date.")),
    ("tax", gettext_noop("Tax"), gettext_noop("Tax that QuickBooks adds to bills; the console has none of its own.")),
    (
        "paid",
        gettext_noop("Paid"),
        gettext_noop("What payments took off; in QuickBooks, totals less balances of our bills."),
    ),
    (
        "open",
        gettext_noop("Open"),
        gettext_noop("Invoiced less held, with tax, less paid; in QuickBooks, the balances of our bills."),
    ),
)


@dataclass(frozen=True)
class Figures:
    """The money of one side; adds up."""

    committed: Decimal = _ZERO
    invoiced: Decimal = _ZERO
    held: Decimal = _ZERO
    released: Decimal = _ZERO
    tax: Decimal = _ZERO
    paid: Decimal = _ZERO

    @property
    def open(self) -> Decimal:
        """What is left to pay."""
        return self.invoiced - self.held + self.tax - self.paid

    def __add__(self, other: Figures) -> Figures:
        return Figures(*(getattr(self, one.name) + getattr(other, one.name) for one in fields(self)))

    def __sub__(self, other: Figures) -> Figures:
        return Figures(*(getattr(self, one.name) - getattr(other, one.name) for one in fields(self)))

    @property
    def is_nothing(self) -> bool:
        """Whether every figure is nought."""
        return not any(getattr(self, key) for key, _, _ in COLUMNS)

    @property
    def moved(self) -> list[tuple[str, Decimal]]:
        """The figures that are not nought, with their labels."""
        return [(label, amount) for key, label, _ in COLUMNS if (amount := getattr(self, key))]

    def told(self) -> dict[str, str]:
        """Each figure as text, by its key."""
        return {key: str(getattr(self, key)) for key, _, _ in COLUMNS}

    @classmethod
    def of(cls, told: Mapping[str, str]) -> Figures:
        """The figures that were `told`."""
        return cls(**{one.name: Decimal(told[one.name]) for one in fields(cls)})


@dataclass(frozen=True)
class Cause:
    """A document that explains a part of a difference (console less QuickBooks), and what to do about it.

    `entity` and `remote_id` name the document in QuickBooks, "" where there is none; `change` is a change order that it
    does not hold.
    """

    sentence: str
    part: Figures
    invoice: Invoice | None = None
    entity: str = ""
    remote_id: str = ""
    change: ChangeOrder | None = None


@dataclass
class Row:
    """One commitment on both sides."""

    commitment: Commitment
    console: Figures
    ledger: Figures
    causes: list[Cause] = field(default_factory=list)

    @property
    def difference(self) -> Figures:
        """Console less QuickBooks."""
        return self.console - self.ledger

    @property
    def unexplained(self) -> Figures:
        """What of the difference no document explains."""
        return self.difference - sum((one.part for one in self.causes), Figures())


class Books:
    """What both sides know of some commitments of a company, read once in a constant number of queries."""

    def __init__(self, company_id: int, commitments: list[Commitment]) -> None:
        self.commitments = commitments
        rows = Invoice.objects.filter(commitment__in=commitments).order_by("sequence")
        columns = ("commitment_id", "number", "status", "erp__status", "erp__synced_revision")
        invoices = list(rows.select_related("erp").only(*columns))
        self._invoices: dict[int, list[Invoice]] = defaultdict(list)
        for one in invoices:
            self._invoices[one.commitment_id].append(one)
        self._sums = _sums(commitments)
        self._lines = _figures(commitments)
        self._corrected = _in_correction(invoices)
        self._paid = paid_of(invoices)
        self._standings = {one.invoice_id: one for one in BillStanding.objects.filter(invoice__in=invoices)}
        items = [*(one.erp_id for one in invoices), *(one.erp_id for one in commitments)]
        # What QuickBooks last held of each line stands in a link too, and is most of it.
        self._links = {one.item_id: one for one in Link.objects.filter(item__in=items).defer("seen", "replaced")}
        remote = {"company_id": company_id, "remote_id__in": [one.remote_id for one in self._links.values()]}
        self._bills = {(one.entity, one.remote_id): one for one in LedgerBill.objects.filter(**remote)}
        orders = LedgerOrder.objects.filter(**remote, entity=ORDER)
        self._orders = {one.remote_id: one for one in orders}

    def row(self, commitment: Commitment) -> Row:
        """One commitment on both sides, its differences explained."""
        console, ledger, causes = self._promised(commitment)
        for invoice in self._invoices[commitment.pk]:
            here, there = self._here(invoice), self._there(invoice)
            console, ledger = console + here, ledger + there
            causes += self._why(invoice, here - there)
        return Row(commitment, console, ledger, causes)

    def console(self, commitment: Commitment) -> Figures:
        """What the console alone says of one commitment."""
        promised = Figures(committed=self._committed(commitment))
        return sum(map(self._here, self._invoices[commitment.pk]), promised)

    def _promised(self, commitment: Commitment) -> tuple[Figures, Figures, list[Cause]]:
        link, order = self._order(commitment)
        here = Figures(committed=self._committed(commitment))
        there = Figures(committed=_ordered(link, order))
        part = here - there
        if part.is_nothing:
            return here, there, []
        if link is None:
            return here, there, [Cause(_why_it_is_missing(commitment.number, commitment.erp.status), part)]
        causes: list[Cause] = []
        if _is_deleted(link, order):
            sentence = f"The purchase order of {commitment.number} was deleted in QuickBooks."
        elif commitment.status == CommitmentStatus.VOID:
            sentence = (
                f"{commitment.number} is void here, and its purchase order of {there.committed:,.2f} stands in "
                "QuickBooks. Have it deleted there, and unlink it."
            )
        else:
            causes = [_of_change(one, commitment) for one in self._changes_not_there[commitment.pk]]
            part = part - sum((one.part for one in causes), Figures())
            sentence = (
                f"The purchase order says {there.committed:,.2f}, and {commitment.number} with its approved change "
                f"orders {here.committed:,.2f}. Send what is not in QuickBooks yet, or see what was changed there."
            )
        if not part.is_nothing:
            causes.append(Cause(sentence, part, entity=link.entity, remote_id=link.remote_id))
        return here, there, causes

    @cached_property
    def _changes_not_there(self) -> dict[int, list[ChangeOrder]]:
        """The approved change orders that QuickBooks never took, by their commitment; read once some order differs."""
        rows = ChangeOrder.objects.filter(
            commitment__in=self.commitments, status=ChangeStatus.APPROVED, erp__synced_revision=None
        )
        found: dict[int, list[ChangeOrder]] = defaultdict(list)
        for one in rows.select_related("erp").order_by("sequence"):
            found[one.commitment_id].append(one)
        return found

    def _order(self, commitment: Commitment) -> tuple[Link | None, LedgerOrder | None]:
        link = self._links.get(commitment.erp_id)
        return link, self._orders.get(link.remote_id) if link else None

    def _committed(self, commitment: Commitment) -> Decimal:
        """What it promises; received, closed or terminated as much, as long as its order stands in QuickBooks."""
        link, order = self._order(commitment)
        stands = link is not None and not _is_deleted(link, order)
        promises = effect_of(commitment.type, commitment.status) == BudgetEffect.COMMITTED
        if promises or (stands and is_order(commitment.type, commitment.status)):
            return self._sums[commitment.pk]
        return _ZERO

    def _here(self, invoice: Invoice) -> Figures:
        """What the console counts of an invoice. What was paid of it counts whatever became of it."""
        paid, standing = self._paid[invoice.pk], self._standings.get(invoice.pk)
        if not _counts(invoice):
            return Figures(paid=paid)
        told = self._told(invoice)
        tax = standing.total - (told.invoiced - told.held) if standing and self._agrees(invoice, told) else _ZERO
        return Figures(invoiced=told.invoiced, held=told.held, released=told.released, tax=tax, paid=paid)

    def _told(self, invoice: Invoice) -> Figures:
        """What it says; of one whose correction is not approved, what the bill that it corrects was sent with."""
        return self._corrected.get(invoice.erp_id) or self._lines.get(invoice.pk, Figures())

    def _agrees(self, invoice: Invoice, told: Figures) -> bool:
        """Whether the bill's lines are the invoice's, so that what its total says more is tax."""
        bill = self._bill(invoice)
        return bill is not None and (bill.gross, bill.retainage) == (told.invoiced, told.held)

    def _bill(self, invoice: Invoice) -> LedgerBill | None:
        link = self._links.get(invoice.erp_id)
        return self._bills.get((link.entity, link.remote_id)) if link else None

    def _there(self, invoice: Invoice) -> Figures:
        bill = self._bill(invoice)
        if bill is None or bill.state != BillState.STANDING:
            return Figures()
        paid = bill.total - bill.balance
        return Figures(invoiced=bill.gross, held=bill.retainage, released=bill.released, tax=bill.tax, paid=paid)

    def _why(self, invoice: Invoice, part: Figures) -> Iterator[Cause]:
        if part.is_nothing:
            return
        link, bill = self._links.get(invoice.erp_id), self._bill(invoice)
        if link is None:
            yield Cause(_why_bill_is_missing(invoice), part, invoice)
            return
        at = (invoice, link.entity, link.remote_id)
        if bill is None and link.health == Health.MISSING:
            yield Cause(f"The bill of invoice {invoice.number} is not in QuickBooks any more.", part, *at)
        elif bill is None:
            yield Cause(f"The bill of invoice {invoice.number} has not been read from QuickBooks yet.", part, *at)
        elif bill.state != BillState.STANDING:
            was = bill.get_state_display().lower()
            yield Cause(f"The bill of invoice {invoice.number} was {was} in QuickBooks.", part, *at)
        else:
            yield from self._why_not_equal(invoice, bill, part)

    def _why_not_equal(self, invoice: Invoice, bill: LedgerBill, part: Figures) -> Iterator[Cause]:
        at = (invoice, bill.entity, bill.remote_id)
        paid = Figures(paid=part.paid)
        rest = part - paid
        if not rest.is_nothing:
            yield Cause(self._billed_otherwise(invoice, bill), rest, *at)
        if not paid.is_nothing:
            told = (
                f"QuickBooks says that {bill.total - bill.balance:,.2f} of invoice {invoice.number} is paid; the "
                f"payments taken here come to {self._paid[invoice.pk]:,.2f}. The page of payments says which were not "
                "taken."
            )
            yield Cause(told, paid, *at)

    def _billed_otherwise(self, invoice: Invoice, bill: LedgerBill) -> str:
        if not _counts(invoice):
            was = invoice.get_status_display().lower()
            return f"Invoice {invoice.number} is {was} here, and its bill stands in QuickBooks."
        told = self._told(invoice)
        return (
            f"The bill of invoice {invoice.number} says {bill.gross:,.2f} of work with {bill.retainage:,.2f} held, "
            f"and the invoice {told.invoiced:,.2f} with {told.held:,.2f} held."
        )


def _of_change(change: ChangeOrder, commitment: Commitment) -> Cause:
    named = f"{commitment.number}, {change.number}"
    part = Figures(committed=change.erp.amount or _ZERO)
    return Cause(_why_it_is_missing(named, change.erp.status), part, change=change)


def _why_it_is_missing(number: str, status: str) -> str:
    if status == Status.FAILED:
        return (
            f"{number} is not in QuickBooks: its export stopped. Fix what its page in accounting says, then try "
            "again, or reject it there."
        )
    if status == Status.EXPORTING:
        return f"{number} is accepted, and on its way to QuickBooks."
    return f"{number} is not in QuickBooks yet. Send it to accounting, or accept it there."


def _why_bill_is_missing(invoice: Invoice) -> str:
    if invoice.erp.status == Status.FAILED:
        return (
            f"Invoice {invoice.number} is not in QuickBooks: its export stopped. Fix what its page in accounting "
            "says, then try again, or reject it there."
        )
    return f"Invoice {invoice.number} is approved here and not in QuickBooks yet."


def _ordered(link: Link | None, order: LedgerOrder | None) -> Decimal:
    """What a purchase order promises: as last read, or as last verified if that was later."""
    if link is None or _is_deleted(link, order):
        return _ZERO
    later = link if order is None or number_of(order) < number_of(link) else order
    total: Decimal | None = later.total
    return total or _ZERO


def _is_deleted(link: Link, order: LedgerOrder | None) -> bool:
    """Whether QuickBooks does not hold it any more; a look hears of that before, or without, a comparison's reading."""
    return link.health == Health.MISSING or (order is not None and order.state != BillState.STANDING)


def number_of(row: Link | LedgerOrder) -> int:
    """How often QuickBooks has written the document, as far as the row knows."""
    return int(row.sync_token) if row.sync_token.isdecimal() else -1


def _sums(rows: list[Commitment]) -> dict[int, Decimal]:
    """What each commitment comes to with its approved change orders."""
    own = dict(SovLine.objects.filter(commitment__in=rows).order_by().values_list("commitment").annotate(Sum("amount")))
    approved = ChangeLine.objects.filter(change_order__commitment__in=rows, change_order__status=ChangeStatus.APPROVED)
    more = dict(approved.order_by().values_list("change_order__commitment").annotate(Sum("amount")))
    return {one.pk: (own.get(one.pk) or _ZERO) + (more.get(one.pk) or _ZERO) for one in rows}


def _counts(invoice: Invoice) -> bool:
    """Whether it says anything: it was reviewed, or QuickBooks has its bill until a correction is approved."""
    return invoice.status in REVIEWED or _is_in_correction(invoice)


def _is_in_correction(invoice: Invoice) -> bool:
    return invoice.status in FOLLOWS and invoice.erp.synced_revision is not None


def _in_correction(invoices: list[Invoice]) -> dict[int, Figures]:
    """What QuickBooks was sent of each whose correction is not approved, by its item (docs/adr/0056).

    What was linked, and never sent, has no document.
    """
    items = [one.erp_id for one in invoices if _is_in_correction(one)]
    if not items:
        return {}
    sent = Submission.objects.filter(item__in=items, revision=F("item__synced_revision")).order_by("number")
    names = ("gross", "held_now", "released")
    columns = [f"document__{name}" for name in names]
    return {item: _figures_of(*(Decimal(one) for one in said)) for item, *said in sent.values_list("item", *columns)}


def _figures(commitments: list[Commitment]) -> dict[int, Figures]:
    """What each invoice of these bills, holds (withheld less released) and releases; one query.

    The figures add up by their columns, so the database adds the lines: a large job has tens of thousands.
    """
    lines = InvoiceLine.objects.filter(invoice__commitment__in=commitments).exclude(invoice__status=InvoiceStatus.VOID)
    sums = lines.order_by().values_list("invoice").annotate(*(Sum(name) for name in LineFigures.COLUMNS))
    added = ((pk, LineFigures(*columns)) for pk, *columns in sums)
    return {pk: _figures_of(one.gross, one.held_now, one.released) for pk, one in added}


def _figures_of(gross: Decimal, held_now: Decimal, released: Decimal) -> Figures:
    """The figures of one invoice. Where less is held on stored materials now, the bill gives that back too.

    What is released of deductions lies below zero and takes away, so the bill gives nothing back by it.
    """
    return Figures(
        invoiced=gross,
        held=held_now - released,
        released=max(released, _ZERO) + max(-held_now, _ZERO),
    )
