"""What QuickBooks refuses of payments, accounts, names and codes: what an emulator lets pass, a client never learns."""

from decimal import Decimal

import pytest

from .conftest import HARBOR_ROW, Company, Json, Plane
from .test_transactions import EXPENSE, item_line, journal_line, payment, read, refs, sales_line

__all__ = ["refs"]


def bill(company: Company, refs: dict[str, Json], whose: str = "vendor", amount: float = 90) -> Json:
    return company.write("Bill", {"VendorRef": refs[whose], "Line": [item_line(refs, 1, amount)]})


def test_a_bill_of_another_vendor_is_not_paid(company: Company, refs: dict[str, Json]) -> None:
    held = bill(company, refs, "other")
    assert company.refusal("BillPayment", payment(refs, held, 90))["code"] == "620"
    assert read(company, "Bill", held["Id"])["Balance"] == 90


def test_no_more_is_paid_than_is_open(company: Company, refs: dict[str, Json]) -> None:
    held = bill(company, refs)
    paid = company.write("BillPayment", payment(refs, held, 60))
    assert company.refusal("BillPayment", payment(refs, held, 30.01))["code"] == "6000"
    assert read(company, "Bill", held["Id"])["Balance"] == 30
    # What it has taken already counts as open for the payment itself.
    again = {**payment(refs, held, 90), "Id": paid["Id"], "SyncToken": paid["SyncToken"]}
    company.write("BillPayment", again)
    assert read(company, "Bill", held["Id"])["Balance"] == 0


@pytest.mark.parametrize("total", [5, 100])
def test_063_the_money_is_what_the_bills_come_to_without_the_credits(
    company: Company, refs: dict[str, Json], total: int
) -> None:
    held = bill(company, refs)
    assert company.refusal("BillPayment", payment(refs, held, 90, TotalAmt=total))["code"] == "6000"
    assert read(company, "Bill", held["Id"])["Balance"] == 90


def test_a_payment_of_less_than_nothing_is_refused(company: Company, refs: dict[str, Json]) -> None:
    held = bill(company, refs)
    assert company.refusal("BillPayment", payment(refs, held, -90))["code"] == "6000"


def test_a_card_cannot_pay_nothing_and_a_cheque_can(company: Company, refs: dict[str, Json]) -> None:
    held = bill(company, refs)
    credit = company.write("VendorCredit", {"VendorRef": refs["vendor"], "Line": [item_line(refs, 1, 90)]})
    given = payment(refs, held, 90, TotalAmt=0)
    given["Line"].append({"Amount": 90, "LinkedTxn": [{"TxnId": credit["Id"], "TxnType": "VendorCredit"}]})
    card = {**given, "PayType": "CreditCard", "CreditCardPayment": {"CCAccountRef": refs["card"]}}
    assert company.refusal("BillPayment", card)["code"] == "6000"
    assert company.write("BillPayment", given)["TotalAmt"] == 0


def test_money_comes_from_an_account_of_its_kind(company: Company, refs: dict[str, Json]) -> None:
    held = bill(company, refs)
    cheque = payment(refs, held, 90, CheckPayment={"BankAccountRef": refs["cost"]})
    card = payment(refs, held, 90, PayType="CreditCard", CreditCardPayment={"CCAccountRef": refs["bank"]})
    assert company.refusal("BillPayment", cheque)["code"] == "6000"
    assert company.refusal("BillPayment", card)["code"] == "6000"
    spent = {"PaymentType": "Check", "AccountRef": refs["cost"], "Line": [item_line(refs, 1, 5)]}
    assert company.refusal("Purchase", spent)["code"] == "6000"
    owed = {"VendorRef": refs["vendor"], "APAccountRef": refs["bank"], "Line": [item_line(refs, 1, 5)]}
    for entity in ("Bill", "PurchaseOrder", "VendorCredit"):
        assert company.refusal(entity, owed)["code"] == "6000"


def test_what_is_paid_stays_of_its_vendor(company: Company, refs: dict[str, Json]) -> None:
    held = bill(company, refs)
    company.write("BillPayment", payment(refs, held, 30))
    held = read(company, "Bill", held["Id"])
    assert company.refusal("Bill", {**held, "VendorRef": refs["other"]})["code"] == "620"
    free = bill(company, refs)
    assert company.write("Bill", {**free, "VendorRef": refs["other"]})["VendorRef"]["name"] == "O'Brien Excavating"


def test_064_a_payment_with_the_longest_note_is_voided(company: Company, refs: dict[str, Json]) -> None:
    held = bill(company, refs)
    paid = company.write("BillPayment", payment(refs, held, 90, PrivateNote="n" * 4000))
    head = {"Id": paid["Id"], "SyncToken": paid["SyncToken"], "sparse": True}
    gone = company.write("BillPayment", head, operation="update", include="void")
    assert (gone["TotalAmt"], gone["PrivateNote"][:8], len(gone["PrivateNote"])) == (0, "Voided n", 4000)


def test_030_whom_money_goes_to_and_where_it_comes_from_must_be_active(company: Company, refs: dict[str, Json]) -> None:
    held = bill(company, refs)
    vendor = company.write("Vendor", {"DisplayName": "Closed Shop"})
    account = company.write("Account", {"Name": "Old Bank", "AccountType": "Bank"})
    who, old = {"value": vendor["Id"], "type": "Vendor"}, {"value": account["Id"]}
    spent = {"PaymentType": "Check", "AccountRef": refs["bank"], "EntityRef": who, "Line": [item_line(refs, 1, 5)]}
    sides = [
        journal_line(refs["cost"], "Debit", 10),
        journal_line(refs["payable"], "Credit", 10, Entity={"Type": "Vendor", "EntityRef": who}),
    ]
    before = company.write("Purchase", spent), company.write("JournalEntry", {"Line": sides})
    for entity, one in (("Vendor", vendor), ("Account", account)):
        company.write(entity, {**one, "Active": False})
    assert company.refusal("Purchase", spent)["code"] == "610"
    assert company.refusal("JournalEntry", {"Line": sides})["code"] == "610"
    cheque = payment(refs, held, 90, CheckPayment={"BankAccountRef": old})
    assert company.refusal("BillPayment", cheque)["code"] == "610"
    for entity, one in zip(("Purchase", "JournalEntry"), before, strict=True):
        assert company.write(entity, {**one, "PrivateNote": "kept"})["PrivateNote"] == "kept"


def test_a_line_in_the_united_states_is_taxable_or_not(company: Company, refs: dict[str, Json]) -> None:
    line = item_line(refs, 1, 5)
    line[EXPENSE]["TaxCodeRef"] = {"value": "CustomSalesTax"}
    assert company.refusal("Bill", {"VendorRef": refs["vendor"], "Line": [line]})["code"] == "6100"
    line[EXPENSE]["TaxCodeRef"] = {"value": "TAX"}
    company.write("Bill", {"VendorRef": refs["vendor"], "Line": [line]})


def test_a_category_is_not_sold(company: Company, refs: dict[str, Json]) -> None:
    line = sales_line(refs, 10)
    line["SalesItemLineDetail"]["ItemRef"] = {"value": company.write("Item", {"Name": "All", "Type": "Category"})["Id"]}
    assert company.refusal("Estimate", {"CustomerRef": refs["job"], "Line": [line]})["code"] == "6000"


def test_056_billable_needs_the_setting_too(company: Company, plane: Plane, refs: dict[str, Json]) -> None:
    line = item_line(refs, 1, 5)
    line[EXPENSE]["BillableStatus"] = "Billable"
    company.write("Bill", {"VendorRef": refs["vendor"], "Line": [line]})
    plane.post("preferences", realm=HARBOR_ROW, VendorAndPurchasesPrefs={"BillableExpenseTracking": False})
    assert company.refusal("Bill", {"VendorRef": refs["vendor"], "Line": [line]})["code"] == "6000"


def test_070_a_line_sent_twice_is_one_that_was_there_and_one_that_is_new(
    company: Company, refs: dict[str, Json]
) -> None:
    held = bill(company, refs)
    twice = company.write("Bill", {**held, "Line": [held["Line"][0], held["Line"][0]]})
    assert [line["Id"] for line in twice["Line"]] == ["1", "2"]
    assert Decimal(str(twice["TotalAmt"])) == 180
