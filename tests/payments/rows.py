"""Invoices laid down as rows, for tests of what happens to them after they were sent."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from itertools import count
from typing import Any

from commitments.models import Commitment
from invoices.models import BillingPeriod, Invoice, InvoiceLine, InvoiceStatus
from invoices.payments import LedgerPayment
from procore_sync.acceptance.items import open_item
from procore_sync.accounts.models import Membership
from procore_sync.kit.kinds import Kind
from tests.factories import make_commitment, synced

_serial = count(1)


def make_invoice(
    by: Membership, commitment: Commitment | None = None, *, billed: str = "100.00", held: str = "0.00", **more: Any
) -> Invoice:
    """An approved application of `commitment`, or of a new one, that bills so much of its first line."""
    commitment = commitment or synced(make_commitment(by))
    period, _ = BillingPeriod.objects.get_or_create(
        project=commitment.project,
        closed_at=None,
        defaults={"starts_on": date(2026, 11, 1), "ends_on": date(2026, 11, 30), "due_on": date(2026, 11, 25)},
    )
    number = more.pop("number", f"INV-{next(_serial)}")
    due = Decimal(billed) - Decimal(held)
    item = open_item(
        company=by.company, kind=Kind.INVOICE, label=number, by=by, amount=due, project=commitment.project.erp
    )
    given: dict[str, Any] = {"status": InvoiceStatus.APPROVED, "billed_on": date(2026, 11, 20), **more}
    invoice: Invoice = Invoice.objects.create(
        company=by.company,
        erp=item,
        commitment=commitment,
        period=period,
        sequence=commitment.invoices.count() + 1,
        number=number,
        starts_on=period.starts_on,
        ends_on=period.ends_on,
        **given,
    )
    line = commitment.lines.order_by("number").first()
    assert line
    InvoiceLine.objects.create(
        invoice=invoice,
        position=1,
        key=str(line.number),
        sov_line=line,
        scheduled=line.amount,
        completed=Decimal(billed),
        work_retained=Decimal(held),
    )
    return invoice


def paid(payment_id: str, token: int = 0, /, **more: Any) -> LedgerPayment:
    """A check of the 21st in this version; `applied` holds invoices and texts of money."""
    applied = {invoice.pk: Decimal(amount) for invoice, amount in more.pop("applied", {}).items()}
    usual: dict[str, Any] = {
        "day": date(2026, 11, 21),
        "number": f"10{payment_id}",
        "total": sum(applied.values(), Decimal("0.00")),
        "bills": len(applied),
        "sync_token": str(token),
    }
    return LedgerPayment(payment_id, applied=applied, **(usual | more))
