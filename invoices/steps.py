"""Buttons on the page of an application beside those of acceptance: for whom they are, greyed with the sentence."""

from __future__ import annotations

from django.urls import reverse
from django.utils.translation import gettext_noop

from commitments.contacts import why_no_part
from invoices import guards
from invoices.corrections import why_not_correct
from invoices.models import Invoice, InvoiceStatus
from invoices.periods import open_period_of
from invoices.statuses import CONTACT_EDITS
from procore_sync.accounts.access import Right, may
from procore_sync.accounts.models import Membership
from projects.steps import Step


def steps_of(invoice: Invoice, member: Membership) -> list[Step]:
    """What `member` can do with the application in its status; nothing for who only looks."""
    if why_no_part(invoice.commitment, member) is not None:
        return []
    against = guards.why_not_edit(invoice, member)
    steps = [Step("edit", gettext_noop("Edit"), _url("edit_invoice", invoice), against, "e")]
    if invoice.status in CONTACT_EDITS:
        against = guards.why_not_submit(invoice, member)
        submit = gettext_noop("Submit for review")
        steps.append(Step("submit", submit, _url("submit", invoice), against, "m", method="post"))
    if guards.is_unsubmitted(invoice) and not invoice.period.is_open:
        against = guards.why_not_move(invoice, open_period_of(invoice.commitment.project), member)
        move = gettext_noop("Move to the open period")
        steps.append(Step("move", move, _url("move", invoice), against, method="post"))
    if may(member, Right.EDIT):
        steps += _of_company(invoice)
    return steps


def _of_company(invoice: Invoice) -> list[Step]:
    steps = []
    if invoice.status == InvoiceStatus.UNDER_REVIEW:
        against = guards.why_not_review(invoice)
        steps.append(Step("review", gettext_noop("Review"), _url("review", invoice), against, "v"))
    if invoice.erp.synced_revision is not None:
        against = None if invoice.is_correcting else why_not_correct(invoice)
        steps.append(Step("correct", gettext_noop("Correct and replace"), _url("correct", invoice), against))
    return steps


def _url(page: str, invoice: Invoice) -> str:
    return reverse(f"invoices:{page}", args=[invoice.pk])
