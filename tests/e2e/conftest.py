"""A real browser at a whole site of real processes, of which there is one: its tests come one after another."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.test import Client
from playwright.sync_api import Browser, BrowserContext, Page, expect
from xdist.scheduler import LoadFileScheduling

from procore_sync.accounts.models import User
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
# A wait that is not needed costs nothing, and a machine may be busy.
expect.set_options(timeout=30_000)


@pytest.fixture(scope="session")
def browser_type_launch_args(browser_type_launch_args: dict[str, Any]) -> dict[str, Any]:
    chromium = os.environ.get("CHROMIUM_PATH") or shutil.which("chromium")
    named = {"executable_path": chromium} if chromium else {}
    return {**browser_type_launch_args, **named, "headless": True, "args": QUIET}


UNTIL_THE_LAST = ExitStack()


def at_site(item: pytest.Item | None) -> bool:
    """Whether a test needs the running site."""
    return "site" in getattr(item, "fixturenames", ())


class OneSite(LoadFileScheduling):  # type: ignore[misc]
    """All files at the site go to one process, since starting a site is dear; any other file is a group of its own."""

    def _split_scope(self, nodeid: str) -> str:
        path = str(super()._split_scope(nodeid))
        return "site" if "site: Site" in Path(path).read_text() else path


def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> OneSite | None:
    """In place of the groups of xdist 3.8, which pytest 9.2 takes no notice of (pytest-xdist #1386)."""
    return OneSite(config, log) if config.getoption("dist") == "loadgroup" else None


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """First those at the site, because the tests of files without one empty its database."""
    items.sort(key=lambda item: not at_site(item))


@pytest.hookimpl(trylast=True)
def pytest_runtest_teardown(item: pytest.Item, nextitem: pytest.Item | None) -> None:
    """The site ends before the first test that has none, not with the session."""
    if not at_site(nextitem):
        UNTIL_THE_LAST.close()


@pytest.fixture(scope="session")
def site(
    request: pytest.FixtureRequest,
    tmp_path_factory: pytest.TempPathFactory,
    django_db_setup: None,
    django_db_blocker: Any,
    leased_redis: str,
) -> Iterator[Site]:
    """One for all files. Whatever a test makes is there until the last, so each names records of its own."""
    if request.config.getoption("loadgroup", default=False):
        # Fails in a second process: its tests should have gone to the first one.
        (tmp_path_factory.getbasetemp().parent / "site").touch(exist_ok=False)
    UNTIL_THE_LAST.enter_context(django_db_blocker.unblock())
    folder = tmp_path_factory.mktemp("site")
    yield UNTIL_THE_LAST.enter_context(open_site(folder, leased_redis, web=True, pool="threads"))
    UNTIL_THE_LAST.close()


@pytest.fixture(autouse=True)
def quiet_bell(monkeypatch: pytest.MonkeyPatch) -> None:
    """The test process has no broker of its own: beat's sweep is what finds its acceptances."""
    monkeypatch.setattr("procore_sync.acceptance.operations.ring", lambda submission_id: None)


def session_cookie(user: User, url: str) -> Any:
    """What a browser holds after signing in."""
    client = Client()
    client.force_login(user)
    name = settings.SESSION_COOKIE_NAME
    return {"name": name, "value": client.cookies[name].value, "url": url}


def signed_in(page: Page, base: str, email: str, password: str = "secret") -> Page:
    """The window after signing in by the form."""
    page.goto(base + "/sign-in/")
    page.locator("input[name=login]").fill(email)
    page.locator("input[name=password]").fill(password)
    page.locator("input[name=password]").press("Enter")
    page.wait_for_url(lambda url: "/sign-in/" not in url)
    return page


@pytest.fixture
def desk(browser: Browser, site: Site) -> Iterator[Any]:
    """Opens a signed-in person's window: `desk(email)`; `by_form` signs in as people do, the rest is the browser's."""
    contexts: list[BrowserContext] = []

    def open_desk(email: str, *, by_form: bool = False, **more: Any) -> Page:
        context = browser.new_context(**more)
        contexts.append(context)
        assert site.web
        if not by_form:
            context.add_cookies([session_cookie(User.objects.get(email=email), site.web.url)])
        page = context.new_page()
        return signed_in(page, site.web.url, email) if by_form else page

    yield open_desk
    for context in contexts:
        context.close()
