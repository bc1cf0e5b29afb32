"""The catalogue of errors: every fault of QuickBooks and every refusal of the console, who can cure it, and where.

Nothing is written here that the code does not run by: the lines are read from the tables of the client and the
bridge, from the engine's own refusal, and from the classes of refusals.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from inspect import cleandoc

from django.urls import reverse
from django.utils.translation import gettext_noop

from procore_sync.acceptance import quarantine
from procore_sync.acceptance.auditing.verifying import NotAsSigned
from procore_sync.accounts import curing
from procore_sync.kit.refusals import Refusal
from quickbooks_bridge.client import faults, tokens
from quickbooks_bridge.client.faults import FaultKind
from quickbooks_bridge.outcomes import WHERE, WHO
from quickbooks_bridge.stops import STOPS

#: What follows from what a failure means, where its own sentence does not say it.
_CURES: dict[FaultKind, str] = {
    FaultKind.THROTTLED: gettext_noop("Nobody has to: it goes on by itself, and no try is counted."),
    FaultKind.NOT_SENT: gettext_noop(
        "It is tried again by itself, later and later up to a minute; nothing was written."
    ),
    FaultKind.UNKNOWN: gettext_noop(
        "The console looks in QuickBooks before it sends anything again, so it cannot arrive twice."
    ),
    FaultKind.REFUSED: gettext_noop("Fix the cause and try again, or reject the record for correction."),
    FaultKind.DUPLICATE: gettext_noop(
        "Link the record if it is the same; else change the name or number of one of the two."
    ),
    FaultKind.STALE: gettext_noop("Nobody has to: the document is read again and compared before anything is written."),
    FaultKind.MISSING: gettext_noop(
        "Make it active again in QuickBooks and try again; or reject the record and unlink it."
    ),
    FaultKind.DISCONNECTED: gettext_noop(
        "An administrator signs in to QuickBooks again; what waits then goes on by itself."
    ),
    FaultKind.FORBIDDEN: gettext_noop("An administrator connects as somebody who may do this, on a plan that has it."),
}
_BY_ITSELF = gettext_noop("The console, by itself")
#: Everybody who cures something, in the words that refusals and attempts carry.
CURED_BY = (
    gettext_noop("approver"),
    gettext_noop("another approver"),
    gettext_noop("accountant"),
    gettext_noop("bookkeeper"),
    *curing.WORDS,
    gettext_noop("administrator"),
    gettext_noop("reviewer or administrator"),
    gettext_noop("invoice contact"),
    gettext_noop("operator"),
)


@dataclass(frozen=True)
class Error:
    """One line of the catalogue. `code` is what an attempt or a refusal carries, `place` a (label, address) or None."""

    code: str
    sentence: str
    who: str
    cure: str
    place: tuple[str, str] | None = None

    @property
    def anchor(self) -> str:
        """Where it stands on the page."""
        return f"error-{self.code}"


@dataclass(frozen=True)
class Section:
    """The errors of one source."""

    key: str
    title: str
    told: str
    errors: list[Error]


@cache
def sections() -> list[Section]:
    """The whole catalogue, by where an error comes from."""
    return [
        Section(
            "quickbooks",
            gettext_noop("What QuickBooks answers"),
            gettext_noop(
                "The number is QuickBooks' own fault code. Its own words are shown at the try, on the record's page."
            ),
            [_of_entry(str(code), entry) for code, entry in sorted(faults.CATALOGUE.items())],
        ),
        Section(
            "connection",
            gettext_noop("What happens on the way there"),
            gettext_noop("QuickBooks gave no code, or no answer."),
            [_of_entry(name, entry) for name, entry in [*faults.WITHOUT_CODE.items(), *tokens.BY_ERROR.items()]],
        ),
        Section(
            "stops",
            gettext_noop("What stops an accepted record"),
            gettext_noop(
                "The console looked at what QuickBooks holds and sent nothing, or found it otherwise than accepted."
            ),
            [
                *(Error(stop, told.sentence, told.who, told.cure) for stop, told in STOPS.items()),
                Error(quarantine.CODE, quarantine.TOLD, quarantine.WHO, quarantine.CURE),
            ],
        ),
        Section(
            "refusals",
            gettext_noop("What the console does not do"),
            gettext_noop("When one of these is shown, nothing was changed; page and API say the same sentence."),
            [_of_refusal(refusal) for refusal in sorted(_refusals(), key=lambda one: (one.http_status, one.code))],
        ),
    ]


def _of_entry(code: str, entry: faults.Entry) -> Error:
    where = WHERE.get(code) or ("quickbooks_bridge:connection" if entry.cure is faults.Cure.ADMINISTRATOR else "")
    place = (_LABELS[where], reverse(where)) if where else None
    return Error(code, entry.sentence, WHO[entry.cure] or _BY_ITSELF, _CURES[entry.kind], place)


_LABELS = {
    "quickbooks_bridge:connection": gettext_noop("Connection"),
    "quickbooks_bridge:editions": gettext_noop("Set up QuickBooks"),
    "quickbooks_bridge:mappings": gettext_noop("Mappings"),
}


def _refusals() -> Iterator[type[Refusal]]:
    """Every class of refusal that is loaded, each once, whoever defines it."""
    found: dict[type[Refusal], None] = {}
    # The one that only a command of the machine raises, which no page loads.
    edge: list[type[Refusal]] = [Refusal, NotAsSigned]
    while edge:
        one = edge.pop()
        if one not in found:
            found[one] = None
            edge += one.__subclasses__()
    yield from found


def _of_refusal(refusal: type[Refusal]) -> Error:
    sentence = cleandoc(refusal.__doc__ or "").split("\n\n")[0].replace("\n", " ")
    return Error(refusal.code, sentence, "", refusal.cure)


def error_of(code: str) -> Error:
    """The line of `code`; of a code that QuickBooks has and nobody has told us, the line for all such."""
    known = {one.code: one for section in sections() for one in section.errors}
    return known.get(code) or known["other" if code.isdigit() else "unknown"]
