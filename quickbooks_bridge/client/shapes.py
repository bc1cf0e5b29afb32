"""Whether what QuickBooks answered has the shape of its documents, in those places that the bridge reads.

A gateway that turns XML into JSON writes a list of one as its one element, and numbers as it likes. Such an answer is
not understood in part: it is one that cannot be read, so nothing is taken for absent, empty or equal by it. What the
bridge does not read may be anything.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from typing import Any, Final

#: As long as what names a document is kept.
_ID: Final = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_-]{0,31}")
_LISTS: Final = frozenset({"Line", "LinkedTxn", "NameValue"})
_OBJECTS: Final = frozenset(
    {"APAccountRef", "AccountRef", "BillAddr", "CheckPayment", "ClassRef", "CreditCardPayment", "CurrencyRef"}
    | {"CustomerRef", "DepartmentRef", "EmployeeRef", "Entity", "EntityRef", "ExpenseAccountRef", "HomeCurrency"}
    | {"IncomeAccountRef", "ItemRef", "MetaData", "ParentRef", "SalesTermRef", "TaxCodeRef", "TermRef"}
    | {"TxnTaxDetail", "VendorAddr", "VendorRef"}
)
#: What holds something that the bridge reads. Whatever else QuickBooks adds, such as its `PurchaseEx`, is its own, and
#: uses the same names for other things.
_HOLDERS: Final = _LISTS | _OBJECTS | {"AttachableRef", "CurrencyPrefs", "OtherPrefs"}
_NUMBERS: Final = frozenset(
    {"Amount", "Balance", "BreakHours", "BreakMinutes", "CostRate", "ExchangeRate", "Hours", "Minutes", "Qty"}
    | {"TotalAmt", "TotalTax", "UnitPrice"}
)
_WORDS: Final = frozenset(
    {"BillableStatus", "Description", "DetailType", "DisplayName", "DocNumber", "FullyQualifiedName", "Id", "Name"}
    | {"POStatus", "PayType", "PostingType", "PrivateNote", "SyncToken", "TxnId", "TxnLineId", "TxnType", "value"}
)
_DAYS: Final = frozenset({"DueDate", "TxnDate"})
_MOMENTS: Final = frozenset({"CreateTime", "LastUpdatedTime"})
_TRUTHS: Final = frozenset({"Active", "Credit"})
#: More than any company turns over; what is beyond fits into no column.
_MOST: Final = Decimal(10) ** 13
#: A bookkeeper may type any year; in the first and the last, other zones' clocks tell none that there is.
_YEARS: Final = range(2, 9999)


def is_id(value: object) -> bool:
    """Whether it can name a document of QuickBooks."""
    return isinstance(value, (str, int)) and not isinstance(value, bool) and bool(_ID.fullmatch(str(value)))


def odd_rows(rows: object) -> str:
    """Where a list of documents is not one, as `DocumentId.Line.Amount`; "" if it is sound."""
    if not isinstance(rows, list):
        return "no list"
    return next(filter(None, map(odd_in, rows)), "")


def odd_in(document: object) -> str:
    """Where a document, or what tells that one was deleted, is none; "" if it is sound."""
    if not isinstance(document, dict):
        return "no document"
    if not is_id(document.get("Id")):
        return "no Id"
    place = next(_odd(document), "")
    return f"{document['Id']}.{place}" if place else ""


def _odd(part: Mapping[str, Any]) -> Iterator[str]:
    for name, value in part.items():
        if value is None:
            continue
        if not _is_sound(name, value):
            yield name
        elif name in _HOLDERS or name.endswith("LineDetail"):
            yield from (f"{name}.{place}" for one in _parts(value) for place in _odd(one))


def _parts(value: object) -> Iterator[Mapping[str, Any]]:
    return (one for one in (value if isinstance(value, list) else [value]) if isinstance(one, dict))


def _is_sound(name: str, value: object) -> bool:
    if name in _LISTS:
        return isinstance(value, list) and all(isinstance(one, dict) for one in value)
    if name in _OBJECTS or name.endswith("LineDetail"):
        return isinstance(value, dict)
    if name in _WORDS:
        return isinstance(value, (str, int, Decimal)) and not isinstance(value, bool)
    if name in _NUMBERS:
        return _is_number(value)
    if name in _TRUTHS:
        return isinstance(value, bool)
    if name in _DAYS:
        return value == "" or _is_day(value)
    return name not in _MOMENTS or value == "" or _is_moment(value)


def _is_number(value: object) -> bool:
    if value == "":
        return True
    if isinstance(value, bool) or not isinstance(value, (str, int, Decimal)):
        return False
    try:
        number = Decimal(value)
    except InvalidOperation:
        return False
    return number.is_finite() and abs(number) < _MOST


def _is_day(value: object) -> bool:
    try:
        return isinstance(value, str) and date.fromisoformat(value[:10]).year in _YEARS
    except ValueError:
        return False


def _is_moment(value: object) -> bool:
    try:
        told = datetime.fromisoformat(value) if isinstance(value, str) else None
    except ValueError:
        return False
    return told is not None and told.tzinfo is not None and told.year in _YEARS
