"""The arithmetic of an application for payment: the boxes of the G703's lines and of the G702 (domain.md §11.8, §11.9).

Pure. Money is Decimal with two places; percentages round half a cent away from zero, a line at a time.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from typing import ClassVar

from procore_sync.kit.money import money

_ZERO = Decimal("0.00")
_HUNDRED = Decimal(100)


def part_of(amount: Decimal, percent: Decimal) -> Decimal:
    """So many percent of `amount`, half a cent rounded away from zero."""
    return money(amount * percent / _HUNDRED)


@dataclass(frozen=True)
class LineFigures:
    """A line of the G703, by its letters where it has one.

    `scheduled` is C, `completed_before` D, `completed` E, `stored` F. Retainage on work accumulates; retainage on
    stored materials is a percentage of what is stored now, and so falls when the material is installed.
    """

    COLUMNS: ClassVar[tuple[str, ...]] = (
        "scheduled",
        "completed_before",
        "stored_before",
        "work_held_before",
        "stored_held_before",
        "completed",
        "stored",
        "work_retained",
        "stored_held",
        "released",
    )

    scheduled: Decimal = _ZERO
    completed_before: Decimal = _ZERO
    stored_before: Decimal = _ZERO
    work_held_before: Decimal = _ZERO
    stored_held_before: Decimal = _ZERO
    completed: Decimal = _ZERO
    stored: Decimal = _ZERO
    work_retained: Decimal = _ZERO
    stored_held: Decimal = _ZERO
    released: Decimal = _ZERO

    @property
    def to_date(self) -> Decimal:
        """G: completed and stored to date, D + E + F."""
        return self.completed_before + self.completed + self.stored

    @property
    def percent(self) -> Decimal:
        """G ÷ C in percent with two places; 0 where nothing is scheduled."""
        return money(self.to_date * _HUNDRED / self.scheduled) if self.scheduled else _ZERO

    @property
    def balance(self) -> Decimal:
        """H: balance to finish, C less G."""
        return self.scheduled - self.to_date

    @property
    def stored_change(self) -> Decimal:
        """What is stored now beyond what was stored before."""
        return self.stored - self.stored_before

    @property
    def gross(self) -> Decimal:
        """What is billed this period before retainage: E and the change of F."""
        return self.completed + self.stored_change

    @property
    def held_before(self) -> Decimal:
        """Retainage held by the applications before."""
        return self.work_held_before + self.stored_held_before

    @property
    def held_now(self) -> Decimal:
        """What this application withholds: on work, and by the change of what is withheld on stored materials."""
        return self.work_retained + self.stored_held - self.stored_held_before

    @property
    def work_held(self) -> Decimal:
        """Retainage held on completed work after this application."""
        return self.work_held_before + self.work_retained - self.released

    @property
    def held(self) -> Decimal:
        """I: retainage held after this application: before, and withheld now, less released."""
        return self.held_before + self.held_now - self.released

    @property
    def due(self) -> Decimal:
        """What is to be paid of this line now: gross, less what is withheld, and what is released."""
        return self.gross - self.held_now + self.released

    @property
    def moves(self) -> bool:
        """Whether this application says anything of the line."""
        return bool(self.gross or self.held_now or self.released)


@dataclass(frozen=True)
class Summary:
    """The boxes of the G702, and the roll-forward of retainage beside them."""

    original: Decimal
    changes: Decimal
    to_date: Decimal
    held_on_work: Decimal
    held_on_stored: Decimal
    previous: Decimal
    held_before: Decimal
    held_now: Decimal
    released: Decimal
    gross: Decimal

    @classmethod
    def of(cls, original: Iterable[LineFigures], changes: Iterable[LineFigures]) -> Summary:
        """The sums over the lines of the contract as signed and those of its change orders."""
        first, second = list(original), list(changes)
        lines = [*first, *second]
        return cls(
            original=_sum(line.scheduled for line in first),
            changes=_sum(line.scheduled for line in second),
            to_date=_sum(line.to_date for line in lines),
            held_on_work=_sum(line.work_held for line in lines),
            held_on_stored=_sum(line.stored_held for line in lines),
            previous=_sum(line.completed_before + line.stored_before - line.held_before for line in lines),
            held_before=_sum(line.held_before for line in lines),
            held_now=_sum(line.held_now for line in lines),
            released=_sum(line.released for line in lines),
            gross=_sum(line.gross for line in lines),
        )

    @property
    def contract(self) -> Decimal:
        """3: contract sum to date."""
        return self.original + self.changes

    @property
    def held(self) -> Decimal:
        """5: retainage, on work and on stored materials."""
        return self.held_on_work + self.held_on_stored

    @property
    def earned(self) -> Decimal:
        """6: total earned less retainage."""
        return self.to_date - self.held

    @property
    def due(self) -> Decimal:
        """8: current payment due, 6 less 7."""
        return self.earned - self.previous

    @property
    def balance(self) -> Decimal:
        """9: balance to finish, retainage included, 3 less 6."""
        return self.contract - self.earned

    @property
    def rolls_forward(self) -> bool:
        """Whether held before and held now, less released, is what is held after."""
        return self.held_before + self.held_now - self.released == self.held


def _sum(amounts: Iterable[Decimal]) -> Decimal:
    return sum(amounts, _ZERO)
