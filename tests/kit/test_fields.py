"""A number as people type it into a form, and a day."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest
from django.core.exceptions import ValidationError
from django.utils.translation import override

from procore_sync.kit.days import DayField
from procore_sync.kit.fields import Figure, MoneyFigure


@pytest.mark.parametrize(
    ("typed", "means"),
    [("1250", "1250"), ("1,250", "1250"), ("-1,250.50", "-1250.50"), ("10,125", "10125"), ("0.125", "0.125")],
)
def test_a_comma_groups_thousands(typed: str, means: str) -> None:
    assert Figure().clean(typed) == Decimal(means)


@pytest.mark.parametrize("typed", ["0,125", "0,500.00", "-0,250", "012,345", "12,50", "1.250,00", "NaN"])
def test_what_has_a_decimal_comma_is_not_made_a_thousand_times_as_much(typed: str) -> None:
    with pytest.raises(ValidationError, match=r"This is not a number|Enter a number"):
        Figure().clean(typed)


@pytest.mark.parametrize(
    ("typed", "means"),
    [
        ("$1,000.25", "1000.25"),
        (" $ 1,000.25 ", "1000.25"),
        ("-$5", "-5"),
        ("$-5.00", "-5.00"),
        ("\N{MINUS SIGN}$5", "-5"),
        ("(1,250.00)", "-1250.00"),
        ("$ (1,250.00)", "-1250.00"),
        ("($12)", "-12"),
        ("1250", "1250"),
    ],
)
def test_money_is_read_as_a_spreadsheet_copies_it(typed: str, means: str) -> None:
    assert MoneyFigure().clean(typed) == Decimal(means)


@pytest.mark.parametrize(
    "typed", ["$", "$$5", "-$-5", "(-5)", "-(5)", "(5", "5)", "$ -", "5 $", "$12,50", "(1.250,00)"]
)
def test_money_that_is_written_otherwise_is_not_guessed(typed: str) -> None:
    with pytest.raises(ValidationError, match=r"This is not a number|Enter a number"):
        MoneyFigure().clean(typed)


def test_a_percentage_takes_no_dollars() -> None:
    with pytest.raises(ValidationError, match="This is not a number"):
        Figure().clean("$50")


@pytest.mark.parametrize("language", ["en", "es"])
@pytest.mark.parametrize("typed", ["1/2/2026", "1/2/26", "13/1/2026", "Jan 2 2026", "2026-02-29", "20206-01-01", "x"])
def test_a_day_that_may_be_another_elsewhere_is_not_guessed(typed: str, language: str) -> None:
    """1/2/2026 was the second of January, also to a program that meant the first of February."""
    with override(language), pytest.raises(ValidationError, match=r"Write it as 2026-01-31|Escríbalo como 2026-01-31"):
        DayField().clean(typed)


def test_a_day_is_read_as_every_browser_sends_it() -> None:
    assert DayField().clean(" 2028-02-29 ") == date(2028, 2, 29)
