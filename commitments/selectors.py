"""What pages and API show of commitments; every read starts from the person."""

from __future__ import annotations

from django.db.models import QuerySet

from commitments.models import Attachment, Commitment, CommitmentType, SsovLine
from procore_sync.acceptance.selectors import readable
from procore_sync.accounts.access import visible
from procore_sync.accounts.models import Membership, Role
from projects.models import Project

PREFIXES = {CommitmentType.PURCHASE_ORDER: "PO", CommitmentType.SUBCONTRACT: "SC"}
SHORT_NUMBER = 12


def commitments_for(member: Membership) -> QuerySet[Commitment]:
    """The commitments that `member` may see; of the private ones those that they may read."""
    rows = Commitment.objects.select_related("erp", "company", "project__erp", "vendor__erp")
    return readable(visible(rows, member), member, erp="erp")


def suggested_number(project: Project, type_: str) -> str:
    """The next number for a commitment of this type: `SC-1042-003`, or `SC-003` where the project's number is long.

    No commitment of the company has it, because QuickBooks has one list of numbers for the whole company.
    """
    prefix = PREFIXES[CommitmentType(type_)]
    stem = f"{prefix}-{project.number}-" if 0 < len(project.number) <= SHORT_NUMBER else f"{prefix}-"
    taken = Commitment.objects.filter(company_id=project.company_id, number__istartswith=stem)
    endings = [number[len(stem) :] for number in taken.values_list("number", flat=True)]
    last = max((int(one) for one in endings if one.isascii() and one.isdigit()), default=0)
    return f"{stem}{last + 1:03}"


def attachments_of(commitment: Commitment) -> QuerySet[Attachment]:
    """The files of a commitment, without their bytes."""
    return commitment.attachments.defer("content").select_related("added_by__user")


def parts_of(commitment: Commitment) -> dict[int, list[SsovLine]]:
    """The subcontractor's parts of each line, by the line's own id."""
    found: dict[int, list[SsovLine]] = {}
    for part in SsovLine.objects.filter(line__commitment=commitment):
        found.setdefault(part.line_id, []).append(part)
    return found


def possible_readers(member: Membership) -> QuerySet[Membership]:
    """Who of `member`'s company may see records, and so can be let in on a private one."""
    return _people(member).exclude(role=Role.INVOICE_CONTACT)


def possible_contacts(member: Membership) -> QuerySet[Membership]:
    """Who of `member`'s company is an invoice contact."""
    return _people(member).filter(role=Role.INVOICE_CONTACT)


def _people(member: Membership) -> QuerySet[Membership]:
    people = Membership.objects.filter(company_id=member.company_id, is_active=True)
    return people.select_related("user").order_by("user__name", "pk")
