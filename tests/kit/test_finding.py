"""What is searched is found however it is spelt, and nothing else is; alike in Python and in PostgreSQL."""

from __future__ import annotations

import re

import pytest
from django.db import connection

from procore_sync.kit.finding import spellings

FOUND = [
    ("jose", "JOSÉ & Fils"),
    ("José", "Jose"),
    ("ÉLECTRO", "electro-mécanique"),
    ("ltee", "Béton Ltée"),
    ("o'connor", "O\u2019Connor Masonry"),
    ("O\u2019Connor", "O'Connor Masonry"),
    ("soeurs", "Les S\u0152urs"),
    ("s\u0153urs", "Les Soeurs"),
    ("strasse", "Bahnhofstra\u00dfe"),
    ("Lodz", "\u0141\u00f3d\u017a"),
    ("a - b", "A\u00a0\u2013 B"),
    ("jose\u0301", "Jos\u00e9"),
    ("nguyen", "Nguy\u1ec5n"),
    ("\u0421\u0435\u0440\u0433\u0435\u0439", "\u0441\u0435\u0440\u0433\u0435\u0439"),
    ("\uae40", "\uae40 Steel"),
    ("1.5 (x)", "1.5 (X)"),
    ("C:\\[a-c]*$^{2}?+|#&~", "c:\\[A-C]*$^{2}?+|#&~"),
    ("***:abc", "***:ABC"),
    ("100%_", "100%_"),
]
NOT_FOUND = [
    ("1.5", "125"),
    ("jose", "joze"),
    ("[a-c]", "b"),
    ("a|b", "a"),
    ("\u0438", "\u0439"),
    ("ab", "a b"),
    ("\\d", "7"),
]


@pytest.mark.parametrize(("typed", "text"), FOUND)
def test_it_is_found(typed: str, text: str) -> None:
    assert re.search(f"(?i){spellings(typed)}", text)


@pytest.mark.parametrize(("typed", "text"), NOT_FOUND)
def test_it_is_not_found(typed: str, text: str) -> None:
    assert not re.search(f"(?i){spellings(typed)}", text)


@pytest.mark.postgres
@pytest.mark.django_db
def test_postgresql_reads_it_as_python_does() -> None:
    with connection.cursor() as cursor:
        for typed, text in FOUND + NOT_FOUND:
            cursor.execute("SELECT %s ~* %s", [text, spellings(typed)])
            assert cursor.fetchone() == ((typed, text) in FOUND,), typed
        cursor.execute("SELECT %s ~* %s", ["x", spellings("aeiouœ-" * 30)])
        assert cursor.fetchone() == (False,)
