"""A real browser at a whole site of real processes."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from tests.site import Site, open_site

# Playwright's synchronous interface runs an event loop in this thread; Django's guard takes that for async code.
os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "1"
QUIET = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
expect.set_options(timeout=15_000)


@pytest.fixture(scope="session")
def browser_type_launch_args(browser_type_launch_args: dict[str, Any]) -> dict[str, Any]:
    chromium = os.environ.get("CHROMIUM_PATH") or shutil.which("chromium")
    named = {"executable_path": chromium} if chromium else {}
    return {**browser_type_launch_args, **named, "headless": True, "args": QUIET}


@pytest.fixture(scope="module")
def site(
    tmp_path_factory: pytest.TempPathFactory, django_db_setup: None, django_db_blocker: Any, leased_redis: str
) -> Iterator[Site]:
    with django_db_blocker.unblock(), open_site(tmp_path_factory.mktemp("site"), leased_redis, web=True) as opened:
        yield opened


@pytest.fixture(autouse=True)
def quiet_bell(monkeypatch: pytest.MonkeyPatch) -> None:
    """The test process has no broker of its own: beat's sweep is what finds its acceptances."""
    monkeypatch.setattr("procore_sync.acceptance.operations.ring", lambda submission_id: None)


class Desk:
    """A signed-in person's browser window."""

    def __init__(self, context: BrowserContext, base: str) -> None:
        self.page: Page = context.new_page()
        self.base = base

    def sign_in(self, email: str, password: str = "secret") -> Page:
        """Sign in by the form."""
        self.page.goto(self.base + "/sign-in/")
        self.page.locator("input[name=login]").fill(email)
        self.page.locator("input[name=password]").fill(password)
        self.page.locator("input[name=password]").press("Enter")
        self.page.wait_for_url(lambda url: "/sign-in/" not in url)
        return self.page


@pytest.fixture
def desk(browser: Browser, site: Site) -> Iterator[Any]:
    """Opens a window for a person: `desk(email)`; `desk(email, javascript=False)` for one without JavaScript."""
    contexts: list[BrowserContext] = []

    def open_desk(email: str, *, javascript: bool = True, **more: Any) -> Page:
        context = browser.new_context(java_script_enabled=javascript, **more)
        contexts.append(context)
        assert site.web
        return Desk(context, site.web.url).sign_in(email)

    yield open_desk
    for context in contexts:
        context.close()
