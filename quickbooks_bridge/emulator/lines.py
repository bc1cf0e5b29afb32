"""Changing a line of a transaction as QuickBooks' own form does: a new amount moves the rate, a new rate the amount."""

from decimal import Decimal, InvalidOperation
from typing import Any

from .amounts import exact
from .control import Wrong
from .entry import rate_for
from .records import Document

_OUTSIDE = ("Description", "Amount")
_REFERENCES = ("ItemRef", "AccountRef", "CustomerRef", "ClassRef", "TaxCodeRef")
_INSIDE = (*_REFERENCES, "Qty", "UnitPrice", "BillableStatus")
_BOUGHT = {"ItemRef": "ItemBasedExpenseLineDetail", "AccountRef": "AccountBasedExpenseLineDetail"}
_LARGEST = Decimal(99_999_999_999)
_OF_ITEMS = ("ItemRef", "Qty", "UnitPrice")


def find(lines: list[Document], key: Any) -> int:
    """The place of the line with this Id; without one, of the first that has an amount. Raises Wrong."""
    for at, line in enumerate(lines):
        if (line.get("Id") == str(key)) if key is not None else ("Amount" in line):
            return at
    raise Wrong("No line of it has an amount." if key is None else f"It has no line {key}.")


def with_amount(line: Document, amount: Decimal) -> Document:
    """The line with this amount; a quantity whose rate cannot give it to the cent goes, and it is a lump sum."""
    kind = line.get("DetailType", "")
    detail = dict(line.get(kind, {}))
    if "Qty" in detail and "UnitPrice" in detail:
        rate = rate_for(amount, exact(detail["Qty"]))
        if rate is None:
            del detail["Qty"], detail["UnitPrice"]
        else:
            detail["UnitPrice"] = rate
    return {**line, "Amount": amount, **({kind: detail} if kind else {})}


def changed(line: Document, fields: Any) -> Document:
    """The line with these properties changed, wherever they stand in it; null clears one. Raises Wrong."""
    unknown = [] if isinstance(fields, dict) else ["…"]
    unknown = unknown or [name for name in fields if name not in (*_OUTSIDE, *_INSIDE)]
    if unknown:
        raise Wrong(f"{unknown[0]} is no property of a line; it is one of {', '.join((*_OUTSIDE, *_INSIDE))}.")
    line = _of_kind(line, fields)
    kind = line["DetailType"]
    detail = _put(line.get(kind, {}), {name: fields[name] for name in _INSIDE if name in fields})
    outside = {name: fields[name] for name in _OUTSIDE if name in fields and name != "Amount"}
    done = {**_put(line, outside), **({kind: detail} if detail else {})}
    if "Amount" in fields:
        return with_amount(done, decimal_of(fields["Amount"]))
    if ("Qty" in fields or "UnitPrice" in fields) and "Qty" in detail and "UnitPrice" in detail:
        del done["Amount"]
    return done


def decimal_of(value: Any) -> Decimal:
    """An amount as it was said. Raises Wrong."""
    try:
        amount = Decimal(str(value))
    except InvalidOperation:
        amount = Decimal("NaN")
    if not amount.is_finite() or abs(amount) > _LARGEST:
        raise Wrong(f"The amount is a number up to {_LARGEST:,}.")
    return amount


def _of_kind(line: Document, fields: Document) -> Document:
    """The line as one of an item or of an account, whichever it is given now."""
    kind = line["DetailType"]
    for name, wanted in _BOUGHT.items():
        if fields.get(name) and kind in _BOUGHT.values() and kind != wanted:
            left = (*_OF_ITEMS, "AccountRef")
            detail = {field: value for field, value in line[kind].items() if field not in left}
            other = {field: value for field, value in line.items() if field != kind}
            return {**other, "DetailType": wanted, wanted: detail}
    return line


def _put(into: Document, values: Document) -> Document:
    merged = {name: value for name, value in into.items() if name not in values}
    for name, value in values.items():
        if value is not None:
            merged[name] = {"value": str(value)} if name in _REFERENCES and not isinstance(value, dict) else value
    return merged
