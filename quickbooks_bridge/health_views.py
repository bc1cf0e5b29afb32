"""The page of sync health."""

from __future__ import annotations

from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_GET

from procore_sync.accounts.web import MemberRequest, member_required
from quickbooks_bridge.health import health_for


@require_GET
@member_required
def health(request: MemberRequest) -> HttpResponse:
    """How well exports go, for administrators."""
    found = health_for(request.member)
    hours = [(timezone.localtime(hour).strftime("%H:%M"), ended, failed) for hour, ended, failed in found.hours]
    context = {
        "health": found,
        "ended": [(label, ended) for label, ended, _ in hours],
        "failed": [(label, failed) for label, _, failed in hours],
    }
    return render(request, "quickbooks_bridge/health.html", context)
