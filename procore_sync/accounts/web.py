"""What a page needs to know about who asks."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any, Concatenate, ParamSpec, TypeVar, cast
from urllib.parse import urlsplit

from django.contrib import messages
from django.contrib.auth.views import redirect_to_login
from django.db.models import Model, QuerySet
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404
from django.utils.translation import gettext
from django_htmx.http import HttpResponseClientRedirect
from django_htmx.middleware import HtmxDetails

from procore_sync.accounts.models import Membership
from procore_sync.kit.ways import own_way

P = ParamSpec("P")
M = TypeVar("M", bound=Model)


class MemberRequest(HttpRequest):
    """A request of somebody who is signed in and belongs to a company.

    `states` is in which states how many records are that they may see, where the page has counted them all.
    """

    member: Membership
    htmx: HtmxDetails
    states: list[dict[str, Any]]


def member_required(
    view: Callable[Concatenate[MemberRequest, P], HttpResponseBase],
) -> Callable[Concatenate[HttpRequest, P], HttpResponseBase]:
    """Let only members in: who is signed out signs in first, who belongs to no company sees nothing (404)."""

    @wraps(view)
    def checked(request: HttpRequest, /, *args: P.args, **kwargs: P.kwargs) -> HttpResponseBase:
        if not request.user.is_authenticated:
            return _to_sign_in(request)
        if getattr(request, "member", None) is None:
            raise Http404("You belong to no company yet. An administrator can invite you.")
        return view(cast(MemberRequest, request), *args, **kwargs)

    return checked


def _to_sign_in(request: HttpRequest) -> HttpResponse:
    """To the sign-in page and back to the page the person stood on; what was pressed there is said to be not done.

    A fragment makes the whole page go there. Nobody is led back to an address that does something: it shows no page.
    """
    if request.method not in ("GET", "HEAD"):
        sentence = gettext(
            "Your sign-in had ended, so nothing was done or saved. Sign in: you come back to the page where you stood, "
            "and can do it again there."
        )
        messages.warning(request, sentence)
    elif not is_fragment(request):
        return redirect_to_login(request.get_full_path())
    there = redirect_to_login(stood_on(request) or "/")
    return HttpResponseClientRedirect(there.url) if is_fragment(request) else there


def stood_on(request: HttpRequest) -> str:
    """The address of the page from which the button was pressed, if it is one of ours; empty if unknown."""
    current = cast(MemberRequest, request).htmx.current_url
    parts = urlsplit(own_way(request, current or request.headers.get("Referer", "")))
    return own_way(request, f"{parts.path}?{parts.query}" if parts.query else parts.path)


def get_visible(rows: QuerySet[M], pk: int) -> M:
    """The row `pk` of what the person may see, or 404; absent and forbidden look the same."""
    return get_object_or_404(rows, pk=pk)


def is_fragment(request: HttpRequest) -> bool:
    """Whether htmx asked for a piece of the page rather than the page."""
    return bool(cast(MemberRequest, request).htmx)


def is_piece(request: HttpRequest) -> bool:
    """Whether htmx asked for the record or the list of a page that stands already, so that its frame is not needed."""
    return getattr(getattr(request, "htmx", None), "target", None) in ("record", "rows")


__all__ = ["HttpResponse", "MemberRequest", "get_visible", "is_fragment", "is_piece", "member_required", "stood_on"]
