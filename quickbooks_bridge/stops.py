"""Why the bridge itself stops an accepted record, and who can cure it: one table for the code and for the catalogue."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType
from typing import Final

from django.utils.translation import gettext_noop


class Stop(StrEnum):
    """What stopped it; stands as the code of the attempt where QuickBooks gave none."""

    OTHER_BOOKS = "other_books"
    OTHER_CURRENCY = "other_currency"
    NOT_EQUAL = "not_equal"
    NAME_TAKEN = "name_taken"
    NUMBER_TAKEN = "number_taken"
    GONE_THERE = "gone_there"
    CHANGED_THERE = "changed_there"
    ANOTHER_RECORDS = "another_records"
    UNRESOLVED = "unresolved"
    ORDER_NOT_LINKED = "order_not_linked"
    NO_ROOM = "no_room"
    LINKED_AS_A_WHOLE = "linked_as_a_whole"
    STANDS_AGAINST = "stands_against"
    OTHER_KIND = "other_kind"
    ORDER_BILLED = "order_billed"


@dataclass(frozen=True)
class Told:
    """What a stop means in general, who can cure it, and how. A record's own sentence says it of that record."""

    sentence: str
    who: str
    cure: str


_APPROVER, _BOOKKEEPER = gettext_noop("approver"), gettext_noop("bookkeeper")

STOPS: Final[Mapping[Stop, Told]] = MappingProxyType(
    {
        Stop.OTHER_BOOKS: Told(
            gettext_noop(
                "It was accepted for another QuickBooks company than the one that is connected now, so it was not sent."
            ),
            _APPROVER,
            gettext_noop("Reject it, let it be sent anew, and accept it for this one."),
        ),
        Stop.OTHER_CURRENCY: Told(
            gettext_noop("It would be posted in another currency than that of the books, so it was not sent."),
            _APPROVER,
            gettext_noop("Reject it and let it be sent with a vendor and accounts in the currency of the books."),
        ),
        Stop.NOT_EQUAL: Told(
            gettext_noop("QuickBooks holds it, but not as it was accepted."),
            _APPROVER,
            gettext_noop("Look at it in QuickBooks, then try again to send it once more."),
        ),
        Stop.NAME_TAKEN: Told(
            gettext_noop("QuickBooks already has a record of this name, and it is not ours."),
            _APPROVER,
            gettext_noop(
                "If it is the same, link the record to it; if not, reject this one so that its name can be changed."
            ),
        ),
        Stop.NUMBER_TAKEN: Told(
            gettext_noop("QuickBooks has a document of this number already and does not allow it twice."),
            _APPROVER,
            gettext_noop(
                "Let the bookkeeper renumber that one and try again, or reject this one so that its number can be "
                "changed."
            ),
        ),
        Stop.GONE_THERE: Told(
            gettext_noop("What it is linked to was deleted, merged or made inactive in QuickBooks."),
            _APPROVER,
            gettext_noop(
                "Let what is inactive be made active again there and try again; else reject this change and answer the "
                "record's card under Changed in QuickBooks."
            ),
        ),
        Stop.CHANGED_THERE: Told(
            gettext_noop(
                "Somebody changed it in QuickBooks since it was last synced, and ours would be written over that."
            ),
            _APPROVER,
            gettext_noop("Try again if ours should stand; otherwise reject this change."),
        ),
        Stop.ANOTHER_RECORDS: Told(
            gettext_noop("What was found in QuickBooks is another record of this console already."),
            _APPROVER,
            gettext_noop("Check which of the two is right, and unlink or reject the other."),
        ),
        Stop.UNRESOLVED: Told(
            gettext_noop("A vendor, project, cost code or account that it names is not linked to QuickBooks."),
            _APPROVER,
            gettext_noop("Link or send what the sentence names, then try again."),
        ),
        Stop.ORDER_NOT_LINKED: Told(
            gettext_noop(
                "The purchase order that it changes is not linked to QuickBooks any more, so there is nothing to "
                "add to."
            ),
            _APPROVER,
            gettext_noop("Send its commitment again, then try again; or reject this change order."),
        ),
        Stop.NO_ROOM: Told(
            gettext_noop("The memo of the document has no room left for our mark, by which it is found again."),
            _BOOKKEEPER,
            gettext_noop("Shorten the memo in QuickBooks, then try again."),
        ),
        Stop.LINKED_AS_A_WHOLE: Told(
            gettext_noop(
                "No line of the document is known to be ours: it was typed in QuickBooks and linked as a whole, or "
                "its lines were replaced there."
            ),
            _BOOKKEEPER,
            gettext_noop("Change it in QuickBooks, or delete it there, unlink the record and send it anew."),
        ),
        Stop.STANDS_AGAINST: Told(
            gettext_noop("What was done in QuickBooks with a line of the document conflicts with this change."),
            _BOOKKEEPER,
            gettext_noop("Do what the sentence says in QuickBooks, then try again; or reject this change."),
        ),
        Stop.OTHER_KIND: Told(
            gettext_noop("It is a bill in QuickBooks and would become a vendor credit, or the other way round."),
            _APPROVER,
            gettext_noop(
                "Let the bookkeeper delete the one that is there, unlink the invoice, and send it anew; or reject this."
            ),
        ),
        Stop.ORDER_BILLED: Told(
            gettext_noop(
                "Bills are made from the purchase order in QuickBooks, so it cannot be replaced; nothing was changed."
            ),
            _BOOKKEEPER,
            gettext_noop("Take the bills away from it first, then try again; or reject this and use a change order."),
        ),
    }
)
