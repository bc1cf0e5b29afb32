"""Paying bills: from the open bills and credits of a vendor to a payment, and from what is typed to its document.

A discount that a vendor gives is booked as is usual in QuickBooks Online: as a vendor credit on the account chosen,
which the payment uses up like any other credit.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation

from .amounts import cents, exact
from .books import Books
from .forms import Input, head_of
from .links import applied
from .records import Document

ELECTRONIC = "Electronic"
PAY_INPUTS = (
    Input("PayType", "Paid by", choices=("Check", "CreditCard", ELECTRONIC), required=True),
    Input("account", "Paid from", among="Account", required=True, types=("Bank", "Credit Card")),
    Input("TxnDate", "Date (empty: today)", kind="date"),
    Input("DocNumber", "Check or reference number (empty: the next one)"),
    Input("PrivateNote", "Note (private)"),
)
DISCOUNT_ACCOUNT = Input(
    "discounted",
    "Discount goes to",
    among="Account",
    types=("Income", "Other Income", "Expense", "Cost of Goods Sold"),
)
_FROM = {"Check": ("CheckPayment", "BankAccountRef"), "CreditCard": ("CreditCardPayment", "CCAccountRef")}
_TYPES = {"Check": "Bank", "CreditCard": "Credit Card", ELECTRONIC: "Bank"}
_NOUGHT = Decimal(0)


class Unpayable(ValueError):
    """What was typed is no payment; the sentence says what to do."""


@dataclass(frozen=True)
class Owed:
    """A bill to pay, or a credit to use. `open` is what can be paid or used, also what this payment has now."""

    entity: str
    key: str
    number: str
    day: str
    due: str
    total: Decimal
    open: Decimal
    typed: str = ""

    @property
    def field(self) -> str:
        """What the form calls its amount."""
        return f"{'pay' if self.entity == 'Bill' else 'use'}-{self.key}"


@dataclass(frozen=True)
class Payment:
    """What a form describes: the payment's document, and the credit that its discount is, if there is one."""

    document: Document
    discount: Document | None


def owed(books: Books, vendor: str, typed: Mapping[str, str], held: Document | None) -> list[Owed]:
    """The bills of a vendor that can be paid, the oldest first, then the credits that can be used."""
    own = applied(held)
    found = []
    for entity in ("Bill", "VendorCredit"):
        rows = [one.document for one in books.records[entity].values() if one.document["VendorRef"]["value"] == vendor]
        for one in sorted(rows, key=lambda row: (row.get("DueDate", row["TxnDate"]), int(row["Id"]))):
            here = own.get((entity, one["Id"]), _NOUGHT)
            left = exact(one["Balance"]) + here
            if left > 0:
                shown = Owed(
                    entity,
                    one["Id"],
                    str(one.get("DocNumber") or f"#{one['Id']}"),
                    one["TxnDate"],
                    one.get("DueDate", ""),
                    exact(one["TotalAmt"]),
                    left,
                )
                before = f"{here:.2f}" if here else ""
                found.append(_with(shown, typed.get(shown.field, before)))
    return found


def _with(one: Owed, typed: str) -> Owed:
    return Owed(one.entity, one.key, one.number, one.day, one.due, one.total, one.open, typed)


def head_typed(held: Document) -> dict[str, str]:
    """The head of a payment as its form shows it."""
    holder, name = _FROM[held["PayType"]]
    way = held["PayType"]
    if way == "Check" and held["CheckPayment"].get("PrintStatus") == "NotSet":
        way = ELECTRONIC
    return {
        "PayType": way,
        "account": held[holder][name]["value"],
        "TxnDate": held["TxnDate"],
        "DocNumber": held.get("DocNumber", ""),
        "PrivateNote": held.get("PrivateNote", ""),
    }


def payment_of(books: Books, vendor: str, typed: Mapping[str, str], held: Document | None) -> Payment:
    """The payment that a form describes. The amount of a bill is all that is taken off it; money pays what is left.

    Raises:
        Unpayable: more than is open, more credit than bills, nothing at all, or no amount where one must be.
    """
    rows = owed(books, vendor, typed, held)
    amounts = [(one, _amount(one, typed)) for one in rows]
    bills = sum((amount for one, amount in amounts if one.entity == "Bill"), _NOUGHT)
    credit = sum((amount for one, amount in amounts if one.entity != "Bill"), _NOUGHT)
    discount = _number("discount", typed.get("discount", ""))
    money = bills - credit - discount
    if not bills:
        raise Unpayable("Nothing is paid. Write an amount beside at least one bill.")
    if money < 0:
        raise Unpayable(
            f"Credits and discount come to {credit + discount:,.2f}, which is more than the {bills:,.2f} of bills. "
            "Use less of them, or pay more."
        )
    document = {**_head(books, typed, money), "VendorRef": {"value": vendor}, "TotalAmt": money}
    document["Line"] = [_line(one.entity, one.key, amount) for one, amount in amounts if amount]
    kept: Document = {one: held[one] for one in ("Id", "APAccountRef", "DepartmentRef") if held and one in held}
    return Payment({**kept, **document}, _discount(vendor, typed, discount))


def with_discount(document: Document, key: str, amount: Decimal) -> Document:
    """The payment that also uses the credit `key`."""
    return {**document, "Line": [*document["Line"], _line("VendorCredit", key, amount)]}


def _line(entity: str, key: str, amount: Decimal) -> Document:
    return {"Amount": amount, "LinkedTxn": [{"TxnId": key, "TxnType": entity}]}


def _amount(one: Owed, typed: Mapping[str, str]) -> Decimal:
    what = f"{'bill' if one.entity == 'Bill' else 'credit'} {one.number}"
    amount = _number(what, typed.get(one.field, ""))
    if amount > one.open:
        raise Unpayable(f"Only {one.open:,.2f} of {what} is open; {amount:,.2f} is too much.")
    return amount


def _number(what: str, written: str) -> Decimal:
    said = written.strip().replace(",", "").removeprefix("$")
    try:
        found = Decimal(said or 0)
    except InvalidOperation:
        found = Decimal("NaN")
    if not found.is_finite() or found < 0 or found != cents(found):
        raise Unpayable(f"The amount of {what} “{written}” is not one. Write it as 1250.00.")
    return cents(found)


def _head(books: Books, typed: Mapping[str, str], money: Decimal) -> Document:
    head = head_of(PAY_INPUTS, typed)
    way, account = str(head.pop("PayType", "")), head.pop("account", None)
    record = books.records["Account"].get(account["value"]) if account else None
    if way not in _TYPES or record is None:
        raise Unpayable("Say how it is paid, and from which account.")
    if record.document["AccountType"] != _TYPES[way]:
        wanted = "a credit card" if way == "CreditCard" else "a bank account"
        raise Unpayable(f"That is paid from {wanted}. Choose one.")
    if way == "CreditCard" and not money:
        raise Unpayable("A card must pay something. What credits cover whole is paid by a check of nothing.")
    if way == ELECTRONIC:
        head.setdefault("DocNumber", _reference(books))
    pay_type = "Check" if way == ELECTRONIC else way
    holder, name = _FROM[pay_type]
    head[holder] = {name: account}
    if pay_type == "Check":
        head[holder]["PrintStatus"] = "NotSet" if way == ELECTRONIC else "PrintComplete"
    return {**head, "PayType": pay_type}


def _reference(books: Books) -> str:
    """A number for a transfer that nobody numbered."""
    number = 1
    while books.with_number("BillPayment", f"EFT-{number}"):
        number += 1
    return f"EFT-{number}"


def _discount(vendor: str, typed: Mapping[str, str], amount: Decimal) -> Document | None:
    if not amount:
        return None
    account = typed.get(DISCOUNT_ACCOUNT.name, "")
    if not account:
        raise Unpayable("Choose the account that the discount goes to.")
    kind = "AccountBasedExpenseLineDetail"
    line = {
        "Amount": amount,
        "Description": "Discount taken",
        "DetailType": kind,
        kind: {"AccountRef": {"value": account}},
    }
    dated = {"TxnDate": typed["TxnDate"]} if typed.get("TxnDate") else {}
    return {"VendorRef": {"value": vendor}, "PrivateNote": "Discount taken", "Line": [line], **dated}
