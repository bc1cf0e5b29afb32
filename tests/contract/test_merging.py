"""Two entries of a list become one, as when a bookkeeper gives the one the other's name and agrees to merge them."""

import html
from typing import Any

import pytest

from .conftest import HARBOR_ROW, Company, Json, Plane, error_of
from .test_errands import does, refused
from .test_transactions import changes, item_line, order, payment, read, refs, sales_line
from .test_window import error, get, post

__all__ = ["refs"]
DETAIL = "ItemBasedExpenseLineDetail"
BOOKS = f"/company/{HARBOR_ROW}"


def test_what_a_vendor_was_owed_is_owed_to_the_one_it_is_merged_into(
    plane: Plane, company: Company, refs: dict[str, Json]
) -> None:
    lines = [item_line(refs, 1, 90)]
    held, bill = order(company, refs), company.write("Bill", {"VendorRef": refs["vendor"], "Line": lines})
    paid = company.write("BillPayment", payment(refs, bill, 40))
    card = {"PaymentType": "CreditCard", "AccountRef": refs["card"], "EntityRef": {**refs["vendor"], "type": "Vendor"}}
    expense = company.write("Purchase", {**card, "Line": lines})
    other = company.write("Bill", {"VendorRef": refs["other"], "Line": lines})

    kept = does(plane, "merge", "Vendor", refs["vendor"]["value"], into=refs["other"]["value"])

    assert (kept["DisplayName"], kept["SyncToken"]) == ("O'Brien Excavating", "1")
    whose = {"value": refs["other"]["value"], "name": "O'Brien Excavating"}
    for entity, document in (("PurchaseOrder", held), ("Bill", bill), ("BillPayment", paid), ("Bill", other)):
        assert read(company, entity, document["Id"])["VendorRef"] == whose
    assert read(company, "Purchase", expense["Id"])["EntityRef"] == {**whose, "type": "Vendor"}
    assert read(company, "Bill", bill["Id"])["Balance"] == 50


def test_nothing_but_the_reference_of_a_transaction_changes_unless_a_switch_says_so(
    plane: Plane, company: Company, refs: dict[str, Json]
) -> None:
    held = order(company, refs)
    does(plane, "merge", "Vendor", refs["vendor"]["value"], into=refs["other"]["value"])
    after = read(company, "PurchaseOrder", held["Id"])
    assert after == {**held, "VendorRef": after["VendorRef"]}
    plane.post("switches", merge_touches_transactions=True)
    third = plane.documents("Vendor")[0]["Id"]
    does(plane, "merge", "Vendor", refs["other"]["value"], into=third)
    assert read(company, "PurchaseOrder", held["Id"])["SyncToken"] == "1"


def test_the_merged_one_is_not_there_any_more_and_its_name_is_free(
    plane: Plane, company: Company, refs: dict[str, Json]
) -> None:
    gone, since = refs["vendor"]["value"], plane.get("clock")["now"]
    plane.post("clock", advance_seconds=60)
    kept = does(plane, "merge", "Vendor", gone, into=refs["other"]["value"])
    assert error_of(company.call("GET", f"vendor/{gone}"))["code"] == "610"
    assert company.query("select * from Vendor where Active in (true,false) and DisplayName = 'Ace Electric Co'") == {}
    told = {one["Id"]: one for one in changes(company, "Vendor", since)}
    assert (told[gone]["status"], "DisplayName" in told[gone]) == ("Deleted", False)
    assert told[kept["Id"]]["DisplayName"] == "O'Brien Excavating"
    new = company.write("Vendor", {"DisplayName": "Ace Electric Co"})
    assert int(new["Id"]) > int(gone)


def test_by_a_switch_it_stays_as_an_inactive_one(plane: Plane, company: Company, refs: dict[str, Json]) -> None:
    plane.post("switches", merged_record="inactive")
    gone = refs["vendor"]["value"]
    does(plane, "merge", "Vendor", gone, into=refs["other"]["value"])
    left = read(company, "Vendor", gone)
    assert (left["Active"], left["DisplayName"]) == (False, "Ace Electric Co (deleted)")


def test_jobs_of_a_customer_move_below_the_other_and_lines_name_it(
    plane: Plane, company: Company, refs: dict[str, Json]
) -> None:
    city, marlow = company.named("Customer", "City of Eastport"), company.named("Customer", "Marlow Development Group")
    line = item_line(refs, 1, 10)
    line[DETAIL]["CustomerRef"] = {"value": city["Id"]}
    bill = company.write("Bill", {"VendorRef": refs["vendor"], "Line": [line]})
    estimate = company.write("Estimate", {"CustomerRef": {"value": city["Id"]}, "Line": [sales_line(refs, 1)]})
    does(plane, "merge", "Customer", city["Id"], into=marlow["Id"])
    job = company.named("Customer", "Fire Station 4")
    assert job["FullyQualifiedName"] == "Marlow Development Group:Fire Station 4"
    assert job["ParentRef"] == {"value": marlow["Id"]}
    shown = {"value": marlow["Id"], "name": "Marlow Development Group"}
    assert read(company, "Bill", bill["Id"])["Line"][0][DETAIL]["CustomerRef"] == shown
    assert read(company, "Estimate", estimate["Id"])["CustomerRef"] == shown


def test_items_merge_and_a_customer_of_the_same_id_stays(plane: Plane, company: Company, refs: dict[str, Json]) -> None:
    labor, materials = company.named("Item", "Labor"), company.named("Item", "Materials")
    line = item_line(refs, 1, 10)
    line[DETAIL] |= {"ItemRef": {"value": labor["Id"]}, "CustomerRef": {"value": labor["Id"]}}
    bill = company.write("Bill", {"VendorRef": refs["vendor"], "Line": [line]})
    before = bill["Line"][0][DETAIL]
    does(plane, "merge", "Item", labor["Id"], into=materials["Id"])
    after = read(company, "Bill", bill["Id"])["Line"][0][DETAIL]
    assert after == {**before, "ItemRef": {"value": materials["Id"], "name": "Materials"}}


def test_a_journal_line_of_a_customer_with_the_vendors_part_stays(
    plane: Plane, company: Company, refs: dict[str, Json]
) -> None:
    def side(kind: str, posting: str, who: str, key: str) -> Json:
        detail: Json = {"PostingType": posting, "AccountRef": refs["cost"]}
        detail["Entity"] = {"Type": who, "EntityRef": {"value": key}}
        return {"Amount": 5, "DetailType": kind, kind: detail}

    kind, job, vendor = "JournalEntryLineDetail", refs["job"]["value"], refs["vendor"]["value"]
    entry = company.write(
        "JournalEntry", {"Line": [side(kind, "Debit", "Vendor", vendor), side(kind, "Credit", "Customer", job)]}
    )
    does(plane, "merge", "Vendor", vendor, into=refs["other"]["value"])
    first, second = read(company, "JournalEntry", entry["Id"])["Line"]
    assert first[kind]["Entity"]["EntityRef"]["value"] == refs["other"]["value"]
    assert second == entry["Line"][1]


@pytest.mark.parametrize(
    ("entity", "one", "other"),
    [
        ("Customer", "Fire Station 4", "Pier 9 Market Hall"),
        ("Customer", "Fire Station 4", "Harbor Self Storage"),
        ("Vendor", "Ace Electric Co", "Ace Electric Co"),
    ],
)
def test_only_what_stands_side_by_side_is_merged(
    plane: Plane, company: Company, entity: str, one: str, other: str
) -> None:
    before = plane.documents(entity)
    keys = {"id": company.named(entity, one)["Id"], "into": company.named(entity, other)["Id"]}
    answer = refused(plane, "merge", realm=HARBOR_ROW, entity=entity, **keys)
    assert "side by side" in answer["errors"][0]
    assert plane.documents(entity) == before


@pytest.mark.parametrize(
    ("given", "says"),
    [
        ({"entity": "Account"}, "Only Vendor, Customer, Item can be merged, not Account."),
        ({"into": "9999"}, "is not there"),
        ({}, "into is missing."),
    ],
)
def test_what_cannot_be_merged_is_said(plane: Plane, refs: dict[str, Json], given: dict[str, Any], says: str) -> None:
    asked = {"realm": HARBOR_ROW, "entity": "Vendor", "id": refs["vendor"]["value"], **given}
    if given.get("entity"):
        asked["into"] = "2"
    assert says in refused(plane, "merge", **asked)["errors"][0]


def test_children_of_one_name_keep_items_apart(plane: Plane, company: Company) -> None:
    income = company.reference("Account", "Construction Income")
    one, other = company.named("Item", "Labor")["Id"], company.named("Item", "Materials")["Id"]
    for parent in (one, other):
        given = {"Name": "Night", "Type": "Service", "IncomeAccountRef": income, "ParentRef": {"value": parent}}
        company.write("Item", {**given, "SubItem": True})
    answer = refused(plane, "merge", realm=HARBOR_ROW, entity="Item", id=one, into=other)
    assert answer["errors"] == ["Both have a night below them. Rename one of these first."]


# in the window


def test_the_window_offers_to_merge_after_a_rename_and_does_it_once_agreed(
    plane: Plane, company: Company, refs: dict[str, Json]
) -> None:
    path, kept = f"{BOOKS}/vendors/{refs['vendor']['value']}", refs["other"]["value"]
    assert '<details class="slip">' in get(plane, path)
    asked = post(plane, path, action="rename", name="o'brien excavating", token="0")
    assert html.unescape(error(asked)).startswith("This name is that of another vendor.")
    assert f'<option value="{kept}" selected>' in asked.text
    assert '<details class="slip" open>' in asked.text
    assert "Choose the vendor that stays" in error(post(plane, path, action="merge", token="0", into=""))
    assert "Somebody else changed" in error(post(plane, path, action="merge", token="7", into=kept))
    done = post(plane, path, action="merge", token="0", into=kept)
    assert done.headers["Location"] == f"{BOOKS}/vendors/{kept}"
    assert error_of(company.call("GET", f"vendor/{refs['vendor']['value']}"))["code"] == "610"


def test_a_name_that_a_customer_has_is_only_refused(plane: Plane, refs: dict[str, Json]) -> None:
    path = f"{BOOKS}/vendors/{refs['vendor']['value']}"
    asked = post(plane, path, action="rename", name="Ridgeline Mechanical", token="0")
    assert "already used" in error(asked)
    assert "open" not in asked.text.partition("Merge into")[0].rpartition("<details")[2]
