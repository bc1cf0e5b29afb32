"""How long messages are kept: what became of one can be looked up, and what was given up be sent again meanwhile."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.utils import timezone

from procore_sync.acceptance.webhooks.rows import Delivery, DeliveryState

KEPT_DAYS = {DeliveryState.DELIVERED: 30, DeliveryState.GIVEN_UP: 90}
_AT_ONCE = 1000


def forget_old(now: datetime | None = None) -> int:
    """Delete the messages that ended so long ago, a piece at a time; returns how many. What waits stays."""
    forgotten = 0
    for state, days in KEPT_DAYS.items():
        before = (now or timezone.now()) - timedelta(days=days)
        old = (
            Delivery.objects.filter(state=state, ended_at__lt=before).order_by("ended_at").values_list("pk", flat=True)
        )
        while keys := list(old[:_AT_ONCE]):
            forgotten += Delivery.objects.filter(pk__in=keys).delete()[0]
    return forgotten
