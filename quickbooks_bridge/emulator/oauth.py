"""OAuth 2 and OpenID as QuickBooks does them: discovery, consent, tokens, revocation, keys and userinfo."""

import base64
import json
from collections.abc import Mapping
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

from aiohttp import web
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding

from .answers import answer, told
from .emulator import Emulator
from .gateway import Gateway, basic
from .grants import Grant, InvalidGrant
from .injection import Call
from .pages import page

KEY_ID = "emulator-1"
USER = {
    "sub": "8c1f3b52-2f6c-4c0e-9a55-6f1d0c2b7e11",
    "givenName": "Bea",
    "familyName": "Keeper",
    "email": "bea.keeper@example.com",
    "emailVerified": True,
}
HARD_EXPIRY_HEADER = "x-include-refresh-token-hard-expires-in"


def _coded(content: bytes) -> str:
    return base64.urlsafe_b64encode(content).rstrip(b"=").decode()


def _whole(number: int) -> str:
    return _coded(number.to_bytes((number.bit_length() + 7) // 8, "big"))


def back_to(redirect_uri: str, **parameters: str) -> str:
    """The redirect URI with these parameters added to its query."""
    joint = "&" if urlsplit(redirect_uri).query else "?"
    return redirect_uri + joint + urlencode({name: value for name, value in parameters.items() if value})


class OAuth:
    """The endpoints that the discovery document names."""

    def __init__(self, emulator: Emulator, gateway: Gateway, public_url: str) -> None:
        self._emulator, self._gateway, self._public_url = emulator, gateway, public_url

    def _base(self, request: web.Request) -> str:
        return f"{request.scheme}://{request.host}"

    async def discovery(self, request: web.Request) -> web.Response:
        """The discovery document; its addresses are those this request came by."""
        base = self._base(request)
        return told(
            {
                "issuer": f"{base}/op/v1",
                "authorization_endpoint": f"{self._public_url or base}/connect/oauth2",
                "token_endpoint": f"{base}/oauth2/v1/tokens/bearer",
                "userinfo_endpoint": f"{base}/v1/openid_connect/userinfo",
                "revocation_endpoint": f"{base}/v2/oauth2/tokens/revoke",
                "jwks_uri": f"{base}/op/v1/jwks",
                "response_types_supported": ["code"],
                "subject_types_supported": ["public"],
                "id_token_signing_alg_values_supported": ["RS256"],
                "scopes_supported": ["openid", "email", "profile", "address", "phone"],
                "token_endpoint_auth_methods_supported": ["client_secret_post", "client_secret_basic"],
                "claims_supported": ["aud", "exp", "iat", "iss", "realmid", "sub"],
            }
        )

    async def jwks(self, _request: web.Request) -> web.Response:
        """The public half of the signing key."""
        numbers = self._emulator.key.public_key().public_numbers()
        key = {"kty": "RSA", "use": "sig", "alg": "RS256", "kid": KEY_ID}
        return told({"keys": [{**key, "n": _whole(numbers.n), "e": _whole(numbers.e)}]})

    # consent

    def problem(self, asked: Mapping[str, str]) -> str:
        """Why no consent can be asked for, as a sentence; empty when it can."""
        if asked.get("client_id", "") not in self._emulator.clients:
            return f"No app with the client id “{asked.get('client_id', '')}” is registered here."
        uri = urlsplit(asked.get("redirect_uri", ""))
        if uri.scheme not in ("http", "https") or not uri.netloc or uri.fragment:
            return "The redirect_uri must be an absolute http or https address without a fragment."
        if asked.get("response_type", "code") != "code":
            return "The only response_type is “code”."
        return "" if asked.get("scope") else "The app asked for no scope."

    def decide(self, asked: Mapping[str, str], realm: str, accepted: bool) -> str:
        """Where the browser goes after a consent: to the app with a code, or with access_denied."""
        uri, state = asked["redirect_uri"], asked.get("state", "")
        if not accepted:
            return back_to(uri, error="access_denied", state=state)
        code = self._emulator.grants.authorise(asked["client_id"], uri, realm, asked["scope"])
        self._emulator.store.flush()
        return back_to(uri, code=code, state=state, realmId=realm)

    async def ask(self, request: web.Request) -> web.Response:
        """The consent page."""
        asked = request.query
        problem = self.problem(asked)
        if problem:
            return page("refused.html", 400, sentence=problem, title="This connection cannot be made")
        companies = {realm: books.info["CompanyName"] for realm, books in self._emulator.companies.items()}
        return page("consent.html", asked=dict(asked), companies=companies)

    async def decided(self, request: web.Request) -> web.Response:
        """The decision on the consent page."""
        form = await request.post()
        asked = {name: str(value) for name, value in form.items()}
        realm, accepted = asked.get("realm", ""), asked.get("decision") == "connect"
        problem = self.problem(asked)
        if not problem and accepted and realm not in self._emulator.companies:
            problem = "Choose one of the companies."
        if problem:
            return page("refused.html", 400, sentence=problem, title="This connection cannot be made")
        raise web.HTTPSeeOther(self.decide(asked, realm, accepted))

    # tokens

    async def token(self, request: web.Request) -> web.StreamResponse:
        """Code or refresh token for an access token."""
        call = await self._gateway.received(request, "token")
        return await self._gateway.pass_through(request, call, lambda one: self._token(request, one))

    def _token(self, request: web.Request, call: Call) -> web.Response:
        client, secret = basic(request)
        if not client or self._emulator.clients.get(client) != secret:
            return told({"error": "invalid_client"}, 401)
        form = dict(parse_qsl(call.body.decode("utf-8", "replace")))
        kind = form.get("grant_type")
        grants = self._emulator.grants
        try:
            if kind == "authorization_code":
                grant, access = grants.exchange(client, form.get("code", ""), form.get("redirect_uri", ""))
                return self._tokens(request, grant, access, "openid" in grant.scope.split())
            if kind == "refresh_token":
                grant, access = grants.refresh(client, form.get("refresh_token", ""))
                return self._tokens(request, grant, access, with_identity=False)
        except InvalidGrant:
            wrong = "Incorrect or invalid refresh token" if kind == "refresh_token" else "Invalid authorization code"
            return told({"error": "invalid_grant", "error_description": wrong}, 400)
        return told({"error": "unsupported_grant_type"}, 400)

    def _tokens(self, request: web.Request, grant: Grant, access: str, with_identity: bool) -> web.Response:
        lives, hard = self._emulator.grants.lives(grant)
        reply: dict[str, Any] = {
            "token_type": "bearer",
            "access_token": access,
            "expires_in": self._emulator.grants.access_life,
            "refresh_token": grant.refresh,
            "x_refresh_token_expires_in": lives,
        }
        if request.headers.get(HARD_EXPIRY_HEADER, "").lower() == "true":
            reply["x_refresh_token_hard_expires_in"] = hard
        if with_identity:
            reply["id_token"] = self._identity(request, grant)
        return told(reply)

    def _identity(self, request: web.Request, grant: Grant) -> str:
        now = int(self._emulator.clock.now())
        claims = {
            "iss": f"{self._base(request)}/op/v1",
            "aud": [grant.client],
            "sub": USER["sub"],
            "realmid": grant.realm,
            "iat": now,
            "auth_time": now,
            "exp": now + self._emulator.grants.access_life,
        }
        header = {"alg": "RS256", "kid": KEY_ID, "typ": "JWT"}
        signed = ".".join(_coded(json.dumps(part, separators=(",", ":")).encode()) for part in (header, claims))
        signature = self._emulator.key.sign(signed.encode(), padding.PKCS1v15(), hashes.SHA256())
        return f"{signed}.{_coded(signature)}"

    async def revoke(self, request: web.Request) -> web.StreamResponse:
        """End a connection."""
        call = await self._gateway.received(request, "revoke")
        return await self._gateway.pass_through(request, call, lambda one: self._revoke(request, one))

    def _revoke(self, request: web.Request, call: Call) -> web.Response:
        client, secret = basic(request)
        if not client or self._emulator.clients.get(client) != secret:
            return told({"error": "invalid_client"}, 401)
        text = call.body.decode("utf-8", "replace")
        try:
            given = json.loads(text)
        except (ValueError, RecursionError):
            given = dict(parse_qsl(text))
        token = given.get("token") if isinstance(given, dict) else None
        if not isinstance(token, str) or not self._emulator.grants.revoke(client, token):
            return told({"error": "invalid_request"}, 400)
        return answer(b"")

    async def userinfo(self, request: web.Request) -> web.Response:
        """Who consented; the claims that the scope allows."""
        scheme, _, token = request.headers.get("Authorization", "").partition(" ")
        grant, _ = self._emulator.grants.check(token.strip() if scheme.lower() == "bearer" else "")
        if grant is None or "openid" not in grant.scope.split():
            return told({"error": "invalid_token"}, 401)
        allowed = {"sub", *(["email", "emailVerified"] if "email" in grant.scope.split() else [])}
        if "profile" in grant.scope.split():
            allowed |= {"givenName", "familyName"}
        return told({name: value for name, value in USER.items() if name in allowed})
