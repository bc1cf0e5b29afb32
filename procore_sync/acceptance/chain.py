"""The rule of the journal's hash chain, without a database: an export is checked by it as the journal itself is."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from procore_sync.kit.canonical import digest


@dataclass(frozen=True)
class Ring:
    """One row of a chain. `content` is all that its hash is made of; None where it is withheld from the reader."""

    sequence: int
    previous: str
    hash: str
    content: Mapping[str, Any] | None


@dataclass
class Chain:
    """How far a chain was read: the hash of its last row, and which row has to come next."""

    previous: str = ""
    expected: int = 1

    def fault_of(self, ring: Ring) -> str:
        """Why `ring` does not continue the chain, as a sentence; if it does, the chain goes on and there is none."""
        if ring.sequence != self.expected:
            return f"Row {self.expected} is missing: after {self.expected - 1} comes {ring.sequence}."
        if ring.previous != self.previous:
            return f"Row {ring.sequence} does not follow from the row before it."
        if ring.content is not None and ring.hash != digest(ring.content):
            return f"Row {ring.sequence} was changed after it was written."
        self.previous, self.expected = ring.hash, self.expected + 1
        return ""

    def cut_off(self, written: int, last: str) -> str:
        """Why the chain, read to its end, does not end at row `written` with the hash `last`; "" if it does."""
        read = self.expected - 1
        whole = (read, self.previous) == (written, last)
        return "" if whole else f"The journal ends at row {read}, but {written} were written."
