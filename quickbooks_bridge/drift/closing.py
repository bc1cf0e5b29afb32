"""How a card is closed by a person: what is asked before, by compare-and-set, and with a line in the journal."""

from __future__ import annotations

from typing import Any

from django.urls import reverse
from django.utils.translation import gettext, gettext_noop

from procore_sync.acceptance.journal import Entry, remark_many
from procore_sync.acceptance.models import ErpItem
from procore_sync.acceptance.refusals import ChangedSinceSeen
from procore_sync.accounts.access import Right, require
from procore_sync.accounts.models import Membership
from procore_sync.kit.clock import database_time
from procore_sync.kit.refusals import InvalidInput, Refusal
from procore_sync.kit.text import filled, says_nothing
from quickbooks_bridge.drift.examining import in_flight
from quickbooks_bridge.drift.offers import Answering, why_not
from quickbooks_bridge.drift_models import Drift, DriftAnswer
from quickbooks_bridge.models import Link

_NEEDS_REASON = gettext_noop("Say why: whoever looks at this record later reads it.")


def require_answer(card: Drift, answering: Answering, by: Membership) -> None:
    """Go on only if `by` may give this answer and the card takes it now.

    Raises:
        NotAllowed: they may not.
        Refusal: it does not; the sentence says why.
    """
    require(by, Right.SEND if answering is Answering.SEND else Right.DECIDE, card.item.kind)
    sentence = why_not(card, answering)
    if sentence is not None:
        raise Refusal(sentence)
    if f"{card.item.kind}:{card.item_id}" in in_flight(card.company_id):
        told = gettext("%(item)s is being written to QuickBooks at this moment. Wait until it has landed.")
        raise Refusal(told % {"item": card.item.label})


def require_note(note: str) -> None:
    """Go on only if it is said why.

    Raises:
        InvalidInput: it is not.
    """
    if says_nothing(note):
        sentence = gettext(_NEEDS_REASON)
        raise InvalidInput(sentence, errors={"note": [sentence]})


def locked(card: Drift) -> Link:
    """The link of a card, locked.

    Raises:
        ChangedSinceSeen: the record was unlinked meanwhile.
    """
    rows = Link.objects.select_for_update(of=("self",)).select_related("item")
    link = rows.filter(drifts=card).first()
    if link is None:
        raise ChangedSinceSeen(gettext("%(item)s is not linked to QuickBooks any more.") % {"item": card.item.label})
    return link


def close(card: Drift, answer: DriftAnswer, *, by: Membership, seen: str, note: str, **also: Any) -> None:
    """Close the card if it is open and in the state that the person saw; `also` names further columns of it.

    Raises:
        ChangedSinceSeen: it was changed again or answered meanwhile.
    """
    columns = {"answer": answer, "answered_at": database_time(), "answered_by": by, "note": note.strip(), **also}
    changed = Drift.objects.filter(pk=card.pk, answer=DriftAnswer.OPEN, state=seen).update(**columns)
    if changed != 1:
        raise changed_since(card)
    for name, value in columns.items():
        setattr(card, name, value)


def changed_since(card: Drift) -> Refusal:
    """What became of a card since a person opened it."""
    now = Drift.objects.select_related("answered_by__user").filter(pk=card.pk).first()
    where = reverse("quickbooks_bridge:drift", args=[card.pk])
    if now is None or now.answer == DriftAnswer.OPEN:
        told = gettext("It was changed in QuickBooks again since you opened it. Look again.")
        return ChangedSinceSeen(told, where=where)
    done = gettext(now.get_answer_display())
    said = {"done": f"{done[:1].lower()}{done[1:]}", "person": now.answered_by}
    told = gettext("This was answered meanwhile: %(done)s.")
    if now.answered_by:
        told = gettext("This was answered meanwhile: %(done)s by %(person)s.")
    return ChangedSinceSeen(filled(told, said), where=where)


def remark(card: Drift, told: str, *, by: Membership, note: str = "") -> None:
    """Journal the answer; the record's status stays."""
    item = ErpItem.objects.get(pk=card.item_id)
    comment = f"{told}: {note.strip()}" if note.strip() else f"{told}."
    remark_many([(item, Entry(by=by, comment=comment, detail={"drift": card.pk}))])
