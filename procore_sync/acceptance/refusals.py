"""Why an operation on a record was refused."""

from __future__ import annotations

from django.utils.translation import gettext, gettext_noop

from procore_sync.acceptance.kinds import Unmet
from procore_sync.kit.refusals import NotAllowed, Refusal


class IllegalMove(Refusal):
    """The record is not in a state in which this can be done; often somebody else was first."""

    cure = gettext_noop("Nobody has to: load the page to see what stands there now, and go on from that.")


def deleted_meanwhile(record: str) -> IllegalMove:
    """What is told to whoever acts on what is called so and is not there any more; only drafts are ever deleted."""
    return IllegalMove(gettext("%(record)s was deleted meanwhile, so nothing was done.") % {"record": record})


class ChangedSinceSeen(Refusal):
    """What stands there now is not what the person looked at."""

    cure = gettext_noop("Look again: the page shows what stands there now, and it can be decided.")

    @property
    def in_a_form(self) -> str:
        """The sentence above what was typed, which a page shows again."""
        return f"{self.sentence} {gettext('What you typed stands below.')}"


class NotReady(Refusal):
    """The record lacks something that it needs; the sentence says each thing."""

    cure = gettext_noop("Whoever is named fixes each thing, where the link leads; then it is done again.")

    def __init__(self, unmet: list[Unmet]) -> None:
        first = unmet[0]
        super().__init__(" ".join(one.sentence for one in unmet), who=first.who, where=first.where)
        self.unmet = unmet


class OwnRecord(NotAllowed):
    """The four-eyes rule: whoever sent a record may not accept it."""

    cure = gettext_noop("Another approver accepts it; an administrator can switch the rule off under Settings.")


class SecondApproverNeeded(Refusal):
    """Above the company's amount two different approvers accept, and whoever accepted first is not the second."""

    cure = gettext_noop("Another approver accepts it; an administrator can give somebody the right under People.")


class StillThere(Refusal):
    """QuickBooks still holds the document, so the link stays."""

    cure = gettext_noop("The bookkeeper deletes or voids it in QuickBooks; then it can be unlinked.")
