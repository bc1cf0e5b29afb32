"""Settling what QuickBooks holds and this database did not know: link it by its mark, or say that it is not ours."""

from __future__ import annotations

import logging
from collections.abc import Iterable
from typing import Final

from django.db import transaction
from django.db.models import QuerySet
from django.db.models.functions import Now
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext, gettext_noop, override

from procore_sync.acceptance.claims import take
from procore_sync.acceptance.models import ErpItem, Submission
from procore_sync.acceptance.operations import link_as_held
from procore_sync.acceptance.refusals import ChangedSinceSeen
from procore_sync.acceptance.settling import settle
from procore_sync.acceptance.states import OutcomeKind, Status, Work
from procore_sync.accounts.access import Right, require, visible
from procore_sync.accounts.models import Membership
from procore_sync.kit.canonical import digest
from procore_sync.kit.kept import in_the_readers_words
from procore_sync.kit.refusals import InvalidInput, Refusal
from procore_sync.kit.text import says_nothing
from quickbooks_bridge.connections import connection_of
from quickbooks_bridge.courier import flight_of
from quickbooks_bridge.exporters.lines import LineExporter
from quickbooks_bridge.exporters.registry import exporter_for
from quickbooks_bridge.links import link_of, remember_held, remember_held_lines, remember_link
from quickbooks_bridge.models import Connection
from quickbooks_bridge.reconciling.ahead import count_open, marked_of
from quickbooks_bridge.reconciling.judging import against, appends, payload_of, said_in
from quickbooks_bridge.reconciling.marked import Known
from quickbooks_bridge.reconciling.rows import LedgerFinding, Settled
from quickbooks_bridge.watching.links import look_soon

logger = logging.getLogger(__name__)

#: Names first, then what refers to them, and last what stands in another record's document.
_ORDER: Final = ("Vendor", "Item", "Customer", "Estimate", "PurchaseOrder", "Bill", "VendorCredit")
_SETTLED_ALREADY = gettext_noop("This was settled meanwhile. Look at the list again.")


class NotOurs(Refusal):
    """Something speaks against linking a document, so a person has to say what it is."""

    cure = gettext_noop("An accountant looks at the document and says what it is, under Reconciliation.")


class OursIndeed(Refusal):
    """Nothing suggests that the document is not ours, so it cannot be marked as not ours."""

    cure = gettext_noop("An accountant links it instead.")


def findings_for(member: Membership) -> QuerySet[LedgerFinding]:
    """What QuickBooks holds and this database does not know, of `member`'s company; for administrators alone."""
    rows = visible(LedgerFinding.objects.select_related("item", "settled_by__user"), member)
    return rows.order_by("settled", "against", "-found_at", "pk")


def seen_of(company_id: int) -> str:
    """What stands for all that is open now, so that nothing else is linked than what was looked at."""
    return _seen_as(_open(company_id))


def _open(company_id: int) -> QuerySet[LedgerFinding]:
    return LedgerFinding.objects.filter(company_id=company_id, settled="").select_related("item")


def _seen_as(left: Iterable[LedgerFinding]) -> str:
    return digest(sorted([one.pk, one.item_id, one.against, one.document.get("SyncToken")] for one in left))


def relink_all(row: Connection, *, by: Membership, seen: str) -> int:
    """Link whatever nothing speaks against; how many that were. Each is a transaction of its own.

    `seen` is `seen_of` what the person looked at.

    Raises:
        NotAllowed: `by` is no administrator.
        ChangedSinceSeen: something else is to be settled now, so the person has to look again.
    """
    require(by, Right.CONNECT)
    left = list(_open(row.company_id))
    if seen != _seen_as(left):
        told = gettext("There are other documents to settle now than those you looked at: %(count)s. Look again.")
        raise ChangedSinceSeen(told % {"count": len(left)}, where=reverse("quickbooks_bridge:ahead"))
    done = 0
    for one in sorted(left, key=_place):
        if one.item is None or _against(one):
            continue
        try:
            with override("en"):  # what it says goes into the log
                _relink(one, by, differs=False)
        except Refusal as refusal:  # somebody was first, or its order is not linked: it stays in the list
            logger.info("%s was not linked: %s", one, refusal.sentence)
            continue
        done += 1
    count_open(row)
    return done


def relink(finding: LedgerFinding, *, by: Membership) -> None:
    """Link this one although something speaks against it: a person has looked. The record then counts as changed.

    Raises:
        NotAllowed: `by` is no administrator.
        NotOurs: no record here can be this document.
        Refusal: it was settled meanwhile.
    """
    require(by, Right.CONNECT)
    if finding.settled:
        raise Refusal(gettext(_SETTLED_ALREADY))
    if finding.item is None or _is_held_by_another(finding):
        told = gettext("%(against)s So it cannot be linked to a record here; say what it is instead.")
        raise NotOurs(told % {"against": in_the_readers_words(finding.against)})
    _relink(finding, by, differs=bool(_against(finding)))
    count_open(_row(finding))


def put_away(finding: LedgerFinding, note: str, *, by: Membership) -> None:
    """Say that the document is none of what stands here, with the reason why.

    Raises:
        NotAllowed: `by` is no administrator.
        InvalidInput: the reason is missing.
        OursIndeed: it bears our mark and says what stands here, so the next export would make a second one.
        Refusal: it was settled meanwhile.
    """
    require(by, Right.CONNECT)
    if finding.item is not None and not _against(finding):
        told = gettext(
            "It bears our mark and says what %(item)s says, so it would be written a second time. Link it; or let the "
            "bookkeeper delete it in QuickBooks, then look again."
        )
        raise OursIndeed(told % {"item": finding.item}, who="bookkeeper")
    if says_nothing(note):
        sentence = gettext("Say what this document is and what becomes of it: nobody will be asked again.")
        raise InvalidInput(sentence, errors={"note": [sentence]})
    with transaction.atomic():
        _settle(finding, Settled.PUT_AWAY, by, note.strip())
    count_open(_row(finding))


def _row(finding: LedgerFinding) -> Connection:
    return Connection.objects.get(company_id=finding.company_id)


def _place(one: LedgerFinding) -> tuple[bool, int, int]:
    return one.item is not None and appends(one.item), _ORDER.index(one.entity), one.pk


def _against(one: LedgerFinding) -> str:
    """What speaks against it now that more may be linked than when it was found."""
    if not one.number:
        return one.against
    bearers = LedgerFinding.objects.filter(
        company_id=one.company_id, settled="", number=one.number, entity=one.entity
    ).values("remote_id")
    known = Known.of(one.company_id, one.company.key, [marked_of(one)])
    return against(marked_of(one), known, bearers.distinct().count())


def _is_held_by_another(one: LedgerFinding) -> bool:
    """Whether the document is linked to another record here."""
    holder = Known.of(one.company_id, one.company.key, [marked_of(one)]).holders.get((one.entity, one.remote_id))
    if holder is None or one.item is None:
        return False
    return holder.item_id != one.item_id and not appends(one.item)


def _settle(finding: LedgerFinding, settled: Settled, by: Membership, note: str = "") -> None:
    """Write what became of it, once.

    Raises:
        Refusal: somebody else was first.
    """
    mine = LedgerFinding.objects.filter(pk=finding.pk, settled="")
    if mine.update(settled=settled, settled_at=timezone.now(), settled_by=by, note=note) != 1:
        raise Refusal(gettext(_SETTLED_ALREADY))


def _relink(finding: LedgerFinding, by: Membership, *, differs: bool) -> None:
    """Link it, and bring its record to where QuickBooks is: all of it or nothing."""
    with transaction.atomic():
        _settle(finding, Settled.LINKED, by)
        item = ErpItem.objects.select_for_update(of=("self",)).select_related("company").get(pk=finding.item_id or 0)
        if item.status == Status.EXPORTING:
            _take_up(finding, item)
        else:
            _hold(finding, item, by, differs=differs)
        # What was changed since it was found was told when it was nobody's here.
        look_soon(finding.company_id, finding.entity, [finding.remote_id])


def _hold(finding: LedgerFinding, item: ErpItem, by: Membership, *, differs: bool) -> None:
    """A record that nothing here sends: it is green, and changed if more or other stands here."""
    _remember(finding, item)
    told = (
        f"QuickBooks held it already as {finding.entity} {finding.remote_id}, by its name; this database did not know "
        "it, as after a restored backup."
    )
    if finding.number:
        told = (
            f"QuickBooks held it already as {finding.entity} {finding.remote_id}, revision {finding.revision}, by our "
            "mark; this database did not know it, as after a restored backup."
        )
    link_as_held(
        item,
        finding.revision or item.revision,
        differs=differs,
        by=by,
        comment=told,
        detail={"entity": finding.entity, "id": finding.remote_id, "revision": finding.revision},
    )


def _take_up(finding: LedgerFinding, item: ErpItem) -> None:
    """A record whose export waits: if that is what stands there, the export ends as the engine ends any other.

    If another revision waits, the link alone is stored: it will be written over that document, not beside it.
    """
    submission = item.submissions.filter(work__in=[Work.DUE, Work.WAITING]).order_by("-number").first()
    waits = submission is not None and submission.revision == (finding.revision or submission.revision)
    if submission is None or not waits or not _ended(submission, finding):
        _remember(finding, item)


def _ended(submission: Submission, finding: LedgerFinding) -> bool:
    """Whether the waiting export was ended by what stands in QuickBooks; only where the two are equal or comparable."""
    mine = Submission.objects.filter(pk=submission.pk, work=submission.work, fence=submission.fence)
    mine.update(work=Work.UNCERTAIN, due_at=Now())
    submission = Submission.objects.select_related("item", "company").get(pk=submission.pk)
    row = connection_of(submission.company_id)
    outcome = flight_of(submission, row).judged(finding.document) if row else None
    if outcome is None or outcome.kind is not OutcomeKind.DONE:
        Submission.objects.filter(pk=submission.pk).update(work=Work.DUE)
        return False
    claims = take(submission)
    return bool(claims) and settle(claims[0], outcome)


def _remember(finding: LedgerFinding, item: ErpItem) -> None:
    """Store the link as QuickBooks holds the document; of a change order, that its lines stand in another's."""
    document = said_in(item, finding.revision)
    exporter = exporter_for(item.kind, document)
    if not isinstance(exporter, LineExporter):
        remember_link(item, finding.entity, finding.document, verified=None)
    elif not exporter.appends:
        remember_held(item, finding.entity, finding.document)
    else:
        link = link_of(item, document) if document is not None else None
        if link is None or document is None:
            told = gettext(
                "Its lines cannot be told apart: link the purchase order of %(item)s first, and complete it."
            )
            raise NotOurs(told % {"item": item})
        remember_held_lines(link, exporter, payload_of(exporter, document, marked_of(finding)), finding.document)
