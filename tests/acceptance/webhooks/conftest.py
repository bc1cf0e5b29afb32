"""A program that is told: a real server on this machine that answers as the test says."""

from __future__ import annotations

import json
import ssl
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from email.message import Message
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
from pytest_django import Settings

from procore_sync.acceptance.webhooks import operations, sending, spreading
from procore_sync.acceptance.webhooks.operations import Wanted
from procore_sync.acceptance.webhooks.rows import Endpoint
from procore_sync.accounts.models import Company, Membership, Role
from tests.acceptance.conftest import member
from tests.scenes import kept


@dataclass(frozen=True)
class Got:
    """One post that came."""

    path: str
    headers: Message
    body: bytes

    @property
    def told(self) -> dict[str, Any]:
        found: dict[str, Any] = json.loads(self.body)
        return found


Act = Callable[[BaseHTTPRequestHandler], None]


@dataclass
class Receiver:
    """`answers` are given one after the other, then 204: a status, or what else is done with the line."""

    url: str = ""
    got: list[Got] = field(default_factory=list)
    answers: list[int | Act] = field(default_factory=list)

    @property
    def types(self) -> list[str]:
        return [one.told["type"].removeprefix("console.") for one in self.got]


def served(receiver: Receiver, trust: ssl.SSLContext | None = None) -> Iterator[Receiver]:
    """Let it be there, by TLS if that is given."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            receiver.got.append(Got(self.path, self.headers, body))
            answer = receiver.answers.pop(0) if receiver.answers else 204
            if isinstance(answer, int):
                self.send_response(answer)
                self.send_header("Content-Length", "0")
                self.end_headers()
            else:
                answer(self)

        def log_message(self, *args: Any) -> None:
            pass

    class Quiet(ThreadingHTTPServer):
        daemon_threads = True

        def handle_error(self, *args: Any) -> None:
            pass

    server = Quiet(("127.0.0.1", 0), Handler)
    if trust:
        server.socket = trust.wrap_socket(server.socket, server_side=True)
    receiver.url = f"http{'s' if trust else ''}://127.0.0.1:{server.server_port}/hooks?of=us"
    threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
    try:
        yield receiver
    finally:
        server.shutdown()
        server.server_close()


@pytest.fixture(autouse=True)
def own_networks(settings: Settings) -> None:
    """The operator of this machine lets messages go to it."""
    settings.WEBHOOK_PRIVATE_NETWORKS = ["127.0.0.0/8"]


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    yield from served(Receiver())


@pytest.fixture
@kept
def alma(company: Company) -> Membership:
    return member(company, "Alma", Role.ADMINISTRATOR)


@pytest.fixture
def endpoint(alma: Membership, receiver: Receiver) -> Endpoint:
    """The receiver, told everything from now on."""
    return operations.register(Wanted("Dashboard", receiver.url), by=alma)


def tick() -> None:
    """What the worker does when beat asks."""
    spreading.spread()
    sending.send_due()


def fresh(endpoint: Endpoint) -> Endpoint:
    return Endpoint.objects.get(pk=endpoint.pk)
