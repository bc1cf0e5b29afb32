"""Redis as the broker, such that a worker outlives it (docs/adr/0031) and readings let the rest go first (0055)."""

from __future__ import annotations

from typing import Any

from kombu.transport import TRANSPORT_ALIASES, redis
from kombu.utils.scheduling import round_robin_cycle
from redis.exceptions import ConnectionError as Disconnected

_HERE = "procore_sync.broker:Transport"
#: The queue of what reads long, or carries files, and nobody's record waits for.
READINGS = "readings"


class ReadingsLast(round_robin_cycle):  # type: ignore[type-arg]  # generic only in the stubs
    """The queues in turn, except that of the readings: a worker that serves it too takes from it what is left."""

    def consume(self, n: int) -> Any:
        return sorted(super().consume(n), key=READINGS.__eq__)


class Channel(redis.Channel):
    """Kombu's, but what it still has to do after its connection was closed fails as on any lost connection.

    An acknowledgement that comes then, and the giving back of what was not acknowledged, look for the address of a
    connection that is no more; kombu lets that AttributeError through, and the worker ends.
    """

    queue_order_strategy = "procore_sync.broker:ReadingsLast"

    def _connparams(self, asynchronous: bool = False) -> Any:
        if getattr(self.connection, "client", None) is None:
            raise Disconnected("The connection to the broker is closed.")
        return super()._connparams(asynchronous=asynchronous)  # type: ignore[misc]  # the stubs leave it out


class Transport(redis.Transport):
    Channel = Channel


def outlive_redis() -> None:
    """Let every address of a Redis be served by this transport."""
    TRANSPORT_ALIASES.update({"redis": _HERE, "rediss": _HERE})
