"""A forked process is what a started one would be: whoever tests with it tests the product as it runs."""

import json
import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from procore_sync.development.children import Child, Start, started, wait_for
from tests.forking import Forked, forked

TELL = """
import json, os, random, signal, sys
print(json.dumps({
    "argv": sys.argv[1:], "main": sys.modules["__main__"].__file__, "environment": dict(os.environ),
    "folder": os.getcwd(), "leads": os.getpgrp() == os.getpid(), "read": sys.stdin.read(),
    "project": sorted(name for name in sys.modules if name.split(".")[0] in ("procore_sync", "acceptance", "kit")),
    "django": "django" in sys.modules, "term": signal.getsignal(signal.SIGTERM) == signal.SIG_DFL,
}), flush=True)
print(random.random(), file=sys.stderr, flush=True)
"""
SLEEP = "import subprocess, time\nprint(subprocess.Popen(['sleep', '60']).pid, flush=True)\ntime.sleep(60)"


def script(tmp_path: Path, text: str) -> str:
    path = tmp_path / "script.py"
    path.write_text(text)
    return str(path)


def child(tmp_path: Path, text: str, *arguments: str, start: Start = forked, name: str = "child") -> Child:
    argv = [sys.executable, script(tmp_path, text), *arguments]
    environment = {key: value for key, value in os.environ.items() if key != "SECRET_KEY"} | {"SAID": "here"}
    return Child(name, argv, environment=environment, log=tmp_path / f"{name}.log", start=start)


def told(tmp_path: Path, start: Start) -> dict[str, Any]:
    made = child(tmp_path, TELL, "a", "b c", start=start, name=start.__name__)
    assert made.process.wait(30) == 0, made.output()
    told: dict[str, Any] = json.loads(made.output().splitlines()[0])
    return told


def test_it_sees_what_a_started_one_sees(tmp_path: Path) -> None:
    one, other = told(tmp_path, started), told(tmp_path, forked)

    assert (one.pop("django"), other.pop("django")) == (False, True)
    assert other == one
    assert other["project"] == []
    assert other["environment"]["SAID"] == "here"
    assert "SECRET_KEY" not in other["environment"]


def test_a_module_runs_as_main(tmp_path: Path) -> None:
    argv = [sys.executable, "-m", "json.tool", "--help"]
    made = Child("module", argv, environment=os.environ, log=tmp_path / "module.log", start=forked)

    assert isinstance(made.process, Forked)
    assert made.process.wait(30) == 0
    assert "usage:" in made.output()


def test_two_throw_different_dice(tmp_path: Path) -> None:
    made = [child(tmp_path, TELL, name=name) for name in ("a", "b")]

    assert [one.process.wait(30) for one in made] == [0, 0]
    assert len({one.output().splitlines()[1] for one in made}) == 2


@pytest.mark.parametrize(("text", "code"), [("raise SystemExit(3)", 3), ("1 / 0", 1), ("", 0)])
def test_its_exit_code_and_its_last_words_are_kept(tmp_path: Path, text: str, code: int) -> None:
    made = child(tmp_path, text)

    assert made.process.wait(30) == code
    assert made.process.wait(0) == code
    assert ("ZeroDivisionError" in made.output()) == (text == "1 / 0")


def test_a_signal_ends_it_and_a_kill_its_own_children_too(tmp_path: Path) -> None:
    stopped, killed = child(tmp_path, SLEEP, name="stopped"), child(tmp_path, SLEEP, name="killed")
    wait_for(lambda: stopped.output().strip() and killed.output().strip(), 30, children=[stopped, killed])
    with pytest.raises(subprocess.TimeoutExpired):
        killed.process.wait(0.1)

    assert stopped.stop() == -signal.SIGTERM
    killed.kill()
    assert killed.process.returncode == -signal.SIGKILL
    wait_for(lambda: not Path(f"/proc/{int(killed.output())}/cmdline").exists(), 5)
    killed.send(signal.SIGTERM)
    killed.process.terminate()


@pytest.mark.parametrize(
    ("argv", "more"),
    [
        (["sleep", "0"], {}),
        ([sys.executable, "-c", ""], {}),
        ([sys.executable, "-m", "json.tool", "--help"], {"LD_PRELOAD": ""}),
        ([sys.executable, "-m", "json.tool", "--help"], {"PYTHONHASHSEED": "1"}),
    ],
)
def test_what_cannot_be_forked_is_started(tmp_path: Path, argv: list[str], more: dict[str, str]) -> None:
    made = Child("it", argv, environment={**os.environ, **more}, log=tmp_path / "it.log", start=forked)

    assert isinstance(made.process, subprocess.Popen)
    assert made.process.wait(30) == 0
