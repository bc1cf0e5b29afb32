"""One post of a message: to an address that was looked at, within a time, following nobody elsewhere."""

from __future__ import annotations

import http.client
import io
import socket
import ssl
import time
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from urllib.parse import SplitResult, urlsplit

from django.utils.translation import gettext_noop

from procore_sync.acceptance.webhooks.targets import NotReachable, addresses_of

#: To find and reach the address, and for all of it. The whole is less than a worker's lease by far.
CONNECT_SECONDS = 3.0
TOTAL_SECONDS = 8.0
#: So much of an answer is read at the most, and so much of that kept.
READ_BYTES = 4096
KEPT_CHARACTERS = 500
#: Faults are kept with the message, so they are English (docs/adr/0037).
_LATE = gettext_noop("No answer came within 8 seconds.")


@dataclass(frozen=True)
class Answer:
    """What came back: the status (None if nothing came), the beginning of the body, and why it is no success.

    `after` is for how many seconds the receiver asked to be left alone.
    """

    status: int | None
    text: str = ""
    fault: str = ""
    after: int = 0

    @property
    def is_success(self) -> bool:
        """Whether the receiver has taken the message."""
        return not self.fault


def post(address: str, body: bytes, headers: Mapping[str, str]) -> Answer:
    """Post `body` once, by the clock of `TOTAL_SECONDS`. Never raises: whatever happens is an answer."""
    url, until = urlsplit(address), time.monotonic() + TOTAL_SECONDS
    try:
        with _connected(url, until) as line:
            return _exchange(url, line, until, body, headers)
    except NotReachable as why:
        return Answer(None, fault=str(why))
    except TimeoutError:
        return Answer(None, fault=_LATE)
    except ssl.SSLCertVerificationError as error:
        return Answer(None, fault=f"Its certificate is not good: {error.verify_message}.")
    except (OSError, http.client.HTTPException) as error:
        return Answer(None, fault=f"The connection failed: {type(error).__name__}.")


def _connected(url: SplitResult, until: float) -> socket.socket:
    line = _reached(addresses_of(url, seconds=CONNECT_SECONDS))
    if url.scheme != "https":
        return line
    line.settimeout(_left(until))
    try:
        # The certificate is the name's, though the connection is the address's.
        return _trust().wrap_socket(line, server_hostname=url.hostname)
    except BaseException:
        line.close()
        raise


def _reached(found: list[tuple[str, int]]) -> socket.socket:
    until, last = time.monotonic() + CONNECT_SECONDS, OSError()
    for place in found:
        try:
            return socket.create_connection(place, timeout=_left(until))
        except OSError as error:
            last = error
    raise last


@cache
def _trust() -> ssl.SSLContext:
    return ssl.create_default_context()


def _left(until: float) -> float:
    left = until - time.monotonic()
    if left <= 0:
        raise TimeoutError
    return left


class _Line(io.RawIOBase):
    """What `http.client` needs of a socket, by one clock for all pieces: an answer that drips ends too."""

    def __init__(self, line: socket.socket, until: float) -> None:
        self._line, self._until = line, until

    def sendall(self, piece: bytes) -> None:
        self._line.settimeout(_left(self._until))
        self._line.sendall(piece)

    def makefile(self, mode: str) -> io.BufferedReader:
        return io.BufferedReader(self)

    def readable(self) -> bool:
        return True

    def readinto(self, room: bytearray | memoryview) -> int:  # type: ignore[override]  # a narrower buffer
        self._line.settimeout(_left(self._until))
        return self._line.recv_into(room)

    def close(self) -> None:
        """Whoever connected it closes it."""


def _exchange(url: SplitResult, line: socket.socket, until: float, body: bytes, headers: Mapping[str, str]) -> Answer:
    call = http.client.HTTPConnection(url.netloc)
    call.sock = _Line(line, until)
    path = url.path or "/"
    call.request("POST", f"{path}?{url.query}" if url.query else path, body, {**headers, "Connection": "close"})
    response = call.getresponse()
    return Answer(
        response.status, _beginning(response), _fault_of(response.status), _after(response.getheader("Retry-After"))
    )


def _beginning(response: http.client.HTTPResponse) -> str:
    try:
        read = response.read(READ_BYTES)
    except (OSError, http.client.HTTPException):
        return ""  # the status has said all
    return read.decode("utf-8", "replace").replace("\0", "")[:KEPT_CHARACTERS]


def _fault_of(status: int) -> str:
    if 200 <= status < 300:
        return ""
    if 300 <= status < 400:
        return f"It answered {status}, a redirect, which is not followed."
    return f"It answered {status}."


def _after(value: str | None) -> int:
    return int(value) if value and value.isascii() and value.isdigit() and len(value) < 6 else 0
