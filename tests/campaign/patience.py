"""How long a lane waits for what has to come: longer where every pause is production's.

A lane is a process and has one pace, set once as it begins.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

from tests import processes
from tests.processes import Child

#: By how much production waits longer for what comes in seconds where the engine is in a hurry.
UNHURRIED = 4.0
_factor = 1.0


def be_unhurried() -> None:
    """From now on everything may take as long as in production."""
    global _factor
    _factor = UNHURRIED


def wait_for(condition: Callable[[], object], seconds: float, *, what: str, children: Iterable[Child] = ()) -> float:
    """`processes.wait_for`, so many seconds at the campaign's usual pace.

    Raises:
        NeverHappened: it did not, in that time or in what stands for it at production's pace.
    """
    return processes.wait_for(condition, seconds * _factor, what=what, children=children)
