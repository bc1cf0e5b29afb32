"""What an endpoint can be told of, in a word each."""

from django.db.models import TextChoices
from django.utils.translation import gettext_noop

#: Of a test message.
PING = "ping"


class Happening(TextChoices):
    """One word for each kind of row of the journal."""

    SENT = "sent", gettext_noop("Sent to accounting")
    RETRIEVED = "retrieved", gettext_noop("Retrieved")
    ACCEPTED_FIRST = "accepted_first", gettext_noop("Accepted by the first of two")
    ACCEPTED = "accepted", gettext_noop("Accepted")
    TAKEN_BACK = "taken_back", gettext_noop("Acceptance taken back")
    REJECTED = "rejected", gettext_noop("Rejected")
    SYNCED = "synced", gettext_noop("In QuickBooks")
    FAILED = "failed", gettext_noop("Stopped")
    RETRIED = "retried", gettext_noop("Tried again")
    LINKED = "linked", gettext_noop("Linked with what is in QuickBooks")
    UNLINKED = "unlinked", gettext_noop("Parted from QuickBooks")
    DRIFTED = "drifted", gettext_noop("Changed in QuickBooks")
    RESTORED = "restored", gettext_noop("Changed back in QuickBooks")
    REMARKED = "remarked", gettext_noop("Another remark in the journal")
    COMMENTED = "commented", gettext_noop("Commented on")
