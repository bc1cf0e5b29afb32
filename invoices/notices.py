"""What is told about an application: to the company when it is submitted, to the contacts when it comes back."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

from commitments.contacts import contacts_of
from commitments.notices import told_of
from invoices.lines import lines_of, text_of
from invoices.models import Invoice, Verdict
from invoices.periods import settings_of
from invoices.printing import changed_claim
from procore_sync.acceptance.abouts import About
from procore_sync.acceptance.notices import Telling, Words, tell
from procore_sync.accounts.models import Membership


def submitted(invoice: Invoice, *, by: Membership) -> None:
    """Tell the distribution list, or who reviews it, that an application waits, apart from who submitted it."""
    line = format_lazy(_("{person} submitted {record} for review"), person=by, record=invoice.erp.label)
    subject = format_lazy(_("To review: {record}"), record=invoice.erp.label)
    told = _of(invoice, About.SUBMITTED, line, subject, "mail/invoice_submitted.txt", {"by": by})
    tell(told_of(invoice.commitment, invoice.erp, but=by), told)


def returned(invoice: Invoice, *, by: Membership) -> None:
    """Tell the contacts of the commitment that the application is to be revised, with every reason, and with what the
    review made of each line that it changed, if the project shows them what was claimed."""
    shows = settings_of(invoice.commitment.project).shows_claimed
    told = [(line, text_of(line), changed_claim(line) if shows else None) for line in lines_of(invoice)]
    said = [one for one in told if one[0].verdict == Verdict.REJECTED or one[2] is not None]
    line = format_lazy(_("{person} looked at {record}, and it is to be revised"), person=by, record=invoice.erp.label)
    subject = format_lazy(_("To revise: {record}"), record=invoice.erp.label)
    context = {"by": by, "said": said}
    tell(
        contacts_of(invoice.commitment),
        _of(invoice, About.RETURNED, line, subject, "mail/invoice_returned.txt", context),
    )


def _of(invoice: Invoice, about: About, line: Words, subject: Words, template: str, context: dict[str, Any]) -> Telling:
    path = reverse("invoices:invoice", args=[invoice.pk])
    whole = {
        "invoice": invoice,
        "project": invoice.commitment.project,
        "url": f"{settings.PUBLIC_URL}{path}",
        **context,
    }
    return Telling(about, line, path, subject, lambda: render_to_string(template, whole), invoice.erp)
