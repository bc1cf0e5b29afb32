"""The key of a line: in brackets at the beginning of its description, for people and for us (ADR 14)."""

from __future__ import annotations

import re
from collections.abc import Mapping
from decimal import Decimal

from quickbooks_bridge.exporters.base import Document

#: What a line bills is known as in the order ("3", "C2.1"), a change of a budget as "M3.1"; see bills.py for "R1".
_ANY = r"(?:[CM]\d+\.)?\d+|R\d"
#: How a description begins that carries a key, as a database looks for it.
BEGINS = rf"^\[({_ANY})\]"
_KEY = re.compile(rf"\[({_ANY})\](?:\s+|$)")
_PATH = re.compile(rf"Line\.({_ANY})\.")

WITHHELD, RELEASED = "R1", "R2"


def described(key: str, text: str) -> str:
    """The description of a line in QuickBooks."""
    return f"[{key}] {text}".rstrip()


def key_of(line: Document) -> str:
    """The key at the beginning of a line's description; "" for a line that is not ours."""
    found = _KEY.match(str(line.get("Description", "")))
    return found[1] if found else ""


def text_of(line: Document) -> str:
    """The description of a line without its key."""
    return _KEY.sub("", str(line.get("Description", "")), count=1)


def key_in(path: str) -> str:
    """The key of the line that a path of `owned` is about; "" for what is not a line's."""
    found = _PATH.match(path)
    return found[1] if found else ""


def is_whole(seen: Mapping[str, str], *, of_bill: bool = False) -> bool:
    """Whether no line of the record's own is known; change orders are added to such an order, with keys.

    What a bill bills of a change order is a line of its own.
    """
    return not any((key := key_in(path)) and (of_bill or not key.startswith("C")) for path in seen)


def seen_amount(seen: Mapping[str, str]) -> Decimal:
    """What all lines come to that are known."""
    amounts = (value for path, value in seen.items() if key_in(path) and path.endswith(".Amount"))
    return sum((Decimal(value or 0) for value in amounts), Decimal(0))
