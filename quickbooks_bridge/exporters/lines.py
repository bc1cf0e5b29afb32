"""Documents with lines: what tells a line apart for ever, and what is ours of the lines that QuickBooks holds.

A line is known by its key, which stands in brackets at the beginning of its description, for people and for us.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, ClassVar

from django.utils.translation import gettext, gettext_noop

from procore_sync.kit.money import money
from procore_sync.kit.text import length_of, line_problems
from quickbooks_bridge.exporters.base import (
    READ_ONLY,
    Change,
    Difference,
    Document,
    Exporter,
    Field,
    Source,
    flat,
)
from quickbooks_bridge.exporters.figures import net_total, rate_of, sum_of, written
from quickbooks_bridge.exporters.keys import described, key_in, key_of, text_of
from quickbooks_bridge.exporters.marks import is_another_records, stands_in, with_our_line
from quickbooks_bridge.exporters.taxes import HEAD, code_in

Seen = Mapping[str, str]

_TEXTS = ("Description", "Memo")
_LONGEST_TEXT = 4000
NOTHING_SEEN: Seen = {}
#: What a line says of a value that it does not have any more.
CLEARED: Mapping[str, None] = {"value": None}
#: What an approver chooses for all lines, where QuickBooks tracks classes.
CLASS = "class"
CLASS_LINE = Field("ClassRef.value", gettext_noop("Class"), refers_to="Class", optional=True)
#: Whether a cost of a job may be billed to the customer; what QuickBooks does not say of it is not billable.
BILLABLE_LINE = Field("BillableStatus", gettext_noop("Billable status"), optional=True)
NOT_BILLABLE = "NotBillable"
#: How a path ends that says what stands behind a mark in the memo.
NOTED = ".Noted"

#: Totals and what hangs on them are QuickBooks' own; it counts them anew at every write.
_COUNTED = frozenset({"TotalAmt", "HomeTotalAmt", "HomeBalance"})


def symbol(ref: Mapping[str, Any]) -> Document:
    """How a payload names a record that may not be in QuickBooks yet; the flight puts its number there."""
    return {"value": f"@{ref['item']}"}


def lines_in(document: Document) -> list[Document]:
    """The lines of a document but for the subtotal, which QuickBooks adds to an estimate by itself."""
    return [line for line in document.get("Line", []) if line.get("DetailType") != "SubTotalLineDetail"]


def class_of(line: Document, detail: str) -> str:
    """The id of a line's class; "" where it has none."""
    return str(((line.get(detail) or {}).get("ClassRef") or {}).get("value") or "")


@dataclass(frozen=True)
class LineExporter(Exporter):
    """A kind whose QuickBooks document has lines. `detail` is the part of a line that holds what it is for.

    What a line of ours says is compared field by field; a line without a key of ours is the bookkeeper's.
    """

    name_field: ClassVar[str] = "DocNumber"
    called: ClassVar[str]
    detail: ClassVar[str]
    #: Whether its lines post to the account for which their item is bought.
    shows_accounts: ClassVar[bool] = True
    line_fields: ClassVar[tuple[Field, ...]]
    #: Whether it adds to the document of another record and touches nothing there but its own lines.
    appends: ClassVar[bool] = False
    #: What `owned` tells of the document as a whole that is QuickBooks' own.
    state: ClassVar[frozenset[str]] = frozenset({"TotalAmt"})

    @property
    def noun(self) -> str:
        return self.called

    # what goes out

    def payload(self, source: Source) -> Document:
        """What QuickBooks is to get, other records named by `symbol`."""
        currency = {"CurrencyRef": {"value": source.currency}} if source.currency and not self.appends else {}
        lines = [self.line(one, source) for one in self.posted(source.document)]
        return {**super().payload(source), **currency, "Line": lines}

    def posted(self, document: Document) -> list[Document]:
        """The lines of a document that go out, each with its key, code, description and amount."""
        lines: list[Document] = document["lines"]
        return lines

    def line(self, line: Document, source: Source) -> Document:
        """One line as QuickBooks gets it. Of a line without quantity the amount is the rate of one."""
        measured = bool(line.get("quantity") and line.get("unit_cost"))
        return {
            "Description": described(line["key"], self.line_text(line)),
            "Amount": line["amount"],
            "DetailType": self.detail,
            self.detail: {
                "ItemRef": self.item(line, source),
                **self.line_detail(source),
                "Qty": line["quantity"] if measured else "1",
                "UnitPrice": line["unit_cost"] if measured else line["amount"],
                **self._class(line["key"], source),
            },
        }

    def _class(self, key: str, source: Source) -> Document:
        """The class of a line, where this kind has one: as it was chosen, or taken off where it was left out."""
        if CLASS_LINE not in self.line_fields:
            return {}
        if source.choices.get(CLASS):
            return {"ClassRef": {"value": source.choices[CLASS]}}
        had = class_of(self.by_key(source.before or {}).get(key, {}), self.detail)
        return {"ClassRef": dict(CLEARED)} if had and CLASS in source.left_out else {}

    def chosen_in(self, payload: Document) -> dict[str, set[str]]:
        """Besides: the class, which stands in the lines."""
        found = super().chosen_in(payload)
        if CLASS_LINE in self.line_fields:
            found[CLASS] = {class_of(line, self.detail) for line in lines_in(payload)} - {""}
        return found

    def item(self, line: Document, source: Source) -> Document:
        """The item of a line."""
        return symbol(line["code"])

    def line_text(self, line: Document) -> str:
        """What follows the key in the description."""
        return _one_way_of_lines(line.get("description", ""))

    def line_detail(self, source: Source) -> Document:
        """What every line says besides its item and its numbers."""
        return {}

    def tax_choices(self, document: Document) -> tuple[str, ...]:
        """Which tax codes an approver chooses for the lines that go out, outside the United States."""
        return ()

    def title(self, document: Document) -> str:
        """How a sentence names the document in QuickBooks."""
        raise NotImplementedError

    def is_own(self, key: str, payload: Document) -> bool:
        """Whether a line of this key belongs to `payload`, which may have it no longer."""
        raise NotImplementedError

    def dated(self, source: Source) -> str:
        """The date that goes out: the record's, or the first open day if the approver chose so.

        A later export keeps the date that went out before, unless the record's own has changed since.
        """
        date: str = source.document["date"]
        if source.before and source.dated_before == date:
            return str(source.before.get("TxnDate") or date)
        moved = source.choices.get("closed_period") == "first_open_day" and source.opens_on > date
        return source.opens_on if moved else date

    # why it cannot

    def problems(self, document: Document) -> list[str]:
        found = super().problems(document)
        lines = self.posted(document)
        if not lines:
            found.append(gettext("It has no line. Give it at least one."))
        found += [sentence for line in lines for sentence in self._line_problems(line)]
        twice = [key for key, times in Counter(line["key"] for line in lines).items() if times > 1]
        each = gettext("Two lines have the number %(key)s. Each line needs its own.")
        found += [each % {"key": key} for key in twice]
        total, said = sum((Decimal(line["amount"]) for line in lines), Decimal(0)), self.said_total(document)
        if total != said:
            sums = gettext("The lines come to %(lines)s and the total says %(total)s.")
            found.append(sums % {"lines": money(total), "total": said})
        return found

    def said_total(self, document: Document) -> Decimal:
        """What the lines that go out have to come to."""
        return Decimal(document["total"])

    def _line_problems(self, line: Document) -> list[str]:
        what = gettext("description of line %(key)s") % {"key": line["key"]}
        found = text_problems(described(line["key"], self.line_text(line)), _LONGEST_TEXT, what)
        if line.get("quantity") and line.get("unit_cost"):
            product = money(Decimal(line["quantity"]) * Decimal(line["unit_cost"]))
            if product != Decimal(line["amount"]):
                told = gettext("Line %(key)s: quantity times unit cost is %(product)s, not %(amount)s.")
                found.append(told % {"key": line["key"], "product": product, "amount": line["amount"]})
        return found

    def _problems(self, one: Field, value: str) -> list[str]:
        if one.path in _TEXTS:
            return text_problems(value, one.limit, gettext(one.label).lower())
        return line_problems(value, limit=one.limit, what=gettext(one.label).lower()) if one.limit else []

    # what stands in QuickBooks

    def name_of(self, remote: Document) -> str:
        return str(remote.get("DocNumber") or f"number {remote.get('Id', '')}")

    def total_of(self, remote: Document) -> Decimal | None:
        return net_total(remote)

    def by_key(self, document: Document, seen: Seen = NOTHING_SEEN) -> dict[str, Document]:
        """Each line of ours by its key; one whose key was taken off is known by the Id it had when `seen`."""
        found: dict[str, Document] = {}
        for key, line in self._keyed(document, seen):
            found.setdefault(key, line)
        return found

    def _keyed(self, document: Document, seen: Seen = NOTHING_SEEN) -> Iterator[tuple[str, Document]]:
        lines = lines_in(document)
        keys = {key_of(line) for line in lines}
        by_id = {value: key_in(path) for path, value in seen.items() if path.endswith(".Id")}
        for line in lines:
            lost = by_id.get(str(line.get("Id", "")), "")
            key = key_of(line) or ("" if lost in keys else lost)
            if key:
                yield key, line

    def values_of(self, line: Document) -> dict[str, str]:
        """What a line says in the fields we own, numbers written in one way."""
        detail = line.get(self.detail) or {}
        values = flat({**detail, "Description": text_of(line), "Amount": line.get("Amount")})
        return {one.path: written(one.path, values.get(one.path)) for one in self.line_fields}

    def owned(self, remote: Document) -> dict[str, str]:
        """Our fields and every line with a key, by path; the total, and the Id of each line besides."""
        found = {**super().owned(remote), "TotalAmt": str(net_total(remote))}
        for key, line in self.by_key(remote).items():
            found |= self._line_owned(key, line)
        return found

    def owned_since(self, remote: Document, seen: Seen) -> dict[str, str]:
        """As `owned`; a line whose key was taken off is ours as well, known by the Id that it had when `seen`.

        Were it forgotten, the next write would put our line beside it, and it would stand there twice.
        """
        found = self.owned(remote)
        for key, line in self.by_key(remote, seen).items():
            if f"Line.{key}.Id" not in found:
                found |= self._line_owned(key, line)
        return found

    def _line_owned(self, key: str, line: Document) -> dict[str, str]:
        values = {f"Line.{key}.{path}": value for path, value in self.values_of(line).items()}
        return {f"Line.{key}.Id": str(line.get("Id", "")), **values}

    def same(self, one: Field, sent: str, held: str) -> bool:
        if one.path == "PrivateNote":
            return stands_in(held, sent)
        if one is BILLABLE_LINE:
            return (sent or NOT_BILLABLE) == (held or NOT_BILLABLE)
        return _one_way_of_lines(sent).strip() == _one_way_of_lines(held).strip()

    def is_marked(self, remote: Document, line: str) -> bool:
        """Whether our mark of this very revision stands there."""
        return stands_in(str(remote.get("PrivateNote", "")), line)

    def is_anothers(self, payload: Document, remote: Document) -> bool:
        return is_another_records(str(remote.get("PrivateNote") or ""), payload["PrivateNote"])

    def compare(self, payload: Document, remote: Document) -> list[Difference]:
        """What differs: our fields, each line of ours, how many they are, and that all lines make the total."""
        sent, held = self.by_key(payload), self.by_key(remote)
        found = super().compare(payload, remote)
        for key, line in sent.items():
            found += self._line_differences(key, line, held.get(key))
        own = Counter(key for key, _ in self._keyed(remote) if self.is_own(key, payload))
        found += [Difference(f"Line {key}", "", _shown(held[key])) for key in own if key not in sent]
        found += [Difference(f"Line {key}", "once", f"{times} times") for key, times in own.items() if times > 1]
        return [*found, *self._currency_difference(payload, remote), *self._total_difference(payload, remote)]

    def _currency_difference(self, payload: Document, remote: Document) -> list[Difference]:
        """That QuickBooks holds it in another currency than it was sent in, where a currency was sent."""
        sent, held = ((one.get("CurrencyRef") or {}).get("value", "") for one in (payload, remote))
        return [Difference("Currency", sent, held)] if sent and sent != held else []

    def _line_differences(self, key: str, line: Document, held: Document | None) -> list[Difference]:
        sent = self.values_of(line)
        if held is None:
            return [Difference(f"Line {key}", sent["Amount"], "not there")]
        values = self.values_of(held)
        return [
            Difference(f"Line {key}, {one.label.lower()}", sent[one.path], values[one.path])
            for one in self._said(line)
            if not self.same(one, sent[one.path], values[one.path])
        ]

    def _said(self, line: Document) -> Iterator[Field]:
        """The fields of which a line that we send says something."""
        said = flat(line.get(self.detail) or {})
        return (one for one in self.line_fields if not one.optional or said.get(one.path, "") != "")

    def _total_difference(self, payload: Document, remote: Document) -> list[Difference]:
        others = [line for line in lines_in(remote) if not self.is_own(key_of(line), payload)]
        expected, total = sum_of([*payload["Line"], *others]), net_total(remote)
        return [] if expected == total else [Difference("Total", str(expected), str(total))]

    # writing over what stands there

    def stands_against(
        self, payload: Document, current: Document, put: Collection[str] = (), seen: Seen = NOTHING_SEEN
    ) -> str:
        """Why `current` cannot take `payload`, as a sentence; "" if it can. `put` and `seen` as in `merge`."""
        return ""

    def yielding(self, payload: Document, before: Document | None, current: Document) -> Document:
        """`payload` with those words left as the bookkeeper has them that we did not change since `before`."""
        if before is None:
            return payload
        ours = dict(payload)
        for one in self.fields:
            if one.yields and payload.get(one.path) == before.get(one.path):
                ours.pop(one.path, None)
                if one.path in current:
                    ours[one.path] = current[one.path]
        words = {key: line.get("Description") for key, line in self.by_key(before).items()}
        there = self.by_key(current)
        ours["Line"] = [
            {**line, "Description": described(key_of(line), text_of(there[key_of(line)]))}
            if key_of(line) in there and words.get(key_of(line)) == line["Description"]
            else line
            for line in payload["Line"]
        ]
        return ours

    def overwritten(self, payload: Document, seen: Seen, current: Document) -> list[Difference]:
        """What somebody changed since it was `seen` and `payload` would write over, line by line."""
        found = [] if self.appends else super().overwritten(payload, seen, current)
        there, ours = self.by_key(current, seen), self.by_key(payload)
        known = {key_in(path) for path in seen if path.endswith(".Id")}
        for key in [*ours, *sorted(known - ours.keys())]:
            if self.is_own(key, payload) and key in known:
                found += self._lost(key, ours.get(key), seen, there.get(key))
        return found

    def changing(self, payload: Document, seen: Seen) -> list[Change]:
        """Besides: line by line, those that come and those that go."""
        found, ours = super().changing(payload, seen), self.by_key(payload)
        known = {key: seen.get(f"Line.{key}.Amount", "") for path in seen if (key := key_in(path))}
        for key in [*ours, *(key for key in known if key not in ours and self.is_own(key, payload))]:
            found += self._changing_line(key, ours.get(key), known.get(key), seen)
        return found

    def _changing_line(self, key: str, ours: Document | None, known: str | None, seen: Seen) -> list[Change]:
        line, sent = gettext("Line %(key)s") % {"key": key}, self.values_of(ours) if ours else {}
        if ours is None or known is None:
            return [Change(_AMOUNT, line, known or "", sent.get("Amount", ""))]
        return [
            Change(one, f"{line}, {gettext(one.label).lower()}", seen.get(f"Line.{key}.{one.path}", ""), sent[one.path])
            for one in self._said(ours)
            if not self.same(one, sent[one.path], seen.get(f"Line.{key}.{one.path}", ""))
        ]

    def _lost(self, key: str, ours: Document | None, seen: Seen, there: Document | None) -> list[Difference]:
        if there is None:
            was = seen.get(f"Line.{key}.Amount", "")
            return [Difference(f"Line {key}", was, "taken out")] if ours else []
        sent = self.values_of(ours) if ours else {}
        held = self.values_of(there)
        return [
            Difference(f"Line {key}, {one.label.lower()}", seen.get(f"Line.{key}.{one.path}", ""), held[one.path])
            for one in self._said(ours or {})
            if not self.same(one, seen.get(f"Line.{key}.{one.path}", ""), held[one.path])
            and not self.same(one, sent.get(one.path, ""), held[one.path])
        ]

    def merge(
        self, current: Document, payload: Document, seen: Seen = NOTHING_SEEN, put: Collection[str] = ()
    ) -> Document:
        """The whole document for a write: everything that stands there, our fields and lines over it.

        A line of ours keeps its Id and what is not ours in it. Only what we have `put` there by an earlier posting
        and have no longer is taken out; the bookkeeper's lines, and those of other records, stay as they are.
        """
        head = {name: value for name, value in payload.items() if name not in ("Line", "PrivateNote")}
        kept = writable(current)
        full = kept if self.appends else super().merge(kept, head)
        full["PrivateNote"] = with_our_line(str(current.get("PrivateNote", "")), payload["PrivateNote"])
        ours = self.by_key(payload)
        keys = {id(line): key for key, line in self.by_key(current, seen).items()}
        lines = []
        for line in lines_in(current):
            key = keys.get(id(line), "")
            if key in ours:
                lines.append(self._over(line, ours.pop(key)))
            elif key not in put or not self.is_own(key, payload):
                lines.append(line)
        full["Line"] = [*lines, *(self._without_cleared(line) for line in ours.values())]
        return without_old_tax(full, current)

    def _over(self, line: Document, ours: Document) -> Document:
        """Our line over the one that stands there, which keeps its Id, its links and the bookkeeper's fields."""
        others = {name: value for name, value in line.items() if not name.endswith("LineDetail")}
        return self._without_cleared(
            {**others, **ours, self.detail: {**(line.get(self.detail) or {}), **ours[self.detail]}}
        )

    def _without_cleared(self, line: Document) -> Document:
        return {**line, self.detail: {name: one for name, one in line[self.detail].items() if one != CLEARED}}

    def noted(self, payload: Document, remote: Document) -> dict[str, str]:
        """What stands behind our mark in the memo, by path, of a record whose words there are compared."""
        return {}

    def worded(self, payload: Document, remote: Document) -> Document:
        """`payload` with the words behind our mark as they stand in `remote`, of such a record."""
        return payload

    # for people

    @property
    def columns(self) -> list[str]:
        """What a person reads of each line."""
        return [name for name in COLUMNS if name != "Account" or self.shows_accounts]

    def rows(self, lines: Iterable[Document], names: Mapping[tuple[str, str], str]) -> list[list[str]]:
        """Lines as a person reads them, by `columns`."""
        return [self._row(line, names) for line in lines]

    def _row(self, line: Document, names: Mapping[tuple[str, str], str]) -> list[str]:
        detail = line[self.detail]
        item, job = (str((detail.get(name) or {}).get("value", "")) for name in ("ItemRef", "CustomerRef"))
        account = [names.get(("ItemAccount", item), "")] if self.shows_accounts else []
        return [
            key_of(line),
            names.get(("Item", item), item),
            *account,
            text_of(line),
            names.get(("Customer", job), job),
            written("Qty", detail["Qty"]),
            rate_of(detail["UnitPrice"]),
            line["Amount"],
        ]


COLUMNS = [
    gettext_noop("Line"),
    gettext_noop("Item"),
    gettext_noop("Account"),
    gettext_noop("Description"),
    gettext_noop("Job"),
    gettext_noop("Qty"),
    gettext_noop("Rate"),
    gettext_noop("Amount"),
]


def writable(document: Document) -> Document:
    """`document` as it was read, without what QuickBooks writes and counts itself."""
    return {name: value for name, value in document.items() if name not in _COUNTED | READ_ONLY}


def without_old_tax(document: Document, current: Document) -> Document:
    """`document` without the tax that `current` has, if it is another tax by now: QuickBooks takes one that it is sent
    as it is, and counts only what it is not. In the United States lines do not say how they are taxed.
    """
    if HEAD.path not in document or _taxed(document) == _taxed(current):
        return document
    return {name: value for name, value in document.items() if name != "TxnTaxDetail"}


def _taxed(document: Document) -> tuple[Any, list[tuple[str, str]]]:
    """Whatever the tax is counted from."""
    lines = lines_in(document)
    said = [(code_in(line.get(str(line.get("DetailType", ""))) or {}), _shown(line)) for line in lines]
    return document.get(HEAD.path), sorted(said)


def as_new(document: Document) -> Document:
    """`document` without what ties it to the one it was read from, so that it can be created anew."""
    lines = [
        {name: value for name, value in line.items() if name not in ("Id", "LineNum", "LinkedTxn")}
        for line in lines_in(document)
    ]
    head = {name: _as_new_address(value) for name, value in document.items() if name not in _TIED}
    return {**head, "Line": lines}


#: What belongs to one document of QuickBooks and not to another that takes its place.
_TIED = frozenset(
    {"Id", "SyncToken", "LinkedTxn", "VendorAddr", "CurrencyRef", "ExchangeRate"}
    | {"EmailStatus", "PrintStatus", "RecurDataRef"}
)


def _as_new_address(value: Any) -> Any:
    is_address = isinstance(value, dict) and "Id" in value and "value" not in value
    return {name: each for name, each in value.items() if name != "Id"} if is_address else value


def _shown(line: Document) -> str:
    return written("Amount", line.get("Amount"))


def _one_way_of_lines(text: str) -> str:
    return text.replace("\r\n", "\n").replace("\r", "\n")


def text_problems(text: str, limit: int, what: str) -> list[str]:
    """Why QuickBooks would not take a text that may have several lines, as sentences."""
    found = [one for line in text.splitlines() for one in line_problems(line, limit=len(text) * 2, what=what)]
    if length_of(text) > limit:
        told = gettext("The %(what)s has %(length)s characters, and QuickBooks takes %(limit)s. Shorten it.")
        found.append(told % {"what": what, "length": length_of(text), "limit": limit})
    return list(dict.fromkeys(found))


_AMOUNT = Field("Amount", gettext_noop("Amount"))
MONEY_FIELDS = (
    Field("ItemRef.value", gettext_noop("Item"), refers_to="Item"),
    Field("Qty", gettext_noop("Quantity")),
    Field("UnitPrice", gettext_noop("Rate")),
    _AMOUNT,
    Field("Description", gettext_noop("Description"), _LONGEST_TEXT, yields=True),
)
