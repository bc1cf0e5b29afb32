"""A program that asks for the head of a page gets what GET would say, and no body."""

from __future__ import annotations

from typing import Any

import pytest
from django.core.handlers.wsgi import WSGIHandler
from django.http.response import HttpResponseBase
from django.test import Client, RequestFactory
from django.urls import reverse

from procore_sync.accounts.models import Membership
from tests.cast import company, max_pm
from tests.factories import make_vendor

__all__ = ["company", "max_pm"]
SAID = ("Content-Type", "Content-Length", "Content-Disposition", "Location", "Allow")


def answers(method: str, address: str, client: Client) -> tuple[int, dict[str, str | None], bytes]:
    """As the server's application gives it: the test client would take the body of a HEAD away by itself."""
    environ = RequestFactory().generic(method, address).environ
    environ["HTTP_COOKIE"] = client.cookies.output(header="", sep=";")
    told: list[Any] = []
    answer: HttpResponseBase = WSGIHandler()(environ, lambda status, headers: told.append(int(status.split()[0])))  # type: ignore[arg-type]  # what it is, beside WSGI's words
    return told[0], {name: answer.get(name) for name in SAID}, b"".join(answer)


@pytest.mark.parametrize(
    ("address", "status"),
    [
        ("/", 200),
        (reverse("vendors:vendors"), 200),
        (reverse("vendors:vendors_file", args=("csv",)), 200),
        (reverse("vendors:new_vendor"), 200),
        ("/api/v1/vendors/", 200),
        ("/healthz", 200),
        (reverse("kit:theme"), 405),
        ("/vendors/999999/", 404),
    ],
)
@pytest.mark.django_db
def test_head_says_what_get_says_without_its_body(
    client: Client, max_pm: Membership, address: str, status: int
) -> None:
    make_vendor(max_pm, "Acme")
    client.force_login(max_pm.user)

    got, head = answers("GET", address, client), answers("HEAD", address, client)

    assert (got[0], head[0]) == (status, status)
    assert head[1] == got[1]
    assert got[2]
    assert head[2] == b""


@pytest.mark.django_db
def test_who_is_not_signed_in_is_led_to_the_sign_in_page_for_a_head_too(client: Client) -> None:
    assert answers("HEAD", "/vendors/", client)[:2] == answers("GET", "/vendors/", client)[:2]
