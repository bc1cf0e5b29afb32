"""The page of what holds accepted records up."""

from __future__ import annotations

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from procore_sync.acceptance.blockers import held_up_for
from procore_sync.acceptance.piles import MOST
from procore_sync.accounts.access import Right, may, require
from procore_sync.accounts.web import MemberRequest, member_required


@require_GET
@member_required
def held_up(request: MemberRequest) -> HttpResponse:
    """Each cause with what it holds; what stopped is tried again in one press."""
    require(request.member, Right.VIEW)
    context = {
        "held_up": held_up_for(request.member),
        "may_retry": may(request.member, Right.DECIDE),
        "most": MOST,
        "after": f"{MOST}:",
    }
    return render(request, "acceptance/held_up.html", context)
