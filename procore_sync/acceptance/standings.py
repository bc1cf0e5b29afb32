"""Whether the ledger still holds what was accepted, as the bridge tells it. No status moves by it."""

from __future__ import annotations

from collections.abc import Collection

from procore_sync.acceptance.models import ErpItem

#: What the journal's remark on it says in its `detail`, for whoever is told without reading its words.
STANDING = "standing"
DRIFTED, RESTORED = "drifted", "as_it_was"


def note_standing(items: Collection[int], *, differs: bool) -> None:
    """Say of these items whether the ledger is known to hold them otherwise than they were accepted; one statement."""
    if items:
        ErpItem.objects.filter(pk__in=items).exclude(differs=differs).update(differs=differs)
