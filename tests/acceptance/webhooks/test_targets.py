"""Where a message may go: nowhere inwards, by whatever name, and nowhere else than to what was looked at."""

from __future__ import annotations

import socket
import ssl
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler
from ipaddress import ip_address
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from pytest_django import Settings

from procore_sync.acceptance.webhooks import posting
from procore_sync.acceptance.webhooks.targets import NotReachable, addresses_of, required, why_not
from procore_sync.kit.refusals import InvalidInput
from tests.acceptance.webhooks.conftest import Receiver, served

INWARDS = [
    "127.0.0.1",
    "127.8.8.8",
    "0.0.0.0",
    "10.0.0.5",
    "172.16.0.1",
    "172.31.255.255",
    "192.168.1.1",
    "100.64.0.1",
    "169.254.169.254",
    "192.0.0.8",
    "100::1",
    "198.18.0.1",
    "192.0.2.1",
    "224.0.0.1",
    "240.0.0.1",
    "255.255.255.255",
    "::",
    "::1",
    "fe80::1",
    "fec0::1",
    "fc00::1",
    "fd00:ec2::254",
    "ff02::1",
    "2001:db8::1",
    "::ffff:127.0.0.1",
    "::ffff:169.254.169.254",
    "64:ff9b::a00:5",
    "64:ff9b:1::1",
    "2002:7f00:1::1",
    "2001:0:a00:5::1",
]
OUTWARDS = ["93.184.215.14", "8.8.8.8", "172.32.0.1", "2606:2800:21f:cb07:6820:80da:af6b:8b2c", "::ffff:8.8.8.8"]


@pytest.fixture(autouse=True)
def no_networks(settings: Settings) -> None:
    """As an installation is at first."""
    settings.WEBHOOK_PRIVATE_NETWORKS = []


@pytest.mark.parametrize("address", INWARDS)
def test_nothing_goes_inwards(address: str) -> None:
    assert "private network" in why_not("https", ip_address(address))


@pytest.mark.parametrize("address", OUTWARDS)
def test_public_addresses_are_told_by_https_alone(address: str) -> None:
    assert why_not("https", ip_address(address)) == ""
    assert "https only" in why_not("http", ip_address(address))


@pytest.mark.parametrize(
    ("url", "why"),
    [
        ("http://example.com/hooks", "by https only"),
        ("ftp://example.com/", "not an address such as"),
        ("https:///hooks", "not an address such as"),
        ("https://example.com:99999/", "not an address such as"),
        ("https://[::1", "not an address such as"),
        ("example.com", "not an address such as"),
        ("", "not an address such as"),
        ("https://me:secret@example.com/", "No name, password"),
        ("https://example.com/#part", "No name, password"),
        ("https://bücher.example/", "plain characters"),
        ("https://example.com/a b", "plain characters"),
        ("https://example.com\\@10.0.0.1/", "plain characters"),
        ("https://example.com/" + "a" * 500, "plain characters"),
        ("https://127.0.0.1/", "private network"),
        ("https://[fd00::1]/hooks", "private network"),
        ("https://169.254.169.254/latest/meta-data", "private network"),
    ],
)
def test_what_is_no_address_of_an_endpoint_is_refused_beside_its_field(url: str, why: str) -> None:
    with pytest.raises(InvalidInput) as refusal:
        required(url)

    assert why in refusal.value.errors["url"][0]


@pytest.mark.parametrize(
    "url", ["https://example.com", "https://example.com:8443/hooks?a=b", " https://xn--bcher-kva.example/ "]
)
def test_what_is_one_is_taken(url: str) -> None:
    assert required(url) == url.strip()


def test_the_operators_networks_may_be_told_by_http_too(settings: Settings) -> None:
    settings.WEBHOOK_PRIVATE_NETWORKS = ["10.20.0.0/16"]

    assert required("http://10.20.3.4/") == "http://10.20.3.4/"
    assert required("http://inside.example/") == "http://inside.example/"
    assert why_not("http", ip_address("10.21.0.1")) != ""
    assert why_not("http", ip_address("8.8.8.8")) != ""


def test_while_one_develops_the_machine_itself_may_be_told(settings: Settings) -> None:
    settings.DEBUG = True

    assert required("http://127.0.0.1:8080/") == "http://127.0.0.1:8080/"
    assert why_not("http", ip_address("10.0.0.1")) != ""


def names(monkeypatch: pytest.MonkeyPatch, *addresses: str) -> list[str]:
    """The resolver is an edge: let every name lead to these addresses. Returns the names that were asked for."""
    asked: list[str] = []

    def answer(host: str, port: int, *args: Any, **named: Any) -> list[Any]:
        asked.append(host)
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, port)) for address in addresses]

    monkeypatch.setattr(socket, "getaddrinfo", answer)
    return asked


def test_one_inner_address_of_a_name_is_enough_to_refuse_it(monkeypatch: pytest.MonkeyPatch) -> None:
    names(monkeypatch, "8.8.8.8", "10.0.0.5")

    with pytest.raises(NotReachable, match=r"10\.0\.0\.5 is on a private"):
        addresses_of(urlsplit("https://two-faced.example/"), seconds=1)


def test_a_number_written_otherwise_is_seen_for_what_it_is() -> None:
    for host in ("2130706433", "0x7f.1", "127.1", "localhost"):
        answer = posting.post(f"https://{host}/", b"{}", {})
        assert "private network" in answer.fault, host


def test_a_name_that_points_elsewhere_a_moment_later_leads_nowhere_else(
    monkeypatch: pytest.MonkeyPatch, settings: Settings
) -> None:
    """The connection is made to the very address that was looked at: the name is not asked for twice."""
    settings.WEBHOOK_PRIVATE_NETWORKS = ["127.0.0.0/8"]
    listener = socket.create_server(("127.0.0.1", 0))
    asked = names(monkeypatch, "127.0.0.1")
    connected: list[Any] = []
    real = socket.create_connection

    def watched(place: tuple[str, int], **named: Any) -> socket.socket:
        connected.append(place)
        raise ConnectionRefusedError

    monkeypatch.setattr(socket, "create_connection", watched)
    posting.post(f"http://changes.example:{listener.getsockname()[1]}/", b"{}", {})
    monkeypatch.setattr(socket, "create_connection", real)
    listener.close()

    assert asked == ["changes.example"]
    assert [host for host, _ in connected] == ["127.0.0.1"]


def test_a_name_that_is_not_known_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    def unknown(*args: Any, **named: Any) -> Any:
        raise socket.gaierror

    monkeypatch.setattr(socket, "getaddrinfo", unknown)

    assert posting.post("https://nowhere.example/", b"{}", {}).fault == "The host name nowhere.example is not known."


def test_a_resolver_that_takes_its_time_is_not_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    def slow(*args: Any, **named: Any) -> list[Any]:
        time.sleep(1)
        return []

    monkeypatch.setattr(socket, "getaddrinfo", slow)
    began = time.monotonic()

    with pytest.raises(NotReachable, match="not answered in time"):
        addresses_of(urlsplit("https://slow.example/"), seconds=0.05)

    assert time.monotonic() - began < 0.8


# -- the post itself --------------------------------------------------------------------------------------------


@pytest.fixture
def inside(settings: Settings, receiver: Receiver) -> Receiver:
    settings.WEBHOOK_PRIVATE_NETWORKS = ["127.0.0.0/8"]
    return receiver


def test_nobody_is_followed_elsewhere(inside: Receiver) -> None:
    def elsewhere(handler: BaseHTTPRequestHandler) -> None:
        handler.send_response(307)
        handler.send_header("Location", "/elsewhere")
        handler.send_header("Content-Length", "0")
        handler.end_headers()

    inside.answers[:] = [elsewhere]

    answer = posting.post(inside.url, b"{}", {})

    assert answer.fault == "It answered 307, a redirect, which is not followed."
    assert len(inside.got) == 1


def test_an_answer_that_drips_ends_too(inside: Receiver, monkeypatch: pytest.MonkeyPatch) -> None:
    def drip(handler: BaseHTTPRequestHandler) -> None:
        for _ in range(40):
            handler.wfile.write(b"H")
            time.sleep(0.05)

    monkeypatch.setattr(posting, "TOTAL_SECONDS", 0.3)
    inside.answers[:] = [drip]
    began = time.monotonic()

    answer = posting.post(inside.url, b"{}", {})

    assert (answer.status, answer.fault) == (None, "No answer came within 8 seconds.")
    assert time.monotonic() - began < 1.5


def test_of_a_long_answer_the_beginning_is_kept_and_the_rest_not_read(inside: Receiver) -> None:
    def long(handler: BaseHTTPRequestHandler) -> None:
        handler.send_response(200)
        handler.end_headers()
        handler.wfile.write(b"ab\0" * 10_000_000)

    inside.answers[:] = [long]

    answer = posting.post(inside.url, b"{}", {})

    assert answer.is_success
    assert answer.text == ("ab" * 500)[:500]


def test_a_body_that_never_comes_takes_nothing_from_the_status(
    inside: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    def stall(handler: BaseHTTPRequestHandler) -> None:
        handler.send_response(202)
        handler.send_header("Content-Length", "10")
        handler.end_headers()
        time.sleep(0.6)

    monkeypatch.setattr(posting, "TOTAL_SECONDS", 0.3)
    inside.answers[:] = [stall]

    answer = posting.post(inside.url, b"{}", {})

    assert (answer.status, answer.is_success) == (202, True)


@pytest.mark.parametrize("said", [b"nonsense\r\n\r\n", b"", b"HTTP/1.1 200 OK\r\n" + b"a: b\r\n" * 5000])
def test_what_is_no_http_is_a_fault_and_no_crash(inside: Receiver, said: bytes) -> None:
    def speak(handler: BaseHTTPRequestHandler) -> None:
        handler.wfile.write(said)
        handler.connection.shutdown(socket.SHUT_RDWR)

    inside.answers[:] = [speak]

    assert posting.post(inside.url, b"{}", {}).fault.startswith("The connection failed")


def test_nobody_there_is_a_fault(settings: Settings) -> None:
    settings.WEBHOOK_PRIVATE_NETWORKS = ["127.0.0.0/8"]

    assert posting.post("http://127.0.0.1:9/", b"{}", {}).fault == "The connection failed: ConnectionRefusedError."


# -- TLS ---------------------------------------------------------------------------------------------------------


def certificate(folder: Path, name: str) -> Path:
    """A certificate of its own for `name`, with its key."""
    key, now = ec.generate_private_key(ec.SECP256R1()), datetime.now(UTC)
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    made = x509.CertificateBuilder(subject, subject, key.public_key(), x509.random_serial_number())
    made = made.not_valid_before(now - timedelta(days=1)).not_valid_after(now + timedelta(days=1))
    made = made.add_extension(x509.SubjectAlternativeName([x509.DNSName(name)]), critical=False)
    made = made.add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
    file = folder / "certificate.pem"
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    file.write_bytes(private + made.sign(key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM))
    return file


@pytest.fixture
def secured(tmp_path: Path, settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[Receiver, Path]]:
    """A receiver with a certificate for hooks.example, which every name leads to."""
    settings.WEBHOOK_PRIVATE_NETWORKS = ["127.0.0.0/8"]
    names(monkeypatch, "127.0.0.1")
    file = certificate(tmp_path, "hooks.example")
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(file)
    for one in served(Receiver(), context):
        one.url = one.url.replace("127.0.0.1", "hooks.example")
        yield one, file


def test_the_certificate_has_to_be_one_that_the_machine_trusts(secured: tuple[Receiver, Path]) -> None:
    answer = posting.post(secured[0].url, b"{}", {})

    assert answer.fault.startswith("Its certificate is not good: self")
    assert secured[0].got == []


def test_it_is_the_names_though_the_connection_is_the_addresss(
    secured: tuple[Receiver, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    receiver, file = secured
    trust = ssl.create_default_context(cafile=str(file))
    monkeypatch.setattr(posting, "_trust", lambda: trust)

    assert posting.post(receiver.url, b"{}", {}).status == 204
    assert receiver.got[0].headers["Host"].startswith("hooks.example:")
    other = posting.post(receiver.url.replace("hooks.", "other."), b"{}", {})
    assert "certificate is not valid for 'other.example'" in other.fault
