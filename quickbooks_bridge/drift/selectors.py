"""What the pages and the API show of drift; every read starts from the person."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from django.db.models import QuerySet
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext, gettext_noop

from procore_sync.acceptance.courier import LinkChange
from procore_sync.acceptance.models import ErpItem
from procore_sync.acceptance.selectors import readable
from procore_sync.accounts.access import visible
from procore_sync.accounts.models import Membership
from procore_sync.kit.kept import remark_in_the_readers_words
from procore_sync.kit.text import filled
from quickbooks_bridge.drift_models import Drift, DriftAnswer, What
from quickbooks_bridge.models import Health, LedgerName, Link
from quickbooks_bridge.names import ENTITIES as NAME_LISTS
from quickbooks_bridge.names import names_of

#: The views of the list: key and name.
VIEWS = {"open": gettext_noop("To answer"), "answered": gettext_noop("Answered")}
#: More names than so many are not chosen from a list: the one that is meant is typed.
MOST_TO_CHOOSE = 500
#: Whoever decides on ours that is sent again reads what it writes over.
_MATTERING = (DriftAnswer.OPEN, DriftAnswer.ACCEPTED, DriftAnswer.IGNORED, DriftAnswer.SENT)


def drifts_for(member: Membership, view: str = "") -> QuerySet[Drift]:
    """The cards of the company, newest first; of private records those that `member` may read.

    `view` is one of VIEWS; without it all of them.
    """
    rows = Drift.objects.select_related("item__project", "answered_by__user").defer("theirs")
    found = readable(visible(rows, member), member, erp="item")
    if view == "answered":
        return found.exclude(answer=DriftAnswer.OPEN)
    return found.filter(answer=DriftAnswer.OPEN) if view == "open" else found


def others_to_choose(card: Drift) -> list[LedgerName]:
    """The active names of a card's list that are no record of ours, by name; none where documents are meant, or where
    they are too many to choose from.
    """
    if card.entity not in NAME_LISTS:
        return []
    taken = Link.objects.filter(company_id=card.company_id, entity=card.entity).values("remote_id")
    rows = names_of(card.company_id, card.entity).filter(active=True).exclude(remote_id__in=taken)
    found = list(rows.exclude(remote_id=card.remote_id).order_by("fully_qualified_name")[: MOST_TO_CHOOSE + 1])
    return found if len(found) <= MOST_TO_CHOOSE else []


def name_of(card: Drift, remote_id: str) -> str:
    """What another one of the card's list is called in QuickBooks, or "" where that is not known."""
    if not remote_id:
        return ""
    named = names_of(card.company_id, card.entity).filter(remote_id=remote_id)
    return named.values_list("fully_qualified_name", flat=True).first() or ""


@dataclass(frozen=True)
class Standing:
    """What a record's page says of a document that is not as it was accepted: a sentence, what differs, and where.

    `is_elsewhere`: all of that is of other lines of the document than the record's own.
    """

    told: str = ""
    changes: Sequence[LinkChange] = ()
    url: str = ""
    is_elsewhere: bool = False


def standing_of(link: Link, item: ErpItem) -> Standing:
    """How `item` stands in the document of `link`; empty where that is as it was accepted. One query at most."""
    if link.health == Health.OK and link.entity not in ("Bill", "VendorCredit"):
        return Standing()
    cards = Drift.objects.filter(link=link, answer__in=_MATTERING).select_related("answered_by__user")
    card = cards.defer("theirs").order_by("-heard_at", "-pk").first()
    if card is None or (card.answer != DriftAnswer.OPEN and link.health == Health.OK):
        return Standing()
    url = reverse("quickbooks_bridge:drift", args=[card.pk])
    if card.what == What.CHANGED and item.pk not in (link.item_id, *card.touches):
        told = gettext("The order was changed in QuickBooks, but no line of this record.")
        return Standing(told, url=url, is_elsewhere=True)
    changes = [LinkChange(one["label"], one["ours"], one["theirs"]) for one in card.changes]
    return Standing(sentence_of(card), changes, url)


def sentence_of(card: Drift) -> str:
    """A card in a sentence, for a record's page."""
    if card.answer == DriftAnswer.ACCEPTED:
        told = gettext("As QuickBooks has it, accepted by %(person)s: %(note)s")
        return told % {"person": card.answered_by, "note": remark_in_the_readers_words(card.note)}
    told = _changed(card)
    answers = {
        DriftAnswer.IGNORED: gettext("Ignored by %(person)s."),
        DriftAnswer.SENT: gettext("Ours was sent again by %(person)s."),
    }
    answer = answers.get(DriftAnswer(card.answer))
    return f"{told} {filled(answer, {'person': card.answered_by})}" if answer else told


def _changed(card: Drift) -> str:
    """What happened there, and who did it when as far as that is known."""
    told = gettext("%(what)s in QuickBooks.")
    if card.changed_by and card.changed_at:
        told = gettext("%(what)s in QuickBooks by %(who)s on %(at)s.")
    elif card.changed_by:
        told = gettext("%(what)s in QuickBooks by %(who)s.")
    elif card.changed_at:
        told = gettext("%(what)s in QuickBooks on %(at)s.")
    at = date_format(timezone.localtime(card.changed_at), gettext("j M Y, H:i")) if card.changed_at else ""
    return filled(told, {"what": gettext(card.get_what_display()), "who": card.changed_by, "at": at})
