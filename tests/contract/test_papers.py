"""What hangs on a document or is made of it: attachments, prints, and the sales documents beside the estimate."""

# ruff: noqa: S608 - what is written here is the query language of QuickBooks; no database reads it.

import base64
import json
from typing import Any

import pytest

from .conftest import Company, Json, Plane, error_of
from .test_transactions import item_line, lines_of, order, read, refs, sales_line

pytestmark = pytest.mark.sandbox

__all__ = ["refs"]
NOTE = {"Note": "Signed on site"}


def parts(metadata: Json | None, content: bytes, newline: str, *heads: str) -> bytes:
    """The body of an upload of one file, with lines that end as one client's do."""
    told = ["--mark", 'Content-Disposition: form-data; name="file_metadata_01"', "", json.dumps(metadata)]
    sent = ["--mark", 'Content-Disposition: form-data; name="file_content_01"; filename="plan.txt"']
    lines = [*(told if metadata is not None else []), *sent, "Content-Type: text/plain", *heads, "", content.decode()]
    return newline.join([*lines, "--mark--", ""]).encode()


def upload(company: Company, body: bytes, kind: str = "multipart/form-data; boundary=mark", **params: str) -> Any:
    return company.call("POST", "upload", data=body, headers={"Content-Type": kind}, params=params)


def attached_to(order: Json) -> Json:
    return {"AttachableRef": [{"EntityRef": {"type": "PurchaseOrder", "value": order["Id"]}}]}


def test_a_note_is_attached_changed_found_and_deleted(company: Company, refs: dict[str, Json]) -> None:
    held = order(company, refs)
    note = company.write("Attachable", {**NOTE, **attached_to(held)})
    assert note["AttachableRef"] == [
        {"EntityRef": {"type": "PurchaseOrder", "value": held["Id"]}, "IncludeOnSend": False}
    ]
    assert company.write("Attachable", {**note, "Note": "Signed twice"})["SyncToken"] == "1"
    found = company.query("select * from Attachable where Note = 'Signed twice'")["Attachable"]
    assert [one["Id"] for one in found] == [note["Id"]]
    company.write("Attachable", {"Id": note["Id"], "SyncToken": "1"}, operation="delete")
    assert error_of(company.call("GET", f"attachable/{note['Id']}"))["code"] == "610"


def test_what_hangs_on_a_document_is_asked_for_by_the_document(company: Company, refs: dict[str, Json]) -> None:
    held, other = order(company, refs), order(company, refs)
    mine = company.write("Attachable", {**NOTE, **attached_to(held)})
    company.write("Attachable", {**NOTE, **attached_to(other)})
    company.write("Attachable", NOTE)
    where = f"AttachableRef.EntityRef.Type = 'PurchaseOrder' and AttachableRef.EntityRef.value = '{held['Id']}'"
    assert company.query(f"select * from Attachable where {where}")["Attachable"] == [mine]
    of_bills = where.replace("PurchaseOrder", "Bill")
    assert company.query(f"select * from Attachable where {of_bills}") == {}


@pytest.mark.parametrize("given", [{}, {**NOTE, "AttachableRef": [{"EntityRef": {"type": "Bill", "value": "9"}}]}])
def test_an_attachment_needs_a_note_or_a_file_and_something_that_is_there(company: Company, given: Json) -> None:
    assert company.refusal("Attachable", given)["code"] == ("2500" if given else "2020")


@pytest.mark.parametrize("newline", ["\r\n", "\n"])
def test_a_file_comes_in_parts_with_what_is_said_of_it(company: Company, refs: dict[str, Json], newline: str) -> None:
    said = {**NOTE, "FileName": "site plan.txt", **attached_to(order(company, refs))}
    coded = base64.b64encode(b"north is up")
    reply = upload(company, parts(said, coded, newline, "Content-Transfer-Encoding: base64"))
    assert reply.status_code == 200, reply.text
    (answer,) = reply.json()["AttachableResponse"]
    held = answer["Attachable"]
    assert (held["FileName"], held["ContentType"], held["Size"]) == ("site plan.txt", "text/plain", 11)
    assert read(company, "Attachable", held["Id"]) == held
    changed = company.write("Attachable", {"Id": held["Id"], "SyncToken": "0", "Note": "Old", "FileName": "plan"})
    assert changed["Size"] == 11


def test_a_file_without_a_word_is_called_as_it_was_sent_and_kept_once(plane: Plane, company: Company) -> None:
    body = parts(None, b"plain", "\r\n")
    first = upload(company, body, requestid="up-1").json()["AttachableResponse"][0]["Attachable"]
    assert (first["FileName"], first["Size"]) == ("plan.txt", 5)
    assert upload(company, body, requestid="up-1").json()["AttachableResponse"][0]["Attachable"] == first
    assert len(plane.documents("Attachable")) == 1


@pytest.mark.parametrize(
    ("body", "code"),
    [
        (b"{}", "2010"),
        (b"--mark--", "2020"),
        (parts({}, b"not base64!", "\n", "Content-Transfer-Encoding: base64"), "2010"),
        (
            b'--mark\n\n--mark\nContent-Disposition: form-data; name="file_metadata_01"\n\n{"Note": "x"}\n--mark--',
            "2020",
        ),
    ],
)
def test_what_is_no_upload_is_refused(company: Company, body: bytes, code: str) -> None:
    assert error_of(upload(company, body))["code"] == code


def test_a_file_that_is_refused_says_so_in_its_place(company: Company) -> None:
    said = {"AttachableRef": [{"EntityRef": {"type": "Bill", "value": "9"}}]}
    reply = upload(company, parts(said, b"x", "\n"))
    assert reply.json()["AttachableResponse"][0]["Fault"]["Error"][0]["code"] == "2500"


def test_an_order_and_an_estimate_are_printed_and_a_bill_is_not(company: Company, refs: dict[str, Json]) -> None:
    held = order(company, refs, DocNumber="SC-(7)")
    reply = company.call("GET", f"purchaseorder/{held['Id']}/pdf", headers={"Accept": "application/pdf"})
    assert (reply.status_code, reply.headers["Content-Type"]) == (200, "application/pdf")
    assert reply.content.startswith(b"%PDF-")
    assert reply.content.endswith(b"%%EOF\n")
    assert b"SC-\\(7\\)" in reply.content
    assert b"Total 350.5" in reply.content
    bill = company.write("Bill", {"VendorRef": refs["vendor"], "Line": [item_line(refs, 1, 5)]})
    assert error_of(company.call("GET", f"bill/{bill['Id']}/pdf"))["code"] == "500"
    assert error_of(company.call("GET", "purchaseorder/99999/pdf"))["code"] == "610"


def discount(refs: dict[str, Json], **more: Any) -> Json:
    return {"DetailType": "DiscountLineDetail", "DiscountLineDetail": {"DiscountAccountRef": refs["cost"]}, **more}


def test_a_discount_follows_the_subtotal_and_lowers_the_total(company: Company, refs: dict[str, Json]) -> None:
    lines = [discount(refs, Amount=4), sales_line(refs, 35)]
    lines.append(
        {"DetailType": "DiscountLineDetail", "DiscountLineDetail": {"PercentBased": True, "DiscountPercent": 10}}
    )
    held = company.write("Estimate", {"CustomerRef": refs["job"], "Line": lines})
    assert [(line["DetailType"], line["Amount"]) for line in held["Line"]] == [
        ("SalesItemLineDetail", 35),
        ("SubTotalLineDetail", 35),
        ("DiscountLineDetail", 4),
        ("DiscountLineDetail", 3.5),
    ]
    assert held["TotalAmt"] == 27.5
    assert held["Line"][2]["DiscountLineDetail"]["DiscountAccountRef"]["name"] == "Cost of Goods Sold:Job Materials"
    again = company.write("Estimate", held)
    assert (again["TotalAmt"], again["Line"]) == (27.5, held["Line"])
    given = {"CustomerRef": refs["job"], "Line": [sales_line(refs, 5), discount(refs)]}
    assert company.refusal("Estimate", given)["element"] == "Amount"


def test_an_invoice_is_owed_until_it_is_voided(company: Company, refs: dict[str, Json]) -> None:
    given = {"CustomerRef": refs["job"], "Line": [sales_line(refs, 100)], "PrivateNote": "ours"}
    held = company.write("Invoice", given, requestid="inv-1")
    assert company.write("Invoice", given, requestid="inv-1") == held
    assert (held["Balance"], held["DueDate"], held["LinkedTxn"]) == (100, held["TxnDate"], [])
    found = company.query(f"select * from Invoice where CustomerRef = '{refs['job']['value']}'")["Invoice"]
    assert found == [held]
    void = company.write("Invoice", {"Id": held["Id"], "SyncToken": "0"}, operation="void")
    assert (void["TotalAmt"], void["Balance"], void["PrivateNote"]) == (0, 0, "Voided ours")
    assert [line["Amount"] for line in void["Line"]] == [0, 0]
    assert lines_of(void) == [("1", 0)]


def test_a_quantity_and_a_rate_of_nought_count_as_not_given(company: Company, refs: dict[str, Json]) -> None:
    line = {**item_line(refs, 0, 0), "Amount": 40}
    (held, *_rest) = company.write("Bill", {"VendorRef": refs["vendor"], "Line": [line]})["Line"]
    detail = held["ItemBasedExpenseLineDetail"]
    assert (held["Amount"], "Qty" in detail, "UnitPrice" in detail) == (40, False, False)


def test_a_sandbox_seed_has_what_the_tests_of_client_libraries_name_by_id(plane: Plane) -> None:
    plane.post("reset", seed="sandbox")
    accounts = {one["Id"]: one["Name"] for one in plane.documents("Account")}
    assert (accounts["42"], accounts["86"], len(set(accounts.values()))) == ("Visa", "Discounts given", len(accounts))
    items = {one["Id"]: (one["Name"], one["Type"]) for one in plane.documents("Item")}
    assert items["10"] == ("Pest Control", "Service")
    assert "Inventory" in {kind for _, kind in items.values()}
