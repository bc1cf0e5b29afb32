"""What the forms of several apps ask alike, in the language of whoever is asked."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

from django import forms
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy

from procore_sync.kit.days import DayField
from procore_sync.kit.refusals import InvalidInput
from procore_sync.kit.selects import QuickInput

#: Commas between thousands, which never begin with a nought: 0,125 is an eighth, with a decimal comma.
_GROUPED = re.compile(r"-?[1-9]\d{0,2}(?:,\d{3})+(?:\.\d*)?$")
#: $1,250.00, -$5.00 and $-5.00.
_DOLLARS = re.compile(r"(?:(?P<minus>-)\s*)?\$\s*(?P<figure>[-\d.][\d.,]*)")
#: (5.00), ($5.00) and $ (5.00), which accountants write for -5.00.
_BRACKETS = re.compile(r"(?:\$\s*)?\(\s*(?:\$\s*)?(?P<figure>[\d.][\d.,]*)\s*\)")


def translated(choices: Iterable[tuple[Any, object]]) -> list[tuple[Any, Promise]]:
    """The choices that a model knows, for a field of a form."""
    return [(value, gettext_lazy(str(label))) for value, label in choices]


def day_field(label: Any, *, required: bool = False, **named: Any) -> DayField:
    """A day, chosen in the browser's own calendar; `label` is lazy."""
    widget = forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"})
    return DayField(label=label, required=required, widget=widget, **named)


def say_at_fields(form: forms.Form | None, refusal: Exception | None) -> bool:
    """Whether what an operation refused is said at fields of the form that was sent: in its words, and all of it."""
    if form is None or not isinstance(refusal, InvalidInput):
        return False
    if not refusal.errors or not set(refusal.errors) <= set(form.fields):
        return False
    form.errors.clear()
    for name, sentences in refusal.errors.items():
        form.add_error(name, sentences)
    return True


class Figure(forms.DecimalField):
    """A number as people type it: 1250, 1,250.00 or with a true minus. A decimal comma is no number."""

    widget = QuickInput

    def __init__(self, label: Any = None) -> None:
        super().__init__(label=label, required=False)
        self.widget.attrs.update({"inputmode": "decimal", "class": "num", "autocomplete": "off"})
        self.error_messages["invalid"] = gettext_lazy("This is not a number. Write it like 1250.50.")

    def to_python(self, value: Any) -> Any:
        text = str(value or "").strip().replace("\N{MINUS SIGN}", "-")
        return super().to_python(text.replace(",", "") if _GROUPED.match(text) else text)


class MoneyFigure(Figure):
    """A figure of money, also as a spreadsheet copies it: $1,250.00, -$5.00, and ($5.00) for what is below zero."""

    def to_python(self, value: Any) -> Any:
        text = str(value or "").strip().replace("\N{MINUS SIGN}", "-")
        if below := _BRACKETS.fullmatch(text):
            return super().to_python(f"-{below['figure']}")
        if dollars := _DOLLARS.fullmatch(text):
            return super().to_python(f"{dollars['minus'] or ''}{dollars['figure']}")
        return super().to_python(text)
