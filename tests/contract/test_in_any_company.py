"""Statements of the checklist that other files show with the emulator's clock and switches, shown here without: in a
company that is not ours as well. Nothing is counted but what a test has made itself."""

# ruff: noqa: S608 - what is written here is the query language of QuickBooks; no database reads it.

from datetime import date, datetime, timedelta

import pytest
import requests

from .company import WAIT, Company, Json, error_of
from .test_query import batch, changes, create
from .test_transactions import item_line, order, payment, read, refs

__all__ = ["refs"]
pytestmark = pytest.mark.sandbox


def bill(company: Company, refs: dict[str, Json], **more: object) -> Json:
    return company.write("Bill", {"VendorRef": refs["vendor"], "Line": [item_line(refs, 1, 90)], **more})


def just_before(document: Json) -> str:
    """A moment before it was written."""
    return (datetime.fromisoformat(document["MetaData"]["CreateTime"]) - timedelta(seconds=1)).isoformat()


def test_013_every_reply_has_an_intuit_tid(company: Company) -> None:
    paths = ("companyinfo/" + company.realm, "vendor/999999999", "nothing")
    tids = {company.call("GET", path).headers["intuit_tid"] for path in paths}
    assert len(tids) == len(paths)


def test_014_a_bad_bearer_is_401_in_the_lowercase_shape(company: Company) -> None:
    url = f"{company.base}/v3/company/{company.realm}/companyinfo/{company.realm}"
    headers = {"Authorization": "Bearer nonsense", "Accept": "application/json"}
    reply = requests.get(url, headers=headers, timeout=WAIT)
    fault = reply.json()["fault"]
    assert (reply.status_code, fault["type"], fault["error"][0]["code"]) == (401, "AUTHENTICATION", "3200")


def test_053_a_bill_is_due_by_its_terms(company: Company, refs: dict[str, Json]) -> None:
    held = bill(company, refs, SalesTermRef=company.reference("Term", "Net 30"))
    assert date.fromisoformat(held["DueDate"]) == date.fromisoformat(held["TxnDate"]) + timedelta(30)


def test_067_each_write_raises_the_token_by_one(company: Company, refs: dict[str, Json]) -> None:
    held = order(company, refs)
    for expected in ("1", "2"):
        held = company.write("PurchaseOrder", {**held, "Memo": expected})
        assert held["SyncToken"] == expected


def test_077_a_repeated_request_id_makes_one_document(company: Company, refs: dict[str, Json]) -> None:
    given = {"VendorRef": refs["vendor"], "Line": [item_line(refs, 1, 90)], "DocNumber": "ONCE"}
    key = "once-" + refs["vendor"]["value"]
    first = company.write("Bill", given, requestid=key)
    assert company.write("Bill", given, requestid=key)["Id"] == first["Id"]
    asked = f"select count(*) from Bill where DocNumber = 'ONCE' and VendorRef = '{refs['vendor']['value']}'"
    assert company.query(asked) == {"totalCount": 1}


def test_088_an_inactive_row_is_hidden_unless_asked_for(company: Company) -> None:
    made = company.write("Vendor", {"DisplayName": "Short Lived"})
    company.write("Vendor", {"Id": made["Id"], "SyncToken": "0", "sparse": True, "Active": False})
    asked = f"select Id from Vendor where Id = '{made['Id']}'"
    assert company.query(asked) == {}
    for condition in ("Active = false", "Active in (true, false)"):
        assert [one["Id"] for one in company.query(f"{asked} and {condition}")["Vendor"]] == [made["Id"]]


def test_089_times_compare_as_instants(company: Company) -> None:
    made = company.write("Vendor", {"DisplayName": "Late"})
    moment = datetime.fromisoformat(made["MetaData"]["LastUpdatedTime"])
    for zone in ("-08:00", "+00:00", "+05:30"):
        there = moment.astimezone(datetime.fromisoformat(f"2026-01-01T00:00:00{zone}").tzinfo).isoformat()
        asked = f"select Id from Vendor where Id = '{made['Id']}' and MetaData.LastUpdatedTime"
        assert company.query(f"{asked} >= '{there}'")["Vendor"][0]["Id"] == made["Id"]
        assert company.query(f"{asked} > '{there}'") == {}


def test_092_a_batch_of_31_is_refused_whole(company: Company) -> None:
    items = [create(str(n), f"Many {n}") for n in range(31)]
    assert error_of(company.call("POST", "batch", json={"BatchItemRequest": items}))["code"] == "1040"
    assert company.query("select * from Vendor where DisplayName in ('Many 0', 'Many 30')") == {}
    assert len(batch(company, [{"bId": "1", "Query": "select count(*) from Vendor"}])) == 1


def test_094_096_changes_tell_of_the_deleted_and_of_the_paid(company: Company, refs: dict[str, Json]) -> None:
    held, owed = order(company, refs), bill(company, refs)
    company.write("PurchaseOrder", {"Id": held["Id"], "SyncToken": "0"}, operation="delete")
    company.write("BillPayment", payment(refs, owed, 90))
    orders, bills = changes(company, "PurchaseOrder,Bill", just_before(held))
    assert {one["Id"]: one.get("status") for one in orders["PurchaseOrder"]}[held["Id"]] == "Deleted"
    assert {one["Id"]: one["Balance"] for one in bills["Bill"] if "Balance" in one}[owed["Id"]] == 0
    assert read(company, "Bill", owed["Id"])["SyncToken"] == "1"


def test_059_a_repeated_number_passes_when_it_is_allowed(company: Company, refs: dict[str, Json]) -> None:
    first, second = (
        company.write(
            "Bill",
            {"VendorRef": refs["vendor"], "Line": [item_line(refs, 1, 90)], "DocNumber": "TWICE"},
            include="allowduplicatedocnum",
        )
        for _ in range(2)
    )
    assert (first["DocNumber"], first["Id"] != second["Id"]) == (second["DocNumber"], True)


@pytest.mark.parametrize("order", ["orderby Name desc", "ORDER BY Name DESC", "OrderBy Name Desc"])
def test_081_084_pages_begin_at_one_and_keywords_come_in_any_case(company: Company, order: str) -> None:
    for name in ("Ash", "Elm", "Oak"):
        company.write("Class", {"Name": name})
    asked = f"SeLeCt * FrOm Class wHeRe Name In ('Ash', 'Elm', 'Oak') {order}"
    pages = [company.query(f"{asked} StartPosition {at} MaxResults 2")["Class"] for at in (1, 3)]
    assert [[one["Name"] for one in page] for page in pages] == [["Oak", "Elm"], ["Ash"]]
    error = company.query_refusal(f"{asked} startposition 0")
    assert "value 0 is too small. Min allowed value is 1" in error["Detail"]
