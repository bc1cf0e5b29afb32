"""The one gate to the QuickBooks API: python-quickbooks builds the requests, this sends them.

Ours are the session (the library knows no time-out), the address, the exact numbers, the token for
each try, the limits, and the classified outcome with status, `intuit_tid` and timing, all of which
the library drops.
"""

from __future__ import annotations

import logging
import os
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from http.cookiejar import DefaultCookiePolicy
from typing import Any, Final, Protocol

import requests
from quickbooks import QuickBooks
from requests.adapters import HTTPAdapter
from urllib3.exceptions import HTTPError

from quickbooks_bridge.client.bodies import whole_body
from quickbooks_bridge.client.failures import of_network
from quickbooks_bridge.client.faults import (
    Cure,
    Fault,
    FaultKind,
    LedgerFault,
    classify,
    errors_of,
    garbled,
    not_sent,
    wait_in,
)
from quickbooks_bridge.client.limiter import Limiter, LimiterDown, LimitReached, Unlimited
from quickbooks_bridge.client.settings import Endpoints, Timeouts
from quickbooks_bridge.client.tokens import TokenFault, TokenSource
from quickbooks_bridge.client.wire import Answer, keepable, parse

log = logging.getLogger(__name__)

MINOR_VERSION: Final = 75
REQUEST_ID_LIMIT: Final = 50
LIMITER_CODE: Final = "limiter"
"""The `code` of a NOT_SENT fault that our own limiter gave."""


@dataclass(frozen=True)
class Call:
    """One request as it will be sent, again and again the same: no token is in it."""

    method: str
    url: str
    params: Mapping[str, str | int]
    body: bytes
    content_type: str
    request_id: str

    @property
    def writes(self) -> bool:
        """Whether it can change anything: a query is a POST too."""
        return self.method != "GET" and not self.url.endswith("/query")

    @property
    def is_batch(self) -> bool:
        """Whether it carries several documents, for which QuickBooks has a limit of its own and takes its time."""
        return self.url.endswith("/batch")

    @property
    def takes_time(self) -> bool:
        """Whether QuickBooks may be busy with it for longer than with one document."""
        return self.is_batch or self.url.endswith("/upload")

    @property
    def name(self) -> str:
        """What a log may know of it: no parameters, for they hold people's names."""
        return f"{self.method} {self.url.partition('/company/')[2]}"


class Meter(Protocol):
    """Counts what QuickBooks meters."""

    def read(self) -> None:
        """A call that only reads went out, whatever came of it. Never fails."""


@dataclass(frozen=True)
class Received:
    """What came back, read to its end. Headers only as far as they are needed."""

    status: int
    text: str
    intuit_tid: str
    retry_after: float
    elapsed_ms: int


class Transport(QuickBooks):  # type: ignore[misc]  # the library has no types
    """One company's calls. Not to be shared between threads; connections are shared by all of a process."""

    def __new__(cls, *_args: object, **_options: object) -> Transport:
        instance: Transport = super().__new__(cls, minorversion=MINOR_VERSION)
        return instance

    def __init__(
        self,
        endpoints: Endpoints,
        realm: str,
        tokens: TokenSource,
        limiter: Limiter | None = None,
        timeouts: Timeouts | None = None,
        meter: Meter | None = None,
    ) -> None:
        if not (realm.isascii() and realm.isdigit()):
            raise ValueError("A QuickBooks company is named by digits only.")
        self.company_id = realm
        self.last_tid = self.last_request_id = ""
        self.session = _session()
        self._v3_url = endpoints.v3_url
        self._tokens = tokens
        self._limiter = limiter or Unlimited()
        self._timeouts = timeouts or Timeouts()
        self._meter = meter
        #: Asked right before a request that writes goes out: "", or the sentence why it must not.
        self.why_not_write: Callable[[], str] = lambda: ""

    def __repr__(self) -> str:
        return f"<Transport to company {self.company_id}>"

    @property
    def api_url(self) -> str:
        """The configured address; the library's own choice is production whenever it is in doubt."""
        return self._v3_url

    @property
    def company_url(self) -> str:
        return f"{self.api_url}/company/{self.company_id}"

    def make_request(  # noqa: PLR0913  # the library's signature, which its other methods call
        self,
        request_type: str,
        url: str,
        request_body: str | None = None,
        content_type: str = "application/json",
        params: Mapping[str, str | int] | None = None,
        file_path: str | None = None,
        file_bytes: bytes | None = None,
        request_id: str | None = None,
    ) -> Answer:
        """Send one request, renewing the token once if it must be, and return a good answer.

        Raises:
            LedgerFault: anything else, classified.
        """
        if file_path or file_bytes:
            raise ValueError("Files are sent by `Ledger.upload`.")
        numbered = {} if request_id is None else {"requestid": checked_request_id(request_id)}
        call = Call(
            method=request_type,
            url=url,
            params={**(params or {}), **numbered, "minorversion": self.minorversion},
            body=(request_body or "").encode(),
            content_type=content_type,
            request_id=request_id or "",
        )
        return self._answer(call, self._received(call))

    def _received(self, call: Call) -> Received:
        token = self._token(call)
        received = self._counted(call, token)
        if received.status == 401:
            received = self._counted(call, self._token(call, stale=token))
        return received

    def _counted(self, call: Call, token: str) -> Received:
        """Send it, and count it if it reads and was not held back here."""
        try:
            received = self._send(call, token)
        except LedgerFault as failure:
            if failure.fault.code != LIMITER_CODE:
                self._count(call)
            raise
        self._count(call)
        return received

    def _count(self, call: Call) -> None:
        if self._meter is not None and not call.writes:
            self._meter.read()

    def _token(self, call: Call, stale: str | None = None) -> str:
        """The token to use; a failure to get one never leaves a document in doubt, nor does it refuse one."""
        try:
            return self._tokens.access_token() if stale is None else self._tokens.refreshed(stale)
        except TokenFault as failure:
            fault = replace(failure.fault, request_id=call.request_id, writes=call.writes)
        if fault.kind in (FaultKind.UNKNOWN, FaultKind.REFUSED):
            fault = replace(fault, kind=FaultKind.NOT_SENT)
        raise TokenFault(fault)

    def _send(self, call: Call, token: str) -> Received:
        refused: Fault
        try:
            with self._limiter.acquire(self.company_id, batch=call.is_batch):
                return self._exchanged(call, token)
        except LimitReached as full:
            refused = not_sent(str(full), code=LIMITER_CODE, retry_after=full.retry_after)
        except LimiterDown as down:
            refused = not_sent(str(down), cure=Cure.ADMINISTRATOR, code=LIMITER_CODE)
        raise LedgerFault(replace(refused, request_id=call.request_id, writes=call.writes))

    def _exchanged(self, call: Call, token: str) -> Received:
        why_not = self.why_not_write() if call.writes else ""
        if why_not:
            raise LedgerFault(replace(not_sent(why_not), request_id=call.request_id, writes=True))
        self.last_request_id = call.request_id or self.last_request_id
        started = time.monotonic()
        try:
            return self._round_trip(call, token, started)
        except (requests.RequestException, HTTPError, ValueError) as failure:
            fault = of_network(failure, writes=call.writes)
        # Raised out here so that it does not carry the request, and with it the token, as its context.
        fault = replace(fault, elapsed_ms=_ms_since(started), request_id=call.request_id, writes=call.writes)
        self._log(call, fault)
        raise LedgerFault(fault)

    def _round_trip(self, call: Call, token: str, started: float) -> Received:
        times = self._timeouts
        read, total = (times.batch, times.batch) if call.takes_time else (times.read, times.total)
        with self.session.request(
            call.method,
            call.url,
            params=call.params,
            data=call.body or None,
            headers={"Accept": "application/json", "Content-Type": call.content_type},
            auth=_Bearer(token),
            timeout=(times.connect, read),
            allow_redirects=False,
            stream=True,
        ) as response:
            self.last_tid = response.headers.get("intuit_tid", "")
            text = whole_body(response, started + total).decode(errors="replace")
        return Received(
            status=response.status_code,
            text=keepable(text).replace(token, "[token]"),
            intuit_tid=self.last_tid,
            retry_after=wait_in(response.headers),
            elapsed_ms=_ms_since(started),
        )

    def _answer(self, call: Call, received: Received) -> Answer:
        body = self._good_body(call, received)
        if not isinstance(body, Fault):
            self._log(call, received)
            return Answer(received.status, received.intuit_tid, body, received.elapsed_ms, call.request_id)
        throttled = body.kind is FaultKind.THROTTLED
        fault = replace(
            body,
            intuit_tid=received.intuit_tid,
            elapsed_ms=received.elapsed_ms,
            request_id=call.request_id,
            retry_after=received.retry_after if throttled else None,
        )
        if throttled:
            self._limiter.pause(self.company_id, received.retry_after)
        self._log(call, fault)
        raise LedgerFault(fault)

    def _good_body(self, call: Call, received: Received) -> dict[str, Any] | Fault:
        if received.status != 200:
            return _without_token_talk(classify(received.status, received.text, writes=call.writes))
        try:
            body = parse(received.text)
        except ValueError:
            body = None
        errors = errors_of(body)
        if errors and isinstance(body, dict) and any(isinstance(one, dict) and one.get("Id") for one in body.values()):
            # A document and a fault at once say nothing of what became of it.
            return garbled(200, received.text, writes=call.writes)
        if errors or (body is None and received.text.lstrip().startswith("<")):
            return classify(200, received.text, writes=call.writes)
        return body if isinstance(body, dict) else garbled(200, received.text, writes=call.writes)

    def _log(self, call: Call, outcome: Received | Fault) -> None:
        kind = outcome.kind.value if isinstance(outcome, Fault) else "good"
        log.info(
            "quickbooks call %s: %s, status %s, %s ms, intuit_tid %s",
            call.name,
            kind,
            outcome.status,
            outcome.elapsed_ms,
            outcome.intuit_tid,
        )


def checked_request_id(request_id: str, limit: int = REQUEST_ID_LIMIT) -> str:
    """The request id, if QuickBooks takes it.

    Raises:
        ValueError: empty or too long. It is refused and never cut, for a cut one could be another's.
    """
    if not request_id or len(request_id) > limit:
        raise ValueError(f"A request id has 1 to {limit} characters; this one has {len(request_id)}.")
    return request_id


class _Bearer(requests.auth.AuthBase):
    """Puts the token on a request. Being an auth of its own, it also keeps a .netrc from replacing it."""

    def __init__(self, token: str) -> None:
        self._token = token

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        request.headers["Authorization"] = f"Bearer {self._token}"
        return request


class _Connections:
    """One pool of kept-alive connections a process. After a fork the child opens its own."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._owner = 0
        self._adapter = HTTPAdapter()

    def adapter(self) -> HTTPAdapter:
        with self._lock:
            if self._owner != os.getpid():
                self._owner = os.getpid()
                self._adapter = HTTPAdapter(pool_connections=8, pool_maxsize=32, max_retries=0)
            return self._adapter


_CONNECTIONS: Final = _Connections()


def _session() -> requests.Session:
    session = requests.Session()
    adapter = _CONNECTIONS.adapter()
    session.mount("https://", adapter)
    session.mount("http://", adapter)
    session.cookies.set_policy(DefaultCookiePolicy(allowed_domains=[]))
    return session


def _without_token_talk(fault: Fault) -> Fault:
    """QuickBooks repeats the token, or parts of it, in the details of a 401: they are not kept."""
    if fault.status != 401:
        return fault
    return replace(fault, body="", errors=tuple(replace(error, detail="") for error in fault.errors))


def _ms_since(started: float) -> int:
    return round((time.monotonic() - started) * 1000)
