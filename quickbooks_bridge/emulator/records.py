"""A document as it stands in the books, and what rules may see of the books."""

from dataclasses import dataclass
from typing import Any, Protocol

Document = dict[str, Any]


@dataclass(slots=True)
class Record:
    """A document, its JSON (what is stored is what is answered), and when it last changed (seconds)."""

    document: Document
    text: str
    updated: float


class Lists(Protocol):
    """The records of one company by entity and id."""

    records: dict[str, dict[str, Record]]
