"""The open ledgers of this process: one a connection and thread, over the process's pooled HTTP connections."""

from __future__ import annotations

import os
import threading
import time
from functools import lru_cache

from django.conf import settings
from django.db import Error
from django.db.models.functions import Now
from django.utils.translation import gettext_noop

from procore_sync.acceptance.leases import may_write
from quickbooks_bridge.client.api import Ledger
from quickbooks_bridge.client.limiter import Limiter, LimiterDown, RedisLimiter, Unlimited
from quickbooks_bridge.client.settings import Endpoints, Timeouts
from quickbooks_bridge.endpoints import endpoints
from quickbooks_bridge.models import Connection
from quickbooks_bridge.tokens import ConnectionTokens
from quickbooks_bridge.watching.budgets import Meter

#: How long somebody who reads lists may wait for a slot. A worker with documents waits as long as the limit of a second
#: may hold it up, since others may have work for it; for what takes longer it is rung again.
READER_PATIENCE = 20.0
PATIENCE = 1.5
_NOTE_GOOD_CALL_EVERY = 15.0
_local = threading.local()
_noted: dict[int, float] = {}


def ledger_for(row: Connection, *, patience: float = PATIENCE) -> Ledger:
    """The ledger of a connection, ready to call; makes no call itself."""
    at, limiter = endpoints(row.environment), limiter_for(patience)
    key = (os.getpid(), row.pk, row.realm_id, at, _timeouts(), limiter)
    kept: dict[object, Ledger] = _local.__dict__.setdefault("ledgers", {})
    if key not in kept:
        kept[key] = _open(at, row, limiter)
    return kept[key]


def _open(at: Endpoints, row: Connection, limiter: Limiter) -> Ledger:
    holder, meter = ConnectionTokens(row.pk, row.realm_id), Meter(row.company_id)
    ledger = Ledger.open(at, row.realm_id, holder, limiter, _timeouts(), meter)
    ledger.ask_before_writing(_why_not_write)
    return ledger


def _why_not_write() -> str:
    """Why the engine's work is no longer this worker's to send, or ""."""
    try:
        mine = may_write()
    except Error:
        return gettext_noop("The database stopped answering partway, so nothing was sent.")
    return "" if mine else _TAKEN_OVER


_TAKEN_OVER = gettext_noop("This worker was held up so long that another one has taken over, so it sent nothing.")


def limiter_for(patience: float) -> Limiter:
    """The limiter that every process shares; whoever calls a company without its connection counts there too."""
    return _limiter(settings.QUICKBOOKS_LIMITS, settings.REDIS_URL, patience, os.getpid())


def seconds_until_leave(row: Connection, *, batch: bool = False) -> float:
    """How long the limits of calls, or of batches, hold the company back beyond a worker's patience; 0 if they do not.

    0 also when nobody can tell: then the call itself will say so.
    """
    try:
        wait = limiter_for(PATIENCE).wait(row.realm_id, batch=batch)
    except LimiterDown:
        return 0.0
    return wait if wait > PATIENCE else 0.0


def _timeouts() -> Timeouts:
    read = float(getattr(settings, "QUICKBOOKS_READ_TIMEOUT", 20.0))
    return Timeouts(connect=3.05, read=read, total=2 * read, batch=3 * read)


@lru_cache(maxsize=8)
def _limiter(limited: bool, url: str, patience: float, _process: int) -> Limiter:
    return RedisLimiter.at(url, patience=patience) if limited else Unlimited()


def note_good_call(row: Connection) -> None:
    """Remember that QuickBooks answered; written seldom, so that workers do not queue for one row."""
    now = time.monotonic()
    if now - _noted.get(row.pk, -_NOTE_GOOD_CALL_EVERY) >= _NOTE_GOOD_CALL_EVERY:
        _noted[row.pk] = now
        Connection.objects.filter(pk=row.pk).update(last_good_call_at=Now())
