"""What each status of an invoice means (domain.md §11.5)."""

from __future__ import annotations

from invoices.models import InvoiceStatus as Status

#: Only these go to accounting (domain.md §12).
EXPORTABLE = frozenset({Status.APPROVED, Status.APPROVED_AS_NOTED, Status.PENDING_OWNER})
#: These count in the budget as invoiced.
COUNTED = frozenset({Status.APPROVED, Status.APPROVED_AS_NOTED})
#: In these the contact may edit, until the due date.
CONTACT_EDITS = frozenset({Status.DRAFT, Status.REVISE})
#: These are finished by the review: the next application may follow.
REVIEWED = EXPORTABLE
#: In these its lines follow the contract: change orders that were approved meanwhile come in.
FOLLOWS = frozenset({Status.DRAFT, Status.UNDER_REVIEW, Status.REVISE})


def spoken(status: str) -> str:
    """The status as a sentence says it after "is"."""
    words = {Status.DRAFT: "a draft", Status.REVISE: "to be revised", Status.PENDING_OWNER: "waiting for the owner"}
    return words.get(Status(status), Status(status).label.lower())
