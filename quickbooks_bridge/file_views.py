"""The files that QuickBooks refused, and letting one go again."""

from __future__ import annotations

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext
from django.views.decorators.http import require_GET, require_POST

from procore_sync.accounts.access import Right, require
from procore_sync.accounts.web import MemberRequest, get_visible, member_required
from procore_sync.kit.ways import own_way
from quickbooks_bridge import bill_files
from quickbooks_bridge.bell import ring_files
from quickbooks_bridge.file_models import BillFile
from quickbooks_bridge.file_selectors import bill_files_for, refused_for

PAGE = 25


@require_GET
@member_required
def refused(request: MemberRequest) -> HttpResponse:
    """What QuickBooks refused, the newest first."""
    require(request.member, Right.VIEW)
    page = Paginator(refused_for(request.member), PAGE).get_page(request.GET.get("page"))
    context = {"page_obj": page, "files": page.object_list, "why_not": bill_files.why_not_retry(request.member)}
    return render(request, "quickbooks_bridge/files.html", context)


@require_POST
@member_required
def retry(request: MemberRequest, pk: int) -> HttpResponseBase:
    """Let a refused file go again, and back to where it was pressed."""
    found: BillFile = get_visible(bill_files_for(request.member), pk)
    bill_files.retry(found, by=request.member)
    ring_files(found.company_id)
    messages.success(request, gettext("%(name)s is on its way to QuickBooks again.") % {"name": found.name})
    return redirect(own_way(request, request.POST.get("next", ""), reverse("quickbooks_bridge:refused_files")))
