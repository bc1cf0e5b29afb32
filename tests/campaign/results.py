"""What came of one act, on its way from a lane to the report."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, field


@dataclass
class Result:
    """What came of one act. Counts are by kind; `sentences` says each thing that is not as it must be."""

    number: int
    seed: int
    documents: dict[str, int]
    duplicates: dict[str, int] = field(default_factory=dict)
    lost: dict[str, int] = field(default_factory=dict)
    wrong: dict[str, int] = field(default_factory=dict)
    unexplained: int = 0
    stuck: int = 0
    #: What should have been seen of the fault and was not, and whatever broke the act itself.
    unwitnessed: int = 0
    sentences: list[str] = field(default_factory=list)
    #: From the fault's end until everything was verified.
    recovery: float = 0.0
    seconds: float = 0.0
    attempts: int = 0
    unknown: int = 0

    @property
    def is_good(self) -> bool:
        """Nothing at all is wrong."""
        return not self.sentences

    def line(self) -> str:
        """As it goes from a lane to the campaign."""
        return json.dumps(asdict(self))

    @classmethod
    def read(cls, line: str) -> Result:
        """What `line` wrote."""
        return cls(**json.loads(line))
