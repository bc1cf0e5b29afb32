"""Which names may mean the same company: for imports from files, and for matching with what QuickBooks holds."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable

from rapidfuzz import fuzz, process

from procore_sync.kit.text import normalise

LIKELY = 86
LONG_ENOUGH = 10


class Names:
    """Names to be compared with, each in the place in which it was added.

    A name is like another if they are nearly the same letters, with spaces moved ("1X1 Architecture") or words moved
    ("Row Harbor Builders"), or if one is the other with more words after it ("Altis Human Resources Ottawa").
    Their digits must agree: "1019837 Ontario" and "1019838 Ontario" are two companies.
    """

    def __init__(self, names: Iterable[str] = ()) -> None:
        self._joined: list[str] = []
        self._ordered: list[str] = []
        self._digits: list[str] = []
        self._whole: defaultdict[str, list[int]] = defaultdict(list)
        self._begin: defaultdict[str, list[int]] = defaultdict(list)
        for name in names:
            self.add(name)

    def add(self, name: str) -> None:
        """Put `name` in the next place."""
        words, place = normalise(name).split(), len(self._joined)
        self._joined.append("".join(words))
        self._ordered.append(" ".join(sorted(words)))
        self._digits.append(_digits(words))
        self._whole["".join(words)].append(place)
        for beginning in _beginnings(words):
            self._begin[beginning].append(place)

    def alike(self, name: str, *, at_most: int = 3) -> list[tuple[int, int]]:
        """The places of names that may mean the same company, each with a confidence of 86 to 100, best first."""
        words = normalise(name).split()
        joined, ordered = "".join(words), " ".join(sorted(words))
        longer = self._begin.get(joined, [])
        shorter = [place for beginning in _beginnings(words) for place in self._whole.get(beginning, [])]
        found = dict.fromkeys([*longer, *shorter], LIKELY)
        for mine, theirs in ((joined, self._joined), (ordered, self._ordered)):
            for _, score, place in process.extract(mine, theirs, scorer=fuzz.ratio, score_cutoff=LIKELY, limit=20):
                if self._digits[place] == _digits(words):
                    found[place] = max(found.get(place, 0), int(score))
        return sorted(found.items(), key=lambda one: (-one[1], one[0]))[:at_most]


def _digits(words: list[str]) -> str:
    return "".join(re.findall(r"\d", "".join(words)))


def _beginnings(words: list[str]) -> list[str]:
    """The first words of a name, joined, where they say enough to name a company."""
    joined = ["".join(words[:count]) for count in range(1, len(words))]
    return [one for one in joined if len(one) >= LONG_ENOUGH]
