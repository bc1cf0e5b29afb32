"""The quick drop-down says what Django's own says."""

from __future__ import annotations

from html.parser import HTMLParser

import pytest
from django import forms

from procore_sync.kit.selects import QuickSelect, _options

CHOICES = [("", "Choose"), (1, "03-100 <b>"), (12, 'Rock & "sand"')]


class Said(HTMLParser):
    """The tags with their attributes in any order, and the texts."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.parts: list[object] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.parts.append((tag, sorted(attrs, key=str)))

    def handle_data(self, data: str) -> None:
        if data.strip():
            self.parts.append(data.strip())


@pytest.mark.parametrize("value", [None, "", 1, "12", "elsewhere"])
def test_it_says_what_the_usual_one_says(value: object) -> None:
    attrs = {"id": "id_code", "aria-label": 'Code of "1"'}
    quick, usual = (kind(attrs=attrs, choices=CHOICES).render("code", value) for kind in (QuickSelect, forms.Select))

    assert Said(quick).parts == Said(usual).parts


@pytest.mark.parametrize("value", [None, 7, "1999", "elsewhere"])
def test_of_thousands_it_says_the_same_and_keeps_none(value: object) -> None:
    """They are one company's commitments of one moment: kept, they filled the memory of every web process."""
    many = [("", "Any"), *((number, f"SC-{number} <i>") for number in range(2000))]
    kept = _options.cache_info().currsize
    quick, usual = (kind(choices=many).render("commitment", value) for kind in (QuickSelect, forms.Select))

    assert Said(quick).parts == Said(usual).parts
    assert _options.cache_info().currsize == kept
