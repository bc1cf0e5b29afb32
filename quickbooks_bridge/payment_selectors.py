"""What the pages and the API show of readings of payments, and of payments that were not taken."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.db.models import Exists, OuterRef, QuerySet, Subquery

from invoices.models import Invoice, Payment
from invoices.payment_selectors import payments_for
from invoices.selectors import invoices_for
from procore_sync.acceptance.selectors import readable
from procore_sync.accounts.access import Right, may, visible
from procore_sync.accounts.models import Membership
from projects.job_costs import costs_for
from quickbooks_bridge.importers.bill_mirror import ENTITIES
from quickbooks_bridge.importers.payments import links_of_bills, why_not_taken
from quickbooks_bridge.models import (
    BillState,
    Connection,
    LedgerBill,
    LedgerBillPayment,
    Link,
    PaymentCursor,
    PaymentReading,
    PaymentSchedule,
)


def readings_for(member: Membership) -> QuerySet[PaymentReading]:
    """The readings of the company's payments, newest first."""
    return visible(PaymentReading.objects.select_related("asked_by__user", "company"), member)


def known_until(company_id: int) -> datetime | None:
    """Up to when QuickBooks' bills and payments are known: the last reading of them, or the last look since at what was
    changed, from which the same figures come. None where they were never read; one query.
    """
    cursors = PaymentCursor.objects.filter(company_id=OuterRef("company_id"), entity__in=ENTITIES)
    cursors = cursors.filter(changed_since__isnull=False)
    looked = cursors.order_by("changed_since").values("changed_since")[:1]
    read = PaymentReading.objects.filter(company_id=company_id, ended_at__isnull=False, error="")
    times = read.annotate(looked=Subquery(looked)).values_list("ended_at", "looked").first()
    return max((one for one in times if one), default=None) if times else None


def bills_for(member: Membership) -> QuerySet[LedgerBill]:
    """The bills and vendor credits of QuickBooks that `member` may see: all but those of private records."""
    rows = visible(LedgerBill.objects.all(), member)
    hidden = Invoice.objects.filter(company_id=member.company_id).exclude(
        pk__in=readable(Invoice.objects.filter(company_id=member.company_id), member, erp="commitment__erp").values(
            "pk"
        )
    )
    links = Link.objects.filter(company_id=member.company_id, item__invoice__in=hidden.order_by().values("pk"))
    return rows.filter(~Exists(links.filter(entity=OuterRef("entity"), remote_id=OuterRef("remote_id"))))


def knows_document(member: Membership, entity: str, remote_id: str) -> bool:
    """Whether a document of QuickBooks stands behind something that `member` sees: a cost, a payment, a bill."""
    if not may(member, Right.VIEW):
        return False
    if costs_for(member).filter(entity=entity, txn_id=remote_id).exists():
        return True
    if entity == "BillPayment":
        return payments_for(member).filter(payment_id=remote_id).exists()
    return bills_for(member).filter(entity=entity, remote_id=remote_id).exists()


@dataclass(frozen=True)
class NotTaken:
    """A payment of bills of ours that is not taken, and why."""

    payment: LedgerBillPayment
    why: str


def not_taken(row: Connection, schedule: PaymentSchedule, member: Membership, limit: int = 50) -> list[NotTaken]:
    """The standing payments of bills that `member` sees and no invoice knows of, the newest first, at most `limit`."""
    seen = invoices_for(member).order_by().values("pk")
    ours = set(links_of_bills(row.company_id).filter(item__invoice__in=seen).values_list("entity", "remote_id"))
    taken = set(Payment.objects.filter(company_id=row.company_id).values_list("payment_id", flat=True))
    rows = LedgerBillPayment.objects.filter(company_id=row.company_id, state=BillState.STANDING)
    found: list[NotTaken] = []
    for one in rows.order_by("-day", "-pk").iterator(1000):
        if len(found) == limit:
            break
        pays_ours = any((entity, remote_id) in ours for entity, remote_id, _ in one.lines)
        why = why_not_taken(one, schedule, row) if pays_ours and one.remote_id not in taken else None
        if why:
            found.append(NotTaken(one, why.sentence))
    return found
