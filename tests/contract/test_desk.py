"""The bookkeeper's desk: transactions entered, changed, closed and deleted without scripts."""

import re
from html import unescape
from typing import Any

import pytest
import requests

from .conftest import HARBOR_ROW, NORTHERN, WAIT, Company, Connect, Json, Plane
from .test_transactions import bill_of, item_line, journal_line, lines_of, order, payment, read, refs, sales_line

__all__ = ["refs"]
BOOKS = f"/company/{HARBOR_ROW}"
KINDS = (
    "purchaseorders",
    "estimates",
    "bills",
    "purchases",
    "vendorcredits",
    "billpayments",
    "journalentries",
    "timeactivities",
)
_INPUT = re.compile(r"<input([^>]*)>")
_SELECT = re.compile(r'<select id="(\w+)"[^>]*>(.*?)</select>', re.DOTALL)


def get(plane: Plane, path: str) -> str:
    """A page that is there and needs no script."""
    reply = plane.session.get(plane.base + path, timeout=WAIT)
    assert reply.status_code == 200, reply.text
    assert "<script" not in reply.text
    assert " style=" not in reply.text
    return reply.text


def post(plane: Plane, path: str, form: dict[str, str]) -> requests.Response:
    return plane.session.post(plane.base + path, data=form, allow_redirects=False, timeout=WAIT)


def form_on(page: str) -> dict[str, str]:
    """What a browser would send back of this page's form, if its first button were pressed."""
    page = page[page.index('class="entry"') :]
    form = {"action": "save"}
    for found in _INPUT.findall(page):
        said = {name: unescape(value) for name, value in re.findall(r'([\w-]+)="([^"]*)"', found)}
        if said.get("type") != "checkbox" or " checked" in found:
            form[said["name"]] = said.get("value", "on")
    for name, inside in _SELECT.findall(page):
        chosen = re.search(r'<option value="([^"]*)" selected', inside)
        form[name] = chosen[1] if chosen else ""
    return form


def error(reply: requests.Response) -> str:
    assert reply.status_code == 422, reply.status_code
    found = re.search(r'role="alert">([^<]+)<', reply.text)
    assert found is not None
    return unescape(found.group(1))


def written(plane: Plane, path: str, form: dict[str, str]) -> str:
    """The id of what a form that must pass wrote."""
    reply = post(plane, path, form)
    assert reply.status_code == 303, error(reply)
    return reply.headers["Location"].rpartition("/")[2]


def line(at: int, **said: str) -> dict[str, str]:
    """The fields of line `at`."""
    return {f"{name}-{at}": value for name, value in said.items()}


def edited(plane: Plane, path: str, **changes: str) -> requests.Response:
    """Open the form of a transaction, change some fields, save."""
    return post(plane, f"{path}/edit", form_on(get(plane, f"{path}/edit")) | changes)


# reading


def test_every_kind_has_a_list_and_says_when_it_is_empty(plane: Plane) -> None:
    for slug in KINDS:
        assert "yet." in get(plane, f"{BOOKS}/{slug}")


def test_lists_and_records_show_what_the_api_wrote(company: Company, plane: Plane, refs: dict[str, Json]) -> None:
    held = order(company, refs, TxnDate="2026-02-03")
    bill = company.write("Bill", bill_of(refs, held, ("1", 60), TxnDate="2026-03-04"))
    company.write("BillPayment", payment(refs, bill, 60))
    company.write("Estimate", {"CustomerRef": refs["job"], "Line": [sales_line(refs, 1234.5)]})
    company.write(
        "JournalEntry", {"Line": [journal_line(refs["cost"], "Debit", 75), journal_line(refs["bank"], "Credit", 75)]}
    )
    rosa = company.query("select * from Employee where GivenName = 'Rosa'")["Employee"][0]
    company.write(
        "TimeActivity", {"NameOf": "Employee", "EmployeeRef": {"value": rosa["Id"]}, "Hours": 7, "Minutes": 5}
    )
    shown = {slug: get(plane, f"{BOOKS}/{slug}") for slug in KINDS}
    assert ">SC-1</a>" in shown["purchaseorders"]
    assert "350.50" in shown["purchaseorders"]
    for slug, words in (("bills", "Ace Electric Co"), ("estimates", "1,234.50"), ("billpayments", "60.00")):
        assert words in shown[slug]
    for slug, words in (("journalentries", "75.00"), ("timeactivities", "Rosa Delgado"), ("timeactivities", "7:05")):
        assert words in shown[slug]
    page = get(plane, f"{BOOKS}/purchaseorders/{held['Id']}")
    assert f'href="{BOOKS}/bills/{bill["Id"]}"' in page
    assert '<td class="num">100.00</td><td class="num">60.00</td>' in page
    assert "Purchase order SC-1" in get(plane, f"{BOOKS}/bills/{bill['Id']}")
    for slug, key in re.findall(rf'href="{BOOKS}/(\w+)/(\d+)"', "".join(shown.values())):
        assert "Delete for good" in get(plane, f"{BOOKS}/{slug}/{key}")


def test_a_link_to_what_the_look_alike_does_not_keep_is_left_out(
    company: Company, plane: Plane, refs: dict[str, Json]
) -> None:
    bill = company.write("Bill", {"VendorRef": refs["vendor"], "Line": [item_line(refs, 1, 60)]})
    paid = payment(refs, bill, 60)
    paid["Line"].append({"Amount": 5, "LinkedTxn": [{"TxnId": "1", "TxnType": "Deposit"}]})
    key = company.write("BillPayment", paid)["Id"]
    page = get(plane, f"{BOOKS}/billpayments/{key}")
    assert f'href="{BOOKS}/bills/{bill["Id"]}"' in page
    assert "Deposit" not in page


def test_a_long_list_comes_in_pages_the_newest_first(company: Company, plane: Plane, refs: dict[str, Json]) -> None:
    for number in range(201):
        order(company, refs, 1, DocNumber=f"N{number}", TxnDate="2026-02-03")
    first = get(plane, f"{BOOKS}/purchaseorders")
    assert first.index(">N200<") < first.index(">N1<")
    assert ">N0<" not in first
    assert "Page 1 of 2, 201 in all" in first
    assert ">N0<" in get(plane, f"{BOOKS}/purchaseorders?page=2")
    assert ">N0<" in get(plane, f"{BOOKS}/purchaseorders?page=99")


# orders


def test_an_order_saved_as_it_was_opened_changes_nothing(company: Company, plane: Plane, refs: dict[str, Json]) -> None:
    held = order(company, refs, Memo="Bring ladders", PrivateNote="ours", POStatus="Closed", DueDate="2026-12-01")
    assert edited(plane, f"{BOOKS}/purchaseorders/{held['Id']}").status_code == 303
    after = read(company, "PurchaseOrder", held["Id"])
    assert after["SyncToken"] == "1"
    ours = ("SyncToken", "MetaData")
    assert {n: v for n, v in after.items() if n not in ours} == {n: v for n, v in held.items() if n not in ours}


def test_a_lines_amount_and_description_are_changed_and_its_id_stays(
    company: Company, plane: Plane, refs: dict[str, Json]
) -> None:
    held = company.write(
        "PurchaseOrder", {"VendorRef": refs["vendor"], "Line": [item_line(refs, 4, 25), item_line(refs, 1, 9)]}
    )
    path = f"{BOOKS}/purchaseorders/{held['Id']}"
    assert edited(plane, path, **line(0, amount="1,500.00", description="Dearer")).status_code == 303
    after = read(company, "PurchaseOrder", held["Id"])
    assert (lines_of(after), after["TotalAmt"]) == ([("1", 1500), ("2", 9)], 1509)
    detail = after["Line"][0]["ItemBasedExpenseLineDetail"]
    assert (detail["Qty"], detail["UnitPrice"], after["Line"][0]["Description"]) == (4, 375, "Dearer")
    assert edited(plane, path, **line(0, quantity="2")).status_code == 303
    assert lines_of(read(company, "PurchaseOrder", held["Id"]))[0] == ("1", 750)


def test_an_amount_that_no_rate_gives_becomes_a_lump_sum(company: Company, plane: Plane, refs: dict[str, Json]) -> None:
    held = company.write("PurchaseOrder", {"VendorRef": refs["vendor"], "Line": [item_line(refs, 900000000, 0.1)]})
    edited(plane, f"{BOOKS}/purchaseorders/{held['Id']}", **line(0, amount="90000000.01"))
    changed = read(company, "PurchaseOrder", held["Id"])["Line"][0]
    assert changed["Amount"] == 90000000.01
    assert "Qty" not in changed["ItemBasedExpenseLineDetail"]


def test_a_line_is_added_and_another_removed(company: Company, plane: Plane, refs: dict[str, Json]) -> None:
    held = order(company, refs, 100, 200)
    new = line(2, what="Materials", job="City of Eastport:Fire Station 4", quantity="2", rate="4.25")
    assert edited(plane, f"{BOOKS}/purchaseorders/{held['Id']}", **line(0, remove="on"), **new).status_code == 303
    after = read(company, "PurchaseOrder", held["Id"])
    assert lines_of(after) == [("2", 200), ("3", 8.5)]
    assert after["Line"][1]["ItemBasedExpenseLineDetail"]["CustomerRef"]["name"] == "Fire Station 4"
    both = {**line(0, remove="on"), **line(1, remove="on")}
    assert "needs a line" in error(edited(plane, f"{BOOKS}/purchaseorders/{held['Id']}", **both))


def test_more_lines_keeps_what_was_typed_and_writes_nothing(
    company: Company, plane: Plane, refs: dict[str, Json]
) -> None:
    form = form_on(get(plane, f"{BOOKS}/purchaseorders/new")) | {"VendorRef": refs["vendor"]["value"]}
    for at in range(3):
        form |= line(at, what="Materials", amount=str(at + 1))
    reply = post(plane, f"{BOOKS}/purchaseorders/new", {**form, "DocNumber": "SC-9", "action": "more"})
    again = form_on(reply.text)
    assert (again["DocNumber"], again["amount-2"], again["amount-5"], again["lines"]) == ("SC-9", "3", "", "6")
    assert company.query("select * from PurchaseOrder") == {}


def test_an_order_is_closed_reopened_and_deleted(company: Company, plane: Plane, refs: dict[str, Json]) -> None:
    held = order(company, refs)
    path = f"{BOOKS}/purchaseorders/{held['Id']}"
    assert post(plane, path, {"action": "close", "token": "0"}).status_code == 303
    closed = read(company, "PurchaseOrder", held["Id"])
    assert (closed["POStatus"], lines_of(closed)) == ("Closed", lines_of(held))
    assert "Reopen it" in get(plane, path)
    assert "Somebody else changed" in error(post(plane, path, {"action": "reopen", "token": "0"}))
    assert post(plane, path, {"action": "reopen", "token": "1"}).status_code == 303
    assert read(company, "PurchaseOrder", held["Id"])["POStatus"] == "Open"
    assert "Choose what to do" in error(post(plane, path, {"action": "burn", "token": "2"}))
    assert "Somebody else changed" in error(post(plane, path, {"action": "delete", "token": "1"}))
    assert post(plane, path, {"action": "delete", "token": "2"}).status_code == 303
    assert company.query("select * from PurchaseOrder") == {}
    assert plane.session.get(plane.base + path, timeout=WAIT).status_code == 404


def test_an_order_changed_meanwhile_is_not_overwritten(company: Company, plane: Plane, refs: dict[str, Json]) -> None:
    held = order(company, refs)
    form = form_on(get(plane, f"{BOOKS}/purchaseorders/{held['Id']}/edit"))
    company.write("PurchaseOrder", {**held, "Memo": "theirs"})
    reply = post(plane, f"{BOOKS}/purchaseorders/{held['Id']}/edit", {**form, "Memo": "mine"})
    assert "Somebody else changed" in error(reply)
    assert 'value="mine"' in reply.text
    assert read(company, "PurchaseOrder", held["Id"])["Memo"] == "theirs"


def test_an_order_of_a_vendor_that_is_inactive_by_now_keeps_it(
    company: Company, plane: Plane, refs: dict[str, Json]
) -> None:
    held = order(company, refs)
    post(plane, f"{BOOKS}/vendors/{refs['vendor']['value']}", {"action": "deactivate", "token": "0"})
    assert edited(plane, f"{BOOKS}/purchaseorders/{held['Id']}", Memo="later").status_code == 303
    assert read(company, "PurchaseOrder", held["Id"])["VendorRef"]["value"] == refs["vendor"]["value"]
    assert "Ace Electric Co" not in get(plane, f"{BOOKS}/purchaseorders/new")


def test_only_what_is_active_and_can_be_bought_is_offered(company: Company, plane: Plane) -> None:
    company.write("Item", {"Name": "Division 3", "Type": "Category"})
    company.write("Item", {**company.named("Item", "Permits"), "Active": False})
    offered = get(plane, f"{BOOKS}/purchaseorders/new")
    offered = offered[offered.index('<datalist id="choices">') :]
    assert ('<option value="Labor">' in offered, "Division 3" in offered, "Permits (deleted)" in offered) == (
        True,
        False,
        False,
    )


def test_a_line_that_only_says_something_stays_and_can_be_reworded(
    company: Company, plane: Plane, refs: dict[str, Json]
) -> None:
    said = {"DetailType": "DescriptionOnly", "Description": "Floors 1 to 3:"}
    held = company.write("PurchaseOrder", {"VendorRef": refs["vendor"], "Line": [said, item_line(refs, 1, 5)]})
    assert edited(plane, f"{BOOKS}/purchaseorders/{held['Id']}", **line(0, description="Floor 1:")).status_code == 303
    first, second = read(company, "PurchaseOrder", held["Id"])["Line"]
    assert (first["Id"], first["DetailType"], first["Description"]) == ("1", "DescriptionOnly", "Floor 1:")
    assert second == held["Line"][1]


def test_an_order_given_to_another_vendor_is_addressed_to_that_one(
    company: Company, plane: Plane, refs: dict[str, Json]
) -> None:
    for name, vendor in (("Ace Electric Co", "1 First St"), ("O\\'Brien Excavating", "2 Second St")):
        company.write("Vendor", {**company.named("Vendor", name), "BillAddr": {"Line1": vendor}})
    held = order(company, refs)
    edited(plane, f"{BOOKS}/purchaseorders/{held['Id']}", Memo="same vendor")
    assert read(company, "PurchaseOrder", held["Id"])["VendorAddr"]["Line1"] == "1 First St"
    edited(plane, f"{BOOKS}/purchaseorders/{held['Id']}", VendorRef=refs["other"]["value"])
    assert read(company, "PurchaseOrder", held["Id"])["VendorAddr"]["Line1"] == "2 Second St"


def test_a_line_keeps_an_item_and_a_job_that_are_inactive_by_now(
    company: Company, plane: Plane, refs: dict[str, Json]
) -> None:
    held = order(company, refs, 100)
    for path in (f"items/{refs['item']['value']}", f"customers/{refs['job']['value']}"):
        assert post(plane, f"{BOOKS}/{path}", {"action": "deactivate", "token": "0"}).status_code == 303
    assert edited(plane, f"{BOOKS}/purchaseorders/{held['Id']}", **line(0, amount="70")).status_code == 303
    assert lines_of(read(company, "PurchaseOrder", held["Id"])) == [("1", 70)]
    new = line(1, what="Subcontract Work", amount="5")
    assert "no active item or account" in error(edited(plane, f"{BOOKS}/purchaseorders/{held['Id']}", **new))


# bills, expenses, credits, estimates


def test_a_bill_is_entered_by_hand(company: Company, plane: Plane, refs: dict[str, Json]) -> None:
    job = "City of Eastport:Fire Station 4"
    form = form_on(get(plane, f"{BOOKS}/bills/new")) | {
        "VendorRef": refs["vendor"]["value"],
        "DocNumber": "INV-88",
        "TxnDate": "2026-02-03",
        "SalesTermRef": company.reference("Term", "Net 30")["value"],
        **line(0, what="subcontract work", job=job, amount="$1,000.00", description="Rough-in"),
        **line(1, what="Cost of Goods Sold:Job Materials", quantity="3", rate="4.5"),
    }
    bill = read(company, "Bill", written(plane, f"{BOOKS}/bills/new", form))
    assert (bill["DocNumber"], bill["DueDate"], bill["TotalAmt"], bill["Balance"]) == (
        "INV-88",
        "2026-03-05",
        1013.5,
        1013.5,
    )
    first, second = bill["Line"]
    assert first["ItemBasedExpenseLineDetail"]["CustomerRef"]["name"] == "Fire Station 4"
    assert first["ItemBasedExpenseLineDetail"]["BillableStatus"] == "NotBillable"
    assert second["AccountBasedExpenseLineDetail"]["AccountRef"]["name"] == "Cost of Goods Sold:Job Materials"


def test_a_bill_for_an_order_is_linked_line_by_line_and_closes_it(
    company: Company, plane: Plane, refs: dict[str, Json]
) -> None:
    held = order(company, refs, 100, 200)
    path = f"{BOOKS}/bills/new?order={held['Id']}"
    part = {"DocNumber": "A-1", **line(0, amount="40"), **line(1, remove="on")}
    first = read(company, "Bill", written(plane, f"{BOOKS}/bills/new", form_on(get(plane, path)) | part))
    assert lines_of(first) == [("1", 40)]
    assert first["Line"][0]["LinkedTxn"] == [{"TxnId": held["Id"], "TxnType": "PurchaseOrder", "TxnLineId": "1"}]
    assert read(company, "PurchaseOrder", held["Id"])["POStatus"] == "Open"
    rest = form_on(get(plane, path))
    assert (rest["amount-0"], rest["amount-1"]) == ("60.00", "200.00")
    second = written(plane, f"{BOOKS}/bills/new", rest)
    assert read(company, "PurchaseOrder", held["Id"])["POStatus"] == "Closed"
    reply = plane.session.get(plane.base + path, timeout=WAIT)
    assert "billed already" in error(reply)
    assert edited(plane, f"{BOOKS}/bills/{second}", PrivateNote="kept").status_code == 303
    linked = [line["LinkedTxn"][0]["TxnLineId"] for line in read(company, "Bill", second)["Line"]]
    assert linked == ["1", "2"]
    assert read(company, "PurchaseOrder", held["Id"])["POStatus"] == "Closed"
    assert post(plane, f"{BOOKS}/bills/{second}", {"action": "delete", "token": "1"}).status_code == 303
    after = read(company, "PurchaseOrder", held["Id"])
    assert (after["POStatus"], [link["TxnId"] for link in after["LinkedTxn"]]) == ("Open", [first["Id"]])


def test_a_card_purchase_and_its_refund_are_entered_for_a_job(
    company: Company, plane: Plane, refs: dict[str, Json]
) -> None:
    page = get(plane, f"{BOOKS}/purchases/new")
    assert "Company Credit Card" in page
    assert page.index("Operating Checking") < page.index("</select>", page.index('id="AccountRef"'))
    assert "Retained Earnings" not in page[page.index('id="AccountRef"') : page.index('id="EntityRef"')]
    bought = {
        "PaymentType": "CreditCard",
        "AccountRef": refs["card"]["value"],
        "EntityRef": refs["vendor"]["value"],
        **line(0, what="Cost of Goods Sold:Job Materials", job="City of Eastport:Fire Station 4", amount="86.40"),
    }
    spent = read(company, "Purchase", written(plane, f"{BOOKS}/purchases/new", form_on(page) | bought))
    assert (spent["TotalAmt"], spent["EntityRef"]["type"], "Credit" in spent) == (86.4, "Vendor", False)
    assert spent["Line"][0]["AccountBasedExpenseLineDetail"]["CustomerRef"] == {**refs["job"], "name": "Fire Station 4"}
    back = written(plane, f"{BOOKS}/purchases/new", form_on(page) | bought | {"Credit": "on"})
    assert read(company, "Purchase", back)["Credit"] is True
    assert form_on(get(plane, f"{BOOKS}/purchases/{back}/edit"))["Credit"] == "on"


def test_an_estimate_keeps_its_discount_when_a_line_is_changed(
    company: Company, plane: Plane, refs: dict[str, Json]
) -> None:
    discount = {
        "DetailType": "DiscountLineDetail",
        "DiscountLineDetail": {"PercentBased": True, "DiscountPercent": 10},
    }
    held = company.write("Estimate", {"CustomerRef": refs["job"], "Line": [sales_line(refs, 100), discount]})
    assert held["TotalAmt"] == 90
    assert edited(plane, f"{BOOKS}/estimates/{held['Id']}", **line(0, amount="200.00")).status_code == 303
    assert read(company, "Estimate", held["Id"])["TotalAmt"] == 180


def test_a_paid_bill_stays_of_its_vendor_and_says_why(company: Company, plane: Plane, refs: dict[str, Json]) -> None:
    held = company.write("Bill", {"VendorRef": refs["vendor"], "Line": [item_line(refs, 1, 90)]})
    company.write("BillPayment", payment(refs, held, 30))
    said = error(edited(plane, f"{BOOKS}/bills/{held['Id']}", VendorRef=refs["other"]["value"]))
    assert said.startswith("What is paid and its payment are of one vendor.")


def test_an_estimate_is_changed_and_a_credit_entered(company: Company, plane: Plane, refs: dict[str, Json]) -> None:
    held = company.write(
        "Estimate", {"CustomerRef": refs["job"], "Line": [sales_line(refs, 1000), sales_line(refs, 5)]}
    )
    assert edited(plane, f"{BOOKS}/estimates/{held['Id']}", **line(1, amount="-250.25")).status_code == 303
    after = read(company, "Estimate", held["Id"])
    assert (lines_of(after), after["TotalAmt"]) == ([("1", 1000), ("2", -250.25)], 749.75)
    form = form_on(get(plane, f"{BOOKS}/vendorcredits/new")) | {"VendorRef": refs["vendor"]["value"]}
    key = written(plane, f"{BOOKS}/vendorcredits/new", form | line(0, what="Materials", amount="20"))
    assert read(company, "VendorCredit", key)["Balance"] == 20


def test_outside_the_united_states_a_line_has_a_tax_code(connect: Connect, plane: Plane) -> None:
    north, books = connect(NORTHERN), f"/company/{NORTHERN}"
    form = form_on(get(plane, f"{books}/bills/new")) | {"VendorRef": north.named("Vendor", "Acklands Grainger")["Id"]}
    form |= line(0, what="Materials", amount="100")
    assert "GST/HST rate" in error(post(plane, f"{books}/bills/new", form))
    form |= line(0, tax=north.named("TaxCode", "HST ON")["Id"])
    assert read(north, "Bill", written(plane, f"{books}/bills/new", form))["TotalAmt"] == 113


# refusals


@pytest.mark.parametrize(
    ("said", "says"),
    [
        ({"VendorRef": ""}, "Vendor is missing"),
        ({"VendorRef": "99999"}, "does not exist"),
        ({"DocNumber": "N" * 22}, "too long. Min:0 Max:21"),
        ({"what-0": ""}, "Line 1 names nothing"),
        ({"what-0": "Unheard Of"}, "no active item or account “Unheard Of”"),
        ({"job-0": "Nobody"}, "no active customer or job “Nobody”"),
        ({"amount-0": ""}, "Line 1 has no amount"),
        ({"amount-0": "ten"}, "the amount “ten” is not a number"),
        ({"amount-0": "NaN"}, "is not a number"),
        ({"amount-0": "100000000000"}, "too large"),
        ({"amount-0": "-5"}, "must be 0 or greater"),
        ({"quantity-0": "3", "rate-0": "33.33", "amount-0": "100"}, "calculated value is:99.99"),
        ({"TxnDate": "2025-12-31"}, "The books are closed"),
        ({"what-0": "", "amount-0": ""}, "needs a line"),
        ({"lines": "many"}, "sent incompletely"),
        ({"lines": "10001"}, "sent incompletely"),
    ],
)
def test_bad_input_is_answered_with_a_sentence_and_kept(
    company: Company, plane: Plane, refs: dict[str, Json], said: dict[str, str], says: str
) -> None:
    plane.post("preferences", realm=HARBOR_ROW, BookCloseDate="2025-12-31")
    form = form_on(get(plane, f"{BOOKS}/bills/new")) | {"VendorRef": refs["vendor"]["value"], "PrivateNote": "keep me"}
    reply = post(plane, f"{BOOKS}/bills/new", form | line(0, what="Materials", amount="5") | said)
    assert says in error(reply)
    assert 'value="keep me"' in reply.text
    assert company.query("select * from Bill") == {}


def test_the_same_rules_refuse_here_as_there(company: Company, plane: Plane, refs: dict[str, Json]) -> None:
    plane.post("preferences", realm=HARBOR_ROW, OtherPrefs={"WarnDuplicateBillNumber": "true"})
    held = order(company, refs)
    form = form_on(get(plane, f"{BOOKS}/bills/new?order={held['Id']}")) | {"DocNumber": "INV-1"}
    assert "another vendor" in error(post(plane, f"{BOOKS}/bills/new", form | {"VendorRef": refs["other"]["value"]}))
    key = written(plane, f"{BOOKS}/bills/new", form)
    assert "already been used" in error(post(plane, f"{BOOKS}/bills/new", form))
    plane.post("preferences", realm=HARBOR_ROW, BookCloseDate="2099-12-31")
    assert "books are closed" in error(edited(plane, f"{BOOKS}/bills/{key}", PrivateNote="late"))
    assert "books are closed" in error(post(plane, f"{BOOKS}/bills/{key}", {"action": "delete", "token": "0"}))
    assert "Choose what to do" in error(post(plane, f"{BOOKS}/bills/{key}", {"action": "close", "token": "0"}))
    plane.post("preferences", realm=HARBOR_ROW, OtherPrefs={"VendorAndPurchasesPrefs.PurchaseOrderEnabled": "false"})
    new = form_on(get(plane, f"{BOOKS}/purchaseorders/new")) | {"VendorRef": refs["vendor"]["value"]}
    assert "not switched on" in error(
        post(plane, f"{BOOKS}/purchaseorders/new", new | line(0, what="Materials", amount="1"))
    )


def test_it_escapes_what_people_write(company: Company, plane: Plane, refs: dict[str, Json]) -> None:
    nasty = """<img src=x onerror="alert(1)"> & 'Co'"""
    written_by_api: dict[str, Any] = {"DocNumber": "<b>1</b>", "PrivateNote": nasty}
    held = order(company, refs, 5, **written_by_api)
    company.write("PurchaseOrder", {**held, "Line": [{**held["Line"][0], "Description": nasty}]})
    for path in (
        f"{BOOKS}/purchaseorders",
        f"{BOOKS}/purchaseorders/{held['Id']}",
        f"{BOOKS}/purchaseorders/{held['Id']}/edit",
    ):
        page = get(plane, path)
        assert "<img src=x" not in page
        assert "<b>1</b>" not in page
    assert form_on(page)["description-0"] == nasty


@pytest.mark.parametrize(
    "path",
    [
        "purchaseorders/9999",
        "purchaseorders/9999/edit",
        "journalentries/new",
        "timeactivities/new",
        "purchaseorders/new/1",
    ],
)
def test_what_is_not_there_is_404(plane: Plane, path: str) -> None:
    assert plane.session.get(f"{plane.base}{BOOKS}/{path}", timeout=WAIT).status_code == 404


def test_another_sites_page_enters_nothing(company: Company, plane: Plane, refs: dict[str, Json]) -> None:
    held = order(company, refs)
    for path in (f"purchaseorders/{held['Id']}", f"purchaseorders/{held['Id']}/edit", "bills/new"):
        form = {"action": "delete", "token": "0"}
        reply = plane.session.post(
            f"{plane.base}{BOOKS}/{path}", data=form, headers={"Sec-Fetch-Site": "cross-site"}, timeout=WAIT
        )
        assert reply.status_code == 403
    assert read(company, "PurchaseOrder", held["Id"])["SyncToken"] == "0"
