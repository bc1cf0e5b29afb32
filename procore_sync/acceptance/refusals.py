"""Why an operation on a record was refused."""

from __future__ import annotations

from procore_sync.acceptance.kinds import Unmet
from procore_sync.kit.refusals import NotAllowed, Refusal


class IllegalMove(Refusal):
    """The record is not in a state in which this can be done; often somebody else was first."""


class ChangedSinceSeen(Refusal):
    """What stands there now is not what the person looked at."""


class NotReady(Refusal):
    """The record lacks something; `unmet` says each thing."""

    def __init__(self, unmet: list[Unmet]) -> None:
        first = unmet[0]
        super().__init__(" ".join(one.sentence for one in unmet), who=first.who, where=first.where)
        self.unmet = unmet


class OwnRecord(NotAllowed):
    """The four-eyes rule: the sender may not accept."""


class StillThere(Refusal):
    """The ledger still holds the document, so the link stays."""
