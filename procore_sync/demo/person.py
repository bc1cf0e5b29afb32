"""A person at the console, over real HTTP: signs in, presses buttons, reads answers. For the demo's check and tests."""

from __future__ import annotations

import re
import time
from html import unescape
from typing import Any

import requests

from procore_sync.demo.sample import PASSWORD

SECONDS = 30


class Person:
    """One signed-in session against the console at `base`, an address without a slash at its end."""

    def __init__(self, base: str, email: str, password: str = PASSWORD) -> None:
        """Sign in.

        Raises:
            AssertionError: the console did not let the person in.
        """
        self.base = base
        self.email = email
        self.session = requests.Session()
        self.page = base
        self.get("/sign-in/")
        answer = self._post("/sign-in/", {"login": email, "password": password}, follow=False)
        if not answer.is_redirect:
            raise AssertionError(f"{email} was not let in: {answer.status_code}")

    def get(self, path: str) -> requests.Response:
        """Read a page."""
        self.page = self.base + path
        return self.session.get(self.page, timeout=SECONDS)

    def post(self, path: str, **form: str) -> requests.Response:
        """Press a button: a form with the session's token."""
        return self._post(path, form, follow=True)

    def _post(self, path: str, form: dict[str, str], *, follow: bool) -> requests.Response:
        return self.session.post(
            self.base + path,
            data={**form, "csrfmiddlewaretoken": self.session.cookies.get("csrftoken", "")},
            headers={"Referer": self.page},
            timeout=SECONDS,
            allow_redirects=follow,
        )

    def item(self, pk: int) -> dict[str, Any]:
        """What the API says of an item: its row, its posting, its link."""
        answer = self.get(f"/api/v1/items/{pk}/")
        answer.raise_for_status()
        found: dict[str, Any] = answer.json()
        return found

    def send(self, pk: int) -> requests.Response:
        """Open a record and send it to accounting."""
        self.get(f"/review/{pk}/")
        return self.post(f"/review/{pk}/send/")

    def accept(self, pk: int) -> requests.Response:
        """Read the review page as an approver does, pick the first of each required choice, and accept."""
        page = self.get(f"/review/{pk}/").text
        seen = re.search(r'name="seen" value="([0-9a-f]{64})"', page)
        if seen is None:
            raise AssertionError(f"The review page of {pk} offers nothing to accept.")
        return self.post(f"/review/{pk}/accept/", seen=seen[1], **first_options(page))

    def reject(self, pk: int, comment: str) -> requests.Response:
        """Open a record and reject it with a reason."""
        self.get(f"/review/{pk}/")
        return self.post(f"/review/{pk}/reject/", comment=comment)

    def wait_for(self, pk: int, status: str, seconds: float = SECONDS) -> dict[str, Any]:
        """Wait until the item has `status`; a record that stops on the way ends the wait.

        Raises:
            AssertionError: it did not come to `status` in time; the message holds its last state.
        """
        end = time.monotonic() + seconds
        while (found := self.item(pk))["item"]["status"] != status:
            stopped = found["item"]["status"] == "failed" and status != "failed"
            if time.monotonic() > end or stopped:
                raise AssertionError(f"Item {pk} is {found['item']['status']}, not {status}: {found}")
            time.sleep(0.1)
        return found


def message_of(page: str) -> str:
    """The first message that a page shows as an error, or what it says was refused, in plain text."""
    found = re.search(r'class="message error"[^>]*>(.*?)</div>', page, re.DOTALL)
    found = found or re.search(r'data-refusal>.*?<p class="strong">(.*?)</p>', page, re.DOTALL)
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", found[1])).split()) if found else ""


def first_options(page: str) -> dict[str, str]:
    """The first real option of every required drop-down on the page."""
    chosen = {}
    for attributes, options in re.findall(r"<select([^>]*)>(.*?)</select>", page, re.DOTALL):
        name = re.search(r'name="([^"]+)"', attributes)
        values = re.findall(r'<option value="([^"]+)"', options)
        selected = re.findall(r'<option value="([^"]+)"[^>]* selected', options)
        if name and values:
            chosen[name[1]] = (selected or values)[0]
    return chosen
