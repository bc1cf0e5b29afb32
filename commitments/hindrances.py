"""What the apps above know that stands against a deed on a commitment; each registers its own at start."""

from __future__ import annotations

from collections.abc import Callable
from enum import StrEnum

from commitments.models import Commitment
from procore_sync.acceptance.kinds import Unmet


class Deed(StrEnum):
    """What can be hindered: VOID is also to go back before the approval, END to be closed or terminated."""

    CORRECT = "correct"
    UNLINK = "unlink"
    VOID = "void"
    END = "end"


#: Why the deed cannot be done on this commitment now, or None.
Hindrance = Callable[[Commitment], Unmet | None]

#: Why lines of this commitment cannot come to what they come to now, by the number of the line.
LineHindrance = Callable[[Commitment], dict[int, str]]

_hindrances: dict[tuple[Deed, str], Hindrance] = {}
_line_hindrances: dict[str, LineHindrance] = {}


def register_hindrance(deed: Deed, name: str, hindrance: Hindrance) -> None:
    """Make a hindrance known; called once from the `AppConfig.ready()` of the app that knows."""
    _hindrances[deed, name] = hindrance


def hindrances_of(deed: Deed, commitment: Commitment) -> list[Unmet]:
    """All that stands against `deed` on `commitment`; empty if nothing does."""
    found = [hindrance(commitment) for (of, _), hindrance in _hindrances.items() if of == deed]
    return [one for one in found if one is not None]


def register_line_hindrance(name: str, hindrance: LineHindrance) -> None:
    """Make known what stands against amounts of lines; called once from its app's `AppConfig.ready()`."""
    _line_hindrances[name] = hindrance


def line_hindrances_of(commitment: Commitment) -> dict[int, str]:
    """What stands against the lines as they are saved now, by their numbers; empty if nothing does."""
    return {number: said for one in _line_hindrances.values() for number, said in one(commitment).items()}
