"""Could it have been written? Against real sockets, because a fake cannot show what the libraries raise."""

from __future__ import annotations

import gzip
import json
import socket
import ssl
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import requests
from cryptography import x509
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256

from quickbooks_bridge.client import tokens
from quickbooks_bridge.client.api import Ledger
from quickbooks_bridge.client.bodies import TooMuch, whole_body
from quickbooks_bridge.client.failures import of_network
from quickbooks_bridge.client.faults import Cure, Fault, FaultKind, LedgerFault
from quickbooks_bridge.client.settings import Endpoints, Timeouts
from quickbooks_bridge.client.tokens import TokenFault

from .conftest import REALM, TwoTokens
from .sockets import Listening, listening, read_request, reset

QUICK = Timeouts(connect=0.3, read=0.3, total=0.6)
BILL = b'{"Bill":{"Id":"1","SyncToken":"0"},"time":"2026-03-02T10:48:46.783-08:00"}'


def ledger_at(url: str) -> Ledger:
    endpoints = Endpoints(
        environment="emulator",
        client_id="demo-client",
        client_secret="demo-secret",
        discovery_url=url,
        api_url=url,
        redirect_uri=url,
    )
    return Ledger.open(endpoints, REALM, TwoTokens(), timeouts=QUICK)


def fault_of(call: Callable[[], object]) -> Fault:
    with pytest.raises(LedgerFault) as raised:
        call()
    assert raised.value.__cause__ is None
    assert raised.value.__context__ is None
    return raised.value.fault


def create_at(url: str) -> Fault:
    return fault_of(lambda: ledger_at(url).create("Bill", {"Line": []}, "request-1"))


def reply(connection: socket.socket, body: bytes, head: bytes = b"") -> None:
    length = str(len(body)).encode()
    connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: " + length + b"\r\n" + head + b"\r\n" + body)


def test_a_refused_connection_was_not_sent() -> None:
    with socket.create_server(("127.0.0.1", 0)) as closed:
        port = closed.getsockname()[1]
    fault = create_at(f"http://127.0.0.1:{port}")
    assert fault.kind is FaultKind.NOT_SENT
    assert fault.nothing_written
    assert fault.request_id == "request-1"
    assert fault.status is None


def test_an_unknown_host_was_not_sent() -> None:
    assert create_at("https://no-such-host.invalid").kind is FaultKind.NOT_SENT


def test_a_connection_nobody_accepts_was_not_sent() -> None:
    with socket.socket() as full:
        full.bind(("127.0.0.1", 0))
        full.listen(0)
        waiting = [socket.socket() for _ in range(4)]
        for each in waiting:
            each.setblocking(False)
            each.connect_ex(full.getsockname())
        time.sleep(0.05)
        fault = create_at(f"http://127.0.0.1:{full.getsockname()[1]}")
        for each in waiting:
            each.close()
    assert fault.kind is FaultKind.NOT_SENT


def test_somebody_who_cannot_prove_to_be_quickbooks_is_sent_nothing(tmp_path: Path) -> None:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(self_signed(tmp_path))

    def pretend(server: Listening, connection: socket.socket) -> None:
        with context.wrap_socket(connection, server_side=True) as secure:
            server.requests.append(read_request(secure))

    with listening(pretend) as server:
        fault = create_at(server.url.replace("http:", "https:"))
        assert (fault.kind, fault.cure) == (FaultKind.NOT_SENT, Cure.ADMINISTRATOR)
        assert server.requests == []


def self_signed(folder: Path) -> Path:
    """A certificate and its key that nobody vouches for."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "127.0.0.1")])
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .sign(key, SHA256())
    )
    pem = serialization.Encoding.PEM
    private = key.private_bytes(pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    path = folder / "pretender.pem"
    path.write_bytes(private + certificate.public_bytes(pem))
    return path


def silence(server: Listening, connection: socket.socket) -> None:
    server.requests.append(read_request(connection))
    server.wait(5)


def hang_up(server: Listening, connection: socket.socket) -> None:
    server.requests.append(read_request(connection))


def break_off(server: Listening, connection: socket.socket) -> None:
    server.requests.append(read_request(connection))
    reset(connection)


def half_an_answer(server: Listening, connection: socket.socket) -> None:
    server.requests.append(read_request(connection))
    connection.sendall(b'HTTP/1.1 200 OK\r\nContent-Length: 5000\r\n\r\n{"Bill":{"Id":"1"')


def drip(server: Listening, connection: socket.socket) -> None:
    server.requests.append(read_request(connection))
    connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 5000\r\n\r\n")
    for _ in range(100):
        connection.sendall(b" ")
        server.wait(0.05)


def two_lengths(server: Listening, connection: socket.socket) -> None:
    server.requests.append(read_request(connection))
    connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 5, 7\r\n\r\nabc")


def nonsense(server: Listening, connection: socket.socket) -> None:
    server.requests.append(read_request(connection))
    connection.sendall(b"SSH-2.0-nonsense\r\n\r\n")


LOST = [silence, hang_up, break_off, half_an_answer, drip, two_lengths, nonsense]


@pytest.mark.parametrize("conversation", LOST, ids=[each.__name__ for each in LOST])
def test_a_lost_answer_leaves_a_write_unknown_and_is_not_sent_twice(
    conversation: Callable[[Listening, socket.socket], None],
) -> None:
    with listening(conversation) as server:
        started = time.monotonic()
        fault = create_at(server.url)
        assert fault.kind is FaultKind.UNKNOWN
        assert not fault.nothing_written
        assert time.monotonic() - started < 3
        assert len(server.requests) == 1


def test_a_lost_answer_to_a_question_has_written_nothing() -> None:
    with listening(hang_up) as server:
        ledger = ledger_at(server.url)
        for fault in (fault_of(lambda: ledger.read("Bill", "1")), fault_of(lambda: ledger.query("SELECT * FROM Bill"))):
            assert fault.kind is FaultKind.UNKNOWN
            assert fault.nothing_written
        assert len(server.requests) == 2


def test_it_does_not_follow_a_redirect_with_a_token() -> None:
    def redirect(server: Listening, connection: socket.socket) -> None:
        server.requests.append(read_request(connection))
        # It closes, and says so: who follows on a connection that just ends is not heard.
        head = b"HTTP/1.1 307 Moved\r\nLocation: /elsewhere\r\nConnection: close\r\n"
        connection.sendall(head + b"Content-Length: 0\r\n\r\n")

    with listening(redirect) as server:
        assert create_at(server.url).kind is FaultKind.UNKNOWN
        assert len(server.requests) == 1


def test_an_answer_that_drips_is_waited_for_until_its_deadline_only() -> None:
    dripped: list[int] = []

    def drip(server: Listening, connection: socket.socket) -> None:
        server.requests.append(read_request(connection))
        connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n")
        for drop in range(100):
            connection.sendall(b" ")
            dripped.append(drop)
            server.wait(0.1)

    with listening(drip) as server:
        assert create_at(server.url).kind is FaultKind.UNKNOWN
        assert len(dripped) < 100


def test_new_tokens_that_drip_are_waited_for_until_their_deadline_only(endpoints: Endpoints) -> None:
    """Whoever renews holds a lease meanwhile; a second one would renew with the same token."""

    def drip(server: Listening, connection: socket.socket) -> None:
        if read_request(connection).startswith(b"GET"):
            names = ("authorization", "token", "revocation", "userinfo")
            found = {f"{name}_endpoint": server.url for name in names} | {"issuer": "i", "jwks_uri": server.url}
            reply(connection, json.dumps(found).encode(), b"Connection: close\r\n")
            return
        connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n")
        for _ in range(40):
            connection.sendall(b" ")
            server.wait(0.1)
        connection.sendall(b"{")

    with listening(drip) as server:
        at = replace(endpoints, discovery_url=server.url, api_url=server.url)
        with pytest.raises(TokenFault) as raised:
            tokens.refresh(at, "old-refresh", QUICK)
    assert raised.value.kind is FaultKind.UNKNOWN
    assert raised.value.fault.name == "silence"


def test_an_answer_that_never_ends_is_not_kept_in_memory() -> None:
    def flood(server: Listening, connection: socket.socket) -> None:
        read_request(connection)
        connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nConnection: close\r\n\r\n")
        connection.sendall(gzip.compress(bytes(2_000_000)))

    with (
        listening(flood) as server,
        requests.get(server.url, stream=True, timeout=5) as response,
        pytest.raises(TooMuch) as raised,
    ):
        whole_body(response, time.monotonic() + 5, most=1_000_000)
    fault = of_network(raised.value, writes=True)
    assert (fault.kind, fault.name, fault.nothing_written) == (FaultKind.UNKNOWN, "garbled", False)


def test_it_keeps_connections_open_between_calls_and_between_ledgers() -> None:
    def keep_talking(server: Listening, connection: socket.socket) -> None:
        for _ in range(3):
            server.requests.append(read_request(connection))
            reply(connection, BILL)

    with listening(keep_talking) as server:
        first, second = ledger_at(server.url), ledger_at(server.url)
        for ledger in (first, first, second):
            ledger.read("Bill", "1")
        assert len(server.requests) == 3
        assert server.connections == 1


def test_it_takes_no_cookies() -> None:
    def bake(server: Listening, connection: socket.socket) -> None:
        for _ in range(2):
            server.requests.append(read_request(connection))
            reply(connection, BILL, b"Set-Cookie: session=of-another-company; Path=/\r\n")

    with listening(bake) as server:
        ledger = ledger_at(server.url)
        ledger.read("Bill", "1")
        ledger.read("Bill", "1")
        assert b"cookie" not in server.requests[1].lower()
