"""Which cost codes may mean the same: the same letters and numbers under another punctuation."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable

from rapidfuzz import fuzz


class Codes:
    """Codes to be compared with, each in the place in which it was added.

    "03-300", "3.300" and "03 300" are alike; codes are never near by a digit: 03-300 and 03-310 are two.
    """

    def __init__(self, codes: Iterable[str] = ()) -> None:
        self._codes: list[str] = []
        self._places: defaultdict[str, list[int]] = defaultdict(list)
        for code in codes:
            self.add(code)

    def add(self, code: str) -> None:
        """Put `code` in the next place."""
        self._places[_groups(code)].append(len(self._codes))
        self._codes.append(code.casefold())

    def alike(self, code: str, *, at_most: int = 3) -> list[tuple[int, int]]:
        """The places of codes that may mean the same, each with the percentage of characters shared, best first."""
        places = self._places.get(_groups(code), [])
        found = [(place, int(fuzz.ratio(code.casefold(), self._codes[place]))) for place in places]
        return sorted(found, key=lambda one: (-one[1], one[0]))[:at_most]


def _groups(code: str) -> str:
    groups = re.findall(r"\d+|[^\W\d_]+", code.casefold())
    return " ".join(group.lstrip("0") or "0" for group in groups)
