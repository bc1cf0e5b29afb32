"""The query language: a small parser into a Query, and its answer from one company's books."""

import re
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from functools import lru_cache
from typing import Any

from . import faults
from .books import Books
from .clock import instant
from .entity import Entity
from .fields import Field, Shape
from .records import Record
from .tables import PATHS

LARGEST_PAGE = 1000
_TOKEN = re.compile(
    r"""\s*(?:(?P<string>'(?:[^'\\]|\\.)*')|(?P<word>[A-Za-z_][A-Za-z0-9_.]*)|(?P<number>-?\d+(?:\.\d+)?)"""
    r"""|(?P<sign><=|>=|!=|[=<>(),*]))""",
    re.DOTALL,
)
_KEYWORDS = {"select", "from", "where", "and", "order", "orderby", "by", "startposition", "maxresults", "in", "like"}


@dataclass(frozen=True)
class Token:
    """One word of a query: its kind, its text, and the column it begins at (from 1)."""

    kind: str
    text: str
    column: int

    def says(self, keyword: str) -> bool:
        """Whether it is this keyword, in any case."""
        return self.kind == "word" and self.text.lower() == keyword


@dataclass(frozen=True)
class Condition:
    """property operator value(s)."""

    name: str
    operator: str
    values: tuple[str, ...]


@dataclass
class Query:
    """What was asked."""

    entity: Entity
    selected: list[str]
    counts: bool = False
    conditions: list[Condition] = field(default_factory=list)
    order: list[tuple[str, bool]] = field(default_factory=list)
    start: int = 1
    most: int = 100


def tokens(text: str) -> list[Token]:
    """The words of a query; 4000 at the first thing that is none."""
    found, at = [], 0
    stripped = text.rstrip().removesuffix(";").rstrip()
    while at < len(stripped):
        match = _TOKEN.match(stripped, at)
        if match is None:
            raise faults.unparsed_query(f'Encountered "{stripped[at : at + 10]}" at line 1, column {at + 1}')
        kind = str(match.lastgroup)
        found.append(Token(kind, match.group(kind), match.start(kind) + 1))
        at = match.end()
    return found


class Parser:
    """One pass over the words, left to right. Raises 4000 for grammar and 4001 for what does not exist."""

    def __init__(self, text: str) -> None:
        self._tokens = tokens(text)
        self._end = Token("end", "<EOF>", len(text) + 1)
        self._at = 0

    def parse(self) -> Query:
        """The whole query."""
        self._expect("select")
        selected = self._selection()
        self._expect("from")
        name = self._take("word").text
        entity = PATHS.get(name.lower())
        if entity is None:
            raise faults.invalid_query(f"invalid context declaration: {name}")
        query = Query(entity, [one for one in selected if one not in ("*", "count(*)")], "count(*)" in selected)
        while self._peek() is not self._end:
            self._clause(query)
        _validate(query)
        if "*" in selected:
            query.selected = []
        return query

    def _clause(self, query: Query) -> None:
        word = self._peek()
        clauses: dict[str, Callable[[Query], None]] = {
            "where": self._where,
            "orderby": self._order,
            "order": self._order_by,
            "startposition": self._start,
            "maxresults": self._most,
        }
        clause = clauses.get(word.text.lower()) if word.kind == "word" else None
        if clause is None:
            raise self._unexpected(word)
        self._at += 1
        clause(query)

    def _selection(self) -> list[str]:
        chosen = []
        while True:
            word = self._next()
            if word.says("count") and self._peek().text == "(":
                for sign in ("(", "*", ")"):
                    self._sign(sign)
                chosen.append("count(*)")
            elif word.text == "*" or (word.kind == "word" and word.text.lower() not in _KEYWORDS):
                chosen.append(word.text)
            else:
                raise self._unexpected(word)
            if self._peek().text != ",":
                return chosen
            self._at += 1

    def _where(self, query: Query) -> None:
        query.conditions.append(self._condition())
        while self._peek().says("and"):
            self._at += 1
            query.conditions.append(self._condition())

    def _condition(self) -> Condition:
        name = self._take("word").text
        word = self._next()
        if word.text in ("=", "<", ">", "<=", ">=", "!="):
            return Condition(name, word.text, (self._value(),))
        if word.says("like"):
            return Condition(name, "like", (self._value(),))
        if word.says("in"):
            return Condition(name, "in", self._values())
        raise self._unexpected(word)

    def _values(self) -> tuple[str, ...]:
        self._sign("(")
        values = [self._value()]
        while self._peek().text == ",":
            self._at += 1
            values.append(self._value())
        self._sign(")")
        return tuple(values)

    def _value(self) -> str:
        word = self._next()
        if word.kind == "string":
            return re.sub(r"\\(.)", r"\1", word.text[1:-1], flags=re.DOTALL)
        if word.kind == "number" or word.says("true") or word.says("false"):
            return word.text
        raise self._unexpected(word)

    def _order_by(self, query: Query) -> None:
        self._expect("by")
        self._order(query)

    def _order(self, query: Query) -> None:
        while True:
            name = self._take("word").text
            descending = self._peek().says("desc")
            if descending or self._peek().says("asc"):
                self._at += 1
            query.order.append((name, descending))
            if self._peek().text != ",":
                return
            self._at += 1

    def _start(self, query: Query) -> None:
        query.start = self._position()

    def _most(self, query: Query) -> None:
        query.most = self._position()

    def _position(self) -> int:
        word = self._take("number")
        if "." in word.text:
            raise self._unexpected(word)
        return int(word.text)

    def _peek(self) -> Token:
        return self._tokens[self._at] if self._at < len(self._tokens) else self._end

    def _next(self) -> Token:
        word = self._peek()
        self._at += 1
        return word

    def _take(self, kind: str) -> Token:
        word = self._next()
        if word.kind != kind or word.text.lower() in _KEYWORDS:
            raise self._unexpected(word)
        return word

    def _expect(self, keyword: str) -> None:
        word = self._next()
        if not word.says(keyword):
            raise self._unexpected(word)

    def _sign(self, sign: str) -> None:
        word = self._next()
        if word.text != sign:
            raise self._unexpected(word)

    def _unexpected(self, word: Token) -> faults.Refused:
        kind = "<EOF>" if word is self._end else f'<{word.kind.upper()}> "{word.text} "'
        return faults.unparsed_query(f'Encountered " {kind}" at line 1, column {word.column}')


_SYSTEM = ("Id", "SyncToken", "MetaData", "MetaData.CreateTime", "MetaData.LastUpdatedTime", "sparse", "domain")


def _validate(query: Query) -> None:
    """4001 for what a well-formed query may not ask; properties, in whatever case they came, get their own spelling."""
    entity = query.entity
    query.selected = [_known(entity, name) for name in query.selected]
    query.conditions = [replace(one, name=_known(entity, one.name)) for one in query.conditions]
    query.order = [(_known(entity, name), descending) for name, descending in query.order]
    for position in (query.start, query.most):
        if position < 1:
            raise faults.invalid_query(f"value {position} is too small. Min allowed value is 1")


def _known(entity: Entity, name: str) -> str:
    """The property as it is spelt. Raises 4001 unless it exists and may be queried: single values and references."""
    for own in (*_SYSTEM, *entity.queried_inside):
        if own.lower() == name.lower():
            return own
    head, _, tail = name.partition(".")
    found = entity.by_name.get(head) or _in_any_case(entity.fields, head)
    if found is None or found.shape is Shape.INERT or found.name in entity.unqueried:
        raise faults.invalid_query(f"Property {name} not found for Entity {entity.name}")
    inside = _in_any_case(found.parts, tail)
    if tail and inside is None:
        raise faults.invalid_query(f"Property {name} not found for Entity {entity.name}")
    return f"{found.name}.{inside.name}" if inside else found.name


def _in_any_case(fields: tuple[Field, ...], name: str) -> Field | None:
    return next((field for field in fields if field.name.lower() == name.lower()), None)


def _read(record: Record, name: str) -> Any:
    value: Any = record.document
    for step in name.split("."):
        value = value.get(step) if isinstance(value, dict) else None
    return value["value"] if isinstance(value, dict) and "value" in value else value


def _ordered(value: Any, name: str) -> tuple[int, Any]:
    """A key by which values compare: nothing first, then numbers, then text; times as instants, ids as numbers."""
    if value is None:
        return 0, 0
    if isinstance(value, bool):
        return 1, int(value)
    if isinstance(value, int | float):
        return 1, value
    if name.startswith("MetaData."):
        moment = instant(value)
        return (1, moment) if moment is not None else (2, value)
    if name == "Id" and value.isdigit():
        return 1, int(value)
    return 2, value.casefold() if isinstance(value, str) else str(value)


def _wanted(value: Any, name: str, given: str) -> tuple[int, Any]:
    if isinstance(value, bool):
        return 1, int(given.lower() == "true")
    if isinstance(value, int | float):
        try:
            return 1, float(given)
        except ValueError:
            return 2, given
    return _ordered(given, name)


@lru_cache(maxsize=1024)
def _like(pattern: str) -> re.Pattern[str]:
    return re.compile("".join(".*" if c == "%" else re.escape(c) for c in pattern), re.IGNORECASE | re.DOTALL)


def _equal(value: Any, name: str, given: str) -> bool:
    return value is not None and _ordered(value, name) == _wanted(value, name, given)


_COMPARED: dict[str, Callable[[Any, Any], bool]] = {
    "<": lambda left, right: left < right,
    ">": lambda left, right: left > right,
    "<=": lambda left, right: left <= right,
    ">=": lambda left, right: left >= right,
}


def _in_list(record: Record, name: str) -> list[Any]:
    """What stands under this name in each row of a list of the record."""
    head, *rest = name.split(".")
    found = []
    for row in record.document.get(head, []):
        value: Any = row
        for step in rest:
            value = value.get(step) if isinstance(value, dict) else None
        found.append(value)
    return found


def _holds(record: Record, condition: Condition, inside: tuple[str, ...] = ()) -> bool:
    if condition.name in inside:
        return any(_agrees(record, value, condition) for value in _in_list(record, condition.name))
    return _agrees(record, _read(record, condition.name), condition)


def _agrees(record: Record, value: Any, condition: Condition) -> bool:
    name = condition.name
    given = condition.values[0]
    if condition.operator == "in":
        return value in condition.values or any(_equal(value, name, one) for one in condition.values)
    if condition.operator == "like":
        return isinstance(value, str) and _like(given).fullmatch(value) is not None
    if condition.operator == "=":
        return _equal(value, name, given)
    if condition.operator == "!=":
        return not _equal(value, name, given)
    # Kept beside the document, since a long list is asked for by it page after page.
    left = (1, record.updated) if name == "MetaData.LastUpdatedTime" else _ordered(value, name)
    right = _wanted(value, name, given)
    return value is not None and left[0] == right[0] and _COMPARED[condition.operator](left[1], right[1])


@dataclass(frozen=True)
class Page:
    """What a query found: the records of the page, how many there are in all, and where the page begins."""

    query: Query
    records: list[Record]
    total: int


def _candidates(books: Books, query: Query) -> list[Record]:
    for condition in query.conditions:
        if condition.operator == "=" and condition.name == "Id":
            record = books.find(query.entity, condition.values[0])
            return [record] if record is not None else []
        if condition.operator == "in" and condition.name == "Id":
            found_ids = [books.find(query.entity, one) for one in dict.fromkeys(condition.values)]
            return [record for record in found_ids if record is not None]
        if condition.operator == "=" and condition.name == "DocNumber":
            return books.with_number(query.entity.name, condition.values[0])
        if condition.operator == "=" and condition.name == query.entity.name_field:
            found = books.named(query.entity, condition.values[0])
            if found is not None:
                return found
    return list(books.records[query.entity.name].values())


def run(books: Books, text: str) -> Page:
    """Answer a query. Raises 4000 and 4001.

    The American pseudo tax codes (TAX, NON, CustomSalesTax) come before the first page, whatever its size.
    """
    query = Parser(text).parse()
    if query.most > LARGEST_PAGE:
        if books.around.switches["max_results_over_1000"] == "fault":
            raise faults.invalid_query(f"value {query.most} is too large. Max allowed value is {LARGEST_PAGE}")
        query.most = LARGEST_PAGE
    inside = query.entity.queried_inside
    rows = [r for r in _candidates(books, query) if all(_holds(r, c, inside) for c in query.conditions)]
    if query.entity.has_active and not any(c.name == "Active" for c in query.conditions):
        rows = [r for r in rows if r.document["Active"]]
    if not query.counts:
        _sort(books, query, rows)
    # As recorded: TAX, NON, CustomSalesTax.
    pseudo = sorted((r for r in rows if not r.document["Id"].isdigit()), key=lambda r: r.document["Id"], reverse=True)
    counted = [row for row in rows if row.document["Id"].isdigit()] if pseudo else rows
    page = counted[query.start - 1 : query.start - 1 + query.most]
    # On no later page: a client that reads on until nothing comes would never end.
    return Page(query, [*(pseudo if query.start == 1 else []), *page], len(rows))


def _sort(books: Books, query: Query, rows: list[Record]) -> None:
    shown = query.entity.name_field
    if books.around.switches["default_query_order"] == "name" and shown and not query.order:
        rows.sort(key=lambda record: str(record.document.get("FullyQualifiedName") or record.document.get(shown, "")))
    else:
        rows.sort(key=lambda record: _id(record))
    for name, descending in reversed(query.order):
        rows.sort(key=lambda record, name=name: _ordered(_read(record, name), name), reverse=descending)  # type: ignore[misc]


def _id(record: Record) -> tuple[int, str]:
    key = str(record.document["Id"])
    return (int(key), "") if key.isdigit() else (0, key)
