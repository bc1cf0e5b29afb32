"""A browser at pytest's own live server: for what one process shows, without a worker or a broker."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from playwright.sync_api import Browser, BrowserContext, Page
from pytest_django.live_server_helper import LiveServer

from procore_sync.accounts.models import Membership
from tests.e2e.conftest import session_cookie

Visit = Callable[..., Page]


@pytest.fixture(scope="session", autouse=True)
def static_root() -> None:
    """WhiteNoise warns where nothing was collected yet; the live server finds the files without it."""
    Path(settings.STATIC_ROOT).mkdir(exist_ok=True)


@pytest.fixture
def visit(browser: Browser, live_server: LiveServer) -> Iterator[Visit]:
    """Open a path as a member (or nobody); a page that logs an error fails the test at its end."""
    opened: list[BrowserContext] = []
    troubles: list[str] = []

    def open_page(path: str, member: Membership | None = None, **options: Any) -> Page:
        context = browser.new_context(base_url=live_server.url, **options)
        opened.append(context)
        if member:
            context.add_cookies([session_cookie(member.user, live_server.url)])
        page = context.new_page()
        page.set_default_timeout(30_000)
        page.on("pageerror", lambda error: troubles.append(str(error)))
        answer = page.goto(path)
        assert answer is not None
        assert answer.status < 500, page.content()
        return page

    yield open_page
    for context in opened:
        context.close()
    assert troubles == [], troubles
