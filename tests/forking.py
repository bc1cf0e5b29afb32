"""Processes made by forking one that has read the libraries: to start Python and read them takes most of a start.

Where nothing can be forked, and for a command that is not our Python, a process is started as ever.
"""

from __future__ import annotations

import atexit
import json
import os
import signal
import subprocess
import threading
import time
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any, BinaryIO

from procore_sync.development.children import ROOT, Process, started
from procore_sync.development.commands import PYTHON

POLL_SECONDS = 0.02
# What Python and the loader of libraries read before any code of ours could change it.
READ_AT_START = ("PYTHON", "LD_", "DYLD_", "FAKETIME")


def forked(argv: Sequence[str], environment: Mapping[str, str], output: BinaryIO) -> Process:
    """As `children.started`, and sooner."""
    ours = argv[0] == PYTHON and (argv[1] == "-m" or argv[1].endswith(".py"))
    if not ours or not hasattr(os, "fork") or read_at_start(environment) != read_at_start(os.environ):
        return started(argv, environment, output)
    return server().start(argv, environment, Path(output.name))


def read_at_start(environment: Mapping[str, str]) -> dict[str, str]:
    return {name: value for name, value in environment.items() if name.startswith(READ_AT_START)}


class Forked:
    """One forked process, as `subprocess.Popen` shows one."""

    def __init__(self, server: Server, pid: int, argv: Sequence[str]) -> None:
        self.server, self.pid, self.argv = server, pid, argv
        self.returncode: int | None = None

    def poll(self) -> int | None:
        """Its exit code, minus the signal that ended it; None while it runs."""
        if self.returncode is None:
            self.returncode = self.server.ask({"ended": self.pid})
        return self.returncode

    def wait(self, timeout: float | None = None) -> int:
        """Its exit code, once it has ended.

        Raises:
            subprocess.TimeoutExpired: it runs on.
        """
        began = time.monotonic()
        while (code := self.poll()) is None:
            if timeout is not None and time.monotonic() - began > timeout:
                raise subprocess.TimeoutExpired(list(self.argv), timeout)
            time.sleep(POLL_SECONDS)
        return code

    def send_signal(self, sig: int) -> None:
        """Deliver it, unless it has ended."""
        if self.poll() is None:
            os.kill(self.pid, sig)

    def terminate(self) -> None:
        self.send_signal(signal.SIGTERM)

    def kill(self) -> None:
        self.send_signal(signal.SIGKILL)


class Server:
    """The process that is forked, and the parent of those it makes: only it can say how one ended."""

    def __init__(self) -> None:
        self.process = subprocess.Popen(
            [PYTHON, "-m", "tests.forkserver"],
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            start_new_session=True,
            text=True,
        )
        self.lock = threading.Lock()

    def ask(self, order: dict[str, Any]) -> Any:
        """Its answer to one line."""
        assert self.process.stdin
        assert self.process.stdout
        with self.lock:
            self.process.stdin.write(json.dumps(order) + "\n")
            self.process.stdin.flush()
            return json.loads(self.process.stdout.readline())

    def start(self, argv: Sequence[str], environment: Mapping[str, str], log: Path) -> Forked:
        order = {"argv": list(argv[1:]), "environment": dict(environment), "log": str(log.absolute())}
        return Forked(self, self.ask(order), argv)

    def stop(self) -> None:
        """It ends when nobody can give it orders any more."""
        for pipe in (self.process.stdin, self.process.stdout):
            assert pipe
            pipe.close()
        self.process.wait()


@cache
def server() -> Server:
    """The one of this test process, from its first use on."""
    made = Server()
    atexit.register(made.stop)
    return made
