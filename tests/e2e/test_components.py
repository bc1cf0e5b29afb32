"""What the components do under a hand, on the sample pages; test_pages.py looks at each in every state."""

from __future__ import annotations

import pytest
from playwright.sync_api import ViewportSize, expect

from procore_sync.accounts.models import Membership
from tests.cast import company, max_pm
from tests.e2e.visits import Visit
from tests.e2e.visits import static_root as static_root
from tests.e2e.visits import visit as visit

__all__ = ["company", "max_pm"]
pytestmark = [pytest.mark.e2e, pytest.mark.django_db(transaction=True)]

DESK = ViewportSize(width=1440, height=1000)
PHONE = ViewportSize(width=390, height=844)


@pytest.mark.parametrize("path", ["/components/inbox/", "/components/review/resent/"])
def test_it_gives_a_thumb_room_on_a_phone(visit: Visit, path: str) -> None:
    page = visit(path, viewport=PHONE)

    small = page.evaluate("""
        Array.from(document.querySelectorAll('button, select, input, .btn, .item, .tabs a, .chips a'))
        .filter((one) => one.checkVisibility() && one.type !== 'hidden' && one.getBoundingClientRect().height < 44)
        .map((one) => one.outerHTML.slice(0, 90))""")

    assert small == []


@pytest.mark.parametrize("with_script", [True, False])
def test_it_names_a_key_only_where_a_key_does_something(visit: Visit, *, with_script: bool) -> None:
    page = visit("/components/review/resent/", viewport=DESK, java_script_enabled=with_script)

    keys = page.locator(":is(.btn, .search) > kbd")

    assert keys.count() > 2
    expect(keys.first).to_be_visible(visible=with_script)
    expect(page.locator(".actions .btn > kbd").first).to_be_visible(visible=with_script)


def test_it_keeps_the_chosen_theme_over_the_systems(visit: Visit) -> None:
    page = visit("/components/", color_scheme="dark")

    page.locator("details.menu > summary").click()
    page.get_by_role("button", name="Light", exact=True).click()

    assert page.locator("html").get_attribute("data-theme") == "light"
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(246, 245, 241)"


def test_it_shows_why_an_action_is_off_to_the_keyboard(visit: Visit) -> None:
    page = visit("/components/review/not_yours/", viewport=DESK)

    accept = page.get_by_role("button", name="Accept")
    accept.focus()

    expect(accept).to_be_focused()
    expect(accept).to_have_accessible_description("You sent it yourself, so somebody else has to accept it.")


def test_it_stays_usable_with_a_thousand_rows(visit: Visit, max_pm: Membership) -> None:
    page = visit("/components/inbox/?rows=1000", max_pm, viewport=DESK)

    assert page.locator("[data-row]").count() == 1000
    # Whatever else the machine is doing takes its time from some of five rounds, hardly from each. All in one call:
    # what the last row opens afterwards is another page.
    best = page.evaluate("""() => { const key = () => new KeyboardEvent('keydown', {key: 'k', bubbles: true});
        const round = () => { const start = performance.now();
            for (let step = 0; step < 20; step++) document.body.dispatchEvent(key());
            document.body.getBoundingClientRect(); return performance.now() - start; };
        return Math.min(...Array.from({length: 5}, round)); }""")
    assert best < 2000
