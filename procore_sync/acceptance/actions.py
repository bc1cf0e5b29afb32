"""Which actions on a record are a person's, and why one of them cannot be done now: one answer for page and API."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace

from django.urls import reverse
from django.utils.translation import gettext, gettext_noop

from procore_sync.acceptance.courier import Check
from procore_sync.acceptance.kinds import Unmet, spec_of
from procore_sync.acceptance.models import ErpItem, Submission
from procore_sync.acceptance.operations import (
    may_be_linked,
    open_submission,
    unmet_for_accepting,
    unmet_for_sending,
    unmet_for_unlinking,
)
from procore_sync.acceptance.quarantine import MAY_STAND_THERE, may_stand_there
from procore_sync.acceptance.states import TRANSITIONS, Action, Status
from procore_sync.accounts import access
from procore_sync.accounts.access import Right
from procore_sync.accounts.models import Membership


@dataclass(frozen=True)
class Offer:
    """One action on one record for one person: how to do it, or `why_not` as a sentence.

    `unmet` is what is lacking for it to be sent or accepted, and `along` are the records that could be sent together
    with this one, where that is all it lacks. `seen` is the number of the sending that is decided on.
    """

    action: Action
    label: str
    key: str
    url: str
    why_not: str | None
    along: tuple[ErpItem, ...] = ()
    unmet: tuple[Unmet, ...] = ()
    seen: int | None = None

    @property
    def along_url(self) -> str:
        """Where it is sent together with what it needs."""
        return f"{self.url}?along=1"

    @property
    def offered(self) -> bool:
        """Whether it can be done now."""
        return self.why_not is None


_KEYS = {
    Action.ACCEPT: "a",
    Action.REJECT: "r",
    Action.UNDO: "u",
    Action.RETRY: "t",
    Action.SEND: "s",
    Action.RETRIEVE: "b",
    Action.UNLINK: "",
}


_SENDERS = (Action.SEND, Action.RETRIEVE)


def actions_for(
    item: ErpItem, member: Membership, checks: Iterable[Check] = (), shown: Submission | None = None
) -> list[Offer]:
    """The actions of this status that are the member's to do, each offered or with the sentence why not now.

    What is somebody else's job is left out: a button that could never be pressed tells a person nothing. `checks` are
    those of the record that waits for its decision, where they were read: one that says stop keeps it from being
    accepted. `shown` is the sending that they read, where they read one: what they reject is that.
    """
    known = [action for action in _KEYS if (Status(item.status), action) in TRANSITIONS]
    waits = item.status == Status.SENT and access.may(member, Right.DECIDE, item.kind)
    undecided = open_submission(item) if waits else None
    offers = [_his(item, member, action, undecided, checks) for action in known]
    seen = shown.pk if shown else None
    return [replace(one, seen=seen) if one.action == Action.REJECT else one for one in offers if one]


def _his(
    item: ErpItem, member: Membership, action: Action, undecided: Submission | None, checks: Iterable[Check]
) -> Offer | None:
    """The action as it is offered to the member; None if it is not theirs."""
    if not access.may(member, Right.SEND if action in _SENDERS else Right.DECIDE, item.kind):
        return None
    if action == Action.ACCEPT:
        return _accepting(item, member, undecided, checks)
    if action == Action.UNDO:
        accepted = _accepted_by(member, item, undecided)
        return replace(_offer(item, member, action), seen=accepted.pk) if accepted else None
    return None if action == Action.UNLINK and not may_be_linked(item) else _offer(item, member, action)


def _accepted_by(member: Membership, item: ErpItem, undecided: Submission | None) -> Submission | None:
    """What the member has accepted, or as the first of two, and what has not left yet."""
    if item.status == Status.SENT:
        return undecided if undecided and undecided.first_by_id == member.pk else None
    newest = item.submissions.filter(decided_by=member).defer("document", "posting").order_by("-number").first()
    return newest if newest and newest.is_held else None


def _offer(item: ErpItem, member: Membership, action: Action) -> Offer:
    if action == Action.SEND:
        return _sending(item, member)
    why_not = _WHY_NOT.get(action)
    url = reverse(f"acceptance:{action}", args=[item.pk])
    return Offer(action, str(action.label), _KEYS[action], url, why_not(item) if why_not else None)


def _accepting(item: ErpItem, member: Membership, undecided: Submission | None, checks: Iterable[Check]) -> Offer:
    others = why_not_his(undecided, member) if undecided else None
    # What is another's to accept is no question of what the checks say.
    unmet = [] if others else unmet_for_accepting(checks)
    why_not = others or " ".join(one.sentence for one in unmet) or None
    url = reverse("acceptance:accept", args=[item.pk])
    return Offer(Action.ACCEPT, str(Action.ACCEPT.label), _KEYS[Action.ACCEPT], url, why_not, unmet=tuple(unmet))


def _sending(item: ErpItem, member: Membership) -> Offer:
    label = gettext_noop("Send again") if item.status != Status.NOT_SENT else str(Action.SEND.label)
    unmet = unmet_for_sending(item, spec_of(item.kind).record_of(item))
    curable = bool(unmet) and all(one.items and _may_send(one.items, member) for one in unmet)
    along = dict.fromkeys(needed for one in unmet for needed in one.items) if curable else {}
    why_not = " ".join(one.sentence for one in unmet) or None
    url = reverse("acceptance:send", args=[item.pk])
    return Offer(Action.SEND, label, _KEYS[Action.SEND], url, why_not, tuple(along), tuple(unmet))


def _may_send(items: Iterable[ErpItem], member: Membership) -> bool:
    return all(access.may(member, Right.SEND, item.kind) for item in items)


def why_not_his(submission: Submission, member: Membership) -> str | None:
    """Why the acceptance of an undecided sending is somebody else's and not the member's; None if it is not."""
    if member.company.four_eyes and submission.sent_by_id == member.pk:
        return gettext("You sent it yourself, so somebody else has to accept it.")
    if submission.first_by_id == member.pk:
        return gettext("You accepted it as the first of two approvers, so another approver accepts it next.")
    return None


def _why_not_unlink(item: ErpItem) -> str | None:
    return " ".join(one.sentence for one in unmet_for_unlinking(item)) or None


def _why_not_reject(item: ErpItem) -> str | None:
    return gettext(MAY_STAND_THERE) if may_stand_there(item) else None


_WHY_NOT: dict[Action, Callable[[ErpItem], str | None]] = {
    Action.REJECT: _why_not_reject,
    Action.UNLINK: _why_not_unlink,
}
