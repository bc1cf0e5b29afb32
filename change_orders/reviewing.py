"""Who approves or rejects a change: its designated reviewer if it has one, else whoever may edit (domain.md §13)."""

from __future__ import annotations

from typing import Any

from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext, gettext_noop

from change_orders.models import Change, ChangeStatus
from change_orders.statuses import DECIDED
from commitments.models import Commitment
from procore_sync.acceptance.models import ErpItem
from procore_sync.acceptance.selectors import readable
from procore_sync.accounts import access
from procore_sync.accounts.access import Right, may
from procore_sync.accounts.models import Membership, Role
from procore_sync.kit.refusals import NotAllowed
from projects.records import Columns, Problems

#: A request that has no status of what collects it, so that it is decided by itself.
BY_ITSELF = Q(own_status=True) | Q(change_order=None, request=None)
#: What is the designated reviewer's to do.
DECIDE = gettext_noop("approve or reject it")


def why_not_decide(change: Change, member: Membership, what: str = DECIDE) -> str | None:
    """Why `member` may not approve or reject `change`, or do `what` with it, or None if they may.

    `what` is a marked message, which is translated here.
    """
    if change.reviewer is None:
        return access.why_not(member, Right.EDIT)
    if member.pk == change.reviewer_id or member.role == Role.ADMINISTRATOR:
        return None
    sentence = gettext(
        "%(who)s is the designated reviewer of %(number)s, so only %(who)s or an administrator can %(what)s."
    )
    return sentence % {"who": change.reviewer, "number": change.number, "what": gettext(what)}


def waits_for(member: Membership) -> Q:
    """What is in review and has `member` as its designated reviewer."""
    return Q(status=ChangeStatus.IN_REVIEW, reviewer=member)


def require_decider(change: Change, member: Membership, what: str = DECIDE) -> None:
    """Go on only if `member` may decide on `change`.

    Raises:
        NotAllowed: somebody else is its designated reviewer, or they may not edit.
    """
    sentence = why_not_decide(change, member, what)
    if sentence is not None:
        raise NotAllowed(sentence, who="reviewer or administrator" if change.reviewer else "administrator")


def reviewers_of(commitment: Commitment) -> list[Membership]:
    """Who can be named as reviewer of a change: the company's active people who may read the commitment."""
    rows = Membership.objects.filter(company_id=commitment.company_id, is_active=True).select_related("user")
    return [one for one in rows.prefetch_related("privileges") if _may_read(one, commitment)]


def _may_read(member: Membership, commitment: Commitment) -> bool:
    if not may(member, Right.VIEW):
        return False
    item: ErpItem = commitment.erp
    return not item.is_private or readable(ErpItem.objects.filter(pk=item.pk), member).exists()


def reviewer_problems(reviewer: int | None, commitment: Commitment) -> Problems:
    """Why this membership cannot be the reviewer, by field; nothing if it can, or none is named."""
    if reviewer is None:
        return {}
    row = Membership.objects.filter(pk=reviewer, company_id=commitment.company_id).select_related("user").first()
    if row is None:
        return {"reviewer": [gettext("The reviewer is not one of the company's people. Choose one of them.")]}
    if not _may_read(row, commitment):
        sentence = gettext("%(person)s may not see %(number)s, so %(person)s cannot review its changes.")
        return {"reviewer": [sentence % {"person": row, "number": commitment.number}]}
    return {}


def status_columns(status: str, *, by: Membership, remark: str = "") -> Columns:
    """The columns of a change that comes into `status`: also who decided, when and with which remark."""
    decided = status in DECIDED
    columns: dict[str, Any] = {
        "status": status,
        "decided_by": by if decided else None,
        "decided_at": timezone.now() if decided else None,
        "remark": remark if decided else "",
    }
    return columns
