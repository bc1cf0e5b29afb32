"""What differs between a document as we saw it last and as QuickBooks holds it now. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from quickbooks_bridge.exporters.base import MARKED_IN, Document, Exporter, Field, flat
from quickbooks_bridge.exporters.bills import BillExporter
from quickbooks_bridge.exporters.figures import net_total
from quickbooks_bridge.exporters.keys import is_whole, key_in, key_of
from quickbooks_bridge.exporters.lines import LineExporter, lines_in
from quickbooks_bridge.exporters.marks import mark

CLOSED = "Closed"


@dataclass(frozen=True)
class Value:
    """One value of ours that QuickBooks holds otherwise. `refers_to` names the entity whose ids the two are."""

    name: str
    label: str
    ours: str
    theirs: str
    refers_to: str = ""

    @property
    def key(self) -> str:
        """The key of the line it is of; "" for what is not a line's."""
        return key_in(f"{self.name}.")


@dataclass(frozen=True)
class Sent:
    """What we sent of a record, in all its postings: only that is ours to watch.

    `paths` are those of the document, `optional` what was sent last by (key, path) of values of lines that not every
    line has.
    """

    paths: frozenset[str] = frozenset()
    optional: Mapping[tuple[str, str], str] = field(default_factory=dict)
    is_marked: bool = False

    @classmethod
    def of(cls, exporter: Exporter, payloads: Iterable[Document]) -> Sent:
        """Of the payloads of all postings that QuickBooks took; of none only the name that it is linked by."""
        known = list(payloads)
        paths = {path for payload in known for path in flat(payload)} or {exporter.name_field}
        optional: dict[tuple[str, str], str] = {}
        if isinstance(exporter, LineExporter):
            named = [one.path for one in exporter.line_fields if one.optional]
            lines = [pair for payload in known for pair in exporter.by_key(payload).items()]
            said = (((key, path), exporter.values_of(line)[path]) for key, line in lines for path in named)
            optional = {place: value for place, value in said if value}
        return cls(frozenset(paths), optional, bool(paths & MARKED_IN))


@dataclass(frozen=True)
class Known:
    """How a document was seen last: our fields by path, what it came to, and how our mark in it begins."""

    seen: Mapping[str, str]
    total: Decimal | None
    reference: str


def may_differ(exporter: Exporter, known: Known, now: Mapping[str, str], current: Document) -> bool:
    """Whether a second look is worth it; what this passes over is as it was."""
    return dict(known.seen) != dict(now) or not is_marked(exporter, known.reference, current)


def is_marked(exporter: Exporter, reference: str, current: Document) -> bool:
    """Whether our mark stands in the document, of whatever revision; True where there is no room for one."""
    places = [one.path for one in exporter.fields if one.path in MARKED_IN]
    return not places or any(
        line.startswith(mark(reference)) for place in places for line in str(current.get(place, "")).splitlines()
    )


def differences(exporter: Exporter, sent: Sent, known: Known, current: Document) -> list[Value]:
    """Everything of ours that is otherwise now, head first, then line by line."""
    found = [*_of_head(exporter, sent, known.seen, exporter.owned(current))]
    if sent.is_marked and not is_marked(exporter, known.reference, current):
        place = next(one for one in exporter.fields if one.path in MARKED_IN)
        found.append(Value(place.path, place.label, mark(known.reference).strip(), "not there"))
    if isinstance(exporter, LineExporter):
        found += [*_of_lines(exporter, sent, known.seen, current), *_of_total(exporter, known, current)]
    return found


def _of_head(exporter: Exporter, sent: Sent, seen: Mapping[str, str], now: Mapping[str, str]) -> Iterator[Value]:
    for one in exporter.fields:
        if one.path in sent.paths and one.path in seen and one.path in now:
            ours, theirs = seen[one.path], now[one.path]
            if not exporter.same(one, ours, theirs):
                yield Value(one.path, one.label, ours, theirs, one.refers_to)


def _of_lines(exporter: LineExporter, sent: Sent, seen: Mapping[str, str], current: Document) -> Iterator[Value]:
    there = exporter.by_key(current, seen)
    known = list(dict.fromkeys(key for path in seen if (key := key_in(path)) and path.endswith(".Id")))
    times = Counter(key_of(line) for line in lines_in(current))
    for key in known:
        if key not in there:
            yield Value(f"Line.{key}", f"Line {key}", seen.get(f"Line.{key}.Amount", ""), "taken out")
        else:
            yield from _of_line(exporter, sent, key, seen, exporter.values_of(there[key]))
        if times[key] > 1:
            yield Value(f"Line.{key}", f"Line {key}", "once", f"{times[key]} times")
    for key in there:
        if key not in known:
            yield Value(f"Line.{key}", f"Line {key}", "", exporter.values_of(there[key]).get("Amount", ""))


def _of_line(
    exporter: LineExporter, sent: Sent, key: str, seen: Mapping[str, str], now: Mapping[str, str]
) -> Iterator[Value]:
    for one in exporter.line_fields:
        path = f"Line.{key}.{one.path}"
        ours = _ours(one, key, sent, seen.get(path))
        if ours is not None and not exporter.same(one, ours, now[one.path]):
            yield Value(path, f"Line {key}, {one.label.lower()}", ours, now[one.path], one.refers_to)


def _ours(one: Field, key: str, sent: Sent, seen: str | None) -> str | None:
    """What a value of a line was when it was seen, if it is ours to watch.

    One that was sent and not noted then, since nobody compared it at that time, is as it was sent.
    """
    if one.optional:
        told = sent.optional.get((key, one.path))
        return told if seen is None else seen if told is not None else None
    return seen


def _of_total(exporter: LineExporter, known: Known, current: Document) -> Iterator[Value]:
    """Of a bill whatever it comes to is owed, so a line that somebody adds counts; an order keeps the bookkeeper's.

    Not one that is linked as a whole: which of its lines are ours is not known, so what it comes to counts.
    """
    counts = isinstance(exporter, BillExporter) or is_whole(known.seen)
    if counts and known.total is not None and net_total(current) != known.total:
        yield Value("TotalAmt", "Total", str(known.total), str(net_total(current)))


def applied(document: Mapping[str, Any]) -> Decimal:
    """What payments and credits have taken of a bill."""
    return BillExporter().applied(dict(document))
