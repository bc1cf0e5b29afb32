"""One way to write a document down, so that equal documents have equal digests."""

import hashlib
import json
from datetime import date, datetime
from decimal import Decimal
from typing import Any


def _plain(value: Any) -> str:
    if isinstance(value, Decimal | date | datetime):
        return value.isoformat() if isinstance(value, date) else str(value)
    raise TypeError(f"A document holds no {type(value).__name__}.")


def canonical(document: Any) -> str:
    """`document` as compact JSON with sorted keys; Decimals and dates as text.

    Raises:
        TypeError: the document holds something that has no exact text, such as a float or a model.
    """
    _refuse_floats(document)
    return json.dumps(document, sort_keys=True, separators=(",", ":"), ensure_ascii=False, default=_plain)


def digest(document: Any) -> str:
    """The SHA-256 of the canonical document, 64 hexadecimal digits."""
    return hashlib.sha256(canonical(document).encode()).hexdigest()


def _refuse_floats(value: Any) -> None:
    if isinstance(value, float):
        raise TypeError("A document holds no float: money is Decimal.")
    children = value.values() if isinstance(value, dict) else value if isinstance(value, list | tuple) else ()
    for child in children:
        _refuse_floats(child)
