"""The rows that somebody ticked in a form."""

from collections.abc import Iterable

#: No database gives a row a number as long as this.
_TOO_LONG = 19


def row_numbers(ticked: Iterable[str]) -> list[int]:
    """The numbers of rows that a form named; what is no number, or too long for one, names none."""
    return [int(one) for one in ticked if one.isascii() and one.isdecimal() and len(one) < _TOO_LONG]
