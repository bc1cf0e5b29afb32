"""Of what people are told: each kind, who is told of it, and where, before they have chosen."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from django.db.models import TextChoices
from django.utils.translation import gettext_noop

from procore_sync.accounts.access import Right, may
from procore_sync.accounts.models import Membership, Role
from procore_sync.kit.kinds import Kind


class About(TextChoices):
    """The kinds of notices."""

    REJECTED = "rejected", gettext_noop("A record you sent is rejected")
    PROJECT_BACK = "project_back", gettext_noop("Another approver rejects a project")
    ACCEPTED = "accepted", gettext_noop("A record you sent is accepted")
    SYNCED = "synced", gettext_noop("A record you sent is in QuickBooks")
    FAILED = "failed", gettext_noop("An export stops and needs a person")
    CAME_BACK = "came_back", gettext_noop("A rejected record is sent again")
    MENTION = "mention", gettext_noop("Somebody mentions you in a comment")
    DRIFT = "drift", gettext_noop("A record is changed in QuickBooks")
    SUBMITTED = "submitted", gettext_noop("An application or a breakdown is submitted for review")
    TO_REVIEW = "to_review", gettext_noop("A change order waits for your review")
    RETURNED = "returned", gettext_noop("An application or a breakdown is to be revised")
    HEALTH = "health", gettext_noop("QuickBooks needs a sign-in, or something is not well")
    DIGEST = "digest", gettext_noop("The daily summary of what waits for you")


@dataclass(frozen=True)
class Channels:
    """Where a person is told."""

    in_console: bool
    by_mail: bool

    @property
    def any(self) -> bool:
        """Whether they are told at all."""
        return self.in_console or self.by_mail


BOTH, CONSOLE, MAIL, NEITHER = (
    Channels(True, True),
    Channels(True, False),
    Channels(False, True),
    Channels(False, False),
)

#: What needs a person comes to both places, what they can look up to the console, and what comes in masses to neither.
_AT_FIRST: Mapping[About, Channels] = {
    About.REJECTED: BOTH,
    About.PROJECT_BACK: MAIL,
    About.ACCEPTED: NEITHER,
    About.SYNCED: NEITHER,
    About.FAILED: CONSOLE,
    About.CAME_BACK: BOTH,
    About.MENTION: BOTH,
    About.DRIFT: CONSOLE,
    About.SUBMITTED: BOTH,
    About.TO_REVIEW: BOTH,
    About.RETURNED: BOTH,
    About.HEALTH: BOTH,
    About.DIGEST: MAIL,
}
#: A project manager wants to know where their records are.
_OF_ROLE: Mapping[tuple[str, About], Channels] = {(Role.PROJECT_MANAGER, About.SYNCED): CONSOLE}

_FOR_A_RIGHT: Mapping[About, Right] = {
    About.REJECTED: Right.SEND,
    About.ACCEPTED: Right.SEND,
    About.SYNCED: Right.SEND,
    About.CAME_BACK: Right.DECIDE,
    About.DRIFT: Right.DECIDE,
    About.MENTION: Right.VIEW,
    About.SUBMITTED: Right.VIEW,
    About.TO_REVIEW: Right.VIEW,
    About.HEALTH: Right.CONNECT,
    About.DIGEST: Right.DECIDE,
}


def at_first(member: Membership, about: About) -> Channels:
    """Where `member` is told of it before they choose. The mail of the daily summary an administrator chooses too."""
    if about == About.DIGEST:
        return Channels(in_console=False, by_mail=member.wants_digest)
    return _OF_ROLE.get((member.role, about), _AT_FIRST[about])


def offered_to(member: Membership) -> list[About]:
    """The kinds of which `member` can be told at all, in the order of a page."""
    return [about for about in About if _concerns(member, about)]


def _concerns(member: Membership, about: About) -> bool:
    if about == About.RETURNED:
        return member.role == Role.INVOICE_CONTACT
    if about == About.PROJECT_BACK:
        return may(member, Right.DECIDE, Kind.PROJECT)
    if about == About.FAILED:
        return may(member, Right.SEND) or may(member, Right.DECIDE)
    return may(member, _FOR_A_RIGHT[about])
