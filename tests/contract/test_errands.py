"""What a bookkeeper does by one call of the control plane: the table of docs/emulator.md, once more by hand."""

from typing import Any

import pytest

from .conftest import HARBOR_ROW, WAIT, Company, Json, Plane
from .test_transactions import bill_of, item_line, lines_of, order, read, refs

__all__ = ["refs"]
DETAIL = "ItemBasedExpenseLineDetail"


def does(plane: Plane, errand: str, entity: str, key: str, **more: Any) -> Json:
    """An errand that must succeed; the document then."""
    done: Json = plane.post(f"desk/{errand}", realm=HARBOR_ROW, entity=entity, id=key, **more)
    return done


def refused(plane: Plane, errand: str, **given: Any) -> Json:
    """An errand that must be refused; the answer."""
    reply = plane.session.post(f"{plane.base}/_control/desk/{errand}", json=given, timeout=WAIT)
    assert reply.status_code == 422, reply.text
    answer: Json = reply.json()
    return answer


def test_a_name_is_changed_and_an_entry_put_away_and_taken_back(plane: Plane, refs: dict[str, Json]) -> None:
    key = refs["vendor"]["value"]
    assert does(plane, "rename", "Vendor", key, name="Ace Electrical")["SyncToken"] == "1"
    assert does(plane, "deactivate", "Vendor", key)["DisplayName"] == "Ace Electrical (deleted)"
    assert does(plane, "activate", "Vendor", key)["DisplayName"] == "Ace Electrical"


def test_heads_are_edited_and_orders_closed_and_opened(plane: Plane, company: Company, refs: dict[str, Json]) -> None:
    key = order(company, refs)["Id"]
    edited = does(plane, "edit", "PurchaseOrder", key, fields={"DocNumber": "SC-9", "TxnDate": "2026-03-04"})
    assert (edited["DocNumber"], edited["TxnDate"], edited["TotalAmt"]) == ("SC-9", "2026-03-04", 350.5)
    assert does(plane, "order", "PurchaseOrder", key, status="Closed")["POStatus"] == "Closed"
    assert does(plane, "order", "PurchaseOrder", key, status="Open")["POStatus"] == "Open"


def test_an_amount_moves_the_rate_or_makes_a_lump_sum(plane: Plane, company: Company, refs: dict[str, Json]) -> None:
    lines = [item_line(refs, 4, 25), item_line(refs, 3, 10)]
    key = company.write("Bill", {"VendorRef": refs["vendor"], "Line": lines})["Id"]
    first, second = does(plane, "amount", "Bill", key, amount=120.4)["Line"]
    assert (first["Amount"], first[DETAIL]["UnitPrice"], second["Amount"]) == (120.4, 30.1, 30)
    after = does(plane, "amount", "Bill", key, line="2", amount="3000000.01")
    assert lines_of(after) == [("1", 120.4), ("2", 3000000.01)]
    assert after["TotalAmt"] == 3000120.41


def test_lines_are_added_changed_and_taken_out(plane: Plane, company: Company, refs: dict[str, Json]) -> None:
    key = order(company, refs)["Id"]
    assert lines_of(does(plane, "add_line", "PurchaseOrder", key, line=item_line(refs, 2, 7))) == [
        ("1", 100),
        ("2", 250.5),
        ("3", 14),
    ]
    fields = {"Description": "Moved", "CustomerRef": None, "Qty": 3, "UnitPrice": 5}
    line = does(plane, "change_line", "PurchaseOrder", key, line="1", fields=fields)["Line"][0]
    assert (line["Description"], line["Amount"], "CustomerRef" in line[DETAIL]) == ("Moved", 15, False)
    account = refs["cost"]["value"]
    line = does(plane, "change_line", "PurchaseOrder", key, line="2", fields={"AccountRef": account})["Line"][1]
    assert (line["Amount"], line["DetailType"]) == (250.5, "AccountBasedExpenseLineDetail")
    assert line["AccountBasedExpenseLineDetail"]["CustomerRef"]["value"] == refs["job"]["value"]
    assert lines_of(does(plane, "remove_line", "PurchaseOrder", key, line="1")) == [("2", 250.5), ("3", 14)]


def test_another_vendor_takes_a_bill_off_its_order(plane: Plane, company: Company, refs: dict[str, Json]) -> None:
    held = order(company, refs, 100)
    bill = company.write("Bill", bill_of(refs, held, ("1", 100)))
    moved = does(plane, "vendor", "Bill", bill["Id"], vendor=refs["other"]["value"])
    assert (moved["VendorRef"]["name"], moved["TotalAmt"], "LinkedTxn" in moved) == ("O'Brien Excavating", 100, False)
    assert read(company, "PurchaseOrder", held["Id"])["POStatus"] == "Open"


def test_a_bill_is_paid_in_parts_and_the_payment_changed_voided_and_deleted(
    plane: Plane, company: Company, refs: dict[str, Json]
) -> None:
    bill = company.write("Bill", {"VendorRef": refs["vendor"], "Line": [item_line(refs, 1, 90)]})
    part = does(plane, "pay", "Bill", bill["Id"], amount=30, date="2026-11-02")
    rest = does(plane, "pay", "Bill", bill["Id"])
    assert (part["TxnDate"], part["TotalAmt"], rest["TotalAmt"]) == ("2026-11-02", 30, 60)
    assert does(plane, "amount", "BillPayment", part["Id"], amount=20)["TotalAmt"] == 20
    assert does(plane, "void", "BillPayment", rest["Id"])["TotalAmt"] == 0
    assert read(company, "Bill", bill["Id"])["Balance"] == 70
    assert does(plane, "delete", "BillPayment", part["Id"])["status"] == "Deleted"
    assert read(company, "Bill", bill["Id"])["Balance"] == 90


def test_the_books_are_closed_and_opened(plane: Plane, company: Company, refs: dict[str, Json]) -> None:
    old = {"VendorRef": refs["vendor"], "Line": [item_line(refs, 1, 90)], "TxnDate": "2026-03-31"}
    key = company.write("Bill", old)["Id"]
    plane.post("desk/close_books", realm=HARBOR_ROW, until="2026-03-31")
    answer = refused(plane, "amount", realm=HARBOR_ROW, entity="Bill", id=key, amount=1)
    assert answer["code"] == "6210"
    assert "The books are closed" in answer["errors"][0]
    plane.post("desk/close_books", realm=HARBOR_ROW, until=None)
    assert does(plane, "amount", "Bill", key, amount=1)["TotalAmt"] == 1


@pytest.mark.parametrize(
    ("errand", "given", "says"),
    [
        ("burn", {}, "A bookkeeper's errand is one of rename,"),
        ("rename", {"realm": "1"}, "There is no company 1 here."),
        ("rename", {"entity": "Vendr"}, "The emulator has no Vendr."),
        ("rename", {"id": "99999", "name": "X"}, "is not there"),
        ("rename", {"name": ""}, "name is missing."),
        ("rename", {"name": "Rosa Delgado"}, "already used"),
        ("rename", {"entity": "Bill", "name": "X"}, "Bill has no name."),
        ("amount", {"amount": 5}, "has no lines."),
        ("vendor", {"vendor": "1"}, "Vendor is of no vendor."),
        ("edit", {"fields": "x"}, "fields is an object."),
        ("pay", {}, "Only a Bill is paid."),
        ("order", {"status": "Closed"}, "Only a PurchaseOrder is closed or opened."),
        ("close_books", {"until": "soon"}, "until is a date like 2026-03-31, or null."),
    ],
)
def test_what_cannot_be_done_is_refused_with_a_sentence(
    plane: Plane, refs: dict[str, Json], errand: str, given: Json, says: str
) -> None:
    before = plane.documents("Vendor")
    asked = {"realm": HARBOR_ROW, "entity": "Vendor", "id": refs["vendor"]["value"], **given}
    assert says in refused(plane, errand, **asked)["errors"][0]
    assert plane.documents("Vendor") == before


@pytest.mark.parametrize(
    ("errand", "given", "says"),
    [
        ("amount", {"amount": "much"}, "The amount is a number up to 99,999,999,999."),
        ("amount", {"amount": "NaN"}, "The amount is a number"),
        ("amount", {"amount": 1e30}, "The amount is a number"),
        ("amount", {"line": "7", "amount": 1}, "It has no line 7."),
        ("change_line", {"line": "1", "fields": {"Colour": "red"}}, "Colour is no property of a line"),
        ("order", {"status": "Ajar"}, "Ajar"),
    ],
)
def test_a_line_that_cannot_be_changed_is_refused(
    plane: Plane, company: Company, refs: dict[str, Json], errand: str, given: Json, says: str
) -> None:
    held = order(company, refs)
    asked = {"realm": HARBOR_ROW, "entity": "PurchaseOrder", "id": held["Id"], **given}
    assert says in refused(plane, errand, **asked)["errors"][0]
    assert read(company, "PurchaseOrder", held["Id"]) == held
