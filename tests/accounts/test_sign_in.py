"""Signing in and out, by invitation only."""

from django.test import Client

from procore_sync.accounts.models import Membership


def test_it_signs_in_with_address_and_password(client: Client, max_pm: Membership) -> None:
    answer = client.post("/sign-in/", {"login": max_pm.user.email, "password": "secret"})

    assert answer.status_code == 302
    assert answer["Location"] == "/"
    assert client.get("/inbox/").status_code == 200
