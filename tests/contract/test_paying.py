"""The bookkeeper pays in the window: whole bills, parts, several at once, with credits and discounts, and back."""

from typing import Any

import pytest

from .conftest import HARBOR_ROW, Company, Connect, Json, Plane
from .test_desk import BOOKS, error, form_on, get, post, written
from .test_transactions import item_line, payment, read, refs

__all__ = ["refs"]
PAY = f"{BOOKS}/billpayments/new"


def bill(company: Company, refs: dict[str, Json], amount: float, **more: Any) -> Json:
    """A bill of one line."""
    return company.write("Bill", {"VendorRef": refs["vendor"], "Line": [item_line(refs, 1, amount)], **more})


def form(plane: Plane, refs: dict[str, Json], **said: str) -> dict[str, str]:
    """The form of a cheque for the vendor, with `said`."""
    shown = form_on(get(plane, f"{PAY}?vendor={refs['vendor']['value']}"))
    return shown | {"PayType": "Check", "account": refs["bank"]["value"]} | said


def balance(company: Company, entity: str, document: Json) -> float:
    return float(read(company, entity, document["Id"])["Balance"])


def test_a_bill_is_paid_from_its_page_by_a_numbered_cheque(
    company: Company, plane: Plane, refs: dict[str, Json]
) -> None:
    held = bill(company, refs, 90)
    assert f"new?bill={held['Id']}" in get(plane, f"{BOOKS}/bills/{held['Id']}")
    filled = form_on(get(plane, f"{PAY}?bill={held['Id']}"))
    assert filled[f"pay-{held['Id']}"] == "90.00"
    said = {"PayType": "Check", "account": refs["bank"]["value"], "DocNumber": "2041", "TxnDate": "2026-11-20"}
    paid = read(company, "BillPayment", written(plane, PAY, filled | said))
    assert (paid["TotalAmt"], paid["DocNumber"], paid["TxnDate"]) == (90, "2041", "2026-11-20")
    assert paid["CheckPayment"]["PrintStatus"] == "PrintComplete"
    assert balance(company, "Bill", held) == 0


def test_a_part_is_paid_and_the_rest_by_card(company: Company, plane: Plane, refs: dict[str, Json]) -> None:
    held = bill(company, refs, 90)
    pays = f"pay-{held['Id']}"
    written(plane, PAY, form(plane, refs, **{pays: "30.50"}))
    assert balance(company, "Bill", held) == 59.5
    card = form(plane, refs, PayType="CreditCard", account=refs["card"]["value"], **{pays: "59.50"})
    assert read(company, "BillPayment", written(plane, PAY, card))["PayType"] == "CreditCard"
    assert balance(company, "Bill", held) == 0
    assert "No bill of Ace Electric Co is open." in get(plane, f"{PAY}?vendor={refs['vendor']['value']}")


def test_several_bills_are_paid_at_once_electronically(company: Company, plane: Plane, refs: dict[str, Json]) -> None:
    first, second = bill(company, refs, 90), bill(company, refs, 60)
    said = form(
        plane,
        refs,
        PayType="Electronic",
        **{f"pay-{first['Id']}": "90", f"pay-{second['Id']}": "10.5"},
    )
    paid = read(company, "BillPayment", written(plane, PAY, said))
    assert (paid["TotalAmt"], paid["DocNumber"], paid["CheckPayment"]["PrintStatus"]) == (100.5, "EFT-1", "NotSet")
    assert (balance(company, "Bill", first), balance(company, "Bill", second)) == (0, 49.5)


def test_a_credit_and_a_discount_count_towards_the_bill(company: Company, plane: Plane, refs: dict[str, Json]) -> None:
    held = bill(company, refs, 90)
    credit = company.write("VendorCredit", {"VendorRef": refs["vendor"], "Line": [item_line(refs, 1, 25)]})
    income = next(one for one in plane.documents("Account") if one["Name"] == "Discounts given")
    said = {f"pay-{held['Id']}": "90", f"use-{credit['Id']}": "20", "discount": "1.80", "discounted": income["Id"]}
    paid = read(company, "BillPayment", written(plane, PAY, form(plane, refs, **said)))
    assert paid["TotalAmt"] == 68.2
    assert [(one["Amount"], one["LinkedTxn"][0]["TxnType"]) for one in paid["Line"]] == [
        (90, "Bill"),
        (20, "VendorCredit"),
        (1.8, "VendorCredit"),
    ]
    assert (balance(company, "Bill", held), balance(company, "VendorCredit", credit)) == (0, 5)


def test_a_payment_is_changed_voided_and_deleted(company: Company, plane: Plane, refs: dict[str, Json]) -> None:
    held = bill(company, refs, 90)
    key = company.write("BillPayment", payment(refs, held, 90, DocNumber="7"))["Id"]
    here = f"{BOOKS}/billpayments/{key}"
    opened = form_on(get(plane, f"{here}/edit"))
    assert (opened[f"pay-{held['Id']}"], opened["DocNumber"]) == ("90.00", "7")
    written(plane, f"{here}/edit", opened | {f"pay-{held['Id']}": "40"})
    assert balance(company, "Bill", held) == 50
    assert "changed this record" in error(post(plane, f"{here}/edit", opened))
    assert ">Void it<" in get(plane, here)
    assert post(plane, here, {"action": "void", "token": "1"}).status_code == 303
    voided = read(company, "BillPayment", key)
    assert (voided["TotalAmt"], voided["Line"], voided["PrivateNote"]) == (0, [], "Voided")
    assert balance(company, "Bill", held) == 90
    assert ">Void it<" not in get(plane, here)
    assert post(plane, here, {"action": "delete", "token": voided["SyncToken"]}).status_code == 303
    assert company.query("select * from BillPayment") == {}


def test_only_a_payment_is_voided_in_the_window(company: Company, plane: Plane, refs: dict[str, Json]) -> None:
    held = bill(company, refs, 90)
    assert "Choose what to do" in error(post(plane, f"{BOOKS}/bills/{held['Id']}", {"action": "void", "token": "0"}))


@pytest.mark.parametrize(
    ("said", "says"),
    [
        ({}, "Nothing is paid"),
        ({"pay": "90.01"}, "Only 90.00 of bill B-1 is open"),
        ({"pay": "1.005"}, "is not one"),
        ({"pay": "-5"}, "is not one"),
        ({"pay": "ten"}, "is not one"),
        ({"pay": "90", "PayType": ""}, "Say how it is paid"),
        ({"pay": "90", "account": ""}, "Say how it is paid"),
        ({"pay": "90", "PayType": "CreditCard"}, "paid from a credit card"),
        ({"pay": "90", "discount": "5"}, "Choose the account that the discount goes to"),
        ({"pay": "5", "discount": "9"}, "more than the 5.00 of bills"),
        ({"pay": "90", "TxnDate": "2025-12-31"}, "The books are closed"),
        ({"pay": "90", "DocNumber": "N" * 22}, "too long"),
    ],
)
def test_what_is_no_payment_is_refused_and_kept(
    company: Company, plane: Plane, refs: dict[str, Json], said: dict[str, str], says: str
) -> None:
    held = bill(company, refs, 90, DocNumber="B-1")
    plane.post("preferences", realm=HARBOR_ROW, BookCloseDate="2025-12-31")
    fields = {(f"pay-{held['Id']}" if name == "pay" else name): value for name, value in said.items()}
    reply = post(plane, PAY, form(plane, refs, PrivateNote="keep me", **fields))
    assert says in error(reply)
    assert 'value="keep me"' in reply.text
    assert company.query("select * from BillPayment") == {}


def test_a_refused_payment_leaves_no_discount_behind(company: Company, plane: Plane, refs: dict[str, Json]) -> None:
    held = bill(company, refs, 90)
    said = {f"pay-{held['Id']}": "90", "discount": "1", "discounted": refs["cost"]["value"], "DocNumber": "N" * 22}
    assert "too long" in error(post(plane, PAY, form(plane, refs, **said)))
    assert company.query("select * from VendorCredit") == {}


def test_a_company_moves_to_canada_while_nothing_is_entered(
    company: Company, plane: Plane, connect: Connect, refs: dict[str, Json]
) -> None:
    settings = f"{BOOKS}/settings"
    assert post(plane, settings, {"country": "CA", "orders": "on"}).status_code == 303
    assert company.query("select * from CompanyInfo")["CompanyInfo"][0]["Country"] == "CA"
    names = {one["Name"] for one in company.query("select * from TaxCode where Active = true")["TaxCode"]}
    assert names == {"GST", "HST ON", "QST", "Exempt", "PST BC on sales"}
    untaxed = {"VendorRef": refs["vendor"], "Line": [item_line(refs, 1, 100)]}
    assert company.refusal("Bill", untaxed)["code"] == "6000"
    line = item_line(refs, 1, 100)
    line["ItemBasedExpenseLineDetail"]["TaxCodeRef"] = company.reference("TaxCode", "HST ON")
    held = company.write("Bill", {"VendorRef": refs["vendor"], "Line": [line]})
    assert (held["TotalAmt"], held["CurrencyRef"]["value"]) == (113, "CAD")
    assert "while nothing is entered" in error(post(plane, settings, {"country": "US", "orders": "on"}))
    assert post(plane, settings, {"country": "CA", "orders": "on", "closed": "2020-01-31"}).status_code == 303
