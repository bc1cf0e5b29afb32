"""What a budget line and a change may say: sentences by field, for form, file, API and operation alike."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from django.utils.translation import gettext, gettext_noop

from budgets.models import BudgetLine
from procore_sync.kit.money import money
from procore_sync.kit.text import line_problems
from projects.models import Project
from projects.records import Problems

#: QuickBooks' own limit of a rate (quickbooks.md §9).
LARGEST = Decimal("99999999999.00")
#: What the column of an amount holds.
LARGEST_TOTAL = Decimal("999999999999.99")
LARGEST_QUANTITY = Decimal("9999999999.9999")
MOST_MOVES = 500
ZERO = Decimal("0.00")


@dataclass(frozen=True)
class BudgetDetails:
    """What a person says about a budget as a whole."""

    project: Project
    may_change_total: bool = False


@dataclass(frozen=True)
class LineDetails:
    """What a person says about a line: an amount typed by hand (`manual`), or quantity and unit cost.

    A calculated line may say its amount too, if it is the right one.
    """

    description: str = ""
    manual: bool = True
    quantity: Decimal | None = None
    uom: str = ""
    unit_cost: Decimal | None = None
    amount: Decimal | None = None

    @property
    def original(self) -> Decimal:
        """The original budget amount; ask only where there are no problems."""
        if self.manual:
            return money(self.amount or ZERO)
        return money((self.quantity or ZERO) * (self.unit_cost or ZERO))


def details_of_line(line: BudgetLine) -> LineDetails:
    """What `line` says."""
    return LineDetails(line.description, line.manual, line.quantity, line.uom, line.unit_cost, line.original)


def line_problems_of(details: LineDetails) -> Problems:
    """Why the line cannot be as given, by field; empty if it can."""
    found = {
        "description": line_problems(details.description, limit=1000, what=gettext_noop("description")),
        "uom": line_problems(details.uom, limit=20, what=gettext_noop("unit of measure")),
        "quantity": _number_problems(details.quantity, LARGEST_QUANTITY, 4, gettext("quantity")),
        "unit_cost": _number_problems(details.unit_cost, LARGEST, 4, gettext("unit cost")),
        "amount": _number_problems(details.amount, LARGEST, 2, gettext("amount")),
    }
    problems = {name: sentences for name, sentences in found.items() if sentences}
    return problems or (_manual_problems(details) if details.manual else _product_problems(details))


def _number_problems(value: Decimal | None, largest: Decimal, places: int, what: str) -> list[str]:
    """Why the number cannot be taken; `what` names it, in the language of the sentence."""
    if value is None:
        return []
    said = {"what": what, "largest": f"{largest:,}", "places": places}
    if not value.is_finite():
        return [gettext("The %(what)s is not a number. Give one.") % said]
    if value < 0:
        return [gettext("The %(what)s is below zero. Give one from zero up; money is taken away by a change.") % said]
    if value > largest:
        sentence = gettext(
            "The %(what)s is larger than %(largest)s, which is the most that QuickBooks takes. Split the line."
        )
        return [sentence % said]
    if value != round(value, places):
        cents = gettext("The %(what)s has fractions of a cent: %(value)s. Round it.")
        sentence = gettext("The %(what)s has more than %(places)s decimals: %(value)s. Round it.")
        return [(cents if places == 2 else sentence) % {**said, "value": f"{value.normalize():f}"}]
    return []


def direct_cost_problems(amount: Decimal | None) -> Problems:
    """Why a typed direct cost cannot be as given; below zero it is a credit."""
    if amount is None:
        return {"amount": [gettext("The amount is missing. Type it; 0.00 if there is none.")]}
    size = abs(amount) if amount.is_finite() else amount
    sentences = _number_problems(size, LARGEST, 2, gettext("amount"))
    return {"amount": sentences} if sentences else {}


_FACTORS = (("quantity", gettext_noop("quantity")), ("unit_cost", gettext_noop("unit cost")))


def _manual_problems(details: LineDetails) -> Problems:
    problems: Problems = {}
    for name, what in _FACTORS:
        if getattr(details, name) is not None:
            sentence = gettext(
                "The amount is typed by hand, and there is a %(what)s too. Keep one of the two, so that nobody has to "
                "ask which counts."
            )
            problems[name] = [sentence % {"what": gettext(what)}]
    if details.amount is None:
        problems["amount"] = [gettext("The amount is missing. Type it, or give quantity and unit cost.")]
    return problems


def _product_problems(details: LineDetails) -> Problems:
    missing = gettext("The amount is to be calculated, and the %(what)s is missing. Give it, or type the amount.")
    problems: Problems = {
        name: [missing % {"what": gettext(what)}] for name, what in _FACTORS if getattr(details, name) is None
    }
    if problems:
        return problems
    product = (details.quantity or ZERO) * (details.unit_cost or ZERO)
    if product > LARGEST:
        sentence = gettext("Quantity times unit cost is more than %(limit)s. Split the line.")
        return {"unit_cost": [sentence % {"limit": f"{LARGEST:,}"}]}
    if details.amount is not None and details.amount != money(product):
        sentence = gettext(
            "Quantity times unit cost is %(product)s, but the amount says %(amount)s. Correct one of them, or leave "
            "the amount empty."
        )
        return {"amount": [sentence % {"product": f"{money(product):,}", "amount": f"{details.amount:,}"}]}
    return {}


@dataclass(frozen=True)
class Move:
    """What a change adds to a line, below zero where money leaves it."""

    line: BudgetLine
    amount: Decimal


@dataclass(frozen=True)
class ChangeDetails:
    """What a person says about a change."""

    made_on: date
    moves: Sequence[Move]
    notes: str = ""


def between(
    source: BudgetLine, target: BudgetLine, amount: Decimal, *, made_on: date, notes: str = ""
) -> ChangeDetails:
    """The change that takes `amount` from one line and gives it to another."""
    return ChangeDetails(made_on, [Move(source, -amount), Move(target, amount)], notes)


def change_problems(details: ChangeDetails, *, may_change_total: bool) -> Problems:
    """Why the change cannot be as given, by field; empty if it can."""
    problems = {"notes": line_problems(details.notes.strip(), limit=1000, what=gettext_noop("notes"))}
    problems["moves"] = _moves_problems(details.moves)
    sum_ = sum((move.amount for move in details.moves), ZERO)
    if not problems["moves"] and sum_ and not may_change_total:
        problems["moves"] = [
            gettext(
                "The amounts come to %(sum)s and have to come to zero, because the total of this budget is fixed. "
                "Correct them, or let changes alter the total in the budget's settings."
            )
            % {"sum": f"{money(sum_):,}"}
        ]
    return {name: sentences for name, sentences in problems.items() if sentences}


def _moves_problems(moves: Sequence[Move]) -> list[str]:
    if not moves:
        return [gettext("The change moves nothing. Give at least one line and its amount.")]
    if len(moves) > MOST_MOVES:
        return [
            gettext("The change has %(count)s lines; %(limit)s is the limit. Make two of it.")
            % {"count": len(moves), "limit": MOST_MOVES}
        ]
    lines = [move.line.pk for move in moves]
    if len(set(lines)) != len(lines):
        return [
            gettext(
                "The change has the same line twice. Give each line one amount; money moves between different lines."
            )
        ]
    return [sentence for move in moves for sentence in _move_problems(move)]


def _move_problems(move: Move) -> list[str]:
    code = move.line.code.cost_code.code
    if not move.amount.is_finite() or move.amount == 0:
        return [gettext("The amount of %(code)s is zero. Give another, or leave the line out.") % {"code": code}]
    return _number_problems(abs(move.amount), LARGEST, 2, gettext("amount of %(code)s") % {"code": code})
