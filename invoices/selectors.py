"""Which invoices, commitments and periods a person sees; every read starts from the person.

People of the company see what their right to view opens, private commitments by their readers. An invoice contact
sees what hangs on the commitments that they bill, and nothing else of the company.
"""

from __future__ import annotations

from collections.abc import Sequence

from django.db.models import QuerySet

from commitments.contacts import bills as bills
from commitments.contacts import commitments_billed_by as commitments_billed_by
from commitments.contacts import is_contact as is_contact
from commitments.models import Commitment
from commitments.selectors import commitments_for
from invoices.models import BillingPeriod, Invite, Invoice, InvoiceFile
from invoices.periods import settings_of
from procore_sync.acceptance.models import ErpItem
from procore_sync.acceptance.selectors import readable
from procore_sync.accounts.access import Right, may, visible
from procore_sync.accounts.models import Membership, Role
from projects.models import Project


def contacts_who_bill_nothing(member: Membership) -> QuerySet[Membership]:
    """The invoice contacts of the company who are on no commitment; none for those who may not change people."""
    if not may(member, Right.PEOPLE):
        return Membership.objects.none()
    contacts = Membership.objects.filter(company_id=member.company_id, role=Role.INVOICE_CONTACT, is_active=True)
    billed = Commitment.invoice_contacts.through.objects.values("membership")
    return contacts.exclude(pk__in=billed).select_related("user").order_by("user__name", "pk")


def commitments_seen_by(member: Membership) -> QuerySet[Commitment]:
    """The commitments of which `member` sees the billing: a contact their own, others what they may view."""
    return commitments_billed_by(member) if is_contact(member) else commitments_for(member)


def invoices_for(member: Membership) -> QuerySet[Invoice]:
    """The invoices that `member` may see: a contact those of their commitments, others as the commitment allows."""
    rows = Invoice.objects.select_related(
        "erp", "company", "period", "commitment__erp", "commitment__project__erp", "commitment__vendor__erp"
    )
    if is_contact(member):
        return rows.filter(commitment__in=commitments_billed_by(member).values("pk"))
    return readable(visible(rows, member), member, erp="commitment__erp")


def periods_for(member: Membership) -> QuerySet[BillingPeriod]:
    """The billing periods that `member` may see: a contact those of projects in which they bill something."""
    rows = BillingPeriod.objects.select_related("project__erp")
    if is_contact(member):
        return rows.filter(project__in=commitments_billed_by(member).values("project"))
    if not may(member, Right.VIEW):
        return rows.none()
    return rows.filter(project__company_id=member.company_id)


def invites_for(member: Membership) -> QuerySet[Invite]:
    """The invites that `member` may see: a contact their own, others those of the commitments that they may view."""
    rows = Invite.objects.select_related("period__project__erp", "commitment__erp", "contact__user")
    if is_contact(member):
        return rows.filter(contact=member, commitment__in=commitments_billed_by(member).values("pk"))
    return rows.filter(commitment__in=commitments_for(member).values("pk"))


def items_to_send(member: Membership, ids: Sequence[int]) -> list[ErpItem]:
    """The items of those of these invoices that `member` may see, in the order in which they are sent."""
    rows = invoices_for(member).filter(pk__in=ids).order_by("commitment__number", "commitment", "sequence")
    return [invoice.erp for invoice in rows.select_related("erp__company")]


def files_of(invoice: Invoice) -> QuerySet[InvoiceFile]:
    """The files of an invoice itself, those of its payments apart, without their bytes."""
    rows = InvoiceFile.objects.filter(invoice=invoice, payment=None)
    return rows.defer("content").select_related("added_by__user", "invoice__commitment__company")


def shows_claimed(invoice: Invoice, member: Membership) -> bool:
    """Whether `member` sees what was claimed beside what was approved: the company always, a contact by its setting."""
    return not is_contact(member) or settings_of(invoice.commitment.project).shows_claimed


def projects_billed(member: Membership) -> QuerySet[Project]:
    """The projects that can be billed, as `member` sees them; none for a contact."""
    return visible(Project.objects.select_related("erp", "company"), member)
