"""What payments add to the pages of a commitment and of an invoice."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal

from commitments.models import Commitment
from commitments.sections import Section
from invoices.models import Invoice, InvoiceStatus, Payment
from invoices.payment_selectors import PaidInvoice, paid_invoices, payments_for, to_be_paid
from invoices.payments import Settled
from invoices.selectors import invoices_for, is_contact
from procore_sync.accounts.models import Membership

_ZERO = Decimal("0.00")


@dataclass(frozen=True)
class Paid:
    """Payments issued, and how far what they pay is paid. `commitment` is None on an invoice's own page."""

    commitment: Commitment | None
    is_contact: bool
    invoices: list[PaidInvoice]
    payments: list[Payment]
    settled: Settled


def payments_of_commitment(commitment: Commitment, member: Membership) -> Section | None:
    """The payments of a commitment and the status of each of its invoices; none before one is to be paid."""
    rows = to_be_paid(invoices_for(member).filter(commitment=commitment))
    invoices = [one for one in paid_invoices(rows.order_by("sequence")) if not _is_void(one)]
    payments = payments_for(member).filter(invoice__commitment=commitment)
    if not (invoices or payments):
        return None
    return _section(commitment, member, invoices, payments)


def payments_of_invoice(invoice: Invoice, member: Membership) -> Section | None:
    """The payments of one invoice and how far it is paid; none before it is to be paid, or if `member` sees it not."""
    invoices = paid_invoices(to_be_paid(invoices_for(member).filter(pk=invoice.pk)))
    if not invoices:
        return None
    return _section(None, member, invoices, payments_for(member).filter(invoice=invoice))


def _is_void(one: PaidInvoice) -> bool:
    """Whether it is void, and nothing of it is to be paid or was: only its payments that were taken back are left."""
    return one.invoice.status == InvoiceStatus.VOID and not (one.settled.owed or one.settled.paid)


def _section(
    commitment: Commitment | None, member: Membership, invoices: list[PaidInvoice], payments: Iterable[Payment]
) -> Section:
    whole = Settled(
        sum((one.settled.owed for one in invoices), _ZERO), sum((one.settled.paid for one in invoices), _ZERO)
    )
    return Section(
        "invoices/payments/_section.html", Paid(commitment, is_contact(member), invoices, list(payments), whole)
    )
