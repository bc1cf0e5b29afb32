"""The Spanish catalogue is whole, compiled, and put to use; and no template has words that nobody can translate."""

from __future__ import annotations

import re
from pathlib import Path

import polib
import pytest

from tests import messages

#: Pages for those who build the console, not for those who use it.
FOR_DEVELOPERS = {"templates/components/index.html", "templates/drf_spectacular/swagger_ui.html"}


@pytest.fixture(scope="module")
def catalogue() -> polib.POFile:
    return polib.pofile(str(messages.CATALOGUE))


def test_the_catalogue_has_what_is_marked_and_no_more(catalogue: polib.POFile) -> None:
    """Otherwise: python -m tests.messages."""
    there = {messages.Message(one.msgid, one.msgid_plural) for one in catalogue}
    assert there ^ set(messages.gathered()) == set()


def test_every_message_is_translated(catalogue: polib.POFile) -> None:
    assert [one.msgid for one in catalogue.untranslated_entries()] == []
    assert catalogue.fuzzy_entries() == []


def test_a_translation_has_the_placeholders_of_its_message(catalogue: polib.POFile) -> None:
    wrong = []
    for one in catalogue:
        texts = [one.msgstr] if not one.msgid_plural else list(one.msgstr_plural.values())
        wrong += [one.msgid for text in texts if not messages.fits(one.msgid, one.msgid_plural, text)]
    assert wrong == []


def test_what_is_compiled_is_the_catalogue(catalogue: polib.POFile) -> None:
    """Otherwise: python -m tests.messages."""
    assert messages.CATALOGUE.with_suffix(".mo").read_bytes() == catalogue.to_binary()


@pytest.mark.parametrize("path", messages.templates(), ids=lambda path: path.relative_to(messages.ROOT).as_posix())
def test_no_words_of_a_template_are_left_unmarked(path: Path) -> None:
    if path.relative_to(messages.ROOT).as_posix() in FOR_DEVELOPERS:
        return
    assert messages.bare(path.read_text(encoding="utf-8")) == []


@pytest.mark.parametrize(
    ("source", "found"),
    [
        ("<p>Hello there</p>", ["Hello there"]),
        ('<p>{% translate "Hello there" %}</p>', []),
        ("<p>{% blocktranslate %}Hello {{ you }}{% endblocktranslate %}</p>", []),
        ("<p>{{ greeting }} QuickBooks 12.50 &middot; CSV</p>", []),
        ('<input placeholder="Your name" name="Your name">', ["Your name"]),
        ('<a href="{% url "x" %}" title="{% translate "Go" %}">{{ name }}</a>', []),
        ('{% icon "menu" "Menu" %}', ["Menu"]),
        ('{% icon "menu" _("Menu") %}', []),
        ("<script>let hello = 1;</script><code>vendor_id</code>{% comment %}Why{% endcomment %}", []),
    ],
)
def test_words_are_found_where_somebody_reads_or_hears_them(source: str, found: list[str]) -> None:
    assert messages.bare(source) == found


@pytest.mark.parametrize(
    ("source", "found"),
    [
        ('{% translate "One" %}{% translate name %}', [messages.Message("One")]),
        (
            "{% blocktranslate trimmed with a=b.c %}\n  So {{ a }}\n  much\n{% endblocktranslate %}",
            [messages.Message("So %(a)s much")],
        ),
        (
            "{% blocktranslate count n=x %}{{ n }} day{% plural %}{{ n }} days{% endblocktranslate %}",
            [messages.Message("%(n)s day", "%(n)s days")],
        ),
        ('{% icon "x" _("It\'s (so)") %}', [messages.Message("It's (so)")]),
    ],
)
def test_messages_of_a_template_are_gathered(source: str, found: list[messages.Message]) -> None:
    assert list(messages.of_template(source)) == found


def test_spanish_has_one_kind_of_quotation_marks_and_one_word_for_an_estimate(catalogue: polib.POFile) -> None:
    words = [text for one in catalogue for text in (one.msgstr, *one.msgstr_plural.values())]
    assert [text for text in words if re.search("[«»]|[Ee]stimados? ", text)] == []
