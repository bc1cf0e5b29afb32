"""A server of bare sockets, for what no polite server does: silence, resets, dripping."""

from __future__ import annotations

import contextlib
import socket
import struct
import threading
from collections.abc import Callable, Iterator

Conversation = Callable[[socket.socket], None]


def read_request(connection: socket.socket) -> bytes:
    """The whole request, by its Content-Length."""
    received = b""
    while b"\r\n\r\n" not in received:
        received += connection.recv(65536)
    head, _, body = received.partition(b"\r\n\r\n")
    length = next((int(line[15:]) for line in head.split(b"\r\n") if line.lower().startswith(b"content-length:")), 0)
    while len(body) < length:
        body += connection.recv(65536)
    return received


def reset(connection: socket.socket) -> None:
    """Break the connection off with RST instead of closing it."""
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    connection.close()


class Listening:
    """Talks with each connection as `conversation` says, and notes what it received."""

    def __init__(self, conversation: Conversation) -> None:
        self.requests: list[bytes] = []
        self.connections = 0
        self._conversation = conversation
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self._thread.start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._listener.getsockname()[1]}"

    def wait(self, seconds: float) -> None:
        """Stay silent for so long, or until the test is over."""
        self._stop.wait(seconds)

    def close(self) -> None:
        self._stop.set()
        with contextlib.suppress(OSError):
            socket.create_connection(self._listener.getsockname(), timeout=1).close()
        self._thread.join(5)
        self._listener.close()

    def _serve(self) -> None:
        while not self._stop.is_set():
            connection, _ = self._listener.accept()
            with connection, contextlib.suppress(OSError):
                if not self._stop.is_set():
                    self.connections += 1
                    self._conversation(connection)


@contextlib.contextmanager
def listening(conversation: Callable[[Listening, socket.socket], None]) -> Iterator[Listening]:
    """A server for the length of a test."""
    server: Listening

    def talk(connection: socket.socket) -> None:
        conversation(server, connection)

    server = Listening(talk)
    try:
        yield server
    finally:
        server.close()
