"""A worker without a broker, as a process of its own: the engine in a loop, and every renewal of tokens written down.

Each line of the file says `begin` or `end`, the connection, this process and when, by the clock that all share.
"""

from __future__ import annotations

import os
import sys
import time
from datetime import timedelta


def main(log: str) -> None:
    """Carry what is due until somebody kills us."""
    import django

    django.setup()
    from procore_sync.acceptance import engine
    from quickbooks_bridge import courier, tokens
    from quickbooks_bridge.client.settings import Timeouts

    # A killed holder is waited for by all, so that the lease is short here; the longest renewal is shorter still.
    tokens.LEASE = timedelta(seconds=3)
    tokens._RENEWAL = Timeouts(connect=1.0, read=2.5, total=2.5)
    file = os.open(log, os.O_WRONLY | os.O_APPEND | os.O_CREAT)

    def note(what: str, connection: int) -> None:
        os.write(file, f"{what} {connection} {os.getpid()} {time.monotonic_ns()}\n".encode())

    renew = tokens.ConnectionTokens._renew

    def noted(self: tokens.ConnectionTokens, version: int) -> None:
        note("begin", self._id)
        try:
            renew(self, version)
        finally:
            note("end", self._id)

    tokens.ConnectionTokens._renew = noted  # type: ignore[method-assign]  # to watch, not to change
    vars(engine)["ring"] = engine.work  # no broker: whoever sweeps carries
    # The emulator's clock runs months ahead of ours here, so that no look at its changes could tell anything.
    vars(courier)["not_looked"] = lambda row: None
    sys.stdout.write("ready\n")
    sys.stdout.flush()
    while True:
        engine.sweep()
        time.sleep(0.02)


if __name__ == "__main__":
    main(sys.argv[1])
