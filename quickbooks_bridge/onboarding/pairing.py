"""Whether a typed document of QuickBooks says what a record of ours would, line by line, by the courier's comparison.

A typed document has neither our mark nor our keys. Each line of ours is paired with one of the same money. Only if
every one finds its own are the lines known for ours, and later changes written over them. Else the document is linked
as a whole, and what it says is the bookkeeper's to change.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from decimal import Decimal

from rapidfuzz import fuzz

from procore_sync.acceptance.courier import courier
from procore_sync.acceptance.kinds import spec_of
from procore_sync.acceptance.models import ErpItem
from procore_sync.kit.text import normalise
from quickbooks_bridge.exporters.base import Difference, Document, Exporter
from quickbooks_bridge.exporters.figures import exact, net_total, sum_of
from quickbooks_bridge.exporters.keys import described, key_of, text_of
from quickbooks_bridge.exporters.lines import CLASS, LineExporter, lines_in
from quickbooks_bridge.exporters.marks import with_our_line
from quickbooks_bridge.exporters.registry import exporter_for
from quickbooks_bridge.references import numbers_of, resolved_as_far

_ITEM, _JOB = "ItemRef", "CustomerRef"


@dataclass(frozen=True)
class Compared:
    """A typed document beside what we would have sent. `held` is the document with our keys on the lines that are ours.

    `ours` and `theirs` are the totals without tax; `differences` what is said otherwise, words included; `changes` the
    change orders whose lines count in it too.
    """

    exporter: LineExporter
    payload: Document
    held: Document
    ours: Decimal
    theirs: Decimal
    is_paired: bool
    differences: list[Difference] = field(default_factory=list)
    changes: tuple[ErpItem, ...] = ()

    @property
    def is_equal(self) -> bool:
        """Whether both come to the same."""
        return self.ours == self.theirs

    @property
    def is_of_another(self) -> bool:
        """Whether the vendor or customer is not the one that we would send."""
        return party_of(self.payload) != party_of(self.held)


def party_of(document: Document) -> str:
    """The number of the vendor, of an estimate of the customer."""
    return str((document.get("VendorRef") or document.get("CustomerRef") or {}).get("value", ""))


def compare(item: ErpItem, document: Document, changes: Sequence[ErpItem] = ()) -> Compared:
    """What `item` would be in QuickBooks beside `document`; `changes` are change orders that are in it too."""
    payload, exporter = _payload(item)
    more = [_payload(one)[0] for one in changes]
    lines = [line for one in (payload, *more) for line in one["Line"]]
    pairs = _paired(lines, lines_in(document))
    held = _keyed(document, pairs) if pairs is not None else document
    marked = {**held, "PrivateNote": with_our_line(str(held.get("PrivateNote", "")), payload["PrivateNote"])}
    return Compared(
        exporter=exporter,
        payload=payload,
        held=held,
        ours=sum_of(lines),
        theirs=net_total(document),
        is_paired=pairs is not None,
        differences=list(_differences(exporter, payload, marked, is_paired=pairs is not None)),
        changes=tuple(changes),
    )


def _payload(item: ErpItem) -> tuple[Document, LineExporter]:
    """What the record would send as it stands, other records by their QuickBooks numbers where they have one."""
    spec = spec_of(item.kind)
    document = spec.document(spec.record_of(item))
    exporter = exporter_for(item.kind, document)
    if not isinstance(exporter, LineExporter):
        raise TypeError(f"{item} has no lines.")
    preview = courier().preview(item, document)
    # Which class a line that stands there has is the bookkeeper's.
    picked = {one.name: one.initial for one in preview.choices() if one.initial and one.name != CLASS}
    payload = preview.posting(picked).payload
    return resolved_as_far(payload, numbers_of([payload], item.company_id)), exporter


def _differences(exporter: LineExporter, payload: Document, held: Document, *, is_paired: bool) -> Iterable[Difference]:
    """What differs in the head, and in the lines if they are known for ours; totals are compared apart."""
    told = exporter.compare(payload, held) if is_paired else Exporter.compare(exporter, payload, held)
    return [one for one in told if one.label not in ("Total", "Tax")]


def _paired(ours: Sequence[Document], theirs: Sequence[Document]) -> dict[str, str] | None:
    """The key of ours by the Id of the line that is it; None if one of ours finds none. Items first, then money."""
    left = {str(line.get("Id", "")): line for line in theirs}
    pairs: dict[str, str] = {}
    for by_item in (True, False):
        for line in ours:
            if key_of(line) in pairs.values():
                continue
            fitting = [remote_id for remote_id, one in left.items() if _fits(line, one, by_item=by_item)]
            if fitting:
                chosen = max(fitting, key=lambda remote_id: _alike(line, left[remote_id]))
                pairs[chosen] = key_of(line)
                del left[chosen]
    return pairs if len(pairs) == len(ours) else None


def _fits(ours: Document, theirs: Document, *, by_item: bool) -> bool:
    if ours.get("DetailType") != theirs.get("DetailType") or exact(ours["Amount"]) != exact(theirs.get("Amount")):
        return False
    return not by_item or _named(ours, _ITEM) == _named(theirs, _ITEM)


def _alike(ours: Document, theirs: Document) -> tuple[bool, float]:
    words = fuzz.token_sort_ratio(normalise(text_of(ours)), normalise(str(theirs.get("Description", ""))))
    return _named(ours, _JOB) == _named(theirs, _JOB), words


def _named(line: Document, name: str) -> str:
    detail = line.get(str(line.get("DetailType") or "")) or {}
    return str((detail.get(name) or {}).get("value", ""))


def _keyed(document: Document, pairs: dict[str, str]) -> Document:
    """`document` as if our keys stood before the descriptions of the lines that are ours."""
    lines = [
        {**line, "Description": described(pairs[str(line.get("Id", ""))], text_of(line))}
        if str(line.get("Id", "")) in pairs
        else line
        for line in document.get("Line") or []
    ]
    return {**document, "Line": lines}
