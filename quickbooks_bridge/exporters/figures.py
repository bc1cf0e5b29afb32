"""Amounts, quantities and rates of documents: text in a payload, numbers on the wire, one way to write them here."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from decimal import Decimal, InvalidOperation

from procore_sync.kit.money import money
from procore_sync.kit.shown import day
from quickbooks_bridge.exporters.base import Document
from quickbooks_bridge.exporters.keys import key_in

_NUMBERS = ("Amount", "Qty", "UnitPrice")
_DAYS = ("TxnDate", "DueDate")


def exact(value: object) -> Decimal:
    """A number of a payload, which is text, or of QuickBooks, which is not."""
    return Decimal(str(value)) if value not in ("", None) else Decimal(0)


def net_total(remote: Document) -> Decimal:
    """What the lines come to as QuickBooks counts them, without tax: so it tells their amounts also of a document that
    shows them with it.
    """
    return money(exact(remote.get("TotalAmt")) - exact((remote.get("TxnTaxDetail") or {}).get("TotalTax")))


def sum_of(lines: Iterable[Document]) -> Decimal:
    """What lines come to; a discount takes away."""
    return money(sum((_counted(line) for line in lines), Decimal(0)))


def _counted(line: Document) -> Decimal:
    amount = exact(line.get("Amount"))
    return -amount if line.get("DetailType") == "DiscountLineDetail" else amount


def as_numbers(payload: Document) -> Document:
    """`payload` for the wire: amounts, quantities and rates as the numbers that their texts say."""
    return {**payload, "Line": [_numbers(line) for line in payload["Line"]]} if "Line" in payload else payload


def _numbers(part: Document) -> Document:
    found: Document = {}
    for name, value in part.items():
        if isinstance(value, dict):
            found[name] = _numbers(value)
        else:
            found[name] = Decimal(value) if name in _NUMBERS and isinstance(value, str) else value
    return found


def written(path: str, value: object) -> str:
    """A value in one way, whoever wrote it: amounts to the cent, other numbers without idle zeros."""
    if path not in _NUMBERS:
        return "" if value is None else str(value)
    if value in ("", None):
        return ""
    return str(money(exact(value))) if path == "Amount" else f"{exact(value).normalize():f}"


def rate_of(value: str) -> str:
    """A rate with at least its cents."""
    rate = exact(value)
    return str(money(rate)) if money(rate) == rate else f"{rate.normalize():f}"


def shown(path: str, value: str) -> str:
    """What a path of a document says, for people: days; figures with their thousands, all but quantities with cents.

    Of a line as a whole it is the amount, or words that say what became of it.
    """
    name = path.rpartition(".")[2]
    if name not in (*_DAYS, *_NUMBERS, "TotalAmt", "Balance") and path != f"Line.{key_in(f'{path}.')}":
        return value
    try:
        if name in _DAYS:
            return day(date.fromisoformat(value)) if value else value
        return f"{Decimal(written(name, value) if name == 'Qty' else rate_of(value)):,f}" if value else value
    except (InvalidOperation, ValueError):
        return value


def changed(label: str, before: str, after: str) -> str:
    """One value that was changed, for a sentence."""
    was, is_now = (f"“{value}”" if value else "nothing" for value in (before, after))
    return f"{label} from {was} to {is_now}"
