"""A real emulator process on a free port for the whole session, put back to its seed before every test.

With CONTRACT_REALM the tests that are marked `sandbox` run against a company of Intuit's sandbox instead (sandbox.py),
and what only an emulator can show is left out by name.
"""

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest
import requests

from .company import WAIT, Company, Json, error_of
from .sandbox import Lent, SignIn
from .statements import STATEMENTS, outcomes, share

__all__ = ["WAIT", "Company", "Json", "error_of"]

HARBOR_ROW = "9341450000000001"
OTHER_BOOKS = "9341450000000002"
NORTHERN = "9341450000000003"
CLIENT = ("demo-client", "demo-secret")
CALLBACK = "http://localhost:9/callback"
ACCOUNTING = "com.intuit.quickbooks.accounting"
IN_SANDBOX = bool(os.environ.get("CONTRACT_REALM"))
#: Asked for by tests that need more than the API: the emulator's clock, switches, faults and settings.
OF_THE_EMULATOR = ("plane", "connect", "books", "documents")
left_out: dict[str, str] = {}
left_behind: list[str] = []


def start_emulator(data: Path, *words: str) -> tuple[subprocess.Popen[str], str]:
    """A new emulator process on a free port, and its address once it is ready."""
    command = [sys.executable, "-m", "quickbooks_bridge.emulator", "--port", "0", "--data", str(data), *words]
    environment = {name: value for name, value in os.environ.items() if not name.startswith("COV")}
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environment)
    assert process.stdout is not None
    line = process.stdout.readline()
    assert "ready at http://" in line, f"the emulator said {line!r}"
    return process, line.rpartition(" ")[2].strip()


def stop_emulator(process: subprocess.Popen[str]) -> int:
    """Stop a process with SIGTERM; its exit code."""
    process.terminate()
    code = process.wait(WAIT)
    assert process.stdout is not None
    process.stdout.close()
    return code


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """In a sandbox, leave out what only an emulator can show, and remember why."""
    if not IN_SANDBOX:
        return
    kept = []
    for item in items:
        why = only_in_an_emulator(item)
        if why:
            left_out[item.nodeid.partition("[")[0].rpartition("/")[2]] = why
        else:
            kept.append(item)
    config.hook.pytest_deselected(items=[item for item in items if item not in kept])
    items[:] = kept


def only_in_an_emulator(item: pytest.Item) -> str:
    """Why a test cannot run in a sandbox; empty when it can."""
    mark = item.get_closest_marker("emulator")
    if mark is not None:
        return str(mark.args[0])
    if item.get_closest_marker("sandbox") is None:
        return "is not of the API's contract, but of the emulator, its window or its sign-in"
    if set(OF_THE_EMULATOR) & set(getattr(item, "fixturenames", ())):
        return "needs the emulator's clock, switches, settings, faults or other companies"
    return ""


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """After the tests: which statements of the checklist held, how sure they are, and what a sandbox could not show."""
    stats = terminalreporter.stats
    reports = [(one.nodeid, outcome) for outcome in ("passed", "failed", "error") for one in stats.get(outcome, [])]
    came = outcomes(reports)
    numbers = {word: [n for n, outcome in came.items() if outcome == word] for word in ("held", "failed", "not run")}
    if IN_SANDBOX:
        _tell_of_the_sandbox(terminalreporter)
    if len(numbers["not run"]) == len(came):
        return
    terminalreporter.section("the checklist of the QuickBooks API")
    for number in numbers["failed"]:
        terminalreporter.line(f"{number:3} FAILED: {STATEMENTS[number].words}")
    if numbers["not run"]:
        terminalreporter.line(f"not run: {', '.join(map(str, numbers['not run']))}")
    held = numbers["held"]
    terminalreporter.line(f"{len(held)} of {len(came)} statements held: {share(held)}.")


def _tell_of_the_sandbox(terminalreporter: pytest.TerminalReporter) -> None:
    for why in sorted(set(left_out.values())):
        terminalreporter.section(f"left out, because it {why}")
        for test in sorted(test for test, reason in left_out.items() if reason == why):
            terminalreporter.line(test)
    terminalreporter.section("left behind in the sandbox")
    for line in left_behind or ["nothing that is active"]:
        terminalreporter.line(line)


@dataclass
class Plane:
    """The control plane of a running emulator."""

    base: str
    session: requests.Session = field(default_factory=requests.Session)

    def post(self, path: str, **given: Any) -> Any:
        """POST to /_control; the JSON answer."""
        reply = self.session.post(f"{self.base}/_control/{path}", json=given, timeout=WAIT)
        assert reply.status_code == 200, reply.text
        return reply.json()

    def get(self, path: str) -> Any:
        """GET from /_control; the JSON answer."""
        reply = self.session.get(f"{self.base}/_control/{path}", timeout=WAIT)
        assert reply.status_code == 200, reply.text
        return reply.json()

    def documents(self, entity: str, realm: str = HARBOR_ROW) -> list[Json]:
        """Every stored document of an entity."""
        found: list[Json] = self.get(f"documents/{realm}/{entity}")
        return found

    def code(self, realm: str = HARBOR_ROW, scope: str = ACCOUNTING) -> str:
        """An authorisation code, consented to without a browser."""
        asked = {"client_id": CLIENT[0], "redirect_uri": CALLBACK, "realm": realm, "scope": scope, "state": "s"}
        redirect: str = self.post("authorize", **asked)["redirect"]
        return dict(parse_qsl(urlsplit(redirect).query))["code"]

    def token(
        self, form: Json, auth: tuple[str, str] = CLIENT, headers: dict[str, str] | None = None
    ) -> requests.Response:
        """POST to the token endpoint."""
        url = f"{self.base}/oauth2/v1/tokens/bearer"
        return self.session.post(url, data=form, auth=auth, headers=headers, timeout=WAIT)

    def tokens(self, realm: str = HARBOR_ROW, scope: str = ACCOUNTING) -> Json:
        """The first tokens of a new connection."""
        form = {"grant_type": "authorization_code", "code": self.code(realm, scope), "redirect_uri": CALLBACK}
        reply = self.token(form)
        assert reply.status_code == 200, reply.text
        answer: Json = reply.json()
        return answer

    def refresh(self, refresh_token: str, **headers: str) -> requests.Response:
        """Refresh."""
        return self.token({"grant_type": "refresh_token", "refresh_token": refresh_token}, headers=headers)


@pytest.fixture(scope="session")
def emulator(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a running emulator without limits."""
    process, base = start_emulator(tmp_path_factory.mktemp("emulator") / "books.sqlite", "--no-limits")
    yield base
    stop_emulator(process)


@pytest.fixture
def plane(emulator: str) -> Iterator[Plane]:
    """The control plane, with the emulator as after its first start."""
    plane = Plane(emulator)
    plane.post("reset")
    yield plane
    plane.session.close()


Connect = Callable[[str], Company]


@pytest.fixture
def connect(plane: Plane) -> Iterator[Connect]:
    """Connects to a company by its realm."""
    made: list[Company] = []

    def connected(realm: str) -> Company:
        made.append(Company(plane.base, realm, plane.tokens(realm)["access_token"]))
        return made[-1]

    yield connected
    for company in made:
        company.session.close()


@pytest.fixture(scope="session")
def shared() -> Iterator[Lent]:
    """Accounts and terms in the sandbox for all tests, made once and given back at the end."""
    sign_in = SignIn.read()
    lent = Lent(sign_in.base, sign_in.realm, sign_in.access_token())
    yield lent
    lent.give_back()
    left_behind.extend(lent.left)


@pytest.fixture
def company(request: pytest.FixtureRequest) -> Iterator[Company]:
    """A client of Harbor Row Builders; in a sandbox, of the company there, with what the test makes taken away."""
    if not IN_SANDBOX:
        connect: Connect = request.getfixturevalue("connect")
        yield connect(HARBOR_ROW)
        return
    shared: Lent = request.getfixturevalue("shared")
    lent = Lent(shared.base, shared.realm, shared.token, shared=shared)
    yield lent
    lent.give_back()
    left_behind.extend(lent.left)
