"""What people say to each other about a record: a line of its journal each, so that none is changed or taken back."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable
from dataclasses import dataclass

from django.db import transaction
from django.db.models import QuerySet
from django.utils.translation import gettext

from procore_sync.acceptance import notices
from procore_sync.acceptance.journal import Entry, comment_on
from procore_sync.acceptance.models import ErpItem, Event
from procore_sync.acceptance.operations import LONGEST_COMMENT
from procore_sync.acceptance.selectors import items_for, readers_of
from procore_sync.acceptance.states import Action
from procore_sync.accounts.models import Membership
from procore_sync.kit.refusals import InvalidInput, NotAllowed


@dataclass(frozen=True)
class Talk:
    """The comments on a record, oldest first, and whom one can name in the next."""

    item: ErpItem
    comments: list[Event]
    people: list[Membership]


def talk_of(item: ErpItem, member: Membership, history: Iterable[Event]) -> Talk:
    """The comments among the `history` of `item`, whom `member` may see; whom they can name are the others who may."""
    said = sorted((event for event in history if event.action == Action.COMMENT), key=lambda event: event.sequence)
    return Talk(item, said, [one for one in readers_of(item) if one.pk != member.pk])


def comments_on(item: ErpItem) -> QuerySet[Event]:
    """The comments on a record, oldest first."""
    return item.events.filter(action=Action.COMMENT).select_related("by__user").order_by("sequence")


@transaction.atomic
def comment(item: ErpItem, *, by: Membership, text: str, notify: Collection[int] = ()) -> Event:
    """Say something about `item` to all who may see it; who is named as @Name, or in `notify`, gets a notice.

    Raises:
        NotAllowed: `by` may not see the record.
        InvalidInput: there is no text, it is too long, or somebody in `notify` may not see the record.
        IllegalMove: the record was deleted meanwhile.
    """
    if not items_for(by).filter(pk=item.pk).exists():
        told = gettext("You may not see this record, so you cannot comment on it.")
        raise NotAllowed(told, who="administrator")
    said = text.strip().replace("\r\n", "\n").replace("\x00", "")
    wrong = _wrong_text(said)
    if wrong:
        raise InvalidInput(wrong, errors={"text": [wrong]})
    people = _named(said, list(readers_of(item)), set(notify))
    mentioned = [one for one in people if one.pk != by.pk]
    detail = {"mentioned": [{"member": one.pk, "name": str(one)} for one in mentioned]}
    event = comment_on(item, Entry(by=by, comment=said, detail=detail))
    if mentioned:
        notices.mentioned(event, mentioned)
    return event


def _wrong_text(said: str) -> str:
    if not said:
        return gettext("Write what you want to say: an empty comment tells nobody anything.")
    if len(said) > LONGEST_COMMENT:
        told = gettext("The comment is longer than %(limit)s characters. Say it shorter, or in two.")
        return told % {"limit": f"{LONGEST_COMMENT:,}"}
    return ""


def _named(said: str, readers: list[Membership], notify: set[int]) -> list[Membership]:
    strangers = notify - {one.pk for one in readers}
    if strangers:
        sentence = gettext(
            "Somebody whom you wanted to notify may not see this record. Load the page and choose again."
        )
        raise InvalidInput(sentence, errors={"notify": [sentence]})
    names = {name.casefold() for name in _names_in(said, readers)}
    return [one for one in readers if one.pk in notify or str(one).casefold() in names]


def _names_in(said: str, readers: list[Membership]) -> list[str]:
    """The names after an @, the longest that fits: of "@Ann Lee" Ann Lee is meant, and not Ann."""
    names = sorted({str(one) for one in readers}, key=len, reverse=True)
    if not names:
        return []
    either = "|".join(re.escape(name) for name in names)
    return re.findall(rf"(?<!\w)@({either})(?!\w)", said, re.IGNORECASE)
