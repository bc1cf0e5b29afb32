"""The way of a newcomer: from the address of a console to their first accepted record, counting what they click.

`SCREENSHOTS=<folder>` keeps a picture of each step there; those of the README are made by
`SCREENSHOTS=docs/screenshots ./console test --demo`.
"""

from __future__ import annotations

import os
from pathlib import Path

from playwright.sync_api import Locator, Page, ViewportSize, expect

DESK: ViewportSize = {"width": 1440, "height": 900}
PHONE: ViewportSize = {"width": 390, "height": 844}


def keep(page: Page, name: str) -> None:
    """A picture of the window as it stands, if pictures are wanted."""
    if folder := os.environ.get("SCREENSHOTS"):
        Path(folder).mkdir(parents=True, exist_ok=True)
        page.screenshot(path=Path(folder) / f"{name}.png", animations="disabled")


def accept_a_first_record(page: Page, base: str, email: str, password: str) -> int:
    """Sign in, open the first record that waits, accept it; returns how many clicks it took."""
    clicks = 0

    def click(target: Locator) -> None:
        nonlocal clicks
        clicks += 1
        target.click()

    page.set_viewport_size(DESK)
    page.goto(base)
    click(page.locator("input[name=login]"))
    page.keyboard.type(email)
    click(page.locator("input[name=password]"))
    page.keyboard.type(password)
    click(page.get_by_role("main").get_by_role("button", name="Sign in", exact=True))
    click(page.get_by_role("navigation").get_by_role("link", name="Inbox").first)
    expect(page.locator("#rows > li").first).to_be_visible()
    keep(page, "tour-inbox")
    first = page.locator("#rows > li a").first
    name = first.locator("b").inner_text().rpartition(":")[2].strip()
    click(first)
    expect(page.locator("#record h1")).to_have_text(name)
    keep(page, "tour-review")
    click(page.get_by_role("button", name="Accept").first)
    expect(page.locator("#live")).to_contain_text(f"{name} is accepted")
    keep(page, "tour-accepted")
    return clicks


def keep_the_others(page: Page) -> None:
    """The same page in the dark and on a phone."""
    page.emulate_media(color_scheme="dark")
    keep(page, "review-dark")
    page.set_viewport_size(PHONE)
    keep(page, "review-phone")
