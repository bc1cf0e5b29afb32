"""What people type into a search, found however it is spelt: in other letters' case, without accents, with other marks.

"jose" finds "José", "o'connor" finds it with a curly apostrophe, and "soeurs" finds "Sœurs".
"""

from __future__ import annotations

import re
import unicodedata
from collections import defaultdict
from collections.abc import Iterator
from functools import lru_cache
from typing import Any

from django import forms
from django.db.models import Q
from django.utils.translation import gettext

from procore_sync.kit.refusals import InvalidInput

#: What stands for one another: quotes, dashes, spaces.
_ALIKE = (
    "'\u2019\u2018\u02bc`\u00b4",
    '"\u201c\u201d\u201e\u00ab\u00bb',
    "-\u2010\u2011\u2012\u2013\u2014\u2015\u2212",
    " \u00a0\u2009\u202f",
)
#: Where Latin letters with accents stand.
_ACCENTED = (*range(0x00C0, 0x0250), *range(0x1E00, 0x1F00))
#: Letters that are no letter with an accent, and what is typed for them.
_TYPED_FOR = {"æ": "ae", "œ": "oe", "ß": "ss", "ø": "o", "đ": "d", "ð": "d", "ł": "l", "þ": "th", "ħ": "h"}


def asked_of(narrowing: forms.Form) -> dict[str, Any]:
    """What a list is narrowed to.

    Raises:
        InvalidInput: that cannot be read; the whole list in its stead would be another one than was asked for.
    """
    if not narrowing.is_valid():
        errors = {name: [str(one) for one in found] for name, found in narrowing.errors.items()}
        raise InvalidInput(gettext("The list cannot be narrowed like that."), errors=errors)
    return narrowing.cleaned_data


def carrying(words: str, *columns: str) -> Q:
    """That one of `columns` has `words` in it, however they are spelt. On PostgreSQL as quick as `icontains`."""
    pattern, wanted = spellings(words), Q()
    for column in columns:
        wanted |= Q(**{f"{column}__iregex": pattern})
    return wanted


@lru_cache(maxsize=256)
def spellings(words: str) -> str:
    """A regular expression of all ways to write `words`, to be used without regard to case; alike in PostgreSQL and
    Python.
    """
    return _PARTS.sub(_written, _plain(words))


def _written(part: re.Match[str]) -> str:
    one = "".join(_LETTERS[letter] for letter in part[0])
    return f"(?:{one}|[{_PAIRS[part[0]]}])" if part[0] in _PAIRS else one


def _plain(words: str) -> str:
    """`words` in small letters, Latin ones without marks; in other scripts a mark makes another letter."""
    return "".join(_base(letter) for letter in unicodedata.normalize("NFC", words.casefold()))


def _base(letter: str) -> str:
    first = unicodedata.normalize("NFD", letter)[0]
    if "\u0300" <= first <= "\u036f":
        return ""
    return _TYPED_FOR.get(first, first if first.isascii() else letter)


def _variants() -> Iterator[tuple[str, str]]:
    for letter in map(chr, _ACCENTED):
        plain = _plain(letter)
        if plain.isascii() and plain.isalpha():
            yield plain, letter
    for alike in _ALIKE:
        for mark in alike:
            yield mark, alike.replace("-", r"\-")


class _Letters(dict[str, str]):
    """How each letter can be written."""

    def __missing__(self, letter: str) -> str:
        return re.escape(letter) if letter.isascii() else letter


def _tables() -> tuple[_Letters, dict[str, str]]:
    found: defaultdict[str, str] = defaultdict(str)
    for plain, more in _variants():
        found[plain] += more
    letters = _Letters({one: f"[{one if one.isalpha() else ''}{more}]" for one, more in found.items() if len(one) == 1})
    return letters, {one: more for one, more in found.items() if len(one) > 1}


_LETTERS, _PAIRS = _tables()
_PARTS = re.compile("|".join([*_PAIRS, "."]), re.DOTALL)
