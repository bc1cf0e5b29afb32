"""What QuickBooks' limits of calls hold back waits without a try, and goes on to the moment; on a real Redis."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from datetime import timedelta

import pytest
import redis
from django.utils import timezone
from pytest_django import Settings

from procore_sync.acceptance import bell, engine
from procore_sync.acceptance.models import Attempt, Submission
from procore_sync.acceptance.states import Work
from procore_sync.accounts.models import Membership
from quickbooks_bridge.client.faults import LedgerFault
from quickbooks_bridge.client.limiter import LimitReached, Limits, RedisLimiter
from quickbooks_bridge.client.transport import LIMITER_CODE
from quickbooks_bridge.ledgers import ledger_for
from quickbooks_bridge.models import Connection
from tests.factories import make_vendor
from tests.quickbooks_bridge.emulator_process import REALM, EmulatorProcess

Accept = Callable[..., Submission]
Bells = list[tuple[float, int]]


@pytest.fixture
def limited(books: Connection, settings: Settings, redis_url: str) -> RedisLimiter:
    """The company connected and read, and from now on held to QuickBooks' limits."""
    settings.QUICKBOOKS_LIMITS, settings.REDIS_URL = True, redis_url
    return RedisLimiter(redis.Redis.from_url(redis_url), Limits(per_second=0))


@pytest.fixture(autouse=True)
def later(monkeypatch: pytest.MonkeyPatch) -> Bells:
    """The broker is an edge: bells for later that only count."""
    rung: Bells = []
    monkeypatch.setattr(bell, "ring", lambda submission_id, seconds=0.0: rung.append((seconds, submission_id)))
    bell._asked_for.clear()
    return rung


@pytest.fixture
def due(
    limited: RedisLimiter, max_pm: Membership, accept: Accept, emulator: EmulatorProcess
) -> Callable[[int], list[Submission]]:
    """So many vendors, accepted and due."""

    def made(count: int) -> list[Submission]:
        found = [accept(make_vendor(max_pm, f"Over the limit {at:02}").erp) for at in range(count)]
        emulator.control("requests", method="DELETE")
        return found

    return made


def use_up(limiter: RedisLimiter, *, batch: bool) -> None:
    """Call until no more leave is given."""
    with suppress(LimitReached):
        while True:
            with limiter.acquire(REALM, batch=batch):
                pass


def test_when_the_calls_of_a_minute_are_used_up_all_wait_without_a_try(
    due: Callable[[int], list[Submission]],
    limited: RedisLimiter,
    emulator: EmulatorProcess,
    later: Bells,
    django_capture_on_commit_callbacks: Callable[..., object],
) -> None:
    submissions = due(35)
    use_up(limited, batch=False)
    with django_capture_on_commit_callbacks(execute=True):  # type: ignore[attr-defined]
        engine.work(submissions[0].pk)
    held = Submission.objects.filter(work=Work.WAITING, fence=0)
    assert held.count() == 35
    assert set(held.values_list("reason", flat=True)) == {
        "QuickBooks takes a limited number of calls a minute, and they are used up; it goes on by itself "
        "within a minute."
    }
    assert all(timezone.now() < one.due_at < timezone.now() + timedelta(seconds=61) for one in held if one.due_at)
    assert not Attempt.objects.exists()
    assert not emulator.requests()
    ((seconds, rung),) = later
    assert 50 < seconds < 61
    assert rung == submissions[0].pk


def test_when_the_batches_of_a_minute_are_used_up_each_goes_by_itself(
    due: Callable[[int], list[Submission]], limited: RedisLimiter, emulator: EmulatorProcess
) -> None:
    submissions = due(5)
    use_up(limited, batch=True)
    for one in submissions[:2]:
        engine.work(one.pk)
    assert list(Attempt.objects.values_list("act", "outcome", "submission")) == [
        ("send", "done", one.pk) for one in submissions[:2]
    ]
    assert not Submission.objects.filter(work=Work.WAITING).exists()
    assert [one["entity"] for one in emulator.requests()] == ["Vendor", "Vendor"]


def test_one_alone_is_not_held_by_the_limit_of_batches(
    due: Callable[[int], list[Submission]], limited: RedisLimiter
) -> None:
    (alone,) = due(1)
    use_up(limited, batch=True)
    engine.work(alone.pk)
    alone.refresh_from_db()
    assert alone.work == Work.DONE


def test_for_a_moment_a_worker_waits_itself(due: Callable[[int], list[Submission]], redis_url: str) -> None:
    (alone,) = due(1)
    use_up(RedisLimiter(redis.Redis.from_url(redis_url)), batch=False)
    engine.work(alone.pk)
    attempt = Attempt.objects.get()
    assert (attempt.act, attempt.outcome) == ("send", "done")


def test_a_process_rings_once_for_all_that_waits_for_the_same_moment(later: Bells) -> None:
    bell.ring_in(20.0, 1, 7)
    bell.ring_in(19.0, 2, 7)
    bell.ring_in(30.0, 3, 8)
    assert later == [(20.0, 1), (30.0, 3)]


def test_an_open_ledger_does_not_outlive_the_limits_that_it_was_opened_with(
    books: Connection, settings: Settings, redis_url: str
) -> None:
    # Of no other test, so that the ledger is opened here.
    settings.QUICKBOOKS_LIMITS, settings.QUICKBOOKS_READ_TIMEOUT = False, 19.5
    ledger_for(books).query("SELECT * FROM CompanyInfo")
    settings.QUICKBOOKS_LIMITS, settings.REDIS_URL = True, redis_url
    RedisLimiter(redis.Redis.from_url(redis_url)).pause(REALM, 60)
    with pytest.raises(LedgerFault) as held:
        ledger_for(books).query("SELECT * FROM CompanyInfo")
    assert held.value.fault.code == LIMITER_CODE
