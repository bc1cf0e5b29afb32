"""Redis as the broker, such that a worker outlives it (docs/adr/0031)."""

from __future__ import annotations

from typing import Any

from kombu.transport import TRANSPORT_ALIASES, redis
from redis.exceptions import ConnectionError as Disconnected

_HERE = "procore_sync.broker:Transport"


class Channel(redis.Channel):
    """Kombu's, but what it still has to do after its connection was closed fails as on any lost connection.

    An acknowledgement that comes then, and the giving back of what was not acknowledged, look for the address of a
    connection that is no more; kombu lets that AttributeError through, and the worker ends.
    """

    def _connparams(self, asynchronous: bool = False) -> Any:
        if getattr(self.connection, "client", None) is None:
            raise Disconnected("The connection to the broker is closed.")
        return super()._connparams(asynchronous=asynchronous)  # type: ignore[misc]  # the stubs leave it out


class Transport(redis.Transport):
    Channel = Channel


def outlive_redis() -> None:
    """Let every address of a Redis be served by this transport."""
    TRANSPORT_ALIASES.update({"redis": _HERE, "rediss": _HERE})
