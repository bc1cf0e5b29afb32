"""How often and how many at once we call one QuickBooks company, counted by all processes together.

One Lua script decides on all limits in one step, by Redis' own clock. The limits library takes each
limit in a step of its own and stamps it with the caller's clock, so two hosts whose clocks differ
would starve or overrun each other.
"""

from __future__ import annotations

import logging
import time
import uuid
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from typing import Any, Final, Protocol

import redis

log = logging.getLogger(__name__)

PREFIX: Final = "quickbooks-limit"
_AT_ONCE_RETRY: Final = 0.25


class LimitReached(Exception):
    """Nothing may be sent to this company just now; `retry_after` is in seconds."""

    def __init__(self, retry_after: float) -> None:
        super().__init__(f"The limit of calls to this QuickBooks company is reached for {retry_after:.1f} seconds.")
        self.retry_after = retry_after


class LimiterDown(Exception):
    """The limits cannot be counted, so nothing is sent."""


@dataclass(frozen=True)
class Limits:
    """Intuit's limits for one company and app; 0 switches a limit off.

    `lease` is after how many seconds a call of a killed process no longer counts as running; it is
    longer than the longest call. `pause` is how long to leave a company alone after a 429 that
    names no time.

    QuickBooks counts when a request arrives: after it was let go and before it is answered. So a call
    counts from its answer, and while there is none from `late` seconds after it was let go, by which
    time it has surely arrived. `slack` seconds are added to the second and to the minute. Together
    they cost the minute the time of an answer, at most `late`, and a fifth of a second.
    """

    per_second: int = 10
    per_minute: int = 500
    batches_per_minute: int = 40
    at_once: int = 10
    lease: float = 150.0
    pause: float = 60.0
    late: float = 2.5
    slack: float = 0.2


@dataclass(frozen=True)
class Use:
    """How much of the limits one company uses: calls of the last minute, calls running, seconds of a pause left."""

    calls: int
    running: int
    paused: float
    limits: Limits


class Limiter(Protocol):
    """Leave to call one company once."""

    def acquire(self, realm: str, *, batch: bool = False) -> AbstractContextManager[None]:
        """Hold one of the company's slots for the length of a call; a batch is one call, and has a limit besides.

        Raises:
            LimitReached: not now.
            LimiterDown: it cannot be told.
        """

    def wait(self, realm: str, *, batch: bool = False) -> float:
        """In how many seconds leave can be had, 0 if at once; takes none.

        Raises:
            LimiterDown: it cannot be told.
        """

    def pause(self, realm: str, seconds: float | None = None) -> None:
        """Let nobody call this company for so long. Never fails: it runs while a failure is reported."""

    def paused_for(self, realm: str) -> float:
        """How many seconds the company is still paused; 0 if it is not.

        Raises:
            LimiterDown: it cannot be told.
        """


class Unlimited:
    """No limits at all, for an emulator that has none."""

    @contextmanager
    def acquire(self, realm: str, *, batch: bool = False) -> Iterator[None]:
        yield

    def wait(self, realm: str, *, batch: bool = False) -> float:
        return 0.0

    def pause(self, realm: str, seconds: float | None = None) -> None:
        return None

    def paused_for(self, realm: str) -> float:
        return 0.0


# KEYS: calls of the last minute, calls running, pause, batches of the last minute. Without a ticket it only looks.
# Returns milliseconds to wait, 0 for leave, -1 for too many at once (nobody knows when one of them ends).
_ACQUIRE: Final = """
local clock = redis.call('TIME')
local now = clock[1] * 1000 + math.floor(clock[2] / 1000)
local per_second, per_minute, at_once = tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3])

local paused = redis.call('PTTL', KEYS[3])
if paused > 0 then return paused end

redis.call('ZREMRANGEBYSCORE', KEYS[2], '-inf', now)
if at_once > 0 and redis.call('ZCARD', KEYS[2]) >= at_once then return -1 end

local slack = tonumber(ARGV[6])
local function wait_for(key, limit, window)
  if limit == 0 then return 0 end
  local counting = redis.call('ZREVRANGE', key, limit - 1, limit - 1, 'WITHSCORES')
  if not counting[2] then return 0 end
  return tonumber(counting[2]) + window + slack - now
end
local late = tonumber(ARGV[8])
local function count(key)
  redis.call('ZREMRANGEBYSCORE', key, '-inf', now - 60000 - slack)
  redis.call('ZADD', key, now + late, ARGV[5])
  redis.call('PEXPIRE', key, 60000 + slack + late)
end
local batches = tonumber(ARGV[7])
local wait = math.max(
  wait_for(KEYS[1], per_second, 1000), wait_for(KEYS[1], per_minute, 60000), wait_for(KEYS[4], batches, 60000))
if wait > 0 or ARGV[5] == '' then return wait end

count(KEYS[1])
if batches > 0 then count(KEYS[4]) end
redis.call('ZADD', KEYS[2], now + ARGV[4], ARGV[5])
redis.call('PEXPIRE', KEYS[2], ARGV[4])
return 0
"""

# KEYS: calls of the last minute, calls running, batches of the last minute. The call has been answered, so it has
# arrived by now.
_RELEASE: Final = """
local clock = redis.call('TIME')
local now = clock[1] * 1000 + math.floor(clock[2] / 1000)
redis.call('ZREM', KEYS[2], ARGV[1])
for _, key in ipairs({KEYS[1], KEYS[3]}) do
  local late = redis.call('ZSCORE', key, ARGV[1])
  if late and tonumber(late) > now then redis.call('ZADD', key, now, ARGV[1]) end
end
return 0
"""

# A shorter pause never cuts a longer one short.
_PAUSE: Final = """
if redis.call('PTTL', KEYS[1]) < tonumber(ARGV[1]) then redis.call('SET', KEYS[1], '1', 'PX', ARGV[1]) end
return 0
"""


class RedisLimiter:
    """The limits of every company, shared by whoever uses the same Redis and prefix.

    `patience` is how many seconds `acquire` may wait for a slot by itself: a moment for work that can
    be rung again, longer for somebody who reads pages.
    """

    def __init__(
        self, server: redis.Redis, limits: Limits = Limits(), *, prefix: str = PREFIX, patience: float = 0.0
    ) -> None:
        self._server = server
        self._limits = limits
        self._prefix = prefix
        self._patience = patience
        self._acquire: Any = server.register_script(_ACQUIRE)
        self._answered: Any = server.register_script(_RELEASE)
        self._pause: Any = server.register_script(_PAUSE)

    @classmethod
    def at(cls, url: str, limits: Limits = Limits(), *, prefix: str = PREFIX, patience: float = 0.0) -> RedisLimiter:
        """A limiter over a Redis address, with time-outs short enough to fail a call early."""
        server = redis.Redis.from_url(url, socket_timeout=2.0, socket_connect_timeout=1.0)
        return cls(server, limits, prefix=prefix, patience=patience)

    @contextmanager
    def acquire(self, realm: str, *, batch: bool = False) -> Iterator[None]:
        ticket = uuid.uuid4().hex
        self._wait_for_slot(realm, ticket, batch)
        try:
            yield
        finally:
            self._release(realm, ticket)

    def wait(self, realm: str, *, batch: bool = False) -> float:
        return self._ask(realm, "", batch)

    def pause(self, realm: str, seconds: float | None = None) -> None:
        length = self._limits.pause if seconds is None else seconds
        try:
            self._pause(keys=[self._key(realm, "pause")], args=[max(1, int(length * 1000))])
        except redis.RedisError:
            log.warning("The pause of a QuickBooks company could not be noted.", extra={"realm": realm})

    def paused_for(self, realm: str) -> float:
        try:
            left = self._server.pttl(self._key(realm, "pause"))
        except redis.RedisError:
            left = None
        if not isinstance(left, int):
            raise LimiterDown("Redis does not answer, so the limits of QuickBooks cannot be told.")
        return max(0, left) / 1000

    def use_of(self, realm: str) -> Use:
        """What the company uses now.

        Raises:
            LimiterDown: it cannot be told.
        """
        now = time.time() * 1000
        try:
            calls = self._server.zcount(self._key(realm, "calls"), now - 60_000, "+inf")
            running = self._server.zcount(self._key(realm, "running"), now, "+inf")
        except redis.RedisError:
            raise LimiterDown("Redis does not answer, so the limits of QuickBooks cannot be told.") from None
        return Use(calls, running, self.paused_for(realm), self._limits)

    def _wait_for_slot(self, realm: str, ticket: str, batch: bool) -> None:
        give_up = time.monotonic() + self._patience
        while wait := self._ask(realm, ticket, batch):
            if time.monotonic() + wait > give_up:
                raise LimitReached(wait)
            time.sleep(wait)

    def _ask(self, realm: str, ticket: str, batch: bool) -> float:
        limits = self._limits
        batches = limits.batches_per_minute if batch else 0
        numbers = [limits.per_second, limits.per_minute, limits.at_once, int(limits.lease * 1000)]
        down = False
        wait = 0
        further = [int(limits.slack * 1000), batches, int(limits.late * 1000)]
        try:
            wait = self._acquire(keys=self._keys(realm), args=[*numbers, ticket, *further])
        except redis.RedisError:
            down = True
        if down:
            raise LimiterDown("Redis does not answer, so the limits of QuickBooks cannot be kept and nothing is sent.")
        return _AT_ONCE_RETRY if wait < 0 else wait / 1000

    def _release(self, realm: str, ticket: str) -> None:
        # A call that succeeded must not become a failure here: an unreturned lease runs out by itself.
        try:
            self._answered(keys=[self._key(realm, name) for name in ("calls", "running", "batches")], args=[ticket])
        except redis.RedisError:
            log.warning("A slot of a QuickBooks company was not given back.", extra={"realm": realm})

    def _keys(self, realm: str) -> list[str]:
        return [self._key(realm, name) for name in ("calls", "running", "pause", "batches")]

    def _key(self, realm: str, name: str) -> str:
        # Braces keep one company's keys together on a Redis cluster, as a script needs.
        return f"{self._prefix}:{{{realm}}}:{name}"
