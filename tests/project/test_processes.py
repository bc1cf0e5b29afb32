"""The harness itself: real processes start, die as told, and say why when they do not start."""

import os
import signal
import sys
from pathlib import Path

import pytest

from procore_sync.development.children import (
    BELOW_THOSE_OF_CALLS,
    Child,
    ChildDied,
    Children,
    NeverHappened,
    free_port,
    held_port,
    wait_for,
)
from tests import conftest
from tests.processes import Processes

SLEEP = [sys.executable, "-c", "import time; print('up', flush=True); time.sleep(60)"]
STUBBORN = [
    *(sys.executable, "-c"),
    "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); print('up', flush=True); time.sleep(60)",
]
PARENT = [
    *(sys.executable, "-c"),
    "import subprocess, sys; print(subprocess.Popen(['sleep', '60']).pid, flush=True); import time; time.sleep(60)",
]


def start(tmp_path: Path, argv: list[str]) -> Child:
    return Child("child", argv, environment={}, log=tmp_path / "child.log")


def is_alive(pid: int) -> bool:
    """Whether a process runs; one that only waits to be collected by its parent does not."""
    try:
        return ") Z " not in Path(f"/proc/{pid}/stat").read_text()
    except FileNotFoundError:
        return False


def test_it_stops_a_child_that_listens_to_sigterm(tmp_path: Path) -> None:
    child = start(tmp_path, SLEEP)
    wait_for(lambda: "up" in child.output(), 5, children=[child])
    assert child.stop() == -signal.SIGTERM


def test_it_kills_a_child_that_does_not_listen(tmp_path: Path) -> None:
    child = start(tmp_path, STUBBORN)
    wait_for(lambda: "up" in child.output(), 5, children=[child])
    assert child.stop(seconds=0.2) == -signal.SIGKILL


def test_it_takes_the_childs_own_children_with_it(tmp_path: Path) -> None:
    child = start(tmp_path, PARENT)
    wait_for(lambda: child.output().strip(), 5, children=[child])
    grandchild = int(child.output())
    assert is_alive(grandchild)
    child.kill()
    wait_for(lambda: not is_alive(grandchild), 5)


def test_leaving_the_block_ends_all_children(tmp_path: Path) -> None:
    with Children(tmp_path) as children:
        first, second = children.start("a", SLEEP, {}), children.start("b", SLEEP, {})
        assert first.is_running
        assert second.is_running
    assert (first.process.returncode, second.process.returncode) == (-signal.SIGTERM, -signal.SIGTERM)


def test_waiting_for_a_dead_child_ends_at_once_with_its_last_words(tmp_path: Path) -> None:
    child = start(tmp_path, [sys.executable, "-c", "raise SystemExit('no such database')"])
    with pytest.raises(ChildDied, match="no such database"):
        wait_for(lambda: False, 30, children=[child])


def test_waiting_too_long_says_what_for_and_shows_the_log(tmp_path: Path) -> None:
    child = start(tmp_path, SLEEP)
    with pytest.raises(NeverHappened, match=r"(?s)the moon lands did not happen within 1 s.*up"):
        wait_for(lambda: False, 1, what="the moon lands", children=[child])
    child.kill()


@pytest.mark.parametrize(
    ("url", "numbered"),
    [
        ("redis://127.0.0.1:6379/0", "redis://127.0.0.1:6379/3"),
        ("rediss://:word@broker:6380", "rediss://:word@broker:6380/3"),
        ("unix:///run/a/s?db=0", "unix:///run/a/s?db=3"),
    ],
)
def test_a_leased_redis_database_keeps_its_server(url: str, numbered: str) -> None:
    assert conftest.numbered(url, 3) == numbered


def test_a_taken_port_is_not_free() -> None:
    import socket

    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        assert free_port(port) in BELOW_THOSE_OF_CALLS
    assert free_port(port) == port


def test_a_port_for_later_is_none_from_which_calls_go_out() -> None:
    assert {free_port() in BELOW_THOSE_OF_CALLS for _ in range(50)} == {True}


def test_a_held_port_is_nobody_elses_until_it_is_let_go() -> None:
    with held_port() as held:
        port = held.getsockname()[1]
        assert free_port(port) != port
    assert free_port(port) == port


def test_the_one_process_ends_where_another_has_its_port(tmp_path: Path) -> None:
    with held_port() as taken:
        port = str(taken.getsockname()[1])
        argv = [sys.executable, "-m", "procore_sync.development.one_process", port, "schedule"]
        child = Child("console", argv, environment=os.environ, log=tmp_path / "console.log")
        wait_for(lambda: not child.is_running, 60, what="it ends")
    assert child.process.returncode == 1
    assert "Address already in use" in child.output()


@pytest.mark.postgres
def test_a_killed_worker_is_gone_with_its_pool(running: Processes) -> None:
    worker = running.worker(pool="prefork")
    children = [int(pid) for pid in Path(f"/proc/{worker.pid}/task/{worker.pid}/children").read_text().split()]
    assert len(children) == 2
    worker.kill()
    wait_for(lambda: not any(map(is_alive, children)), 5)
