"""The pages of potential change orders and change order requests."""

from __future__ import annotations

from django.contrib import messages
from django.http import Http404, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.translation import gettext
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from change_orders import request_operations as operations
from change_orders import selectors, tiers
from change_orders.content import why_closed
from change_orders.effects import effect_of
from change_orders.forms import RequestForm, editor_of
from change_orders.models import ChangeRequest, RequestTier
from change_orders.operations import next_number, why_no_change
from change_orders.steps import steps_of_request
from change_orders.views import collected, form_page, get_request, saved_or_shown
from commitments.selectors import commitments_for
from procore_sync.accounts.access import Right, may, require
from procore_sync.accounts.web import MemberRequest, get_visible, member_required
from procore_sync.kit.text import filled
from projects.records import seen_in


@require_GET
@member_required
def request_page(request: MemberRequest, pk: int) -> HttpResponse:
    """One potential change order or change order request: its lines, where it is, and what it collects."""
    found = get_request(request, pk)
    lines, tier = selectors.lines_of_change(found), tiers.collected_tier(found)
    context = {
        "change": found,
        "tier_name": gettext(tiers.SEVERAL[found.tier]),
        "commitment": found.commitment,
        "parent": found.parent,
        "in_order": found.in_order,
        "lines": lines,
        "effect": effect_of(found, lines),
        "steps": steps_of_request(found, request.member),
        "collects": tier.label.lower() if tier else "",
        "collected": selectors.collected_by(found, request.member),
        "collectable": selectors.collectable_by(found, request.member),
        "why_closed": why_closed(found.in_order) if found.in_order else None,
        "may_edit": may(request.member, Right.EDIT),
    }
    return render(request, "change_orders/request.html", context)


@require_http_methods(["GET", "POST"])
@member_required
def new_request(request: MemberRequest, pk: int, tier: str) -> HttpResponseBase:
    """A form for a new request of a commitment."""
    if tier not in RequestTier.values:
        raise Http404("There is no such tier of changes.")
    require(request.member, Right.EDIT)
    commitment, kind = get_visible(commitments_for(request.member), pk), RequestTier(tier)
    rows = ChangeRequest.objects.filter(commitment=commitment, tier=tier)
    suggested = {"number": next_number(rows, operations.PREFIXES[kind])}
    settings = tiers.settings_of(commitment.project)
    typed = request.POST if request.method == "POST" else None
    form = RequestForm(commitment, settings, typed, initial=suggested)
    if kind == RequestTier.POTENTIAL:
        form.editor = editor_of(None, commitment, typed)
    made = saved_or_shown(
        request, form, lambda said: operations.create_request(commitment, kind, said, by=request.member)
    )
    if made:
        messages.success(request, filled(gettext("%(record)s is there."), {"record": made}))
        return redirect("change_orders:request", pk=made.pk)
    why_not = why_no_change(commitment) or tiers.why_no_request(commitment.project, tier)
    return form_page(request, form, commitment, None, why_not=why_not, tier=tier)


@require_http_methods(["GET", "POST"])
@member_required
def edit_request(request: MemberRequest, pk: int) -> HttpResponseBase:
    """A form for a request that is there."""
    found = get_request(request, pk)
    require(request.member, Right.EDIT)
    commitment, settings = found.commitment, tiers.settings_of(found.commitment.project)
    typed = request.POST if request.method == "POST" else None
    form = RequestForm.of(found, commitment, settings, typed)
    if found.tier == RequestTier.POTENTIAL:
        form.editor = editor_of(found, commitment, typed)
    saved = saved_or_shown(
        request, form, lambda said: operations.edit_request(found, said, by=request.member, seen=form.edition)
    )
    if saved:
        messages.success(request, filled(gettext("%(record)s is saved."), {"record": saved}))
        return redirect("change_orders:request", pk=pk)
    why_not = why_closed(found.in_order) if found.in_order else None
    return form_page(request, form, commitment, found, why_not=why_not, tier=found.tier)


@require_POST
@member_required
def approve(request: MemberRequest, pk: int) -> HttpResponseBase:
    """Approve what is in review."""
    found, seen = get_request(request, pk), seen_in(request.POST.get("seen"))
    decided = operations.approve_request(found, by=request.member, seen=seen)
    messages.success(request, filled(gettext("%(record)s is approved."), {"record": decided}))
    return redirect("change_orders:request", pk=pk)


@require_POST
@member_required
def reject(request: MemberRequest, pk: int) -> HttpResponseBase:
    """Reject what is in review, with a remark."""
    remark = request.POST.get("remark", "")
    decided = operations.reject_request(get_request(request, pk), by=request.member, remark=remark)
    messages.success(request, filled(gettext("%(record)s is rejected."), {"record": decided}))
    return redirect("change_orders:request", pk=pk)


@require_POST
@member_required
def collect_into_request(request: MemberRequest, pk: int) -> HttpResponseBase:
    """Let the change order request collect what was ticked."""
    return collected(request, get_request(request, pk), "change_orders:request")


@require_POST
@member_required
def take_out_of_request(request: MemberRequest, pk: int, request_pk: int) -> HttpResponseBase:
    """Take a potential change order out of the change order request."""
    found = get_request(request, pk)
    one = get_visible(selectors.collected_by(found, request.member), request_pk)
    operations.take_out(one, by=request.member)
    messages.success(
        request, filled(gettext("%(record)s is out of %(collector)s."), {"record": one, "collector": found})
    )
    return redirect("change_orders:request", pk=pk)
