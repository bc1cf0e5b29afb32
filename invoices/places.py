"""Where an invoice is made and where it is read; the one place that knows, for pages, mails and refusals of billing."""

from __future__ import annotations

from urllib.parse import urlencode

from django.urls import reverse

from commitments.models import Commitment
from invoices.models import Invoice


def page_to_bill(commitment: Commitment) -> str:
    """Where a new invoice of the commitment is made."""
    return f"{reverse('invoices:new_invoice')}?{urlencode({'commitment': commitment.pk})}"


def page_of_invoice(invoice: Invoice) -> str:
    """Where the invoice is read."""
    return reverse("invoices:invoice", args=[invoice.pk])
