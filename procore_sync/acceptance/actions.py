"""Which actions a person is offered on a record, and why not the others: one answer for button, API and operation."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from django.urls import reverse

from procore_sync.acceptance.kinds import spec_of
from procore_sync.acceptance.models import ErpItem
from procore_sync.acceptance.operations import open_submission, unmet_for_sending
from procore_sync.acceptance.states import TRANSITIONS, Action, Status
from procore_sync.accounts import access
from procore_sync.accounts.access import Right
from procore_sync.accounts.models import Membership


@dataclass(frozen=True)
class Offer:
    """One action on one record for one person: how to do it, or `why_not` as a sentence."""

    action: Action
    label: str
    key: str
    url: str
    why_not: str | None

    @property
    def offered(self) -> bool:
        """Whether it can be done now."""
        return self.why_not is None


_KEYS = {
    Action.ACCEPT: "a",
    Action.REJECT: "r",
    Action.RETRY: "t",
    Action.SEND: "s",
    Action.RETRIEVE: "u",
    Action.UNLINK: "",
}


def actions_for(item: ErpItem, member: Membership) -> list[Offer]:
    """The actions that this status knows, each offered or with the sentence why not."""
    return [_offer(item, member, action) for action in _KEYS if (Status(item.status), action) in TRANSITIONS]


def _offer(item: ErpItem, member: Membership, action: Action) -> Offer:
    label = "Send again" if action == Action.SEND and item.status != Status.NOT_SENT else str(action.label)
    url = reverse(f"acceptance:{action}", args=[item.pk])
    return Offer(action, label, _KEYS[action], url, _WHY_NOT[action](item, member))


def _why_not_send(item: ErpItem, member: Membership) -> str | None:
    refused = access.why_not(member, Right.SEND)
    if refused:
        return refused
    unmet = unmet_for_sending(item, spec_of(item.kind).record_of(item))
    return " ".join(one.sentence for one in unmet) or None


def _why_not_retrieve(item: ErpItem, member: Membership) -> str | None:
    return access.why_not(member, Right.SEND)


def _why_not_decide(item: ErpItem, member: Membership) -> str | None:
    return access.why_not(member, Right.DECIDE, item.kind)


def _why_not_accept(item: ErpItem, member: Membership) -> str | None:
    refused = _why_not_decide(item, member)
    if refused:
        return refused
    submission = open_submission(item)
    if submission and item.company.four_eyes and submission.sent_by_id == member.pk:
        return "You sent it yourself, so somebody else has to accept it."
    return None


_WHY_NOT: dict[Action, Callable[[ErpItem, Membership], str | None]] = {
    Action.SEND: _why_not_send,
    Action.RETRIEVE: _why_not_retrieve,
    Action.ACCEPT: _why_not_accept,
    Action.REJECT: _why_not_decide,
    Action.RETRY: _why_not_decide,
    Action.UNLINK: _why_not_decide,
}
