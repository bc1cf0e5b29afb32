"""Who asks, and how a refusal is answered: once, for every page."""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from http import HTTPStatus
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.contrib.auth import logout
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed
from django.middleware.csrf import rotate_token
from django.shortcuts import render
from django.urls import is_valid_path
from django.utils import timezone, translation
from django.utils.cache import patch_vary_headers
from django.utils.translation import gettext

from procore_sync.accounts.languages import is_api, language_of
from procore_sync.accounts.models import Company, Membership
from procore_sync.accounts.web import stood_on
from procore_sync.kit.refusals import InvalidInput, Refusal

GetResponse = Callable[[HttpRequest], HttpResponse]
SESSION_KEY = "company"
#: In the session, instead of a company: that the person belonged to none when they signed in.
NOWHERE = 0
#: In the answer to a piece of a page: for whom and for which company it is. A page of another one takes it not.
WHOSE = "X-Person"
#: In the session: when it ends, in seconds since 1970, though whatever is kept in it would make it last anew.
ENDS_AT = "ends_at"
#: Addresses below which something is done and that show no page themselves: a kept file, and what only takes things.
NO_PAGE = re.compile(r"/(files|inbox/views)/(\d+/)?$")


class MemberMiddleware:
    """Sets `request.member`: the membership in the company chosen for this session, else the person's first.

    They are answered by their company's clock; the API, whoever asks, by UTC.
    """

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        member = self._member(request)
        request.member = member  # type: ignore[attr-defined]
        with timezone.override(None if member is None or is_api(request) else member.company.zone):
            response = self.get_response(request)
        if member is not None and getattr(request, "htmx", False):
            response.headers[WHOSE] = f"{member.user_id} {member.company_id}"
        return response

    def _member(self, request: HttpRequest) -> Membership | None:
        if request.user.is_authenticated and request.session.get(ENDS_AT, math.inf) <= timezone.now().timestamp():
            logout(request)
        if not request.user.is_authenticated:
            return None
        mine = Membership.objects.filter(user=request.user, is_active=True).select_related("company")
        chosen = request.session.get(SESSION_KEY)
        member: Membership | None = (chosen and mine.filter(company_id=chosen).first()) or mine.first()
        if member and chosen not in (None, member.company_id):
            work_in(request, member)
            _tell_of_the_move(request, chosen, member)
        if member:
            member.user = request.user
            # Read where they are first asked for, and then once: most refusals and half of the pages never ask.
            member._prefetched_objects_cache = {"privileges": member.privileges.all()}  # type: ignore[attr-defined]
        return member


def work_in(request: HttpRequest, member: Membership) -> None:
    """Let the session be of the company of `member` from here on.

    What pages of another company would send is refused as too old: what is typed there would be saved here.
    """
    request.session[SESSION_KEY] = member.company_id
    rotate_token(request)
    # This request too: it came from such a page, where their access to the company that was chosen has ended.
    request.COOKIES[settings.CSRF_COOKIE_NAME] = request.META["CSRF_COOKIE"]


def _tell_of_the_move(request: HttpRequest, left: int, member: Membership) -> None:
    """Say that the company is another one now; a program has no page on which to read it."""
    company = Company.objects.filter(pk=left, memberships__user=member.user_id).first()
    if company is None or is_api(request):
        return
    with translation.override(language_of(request)):
        told = gettext("Your access to %(left)s has ended, so you are in %(company)s now.")
        messages.warning(request, told % {"left": company, "company": member.company})


class LanguageMiddleware:
    """Answers a person in their language."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        with translation.override(language_of(request)):
            request.LANGUAGE_CODE = translation.get_language()
            response = self.get_response(request)
        patch_vary_headers(response, ("Accept-Language", "Cookie"))
        return response


class RefusalMiddleware:
    """Turns a refused operation into a page, or a fragment for htmx, with its sentence and its status.

    So is a look at an address that only does something. A refused fragment never gives its page such an address.
    """

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        if isinstance(response, HttpResponseNotAllowed):
            # The same answer with a page in it: another one would be logged once more.
            page = render(request, "errors/405.html", {"above": above(request.path)})
            response.content, response["Content-Type"] = page.content, page["Content-Type"]
            return response
        if response.status_code >= HTTPStatus.BAD_REQUEST and getattr(request, "htmx", False):
            response.headers.setdefault("HX-Push-Url", "false")
        return response

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        if isinstance(exception, ValueError) and _holds_a_nul(request):
            # A text that no form has read, and the database takes none with it.
            exception = InvalidInput(gettext("A text holds a character that no text here can keep (NUL). Take it out."))
        if not isinstance(exception, Refusal):
            return None
        htmx: Any = getattr(request, "htmx", False)
        template = "errors/refusal_fragment.html" if htmx else "errors/refusal.html"
        context = {"refusal": exception, "stood_on": stood_on(request)}
        return render(request, template, context, status=exception.http_status)


def _holds_a_nul(request: HttpRequest) -> bool:
    return any("\0" in value for _, values in request.POST.lists() for value in values)


def above(path: str) -> str:
    """The address next above `path` at which a page stands: the record or the list, in the end the start."""
    while path != "/":
        path = path.rstrip("/").rpartition("/")[0] + "/"
        if is_valid_path(path) and not NO_PAGE.search(path):
            break
    return path
