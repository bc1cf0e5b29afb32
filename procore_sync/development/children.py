"""Started processes: their logs kept, their readiness awaited, their end certain."""

import contextlib
import os
import random
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import BinaryIO, Protocol, Self

ROOT = Path(__file__).resolve().parent.parent.parent
POLL_SECONDS = 0.05
STOP_SECONDS = 10.0
WINDOWS = sys.platform == "win32"
BELOW_THOSE_OF_CALLS = range(20_000, 32_000)


class ChildDied(Exception):
    """A process ended by itself. The message carries its last log lines."""


class NeverHappened(Exception):
    """What was awaited did not come in time. The message carries the last log lines of every child concerned."""


class Process(Protocol):
    """What is used of `subprocess.Popen`."""

    @property
    def pid(self) -> int: ...

    @property
    def returncode(self) -> int | None: ...

    def poll(self) -> int | None: ...

    def wait(self, timeout: float | None = None) -> int: ...

    def send_signal(self, sig: int) -> None: ...

    def terminate(self) -> None: ...

    def kill(self) -> None: ...


def started(argv: Sequence[str], environment: Mapping[str, str], output: BinaryIO) -> Process:
    """A process of its own group, which writes whatever it says to `output`."""
    return subprocess.Popen(  # noqa: S603 - the commands are our own, none comes from outside
        list(argv),
        cwd=ROOT,
        env=dict(environment),
        stdin=subprocess.DEVNULL,
        stdout=output,
        stderr=subprocess.STDOUT,
        start_new_session=not WINDOWS,
    )


Start = Callable[[Sequence[str], Mapping[str, str], BinaryIO], Process]


class Child:
    """One process with its whole output in a file; it leads a group, so that its own children end with it."""

    def __init__(
        self, name: str, argv: Sequence[str], *, environment: Mapping[str, str], log: Path, start: Start = started
    ) -> None:
        self.name = name
        self.argv = list(argv)
        self.log = log
        with log.open("ab") as output:
            self.process = start(argv, environment, output)

    @property
    def pid(self) -> int:
        return self.process.pid

    @property
    def is_running(self) -> bool:
        return self.process.poll() is None

    def output(self) -> str:
        """Everything the process has said so far."""
        return self.log.read_text(errors="replace")

    def last_lines(self, count: int = 20) -> str:
        """The last `count` lines of its output, under a line that says who it is and how it fares."""
        fate = "is running" if self.is_running else f"ended with code {self.process.returncode}"
        return "\n".join([f"--- {self.name} {fate}; its last lines:", *self.output().splitlines()[-count:]])

    def send(self, number: signal.Signals) -> None:
        """Deliver a signal to the process and to everything it started. A dead process is left in peace."""
        with contextlib.suppress(ProcessLookupError, PermissionError):
            if WINDOWS:
                self.process.send_signal(number)
            else:
                os.killpg(self.process.pid, number)

    def kill(self) -> None:
        """SIGKILL to the whole group, as a machine that loses power would; returns when it is gone."""
        if WINDOWS:
            self.process.kill()
        else:
            self.send(signal.SIGKILL)
        self.process.wait()

    def stop(self, seconds: float = STOP_SECONDS) -> int:
        """SIGTERM to the process alone, then SIGKILL to its group if it is not gone in time. Returns its exit code."""
        if self.is_running:
            self.process.terminate()
        with contextlib.suppress(subprocess.TimeoutExpired):
            self.process.wait(seconds)
        self.kill()
        return self.process.wait()


class Children:
    """Processes that live and die together: leaving the block ends them all, the last started first."""

    def __init__(self, folder: Path, *, launch: Start = started) -> None:
        self.folder = folder
        self.launch = launch
        self.all: list[Child] = []

    def __enter__(self) -> Self:
        self.folder.mkdir(parents=True, exist_ok=True)
        return self

    def __exit__(self, *_: object) -> None:
        """Whoever was started first is needed by those after it, and so is told last."""
        for child in reversed(self.all):
            child.stop()

    def start(self, name: str, argv: Sequence[str], environment: Mapping[str, str]) -> Child:
        """Start `argv` with exactly this environment; its output goes to `<name>.log` in the folder."""
        log = self.folder / f"{name}.log"
        log.unlink(missing_ok=True)
        child = Child(name, argv, environment=environment, log=log, start=self.launch)
        self.all.append(child)
        return child

    def dead(self) -> Iterator[Child]:
        return (child for child in self.all if not child.is_running)


def wait_for(
    condition: Callable[[], object], seconds: float, *, what: str = "", children: Iterable[Child] = ()
) -> float:
    """Wait until `condition` is true; returns the seconds it took.

    Raises:
        ChildDied: one of `children` ended while it was waited for.
        NeverHappened: the time ran out. Both messages carry the children's last log lines.
    """
    children = list(children)
    awaited = what or getattr(condition, "__name__", "the condition")
    started = time.monotonic()
    while not condition():
        if dead := [child.name for child in children if not child.is_running]:
            raise ChildDied(f"{', '.join(dead)} ended before {awaited}.\n{_logs(children)}")
        if time.monotonic() - started > seconds:
            raise NeverHappened(f"{awaited} did not happen within {seconds:g} s.\n{_logs(children)}")
        time.sleep(POLL_SECONDS)
    return time.monotonic() - started


def _logs(children: Iterable[Child]) -> str:
    return "\n".join(child.last_lines() for child in children)


def answers(url: str) -> bool:
    """Whether an HTTP GET of `url` is answered with 200."""
    try:
        with urllib.request.urlopen(url, timeout=5) as response:  # noqa: S310 - always an http address of ours
            return bool(response.status == 200)
    except OSError:
        return False


def free_port(preferred: int = 0) -> int:
    """A port of 127.0.0.1 that nobody listens on: `preferred` if it is free, else one below those of calls.

    A port that the system picks is one of those from which calls go out: until whoever asked listens on it, perhaps a
    minute later, any call of this machine could have taken it.
    """
    with held_port(preferred) as held:
        return int(held.getsockname()[1])


def held_port(preferred: int = 0) -> socket.socket:
    """The same, listened on by the socket that is returned, so that nobody else takes it before that one is closed."""
    others = random.sample(BELOW_THOSE_OF_CALLS, 50)
    for candidate in (preferred, *others) if preferred else others:
        held = socket.socket()
        try:
            if not WINDOWS:
                # A port whose last connection is only being forgotten by the kernel counts as free.
                held.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            held.bind(("127.0.0.1", candidate))
            # Two that are only bound, and both may reuse the address, would not be in each other's way.
            held.listen()
        except OSError:
            held.close()
        else:
            return held
    raise OSError("no free port on 127.0.0.1")
