"""Buttons on the page of a change beside those of acceptance: for whom they are, greyed with the sentence why not."""

from __future__ import annotations

from django.urls import reverse
from django.utils.translation import gettext

from change_orders.content import why_billed, why_closed, why_stands_still
from change_orders.models import Change, ChangeOrder, ChangeRequest, ChangeStatus
from change_orders.request_operations import why_inherits
from change_orders.reviewing import why_not_decide
from procore_sync.accounts.access import Right, may
from procore_sync.accounts.models import Membership, Role
from projects.steps import Step


def steps_of_change_order(change_order: ChangeOrder, member: Membership, seen: str = "") -> list[Step]:
    """Edit, and approve or reject what is `seen` where it is in review."""
    edit, still = reverse("change_orders:edit_change_order", args=[change_order.pk]), why_stands_still(change_order)
    steps = [Step("edit", gettext("Edit"), edit, still, "e")] if may(member, Right.EDIT) else []
    return [*_decisions(change_order, member, still or why_billed(change_order), "", seen), *steps]


def steps_of_request(request: ChangeRequest, member: Membership, seen: str = "") -> list[Step]:
    """The same on the page of a potential change order or a change order request."""
    closed = why_closed(request.in_order) if request.in_order else None
    edit = reverse("change_orders:edit_request", args=[request.pk])
    steps = [Step("edit", gettext("Edit"), edit, closed, "e")] if may(member, Right.EDIT) else []
    return [*_decisions(request, member, closed or why_inherits(request), "_request", seen), *steps]


def _decisions(change: Change, member: Membership, closed: str | None, suffix: str, seen: str) -> list[Step]:
    """Approve and reject, for whoever may edit, its reviewer and administrators."""
    his = member.pk == change.reviewer_id or member.role == Role.ADMINISTRATOR or may(member, Right.EDIT)
    if change.status != ChangeStatus.IN_REVIEW or not his:
        return []
    against = why_not_decide(change, member) or closed
    decisions = (("approve", gettext("Approve"), "approve"), ("turn-down", gettext("Reject"), "reject"))
    return [
        Step(
            action, label, reverse(f"change_orders:{page}{suffix}", args=[change.pk]), against, method="post", seen=seen
        )
        for action, label, page in decisions
    ]
