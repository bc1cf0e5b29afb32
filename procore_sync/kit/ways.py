"""Where a person came from, taken from the request only if it is an address of ours."""

from __future__ import annotations

from urllib.parse import urlencode

from django.http import HttpRequest
from django.utils.http import url_has_allowed_host_and_scheme


def with_way_back(where: str, here: str) -> str:
    """`where`, an address without a query, saying that the person came from `here`; as it is if that is not known."""
    return f"{where}?{urlencode({'next': here})}" if here else where


def own_way(request: HttpRequest, wanted: str, otherwise: str = "") -> str:
    """`wanted` if it leads to a page of this console, else `otherwise`: a form never sends a person elsewhere.

    A word without a slash is no page, though Django may take it for the name of one.
    """
    ours = url_has_allowed_host_and_scheme(wanted, {request.get_host()}, require_https=request.is_secure())
    return wanted if ours and "/" in wanted else otherwise
