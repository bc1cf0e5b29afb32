"""What QuickBooks completes and refuses in transactions: dates, lines, totals, and how they hang together.

Numbers are those of quickbooks.md §9. What hangs together by links is in links.py, document numbers in numbering.py.
"""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from . import faults
from .amounts import cents, exact, told
from .clock import day
from .entity import Entity
from .links import applied, balance, keep_links, payments_of
from .numbering import number
from .records import Document
from .tables import ENTITIES

if TYPE_CHECKING:
    from .books import Books

_REFERENCES = {
    "ItemRef": "Item",
    "AccountRef": "Account",
    "CustomerRef": "Customer",
    "ClassRef": "Class",
    "DepartmentRef": "Department",
    "TaxCodeRef": "TaxCode",
    "DiscountAccountRef": "Account",
}
_DISCOUNT = "DiscountLineDetail"
_PAYABLE = "Accounts Payable"
_PEOPLE = ("Vendor", "Customer", "Employee")
_CODES_OF_LINES = ("TAX", "NON")
#: What pays: the part of a payment that names the account, its name there, and the type of account it must be.
_PAID_FROM = {
    "Check": ("CheckPayment", "BankAccountRef", "Bank"),
    "CreditCard": ("CreditCardPayment", "CCAccountRef", "Credit Card"),
}

Complete = Callable[["Books", Document, Document | None], None]


def settle(
    books: "Books", entity: Entity, document: Document, before: Document | None, allowed: frozenset[str]
) -> None:
    """Complete a transaction in place. Raises Refused; changes nothing else."""
    _switched_on(books, entity)
    document.setdefault("TxnDate", _today(books))
    _COMPLETE[entity.name](books, document, before)
    number(books, entity, document, before, allowed)


def _switched_on(books: "Books", entity: Entity) -> None:
    other = {pair["Name"]: pair["Value"] for pair in books.preferences.get("OtherPrefs", {}).get("NameValue", [])}
    orders = other.get("VendorAndPurchasesPrefs.PurchaseOrderEnabled", "true") == "true"
    estimates = bool(books.preferences.get("SalesFormsPrefs", {}).get("AllowEstimates", True))
    if (entity.name == "PurchaseOrder" and not orders) or (entity.name == "Estimate" and not estimates):
        raise faults.switched_off(entity.name)


def _today(books: "Books") -> str:
    zone = ZoneInfo(str(books.info.get("DefaultTimeZone", "America/Los_Angeles")))
    return datetime.fromtimestamp(books.around.clock.now(), UTC).astimezone(zone).date().isoformat()


# lines


def _lines(books: "Books", entity: Entity, document: Document, before: Document | None, first: int = 1) -> Decimal:
    """Check, complete and number the lines; returns their sum. A known Id stays, any other line is new."""
    given = [line for line in document["Line"] if line.get("DetailType") != "SubTotalLineDetail"]
    if not given:
        raise faults.missing("Line")
    old = {line["Id"]: line for line in (before or {}).get("Line", []) if "Id" in line}
    newest = max([first - 1, *map(int, old)])
    lines, sum_ = [], Decimal(0)
    for position, line in enumerate(given, 1):
        key = line.get("Id")
        was = old.pop(key, None)
        if was is None:
            newest += 1
            key = str(newest)
        done = _line(books, entity, document, line, was)
        lines.append({"Id": key, "LineNum": position, **done})
        sum_ += exact(done.get("Amount", 0))
    document["Line"] = lines
    return sum_


def _line(books: "Books", entity: Entity, document: Document, line: Document, old: Document | None) -> Document:
    kind = line.get("DetailType")
    if kind is None:
        raise faults.missing("DetailType")
    if kind == "DescriptionOnly":
        return {"Description": line.get("Description", ""), "DetailType": kind}
    known = {part.name for field in entity.fields if field.name == "Line" for part in field.parts}
    if kind not in known:
        raise faults.bad_choice("DetailType", kind)
    if kind not in line:
        raise faults.missing(kind)
    detail = dict(line[kind])
    _resolve(books, detail, (old or {}).get(kind, {}))
    _DETAILS[kind](books, document, detail)
    amount = _amount(line, detail)
    kept = {name: line[name] for name in ("Description", "LinkedTxn") if name in line}
    return {**kept, "Amount": told(amount), "DetailType": kind, kind: detail}


def _resolve(books: "Books", detail: Document, old: Document) -> None:
    for name, target in _REFERENCES.items():
        if name in detail:
            detail[name] = _reference(books, target, detail[name]["value"], old.get(name, {}).get("value"))
    kind, who = detail.get("Entity", {}).get("Type"), detail.get("Entity", {}).get("EntityRef")
    if kind and who:
        was = old.get("Entity", {}).get("EntityRef", {}).get("value")
        detail["Entity"] = {"Type": kind, "EntityRef": _reference(books, kind, who["value"], was)}


def _reference(books: "Books", target: str, key: str, was: str | None) -> Document:
    record = books.records[target].get(key)
    if record is None:
        raise faults.unknown_reference(ENTITIES[target].group, key)
    if record.document.get("Active") is False and was != key:
        raise faults.made_inactive()
    if target == "TaxCode":
        return {"value": key}
    return {"value": key, "name": books.name_of((target, key))}


def _amount(line: Document, detail: Document) -> Decimal:
    product = None
    if "Amount" in line and not detail.get("Qty") and not detail.get("UnitPrice"):
        # A widespread client sends both as 0 when it knows neither.
        detail.pop("Qty", None)
        detail.pop("UnitPrice", None)
    if "Qty" in detail and "UnitPrice" in detail:
        product = cents(exact(detail["Qty"]) * exact(detail["UnitPrice"]))
    if "Amount" not in line:
        if product is None:
            raise faults.missing("Amount")
        return product
    amount = cents(exact(line["Amount"]))
    if product is not None and product != amount:
        raise faults.Refused(
            "6070",
            "Amount calculation incorrect in the request",
            "Amount is not equal to UnitPrice * Qty. "
            f"Supplied value:{told(amount)} whereas calculated value is:{told(product)}",
            "Line.Amount",
        )
    return amount


def _item_expense(books: "Books", document: Document, detail: Document) -> None:
    if "ItemRef" not in detail:
        raise faults.missing("ItemRef")
    item = books.records["Item"][detail["ItemRef"]["value"]].document
    if "ExpenseAccountRef" not in item:
        raise faults.business(f"The item {item['Name']} has no expense account, so it cannot be bought.", "ItemRef")
    _expense(books, document, detail)


def _account_expense(books: "Books", document: Document, detail: Document) -> None:
    if "AccountRef" not in detail:
        raise faults.missing("AccountRef")
    _expense(books, document, detail)


def _expense(books: "Books", document: Document, detail: Document) -> None:
    detail.setdefault("BillableStatus", "NotBillable")
    if detail["BillableStatus"] == "HasBeenBilled":
        detail["BillableStatus"] = "Billable"
    if detail["BillableStatus"] == "Billable":
        if "CustomerRef" not in detail:
            raise faults.business("A billable line needs a customer.", "CustomerRef")
        if not books.preferences.get("VendorAndPurchasesPrefs", {}).get("BillableExpenseTracking", True):
            raise faults.business("Billable expenses are switched off in this company's settings.", "BillableStatus")
    _taxed(books, document, detail)
    _taxed_on_purchases(books, detail)


def _taxed(books: "Books", document: Document, detail: Document) -> None:
    if books.info.get("Country") == "US":
        if detail.setdefault("TaxCodeRef", {"value": "NON"})["value"] not in _CODES_OF_LINES:
            raise faults.bad_tax_code(detail["TaxCodeRef"]["value"])
    elif "TaxCodeRef" not in detail and document.get("GlobalTaxCalculation") != "NotApplicable":
        sentence = "Make sure all your transactions have a GST/HST rate before you save."
        raise faults.business(sentence, "TaxCodeRef")


def _taxed_on_purchases(books: "Books", detail: Document) -> None:
    code = books.records["TaxCode"].get(detail.get("TaxCodeRef", {}).get("value", ""))
    if code is None or books.info.get("Country") == "US":
        return
    sold, bought = (code.document.get(f"{side}TaxRateList", {}).get("TaxRateDetail") for side in ("Sales", "Purchase"))
    if sold and not bought:
        raise faults.business("An unexpected error occurred while calculating tax.", "TaxCodeRef")


def _sales_item(books: "Books", document: Document, detail: Document) -> None:
    if "ItemRef" not in detail:
        detail["ItemRef"] = {"value": "1", "name": "Services"}
    item = books.records["Item"].get(detail["ItemRef"]["value"])
    if item is not None and item.document["Type"] == "Category":
        raise faults.business(f"{item.document['Name']} is a category, which cannot be sold.", "ItemRef")
    _taxed(books, document, detail)


def _journal_line(books: "Books", document: Document, detail: Document) -> None:
    for name in ("PostingType", "AccountRef"):
        if name not in detail:
            raise faults.missing(name)
    account = books.records["Account"][detail["AccountRef"]["value"]].document
    if account["AccountType"] == _PAYABLE and detail.get("Entity", {}).get("Type") != "Vendor":
        raise faults.business("When you use Accounts Payable, you must choose a vendor in the Name field.", "Entity")


_DETAILS: dict[str, Callable[["Books", Document, Document], None]] = {
    "ItemBasedExpenseLineDetail": _item_expense,
    "AccountBasedExpenseLineDetail": _account_expense,
    "SalesItemLineDetail": _sales_item,
    "JournalEntryLineDetail": _journal_line,
}


def _tax(books: "Books", document: Document) -> Decimal:
    """The tax on top: nothing in the United States, else what the lines' codes say. Where it is included a line says
    besides what it comes to with it; its amount is without.
    """
    if books.info.get("Country") == "US" or document.get("GlobalTaxCalculation") == "NotApplicable":
        document.pop("TxnTaxDetail", None)
        return Decimal(0)
    document.setdefault("GlobalTaxCalculation", "TaxExcluded")
    tax, taxed = Decimal(0), dict[str, Decimal]()
    for line in document["Line"]:
        detail, amount = line.get(line["DetailType"], {}), exact(line.get("Amount", 0))
        code = books.records["TaxCode"].get(detail.get("TaxCodeRef", {}).get("value", ""))
        rates = code.document.get("PurchaseTaxRateList", {}).get("TaxRateDetail", []) if code else []
        keys = [rate["TaxRateRef"]["value"] for rate in rates]
        of_line = cents(amount * sum((_percent(books, key) for key in keys), Decimal(0)) / 100)
        if document["GlobalTaxCalculation"] == "TaxInclusive":
            detail["TaxInclusiveAmt"] = told(amount + of_line)
        tax += of_line
        for key in keys:
            taxed[key] = taxed.get(key, Decimal(0)) + amount
    said = document.get("TxnTaxDetail", {}).get("TotalTax")
    if said is not None and books.around.switches["tax_that_is_sent"] == "kept":
        return cents(exact(said))
    lines = [_tax_line(key, _percent(books, key), net) for key, net in taxed.items()]
    document["TxnTaxDetail"] = {"TotalTax": told(tax), **({"TaxLine": lines} if lines else {})}
    return tax


def _tax_line(key: str, percent: Decimal, net: Decimal) -> Document:
    """What a rate comes to over all lines; by the cent it may differ from the lines' sum, which is what is owed."""
    of = {
        "TaxRateRef": {"value": key},
        "PercentBased": True,
        "TaxPercent": told(percent),
        "NetAmountTaxable": told(net),
    }
    return {"Amount": told(cents(net * percent / 100)), "DetailType": "TaxLineDetail", "TaxLineDetail": of}


def _percent(books: "Books", key: str) -> Decimal:
    rate = books.records["TaxRate"].get(key)
    return exact(rate.document["RateValue"]) if rate else Decimal(0)


# each entity


def _sold(books: "Books", entity: str, document: Document, before: Document | None) -> None:
    discounts = [line for line in document["Line"] if line.get("DetailType") == _DISCOUNT]
    document["Line"] = [line for line in document["Line"] if line.get("DetailType") != _DISCOUNT]
    total = _lines(books, ENTITIES[entity], document, before)
    document["Line"].append({"Amount": told(total), "DetailType": "SubTotalLineDetail", "SubTotalLineDetail": {}})
    # Discounts follow the subtotal, without ids of their own.
    taken = [_discounted(books, line, total) for line in discounts]
    document["Line"] += taken
    document["TotalAmt"] = told(total - sum((exact(line["Amount"]) for line in taken), Decimal(0)))
    document["TxnTaxDetail"] = {"TotalTax": 0}
    document.setdefault("PrintStatus", "NeedToPrint")


def _discounted(books: "Books", line: Document, total: Decimal) -> Document:
    detail = dict(line.get(_DISCOUNT, {}))
    _resolve(books, detail, {})
    percent = detail.get("DiscountPercent") if detail.get("PercentBased") else None
    if percent is None and "Amount" not in line:
        raise faults.missing("Amount")
    amount = cents(exact(line["Amount"] if percent is None else total * exact(percent) / 100))
    return {"Amount": told(amount), "DetailType": _DISCOUNT, _DISCOUNT: detail}


def _estimate(books: "Books", document: Document, before: Document | None) -> None:
    _sold(books, "Estimate", document, before)


def _invoice(books: "Books", document: Document, before: Document | None) -> None:
    _sold(books, "Invoice", document, before)
    document["LinkedTxn"] = []
    document["Balance"] = document["TotalAmt"]
    _due(books, document)


def _bought(books: "Books", entity: str, document: Document, before: Document | None) -> None:
    total = _lines(books, ENTITIES[entity], document, before)
    total += _tax(books, document)
    if total < 0 and books.around.switches["negative_totals"] == "refuse":
        raise faults.business("Transaction amount must be 0 or greater.", "TotalAmt")
    document["TotalAmt"] = told(total)


def _payable(books: "Books", document: Document) -> None:
    if "APAccountRef" not in document:
        accounts = books.records["Account"].values()
        key = next((one.document["Id"] for one in accounts if one.document["AccountType"] == _PAYABLE), None)
        if key is None:
            raise faults.missing("APAccountRef")
        document["APAccountRef"] = {"value": key, "name": books.name_of(("Account", key))}
    _of_type(books, document["APAccountRef"], _PAYABLE, "APAccountRef")
    vendor = books.records["Vendor"][document["VendorRef"]["value"]].document
    if "BillAddr" in vendor:
        document.setdefault("VendorAddr", _copied(vendor["BillAddr"]))


def _of_type(books: "Books", account: Document, wanted: str, element: str) -> None:
    record = books.records["Account"][account["value"]].document
    if record["AccountType"] != wanted:
        raise faults.business(f"{record['Name']} is no account of the type {wanted}.", element)


def _copied(address: Document) -> Document:
    """An address as a transaction keeps it: under an Id of its own."""
    return {name: value for name, value in address.items() if name != "Id"}


def _purchase_order(books: "Books", document: Document, before: Document | None) -> None:
    _bought(books, "PurchaseOrder", document, before)
    _payable(books, document)
    document["LinkedTxn"] = (before or {}).get("LinkedTxn", [])
    document.setdefault("ShipAddr", _copied(books.info["CompanyAddr"]))


def _bill(books: "Books", document: Document, before: Document | None) -> None:
    _bought(books, "Bill", document, before)
    _payable(books, document)
    if before is None and books.around.switches["bill_terms_from_vendor"]:
        _take_terms(books, document)
    _due(books, document)
    keep_links(books, document, before)
    _stays_of_its_vendor(books, "Bill", document, before)
    balance(books, "Bill", document, (before or {}).get("Id", ""))


def _stays_of_its_vendor(books: "Books", entity: str, document: Document, before: Document | None) -> None:
    """What is paid or used up is linked to a payment of its vendor, and what is linked is of one vendor."""
    moves = before is not None and before["VendorRef"]["value"] != document["VendorRef"]["value"]
    if before is not None and moves and payments_of(books, entity, before["Id"]):
        raise faults.unlinkable("BillPayment")


def _take_terms(books: "Books", document: Document) -> None:
    terms = books.records["Vendor"][document["VendorRef"]["value"]].document.get("TermRef")
    if terms:
        document.setdefault("SalesTermRef", {"value": terms["value"]})


def _due(books: "Books", document: Document) -> None:
    if "DueDate" in document:
        return
    term = books.records["Term"].get(document.get("SalesTermRef", {}).get("value", ""))
    dated = day(document["TxnDate"])
    days = int(term.document.get("DueDays", 0)) if term else 0
    document["DueDate"] = (dated + timedelta(days)).isoformat() if dated else document["TxnDate"]


def _vendor_credit(books: "Books", document: Document, before: Document | None) -> None:
    _bought(books, "VendorCredit", document, before)
    _payable(books, document)
    _stays_of_its_vendor(books, "VendorCredit", document, before)
    balance(books, "VendorCredit", document, (before or {}).get("Id", ""))


def _purchase(books: "Books", document: Document, before: Document | None) -> None:
    _bought(books, "Purchase", document, before)
    if document["PaymentType"] in _PAID_FROM:
        _of_type(books, document["AccountRef"], _PAID_FROM[document["PaymentType"]][2], "AccountRef")
    who = document.get("EntityRef")
    if who:
        # The cleaning keeps value and name; the type is what the id is found under.
        kind = next((name for name in _PEOPLE if who["value"] in books.records[name]), None)
        if kind is None:
            raise faults.unknown_reference("Names", who["value"])
        was = (before or {}).get("EntityRef", {}).get("value")
        document["EntityRef"] = {**_reference(books, kind, who["value"], was), "type": kind}


def _journal_entry(books: "Books", document: Document, before: Document | None) -> None:
    _lines(books, ENTITIES["JournalEntry"], document, before, first=0)
    sides = {"Debit": Decimal(0), "Credit": Decimal(0)}
    for line in document["Line"]:
        detail = line.get("JournalEntryLineDetail")
        if detail:
            sides[detail["PostingType"]] += exact(line["Amount"])
    if sides["Debit"] != sides["Credit"]:
        raise faults.business("Please balance debits and credits.", "Line")
    document["TotalAmt"] = 0


def _time_activity(books: "Books", document: Document, before: Document | None) -> None:
    name = f"{document['NameOf']}Ref"
    if name not in document:
        raise faults.missing(name)
    if "Hours" not in document and "Minutes" not in document and "StartTime" not in document:
        raise faults.missing("Hours")
    if "StartTime" not in document:
        document.setdefault("Hours", 0)
        document.setdefault("Minutes", 0)


def _bill_payment(books: "Books", document: Document, before: Document | None) -> None:
    if "TotalAmt" not in document:
        raise faults.business("You must set a transaction amount.", "TotalAmt")
    if not document.get("Line") and not (before and document["TotalAmt"] == 0):
        raise faults.missing("Line")
    holder, name, wanted = _PAID_FROM[document["PayType"]]
    account = document.get(holder, {}).get(name)
    if account is None:
        raise faults.missing(f"{holder}.{name}")
    was = (before or {}).get(holder, {}).get(name, {}).get("value")
    document[holder] = {**document[holder], name: _reference(books, "Account", account["value"], was)}
    _of_type(books, account, wanted, f"{holder}.{name}")
    if holder == "CheckPayment":
        document[holder].setdefault("PrintStatus", "NeedToPrint")
    document["TotalAmt"] = told(cents(exact(document["TotalAmt"])))
    document["Line"] = [_payment_line(books, line) for line in document.get("Line", [])]
    _within_what_is_open(books, document, before)
    _adds_up(document)


def _within_what_is_open(books: "Books", document: Document, before: Document | None) -> None:
    """It pays bills and uses credits of its own vendor, and of each no more than is open."""
    had = applied(before)
    for (kind, key), amount in applied(document).items():
        if kind not in ("Bill", "VendorCredit"):
            continue
        paid = books.records[kind][key].document
        if paid["VendorRef"]["value"] != document["VendorRef"]["value"]:
            raise faults.unlinkable("BillPayment")
        own = had.get((kind, key), Decimal(0))
        most = max(own, exact(paid["Balance"]) + own)
        if amount > most:
            raise faults.business(f"Only {most:,.2f} of {kind} {key} is open; {amount:,.2f} is more than that.", "Line")


def _adds_up(document: Document) -> None:
    """The money is what its bills come to, without the credits that it uses; a card cannot pay nothing."""
    total, sums = exact(document["TotalAmt"]), applied(document)
    if total < 0 or any(amount < 0 for amount in sums.values()):
        raise faults.business("Transaction amount must be 0 or greater.", "TotalAmt")
    if {kind for kind, _ in sums} <= {"Bill", "VendorCredit"}:
        due = sum((amount if kind == "Bill" else -amount for (kind, _), amount in sums.items()), Decimal(0))
        if total != due:
            raise faults.business(f"The amount {total:,.2f} is not what its lines come to, {due:,.2f}.", "TotalAmt")
    if document["PayType"] == "CreditCard" and not total and sums:
        raise faults.business("You must set a transaction amount.", "TotalAmt")


def _payment_line(books: "Books", line: Document) -> Document:
    if "Amount" not in line:
        raise faults.missing("Line.Amount")
    kept = [
        link
        for link in line.get("LinkedTxn", [])
        if link.get("TxnType") in ("Bill", "VendorCredit", "JournalEntry", "Deposit")
    ]
    if not kept:
        raise faults.missing("LinkedTxn")
    for link in kept:
        if link["TxnType"] in ENTITIES and link.get("TxnId") not in books.records[link["TxnType"]]:
            raise faults.not_found()
    return {"Amount": told(cents(exact(line["Amount"]))), "LinkedTxn": kept}


_COMPLETE: dict[str, Complete] = {
    "Estimate": _estimate,
    "Invoice": _invoice,
    "PurchaseOrder": _purchase_order,
    "Bill": _bill,
    "VendorCredit": _vendor_credit,
    "Purchase": _purchase,
    "JournalEntry": _journal_entry,
    "TimeActivity": _time_activity,
    "BillPayment": _bill_payment,
}
