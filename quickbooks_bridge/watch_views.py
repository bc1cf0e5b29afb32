"""Where Intuit's webhooks come in, and the button that looks at QuickBooks now."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.utils.translation import gettext
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from procore_sync.accounts.web import MemberRequest, member_required
from quickbooks_bridge.bell import ring_changes
from quickbooks_bridge.watching import deliveries, schedules, sweeps


@csrf_exempt
@require_POST
def webhooks(request: HttpRequest) -> HttpResponse:
    """Intuit says that something changed. Stored, answered, and read by a worker."""
    if deliveries.is_too_long(request.headers.get("content-length", "")):
        return HttpResponse(status=413)
    if not deliveries.is_signed(request.body, request.headers.get("intuit-signature", "")):
        return HttpResponse(status=401)
    for company_id in deliveries.store(request.body):
        if schedules.is_due(company_id):
            ring_changes(company_id)
    return HttpResponse(status=200)


@require_POST
@member_required
def look(request: MemberRequest) -> HttpResponseBase:
    """Have looked now what changed in the company's QuickBooks."""
    found = sweeps.ask(request.member.company, by=request.member)
    if ring_changes(found.company_id):
        messages.success(request, gettext("QuickBooks is being looked at. This page shows what came of it."))
    else:
        messages.success(request, gettext("No worker can be reached now; QuickBooks is looked at as soon as one can."))
    return redirect("quickbooks_bridge:connection")
