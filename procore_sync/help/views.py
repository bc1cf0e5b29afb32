"""The pages of help."""

from __future__ import annotations

from django.http import Http404, HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_POST

from procore_sync.acceptance.reviews import trouble_of
from procore_sync.acceptance.selectors import items_for
from procore_sync.accounts.access import Right, may
from procore_sync.accounts.operations import put_tour_away
from procore_sync.accounts.web import MemberRequest, get_visible, member_required
from procore_sync.help import errors
from procore_sync.help.first_steps import first_steps_of
from procore_sync.help.workflows import WORKFLOWS, workflow_of
from procore_sync.kit.ticks import row_numbers


@require_GET
@member_required
def help_page(request: MemberRequest) -> HttpResponse:
    """Where help is found: the first steps of this person, the workflows, the errors."""
    steps = first_steps_of(request.member)
    return render(request, "help/help.html", {"steps": steps, "workflows": WORKFLOWS, "sections": errors.sections()})


@require_GET
@member_required
def error_list(request: MemberRequest) -> HttpResponse:
    """Every error; with `?at=` a record, what stands in its way is told first, with what QuickBooks said."""
    context = {"sections": errors.sections(), "may_go": may(request.member, Right.VIEW), **_at(request)}
    return render(request, "help/errors.html", context)


def _at(request: MemberRequest) -> dict[str, object]:
    asked = request.GET.get("at", "")
    if not asked:
        return {}
    numbers = row_numbers([asked])
    if not numbers:
        raise Http404("There is no such record.")
    item = get_visible(items_for(request.member), numbers[0])
    trouble = trouble_of(item)
    error = errors.error_of(trouble.code) if trouble else None
    return {"item": item, "trouble": trouble, "error": error, "submission": trouble and trouble.attempt.submission}


@require_GET
@member_required
def error(request: MemberRequest, code: str) -> HttpResponseBase:
    """The line of one code in the list; a code that QuickBooks has and nobody has told us has one too."""
    kept = f"?at={at}" if (at := request.GET.get("at", "")).isdecimal() else ""
    return HttpResponseRedirect(f"{reverse('help:errors')}{kept}#{errors.error_of(code).anchor}")


@require_GET
@member_required
def workflow(request: MemberRequest, key: str) -> HttpResponse:
    """One workflow with the diagram of its states."""
    found = workflow_of(key)
    if found is None:
        raise Http404("There is no such workflow.")
    place = WORKFLOWS.index(found)
    context = {
        "workflow": found,
        "places": found.places_for(request.member),
        "diagram": found.drawn(),
        "before": WORKFLOWS[place - 1] if place else None,
        "after": WORKFLOWS[place + 1] if place + 1 < len(WORKFLOWS) else None,
    }
    return render(request, "help/workflow.html", context)


@require_POST
@member_required
def first_steps(request: MemberRequest) -> HttpResponse:
    """Put the first steps away, or bring them back to the start page."""
    put_tour_away(request.member, away=request.POST.get("show") != "yes")
    return HttpResponseRedirect(reverse("home"))
