"""Records that belong to a commitment and are exactly as private as it; each app above registers where its own are."""

from __future__ import annotations

from collections.abc import Callable

from django.db.models import QuerySet

from commitments.models import Commitment
from procore_sync.acceptance.models import ErpItem

#: The items of the records that follow this commitment.
Followers = Callable[[Commitment], QuerySet[ErpItem]]

_followers: dict[str, Followers] = {}


def register_followers(name: str, followers: Followers) -> None:
    """Make followers known; called once from the `AppConfig.ready()` of the app whose records they are."""
    _followers[name] = followers


def hand_down_access(commitment: Commitment) -> None:
    """Let every follower be seen by whoever sees the commitment; called in the transaction that changes its access."""
    readers = list(commitment.erp.readers.all())
    for followers in _followers.values():
        for item in followers(commitment):
            ErpItem.objects.filter(pk=item.pk).update(is_private=commitment.erp.is_private)
            item.readers.set(readers)
