"""Nothing is sent before somebody has looked whether QuickBooks holds what this database does not know.

A database that was restored from a backup has forgotten what was written since, and would write it once more. It cannot
tell by itself that it was restored. So every process waits with a company's exports until one has looked from this very
database, after this process began, after the company was connected last, and after the database was seen to go back
under its feet.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.utils.translation import gettext_noop

from procore_sync.acceptance.courier import Obstacle
from procore_sync.acceptance.leases import clock
from quickbooks_bridge.bell import ring_look
from quickbooks_bridge.models import Connection

SENTENCE = gettext_noop("Looking first whether QuickBooks holds something of ours that this database does not know.")
_SECONDS = 5
_RING_EVERY = 2.0


@dataclass(frozen=True)
class _Seen:
    """What this process last saw of a connection, and since when a look counts."""

    since: datetime
    looked_at: datetime | None
    token_version: int


_seen: dict[object, _Seen] = {}
_rung: dict[int, float] = {}
_began = [clock()]


def begin() -> None:
    """Be as a process that starts now."""
    _began[:] = [clock()]
    _seen.clear()
    _rung.clear()


def not_looked(row: Connection | None) -> Obstacle | None:
    """That nobody has looked yet, and ask a worker to; None if somebody has."""
    if row is None or is_looked(row):
        return None
    now = time.monotonic()
    if now - _rung.get(row.company_id, -_RING_EVERY) >= _RING_EVERY:
        _rung[row.company_id] = now
        ring_look(row.company_id)
    return Obstacle(SENTENCE, seconds=_SECONDS)


def is_looked(row: Connection) -> bool:
    """Whether the last look at the company's QuickBooks counts for this process."""
    known = _known(row)
    since = max(known.since, row.connected_at or known.since)
    return row.looked_at is not None and row.looked_at >= since and row.looked_in == row.read_in


def _known(row: Connection) -> _Seen:
    """What is known of it now; both numbers only ever grow, unless an older database took this one's place."""
    key = (row.pk, row.connected_at)
    before = _seen.get(key)
    now = row.read_at
    since = before.since if before else now - timedelta(seconds=clock() - _began[0])
    if before and (row.token_version < before.token_version or _is_older(row.looked_at, before.looked_at)):
        since = now
    _seen[key] = _Seen(since, row.looked_at, row.token_version)
    return _seen[key]


def _is_older(now: datetime | None, before: datetime | None) -> bool:
    return before is not None and (now is None or now < before)
