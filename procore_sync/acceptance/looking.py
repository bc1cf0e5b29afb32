"""Who has which record open now: said by their page every few seconds, forgotten when they leave. It binds nobody.

Kept in Redis (in the process where there is none) and nowhere else; while Redis is away nobody is shown, and nobody
waits for it.
"""

from __future__ import annotations

import logging
import os
import time
from collections import defaultdict
from collections.abc import Iterable, Sequence
from functools import lru_cache
from typing import Any, cast

import redis
from django.conf import settings
from redis.backoff import NoBackoff
from redis.retry import Retry

from procore_sync.acceptance.models import ErpItem
from procore_sync.accounts.models import Company, Membership

logger = logging.getLogger(__name__)

#: A page says it again every 15 seconds, so that one lost word is no matter.
FORGOTTEN_AFTER = 40
_ANSWER_SECONDS = 0.2
#: After a failure nobody asks Redis for so long, so that at most one page in that time is late by a moment.
_REST_SECONDS = 30.0
_rests_until = 0.0
#: Without Redis: when each was last seen, by company and by record and person.
_here: dict[str, dict[str, float]] = defaultdict(dict)

# By Redis' own clock, so that web hosts whose clocks differ agree.
_SCRIPT = """
local now = tonumber(redis.call('TIME')[1])
redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', now - tonumber(ARGV[1]))
if ARGV[2] ~= '' then
  redis.call('ZADD', KEYS[1], now, ARGV[2])
  redis.call('EXPIRE', KEYS[1], ARGV[1])
end
return redis.call('ZRANGE', KEYS[1], 0, -1)
"""


def look_at(item: ErpItem, member: Membership) -> None:
    """Say that `member` has `item` open, and note on it who else has."""
    _note([item], member, _asked(member.company, f"{item.pk}:{member.pk}"))


def note_lookers(items: Iterable[ErpItem], member: Membership) -> list[ErpItem]:
    """`items`, which `member` may see, each with `looking`: the names of the others who have it open."""
    found = list(items)
    _note(found, member, _asked(member.company) if found else [])
    return found


def _note(items: Sequence[ErpItem], member: Membership, pairs: Iterable[str]) -> None:
    numbers: dict[int, set[int]] = defaultdict(set)
    for pair in pairs:
        record, _, looker = pair.partition(":")
        if int(looker) != member.pk:
            numbers[int(record)].add(int(looker))
    shown = {pk for item in items for pk in numbers.get(item.pk, ())}
    rows = Membership.objects.filter(pk__in=shown, company_id=member.company_id, is_active=True).select_related("user")
    names = {one.pk: str(one) for one in rows} if shown else {}
    for item in items:
        lookers = sorted(names[pk] for pk in numbers.get(item.pk, ()) if pk in names)
        item.looking = lookers  # type: ignore[attr-defined]  # for the page alone


def _asked(company: Company, said: str = "") -> list[str]:
    """All that is open in the company, as "record:person", with what is `said` now; nothing while Redis is away."""
    global _rests_until
    if settings.REDIS_URL.startswith("memory:"):
        return _in_process(company, said)
    if time.monotonic() < _rests_until:
        return []
    try:
        answer = cast(list[bytes], _server(settings.REDIS_URL, os.getpid())(_key(company), FORGOTTEN_AFTER, said))
    except redis.RedisError as error:
        _rests_until = time.monotonic() + _REST_SECONDS
        logger.info("Who is looking is not known: %s", error)
        return []
    return [pair.decode() for pair in answer]


def _key(company: Company) -> str:
    return f"looking:{company.key}"


def _in_process(company: Company, said: str) -> list[str]:
    now, seen = time.monotonic(), _here[_key(company)]
    if said:
        seen[said] = now
    for pair, at in list(seen.items()):
        if now - at > FORGOTTEN_AFTER:
            seen.pop(pair, None)
    return list(seen)


@lru_cache(maxsize=4)
def _server(url: str, _process: int) -> Any:
    """The script at this Redis, one connection pool a process."""
    waits = {"socket_timeout": _ANSWER_SECONDS, "socket_connect_timeout": _ANSWER_SECONDS}
    script = redis.Redis.from_url(url, retry=Retry(NoBackoff(), 0), **waits).register_script(_SCRIPT)
    return lambda key, *given: script(keys=[key], args=given)
