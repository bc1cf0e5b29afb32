"""Pictures of states and the moves between them, laid out as SVG coordinates; what they mean is told by the caller."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import hypot
from textwrap import wrap

from django.utils.translation import gettext

WIDTH, HEIGHT = 130, 42
_STEP_X, _STEP_Y, _MARGIN = 212, 116, 8
_ASIDE = 9
_HEAD = 7
#: So many letters fit beside each other into a box, and so many lines below each other.
_LETTERS, _LINES = 18, 2


@dataclass(frozen=True)
class Place:
    """A state at a column and a row of the picture."""

    key: str
    label: str
    column: int
    row: int = 0


@dataclass(frozen=True)
class Move:
    """A move from one state to another; `alone` says that no person makes it, `also` from which others it leads."""

    before: str
    after: str
    label: str
    alone: bool = False
    also: frozenset[str] = frozenset()

    def leaves(self, state: str) -> bool:
        """Whether it can be made in `state`."""
        return state == self.before or state in self.also


@dataclass(frozen=True)
class Node:
    """A state as it is drawn: its box, the middle of its word, and whether the record is here."""

    label: str
    x: int
    y: int
    middle_x: int
    middle_y: int
    is_here: bool

    @property
    def lines(self) -> list[str]:
        """The word as it stands in the box, which is as wide in every language."""
        return wrap(self.label, _LETTERS, break_long_words=False, max_lines=_LINES)


@dataclass(frozen=True)
class Arrow:
    """A move as it is drawn: its line, its head, its word and where that stands. `is_next` leaves from here."""

    label: str
    line: str
    head: str
    x: str
    y: str
    anchor: str
    alone: bool
    is_next: bool


@dataclass(frozen=True)
class Diagram:
    """A picture of `width` by `height`, the same in words, and its moves as rows of a table."""

    width: int
    height: int
    nodes: list[Node]
    arrows: list[Arrow]
    words: str
    rows: list[tuple[str, str, str, bool]]


def diagram(what: str, places: Sequence[Place], moves: Sequence[Move], here: str = "") -> Diagram:
    """The picture of `places` and `moves`; `here` is the key of the state that stands out.

    A move over more than one column of a row goes over the top; two moves back and forth lie side by side.
    """
    at = {one.key: one for one in places}
    lift = _lift(moves, at)
    nodes = [_node(one, lift, one.key == here) for one in places]
    arrows = [_arrow(one, at, lift, _is_paired(one, moves), one.leaves(here)) for one in moves]
    rows = [(at[one.before].label, one.label, at[one.after].label, one.alone) for one in moves]
    width = max(one.column for one in places) * _STEP_X + WIDTH + 2 * _MARGIN
    height = max(one.row for one in places) * _STEP_Y + HEIGHT + 2 * _MARGIN + lift
    return Diagram(width, height, nodes, arrows, _words(what, at, moves, here), rows)


def _words(what: str, at: dict[str, Place], moves: Sequence[Move], here: str) -> str:
    if here not in at:
        return f"{what}: {', '.join(one.label for one in at.values())}."
    onward = [
        gettext("%(move)s leads to %(place)s") % {"move": one.label, "place": at[one.after].label}
        for one in moves
        if one.leaves(here)
    ]
    named = {"what": what, "place": at[here].label, "moves": "; ".join(onward)}
    if onward:
        return gettext("%(what)s. It stands at %(place)s now. From here: %(moves)s.") % named
    return gettext("%(what)s. It stands at %(place)s now. Nothing follows.") % named


def _is_paired(move: Move, moves: Sequence[Move]) -> bool:
    return any((one.before, one.after) == (move.after, move.before) for one in moves)


def _span(move: Move, at: dict[str, Place]) -> int:
    """How many columns a move within a row crosses; 0 for one that leaves its row."""
    before, after = at[move.before], at[move.after]
    return abs(before.column - after.column) if before.row == after.row else 0


def _lift(moves: Sequence[Move], at: dict[str, Place]) -> int:
    """The room above the first row for the arches over it."""
    return max([_rise(_span(one, at)) + 14 for one in moves if _span(one, at) > 1], default=0)


def _rise(span: int) -> int:
    return 22 * span - 10


def _middle(place: Place, lift: int) -> tuple[int, int]:
    return (
        _MARGIN + place.column * _STEP_X + WIDTH // 2,
        _MARGIN + lift + place.row * _STEP_Y + HEIGHT // 2,
    )


def _node(place: Place, lift: int, is_here: bool) -> Node:
    x, y = _middle(place, lift)
    return Node(place.label, x - WIDTH // 2, y - HEIGHT // 2, x, y, is_here)


def _arrow(move: Move, at: dict[str, Place], lift: int, paired: bool, is_next: bool) -> Arrow:
    before, after = _middle(at[move.before], lift), _middle(at[move.after], lift)
    if _span(move, at) > 1:
        return _arch(move, before, after, _rise(_span(move, at)), is_next)
    length = hypot(after[0] - before[0], after[1] - before[1])
    along = ((after[0] - before[0]) / length, (after[1] - before[1]) / length)
    # To the left of the direction, so that two opposite moves lie on either side of the line between them.
    aside = _ASIDE if paired else 0
    shift = (along[1] * aside, -along[0] * aside)
    start = _edge(before, along, shift)
    end = _edge(after, (-along[0], -along[1]), shift)
    x, y, anchor = _beside(start, end, along)
    head = _head(end, along)
    return Arrow(move.label, f"M{_at(start)} L{_at(end)}", head, f"{x:.0f}", f"{y:.0f}", anchor, move.alone, is_next)


def _edge(middle: tuple[float, float], along: tuple[float, float], shift: tuple[float, float]) -> tuple[float, float]:
    """Where a line from the middle of a box, moved aside, leaves the box in the direction `along`."""
    reaches = []
    for axis, half in ((0, WIDTH / 2), (1, HEIGHT / 2)):
        if abs(along[axis]) > 0.001:
            reaches.append((half - shift[axis] * (1 if along[axis] > 0 else -1)) / abs(along[axis]))
    reach = min(reaches) + 2
    return (middle[0] + shift[0] + along[0] * reach, middle[1] + shift[1] + along[1] * reach)


def _beside(
    start: tuple[float, float], end: tuple[float, float], along: tuple[float, float]
) -> tuple[float, float, str]:
    """Where the word of a straight arrow stands: over or under a level one, beside a steep one."""
    x, y = (start[0] + end[0]) / 2, (start[1] + end[1]) / 2
    if abs(along[1]) < 0.2:
        return x, y + (-6 if along[0] > 0 else 15), "middle"
    side = 1 if along[1] > 0 else -1
    if abs(along[0]) > 0.2:
        # Near its lower end, clear of what goes straight up and down beside its upper one.
        low, high = (end, start) if along[1] > 0 else (start, end)
        x, y = low[0] + (high[0] - low[0]) * 0.3, low[1] + (high[1] - low[1]) * 0.3
        y += 6 * side
    return x + 7 * side, y + 4, "start" if side > 0 else "end"


def _arch(move: Move, before: tuple[int, int], after: tuple[int, int], rise: int, is_next: bool) -> Arrow:
    """A move over the heads of what lies between; it leaves and lands a little off the middle, apart from others."""
    towards = 1 if after[0] > before[0] else -1
    start = (before[0] + 12.0 * towards, before[1] - HEIGHT / 2 - 2)
    end = (after[0] - 24.0 * towards, after[1] - HEIGHT / 2 - 2)
    top = start[1] - rise
    corner = 14 * towards
    line = (
        f"M{_at(start)} V{top + 14:.0f} Q{start[0]:.0f},{top:.0f} {start[0] + corner:.0f},{top:.0f} "
        f"H{end[0] - corner:.0f} Q{end[0]:.0f},{top:.0f} {end[0]:.0f},{top + 14:.0f} V{end[1]:.0f}"
    )
    x = (start[0] + end[0]) / 2
    return Arrow(move.label, line, _head(end, (0, 1)), f"{x:.0f}", f"{top - 5:.0f}", "middle", move.alone, is_next)


def _head(tip: tuple[float, float], along: tuple[float, float]) -> str:
    back = (tip[0] - along[0] * _HEAD, tip[1] - along[1] * _HEAD)
    across = (-along[1] * _HEAD / 2, along[0] * _HEAD / 2)
    corners = (tip, (back[0] + across[0], back[1] + across[1]), (back[0] - across[0], back[1] - across[1]))
    return " ".join(_at(one) for one in corners)


def _at(point: tuple[float, float]) -> str:
    return f"{point[0]:.0f},{point[1]:.0f}"
