"""A lease is short and is renewed while its worker is in the call, so that a dead worker is soon known to be dead.

A call that is quick costs nothing but an entry in a set. What takes longer is renewed by one thread a process, which
dies with it and freezes with it. A worker that was frozen asks the database before it writes anything to the ledger
(`may_write`): if somebody else has taken its work over meanwhile, it writes nothing.
"""

from __future__ import annotations

import logging
import os
import sys
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.conf import settings
from django.db import Error, connection
from django.db.models.functions import Now

from procore_sync.acceptance.claims import Claim, surely_over
from procore_sync.acceptance.models import Submission
from procore_sync.acceptance.states import Work

logger = logging.getLogger(__name__)

_held_here: ContextVar[Lease | None] = ContextVar("lease", default=None)


def clock() -> float:
    """Seconds on a clock that nobody sets and that goes on while this process is frozen."""
    if sys.platform == "win32":
        return time.monotonic()
    # Goes on while the machine sleeps too, where the system has such a clock.
    return time.clock_gettime(getattr(time, "CLOCK_BOOTTIME", time.CLOCK_MONOTONIC))


@dataclass(eq=False)
class Lease:
    """The right to one call: what is claimed for it, and when that was last seen to be so."""

    claims: Sequence[Claim]
    since: float
    seen: float
    lost: bool = False

    @property
    def is_batch(self) -> bool:
        return len(self.claims) > 1

    def is_fresh(self) -> bool:
        """Whether it was seen to be ours so lately that nobody can have taken it since."""
        return not self.lost and clock() - self.seen < settings.ENGINE_LEASE_SECONDS / 3

    def may_be_kept(self) -> bool:
        """Whether its worker may still be in the call: whatever takes longer than a task may has hung."""
        return not self.lost and clock() - self.since < settings.CELERY_TASK_TIME_LIMIT

    def renew(self, **columns: Any) -> bool:
        """Have it for another while, by the database's time, if all of it is still ours; else it is lost for good."""
        seen, kept = clock(), 0
        until = Now() + timedelta(seconds=settings.ENGINE_LEASE_SECONDS)
        for fence in {each.fence for each in self.claims}:
            mine = [each.submission.pk for each in self.claims if each.fence == fence]
            rows = Submission.objects.filter(pk__in=mine, work=Work.FLYING, fence=fence)
            kept += rows.update(lease_until=until, **columns)
        self.lost = kept < len(self.claims)
        self.seen = seen
        return not self.lost


@contextmanager
def held(claims: Sequence[Claim], since: float) -> Iterator[None]:
    """Keep the claims for as long as the block lasts, at most as long as a task may; `since` is from before them."""
    lease = Lease(claims, since, since)
    before = _held_here.set(lease)
    _keeper.keep(lease)
    try:
        yield
    finally:
        _keeper.let_go(lease)
        _held_here.reset(before)


def may_write() -> bool:
    """Whether the call that is about to be written to the ledger is still this worker's to make.

    Asked right before the request goes out. What has just been claimed alone is not looked up again. A batch has
    nothing but this that keeps it from being written twice, so it always asks the database, and notes there from when
    on QuickBooks is surely done with it. What no engine has claimed may be written.

    Raises:
        django.db.Error: the database does not answer, so nobody knows.
    """
    lease = _held_here.get()
    if lease is None or (lease.is_fresh() and not lease.is_batch):
        return True
    if lease.lost:
        return False
    return lease.renew(over_at=surely_over()) if lease.is_batch else lease.renew()


class _Keeper:
    """Renews what takes long. One a process: it is begun by the first call after a fork."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._leases: set[Lease] = set()
        self._owner = 0

    def keep(self, lease: Lease) -> None:
        with self._lock:
            if self._owner != os.getpid():
                self._owner, self._leases = os.getpid(), set()
                threading.Thread(target=self._run, name="leases", daemon=True).start()
            self._leases.add(lease)

    def let_go(self, lease: Lease) -> None:
        with self._lock:
            self._leases.discard(lease)

    def _run(self) -> None:
        while True:
            time.sleep(settings.ENGINE_LEASE_SECONDS / 6)
            with self._lock:
                old = [lease for lease in self._leases if lease.may_be_kept() and not lease.is_fresh()]
            if old:
                _renew_all(old)


def _renew_all(leases: Sequence[Lease]) -> None:
    try:
        for lease in leases:
            lease.renew()
    except Error as error:  # the next turn asks again; if it stays away, the lease ends as that of a dead worker
        logger.warning("A lease could not be renewed: %s", error)
    finally:
        connection.close()


_keeper = _Keeper()
