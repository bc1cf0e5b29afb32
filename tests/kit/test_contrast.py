"""Every ink of the style sheet can be read on every ground it stands on, in both themes (WCAG 2.2, AA)."""

import re
from pathlib import Path

import pytest

SHEET = Path(__file__).parents[2] / "procore_sync/kit/static/console/console.css"
TOKEN = re.compile(r"--([\w-]+):\s*light-dark\((#[0-9a-f]{6}),\s*(#[0-9a-f]{6})\)")
THEMES = ("light", "dark")
TEXT, SHAPE = 4.5, 3.0

PAIRS = [
    *[(ink, ground, TEXT) for ink in ("ink", "ink-2", "ink-3", "accent") for ground in ("paper", "surface", "raised")],
    *[(tone, ground, TEXT) for tone in ("good", "warn", "bad") for ground in ("paper", "surface", "raised")],
    *[(tone, f"{tone}-soft", TEXT) for tone in ("good", "warn", "bad", "accent")],
    *[(ink, f"{tone}-soft", TEXT) for ink in ("ink", "ink-2", "accent") for tone in ("good", "warn", "bad", "accent")],
    ("accent-ink", "accent", TEXT),
    ("accent-ink", "accent-strong", TEXT),
    ("accent-strong", "surface", TEXT),
    ("surface", "bad", TEXT),
    *[("edge", ground, SHAPE) for ground in ("paper", "surface", "raised")],
]


def tokens(theme: str) -> dict[str, str]:
    """The colours of the sheet in one theme, by name."""
    found = TOKEN.findall(SHEET.read_text(encoding="utf-8"))
    return {name: dark if theme == "dark" else light for name, light, dark in found}


def luminance(colour: str) -> float:
    """The relative luminance of #rrggbb, as WCAG defines it."""
    parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: str, other: str) -> float:
    """The contrast ratio of two colours, from 1 to 21."""
    high, low = sorted((luminance(one), luminance(other)), reverse=True)
    return (high + 0.05) / (low + 0.05)


def test_it_measures_as_the_standard_does() -> None:
    assert contrast("#000000", "#ffffff") == pytest.approx(21)
    assert contrast("#777777", "#ffffff") == pytest.approx(4.48, abs=0.01)


@pytest.mark.parametrize("theme", THEMES)
def test_it_reads_on_every_ground(theme: str) -> None:
    colours = tokens(theme)

    measured = {(ink, ground): contrast(colours[ink], colours[ground]) for ink, ground, _ in PAIRS}

    poor = {pair: round(measured[pair[:2]], 2) for pair in PAIRS if measured[pair[:2]] < pair[2]}
    assert poor == {}
