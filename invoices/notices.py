"""What is told about an application: to the company when it is submitted, to the contacts when it comes back."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

from invoices.lines import lines_of, text_of
from invoices.models import Invoice, Verdict
from procore_sync.acceptance.abouts import About
from procore_sync.acceptance.models import ErpItem
from procore_sync.acceptance.notices import Telling, Words, tell
from procore_sync.acceptance.selectors import readable
from procore_sync.accounts.access import Right, may
from procore_sync.accounts.models import Membership, Role


def submitted(invoice: Invoice, *, by: Membership) -> None:
    """Tell those who review it that an application waits, apart from who submitted it."""
    people = Membership.objects.filter(company_id=invoice.company_id, is_active=True, user__is_active=True)
    reviewers = [one for one in people.select_related("user") if one.pk != by.pk and _reviews(one, invoice)]
    line = format_lazy(_("{person} submitted {record} for review"), person=by, record=invoice.erp.label)
    subject = format_lazy(_("To review: {record}"), record=invoice.erp.label)
    told = _of(invoice, About.SUBMITTED, line, subject, "mail/invoice_submitted.txt", {"by": by})
    tell(reviewers, told)


def _reviews(member: Membership, invoice: Invoice) -> bool:
    items = ErpItem.objects.filter(pk=invoice.erp_id)
    return may(member, Right.EDIT) and (not invoice.erp.is_private or readable(items, member).exists())


def returned(invoice: Invoice, *, by: Membership) -> None:
    """Tell the contacts of the commitment that the application is to be revised, with every reason."""
    contacts = invoice.commitment.invoice_contacts.filter(
        role=Role.INVOICE_CONTACT, is_active=True, user__is_active=True
    )
    rejected = [(line, text_of(line)) for line in lines_of(invoice) if line.verdict == Verdict.REJECTED]
    line = format_lazy(_("{person} looked at {record}, and it is to be revised"), person=by, record=invoice.erp.label)
    subject = format_lazy(_("To revise: {record}"), record=invoice.erp.label)
    context = {"by": by, "rejected": rejected}
    tell(contacts, _of(invoice, About.RETURNED, line, subject, "mail/invoice_returned.txt", context))


def _of(invoice: Invoice, about: About, line: Words, subject: Words, template: str, context: dict[str, Any]) -> Telling:
    path = reverse("invoices:invoice", args=[invoice.pk])
    whole = {"invoice": invoice, "url": f"{settings.PUBLIC_URL}{path}", **context}
    return Telling(about, line, path, subject, lambda: render_to_string(template, whole), invoice.erp)
