"""Amounts: exact inside, JSON numbers outside."""

from decimal import ROUND_HALF_UP, Decimal
from typing import Any

CENT = Decimal("0.01")


def exact(value: Any) -> Decimal:
    """A JSON number as the Decimal it shows."""
    return Decimal(str(value))


def cents(value: Decimal) -> Decimal:
    """Half up to the cent."""
    return value.quantize(CENT, ROUND_HALF_UP)


def told(value: Decimal) -> int | float:
    """The JSON number of an amount."""
    return int(value) if value == value.to_integral_value() else float(value)
