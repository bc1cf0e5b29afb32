"""Fields that can stand in every row of a long table, and drop-downs that can offer thousands of records."""

from __future__ import annotations

from functools import lru_cache
from typing import Any, TypeVar

from django import forms
from django.db.models import Model, QuerySet
from django.forms.utils import ErrorList, flatatt
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext, gettext_lazy

#: Longer lists are not kept from one page to the next: they are another company's, project's or day's by then.
_KEPT = 500


@lru_cache(maxsize=64)
def _options(choices: tuple[tuple[str, str], ...]) -> tuple[tuple[str, ...], dict[str, int]]:
    """The options as written when none is chosen, and for each value its place."""
    written = tuple(format_html('<option value="{}">{}</option>', key, label) for key, label in choices)
    return written, {key: place for place, (key, _) in enumerate(choices)}


class QuickSelect(forms.Select):
    """A select without groups that writes its options in one go; Django's own asks a template for each of them."""

    def render(self, name: str, value: Any, attrs: dict[str, Any] | None = None, renderer: Any = None) -> SafeString:
        """The element, with `value` chosen if it is offered."""
        plain = tuple((str("" if key is None else key), str(label)) for key, label in self.choices)
        written, places = (_options if len(plain) <= _KEPT else _options.__wrapped__)(plain)
        options = list(written)
        place = places.get("" if value is None else str(value))
        if place is not None:
            options[place] = format_html('<option value="{}" selected>{}</option>', *plain[place])
        given = self.build_attrs(self.attrs, {**(attrs or {}), "name": name})
        return format_html("<select{}>{}</select>", flatatt(given), mark_safe("".join(options)))  # noqa: S308 - escaped


class QuickInput(forms.TextInput):
    """A text field that is written in one go; Django's own asks two templates for each, and an editor has thousands."""

    def render(self, name: str, value: Any, attrs: dict[str, Any] | None = None, renderer: Any = None) -> SafeString:
        """The element, with `value` in it if there is one."""
        standing = self.format_value(value)
        said = {"type": self.input_type, "name": name, **({} if standing is None else {"value": standing})}
        given = {key: one for key, one in (said | self.build_attrs(self.attrs, attrs)).items() if one is not False}
        pairs = ((key, "" if one is True else format_html('="{}"', one)) for key, one in given.items())
        return format_html("<input{}>", format_html_join("", " {}{}", pairs))


class QuickHidden(QuickInput):
    """The same of what a row carries unseen."""

    input_type = "hidden"


class QuickErrors(ErrorList):
    """What is wrong with a cell; where nothing is, no template is asked to say so."""

    def render(self, *args: Any, **named: Any) -> SafeString:
        """The sentences, or nothing."""
        return super().render(*args, **named) if self else SafeString("")

    __str__ = __html__ = render


class RecordNumber(forms.IntegerField):
    """The number of a record that an address narrows a list to; None for any."""

    default_error_messages = dict.fromkeys(
        ("invalid", "min_value", "max_value"), gettext_lazy("This is not the number of a record.")
    )

    def __init__(self, **more: Any) -> None:
        # A larger one is no number to SQLite, which fails at it.
        super().__init__(required=False, min_value=0, max_value=2**63 - 1, **more)


class RecordChoice(forms.TypedChoiceField):
    """One of the records that a list can be narrowed to, by its number; None for any."""

    widget = QuickSelect

    def __init__(self, **more: Any) -> None:
        super().__init__(required=False, coerce=int, empty_value=None, **more)


M = TypeVar("M", bound=Model)


def offered(rows: QuerySet[M], *columns: str) -> list[tuple[Any, str]]:
    """What a list can be narrowed to: any, and each of `rows` as it is called, which takes these columns of it."""
    return [("", gettext("Any")), *((one.pk, str(one)) for one in rows.select_related(None).only(*columns))]
