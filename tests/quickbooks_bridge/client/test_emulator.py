"""The whole client against the emulator as a process of its own, over real HTTP."""

from __future__ import annotations

import subprocess
import sys
import threading
import uuid
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
import redis
import requests

from quickbooks_bridge.client import tokens
from quickbooks_bridge.client.api import BatchItem, Ledger, quote
from quickbooks_bridge.client.faults import Fault, FaultKind, LedgerFault
from quickbooks_bridge.client.limiter import LimitReached, RedisLimiter
from quickbooks_bridge.client.settings import Endpoints, Timeouts
from quickbooks_bridge.client.tokens import TokenFault, Tokens

from .conftest import REALM

OTHER_REALM = "9341450000000002"
CALLBACK = "http://127.0.0.1/callback"


class Emulator:
    """The control plane of a running emulator."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.endpoints = Endpoints(
            environment="emulator",
            client_id="demo-client",
            client_secret="demo-secret",
            discovery_url=f"{url}/.well-known/openid_sandbox_configuration/",
            api_url=url,
            redirect_uri=CALLBACK,
        )

    def post(self, path: str, **given: Any) -> Any:
        answer = requests.post(f"{self.url}/_control/{path}", json=given, timeout=10)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def get(self, path: str) -> Any:
        return requests.get(f"{self.url}/_control/{path}", timeout=10).json()

    def fault(self, fault: str, times: int = 1, **match: str) -> None:
        self.post("faults", fault=fault, times=times, match=match)

    def vendors(self, name: str) -> list[Any]:
        return [each for each in self.get(f"documents/{REALM}/Vendor") if each["DisplayName"] == name]

    def connect(self, realm: str = REALM) -> Tokens:
        given = {"client_id": "demo-client", "redirect_uri": CALLBACK, "realm": realm, "state": "unguessable"}
        callback = parse_qs(urlsplit(self.post("authorize", **given)["redirect"]).query)
        assert (callback["state"], callback["realmId"]) == (["unguessable"], [realm])
        return tokens.exchange(self.endpoints, callback["code"][0])


class Kept:
    """A token source at the edge: keeps tokens in memory, under a lock, as the bridge keeps them in a row."""

    def __init__(self, emulator: Emulator, held: Tokens) -> None:
        self.endpoints = emulator.endpoints
        self.held = held
        self.renewals = 0
        self.lock = threading.Lock()

    def access_token(self) -> str:
        return self.held.access_token

    def refreshed(self, stale: str) -> str:
        with self.lock:
            if self.held.access_token == stale:
                self.held = tokens.refresh(self.endpoints, self.held.refresh_token)
                self.renewals += 1
            return self.held.access_token


@pytest.fixture(scope="module")
def process() -> Iterator[Emulator]:
    command = [sys.executable, "-m", "quickbooks_bridge.emulator", "--port", "0"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as running:
        assert running.stdout is not None
        yield Emulator(running.stdout.readline().split()[-1])
        running.terminate()


@pytest.fixture
def emulator(process: Emulator) -> Emulator:
    process.post("reset")
    process.post("clock", now=None)
    requests.delete(f"{process.url}/_control/faults", timeout=10)
    requests.delete(f"{process.url}/_control/requests", timeout=10)
    process.post("limits", enabled=False)
    return process


@pytest.fixture
def kept(emulator: Emulator) -> Kept:
    return Kept(emulator, emulator.connect())


@pytest.fixture
def ledger(emulator: Emulator, kept: Kept) -> Ledger:
    return Ledger.open(emulator.endpoints, REALM, kept, timeouts=Timeouts(connect=2, read=1))


def fault_of(ledger: Ledger, name: str = "Stone & Sons", request_id: str = "request-1") -> Fault:
    with pytest.raises(LedgerFault) as raised:
        ledger.create("Vendor", {"DisplayName": name}, request_id)
    return raised.value.fault


def test_it_connects_reads_who_the_company_is_and_disconnects(emulator: Emulator, kept: Kept, ledger: Ledger) -> None:
    assert ledger.company_info().document("CompanyInfo")["CompanyName"] == "Harbor Row Builders"
    assert "AccountingInfoPrefs" in ledger.preferences().document("Preferences")
    assert ledger.company_info().intuit_tid
    tokens.revoke(emulator.endpoints, kept.held.refresh_token)
    with pytest.raises(TokenFault) as raised:
        ledger.company_info()
    assert raised.value.kind is FaultKind.DISCONNECTED


def test_a_code_works_once(emulator: Emulator) -> None:
    given = {"client_id": "demo-client", "redirect_uri": CALLBACK, "realm": REALM, "state": "s"}
    code = parse_qs(urlsplit(emulator.post("authorize", **given)["redirect"]).query)["code"][0]
    tokens.exchange(emulator.endpoints, code)
    with pytest.raises(TokenFault) as raised:
        tokens.exchange(emulator.endpoints, code)
    assert raised.value.kind is FaultKind.DISCONNECTED


def test_a_wrong_client_secret_is_for_the_administrator(emulator: Emulator) -> None:
    wrong = Endpoints(**{**vars(emulator.endpoints), "client_secret": "wrong"})
    with pytest.raises(TokenFault) as raised:
        tokens.refresh(wrong, "any")
    assert raised.value.kind is FaultKind.FORBIDDEN


@pytest.mark.parametrize("fault", ["write_then_drop", "500_after_write"])
def test_a_lost_answer_and_the_same_request_id_make_one_document(
    fault: str, emulator: Emulator, ledger: Ledger
) -> None:
    emulator.fault(fault, entity="Vendor")
    lost = fault_of(ledger)
    assert (lost.kind, lost.nothing_written) == (FaultKind.UNKNOWN, False)
    answer = ledger.create("Vendor", {"DisplayName": "Stone & Sons"}, "request-1")
    (stored,) = emulator.vendors("Stone & Sons")
    assert answer.document("Vendor")["Id"] == stored["Id"]


@pytest.mark.parametrize("fault", ["drop", "500", "503", "hang"])
def test_a_failure_that_wrote_nothing_cannot_be_told_from_one_that_did(
    fault: str, emulator: Emulator, ledger: Ledger
) -> None:
    emulator.fault(fault, entity="Vendor")
    assert fault_of(ledger).kind is FaultKind.UNKNOWN
    assert emulator.vendors("Stone & Sons") == []
    assert list(ledger.all("Vendor", where=f"DisplayName = {quote('Stone & Sons')}")) == []
    ledger.create("Vendor", {"DisplayName": "Stone & Sons"}, "request-1")
    assert len(emulator.vendors("Stone & Sons")) == 1


def test_a_token_that_ends_in_mid_run_is_renewed_once(emulator: Emulator, kept: Kept, ledger: Ledger) -> None:
    ledger.company_info()
    emulator.post("clock", advance_seconds=3700)
    for number in range(3):
        ledger.create("Vendor", {"DisplayName": f"Vendor {number}"}, f"request-{number}")
    assert kept.renewals == 1
    sent = [each["requestid"] for each in emulator.get("requests") if each["requestid"]]
    assert sent == ["request-0", "request-0", "request-1", "request-2"]
    assert [len(emulator.vendors(f"Vendor {number}")) for number in range(3)] == [1, 1, 1]


def test_eight_threads_with_an_ended_token_renew_it_once(emulator: Emulator, kept: Kept) -> None:
    emulator.post("clock", advance_seconds=3700)

    def one(number: int) -> None:
        own = Ledger.open(emulator.endpoints, REALM, kept)
        own.create("Vendor", {"DisplayName": f"Vendor {number}"}, f"request-{number}")

    with ThreadPoolExecutor(8) as threads:
        list(threads.map(one, range(8)))
    assert kept.renewals == 1
    assert all(len(emulator.vendors(f"Vendor {number}")) == 1 for number in range(8))


def test_a_rotated_refresh_token_is_the_only_one_that_works(emulator: Emulator, kept: Kept) -> None:
    before = kept.held
    emulator.post("clock", advance_seconds=25 * 3600)
    after = tokens.refresh(emulator.endpoints, before.refresh_token)
    assert after.refresh_token != before.refresh_token
    with pytest.raises(TokenFault) as raised:
        tokens.refresh(emulator.endpoints, before.refresh_token)
    assert (raised.value.kind, raised.value.fault.code) == (FaultKind.DISCONNECTED, "invalid_grant")


@pytest.mark.parametrize("fault", ["429_xml", "429_json"])
def test_a_throttle_pauses_this_company_for_everybody(
    fault: str, emulator: Emulator, kept: Kept, server: redis.Redis, prefix: str
) -> None:
    limiter = RedisLimiter(server, prefix=prefix)
    ledger = Ledger.open(emulator.endpoints, REALM, kept, limiter)
    emulator.fault(fault, entity="Vendor")
    throttled = fault_of(ledger)
    assert (throttled.kind, throttled.status, throttled.nothing_written) == (FaultKind.THROTTLED, 429, True)
    assert throttled.retry_after
    held = fault_of(ledger)
    assert (held.kind, held.code) == (FaultKind.NOT_SENT, "limiter")
    with pytest.raises(LimitReached), RedisLimiter(server, prefix=prefix).acquire(REALM):
        pass
    with limiter.acquire(OTHER_REALM):
        pass


def test_the_limits_we_keep_are_the_limits_quickbooks_has(
    emulator: Emulator, kept: Kept, server: redis.Redis, prefix: str
) -> None:
    emulator.post("limits", enabled=True)
    limiter = RedisLimiter(server, prefix=prefix, patience=20)

    def one(number: int) -> None:
        own = Ledger.open(emulator.endpoints, REALM, kept, limiter)
        own.create("Vendor", {"DisplayName": f"Vendor {number}"}, f"request-{number}")

    with ThreadPoolExecutor(12) as threads:
        list(threads.map(one, range(35)))
    assert {each["status"] for each in emulator.get("requests")} == {200}


def test_a_token_of_another_company_is_forbidden(emulator: Emulator) -> None:
    other = Kept(emulator, emulator.connect(OTHER_REALM))
    ledger = Ledger.open(emulator.endpoints, REALM, other)
    assert fault_of(ledger).kind is FaultKind.FORBIDDEN
    assert emulator.vendors("Stone & Sons") == []


@pytest.mark.parametrize(
    ("payload", "kind", "code"),
    [
        ({"DisplayName": "03:300"}, "refused", "2040"),
        ({"DisplayName": "Fine", "Unheard": 1}, "refused", "2010"),
        ({"DisplayName": "Fine", "TermRef": {"value": "99999"}}, "refused", "2500"),
    ],
)
def test_a_refusal_says_what_is_wrong(payload: dict[str, Any], kind: str, code: str, ledger: Ledger) -> None:
    with pytest.raises(LedgerFault) as raised:
        ledger.create("Vendor", payload, uuid.uuid4().hex)
    assert (raised.value.kind, raised.value.fault.code) == (kind, code)
    assert raised.value.fault.intuit_tid


def test_a_name_that_is_taken_is_a_duplicate(ledger: Ledger) -> None:
    ledger.create("Vendor", {"DisplayName": "Stone & Sons"}, "request-1")
    fault = fault_of(ledger, request_id="request-2")
    assert (fault.kind, fault.code) == (FaultKind.DUPLICATE, "6240")


def test_an_update_with_an_old_token_is_stale_and_a_new_one_is_not(ledger: Ledger) -> None:
    made = ledger.create("Vendor", {"DisplayName": "Stone & Sons"}, "request-1").document("Vendor")
    change = {"Id": made["Id"], "SyncToken": made["SyncToken"], "DisplayName": "Stone", "sparse": True}
    changed = ledger.update("Vendor", change, "request-2").document("Vendor")
    assert int(changed["SyncToken"]) == int(made["SyncToken"]) + 1
    with pytest.raises(LedgerFault) as raised:
        ledger.update("Vendor", change, "request-3")
    assert raised.value.kind is FaultKind.STALE


def test_what_was_never_there_is_missing(ledger: Ledger) -> None:
    with pytest.raises(LedgerFault) as raised:
        ledger.read("Vendor", "99999")
    assert raised.value.kind is FaultKind.MISSING


@pytest.mark.parametrize("name", ["O'Brien", "back\\slash", "both\\'", "ends\\", "50% off", "é 漢 “quoted”", 'a "b"'])
def test_a_quoted_name_finds_exactly_its_document(name: str, ledger: Ledger) -> None:
    made = ledger.create("Vendor", {"DisplayName": name}, "request-1").document("Vendor")
    found = ledger.all("Vendor", where=f"DisplayName = {quote(name)}")
    assert [each["Id"] for each in found] == [made["Id"]]


def test_all_rows_come_once_with_the_inactive_ones(emulator: Emulator, ledger: Ledger) -> None:
    made = [ledger.create("Vendor", {"DisplayName": f"Vendor {n}"}, f"r-{n}").document("Vendor") for n in range(5)]
    ledger.update("Vendor", {**made[0], "Active": False}, "r-away")
    stored = sorted(each["Id"] for each in emulator.get(f"documents/{REALM}/Vendor"))
    assert sorted(each["Id"] for each in ledger.all("Vendor", page=3)) == stored
    assert made[0]["Id"] not in [each["Id"] for each in ledger.all("Vendor", inactive=False)]


def test_changes_hold_what_was_just_made(ledger: Ledger) -> None:
    made = ledger.create("Vendor", {"DisplayName": "Stone & Sons"}, "request-1").document("Vendor")
    found = ledger.changes(["Vendor", "Customer"], datetime.now(UTC) - timedelta(minutes=1))
    assert made["Id"] in [each["Id"] for each in found.changed["Vendor"]]


def test_one_bad_item_of_a_batch_leaves_the_others_alone(emulator: Emulator, ledger: Ledger) -> None:
    items = [
        BatchItem(str(n), "create", "Vendor", {"DisplayName": name}) for n, name in enumerate(["A1", "b:ad", "C3"])
    ]
    results = ledger.batch(items, "request-1").results
    assert [each.fault.code if each.fault else "" for each in results] == ["", "2040", ""]
    assert [len(emulator.vendors(name)) for name in ("A1", "C3")] == [1, 1]
