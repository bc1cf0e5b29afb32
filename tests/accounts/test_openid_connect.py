"""Signing in by OpenID Connect, as the settings switch it on, against a provider that speaks the protocol."""

from __future__ import annotations

import base64
import hashlib
import json
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any
from urllib.parse import parse_qs, parse_qsl, urlsplit

import jwt
import pytest
from allauth.socialaccount.models import SocialAccount
from django.test import Client
from pytest_django import Settings

from procore_sync.accounts.models import Membership, User

pytestmark = pytest.mark.django_db
SECRET = "only-for-tests-and-long-enough-for-a-signature"


class Provider(HTTPServer):
    """A company's own sign-in: discovery, token with PKCE, and who it is."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Answers)
        self.url = f"http://127.0.0.1:{self.server_port}"
        self.person: dict[str, Any] = {}
        self.challenge = ""

    def token(self, asked: dict[str, str]) -> dict[str, Any]:
        """Tokens for the code, if the one who asks is the one who began."""
        proof = base64.urlsafe_b64encode(hashlib.sha256(asked["code_verifier"].encode()).digest()).rstrip(b"=")
        if (asked["code"], proof.decode()) != ("the-code", self.challenge):
            return {"error": "invalid_grant"}
        about = {"iss": self.url, "aud": "console", "exp": int(time.time()) + 60, "iat": int(time.time())}
        signed = jwt.encode({**about, **self.person}, SECRET, algorithm="HS256")
        return {"access_token": "the-token", "token_type": "Bearer", "expires_in": 60, "id_token": signed}


class Answers(BaseHTTPRequestHandler):
    """Its addresses."""

    server: Provider

    def do_GET(self) -> None:
        if self.path.startswith("/.well-known/openid-configuration"):
            url = self.server.url
            self.answer(
                {
                    "issuer": url,
                    "authorization_endpoint": f"{url}/authorize",
                    "token_endpoint": f"{url}/token",
                    "userinfo_endpoint": f"{url}/me",
                    "jwks_uri": f"{url}/keys",
                }
            )
        else:
            assert self.headers["Authorization"] == "Bearer the-token"
            self.answer(self.server.person)

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"])).decode()
        self.answer(self.server.token(dict(parse_qsl(body))))

    def answer(self, said: dict[str, Any]) -> None:
        """200 with JSON."""
        content = json.dumps(said).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, format: str, *args: Any) -> None:
        """Say nothing."""


@pytest.fixture
def provider(settings: Settings) -> Iterator[Provider]:
    server = Provider()
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()
    app = {
        "provider_id": "company",
        "name": "Harbor ID",
        "client_id": "console",
        "secret": "secret",
        "settings": {"server_url": server.url, "oauth_pkce_enabled": True},
    }
    settings.SOCIALACCOUNT_PROVIDERS = {"openid_connect": {"APPS": [app]}}
    yield server
    server.shutdown()
    server.server_close()


def begun(client: Client, provider: Provider) -> str:
    """Press the button on the page of signing in; returns the state that the provider was given."""
    assert b"Harbor ID" in client.get("/sign-in/").content
    return state_of(client.post("/sign-in/oidc/company/login/"), provider)


def begun_to_connect(client: Client, provider: Provider) -> str:
    """Follow the link by which somebody signed in ties their sign-in over there; returns the state."""
    return state_of(client.get("/sign-in/oidc/company/login/?process=connect"), provider)


def state_of(answer: Any, provider: Provider) -> str:
    """What the provider was given, who is asked now."""
    asked = urlsplit(str(answer.url))
    given = {name: found[0] for name, found in parse_qs(asked.query).items()}
    assert asked.path == "/authorize"
    assert given["code_challenge_method"] == "S256"
    provider.challenge = given["code_challenge"]
    return given["state"]


def who(client: Client) -> User | None:
    """Who is signed in."""
    found = client.session.get("_auth_user_id")
    return User.objects.get(pk=found) if found else None


def back(client: Client, **given: str) -> Any:
    """The provider sends the browser back."""
    return client.get("/sign-in/oidc/company/login/callback/", given, follow=True)


def test_an_invited_person_comes_in_by_the_companys_own_sign_in(
    client: Client, provider: Provider, max_pm: Membership
) -> None:
    provider.person = {"sub": "s-1", "email": max_pm.user.email, "email_verified": True, "name": "Max"}
    back(client, code="the-code", state=begun(client, provider))
    assert who(client) == max_pm.user
    again = Client()
    back(again, code="the-code", state=begun(again, provider))
    assert who(again) == max_pm.user
    assert User.objects.count() == 1


def test_a_stranger_is_told_that_accounts_are_made_by_invitation(client: Client, provider: Provider) -> None:
    provider.person = {"sub": "s-2", "email": "eve@evil.example", "email_verified": True}
    answer = back(client, code="the-code", state=begun(client, provider))
    assert "Accounts are made by invitation" in answer.content.decode()
    assert (who(client), User.objects.count()) == (None, 0)


@pytest.mark.parametrize("there", ["nobody", "something else"])
def test_a_provider_that_is_away_is_said_where_its_button_is_pressed(
    client: Client, provider: Provider, there: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    if there == "nobody":
        provider.shutdown()
        provider.server_close()
    else:
        monkeypatch.setattr(Answers, "do_GET", lambda self: self.answer({"hello": "I am another service."}))

    answer = client.get("/sign-in/oidc/company/login/")

    assert answer.status_code == 409
    assert "The other sign-in page cannot be reached now" in answer.content.decode()
    assert 'href="/sign-in/"' in answer.content.decode()


@pytest.mark.parametrize(
    "given",
    [
        {"code": "the-code", "state": "somebody-elses"},
        {"code": "the-code"},
        {"code": "an-expired-code", "state": "=mine"},
        {"error": "server_error", "state": "=mine"},
        {"error": "access_denied", "state": "=mine"},
    ],
    ids=["state of another", "no state", "expired code", "failure there", "refused there"],
)
def test_what_comes_back_wrong_signs_nobody_in_and_says_so(
    given: dict[str, str], client: Client, provider: Provider, max_pm: Membership
) -> None:
    provider.person = {"sub": "s-1", "email": max_pm.user.email, "email_verified": True}
    state = begun(client, provider)
    answer = back(client, **{name: state if value == "=mine" else value for name, value in given.items()})
    assert who(client) is None
    assert answer.status_code < 500
    page = answer.content.decode()
    assert ("decided to cancel" if given.get("error") == "access_denied" else "did not vouch for you") in page
    assert '<a href="/sign-in/">' in page or 'href="/sign-in/">Sign in</a>' in page


def test_who_is_signed_in_ties_no_stranger_to_his_account(
    client: Client, provider: Provider, max_pm: Membership
) -> None:
    """A link on any page can begin it, and the browser may be signed in over there as somebody else."""
    client.post("/sign-in/", {"login": max_pm.user.email, "password": "secret"})
    provider.person = {"sub": "s-9", "email": "eve@evil.example", "email_verified": True}
    for verified in (True, False):
        provider.person["email_verified"] = verified
        provider.person["email"] = "eve@evil.example" if verified else max_pm.user.email
        answer = back(client, code="the-code", state=begun_to_connect(client, provider))
        assert "it has to vouch for the very address that was invited" in answer.content.decode()

    stranger = Client()
    back(stranger, code="the-code", state=begun(stranger, provider))
    assert (who(stranger), SocialAccount.objects.count()) == (None, 0)
    assert who(client) == max_pm.user


def test_who_is_signed_in_ties_himself(client: Client, provider: Provider, max_pm: Membership) -> None:
    client.post("/sign-in/", {"login": max_pm.user.email, "password": "secret"})
    provider.person = {"sub": "s-1", "email": max_pm.user.email.upper(), "email_verified": True}
    back(client, code="the-code", state=begun_to_connect(client, provider))

    assert SocialAccount.objects.get().user == max_pm.user
    provider.person |= {"email": "max@elsewhere.example", "email_verified": False}
    back(client, code="the-code", state=begun_to_connect(client, provider))
    assert SocialAccount.objects.get().user == max_pm.user
