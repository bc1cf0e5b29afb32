"""Answers that are none: nothing is taken for absent, empty or done by them, and nothing breaks over them."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
import responses
from hypothesis import given
from hypothesis import strategies as st

from quickbooks_bridge.client.api import BatchItem, Ledger, Shifting, answered_at
from quickbooks_bridge.client.faults import FaultKind, LedgerFault
from quickbooks_bridge.client.shapes import odd_in
from quickbooks_bridge.client.wire import Answer, parse, serialise

from .conftest import COMPANY

BILL: dict[str, Any] = {
    "Id": "7",
    "SyncToken": "0",
    "TxnDate": "2026-11-20",
    "TotalAmt": Decimal("10.10"),
    "Balance": 0,
    "VendorRef": {"value": "56", "name": "Ace"},
    "MetaData": {"CreateTime": "2026-11-20T10:48:46-08:00"},
    "Line": [
        {
            "Id": "1",
            "Amount": Decimal("10.10"),
            "DetailType": "ItemBasedExpenseLineDetail",
            "ItemBasedExpenseLineDetail": {"ItemRef": {"value": "3"}, "Qty": 1},
            "LinkedTxn": [{"TxnId": "4", "TxnType": "PurchaseOrder"}],
        }
    ],
}


def fault_of(call: Callable[[], object]) -> Any:
    with pytest.raises(LedgerFault) as raised:
        call()
    return raised.value.fault


def test_a_document_as_quickbooks_writes_it_is_sound() -> None:
    assert not odd_in(BILL)
    assert not odd_in(
        {**BILL, "Id": 7, "TotalAmt": "10.10", "DueDate": "", "Balance": None, "NewField": [1, {"x": []}]}
    )


@pytest.mark.parametrize(
    "added",
    [
        # As QuickBooks writes each purchase: the value of an extension is no reference's.
        {"PurchaseEx": {"any": [{"name": "NameValue", "nil": False, "value": {"Name": "TxnType", "Value": "54"}}]}},
        {"Line": [{"Id": "1", "LineEx": {"any": [{"value": {"Name": "txnId", "Value": "70"}}]}}]},
        {"CustomExtensions": [{"Line": {}, "Amount": "unknown", "Entity": "Bill"}]},
        # A bookkeeper may mistype a year.
        {"TxnDate": "0202-11-20", "DueDate": "2926-11-20"},
    ],
)
def test_what_quickbooks_adds_of_its_own_makes_no_document_odd(added: dict[str, Any]) -> None:
    assert not odd_in({**BILL, **added})


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("Id", None),
        ("Id", True),
        ("Id", {"value": "7"}),
        ("Id", "9" * 33),
        ("Id", "-1"),
        ("Line", BILL["Line"][0]),
        ("Line", "none"),
        ("Line", [None]),
        ("LinkedTxn", "none"),
        ("VendorRef", "56"),
        ("VendorRef", {"value": {"value": "56"}}),
        ("AttachableRef", [{"EntityRef": "7"}]),
        ("CurrencyPrefs", {"HomeCurrency": "USD"}),
        ("OtherPrefs", {"NameValue": {"Name": "a"}}),
        ("MetaData", []),
        ("MetaData", {"CreateTime": "yesterday"}),
        ("MetaData", {"LastUpdatedTime": "2026-11-20T10:48:46"}),
        ("MetaData", {"LastUpdatedTime": "0001-01-01T00:00:00+14:00"}),
        ("TotalAmt", "ten"),
        ("TotalAmt", "NaN"),
        ("TotalAmt", Decimal("1E+400")),
        ("TotalAmt", True),
        ("Balance", [0]),
        ("TxnDate", "11/20/2026"),
        ("TxnDate", "0001-01-01"),
        ("TxnDate", "9999-12-31"),
        ("TxnDate", 20261120),
        ("Active", "false"),
        ("DocNumber", ["12"]),
    ],
)
def test_a_document_of_another_shape_is_none(name: str, value: object) -> None:
    assert odd_in({**BILL, name: value})


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(),
        lambda x: st.lists(x) | st.dictionaries(st.sampled_from([*BILL, "value", "Amount", "Qty", "new"]), x),
    )
)
def test_whatever_comes_is_told_of(told: object) -> None:
    assert isinstance(odd_in(told), str)


ROW = {"Id": "7"}
LISTS = [
    {"Bill": ROW, "startPosition": 1, "maxResults": 1},
    {"bill": [ROW], "startPosition": 1, "maxResults": 1},
    {"Vendor": [ROW]},
    {"startPosition": 1, "maxResults": 3},
    {"Bill": [{"DocNumber": "12"}]},
    {"Bill": [None]},
    {"Bill": "none"},
    {"Bill": [{**ROW, "Line": {"Id": "1"}}]},
    {"Bill": [{"Id": str(number)} for number in range(1200)]},
]


@pytest.mark.parametrize("told", LISTS)
def test_a_list_of_another_shape_is_not_taken_for_an_empty_one(
    told: dict[str, Any], ledger: Ledger, wire: responses.RequestsMock
) -> None:
    wire.post(f"{COMPANY}/query", json={"QueryResponse": told})
    assert fault_of(lambda: list(ledger.all("Bill"))).kind is FaultKind.UNKNOWN
    assert fault_of(lambda: ledger.page("Bill", start=1)).nothing_written


WARNED = {"Warnings": {"Warning": [{"code": "1", "Message": "m"}]}}


@pytest.mark.parametrize("told", [{}, {"startPosition": 1, "maxResults": 0}, {"Bill": []}, {"Bill": None}, WARNED])
def test_an_empty_list_is_one(told: dict[str, Any], ledger: Ledger, wire: responses.RequestsMock) -> None:
    wire.post(f"{COMPANY}/query", json={"QueryResponse": told})
    assert list(ledger.all("Bill")) == []


def test_a_row_that_comes_twice_ends_no_list(ledger: Ledger, wire: responses.RequestsMock) -> None:
    """Two rows of one Id fill a page as two of two Ids do: what comes after them is read too."""
    for ids in (["1", "2", "2"], ["2", "3"]):
        wire.post(f"{COMPANY}/query", json={"QueryResponse": {"Bill": [{"Id": one} for one in ids]}})
    assert [row["Id"] for row in ledger.all("Bill", page=3)] == ["1", "2", "3"]


def test_a_list_that_always_begins_anew_comes_to_an_end(ledger: Ledger, wire: responses.RequestsMock) -> None:
    wire.post(f"{COMPANY}/query", json={"QueryResponse": {"Bill": [{"Id": "1"}, {"Id": "2"}]}})
    with pytest.raises(Shifting):
        list(ledger.all("Bill", page=2))


CHANGES = [
    [{"QueryResponse": [{"Bill": ROW}, {}]}],
    [{"QueryResponse": [{"bill": [ROW]}, {}]}],
    [{"QueryResponse": [{"Bill": [{"status": "Deleted"}]}]}],
    [{"QueryResponse": [{"Bill": [None]}]}],
    [{"QueryResponse": [None]}],
    [{"QueryResponse": [{}]}, {"Fault": {"Error": [{"code": "10000"}]}}],
    [{"QueryResponse": [{}]}, {}],
]


@pytest.mark.parametrize("told", CHANGES)
def test_changes_of_another_shape_are_not_taken_for_none(
    told: list[Any], ledger: Ledger, wire: responses.RequestsMock
) -> None:
    wire.get(f"{COMPANY}/cdc", json={"CDCResponse": told})
    assert fault_of(lambda: ledger.changes(["Bill", "Vendor"], datetime.now(UTC))).nothing_written


def test_changes_in_several_parts_are_all_told(ledger: Ledger, wire: responses.RequestsMock) -> None:
    parts = [
        {"QueryResponse": [{"Bill": [ROW], **WARNED}]},
        {"QueryResponse": [{"Vendor": [{"Id": "8", "status": "deleted"}]}]},
    ]
    wire.get(f"{COMPANY}/cdc", json={"CDCResponse": parts})
    told = ledger.changes(["Bill", "Vendor"], datetime.now(UTC))
    assert (told.changed["Bill"], told.deleted["Vendor"]) == ([ROW], ["8"])


@pytest.mark.parametrize("time", ["2099-01-01T00:00:00-08:00", "0001-01-01T00:00:00+14:00", "2026-11-20", 7, None])
def test_no_cursor_is_set_by_a_time_that_cannot_be(time: object) -> None:
    """One in years to come would leave out whatever changes until then."""
    before = datetime.now(UTC)
    assert before <= answered_at(Answer(200, "", {"time": time}, 1)) <= datetime.now(UTC)
    told = before - timedelta(minutes=10)
    assert answered_at(Answer(200, "", {"time": told.isoformat()}, 1)) == told


@pytest.mark.parametrize("told", ["0", 0, True, {"value": "7"}, "a b", "9" * 70, "-1"])
def test_a_new_document_without_a_number_of_quickbooks_is_unknown(
    told: object, ledger: Ledger, wire: responses.RequestsMock
) -> None:
    wire.post(f"{COMPANY}/bill", json={"Bill": {**ROW, "Id": told}})
    assert not fault_of(lambda: ledger.create("Bill", {}, "r-1")).nothing_written
    wire.post(f"{COMPANY}/batch", json={"BatchItemResponse": [{"bId": "1", "Bill": {**ROW, "Id": told}}]})
    (result,) = ledger.batch([BatchItem("1", "create", "Bill", {})], "b-1").results
    assert result.fault
    assert not result.fault.nothing_written


def test_a_document_together_with_a_fault_is_unknown(ledger: Ledger, wire: responses.RequestsMock) -> None:
    both = {"Bill": ROW, "Fault": {"Error": [{"code": "6000", "Message": "m"}]}}
    wire.post(f"{COMPANY}/bill", json=both)
    assert fault_of(lambda: ledger.create("Bill", {}, "r-1")).kind is FaultKind.UNKNOWN
    wire.post(f"{COMPANY}/batch", json={"BatchItemResponse": [{"bId": "1", **both}, {"bId": ["2"], "Bill": ROW}]})
    results = ledger.batch([BatchItem(bid, "create", "Bill", {}) for bid in "12"], "b-1").results
    assert [one.fault.kind if one.fault else None for one in results] == [FaultKind.UNKNOWN] * 2


@pytest.mark.parametrize("status", [200, 400, 401, 500])
def test_what_is_nested_beyond_reason_cannot_be_read(status: int, ledger: Ledger, wire: responses.RequestsMock) -> None:
    wire.post(f"{COMPANY}/bill", body="[" * 100_000, status=status)
    assert isinstance(fault_of(lambda: ledger.create("Bill", {}, "r-1")).kind, FaultKind)


def test_a_number_of_a_few_characters_fills_no_memory() -> None:
    told = parse('{"TotalAmt": 1e99999999, "Qty": 10.50}')
    assert len(serialise(told)) < 100
    assert json.loads(serialise({"Qty": Decimal("1E+3")})) == {"Qty": 1000}
