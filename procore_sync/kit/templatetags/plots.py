"""Plots as inline SVG, drawn on the server, each with its figures as a table: `{% load plots %}`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django import template
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext, gettext_noop

from procore_sync.kit.shown import money, percent

register = template.Library()


@register.simple_tag
def meter(label: str, *parts: Decimal | int) -> SafeString:
    """A bar of parts of a whole, the last part being what is left; `label` says the same in words."""
    whole = sum((Decimal(part) for part in parts), Decimal(0)) or Decimal(1)
    segments, start = [], Decimal(0)
    for place, part in enumerate(parts[:-1]):
        width = max(Decimal(part), Decimal(0)) * 100 / whole
        segments.append(("p2" if place < len(parts) - 2 else "p1", f"{start:.2f}", f"{width:.2f}"))
        start += width
    bars = format_html_join("", '<rect class="{}" x="{}" y="0" width="{}" height="12"/>', segments)
    return format_html(
        '<svg class="meter" viewBox="0 0 100 12" preserveAspectRatio="none" role="img" aria-label="{}">{}</svg>',
        label,
        bars,
    )


@register.simple_tag
def swatch(css: str) -> SafeString:
    """The coloured square of a legend."""
    return format_html(
        '<svg viewBox="0 0 10 10" aria-hidden="true"><rect class="{}" width="10" height="10"/></svg>', css
    )


@register.simple_tag
def sparkline(values: Sequence[Decimal | int], label: str) -> SafeString:
    """A small line over time in the running text; `label` says what it shows and how it ends."""
    if not values:
        return mark_safe("")
    top = max(Decimal(max(values)), Decimal(1))
    step = Decimal(118) / max(len(values) - 1, 1)
    points = [(1 + step * place, 26 - Decimal(value) * 24 / top) for place, value in enumerate(values)]
    line = " ".join(f"{x:.1f},{y:.1f}" for x, y in points)
    end_x, end_y = points[-1]
    return format_html(
        '<svg class="spark" viewBox="0 0 122 28" role="img" aria-label="{}"><polyline class="p-line" points="{}"/>'
        '<circle class="p1" cx="{}" cy="{}" r="2"/></svg>',
        label,
        line,
        f"{end_x:.1f}",
        f"{end_y:.1f}",
    )


@dataclass(frozen=True)
class Bar:
    """One bar of a plot in the coordinates of its picture."""

    x: str
    y: str
    width: str
    height: str
    label: str
    value: str
    css: str


@register.inclusion_tag("components/bar_plot.html")
def bar_plot(title: str, bars: Sequence[tuple[str, Decimal | int]], unit: str = "") -> dict[str, Any]:
    """Upright bars labelled directly, the last in the accent, and the same figures as a table beneath.

    `bars` are (label, value); what is below zero has no height, its title says it. `unit` follows the axis's numbers.
    """
    top = _round_up(max((Decimal(value) for _, value in bars), default=Decimal(1)))
    step = Decimal(592) / max(len(bars), 1)
    drawn = []
    for place, (label, value) in enumerate(bars):
        height = max(Decimal(value), Decimal(0)) * 108 / top
        css = "p1" if place == len(bars) - 1 else "p2"
        x, y = 42 + step * place, 122 - height
        drawn.append(
            Bar(f"{x:.1f}", f"{y:.1f}", f"{step * Decimal('.7'):.1f}", f"{height:.1f}", label, f"{value:,}", css)
        )
    lines = [(f"{122 - 36 * third}", _short(top * third / 3)) for third in range(4)]
    return {"title": title, "bars": drawn, "lines": lines, "unit": unit}


SERIES = ("p3", "p2", "p4", "p-good", "p1")
FEW_SERIES = ("p3", "p2", "p1")


@register.inclusion_tag("components/series_plot.html")
def series_plot(
    title: str, series: Sequence[str], groups: Sequence[tuple[str, Sequence[Decimal]]], table: str = ""
) -> dict[str, Any]:
    """Upright bars of up to five series side by side in each group, with a legend; the last series in the accent.

    `groups` are (label, one value a series); what is below zero has no height, its title says it. `table` is the id
    of the table on the page that holds the same figures.
    """
    top = _round_up(max((value for _, values in groups for value in values), default=Decimal(1)))
    colours = FEW_SERIES if len(series) <= len(FEW_SERIES) else SERIES
    css = colours[len(colours) - len(series) :]
    step = Decimal(592) / max(len(groups), 1)
    width = step * Decimal(".8") / max(len(series), 1)
    bars = []
    for place, (label, values) in enumerate(groups):
        for at, value in enumerate(values):
            height = max(Decimal(value), Decimal(0)) * 108 / top
            x, y = 42 + step * place + width * at, 122 - height
            said = f"{label}, {series[at].lower()}"
            size = (f"{x:.1f}", f"{y:.1f}", f"{width * Decimal('.9'):.1f}", f"{height:.1f}")
            bars.append(Bar(*size, said, money(value), css[at]))
    most = int(step / 7)  # a letter is about so wide
    labels = [
        (f"{42 + step * (place + Decimal('.4')):.1f}", label if len(label) <= most else f"{label[: most - 1]}…")
        for place, (label, _) in enumerate(groups)
    ]
    lines = [(f"{122 - 36 * third}", _short(top * third / 3)) for third in range(4)]
    legend = list(zip(css, series, strict=True))
    return {"title": title, "bars": bars, "labels": labels, "lines": lines, "legend": legend, "table": table}


@dataclass(frozen=True)
class Bullet:
    """One row of a plot of bullets: its parts as rectangles, and what its track is of its mark, in words."""

    label: str
    url: str
    words: str
    over: bool
    parts: list[tuple[str, str, str, str, str, str]]


BULLET = (
    ("p-mark", gettext_noop("Budget")),
    ("p3", gettext_noop("Committed")),
    ("p1", gettext_noop("Paid")),
    ("p-good", gettext_noop("Held")),
    ("p2", gettext_noop("Billed and open")),
)


@register.inclusion_tag("components/bullet_plot.html")
def bullet_plot(title: str, rows: Sequence[tuple[str, str, Sequence[Decimal]]]) -> dict[str, Any]:
    """A level bar a row, all on one scale: what is committed as its track, in it what is paid, held and open.

    `rows` are (label, address, [budget, committed, paid, held, open]); the budget is a mark across the bar. What is
    below zero has no length. The same figures belong in a table beside it.
    """
    top = max((max(values[0], values[1], sum(values[2:])) for _, _, values in rows), default=Decimal(1))
    scale = Decimal(996) / max(top, Decimal(1))
    bullets = [_bullet(label, url, [Decimal(value) for value in values], scale) for label, url, values in rows]
    return {"title": title, "bullets": bullets, "legend": [(css, gettext(name)) for css, name in BULLET]}


def _bullet(label: str, url: str, values: Sequence[Decimal], scale: Decimal) -> Bullet:
    budget, committed, *inside = values
    told = [f"{gettext(name)} {money(value)}" for (_, name), value in zip(BULLET, values, strict=True)]
    parts = [("p3", "0", "1", _length(committed, scale), "16", told[1])]
    start = Decimal(0)
    for (css, _), value, words in zip(BULLET[2:], inside, told[2:], strict=True):
        parts.append((css, f"{start:.1f}", "5", _length(value, scale), "8", words))
        start += max(value, Decimal(0)) * scale
    if budget > 0:
        parts.append(("p-mark", f"{budget * scale:.1f}", "0", "4", "18", told[0]))
    over = budget > 0 and committed > budget
    if over:
        words = gettext("%(amount)s over the budget") % {"amount": money(committed - budget)}
    elif budget > 0:
        told_of = {"share": percent(committed * 100 / budget), "budget": money(budget)}
        words = gettext("%(share)s of %(budget)s committed") % told_of
    else:
        words = gettext("%(amount)s committed, no budget") % {"amount": money(committed)}
    return Bullet(label, url, words, over, parts)


def _length(value: Decimal, scale: Decimal) -> str:
    return f"{max(value, Decimal(0)) * scale:.1f}"


def _short(value: Decimal) -> str:
    """A round number for an axis: 40, 1.5 k, 2 M."""
    for size, letter in ((1_000_000, "M"), (1_000, "k")):
        if value >= size:
            return f"{(value / size).normalize():f}\N{NARROW NO-BREAK SPACE}{letter}"
    return f"{value.normalize():f}"


def _round_up(value: Decimal) -> Decimal:
    """The next number that splits into three round steps (1, 2, 4 or 5 times a power of ten)."""
    third = max(value / 3, Decimal(1))
    power = Decimal(10) ** third.adjusted()
    return next(step * power for step in (1, 2, 4, 5, 10) if step * power >= third) * 3
