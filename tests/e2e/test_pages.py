"""Every page of the access matrix: in both themes, at every width, without a fault, and within its budget."""

from __future__ import annotations

import os
from collections.abc import Iterator
from typing import Any

import pytest
from django.conf import settings
from playwright.sync_api import Browser
from pytest_django.live_server_helper import LiveServer

from tests.architecture.access import Scene
from tests.architecture.budgets import KILOBYTES, REFUSED, ROOM, Budget, budgets
from tests.architecture.conftest import cast, scene, sessions
from tests.databases import empty
from tests.e2e.sweep import Asked, Sweep, by_person, counted
from tests.e2e.visits import static_root

__all__ = ["cast", "scene", "sessions", "static_root"]
#: In which language the pages are asked for: English, or another by hand.
LOCALE = os.environ.get("PAGES_IN", "en-US")
pytestmark = [pytest.mark.e2e, pytest.mark.django_db(transaction=True)]


@pytest.fixture(scope="module")
def one_transaction(django_db_setup: None, django_db_blocker: Any) -> Iterator[None]:
    """Here the server is a thread of its own, so the scene is committed and the test empties the database."""
    with django_db_blocker.unblock():
        yield
        empty()


def look_at(sweep: Sweep, rows: list[Budget], scene: Scene) -> None:
    """Each of these pages; one that answers otherwise than a page does makes a browser complain of the answer."""
    for row in rows:
        status = REFUSED.get(row.name, 200)
        before = len(sweep.wrong)
        sweep.look(f"{row.page} for {row.who}", row.address(scene), status=status)
        of_status = f"the server responded with a status of {status}"
        sweep.wrong[before:] = [one for one in sweep.wrong[before:] if of_status not in one]


def dearer(sweep: Sweep, rows: list[Budget], scene: Scene, asked: Asked) -> list[str]:
    """The rows, as they are, of the pages that cost more than they may."""
    found = []
    for row in rows:
        address = row.address(scene)
        queries, kilobytes = asked.queries[address], -(-sweep.bytes[address] // 1000)
        if queries > row.queries or kilobytes > min(row.kilobytes + ROOM, KILOBYTES):
            seen = asked.milliseconds.get(address, 0)
            found.append(f"{row.page:42} {row.who:5} {queries:7} {kilobytes:4} {seen:4.0f}")
    return found


@pytest.mark.timeout(1800)  # a hundred and thirty pages, and a machine may be busy
def test_every_page_is_sound_in_both_themes_at_every_width_and_within_its_budget(
    browser: Browser, live_server: LiveServer, scene: Scene, sessions: dict[str, str]
) -> None:
    wrong, over = [], []
    for who, rows in by_person(budgets()).items():
        with counted() as asked, browser.new_context(reduced_motion="reduce", locale=LOCALE) as context:
            if who in sessions:
                name = settings.SESSION_COOKIE_NAME
                context.add_cookies([{"name": name, "value": sessions[who], "url": live_server.url}])
            sweep = Sweep(context, live_server.url)
            look_at(sweep, rows, scene)
            over += dearer(sweep, rows, scene, asked)
            wrong += sweep.wrong

    if over:
        wrong += ["Dearer than tests/architecture/budgets.py allows:", *over]
    assert wrong == [], "\n".join(wrong)
