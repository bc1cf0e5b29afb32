"""Why an invoice cannot be sent to accounting yet (domain.md §12)."""

from __future__ import annotations

from collections.abc import Iterator

from django.urls import reverse

from invoices.models import Invoice
from invoices.statuses import EXPORTABLE
from procore_sync.acceptance.kinds import Unmet

PM = "project manager"


def unmet_of_invoice(invoice: Invoice) -> list[Unmet]:
    """Everything that keeps the invoice from being sent; empty if nothing does."""
    return [*_status(invoice)]


def _status(invoice: Invoice) -> Iterator[Unmet]:
    if invoice.status not in EXPORTABLE:
        was = invoice.get_status_display().lower()
        sentence = f"The invoice is {was}. Only an approved one, or one that waits for the owner, goes to accounting."
        yield Unmet(sentence, PM, reverse("invoices:invoice", args=[invoice.pk]))
