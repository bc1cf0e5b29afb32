"""What the forms of several apps ask alike, in the language of whoever is asked."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django import forms
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy

from procore_sync.kit.days import DayField


def translated(choices: Iterable[tuple[Any, object]]) -> list[tuple[Any, Promise]]:
    """The choices that a model knows, for a field of a form."""
    return [(value, gettext_lazy(str(label))) for value, label in choices]


def day_field(label: Any, *, required: bool = False, **named: Any) -> DayField:
    """A day, chosen in the browser's own calendar; `label` is lazy."""
    widget = forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"})
    return DayField(label=label, required=required, widget=widget, **named)
