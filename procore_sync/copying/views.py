"""Settings of another company, or of a file, for this one: chosen, looked at, and given."""

from __future__ import annotations

import json
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.translation import gettext, ngettext
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from procore_sync.accounts.access import Right, require
from procore_sync.accounts.web import MemberRequest, member_required
from procore_sync.copying.groups import STAYS
from procore_sync.copying.operations import (
    FORMAT,
    LONGEST,
    Settings,
    administered_by,
    copy_settings,
    file_of,
    plan_for,
    settings_in,
    settings_of,
)


@require_GET
@member_required
def sources(request: MemberRequest) -> HttpResponse:
    """From where settings can come."""
    require(request.member, Right.SETTINGS)
    context = {"others": [one.company for one in administered_by(request.member)], "stays": STAYS}
    return render(request, "copying/sources.html", context)


@require_GET
@member_required
def download(request: MemberRequest) -> HttpResponse:
    """The settings of this company as a file."""
    name = f"settings-{request.member.company.slug}.json"
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return HttpResponse(file_of(request.member), content_type="application/json", headers=headers)


@require_http_methods(["GET", "POST"])
@member_required
def from_company(request: MemberRequest, pk: int) -> HttpResponseBase:
    """What another company of this administrator has agreed, beside what this one has."""
    require(request.member, Right.SETTINGS)
    source = next((one for one in administered_by(request.member) if one.company_id == pk), None)
    if source is None:
        raise Http404("There is no such company whose settings you may change.")
    given = settings_of(source)
    if request.method == "POST":
        return _copied(request, given)
    return _page(request, given, {"source": source.company.name})


@require_POST
@member_required
def from_file(request: MemberRequest) -> HttpResponseBase:
    """What a file says, beside what this company has agreed; with what was looked at, it is given."""
    require(request.member, Right.SETTINGS)
    if "seen" in request.POST:
        return _copied(request, settings_in(request.POST.get("text", "")))
    upload = request.FILES.get("file")
    given = settings_in(upload.read(LONGEST * 4).decode("utf-8-sig", "replace") if upload else "")
    name = str(upload.name) if upload else ""
    return _page(request, given, {"source": name, "text": json.dumps({"format": FORMAT, "settings": given})})


def _page(request: MemberRequest, given: Settings, context: dict[str, Any]) -> HttpResponse:
    found = {**context, "plan": plan_for(request.member, given), "stays": STAYS}
    return render(request, "copying/plan.html", found)


def _copied(request: MemberRequest, given: Settings) -> HttpResponseBase:
    chosen, seen = request.POST.getlist("group"), request.POST.get("seen", "")
    count = copy_settings(given, chosen, seen=seen, by=request.member)
    told = ngettext("%(n)s setting is copied.", "%(n)s settings are copied.", count) % {"n": count}
    messages.success(request, f"{told} {gettext('It is written down under People.')}")
    return redirect("acceptance:settings")
