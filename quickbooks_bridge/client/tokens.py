"""Getting, renewing and giving up the tokens of one QuickBooks company.

Storing them, and locking so that only one process renews at a time, is the caller's: see `TokenSource`.
"""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, Final, Protocol, TypeVar

import requests
from intuitlib.client import AuthClient
from intuitlib.enums import Scopes
from intuitlib.exceptions import AuthClientError
from urllib3.exceptions import HTTPError

from quickbooks_bridge.client.bodies import whole_body
from quickbooks_bridge.client.failures import of_network
from quickbooks_bridge.client.faults import (
    CATALOGUE,
    Cure,
    Entry,
    Fault,
    FaultKind,
    LedgerFault,
    not_sent,
    unknown,
    wait_in,
)
from quickbooks_bridge.client.settings import Endpoints, Timeouts, require_safe

T = TypeVar("T")

DISCOVERY_AGE: Final = 24 * 3600.0
"""Seconds for which the addresses of Intuit's sign-in service are believed."""

_DEFAULT: Final = Timeouts()
_MOST_BYTES: Final = 1024 * 1024
_READ_BY_THE_LIBRARY: Final = ("issuer", "jwks_uri", "userinfo_endpoint")
#: How long Intuit's tokens hold by its documentation, in seconds; and how long nothing does.
_ACCESS, _REFRESH, _NEVER = 3600, 8_726_400, 100 * 366 * 86400


class TokenFault(LedgerFault):
    """Tokens could not be had. No document was touched: kinds speak of the tokens only."""


class TokenSource(Protocol):
    """Where the transport gets its access token. Whoever implements it stores and locks."""

    def access_token(self) -> str:
        """A token that was good when last seen, renewed first if it is about to end."""

    def refreshed(self, stale: str) -> str:
        """A newer token than `stale`, which QuickBooks just answered with 401.

        Under a lock: if the stored token is no longer `stale`, somebody else has renewed it, and
        that one is returned without another call. The new refresh token is stored before the
        access token is used.

        Raises:
            TokenFault: it cannot be renewed.
        """


@dataclass(frozen=True)
class Tokens:
    """What one answer of the token endpoint gave. The refresh token replaces the one used."""

    access_token: str = field(repr=False)
    refresh_token: str = field(repr=False)
    access_expires_at: datetime
    refresh_expires_at: datetime
    hard_expires_at: datetime | None = None
    """When the connection ends however often it is renewed, if Intuit says so."""

    def is_due(self, now: datetime, margin: timedelta = timedelta(minutes=5)) -> bool:
        """Whether the access token has ended, or will within the margin."""
        return now + margin >= self.access_expires_at


def authorization_url(endpoints: Endpoints, state: str, timeouts: Timeouts = _DEFAULT) -> str:
    """Where to send the administrator's browser. `state` is yours to draw and to check on return.

    Raises:
        TokenFault: the sign-in service cannot be found.
    """
    if not state:
        raise ValueError("An unguessable state is needed; the library's own is not unguessable.")
    return str(_asked(endpoints, timeouts, lambda client: client.get_authorization_url([Scopes.ACCOUNTING], state)))


def exchange(endpoints: Endpoints, code: str, timeouts: Timeouts = _DEFAULT) -> Tokens:
    """Turn the code of the callback, which works once, into tokens.

    Raises:
        TokenFault: DISCONNECTED if the code is used up or too old.
    """
    return _granted(endpoints, timeouts, lambda client: client.get_bearer_token(code))


def refresh(endpoints: Endpoints, refresh_token: str, timeouts: Timeouts = _DEFAULT) -> Tokens:
    """Renew. Store what comes back, all of it, before using any of it.

    Raises:
        TokenFault: DISCONNECTED if Intuit does not accept the refresh token (an administrator has to
            connect again); UNKNOWN if the answer was lost, after which the old refresh token is
            the one to try again.
    """
    return _granted(endpoints, timeouts, lambda client: client.refresh(refresh_token))


def revoke(endpoints: Endpoints, token: str, timeouts: Timeouts = _DEFAULT) -> None:
    """End the connection at Intuit's side. Either token will do.

    Raises:
        TokenFault: DISCONNECTED if Intuit did not know the token (any more).
    """
    _asked(endpoints, timeouts, lambda client: client.revoke(token))


class _Client(AuthClient):  # type: ignore[misc]  # the library has no types
    """Intuit's client with time-outs, and without a discovery call in each construction."""

    def __init__(self, endpoints: Endpoints, timeouts: Timeouts) -> None:
        self.timeouts = timeouts
        super().__init__(
            endpoints.client_id, endpoints.client_secret, endpoints.redirect_uri, environment=endpoints.discovery_url
        )

    def get(self, url: str, **options: Any) -> requests.Response:
        """Discovery, the one thing the library gets: remembered for a day in this process."""
        return _DISCOVERED.get(url, lambda: super(_Client, self).get(url, **options))

    def request(self, method: str, url: str, **options: Any) -> requests.Response:
        headers = {**(options.pop("headers", None) or {}), "x-include-refresh-token-hard-expires-in": "true"}
        # An auth of our own, though it does nothing, keeps a .netrc from replacing the header.
        options["auth"] = options.get("auth") or _unchanged
        options["allow_redirects"] = False
        limits = (self.timeouts.connect, self.timeouts.read)
        deadline = time.monotonic() + self.timeouts.total
        response: requests.Response
        with super().request(method, url, headers=headers, timeout=limits, stream=True, **options) as response:
            response._content = _without_id_token(whole_body(response, deadline, _MOST_BYTES))
        return response


def _without_id_token(body: bytes) -> bytes:
    """We ask for none; one that comes all the same would have the library fetch keys without a time-out, and fail with
    the tokens in its hands if it does not like it.
    """
    try:
        told = json.loads(body)
    except (ValueError, RecursionError):
        return body
    if not isinstance(told, dict) or "id_token" not in told:
        return body
    return json.dumps({name: value for name, value in told.items() if name != "id_token"}).encode()


def _unchanged(request: requests.PreparedRequest) -> requests.PreparedRequest:
    return request


class _Discovered:
    """Good discovery answers by address, for one process."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._kept: dict[str, tuple[float, requests.Response]] = {}

    def get(self, url: str, fetch: Callable[[], requests.Response]) -> requests.Response:
        kept = self._kept.get(url)
        if kept and time.monotonic() - kept[0] < DISCOVERY_AGE:
            return kept[1]
        response = fetch()
        if response.status_code == 200:
            _check(response.json())
            with self._lock:
                self._kept[url] = (time.monotonic(), response)
        return response

    def clear(self) -> None:
        with self._lock:
            self._kept.clear()


_DISCOVERED: Final = _Discovered()


def forget_discovery() -> None:
    """Ask for the addresses again at the next call, for example because the emulator has moved."""
    _DISCOVERED.clear()


def _check(discovered: Mapping[str, Any]) -> None:
    for name in ("authorization_endpoint", "token_endpoint", "revocation_endpoint"):
        require_safe(str(discovered[name]), name)
    for name in _READ_BY_THE_LIBRARY:
        if name not in discovered:
            raise ValueError(f"no {name}")


def _granted(endpoints: Endpoints, timeouts: Timeouts, ask: Callable[[_Client], object]) -> Tokens:
    before = datetime.now(UTC)
    return _asked(endpoints, timeouts, lambda client: (ask(client), _tokens(client, before))[1])


def _tokens(client: _Client, before: datetime) -> Tokens:
    """Counted from before the request, so that no expiry is later than Intuit's own.

    Raises:
        KeyError, TypeError: the answer was no token answer.
    """
    granted = vars(client)
    hard = _seconds(granted.get("x_refresh_token_hard_expires_in"), 0)
    access = _seconds(granted.get("expires_in"), _ACCESS)
    held = _seconds(granted.get("x_refresh_token_expires_in"), _REFRESH)
    return Tokens(
        access_token=_text(granted["access_token"]),
        refresh_token=_text(granted["refresh_token"]),
        access_expires_at=before + timedelta(seconds=access),
        refresh_expires_at=before + timedelta(seconds=held),
        hard_expires_at=before + timedelta(seconds=hard) if hard else None,
    )


def _text(value: object) -> str:
    """A token, which goes into a header."""
    if isinstance(value, str) and value and value.isascii() and value.isprintable() and " " not in value:
        return value
    raise TypeError("The answer holds no token.")


def _seconds(told: object, otherwise: int) -> int:
    """How long something holds; `otherwise` where that is not said, or cannot be.

    The tokens of such an answer are good all the same, and the ones before them may be so no more: thrown away, they
    would end the connection.
    """
    try:
        seconds = int(told) if isinstance(told, (int, str)) and not isinstance(told, bool) else 0
    except ValueError:
        return otherwise
    return seconds if 0 < seconds < _NEVER else otherwise


def _asked(endpoints: Endpoints, timeouts: Timeouts, ask: Callable[[_Client], T]) -> T:
    """What `ask` gets from the library, or a TokenFault that holds on to no request and no token."""
    try:
        client = _Client(endpoints, timeouts)
    except (AuthClientError, requests.RequestException, HTTPError, KeyError, TypeError, ValueError, RecursionError):
        fault = _NO_SIGN_IN
    else:
        try:
            return ask(client)
        except AuthClientError as failure:
            fault = _of_answer(failure)
        except (KeyError, TypeError, RecursionError, requests.exceptions.InvalidJSONError):
            fault = _UNREADABLE
        except (requests.RequestException, HTTPError) as failure:
            fault = of_network(failure, writes=True)
        except ValueError:
            fault = _UNREADABLE
    raise TokenFault(fault)


_NO_SIGN_IN: Final = not_sent("The sign-in service of QuickBooks could not be found, so nothing was sent.")
_UNREADABLE: Final = unknown("The sign-in service of QuickBooks answered with something that cannot be read.")

_THROTTLED: Final = CATALOGUE[3001]
_ENDED: Final = Entry(
    FaultKind.DISCONNECTED,
    "QuickBooks has ended the connection; an administrator has to connect it again.",
    Cure.ADMINISTRATOR,
)
_WRONG_APP: Final = Entry(
    FaultKind.FORBIDDEN,
    "QuickBooks does not accept the client id and secret in this installation's settings.",
    Cure.ADMINISTRATOR,
)
_DECLINED: Final = Entry(
    FaultKind.REFUSED, "The sign-in service of QuickBooks refused the request.", Cure.ADMINISTRATOR
)
_BROKEN: Final = Entry(FaultKind.UNKNOWN, "The sign-in service of QuickBooks failed.", Cure.MACHINE)
BY_ERROR: Final = {
    "invalid_grant": _ENDED,
    "invalid_token": _ENDED,
    "invalid_client": _WRONG_APP,
    "unauthorized_client": _WRONG_APP,
}


def _of_answer(failure: AuthClientError) -> Fault:
    error = _error_name(failure.content)
    status = int(failure.status_code)
    entry = _entry(status, error)
    throttled = entry.kind is FaultKind.THROTTLED
    return Fault(
        kind=entry.kind,
        sentence=entry.sentence,
        cure=entry.cure,
        code=error,
        status=status,
        intuit_tid=failure.intuit_tid or "",
        retry_after=wait_in(failure.headers) if throttled else None,
    )


def _entry(status: int, error: str) -> Entry:
    if status == 429:
        return _THROTTLED
    if status >= 500 or status == 408:
        return _BROKEN
    return BY_ERROR.get(error, _WRONG_APP if status == 401 else _DECLINED)


def _error_name(content: bytes) -> str:
    try:
        answer = json.loads(content)
    except (ValueError, RecursionError):
        return ""
    error = answer.get("error") if isinstance(answer, dict) else None
    return error[:64] if isinstance(error, str) else ""
