"""Which payments a person sees, how their list is narrowed, and what is paid of the invoices they see."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.db.models import Count, Exists, OuterRef, Q, QuerySet, Sum

from commitments.models import Commitment
from invoices.models import Invoice, InvoiceFile, Payment, PaymentState
from invoices.payments import Settled, settled_of
from invoices.selectors import invoices_for
from invoices.statuses import REVIEWED
from procore_sync.accounts.models import Membership
from procore_sync.kit.finding import carrying
from procore_sync.kit.money import money
from projects.models import Project
from vendors.models import Vendor

_ZERO = Decimal("0.00")


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
