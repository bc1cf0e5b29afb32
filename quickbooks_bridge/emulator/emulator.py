"""One emulator: its companies, connections, limits, armed faults and memory of request ids, as one whole."""

import hashlib
import json
from dataclasses import dataclass
from typing import Any

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from .books import Books, Surroundings
from .clock import Clock
from .grants import Grants
from .injection import Injection
from .limits import Limits
from .seeds import Laid, plant
from .store import Kept, Store
from .switches import Switches
from .tables import ENTITIES
from .webhooks import Webhooks

_KEPT_STATE = "state"


@dataclass(frozen=True)
class Replay:
    """The first answer to a request id."""

    status: int
    body: str
    digest: str
    at: float


class Emulator:
    """Everything behind the HTTP surface. Single-threaded: each request is worked on without a pause."""

    def __init__(self, path: str, clients: dict[str, str], limited: bool) -> None:
        self.clock = Clock()
        self.store = Store(path)
        self.switches = Switches()
        self.clients = clients
        self.limited = limited
        self.limits = Limits(limited)
        self.injection = Injection()
        self.grants = Grants(self.clock, self.store, self.switches)
        self.webhooks = Webhooks(self.clock, self.store, self.switches, self.grants)
        self.companies: dict[str, Books] = {}
        self.planted: dict[str, list[Laid]] = {}
        self.replays: dict[tuple[str, str], Replay] = {}
        self.marks: dict[str, list[Kept]] = {}
        self.key: rsa.RSAPrivateKey
        self._load()

    # request ids

    def remembered(self, realm: str, request_id: str) -> Replay | None:
        """The first answer to this request id in this company, while it is remembered."""
        if self.switches["requestid"] == "ignore":
            return None
        replay = self.replays.get((realm, request_id))
        kept_for = self.switches.number("requestid_retention_seconds")
        if replay is not None and kept_for and self.clock.now() - replay.at > kept_for:
            return None
        return replay

    def remember(self, realm: str, request_id: str, status: int, body: str, asked: bytes) -> None:
        """Keep the answer for the next time this request id comes."""
        replay = Replay(status, body, hashlib.sha256(asked).hexdigest(), self.clock.now())
        self.replays[realm, request_id] = replay
        kept = json.dumps([replay.status, replay.body, replay.digest, replay.at])
        self.store.keep("replay", realm, request_id, kept)

    # state

    def reset(self, seed: str) -> None:
        """Begin again: seeds, no connections, no webhooks, no faults, switches, limits and clock as at start."""
        self._clear()
        self._keep_key()
        plant(self, seed)
        self.keep_state()
        self.store.flush()

    def mark(self, name: str) -> None:
        """Note under this name all that a data file holds by now, until this process ends."""
        self.store.flush()
        self.marks[name] = list(self.store.rows())

    def go_back(self, name: str) -> None:
        """Begin again where this mark was made, as after a restart: no faults, no calls, limits as at start."""
        self._clear()
        for row in self.marks[name]:
            self.store.keep(*row)
        self.store.flush()
        self._take(self.marks[name])

    def keep_state(self) -> None:
        """Write the clock and the switches through."""
        state = {"offset": self.clock.offset, "switches": self.switches.changed()}
        self.store.keep(_KEPT_STATE, "", "", json.dumps(state))

    def open_company(self, realm: str) -> Books:
        """New empty books."""
        books = Books(realm, Surroundings(self.clock, self.store, self.switches, self.webhooks))
        self.companies[realm] = books
        return books

    def reindex(self) -> None:
        """After a switch about names moved."""
        for books in self.companies.values():
            books.reindex()

    def _clear(self) -> None:
        self.store.wipe()
        self.clock.offset = 0.0
        self.switches.reset()
        self.limits = Limits(self.limited)
        self.injection.rules.clear()
        self.injection.calls.clear()
        self.grants.forget()
        self.webhooks.forget()
        self.replays.clear()
        self.companies = {}

    def _load(self) -> None:
        rows = list(self.store.rows())
        if not rows:
            self.key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
            self.reset("default")
            return
        self.key = _private_key(next(body for kind, _, _, body in rows if kind == "key"))
        self._take(rows)

    def _take(self, rows: list[Kept]) -> None:
        state: dict[str, Any] = json.loads(next(body for kind, _, _, body in rows if kind == _KEPT_STATE))
        self.clock.offset = state["offset"]
        self.switches.change(state["switches"])
        # An app's events and posts come after what it asked for.
        for kind, realm, name, body in sorted(rows, key=lambda row: row[0] != "webhook"):
            self._take_back(kind, realm, name, body)

    def _take_back(self, kind: str, realm: str, name: str, body: str) -> None:
        if kind in ENTITIES:
            books = self.companies.get(realm) or self.open_company(realm)
            books.restore(kind, body)
        elif kind == "deleted":
            books = self.companies.get(realm) or self.open_company(realm)
            books.restore_deleted(name, body)
        elif kind in ("code", "access", "grant"):
            self.grants.load(kind, name, body)
        elif kind in ("webhook", "delivery", "event"):
            self.webhooks.load(kind, name if kind == "webhook" else realm, body)
        elif kind == "replay":
            self.replays[realm, name] = Replay(*json.loads(body))

    def _keep_key(self) -> None:
        pem = self.key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
        self.store.keep("key", "", "", pem.decode())


def _private_key(pem: str) -> rsa.RSAPrivateKey:
    key = serialization.load_pem_private_key(pem.encode(), None)
    if not isinstance(key, rsa.RSAPrivateKey):
        raise TypeError("The data file holds another kind of key.")
    return key
