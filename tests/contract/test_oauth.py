"""Checklist 1-12: authorisation, tokens, revocation. The number in a name is the number of the statement."""

import json
from urllib.parse import parse_qsl, urlsplit

import jwt
import requests
from intuitlib.client import AuthClient
from intuitlib.enums import Scopes

from .conftest import ACCOUNTING, CALLBACK, CLIENT, HARBOR_ROW, OTHER_BOOKS, WAIT, Company, Plane

DAY = 86_400
DISCOVERY = "/.well-known/openid_sandbox_configuration/"


def auth_client(plane: Plane) -> AuthClient:
    return AuthClient(*CLIENT, CALLBACK, plane.base + DISCOVERY)


def consent(plane: Plane, **changes: str) -> dict[str, str]:
    return {
        "client_id": CLIENT[0],
        "redirect_uri": CALLBACK,
        "scope": ACCOUNTING,
        "state": "a state & more",
        "response_type": "code",
        **changes,
    }


def decide(plane: Plane, decision: str, realm: str = OTHER_BOOKS) -> dict[str, str]:
    form = {**consent(plane), "decision": decision, "realm": realm}
    reply = requests.post(f"{plane.base}/connect/oauth2", data=form, allow_redirects=False, timeout=WAIT)
    assert reply.status_code == 303
    assert reply.headers["Location"].startswith(CALLBACK + "?")
    return dict(parse_qsl(urlsplit(reply.headers["Location"]).query))


def test_001_discovery_names_the_endpoints_and_the_client_library_constructs(plane: Plane) -> None:
    found = requests.get(plane.base + DISCOVERY, timeout=WAIT).json()
    for name in ("issuer", "authorization_endpoint", "token_endpoint", "userinfo_endpoint", "revocation_endpoint"):
        assert found[name].startswith(plane.base)
    client = auth_client(plane)
    assert client.jwks_uri == found["jwks_uri"]
    client.close()


def test_002_consent_returns_code_state_and_realm(plane: Plane) -> None:
    returned = decide(plane, "connect")
    assert returned["state"] == "a state & more"
    assert returned["realmId"] == OTHER_BOOKS
    assert returned["code"]


def test_002_the_consent_page_offers_every_company_and_works_without_script(plane: Plane) -> None:
    reply = requests.get(f"{plane.base}/connect/oauth2", params=consent(plane, state='"><b>'), timeout=WAIT)
    assert reply.status_code == 200
    for realm in plane.get("health")["companies"]:
        assert f'value="{realm}"' in reply.text
    assert "<b>" not in reply.text
    assert "<script" not in reply.text


def test_003_a_refusal_returns_access_denied_and_the_state(plane: Plane) -> None:
    assert decide(plane, "refuse") == {"error": "access_denied", "state": "a state & more"}


def test_003_an_unknown_app_is_told_so_and_never_sent_back(plane: Plane) -> None:
    asked = consent(plane, client_id="nobody")
    reply = requests.get(f"{plane.base}/connect/oauth2", params=asked, allow_redirects=False, timeout=WAIT)
    assert reply.status_code == 400
    assert "No app with the client id" in reply.text


def test_004_the_token_endpoint_demands_the_right_secret(plane: Plane) -> None:
    form = {"grant_type": "authorization_code", "code": plane.code(), "redirect_uri": CALLBACK}
    reply = plane.token(form, auth=(CLIENT[0], "wrong"))
    assert (reply.status_code, reply.json()["error"]) == (401, "invalid_client")
    assert requests.post(f"{plane.base}/oauth2/v1/tokens/bearer", data=form, timeout=WAIT).status_code == 401


def test_005_an_exchange_gives_the_documented_lifetimes(plane: Plane) -> None:
    tokens = plane.tokens()
    assert tokens["token_type"] == "bearer"
    assert (tokens["expires_in"], tokens["x_refresh_token_expires_in"]) == (3600, 8_726_400)
    assert "id_token" not in tokens


def test_006_a_code_works_once(plane: Plane) -> None:
    form = {"grant_type": "authorization_code", "code": plane.code(), "redirect_uri": CALLBACK}
    assert plane.token(form).status_code == 200
    again = plane.token(form)
    assert (again.status_code, again.json()["error"]) == (400, "invalid_grant")


def test_007_redirect_uri_must_equal_the_one_authorised(plane: Plane) -> None:
    form = {"grant_type": "authorization_code", "code": plane.code(), "redirect_uri": CALLBACK + "/"}
    reply = plane.token(form)
    assert (reply.status_code, reply.json()["error"]) == (400, "invalid_grant")


def test_008_a_refresh_gives_a_new_access_token_and_the_old_one_dies_at_its_hour(
    plane: Plane, company: Company
) -> None:
    tokens = plane.tokens()
    renewed = plane.refresh(tokens["refresh_token"]).json()
    assert renewed["access_token"] != tokens["access_token"]
    company.token = tokens["access_token"]
    assert company.call("GET", "vendor/14").status_code == 200
    plane.post("clock", advance_seconds=3601)
    assert company.call("GET", "vendor/14").status_code == 401


def test_009_the_refresh_token_rotates_after_a_day_and_its_old_value_is_refused(plane: Plane) -> None:
    first = plane.tokens()["refresh_token"]
    assert plane.refresh(first).json()["refresh_token"] == first
    plane.post("clock", advance_seconds=DAY)
    second = plane.refresh(first).json()["refresh_token"]
    assert second != first
    old = plane.refresh(first)
    assert old.status_code == 400
    assert old.json() == {
        "error": "invalid_grant",
        "error_description": "Incorrect or invalid refresh token",
    }
    assert plane.refresh(second).status_code == 200


def test_009_the_overlap_of_old_and_new_refresh_token_is_a_switch(plane: Plane) -> None:
    plane.post("switches", refresh_overlap_seconds=60, refresh_rotates_every_seconds=0)
    first = plane.tokens()["refresh_token"]
    second = plane.refresh(first).json()["refresh_token"]
    assert plane.refresh(first).json()["refresh_token"] == second
    plane.post("clock", advance_seconds=61)
    assert plane.refresh(first).status_code == 400


def test_010_a_refresh_token_unused_for_a_hundred_days_is_dead(plane: Plane) -> None:
    tokens = plane.tokens()
    plane.post("clock", advance_seconds=99 * DAY)
    rolled = plane.refresh(tokens["refresh_token"]).json()["refresh_token"]
    plane.post("clock", advance_seconds=101 * DAY)
    assert plane.refresh(rolled).json()["error"] == "invalid_grant"


def test_010_the_five_year_cap_is_told_only_to_who_asks_and_holds(plane: Plane) -> None:
    refresh = plane.tokens()["refresh_token"]
    assert "x_refresh_token_hard_expires_in" not in plane.refresh(refresh).json()
    asked = plane.refresh(refresh, **{"x-include-refresh-token-hard-expires-in": "true"}).json()
    assert 5 * 365 * DAY - 100 < asked["x_refresh_token_hard_expires_in"] <= 5 * 365 * DAY
    for _ in range(19):
        plane.post("clock", advance_seconds=96 * DAY)
        reply = plane.refresh(refresh).json()
        refresh = reply["refresh_token"]
    assert reply["x_refresh_token_expires_in"] <= DAY, "one day is left of the five years"
    plane.post("clock", advance_seconds=2 * DAY)
    assert plane.refresh(refresh).json()["error"] == "invalid_grant"


def test_011_a_revoke_ends_the_grant_by_either_token(plane: Plane, company: Company) -> None:
    for which in ("refresh_token", "access_token"):
        tokens = plane.tokens()
        client = auth_client(plane)
        assert client.revoke(token=tokens[which])
        client.close()
        company.token = tokens["access_token"]
        assert company.call("GET", "vendor/14").status_code == 401
        assert plane.refresh(tokens["refresh_token"]).json()["error"] == "invalid_grant"


def test_011_a_revoke_answers_with_an_empty_body(plane: Plane) -> None:
    url, token = f"{plane.base}/v2/oauth2/tokens/revoke", plane.tokens()["refresh_token"]
    body, headers = json.dumps({"token": token}), {"Content-Type": "application/json"}
    assert requests.post(url, data=body, headers=headers, auth=("x", "y"), timeout=WAIT).status_code == 401
    reply = requests.post(url, data=body, headers=headers, auth=CLIENT, timeout=WAIT)
    assert (reply.status_code, reply.content) == (200, b"")


def test_012_the_id_token_is_signed_with_the_published_key(plane: Plane) -> None:
    scope = f"{ACCOUNTING} openid profile email"
    token = plane.tokens(scope=scope)["id_token"]
    keys = jwt.PyJWKSet.from_dict(requests.get(f"{plane.base}/op/v1/jwks", timeout=WAIT).json())
    key = keys[jwt.get_unverified_header(token)["kid"]]
    claims = jwt.decode(token, key.key, algorithms=["RS256"], audience=CLIENT[0], issuer=f"{plane.base}/op/v1")
    assert claims["aud"] == [CLIENT[0]]
    assert claims["realmid"] == HARBOR_ROW


def test_012_the_client_library_goes_the_whole_way_unmodified(plane: Plane) -> None:
    client = auth_client(plane)
    client.get_authorization_url([Scopes.ACCOUNTING, Scopes.OPENID])
    client.get_bearer_token(plane.code(scope=f"{ACCOUNTING} openid email"), realm_id=HARBOR_ROW)
    assert client.id_token, "the library keeps an id_token only when it verifies"
    first = client.access_token
    client.refresh()
    assert client.access_token != first
    assert client.get_user_info().json()["email"] == "bea.keeper@example.com"
    assert client.revoke()
    client.close()
