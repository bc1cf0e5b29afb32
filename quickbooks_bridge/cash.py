"""What goes out week by week: the payments that were read back, and what our bills in QuickBooks are due for.

All of it is in the home currency of the books, the only one in which anything is posted (ADR 28), and of the invoices
that the person may see. A week begins on Monday in their company's time zone.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

from django.db.models import Q, Sum

from invoices.models import PaymentState
from invoices.payment_selectors import bills_to_pay, payments_for
from invoices.payments import settled_of
from invoices.selectors import invoices_for
from procore_sync.accounts.access import Right, may
from procore_sync.accounts.days import today_of
from procore_sync.accounts.models import Membership

BEFORE, AHEAD = 6, 5
_WEEK = timedelta(weeks=1)
_ZERO = Decimal("0.00")


@dataclass(frozen=True)
class CashWeek:
    """The week that begins on `monday`: what was paid in it, and what of open bills falls due in it from today on."""

    monday: date
    paid: Decimal
    due: Decimal

    @property
    def is_nothing(self) -> bool:
        """Whether nothing goes out in it."""
        return not (self.paid or self.due)


@dataclass(frozen=True)
class Cash:
    """Some weeks before and ahead; `overdue` is what should have been paid before today, of so many bills."""

    weeks: list[CashWeek]
    overdue: Decimal
    overdue_bills: int

    @property
    def is_nothing(self) -> bool:
        """Whether nothing goes out in all these weeks and nothing is overdue."""
        return not self.overdue_bills and all(week.is_nothing for week in self.weeks)


def cash_of(member: Membership) -> Cash:
    """Cash out by week, as far as `member` sees it, in a fixed number of queries."""
    today = today_of(member.company)
    first = today - timedelta(days=today.weekday()) - BEFORE * _WEEK
    mondays = [first + number * _WEEK for number in range(BEFORE + 1 + AHEAD)]
    if not may(member, Right.VIEW):
        return Cash([CashWeek(monday, _ZERO, _ZERO) for monday in mondays], _ZERO, 0)
    paid = _paid(member, first, mondays[-1] + _WEEK)
    due: dict[date, Decimal] = defaultdict(lambda: _ZERO)
    overdue, late = _ZERO, 0
    for day, amount in _open_bills(member, mondays[-1] + _WEEK):
        if day < today:
            overdue, late = overdue + amount, late + 1
        else:
            due[_monday(day)] += amount
    return Cash([CashWeek(monday, paid[monday], due[monday]) for monday in mondays], overdue, late)


def _monday(day: date) -> date:
    return day - timedelta(days=day.weekday())


def _paid(member: Membership, first: date, end: date) -> dict[date, Decimal]:
    """What payments took off invoices, by the Monday of their week."""
    rows = payments_for(member).filter(state=PaymentState.ISSUED, day__gte=first, day__lt=end)
    found: dict[date, Decimal] = defaultdict(lambda: _ZERO)
    for day, amount in rows.order_by().values_list("day").annotate(Sum("amount")):
        found[_monday(day)] += amount
    return found


def _open_bills(member: Membership, end: date) -> list[tuple[date, Decimal]]:
    """The due date of each bill of ours that stands in QuickBooks and is due before `end`, and what is left to pay."""
    rows = bills_to_pay(invoices_for(member)).filter(due_on__lt=end)
    # What QuickBooks said last to be paid in full needs no reckoning, and that is nearly all of a long history.
    open_ = rows.filter(Q(standing=None) | ~Q(standing__balance=0))
    invoices = list(open_.select_related(None).only("pk", "due_on"))
    settled = settled_of(invoices)
    return [(one.due_on, settled[one.pk].open) for one in invoices if one.due_on and settled[one.pk].open]
