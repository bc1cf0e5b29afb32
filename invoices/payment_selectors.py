"""Which payments a person sees, how their list is narrowed, and what is paid of the invoices they see."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from django.db.models import Case, Count, Exists, F, OuterRef, Q, QuerySet, Subquery, Sum, Value, When
from django.db.models.functions import Coalesce, Round

from commitments.models import Commitment
from invoices.models import Invoice, InvoiceFile, InvoiceLine, InvoiceStatus, Payment, PaymentState
from invoices.payments import DUE, PaymentStatus, Settled, settled_of
from invoices.selectors import invoices_for
from invoices.statuses import REVIEWED
from procore_sync.accounts.models import Membership
from procore_sync.kit.finding import carrying
from procore_sync.kit.money import MoneyField, money
from projects.models import Project
from vendors.models import Vendor

_ZERO = Decimal("0.00")
#: What a list can be narrowed by besides the words for how much is paid: what is not paid in full, and of that what
#: should have been.
OPEN, OVERDUE = "open", "overdue"

#: Which invoices' bills do not stand in the ledger any more.
_gone: list[Q] = []


def set_gone(gone: Q) -> None:
    """Let the ledger's bridge, which knows what became of each bill, say of which nothing is due any more."""
    _gone[:] = [gone]


def payments_for(member: Membership) -> QuerySet[Payment]:
    """The payments of the invoices that `member` may see: a contact those of their own, each a row an invoice."""
    rows = Payment.objects.filter(invoice__in=invoices_for(member).order_by().values("pk"))
    return rows.select_related(
        "invoice__erp", "invoice__commitment__erp", "invoice__commitment__project", "invoice__commitment__vendor"
    )


def narrowed(rows: QuerySet[Payment], asked: Mapping[str, Any]) -> QuerySet[Payment]:
    """Those of `rows` that a filter asks for, the newest first; what it does not name narrows nothing."""
    searched = ("number", "invoice__number", "invoice__commitment__number")
    wanted = carrying(asked["q"], *searched) if asked.get("q") else Q()
    columns = {
        "project": "invoice__commitment__project",
        "vendor": "invoice__commitment__vendor",
        "commitment": "invoice__commitment",
        "invoice": "invoice",
        "method": "method",
        "state": "state",
        "from_day": "day__gte",
        "to_day": "day__lte",
    }
    wanted &= Q(**{column: asked[name] for name, column in columns.items() if asked.get(name)})
    return rows.filter(wanted).order_by("-day", "-pk")


def total_of(rows: QuerySet[Payment]) -> Decimal:
    """What of `rows` counts as paid: what was taken back does not."""
    return money(rows.filter(state=PaymentState.ISSUED).aggregate(total=Sum("amount"))["total"] or _ZERO)


@dataclass(frozen=True)
class VendorTotal:
    """What the listed payments come to for one vendor."""

    vendor: str
    count: int
    amount: Decimal


def totals_of(rows: QuerySet[Payment]) -> list[VendorTotal]:
    """What counts of `rows` by vendor, in one query, the largest first."""
    issued = rows.filter(state=PaymentState.ISSUED).order_by().values("invoice__commitment__vendor__name")
    sums = issued.annotate(count=Count("payment_id", distinct=True), sum=Sum("amount")).order_by("-sum")
    return [
        VendorTotal(one["invoice__commitment__vendor__name"] or "", one["count"], money(one["sum"])) for one in sums
    ]


def paid_projects(member: Membership) -> QuerySet[Project]:
    """The projects of whose invoices `member` sees something, to choose from."""
    return Project.objects.filter(commitments__in=_commitments(member)).distinct().order_by("name")


def paid_vendors(member: Membership) -> QuerySet[Vendor]:
    """The vendors of whose invoices `member` sees something, to choose from."""
    return Vendor.objects.filter(commitments__in=_commitments(member)).distinct().order_by("name")


def _commitments(member: Membership) -> QuerySet[Any]:
    return Commitment.objects.filter(invoices__in=invoices_for(member).order_by().values("pk")).values("pk")


def files_of(payment: Payment) -> QuerySet[InvoiceFile]:
    """The files of a payment, without their bytes."""
    return payment.files.defer("content").select_related("added_by__user")


def to_be_paid(rows: QuerySet[Invoice]) -> QuerySet[Invoice]:
    """Those that the review has finished, those whose bill stands in QuickBooks, and whatever was paid all the same."""
    has_payment = Exists(Payment.objects.filter(invoice=OuterRef("pk")))
    return rows.filter(Q(status__in=REVIEWED) | Q(erp__synced_revision__isnull=False) | has_payment)


def bills_to_pay(rows: QuerySet[Invoice]) -> QuerySet[Invoice]:
    """Those whose bill stands in the ledger with a day on which it is due; some may be paid.

    A vendor credit is due on no day: it lessens what is paid whenever somebody uses it.
    """
    standing = _due(rows).filter(erp__synced_revision__isnull=False)
    return standing.exclude(_gone[0]) if _gone else standing


def _due(rows: QuerySet[Invoice]) -> QuerySet[Invoice]:
    return rows.filter(due_on__isnull=False, as_credit=False).exclude(status=InvoiceStatus.VOID)


def paid_like(rows: QuerySet[Invoice], how: str, *, today: date, in_books: bool = True) -> QuerySet[Invoice]:
    """Those of `rows` that are paid as `how` says, as `Settled` tells it of one: a `PaymentStatus`, OPEN or OVERDUE.

    Overdue are bills that stand in the ledger; if not `in_books`, whatever is to be paid, there or not.
    """
    found = to_be_paid(rows).annotate(owed=Round(_OWED, 2), so_far=Round(_SO_FAR, 2))
    bill, credit = Q(owed__gte=0), Q(owed__lt=0)
    in_full = (bill & Q(so_far__gte=F("owed"))) | (credit & Q(so_far__lte=F("owed")))
    in_part = (bill & Q(so_far__gt=0)) | (credit & Q(so_far__lt=0))
    if how == OVERDUE:
        late = found.filter(~in_full, due_on__lt=today)
        return bills_to_pay(late) if in_books else _due(late)
    wanted = {
        OPEN: ~in_full,
        PaymentStatus.PAID: in_full,
        PaymentStatus.PARTIAL: ~in_full & in_part,
        PaymentStatus.UNPAID: ~in_full & ~in_part,
    }
    return found.filter(wanted[how])


def _summed(rows: QuerySet[Any], of: Any) -> Coalesce:
    each = rows.filter(invoice=OuterRef("pk")).order_by().values("invoice").annotate(sum=Sum(of, output_field=_MONEY))
    return Coalesce(Subquery(each.values("sum")), Value(_ZERO), output_field=_MONEY)


_MONEY = MoneyField()
_SO_FAR = _summed(Payment.objects.filter(state=PaymentState.ISSUED), "amount")
#: The same as `invoices.payments.owed_of`.
_OWED = Case(
    When(standing__isnull=False, then=F("standing__total")),
    When(status=InvoiceStatus.VOID, then=Value(_ZERO)),
    default=_summed(InvoiceLine.objects.all(), DUE),
    output_field=_MONEY,
)


@dataclass(frozen=True)
class PaidInvoice:
    """An invoice and how far it is paid."""

    invoice: Invoice
    settled: Settled


def paid_invoices(rows: QuerySet[Invoice]) -> list[PaidInvoice]:
    """Each of `rows` with how far it is paid; four queries."""
    found = list(rows)
    settled = settled_of(found)
    return [PaidInvoice(one, settled[one.pk]) for one in found]


def settled_by_invoice(invoices: Iterable[Invoice]) -> dict[int, Settled]:
    """How far those of `invoices` are paid of which something is to be paid, by id; four queries."""
    rows = Invoice.objects.filter(pk__in=[one.pk for one in invoices])
    return {one.invoice.pk: one.settled for one in paid_invoices(to_be_paid(rows))}
