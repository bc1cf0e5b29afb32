"""The lists of change orders and of requests as files: every row that the page's filter leaves, in its order."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django.db.models import QuerySet
from django.http import HttpResponse
from django.views.decorators.http import require_GET

from change_orders.filters import CHANGE_ORDER_LIST, REQUEST_LIST
from change_orders.models import Change, ChangeOrder, ChangeRequest, RequestTier
from change_orders.selectors import change_orders_for, requests_for
from procore_sync.accounts.web import MemberRequest, member_required
from projects.cost_views import file_of

HEADINGS = ("Number", "Title", "Commitment", "Vendor", "Project", "Date", "Status", "Amount")
NAMES = {
    RequestTier.POTENTIAL: "potential-change-orders",
    RequestTier.REQUEST: "change-order-requests",
}


@require_GET
@member_required
def change_orders_file(request: MemberRequest, extension: str) -> HttpResponse:
    """The changes of the tab that the address names, as CSV or XLSX."""
    member, tier = request.member, request.GET.get("tier", "")
    if tier in RequestTier.values:
        below = REQUEST_LIST.narrow(requests_for(member).filter(tier=tier), request.GET, member)
        name, headings, cells = (
            NAMES[RequestTier(tier)],
            (*HEADINGS, "In"),
            _of_requests(below.select_related("commitment__vendor")),
        )
    else:
        rows = CHANGE_ORDER_LIST.narrow(change_orders_for(member), request.GET, member)
        name, headings, cells = "change-orders", (*HEADINGS, "In accounting"), _of_orders(rows)
    return file_of(extension, name, headings, cells, company=member.company)


def _of_orders(rows: QuerySet[ChangeOrder]) -> Iterator[tuple[object, ...]]:
    for one in rows.iterator(1000):
        yield (*_said(one), one.erp.get_status_display())


def _of_requests(rows: QuerySet[ChangeRequest]) -> Iterator[tuple[object, ...]]:
    for one in rows.iterator(1000):
        yield (*_said(one), one.parent.number if one.parent else "")


def _said(change: Change) -> tuple[object, ...]:
    # Both tiers have a commitment, and their selectors say what each comes to; the class that they share has neither.
    known: Any = change
    commitment = known.commitment
    return (
        change.number,
        change.title,
        commitment.number,
        commitment.vendor.name if commitment.vendor else "",
        commitment.project.name,
        change.created_on,
        change.get_status_display(),
        known.total,
    )
