"""Addresses that nobody can have meant."""

from __future__ import annotations

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.utils.translation import gettext

from procore_sync.accounts.web import stood_on
from procore_sync.kit.refusals import InvalidInput


class AddressMiddleware:
    """Refuses an address that asks for a NUL, which PostgreSQL takes in no text; forms refuse it by themselves."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if "%00" not in request.META["QUERY_STRING"] and "\0" not in request.META["QUERY_STRING"]:
            return self.get_response(request)
        refusal = InvalidInput(gettext("The address holds a character that no text here has (%00). Take it out."))
        if request.path.startswith("/api/"):
            body = {"detail": refusal.sentence, "who": refusal.who, "where": refusal.where, "errors": {}}
            return JsonResponse(body, status=refusal.http_status)
        context = {"refusal": refusal, "stood_on": stood_on(request)}
        return render(request, "errors/refusal.html", context, status=refusal.http_status)
