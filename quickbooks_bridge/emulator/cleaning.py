"""From what a client sent to what may be stored: checks of one document against its table, in the documented order."""

import json
import math
from decimal import Decimal, InvalidOperation
from enum import IntEnum
from typing import Any

from . import faults
from .clock import day as calendar_day
from .entity import Entity
from .faults import Refused
from .fields import Field, Shape
from .records import Document

_LARGEST = Decimal(99_999_999_999)


class Stage(IntEnum):
    """The order in which faults are reported when a document has several; the true order is not verified."""

    UNKNOWN = 1
    REQUIRED = 2
    LENGTH = 3
    CHARACTERS = 4


class Absent(Exception):
    """The value counts as not given: null, or an empty string."""


def parse(body: bytes) -> Document:
    """The JSON object in a request body, numbers exact; 2010 when it is none."""
    try:
        given = json.loads(body, parse_float=Decimal, parse_constant=_no_constant)
    except (ValueError, RecursionError):
        raise faults.unknown_property("failed to parse json object; a property") from None
    if not isinstance(given, dict):
        raise faults.unknown_property("a json object was expected; the body")
    return given


def _no_constant(name: str) -> Any:
    raise ValueError(name)


def clean(entity: Entity, given: Document, longest: dict[str, int], must: tuple[str, ...] = ()) -> Document:
    """What of `given` may be stored: known, writable, given, and in the shape of its table. Raises the first fault.

    `longest` overrides lengths by field name (a switch); `must` names what has to be there (2020). Read-only
    properties are dropped without a word.
    """
    found: list[tuple[Stage, Refused]] = []
    known = entity.by_name
    cleaned: Document = {}
    for name, value in given.items():
        field = known.get(name)
        if field is None:
            found.append((Stage.UNKNOWN, _unrecognized(entity, name)))
        elif field.shape is not Shape.INERT and not field.read_only:
            _take(cleaned, field, value, found, longest)
    for name in must:
        if name not in cleaned and given.get(name) in (None, "", {}):
            found.append((Stage.REQUIRED, faults.missing(name)))
    if found:
        raise min(found, key=lambda one: one[0])[1]
    return cleaned


def _unrecognized(entity: Entity, name: str) -> Refused:
    known = ", ".join(f'"{field}"' for field in entity.by_name)
    count = len(entity.by_name)
    return faults.unknown_property(
        f'Unrecognized field "{name}" (class com.intuit.schema.finance.v3.{entity.name}), '
        f"not marked as ignorable ({count} known properties: {known}])\n"
    )


def _take(
    into: Document, field: Field, value: object, found: list[tuple[Stage, Refused]], longest: dict[str, int]
) -> None:
    try:
        into[field.name] = _value(field, value, longest.get(field.name, field.longest))
    except Absent:
        return
    except Refused as refused:
        found.append((_STAGES.get(refused.code, Stage.CHARACTERS), refused))


_STAGES = {"2010": Stage.UNKNOWN, "2020": Stage.REQUIRED, "2050": Stage.LENGTH}


def _value(field: Field, value: object, longest: int | None) -> object:
    if value is None or value == "":
        raise Absent
    if field.shape is Shape.TEXT:
        return _text(field, value, longest)
    return _READERS[field.shape](field, value)


def _text(field: Field, value: object, longest: int | None) -> str:
    if isinstance(value, bool) or not isinstance(value, str | int | Decimal):
        raise _mismatch(field)
    written = str(value)
    if longest is not None and len(written) > longest:
        raise faults.bad_length(field.name, longest, len(written))
    if field.choices and written not in field.choices:
        raise faults.bad_choice(field.name, written)
    _characters(field, written)
    return written


def _characters(field: Field, written: str) -> None:
    if field.forbidden and any(letter in field.forbidden or letter < " " for letter in written):
        raise faults.bad_string(field.name, "colon (:), tab (\\t) or newline (\\n)")
    if not written.isascii() and any("\ud800" <= letter <= "\udfff" for letter in written):
        raise faults.bad_string(field.name, "half of a surrogate pair")
    if field.email and not _is_email(written):
        raise faults.bad_email(field.name)


def _is_email(written: str) -> bool:
    return all(
        one.count("@") == 1 and not one.startswith("@") and not one.endswith("@") and " " not in one
        for one in written.replace(" ", "").split(",")
    )


def _flag(field: Field, value: object) -> bool:
    if isinstance(value, bool):
        return value
    if isinstance(value, str) and value.lower() in ("true", "false"):
        return value.lower() == "true"
    raise _mismatch(field)


def _number(field: Field, value: object) -> int | float:
    if isinstance(value, bool) or not isinstance(value, str | int | float | Decimal):
        raise _mismatch(field)
    try:
        exact = Decimal(value)
    except (InvalidOperation, ValueError):
        raise _mismatch(field) from None
    return plain_number(field, exact)


def plain_number(field: Field, exact: Decimal) -> int | float:
    """The JSON number of an exact value; whole ones without a point."""
    if not exact.is_finite() or abs(exact) > _LARGEST:
        raise faults.Refused("2080", "Illegal number format", f"{field.name} is out of range", field.name)
    rounded = float(exact)
    return int(exact) if exact == exact.to_integral_value() else math.copysign(rounded, rounded)


def _day(field: Field, value: object) -> str:
    found = calendar_day(value) if isinstance(value, str) else None
    if found is None:
        raise _mismatch(field)
    return found.isoformat()


def _reference(field: Field, value: object) -> Document:
    if not isinstance(value, dict):
        raise _mismatch(field)
    for name in value:
        if name not in ("value", "name", "type"):
            raise faults.unknown_property(f'Unrecognized field "{name}" (class ReferenceType)')
    key = value.get("value")
    if key is None or key == "":
        raise Absent
    if isinstance(key, bool) or not isinstance(key, str | int):
        raise _mismatch(field)
    return {"value": str(key), **({"name": value["name"]} if _keeps_name(field, value) else {})}


def _keeps_name(field: Field, value: Document) -> bool:
    return not field.targets and not field.bare and isinstance(value.get("name"), str) and value["name"] != ""


def _parts(field: Field, value: object) -> object:
    if not field.many:
        return _one_part(field, value)
    if not isinstance(value, list):
        raise _mismatch(field)
    return [_one_part(field, one) for one in value]


def _one_part(field: Field, value: object) -> Document:
    if not isinstance(value, dict):
        raise _mismatch(field)
    known = {part.name: part for part in field.parts}
    cleaned: Document = {}
    for name, inner in value.items():
        part = known.get(name)
        if part is None:
            raise faults.unknown_property(f'Unrecognized field "{name}" ({field.name})')
        if part.shape is Shape.INERT:
            continue
        try:
            cleaned[name] = _value(part, inner, part.longest)
        except Absent:
            continue
    if not cleaned and not field.many:
        raise Absent
    return cleaned


def _open(field: Field, value: object) -> object:
    if not isinstance(value, dict):
        raise _mismatch(field)
    return plain(value)


def plain(value: Any) -> Any:
    """The same value with exact numbers turned into JSON numbers and nulls left out."""
    if isinstance(value, dict):
        return {name: plain(inner) for name, inner in value.items() if inner is not None}
    if isinstance(value, list):
        return [plain(inner) for inner in value]
    return plain_number(Field("Number"), value) if isinstance(value, Decimal) else value


def _mismatch(field: Field) -> Refused:
    return faults.unknown_property(f"{field.name} is not a {field.shape.value};")


_READERS = {
    Shape.FLAG: _flag,
    Shape.NUMBER: _number,
    Shape.DAY: _day,
    Shape.REFERENCE: _reference,
    Shape.PARTS: _parts,
    Shape.OPEN: _open,
}
