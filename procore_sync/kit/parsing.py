"""How the body of a request is read, for the API."""

from __future__ import annotations

import codecs
import json
import math
from collections.abc import Mapping
from decimal import Decimal
from typing import IO, Any

from rest_framework.exceptions import ParseError
from rest_framework.parsers import JSONParser, get_encoding  # type: ignore[attr-defined]  # its stubs lack it
from rest_framework.utils.json import strict_constant

DEEPEST = 100
_OUT_OF_RANGE = "JSON parse error - a number is out of range."
_TOO_DEEP = f"JSON parse error - lists and objects may stand in each other {DEEPEST} deep; this goes deeper."


class PlainJSON(JSONParser):
    """JSON that has one meaning, and that can be kept and answered as it came."""

    def parse(
        self, stream: IO[Any], media_type: str | None = None, parser_context: Mapping[str, Any] | None = None
    ) -> Any:
        """What the body says.

        Raises:
            ParseError: it is no JSON, names something twice, goes too deep, or has a text or number that is none.
        """
        encoding = get_encoding(parser_context or {})
        try:
            text = codecs.getreader(encoding)(stream).read()
            found = json.loads(text, parse_constant=strict_constant, parse_float=_exact, object_pairs_hook=_named_once)
            _check(found)
        except RecursionError as error:
            raise ParseError(_TOO_DEEP) from error
        except ValueError as error:
            raise ParseError(f"JSON parse error - {error}") from error
        return found


def _named_once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for name, value in pairs:
        if name in found:
            raise ParseError(f"JSON parse error - an object has the name {json.dumps(name)} twice; which is meant?")
        found[name] = value
    return found


def _exact(text: str) -> Decimal:
    # A float would have lost what stands behind its 15th digit, and nobody would be told.
    try:
        number = Decimal(text)
    except ArithmeticError as error:
        raise ParseError(_OUT_OF_RANGE) from error
    if not math.isfinite(float(number)):
        raise ParseError(_OUT_OF_RANGE)
    return number


def _check(found: Any) -> None:
    waiting = [(found, 1)]
    while waiting:
        one, depth = waiting.pop()
        if isinstance(one, str):
            _check_text(one)
        elif isinstance(one, dict | list):
            if depth > DEEPEST:
                raise ParseError(_TOO_DEEP)
            inner = [*one, *one.values()] if isinstance(one, dict) else one
            waiting.extend((each, depth + 1) for each in inner)


def _check_text(text: str) -> None:
    # Neither the database nor the answer can hold these, and a refusal often repeats what it refuses.
    if "\0" in text:
        raise ParseError("JSON parse error - a text contains the character NUL (\\u0000), which cannot be kept.")
    try:
        text.encode()
    except UnicodeEncodeError as error:
        raise ParseError("JSON parse error - a text contains half a character (a lone surrogate).") from error
