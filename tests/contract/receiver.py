"""An app's end of the webhooks: a small server that keeps what was posted to it and answers as it is told."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

Json = dict[str, Any]


@dataclass
class Post:
    """One post as it came."""

    body: bytes
    signature: str
    content_type: str

    @property
    def told(self) -> Any:
        """What it says."""
        return json.loads(self.body)

    def is_signed_with(self, token: str) -> bool:
        """Whether the signature is base64 of HMAC-SHA256 over the raw body."""
        made = hmac.new(token.encode(), self.body, hashlib.sha256).digest()
        return base64.b64encode(made).decode() == self.signature


@dataclass
class Receiver:
    """What came, in order; `answers` are the statuses to give next, then 200; None gives none until `let_go`."""

    url: str
    posts: list[Post] = field(default_factory=list)
    answers: list[int | None] = field(default_factory=list)
    let_go: threading.Event = field(default_factory=threading.Event)
    arrived: threading.Event = field(default_factory=threading.Event)

    @property
    def events(self) -> list[tuple[str, str]]:
        """Type and id of every CloudEvent that came."""
        return [(event["type"], event["intuitentityid"]) for post in self.posts for event in post.told]


@contextmanager
def listening() -> Iterator[Receiver]:
    """A receiver on a free port."""
    receiver = Receiver("")

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            receiver.posts.append(Post(body, self.headers["intuit-signature"], self.headers["Content-Type"]))
            receiver.arrived.set()
            status = receiver.answers.pop(0) if receiver.answers else 200
            if status is None:
                receiver.let_go.wait(10)
                return
            self.send_response(status)
            self.send_header("Location", "/elsewhere")
            self.send_header("Content-Length", "0")
            self.end_headers()

        def do_GET(self) -> None:
            """Where a redirect would lead: all is well there."""
            self.send_response(200)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, format: str, *args: Any) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    receiver.url = f"http://127.0.0.1:{server.server_address[1]}/hooks"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield receiver
    finally:
        receiver.let_go.set()
        server.shutdown()
        server.server_close()
        thread.join()
