"""What the pages of job costs ask of QuickBooks: a reading, and the way to a document there."""

from __future__ import annotations

from django.contrib import messages
from django.http import Http404, HttpResponseBase
from django.shortcuts import redirect
from django.utils.translation import gettext
from django.views.decorators.http import require_GET, require_POST

from procore_sync.accounts.web import MemberRequest, member_required
from quickbooks_bridge.bell import ring_job_costs
from quickbooks_bridge.endpoints import web_url
from quickbooks_bridge.importers import job_costs
from quickbooks_bridge.payment_selectors import knows_document
from quickbooks_bridge.selectors import connections_for


@require_POST
@member_required
def read_job_costs(request: MemberRequest) -> HttpResponseBase:
    """Have the company's job costs read now."""
    reading = job_costs.ask(request.member.company, by=request.member)
    if ring_job_costs(reading.company_id):
        messages.success(request, gettext("Job costs are being read. This page shows the progress."))
    else:
        messages.success(request, gettext("No worker can be reached now; job costs are read as soon as one can."))
    return redirect("projects:job_costs")


@require_GET
@member_required
def document(request: MemberRequest, entity: str, remote_id: str) -> HttpResponseBase:
    """On to a document in QuickBooks that stands behind something the person sees; any other is not there."""
    row = connections_for(request.member).first()
    if row is None or not knows_document(request.member, entity, remote_id):
        raise Http404("There is no such document.")
    return redirect(web_url(entity, remote_id, row.realm_id, row.environment))
