"""./console demo: it proves itself, runs twice, and never leaves anything running."""

import os
import re
import signal
import subprocess
from pathlib import Path

import pytest

from procore_sync.development.children import ROOT, Child, answers, wait_for
from tests.demo import DEMO, plain_environment, start_demo

pytestmark = pytest.mark.e2e


def members(demo: Child) -> list[int]:
    """The processes that the demo started."""
    return [int(pid) for pid in Path(f"/proc/{demo.pid}/task/{demo.pid}/children").read_text().split()]


def is_gone(pid: int) -> bool:
    return not Path(f"/proc/{pid}").exists()


@pytest.mark.timeout(240)
@pytest.mark.parametrize("more", [[], ["--one-process"]], ids=["with a broker", "in one process"])
def test_it_takes_records_to_synced_and_leaves(more: list[str]) -> None:
    done = subprocess.run(
        [*DEMO, "--check", *more], cwd=ROOT, env=plain_environment(), capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "demo --check passed" in done.stdout
    assert len(re.findall(r"\d\.\d s", done.stdout)) >= 6


@pytest.mark.timeout(300)
def test_a_dead_part_stops_all_with_its_name_and_a_second_start_finds_what_was_there(tmp_path: Path) -> None:
    demo = start_demo(tmp_path)
    address = re.search(r"http://\S+", demo.output())
    assert address
    assert answers(f"{address[0]}/readyz")
    assert "harbor" in demo.output()
    started = members(demo)
    assert len(started) == 4
    os.kill(started[0], signal.SIGKILL)
    wait_for(lambda: not demo.is_running, 30, what="the demo stops")
    assert demo.process.returncode == 1
    assert "emulator ended with code -9" in demo.output()
    assert all(map(is_gone, started))

    (tmp_path / "demo.log").unlink()
    again = start_demo(tmp_path)
    started = members(again)
    assert again.stop(seconds=30) == 0
    assert "Stopped." in again.output()
    assert all(map(is_gone, started))
