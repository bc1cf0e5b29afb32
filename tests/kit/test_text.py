"""What QuickBooks takes as a name, and which names mean the same."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from procore_sync.kit.text import (
    before_stop,
    filled,
    length_of,
    line_problems,
    name_problems,
    normalise,
    number_problems,
    same_name_key,
)


def test_a_name_gets_no_second_full_stop_at_the_end_of_a_sentence() -> None:
    assert [f"{before_stop(name)}." for name in ("Kestrel Inc.", "Kestrel", "")] == ["Kestrel Inc.", "Kestrel.", "."]


@pytest.mark.parametrize(
    "name",
    [
        "Kestrel Concrete",
        "03-300 Cast-in-place concrete",
        "Société d'énergie de la Baie-James",
        "شركة البناء",
        "חברת בנייה",
        "株式会社大林組",
        "O\u2019Neill & Sons, Inc. (V)",
        "Brick 🧱 & Mortar",
        "=SUM(A1)",
        "a" * 100,
        "🧱" * 50,
        "می‌خواهم",
    ],
)
def test_it_takes_names_that_quickbooks_takes(name: str) -> None:
    assert name_problems(name) == []


@pytest.mark.parametrize(
    ("name", "word"),
    [
        ("", "empty"),
        ("   ", "empty"),
        ("03:300", "colon"),
        ("Acme\tConcrete", "tab or a line break"),
        ("Acme\nConcrete", "tab or a line break"),
        ("Acme\r\nConcrete", "tab or a line break"),
        ("Acme\u2028Concrete", "tab or a line break"),
        ("Acme\x00", "unprintable"),
        ("Acme\x7f", "unprintable"),
        ("Acme\ue000", "unprintable"),
        ("Acme \u202eetercnoC", "direction of reading"),
        ("\u2066Acme", "direction of reading"),
        ("Acme\u200f", "direction of reading"),
        ("Ac\u200bme", "cannot be seen"),
        ("Acme\ufeff", "cannot be seen"),
        ("a" * 101, "101 characters, and QuickBooks takes 100"),
        ("🧱" * 51, "102 characters"),
    ],
)
def test_it_says_why_a_name_is_not_taken(name: str, word: str) -> None:
    problems = name_problems(name)

    assert len(problems) == 1
    assert word in problems[0]


def test_what_stands_at_an_end_in_a_sentence_gets_no_second_full_stop() -> None:
    said = {"name": "Kestrel Inc.", "note": "50% now", "more": "and %(name)s."}
    assert filled("%(name)s is saved.", said) == "Kestrel Inc. is saved."
    assert filled("Se guardó %(name)s. Ya está.", said) == "Se guardó Kestrel Inc. Ya está."
    assert filled("Se guardó %(note)s. %(more)s.", said) == "Se guardó 50% now. and %(name)s."


def test_it_says_everything_that_is_wrong_at_once() -> None:
    assert len(name_problems("a:\t\u202e" + "x" * 100, what="code")) == 4


def test_it_names_the_field() -> None:
    assert name_problems("", what="code") == ["The code is empty. Give one."]


def test_a_line_may_be_empty_and_hold_colons() -> None:
    assert line_problems("", limit=10, what="street") == []
    assert line_problems("Unit 4: rear", limit=100, what="street") == []


@pytest.mark.parametrize("number", ["", "SC-2601-002", "№ 7", "CO-1 (béton)", "7\u00bd"])
def test_a_number_is_taken_as_it_is_typed(number: str) -> None:
    assert number_problems(number, limit=50) == []


def test_a_number_that_looks_like_another_and_is_none_is_refused() -> None:
    assert number_problems("\uff33\uff23-\uff10\uff11", limit=50) == [
        "The number has full-width characters, so it looks like another but is not the same. Type it again with the "
        "usual ones: SC-01."
    ]


@given(st.text(min_size=1))
def test_what_passes_has_no_character_that_quickbooks_refuses(name: str) -> None:
    if not name_problems(name):
        assert length_of(name) <= 100
        assert not set(name) & set(":\t\n\r\0\u202e")


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("The Société Générale & Fils Ltée.", "SOCIETE GENERALE AND FILS"),
        ("Kestrel Concrete, Inc.", "kestrel concrete"),
        ("A.B.C. Roofing L.L.C.", "ABC Roofing LLC"),
        ("O'Neill Bros. Co., Ltd.", "ONeill Bros"),
        ("Smith-Jones Corp", "Smith Jones Corporation"),
    ],
)
def test_it_sets_aside_what_people_write_differently(one: str, other: str) -> None:
    assert normalise(one) == normalise(other)


@pytest.mark.parametrize(("one", "other"), [("ABC Roofing", "ABC Plumbing"), ("1019837 Ontario", "1019838 Ontario")])
def test_it_keeps_apart_what_is_apart(one: str, other: str) -> None:
    assert normalise(one) != normalise(other)


def test_a_name_that_is_only_a_legal_form_stays() -> None:
    assert normalise("The Company") == "company"
    assert normalise("Limited") == "limited"


def test_names_are_the_same_but_for_case_and_spacing() -> None:
    assert same_name_key("ACME  Concrete ") == same_name_key("Acme concrete")
    assert same_name_key("Cafe\u0301") == same_name_key("Café")
    assert same_name_key("\uff10\uff11-\uff11\uff10\uff10") == same_name_key("01-100")
    assert same_name_key("\uff21\uff23\uff2d\uff25\u3000Concrete") == same_name_key("Acme Concrete")
    assert same_name_key("\uff8d\uff9e\uff84\uff9d") == same_name_key("ベトン")
    assert same_name_key("Acme") != same_name_key("Acme Inc")
    assert same_name_key("Gravel m²") != same_name_key("Gravel m2")


@given(st.text(max_size=100))
def test_a_key_fits_its_column(name: str) -> None:
    assert len(same_name_key(name)) <= 300
