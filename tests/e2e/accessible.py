"""What axe finds on a page that is open, in both themes with one loading."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from axe_playwright_python.base import AXE_SCRIPT
from playwright.sync_api import Page

#: Without `preload` axe does not fetch the stylesheet anew for rules that are off; no page of ours holds another.
QUIET: dict[str, Any] = {"preload": False, "iframes": False}
#: Whatever can be wrong but colours.
STRUCTURE = {**QUIET, "resultTypes": ["violations"], "rules": {"color-contrast": {"enabled": False}}}
COLOURS = {
    **QUIET,
    "resultTypes": ["violations", "passes", "incomplete"],
    "runOnly": {"type": "rule", "values": ["color-contrast"]},
    "elementRef": True,
}
#: Only what is wrong crosses over to Python.
WRONG = "found => found.violations.flatMap(one => one.nodes.map(node => `${one.id}: ${node.html.slice(0, 120)}`))"
RUN = f"([where, options]) => axe.run(where, options).then({WRONG})"

#: Colours are most of what axe costs, and the same on page after page. All that its verdict on a text follows from is
#: put into words: the text's own looks, every ground below it, and whatever is painted across it. Axe is asked about
#: the texts that differ in these words from all that it has called good; what it has no verdict on is asked again.
RUN_COLOURS = """async ([good, options, but]) => {
    const known = new Set(good), styles = new Map(), grounds = new Map();
    const style = one => styles.get(one) ?? styles.set(one, getComputedStyle(one)).get(one);
    const CLEAR = "rgba(0, 0, 0, 0) none";
    const paint = one => `${style(one).backgroundColor} ${style(one).backgroundImage}`;
    const ground = one => {
        if (!one) return "";
        if (!grounds.has(one)) {
            const { opacity, filter, mixBlendMode } = style(one);
            const own = `${paint(one)} ${opacity} ${filter} ${mixBlendMode}`;
            const below = ground(one.parentElement);
            grounds.set(one, own === `${CLEAR} 1 none normal` ? below : `${own}; ${below}`);
        }
        return grounds.get(one);
    };
    // What is one pixel wide is there for screen readers.
    const drawn = one => one.checkVisibility({ visibilityProperty: true }) && one.getClientRects().length;
    const seen = [...document.querySelectorAll("body *")].filter(one => drawn(one) && one.offsetWidth !== 1);
    const painted = seen.filter(one => paint(one) !== CLEAR).map(one => [one, one.getBoundingClientRect()]);
    const across = one => {
        const box = one.getBoundingClientRect();
        return painted.filter(([other, its]) => its.left < box.right - 1 && its.right > box.left + 1
            && its.top < box.bottom - 1 && its.bottom > box.top + 1 && !other.contains(one) && !one.contains(other)
        ).map(([other]) => `${paint(other)} ${style(other).opacity}`).join("; ");
    };
    const words = one => {
        const { color, fontSize, fontWeight, textShadow, webkitTextStroke } = style(one);
        return [color, fontSize, fontWeight, textShadow, webkitTextStroke, ground(one), across(one)].join(" | ");
    };
    // Neither has ever a verdict: what cannot be used, by the guidelines' word, and a box that holds no text.
    const spared = [":disabled", "[aria-disabled=true]", ...but].join();
    const written = one => one instanceof HTMLElement && !one.closest(spared)
        && (one.matches("input:not([type=checkbox], [type=radio]), select, textarea")
            || [...one.childNodes].some(node => node.nodeType === Node.TEXT_NODE && node.data.trim()));
    const unknown = new Map(seen.filter(written).map(one => [one, words(one)]).filter(([, said]) => !known.has(said)));
    if (!unknown.size) return [[], []];
    const found = await axe.run({ include: [...unknown.keys()] }, options);
    // Before an image axe never decides; every other doubt is of the place and not of the words.
    const image = node => node.any.some(one => ["bgImage", "bgGradient"].includes(one.data?.messageKey));
    const undecided = found.incomplete.flatMap(one => one.nodes).filter(image);
    const called = results => results.flatMap(one => one.nodes).map(node => unknown.get(node.element));
    const bad = new Set(called(found.violations));
    const settled = [...called(found.passes), ...undecided.map(node => unknown.get(node.element))];
    return [(WRONG)(found), settled.filter(said => said && !bad.has(said))];
}""".replace("WRONG", WRONG)

#: What axe has called good of colours, whatever the page and the theme: colours are compared as they were computed.
GOOD: set[str] = set()


def violations(page: Page, *, but: Sequence[str] = ()) -> list[str]:
    """One line each for whatever is wrong, with the contrast in light and in dark.

    What `but` selects, and was looked at on another page, is spared; rules about the page as a whole still see it.
    """
    # A colour on its way from one theme to the other is neither's.
    page.emulate_media(color_scheme="light", reduced_motion="reduce")
    page.evaluate(AXE_SCRIPT)
    where = {"include": [["html"]], "exclude": [[one] for one in but]}
    found: list[str] = page.evaluate(RUN, [where, STRUCTURE])
    found += _of_colour(page, "light", but)
    page.emulate_media(color_scheme="dark", reduced_motion="reduce")
    return found + _of_colour(page, "dark", but)


def _of_colour(page: Page, theme: str, but: Sequence[str]) -> list[str]:
    wrong, good = page.evaluate(RUN_COLOURS, [sorted(GOOD), COLOURS, list(but)])
    GOOD.update(good)
    return [f"{theme}: {one}" for one in wrong]
