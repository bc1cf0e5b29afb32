"""The page of what was found."""

from __future__ import annotations

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from procore_sync.accounts.access import Right, require
from procore_sync.accounts.web import MemberRequest, member_required
from quickbooks_bridge.searching import MOST, search_for


@require_GET
@member_required
def search(request: MemberRequest) -> HttpResponse:
    """What the words of the box name, wherever it stands."""
    require(request.member, Right.VIEW)
    words = request.GET.get("q", "")
    context = {"query": words, "found": search_for(request.member, words), "most": MOST}
    return render(request, "quickbooks_bridge/search.html", context)
