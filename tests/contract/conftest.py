"""A real emulator process on a free port for the whole session, put back to its seed before every test."""

# ruff: noqa: S608 - what is written here is the query language of QuickBooks; no database reads it.

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

from .statements import STATEMENTS, outcomes, share

HARBOR_ROW = "9341450000000001"
OTHER_BOOKS = "9341450000000002"
NORTHERN = "9341450000000003"
CLIENT = ("demo-client", "demo-secret")
CALLBACK = "http://localhost:9/callback"
ACCOUNTING = "com.intuit.quickbooks.accounting"
WAIT = 20
Json = dict[str, Any]


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


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """After the tests: which statements of the checklist held, and how sure they are."""
    stats = terminalreporter.stats
    reports = [(one.nodeid, outcome) for outcome in ("passed", "failed", "error") for one in stats.get(outcome, [])]
    came = outcomes(reports)
    numbers = {word: [n for n, outcome in came.items() if outcome == word] for word in ("held", "failed", "not run")}
    terminalreporter.section("the checklist of the QuickBooks API")
    for number in numbers["failed"]:
        terminalreporter.line(f"{number:3} FAILED: {STATEMENTS[number].words}")
    if numbers["not run"]:
        terminalreporter.line(f"not run: {', '.join(map(str, numbers['not run']))}")
    held = numbers["held"]
    terminalreporter.line(f"{len(held)} of {len(came)} statements held: {share(held)}.")


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


@dataclass
class Company:
    """A client of one company: a plain HTTP session with a bearer token."""

    base: str
    realm: str
    token: str
    session: requests.Session = field(default_factory=requests.Session)

    def call(self, method: str, path: str, **more: Any) -> requests.Response:
        """One call below /v3/company/{realm}."""
        headers = {"Authorization": f"Bearer {self.token}", "Accept": "application/json", **more.pop("headers", {})}
        more.setdefault("timeout", WAIT)
        return self.session.request(method, f"{self.base}/v3/company/{self.realm}/{path}", headers=headers, **more)

    def get(self, path: str, **params: str) -> Json:
        """A GET that must succeed."""
        reply = self.call("GET", path, params=params)
        assert reply.status_code == 200, reply.text
        answer: Json = reply.json()
        return answer

    def write(self, entity: str, document: Json, **params: str) -> Json:
        """A create or update that must succeed; the document as answered."""
        reply = self.call("POST", entity.lower(), json=document, params=params)
        assert reply.status_code == 200, reply.text
        answer: Json = reply.json()[entity]
        return answer

    def refusal(self, entity: str, document: Json, **params: str) -> Json:
        """A write that must be refused with HTTP 400; its first error."""
        return error_of(self.call("POST", entity.lower(), json=document, params=params))

    def query(self, text: str) -> Json:
        """The QueryResponse of a query that must succeed."""
        answer: Json = self.get("query", query=text)["QueryResponse"]
        return answer

    def query_refusal(self, text: str) -> Json:
        """The first error of a query that must be refused."""
        return error_of(self.call("GET", "query", params={"query": text}))

    def named(self, entity: str, name: str) -> Json:
        """The seeded record of this name."""
        field_name = "DisplayName" if entity in ("Customer", "Vendor", "Employee") else "Name"
        found: list[Json] = self.query(f"select * from {entity} where {field_name} = '{name}'")[entity]
        return found[0]

    def reference(self, entity: str, name: str) -> Json:
        """A reference to it."""
        return {"value": self.named(entity, name)["Id"]}


def error_of(reply: requests.Response, status: int = 400) -> Json:
    """The first error of a capital Fault."""
    assert reply.status_code == status, reply.text
    error: Json = reply.json()["Fault"]["Error"][0]
    return error


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


@pytest.fixture
def company(connect: Connect) -> Company:
    """A client of Harbor Row Builders."""
    return connect(HARBOR_ROW)
