"""Which answers a card takes, of whom, and why one of them cannot be given: one answer for page, API and operation."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from django.utils.translation import gettext, gettext_noop

from procore_sync.acceptance.kinds import Unmet
from procore_sync.acceptance.operations import unmet_for_unlinking
from procore_sync.acceptance.states import TRANSITIONS, Action, Status
from procore_sync.accounts import access
from procore_sync.accounts.access import Right
from procore_sync.accounts.models import Membership
from quickbooks_bridge.drift.merges import survivor_of, taken
from quickbooks_bridge.drift_models import Drift, DriftAnswer, What
from quickbooks_bridge.exporters.registry import exporter_for


class Answering(StrEnum):
    """What a person can answer."""

    ACCEPT = "accept"
    SEND = "send"
    FOLLOW = "follow"
    RELINK = "relink"
    UNLINK = "unlink"
    IGNORE = "ignore"
    REOPEN = "reopen"


_A, _S, _F, _R, _U, _I, _O = Answering
TAKES: dict[str, tuple[Answering, ...]] = {
    What.CHANGED: (_A, _S, _R, _I),
    What.CLOSED: (_A, _R, _I),
    What.UNAPPLIED: (_A, _I),
    What.INACTIVE: (_U, _R, _I),
    What.DELETED: (_U, _R, _I),
    What.VOIDED: (_U, _R, _I),
    What.MERGED: (_F, _R, _U, _I),
}
_LABELS = {
    _A: gettext_noop("Accept theirs"),
    _S: gettext_noop("Send ours again"),
    _F: gettext_noop("Follow the merge"),
    _R: gettext_noop("Link to another"),
    _U: gettext_noop("Unlink"),
    _I: gettext_noop("Ignore this once"),
    _O: gettext_noop("Answer it after all"),
}
_MEANS = {
    _A: gettext_noop(
        "What QuickBooks holds may stand. The record stays synced and says that it is as QuickBooks has it."
    ),
    _S: gettext_noop("Ours goes before the approvers again. Once accepted it is written over what was changed there."),
    _F: gettext_noop("The record is the one that it was merged into. Nothing in QuickBooks is changed by it."),
    _R: gettext_noop("The record is another one in QuickBooks, which is compared with ours at once."),
    _U: gettext_noop("The record is unlinked from what is gone, and can be sent anew. QuickBooks is asked first."),
    _I: gettext_noop("The card is put away until it is changed there again. The record does not get its green back."),
    _O: gettext_noop("Opens the card again, as it was before it was put away."),
}
#: What is inactive is there still, and its name is free.
_UNLINKS_INACTIVE = gettext_noop(
    "The record is unlinked from what is inactive there, and can be sent anew. QuickBooks is asked first."
)
#: What needs the record to be synced; the others may be given at any time but while it is being written.
_AT_REST = (_A, _S)


@dataclass(frozen=True)
class Offered:
    """One answer that a person may give to a card, or the sentence why not now, and where that is cured."""

    answering: Answering
    label: str
    means: str
    why_not: str | None
    where: str = ""

    @property
    def needs_note(self) -> bool:
        """Whether it has to be said why."""
        return self.answering in (_A, _U)


def offers_for(card: Drift, member: Membership) -> list[Offered]:
    """The answers that are the member's to give; to one that was put away also to open it again."""
    more = (_O,) if card.answer == DriftAnswer.IGNORED else ()
    return [_offered(card, one) for one in (*TAKES[card.what], *more) if _may(card, one, member)]


def may_answer(card: Drift, member: Membership) -> bool:
    """Whether one of the answers that the card takes is the member's to give; no query beside their rights."""
    return card.answer == DriftAnswer.OPEN and any(_may(card, one, member) for one in TAKES[card.what])


def _may(card: Drift, answering: Answering, member: Membership) -> bool:
    return access.may(member, Right.SEND if answering is _S else Right.DECIDE, card.item.kind)


def _offered(card: Drift, answering: Answering) -> Offered:
    against, where = why_not(card, answering), ""
    if against is None:
        unmet = _unmet(card, answering)
        against = " ".join(one.sentence for one in unmet) or None
        where = next((one.where for one in unmet if one.where), "")
    return Offered(answering, _LABELS[answering], _means(card, answering), against, where)


def _unmet(card: Drift, answering: Answering) -> list[Unmet]:
    """What stands against an answer that lies in other records, as far as it is known before it is given."""
    if answering is _U:
        return unmet_for_unlinking(card.item)
    into = survivor_of(card) if answering is _F else ""
    other = taken(card.company_id, card.entity, into) if into else None
    return [other] if other else []


def _means(card: Drift, answering: Answering) -> str:
    return _UNLINKS_INACTIVE if (card.what, answering) == (What.INACTIVE, _U) else _MEANS[answering]


def why_not(card: Drift, answering: Answering) -> str | None:
    """Why a card does not take this answer now, or None if it does."""
    if answering is _O:
        return None if _stands_put_away(card) else gettext("What was put away here is not what stands there now.")
    if card.answer != DriftAnswer.OPEN:
        told = gettext("This is answered already: %(answer)s.")
        return told % {"answer": gettext(card.get_answer_display()).lower()}
    if answering not in TAKES[card.what]:
        told = gettext("What is %(what)s cannot be answered that way.")
        return told % {"what": gettext(card.get_what_display()).lower()}
    fixed = _set_once(card) if answering is _S else ""
    if fixed:
        told = gettext(
            "%(value)s is set when %(item)s is made in QuickBooks, and no change from here sets it again. Let the "
            "bookkeeper change it back there, or accept theirs."
        )
        return told % {"value": gettext(fixed), "item": card.item.label}
    status = Status(card.item.status)
    at_rest = (status, Action.UNLINK) in TRANSITIONS if answering is _U else status == Status.SYNCED
    if status == Status.EXPORTING or (answering in (*_AT_REST, _U) and not at_rest):
        told = gettext("%(item)s is %(status)s. Let that finish first.")
        return told % {"item": card.item.label, "status": gettext(status.label).lower()}
    return None


def _set_once(card: Drift) -> str:
    """What was changed there and is written by a first export only, by its label; "" if nothing of it is."""
    once = exporter_for(card.item.kind).set_once
    return next((one["label"] for one in card.fields if one["name"] in once), "")


def _stands_put_away(card: Drift) -> bool:
    """Whether it was put away, and neither changed nor written since."""
    link = card.link
    return card.answer == DriftAnswer.IGNORED and link is not None and link.ignored == card.state
