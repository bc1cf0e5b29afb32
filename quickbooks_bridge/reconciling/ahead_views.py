"""The page of what QuickBooks holds and this database does not know, and settling it."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext
from django.views.decorators.http import require_GET, require_POST

from procore_sync.accounts.access import Right, require
from procore_sync.accounts.web import MemberRequest, get_visible, member_required
from procore_sync.kit.refusals import Refusal
from procore_sync.kit.text import filled
from quickbooks_bridge.reconciling.ahead import look_once
from quickbooks_bridge.reconciling.relinking import findings_for, put_away, relink, relink_all, seen_of
from quickbooks_bridge.selectors import connections_for

SHOWN = 500


@require_GET
@member_required
def ahead(request: MemberRequest) -> HttpResponse:
    """What was found, what speaks against linking it, and what became of it."""
    require(request.member, Right.CONNECT)
    rows = list(findings_for(request.member)[:SHOWN])
    still = [one for one in rows if not one.settled]
    context = {
        "connection": connections_for(request.member).first(),
        "seen": seen_of(request.member.company_id),
        "plain": [one for one in still if not one.against],
        "doubtful": [one for one in still if one.against],
        "settled": [one for one in rows if one.settled],
    }
    return render(request, "quickbooks_bridge/ahead.html", context)


@require_POST
@member_required
def look(request: MemberRequest) -> HttpResponseBase:
    """Ask QuickBooks now."""
    require(request.member, Right.CONNECT)
    found = look_once(request.member.company_id)
    if found is None:
        raise Refusal(
            gettext("QuickBooks cannot be asked now, or it is being looked at already. Try again in a minute.")
        )
    messages.success(
        request,
        gettext("%(count)s to settle.") % {"count": found}
        if found
        else gettext("QuickBooks holds nothing of ours that is not known here."),
    )
    return redirect("quickbooks_bridge:ahead")


@require_POST
@member_required
def relink_found(request: MemberRequest) -> HttpResponseBase:
    """Link whatever nothing speaks against."""
    require(request.member, Right.CONNECT)
    connection = get_object_or_404(connections_for(request.member))
    done = relink_all(connection, by=request.member, seen=request.POST.get("seen", ""))
    messages.success(request, gettext("%(count)s linked.") % {"count": done})
    return redirect("quickbooks_bridge:ahead")


@require_POST
@member_required
def relink_one(request: MemberRequest, pk: int) -> HttpResponseBase:
    """Link a finding although something speaks against it."""
    require(request.member, Right.CONNECT)
    finding = get_visible(findings_for(request.member), pk)
    relink(finding, by=request.member)
    told = filled(gettext("%(document)s is linked to %(item)s."), {"document": finding, "item": finding.item})
    messages.success(request, told)
    return redirect("quickbooks_bridge:ahead")


@require_POST
@member_required
def put_one_away(request: MemberRequest, pk: int) -> HttpResponseBase:
    """Say that one is not ours."""
    require(request.member, Right.CONNECT)
    finding = get_visible(findings_for(request.member), pk)
    put_away(finding, request.POST.get("note", ""), by=request.member)
    messages.success(request, gettext("%(document)s is put away.") % {"document": finding})
    return redirect("quickbooks_bridge:ahead")
