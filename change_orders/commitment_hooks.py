"""What change orders add to the commitment they change: a section of its page, its privacy, and what they hinder."""

from __future__ import annotations

from dataclasses import dataclass

from django.db.models import QuerySet
from django.urls import reverse
from django.utils.translation import gettext

from change_orders.effects import ContractSums, contract_sums
from change_orders.models import ChangeOrder, ChangeRequest, RequestTier
from change_orders.operations import why_no_change
from change_orders.selectors import change_orders_for, requests_for
from change_orders.tiers import NEW, why_no_request
from commitments.models import Commitment
from commitments.sections import Section
from procore_sync.acceptance.kinds import Unmet
from procore_sync.acceptance.models import ErpItem
from procore_sync.acceptance.states import LOCKED
from procore_sync.accounts.access import Right, may
from procore_sync.accounts.models import Membership
from projects.steps import Step


@dataclass(frozen=True)
class Changes:
    """The changes of a commitment, for its page."""

    commitment: Commitment
    sums: ContractSums
    change_orders: list[ChangeOrder]
    requests: list[ChangeRequest]
    steps: list[Step]


def changes_section(commitment: Commitment, member: Membership) -> Section | None:
    """The section with the changes of a commitment and its sums; none before it has or could have a change."""
    found = Changes(
        commitment,
        contract_sums(commitment),
        list(change_orders_for(member).filter(commitment=commitment).order_by("sequence")),
        list(requests_for(member).filter(commitment=commitment).order_by("pk")),
        _steps(commitment, member),
    )
    if not found.change_orders and not found.requests and why_no_change(commitment):
        return None
    return Section("change_orders/_of_commitment.html", found)


def _steps(commitment: Commitment, member: Membership) -> list[Step]:
    """Buttons to a new change order and, where the project has them, to changes of the tiers below."""
    if not may(member, Right.EDIT):
        return []
    against, new = why_no_change(commitment), reverse("change_orders:new_change_order", args=[commitment.pk])
    steps = [Step("new-change-order", gettext(NEW[""]), new, against)]
    for tier in RequestTier:
        if why_no_request(commitment.project, tier) is None:
            url = reverse("change_orders:new_request", args=[commitment.pk, tier.value])
            steps.append(Step(f"new-{tier.value}", gettext(NEW[tier]), url, against))
    return steps


def items_of_changes(commitment: Commitment) -> QuerySet[ErpItem]:
    """The items of the commitment's change orders, which are as private as it."""
    return ErpItem.objects.filter(change_order__commitment=commitment)


def hinders_while_moving(commitment: Commitment) -> Unmet | None:
    """A change order that is on its way into the purchase order, which would be replaced, or take no more lines."""
    moving = commitment.change_orders.filter(erp__status__in=LOCKED).select_related("erp").first()
    if moving is None:
        return None
    return _at(
        moving,
        gettext("%(number)s is on its way to accounting or to QuickBooks. Let it be decided first.")
        % {"number": moving.number},
    )


def hinders_unlinking(commitment: Commitment) -> Unmet | None:
    """A change order whose lines stand in the same purchase order, or are on their way into it."""
    held = commitment.change_orders.filter(erp__synced_revision__isnull=False).select_related("erp").first()
    if held is not None:
        return _at(
            held, gettext("%(number)s stands in the same purchase order. Unlink it first.") % {"number": held.number}
        )
    return hinders_while_moving(commitment)


def _at(change_order: ChangeOrder, sentence: str) -> Unmet:
    return Unmet(sentence, "approver", reverse("change_orders:change_order", args=[change_order.pk]))
