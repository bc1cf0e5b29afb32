"""What the apps above know that keeps a change order as it is; each registers its own at start."""

from __future__ import annotations

from collections.abc import Callable

from change_orders.models import ChangeOrder
from procore_sync.acceptance.kinds import Unmet

#: Why the change order cannot be changed, rejected, voided or unlinked now, or None.
Hindrance = Callable[[ChangeOrder], Unmet | None]

_hindrances: dict[str, Hindrance] = {}


def register_hindrance(name: str, hindrance: Hindrance) -> None:
    """Make a hindrance known; called once from the `AppConfig.ready()` of the app that knows."""
    _hindrances[name] = hindrance


def hindrances_of(change_order: ChangeOrder) -> list[Unmet]:
    """All that keeps `change_order` as it is; empty if nothing does."""
    found = [hindrance(change_order) for hindrance in _hindrances.values()]
    return [one for one in found if one is not None]
