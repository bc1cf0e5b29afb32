"""The pages of the subcontractor's own schedule of values."""

from __future__ import annotations

from collections.abc import Callable
from itertools import chain

from django.contrib import messages
from django.db.models import QuerySet
from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext, gettext_noop
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from commitments import selectors, ssov
from commitments.breakdown_invites import commitment_asked, invite_to_break_down, why_not_invite
from commitments.contacts import is_contact, own_breakdowns, why_no_part
from commitments.forms import ReasonForm
from commitments.kinds import lines_of
from commitments.models import Commitment, SovLine, SsovStatus
from commitments.ssov_forms import Parts
from procore_sync.accounts.access import Right, may, require
from procore_sync.accounts.models import Membership
from procore_sync.accounts.web import MemberRequest, get_visible, member_required
from procore_sync.kit.refusals import InvalidInput
from projects.records import EditedMeanwhile
from projects.steps import Step


@require_GET
@member_required
def breakdown(request: MemberRequest, pk: int) -> HttpResponse:
    """Each line with its parts and with what remains to be broken down."""
    return _page(request, get_visible(selectors.commitments_for(request.member), pk), ReasonForm())


@require_GET
@member_required
def own_breakdown(request: MemberRequest, pk: int) -> HttpResponse:
    """The same for the contact who bills the commitment."""
    return _page(request, get_visible(own_breakdowns(request.member), pk), ReasonForm())


def _page(request: MemberRequest, found: Commitment, form: ReasonForm, status: int = 200) -> HttpResponse:
    member, remaining = request.member, ssov.remaining_of(found)
    parts = selectors.parts_of(found)
    lines = [(line, ssov.breakdown_url(member, "line_breakdown", found.pk, line.number)) for line in lines_of(found)]
    context = {
        "commitment": found,
        "is_contact": is_contact(member),
        "lines": [(line, parts.get(line.pk, []), remaining[line.pk], where) for line, where in lines],
        "remaining": sum(remaining.values()),
        "total": sum(line.amount for line, _ in lines),
        "submit_url": ssov.breakdown_url(member, "submit_breakdown", found.pk),
        "may_edit": why_no_part(found, member) is None and found.uses_ssov,
        "may_review": may(member, Right.EDIT) and found.uses_ssov,
        "editable": found.ssov_status in ssov.EDITABLE,
        "under_review": found.ssov_status == SsovStatus.UNDER_REVIEW,
        "why_not_submit": ssov.why_not_submit(found),
        "seen": ssov.whole_seen_of(chain.from_iterable(parts.values())),
        "form": form,
    }
    return render(request, "commitments/breakdown.html", context, status=status)


@require_http_methods(["GET", "POST"])
@member_required
def line_breakdown(request: MemberRequest, pk: int, number: int) -> HttpResponseBase:
    """The parts of one line, to be edited."""
    found = get_visible(selectors.commitments_for(request.member), pk)
    require(request.member, Right.EDIT)
    return _edit_line(request, found, number)


@require_http_methods(["GET", "POST"])
@member_required
def own_line_breakdown(request: MemberRequest, pk: int, number: int) -> HttpResponseBase:
    """The same for the contact who bills the commitment."""
    return _edit_line(request, get_visible(own_breakdowns(request.member), pk), number)


def _edit_line(request: MemberRequest, found: Commitment, number: int) -> HttpResponseBase:
    line = get_visible(SovLine.objects.filter(commitment=found).select_related("code__cost_code"), _pk(found, number))
    if request.method == "GET" or ("more" in request.POST and ssov.why_not_edit(found, request.member)):
        stored = selectors.parts_of(found).get(line.pk, [])
        return _line_page(request, found, line, Parts().store(stored).blank(3 if stored else 5), ssov.seen_of(stored))
    parts, seen = Parts().type(request.POST), request.POST.get("seen", "")
    if "more" in request.POST:
        return _line_page(request, found, line, parts.blank(5), seen)
    try:
        ssov.set_breakdown(line, parts.details(), by=request.member, seen=seen)
    except InvalidInput as refusal:
        parts.say(refusal.errors)
        return _line_page(request, found, line, parts, seen, status=422)
    except EditedMeanwhile as refusal:
        return _line_page(request, found, line, parts, seen, refusal, status=refusal.http_status)
    messages.success(request, gettext("Line %(number)s is broken down.") % {"number": line.number})
    return redirect(ssov.breakdown_url(request.member, "breakdown", found.pk))


def _pk(found: Commitment, number: int) -> int:
    return found.lines.filter(number=number).values_list("pk", flat=True).first() or 0


def _line_page(  # noqa: PLR0913 - what the page shows
    request: MemberRequest,
    found: Commitment,
    line: SovLine,
    parts: Parts,
    seen: str,
    refusal: EditedMeanwhile | None = None,
    status: int = 200,
) -> HttpResponse:
    context = {
        "commitment": found,
        "is_contact": is_contact(request.member),
        "breakdown_url": ssov.breakdown_url(request.member, "breakdown", found.pk),
        "line": line,
        "parts": parts,
        "seen": seen,
        "refusal": refusal,
        "why_not": ssov.why_not_edit(found, request.member),
        "remaining": line.amount - parts.total,
    }
    return render(request, "commitments/line_breakdown.html", context, status=status)


def _step(
    operation: Callable[[MemberRequest, Commitment], None],
    sentence: str,
    seen: Callable[[Membership], QuerySet[Commitment]] = selectors.commitments_for,
) -> Callable[..., HttpResponseBase]:
    """A button that takes the breakdown of a commitment that is seen one step further."""

    @require_POST
    @member_required
    def step(request: MemberRequest, pk: int) -> HttpResponseBase:
        found = get_visible(seen(request.member), pk)
        operation(request, found)
        messages.success(request, gettext(sentence) % {"name": found})
        return redirect(ssov.breakdown_url(request.member, "breakdown", pk))

    return step


def _submit(request: MemberRequest, found: Commitment) -> None:
    ssov.submit_breakdown(found, by=request.member, seen=request.POST.get("seen", ""))


def _reopen(request: MemberRequest, found: Commitment) -> None:
    ssov.reopen_breakdown(found, by=request.member)


_SUBMITTED = gettext_noop("The breakdown of %(name)s is under review.")
submit = _step(_submit, _SUBMITTED)
submit_own = _step(_submit, _SUBMITTED, own_breakdowns)
reopen = _step(_reopen, gettext_noop("The breakdown of %(name)s is a draft again."))


@require_POST
@member_required
def approve(request: MemberRequest, pk: int) -> HttpResponseBase:
    """Approve the breakdown that was looked at."""
    found = get_visible(selectors.commitments_for(request.member), pk)
    ssov.approve_breakdown(found, by=request.member, seen=request.POST.get("seen", ""))
    messages.success(request, gettext("The breakdown of %(name)s is approved.") % {"name": found})
    return redirect("commitments:breakdown", pk=pk)


@require_POST
@member_required
def give_back(request: MemberRequest, pk: int) -> HttpResponseBase:
    """Give the breakdown back to be revised."""
    found = get_visible(selectors.commitments_for(request.member), pk)
    form = ReasonForm(request.POST)
    form.is_valid()
    try:
        seen = request.POST.get("seen", "")
        ssov.return_breakdown(found, form.cleaned_data.get("reason", ""), by=request.member, seen=seen)
    except InvalidInput as refusal:
        form.add_error("reason", refusal.sentence)
        return _page(request, found, form, status=422)
    messages.success(request, gettext("The breakdown of %(name)s goes back to be revised.") % {"name": found})
    return redirect("commitments:breakdown", pk=pk)


def invite_steps(found: Commitment, member: Membership) -> list[Step]:
    """The button that invites the contacts to break the lines down, as long as they can; for those who may edit."""
    if not (found.uses_ssov and found.ssov_status in ssov.EDITABLE and may(member, Right.EDIT)):
        return []
    url = reverse("commitments:invite_to_break_down", args=[found.pk])
    return [Step("invite", gettext("Invite to break it down"), url, why_not_invite(found), method="post")]


@require_POST
@member_required
def invite(request: MemberRequest, pk: int) -> HttpResponseBase:
    """Ask the contacts by mail to break the lines down."""
    found = get_visible(selectors.commitments_for(request.member), pk)
    asked = invite_to_break_down(found, by=request.member)
    sent = gettext("Invited to break down the lines: %(names)s.") % {"names": ", ".join(map(str, asked))}
    messages.success(request, sent if asked else gettext("The contacts were invited a moment ago."))
    return redirect("commitments:commitment", pk=pk)


@require_GET
@member_required
def breakdown_link(request: MemberRequest, token: str) -> HttpResponseBase:
    """Where the mailed link leads, signed in as its contact: to the lines that they break down."""
    return redirect("commitments:own_breakdown", pk=commitment_asked(token, by=request.member).pk)
