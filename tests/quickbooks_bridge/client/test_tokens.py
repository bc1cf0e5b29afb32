from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
import requests
import responses

from quickbooks_bridge.client import tokens
from quickbooks_bridge.client.faults import Cure, Fault, FaultKind
from quickbooks_bridge.client.settings import Endpoints
from quickbooks_bridge.client.tokens import TokenFault, Tokens

from .conftest import ADDRESS

DISCOVERED = {
    "issuer": f"{ADDRESS}/op/v1",
    "authorization_endpoint": f"{ADDRESS}/connect/oauth2",
    "token_endpoint": f"{ADDRESS}/oauth2/v1/tokens/bearer",
    "revocation_endpoint": f"{ADDRESS}/v2/oauth2/tokens/revoke",
    "jwks_uri": f"{ADDRESS}/op/v1/jwks",
    "userinfo_endpoint": f"{ADDRESS}/v1/openid_connect/userinfo",
}
GRANTED = {
    "token_type": "bearer",
    "access_token": "new-access",
    "refresh_token": "new-refresh",
    "expires_in": 3600,
    "x_refresh_token_expires_in": 8726400,
}


@pytest.fixture
def intuit(wire: responses.RequestsMock) -> responses.RequestsMock:
    wire.get(f"{ADDRESS}/discovery", json=DISCOVERED)
    return wire


def fault_of(call: Callable[[], object]) -> Fault:
    with pytest.raises(TokenFault) as raised:
        call()
    assert raised.value.__context__ is None
    assert raised.value.__cause__ is None
    return raised.value.fault


def test_it_sends_the_browser_where_discovery_says(endpoints: Endpoints, intuit: responses.RequestsMock) -> None:
    url = urlsplit(tokens.authorization_url(endpoints, "unguessable"))
    assert f"{url.scheme}://{url.netloc}{url.path}" == DISCOVERED["authorization_endpoint"]
    assert parse_qs(url.query) == {
        "client_id": ["demo-client"],
        "response_type": ["code"],
        "scope": ["com.intuit.quickbooks.accounting"],
        "redirect_uri": ["https://console.test/callback"],
        "state": ["unguessable"],
    }


def test_it_does_not_let_the_library_draw_a_guessable_state(endpoints: Endpoints) -> None:
    with pytest.raises(ValueError, match="state"):
        tokens.authorization_url(endpoints, "")


def test_it_exchanges_a_code(endpoints: Endpoints, intuit: responses.RequestsMock) -> None:
    intuit.post(DISCOVERED["token_endpoint"], json=GRANTED)
    before = datetime.now(UTC)
    got = tokens.exchange(endpoints, "the-code")
    sent: Any = intuit.calls[1].request
    assert parse_qs(sent.body) == {
        "grant_type": ["authorization_code"],
        "code": ["the-code"],
        "redirect_uri": ["https://console.test/callback"],
    }
    assert sent.headers["Authorization"].startswith("Basic ")
    assert (got.access_token, got.refresh_token) == ("new-access", "new-refresh")
    assert before <= got.access_expires_at - timedelta(hours=1) <= datetime.now(UTC)
    assert before <= got.refresh_expires_at - timedelta(seconds=8726400) <= datetime.now(UTC)
    assert got.hard_expires_at is None


def test_it_renews_and_asks_when_the_connection_ends_for_good(
    endpoints: Endpoints, intuit: responses.RequestsMock
) -> None:
    intuit.post(DISCOVERED["token_endpoint"], json={**GRANTED, "x_refresh_token_hard_expires_in": 86400})
    got = tokens.refresh(endpoints, "old-refresh")
    sent: Any = intuit.calls[1].request
    assert parse_qs(sent.body) == {"grant_type": ["refresh_token"], "refresh_token": ["old-refresh"]}
    assert sent.headers["x-include-refresh-token-hard-expires-in"] == "true"
    assert got.hard_expires_at is not None
    assert got.hard_expires_at.tzinfo is not None


def test_it_revokes(endpoints: Endpoints, intuit: responses.RequestsMock) -> None:
    intuit.post(DISCOVERED["revocation_endpoint"], status=200, body="")
    tokens.revoke(endpoints, "old-refresh")
    assert intuit.calls[1].request.body == '{"token": "old-refresh"}'


def test_it_asks_for_the_addresses_once(endpoints: Endpoints, intuit: responses.RequestsMock) -> None:
    intuit.post(DISCOVERED["token_endpoint"], json=GRANTED)
    for _ in range(3):
        tokens.refresh(endpoints, "old-refresh")
    assert [call.request.method for call in intuit.calls] == ["GET", "POST", "POST", "POST"]


def test_it_gives_every_call_a_time_limit(endpoints: Endpoints, intuit: responses.RequestsMock) -> None:
    intuit.post(DISCOVERED["token_endpoint"], json=GRANTED)
    tokens.refresh(endpoints, "old-refresh")
    calls: Any = intuit.calls
    assert [call.request.req_kwargs["timeout"] for call in calls] == [(3.05, 20.0), (3.05, 20.0)]


def test_it_does_not_follow_a_redirect_with_the_client_secret(
    endpoints: Endpoints, intuit: responses.RequestsMock
) -> None:
    intuit.post(DISCOVERED["token_endpoint"], status=307, headers={"Location": f"{ADDRESS}/elsewhere"})
    assert fault_of(lambda: tokens.refresh(endpoints, "old-refresh")).kind is FaultKind.REFUSED
    assert len(intuit.calls) == 2


ANSWERS = [
    (400, '{"error":"invalid_grant","error_description":"Incorrect or invalid refresh token"}', "disconnected"),
    (400, '{"error":"invalid_request"}', "refused"),
    (400, "", "refused"),
    (401, '{"error":"invalid_client"}', "forbidden"),
    (401, "<html>", "forbidden"),
    (403, '{"error":["odd"]}', "refused"),
    (429, "<IntuitResponse/>", "throttled"),
    (500, "<html>", "unknown"),
    (503, '{"error":"invalid_grant"}', "unknown"),
    (302, "", "refused"),
    (200, "<html>", "unknown"),
    (200, "{}", "unknown"),
    (200, '{"access_token":"a"}', "unknown"),
    (200, '{"access_token":"","refresh_token":"b","expires_in":3600,"x_refresh_token_expires_in":1}', "unknown"),
    (200, '{"access_token":"a\\r\\nb","refresh_token":"b","expires_in":3600}', "unknown"),
    (200, '{"access_token":"\\u20ac","refresh_token":"b","expires_in":3600}', "unknown"),
    (200, "[]", "unknown"),
    (200, '"x"', "unknown"),
    (200, "[" * 100_000, "unknown"),
    (200, "", "unknown"),
]


@pytest.mark.parametrize(("status", "body", "kind"), ANSWERS)
def test_it_tells_what_a_failed_renewal_means(
    status: int, body: str, kind: str, endpoints: Endpoints, intuit: responses.RequestsMock
) -> None:
    intuit.post(DISCOVERED["token_endpoint"], status=status, body=body, headers={"intuit_tid": "1-abc"})
    fault = fault_of(lambda: tokens.refresh(endpoints, "old-refresh"))
    assert fault.kind == kind
    assert "old-refresh" not in repr(fault)


@pytest.mark.parametrize("odd", [None, "soon", "3600", -5, 0, 10**30, "1e999", True, [3600], {}])
def test_new_tokens_are_kept_however_long_they_are_said_to_hold(
    odd: object, endpoints: Endpoints, intuit: responses.RequestsMock
) -> None:
    """The ones before may be good no more: thrown away, these would end the connection."""
    lifetimes = ("expires_in", "x_refresh_token_expires_in", "x_refresh_token_hard_expires_in")
    intuit.post(DISCOVERED["token_endpoint"], json={**GRANTED, **dict.fromkeys(lifetimes, odd)})
    before = datetime.now(UTC)
    got = tokens.refresh(endpoints, "old-refresh")
    assert (got.access_token, got.refresh_token) == ("new-access", "new-refresh")
    assert before < got.access_expires_at <= datetime.now(UTC) + timedelta(hours=1)
    assert got.refresh_expires_at > before
    assert (got.hard_expires_at is None) == (odd != "3600")


def test_new_tokens_are_kept_where_nothing_is_said_of_how_long_they_hold(
    endpoints: Endpoints, intuit: responses.RequestsMock
) -> None:
    intuit.post(DISCOVERED["token_endpoint"], json={"access_token": "new-access", "refresh_token": "new-refresh"})
    got = tokens.refresh(endpoints, "old-refresh")
    assert got.refresh_token == "new-refresh"
    assert got.refresh_expires_at > datetime.now(UTC) + timedelta(days=99)


@pytest.mark.parametrize("told", ["x.y.z", "e30.e30.e30", 7, "not one"])
def test_an_id_token_that_nobody_asked_for_is_not_looked_at(
    told: object, endpoints: Endpoints, intuit: responses.RequestsMock
) -> None:
    intuit.post(DISCOVERED["token_endpoint"], json={**GRANTED, "id_token": told})
    assert tokens.refresh(endpoints, "old-refresh").refresh_token == "new-refresh"
    assert len(intuit.calls) == 2


def test_addresses_that_lack_one_are_asked_for_again(endpoints: Endpoints, wire: responses.RequestsMock) -> None:
    wire.get(f"{ADDRESS}/discovery", json={name: at for name, at in DISCOVERED.items() if name != "issuer"})
    wire.get(f"{ADDRESS}/discovery", json=DISCOVERED)
    fault_of(lambda: tokens.authorization_url(endpoints, "unguessable"))
    assert tokens.authorization_url(endpoints, "unguessable")


def test_an_ended_connection_is_for_the_administrator(endpoints: Endpoints, intuit: responses.RequestsMock) -> None:
    intuit.post(
        DISCOVERED["token_endpoint"], status=400, json={"error": "invalid_grant"}, headers={"intuit_tid": "1-abc"}
    )
    fault = fault_of(lambda: tokens.refresh(endpoints, "old-refresh"))
    assert (fault.cure, fault.code, fault.status, fault.intuit_tid) == (
        Cure.ADMINISTRATOR,
        "invalid_grant",
        400,
        "1-abc",
    )


def test_a_lost_answer_is_unknown(endpoints: Endpoints, intuit: responses.RequestsMock) -> None:
    intuit.post(DISCOVERED["token_endpoint"], body=requests.ReadTimeout("silence"))
    assert fault_of(lambda: tokens.refresh(endpoints, "old-refresh")).kind is FaultKind.UNKNOWN


@pytest.mark.parametrize(
    "answer",
    [
        {"body": requests.ReadTimeout("silence")},
        {"status": 500, "body": ""},
        {"body": "<html>"},
        {"json": {}},
        {"json": {**DISCOVERED, "token_endpoint": "http://elsewhere.example.com/token"}},
        {"json": {**DISCOVERED, "revocation_endpoint": None}},
    ],
)
def test_without_good_addresses_no_secret_is_sent(
    answer: dict[str, Any], endpoints: Endpoints, wire: responses.RequestsMock
) -> None:
    wire.get(f"{ADDRESS}/discovery", **answer)
    fault = fault_of(lambda: tokens.refresh(endpoints, "old-refresh"))
    assert fault.kind is FaultKind.NOT_SENT
    assert len(wire.calls) == 1


def test_a_bad_discovery_is_not_remembered(endpoints: Endpoints, wire: responses.RequestsMock) -> None:
    wire.get(f"{ADDRESS}/discovery", status=500, json=DISCOVERED)
    wire.get(f"{ADDRESS}/discovery", json=DISCOVERED)
    fault_of(lambda: tokens.authorization_url(endpoints, "unguessable"))
    assert tokens.authorization_url(endpoints, "unguessable")


def test_tokens_are_not_shown(
    endpoints: Endpoints, intuit: responses.RequestsMock, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    intuit.post(DISCOVERED["token_endpoint"], json=GRANTED)
    got = tokens.refresh(endpoints, "old-refresh")
    seen = f"{got!r} {got} {caplog.text}"
    assert not any(secret in seen for secret in ("new-access", "new-refresh", "old-refresh", "demo-secret"))


def test_a_netrc_file_does_not_replace_the_client_secret(
    endpoints: Endpoints, intuit: responses.RequestsMock, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    netrc = tmp_path / "netrc"
    netrc.write_text("machine quickbooks.test login somebody password else\n")
    monkeypatch.setenv("NETRC", str(netrc))
    intuit.post(DISCOVERED["token_endpoint"], json=GRANTED)
    tokens.refresh(endpoints, "old-refresh")
    assert intuit.calls[1].request.headers["Authorization"] == "Basic ZGVtby1jbGllbnQ6ZGVtby1zZWNyZXQ="


@pytest.mark.parametrize(("minutes", "due"), [(4, True), (6, False), (-1, True)])
def test_it_is_due_a_little_before_it_ends(minutes: int, due: bool) -> None:
    now = datetime(2026, 3, 1, 12, tzinfo=UTC)
    held = Tokens("a", "b", now + timedelta(minutes=minutes), now + timedelta(days=100))
    assert held.is_due(now) is due
