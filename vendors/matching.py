"""Which names may mean the same company: for imports from files, and for matching with what QuickBooks holds."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from rapidfuzz import fuzz, process

from procore_sync.kit.text import normalise

LIKELY = 86


@dataclass(frozen=True)
class NameKey:
    """A name made ready to be compared with many others.

    `joined` bears spaces that moved ("1X1 Architecture"), `ordered` bears words that moved ("Row Harbor Builders").
    `digits` must agree: "1019837 Ontario" and "1019838 Ontario" are two companies.
    """

    joined: str
    ordered: str
    digits: str

    @classmethod
    def of(cls, name: str) -> NameKey:
        """The key of `name`."""
        plain = normalise(name)
        words = plain.split()
        return cls("".join(words), " ".join(sorted(words)), "".join(re.findall(r"\d", plain)))


def alike(name: NameKey, others: Sequence[NameKey]) -> list[tuple[int, int]]:
    """The places in `others` that may mean the same company, each with a confidence of 86 to 100, best first."""
    found: dict[int, int] = {}
    for mine, theirs in (
        (name.joined, [other.joined for other in others]),
        (name.ordered, [other.ordered for other in others]),
    ):
        for _, score, place in process.extract(mine, theirs, scorer=fuzz.ratio, score_cutoff=LIKELY, limit=5):
            if others[place].digits == name.digits:
                found[place] = max(found.get(place, 0), int(score))
    return sorted(found.items(), key=lambda one: (-one[1], one[0]))
