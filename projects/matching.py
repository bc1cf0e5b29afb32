"""Which cost codes may mean the same: the same letters and numbers under another punctuation."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from rapidfuzz import fuzz


@dataclass(frozen=True)
class CodeKey:
    """A code made ready to be compared with many others; "03-300", "3.300" and "03 300" have equal `groups`.

    Codes are never near by a digit: 03-300 and 03-310 are two codes.
    """

    code: str
    groups: str

    @classmethod
    def of(cls, code: str) -> CodeKey:
        """The key of `code`."""
        groups = re.findall(r"\d+|[^\W\d_]+", code.casefold())
        return cls(code.casefold(), " ".join(group.lstrip("0") or "0" for group in groups))


def alike(code: CodeKey, others: Sequence[CodeKey]) -> list[tuple[int, int]]:
    """The places in `others` that may mean the same code, each with a confidence (percent of characters shared)."""
    found = [
        (place, int(fuzz.ratio(code.code, other.code)))
        for place, other in enumerate(others)
        if other.groups == code.groups
    ]
    return sorted(found, key=lambda one: (-one[1], one[0]))
