"""Who reads Spanish finds no English word of the catalogue on any page: what is marked is also translated there."""

from __future__ import annotations

from collections.abc import Iterator
from html.parser import HTMLParser

import polib
import pytest
from django.urls import reverse

from procore_sync.accounts.models import Membership, User
from tests import messages
from tests.architecture.access import Scene, rows
from tests.architecture.browser import browser_of
from tests.architecture.test_without_scripts import is_page

#: The one with most rights, and who is outside the company.
WALKERS = ("alma", "ada", "ian")
#: The names of the columns of a file and the codes of errors, which are the same in every language.
SAME = {"projects:import_cost_codes": {"Code"}, "vendors:import_vendors": {"Name"}, "help:errors": {"refused"}}
HEARD = ("title", "aria-label", "placeholder", "data-label", "alt")


class Words(HTMLParser):
    """Whatever stands alone on a page as a text, or as an attribute that is read or heard."""

    def __init__(self) -> None:
        super().__init__()
        self.found: set[str] = set()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found |= {value.strip() for name, value in attrs if name in HEARD and value}

    def handle_data(self, data: str) -> None:
        self.found.add(" ".join(data.split()))


@pytest.fixture(scope="module")
def english() -> set[str]:
    """The messages that are another word in Spanish."""
    one_word = (one for one in polib.pofile(str(messages.CATALOGUE)) if not one.msgid_plural)
    return {one.msgid for one in one_word if one.msgid != one.msgstr and not messages.placeholders(one.msgid)}


def pages(who: str, scene: Scene, session: str | None) -> Iterator[tuple[str, set[str]]]:
    """The words of every page that this person gets, by the name of its address."""
    client = browser_of(session)
    for name, method, expected in rows():
        if method == "GET" and expected[who] == 200 and is_page(name):
            answer = client.get(reverse(name, args=scene.at(name)))
            if answer["Content-Type"].startswith("text/html"):
                words = Words()
                words.feed(answer.text)
                yield name, words.found


def test_no_page_has_an_english_word_that_could_be_spanish(
    scene: Scene, sessions: dict[str, str], cast: dict[str, Membership], english: set[str]
) -> None:
    users = User.objects.filter(memberships__in=[cast[who] for who in WALKERS])
    users.update(language="es")
    left = {
        f"{name} as {who}": found
        for who in WALKERS
        for name, words in pages(who, scene, sessions[who])
        if (found := sorted(words & english - SAME.get(name, set())))
    }
    users.update(language="")

    assert left == {}
