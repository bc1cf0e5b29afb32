"""The pages of change orders: fetch through a selector, call an operation, render."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext, gettext_noop
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from change_orders import operations, selectors, tiers
from change_orders.content import own_lines, seen_of, why_billed, why_closed, why_stands_still
from change_orders.effects import effect_of
from change_orders.filters import CHANGE_ORDER_LIST, REQUEST_LIST, ChangeFilter
from change_orders.forms import ADDED_ROWS, ChangeForm, CommitmentForm, SettingsForm, editor_of
from change_orders.models import ChangeOrder, ChangeRequest, RequestTier, Tiers
from change_orders.request_operations import collect, take_out
from change_orders.steps import steps_of_change_order
from commitments.models import Commitment
from commitments.selectors import commitments_for
from commitments.statuses import UNDER_WAY
from procore_sync.accounts.access import Right, may, require
from procore_sync.accounts.models import Membership
from procore_sync.accounts.web import MemberRequest, get_visible, member_required
from procore_sync.kit.refusals import InvalidInput
from procore_sync.kit.text import filled
from procore_sync.kit.ticks import row_numbers
from projects.selectors import projects_for, standing_of
from projects.steps import steps_to


def get_change_order(request: MemberRequest, pk: int) -> ChangeOrder:
    """The change order `pk`, if the person may see it; else 404."""
    return get_visible(selectors.change_orders_for(request.member), pk)


def get_request(request: MemberRequest, pk: int) -> ChangeRequest:
    """The request `pk`, if the person may see it; else 404."""
    return get_visible(selectors.requests_for(request.member), pk)


@require_GET
@member_required
def change_orders(request: MemberRequest) -> HttpResponse:
    """The company's change orders; in other tabs what is in the tiers below."""
    member, tier = request.member, request.GET.get("tier", "")
    tier = tier if tier in RequestTier.values else ""
    form = ChangeFilter(request.GET, member, tier)
    if tier:
        page: Any = REQUEST_LIST.page(selectors.requests_for(member).filter(tier=tier), request.GET, member)
    else:
        page = CHANGE_ORDER_LIST.page(selectors.change_orders_for(member), request.GET, member)
    context = {
        "page_obj": page,
        "form": form,
        "tier": tier,
        "tier_name": gettext(tiers.SEVERAL[tier]),
        "tabs": _tabs(member, tier),
        "narrowed": any(request.GET.get(name) for name in form.fields if name != "tier"),
        "steps": steps_to(member, ("change_orders:start", gettext_noop("New change order"), "n")),
    }
    return render(request, "change_orders/change_orders.html", context)


def _tabs(member: Membership, tier: str) -> list[tuple[str, str, int | None, str, bool]]:
    """A tab a tier, where there is any request; else none."""
    if not selectors.requests_for(member).exists():
        return []
    here = reverse("change_orders:change_orders")
    shown = ["", *reversed(RequestTier.values)]
    return [
        (one, gettext(tiers.SEVERAL[one]), None, f"{here}?tier={one}" if one else here, tier == one) for one in shown
    ]


@require_GET
@member_required
def change_order(request: MemberRequest, pk: int) -> HttpResponse:
    """One change order: how it stands in accounting, its lines, what it does to its commitment, what it collects."""
    found = get_change_order(request, pk)
    lines = selectors.lines_of_change(found)
    seen, tier = seen_of(found, lines), tiers.collected_tier(found)
    context = {
        "change": found,
        "change_order": found,
        "commitment": found.commitment,
        "standing": standing_of(found, request.member),
        "lines": lines,
        "effect": effect_of(found, lines),
        "seen": seen,
        "steps": steps_of_change_order(found, request.member, seen),
        "collects": tier.label.lower() if tier else "",
        "collected": selectors.collected_by(found, request.member),
        "collectable": selectors.collectable_by(found, request.member),
        "why_closed": why_closed(found),
        "may_edit": may(request.member, Right.EDIT),
    }
    return render(request, "change_orders/change_order.html", context)


@require_GET
@member_required
def start(request: MemberRequest) -> HttpResponseBase:
    """Which commitment is to be changed."""
    require(request.member, Right.EDIT)
    approved = commitments_for(request.member).filter(status__in=UNDER_WAY, is_active=True)
    form = CommitmentForm(approved.order_by("number", "pk"), request.GET or None)
    if form.is_bound and form.is_valid():
        return redirect("change_orders:new_change_order", pk=form.cleaned_data["commitment"])
    return render(request, "change_orders/start.html", {"form": form, "any": approved.exists()})


@require_http_methods(["GET", "POST"])
@member_required
def new_change_order(request: MemberRequest, pk: int) -> HttpResponseBase:
    """A form for a new change order of a commitment."""
    require(request.member, Right.EDIT)
    commitment = get_visible(commitments_for(request.member), pk)
    settings, rows = tiers.settings_of(commitment.project), ChangeOrder.objects.filter(commitment=commitment)
    typed = request.POST if request.method == "POST" else None
    form = ChangeForm(commitment, settings, typed, initial={"number": operations.next_number(rows, "CO")})
    if settings.tiers == Tiers.ONE:
        form.editor = editor_of(None, commitment, typed)
    made = saved_or_shown(
        request, form, lambda said: operations.create_change_order(commitment, said, by=request.member)
    )
    if made:
        messages.success(request, filled(gettext("%(record)s is there."), {"record": made}))
        return redirect("change_orders:change_order", pk=made.pk)
    return form_page(request, form, commitment, None, why_not=operations.why_no_change(commitment))


@require_http_methods(["GET", "POST"])
@member_required
def edit_change_order(request: MemberRequest, pk: int) -> HttpResponseBase:
    """A form for a change order that is there, with the lines that it does not collect."""
    found = get_change_order(request, pk)
    require(request.member, Right.EDIT)
    commitment, settings = found.commitment, tiers.settings_of(found.commitment.project)
    typed = request.POST if request.method == "POST" else None
    form = ChangeForm.of(found, commitment, settings, typed)
    if settings.tiers == Tiers.ONE or own_lines(found):
        form.editor = editor_of(found, commitment, typed)
    saved = saved_or_shown(
        request,
        form,
        lambda said: operations.edit_change_order(found, said, by=request.member, seen=form.edition),
    )
    if saved:
        messages.success(request, filled(gettext("%(record)s is saved."), {"record": saved}))
        return redirect("change_orders:change_order", pk=pk)
    still = why_stands_still(found)
    form.billed = None if still else why_billed(found)
    return form_page(request, form, commitment, found, why_not=still)


def saved_or_shown(request: MemberRequest, form: ChangeForm, operation: Any) -> Any:
    """What was saved, or None: nothing was sent, more rows were asked for, or the form says what is wrong."""
    if not form.is_bound:
        return None
    if "more" in request.POST:
        if form.editor:
            form.editor.blank(ADDED_ROWS)
        form.show_as_typed()
        return None
    return form.save(operation)


def form_page(
    request: MemberRequest,
    form: ChangeForm,
    commitment: Commitment,
    change: ChangeOrder | ChangeRequest | None,
    *,
    why_not: str | None,
    tier: str = "",
) -> HttpResponse:
    """The page with the form of a change of `commitment`; `why_not` is why it could not be saved now."""
    context = {
        "form": form,
        "editor": form.editor,
        "commitment": commitment,
        "change": change,
        "new_name": gettext(tiers.NEW[tier]),
        "why_not": why_not,
    }
    return render(request, "change_orders/change_form.html", context, status=form.status_code)


@require_POST
@member_required
def approve(request: MemberRequest, pk: int) -> HttpResponseBase:
    """Approve what is in review."""
    decided = operations.approve(get_change_order(request, pk), by=request.member, seen=request.POST.get("seen", ""))
    messages.success(request, filled(gettext("%(record)s is approved."), {"record": decided}))
    return redirect("change_orders:change_order", pk=pk)


@require_POST
@member_required
def reject(request: MemberRequest, pk: int) -> HttpResponseBase:
    """Reject what is in review, with a remark."""
    remark, seen = request.POST.get("remark", ""), request.POST.get("seen", "")
    decided = operations.reject(get_change_order(request, pk), by=request.member, remark=remark, seen=seen)
    messages.success(request, filled(gettext("%(record)s is rejected."), {"record": decided}))
    return redirect("change_orders:change_order", pk=pk)


@require_POST
@member_required
def collect_into_order(request: MemberRequest, pk: int) -> HttpResponseBase:
    """Let the change order collect what was ticked."""
    return collected(request, get_change_order(request, pk), "change_orders:change_order")


def collected(request: MemberRequest, into: ChangeOrder | ChangeRequest, page: str) -> HttpResponseBase:
    """Let `into` collect what was ticked, and show it; where nothing was, its page says so."""
    ticked = row_numbers(request.POST.getlist("request"))
    chosen = selectors.requests_for(request.member).filter(pk__in=ticked)
    try:
        count = collect(into, chosen, by=request.member)
    except InvalidInput as refusal:
        if ticked:
            raise
        messages.error(request, refusal.sentence)
        return redirect(page, pk=into.pk)
    messages.success(request, gettext("%(record)s collects %(count)s more.") % {"record": into, "count": count})
    return redirect(page, pk=into.pk)


@require_POST
@member_required
def take_out_of_order(request: MemberRequest, pk: int, request_pk: int) -> HttpResponseBase:
    """Take a request out of the change order."""
    found = get_change_order(request, pk)
    one = get_visible(selectors.collected_by(found, request.member), request_pk)
    take_out(one, by=request.member)
    messages.success(
        request, filled(gettext("%(record)s is out of %(collector)s."), {"record": one, "collector": found})
    )
    return redirect("change_orders:change_order", pk=pk)


@require_http_methods(["GET", "POST"])
@member_required
def settings(request: MemberRequest, pk: int) -> HttpResponseBase:
    """How changes of a project are made."""
    project = get_visible(projects_for(request.member), pk)
    require(request.member, Right.EDIT)
    stand = tiers.settings_of(project)
    typed = request.POST if request.method == "POST" else None
    form = SettingsForm.over(stand, typed)
    if typed is not None and form.save(lambda said: tiers.save_settings(project, **said, by=request.member)):
        messages.success(
            request, filled(gettext("The change settings of %(project)s are saved."), {"project": project})
        )
        return redirect("projects:project", pk=pk)
    past = tiers.settings_page(project) if form.non_field_errors() else ""
    context = {"form": form, "project": project, "past": past}
    return render(request, "change_orders/settings.html", context, status=form.status_code)
