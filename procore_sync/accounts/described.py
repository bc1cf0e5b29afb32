"""Whatever a request says is heard or refused: a name that the API's description does not have is never dropped."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from functools import cache
from operator import eq
from threading import Lock
from typing import Any

from django.utils.datastructures import MultiValueDict
from django.utils.dateparse import parse_date
from drf_spectacular.generators import SchemaGenerator
from drf_spectacular.plumbing import ComponentRegistry, force_instance
from rest_framework import serializers
from rest_framework.exceptions import UnsupportedMediaType
from rest_framework.renderers import JSONRenderer
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from procore_sync.kit.days import why_unlikely
from procore_sync.kit.ticks import RowNumbers

MOST_SENTENCES = 20
LONGEST_SHOWN = 60
#: Of a list that names no limit: ten times the lines of the longest commitment. Reading more holds a process for long.
MOST_ROWS = 5000
#: What tells the rows of a list apart, where the API gives a list.
_IDENTITIES = ("id", "number", "key")
_YES_OR_NO = ("true", "false", "1", "0")
#: No id is longer, and no database takes a greater one.
_DIGITS = 18

#: A view class shares what describes it with all threads.
_ONE_AT_A_TIME = Lock()

Same = Callable[[Any, Any], bool]


@dataclass(frozen=True)
class Described:
    """What an operation takes, as its description says: parameters of the query, and the shape of its body."""

    query: Mapping[str, Mapping[str, Any]]
    body: serializers.BaseSerializer[Any] | None


class AsDescribed(APIView):
    """Views whose requests may say only what the API's description says that they may."""

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        """After the person is known and within their limits: refuse a query that would not be heard."""
        super().initial(request, *args, **kwargs)
        if found := _described(request):
            require_known_query(request, found.query)

    def require_known_body(self, request: Request) -> None:
        """Refuse a body that would not be heard.

        Raises:
            ValidationError: it has a name that is not known here, or one that stands otherwise and cannot be changed.
        """
        if (found := _described(request)) is None:
            return
        try:
            given = request.data
        except UnsupportedMediaType:
            if found.body is None:
                raise
            # The operation reads it, and so says the same, but to whoever may do it.
            return
        strange = _twice(given) or _strange_in(found.body, given, {}, eq)
        if strange and request.method in ("PUT", "PATCH"):
            stands = self._stands(request)
            strange = _strange_in(found.body, given, stands, _sameness(given, stands))
        if strange:
            raise serializers.ValidationError(strange)

    def _stands(self, request: Request) -> Any:
        """What GET says at this address, or nothing."""
        reading = getattr(self, "action_map", {}).get("get")
        answer = getattr(self, reading)(request, *self.args, **self.kwargs) if reading else None
        return json.loads(JSONRenderer().render(answer.data)) if isinstance(answer, Response) else {}


def require_known_query(request: Request, known: Mapping[str, Mapping[str, Any]]) -> None:
    """Refuse what the query names and nobody would hear.

    Raises:
        ValidationError: a parameter is not known here, is there twice, or is not of its kind.
    """
    strange: dict[str, list[str]] = {}
    for name, values in list(request.query_params.lists())[:MOST_SENTENCES]:
        if name not in known:
            strange[name] = [_unknown(name, known)]
        elif len(values) > 1:
            strange[name] = ["It is there twice; which is meant?"]
        elif values[0] and (said := _not_of_its_kind(values[0], known[name])):
            strange[name] = [said]
    if strange:
        raise serializers.ValidationError(strange)


def _not_of_its_kind(value: str, kind: Mapping[str, Any]) -> str:
    if kind.get("type") == "integer":
        return _not_a_number(value, kind)
    if kind.get("type") == "boolean" and value not in _YES_OR_NO:
        return "Say true or false."
    if "enum" in kind and value not in kind["enum"]:
        return f"Say one of {', '.join(map(str, kind['enum']))}."
    return ""


def _not_a_number(value: str, kind: Mapping[str, Any]) -> str:
    if not (value.isascii() and value.isdigit() and len(value) <= _DIGITS):
        return "Give a number, for example the id of a record."
    least, most = kind.get("minimum", 0), kind.get("maximum", int(value))
    return "" if least <= int(value) <= most else f"Give a number from {least} to {most}."


def _described(request: Request) -> Described | None:
    """What the operation that was asked for takes; nothing of one that there is not."""
    method = "GET" if request.method == "HEAD" else str(request.method)
    callback: Any = getattr(request.resolver_match, "func", None)
    return operation_of(callback, method) if method.lower() in getattr(callback, "actions", {}) else None


@cache
def operation_of(callback: Any, method: str) -> Described:
    """What the operation `method` of the route `callback` takes, as the API's description says it."""
    with _ONE_AT_A_TIME:
        return _told(callback, method)


def _told(callback: Any, method: str) -> Described:
    # The generator holds what the view has only weak references to.
    generator = SchemaGenerator()  # type: ignore[no-untyped-call]
    view: Any = generator.create_view(callback, method)  # type: ignore[no-untyped-call]
    told = view.schema.get_operation("/", "/", "/", method, ComponentRegistry())
    query = {one["name"]: one["schema"] for one in told.get("parameters", []) if one["in"] == "query"}
    shape = view.schema.get_request_serializer() if "requestBody" in told else None
    if isinstance(shape, dict):
        (shape,) = shape.values()
    return Described(query, force_instance(shape))  # type: ignore[no-untyped-call]


def _twice(given: Any) -> dict[str, list[str]]:
    """What a form gives more than once, a second file for example; JSON is asked at its reading."""
    if not isinstance(given, MultiValueDict):
        return {}
    return {name: ["It is there twice; which is meant?"] for name, values in given.lists() if len(values) > 1}


def _strange_in(shape: Any, given: Any, stands: Any, same: Same) -> dict[str, list[str]]:
    if shape is None:
        names = given if isinstance(given, Mapping) else ["non_field_errors"] if given else []
        return {str(name): ["This takes no body. Leave it out."] for name in list(names)[:MOST_SENTENCES]}
    if not isinstance(given, Mapping) or not isinstance(shape, serializers.Serializer):
        return {}
    found: dict[str, list[str]] = {}
    for name, value in given.items():
        field = shape.fields.get(name)
        there = stands.get(name) if isinstance(stands, Mapping) else stands
        if field is None or field.read_only:
            sentences = _why_not(name, value, shape, stands, same)
        else:
            sentences = _within(field, value, there, same)
        if sentences:
            found[name] = sentences
        if len(found) == MOST_SENTENCES:
            break
    return found


def _why_not(name: str, value: Any, shape: serializers.Serializer[Any], stands: Any, same: Same) -> list[str]:
    if isinstance(stands, Mapping) and name in stands:
        said = "It cannot be changed here, and is not what stands. Leave it out, or read anew."
        return [] if same(value, stands[name]) else [said]
    if name in shape.fields:
        return ["It is the console's to say. Leave it out."]
    return [_unknown(name, [one for one, field in shape.fields.items() if not field.read_only])]


def _within(field: Any, value: Any, stands: Any, same: Same) -> list[str]:
    """The sentences to what stands within `value`, each beginning with where."""
    if isinstance(value, list) and len(value) > (most := getattr(field, "max_length", None) or MOST_ROWS):
        return [f"These are {len(value):,}, and {most:,} is the most. Send them in parts."]
    if isinstance(field, serializers.ListSerializer) and isinstance(value, list):
        rows = enumerate(value, start=1)
        said = (f"no. {place}: {one}" for place, row in rows for one in _in_row(field.child, row, stands, same))
        return [one for one, _ in zip(said, range(MOST_SENTENCES), strict=False)]
    if isinstance(field, serializers.Serializer):
        return _flat(_strange_in(field, value, stands, same))
    if isinstance(field, RowNumbers):
        return []
    if isinstance(field, serializers.ListField | serializers.DictField) and isinstance(value, list | dict):
        found = list(enumerate(value, start=1)) if isinstance(value, list) else list(value.items())
        inner = (f"{_place(name)}: {one}" for name, row in found for one in _within(field.child, row, None, same))
        return [one for one, _ in zip(inner, range(MOST_SENTENCES), strict=False)]
    return _not_as_told(field, value)


def _place(name: int | str) -> str:
    return f"no. {name}" if isinstance(name, int) else name[:LONGEST_SHOWN]


def _not_as_told(field: Any, value: Any) -> list[str]:
    """What the framework would take for something else than was said, or for what nobody can have meant."""
    if isinstance(field, serializers.CharField) and not isinstance(value, str | None):
        # As a text, 01 would be 1 and true would be True.
        return [] if isinstance(value, dict | list) else ["Give a text, in quotes."]
    if isinstance(field, serializers.IntegerField):
        return _beyond_all(value)
    if isinstance(field, serializers.DateField) and isinstance(value, str):
        return _unlikely(value)
    return []


def _unlikely(text: str) -> list[str]:
    try:
        day = parse_date(text.strip())
    except ValueError:
        return []
    said = why_unlikely(day) if day else ""
    return [said] if said else []


def _beyond_all(value: Any) -> list[str]:
    if not isinstance(value, int | str):
        return []
    if isinstance(value, int):
        small = abs(value) < 10**_DIGITS
    else:
        digits = value.strip().lstrip("-+0")
        small = len(digits) <= _DIGITS or not digits.isdecimal()
    return [] if small else ["Nothing here has so great a number. Give it anew."]


def _in_row(shape: Any, row: Any, stands: Any, same: Same) -> list[str]:
    return _flat(_strange_in(shape, row, _row_like(row, stands), same))


def _flat(strange: Mapping[str, Iterable[str]]) -> list[str]:
    return [f"{name[:LONGEST_SHOWN]}: {said}" for name, sentences in strange.items() for said in sentences]


def _row_like(row: Any, stands: Any) -> Any:
    identity = next((one for one in _IDENTITIES if isinstance(row, Mapping) and one in row), None)
    if identity is None or not isinstance(stands, list):
        return {}
    return next((one for one in stands if isinstance(one, Mapping) and one.get(identity) == row[identity]), {})


def _sameness(given: Any, stands: Any) -> Same:
    """How what was sent back is compared. Of an edition that is past, the operation says that somebody was faster."""
    both = isinstance(given, Mapping) and isinstance(stands, Mapping) and "edition" in given and "edition" in stands
    return (lambda _one, _other: True) if both and given["edition"] != stands["edition"] else eq


def _unknown(name: str, known: Iterable[str]) -> str:
    names = list(known)
    near = get_close_matches(name[:LONGEST_SHOWN], names, n=1)
    if near:
        return f"This is not known here. Did you mean {near[0]}?"
    return (
        f"This is not known here. There are {', '.join(names)}." if names else "This is not known here. Leave it out."
    )
