"""What the designated reviewer of a change is told."""

from __future__ import annotations

from django.conf import settings
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

from change_orders.models import Change, ChangeOrder, ChangeStatus
from change_orders.tiers import Collector
from procore_sync.acceptance.abouts import About
from procore_sync.acceptance.notices import Telling, tell
from procore_sync.accounts.models import Membership


def to_review(change: Collector, *, by: Membership, before: Change | None = None) -> None:
    """Tell its designated reviewer that `change` waits for them, if it did not `before`; unless they did it themselves.

    What has the status of what collects it is not decided by itself, so of that nobody is told.
    """
    reviewer = _waits_for(change)
    if reviewer is None or reviewer == by.pk or (before is not None and reviewer == _waits_for(before)):
        return
    line = format_lazy(
        _("{person} asks you to review {change}, a change of {commitment}"),
        person=by,
        change=change,
        commitment=change.commitment.number,
    )
    subject = format_lazy(_("To review: {record}"), record=change)
    is_order = isinstance(change, ChangeOrder)
    path = reverse(f"change_orders:{'change_order' if is_order else 'request'}", args=[change.pk])
    url = f"{settings.PUBLIC_URL}{path}"
    context = {"change": change, "project": change.commitment.project, "by": by, "url": url}
    item = change.erp if isinstance(change, ChangeOrder) else change.commitment.erp
    told = Telling(About.TO_REVIEW, line, path, subject, lambda: render_to_string("mail/to_review.txt", context), item)
    tell([reviewer], told)


def _waits_for(change: Change) -> int | None:
    """The membership whose decision `change` waits for, or None."""
    return change.reviewer_id if change.status == ChangeStatus.IN_REVIEW and not change.inherits else None
