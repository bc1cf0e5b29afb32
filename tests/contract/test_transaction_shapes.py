"""Transactions beside recorded ones: the same key paths, the same JSON types, every difference named."""

from collections.abc import Iterator
from typing import Any

import pytest

from .conftest import NORTHERN, Company, Connect, Json
from .recorded_transactions import TRANSACTION_SHAPES
from .test_shapes import paths
from .test_transactions import EXPENSE, bill_of, item_line, journal_line, order, payment, read, refs, sales_line

__all__ = ["refs"]
COORDINATES = "latitude and longitude are not answered any more since 2025"
NO_CUSTOM_FIELDS = "custom fields are taken and dropped"
NO_SALES_TAX = "sales documents carry no tax here"
NOT_CALCULATED = "tax of a line is not worked out the other way round"
# What recorded documents have and the emulator never gives, and why. A path stands for what is below it too.
NOT_GIVEN: dict[str, dict[str, str]] = {
    "Bill": {"Line[].AccountBasedExpenseLineDetail.TaxInclusiveAmt": NOT_CALCULATED},
    "PurchaseOrder": dict.fromkeys(("ShipAddr.Lat", "ShipAddr.Long", "VendorAddr.Lat", "VendorAddr.Long"), COORDINATES),
    "Estimate": {
        **dict.fromkeys(("BillAddr.Lat", "BillAddr.Long", "ShipAddr.Lat", "ShipAddr.Long"), COORDINATES),
        "CustomField": NO_CUSTOM_FIELDS,
        "DeliveryInfo": "nothing is sent by mail",
        "LinkedTxn": "no estimate is turned into an invoice",
        "TxnTaxDetail.TaxLine": NO_SALES_TAX,
        "TxnTaxDetail.TxnTaxCodeRef": NO_SALES_TAX,
    },
    "Purchase": dict.fromkeys(("RemitToAddr.Lat", "RemitToAddr.Long"), COORDINATES),
    "JournalEntry": {
        "Line[].JournalEntryLineDetail.TaxAmount": NOT_CALCULATED,
        "Line[].JournalEntryLineDetail.TaxApplicableOn": NOT_CALCULATED,
        "TxnTaxDetail": NOT_CALCULATED,
    },
    "TaxRate": {"EffectiveTaxRate": "a rate has no history"},
    "Invoice": {
        **dict.fromkeys(("BillAddr.Lat", "BillAddr.Long", "ShipAddr.Lat", "ShipAddr.Long"), COORDINATES),
        "CustomField": NO_CUSTOM_FIELDS,
        "Deposit": "no money is received",
        "HomeTotalAmt": "there is one currency a company",
        "LinkedTxn[]": "no money is received",
        "Line[].GroupLineDetail": "there are no bundles",
        "Line[].DescriptionLineDetail": "empty in the recorded document, so left out",
        "TxnTaxDetail.TaxLine": NO_SALES_TAX,
        "TxnTaxDetail.TxnTaxCodeRef": NO_SALES_TAX,
    },
}
ADDRESS = {
    **{f"Line{n}": f"line {n}" for n in range(1, 6)},
    "City": "Eastport",
    "Country": "USA",
    "CountrySubDivisionCode": "ME",
    "PostalCode": "04631",
}
NOTED = {"DocNumber": "N-1", "PrivateNote": "ours", "ExchangeRate": 1}


def bought(company: Company, refs: dict[str, Json]) -> dict[str, list[Json]]:
    """What is ordered, billed, paid and taken back, each with everything in it."""
    said = {"ClassRef": company.reference("Class", "Commercial")}
    item = item_line(refs, 2, 30, Description="Footings")
    item[EXPENSE] |= said
    account = {
        "DetailType": "AccountBasedExpenseLineDetail",
        "Amount": 7,
        "Description": "Permits",
        "AccountBasedExpenseLineDetail": {"AccountRef": refs["cost"], "CustomerRef": refs["job"], **said},
    }
    lines = {"VendorRef": refs["vendor"], "Line": [item, account]}
    where = {"ShipAddr": ADDRESS, "VendorAddr": ADDRESS}
    held = order(company, refs, **where, Line=lines["Line"], PrivateNote="ours")
    term = {"SalesTermRef": company.reference("Term", "Net 30")}
    bill = company.write("Bill", {**bill_of(refs, held, ("1", 60)), **NOTED, **term})
    other = company.write("Bill", {**lines, "DocNumber": "N-2"})
    check = company.write("BillPayment", payment(refs, bill, 60, **NOTED))
    card = {"PayType": "CreditCard", "CreditCardPayment": {"CCAccountRef": refs["card"]}}
    carded = company.write("BillPayment", payment(refs, other, 67, **card, DocNumber="C-1"))
    spent = {
        **NOTED,
        "PaymentType": "CreditCard",
        "AccountRef": refs["card"],
        "EntityRef": refs["vendor"],
        "RemitToAddr": ADDRESS,
        "Credit": True,
        "Line": lines["Line"],
    }
    return {
        "PurchaseOrder": [held],
        "Bill": [read(company, "Bill", one["Id"]) for one in (bill, other)],
        "BillPayment": [check, carded],
        "VendorCredit": [company.write("VendorCredit", {**lines, **NOTED})],
        "Purchase": [company.write("Purchase", spent)],
    }


def sold(company: Company, refs: dict[str, Json]) -> dict[str, list[Json]]:
    """What is offered and invoiced."""
    line = sales_line(refs, 20, Description="Footings")
    line["SalesItemLineDetail"]["ServiceDate"] = "2026-04-17"
    less: Json = {
        "DetailType": "DiscountLineDetail",
        "DiscountLineDetail": {"PercentBased": True, "DiscountPercent": 5},
    }
    less["DiscountLineDetail"]["DiscountAccountRef"] = refs["cost"]
    head = {
        "CustomerRef": refs["job"],
        "CustomerMemo": {"value": "Thank you"},
        "BillAddr": ADDRESS,
        "ShipAddr": ADDRESS,
        "BillEmail": {"Address": "ada@example.com"},
        **NOTED,
    }
    accepted = {"AcceptedBy": "Ada", "AcceptedDate": "2026-04-20", "ExpirationDate": "2026-04-27"}
    term = {"SalesTermRef": company.reference("Term", "Net 30"), "GlobalTaxCalculation": "NotApplicable"}
    said = {"DetailType": "DescriptionOnly", "Description": "See plan"}
    return {
        "Estimate": [company.write("Estimate", {**head, **accepted, "Line": [line]})],
        "Invoice": [company.write("Invoice", {**head, **term, "Line": [line, said, less]})],
    }


def kept(company: Company, refs: dict[str, Json]) -> dict[str, list[Json]]:
    """What the bookkeeper and the crew write."""
    lines = [journal_line(refs["cost"], "Debit", 75), journal_line(refs["bank"], "Credit", 75)]
    for line in lines:
        line["Description"] = "Moved"
        line["JournalEntryLineDetail"]["TaxCodeRef"] = {"value": "NON"}
    worked = {
        "NameOf": "Employee",
        "EmployeeRef": company.reference("Employee", "Rosa Delgado"),
        "CustomerRef": refs["job"],
        "ItemRef": refs["item"],
        "ClassRef": company.reference("Class", "Commercial"),
        "Hours": 7,
        "Minutes": 30,
        "HourlyRate": 60,
        "Description": "Framing",
    }
    return {
        "JournalEntry": [company.write("JournalEntry", {"Line": lines, **NOTED, "Adjustment": True})],
        "TimeActivity": [company.write("TimeActivity", worked)],
    }


def taxed(north: Company) -> dict[str, list[Json]]:
    """What is bought with tax on it, and the rate of the tax."""
    code = north.reference("TaxCode", "HST ON")
    line = {"DetailType": EXPENSE, "Amount": 100, "Description": "Gravel"}
    line[EXPENSE] = {"ItemRef": north.reference("Item", "Materials"), "TaxCodeRef": code}
    cash = {"PaymentType": "Cash", "AccountRef": north.reference("Account", "Operating Checking")}
    said: dict[str, Any] = {"Line": [line], "GlobalTaxCalculation": "TaxExcluded"}
    return {
        "Bill": [north.write("Bill", {**said, "VendorRef": north.reference("Vendor", "Acklands Grainger")})],
        "Purchase": [north.write("Purchase", {**said, **cash})],
        "TaxRate": north.query("select * from TaxRate")["TaxRate"],
    }


@pytest.fixture
def documents(company: Company, connect: Connect, refs: dict[str, Json]) -> dict[str, list[Json]]:
    """Documents of each kind that have everything in them between them."""
    found: dict[str, list[Json]] = {}
    for made in (bought(company, refs), sold(company, refs), kept(company, refs), taxed(connect(NORTHERN))):
        for entity, rows in made.items():
            found.setdefault(entity, []).extend(rows)
    return found


def excepted(entity: str, path: str) -> bool:
    return any(path == one or path.startswith((one + ".", one + "[")) for one in NOT_GIVEN.get(entity, {}))


def test_between_them_they_have_every_recorded_key_path_with_its_type(documents: dict[str, list[Json]]) -> None:
    assert documents.keys() == TRANSACTION_SHAPES.keys()
    for entity, shape in TRANSACTION_SHAPES.items():
        ours = {path: kind for document in documents[entity] for path, kind in paths(document).items()}
        recorded = {path.removesuffix("?"): kind for path, kind in shape.items()}
        for path in ours.keys() & recorded.keys():
            assert ours[path] == recorded[path], f"{entity}.{path}"
        missing = recorded.keys() - ours.keys()
        assert {path for path in missing if not excepted(entity, path)} == set(), entity
        assert {path for path in ours.keys() & recorded.keys() if excepted(entity, path)} == set(), entity


def heads(documents: list[Json]) -> Iterator[set[str]]:
    for document in documents:
        yield {path for path in paths(document) if "." not in path}


def test_each_has_what_every_recorded_one_has(documents: dict[str, list[Json]]) -> None:
    for entity, shape in TRANSACTION_SHAPES.items():
        always = {path for path in shape if "." not in path and not path.endswith("?") and not excepted(entity, path)}
        for head in heads(documents[entity]):
            assert always - ONLY_WHEN_SAID.get(entity, set()) <= head, entity


# There in every recorded document because each was made so, and not because QuickBooks adds it.
ONLY_WHEN_SAID = {
    "BillPayment": {"PrivateNote"},
    "Purchase": {"EntityRef", "GlobalTaxCalculation"},
    "Estimate": {"BillAddr", "BillEmail", "CustomerMemo", "DocNumber"},
}
