"""What axe finds on a page that is open, in both themes with one loading."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from axe_playwright_python.base import AXE_SCRIPT
from playwright.sync_api import Page

#: Without `preload` axe does not fetch the stylesheet anew for rules that are off; no page of ours holds another.
EVERYTHING: dict[str, Any] = {"resultTypes": ["violations"], "preload": False, "iframes": False}
#: All that the theme can change is colour, so the second look asks for nothing else.
OF_COLOUR = {**EVERYTHING, "runOnly": {"type": "rule", "values": ["color-contrast"]}}
#: Only what is wrong crosses over to Python.
RUN = """([where, options]) => axe.run(where, options).then(found => found.violations.flatMap(
    one => one.nodes.map(node => `${one.id}: ${node.html.slice(0, 120)}`)))"""


def violations(page: Page, *, but: Sequence[str] = ()) -> list[str]:
    """One line each: in light whatever is wrong, in dark whatever is wrong with the contrast.

    What `but` selects, and was looked at on another page, is spared; rules about the page as a whole still see it.
    """
    where: dict[str, Any] = {"include": [["html"]], "exclude": [[one] for one in but]}
    # A colour on its way from one theme to the other is neither's.
    page.emulate_media(color_scheme="light", reduced_motion="reduce")
    page.evaluate(AXE_SCRIPT)
    found = _found(page, "light", EVERYTHING, where)
    page.emulate_media(color_scheme="dark", reduced_motion="reduce")
    return found + _found(page, "dark", OF_COLOUR, where)


def _found(page: Page, theme: str, options: dict[str, Any], where: dict[str, Any]) -> list[str]:
    return [f"{theme}: {one}" for one in page.evaluate(RUN, [where, options])]
