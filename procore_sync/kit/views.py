"""The look itself: choosing a theme, and each component in each state with made-up content."""

from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.views.decorators.http import require_GET, require_POST

from procore_sync.kit import samples
from procore_sync.kit.ways import own_way

YEAR = 365 * 24 * 3600


@require_POST
def theme(request: HttpRequest) -> HttpResponse:
    """Remember light, dark or the system's theme in a cookie, and go back to where the person was."""
    response = HttpResponseRedirect(own_way(request, request.POST.get("next", ""), "/"))
    if request.POST.get("theme") in ("light", "dark"):
        response.set_cookie("theme", request.POST["theme"], max_age=YEAR, samesite="Lax", secure=request.is_secure())
    else:
        response.delete_cookie("theme", samesite="Lax")
    return response


@require_GET
def components(request: HttpRequest) -> HttpResponse:
    """Every component in every state, for the eye and for the accessibility test."""
    return render(request, "components/index.html", samples.components(request.GET))


@require_GET
def inbox_sample(request: HttpRequest) -> HttpResponse:
    """The inbox with made-up records; `?rows=1000` shows how a long one behaves, `?rows=0` an empty one.

    To who is not signed in a short one: a long one takes seconds to make, and anybody may ask.
    """
    asked, most = request.GET.get("rows", "8"), 2000 if request.user.is_authenticated else 50
    rows = min(int(asked[:5]), most) if asked.isdecimal() else 8
    return render(request, "acceptance/inbox.html", samples.inbox(rows, request.GET.get("view", "ready_to_export")))


@require_GET
def review_sample(request: HttpRequest, state: str) -> HttpResponse:
    """A record under review in one of the states."""
    if state not in samples.STATES:
        raise Http404(f"There is no sample of the state {state}.")
    return render(request, "acceptance/review.html", samples.review(state))


@require_GET
def refused_sample(request: HttpRequest) -> HttpResponse:
    """What stands when somebody else decided first."""
    return render(request, "errors/refusal.html", {"refusal": samples.REFUSAL}, status=409)
