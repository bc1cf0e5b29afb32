"""How soon a page of a running demo is there, and how soon it follows a key: first contentful paint and interaction.

    ./console demo                                        (in another window)
    .venv/bin/python -m benchmarks.pages --console http://127.0.0.1:8000

Each page is opened in a window with nothing in the cache. Ends with exit code 1 if the median of a page is longer than
is promised.
"""

from __future__ import annotations

import argparse
import os
import shutil
import statistics
import sys
from typing import Any

from playwright.sync_api import Browser, Page, sync_playwright

#: Milliseconds until something is seen, and until what a key does is drawn.
PAINT, INTERACTION = 500, 100
MAIL, PASSWORD = "harborrow.example", "harbor-row-2026"
SIZE: Any = {"width": 1440, "height": 900}
PAGES = {
    "max": [
        "/",
        "/inbox/",
        "/projects/",
        "/cost-codes/",
        "/vendors/",
        "/commitments/",
        "/change-orders/",
        "/invoices/",
    ],
    "ada": ["/", "/inbox/", "/inbox/many/", "/journal/", "/quickbooks/import/", "/quickbooks/changes/"],
    "alma": ["/", "/people/", "/settings/", "/quickbooks/", "/quickbooks/mappings/", "/quickbooks/health/"],
    "ian": ["/", "/billing/", "/invoices/"],
}
PAINTED = """() => new Promise(done => {
    const seen = () => performance.getEntriesByName("first-contentful-paint")[0];
    const look = () => seen() ? done(seen().startTime) : requestAnimationFrame(look);
    look(); })"""
#: From the moment of the key, as the browser has it, to the frame after the one that its work is drawn in.
FOLLOWS = """() => { window.followed = new Promise(done => addEventListener("keydown", event =>
    requestAnimationFrame(() => requestAnimationFrame(() => done(performance.now() - event.timeStamp))),
    { once: true, capture: true })); }"""


def main() -> None:
    """Print a line a page; exit with 1 if one is slower than promised."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--console", default="http://127.0.0.1:8000")
    parser.add_argument("--rounds", type=int, default=5)
    given = parser.parse_args()
    chromium = os.environ.get("CHROMIUM_PATH") or shutil.which("chromium-headless-shell") or shutil.which("chromium")
    late = 0
    print(f"{'':36}{'first paint':>24}{'a key':>18}   ms: median, longest")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        for who, paths in PAGES.items():
            state = signed_in(browser, given.console, who)
            for path in paths:
                late += tell(f"{path} for {who}", measured(browser, given.console + path, state, given.rounds))
        browser.close()
    print(f"{late} of {sum(map(len, PAGES.values()))} pages over {PAINT} ms or {INTERACTION} ms in the median")
    sys.exit(1 if late else 0)


def signed_in(browser: Browser, console: str, who: str) -> Any:
    """What a browser keeps of signing in."""
    context = browser.new_context()
    page = context.new_page()
    page.goto(f"{console}/sign-in/")
    page.locator("input[name=login]").fill(f"{who}@{MAIL}")
    page.locator("input[name=password]").fill(PASSWORD)
    page.locator("input[name=password]").press("Enter")
    page.wait_for_url(lambda url: "/sign-in/" not in url)
    state = context.storage_state()
    context.close()
    return state


def measured(browser: Browser, address: str, state: Any, rounds: int) -> list[tuple[float, float]]:
    """Paint and interaction of each round; every round has a window of its own."""
    found = []
    for _ in range(rounds):
        context = browser.new_context(storage_state=state, viewport=SIZE)
        page = context.new_page()
        answer = page.goto(address)
        assert answer, address
        assert answer.ok, f"{address} answers {answer.status}"
        found.append((page.evaluate(PAINTED), followed(page)))
        context.close()
    return found


def followed(page: Page) -> float:
    """Press the key that opens the list of keys, which every page has."""
    page.evaluate(FOLLOWS)
    page.keyboard.press("?")
    return float(page.evaluate("window.followed"))


def tell(name: str, found: list[tuple[float, float]]) -> bool:
    """Print a page's line; true if it is late."""
    paints, keys = zip(*found, strict=True)
    paint, key = statistics.median(paints), statistics.median(keys)
    is_late: bool = paint > PAINT or key > INTERACTION
    print(
        f"{name:36}{paint:14.0f}{max(paints):10.0f}{key:10.0f}{max(keys):8.0f}{'   late' if is_late else ''}",
        flush=True,
    )
    return is_late


if __name__ == "__main__":
    main()
