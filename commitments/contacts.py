"""Invoice contacts, who are outside the company: they act on the commitments that name them and on nothing else."""

from __future__ import annotations

from django.db.models import QuerySet
from django.utils.translation import gettext

from commitments.models import Commitment
from procore_sync.accounts.access import Right, may, why_not
from procore_sync.accounts.curing import EDITORS
from procore_sync.accounts.models import Membership, Role
from procore_sync.kit.refusals import NotAllowed


def is_contact(member: Membership) -> bool:
    """Whether they are an invoice contact, who is outside the company."""
    return member.role == Role.INVOICE_CONTACT


def commitments_billed_by(member: Membership) -> QuerySet[Commitment]:
    """The commitments whose invoice contact `member` is; none for anybody else."""
    rows = Commitment.objects.select_related("erp", "company", "project__erp", "vendor__erp")
    if not (is_contact(member) and member.is_active):
        return rows.none()
    return rows.filter(company_id=member.company_id, invoice_contacts=member, is_active=True)


def own_breakdowns(member: Membership) -> QuerySet[Commitment]:
    """The commitments whose lines `member` breaks down, as their subcontractor."""
    return commitments_billed_by(member).filter(uses_ssov=True)


def bills(member: Membership, commitment: Commitment) -> bool:
    """Whether they are an invoice contact of this very commitment."""
    return is_contact(member) and commitments_billed_by(member).filter(pk=commitment.pk).exists()


def contacts_of(commitment: Commitment) -> QuerySet[Membership]:
    """The invoice contacts of a commitment who can come in."""
    return commitment.invoice_contacts.filter(role=Role.INVOICE_CONTACT, is_active=True, user__is_active=True)


def why_no_part(commitment: Commitment, member: Membership) -> str | None:
    """Why billing this commitment is not `member`'s business, or None if it is."""
    if may(member, Right.EDIT) or bills(member, commitment):
        return None
    if is_contact(member):
        return gettext("You are not an invoice contact of this commitment. The project manager can name you.")
    return why_not(member, Right.EDIT)


def require_part(commitment: Commitment, by: Membership) -> None:
    """Go on only if `by` may edit, or is an invoice contact of the commitment.

    Raises:
        NotAllowed: neither.
    """
    sentence = why_no_part(commitment, by)
    if sentence is not None:
        raise NotAllowed(sentence, who=EDITORS)
