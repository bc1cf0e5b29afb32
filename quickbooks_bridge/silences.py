"""A company whose QuickBooks answers no call is left alone for a while (docs/adr/0054).

Each such call holds a worker for the whole time-out. With a few hundred records due they would hold every worker of
the installation for hours, and no record of another company would go.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from django.conf import settings
from django.db.models import Subquery
from django.utils.translation import gettext_noop

from procore_sync.acceptance.claims import WAITABLE
from procore_sync.acceptance.models import Attempt, Submission
from procore_sync.acceptance.states import Work
from quickbooks_bridge.connections import pause
from quickbooks_bridge.ledgers import PATIENCE, limiter_for
from quickbooks_bridge.models import Connection

#: The `fault_code` of a call that got no answer in time.
SILENCE: Final = "silence"
#: So many different calls without an answer, and none with one since, are no chance.
MOST: Final = 3
_LEFT_ALONE: Final = gettext_noop(
    "QuickBooks did not answer several calls in a row, so the company is left alone for a while; it goes on by itself."
)


def is_silent(row: Connection, submissions: Sequence[Submission]) -> bool:
    """Whether the call for these, which has just got no answer, is one too many since QuickBooks last answered any.

    What is tried again counts once, and so does a batch: that QuickBooks is slow with one record says nothing of the
    others.
    """
    answered = Connection.objects.filter(pk=row.pk).values("last_good_call_at")
    tries = Attempt.objects.filter(
        submission__company_id=row.company_id,
        submission__work__in=(*WAITABLE, Work.FLYING),
        fault_code=SILENCE,
        started_at__gt=Subquery(answered),
    )
    tries = tries.exclude(submission__in=submissions)
    return tries.values("request_id").distinct().count() >= MOST - 1


def leave_alone(row: Connection) -> None:
    """Let nobody call it for as long as after a throttle: no document goes, and no look is taken either."""
    limiter_for(PATIENCE).pause(row.realm_id, settings.THROTTLE_SECONDS)
    pause(row, settings.THROTTLE_SECONDS, _LEFT_ALONE)
