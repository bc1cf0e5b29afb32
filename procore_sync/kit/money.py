"""Money is Decimal with two places, always."""

from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from django.db import models
from django.db.backends.base.base import BaseDatabaseWrapper

CENT = Decimal("0.01")


def money(value: Decimal | int | str) -> Decimal:
    """`value` as a Decimal of two places, half a cent rounded up (away from zero).

    Raises:
        TypeError: a float was given; a float has already lost the cent.
        decimal.InvalidOperation: the text is not a number.
    """
    if isinstance(value, float):
        raise TypeError("Money is never a float: give a Decimal, an int or a text.")
    return Decimal(value).quantize(CENT, rounding=ROUND_HALF_UP)


class MoneyField(models.DecimalField):  # type: ignore[type-arg]
    """A column of money: 14 digits, two of them cents; and what a database adds up of such columns."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **{**kwargs, "max_digits": 14, "decimal_places": 2})

    def get_db_converters(self, connection: BaseDatabaseWrapper) -> list[Any]:
        """SQLite adds floats, of which 0.82 may come to 0.819999999999999; PostgreSQL is exact."""
        return [_to_the_cent] if connection.vendor == "sqlite" else []


def _to_the_cent(value: Decimal | None, expression: Any, connection: BaseDatabaseWrapper) -> Decimal | None:
    return value if value is None else money(value)
