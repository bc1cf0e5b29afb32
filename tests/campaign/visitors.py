"""People at the real console, over HTTP: they read a page, press its buttons, and sometimes several press at once."""

from __future__ import annotations

import re
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from copy import copy
from dataclasses import dataclass
from html import unescape
from random import Random
from typing import TypeVar

import requests

from procore_sync.demo.person import Person, first_options, message_of
from tests.campaign.papers import Paper
from tests.campaign.stage import Stage
from tests.journeys.register import press

T = TypeVar("T")


@dataclass(frozen=True)
class Answer:
    """What came back of a button: the status, the sentence of the page, the page."""

    status: int
    sentence: str
    page: str


class Visitor(Person):
    """Somebody of the company, signed in with a session of their own."""

    def __init__(self, stage: Stage, name: str) -> None:
        """Sign in as `name`."""
        super().__init__(stage.web.url, stage.member(name).user.email, "secret")
        self.name = name
        # The server closes what rests for two seconds, and a press may meet that moment: no connection is kept.
        self.session.close()
        self.session.headers["Connection"] = "close"

    def twin(self) -> Visitor:
        """The same browser once more: one session, another connection."""
        found = copy(self)
        found.session = requests.Session()
        found.session.headers.update(self.session.headers)
        found.session.cookies.update(self.session.cookies)
        return found

    def read(self, paper: Paper) -> dict[str, str]:
        """The form of acceptance on the review page: the digest of what is shown, and each choice as it stands."""
        page = self.get(f"/review/{paper.item}/").text
        seen = re.search(r'name="seen" value="([0-9a-f]{64})"', page)
        if seen is None:
            raise AssertionError(f"The review page of {paper} offers nothing to accept.")
        return {"seen": seen[1], **first_options(page)}

    def press(self, path: str, **form: str) -> Answer:
        """The answer to a button."""
        told = press(self, path, **form)
        return Answer(told.status_code, message_of(told.text), told.text)

    def decide(self, paper: Paper, button: str, **form: str) -> Answer:
        """Press `button` (accept, reject, send, retrieve, retry) of the review page."""
        return self.press(f"/review/{paper.item}/{button}/", **form)

    def fill_in(self, path: str, **typed: str) -> Answer:
        """Open the form at `path`, change these fields, save."""
        return self.press(path, **{**typed_in(self.get(path).text), **typed})


def typed_in(page: str) -> dict[str, str]:
    """What stands in the fields of a page's forms, but for the token."""
    found = {}
    for tag in re.findall(r"<input\b[^>]*>", page):
        name, value = re.search(r'\bname="([^"]+)"', tag), re.search(r'\bvalue="([^"]*)"', tag)
        if name and name[1] != "csrfmiddlewaretoken":
            found[name[1]] = unescape(value[1]) if value else ""
    for attributes, text in re.findall(r"<textarea\b([^>]*)>(.*?)</textarea>", page, re.DOTALL):
        name = re.search(r'\bname="([^"]+)"', attributes)
        if name:
            found[name[1]] = unescape(text).removeprefix("\n")
    return found


def a_little_later(dice: Random, one: Callable[[], T]) -> Callable[[], T]:
    """`one` up to a fifth of a second later: an acceptance computes before it commits, and each is to win sometimes."""
    pause = dice.choice((0.0, 0.03, 0.1, 0.2))

    def pressed() -> T:
        time.sleep(pause)
        return one()

    return pressed


def at_once(*presses: Callable[[], T]) -> list[T]:
    """What each gives, all of them begun in one moment."""
    together = threading.Barrier(len(presses))

    def pressed(one: Callable[[], T]) -> T:
        together.wait(timeout=30)
        return one()

    with ThreadPoolExecutor(len(presses)) as pool:
        return list(pool.map(pressed, presses))
