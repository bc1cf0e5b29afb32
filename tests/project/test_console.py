"""The entry script: it needs only Python, says plainly what is missing, and leaves another's .venv alone."""

import importlib.machinery
import importlib.util
import os
import shutil
import stat
import subprocess
import sys
from pathlib import Path
from types import ModuleType, SimpleNamespace

import pytest

from procore_sync.development import demo
from procore_sync.development.children import ROOT


@pytest.fixture
def console(tmp_path: Path) -> ModuleType:
    """The script as a module, in a folder of its own with a small lock."""
    shutil.copy(ROOT / "console", tmp_path / "console")
    (tmp_path / "requirements.lock").write_text("nothing==1 --hash=sha256:00\n")
    loader = importlib.machinery.SourceFileLoader("console_script", str(tmp_path / "console"))
    spec = importlib.util.spec_from_loader("console_script", loader)
    assert spec
    module = importlib.util.module_from_spec(spec)
    loader.exec_module(module)
    return module


@pytest.fixture
def done(console: ModuleType, monkeypatch: pytest.MonkeyPatch) -> list[list[str]]:
    """The commands that the script ran or handed over to, instead of running them."""
    ran: list[list[str]] = []

    def run(argv: list[str], **_: object) -> SimpleNamespace:
        ran.append(argv)
        Path(console.PYTHON).parent.mkdir(parents=True, exist_ok=True)
        Path(console.PYTHON).touch()
        return SimpleNamespace(returncode=0)

    monkeypatch.setattr(console.subprocess, "run", run)
    monkeypatch.setattr(console.os, "execv", lambda path, argv: ran.append(argv))
    monkeypatch.setattr(console.os, "chdir", lambda path: None)
    monkeypatch.setenv("NO_UV", "1")
    return ran


def test_it_is_executable_and_uses_the_standard_library_only() -> None:
    assert (ROOT / "console").stat().st_mode & stat.S_IXUSR
    shown = subprocess.run([sys.executable, "-I", "-S", ROOT / "console"], capture_output=True, text=True, check=False)
    assert shown.returncode == 0
    for command in ("demo", "test", "check", "manage", "lock"):
        assert f"\n  {command} " in shown.stdout


def test_an_old_python_is_told_so(console: ModuleType, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(console.sys, "version_info", (3, 9, 18))
    with pytest.raises(SystemExit, match=r"Python 3\.11 or newer is needed, this is"):
        console.main(["demo"])


def test_a_missing_venv_module_is_told_with_the_line_that_cures_it(
    console: ModuleType, done: list[list[str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "ensurepip", None)
    version = f"{sys.version_info[0]}.{sys.version_info[1]}"
    with pytest.raises(SystemExit, match=f"sudo apt-get install -y python{version}-venv"):
        console.main(["demo"])
    assert done == []


def test_it_installs_once_and_hands_over(console: ModuleType, done: list[list[str]]) -> None:
    console.main(["demo", "--check"])
    console.main(["test", "--", "-k", "x"])
    making, installing, first, second = done
    assert making[1:3] == ["-m", "venv"]
    assert "--require-hashes" in installing
    assert "--no-deps" in installing
    assert first[1:] == ["-m", "procore_sync.development", "demo", "--check"]
    assert second[1:] == ["-m", "procore_sync.development", "test", "--", "-k", "x"]


def test_it_installs_again_when_the_lock_changed(console: ModuleType, done: list[list[str]]) -> None:
    console.main(["check"])
    Path(console.LOCK).write_text("other==2 --hash=sha256:00\n")
    console.main(["check"])
    assert sum("venv" in argv for argv in done) == 2


def test_it_installs_again_after_a_broken_installation(console: ModuleType, done: list[list[str]]) -> None:
    console.main(["check"])
    os.remove(console.STAMP)
    console.main(["check"])
    assert sum("venv" in argv for argv in done) == 2


def test_a_failed_installation_leaves_no_stamp(console: ModuleType, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(argv: list[str], **_: object) -> None:
        raise subprocess.CalledProcessError(1, argv)

    monkeypatch.setenv("NO_UV", "1")
    monkeypatch.setattr(console.subprocess, "run", fail)
    monkeypatch.setattr(console.os, "chdir", lambda path: None)
    with pytest.raises(SystemExit, match="needs a network"):
        console.main(["demo"])
    assert not os.path.exists(console.STAMP)


def test_a_linked_venv_is_used_as_it_is(console: ModuleType, done: list[list[str]], tmp_path: Path) -> None:
    (tmp_path / "shared").mkdir()
    Path(console.VENV).symlink_to(tmp_path / "shared")
    console.main(["check"])
    assert [argv[1:] for argv in done] == [["-m", "procore_sync.development", "check"]]
    assert list((tmp_path / "shared").iterdir()) == []


def test_uv_is_used_when_it_is_there(
    console: ModuleType, done: list[list[str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("NO_UV")
    monkeypatch.setattr(console.shutil, "which", lambda name: "/bin/uv")
    console.main(["check"])
    assert [argv[0] for argv in done[:2]] == ["/bin/uv", "/bin/uv"]
    assert "--require-hashes" in done[1]


def test_where_there_is_no_uv_the_locks_own_is_used(
    console: ModuleType, done: list[list[str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    read: list[str] = []
    monkeypatch.delenv("NO_UV")
    monkeypatch.setattr(console.shutil, "which", lambda name: None)
    monkeypatch.setattr(console, "pip_install", lambda lock: read.append(Path(lock).read_text()))
    Path(console.LOCK).write_text(
        "a==1 \\\n    --hash=sha256:00\nuv==2 \\\n    --hash=sha256:01 \\\n    --hash=sha256:02\nz==3\n"
    )
    console.main(["check"])
    assert read == ["uv==2 \\\n    --hash=sha256:01 \\\n    --hash=sha256:02\n"]
    assert done[0][1:3] == ["-m", "venv"]
    assert done[1][0] == str(Path(console.PYTHON).with_name("uv"))
    assert "--require-hashes" in done[1]


def test_where_uv_cannot_pip_steps_in(
    console: ModuleType,
    done: list[list[str]],
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    recorded = console.subprocess.run

    def run(argv: list[str], **more: object) -> SimpleNamespace:
        if argv[0] == "/bin/uv":
            raise subprocess.CalledProcessError(2, argv)
        return recorded(argv, **more)  # type: ignore[no-any-return]

    monkeypatch.delenv("NO_UV")
    monkeypatch.setattr(console.shutil, "which", lambda name: "/bin/uv")
    monkeypatch.setattr(console.subprocess, "run", run)
    console.main(["check"])
    assert [argv[2] for argv in done[:2]] == ["venv", "pip"]
    assert "uv could not" in capsys.readouterr().err
    assert os.path.exists(console.STAMP)


def test_the_many_processes_keep_their_bytecode(
    console: ModuleType, done: list[list[str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PYTHONDONTWRITEBYTECODE", "1")
    console.main(["demo"])
    assert "PYTHONDONTWRITEBYTECODE" not in os.environ


def test_a_folder_that_a_demo_cannot_be_kept_in_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    for folder in (tmp_path / "file", tmp_path / "file" / "demo"):
        with pytest.raises(SystemExit, match=r"cannot be kept in .*Name another folder with --folder"):
            demo.show(folder, one_process=True)


def test_a_fresh_demo_takes_nothing_from_one_that_runs(tmp_path: Path) -> None:
    with demo._only_one(tmp_path):
        (tmp_path / "console.sqlite3").write_text("in use")
        with pytest.raises(SystemExit, match="A demo is already running"):
            demo.show(tmp_path, one_process=True, fresh=True)
    assert (tmp_path / "console.sqlite3").read_text() == "in use"


def test_a_fresh_demo_forgets_what_demos_keep_and_nothing_else(tmp_path: Path) -> None:
    (tmp_path / "thesis.txt").write_text("mine")
    for name in ("console.sqlite3", "console.sqlite3-wal", "secrets.json", "schedule.dat"):
        (tmp_path / name).touch()
    (tmp_path / "mail").mkdir()
    (tmp_path / "mail" / "1.log").touch()
    demo.forget(tmp_path)
    assert [one.name for one in tmp_path.iterdir()] == ["thesis.txt"]
