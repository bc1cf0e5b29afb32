"""The rows that somebody ticked in a form, or named to the API."""

from collections.abc import Iterable
from typing import Any

from rest_framework import serializers

#: No database gives a row a number as long as this, or a greater one.
_TOO_LONG = 19
_GREATEST = 2**63 - 1


class RowNumbers(serializers.ListField):
    """A field of the API: rows by their ids. A number that no row can have names none, as one that no row has."""

    child = serializers.IntegerField()

    def to_internal_value(self, data: Any) -> list[int]:
        """The numbers that a database can look for; too many are not read.

        Raises:
            ValidationError: there are more than the field takes, or one is no number.
        """
        if isinstance(data, list) and self.max_length is not None and len(data) > self.max_length:
            raise serializers.ValidationError(self.error_messages["max_length"].format(max_length=self.max_length))
        return [number for number in super().to_internal_value(data) if 0 <= number <= _GREATEST]


def row_numbers(ticked: Iterable[str]) -> list[int]:
    """The numbers of rows that a form named; what is no number, or too long for one, names none."""
    return [int(one) for one in ticked if one.isascii() and one.isdecimal() and len(one) < _TOO_LONG]
