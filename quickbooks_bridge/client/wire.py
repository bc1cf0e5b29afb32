"""Documents as they cross the wire: exact numbers both ways, never a float."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Final

Document = dict[str, Any]
"""A QuickBooks document as parsed: whole numbers int, all others Decimal, Ids and SyncTokens str."""


_DIGITS: Final = 100
_NEVER: Final = "\N{REPLACEMENT CHARACTER}"
_SUSPECT: Final = re.compile(r"\\u(?:0000|[dD][89a-fA-F])")
#: An escape of JSON text, so that a backslash which is escaped itself begins none; group 1 is of no whole character.
_ESCAPE: Final = re.compile(
    r"\\(?:u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}|(u0000|u[dD][89a-fA-F][0-9a-fA-F]{2})|.)"
)


class Unsendable(TypeError):
    """A payload holds something that cannot be sent exactly; names where it stands."""


class MissingDocument(LookupError):
    """An answer does not hold the document it was asked for."""


@dataclass(frozen=True)
class Answer:
    """A good answer. `elapsed_ms` is the last try's, in milliseconds; `body` is the whole envelope."""

    status: int
    intuit_tid: str
    body: Document
    elapsed_ms: int
    request_id: str = ""

    def document(self, entity: str) -> Document:
        """The one document of a read, create or update.

        Raises:
            MissingDocument: the envelope holds no such document.
        """
        found = self.body.get(entity)
        if not isinstance(found, dict):
            raise MissingDocument(f"The answer holds no {entity}.")
        return found

    def rows(self, entity: str) -> list[Document]:
        """The rows of a query, perhaps none."""
        response = self.body.get("QueryResponse")
        rows = response.get(entity) if isinstance(response, dict) else None
        return list(rows) if isinstance(rows, list) else []


def keepable(text: str) -> str:
    """The body of an answer with a replacement character for NUL and for half a character, which no database keeps.

    What a text that was cut by units of UTF-16 ends with is half a character; a gateway's error page may hold anything.
    """
    text = text.replace("\0", _NEVER)
    if not _SUSPECT.search(text):
        return text
    return _ESCAPE.sub(lambda found: "\\ufffd" if found[1] else found[0], text)


def parse(text: str) -> Any:
    """Parse JSON with Decimal for every number that is not whole.

    Raises:
        ValueError: not JSON, nested beyond reason, or NaN or Infinity, which JSON does not have.
    """
    try:
        return json.loads(text, parse_float=Decimal, parse_constant=_refuse_constant)
    except RecursionError:
        raise ValueError("It is nested beyond reason.") from None


def _refuse_constant(name: str) -> None:
    raise ValueError(f"{name} is not a number.")


def serialise(value: object, where: str = "payload") -> str:
    """Compact JSON in which a Decimal is a number with exactly its own digits.

    Raises:
        Unsendable: a float, a NaN, or a type that JSON does not have. Dates are text before they come here.
    """
    if isinstance(value, Mapping):
        return "{" + ",".join(_member(name, each, where) for name, each in value.items()) + "}"
    if isinstance(value, (list, tuple)):
        return "[" + ",".join(serialise(each, f"{where}[{at}]") for at, each in enumerate(value)) + "]"
    if isinstance(value, Decimal):
        return _number(value, where)
    if value is None or isinstance(value, (str, bool, int)):
        return json.dumps(value)
    raise Unsendable(f"{where} is a {type(value).__name__}, which cannot be sent exactly.")


def _member(name: object, value: object, where: str) -> str:
    if not isinstance(name, str):
        raise Unsendable(f"{where} has a key that is not text: {name!r}.")
    return f"{json.dumps(name)}:{serialise(value, f'{where}.{name}')}"


def _number(value: Decimal, where: str) -> str:
    if not value.is_finite():
        raise Unsendable(f"{where} is {value}, which is not an amount.")
    # Written out, a number of a few characters could fill the memory: what is far beyond any amount keeps its exponent.
    return format(value, "f") if abs(value.adjusted()) < _DIGITS else str(value)
