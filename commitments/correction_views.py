"""Correct and replace, in three steps: say why, edit, compare and send."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.translation import gettext
from django.views.decorators.http import require_http_methods, require_POST

from commitments import corrections, selectors
from commitments.forms import ReasonForm
from commitments.kinds import LINE_COLUMNS, commitment_document
from commitments.models import Commitment
from procore_sync.acceptance.reviews import changes_since_sync
from procore_sync.acceptance.states import Action
from procore_sync.accounts.access import Right, may, require
from procore_sync.accounts.web import MemberRequest, get_visible, member_required
from procore_sync.kit.refusals import InvalidInput
from projects.selectors import standing_of


@require_http_methods(["GET", "POST"])
@member_required
def correct(request: MemberRequest, pk: int) -> HttpResponseBase:
    """The page of a correction; on POST, begin it with its reason."""
    found = get_visible(selectors.commitments_for(request.member), pk)
    if request.method == "GET":
        return _page(request, found, ReasonForm())
    require(request.member, Right.EDIT)
    form = ReasonForm(request.POST)
    form.is_valid()
    try:
        corrections.begin_correction(found, form.cleaned_data.get("reason", ""), by=request.member)
    except InvalidInput as refusal:
        form.add_error("reason", refusal.sentence)
        return _page(request, found, form, status=422)
    said = gettext("%(name)s can be edited now. QuickBooks keeps what it has until you send it.")
    messages.success(request, said % {"name": found})
    return redirect("commitments:correct", pk=pk)


def _page(request: MemberRequest, found: Commitment, form: ReasonForm, status: int = 200) -> HttpResponse:
    standing = standing_of(found, request.member)
    changes, lines = changes_since_sync(found.erp, commitment_document(found))
    context = {
        "commitment": found,
        "changes": changes,
        "lines": lines,
        "line_columns": LINE_COLUMNS,
        "form": form,
        "against": [] if found.is_correcting else corrections.unmet_for_correcting(found),
        "standing": standing,
        "beside": [offer for offer in standing.offers if offer.action != Action.SEND],
        "may_edit": may(request.member, Right.EDIT),
        "why_not_end": corrections.why_not_end(found),
    }
    return render(request, "commitments/correct.html", context, status=status)


@require_POST
@member_required
def end_correction(request: MemberRequest, pk: int) -> HttpResponseBase:
    """Take back a correction in which nothing was changed."""
    found = get_visible(selectors.commitments_for(request.member), pk)
    corrections.end_correction(found, by=request.member)
    messages.success(request, gettext("%(name)s stays as QuickBooks has it.") % {"name": found})
    return redirect("commitments:commitment", pk=pk)
