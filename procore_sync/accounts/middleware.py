"""Who asks, and how a refusal is answered: once, for every page."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone, translation
from django.utils.cache import patch_vary_headers

from procore_sync.accounts.languages import is_api, language_of
from procore_sync.accounts.models import Membership
from procore_sync.kit.refusals import Refusal

GetResponse = Callable[[HttpRequest], HttpResponse]
SESSION_KEY = "company"


class MemberMiddleware:
    """Sets `request.member`: the membership in the company chosen for this session, else the person's first.

    He is answered by his company's clock; the API, whoever asks, by UTC.
    """

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        member = self._member(request)
        request.member = member  # type: ignore[attr-defined]
        with timezone.override(None if member is None or is_api(request) else member.company.zone):
            return self.get_response(request)

    def _member(self, request: HttpRequest) -> Membership | None:
        if not request.user.is_authenticated:
            return None
        mine = Membership.objects.filter(user=request.user, is_active=True).select_related("company")
        chosen = request.session.get(SESSION_KEY)
        member: Membership | None = (chosen and mine.filter(company_id=chosen).first()) or mine.first()
        if member:
            member.user = request.user
            # Read where they are first asked for, and then once: most refusals and half of the pages never ask.
            member._prefetched_objects_cache = {"privileges": member.privileges.all()}  # type: ignore[attr-defined]
        return member


class LanguageMiddleware:
    """Answers a person in his language."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        with translation.override(language_of(request)):
            response = self.get_response(request)
        patch_vary_headers(response, ("Accept-Language", "Cookie"))
        return response


class RefusalMiddleware:
    """Turns a refused operation into a page, or a fragment for htmx, with its sentence and its status."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        if not isinstance(exception, Refusal):
            return None
        htmx: Any = getattr(request, "htmx", False)
        template = "errors/refusal_fragment.html" if htmx else "errors/refusal.html"
        return render(request, template, {"refusal": exception}, status=exception.http_status)
