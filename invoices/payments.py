"""What was paid of invoices: the ledger's payments come in whole, each invoice knows what is open (domain.md §15.1).

The ledger's bridge calls `absorb_payments`; nothing here knows which ledger it is. A payment that pays several bills is
one row an invoice. A discount or a vendor credit that a payment uses counts as applied, because the bill is less by it.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from decimal import Decimal

from django.db import models, transaction
from django.db.models import F, Sum, Value
from django.db.models.functions import Concat, Left, Replace
from django.utils import timezone
from django.utils.translation import gettext_noop

from invoices.models import (
    LEFT,
    BillStanding,
    Invoice,
    InvoiceLine,
    InvoiceStatus,
    Payment,
    PaymentMethod,
    PaymentState,
)
from procore_sync.kit.money import MoneyField, money

_ZERO = Decimal("0.00")
#: What the column of a payment's id takes.
_LONGEST_ID = 32
_LONG_AGO = datetime.min.replace(tzinfo=UTC)
#: What is due of a line now; the same as `LineFigures.due`.
DUE = (
    F("completed")
    + F("stored")
    - F("stored_before")
    - F("work_retained")
    - F("stored_held")
    + F("stored_held_before")
    + F("released")
)
_WRITTEN = (
    "state",
    "method",
    "number",
    "day",
    "amount",
    "total",
    "credits",
    "bills",
    "memo",
    "sync_token",
    "changed_at",
)


class PaymentStatus(models.TextChoices):
    """How much of an invoice is paid, in words."""

    UNPAID = "unpaid", gettext_noop("Unpaid")
    PARTIAL = "partly_paid", gettext_noop("Partially paid")
    PAID = "paid", gettext_noop("Paid")


@dataclass(frozen=True)
class LedgerPayment:
    """A payment as the ledger has it. `applied` is what it takes off each invoice, by the invoice's id.

    Of a deleted one nothing but the id need be said. `total` is its money, `credits` the credits it uses, `bills` how
    many bills it pays in all, ours and others. Amounts of invoices that went as credits are below zero.
    """

    payment_id: str
    state: str = PaymentState.ISSUED
    day: date = date.min
    method: str = PaymentMethod.CHECK
    number: str = ""
    total: Decimal = _ZERO
    credits: Decimal = _ZERO
    bills: int = 1
    memo: str = ""
    sync_token: str = ""
    changed_at: datetime | None = None
    applied: Mapping[int, Decimal] = field(default_factory=dict)

    @property
    def version(self) -> tuple[int, datetime]:
        """What orders two states of the same payment."""
        return _version(self.sync_token, self.changed_at)


def _version(sync_token: str, changed_at: datetime | None) -> tuple[int, datetime]:
    return (int(sync_token) if sync_token.isdecimal() else -1, changed_at or _LONG_AGO)


@transaction.atomic
def absorb_payments(company_id: int, payments: Iterable[LedgerPayment]) -> int:
    """Let each payment be applied to exactly these invoices from now on; returns how many rows that changed.

    Twice the same changes nothing, and an older state than the one known is passed over. Only a payment with a row is
    known: that one which never paid an invoice does not come in an older state is for the caller to see to.
    What a payment does not pay any more stays to be seen, as taken off; a voided one too, with nothing; a deleted one
    for ever, with what it was, and counts no more.
    """
    given = list(payments)
    known: dict[str, list[Payment]] = defaultdict(list)
    for row in Payment.objects.filter(company_id=company_id, payment_id__in={one.payment_id for one in given}):
        known[row.payment_id].append(row)
    now = timezone.now()
    changed: dict[tuple[str, int], Payment] = {}
    for payment in given:
        rows = known[payment.payment_id]
        if _is_over(rows, payment):
            continue
        for row in _rows_of(company_id, payment, rows):
            row.read_at = now
            changed[row.payment_id, row.invoice_id] = row
    new = [row for row in changed.values() if row._state.adding]
    held = [row for row in changed.values() if not row._state.adding]
    Payment.objects.bulk_create(new, batch_size=500)
    Payment.objects.bulk_update(held, [*_WRITTEN, "read_at"], batch_size=200)
    return len(changed)


def change_books(company_id: int, left: str, to: str) -> None:
    """Keep the payments of the books that are left under those books' id; they count no more, and stay to be seen.

    A ledger counts its payments from small numbers on, so another company's would be taken for them. Those of the books
    that are connected are known again as they were when these books were left.
    """
    rows = Payment.objects.filter(company_id=company_id)
    here = rows.exclude(payment_id__contains=LEFT)
    here.filter(state=PaymentState.ISSUED).update(state=PaymentState.UNAPPLIED)
    here.update(payment_id=Left(Concat("payment_id", Value(f"{LEFT}{left}")), _LONGEST_ID))
    known = rows.filter(payment_id__endswith=f"{LEFT}{to}")
    known.update(payment_id=Replace("payment_id", Value(f"{LEFT}{to}"), Value("")))


def _is_over(rows: list[Payment], payment: LedgerPayment) -> bool:
    """Whether something newer is known of it: a later state, or that it was deleted, after which nothing comes."""
    if any(row.state == PaymentState.DELETED for row in rows):
        return True
    newest = max((_version(row.sync_token, row.changed_at) for row in rows), default=None)
    return payment.state != PaymentState.DELETED and newest is not None and payment.version < newest


def _rows_of(company_id: int, payment: LedgerPayment, rows: list[Payment]) -> list[Payment]:
    """The rows that this state of a payment changes; a new one has no primary key yet, and joins `rows`."""
    held = {row.invoice_id: row for row in rows}
    touched = []
    for invoice_id in {*held, *payment.applied}:
        row = held.get(invoice_id)
        if row is None:
            if payment.state != PaymentState.ISSUED:
                continue
            row = Payment(company_id=company_id, payment_id=payment.payment_id, invoice_id=invoice_id)
            rows.append(row)
        before = [getattr(row, name) for name in _WRITTEN]
        _write(row, payment)
        if row._state.adding or before != [getattr(row, name) for name in _WRITTEN]:
            touched.append(row)
    return touched


def _write(row: Payment, payment: LedgerPayment) -> None:
    if payment.state == PaymentState.DELETED:
        row.state = payment.state
        return
    amount = payment.applied.get(row.invoice_id) if payment.state == PaymentState.ISSUED else None
    row.state = payment.state if amount is not None or payment.state != PaymentState.ISSUED else PaymentState.UNAPPLIED
    row.amount = amount or _ZERO
    row.method, row.number, row.day, row.memo = payment.method, payment.number[:64], payment.day, payment.memo
    row.total, row.credits, row.bills = payment.total, payment.credits, payment.bills
    row.sync_token, row.changed_at = payment.sync_token[:16], payment.changed_at


def note_standings(standings: Mapping[int, tuple[Decimal, Decimal] | None]) -> None:
    """Remember total and balance of the bills that invoices became, by invoice; None forgets them.

    What is known already is not written again.
    """
    held = BillStanding.objects.filter(invoice__in=list(standings))
    known = {invoice_id: told for invoice_id, *told in held.values_list("invoice", "total", "balance")}
    gone = [invoice_id for invoice_id in known if standings[invoice_id] is None]
    if gone:
        held.filter(invoice__in=gone).delete()
    now = timezone.now()
    rows = [
        BillStanding(invoice_id=invoice_id, total=told[0], balance=told[1], read_at=now)
        for invoice_id, told in standings.items()
        if told is not None and list(told) != known.get(invoice_id)
    ]
    BillStanding.objects.bulk_create(
        rows,
        batch_size=500,
        update_conflicts=True,
        unique_fields=["invoice"],
        update_fields=["total", "balance", "read_at"],
    )


def forget_standings(company_id: int, *, unless: models.Exists) -> None:
    """Forget what the ledger said of the company's invoices; `unless` is true of those to keep (OuterRef "invoice")."""
    BillStanding.objects.filter(~unless, invoice__company_id=company_id).delete()


# -- what is paid ------------------------------------------------------------------------------------------------------


def paid_of(invoices: Iterable[Invoice]) -> dict[int, Decimal]:
    """What was paid of each invoice, by its id; one query. Payments that were taken back do not count."""
    ids = [invoice.pk for invoice in invoices]
    rows = Payment.objects.filter(invoice__in=ids, state=PaymentState.ISSUED).order_by()
    found = dict(rows.values_list("invoice").annotate(Sum("amount")))
    return {pk: found.get(pk) or _ZERO for pk in ids}


def owed_of(invoices: Iterable[Invoice]) -> dict[int, Decimal]:
    """What is to be paid of each invoice: its bill's total in the ledger, which may carry tax, else what is due of it.

    Of a void one nothing is due but what its bill comes to as long as that stands in the ledger. Two queries. Below
    zero where the invoice is a credit.
    """
    ids: Collection[int] = [invoice.pk for invoice in invoices]
    lines = InvoiceLine.objects.filter(invoice__in=ids).exclude(invoice__status=InvoiceStatus.VOID).order_by()
    due = dict(lines.values_list("invoice").annotate(due=Sum(DUE, output_field=MoneyField())))
    billed = dict(BillStanding.objects.filter(invoice__in=ids).values_list("invoice", "total"))
    return {pk: billed.get(pk, due.get(pk) or _ZERO) for pk in ids}


def with_tax(invoice: Invoice, net: Decimal) -> Decimal:
    """What a bill of `net` would come to: its tax in proportion to that of the bill in the ledger, as last read."""
    standing = BillStanding.objects.filter(invoice=invoice).first()
    taken = invoice.erp.submissions.filter(revision=invoice.erp.synced_revision or 0).order_by("-number").first()
    was = Decimal(taken.document["total"]) if taken else _ZERO
    return money(net * standing.total / was) if standing and was else net


@dataclass(frozen=True)
class Settled:
    """How far an invoice is paid. `owed` is what is to be paid of it in all."""

    owed: Decimal
    paid: Decimal

    @property
    def open(self) -> Decimal:
        """What is left to pay; the other way round if too much was paid."""
        return self.owed - self.paid

    @property
    def status(self) -> PaymentStatus:
        """In words. Of nothing nothing is left to pay."""
        sign = -1 if self.owed < 0 else 1
        if sign * self.open <= 0:
            return PaymentStatus.PAID
        return PaymentStatus.PARTIAL if sign * self.paid > 0 else PaymentStatus.UNPAID


def settled_of(invoices: Iterable[Invoice]) -> dict[int, Settled]:
    """How far each invoice is paid, by its id; three queries."""
    rows = list(invoices)
    owed, paid = owed_of(rows), paid_of(rows)
    return {row.pk: Settled(owed[row.pk], paid[row.pk]) for row in rows}


def payment_status(invoice: Invoice, paid: Decimal) -> PaymentStatus:
    """Unpaid, partially paid or paid, against what is to be paid of the invoice; for many use `settled_of`."""
    return Settled(owed_of([invoice])[invoice.pk], paid).status
