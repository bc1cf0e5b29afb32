"""What went wrong, told by HTTP status and then by numeric code.

Never by exception class and never by the words of a message: the library files a throttle
under validation errors, and Intuit changes its wording.
"""

from __future__ import annotations

import html
import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from enum import StrEnum
from types import MappingProxyType
from typing import Any, Final

THROTTLE_PAUSE: Final = 60.0
"""Seconds to leave a company alone after a 429 without Retry-After (Intuit's own advice)."""

LONGEST_PAUSE: Final = 3600.0
"""Whatever a Retry-After says, nobody is left alone for longer: who must still wait then is told so again."""

EXCERPT: Final = 2000
"""How many characters of a raw error body are kept for support."""


class FaultKind(StrEnum):
    """What a failure means for the document that was being handled."""

    THROTTLED = "throttled"
    """QuickBooks refused the call unread, because of its limits. Wait `retry_after`."""
    NOT_SENT = "not_sent"
    """The request cannot have been written: DNS, refused, connect time-out, our own limiter, no token."""
    UNKNOWN = "unknown"
    """The request may have been carried out: reset or silence after sending, 5xx, unreadable answer."""
    REFUSED = "refused"
    """QuickBooks read it and says no. The same request will be refused again."""
    DUPLICATE = "duplicate"
    """Refused because the name or number is taken; perhaps by our own earlier attempt, so look first."""
    STALE = "stale"
    """Somebody changed the document since we read it: read again, compare, then decide."""
    MISSING = "missing"
    """The document, or something it refers to, was deleted or made inactive."""
    DISCONNECTED = "disconnected"
    """QuickBooks no longer accepts our tokens: an administrator has to connect again."""
    FORBIDDEN = "forbidden"
    """The tokens are good but not for this company, or its subscription has ended."""


class Cure(StrEnum):
    """Who can put it right."""

    APPROVER = "approver"
    PROJECT_MANAGER = "project_manager"
    ADMINISTRATOR = "administrator"
    MACHINE = "machine"


@dataclass(frozen=True)
class FaultError:
    """One error of a Fault, as QuickBooks worded it."""

    code: str
    message: str = ""
    detail: str = ""
    element: str = ""


@dataclass(frozen=True)
class Entry:
    """A line of the catalogue: what a code means, in a sentence for an accountant."""

    kind: FaultKind
    sentence: str
    cure: Cure


@dataclass(frozen=True)
class Fault:
    """A classified failure. Holds no token and no request.

    `errors` are all errors of the answer; `code` is the one that decided, `name` the line of the catalogue where
    there was no code. `status` is None when there was no answer. `retry_after` is in seconds. `writes` says whether
    the call could have changed anything at all.
    """

    kind: FaultKind
    sentence: str
    cure: Cure
    code: str = ""
    errors: tuple[FaultError, ...] = ()
    status: int | None = None
    intuit_tid: str = ""
    retry_after: float | None = None
    elapsed_ms: int = 0
    request_id: str = ""
    writes: bool = True
    body: str = ""
    name: str = ""

    @property
    def nothing_written(self) -> bool:
        """Whether it is certain that this call changed nothing in QuickBooks.

        Only an UNKNOWN outcome of a write leaves it open; then look before sending again.
        DUPLICATE speaks of this call alone: an earlier one may have written what is in the way.
        """
        return not self.writes or self.kind is not FaultKind.UNKNOWN


class LedgerFault(Exception):
    """A call to QuickBooks failed; `fault` says how, and `kind` what it means."""

    def __init__(self, fault: Fault) -> None:
        super().__init__(fault.sentence)
        self.fault = fault

    @property
    def kind(self) -> FaultKind:
        return self.fault.kind


def _entries() -> dict[int, Entry]:
    refused, admin, approver, pm = FaultKind.REFUSED, Cure.ADMINISTRATOR, Cure.APPROVER, Cure.PROJECT_MANAGER
    return {
        100: Entry(FaultKind.DISCONNECTED, "QuickBooks does not recognise our sign-in any more.", admin),
        110: Entry(FaultKind.DISCONNECTED, "QuickBooks does not recognise our sign-in any more.", admin),
        120: Entry(FaultKind.FORBIDDEN, "The person who connected QuickBooks may not do this there.", admin),
        500: Entry(refused, "QuickBooks does not offer this operation for this kind of document.", admin),
        600: Entry(
            FaultKind.UNKNOWN,
            "QuickBooks has seen this request before; whether it was carried out has to be looked up.",
            Cure.MACHINE,
        ),
        610: Entry(
            FaultKind.MISSING,
            "The document, or an account, customer, item or vendor on it, was deleted or made inactive in QuickBooks.",
            approver,
        ),
        620: Entry(
            refused,
            "QuickBooks cannot link these documents, for example because the purchase order is another vendor's.",
            approver,
        ),
        800: Entry(refused, "Other documents in QuickBooks depend on this one, so it cannot be removed.", approver),
        900: Entry(refused, "QuickBooks does not remove this document.", approver),
        1040: Entry(refused, "Too many documents were sent to QuickBooks in one batch.", Cure.MACHINE),
        2010: Entry(refused, "QuickBooks does not know one of the fields that were sent.", admin),
        2020: Entry(refused, "QuickBooks needs a field that was not sent.", approver),
        2040: Entry(
            refused,
            "A name or text has a character that QuickBooks does not allow, such as a colon, a tab or a line break.",
            pm,
        ),
        2050: Entry(refused, "A text is longer than QuickBooks allows.", pm),
        2170: Entry(refused, "A field has a value that QuickBooks does not know.", admin),
        2210: Entry(refused, "QuickBooks does not accept an e-mail address on this record.", pm),
        2500: Entry(
            refused,
            "The document refers to a name, account, item or class that this QuickBooks company does not have; "
            "check the mapping.",
            approver,
        ),
        3001: Entry(FaultKind.THROTTLED, "QuickBooks is limiting how many calls we make; we wait.", Cure.MACHINE),
        3100: Entry(FaultKind.FORBIDDEN, "Our QuickBooks sign-in is not for this company.", admin),
        3200: Entry(FaultKind.DISCONNECTED, "QuickBooks does not accept our sign-in any more.", admin),
        4000: Entry(refused, "QuickBooks could not read the question we asked it.", admin),
        4001: Entry(refused, "QuickBooks does not allow this search.", admin),
        5010: Entry(
            FaultKind.STALE,
            "Somebody changed the document in QuickBooks after we read it; it is read again and compared.",
            Cure.MACHINE,
        ),
        5020: Entry(
            refused,
            "A feature this needs is switched off, or not part of this company's QuickBooks plan.",
            admin,
        ),
        6000: Entry(refused, "The document breaks one of QuickBooks' accounting rules.", approver),
        6070: Entry(refused, "The amount of a line is not its quantity times its unit price.", pm),
        6080: Entry(refused, "A record needs a name before QuickBooks takes it.", pm),
        6100: Entry(refused, "The tax code of a line is not one that QuickBooks accepts here.", approver),
        6140: Entry(
            FaultKind.DUPLICATE,
            "QuickBooks already has a document with this number, and this company does not allow it twice.",
            approver,
        ),
        6190: Entry(FaultKind.FORBIDDEN, "The QuickBooks subscription of this company has ended or is unpaid.", admin),
        6210: Entry(
            refused,
            "The date lies in a period that is closed in QuickBooks; somebody has to reopen it or choose another date.",
            approver,
        ),
        6240: Entry(
            FaultKind.DUPLICATE,
            "Another customer, vendor, employee or item in QuickBooks already has this name.",
            approver,
        ),
        6540: Entry(refused, "The money was already deposited in QuickBooks, so the document cannot change.", approver),
        10000: Entry(
            FaultKind.UNKNOWN,
            "QuickBooks reports an error of its own and does not say whether it carried the request out.",
            Cure.MACHINE,
        ),
    }


CATALOGUE: Final[Mapping[int, Entry]] = MappingProxyType(_entries())
"""Code → what it means. Anything not here is a refusal in QuickBooks' own words."""


def _without_code() -> dict[str, Entry]:
    refused, unknown_kind, before = FaultKind.REFUSED, FaultKind.UNKNOWN, FaultKind.NOT_SENT
    admin, machine = Cure.ADMINISTRATOR, Cure.MACHINE
    return {
        "other": Entry(refused, "QuickBooks refused the document.", Cure.APPROVER),
        "server": Entry(
            unknown_kind,
            "QuickBooks failed while working on the request, so it is not known whether it was carried out.",
            machine,
        ),
        "garbled": Entry(
            unknown_kind,
            "QuickBooks answered with something that cannot be read, so it is not known whether the request was "
            "carried out.",
            machine,
        ),
        "turned_away": Entry(
            unknown_kind,
            "Something on the way to QuickBooks, as a firewall, turned the request away with a page of its own, so it "
            "is not known whether QuickBooks got it. Operator: if it stays so, look at the network between.",
            machine,
        ),
        "wrong_address": Entry(refused, "What answers at the configured address is not QuickBooks.", admin),
        "unproven": Entry(
            before,
            "What answers at the address of QuickBooks cannot prove that it is QuickBooks, so nothing was sent.",
            admin,
        ),
        "unreached": Entry(before, "QuickBooks could not be reached, so nothing was sent.", machine),
        "malformed": Entry(before, "The request could not be put together, so nothing was sent.", admin),
        "silence": Entry(
            unknown_kind,
            "QuickBooks did not answer in time, so it is not known what became of the request.",
            machine,
        ),
        "broke_off": Entry(
            unknown_kind,
            "The connection to QuickBooks broke off, so it is not known what became of the request.",
            machine,
        ),
        "limiter": Entry(
            before,
            "QuickBooks takes a limited number of calls a minute, and they are used up or cannot be "
            "counted; nothing was sent.",
            machine,
        ),
        "not_sent": Entry(before, "Something kept the request from going, so nothing was sent.", machine),
        "unknown": Entry(unknown_kind, "It is not known what became of the request.", machine),
        "disconnected": Entry(FaultKind.DISCONNECTED, "QuickBooks is not connected, so nothing goes out.", admin),
    }


WITHOUT_CODE: Final[Mapping[str, Entry]] = MappingProxyType(_without_code())
"""What QuickBooks gave no code of its own for, by a name of ours."""

_UNKNOWN_CODE: Final = WITHOUT_CODE["other"]
_SERVER: Final = WITHOUT_CODE["server"]
_GARBLED: Final = WITHOUT_CODE["garbled"]
_WRONG_ADDRESS: Final = WITHOUT_CODE["wrong_address"]
_TURNED_AWAY: Final = WITHOUT_CODE["turned_away"]
_NAMES: Final = {
    entry: name for name, entry in [*((str(code), one) for code, one in CATALOGUE.items()), *WITHOUT_CODE.items()]
}

_BY_STATUS: Final[Mapping[int, Entry]] = MappingProxyType(
    {401: CATALOGUE[3200], 403: CATALOGUE[3100], 408: _SERVER, 429: CATALOGUE[3001]}
)
"""Statuses that mean one thing whatever the body says; 403 may still be a throttle, or not be of QuickBooks."""

_GRAVEST_FIRST: Final = (
    FaultKind.UNKNOWN,
    FaultKind.DISCONNECTED,
    FaultKind.FORBIDDEN,
    FaultKind.REFUSED,
    FaultKind.MISSING,
    FaultKind.DUPLICATE,
    FaultKind.STALE,
    FaultKind.THROTTLED,
)


def errors_in(raw: str) -> tuple[FaultError, ...]:
    """All errors of a body: JSON `Fault`, lowercase `fault`, or XML. Empty for anything else."""
    text = raw.strip()
    if text.startswith("<"):
        return _errors_in_xml(text)
    try:
        body = json.loads(text)
    except (ValueError, RecursionError):
        return ()
    return errors_of(body)


def errors_of(body: object) -> tuple[FaultError, ...]:
    """All errors of a parsed body, or of one element of a batch."""
    if not isinstance(body, Mapping):
        return ()
    fault = body.get("Fault") or body.get("fault")
    if not isinstance(fault, Mapping):
        return ()
    listed = fault.get("Error") or fault.get("error") or ()
    named = [_error(error) for error in _listed(listed) if isinstance(error, Mapping)]
    return tuple(named) or (FaultError(code="", message=_text(fault.get("type"))),)


def _listed(value: object) -> Iterable[object]:
    return value if isinstance(value, list) else [value]


def _error(error: Mapping[str, Any]) -> FaultError:
    lower = {str(name).lower(): value for name, value in error.items()}
    return FaultError(
        code=_code(lower.get("code")),
        message=_text(lower.get("message")),
        detail=_text(lower.get("detail")),
        element=_text(lower.get("element")),
    )


def _text(value: object) -> str:
    return "" if value is None else str(value)[:EXCERPT]


def _code(value: object) -> str:
    digits = _text(value).strip()
    return str(int(digits)) if _is_number(digits) else digits


def _is_number(code: str) -> bool:
    return code.isascii() and code.isdigit() and len(code) < 10


_XML_READ: Final = 20_000
_XML_ERROR: Final = re.compile(r"<(?:\w+:)?Error\b([^>]*)>(.*?)</(?:\w+:)?Error>", re.DOTALL)
_XML_ATTRIBUTE: Final = re.compile(r"(\w+)\s*=\s*[\"']([^\"']*)[\"']")
_XML_CHILD: Final = re.compile(r"<(?:\w+:)?(Message|Detail)>(.*?)</(?:\w+:)?\1>", re.DOTALL)


def _errors_in_xml(text: str) -> tuple[FaultError, ...]:
    # Expressions instead of a parser: the sender of an error page is not trusted, and a parser
    # of the standard library would expand its entities.
    return tuple(
        _error({name: html.unescape(value) for name, value in _fields(attributes, inner)})
        for attributes, inner in _XML_ERROR.findall(text[:_XML_READ])
    )


def _fields(attributes: str, inner: str) -> list[tuple[str, str]]:
    return [*_XML_ATTRIBUTE.findall(attributes), *_XML_CHILD.findall(inner)]


def entry_for(status: int, errors: tuple[FaultError, ...]) -> tuple[Entry, str]:
    """The meaning of a status with these errors, and the code that decided."""
    meanings = [(_meaning(error), error.code) for error in errors]
    gravest = min(meanings, key=lambda pair: _GRAVEST_FIRST.index(pair[0].kind), default=None)
    code = gravest[1] if gravest else ""
    if status in _BY_STATUS:
        return _settled(status, gravest), code
    if status >= 500:
        return _SERVER, code
    if gravest:
        return gravest
    return (_GARBLED if status < 400 else _WRONG_ADDRESS), code


def _settled(status: int, gravest: tuple[Entry, str] | None) -> Entry:
    said = gravest[0] if gravest else None
    if status == 403 and said is None:
        return _TURNED_AWAY  # QuickBooks says in its own shape that a sign-in is not for the company
    if status == 403 and said and said.kind in (FaultKind.THROTTLED, FaultKind.FORBIDDEN):
        return said
    return _BY_STATUS[status]


def _meaning(error: FaultError) -> Entry:
    return CATALOGUE.get(int(error.code), _UNKNOWN_CODE) if _is_number(error.code) else _UNKNOWN_CODE


def sentence_for(entry: Entry, errors: tuple[FaultError, ...]) -> str:
    """The catalogue's sentence; for a refusal also QuickBooks' own words, each error once."""
    if entry.kind not in (FaultKind.REFUSED, FaultKind.MISSING, FaultKind.DUPLICATE):
        return entry.sentence
    said = dict.fromkeys(_quoted(error) for error in errors)
    words = "; ".join(each for each in said if each)
    return f"{entry.sentence} QuickBooks says: {words}." if words else entry.sentence


def _quoted(error: FaultError) -> str:
    words = (error.detail or error.message).strip().rstrip(".")
    return f"{words} ({error.code})" if words and error.code else words


def classify(status: int, raw: str, *, errors: tuple[FaultError, ...] | None = None, writes: bool = True) -> Fault:
    """The fault that an answer with this status and body is. Only for answers that are not good."""
    found = errors_in(raw) if errors is None else errors
    entry, code = entry_for(status, found)
    return Fault(
        kind=entry.kind,
        sentence=sentence_for(entry, found),
        cure=entry.cure,
        code=code,
        name=_NAMES.get(entry, ""),
        errors=found,
        status=status,
        writes=writes,
        retry_after=THROTTLE_PAUSE if entry.kind is FaultKind.THROTTLED else None,
        body=raw[:EXCERPT],
    )


def wait_in(headers: Mapping[str, str]) -> float:
    """The seconds of a Retry-After header, given as a number or a date, an hour at the most; without one, Intuit's
    minute.
    """
    return min(_told_to_wait(headers.get("Retry-After", "").strip()), LONGEST_PAUSE)


def _told_to_wait(given: str) -> float:
    if given.isascii() and given.isdigit():
        return float(given[:6])
    try:
        until = parsedate_to_datetime(given)
    except ValueError:
        return THROTTLE_PAUSE
    return max(0.0, (until.replace(tzinfo=until.tzinfo or UTC) - datetime.now(UTC)).total_seconds())


def not_sent(sentence: str, *, cure: Cure = Cure.MACHINE, code: str = "", retry_after: float | None = None) -> Fault:
    """A failure before anything could have been written."""
    return Fault(FaultKind.NOT_SENT, sentence, cure, code=code, retry_after=retry_after)


def unknown(sentence: str, *, writes: bool = True, code: str = "") -> Fault:
    """A failure after which nobody here can say whether the request was carried out."""
    return Fault(FaultKind.UNKNOWN, sentence, Cure.MACHINE, code=code, writes=writes)


def of_entry(name: str, *, writes: bool = True) -> Fault:
    """The failure that the catalogue has under a name of ours."""
    entry = WITHOUT_CODE[name]
    return Fault(entry.kind, entry.sentence, entry.cure, writes=writes, name=name)


def garbled(status: int, raw: str, *, writes: bool) -> Fault:
    """A good status with a body that is not the promised document."""
    return replace(of_entry("garbled", writes=writes), status=status, body=raw[:EXCERPT])
