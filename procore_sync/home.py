"""The start page: what waits for me, how old and how much, what failed and why, and how the ledger is."""

from __future__ import annotations

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from procore_sync.acceptance import summaries
from procore_sync.accounts.web import MemberRequest, member_required


@require_GET
@member_required
def home(request: MemberRequest) -> HttpResponse:
    """What this person has to do, first."""
    return render(request, "home.html", {"home": summaries.home_of(request.member)})
