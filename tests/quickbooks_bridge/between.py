"""Somebody between us and QuickBooks, who changes what is answered on its way back."""

from __future__ import annotations

import contextlib
import json
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
import requests
from pytest_django import Settings

from tests.quickbooks_bridge.emulator_process import EmulatorProcess

_OF_THE_WAY = {"connection", "transfer-encoding", "content-length", "content-encoding", "server", "date"}


@dataclass(frozen=True)
class Told:
    """An answer on its way: to which call, and what it says."""

    method: str
    path: str
    asked: bytes
    status: int
    body: bytes
    headers: tuple[tuple[str, str], ...] = ()


Json = dict[str, Any]
Twist = Callable[[Told], Told]
Through = Callable[[Twist, Callable[[], Any]], Any]


class _Way(ThreadingHTTPServer):
    daemon_threads = True
    twist: Twist
    beyond: str


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: _Way

    def do_GET(self) -> None:
        self._pass_on()

    def do_POST(self) -> None:
        self._pass_on()

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing."""

    def _pass_on(self) -> None:
        asked = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        sent = {name: value for name, value in self.headers.items() if name.lower() not in ("host", "connection")}
        sent["Accept-Encoding"] = "identity"
        answer = requests.request(
            self.command,
            f"{self.server.beyond}{self.path}",
            data=asked,
            headers=sent,
            timeout=30,
            allow_redirects=False,
        )
        headers = tuple((name, value) for name, value in answer.headers.items() if name.lower() not in _OF_THE_WAY)
        told = self.server.twist(Told(self.command, self.path, asked, answer.status_code, answer.content, headers))
        self.send_response(told.status)
        for name, value in told.headers:
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(told.body)))
        self.end_headers()
        with contextlib.suppress(OSError):
            self.wfile.write(told.body)


@contextlib.contextmanager
def between(beyond: str, twist: Twist) -> Iterator[str]:
    """The address of somebody who passes calls on to `beyond` and lets `twist` change each answer."""
    server = _Way(("127.0.0.1", 0), _Handler)
    server.twist, server.beyond = twist, beyond
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join(5)


def of(part: str, change: Callable[[Json], Any], times: int = 1) -> Twist:
    """Change so many of the good answers to calls of this path, or that ask for this."""
    left = [times]

    def twist(told: Told) -> Told:
        if not left[0] or told.status != 200 or part not in f"{told.path} {told.asked.decode()}":
            return told
        left[0] -= 1
        return replace(told, body=json.dumps(change(json.loads(told.body))).encode())

    return twist


@pytest.fixture
def through(emulator: EmulatorProcess, settings: Settings) -> Through:
    """Do something while somebody between us and the emulator changes its answers."""

    def done(twist: Twist, what: Callable[[], Any]) -> Any:
        with between(emulator.url, twist) as url:
            settings.QUICKBOOKS_API_URL = url
            try:
                return what()
            finally:
                settings.QUICKBOOKS_API_URL = emulator.url

    return done
