"""Sentences that are kept in English with a record, as a reader of another language reads them.

One that is the same each time is a message of the catalogue itself. Of one that names something, the form is: what
stands in a sentence where the form has a placeholder is put into the form's translation. What follows `SAID` are
QuickBooks' own words, which stay as they are.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import cache

from django.utils.translation import get_language, gettext, gettext_noop

from procore_sync.kit.kinds import Kind

SAID = gettext_noop("QuickBooks says:")

#: By their beginnings, since the first one that fits is taken; each is held to what the code says by a test.
FORMS = (
    gettext_noop("QuickBooks holds it as %(entity)s %(number)s, as it was accepted."),
    gettext_noop(
        "QuickBooks already has %(list)s of the name “%(name)s”, and nothing here shows that this console made it. If "
        "it is the same, link the record to it; if not, reject this one so that its name can be changed."
    ),
    gettext_noop("Waiting for %(kind)s %(record)s to be in QuickBooks; it is %(status)s."),
    gettext_noop(
        "Invoice %(number)s is not in QuickBooks: its export stopped. Cure what its page in accounting says, then try "
        "again, or reject it there."
    ),
    gettext_noop(
        "%(number)s is not in QuickBooks: its export stopped. Cure what its page in accounting says, then try again, "
        "or reject it there."
    ),
    gettext_noop("%(number)s is accepted, and on its way to QuickBooks."),
    gettext_noop("%(number)s is not in QuickBooks yet. Send it to accounting, or accept it there."),
    gettext_noop("Invoice %(number)s is approved here and not in QuickBooks yet."),
    gettext_noop("The bill of invoice %(number)s is not in QuickBooks any more."),
    gettext_noop(
        "The purchase order says %(there)s, and %(number)s with its approved change orders %(here)s. Send what is not "
        "in QuickBooks yet, or see what was changed there."
    ),
    gettext_noop(
        "It has the number of a bill of ours for this vendor, so it may be the same bill twice. Compare the two in "
        "QuickBooks before either is paid."
    ),
    gettext_noop("It takes off what the vendor is owed, and nothing here says so."),
    gettext_noop("It takes off what the vendor is owed of %(project)s, and nothing here says so."),
    gettext_noop(
        "It costs %(project)s something that no invoice here explains. If it bills a commitment, that shows too much "
        "left to bill; enter it here and let the bookkeeper delete this one."
    ),
    gettext_noop(
        "It is our vendor's and for none of our jobs. If it belongs to one, its job is missing in QuickBooks."
    ),
    gettext_noop("%(project)s has an estimate that is not its budget here, so two budgets may be compared."),
    gettext_noop("It promises the vendor money that no commitment here knows, so what is committed is told too low."),
    gettext_noop("%(codes)s; QuickBooks adds it on top of this total"),
    gettext_noop(
        "The books are closed until %(closed)s, and whoever accepted it chose to wait. It goes on by itself after the "
        "bookkeeper has opened them and QuickBooks' settings were read again."
    ),
    gettext_noop(
        "It promises the vendor money for %(project)s that no commitment here knows, so what is committed is told too "
        "low."
    ),
    gettext_noop(
        "The cap of the first export is reached (documents: %(documents)s, money: %(money)s). An administrator lifts "
        "or raises it after looking at what went."
    ),
)
#: What a posting is called, before its own name; frozen in English with what was accepted.
TITLES = (
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
#: What a form's placeholder holds that is a word of ours and no name.
_WORDS = frozenset({"kind", "status", "list"})
#: The lists of QuickBooks that share their names, as a kept sentence calls them.
LISTS = (
    gettext_noop("a vendor, customer or employee"),
    gettext_noop("a customer, vendor or employee"),
    gettext_noop("an item"),
)
_KINDS = "|".join(re.escape(kind.label.lower()) for kind in Kind)
_LONGEST = 2000


def in_the_readers_words(sentence: str) -> str:
    """`sentence` in the reader's language as far as the catalogue has it or its form, else as it is."""
    if not sentence:
        return sentence
    if (get_language() or "en").startswith("en"):
        # It is in English already, but for what a list of QuickBooks is called by its programs.
        return _by_form(sentence, FORMS[:1])
    ours, said, theirs = sentence.partition(f" {SAID} ")
    if said:
        return f"{in_the_readers_words(ours)} {gettext(SAID)} {theirs}"
    known = gettext(sentence)
    return known if known != sentence or len(sentence) > _LONGEST else _by_form(sentence)


def title_in_the_readers_words(title: str) -> str:
    """The title of a posting in the reader's language; what it names stays."""
    return _by_form(title, TITLES) if title and not (get_language() or "en").startswith("en") else title


def _by_form(sentence: str, forms: Sequence[str] = FORMS) -> str:
    for form in forms:
        if found := _pattern(form).fullmatch(sentence):
            return gettext(form) % {name: _named(name, value) for name, value in found.groupdict().items()}
    return sentence


@cache
def _pattern(form: str) -> re.Pattern[str]:
    """What fits `form`: its own letters, and something on one line where it names something."""
    pieces = re.split(r"%\((\w+)\)s", form)
    return re.compile("".join(_held(piece) if place % 2 else re.escape(piece) for place, piece in enumerate(pieces)))


def _held(name: str) -> str:
    return f"(?P<{name}>{_KINDS if name == 'kind' else '.+?'})"


def _named(name: str, value: str) -> str:
    if name == "entity":
        return entity_words(value)
    if name not in _WORDS:
        return value
    known = gettext(value)
    # A word stands small inside of a sentence, and with a capital in the catalogue.
    return known if known != value else gettext(value[:1].upper() + value[1:]).lower()


def entity_words(entity: object) -> str:
    """A QuickBooks entity as people say it: PurchaseOrder is a Purchase order."""
    first, *others = re.findall(r"[A-Z][a-z]*|[a-z]+", str(entity)) or [""]
    words = " ".join([first, *(word.lower() for word in others)])
    return gettext(words) if words else ""
