"""A browser that only looks at page after page, and what it notices beside what a person sees."""

from __future__ import annotations

import gzip
import os
import threading
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from django.contrib.staticfiles import finders
from django.core.signals import request_finished, request_started
from django.db import connection
from playwright.sync_api import BrowserContext, ConsoleMessage, Page

from tests.e2e.accessible import violations

DESK, LAPTOP, TABLET, PHONE = 1440, 1280, 768, 360
#: From the narrowest that anybody has, which is a desk's window at more than 400 %, to one between tablet and desk.
WIDTHS = (320, TABLET, 1024, LAPTOP, DESK)
HEIGHT = 900
#: The share of the window that may move after it was first drawn.
SHIFT = 0.05
FRAME = (".side", ".top", "#shortcuts")
#: A folder for pictures of every page, which is then loaded at each width: SCREENSHOTS_IN=… ./console test.
PICTURES = "SCREENSHOTS_IN"

WATCH = """window.jumped = 0; new PerformanceObserver(list => list.getEntries().forEach(one => {
    if (!one.hadRecentInput) window.jumped += one.value; })).observe({type: "layout-shift", buffered: true});"""
WIDEST = """() => { const edge = one => one.getBoundingClientRect().right;
    const widest = [...document.querySelectorAll("body *")].sort((one, other) => edge(other) - edge(one))[0];
    return widest.outerHTML.slice(0, 120); }"""
#: The tables that a person must push sideways to read; a diagram may be wider than its place.
SIDEWAYS = """() => [...document.querySelectorAll(".scroll:has(table), table")].filter(
    one => one.scrollWidth > one.clientWidth + 1).map(one => one.ariaLabel || one.outerHTML.slice(0, 80))"""
#: What a page asks for once it stands, such as a look into QuickBooks, is no part of its weight.
DRAWN = """() => new Promise(done => requestAnimationFrame(() => requestAnimationFrame(() => done({
    jumped: window.jumped,
    bytes: performance.getEntriesByType("navigation")[0].encodedBodySize,
    fetched: performance.getEntriesByType("resource").map(one => one.name).filter(
        one => one.startsWith(`${location.origin}/static/`))}))))"""


@dataclass
class Asked:
    """What the server did for each address when it was first asked for it."""

    queries: Counter[str] = field(default_factory=Counter)
    #: Processor time, which other work on the machine does not lengthen.
    milliseconds: dict[str, float] = field(default_factory=dict)


@contextmanager
def counted() -> Iterator[Asked]:
    """Count what pytest's live server, a thread of this process, asks its database."""
    asked, here = Asked(), threading.local()

    def ask(execute: Callable[..., Any], *arguments: Any) -> Any:
        # Whose thread has no address is the test's own, which stands on the same connection on SQLite.
        address = getattr(here, "address", None)
        if address is not None and address not in asked.milliseconds:
            asked.queries[address] += 1
        return execute(*arguments)

    def begin(environ: dict[str, str], **_: Any) -> None:
        here.address = environ["PATH_INFO"] + (environ["QUERY_STRING"] and f"?{environ['QUERY_STRING']}")
        here.began = time.thread_time()
        if not getattr(here, "is_watched", False):
            here.is_watched = True
            connection.execute_wrappers.append(ask)

    def end(**_: Any) -> None:
        if hasattr(here, "began"):
            asked.milliseconds.setdefault(here.address, (time.thread_time() - here.began) * 1000)

    request_started.connect(begin)
    request_finished.connect(end)
    try:
        yield asked
    finally:
        request_started.disconnect(begin)
        request_finished.disconnect(end)


@dataclass
class Sweep:
    """One person's window, and everything that was wrong with the pages it was led to."""

    context: BrowserContext
    base: str
    wrong: list[str] = field(default_factory=list)
    #: Bytes over the wire with nothing in the cache, by address.
    bytes: dict[str, int] = field(default_factory=dict)
    page: Page = field(init=False)
    name: str = ""
    #: Whether a page with the frame was seen, which is the same around all of a person's pages.
    framed: bool = False

    def __post_init__(self) -> None:
        self.context.add_init_script(WATCH)
        self.page = self.context.new_page()
        self.page.set_default_timeout(30_000)
        self.page.on("pageerror", lambda error: self.complain(f"error: {error}"))
        self.page.on("console", self._no_error)
        self.page.on("request", lambda request: self._only_ours(request.url))

    def complain(self, sentence: str) -> None:
        self.wrong.append(f"{self.name}: {sentence}")

    def _no_error(self, said: ConsoleMessage) -> None:
        if said.type == "error":
            self.complain(f"console: {said.text}")

    def _only_ours(self, url: str) -> None:
        if not url.startswith((self.base, "data:")):
            self.complain(f"asks another host: {url}")

    def look(self, name: str, address: str, *, status: int = 200) -> None:
        """See one page in both themes and at every width; loading it once, at the width at which most can jump."""
        self.name = name
        self.bytes[address] = self._open(address, PHONE, status)
        for width in WIDTHS:
            self._size(width)
            if width == LAPTOP and (cut := self.page.evaluate(SIDEWAYS)):
                self.complain(f"has to be pushed sideways in a window of {width}: {', '.join(cut)}")
        self.wrong += [f"{name}: {one}" for one in violations(self.page, but=FRAME if self.framed else ())]
        self.framed = self.framed or self.page.locator(FRAME[0]).count() > 0
        if PICTURES in os.environ:
            for width in (TABLET, DESK):
                self._open(address, width, status)
            self._keep(Path(os.environ[PICTURES]))

    def _open(self, address: str, width: int, status: int) -> int:
        """Open it in a window of this width; returns the bytes that it takes."""
        self.page.set_viewport_size({"width": width, "height": HEIGHT})
        self.page.emulate_media(color_scheme="light")
        answer = self.page.goto(self.base + address)
        assert answer
        if answer.status != status:
            self.complain(f"answers {answer.status}")
        drawn = self.page.evaluate(DRAWN)
        if drawn["jumped"] > SHIFT:
            self.complain(f"{drawn['jumped']:.3f} of a window of {width} px jumps")
        self._size(width)
        return int(drawn["bytes"]) + sum(map(over_the_wire, set(drawn["fetched"])))

    def _size(self, width: int) -> None:
        self.page.set_viewport_size({"width": width, "height": HEIGHT})
        if (wide := self.page.evaluate("document.documentElement.scrollWidth")) > width:
            self.complain(f"{wide} px wide in a window of {width}, as is {self.page.evaluate(WIDEST)}")

    def _keep(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        for theme in ("light", "dark"):
            self.page.emulate_media(color_scheme="dark" if theme == "dark" else "light")
            for width in (DESK, TABLET, PHONE):
                self.page.set_viewport_size({"width": width, "height": HEIGHT})
                file = "".join(letter if letter.isalnum() else "-" for letter in self.name)
                self.page.screenshot(path=folder / f"{file}-{width}-{theme}.png", full_page=True)


@cache
def over_the_wire(url: str) -> int:
    """The bytes of a static file as WhiteNoise sends it in production: with gzip, or a tenth less with Brotli."""
    found = finders.find(urlsplit(url).path.removeprefix("/static/"))
    assert isinstance(found, str), url
    return len(gzip.compress(Path(found).read_bytes()))


def by_person(rows: list[Any]) -> dict[str, list[Any]]:
    """The rows of each person's pages, so that each has one window."""
    found: dict[str, list[Any]] = defaultdict(list)
    for row in rows:
        found[row.who].append(row)
    return found
