"""Which buttons of a page say too little when they are heard alone."""

from __future__ import annotations

import pytest

from tests.architecture.controls import alike, only_hovered

TWO = '<form action="/a/{one}/"><button>{name}</button></form><form action="/a/{other}/"><button>{name}</button></form>'
NAMED = '<form action="/a/1/"><button>Add<span class="sr">: Acme</span></button></form>'


@pytest.mark.parametrize(
    "page",
    [
        TWO.format(one=1, other=2, name="Add"),
        TWO.format(one=1, other=2, name='Add <kbd aria-hidden="true">A</kbd>'),
        '<form action="/a/"><input type="hidden" name="of" value="1"><button>Add</button></form>'
        '<form action="/a/"><input type="hidden" name="of" value="2"><button>Add</button></form>',
        '<form action="/a/1/"><button aria-label="Add">+</button></form>'
        '<form action="/a/2/"><button>Add</button></form>',
    ],
)
def test_buttons_of_one_name_that_do_not_do_the_same_are_found(page: str) -> None:
    assert alike(page) == ["Add: 2 buttons"]


@pytest.mark.parametrize(
    "page", [TWO.format(one=1, other=1, name="Add"), NAMED + NAMED.replace("/1/", "/2/").replace("Acme", "Kestrel")]
)
def test_what_does_the_same_or_says_of_what_is_let_through(page: str) -> None:
    assert alike(page) == []


def test_a_heading_that_says_more_to_a_mouse_alone_is_found() -> None:
    heading = '<th scope="col" title="Less held.">Paid</th>'

    assert only_hovered(heading) == ["Less held."]
    assert only_hovered(heading + "<dd>Less held.</dd>") == []
