"""./console demo: it proves itself, runs twice, and never leaves anything running."""

import json
import os
import re
import signal
import sqlite3
import subprocess
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from subprocess import CompletedProcess

import pytest
import requests

from procore_sync.demo import sample
from procore_sync.demo.person import Person
from procore_sync.development.children import ROOT, Child, free_port, wait_for
from tests.demo import DEMO, plain_environment, start_demo

# Both are at the folder of one demo; the pass of the browser keeps a file in one process.
pytestmark = pytest.mark.e2e


def members(demo: Child) -> list[int]:
    """The processes that the demo started."""
    return [int(pid) for pid in Path(f"/proc/{demo.pid}/task/{demo.pid}/children").read_text().split()]


def carry_to_synced(demo: Child, name: str) -> None:
    """A vendor, sent and accepted over HTTP at a demo that runs, until it is in the look-alike's books."""
    console, lookalike = re.findall(r"^The .+: +(http://\S+)$", demo.output(), re.MULTILINE)
    sender, approver = (Person(console, f"{who}@{sample.MAIL}") for who in ("max", "ada"))
    (made,) = re.findall(r"/vendors/(\d+)/$", sender.post("/vendors/new/", name=name).url)
    (pk,) = set(re.findall(r"/review/(\d+)/", sender.get(f"/vendors/{made}/").text))
    sender.send(int(pk))
    approver.accept(int(pk))
    link = approver.wait_for(int(pk), "synced")["link"]
    books = requests.get(f"{lookalike}/_control/documents/{sample.REALM}/Vendor", timeout=10).json()
    assert [one["DisplayName"] for one in books if one["Id"] == link["remote_id"]] == [name]


def prepared(home: Path) -> str:
    """What the last start said of the sample."""
    return (home / "logs" / "prepare.log").read_text()


def is_gone(pid: int) -> bool:
    return not Path(f"/proc/{pid}").exists()


@pytest.fixture(scope="module")
def checked(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, CompletedProcess[str], str]:
    """The folder that `--check` has filled from nothing, what it said, and what was said of the sample then.

    Filling is most of what a demo costs.
    """
    kept = tmp_path_factory.mktemp("checked") / "demo"
    argv = [*DEMO, "--check", "--folder", str(kept)]
    done = subprocess.run(argv, cwd=ROOT, env=plain_environment(), capture_output=True, text=True, check=False)
    return kept, done, prepared(kept)


@pytest.mark.timeout(600)
def test_it_takes_records_to_synced_and_leaves(checked: tuple[Path, CompletedProcess[str], str]) -> None:
    _, done, said_of_the_sample = checked
    assert done.returncode == 0, done.stdout + done.stderr
    assert "Every record is synced and verified." in done.stdout
    assert "demo --check passed" in done.stdout
    assert len(re.findall(r"\d\.\d s", done.stdout)) >= 6
    assert "sample company is there already" not in said_of_the_sample


def test_what_is_unread_in_it_needs_somebody(checked: tuple[Path, CompletedProcess[str], str]) -> None:
    kept, _, _ = checked
    asked = "SELECT about, created_at, read_at FROM acceptance_notice WHERE in_console"
    with closing(sqlite3.connect(kept / "console.sqlite3")) as database:
        notices = database.execute(asked).fetchall()
    unread = {about for about, _, read_at in notices if not read_at}
    went_well = [(created_at, read_at) for about, created_at, read_at in notices if about == "synced"]
    made_by = max(read_at for _, read_at in went_well if read_at)

    assert {"rejected", "failed"} <= unread
    assert [one for one in went_well if one[0] < made_by and not one[1]] == []


def test_one_person_of_it_has_yet_to_come(checked: tuple[Path, CompletedProcess[str], str]) -> None:
    kept, _, _ = checked
    with closing(sqlite3.connect(kept / "console.sqlite3")) as database:
        never = database.execute("SELECT email FROM accounts_user WHERE last_login IS NULL").fetchall()

    assert never == [(f"{sample.NEWEST}@{sample.MAIL}",)]


@pytest.fixture
def demos() -> Iterator[list[Child]]:
    """Whatever demo a test puts in here is stopped at its end, also if the test fails."""
    begun: list[Child] = []
    yield begun
    for one in begun:
        one.stop(seconds=30)


def test_its_addresses_are_its_own_from_the_choice_on(
    tmp_path: Path, demos: list[Child], checked: tuple[Path, CompletedProcess[str], str]
) -> None:
    kept, _, _ = checked
    chosen = kept / "environment.json"
    chosen.unlink()
    argv = [*DEMO, "--folder", str(kept), "--one-process"]
    demo = Child("demo", argv, environment=plain_environment(), log=tmp_path / "demo.log")
    demos.append(demo)
    wait_for(lambda: "QuickBooks look-alike" in demo.output(), 60, what="the look-alike is up", children=[demo])
    address = json.loads(chosen.read_text())["PUBLIC_URL"]
    assert free_port(int(address.rpartition(":")[2])) != int(address.rpartition(":")[2])
    assert "web, worker" not in demo.output()


@pytest.mark.timeout(600)
def test_one_process_carries_all_and_with_a_broker_the_next_start_finds_it_and_stops_with_its_dead_part(
    tmp_path: Path, demos: list[Child], checked: tuple[Path, CompletedProcess[str], str]
) -> None:
    kept, _, _ = checked
    demo = start_demo(kept, tmp_path / "first.log", "--one-process")
    demos.append(demo)
    started = members(demo)
    assert len(started) == 2
    assert "harbor" in demo.output()
    assert "sample company is there already" in prepared(kept)
    carry_to_synced(demo, "Sakonnet Sheet Metal")
    assert demo.stop(seconds=30) == 0
    assert "Stopped." in demo.output()
    assert all(map(is_gone, started))

    again = start_demo(kept, tmp_path / "second.log")
    demos.append(again)
    started = members(again)
    assert len(started) == 4
    assert "sample company is there already" in prepared(kept)
    os.kill(started[0], signal.SIGKILL)
    wait_for(lambda: not again.is_running, 30, what="the demo stops")
    assert again.process.returncode == 1
    assert "emulator ended with code -9" in again.output()
    assert all(map(is_gone, started))
