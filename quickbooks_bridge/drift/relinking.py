"""A record that is another one in QuickBooks: chosen by a person, or because the two were merged there."""

from __future__ import annotations

from collections import defaultdict
from datetime import date
from typing import Any

from django.db import IntegrityError, transaction
from django.utils.translation import gettext, gettext_noop

from procore_sync.acceptance.standings import note_standing
from procore_sync.accounts.models import Membership
from procore_sync.kit.canonical import digest
from procore_sync.kit.kept import entity_words, in_the_readers_words
from procore_sync.kit.kinds import Kind
from procore_sync.kit.refusals import InvalidInput, Refusal
from procore_sync.kit.shown import day as shown
from procore_sync.kit.text import filled
from quickbooks_bridge import names
from quickbooks_bridge.client.api import Ledger, quote
from quickbooks_bridge.client.faults import FaultKind, LedgerFault
from quickbooks_bridge.connections import connection_of, obstacle_of
from quickbooks_bridge.drift.answers import accept_found
from quickbooks_bridge.drift.closing import close, locked, remark, require_answer
from quickbooks_bridge.drift.examining import examine
from quickbooks_bridge.drift.finding import differing, exporter_at
from quickbooks_bridge.drift.merges import explain, survivor_of, taken
from quickbooks_bridge.drift.offers import Answering
from quickbooks_bridge.drift_models import Drift, DriftAnswer, What
from quickbooks_bridge.exporters.base import Document
from quickbooks_bridge.importers.operations import AlreadyLinked
from quickbooks_bridge.ledgers import ledger_for
from quickbooks_bridge.models import Connection, Health, Link
from quickbooks_bridge.watching.deliveries import merged_into
from quickbooks_bridge.watching.links import look_soon


def relink(card: Drift, *, by: Membership, seen: str, to: str, note: str = "") -> None:
    """Say that the record is another one in QuickBooks, which is read and compared with ours at once.

    `to` is the number of a document, or the name of a vendor, customer or item; or the QuickBooks id with “#” before
    it, which of a name may be left out as long as no name can be meant.

    Raises:
        InvalidInput: QuickBooks holds none or several of that number or name, or it is another vendor's or job's.
        AlreadyLinked: it is another record of ours.
        NotAllowed, ChangedSinceSeen: as any answer.
        Refusal: it cannot be answered so, or QuickBooks cannot be asked now.
    """
    require_answer(card, Answering.RELINK, by)
    row = _connected(card)
    document = _found(row, card, to.strip())
    with transaction.atomic():
        link = locked(card)
        close(card, DriftAnswer.RELINKED, by=by, seen=seen, note=note)
        _point(link, document, seen=_with_ids_of(link, document), health=Health.DRIFTED)
        remark(card, f"Linked to {card.entity} {document['Id']} of QuickBooks instead", by=by, note=note)
    _know(row, card.entity, document)
    examine(row, card.entity, [document], heard_by=gettext_noop("the link to another"))


def follow(card: Drift, *, by: Membership, seen: str, into: str = "", note: str = "") -> None:
    """Let the record be the one that its own was merged into; `into` is its id or name, where QuickBooks did not tell.

    It is green where nothing of ours differs in that one. Else it stands as QuickBooks has it, with a card that says
    what differs and that `by` has accepted it. What documents show of the merge is no change any more.

    Raises:
        InvalidInput: it is not known which one that is.
        AlreadyLinked: it is another record of ours: then one of the two has to be unlinked.
        NotAllowed, ChangedSinceSeen, Refusal: as `relink`.
    """
    require_answer(card, Answering.FOLLOW, by)
    named = "" if card.into_id else into.strip()
    if not named and (known := survivor_of(card)):
        named = f"#{known}"
    if not named:
        raise _wrong(gettext("QuickBooks does not say what it was merged into. Choose which one it is."))
    row = _connected(card)
    document = _found(row, card, named)
    target = str(document["Id"])
    with transaction.atomic():
        link = locked(card)
        close(card, DriftAnswer.FOLLOWED, by=by, seen=seen, note=note, into_id=target)
        found = differing(link, document)
        _point(link, document, seen=exporter_at(link).owned(document), health=Health.OK)
        if found is not None:
            told = note.strip() or f"Merged into {card.entity.lower()} {_named(link, document)} there."
            accept_found(found, by=by, note=told, heard_by=gettext_noop("whoever followed the merge"))
        explain(card.company_id, card.entity, card.remote_id, target)
        _have_looked_at(link)
        remark(card, f"Merged into {card.entity.lower()} {_named(link, document)} in QuickBooks", by=by, note=note)
    _know(row, card.entity, document)


def _have_looked_at(link: Link) -> None:
    """Have the documents of a merged record read by the next look: QuickBooks need not report that they name another
    one now, and a bill is not linked to an order that was the merged one's when it was seen.
    """
    of_it = Link.objects.filter(company_id=link.company_id, item__requires=link.item_id)
    documents: dict[str, list[str]] = defaultdict(list)
    for entity, remote_id in of_it.exclude(entity__in=names.ENTITIES).values_list("entity", "remote_id"):
        documents[entity].append(remote_id)
    for entity, ids in documents.items():
        look_soon(link.company_id, entity, ids)


def _wrong(sentence: str) -> InvalidInput:
    return InvalidInput(sentence, errors={"to": [sentence]})


def _connected(card: Drift) -> Connection:
    row = connection_of(card.company_id)
    obstacle = obstacle_of(row)
    if row is None or obstacle is not None:
        told = obstacle or obstacle_of(None)
        sentence = in_the_readers_words(told.sentence if told else gettext_noop("QuickBooks is not connected."))
        raise Refusal(sentence, where=told.where if told else "")
    return row


def _found(row: Connection, card: Drift, to: str) -> Document:
    ledger = ledger_for(row)
    if not to:
        raise _wrong(gettext("Say which one it is."))
    if to.startswith("#"):
        return _of_the_party(card, [_read(ledger, card, to.removeprefix("#"))])[0]
    if card.entity in names.ENTITIES:
        return _read(ledger, card, _id_of(card, to))
    rows: list[Document] = _asked(lambda: list(ledger.all(card.entity, f"DocNumber = {quote(to)}")))
    others = [one for one in rows if str(one["Id"]) != card.remote_id]
    if not others:
        nothing = gettext("QuickBooks holds no other %(entity)s of the number %(number)s.")
        raise _wrong(nothing % {"entity": entity_words(card.entity).lower(), "number": to})
    others = _of_the_party(card, others)
    if len(others) > 1:
        dated = gettext("#%(id)s of %(day)s")
        ids = ", ".join(dated % {"id": one["Id"], "day": _day_of(one)} for one in others)
        several = gettext("QuickBooks holds several of the number %(number)s: %(ids)s. Say which one.")
        raise _wrong(several % {"number": to, "ids": ids})
    (found,) = others
    return found


def _of_the_party(card: Drift, documents: list[Document]) -> list[Document]:
    """Those of `documents` that are the vendor's, of an estimate the job's, whose the record is; names are of nobody.

    Raises:
        InvalidInput: all of them are another's.
    """
    name = _PARTIES.get(card.entity, "")
    if not name:
        return documents
    known = _parties(card, name)
    ours = [one for one in documents if str((one.get(name) or {}).get("value", "")) in known]
    if not ours:
        vendor = gettext("%(document)s is another vendor's in QuickBooks (%(party)s), so it cannot be %(item)s.")
        project = gettext("%(document)s is another project's in QuickBooks (%(party)s), so it cannot be %(item)s.")
        cure = gettext("Say which other one it is, or let the bookkeeper correct it there.")
        party = documents[0].get(name) or {}
        said = {
            "document": f"{entity_words(card.entity)} #{documents[0]['Id']}",
            "party": str(party.get("name") or f"#{party.get('value', '')}"),
            "item": card.item.label,
        }
        raise _wrong(f"{filled(vendor if name == 'VendorRef' else project, said)} {cure}")
    return ours


_PARTIES = {"PurchaseOrder": "VendorRef", "Bill": "VendorRef", "VendorCredit": "VendorRef", "Estimate": "CustomerRef"}


def _parties(card: Drift, name: str) -> set[str]:
    """The ids of the vendor or job that the record is of, by its own word and as its document was seen last; and of the
    ones that they were merged into, which may not be followed yet.
    """
    kind, entity = (Kind.VENDOR, "Vendor") if name == "VendorRef" else (Kind.PROJECT, "Customer")
    rows = Link.objects.filter(
        company_id=card.company_id, entity=entity, item__kind=kind, item__required_by=card.item_id
    )
    found = {*rows.values_list("remote_id", flat=True), card.link.seen.get(f"{name}.value", "") if card.link else ""}
    merged = Drift.objects.filter(company_id=card.company_id, what=What.MERGED, entity=entity, remote_id__in=found)
    into = set(merged.values_list("into_id", flat=True)) - {""}
    return (found | into | set(merged_into(card.company_id, entity, into).values())) - {""}


def _id_of(card: Drift, to: str) -> str:
    """The id of the one that is called so, as the list was read last; or `to`, if it is an id and can be nothing else.

    A cost code may be called 15400, and another one have that id.
    """
    listed = names.names_of(card.company_id, card.entity).filter(active=True).exclude(remote_id=card.remote_id)
    ids = list(listed.filter(fully_qualified_name__iexact=to).values_list("remote_id", flat=True)[:10])
    if to.isdecimal() and to not in ids and (not ids or listed.filter(remote_id=to).exists()):
        ids.append(to)
    if not ids:
        nothing = gettext("QuickBooks holds no other %(entity)s of the name “%(name)s”, as far as names were read.")
        raise _wrong(nothing % {"entity": entity_words(card.entity).lower(), "name": to})
    if len(ids) > 1:
        several = gettext("“%(name)s” may be several in QuickBooks: %(ids)s. Say which one.")
        raise _wrong(several % {"name": to, "ids": ", ".join(f"#{one}" for one in ids)})
    return ids[0]


def _day_of(document: Document) -> str:
    written = document.get("TxnDate")
    return shown(date.fromisoformat(written)) if written else gettext("no date")


def _read(ledger: Ledger, card: Drift, remote_id: str) -> Document:
    if not remote_id.isascii() or not remote_id.isdecimal() or remote_id == card.remote_id:
        raise _wrong(gettext("Give the number of another one, or its QuickBooks id with “#” before it."))
    told = gettext("QuickBooks holds no %(entity)s of the id #%(id)s.")
    nothing = told % {"entity": entity_words(card.entity).lower(), "id": remote_id}
    document: Document = _asked(lambda: ledger.read(card.entity, remote_id).document(card.entity), nothing)
    if document.get("Active") is False:
        raise _wrong(gettext("That one is inactive in QuickBooks."))
    return document


def _asked(call: Any, nothing: str = "") -> Any:
    try:
        return call()
    except LedgerFault as failure:
        if nothing and failure.kind is FaultKind.MISSING:
            raise _wrong(nothing) from None
        raise Refusal(in_the_readers_words(failure.fault.sentence)) from None


def _with_ids_of(link: Link, document: Document) -> dict[str, str]:
    """What was seen of ours, lines by the Ids that they have in the other document."""
    ids = {path: value for path, value in exporter_at(link).owned(document).items() if path.endswith(".Id")}
    return {**link.seen, **{path: value for path, value in ids.items() if path in link.seen}}


def _named(link: Link, document: Document) -> str:
    return str(document.get("FullyQualifiedName") or exporter_at(link).name_of(document))


def _point(link: Link, document: Document, *, seen: dict[str, str], health: str) -> None:
    other = taken(link.company_id, link.entity, str(document["Id"]))
    if other is not None:
        raise AlreadyLinked(other.sentence, where=other.where)
    try:
        with transaction.atomic():
            Link.objects.filter(pk=link.pk).update(
                remote_id=str(document["Id"]),
                sync_token=str(document.get("SyncToken", ""))[:16],
                name=_named(link, document)[:255],
                seen=seen,
                fingerprint=digest(seen),
                health=health,
                ignored="",
            )
            link.refresh_from_db()
    except IntegrityError:
        raise AlreadyLinked(gettext("That one was linked by somebody else meanwhile.")) from None
    note_standing([link.item_id], differs=health != Health.OK)


def _know(row: Connection, entity: str, document: Document) -> None:
    """Names are chosen from the list that was read last, so the other one is in it."""
    if entity in names.ENTITIES:
        names.remember([names.row_of(row.company_id, entity, document)])
