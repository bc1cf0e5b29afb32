"""What QuickBooks has switched on, and what somebody has to switch on there: shown, and looked at anew."""

from __future__ import annotations

from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET, require_POST

from procore_sync.accounts.access import Right, require, why_not
from procore_sync.accounts.web import MemberRequest, member_required
from quickbooks_bridge import editions
from quickbooks_bridge.selectors import connections_for


@require_GET
@member_required
def points(request: MemberRequest) -> HttpResponse:
    """The list as QuickBooks said it last."""
    require(request.member, Right.VIEW)
    return _page(request, None)


@require_POST
@member_required
def look(request: MemberRequest) -> HttpResponse:
    """Look in QuickBooks, and show the list with what was found."""
    require(request.member, Right.MAP)
    row = connections_for(request.member).first()
    if row is None:
        raise Http404("QuickBooks is not connected.")
    return _page(request, editions.look(row, by=request.member))


def _page(request: MemberRequest, told: str | None) -> HttpResponse:
    """`told` is why QuickBooks could not be asked, "" if it was, None if nobody has asked yet."""
    row = connections_for(request.member).first()
    context = {
        "row": row,
        "points": editions.points_of(row) if row else [],
        "to_do": editions.to_do(row) if row else [],
        "told": told,
        "why_not": why_not(request.member, Right.MAP),
    }
    return render(request, "quickbooks_bridge/editions.html", context)
