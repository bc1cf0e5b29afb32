"""The forms of what is kept in English: what names something, with a placeholder for what it names.

Each is word for word what the code keeps, which a test holds it to, and is translated as any message is. A placeholder
of `HOLDS` stands for words of ours, which have forms themselves; any other for a name or number, which stays as it is.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from django.utils.translation import gettext_noop

from procore_sync.kit.kinds import Kind

# -- words of ours inside a sentence -----------------------------------------------------------------------------------

#: The lists of QuickBooks that share their names, as a kept sentence calls them.
LISTS: Final = (
    gettext_noop("a vendor, customer or employee"),
    gettext_noop("a customer, vendor or employee"),
    gettext_noop("an item"),
)
#: What a document or name is called in a sentence.
NOUNS: Final = (
    gettext_noop("purchase order"),
    gettext_noop("vendor credit"),
    gettext_noop("bill"),
    gettext_noop("estimate"),
    gettext_noop("vendor"),
    gettext_noop("customer"),
    gettext_noop("item"),
)
_LINE: Final = gettext_noop("Line %(key)s")
#: What happened in QuickBooks to a document of ours.
WHATS: Final = (
    "Changed",
    "Deleted",
    "Voided",
    "Made inactive",
    "Merged into another",
    "Closed by hand",
    "A payment was taken off",
)
#: How a person answered what was changed there.
ANSWERS: Final = (
    gettext_noop("Accepted as QuickBooks has it"),
    gettext_noop("Ignored this once"),
    gettext_noop("Taken up again"),
    gettext_noop("Linked to %(entity)s %(id)s of QuickBooks instead"),
    gettext_noop("Merged into %(noun)s %(name)s in QuickBooks"),
)
#: What stands in place of a value of a line, of our mark and of a link, where it is no value of QuickBooks.
TAKEN_OUT, NOT_THERE, ONCE = gettext_noop("taken out"), gettext_noop("not there"), gettext_noop("once")
IN_PLACE: Final = (TAKEN_OUT, NOT_THERE, ONCE, gettext_noop("%(count)s times"))
#: One of several differences that a sentence tells, of the sending or of a change; those of a line as a whole first.
DIFFERENCES: Final = (
    gettext_noop("Line %(key)s was sent as “%(sent)s” and stands as “not there”"),
    gettext_noop("Line %(key)s was sent as “once” and stands as “%(count)s times”"),
    gettext_noop("Link to the purchase order was sent as “number %(number)s” and stands as “not linked”"),
    gettext_noop("Line %(key)s, link to the purchase order was sent as “line %(number)s” and stands as “not linked”"),
    gettext_noop("%(flag)s was sent as “%(yes_or_no)s” and stands as “%(no_or_yes)s”"),
    gettext_noop("%(label)s was sent as “%(sent)s” and stands as “%(held)s”"),
    gettext_noop("Line %(key)s from “%(was)s” to “taken out”"),
    gettext_noop("Line %(key)s from nothing to “taken out”"),
    gettext_noop("Line %(key)s from “once” to “%(count)s times”"),
    gettext_noop("Our mark in the memo from “%(was)s” to “not there”"),
    gettext_noop("Our mark in the notes from “%(was)s” to “not there”"),
    gettext_noop("%(flag)s from “%(yes_or_no)s” to “%(no_or_yes)s”"),
    gettext_noop("%(label)s from nothing to “%(now)s”"),
    gettext_noop("%(label)s from “%(was)s” to nothing"),
    gettext_noop("%(label)s from “%(was)s” to “%(now)s”"),
    gettext_noop("%(count)s more"),
)
#: The documents that have a number already.
DOCUMENTS: Final = (
    gettext_noop("%(bearer)s, here %(item)s"),
    gettext_noop("the %(noun)s of %(party)s of %(day)s"),
    gettext_noop("another one"),
)
_BOOKS: Final = (gettext_noop("the real books"), gettext_noop("Intuit's sandbox"), gettext_noop("an emulator"))

#: What a placeholder holds that is no name; each by the forms that it can have.
HOLDS: Final[Mapping[str, tuple[str, ...]]] = {
    "kind": tuple(kind.label.lower() for kind in Kind),
    "capital_kind": tuple(kind.label for kind in Kind),
    "noun": NOUNS,
    "called": (gettext_noop("%(noun)s “%(name)s”"),),
    "item": (gettext_noop("a private %(kind)s"), gettext_noop("%(capital_kind)s %(record)s")),
    "named": (gettext_noop("record that it names"), gettext_noop("%(kind)s %(record)s")),
    "bearer": (gettext_noop("the %(noun)s of %(party)s of %(day)s"),),
    "document": (gettext_noop("%(noun)s %(number)s of %(party)s"),),
    "order": (gettext_noop("purchase order %(name)s"),),
    "label": (
        gettext_noop("Line %(key)s, link to the purchase order"),
        gettext_noop("Line %(key)s, %(field)s"),
        _LINE,
    ),
    "list": LISTS,
    "what": WHATS,
    "answer": ANSWERS,
    "flag": ("Active", "Is a job"),
    "yes_or_no": ("Yes", "No"),
    "no_or_yes": ("Yes", "No"),
    "gone": (gettext_noop("is not in QuickBooks any more"), gettext_noop("was made inactive in QuickBooks")),
    "lost": (
        gettext_noop("was made inactive"),
        gettext_noop("was deleted"),
        gettext_noop("was merged into another"),
    ),
    "chosen": (
        gettext_noop("account"),
        gettext_noop("class"),
        gettext_noop("customer"),
        gettext_noop("location"),
        gettext_noop("item"),
        gettext_noop("tax code"),
        gettext_noop("payment terms"),
    ),
    "fate": (gettext_noop("deleted"), gettext_noop("closed")),
    "why": (gettext_noop("was closed in QuickBooks when it was last seen"),),
    "or_else": ("", gettext_noop("; or reject this change order and let its description be shortened")),
    "workers": (gettext_noop("A worker"), gettext_noop("%(count)s workers in a row")),
    "heard": (
        gettext_noop("No worker has done anything"),
        gettext_noop("Beat, which starts scheduled work, has asked for nothing"),
        gettext_noop("No worker has taken anything from the queue of readings"),
        gettext_noop("No worker has taken anything from the queue of webhooks"),
    ),
    "days": (gettext_noop("1 day"), gettext_noop("%(count)s days")),
    "books": _BOOKS,
    "served": (gettext_noop("%(books)s and %(other_books)s"), *_BOOKS),
    "other_books": _BOOKS,
}
#: Of these anything may stand in the sentence: a word of the catalogue, where it is none of the forms.
OPEN: Final = frozenset({"label", "field", "status", "list", "verb", "done"})
#: QuickBooks' entities, as programs spell them.
ENTITIES: Final = frozenset({"entity", "other_entity"})
#: Several in a row, each by its form.
LISTED: Final[Mapping[str, tuple[str, ...]]] = {
    "differences": DIFFERENCES,
    "changes": DIFFERENCES,
    "documents": DOCUMENTS,
}

# -- sentences ---------------------------------------------------------------------------------------------------------

FORMS: Final = (
    # of a try at QuickBooks
    gettext_noop("QuickBooks holds it as %(entity)s %(id)s, as it was accepted."),
    gettext_noop(
        "QuickBooks holds it as %(entity)s %(id)s, but not as it was accepted: %(differences)s. Look at it in "
        "QuickBooks, then try again to send it once more."
    ),
    gettext_noop(
        "QuickBooks already has %(list)s of the name “%(name)s”, and nothing here shows that this console made it. If "
        "it is the same, link the record to it; if not, reject this one so that its name can be changed."
    ),
    gettext_noop(
        "The %(called)s was written and was deleted there before its lost answer was known. Try again if it should "
        "stand in QuickBooks; otherwise reject it."
    ),
    gettext_noop(
        "The %(called)s %(gone)s. Make it active again there and try again; or reject this change, unlink the record "
        "and send it anew."
    ),
    gettext_noop(
        "The %(called)s %(gone)s. Reject this change, then open its card under Changed in QuickBooks: it says what "
        "became of it and what can be done."
    ),
    gettext_noop(
        "The %(called)s %(gone)s, so there is nothing to add to. Unlink its commitment and send it again, then try "
        "again; or reject this change order."
    ),
    gettext_noop(
        "Somebody changed the %(called)s in QuickBooks since it was last synced: %(changes)s. Try again if ours "
        "should stand; otherwise reject this change."
    ),
    gettext_noop("The %(called)s is not in QuickBooks any more."),
    gettext_noop("QuickBooks does not show the change of the %(called)s."),
    gettext_noop("QuickBooks does not show it in the %(called)s."),
    gettext_noop("QuickBooks has no %(called)s."),
    gettext_noop("QuickBooks has no %(called)s with our mark."),
    gettext_noop("The %(called)s in QuickBooks is %(item)s here already."),
    gettext_noop("%(item)s %(lost)s in QuickBooks."),
    gettext_noop("What was chosen is not active in QuickBooks any more: %(chosen)s “%(name)s”."),
    gettext_noop(
        "The %(called)s is not linked to QuickBooks any more, so there is nothing to add to. Send its commitment "
        "again, then try again; or reject this change order."
    ),
    gettext_noop(
        "The %(named)s is not linked to QuickBooks any more, so nothing was sent. Send it or link it again, then try "
        "again."
    ),
    gettext_noop(
        "The memo of the %(called)s has no room left for our mark: QuickBooks takes %(limit)s characters. Let the "
        "bookkeeper shorten it, then try again%(or_else)s."
    ),
    gettext_noop(
        "QuickBooks has the number %(number)s already and does not allow it twice: %(documents)s. Let the bookkeeper "
        "renumber that one and try again, or reject this one so that its number can be changed."
    ),
    gettext_noop(
        "The %(called)s was typed in QuickBooks and linked as a whole, or its lines were replaced there: they are not "
        "those of the record, so nothing is written into it. Let the bookkeeper make the change there; or delete it "
        "there, unlink the record and send it anew."
    ),
    gettext_noop(
        "The invoice is a %(entity)s in QuickBooks and would become a %(other_entity)s. Let the bookkeeper delete the "
        "one that is there, unlink the invoice, and send it anew; or reject this change."
    ),
    gettext_noop("Line %(key)s is not linked to the purchase order."),
    gettext_noop("Line %(key)s is not linked: the %(order)s has no such line any more."),
    gettext_noop("It is not linked to the %(order)s, which %(why)s."),
    gettext_noop(
        "The %(order)s was another vendor's than this bill when it was last seen in QuickBooks, so nothing was sent. "
        "Let the bookkeeper look at both, then try again."
    ),
    gettext_noop("The old order is %(fate)s already and the new one is not there yet."),
    gettext_noop(
        "Bills are made from the %(called)s in QuickBooks, so it cannot be replaced and nothing was changed. Let the "
        "bookkeeper take the bills away from it first, then try again; or reject this and change the commitment by a "
        "change order."
    ),
    gettext_noop(
        "Line %(key)s would be taken out, but bills are made from this order in QuickBooks. Keep the line and change "
        "it by a change order, or let the bookkeeper remove the bills first."
    ),
    gettext_noop(
        "The purchase order in QuickBooks is another vendor's now (%(party)s), so nothing was added to it. Let the "
        "bookkeeper look at it, then try again."
    ),
    gettext_noop(
        "The %(noun)s was voided in QuickBooks, so it was not changed. Unlink the invoice and send it anew, or reject "
        "this change."
    ),
    gettext_noop("The %(noun)s is another vendor's in QuickBooks now (%(party)s), so it was not changed."),
    gettext_noop(
        "%(paid)s of this %(noun)s is paid or applied in QuickBooks, and it would come to %(total)s. Let the "
        "bookkeeper take the payment off it first, or bill the difference back in the next application."
    ),
    gettext_noop("The console failed in mid-call (%(error)s); looking it up."),
    gettext_noop("Looked %(tries)s times without an answer: check the connection to QuickBooks."),
    gettext_noop(
        "%(workers)s ended while sending it, so it was set aside and the rest goes on. QuickBooks does not hold it."
    ),
    gettext_noop(
        "%(workers)s ended over it, the last one while it was only looking for it, so it was set aside and the rest "
        "goes on. Whether QuickBooks holds it is not known."
    ),
    # why a record waits
    gettext_noop("Waiting for %(kind)s %(record)s to be in QuickBooks; it is %(status)s."),
    gettext_noop("The purchase order of %(item)s is being replaced, so this waits for the new one."),
    gettext_noop(
        "The books are closed through %(closed)s, and whoever accepted it chose to wait. It goes on by itself once "
        "the bookkeeper has opened them and QuickBooks' settings have been read again."
    ),
    gettext_noop(
        "The cap of the first export is reached (documents: %(documents_used)s, money: %(money)s). An administrator "
        "lifts or raises it after looking at what went."
    ),
    gettext_noop(
        "QuickBooks holds %(count)s documents with our mark that this database does not know, as after a restored "
        "backup. Nothing is sent until an administrator has linked them or said that they are not ours."
    ),
    gettext_noop("It was connected to %(books)s, and this installation is set up for %(served)s now."),
    gettext_noop("Disconnected by %(person)s."),
    gettext_noop("The limit of calls to this QuickBooks company is reached for %(seconds)s seconds."),
    # of reading QuickBooks, and of how well it goes
    gettext_noop("The %(entity)s list of QuickBooks kept changing while it was read; it is tried again."),
    gettext_noop("The %(entity)s list of QuickBooks changed %(times)s times while it was read; try again later."),
    gettext_noop("%(entity)s %(id)s refers to an account or item that has not been read yet."),
    gettext_noop(
        "The %(reads)s reads of QuickBooks that a company may use in a day are used up. It goes on by itself tomorrow, "
        "by UTC. Whoever runs the console can allow more (QUICKBOOKS_READS_A_DAY)."
    ),
    gettext_noop(
        "It is in %(currency)s, and the books are in %(home)s. The console keeps one currency: have the bill paid in "
        "that of the books, in QuickBooks."
    ),
    gettext_noop(
        "It was made before payments were taken, dated %(made)s. An administrator can take payments from an earlier "
        "day on."
    ),
    gettext_noop("%(heard)s since %(at)s UTC."),
    gettext_noop("%(heard)s yet."),
    gettext_noop("An accepted record has waited %(minutes)s minutes to go to QuickBooks; %(limit)s is the limit."),
    gettext_noop("The sign-in to QuickBooks ends within %(days)s, and is not renewed until somebody does."),
    # of what was changed in QuickBooks
    gettext_noop("%(what)s in QuickBooks by %(who)s: %(changes)s."),
    gettext_noop("%(what)s in QuickBooks: %(changes)s."),
    gettext_noop("%(what)s in QuickBooks by %(who)s."),
    gettext_noop("%(what)s in QuickBooks."),
    # what speaks against linking a document that bears our mark
    gettext_noop("Its number is that of %(item)s here: it was given to another record before."),
    gettext_noop("%(count)s documents bear this mark. Let the bookkeeper say which is right."),
    gettext_noop("It is linked to %(item)s here."),
    gettext_noop("It is called “%(there)s” there and “%(here)s” here."),
    gettext_noop("It is a %(entity)s there and would be a %(other_entity)s here."),
    gettext_noop("It has the number %(there)s there and %(here)s here."),
    gettext_noop("Its lines come to %(there)s there and %(here)s here."),
    gettext_noop("It is %(party)s's there, and whose it is here is not linked yet."),
    gettext_noop("It is %(party)s's there and another's here."),
    # why totals differ
    gettext_noop(
        "Invoice %(number)s is not in QuickBooks: its export stopped. Fix what its page in accounting says, then try "
        "again, or reject it there."
    ),
    gettext_noop(
        "%(number)s is not in QuickBooks: its export stopped. Fix what its page in accounting says, then try again, "
        "or reject it there."
    ),
    gettext_noop("%(number)s is accepted, and on its way to QuickBooks."),
    gettext_noop("%(number)s is not in QuickBooks yet. Send it to accounting, or accept it there."),
    gettext_noop("Invoice %(number)s is approved here and not in QuickBooks yet."),
    gettext_noop("Invoice %(number)s is %(status)s here, and its bill stands in QuickBooks."),
    gettext_noop("The bill of invoice %(number)s is not in QuickBooks any more."),
    gettext_noop("The bill of invoice %(number)s has not been read from QuickBooks yet."),
    gettext_noop("The bill of invoice %(number)s was %(status)s in QuickBooks."),
    gettext_noop(
        "The bill of invoice %(number)s says %(gross)s of work with %(retainage)s held, and the invoice %(invoiced)s "
        "with %(held_here)s held."
    ),
    gettext_noop(
        "QuickBooks says that %(paid)s of invoice %(number)s is paid; the payments taken here come to %(taken)s. The "
        "page of payments says which were not taken."
    ),
    gettext_noop("The purchase order of %(number)s was deleted in QuickBooks."),
    gettext_noop(
        "%(number)s is void here, and its purchase order of %(there)s stands in QuickBooks. Have it deleted there, and "
        "unlink it."
    ),
    gettext_noop(
        "The purchase order says %(there)s, and %(number)s with its approved change orders %(here)s. Send what is not "
        "in QuickBooks yet, or see what was changed there."
    ),
    gettext_noop("%(codes)s; QuickBooks adds it on top of this total"),
    # what stands in QuickBooks and nobody here knows
    gettext_noop(
        "It has the number of a bill of ours for this vendor, so it may be the same bill twice. Compare the two in "
        "QuickBooks before either is paid."
    ),
    gettext_noop("It reduces what the vendor is owed, and nothing here says so."),
    gettext_noop("It reduces what the vendor is owed for %(project)s, and nothing here says so."),
    gettext_noop(
        "It costs %(project)s something that no invoice here explains. If it bills a commitment, that shows too much "
        "left to bill; enter it here and let the bookkeeper delete this one."
    ),
    gettext_noop(
        "It is our vendor's and for none of our jobs. If it belongs to one, its job is missing in QuickBooks."
    ),
    gettext_noop("%(project)s has an estimate that is not its budget here, so two budgets may be compared."),
    gettext_noop(
        "It promises the vendor money that no commitment here knows, so the committed amount shown is too low."
    ),
    gettext_noop(
        "It promises the vendor money for %(project)s that no commitment here knows, so the committed amount shown "
        "is too low."
    ),
    # of webhooks
    gettext_noop("It answered %(status_code)s."),
    gettext_noop("It answered %(status_code)s, a redirect, which is not followed."),
    gettext_noop("Its certificate is not good: %(reason)s."),
    gettext_noop("The connection failed: %(error)s."),
)
#: What we say behind QuickBooks' own words.
AFTER_THEIRS: Final = (
    gettext_noop(
        "Once the bookkeeper has opened the period, try again. Or reject it and let it be sent anew: then whoever "
        "decides chooses to wait or to take the first open day."
    ),
    "%(item)s %(lost)s in QuickBooks.",
    "What was chosen is not active in QuickBooks any more: %(chosen)s “%(name)s”.",
    gettext_noop(
        "Let the bookkeeper make it active again there, then try again; or reject this, and choose another when it is "
        "sent again."
    ),
)
#: Labels and single values of ours, which stand alone.
ALONE: Final = (*HOLDS["label"], *IN_PLACE)

# -- what the journal keeps beside a person's own words ---------------------------------------------------------------

#: Of a record that is unlinked, behind the person's reason.
GONE: Final = (
    gettext_noop("It was not linked to anything in QuickBooks."),
    gettext_noop("It was only linked to “%(name)s”, which stays in QuickBooks as it is."),
    gettext_noop("QuickBooks no longer holds the %(called)s."),
    gettext_noop("The %(called)s was made inactive in QuickBooks."),
    gettext_noop("The %(called)s, number %(number)s, was voided in QuickBooks."),
    gettext_noop("None of its lines stands in the %(called)s, number %(number)s, any more."),
)
#: Before the person's note.
REMARKS: Final = (
    gettext_noop("Accepted among many, from the list."),
    gettext_noop("An earlier first acceptance does not count any more: this one takes its place."),
    gettext_noop("It stands in QuickBooks already, so it is linked and not sent."),
    gettext_noop("A merge explains it."),
    gettext_noop("Linked to %(noun)s %(name)s."),
    gettext_noop("Linked to the %(document)s, as a whole: its lines are not ours."),
    gettext_noop("Linked to the %(document)s."),
    gettext_noop("Linked with %(record)s: its lines are in it already."),
    gettext_noop(
        "QuickBooks held it already as %(entity)s %(id)s, by its name; this database did not know it, as after a "
        "restored backup."
    ),
    gettext_noop(
        "QuickBooks held it already as %(entity)s %(id)s, revision %(revision)s, by our mark; this database did "
        "not know it, as after a restored backup."
    ),
    gettext_noop("Known not to be in QuickBooks: in the signed month-end of %(month)s."),
    gettext_noop("Merged into %(noun)s %(name)s there."),
    gettext_noop("%(answer)s: %(note)s"),
    gettext_noop("%(answer)s."),
)

# -- refusals ----------------------------------------------------------------------------------------------------------

#: Why one of many stays, of which a worker was told so; the same are said to whoever does it by hand.
REFUSALS: Final = (
    gettext_noop("%(record)s failed unexpectedly, and nothing was done. Try it on its own."),
    gettext_noop("%(record)s cannot be %(verb)s: it is %(status)s."),
    gettext_noop("%(who)s has %(verb)s it."),
    gettext_noop("It was %(verb)s by %(who)s: %(when)s."),
    gettext_noop("Sent by %(who)s: %(when)s."),
    gettext_noop("%(record)s was not %(verb)s: %(who)s has %(done)s it meanwhile."),
    gettext_noop("%(record)s was edited while you looked at it, so it was not %(verb)s. Look again."),
    gettext_noop("Nothing has changed in %(record)s since QuickBooks took it."),
    gettext_noop("%(record)s has changed since you opened it, so nothing was accepted. Look again."),
    gettext_noop("You sent %(record)s yourself, so somebody else has to accept it."),
    gettext_noop("%(record)s has left for QuickBooks already, so it was not taken back."),
    gettext_noop("%(record)s was sent anew since you looked, so nothing was rejected. Look again."),
    gettext_noop("%(record)s has nothing to decide."),
    gettext_noop("%(record)s has no stopped export."),
    gettext_noop("%(who)s accepted %(record)s, and only the person who accepted it takes that back."),
    gettext_noop("%(who)s accepted %(record)s meanwhile, as the first of two approvers. Look again, then accept it."),
    gettext_noop("You accepted %(record)s as the first of two approvers, so another approver accepts it next."),
    gettext_noop("%(record)s was taken back and sent again meanwhile, so nothing was decided. Look again."),
    gettext_noop("%(record)s has changed since you looked, so no acceptance was taken back. Look again."),
    gettext_noop("%(who)s took the first acceptance of %(record)s back meanwhile. Look again, then accept it."),
)

# -- titles ------------------------------------------------------------------------------------------------------------

#: What a posting is called, before its own name; frozen in English with what was accepted.
TITLES: Final = (
    gettext_noop("Change purchase order %(name)s by %(number)s"),
    gettext_noop("New purchase order %(name)s"),
    gettext_noop("Change purchase order %(name)s"),
    gettext_noop("Replace purchase order %(name)s"),
    gettext_noop("New bill %(name)s"),
    gettext_noop("Change bill %(name)s"),
    gettext_noop("Replace bill %(name)s"),
    gettext_noop("New vendor credit %(name)s"),
    gettext_noop("Change vendor credit %(name)s"),
    gettext_noop("Replace vendor credit %(name)s"),
    gettext_noop("New estimate %(name)s"),
    gettext_noop("Change estimate %(name)s"),
    gettext_noop("New vendor %(name)s"),
    gettext_noop("Change vendor %(name)s"),
    gettext_noop("New item %(name)s"),
    gettext_noop("Change item %(name)s"),
    gettext_noop("New customer %(name)s"),
    gettext_noop("Change customer %(name)s"),
)
