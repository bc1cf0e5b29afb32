"""./console demo: it proves itself, runs twice, and never leaves anything running."""

import json
import os
import re
import signal
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from procore_sync.development import commands
from procore_sync.development.children import ROOT, Child, wait_for
from tests.demo import DEMO, plain_environment, start_demo

pytestmark = pytest.mark.e2e


def members(demo: Child) -> list[int]:
    """The processes that the demo started."""
    return [int(pid) for pid in Path(f"/proc/{demo.pid}/task/{demo.pid}/children").read_text().split()]


def carry_to_synced(tmp_path: Path, demo: Child) -> None:
    """What `--check` does to a demo, done to one that runs."""
    console, lookalike = re.findall(r"^The .+: +(http://\S+)$", demo.output(), re.MULTILINE)
    told = json.loads((tmp_path / "demo" / "environment.json").read_text())
    argv = commands.manage("demo_check", "--console", console, "--emulator", lookalike)
    done = subprocess.run(argv, cwd=ROOT, env={**os.environ, **told}, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "Every record is synced and verified." in done.stdout


def is_gone(pid: int) -> bool:
    return not Path(f"/proc/{pid}").exists()


@pytest.mark.timeout(600)
def test_it_takes_records_to_synced_and_leaves() -> None:
    done = subprocess.run(
        [*DEMO, "--check"], cwd=ROOT, env=plain_environment(), capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "demo --check passed" in done.stdout
    assert len(re.findall(r"\d\.\d s", done.stdout)) >= 6


@pytest.fixture
def demos() -> Iterator[list[Child]]:
    """Whatever demo a test puts in here is stopped at its end, also if the test fails."""
    begun: list[Child] = []
    yield begun
    for one in begun:
        one.stop(seconds=30)


@pytest.mark.timeout(600)
def test_one_process_carries_all_and_with_a_broker_the_second_start_finds_it_and_stops_with_its_dead_part(
    tmp_path: Path, demos: list[Child]
) -> None:
    demo = start_demo(tmp_path, "--one-process")
    demos.append(demo)
    started = members(demo)
    assert len(started) == 2
    assert "harbor" in demo.output()
    carry_to_synced(tmp_path, demo)
    assert demo.stop(seconds=30) == 0
    assert "Stopped." in demo.output()
    assert all(map(is_gone, started))

    (tmp_path / "demo.log").unlink()
    again = start_demo(tmp_path)
    demos.append(again)
    started = members(again)
    assert len(started) == 4
    assert "sample company is there already" in (tmp_path / "demo" / "logs" / "prepare.log").read_text()
    os.kill(started[0], signal.SIGKILL)
    wait_for(lambda: not again.is_running, 30, what="the demo stops")
    assert again.process.returncode == 1
    assert "emulator ended with code -9" in again.output()
    assert all(map(is_gone, started))
