"""What axe finds on a page that is open, in both themes with one loading."""

from __future__ import annotations

from typing import Any

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page

#: All that the theme can change is colour, so the second look asks for nothing else.
OF_COLOUR = {"resultTypes": ["violations"], "runOnly": {"type": "rule", "values": ["color-contrast"]}}


def violations(page: Page) -> list[str]:
    """One line each: in light whatever is wrong, in dark whatever is wrong with the contrast."""
    # A colour on its way from one theme to the other is neither's.
    page.emulate_media(color_scheme="light", reduced_motion="reduce")
    found = _lines("light", Axe().run(page))
    page.emulate_media(color_scheme="dark", reduced_motion="reduce")
    return [*found, *_lines("dark", Axe().run(page, options=OF_COLOUR))]


def _lines(theme: str, found: Any) -> list[str]:
    return [
        f"{theme}: {one['id']}: {node['html'][:120]}" for one in found.response["violations"] for node in one["nodes"]
    ]
