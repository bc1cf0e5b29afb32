"""Where a person came from, taken from the request only if it is an address of ours."""

from __future__ import annotations

from django.http import HttpRequest
from django.utils.http import url_has_allowed_host_and_scheme


def own_way(request: HttpRequest, wanted: str, otherwise: str = "") -> str:
    """`wanted` if it leads to a page of this console, else `otherwise`: a form never sends a person elsewhere."""
    secure = request.is_secure()
    return wanted if url_has_allowed_host_and_scheme(wanted, {request.get_host()}, require_https=secure) else otherwise
