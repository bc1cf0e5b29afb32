"""`./console test`: everything, on SQLite, again on PostgreSQL and Redis, and in a browser."""

import argparse
import contextlib
import os
import shutil
import signal
import subprocess
import tempfile
import time
import xml.etree.ElementTree as ET
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from types import FrameType
from urllib.parse import urlsplit

from procore_sync.development import commands
from procore_sync.development.children import ROOT, WINDOWS
from procore_sync.development.servers import Servers, servers

# A person's own settings must not reach the tests; least of all the keys of a real QuickBooks.
KEPT_OUT = ("QUICKBOOKS_", "CONTRACT_", "ENGINE_", "OIDC_", "PROBE", "DJANGO_", "PYTEST_", "EMAIL_", "ALERT_")
KEPT_OUT_EXACTLY = frozenset(
    {
        *("SECRET_KEY", "TOKEN_KEYS", "DEBUG", "ALLOWED_HOSTS", "PUBLIC_URL", "DEFAULT_FROM_EMAIL", "LOG_LEVEL"),
        *("STATIC_MANIFEST", "METRICS_TOKEN", "JOURNAL_SIGNING_KEY", "TRUSTED_PROXIES", "THROTTLE_SECONDS"),
        "UNDO_SECONDS",
    }
)
STOP_SECONDS = 15.0
# The shell draws the same pages without the browser's own windows, each of which costs half a second of processor time.
CHROMIUMS = ("chromium-headless-shell", "chromium")
APT = ["apt-get", "-o", "DPkg::Lock::Timeout=120"]


@dataclass(frozen=True)
class Pass:
    """One run of pytest: which tests, on which database, by how many processes."""

    name: str
    selection: tuple[str, ...]
    on_postgresql: bool
    processes: int = 2
    #: What stays with one process, because its tests share what is dear to start: a file, or a group of files.
    together: str = "loadfile"
    #: Plugins that none of its tests asks for: each of its processes would import them all the same.
    spared: tuple[str, ...] = ()
    #: How much it gives way to passes that wait for processes of theirs, as `nice` counts.
    gives_way: int = 0
    #: A company of Intuit's sandbox that it runs against, in place of the emulator.
    realm: str = ""


def files_marked(*marks: str) -> tuple[str, ...]:
    """The files of tests that name one of these marks: a pass that runs no others need not read them."""
    named = tuple(f"mark.{mark}" for mark in marks)
    found = (path for path in (ROOT / "tests").rglob("test_*.py") if any(one in path.read_text() for one in named))
    return tuple(sorted(str(path.relative_to(ROOT)) for path in found))


SQLITE = Pass("SQLite", ("-m", "not postgres and not e2e and not demo"), on_postgresql=False, gives_way=10)
POSTGRESQL = Pass(
    "PostgreSQL",
    ("-m", "(database or postgres) and not e2e", *files_marked("database", "postgres")),
    on_postgresql=True,
    spared=("playwright", "schemathesis"),
)
# Its groups are made in tests/e2e/conftest.py: all tests at the running site are one.
BROWSER = Pass(
    "browser",
    ("-m", "e2e", *files_marked("e2e")),
    on_postgresql=True,
    together="loadgroup",
    spared=("schemathesis",),
)
DEMO = Pass("demo", ("-m", "demo", *files_marked("demo")), on_postgresql=False, processes=1)
CONTRACT = Pass("contract", ("tests/contract",), on_postgresql=False)
EVERYTHING = [BROWSER, POSTGRESQL, SQLITE]
#: What an option runs instead, by its name.
ALONE = {"contract": [CONTRACT], "demo": [DEMO], "fast": [SQLITE]}


@dataclass
class Figures:
    """What a pass came to."""

    name: str
    passed: int = 0
    failed: int = 0
    skipped: int = 0
    seconds: float = 0.0
    sentence: str = ""

    @property
    def is_good(self) -> bool:
        """Everything ran and held: a skipped test, an empty pass and a broken pytest are failures too."""
        return not self.failed and not self.skipped and not self.sentence and self.passed > 0

    def __str__(self) -> str:
        counts = f"{self.passed:5} passed {self.failed:3} failed {self.skipped:3} skipped {self.seconds:7.1f} s"
        return f"{self.name:12}{counts}  {self.sentence}".rstrip()


def run(arguments: argparse.Namespace) -> int:
    """All passes, then one summary; 0 only if every test of every pass held."""
    if arguments.realm and not arguments.contract:
        print("--realm names a company for --contract: ./console test --contract --realm REALM.")
        return 2
    signal.signal(signal.SIGTERM, _as_interrupt)
    began = time.monotonic()
    chosen = next((passes for name, passes in ALONE.items() if getattr(arguments, name)), EVERYTHING)
    if arguments.realm:
        # One process: two that sign in at once would end each other's refresh token.
        chosen = [replace(CONTRACT, processes=0, realm=arguments.realm)]
    with servers(os.environ) as found, tempfile.TemporaryDirectory(prefix="tests-") as name:
        for told in found.told:
            print(told, flush=True)
        with ExitStack() as stack:
            begun = []
            # The passes run beside each other: one waits for its processes while another computes.
            for one in chosen:
                begun.append(stack.enter_context(_begun(one, found, Path(name), arguments.pytest)))
                if one is BROWSER:
                    _make_bytecode(found)
            figures = [one.result() for one in begun]
    return _summary(figures, time.monotonic() - began, everything=chosen is EVERYTHING and not arguments.pytest)


def _make_bytecode(found: Servers) -> None:
    """After a fresh clone: let one process compile what the many would each compile for themselves."""
    if not list((ROOT / "tests" / "__pycache__").glob("conftest.*")):
        argv = [commands.PYTHON, "-m", "pytest", "-q", "--collect-only", *SQLITE.selection]
        subprocess.run(  # noqa: S603 - our pytest
            argv, cwd=ROOT, env=_environment(SQLITE, found), stdout=subprocess.DEVNULL, check=False
        )


@dataclass
class Begun:
    """A pass on its way; without a process it cannot run, and `sentence` says why."""

    name: str
    report: Path
    log: Path
    process: subprocess.Popen[bytes] | None = None
    sentence: str = ""
    began: float = field(default_factory=time.monotonic)

    def result(self) -> Figures:
        """Wait for its end; then show what it said and count."""
        if self.process is None:
            return Figures(self.name, sentence=self.sentence)
        code = self.process.wait()
        seconds = time.monotonic() - self.began
        print(f"\n=== {self.name} ===\n{self.log.read_text(errors='replace').rstrip()}", flush=True)
        figures = _counted(self.name, self.report)
        figures.seconds = seconds
        if code not in (0, 1):
            figures.sentence = f"pytest ended with code {code}"
        return figures

    def stop(self) -> None:
        """End it as Ctrl-C does, so that it drops its databases."""
        if self.process and self.process.poll() is None:
            self.process.send_signal(signal.SIGINT)
            with contextlib.suppress(subprocess.TimeoutExpired):
                self.process.wait(timeout=STOP_SECONDS)
            self.process.kill()


@contextmanager
def _begun(one: Pass, found: Servers, folder: Path, more: list[str]) -> Iterator[Begun]:
    environment = _environment(one, found)
    begun = Begun(one.name, report=folder / f"{one.name}.xml", log=folder / f"{one.name}.log")
    if one in (BROWSER, DEMO):
        environment["CHROMIUM_PATH"] = find_chromium(environment)
        if not environment["CHROMIUM_PATH"]:
            begun.sentence = "NOT RUN: no Chromium. Install it, or name it with CHROMIUM_PATH."
            yield begun
            return
    argv = [commands.PYTHON, "-m", "pytest", "-q", *one.selection, f"--junit-xml={begun.report}"]
    argv += ["-n", str(one.processes), "--dist", one.together, *(f"-pno:{plugin}" for plugin in one.spared)]
    print(f"{one.name}: begun", flush=True)
    with begun.log.open("wb") as log:
        begun.process = subprocess.Popen(  # noqa: S603 - our pytest
            [*argv, *more], cwd=ROOT, env=environment, stdout=log, stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL
        )
    if one.gives_way and not WINDOWS:
        os.setpriority(os.PRIO_PROCESS, begun.process.pid, one.gives_way)
    try:
        yield begun
    finally:
        begun.stop()


def _counted(name: str, report: Path) -> Figures:
    if not report.exists():
        return Figures(name, sentence="pytest wrote no report")
    suite = ET.parse(report).getroot().find("testsuite")  # noqa: S314 - our own report
    if suite is None:
        return Figures(name, sentence="pytest wrote an empty report")
    total, failures, errors, skipped = (int(suite.get(key, "0")) for key in ("tests", "failures", "errors", "skipped"))
    return Figures(name, passed=total - failures - errors - skipped, failed=failures + errors, skipped=skipped)


def _environment(one: Pass, found: Servers) -> dict[str, str]:
    mine = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(KEPT_OUT) and name not in KEPT_OUT_EXACTLY
    }
    # Two passes at once make two databases, both copied from one that is migrated once (tests/databases.py).
    database_url = f"{found.database_url}_{one.name.lower()}" if one.on_postgresql else "sqlite:///:memory:"
    template = f"{urlsplit(found.database_url).path.strip('/')}_template"
    return {
        **mine,
        **_sign_in(one),
        "DATABASE_URL": database_url,
        "CONSOLE_TEST_TEMPLATE": template,
        "REDIS_URL": found.redis_url,
        "PYTHONUNBUFFERED": "1",
    }


def _sign_in(one: Pass) -> dict[str, str]:
    """How to sign in to the sandbox: nothing for a pass that runs in none (tests/contract/sandbox.py reads it)."""
    if not one.realm:
        return {}
    given = {name: value for name, value in os.environ.items() if name.startswith("CONTRACT_")}
    return {**given, "CONTRACT_REALM": one.realm}


def find_chromium(environ: Mapping[str, str]) -> str:
    """The path of a Chromium: the one named, the system's, Playwright's own, or one installed now; '' if none."""
    found = _there(environ.get("CHROMIUM_PATH", "")) or _of_the_system(environ) or _there(_of_playwright())
    if found:
        return found
    if not WINDOWS and os.geteuid() == 0 and Path("/etc/debian_version").exists():
        print("No Chromium here: installing Debian's.", flush=True)
        quietly = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
        subprocess.run([*APT, "update", "-qq"], env=quietly, check=False, stdout=subprocess.DEVNULL)  # noqa: S603
        for package in CHROMIUMS:
            argv = [*APT, "install", "-qq", "-y", "--no-install-recommends", package]
            if subprocess.run(argv, env=quietly, check=False, stdout=subprocess.DEVNULL).returncode == 0:  # noqa: S603
                break
    return _of_the_system(environ)


def _there(path: str) -> str:
    return path if path and Path(path).exists() else ""


def _of_the_system(environ: Mapping[str, str]) -> str:
    found = (shutil.which(name, path=environ.get("PATH")) for name in CHROMIUMS)
    return next((path for path in found if path), "")


def _of_playwright() -> str:
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        return playwright.chromium.executable_path


def _summary(figures: list[Figures], seconds: float, *, everything: bool) -> int:
    print("\n=== Summary ===")
    for one in figures:
        print(one)
    not_run = [one for one in figures if one.sentence.startswith("NOT RUN")]
    failed = [one for one in figures if not one.is_good and (one not in not_run or os.environ.get("CI"))]
    if not everything or not_run:
        print("This was NOT everything: ./console test with a Chromium runs all passes.")
    print(f"{len(figures)} passes in {seconds:.1f} s; {'FAILED' if failed else 'good'}")
    unwell = sum(one.failed for one in figures) + sum(1 for one in failed if not one.failed)
    print(f"{sum(one.passed for one in figures)} passed, {unwell} failed", flush=True)
    return 1 if failed else 0


def _as_interrupt(number: int, frame: FrameType | None) -> None:
    raise KeyboardInterrupt
