"""What may be forgotten, of which no hash of the journal is made: after years what each try asked and was answered, and
much sooner what was asked of many records at once.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db.models.fields.json import KT
from django.db.models.functions import Coalesce
from django.utils import timezone

from procore_sync.acceptance.models import Attempt, Turn
from procore_sync.acceptance.states import Work
from procore_sync.kit.refusals import InvalidInput

#: Younger ones are kept: they are what a fault is understood by.
SHORTEST_DAYS = 90
#: A hundred years.
LONGEST_DAYS = 36_500
#: After so many days a turn that is done is forgotten; what it did stands in the journal.
TURN_KEPT_DAYS = 90
_AT_ONCE = 1000


def thin_attempts(*, older_than_days: int, now: datetime | None = None) -> int:
    """Empty the bodies of tries that ended so many days ago; returns of how many. Everything else of them stays.

    The tries of what still waits or stopped are left alone, however old they are.

    Raises:
        InvalidInput: it is less than 90 days, or more than a hundred years.
    """
    if older_than_days > LONGEST_DAYS:
        raise InvalidInput("Nothing here is older than a hundred years. Name fewer days.")
    if older_than_days < SHORTEST_DAYS:
        raise InvalidInput(f"What is younger than {SHORTEST_DAYS} days is kept: a fault is understood by it.")
    before = (now or timezone.now()) - timedelta(days=older_than_days)
    old = Attempt.objects.filter(finished_at__lt=before, submission__work__in=[Work.NONE, Work.DONE])
    full = old.exclude(asked={}, answered={}).order_by("pk").values_list("pk", flat=True)
    thinned = 0
    while keys := list(full[:_AT_ONCE]):
        emptied = Attempt.objects.filter(pk__in=keys)
        # Under which request id it went stands in what was asked, and is to be said as before.
        emptied.filter(act="send").update(request_id=Coalesce(KT("asked__requestid"), "request_id"))
        thinned += emptied.update(asked={}, answered={})
    return thinned


def forget_turns(now: datetime | None = None) -> int:
    """Delete the turns that were done so long ago, a piece at a time; returns how many. What waits stays."""
    before = (now or timezone.now()) - timedelta(days=TURN_KEPT_DAYS)
    forgotten = 0
    while keys := [pk for pk, done in _oldest_turns() if done and done < before]:
        forgotten += Turn.objects.filter(pk__in=keys).delete()[0]
    return forgotten


def _oldest_turns() -> list[tuple[int, datetime | None]]:
    # By their numbers, so that nothing is read through every minute; few wait, and none for long.
    return list(Turn.objects.order_by("pk").values_list("pk", "done_at")[:_AT_ONCE])
