"""A browser for thousands of requests."""

from __future__ import annotations

from functools import cache

from django.conf import settings
from django.test import Client
from django.test.client import ClientHandler


@cache
def _handler() -> ClientHandler:
    """The whole of the middleware, which each client would otherwise make for itself."""
    handler = ClientHandler(enforce_csrf_checks=False)
    handler.load_middleware()
    return handler


def browser_of(session: str | None) -> Client:
    """The browser of whoever this session is; without one, of somebody who is signed out."""
    client = Client()
    client.handler = _handler()
    if session is not None:
        client.cookies[settings.SESSION_COOKIE_NAME] = session
    return client
