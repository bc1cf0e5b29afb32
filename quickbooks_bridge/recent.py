"""The last calls of this process, as its log tells them: method, list, outcome, timing, `intuit_tid`; no parameter.

Kept in memory for the support bundle only. Lines of other companies are never given.
"""

from __future__ import annotations

import logging
from collections import deque
from datetime import UTC, datetime
from typing import Final

_MOST: Final = 1000
_KEPT: deque[tuple[float, str]] = deque(maxlen=_MOST)


class RecentCalls(logging.Handler):
    """Keeps what the client's transport logs of each call."""

    def emit(self, record: logging.LogRecord) -> None:
        """Keep one line."""
        _KEPT.append((record.created, record.getMessage()))


def calls_of(realm: str, most: int = 200) -> list[str]:
    """The last calls of this process to one QuickBooks company, the oldest first."""
    mine = [(at, line) for at, line in list(_KEPT) if f" {realm}/" in line]
    return [f"{datetime.fromtimestamp(at, UTC).isoformat(timespec='seconds')} {line}" for at, line in mine[-most:]]
