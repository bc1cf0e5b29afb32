"""Who may: authorisation codes, grants, access and refresh tokens, and their lives by the emulator's clock."""

import json
import secrets
from dataclasses import asdict, dataclass
from typing import Any

from .clock import Clock
from .store import Store
from .switches import Switches

CODE_LIFE = 600
REFRESH_IDLE = 8_726_400
REFRESH_UNUSED = 100 * 86_400
HARD_CAP = 5 * 365 * 86_400


class InvalidGrant(Exception):
    """A code or refresh token that no longer, or never, was good. OAuth's invalid_grant."""


@dataclass
class Code:
    """An authorisation code waiting to be exchanged, once."""

    client: str
    redirect_uri: str
    realm: str
    scope: str
    born: float


@dataclass
class Grant:
    """A connection of one app to one company: its refresh token, when that value was born, when it was last used."""

    client: str
    realm: str
    scope: str
    born: float
    refresh: str
    refresh_born: float
    used: float
    previous: str = ""
    previous_until: float = 0.0
    revoked: bool = False


@dataclass
class Access:
    """An access token: the grant it belongs to (its first refresh token is the key) and when it ends."""

    grant: str
    until: float


def _token(prefix: str) -> str:
    return prefix + secrets.token_urlsafe(48)


class Grants:
    """All of them. Written through to the store; `load` takes them back."""

    def __init__(self, clock: Clock, store: Store, switches: Switches) -> None:
        self._clock, self._store, self._switches = clock, store, switches
        self.forget()

    @property
    def access_life(self) -> int:
        """Seconds that an access token lives."""
        return self._switches.number("access_token_seconds")

    def forget(self) -> None:
        """Every connection is gone."""
        self.codes: dict[str, Code] = {}
        self.grants: dict[str, Grant] = {}
        self.tokens: dict[str, Access] = {}
        self._by_refresh: dict[str, str] = {}

    def load(self, kind: str, key: str, body: str) -> None:
        """Take back one stored row."""
        kept: dict[str, Any] = json.loads(body)
        if kind == "code":
            self.codes[key] = Code(**kept)
        elif kind == "access":
            self.tokens[key] = Access(**kept)
        else:
            self._hold(key, Grant(**kept))

    def authorise(self, client: str, redirect_uri: str, realm: str, scope: str) -> str:
        """A fresh code."""
        key = _token("AB")
        self.codes[key] = Code(client, redirect_uri, realm, scope, self._clock.now())
        self._store.keep("code", "", key, json.dumps(asdict(self.codes[key])))
        return key

    def exchange(self, client: str, key: str, redirect_uri: str) -> tuple[Grant, str]:
        """The grant behind a code and its first access token. A code is gone after the first try."""
        code = self.codes.pop(key, None)
        self._store.forget("code", "", key)
        now = self._clock.now()
        if code is None or code.client != client or code.redirect_uri != redirect_uri or now - code.born > CODE_LIFE:
            raise InvalidGrant
        refresh = _token("RT1-")
        grant = Grant(client, code.realm, code.scope, now, refresh, now, now)
        self._hold(refresh, grant)
        return grant, self._access(refresh)

    def refresh(self, client: str, refresh: str) -> tuple[Grant, str]:
        """The grant behind a refresh token and a new access token; the refresh value changes with age."""
        key = self._by_refresh.get(refresh, "")
        grant = self.grants.get(key)
        now = self._clock.now()
        if grant is None or grant.revoked or grant.client != client or not self._is_good(grant, refresh, now):
            raise InvalidGrant
        if refresh == grant.refresh and now - grant.refresh_born >= self._switches.number(
            "refresh_rotates_every_seconds"
        ):
            grant.previous = refresh
            grant.previous_until = now + self._switches.number("refresh_overlap_seconds")
            grant.refresh, grant.refresh_born = _token("RT1-"), now
        grant.used = now
        self._hold(key, grant)
        return grant, self._access(key)

    def _is_good(self, grant: Grant, refresh: str, now: float) -> bool:
        if now - grant.used > REFRESH_UNUSED or now - grant.born > HARD_CAP:
            return False
        return refresh == grant.refresh or (refresh == grant.previous and now < grant.previous_until)

    def revoke(self, client: str, token: str) -> bool:
        """End the whole grant that either of its tokens belongs to. False for a token nobody knows."""
        access = self.tokens.get(token)
        key = access.grant if access is not None else self._by_refresh.get(token, "")
        grant = self.grants.get(key)
        if grant is None or grant.client != client:
            return False
        grant.revoked = True
        self._hold(key, grant)
        return True

    def check(self, token: str) -> tuple[Grant | None, str]:
        """The living grant of an access token, or None and the detail of the 401."""
        access = self.tokens.get(token)
        if access is None:
            return None, f"Malformed bearer token: {token[:6]}…" if token else "Missing bearer token"
        grant = self.grants[access.grant]
        if grant.revoked and self._switches["revoked_401_detail"] == "revoked":
            return None, "Token revoked"
        if grant.revoked or self._clock.now() >= access.until:
            return None, f"Token expired: {token[:6]}…"
        return grant, ""

    def connected(self, client: str, realm: str) -> bool:
        """Whether this app is connected to this company."""
        return any(one.client == client and one.realm == realm and not one.revoked for one in self.grants.values())

    def lives(self, grant: Grant) -> tuple[int, int]:
        """Seconds the refresh token lives unused, and at most."""
        hard = max(0, int(grant.born + HARD_CAP - self._clock.now()))
        return min(REFRESH_IDLE, hard), hard

    def _access(self, grant_key: str) -> str:
        now = self._clock.now()
        for old in [key for key, access in self.tokens.items() if access.grant == grant_key and access.until < now]:
            del self.tokens[old]
            self._store.forget("access", "", old)
        key = _token("eyJ")
        self.tokens[key] = Access(grant_key, now + self.access_life)
        self._store.keep("access", "", key, json.dumps(asdict(self.tokens[key])))
        return key

    def _hold(self, key: str, grant: Grant) -> None:
        self.grants[key] = grant
        self._by_refresh[grant.refresh] = key
        if grant.previous:
            self._by_refresh[grant.previous] = key
        self._store.keep("grant", "", key, json.dumps(asdict(grant)))
