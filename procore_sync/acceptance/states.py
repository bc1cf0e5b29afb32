"""The states of a record on its way to the ledger, and every arrow between them (design.md §3, domain.md §2)."""

from collections.abc import Mapping
from types import MappingProxyType

from django.db.models import TextChoices
from django.utils.translation import gettext_noop


class Status(TextChoices):
    """Where a record stands between project and ledger; apart from its business status."""

    NOT_SENT = "not_sent", gettext_noop("Not sent")
    SENT = "sent", gettext_noop("With accounting")
    RETRIEVED = "retrieved", gettext_noop("Retrieved")
    REJECTED = "rejected", gettext_noop("Rejected")
    EXPORTING = "exporting", gettext_noop("Exporting")
    FAILED = "failed", gettext_noop("Failed")
    SYNCED = "synced", gettext_noop("Synced")


class Action(TextChoices):
    """What can happen to a record. CONFIRM and FAIL are the engine's; LINK and UNLINK follow what the ledger holds.

    REMARK moves nothing: it is a line of the journal about what the ledger holds. So does COMMENT: it is what a person
    says about the record to others who see it.
    FAIL is also how somebody holds back what was never tried. UNDO takes an acceptance back before the record has left;
    of the first of two the record stays where it is.
    ACCEPT_FIRST is the first of two acceptances: the record stays where it is.
    """

    SEND = "send", gettext_noop("Send to accounting")
    RETRIEVE = "retrieve", gettext_noop("Retrieve")
    ACCEPT = "accept", gettext_noop("Accept")
    ACCEPT_FIRST = "accept_first", gettext_noop("Accept, first of two")
    UNDO = "undo", gettext_noop("Take back")
    REJECT = "reject", gettext_noop("Reject")
    CONFIRM = "confirm", gettext_noop("Confirm")
    FAIL = "fail", gettext_noop("Fail")
    RETRY = "retry", gettext_noop("Try again")
    LINK = "link", gettext_noop("Link")
    UNLINK = "unlink", gettext_noop("Unlink")
    REMARK = "remark", gettext_noop("Remark")
    COMMENT = "comment", gettext_noop("Comment")


TRANSITIONS: Mapping[tuple[Status, Action], Status] = MappingProxyType(
    {
        (Status.NOT_SENT, Action.SEND): Status.SENT,
        (Status.RETRIEVED, Action.SEND): Status.SENT,
        (Status.REJECTED, Action.SEND): Status.SENT,
        (Status.SYNCED, Action.SEND): Status.SENT,
        (Status.SENT, Action.RETRIEVE): Status.RETRIEVED,
        (Status.SENT, Action.ACCEPT): Status.EXPORTING,
        (Status.SENT, Action.ACCEPT_FIRST): Status.SENT,
        (Status.SENT, Action.REJECT): Status.REJECTED,
        (Status.SENT, Action.UNDO): Status.SENT,
        (Status.EXPORTING, Action.UNDO): Status.SENT,
        (Status.EXPORTING, Action.CONFIRM): Status.SYNCED,
        (Status.EXPORTING, Action.FAIL): Status.FAILED,
        (Status.FAILED, Action.RETRY): Status.EXPORTING,
        (Status.FAILED, Action.REJECT): Status.REJECTED,
        (Status.NOT_SENT, Action.LINK): Status.SYNCED,
        (Status.SENT, Action.LINK): Status.SYNCED,
        (Status.RETRIEVED, Action.LINK): Status.SYNCED,
        (Status.REJECTED, Action.LINK): Status.SYNCED,
        (Status.FAILED, Action.LINK): Status.SYNCED,
        (Status.SYNCED, Action.UNLINK): Status.NOT_SENT,
        (Status.RETRIEVED, Action.UNLINK): Status.NOT_SENT,
        (Status.REJECTED, Action.UNLINK): Status.NOT_SENT,
    }
)

#: While a record is here its content is frozen: what is being decided or posted is what stands in the record.
LOCKED = frozenset({Status.SENT, Status.EXPORTING, Status.FAILED})


class Decision(TextChoices):
    """What became of a submission."""

    OPEN = "", gettext_noop("Undecided")
    ACCEPTED = "accepted", gettext_noop("Accepted")
    REJECTED = "rejected", gettext_noop("Rejected")
    RETRIEVED = "retrieved", gettext_noop("Retrieved")
    LINKED = "linked", gettext_noop("Linked instead")


class Work(TextChoices):
    """Where an accepted submission stands in the engine."""

    NONE = "", "Nothing to do"
    DUE = "due", "Due"
    FLYING = "flying", "On its way"
    UNCERTAIN = "uncertain", "Uncertain"
    WAITING = "waiting", "Waiting"
    PARKED = "parked", "Needs a person"
    DONE = "done", "Done"


class OutcomeKind(TextChoices):
    """What a call to the ledger told us."""

    DONE = "done", gettext_noop("Done")
    ABSENT = "absent", gettext_noop("Not there")
    THROTTLED = "throttled", gettext_noop("Throttled")
    NOT_SENT = "not_sent", gettext_noop("Not sent")
    UNKNOWN = "unknown", gettext_noop("Unknown")
    REFUSED = "refused", gettext_noop("Refused")
    DISCONNECTED = "disconnected", gettext_noop("Disconnected")
