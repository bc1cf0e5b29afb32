"""What a commitment and its lines may say: sentences by field, for form, file, API and operation alike."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext, gettext_noop

from commitments.models import NUMBER_LIMIT, AccountingMethod, CommitmentStatus, CommitmentType, SovLine
from commitments.statuses import statuses_of
from procore_sync.kit.money import CENT, money
from procore_sync.kit.text import length_of, line_problems, number_problems
from projects.records import Problems

TITLE_LIMIT = 255
MEMO_LIMIT = 4000
LINE_LIMIT = 3900
LIMIT_LINES = 500
NUMBER_COLUMN = 60

_PROSE = {
    "description": gettext_noop("description"),
    "inclusions": gettext_noop("inclusions"),
    "exclusions": gettext_noop("exclusions"),
    "ship_to": gettext_noop("ship-to address"),
    "bill_to": gettext_noop("bill-to address"),
}


@dataclass(frozen=True)
class CommitmentDetails:
    """What a person says about a commitment, its lines apart.

    Without a number or a date a new commitment gets the suggested number and today's date.
    """

    project_id: int
    type: str
    number: str = ""
    title: str = ""
    vendor_id: int | None = None
    status: str = CommitmentStatus.DRAFT
    accounting_method: str = AccountingMethod.AMOUNT
    default_retainage: Decimal = Decimal("0.00")
    created_on: date | None = None
    description: str = ""
    inclusions: str = ""
    exclusions: str = ""
    ship_to: str = ""
    bill_to: str = ""
    payment_terms: str = ""
    delivers_on: date | None = None
    starts_on: date | None = None
    completes_on: date | None = None
    signed_on: date | None = None
    executed: bool = False
    uses_ssov: bool = False


@dataclass(frozen=True)
class LineDetails:
    """What a person says about a line. `code_id` is a cost code of the company's list that the project uses.

    `number` is that of the line that is meant, None for a new one. An amount based line has an amount alone; of the
    others the amount follows, and may be left out.
    """

    code_id: int | None
    amount: Decimal | None = None
    description: str = ""
    quantity: Decimal | None = None
    uom: str = ""
    unit_cost: Decimal | None = None
    number: int | None = None


def product(quantity: Decimal, unit_cost: Decimal) -> Decimal:
    """What a quantity at a unit cost amounts to, half a cent rounded up."""
    return money(quantity * unit_cost)


def prose_problems(text: str, *, limit: int, what: str) -> list[str]:
    """Why `text`, which may have several lines, cannot be taken; empty if it can. `what` names it, in English."""
    problems = []
    plain = text.replace("\r\n", "\n").replace("\n", "").replace("\t", "")
    if any(unicodedata.category(character) in ("Cc", "Cs", "Co") for character in plain):
        problems.append(
            gettext("The %(what)s has an unprintable character, which QuickBooks refuses. Type it again.")
            % {"what": gettext(what)}
        )
    if length_of(text) > limit:
        problems.append(
            gettext("The %(what)s has %(length)s characters; %(limit)s is the limit. Shorten it.")
            % {"what": gettext(what), "length": f"{length_of(text):,}", "limit": f"{limit:,}"}
        )
    return problems


def commitment_problems(details: CommitmentDetails) -> Problems:
    """Why the commitment cannot be as given, by field; empty if it can."""
    problems = {
        "type": _type_problems(details),
        "number": _number_problems(details.number),
        "title": line_problems(details.title, limit=TITLE_LIMIT, what=gettext_noop("title")),
        "status": _status_problems(details),
        "accounting_method": _method_problems(details.accounting_method),
        "default_retainage": _retainage_problems(details.default_retainage),
        "payment_terms": line_problems(details.payment_terms, limit=100, what=gettext_noop("payment terms")),
        "created_on": []
        if details.created_on
        else [gettext("The date is missing. QuickBooks gets it as the order's date.")],
        "completes_on": _date_problems(details),
        **{name: prose_problems(getattr(details, name), limit=MEMO_LIMIT, what=what) for name, what in _PROSE.items()},
    }
    return {name: sentences for name, sentences in problems.items() if sentences}


def _type_problems(details: CommitmentDetails) -> list[str]:
    if details.type in CommitmentType.values:
        return []
    sentence = gettext("%(type)s is not a type of a commitment. Choose purchase order or subcontract.")
    return [sentence % {"type": details.type or gettext("Nothing")}]


def _number_problems(number: str) -> list[str]:
    """A number may be too long for QuickBooks while it is a draft; that is told at sending (`readiness`)."""
    if not number:
        return [gettext("The number is empty. Give one.")]
    return (
        number_problems(number, limit=NUMBER_COLUMN)
        if length_of(number) <= NUMBER_COLUMN
        else [
            gettext("The number has %(length)s characters; QuickBooks takes %(limit)s. Shorten it.")
            % {"length": length_of(number), "limit": NUMBER_LIMIT}
        ]
    )


def _status_problems(details: CommitmentDetails) -> list[str]:
    known = statuses_of(details.type)
    if details.type not in CommitmentType.values or details.status in known:
        return []
    named = ", ".join(gettext(CommitmentStatus(one).label) for one in known)
    what = gettext(CommitmentType(details.type).label).lower()
    sentence = gettext("%(status)s is not a status of a %(what)s. Choose one of %(named)s.")
    return [sentence % {"status": details.status or gettext("Nothing"), "what": what, "named": named}]


def _method_problems(method: str) -> list[str]:
    if method in AccountingMethod.values:
        return []
    sentence = gettext("%(method)s is not an accounting method. Choose amount based or unit and quantity based.")
    return [sentence % {"method": method or gettext("Nothing")}]


def _retainage_problems(percent: Decimal) -> list[str]:
    if not percent.is_finite() or not 0 <= percent <= 100:
        return [gettext("The default retainage is a percentage from 0 to 100.")]
    return (
        [] if percent == percent.quantize(CENT) else [gettext("The default retainage has two decimal places at most.")]
    )


def _date_problems(details: CommitmentDetails) -> list[str]:
    if details.starts_on and details.completes_on and details.completes_on < details.starts_on:
        return [gettext("The commitment completes before it starts. Change one of the two dates.")]
    return []


def figure_problems(value: Decimal | None, *, places: int, what: str) -> list[str]:
    """Why a number cannot be kept as it is, with at most `places` decimals; nothing is ever rounded silently.

    `what` names it, in English.
    """
    if value is None:
        return [gettext("The %(what)s is missing. Give it.") % {"what": gettext(what)}]
    if not value.is_finite():
        return [gettext("The %(what)s is not a number. Type it again.") % {"what": gettext(what)}]
    if abs(value) >= Decimal(10) ** (14 - places):
        sentence = gettext("The %(what)s is too large. %(digits)s digits before the point are the limit.")
        return [sentence % {"what": gettext(what), "digits": 14 - places}]
    if value != round(value, places):
        return [
            gettext("The %(what)s has more than %(places)s decimal places. Round it yourself.")
            % {"what": gettext(what), "places": places}
        ]
    return []


def line_problems_of(line: LineDetails, method: str) -> Problems:
    """Why a line cannot be as given under an accounting method, by field; empty if it can."""
    problems = {
        "description": prose_problems(line.description, limit=LINE_LIMIT, what=gettext_noop("description")),
        "uom": line_problems(line.uom, limit=20, what=gettext_noop("unit of measure")),
        **(_amount_based(line) if method == AccountingMethod.AMOUNT else _unit_based(line)),
    }
    if line.code_id is None:
        problems["code"] = [gettext("The cost code is missing. Choose one.")]
    return {name: sentences for name, sentences in problems.items() if sentences}


def _amount_based(line: LineDetails) -> Problems:
    problems = {"amount": figure_problems(line.amount, places=2, what=gettext_noop("amount"))}
    if line.quantity is not None or line.unit_cost is not None:
        problems["quantity"] = [
            gettext("The commitment is amount based, so a line has neither quantity nor unit cost.")
        ]
    return problems


def _unit_based(line: LineDetails) -> Problems:
    problems = {
        "quantity": figure_problems(line.quantity, places=4, what=gettext_noop("quantity")),
        "unit_cost": figure_problems(line.unit_cost, places=4, what=gettext_noop("unit cost")),
    }
    if any(problems.values()) or line.quantity is None or line.unit_cost is None:
        return problems
    amount = product(line.quantity, line.unit_cost)
    problems["amount"] = figure_problems(amount, places=2, what=gettext_noop("amount"))
    if line.amount is not None and line.amount != amount:
        problems["amount"] = [
            gettext(
                "The amount is %(amount)s, but %(quantity)s at %(unit_cost)s is %(product)s. Leave the amount out, or "
                "change one of them."
            )
            % {
                "amount": line.amount,
                "quantity": plain(line.quantity),
                "unit_cost": plain(line.unit_cost),
                "product": amount,
            }
        ]
    return problems


def plain(number: Decimal | None) -> str:
    """A quantity or unit cost as text: no exponent, no empty decimals, "" where there is none."""
    if number is None:
        return ""
    return format(number.normalize(), "f") if number else "0"


def amount_of(line: LineDetails) -> Decimal:
    """The amount of a line without problems."""
    if line.quantity is not None and line.unit_cost is not None:
        return product(line.quantity, line.unit_cost)
    return money(line.amount or 0)


def schedule_problems(lines: Sequence[LineDetails], method: str) -> Problems:
    """Why the lines cannot be as given, by `lines.<place from 0>.<field>`; each sentence names its line."""
    if len(lines) > LIMIT_LINES:
        return {
            "lines": [
                gettext("A commitment has %(limit)s lines at most; these are %(count)s. Split it.")
                % {"limit": LIMIT_LINES, "count": len(lines)}
            ]
        }
    problems: Problems = {}
    for place, line in enumerate(lines):
        for name, sentences in line_problems_of(line, method).items():
            problems[f"lines.{place}.{name}"] = in_line(place + 1, sentences)
    twice = [one.number for one in lines if one.number is not None]
    if len(set(twice)) != len(twice):
        problems["lines"] = [gettext("A line is named twice. Load the page again and repeat your edit.")]
    return problems


def in_line(line: object, sentences: Iterable[str]) -> list[str]:
    """Each sentence with the line that it is about."""
    return [gettext("Line %(line)s: %(sentence)s") % {"line": line, "sentence": sentence} for sentence in sentences]


def line_details(line: SovLine) -> LineDetails:
    """What a line says."""
    return LineDetails(**said_by(line), number=line.number)


def said_by(line: Any) -> dict[str, Any]:
    """What a line of a commitment and a line of a change order both say, for their details."""
    names = ("amount", "description", "quantity", "uom", "unit_cost")
    return {"code_id": line.code.cost_code_id, **{name: getattr(line, name) for name in names}}
