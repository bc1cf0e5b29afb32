"""The quick drop-down and the quick fields say what Django's own say."""

from __future__ import annotations

from decimal import Decimal
from html.parser import HTMLParser
from typing import Any

import pytest
from django import forms
from django.forms.utils import ErrorList

from change_orders.forms import ChangeLineForm
from commitments.schedule_forms import SovLineForm
from invoices.forms import BillingRow
from procore_sync.kit.selects import QuickErrors, QuickHidden, QuickInput, QuickSelect, _options

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


@pytest.mark.parametrize("value", [None, "", 0, 12, Decimal("1250.50"), 'Rock & "sand"'])
@pytest.mark.parametrize(("quick", "usual"), [(QuickInput, forms.TextInput), (QuickHidden, forms.HiddenInput)])
def test_a_quick_field_says_what_the_usual_one_says(
    quick: type[forms.Widget], usual: type[forms.Widget], value: object
) -> None:
    attrs = {"id": "id_amount", "aria-label": 'Amount of "1"', "required": True, "disabled": False, "class": "num"}
    one, other = (kind(attrs=attrs).render("amount", value) for kind in (quick, usual))

    assert Said(one).parts == Said(other).parts
    assert quick().is_hidden == usual().is_hidden


def test_what_offers_records_is_written_in_one_go() -> None:
    """A drop-down of 3,000 vendors asked a template for each of them: half of the second that its page took."""
    import procore_sync.urls  # noqa: F401 - with every page its forms are there

    asked = {
        (form.__name__, name)
        for form in subclasses(forms.BaseForm)
        for name, one in form.base_fields.items()
        if isinstance(one, forms.TypedChoiceField) and not one.choices and not isinstance(one.widget, QuickSelect)
    }

    assert asked == set()


def subclasses(of: type[Any]) -> set[type[Any]]:
    """All classes below it that have fields."""
    below = {found for one in of.__subclasses__() for found in {one, *subclasses(one)}}
    return {one for one in below if hasattr(one, "base_fields")}


def test_no_row_of_an_editor_asks_a_template_for_its_fields() -> None:
    """Of 500 lines they were three of the four seconds that the page took."""
    asked = {
        (kind.__name__, name)
        for kind in (SovLineForm, ChangeLineForm, BillingRow)
        for name, one in kind.base_fields.items()
        if not isinstance(one.widget, QuickInput | QuickSelect | forms.CheckboxInput)
    }

    assert asked == set()


@pytest.mark.parametrize("sentences", [[], ["This is <no> number."]])
def test_the_quick_errors_say_what_the_usual_ones_say(sentences: list[str]) -> None:
    assert str(QuickErrors(sentences)) == str(ErrorList(sentences)) == f"{QuickErrors(sentences).__html__()}"
