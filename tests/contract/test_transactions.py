"""Checklist 22-33, 40, 46-76, 94-96 for transactions: lines, totals, numbers, links, payments, deletion, changes."""

# ruff: noqa: S608 - what is written here is the query language of QuickBooks; no database reads it.

from typing import Any

import pytest

from .conftest import HARBOR_ROW, NORTHERN, Company, Connect, Json, Plane, error_of

pytestmark = pytest.mark.sandbox

EXPENSE = "ItemBasedExpenseLineDetail"


WANTED = {
    "item": ("Item", "Subcontract Work"),
    "job": ("Customer", "Fire Station 4"),
    "vendor": ("Vendor", "Ace Electric Co"),
    "other": ("Vendor", "O'Brien Excavating"),
    "cost": ("Account", "Job Materials"),
    "card": ("Account", "Company Credit Card"),
    "bank": ("Account", "Operating Checking"),
    "payable": ("Account", "Accounts Payable (A/P)"),
}


@pytest.fixture
def refs(company: Company) -> dict[str, Json]:
    """References that the documents here need."""
    return company.references(WANTED)


def item_line(refs: dict[str, Json], qty: float, price: float, **more: Any) -> Json:
    """A line that buys the item for the job."""
    detail = {"ItemRef": refs["item"], "CustomerRef": refs["job"], "Qty": qty, "UnitPrice": price}
    return {"DetailType": EXPENSE, "Amount": round(qty * price, 2), EXPENSE: detail, **more}


def sales_line(refs: dict[str, Json], amount: float, **more: Any) -> Json:
    """A line of an estimate."""
    detail = {"ItemRef": refs["item"], "Qty": 1, "UnitPrice": amount}
    return {"DetailType": "SalesItemLineDetail", "Amount": amount, "SalesItemLineDetail": detail, **more}


def order(company: Company, refs: dict[str, Json], *amounts: float, **more: Any) -> Json:
    """A purchase order with a line an amount."""
    lines = [item_line(refs, 1, amount) for amount in amounts or (100, 250.5)]
    return company.write("PurchaseOrder", {"VendorRef": refs["vendor"], "Line": lines, "DocNumber": "SC-1", **more})


def bill_of(refs: dict[str, Json], held: Json, *lines: tuple[str, float], **more: Any) -> Json:
    """A bill whose lines are linked to lines of the order `held`."""
    return {
        "VendorRef": refs["vendor"],
        "LinkedTxn": [{"TxnId": held["Id"], "TxnType": "PurchaseOrder"}],
        "Line": [
            item_line(
                refs,
                1,
                amount,
                LinkedTxn=[{"TxnId": held["Id"], "TxnType": "PurchaseOrder", "TxnLineId": key}],
            )
            for key, amount in lines
        ],
        **more,
    }


def read(company: Company, entity: str, key: str) -> Json:
    found: Json = company.get(f"{entity.lower()}/{key}")[entity]
    return found


def lines_of(document: Json) -> list[tuple[str, float]]:
    """(Id, Amount) of the lines that have an Id."""
    return [(line["Id"], line["Amount"]) for line in document["Line"] if "Id" in line]


# what is completed


def test_046_an_order_is_open_and_says_that_nothing_is_linked(company: Company, refs: dict[str, Json]) -> None:
    held = order(company, refs)
    assert (held["POStatus"], held["LinkedTxn"], held["SyncToken"], held["domain"]) == ("Open", [], "0", "QBO")
    assert held["APAccountRef"]["name"] == "Accounts Payable (A/P)"
    assert held["CurrencyRef"]["value"] == "USD"
    assert held["VendorRef"]["name"] == "Ace Electric Co"
    assert held["ShipAddr"]["Line1"] == "14 Wharf Road"


def test_047_the_total_is_the_sum_of_the_lines_whatever_was_sent(company: Company, refs: dict[str, Json]) -> None:
    assert order(company, refs, 100, 250.5, TotalAmt=9)["TotalAmt"] == 350.5


def test_022_lines_are_numbered_from_one_and_name_what_they_refer_to(company: Company, refs: dict[str, Json]) -> None:
    held = order(company, refs)
    assert [(line["Id"], line["LineNum"]) for line in held["Line"]] == [("1", 1), ("2", 2)]
    detail = held["Line"][0][EXPENSE]
    assert detail["ItemRef"]["name"] == "Subcontract Work"
    assert detail["CustomerRef"]["name"] == "Fire Station 4"
    assert (detail["BillableStatus"], detail["TaxCodeRef"]) == ("NotBillable", {"value": "NON"})


@pytest.mark.parametrize(("custom", "number"), [("true", None), ("false", "1001")])
def test_048_a_number_is_given_unless_custom_numbers_are_on(
    company: Company, plane: Plane, refs: dict[str, Json], custom: str, number: str | None
) -> None:
    names = {"VendorAndPurchasesPrefs.UseCustomTxnNumbers": custom}
    plane.post("preferences", realm=HARBOR_ROW, OtherPrefs=names)
    held = company.write("PurchaseOrder", {"VendorRef": refs["vendor"], "Line": [item_line(refs, 1, 5)]})
    assert held.get("DocNumber") == number


def test_049_an_order_is_refused_while_orders_are_switched_off(
    company: Company, plane: Plane, refs: dict[str, Json]
) -> None:
    names = {"VendorAndPurchasesPrefs.PurchaseOrderEnabled": "false"}
    plane.post("preferences", realm=HARBOR_ROW, OtherPrefs=names)
    refused = company.refusal("PurchaseOrder", {"VendorRef": refs["vendor"], "Line": [item_line(refs, 1, 5)]})
    assert refused["code"] == "5020"


def test_049_an_estimate_is_refused_while_estimates_are_switched_off(
    company: Company, plane: Plane, refs: dict[str, Json]
) -> None:
    plane.post("preferences", realm=HARBOR_ROW, SalesFormsPrefs={"AllowEstimates": False})
    assert company.refusal("Estimate", {"CustomerRef": refs["job"], "Line": [sales_line(refs, 5)]})["code"] == "5020"


def test_an_estimate_ends_with_its_subtotal_and_counts_no_tax(company: Company, refs: dict[str, Json]) -> None:
    lines = [sales_line(refs, 1000), sales_line(refs, -250.25)]
    held = company.write("Estimate", {"CustomerRef": refs["job"], "Line": lines})
    assert held["TotalAmt"] == 749.75
    assert held["Line"][-1] == {"Amount": 749.75, "DetailType": "SubTotalLineDetail", "SubTotalLineDetail": {}}
    assert lines_of(held) == [("1", 1000), ("2", -250.25)]
    assert (held["TxnStatus"], held["TxnTaxDetail"]) == ("Pending", {"TotalTax": 0})


def test_an_estimate_sent_back_as_it_was_read_has_one_subtotal_again(company: Company, refs: dict[str, Json]) -> None:
    held = company.write("Estimate", {"CustomerRef": refs["job"], "Line": [sales_line(refs, 10)]})
    again = company.write("Estimate", {**held, "Line": [*held["Line"], sales_line(refs, 5)]})
    assert [line["DetailType"] for line in again["Line"]] == ["SalesItemLineDetail"] * 2 + ["SubTotalLineDetail"]
    assert (lines_of(again), again["TotalAmt"]) == ([("1", 10), ("2", 5)], 15)


def test_053_a_bill_is_dated_today_and_due_by_its_terms(company: Company, plane: Plane, refs: dict[str, Json]) -> None:
    plane.post("clock", now="2026-03-02T03:00:00Z")  # the evening before in New York
    bill = {"VendorRef": refs["vendor"], "Line": [item_line(refs, 1, 5)]}
    plain = company.write("Bill", bill)
    assert (plain["TxnDate"], plain["DueDate"]) == ("2026-03-01", "2026-03-01")
    term = {"SalesTermRef": company.reference("Term", "Net 30")}
    assert company.write("Bill", {**bill, **term})["DueDate"] == "2026-03-31"


def test_054_a_new_bill_is_open_in_full_and_linked_to_nothing(company: Company, refs: dict[str, Json]) -> None:
    held = company.write("Bill", {"VendorRef": refs["vendor"], "Line": [item_line(refs, 2, 30)]})
    assert (held["Balance"], held["TotalAmt"], "LinkedTxn" in held) == (60, 60, False)


def test_055_job_class_and_billing_stand_in_the_line(company: Company, refs: dict[str, Json]) -> None:
    line = item_line(refs, 1, 5)
    line[EXPENSE] |= {"ClassRef": company.reference("Class", "Commercial"), "BillableStatus": "Billable"}
    department = company.reference("Department", "Field")
    held = company.write("Bill", {"VendorRef": refs["vendor"], "DepartmentRef": department, "Line": [line]})
    detail = held["Line"][0][EXPENSE]
    assert (detail["ClassRef"]["name"], detail["BillableStatus"]) == ("Commercial", "Billable")
    assert held["DepartmentRef"]["name"] == "Field"


def test_055_a_line_of_an_order_keeps_its_class(company: Company, refs: dict[str, Json]) -> None:
    line = item_line(refs, 1, 5)
    line[EXPENSE] |= {"ClassRef": company.reference("Class", "Commercial")}
    held = company.write("PurchaseOrder", {"VendorRef": refs["vendor"], "Line": [line]})
    assert held["Line"][0][EXPENSE]["ClassRef"]["name"] == "Commercial"
    held["Line"][0][EXPENSE]["ClassRef"] = company.reference("Class", "Residential")
    assert company.write("PurchaseOrder", held)["Line"][0][EXPENSE]["ClassRef"]["name"] == "Residential"


# what is refused


@pytest.mark.parametrize(
    ("entity", "left_out"),
    [
        ("Bill", "VendorRef"),
        ("Bill", "Line"),
        ("PurchaseOrder", "VendorRef"),
        ("PurchaseOrder", "Line"),
        ("Purchase", "PaymentType"),
        ("Purchase", "AccountRef"),
        ("VendorCredit", "VendorRef"),
    ],
)
def test_028_a_missing_part_is_named(company: Company, refs: dict[str, Json], entity: str, left_out: str) -> None:
    given: Json = {"Line": [item_line(refs, 1, 5)], "VendorRef": refs["vendor"]}
    if entity == "Purchase":
        given = {"Line": given["Line"], "PaymentType": "CreditCard", "AccountRef": refs["card"]}
    error = company.refusal(entity, {name: value for name, value in given.items() if name != left_out})
    assert (error["code"], error["element"]) == ("2020", left_out)


def test_028_an_estimate_needs_a_customer_and_a_line(company: Company, refs: dict[str, Json]) -> None:
    assert company.refusal("Estimate", {"Line": [sales_line(refs, 1)]})["element"] == "CustomerRef"
    assert company.refusal("Estimate", {"CustomerRef": refs["job"], "Line": []})["element"] == "Line"


def test_029_an_unknown_reference_in_a_line_is_2500(company: Company, refs: dict[str, Json]) -> None:
    line = item_line(refs | {"item": {"value": "99999"}}, 1, 5)
    error = company.refusal("Bill", {"VendorRef": refs["vendor"], "Line": [line]})
    assert error["code"] == "2500"
    assert "Items element id 99999 not found" in error["Detail"]


@pytest.mark.parametrize(
    ("name", "group"),
    [("ItemRef", "Items"), ("CustomerRef", "Names"), ("ClassRef", "Klasses"), ("DepartmentRef", "Depts")],
)
def test_029_each_list_has_its_word(company: Company, refs: dict[str, Json], name: str, group: str) -> None:
    line = item_line(refs, 1, 5)
    bill: Json = {"VendorRef": refs["vendor"], "Line": [line]}
    (bill if name == "DepartmentRef" else line[EXPENSE])[name] = {"value": "99999"}
    error = company.refusal("Bill", bill)
    assert (error["code"], error["element"]) == ("2500", group)
    assert f"{group} element id 99999 not found" in error["Detail"]


def test_030_an_inactive_item_is_610_but_stays_where_it_stood(company: Company, refs: dict[str, Json]) -> None:
    held = order(company, refs)
    item = company.named("Item", "Subcontract Work")
    company.write("Item", {**item, "Active": False})
    error = company.refusal("PurchaseOrder", {"VendorRef": refs["vendor"], "Line": [item_line(refs, 1, 5)]})
    assert (error["code"], "made inactive" in error["Detail"]) == ("610", True)
    assert company.write("PurchaseOrder", {**held, "Memo": "kept"})["Memo"] == "kept"


@pytest.mark.parametrize(
    ("change", "element"),
    [({"DocNumber": "N" * 22}, "DocNumber"), ({"PrivateNote": "n" * 4001}, "PrivateNote")],
)
def test_032_033_texts_have_limits(company: Company, refs: dict[str, Json], change: Json, element: str) -> None:
    error = company.refusal("Bill", {"VendorRef": refs["vendor"], "Line": [item_line(refs, 1, 5)], **change})
    assert (error["code"], error["element"]) == ("2050", element)


def test_033_a_lines_description_has_a_limit(company: Company, refs: dict[str, Json]) -> None:
    line = item_line(refs, 1, 5, Description="d" * 4001)
    assert company.refusal("Bill", {"VendorRef": refs["vendor"], "Line": [line]})["code"] == "2050"


def test_040_an_item_without_an_expense_account_cannot_be_bought(company: Company, refs: dict[str, Json]) -> None:
    income = company.reference("Account", "Construction Income")
    item = company.write("Item", {"Name": "Only sold", "Type": "Service", "IncomeAccountRef": income})
    line = item_line(refs | {"item": {"value": item["Id"]}}, 1, 5)
    assert company.refusal("PurchaseOrder", {"VendorRef": refs["vendor"], "Line": [line]})["code"] == "6000"


def test_052_a_line_needs_its_detail_and_a_true_amount(company: Company, refs: dict[str, Json]) -> None:
    bare = {"DetailType": EXPENSE, "Amount": 5}
    assert company.refusal("PurchaseOrder", {"VendorRef": refs["vendor"], "Line": [bare]})["code"] == "2020"
    wrong = item_line(refs, 3, 33.33) | {"Amount": 100}
    error = company.refusal("PurchaseOrder", {"VendorRef": refs["vendor"], "Line": [wrong]})
    assert error["code"] == "6070"
    assert "calculated value is:99.99" in error["Detail"]


def test_052_half_a_cent_is_rounded_up(company: Company, refs: dict[str, Json]) -> None:
    line = item_line(refs, 0.5, 0.01)
    del line["Amount"]
    assert company.write("Bill", {"VendorRef": refs["vendor"], "Line": [line]})["TotalAmt"] == 0.01


def test_056_billable_without_a_customer_is_6000(company: Company, refs: dict[str, Json]) -> None:
    line = item_line(refs, 1, 5)
    line[EXPENSE] = {"ItemRef": refs["item"], "BillableStatus": "Billable"}
    assert company.refusal("Bill", {"VendorRef": refs["vendor"], "Line": [line]})["code"] == "6000"


def test_058_a_negative_line_may_stand_beside_positive_ones(company: Company, refs: dict[str, Json]) -> None:
    lines = [item_line(refs, 1, 100), item_line(refs, -1, 10)]
    assert company.write("Bill", {"VendorRef": refs["vendor"], "Line": lines})["TotalAmt"] == 90
    lines = [item_line(refs, 1, 100), item_line(refs, -1, 110)]
    assert company.refusal("Bill", {"VendorRef": refs["vendor"], "Line": lines})["code"] == "6000"


def test_058_whether_a_negative_total_passes_is_a_switch(company: Company, plane: Plane, refs: dict[str, Json]) -> None:
    plane.post("switches", negative_totals="accept")
    lines = [item_line(refs, 1, 100), item_line(refs, -1, 110)]
    held = company.write("Bill", {"VendorRef": refs["vendor"], "Line": lines})
    assert (held["TotalAmt"], held["Balance"]) == (-10, -10)


def test_053_whether_a_bill_takes_its_vendors_terms_is_a_switch(
    company: Company, plane: Plane, refs: dict[str, Json]
) -> None:
    bill = {"VendorRef": refs["vendor"], "TxnDate": "2026-03-01", "Line": [item_line(refs, 1, 5)]}
    assert "SalesTermRef" not in company.write("Bill", bill)
    plane.post("switches", bill_terms_from_vendor=True)
    held = company.write("Bill", bill)
    assert (held["SalesTermRef"], held["DueDate"]) == (company.reference("Term", "Net 15"), "2026-03-16")
    given = company.write("Bill", {**bill, "SalesTermRef": company.reference("Term", "Net 30")})
    assert given["DueDate"] == "2026-03-31"


def test_059_the_same_number_of_a_vendor_passes_unless_the_company_is_warned(
    company: Company, plane: Plane, refs: dict[str, Json]
) -> None:
    bill = {"VendorRef": refs["vendor"], "DocNumber": "INV-7", "Line": [item_line(refs, 1, 5)]}
    company.write("Bill", bill)
    company.write("Bill", bill)
    plane.post("preferences", realm=HARBOR_ROW, OtherPrefs={"WarnDuplicateBillNumber": "true"})
    assert company.refusal("Bill", bill)["code"] == "6140"
    company.write("Bill", bill, include="allowduplicatedocnum")
    company.write("Bill", {**bill, "VendorRef": refs["other"]})


def test_outside_the_united_states_a_line_needs_its_tax_code(connect: Connect) -> None:
    north = connect(NORTHERN)
    vendor, item = north.reference("Vendor", "Acklands Grainger"), north.reference("Item", "Materials")
    line: Json = {"DetailType": EXPENSE, "Amount": 100, EXPENSE: {"ItemRef": item}}
    bill: Json = {"VendorRef": vendor, "Line": [line], "GlobalTaxCalculation": "TaxExcluded"}
    assert "GST/HST" in north.refusal("Bill", bill)["Detail"]
    line[EXPENSE]["TaxCodeRef"] = north.reference("TaxCode", "HST ON")
    held = north.write("Bill", bill)
    assert (held["TotalAmt"], held["TxnTaxDetail"]["TotalTax"]) == (113, 13)
    taken = {**line, "Amount": -10, EXPENSE: {**line[EXPENSE], "TaxCodeRef": north.reference("TaxCode", "Exempt")}}
    less = north.write("Bill", {**bill, "Line": [line, taken]})
    assert (less["TotalAmt"], less["TxnTaxDetail"]["TotalTax"]) == (103, 13)
    said = {"DetailType": "DescriptionOnly", "Description": "as agreed"}
    assert north.write("Bill", {**bill, "Line": [line, said]})["TotalAmt"] == 113
    credit = north.write("VendorCredit", bill)
    assert (credit["TotalAmt"], credit["TxnTaxDetail"]["TotalTax"]) == (113, 13)
    included = north.write("Bill", {**bill, "GlobalTaxCalculation": "TaxInclusive"})
    assert (included["TotalAmt"], included["TxnTaxDetail"]["TotalTax"]) == (113, 13)
    assert (included["Line"][0]["Amount"], included["Line"][0][EXPENSE]["TaxInclusiveAmt"]) == (100, 113)
    more = {**held, "Line": [{**held["Line"][0], "Amount": 200}]}
    kept = north.write("Bill", more)
    assert (kept["TotalAmt"], kept["TxnTaxDetail"]["TotalTax"]) == (213, 13)
    del more["TxnTaxDetail"]
    assert north.write("Bill", {**more, "SyncToken": kept["SyncToken"]})["TxnTaxDetail"]["TotalTax"] == 26
    line[EXPENSE]["TaxCodeRef"] = north.reference("TaxCode", "PST BC on sales")
    assert north.refusal("Bill", bill)["code"] == "6000"


# updates


def test_068_a_full_update_clears_what_it_leaves_out(company: Company, refs: dict[str, Json]) -> None:
    held = order(company, refs, Memo="Bring ladders", PrivateNote="ours")
    kept = {name: held[name] for name in ("Id", "SyncToken", "VendorRef", "Line", "DocNumber")}
    after = company.write("PurchaseOrder", kept)
    assert "Memo" not in after
    assert "PrivateNote" not in after
    assert (after["APAccountRef"], after["POStatus"]) == (held["APAccountRef"], "Open")


def test_069_a_sparse_update_keeps_the_head_and_still_replaces_the_lines(
    company: Company, refs: dict[str, Json]
) -> None:
    held = order(company, refs, Memo="Bring ladders")
    head = {"Id": held["Id"], "SyncToken": held["SyncToken"], "sparse": True}
    closed = company.write("PurchaseOrder", {**head, "POStatus": "Closed"})
    assert (closed["Memo"], lines_of(closed)) == ("Bring ladders", [("1", 100), ("2", 250.5)])
    head["SyncToken"] = closed["SyncToken"]
    assert lines_of(company.write("PurchaseOrder", {**head, "Line": [item_line(refs, 1, 7)]})) == [("3", 7)]


def test_070_a_known_line_keeps_its_id_a_new_one_gets_one_and_a_missing_one_vanishes(
    company: Company, refs: dict[str, Json]
) -> None:
    held = order(company, refs, 1, 2, 3)
    lines = [held["Line"][2], item_line(refs, 1, 4), item_line(refs, 1, 9, Id="77"), held["Line"][0]]
    after = company.write("PurchaseOrder", {**held, "Line": lines})
    assert lines_of(after) == [("3", 3), ("4", 4), ("5", 9), ("1", 1)]
    assert [line["LineNum"] for line in after["Line"]] == [1, 2, 3, 4]
    assert after["SyncToken"] == "1"


def test_071_a_changed_price_keeps_the_line_and_its_link(company: Company, refs: dict[str, Json]) -> None:
    held = order(company, refs, 100, 200)
    bill = company.write("Bill", bill_of(refs, held, ("1", 100)))
    held = read(company, "PurchaseOrder", held["Id"])
    line = {**held["Line"][1], "Amount": 50, EXPENSE: {**held["Line"][1][EXPENSE], "UnitPrice": 50}}
    after = company.write("PurchaseOrder", {**held, "Line": [held["Line"][0], line]})
    assert lines_of(after) == [("1", 100), ("2", 50)]
    assert after["LinkedTxn"] == [{"TxnId": bill["Id"], "TxnType": "Bill"}]


@pytest.mark.parametrize("entity", ["PurchaseOrder", "Estimate", "Bill"])
def test_066_a_stale_token_is_5010(company: Company, refs: dict[str, Json], entity: str) -> None:
    line = sales_line(refs, 5) if entity == "Estimate" else item_line(refs, 1, 5)
    who = {"CustomerRef": refs["job"]} if entity == "Estimate" else {"VendorRef": refs["vendor"]}
    held = company.write(entity, {**who, "Line": [line]})
    company.write(entity, {**held, "PrivateNote": "first"})
    assert company.refusal(entity, {**held, "PrivateNote": "second"})["code"] == "5010"


# deletion and closed books


def test_072_073_what_is_deleted_is_gone_for_good(company: Company, refs: dict[str, Json]) -> None:
    held = order(company, refs)
    told = company.write("PurchaseOrder", {"Id": held["Id"], "SyncToken": "0"}, operation="delete")
    assert (told["status"], told["domain"], told["Id"]) == ("Deleted", "QBO", held["Id"])
    assert error_of(company.call("GET", f"purchaseorder/{held['Id']}"))["code"] == "610"
    assert company.query(f"select * from PurchaseOrder where Id = '{held['Id']}'") == {}
    assert order(company, refs)["Id"] != held["Id"]


def test_072_a_stale_deletion_is_5010_and_one_without_a_token_2020(company: Company, refs: dict[str, Json]) -> None:
    held = order(company, refs)
    company.write("PurchaseOrder", {**held, "Memo": "changed"})
    stale = {"Id": held["Id"], "SyncToken": "0"}
    assert company.refusal("PurchaseOrder", stale, operation="delete")["code"] == "5010"
    assert company.refusal("PurchaseOrder", {"Id": held["Id"]}, operation="delete")["code"] == "2020"


def test_074_a_name_is_never_deleted(company: Company) -> None:
    vendor = company.named("Vendor", "Ace Electric Co")
    assert company.refusal("Vendor", vendor, operation="delete")["code"] == "500"


def test_076_closed_books_refuse_what_posts_and_not_what_does_not(
    company: Company, plane: Plane, refs: dict[str, Json]
) -> None:
    old = {"VendorRef": refs["vendor"], "TxnDate": "2025-12-31", "Line": [item_line(refs, 1, 5)]}
    held = company.write("Bill", old)
    plane.post("preferences", realm=HARBOR_ROW, BookCloseDate="2025-12-31")
    assert company.refusal("Bill", old)["code"] == "6210"
    assert company.refusal("Bill", {**held, "TxnDate": "2026-01-05"})["code"] == "6210"
    assert company.refusal("Bill", held, operation="delete")["code"] == "6210"
    company.write("Bill", {**old, "TxnDate": "2026-01-01"})
    company.write("PurchaseOrder", old)


# orders and bills


def test_050_an_order_that_is_billed_whole_is_closed(company: Company, refs: dict[str, Json]) -> None:
    held = order(company, refs, 100, 200)
    bill = company.write("Bill", bill_of(refs, held, ("1", 100), ("2", 200)))
    after = read(company, "PurchaseOrder", held["Id"])
    assert (after["POStatus"], after["SyncToken"]) == ("Closed", "1")
    assert after["LinkedTxn"] == [{"TxnId": bill["Id"], "TxnType": "Bill"}]
    assert bill["LinkedTxn"] == [{"TxnId": held["Id"], "TxnType": "PurchaseOrder"}]
    assert bill["Line"][0]["LinkedTxn"][0]["TxnLineId"] == "1"


def test_050_a_partly_billed_order_stays_open_and_a_deleted_bill_frees_it(
    company: Company, refs: dict[str, Json]
) -> None:
    held = order(company, refs, 100, 200)
    part = company.write("Bill", bill_of(refs, held, ("1", 100), ("2", 50)))
    assert read(company, "PurchaseOrder", held["Id"])["POStatus"] == "Open"
    rest = company.write("Bill", bill_of(refs, held, ("2", 150)))
    assert read(company, "PurchaseOrder", held["Id"])["POStatus"] == "Closed"
    company.write("Bill", rest, operation="delete")
    after = read(company, "PurchaseOrder", held["Id"])
    assert (after["POStatus"], after["LinkedTxn"]) == ("Open", [{"TxnId": part["Id"], "TxnType": "Bill"}])


def test_051_an_order_of_another_vendor_cannot_be_linked(company: Company, refs: dict[str, Json]) -> None:
    held = order(company, refs)
    bill = bill_of(refs, held, ("1", 100)) | {"VendorRef": refs["other"]}
    assert company.refusal("Bill", bill)["code"] == "620"


def test_only_a_line_that_is_new_to_the_bill_can_be_linked(company: Company, refs: dict[str, Json]) -> None:
    held = order(company, refs, 100, 200)
    link = {"TxnId": held["Id"], "TxnType": "PurchaseOrder", "TxnLineId": "1"}
    bill = company.write("Bill", {"VendorRef": refs["vendor"], "Line": [item_line(refs, 1, 100)]})
    bill["Line"][0]["LinkedTxn"] = [link]
    second = item_line(refs, 1, 50, LinkedTxn=[{**link, "TxnLineId": "2"}])
    after = company.write("Bill", {**bill, "LinkedTxn": [link], "Line": [*bill["Line"], second]})
    assert [one.get("LinkedTxn") for one in after["Line"]] == [None, second["LinkedTxn"]]
    again = company.write("Bill", after)
    assert [one.get("LinkedTxn") for one in again["Line"]] == [None, second["LinkedTxn"]]


def test_050_what_is_billed_of_each_line_decides_and_not_the_sum(company: Company, refs: dict[str, Json]) -> None:
    held = order(company, refs, 100, 200)
    company.write("Bill", bill_of(refs, held, ("1", 300)))
    assert read(company, "PurchaseOrder", held["Id"])["POStatus"] == "Open"
    company.write("Bill", bill_of(refs, held, ("2", 199.99)))
    assert read(company, "PurchaseOrder", held["Id"])["POStatus"] == "Open"
    company.write("Bill", bill_of(refs, held, ("2", 0.01)))
    assert read(company, "PurchaseOrder", held["Id"])["POStatus"] == "Closed"


def test_058_a_credit_may_not_come_to_less_than_nothing_either(company: Company, refs: dict[str, Json]) -> None:
    lines = [item_line(refs, 1, 100), item_line(refs, -1, 110)]
    assert company.refusal("VendorCredit", {"VendorRef": refs["vendor"], "Line": lines})["code"] == "6000"
    held = company.write("VendorCredit", {"VendorRef": refs["vendor"], "Line": [*lines, item_line(refs, 1, 10)]})
    assert (held["TotalAmt"], held["Balance"]) == (0, 0)


def test_a_link_to_what_is_not_there_vanishes_without_a_word(company: Company, refs: dict[str, Json]) -> None:
    held = order(company, refs)
    ghost = company.write("Bill", bill_of(refs, {"Id": "99999"}, ("1", 5)))
    assert "LinkedTxn" not in ghost
    assert "LinkedTxn" not in ghost["Line"][0]
    wrong = company.write("Bill", bill_of(refs, held, ("9", 5)))
    assert "LinkedTxn" not in wrong["Line"][0]


# payments


def payment(refs: dict[str, Json], bill: Json, amount: float, **more: Any) -> Json:
    """A cheque for a bill."""
    return {
        "VendorRef": refs["vendor"],
        "PayType": "Check",
        "CheckPayment": {"BankAccountRef": refs["bank"]},
        "TotalAmt": amount,
        "Line": [{"Amount": amount, "LinkedTxn": [{"TxnId": bill["Id"], "TxnType": "Bill"}]}],
        **more,
    }


def test_060_a_payment_needs_an_amount_and_what_it_pays(company: Company, refs: dict[str, Json]) -> None:
    bill = company.write("Bill", {"VendorRef": refs["vendor"], "Line": [item_line(refs, 1, 90)]})
    given = payment(refs, bill, 90)
    assert company.refusal("BillPayment", {**given, "TotalAmt": None})["code"] == "6000"
    assert company.refusal("BillPayment", {**given, "Line": [{"Amount": 90}]})["code"] == "2020"


def test_061_062_a_payment_lowers_the_balance_and_is_linked(company: Company, refs: dict[str, Json]) -> None:
    bill = company.write("Bill", {"VendorRef": refs["vendor"], "Line": [item_line(refs, 1, 90)]})
    paid = company.write("BillPayment", payment(refs, bill, 30))
    after = read(company, "Bill", bill["Id"])
    assert (after["Balance"], after["SyncToken"]) == (60, "1")
    assert after["LinkedTxn"] == [{"TxnId": paid["Id"], "TxnType": "BillPaymentCheck"}]
    card = payment(refs, bill, 60, PayType="CreditCard", CreditCardPayment={"CCAccountRef": refs["card"]})
    company.write("BillPayment", card)
    after = read(company, "Bill", bill["Id"])
    assert after["Balance"] == 0
    assert [link["TxnType"] for link in after["LinkedTxn"]] == ["BillPaymentCheck", "BillPaymentCreditCard"]


def test_063_a_credit_is_used_up_by_a_payment(company: Company, refs: dict[str, Json]) -> None:
    bill = company.write("Bill", {"VendorRef": refs["vendor"], "Line": [item_line(refs, 1, 90)]})
    credit = company.write("VendorCredit", {"VendorRef": refs["vendor"], "Line": [item_line(refs, 1, 20)]})
    given = payment(refs, bill, 90, TotalAmt=70)
    given["Line"].append({"Amount": 20, "LinkedTxn": [{"TxnId": credit["Id"], "TxnType": "VendorCredit"}]})
    company.write("BillPayment", given)
    assert read(company, "Bill", bill["Id"])["Balance"] == 0
    assert read(company, "VendorCredit", credit["Id"])["Balance"] == 0


@pytest.mark.parametrize("how", ["delete", "void"])
def test_064_without_its_payment_a_bill_is_open_again(company: Company, refs: dict[str, Json], how: str) -> None:
    bill = company.write("Bill", {"VendorRef": refs["vendor"], "Line": [item_line(refs, 1, 90)]})
    paid = company.write("BillPayment", payment(refs, bill, 90))
    params = {"operation": "delete"} if how == "delete" else {"operation": "update", "include": "void"}
    told = company.write("BillPayment", {"Id": paid["Id"], "SyncToken": "0", "sparse": True}, **params)
    if how == "void":
        assert (told["TotalAmt"], "Voided" in told["PrivateNote"]) == (0, True)
    after = read(company, "Bill", bill["Id"])
    assert (after["Balance"], after.get("LinkedTxn")) == (90, None)


def test_065_a_bill_cannot_be_voided_and_a_purchase_neither(company: Company, refs: dict[str, Json]) -> None:
    bill = company.write("Bill", {"VendorRef": refs["vendor"], "Line": [item_line(refs, 1, 90)]})
    reply = company.call("POST", "bill", json=bill, params={"operation": "void"})
    assert error_of(reply, status=200)["code"] == "10000"
    assert reply.json()["Fault"]["type"] == "SystemFault"
    spent = {"PaymentType": "CreditCard", "AccountRef": refs["card"], "Line": [item_line(refs, 1, 5)]}
    purchase = company.write("Purchase", spent)
    assert company.refusal("Purchase", purchase, operation="void")["code"] == "500"


# other sources of cost


def test_a_purchase_says_what_kind_of_name_it_was_paid_to(company: Company, refs: dict[str, Json]) -> None:
    line = {
        "DetailType": "AccountBasedExpenseLineDetail",
        "Amount": 18.5,
        "AccountBasedExpenseLineDetail": {"AccountRef": refs["cost"], "CustomerRef": refs["job"]},
    }
    spent = {"PaymentType": "CreditCard", "AccountRef": refs["card"], "EntityRef": refs["vendor"], "Line": [line]}
    held = company.write("Purchase", {**spent, "Credit": True})
    assert held["EntityRef"]["type"] == "Vendor"
    detail = held["Line"][0]["AccountBasedExpenseLineDetail"]
    assert detail["AccountRef"]["name"] == "Cost of Goods Sold:Job Materials"
    assert (held["Credit"], held["TotalAmt"]) == (True, 18.5)


def journal_line(account: Json, posting: str, amount: float, **more: Any) -> Json:
    detail = {"PostingType": posting, "AccountRef": account, **more}
    return {"DetailType": "JournalEntryLineDetail", "Amount": amount, "JournalEntryLineDetail": detail}


def test_a_journal_entry_balances_and_counts_its_lines_from_nought(company: Company, refs: dict[str, Json]) -> None:
    who = {"Entity": {"Type": "Customer", "EntityRef": refs["job"]}}
    lines = [journal_line(refs["cost"], "Debit", 75, **who), journal_line(refs["bank"], "Credit", 75)]
    held = company.write("JournalEntry", {"Line": lines})
    assert [line["Id"] for line in held["Line"]] == ["0", "1"]
    assert held["Line"][0]["JournalEntryLineDetail"]["Entity"]["EntityRef"]["name"] == "Fire Station 4"
    assert not held.get("TotalAmt")
    lines[1]["Amount"] = 70
    assert company.refusal("JournalEntry", {"Line": lines})["code"] == "6000"


def test_a_journal_line_on_payables_needs_a_vendor(company: Company, refs: dict[str, Json]) -> None:
    lines = [journal_line(refs["cost"], "Debit", 75), journal_line(refs["payable"], "Credit", 75)]
    assert company.refusal("JournalEntry", {"Line": lines})["code"] == "6000"
    who = {"Entity": {"Type": "Vendor", "EntityRef": refs["vendor"]}}
    company.write("JournalEntry", {"Line": [lines[0], journal_line(refs["payable"], "Credit", 75, **who)]})


def test_a_time_activity_says_whose_time_it_was(company: Company, refs: dict[str, Json]) -> None:
    given = {"NameOf": "Employee", "Hours": 7, "Minutes": 30, "CustomerRef": refs["job"], "HourlyRate": 60}
    assert company.refusal("TimeActivity", given)["element"] == "EmployeeRef"
    rosa = company.reference("Employee", "Rosa Delgado")
    held = company.write("TimeActivity", {**given, "EmployeeRef": rosa})
    assert (held["EmployeeRef"]["name"], held["Hours"], held["Minutes"]) == ("Rosa Delgado", 7, 30)


# query and change data capture


def test_087_lines_notes_and_jobs_cannot_be_asked_for(company: Company) -> None:
    for entity, name in (("Bill", "CustomerRef"), ("PurchaseOrder", "PrivateNote"), ("Estimate", "Line")):
        assert company.query_refusal(f"select * from {entity} where {name} = '1'")["code"] == "4001"


def test_a_document_is_found_by_number_date_vendor_and_change(company: Company, refs: dict[str, Json]) -> None:
    held = order(company, refs, TxnDate="2026-02-03")
    order(company, refs | {"vendor": refs["other"]}, DocNumber="SC-2", TxnDate="2026-02-04")
    for condition in (
        "DocNumber = 'SC-1'",
        "TxnDate < '2026-02-04'",
        f"VendorRef = '{refs['vendor']['value']}'",
        f"MetaData.LastUpdatedTime >= '{held['MetaData']['LastUpdatedTime']}' and DocNumber in ('SC-1')",
    ):
        found = company.query(f"select * from PurchaseOrder where {condition}")["PurchaseOrder"]
        assert [one["Id"] for one in found] == [held["Id"]], condition
    assert company.query("select count(*) from PurchaseOrder where DocNumber in ('SC-1', 'SC-2')") == {"totalCount": 2}
    company.write("PurchaseOrder", {**held, "DocNumber": "SC-3"})
    assert company.query("select * from PurchaseOrder where DocNumber = 'SC-1'") == {}
    assert company.query("select * from PurchaseOrder where DocNumber = 'sc-3' and TxnDate > '2026-02-03'") == {}
    assert company.query("select count(*) from PurchaseOrder where DocNumber = 'sc-3'") == {"totalCount": 1}


def changes(company: Company, entity: str, since: str) -> list[Json]:
    answer = company.get("cdc", entities=entity, changedSince=since)["CDCResponse"][0]["QueryResponse"][0]
    found: list[Json] = answer.get(entity, [])
    return found


def test_094_096_changes_tell_of_what_was_deleted_and_what_was_paid(
    company: Company, plane: Plane, refs: dict[str, Json]
) -> None:
    plane.post("clock", now="2026-05-01T12:00:00Z")
    held = order(company, refs)
    bill = company.write("Bill", {"VendorRef": refs["vendor"], "Line": [item_line(refs, 1, 90)]})
    plane.post("clock", now="2026-05-02T12:00:00Z")
    company.write("PurchaseOrder", {"Id": held["Id"], "SyncToken": "0"}, operation="delete")
    company.write("BillPayment", payment(refs, bill, 90))
    (gone,) = changes(company, "PurchaseOrder", "2026-05-02T00:00:00Z")
    assert (gone["status"], gone["Id"], "Line" in gone) == ("Deleted", held["Id"], False)
    assert [one["Balance"] for one in changes(company, "Bill", "2026-05-02T00:00:00Z")] == [0]


def test_095_time_is_not_followed(company: Company) -> None:
    reply = company.call("GET", "cdc", params={"entities": "TimeActivity", "changedSince": "2026-11-01T00:00:00Z"})
    assert reply.status_code == 400


# deleting what others are linked to


def test_072_a_bill_outlives_its_order_without_the_link(company: Company, refs: dict[str, Json]) -> None:
    held, other = order(company, refs, 100), order(company, refs, 7)
    both = bill_of(refs, held, ("1", 100))
    both["Line"] += bill_of(refs, other, ("1", 7))["Line"]
    bill = company.write("Bill", both)
    company.write("PurchaseOrder", {"Id": held["Id"], "SyncToken": "1"}, operation="delete")
    after = read(company, "Bill", bill["Id"])
    assert (after["TotalAmt"], after["SyncToken"]) == (107, "1")
    assert after["LinkedTxn"] == [{"TxnId": other["Id"], "TxnType": "PurchaseOrder"}]
    assert ["LinkedTxn" in line for line in after["Line"]] == [False, True]


def test_072_a_payment_outlives_its_bill_without_the_link(company: Company, refs: dict[str, Json]) -> None:
    bill = company.write("Bill", {"VendorRef": refs["vendor"], "Line": [item_line(refs, 1, 90)]})
    paid = company.write("BillPayment", payment(refs, bill, 90))
    company.write("Bill", {"Id": bill["Id"], "SyncToken": "1"}, operation="delete")
    after = read(company, "BillPayment", paid["Id"])
    assert (after["TotalAmt"], after["Line"]) == (90, [{"Amount": 90}])


def test_072_by_a_switch_nothing_is_deleted_that_others_depend_on(
    company: Company, plane: Plane, refs: dict[str, Json]
) -> None:
    plane.post("switches", delete_order_with_bills="refuse", delete_bill_with_payments="refuse")
    held = order(company, refs, 100)
    bill = company.write("Bill", bill_of(refs, held, ("1", 100)))
    paid = company.write("BillPayment", payment(refs, bill, 90))
    for entity, key, token in (("PurchaseOrder", held["Id"], "1"), ("Bill", bill["Id"], "1")):
        assert company.refusal(entity, {"Id": key, "SyncToken": token}, operation="delete")["code"] == "800"
    company.write("BillPayment", {"Id": paid["Id"], "SyncToken": "0"}, operation="delete")
    company.write("Bill", {"Id": bill["Id"], "SyncToken": "2"}, operation="delete")
    company.write("PurchaseOrder", {"Id": held["Id"], "SyncToken": "2"}, operation="delete")
