"""What each status of an invoice means (domain.md §11.5)."""

from __future__ import annotations

from django.utils.translation import gettext_noop

from commitments.models import CommitmentStatus
from invoices.models import InvoiceStatus as Status

#: A commitment is billed in these; goods are billed as they arrive (docs/adr/0041).
BILLABLE = (
    CommitmentStatus.APPROVED,
    CommitmentStatus.PARTIALLY_RECEIVED,
    CommitmentStatus.RECEIVED,
    CommitmentStatus.COMPLETE,
)

#: Only these go to accounting (domain.md §12).
EXPORTABLE = frozenset({Status.APPROVED, Status.APPROVED_AS_NOTED, Status.PENDING_OWNER})
#: These count in the budget as invoiced; so does what is in QuickBooks (docs/adr/0056).
COUNTED = frozenset({Status.APPROVED, Status.APPROVED_AS_NOTED})
#: In these the contact may edit, until the due date.
CONTACT_EDITS = frozenset({Status.DRAFT, Status.REVISE})
#: These are finished by the review: the next application may follow.
REVIEWED = EXPORTABLE
#: In these its lines follow the contract: change orders that were approved meanwhile come in.
FOLLOWS = frozenset({Status.DRAFT, Status.UNDER_REVIEW, Status.REVISE})

_SPOKEN = {
    Status.DRAFT: gettext_noop("a draft"),
    Status.UNDER_REVIEW: gettext_noop("under review"),
    Status.REVISE: gettext_noop("to be revised"),
    Status.APPROVED: gettext_noop("approved"),
    Status.APPROVED_AS_NOTED: gettext_noop("approved as noted"),
    Status.PENDING_OWNER: gettext_noop("waiting for the owner"),
    Status.VOID: gettext_noop("void"),
}


def spoken(status: str) -> str:
    """The status as a sentence says it after "is", in English; a page translates it."""
    return _SPOKEN[Status(status)]
