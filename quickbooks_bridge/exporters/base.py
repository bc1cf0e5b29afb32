"""What every exporter is: pure functions from a frozen document to a QuickBooks payload, and back to a judgement."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any, ClassVar

from django.utils.translation import gettext, gettext_noop

from procore_sync.acceptance.courier import Fact
from procore_sync.kit.kinds import Kind
from procore_sync.kit.text import line_problems, name_problems, same_name_key
from quickbooks_bridge.exporters.countries import same_country

Document = dict[str, Any]
Flat = dict[str, str | bool | None]

JOBS_MODE = "jobs_under_customers"

#: The free texts in which our mark is one line among the bookkeeper's.
MARKED_IN = frozenset({"Notes", "PrivateNote"})

#: QuickBooks writes these itself; they are left out of a full update.
READ_ONLY = frozenset(
    {"domain", "sparse", "MetaData", "Balance", "BalanceWithJobs", "FullyQualifiedName", "Level", "IsProject", "status"}
)


@dataclass(frozen=True)
class Source:
    """All that a payload is made of. `before` is the payload that QuickBooks took last, None for a first export.

    `linked` is whether the record already stands in QuickBooks; then what only a first export sets is left alone.
    `full_name` is the one under which a list of QuickBooks has it then, with what it stands under.
    `dated_before` is the date of the record that QuickBooks took last, `opens_on` the first day that is open in the
    books ("" if all are), `own_numbers` whether the company gives the numbers of its documents itself, `taxed` whether
    every line has a tax code, `retainage_item` the id of the item that withholds and releases retainage, `currency`
    what a document says of its currency ("" where QuickBooks knows but one). `left_out` are the choices that could be
    made as before and were not: what was sent of them is taken off. `seen` is what QuickBooks held of the record when
    it was last seen, by path.
    """

    document: Document
    choices: Mapping[str, str]
    reference: str
    revision: int = 1
    customer_mode: str = JOBS_MODE
    before: Document | None = None
    linked: bool = False
    full_name: str = ""
    dated_before: str = ""
    opens_on: str = ""
    own_numbers: bool = False
    taxed: bool = False
    retainage_item: str = ""
    currency: str = ""
    left_out: frozenset[str] = frozenset()
    seen: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Field:
    """One value we own in a QuickBooks entity: where it stands, what people call it, and how long it may be.

    Only a text has a `limit`, and only a text, or what an approver leaves out, is ever cleared. `refers_to` names the
    entity whose id the value is.
    A value that `yields` is the bookkeeper's to change: it is left as they have it unless ours changed since.
    An `optional` one of a line is ours only where we sent it.
    """

    path: str
    label: str
    limit: int = 0
    refers_to: str = ""
    yields: bool = False
    optional: bool = False


@dataclass(frozen=True)
class Difference:
    """A value that QuickBooks holds otherwise than it was accepted."""

    label: str
    sent: str
    held: str

    def __str__(self) -> str:
        return f"{self.label} was sent as “{self.sent}” and stands as “{self.held}”"


@dataclass(frozen=True)
class Change:
    """A value that a posting makes otherwise than QuickBooks held it; of a line that comes or goes, its amount."""

    of: Field
    label: str
    held: str
    sent: str


@dataclass(frozen=True)
class Exporter:
    """One kind of record on its way to one QuickBooks entity. Holds no state and asks nobody."""

    kind: ClassVar[Kind]
    entity: ClassVar[str]
    name_field: ClassVar[str]
    fields: ClassVar[tuple[Field, ...]]
    #: The paths of what only a first export sets.
    set_once: ClassVar[frozenset[str]] = frozenset()
    #: The other name lists that may not hold the same name.
    shares_names_with: ClassVar[tuple[str, ...]] = ()
    #: The paths of what an approver chooses or leaves out, by choice.
    chosen: ClassVar[Mapping[str, str]] = {}

    @property
    def noun(self) -> str:
        """What a sentence calls it."""
        return self.entity.lower()

    def serving(self, document: Document) -> Exporter:
        """The exporter for what this document becomes in QuickBooks, of those that serve its kind."""
        return self

    def values(self, source: Source) -> Flat:
        """Our values by path; empty texts are dropped."""
        raise NotImplementedError

    def payload(self, source: Source) -> Document:
        """What QuickBooks is to get. A value that was sent before and is empty now is None: to be cleared."""
        given = {path: value for path, value in self.values(source).items() if value not in ("", None)}
        before = (path for path in flat(source.before or {}) if path not in given)
        cleared: Flat = {path: None for path in before if self._is_text(path) or path in self.left_out(source)}
        return nested({**given, **cleared})

    def left_out(self, source: Source) -> Collection[str]:
        """The paths of the head that `source.left_out` names."""
        return [path for name, path in self.chosen.items() if name in source.left_out]

    def chosen_in(self, payload: Document) -> dict[str, set[str]]:
        """What a posting says of each such choice, by id."""
        said = flat(payload)
        return {name: {str(said.get(path) or "")} - {""} for name, path in self.chosen.items()}

    def _is_text(self, path: str) -> bool:
        return any(one.path == path and one.limit for one in self.fields)

    def problems(self, document: Document) -> list[str]:
        """Sentences why this cannot go out as it is; nothing is ever shortened or changed to make it fit."""
        found = [sentence for one in self._given(document) for sentence in self._problems(*one)]
        return list(dict.fromkeys(found))

    def _given(self, document: Document) -> Iterator[tuple[Field, str]]:
        values = self.values(Source(document, {}, ""))
        for one in self.fields:
            value = values.get(one.path)
            if isinstance(value, str) and not one.refers_to:
                yield one, value

    def _problems(self, one: Field, value: str) -> list[str]:
        what = gettext(one.label).lower()
        if one.path == self.name_field:
            return name_problems(value, limit=one.limit, what=what)
        return line_problems(value, limit=one.limit, what=what) if one.limit else []

    def facts(self, payload: Document, names: Mapping[tuple[str, str], str]) -> list[Fact]:
        """The payload as a person reads it; `names` gives the name of (entity, id)."""
        values = flat(payload)
        return [
            Fact(one.label, "(cleared)" if values[one.path] is None else _shown(one, values[one.path], names))
            for one in self.fields
            if one.path in values
        ]

    def merge(self, current: Document, payload: Document) -> Document:
        """The full document for an update: everything that stands there, with our values over it.

        An address is one value: it stays as it stands there, or is ours as a whole.
        """
        full = {name: value for name, value in current.items() if name not in READ_ONLY}
        for name, value in payload.items():
            if name == _ADDRESS and name in full and not self._moves(payload, self.owned(current)):
                continue
            ours = _without_none(value)
            if ours is None:
                full.pop(name, None)
            elif isinstance(ours, dict) and isinstance(full.get(name), dict) and "Id" in full[name]:
                full[name] = {"Id": full[name]["Id"], **ours}
            else:
                full[name] = ours
        return full

    def owned(self, remote: Document) -> dict[str, str]:
        """Our fields as QuickBooks holds them, by path; an absent one reads as the empty text."""
        values = flat(remote)
        return {one.path: _text(values.get(one.path)) for one in self.fields if one.path not in MARKED_IN}

    def compare(self, payload: Document, remote: Document) -> list[Difference]:
        """What QuickBooks holds otherwise than `payload` says; tolerant only of its way to write countries."""
        sent, held = flat(payload), flat(remote)
        return [
            Difference(one.label, _text(sent[one.path]), _text(held.get(one.path)))
            for one in self.fields
            if one.path in sent and not self.same(one, _text(sent[one.path]), _text(held.get(one.path)))
        ]

    def same(self, one: Field, sent: str, held: str) -> bool:
        """Whether QuickBooks holds the value that was sent."""
        return sent == held or (one.path.endswith("Addr.Country") and same_country(sent, held))

    def overwritten(self, payload: Document, seen: Mapping[str, str], current: Document) -> list[Difference]:
        """What somebody changed in QuickBooks since we last saw it and `payload` would overwrite."""
        held = self.owned(current)
        sent = self._written(payload, held)
        return [
            Difference(one.label, seen.get(one.path, ""), held[one.path])
            for one in self.fields
            if one.path in sent
            and one.path in held
            and seen.get(one.path, "") != held[one.path]
            and not self.same(one, _text(sent[one.path]), held[one.path])
        ]

    def changing(self, payload: Document, seen: Mapping[str, str]) -> list[Change]:
        """What `payload` makes otherwise than it was `seen`, whoever wrote that."""
        sent = self._written(payload, seen)
        return [
            Change(one, one.label, seen[one.path], _text(sent[one.path]))
            for one in self.fields
            if one.path in sent and one.path in seen and not self.same(one, _text(sent[one.path]), seen[one.path])
        ]

    def left(self, payload: Document, seen: Mapping[str, str]) -> list[tuple[str, str]]:
        """The texts that stand there and of which `payload` says nothing, so that they stay: label and value."""
        sent = self._written(payload, seen)
        texts = (one for one in self.fields if one.limit and one.path not in sent)
        return [(one.label, seen[one.path]) for one in texts if seen.get(one.path)]

    def _written(self, payload: Document, held: Mapping[str, str]) -> Flat:
        """What `payload` makes of what was `held`: where it changes an address, what it leaves out of it goes too."""
        rest = [one.path for one in ADDRESS if one in self.fields] if self._moves(payload, held) else []
        return {**dict.fromkeys(rest), **flat(payload)}

    def _moves(self, payload: Document, held: Mapping[str, str]) -> bool:
        """Whether it makes a part of the address otherwise."""
        said = flat(payload)
        parts = (one for one in ADDRESS if one.path in said and one.path in held)
        return any(not self.same(one, _text(said[one.path]), held[one.path]) for one in parts)

    def name_of(self, remote: Document) -> str:
        """The name under which QuickBooks lists it."""
        return str(remote.get(self.name_field, ""))

    def total_of(self, remote: Document) -> Decimal | None:
        """What it comes to in QuickBooks; None for what has no amount."""
        return None

    def is_rival(self, payload: Document, remote: Document) -> bool:
        """Whether a row found by name stands where ours would stand."""
        return self.name_of(remote).casefold() == self.name_of(payload).casefold()

    def is_anothers(self, payload: Document, remote: Document) -> bool:
        """Whether `remote`, that was answered to the creation of `payload`, can only be another record's document.

        A name that is cut off, or to which something is added, may still be ours, and is told of as standing otherwise.
        """
        held, ours = same_name_key(self.name_of(remote)), same_name_key(self.name_of(payload))
        return not ours.startswith(held) and not held.startswith(ours)

    def is_ours(self, payload: Document, remote: Document, reference: str, since: datetime) -> bool:
        """Whether `remote` can only have come from our own request: equal, and made after our first try."""
        made = created_at(remote)
        return made is not None and made >= since and not self.compare(payload, remote)


def created_at(remote: Document) -> datetime | None:
    """When QuickBooks says it was made; None if it does not say."""
    meta = remote.get("MetaData")
    text = meta.get("CreateTime") if isinstance(meta, Mapping) else None
    if not isinstance(text, str):
        return None
    try:
        made = datetime.fromisoformat(text)
    except ValueError:
        return None
    return made if made.tzinfo else None


def flat(document: Mapping[str, Any], prefix: str = "") -> Flat:
    """A nested document as dotted paths; lists are left out."""
    found: Flat = {}
    for name, value in document.items():
        if isinstance(value, Mapping):
            found.update(flat(value, f"{prefix}{name}."))
        elif not isinstance(value, list):
            found[prefix + name] = value
    return found


def nested(values: Flat) -> Document:
    """Dotted paths as a nested document."""
    found: Document = {}
    for path, value in values.items():
        *parents, last = path.split(".")
        place = found
        for parent in parents:
            place = place.setdefault(parent, {})
        place[last] = value
    return found


def _without_none(value: Any) -> Any:
    if not isinstance(value, dict):
        return value
    kept = {name: each for name, each in value.items() if each is not None}
    return kept or None


def _text(value: object) -> str:
    if value is None:
        return ""
    return ("Yes" if value else "No") if isinstance(value, bool) else str(value)


def _shown(one: Field, value: object, names: Mapping[tuple[str, str], str]) -> str:
    text = _text(value)
    return names.get((one.refers_to, text), f"number {text}") if one.refers_to else text


_ADDRESS = "BillAddr"
ADDRESS = (
    Field("BillAddr.Line1", gettext_noop("Street"), 500),
    Field("BillAddr.Line2", gettext_noop("Street, line 2"), 500),
    Field("BillAddr.Line3", gettext_noop("Street, line 3"), 500),
    Field("BillAddr.City", gettext_noop("City"), 255),
    Field("BillAddr.CountrySubDivisionCode", gettext_noop("State"), 255),
    Field("BillAddr.PostalCode", gettext_noop("Postal code"), 30),
    Field("BillAddr.Country", gettext_noop("Country"), 255),
)


def address(document: Document) -> Flat:
    """The billing address of a document; a street of several lines keeps its lines."""
    lines = document.get("street", "").replace("\r\n", "\n").split("\n", 2)
    values: Flat = {f"BillAddr.Line{number}": line for number, line in enumerate(lines, 1)}
    values["BillAddr.City"] = document.get("city", "")
    values["BillAddr.CountrySubDivisionCode"] = document.get("state", "")
    values["BillAddr.PostalCode"] = document.get("postal_code", "")
    values["BillAddr.Country"] = document.get("country", "")
    return values
