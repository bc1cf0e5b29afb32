from __future__ import annotations

import base64
import json
import re
from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal
from typing import Any

import pytest
import requests
import responses
from hypothesis import given
from hypothesis import strategies as st

from quickbooks_bridge.client.api import Attachment, BatchItem, Ledger, Shifting, TooOld, quote
from quickbooks_bridge.client.faults import FaultKind, LedgerFault

from .conftest import COMPANY, REALM, golden

MARCH = datetime(2026, 3, 1, 12, tzinfo=timezone(timedelta(hours=-8)))


@pytest.mark.parametrize(
    ("value", "literal"),
    [
        ("Harbor Row", "'Harbor Row'"),
        ("O'Brien", "'O\\'Brien'"),
        ("back\\slash", "'back\\\\slash'"),
        ("\\' OR Id > '0", "'\\\\\\' OR Id > \\'0'"),
        ("ends\\", "'ends\\\\'"),
        ("no\u00a0break é 漢", "'no\u00a0break é 漢'"),
        (True, "true"),
        (False, "false"),
        (7, "'7'"),
        (Decimal("10.10"), "'10.10'"),
        (Decimal("1E+3"), "'1000'"),
        (date(2026, 3, 1), "'2026-03-01'"),
        (MARCH, "'2026-03-01T12:00:00-08:00'"),
        (["a", "b'c"], "('a', 'b\\'c')"),
    ],
)
def test_it_quotes(value: Any, literal: str) -> None:
    assert quote(value) == literal


@given(st.text(st.characters(exclude_categories=["Cc"])))
def test_no_value_escapes_from_its_quotes(value: str) -> None:
    literal = quote(value)
    assert re.fullmatch(r"'(?:[^'\\]|\\['\\])*'", literal)
    assert re.sub(r"\\(.)", r"\1", literal[1:-1], flags=re.DOTALL) == value


@pytest.mark.parametrize("value", ["a\nb", "a\tb", "\x00", datetime(2026, 3, 1)])  # noqa: DTZ001
def test_it_refuses_to_quote_what_quickbooks_cannot_hold(value: Any) -> None:
    with pytest.raises(ValueError):
        quote(value)


def test_it_reads_one_document(ledger: Ledger, wire: responses.RequestsMock) -> None:
    wire.get(f"{COMPANY}/purchaseorder/7", json={"PurchaseOrder": {"Id": "7"}})
    assert ledger.read("PurchaseOrder", "7").document("PurchaseOrder") == {"Id": "7"}


def test_a_deleted_document_is_missing(ledger: Ledger, wire: responses.RequestsMock) -> None:
    fault = {
        "Fault": {"Error": [{"Message": "Object Not Found", "Detail": "d", "code": "610"}], "type": "ValidationFault"}
    }
    wire.get(f"{COMPANY}/bill/7", status=400, json=fault)
    with pytest.raises(LedgerFault) as raised:
        ledger.read("Bill", "7")
    assert raised.value.kind is FaultKind.MISSING


@pytest.mark.parametrize("remote_id", ["", "../vendor/1", "1?x=1", "1 2", "\u0661"])
def test_it_reads_no_other_address(remote_id: str, ledger: Ledger, wire: responses.RequestsMock) -> None:
    with pytest.raises(ValueError, match="Id"):
        ledger.read("Bill", remote_id)
    assert not wire.calls


@pytest.mark.parametrize("entity", ["bill", "Bills", "../vendor", "TaxService/Taxcode", ""])
def test_it_knows_which_documents_there_are(entity: str, ledger: Ledger, wire: responses.RequestsMock) -> None:
    for call in (
        lambda: ledger.read(entity, "1"),
        lambda: ledger.create(entity, {}, "request-1"),
        lambda: ledger.update(entity, {"Id": "1", "SyncToken": "0"}, "request-1"),
        lambda: list(ledger.all(entity)),
        lambda: ledger.changes([entity], datetime.now(UTC)),
        lambda: ledger.batch([BatchItem("1", "create", entity, {})], "request-1"),
    ):
        with pytest.raises(ValueError, match="not a kind of document"):
            call()
    assert not wire.calls


def test_a_creation_has_no_id_and_an_update_has_one(ledger: Ledger, wire: responses.RequestsMock) -> None:
    with pytest.raises(ValueError, match="update"):
        ledger.create("Bill", {"Id": "7"}, "request-1")
    for payload in ({}, {"Id": "7"}, {"SyncToken": "0"}, {"Id": "7", "SyncToken": ""}):
        with pytest.raises(ValueError, match="SyncToken"):
            ledger.update("Bill", payload, "request-1")
    assert not wire.calls


def test_an_update_sends_what_it_was_given_and_nothing_else(ledger: Ledger, wire: responses.RequestsMock) -> None:
    wire.post(f"{COMPANY}/bill", json={"Bill": {"Id": "7", "SyncToken": "2"}})
    payload = {"Id": "7", "SyncToken": "1", "sparse": True, "Line": [{"Id": "1", "Amount": Decimal("0.30")}]}
    assert ledger.update("Bill", payload, "request-1").document("Bill")["SyncToken"] == "2"
    sent: Any = wire.calls[0].request
    assert sent.body == b'{"Id":"7","SyncToken":"1","sparse":true,"Line":[{"Id":"1","Amount":0.30}]}'
    assert "operation" not in sent.params


def test_a_stale_update_says_so(ledger: Ledger, wire: responses.RequestsMock) -> None:
    wire.post(f"{COMPANY}/bill", status=400, json={"Fault": {"Error": [{"Message": "m", "code": "5010"}]}})
    with pytest.raises(LedgerFault) as raised:
        ledger.update("Bill", {"Id": "7", "SyncToken": "1"}, "request-1")
    assert raised.value.kind is FaultKind.STALE


def test_it_reads_company_and_preferences_where_they_are(ledger: Ledger, wire: responses.RequestsMock) -> None:
    wire.get(f"{COMPANY}/companyinfo/{REALM}", json={"CompanyInfo": {"Id": "1", "CompanyName": "Harbor Row"}})
    wire.get(f"{COMPANY}/preferences", json={"Preferences": {"Id": "1"}})
    assert ledger.company_info().document("CompanyInfo")["CompanyName"] == "Harbor Row"
    assert ledger.preferences().document("Preferences") == {"Id": "1"}


class List:
    """A list at the other side that may change between two questions."""

    def __init__(self, wire: responses.RequestsMock, ids: list[int]) -> None:
        self.ids = ids
        self.questions: list[str] = []
        self.changes: dict[int, list[int]] = {}
        wire.add_callback("POST", f"{COMPANY}/query", self.answer)

    def answer(self, request: requests.PreparedRequest) -> tuple[int, dict[str, str], str]:
        text = str(request.body, "utf-8") if isinstance(request.body, bytes) else str(request.body)
        self.questions.append(text)
        self.ids = self.changes.get(len(self.questions), self.ids)
        found = re.search(r"STARTPOSITION (\d+) MAXRESULTS (\d+)$", text)
        assert found
        start, size = int(found[1]) - 1, int(found[2])
        rows = [{"Id": str(each)} for each in sorted(self.ids)[start : start + size]]
        entity = text.split()[3]
        return 200, {}, json.dumps({"QueryResponse": {entity: rows} if rows else {}})


def ids_of(ledger: Ledger, page: int) -> list[int]:
    return [int(each["Id"]) for each in ledger.all("Vendor", page=page)]


@pytest.mark.parametrize("count", [0, 1, 2, 3, 4, 5, 7, 8, 9])
@pytest.mark.parametrize("page", [2, 3, 4])
def test_it_gives_every_row_once(count: int, page: int, ledger: Ledger, wire: responses.RequestsMock) -> None:
    List(wire, list(range(1, count + 1)))
    assert ids_of(ledger, page) == list(range(1, count + 1))


def test_it_asks_in_the_order_of_ids_and_for_inactive_rows_too(ledger: Ledger, wire: responses.RequestsMock) -> None:
    vendors = List(wire, [1])
    list(ledger.all("Vendor", where="DisplayName LIKE 'A%'"))
    list(ledger.all("Vendor", inactive=False))
    list(ledger.all("Bill", where="TxnDate > '2026-01-01'"))
    assert vendors.questions == [
        "SELECT * FROM Vendor WHERE DisplayName LIKE 'A%' AND Active IN (true, false) "
        "ORDERBY Id STARTPOSITION 1 MAXRESULTS 1000",
        "SELECT * FROM Vendor ORDERBY Id STARTPOSITION 1 MAXRESULTS 1000",
        "SELECT * FROM Bill WHERE TxnDate > '2026-01-01' ORDERBY Id STARTPOSITION 1 MAXRESULTS 1000",
    ]


def test_a_row_is_not_missed_when_an_earlier_one_goes_away_meanwhile(
    ledger: Ledger, wire: responses.RequestsMock
) -> None:
    vendors = List(wire, [1, 2, 3, 4, 5, 6, 7])
    vendors.changes[2] = [2, 3, 4, 5, 6, 7]
    assert ids_of(ledger, 3) == [1, 2, 3, 4, 5, 6, 7]


def test_a_row_is_not_given_twice_when_one_is_added_meanwhile(ledger: Ledger, wire: responses.RequestsMock) -> None:
    vendors = List(wire, [2, 3, 4, 5, 6, 7])
    vendors.changes[2] = [1, 2, 3, 4, 5, 6, 7]
    assert sorted(ids_of(ledger, 3)) == [2, 3, 4, 5, 6, 7]


def test_it_gives_up_on_a_list_that_never_rests(ledger: Ledger, wire: responses.RequestsMock) -> None:
    vendors = List(wire, list(range(1, 100)))
    vendors.changes = {each: list(range(each, 100)) for each in range(1, 100)}
    with pytest.raises(Shifting):
        ids_of(ledger, 3)


def test_the_other_side_is_asked_only_as_far_as_rows_are_wanted(ledger: Ledger, wire: responses.RequestsMock) -> None:
    vendors = List(wire, list(range(1, 100)))
    assert next(ledger.all("Vendor", page=10))["Id"] == "1"
    assert len(vendors.questions) == 1


def test_changes_tell_changed_from_deleted(ledger: Ledger, wire: responses.RequestsMock) -> None:
    deleted = {"domain": "QBO", "status": "Deleted", "Id": "39", "MetaData": {}}
    body = {
        "CDCResponse": [
            {
                "QueryResponse": [
                    {
                        "Bill": [{"Id": "7", "Balance": 1.5}, deleted],
                        "startPosition": 1,
                        "maxResults": 2,
                        "totalCount": 2,
                    },
                    {},
                ]
            }
        ],
        "time": "2026-03-02T10:48:46.783-08:00",
    }
    wire.get(f"{COMPANY}/cdc", json=body)
    since = datetime.now(timezone(timedelta(hours=2))) - timedelta(days=1)
    found = ledger.changes(["Bill", "Vendor"], since)
    sent: Any = wire.calls[0].request
    assert sent.params["entities"] == "Bill,Vendor"
    assert sent.params["changedSince"] == since.isoformat(timespec="seconds")
    assert found.changed == {"Bill": [{"Id": "7", "Balance": Decimal("1.5")}], "Vendor": []}
    assert found.deleted == {"Bill": ["39"], "Vendor": []}
    assert found.cut_short == frozenset()


def test_changes_say_when_an_answer_is_full(ledger: Ledger, wire: responses.RequestsMock) -> None:
    bills = [{"Id": str(each)} for each in range(1000)]
    wire.get(f"{COMPANY}/cdc", json={"CDCResponse": [{"QueryResponse": [{"Bill": bills}]}]})
    assert ledger.changes(["Bill", "Vendor"], datetime.now(UTC)).cut_short == {"Bill", "Vendor"}


def test_an_answer_that_is_full_of_several_kinds_says_so_of_each(ledger: Ledger, wire: responses.RequestsMock) -> None:
    """Intuit says “1,000 objects” and not of what; a limit on the whole answer must not lose the rest."""
    bills, vendors = [{"Id": str(each)} for each in range(600)], [{"Id": str(each)} for each in range(400)]
    part = {"QueryResponse": [{"Bill": bills}, {"Vendor": vendors}, {}]}
    wire.get(f"{COMPANY}/cdc", json={"CDCResponse": [part]})
    found = ledger.changes(["Bill", "Vendor", "Item"], datetime.now(UTC))
    assert found.cut_short == {"Bill", "Vendor", "Item"}


def test_the_document_of_another_id_is_no_answer(ledger: Ledger, wire: responses.RequestsMock) -> None:
    other = {"Bill": {"Id": "8", "SyncToken": "1"}}
    wire.get(f"{COMPANY}/bill/7", json=other)
    with pytest.raises(LedgerFault) as read:
        ledger.read("Bill", "7")
    wire.post(f"{COMPANY}/bill", json=other)
    with pytest.raises(LedgerFault) as written:
        ledger.update("Bill", {"Id": "7", "SyncToken": "0"}, "request-1")
    assert {read.value.kind, written.value.kind} == {FaultKind.UNKNOWN}


def test_two_answers_to_one_item_of_a_batch_leave_it_unknown(ledger: Ledger, wire: responses.RequestsMock) -> None:
    told = [
        {"bId": "1", "Vendor": {"Id": "7"}},
        {"bId": "1", "Vendor": {"Id": "8"}},
        {"bId": "3", "Vendor": {"Id": "9"}},
    ]
    wire.post(f"{COMPANY}/batch", json={"BatchItemResponse": told})
    results = ledger.batch([BatchItem(bid, "create", "Vendor", {}) for bid in "123"], "request-1").results
    assert [one.fault.kind if one.fault else None for one in results] == [FaultKind.UNKNOWN, FaultKind.UNKNOWN, None]


def test_a_fault_inside_changes_is_not_taken_for_no_changes(ledger: Ledger, wire: responses.RequestsMock) -> None:
    inner = {"Fault": {"Error": [{"Message": "m", "code": "10000"}], "type": "SystemFault"}}
    wire.get(f"{COMPANY}/cdc", json={"CDCResponse": [{"QueryResponse": [inner]}]})
    with pytest.raises(LedgerFault) as raised:
        ledger.changes(["Bill"], datetime.now(UTC))
    assert (raised.value.kind, raised.value.fault.nothing_written) == (FaultKind.UNKNOWN, True)


@pytest.mark.parametrize("body", [{}, {"CDCResponse": None}, {"CDCResponse": []}, {"CDCResponse": [{}]}])
def test_an_answer_without_changes_in_it_is_not_taken_for_no_changes(
    body: dict[str, Any], ledger: Ledger, wire: responses.RequestsMock
) -> None:
    wire.get(f"{COMPANY}/cdc", json=body)
    with pytest.raises(LedgerFault):
        ledger.changes(["Bill"], datetime.now(UTC))


def test_changes_are_not_asked_where_quickbooks_has_none(ledger: Ledger, wire: responses.RequestsMock) -> None:
    with pytest.raises(TooOld):
        ledger.changes(["Bill"], datetime.now(UTC) - timedelta(days=31))
    with pytest.raises(ValueError, match="zone"):
        ledger.changes(["Bill"], datetime(2026, 3, 1))  # noqa: DTZ001
    with pytest.raises(ValueError, match="TimeActivity"):
        ledger.changes(["Bill", "TimeActivity"], datetime.now(UTC))
    assert not wire.calls


def test_a_query_without_an_answer_is_not_taken_for_an_empty_list(ledger: Ledger, wire: responses.RequestsMock) -> None:
    wire.post(f"{COMPANY}/query", json={"time": "2026-03-02T10:48:46.783-08:00"})
    with pytest.raises(LedgerFault) as raised:
        ledger.query("SELECT * FROM Bill")
    assert raised.value.fault.nothing_written


def test_each_item_of_a_batch_has_its_own_result(ledger: Ledger, wire: responses.RequestsMock) -> None:
    fault = {
        "Error": [{"Message": "Duplicate Name Exists Error", "Detail": "d", "code": "6240"}],
        "type": "ValidationFault",
    }
    responses_of = [{"bId": "2", "Fault": fault}, {"bId": "1", "Vendor": {"Id": "70"}}]
    wire.post(f"{COMPANY}/batch", json={"BatchItemResponse": responses_of}, headers={"intuit_tid": "1-abc"})
    items = [BatchItem(bid, "create", "Vendor", {"DisplayName": bid}) for bid in "123"]
    results = ledger.batch(items, "request-1").results
    assert [each.bid for each in results] == ["1", "2", "3"]
    assert results[0].document == {"Id": "70"}
    assert results[1].fault is not None
    assert (results[1].fault.kind, results[1].fault.code, results[1].fault.intuit_tid) == ("duplicate", "6240", "1-abc")
    assert results[2].fault is not None
    assert (results[2].fault.kind, results[2].fault.nothing_written) == ("unknown", False)
    sent: Any = wire.calls[0].request
    assert sent.params["requestid"] == "request-1"
    assert json.loads(sent.body)["BatchItemRequest"][0] == {
        "bId": "1",
        "operation": "create",
        "Vendor": {"DisplayName": "1"},
    }


def test_an_item_of_a_batch_is_answered_as_if_it_had_gone_alone(ledger: Ledger, wire: responses.RequestsMock) -> None:
    told = [
        {"bId": "2", "Vendor": {"DisplayName": "No Id"}},
        {"bId": "1", "Vendor": {"Id": "70"}},
        {"bId": "3", "Fault": {"Error": [{"Message": "m", "code": "6240"}]}},
    ]
    body = {"BatchItemResponse": told, "time": "2026-03-02T10:48:46.783-08:00"}
    wire.post(f"{COMPANY}/batch", json=body, headers={"intuit_tid": "1-abc"})
    asked = [BatchItem(bid, "create", "Vendor", {"DisplayName": bid}) for bid in "123"]
    batch = ledger.batch(asked, "request-1")
    one, two, three = batch.results
    answer = one.answered("Vendor", batch.answer)
    assert (answer.document("Vendor"), answer.intuit_tid, answer.request_id) == ({"Id": "70"}, "1-abc", "request-1")
    assert answer.body["time"] == body["time"]
    kinds = []
    for each in (two, three):
        with pytest.raises(LedgerFault) as raised:
            each.answered("Vendor", batch.answer)
        kinds.append((raised.value.kind, raised.value.fault.nothing_written))
    assert kinds == [(FaultKind.UNKNOWN, False), (FaultKind.DUPLICATE, True)]


@pytest.mark.parametrize("told", [None, "x", [7], [{"bId": "3", "Vendor": {"Id": "7"}}]])
def test_a_batch_answer_that_says_nothing_leaves_every_item_unknown(
    ledger: Ledger, wire: responses.RequestsMock, told: object
) -> None:
    wire.post(f"{COMPANY}/batch", json={"BatchItemResponse": told})
    results = ledger.batch([BatchItem(bid, "create", "Vendor", {}) for bid in "12"], "request-1").results
    assert [each.fault.kind for each in results if each.fault] == [FaultKind.UNKNOWN] * 2


@pytest.mark.parametrize(
    ("bids", "request_id"),
    [
        ([], "r"),
        (["1"] * 2, "r"),
        (["x" * 11], "r"),
        ([""], "r"),
        ([str(n) for n in range(31)], "r"),
        (["1"], "r" * 37),
    ],
)
def test_it_refuses_a_batch_that_quickbooks_would_not_take(
    bids: list[str], request_id: str, ledger: Ledger, wire: responses.RequestsMock
) -> None:
    with pytest.raises(ValueError):
        ledger.batch([BatchItem(bid, "create", "Vendor", {}) for bid in bids], request_id)
    with pytest.raises(ValueError, match="operation"):
        ledger.batch([BatchItem("1", "void", "Bill", {})], "r")
    assert not wire.calls


def test_a_throttled_query_is_told_apart_from_an_empty_one(ledger: Ledger, wire: responses.RequestsMock) -> None:
    wire.post(f"{COMPANY}/query", status=429, body=golden("429_throttle.xml"))
    with pytest.raises(LedgerFault) as raised:
        list(ledger.all("Vendor"))
    assert raised.value.kind is FaultKind.THROTTLED


WAIVER = Attachment("Bill", "12", 'Waiver "ü".pdf', "application/pdf", b"%PDF-\r\n--\xff", "ERP sync K7-3 file 1")
UPLOAD = f"{COMPANY}/upload"


def test_it_uploads_a_file_with_what_is_said_of_it(ledger: Ledger, wire: responses.RequestsMock) -> None:
    wire.post(UPLOAD, json={"AttachableResponse": [{"Attachable": {"Id": "9", "Size": 10}}], "time": "t"})
    answer = ledger.upload(WAIVER, "up-1", lambda: "")
    assert answer.document("Attachable") == {"Id": "9", "Size": 10}
    request = wire.calls[0].request
    kind, _, mark = request.headers["Content-Type"].partition("; boundary=")
    assert (kind, "requestid=up-1" in str(request.url)) == ("multipart/form-data", True)
    assert isinstance(request.body, bytes)
    empty, said, sent, end = request.body.split(f"--{mark}".encode())
    assert (empty, end) == (b"", b"--\r\n")
    head, _, told = said.partition(b"\r\n\r\n")
    assert b'name="file_metadata_01"' in head
    assert json.loads(told) == {
        "AttachableRef": [{"EntityRef": {"type": "Bill", "value": "12"}, "IncludeOnSend": False}],
        "FileName": 'Waiver "ü".pdf',
        "ContentType": "application/pdf",
        "Note": "ERP sync K7-3 file 1",
    }
    head, _, content = sent.partition(b"\r\n\r\n")
    assert b"Content-Transfer-Encoding: base64" in head
    assert base64.b64decode(content) == WAIVER.content


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        ({"AttachableResponse": [{"Fault": {"Error": [{"code": "2500"}]}}]}, FaultKind.REFUSED),
        ({"AttachableResponse": []}, FaultKind.UNKNOWN),
        ({"AttachableResponse": [{"Attachable": {}}]}, FaultKind.UNKNOWN),
    ],
)
def test_an_upload_that_is_refused_in_its_place_or_tells_nothing_is_no_good_answer(
    ledger: Ledger, wire: responses.RequestsMock, body: Any, kind: FaultKind
) -> None:
    wire.post(UPLOAD, json=body, headers={"intuit_tid": "1-tid"})
    with pytest.raises(LedgerFault) as failure:
        ledger.upload(WAIVER, "up-1", lambda: "")
    fault = failure.value.fault
    assert (fault.kind, fault.intuit_tid, fault.request_id) == (kind, "1-tid", "up-1")


def test_what_is_asked_before_an_upload_keeps_it_from_going_and_is_asked_of_no_other_call(
    ledger: Ledger, wire: responses.RequestsMock
) -> None:
    with pytest.raises(LedgerFault, match="Not ours any more") as failure:
        ledger.upload(WAIVER, "up-1", lambda: "Not ours any more.")
    assert failure.value.kind is FaultKind.NOT_SENT
    assert not wire.calls
    wire.post(f"{COMPANY}/bill", json={"Bill": {"Id": "12"}})
    ledger.create("Bill", {}, "bill-1")
