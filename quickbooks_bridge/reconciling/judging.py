"""Whether QuickBooks is ahead of this database in a marked document, and what speaks against linking it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from decimal import Decimal

from django.db.models import Q
from django.utils.translation import gettext_noop

from procore_sync.acceptance.kinds import spec_of
from procore_sync.acceptance.models import ErpItem, Submission
from procore_sync.acceptance.states import Work
from procore_sync.kit.kinds import Kind
from quickbooks_bridge.exporters.base import Exporter, Source
from quickbooks_bridge.exporters.bills import is_voided
from quickbooks_bridge.exporters.figures import sum_of
from quickbooks_bridge.exporters.keys import key_of
from quickbooks_bridge.exporters.lines import LineExporter, lines_in
from quickbooks_bridge.exporters.registry import exporter_for
from quickbooks_bridge.links import named_openly, target_of
from quickbooks_bridge.previews import reference_of
from quickbooks_bridge.reconciling.marked import NAMED, Document, Known, Marked
from quickbooks_bridge.reconciling.rows import Ahead

_BILLS = frozenset({"Bill", "VendorCredit"})
#: Where a document says whose it is.
_PARTIES = ("VendorRef", "CustomerRef")


def ahead_in(one: Marked, known: Known) -> Ahead | None:
    """In what QuickBooks is ahead; None if this database knows the document, or the engine is about to."""
    item = known.items.get(one.number)
    if _is_gone(one.document):
        return None
    if item is None:
        return Ahead.UNKNOWN
    if item.pk in known.in_flight:
        return None
    if not _fits(item, one.entity):
        # A bill that was made of our order in QuickBooks takes its memo along.
        return None if _knows_of(one, item, known) else Ahead.UNKNOWN
    if appends(item):
        return _ahead_in_lines(one, item, known)
    return _ahead_in_document(one, item, known)


def _is_gone(document: Document) -> bool:
    return document.get("Active") is False or is_voided(document)


def _fits(item: ErpItem, entity: str) -> bool:
    return entity in _BILLS if item.kind == Kind.INVOICE else entity == exporter_for(item.kind).entity


def _knows_of(one: Marked, item: ErpItem, known: Known) -> bool:
    """Whether the revision of the mark was taken, or sent at least, as far as this database knows."""
    return one.revision <= (item.synced_revision or 0) or (item.pk, one.revision) in known.tried


def appends(item: ErpItem) -> bool:
    """Whether the record stands in another record's document, as a change order does."""
    exporter = exporter_for(item.kind)
    return isinstance(exporter, LineExporter) and exporter.appends


def _ahead_in_document(one: Marked, item: ErpItem, known: Known) -> Ahead | None:
    link, synced = known.links.get(item.pk), item.synced_revision or 0
    if link is None:
        return Ahead.UNLINKED
    same = (link.entity, link.remote_id) == (one.entity, one.remote_id)
    if one.revision <= synced or (same and (item.pk, one.revision) in known.tried):
        return None
    return Ahead.NEWER


def _ahead_in_lines(one: Marked, item: ErpItem, known: Known) -> Ahead | None:
    """A change order's mark may outlive its lines in the memo; then it says nothing."""
    if _knows_of(one, item, known):
        return None
    document = said_in(item, one.revision)
    if document is not None and not _own_lines(item, document, one):
        return None
    return Ahead.NEWER if item.synced_revision else Ahead.UNLINKED


def _own_lines(item: ErpItem, document: Document, one: Marked) -> list[Document]:
    exporter = exporter_for(item.kind, document)
    if not isinstance(exporter, LineExporter):
        return []
    payload = payload_of(exporter, document, one)
    return [line for line in lines_in(one.document) if exporter.is_own(key_of(line), payload)]


def said_in(item: ErpItem, revision: int) -> Document | None:
    """What the record says in this revision: as it was sent, else as it stands; None if it is not complete now."""
    sent = item.submissions.filter(revision=revision).order_by("-number").values_list("document", flat=True).first()
    if sent is not None:
        return dict(sent)
    spec = spec_of(item.kind)
    record = spec.record_of(item)
    return spec.document(record) if all(unmet.items for unmet in spec.unmet(record)) else None


def payload_of(exporter: Exporter, document: Document, one: Marked) -> Document:
    """What would go out for `document`, but for what an approver chooses."""
    return exporter.payload(Source(document, {}, reference_of("", one.number), one.revision, linked=True))


# -- what speaks against it --------------------------------------------------------------------------------------------


def against(one: Marked, known: Known, twins: int) -> str:
    """Why the document cannot be linked without a person, as a sentence; "" if nothing speaks against it.

    `twins` is how many documents bear the same mark.
    """
    item = known.items.get(one.number)
    if item is None:
        return gettext_noop(
            "No record of this number is here: it was made after the backup, and has to be entered anew."
        )
    if not _fits(item, one.entity):
        return f"Its number is that of {named_openly(item)} here: it was given to another record before."
    if twins > 1:
        return f"{twins} documents bear this mark. Let the bookkeeper say which is right."
    document = said_in(item, one.revision)
    if document is None:
        return gettext_noop("The record here is not complete, so the two cannot be compared.")
    holder = known.holders.get((one.entity, one.remote_id))
    if holder is not None and holder.item_id != target_of(item, document):
        return f"It is linked to {named_openly(holder.item)} here."
    return " ".join(_differences(one, item, document, known))


def _differences(one: Marked, item: ErpItem, document: Document, known: Known) -> Iterator[str]:
    exporter = exporter_for(item.kind, document)
    payload = payload_of(exporter, document, one)
    if not isinstance(exporter, LineExporter):
        here, there = exporter.name_of(payload), exporter.name_of(one.document)
        if here.casefold() != there.casefold():
            yield f"It is called “{there}” there and “{here}” here."
        return
    if exporter.entity != one.entity:
        yield f"It is a {one.entity} there and would be a {exporter.entity} here."
    yield from _other_party(one, payload, known)
    number = payload.get("DocNumber")
    if number and number != one.document.get("DocNumber", number):
        yield f"It has the number {one.document['DocNumber']} there and {number} here."
    ours, theirs = exporter.said_total(document), sum_of(_own_lines(item, document, one))
    if ours != theirs:
        yield f"Its lines come to {theirs:,.2f} there and {ours:,.2f} here."


def _other_party(one: Marked, payload: Document, known: Known) -> Iterator[str]:
    for name in _PARTIES:
        wanted = str((payload.get(name) or {}).get("value", ""))
        if not wanted.startswith("@"):
            continue
        there = one.document.get(name) or {}
        here, whose = known.remote_of(int(wanted[1:])), there.get("name") or there.get("value", "")
        if not here:
            yield f"It is {whose}'s there, and whose it is here is not linked yet."
        elif here != str(there.get("value", "")):
            yield f"It is {whose}'s there and another's here."


def twins_of(marked: Iterable[Marked]) -> dict[tuple[int, str], int]:
    """How many documents bear the mark of each record."""
    bearers: dict[tuple[int, str], set[str]] = defaultdict(set)
    for one in marked:
        bearers[one.number, one.entity].add(one.remote_id)
    return {key: len(ids) for key, ids in bearers.items()}


# -- names, which have no mark -----------------------------------------------------------------------------------------


def named_here(company_id: int, named: Iterable[Marked]) -> list[tuple[Marked, ErpItem]]:
    """Each record of a name list that has the name of exactly one unlinked record here, and is nobody's yet."""
    fresh = [one for one in named if not _is_gone(one.document)]
    return [pair for entity, kind in NAMED.items() for pair in _named(company_id, entity, kind, fresh)]


def _named(company_id: int, entity: str, kind: Kind, fresh: list[Marked]) -> Iterator[tuple[Marked, ErpItem]]:
    exporter = exporter_for(kind)
    there = {exporter.name_of(one.document): one for one in fresh if one.entity == entity}
    if not there:
        return
    rows = ErpItem.objects.filter(company_id=company_id, kind=kind, ledger_link=None)
    flying = Submission.objects.filter(company_id=company_id, work__in=(Work.FLYING, Work.UNCERTAIN))
    rows = rows.filter(Q(label__in=there) | Q(number__in=there)).exclude(pk__in=flying.values("item_id"))
    here: dict[str, list[ErpItem]] = defaultdict(list)
    for item in rows:
        document = said_in(item, item.revision)
        if document is not None:
            here[exporter.name_of(exporter.payload(Source(document, {}, "")))].append(item)
    for name, items in here.items():
        if name in there and len(items) == 1:
            yield there[name], items[0]


def shown_total(one: Marked) -> Decimal | None:
    """What the document comes to; None for a name."""
    total = one.document.get("TotalAmt")
    return None if total is None else Decimal(str(total)).quantize(Decimal("0.01"))
