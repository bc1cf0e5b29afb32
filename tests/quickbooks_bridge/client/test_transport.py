from __future__ import annotations

import json
import logging
from collections.abc import Iterator
from contextlib import contextmanager
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
import responses

from quickbooks_bridge.client.api import BatchItem, Ledger
from quickbooks_bridge.client.faults import Cure, Fault, FaultKind, LedgerFault
from quickbooks_bridge.client.limiter import LimiterDown, LimitReached
from quickbooks_bridge.client.settings import Endpoints, Timeouts
from quickbooks_bridge.client.tokens import TokenFault
from quickbooks_bridge.client.transport import Transport

from .conftest import ADDRESS, COMPANY, REALM, TwoTokens, golden

BILL = {"Bill": {"Id": "7", "SyncToken": "0", "TotalAmt": 10.1}, "time": "2026-03-02T10:48:46.783-08:00"}


class Gate:
    """A limiter at the edge: notes pauses, and refuses with what it is given."""

    def __init__(self, refusal: Exception | None = None) -> None:
        self.refusal = refusal
        self.entered = self.batches = 0
        self.paused: list[tuple[str, float | None]] = []

    @contextmanager
    def acquire(self, realm: str, *, batch: bool = False) -> Iterator[None]:
        if self.refusal:
            raise self.refusal
        self.entered += 1
        self.batches += batch
        yield

    def pause(self, realm: str, seconds: float | None = None) -> None:
        self.paused.append((realm, seconds))

    def wait(self, realm: str, *, batch: bool = False) -> float:
        return 0.0

    def paused_for(self, realm: str) -> float:
        return 0.0


class NoTokens(TwoTokens):
    def __init__(self, kind: FaultKind) -> None:
        super().__init__()
        self.kind = kind

    def refreshed(self, stale: str) -> str:
        raise TokenFault(Fault(self.kind, "No token.", Cure.ADMINISTRATOR))


def fault_of(ledger: Ledger) -> Fault:
    with pytest.raises(LedgerFault) as raised:
        ledger.create("Bill", {"Line": []}, "request-1")
    return raised.value.fault


def test_it_sends_one_request_with_what_quickbooks_needs(ledger: Ledger, wire: responses.RequestsMock) -> None:
    wire.post(f"{COMPANY}/bill", json=BILL, headers={"intuit_tid": "1-abc"})
    answer = ledger.create("Bill", {"Line": [{"Amount": Decimal("10.10")}]}, "request-1")
    sent: Any = wire.calls[0].request
    assert sent.params == {"requestid": "request-1", "minorversion": "75"}
    assert sent.body == b'{"Line":[{"Amount":10.10}]}'
    assert sent.headers["Authorization"] == "Bearer first-token"
    assert sent.headers["Accept"] == "application/json"
    assert (answer.status, answer.intuit_tid, answer.request_id) == (200, "1-abc", "request-1")
    assert answer.document("Bill")["TotalAmt"] == Decimal("10.1")
    assert answer.elapsed_ms >= 0


def test_a_batch_is_counted_as_one_and_given_its_own_time(
    endpoints: Endpoints, tokens: TwoTokens, wire: responses.RequestsMock
) -> None:
    gate, times = Gate(), Timeouts(connect=1, read=2, total=3, batch=40)
    ledger = Ledger.open(endpoints, REALM, tokens, gate, times)
    wire.post(f"{COMPANY}/batch", json={"BatchItemResponse": []})
    wire.post(f"{COMPANY}/bill", json=BILL)
    ledger.batch([BatchItem("1", "create", "Bill", {"Line": []})], "request-1")
    ledger.create("Bill", {"Line": []}, "request-2")
    assert (gate.entered, gate.batches) == (2, 1)
    waits = [vars(call.request)["req_kwargs"]["timeout"] for call in wire.calls]
    assert waits == [(1, 40), (1, 2)]


@pytest.mark.parametrize("environment", ["sandbox", "production", "emulator"])
def test_it_talks_to_the_configured_address_whatever_the_environment_is_called(
    environment: str, tokens: TwoTokens, wire: responses.RequestsMock
) -> None:
    wire.get(f"{COMPANY}/bill/7", json=BILL)
    endpoints = Endpoints(environment, "id", "secret", f"{ADDRESS}/d", ADDRESS, f"{ADDRESS}/cb")
    assert Ledger.open(endpoints, REALM, tokens).read("Bill", "7").status == 200


def test_a_401_is_answered_with_one_new_token_and_the_same_request(
    ledger: Ledger, tokens: TwoTokens, wire: responses.RequestsMock
) -> None:
    wire.post(f"{COMPANY}/bill", status=401, body=golden("401_expired_token.json"))
    wire.post(f"{COMPANY}/bill", json=BILL)
    ledger.create("Bill", {"Line": []}, "request-1")
    first, second = (call.request for call in wire.calls)
    assert tokens.stale == ["first-token"]
    assert second.headers["Authorization"] == "Bearer second-token"
    assert (first.url, first.body) == (second.url, second.body)


def test_a_second_401_means_disconnected(ledger: Ledger, tokens: TwoTokens, wire: responses.RequestsMock) -> None:
    wire.post(f"{COMPANY}/bill", status=401, body=golden("401_expired_token.json"))
    fault = fault_of(ledger)
    assert (fault.kind, fault.nothing_written) == (FaultKind.DISCONNECTED, True)
    assert len(wire.calls) == 2
    assert tokens.stale == ["first-token"]


@pytest.mark.parametrize(
    ("kind", "seen"),
    [
        (FaultKind.UNKNOWN, FaultKind.NOT_SENT),
        (FaultKind.NOT_SENT, FaultKind.NOT_SENT),
        (FaultKind.DISCONNECTED, FaultKind.DISCONNECTED),
    ],
)
def test_a_token_that_cannot_be_had_never_leaves_a_document_in_doubt(
    kind: FaultKind, seen: FaultKind, endpoints: Endpoints, wire: responses.RequestsMock
) -> None:
    wire.post(f"{COMPANY}/bill", status=401, body="")
    fault = fault_of(Ledger.open(endpoints, REALM, NoTokens(kind)))
    assert fault.kind is seen
    assert fault.nothing_written
    assert fault.request_id == "request-1"


def test_the_limiter_stops_a_call_before_it_is_sent(endpoints: Endpoints, wire: responses.RequestsMock) -> None:
    full = fault_of(Ledger.open(endpoints, REALM, TwoTokens(), Gate(LimitReached(7.0))))
    down = fault_of(Ledger.open(endpoints, REALM, TwoTokens(), Gate(LimiterDown("Redis is down."))))
    assert (full.kind, full.code, full.retry_after, full.nothing_written) == (FaultKind.NOT_SENT, "limiter", 7.0, True)
    assert (down.kind, down.code, down.cure) == (FaultKind.NOT_SENT, "limiter", Cure.ADMINISTRATOR)
    assert not wire.calls


def test_every_try_asks_the_limiter(endpoints: Endpoints, wire: responses.RequestsMock) -> None:
    wire.post(f"{COMPANY}/bill", status=401, body="")
    gate = Gate()
    fault_of(Ledger.open(endpoints, REALM, TwoTokens(), gate))
    assert gate.entered == 2


@pytest.mark.parametrize(("header", "seconds"), [({}, 60), ({"Retry-After": "9"}, 9)])
@pytest.mark.parametrize("name", ["429_throttle.xml", "429_throttle.json", "429_empty.txt"])
def test_a_throttle_pauses_the_company(
    name: str, header: dict[str, str], seconds: float, endpoints: Endpoints, wire: responses.RequestsMock
) -> None:
    wire.post(f"{COMPANY}/bill", status=429, body=golden(name), headers=header)
    gate = Gate()
    fault = fault_of(Ledger.open(endpoints, REALM, TwoTokens(), gate))
    assert (fault.kind, fault.retry_after) == (FaultKind.THROTTLED, seconds)
    assert gate.paused == [(REALM, seconds)]


def test_a_failure_keeps_what_support_asks_for(ledger: Ledger, wire: responses.RequestsMock) -> None:
    wire.post(f"{COMPANY}/bill", status=500, body=golden("500_system_fault.json"), headers={"intuit_tid": "1-abc"})
    fault = fault_of(ledger)
    assert (fault.kind, fault.status, fault.intuit_tid, fault.code) == (FaultKind.UNKNOWN, 500, "1-abc", "10000")
    assert "could not commit" in fault.body


@pytest.mark.parametrize(
    "body", ['{"Bill":{}}', '{"Bill":[]}', '{"Vendor":{"Id":"1"}}', "{}", "[]", "", '{"Bill":', "7"]
)
def test_a_good_status_without_the_document_leaves_a_write_unknown(
    body: str, ledger: Ledger, wire: responses.RequestsMock
) -> None:
    wire.post(f"{COMPANY}/bill", body=body, headers={"intuit_tid": "1-abc"})
    fault = fault_of(ledger)
    assert (fault.kind, fault.nothing_written, fault.request_id) == (FaultKind.UNKNOWN, False, "request-1")
    assert fault.intuit_tid == "1-abc"


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("200_fault_of_a_void.json", "unknown"),
        ("200_duplicate.json", "duplicate"),
        ("429_throttle.xml", "throttled"),
        ("200_page_of_a_proxy.html", "unknown"),
    ],
)
def test_a_good_status_can_hold_a_fault(name: str, kind: str, ledger: Ledger, wire: responses.RequestsMock) -> None:
    wire.post(f"{COMPANY}/bill", body=golden(name))
    assert fault_of(ledger).kind == kind


@pytest.mark.parametrize("request_id", ["", "x" * 51])
def test_it_refuses_a_request_id_that_quickbooks_would_not_keep(
    request_id: str, ledger: Ledger, wire: responses.RequestsMock
) -> None:
    with pytest.raises(ValueError, match="request id"):
        ledger.create("Bill", {}, request_id)
    with pytest.raises(ValueError, match="request id"):
        ledger.update("Bill", {"Id": "1", "SyncToken": "0"}, request_id)
    assert not wire.calls


def test_it_takes_a_request_id_of_fifty_characters(ledger: Ledger, wire: responses.RequestsMock) -> None:
    wire.post(f"{COMPANY}/bill", json=BILL)
    assert ledger.create("Bill", {}, "x" * 50).request_id == "x" * 50


@pytest.mark.parametrize("realm", ["", "../1", "12a", "1/2", "\u0661"])
def test_it_refuses_a_company_that_is_no_number(realm: str, endpoints: Endpoints, tokens: TwoTokens) -> None:
    with pytest.raises(ValueError, match="digits"):
        Transport(endpoints, realm, tokens)


def test_it_shows_secrets_nowhere(
    ledger: Ledger, endpoints: Endpoints, wire: responses.RequestsMock, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    caplog.set_level(logging.DEBUG, "quickbooks_bridge.client.transport")
    tokens = TwoTokens("Malformed-secret", "second-secret")
    ledger = Ledger.open(endpoints, REALM, tokens)
    echo = json.dumps(
        {"fault": {"error": [{"message": "Bearer second-secret", "detail": "second-sec", "code": "3200"}]}}
    )
    wire.post(f"{COMPANY}/bill", status=401, body=echo)
    with pytest.raises(LedgerFault) as raised:
        ledger.create("Bill", {"PrivateNote": "confidential"}, "request-1")
    seen = (
        f"{raised.value!r} {raised.value} {raised.value.fault} {vars(raised.value)} {caplog.text} {ledger._transport!r}"
    )
    assert "secret" not in seen
    assert "second-sec" not in seen
    assert "confidential" not in caplog.text
    assert raised.value.__context__ is None
    assert "quickbooks call POST 9341450000000001/bill: disconnected, status 401" in caplog.text


def test_a_netrc_file_does_not_replace_the_token(
    ledger: Ledger, wire: responses.RequestsMock, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    netrc = tmp_path / "netrc"
    netrc.write_text("machine quickbooks.test login somebody password else\n")
    monkeypatch.setenv("NETRC", str(netrc))
    wire.get(f"{COMPANY}/bill/7", json=BILL)
    ledger.read("Bill", "7")
    assert wire.calls[0].request.headers["Authorization"] == "Bearer first-token"


def test_it_needs_no_request_to_be_built(endpoints: Endpoints, tokens: TwoTokens, wire: responses.RequestsMock) -> None:
    Ledger.open(endpoints, REALM, tokens)
    assert not wire.calls


def test_it_sends_no_files(ledger: Ledger) -> None:
    with pytest.raises(ValueError, match="Files"):
        ledger._transport.create_object("Attachable", "{}", _file_bytes=b"x")
