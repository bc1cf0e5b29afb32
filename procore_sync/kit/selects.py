"""A drop-down that can stand in every row of a long table."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

from django import forms
from django.forms.utils import flatatt
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe


@lru_cache(maxsize=64)
def _options(choices: tuple[tuple[str, str], ...]) -> tuple[tuple[str, ...], dict[str, tuple[int, SafeString]]]:
    """The options as written when none is chosen, and for each value its place and how it is written when chosen."""
    written = tuple(format_html('<option value="{}">{}</option>', key, label) for key, label in choices)
    chosen = {
        key: (place, format_html('<option value="{}" selected>{}</option>', key, label))
        for place, (key, label) in enumerate(choices)
    }
    return written, chosen


class QuickSelect(forms.Select):
    """A select without groups that writes its options in one go; Django's own asks a template for each of them."""

    def render(self, name: str, value: Any, attrs: dict[str, Any] | None = None, renderer: Any = None) -> SafeString:
        """The element, with `value` chosen if it is offered."""
        plain = tuple((str("" if key is None else key), str(label)) for key, label in self.choices)
        written, chosen = _options(plain)
        place, option = chosen.get("" if value is None else str(value), (-1, SafeString()))
        options = written if place < 0 else (*written[:place], option, *written[place + 1 :])
        given = self.build_attrs(self.attrs, {**(attrs or {}), "name": name})
        return format_html("<select{}>{}</select>", flatatt(given), mark_safe("".join(options)))  # noqa: S308 - escaped
