"""How amounts, shares, ages and days are written for people, in pages, sentences and files alike.

Each is made here once, so that two places cannot show the same thing differently.
"""

from __future__ import annotations

import re
from datetime import date, datetime, timedelta
from decimal import Decimal, InvalidOperation

from django.utils import dateformat, timezone
from django.utils.translation import gettext, ngettext

NOTHING = "\N{EN DASH}"
MINUS = "\N{MINUS SIGN}"
AMOUNT = re.compile(r"^[-\N{MINUS SIGN}]?\d[\d,]*\.\d\d$")


def money(value: Decimal | int | str | None) -> str:
    """An amount with thousands, two decimals and a true minus: 1,284.50; nothing is an en dash.

    Raises:
        TypeError: a float was given; a float has already lost the cent.
    """
    if value is None or value == "":
        return NOTHING
    if isinstance(value, float):
        raise TypeError("Money is never a float: give a Decimal, an int or a text.")
    try:
        return f"{Decimal(value):,.2f}".replace("-", MINUS)
    except InvalidOperation:
        return str(value)


def plain(value: Decimal | None) -> str:
    """A quantity or a unit cost without empty decimals and without an exponent: 100, 12.5, 0.125."""
    if value is None:
        return NOTHING
    return f"{value.normalize():,f}".replace("-", MINUS)


def signed(value: Decimal | None) -> str:
    """An amount that is added to another one, with its sign: +1,284.50, or a true minus."""
    shown = money(value)
    return f"+{shown}" if value is not None and value > 0 else shown


def percent(value: Decimal | int | None) -> str:
    """A share with at most one decimal and a thin space before the sign: 61 %, 8.9 %."""
    if value is None:
        return NOTHING
    rounded = Decimal(value).quantize(Decimal("0.1"))
    shown = f"{rounded:f}".removesuffix(".0").replace("-", MINUS)
    return f"{shown}\N{NARROW NO-BREAK SPACE}%"


def rate(value: Decimal) -> str:
    """A share that was agreed, whole, with the same space: 10 %, 7.25 %."""
    return f"{plain(value)}\N{NARROW NO-BREAK SPACE}%"


def is_amount(value: object) -> bool:
    """Whether a text reads as an amount of money, so that its column is set right."""
    return isinstance(value, str) and bool(AMOUNT.match(value))


def age(moment: datetime | None, now: datetime | None = None) -> str:
    """How long ago, in the largest whole unit: now, 4 min, 22 h, 3 days, 5 weeks."""
    if moment is None:
        return ""
    seconds = max(((now or timezone.now()) - moment) // timedelta(seconds=1), 0)
    if seconds < 60:
        return gettext("now")
    if seconds < 3600:
        return f"{seconds // 60} min"
    if seconds < 86400:
        return f"{seconds // 3600} h"
    days = seconds // 86400
    if days < 21:
        return ngettext("%(count)d day", "%(count)d days", days) % {"count": days}
    return gettext("%(count)d weeks") % {"count": days // 7}


def day(value: date | datetime | None) -> str:
    """A day as accountants write it without doubt: 31 Oct 2026."""
    if value is None:
        return NOTHING
    local = timezone.localtime(value) if isinstance(value, datetime) and timezone.is_aware(value) else value
    return dateformat.format(local, "j M Y")


def stamp(moment: datetime) -> str:
    """A moment in the reader's zone as it may be kept, since it is as right tomorrow: 4 Nov 2026, 11:05."""
    return f"{day(timezone.localtime(moment))}, {timezone.localtime(moment):%H:%M}"


def when(moment: datetime | None, now: datetime | None = None) -> str:
    """A moment in the reader's zone: Today 16:12, Yesterday 09:40, 4 Nov 11:05, 4 Nov 2025 11:05."""
    if moment is None:
        return NOTHING
    local, today = timezone.localtime(moment), timezone.localtime(now or timezone.now()).date()
    clock = f"{local:%H:%M}"
    if local.date() == today:
        return gettext("Today %(clock)s") % {"clock": clock}
    if local.date() == today - timedelta(days=1):
        return gettext("Yesterday %(clock)s") % {"clock": clock}
    return dateformat.format(local, "j M H:i" if local.year == today.year else "j M Y H:i")
