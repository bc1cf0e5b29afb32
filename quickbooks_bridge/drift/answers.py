"""What people answer to a card: theirs may stand, ours is sent again, it is another document, it is parted, or nothing.

Every answer names the state that the person saw; a card that was rewritten or answered meanwhile refuses it. Nothing
is ever sent by an answer: ours goes before the approvers like any other change.
"""

from __future__ import annotations

from decimal import Decimal

from django.db import transaction
from django.urls import reverse
from django.utils.translation import gettext, gettext_noop

from procore_sync.acceptance import operations as acceptance
from procore_sync.acceptance.items import revise
from procore_sync.acceptance.models import ErpItem
from procore_sync.acceptance.refusals import ChangedSinceSeen
from procore_sync.acceptance.states import Status
from procore_sync.accounts.models import Membership
from procore_sync.kit.canonical import digest
from procore_sync.kit.clock import database_time
from procore_sync.kit.refusals import Refusal
from quickbooks_bridge.drift.closing import changed_since, close, locked, remark, require_answer, require_note
from quickbooks_bridge.drift.comparing import Value
from quickbooks_bridge.drift.finding import Finding, token_of
from quickbooks_bridge.drift.offers import Answering
from quickbooks_bridge.drift_models import Drift, DriftAnswer, What
from quickbooks_bridge.exporters.lines import NOTED
from quickbooks_bridge.links import tell_health
from quickbooks_bridge.models import Health, Link


def accept(card: Drift, *, by: Membership, seen: str, note: str) -> None:
    """Let what QuickBooks holds stand, with a note why. The record stays synced and is not green.

    A later export compares with what was accepted here, so it asks no more about this change.

    Raises:
        NotAllowed: `by` may not decide on this kind.
        InvalidInput: the note is missing.
        ChangedSinceSeen: it was changed again or answered meanwhile, or we have written to it since it was found.
        Refusal: it cannot be answered so; the sentence says why.
    """
    require_answer(card, Answering.ACCEPT, by)
    require_note(note)
    with transaction.atomic():
        link = locked(card)
        close(card, DriftAnswer.ACCEPTED, by=by, seen=seen, note=note)
        if card.what == What.UNAPPLIED:
            Link.objects.filter(pk=link.pk).update(ignored=card.state)
        else:
            _take_theirs(link, card, health=Health.ACCEPTED)
        remark(card, "Accepted as QuickBooks has it", by=by, note=note)


def ignore(card: Drift, *, by: Membership, seen: str, note: str = "") -> None:
    """Put the card away until it is changed again there. Nothing is taken over, and the record is not green.

    Raises:
        NotAllowed, ChangedSinceSeen, Refusal: as `accept`.
    """
    require_answer(card, Answering.IGNORE, by)
    with transaction.atomic():
        link = locked(card)
        close(card, DriftAnswer.IGNORED, by=by, seen=seen, note=note)
        Link.objects.filter(pk=link.pk).update(ignored=card.state)
        remark(card, "Ignored this once", by=by, note=note)


def reopen(card: Drift, *, by: Membership, seen: str, note: str = "") -> None:
    """Open a card again that was put away, so that it can be answered otherwise.

    Raises:
        NotAllowed: as `accept`.
        ChangedSinceSeen: it was changed there again, answered or written to since.
    """
    require_answer(card, Answering.REOPEN, by)
    with transaction.atomic():
        link = locked(card)
        newer = Drift.objects.filter(link=link, answer=DriftAnswer.OPEN).exists()
        put_away = Drift.objects.filter(pk=card.pk, answer=DriftAnswer.IGNORED, state=seen, link__ignored=seen)
        opened = {"answer": DriftAnswer.OPEN, "answered_at": None, "answered_by": None, "note": ""}
        if newer or Drift.objects.filter(pk__in=put_away).update(**opened) != 1:
            raise changed_since(card)
        Link.objects.filter(pk=link.pk).update(ignored="")
        remark(card, "Taken up again", by=by, note=note)


def send_again(card: Drift, *, by: Membership, seen: str, note: str = "") -> list[ErpItem]:
    """Put ours before the approvers again; once accepted it is written over what somebody changed, words included.

    Returns what was sent: the record, or the change orders whose lines were changed, or both.

    Raises:
        NotAllowed: `by` may not send.
        NotReady, IllegalMove: one of them cannot be sent now.
        ChangedSinceSeen, Refusal: as `accept`.
    """
    require_answer(card, Answering.SEND, by)
    with transaction.atomic():
        link = locked(card)
        close(card, DriftAnswer.SENT, by=by, seen=seen, note=note)
        _take_theirs(link, card, health=link.health)
        items = _to_send(card)
        for item in items:
            if not item.is_changed:
                revise(item)
            acceptance.send(item, by=by)
    return items


def unlink(card: Drift, *, by: Membership, seen: str, note: str) -> None:
    """Part the record from a document that is gone, with a reason, so that it can be sent anew.

    QuickBooks is asked first whether it is gone, outside any transaction.

    Raises:
        StillThere: QuickBooks still holds it, so a new one would be a second one.
        NotReady: another record hangs on the link.
        NotAllowed, InvalidInput, ChangedSinceSeen, Refusal: as `accept`.
    """
    require_answer(card, Answering.UNLINK, by)
    require_note(note)
    if not Drift.objects.filter(pk=card.pk, answer=DriftAnswer.OPEN, state=seen).exists():
        raise changed_since(card)
    acceptance.unlink(card.item, by=by, reason=note)
    Drift.objects.filter(pk=card.pk, answer=DriftAnswer.UNLINKED).update(answered_by=by, note=note.strip())


def accept_linked(link: Link, *, ours: Decimal, theirs: Decimal, by: Membership, note: str) -> None:
    """Let a typed document stand that was linked though it comes to something else, with the note why: not green.

    It is a card that was answered with the link, so that a change that is taken back there does not make it green.
    """
    values = (Value("TotalAmt", "Total", str(ours), str(theirs)),)
    held = {"SyncToken": link.sync_token}
    finding = Finding(link, What.CHANGED, values, held, link.seen, link.total)
    accept_found(finding, by=by, note=note, heard_by=gettext_noop("whoever linked it"))


def accept_found(finding: Finding, *, by: Membership, note: str, heard_by: str) -> None:
    """Let stand what was found of a document while a person said that it is the record's: a card that is answered with
    that. Call inside the transaction in which it is linked.
    """
    link, now = finding.link, database_time()
    Drift.objects.create(
        company_id=link.company_id,
        link=link,
        item=link.item,
        entity=link.entity,
        remote_id=link.remote_id,
        name=link.name,
        what=finding.what,
        fields=finding.fields,
        theirs=dict(finding.theirs),
        theirs_total=finding.theirs_total,
        state=finding.state,
        sync_token=finding.sync_token,
        heard_by=heard_by,
        heard_at=now,
        answer=DriftAnswer.ACCEPTED,
        answered_at=now,
        answered_by=by,
        note=note,
    )
    tell_health([link.pk], Health.ACCEPTED)


def _take_theirs(link: Link, card: Drift, *, health: str) -> None:
    """From here on what counts as seen is what QuickBooks holds; words behind marks are remembered apart.

    Raises:
        ChangedSinceSeen: the card is older than what we wrote last, which it would make forgotten.
    """
    # A look may have brought it up to date without a word, since the state that the person saw is the same.
    card.refresh_from_db(fields=["theirs", "theirs_total", "sync_token"])
    if token_of(card.sync_token) < token_of(link.sync_token):
        told = gettext(
            "%(item)s was written to QuickBooks since this was found, so nothing was done. Press Look now on the "
            "QuickBooks page, or wait for the next look there, and answer then."
        )
        raise ChangedSinceSeen(told % {"item": card.item.label}, where=reverse("quickbooks_bridge:connection"))
    noted = {path: value for path, value in link.seen.items() if path.endswith(NOTED)}
    seen = {**noted, **card.theirs}
    Link.objects.filter(pk=link.pk).update(
        seen=seen,
        fingerprint=digest(seen),
        total=link.total if card.theirs_total is None else card.theirs_total,
        sync_token=card.sync_token or link.sync_token,
        health=health,
        ignored="",
    )


def _to_send(card: Drift) -> list[ErpItem]:
    """The record where something of its own was changed, and each change order whose lines were."""
    keys = {Value(one["name"], "", "", "").key for one in card.fields}
    of_changes = card.touches and all(key.startswith("C") for key in keys)
    ids = [*([] if of_changes else [card.item_id]), *card.touches]
    items = {one.pk: one for one in ErpItem.objects.filter(company_id=card.company_id, pk__in=ids)}
    found = [items[pk] for pk in ids if pk in items]
    for item in found:
        if item.status != Status.SYNCED:
            told = gettext("%(item)s is not synced: it is %(status)s. Let that finish first.")
            raise Refusal(told % {"item": item, "status": gettext(Status(item.status).label).lower()})
    return found
