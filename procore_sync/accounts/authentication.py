"""Who asks the API and how often they may. Apart from `api`, because the framework loads it before its own views."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.core.cache.backends.locmem import LocMemCache
from knox.auth import TokenAuthentication
from rest_framework import exceptions
from rest_framework.permissions import BasePermission
from rest_framework.request import Request
from rest_framework.throttling import UserRateThrottle

from procore_sync.accounts.models import Membership

if TYPE_CHECKING:
    from rest_framework.views import APIView


class TokenOfMember(TokenAuthentication):  # type: ignore[misc]  # knox has no types
    """`Authorization: Token erp_…`; the token acts for exactly one membership, never for the person elsewhere."""

    def authenticate_credentials(self, token: bytes) -> tuple[Any, Any]:
        """The person and the token, if there is such a one.

        Raises:
            AuthenticationFailed: there is none, or it is no text that could be one.
        """
        if not token.isascii() or not token.decode().isprintable():
            raise exceptions.AuthenticationFailed("Invalid token: it has characters that no token has. Copy it anew.")
        found: tuple[Any, Any] = super().authenticate_credentials(token)
        return found

    def validate_user(self, auth_token: Any) -> tuple[Any, Any]:
        """The person and the token, if the token belongs to a membership that is active.

        Raises:
            AuthenticationFailed: it does not.
        """
        user, token = super().validate_user(auth_token)
        if not Membership.objects.filter(api_tokens__token=token, is_active=True).exists():
            raise exceptions.AuthenticationFailed("This token belongs to nobody who may come in.")
        return user, token


def member_of(request: Request) -> Membership:
    """The membership that asks: the token's, else the one chosen in the session.

    Raises:
        NotAuthenticated: nobody is signed in.
        PermissionDenied: the person belongs to no company.
    """
    if not request.user.is_authenticated:
        raise exceptions.NotAuthenticated
    member = _of_token(request) if request.auth else getattr(request._request, "member", None)
    if member is None:
        raise exceptions.PermissionDenied("You belong to no company. An administrator can invite you.")
    return member


def _of_token(request: Request) -> Membership | None:
    known: Membership | None = getattr(request, "_member_of_token", None)
    if known is None:
        rows = Membership.objects.filter(api_tokens__token=request.auth, is_active=True)
        known = rows.select_related("company", "user").prefetch_related("privileges").first()
        request._member_of_token = known  # type: ignore[attr-defined]
    return known


class IsMember(BasePermission):
    """Somebody who belongs to a company."""

    def has_permission(self, request: Request, view: APIView) -> bool:
        """Whether somebody of a company asks; the operation says what they may."""
        return request.user.is_authenticated and member_of(request).is_active


class PerMember(UserRateThrottle):
    """A membership's requests a minute, counted in each web process."""

    scope = "member"
    # Counted here and not in Redis: a lost Redis must not stop the API.
    cache = LocMemCache("api-requests", {})

    def get_cache_key(self, request: Request, view: APIView) -> str | None:
        """One count a membership; nobody else gets this far."""
        return f"throttle:{member_of(request).pk}"
