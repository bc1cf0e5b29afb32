"""Workers without a broker: the engine in a loop, and every renewal of tokens written down.

Each is a process of its own that its parent, which has loaded the console once, forks; and another where one dies. It
says `ready` and its number. Each line of the file says `begin` or `end`, the connection, the process and when, by the
clock that all share.
"""

from __future__ import annotations

import os
import sys
import time
from datetime import timedelta


def main(log: str, count: int) -> None:
    """So many of them, until somebody kills us all."""
    prepare(log)
    for _ in range(count):
        fork()
    while True:
        os.wait()
        fork()


def prepare(log: str) -> None:
    """Load what a worker needs, and watch it."""
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


def fork() -> None:
    """One more worker, which carries what is due until somebody kills it."""
    if os.fork():
        return
    from procore_sync.acceptance import engine

    os.write(sys.stdout.fileno(), f"ready {os.getpid()}\n".encode())
    while True:
        engine.sweep()
        time.sleep(0.1)


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]))
