"""What befalls a process from its first moment on: on a child's PYTHONPATH, told by its environment.

CAMPAIGN_CLOCK  seconds by which every clock of the process is wrong
CAMPAIGN_POISON a text; the process kills itself when it is about to send a request whose body holds it
"""

from __future__ import annotations

import http.client
import os
import signal
import time
from typing import Any


def wrong_clock(seconds: float) -> None:
    """Let all of this process's clocks, those of its children by fork too, go wrong by so many seconds."""
    import time_machine

    time_machine.travel(time.time() + seconds, tick=True).start()


def poison(text: bytes) -> None:
    """End this process at once, as the kernel ends what takes too much memory, when it has `text` in hand to send."""
    send = http.client.HTTPConnection.send

    def deadly(self: http.client.HTTPConnection, data: Any) -> None:
        if isinstance(data, bytes | bytearray) and text in data:
            os.kill(os.getpid(), signal.SIGKILL)
        send(self, data)

    http.client.HTTPConnection.send = deadly  # type: ignore[method-assign]


if told := os.environ.get("CAMPAIGN_CLOCK"):
    wrong_clock(float(told))
if told := os.environ.get("CAMPAIGN_POISON"):
    poison(told.encode())
