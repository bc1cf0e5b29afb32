"""The states of a record on its way to the ledger, and every arrow between them (design.md §3, domain.md §2)."""

from collections.abc import Mapping
from types import MappingProxyType

from django.db.models import TextChoices


class Status(TextChoices):
    """Where a record stands between project and ledger; apart from its business status."""

    NOT_SENT = "not_sent", "Not sent"
    SENT = "sent", "With accounting"
    RETRIEVED = "retrieved", "Retrieved"
    REJECTED = "rejected", "Rejected"
    EXPORTING = "exporting", "Exporting"
    FAILED = "failed", "Failed"
    SYNCED = "synced", "Synced"


class Action(TextChoices):
    """What can happen to a record. CONFIRM and FAIL are the engine's; LINK and UNLINK follow what the ledger holds.

    REMARK moves nothing: it is a line of the journal about what the ledger holds. So does COMMENT: it is what a person
    says about the record to others who see it.
    FAIL is also how somebody holds back what was never tried. UNDO takes an acceptance back before the record has left.
    """

    SEND = "send", "Send to accounting"
    RETRIEVE = "retrieve", "Retrieve"
    ACCEPT = "accept", "Accept"
    UNDO = "undo", "Take back"
    REJECT = "reject", "Reject"
    CONFIRM = "confirm", "Confirm"
    FAIL = "fail", "Fail"
    RETRY = "retry", "Try again"
    LINK = "link", "Link"
    UNLINK = "unlink", "Unlink"
    REMARK = "remark", "Remark"
    COMMENT = "comment", "Comment"


TRANSITIONS: Mapping[tuple[Status, Action], Status] = MappingProxyType(
    {
        (Status.NOT_SENT, Action.SEND): Status.SENT,
        (Status.RETRIEVED, Action.SEND): Status.SENT,
        (Status.REJECTED, Action.SEND): Status.SENT,
        (Status.SYNCED, Action.SEND): Status.SENT,
        (Status.SENT, Action.RETRIEVE): Status.RETRIEVED,
        (Status.SENT, Action.ACCEPT): Status.EXPORTING,
        (Status.SENT, Action.REJECT): Status.REJECTED,
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
    }
)

#: While a record is here its content is frozen: what is being decided or posted is what stands in the record.
LOCKED = frozenset({Status.SENT, Status.EXPORTING, Status.FAILED})


class Decision(TextChoices):
    """What became of a submission."""

    OPEN = "", "Undecided"
    ACCEPTED = "accepted", "Accepted"
    REJECTED = "rejected", "Rejected"
    RETRIEVED = "retrieved", "Retrieved"
    LINKED = "linked", "Linked instead"


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

    DONE = "done", "Done"
    ABSENT = "absent", "Not there"
    THROTTLED = "throttled", "Throttled"
    NOT_SENT = "not_sent", "Not sent"
    UNKNOWN = "unknown", "Unknown"
    REFUSED = "refused", "Refused"
    DISCONNECTED = "disconnected", "Disconnected"
