"""Days as people mean them: a year that is a slip of the keyboard is told, by a form as by the API."""

from __future__ import annotations

from datetime import date
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext, gettext_lazy

FIRST, LAST = date(1970, 1, 1), date(2099, 12, 31)


def why_unlikely(day: date) -> str:
    """The sentence that says that nobody can have meant `day`, empty if somebody can: from 1970 to 2099."""
    if FIRST <= day <= LAST:
        return ""
    said = gettext("The year %(year)s cannot be right. Give a day from %(first)s to %(last)s.")
    return said % {"year": f"{day.year:04}", "first": FIRST.year, "last": LAST.year}


def _require_likely(day: date) -> None:
    if said := why_unlikely(day):
        raise ValidationError(said)


#: As every browser's calendar sends it. 1/2/2026 is in January here and in February elsewhere, so it is no day.
WRITTEN = ["%Y-%m-%d"]


class DayField(forms.DateField):
    """A day in a form, and in what a list is narrowed by. What else the API takes is asked in `accounts.described`."""

    input_formats = WRITTEN
    default_error_messages = {"invalid": gettext_lazy("This is not a day. Write it as 2026-01-31.")}
    default_validators = [_require_likely]


class MonthField(DayField):
    """A month in a form, as its first day. Firefox and Safari have no calendar of months, so it is typed there."""

    input_formats = ["%Y-%m", *WRITTEN]
    default_error_messages = {"invalid": gettext_lazy("This is not a month. Write it as 2026-11.")}

    def __init__(self, *, label: Any, help_text: Any = "") -> None:
        widget = forms.DateInput(attrs={"type": "month"}, format="%Y-%m")
        super().__init__(label=label, help_text=help_text, widget=widget)
