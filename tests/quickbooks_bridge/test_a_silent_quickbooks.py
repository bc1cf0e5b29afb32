"""A QuickBooks that answers nobody holds each worker for a time-out: it is left alone, and other companies go on."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
import redis
from django.db.models import F
from django.utils import timezone
from pytest_django import Settings

from procore_sync.acceptance.models import Attempt, Submission
from procore_sync.acceptance.states import Work
from procore_sync.accounts.models import Membership
from quickbooks_bridge import ledgers
from quickbooks_bridge.client.limiter import RedisLimiter
from quickbooks_bridge.connections import connection_of
from quickbooks_bridge.health import health_for
from quickbooks_bridge.models import Connection
from tests.factories import make_vendor
from tests.quickbooks_bridge.conftest import work
from tests.quickbooks_bridge.emulator_process import REALM, EmulatorProcess

Accept = Callable[..., Submission]


@pytest.fixture
def hurried(books: Connection, settings: Settings, redis_url: str) -> RedisLimiter:
    """The company connected and read, held to QuickBooks' limits, and little patience with its silence."""
    settings.QUICKBOOKS_LIMITS, settings.REDIS_URL = True, redis_url
    settings.QUICKBOOKS_READ_TIMEOUT = 0.2
    return RedisLimiter(redis.Redis.from_url(redis_url))


@pytest.fixture
def due(hurried: RedisLimiter, max_pm: Membership, accept: Accept, emulator: EmulatorProcess) -> list[Submission]:
    """Six vendors, accepted and due; each has failed by itself before, so that none goes in a batch."""
    found = [accept(make_vendor(max_pm, f"Tidewater {at}").erp) for at in range(6)]
    Submission.objects.update(tries=1)
    emulator.control("requests", method="DELETE")
    return found


def silent(emulator: EmulatorProcess, times: int) -> None:
    emulator.fault("hang", times=times, seconds=1)


def test_a_company_whose_quickbooks_is_silent_holds_no_more_workers(
    due: list[Submission], books: Connection, hurried: RedisLimiter, alma: Membership, emulator: EmulatorProcess
) -> None:
    silent(emulator, 50)
    for one in due:
        work(one)
    assert [one.work for one in due] == [Work.UNCERTAIN] * 3 + [Work.WAITING] * 3
    assert Attempt.objects.count() == 3
    assert due[-1].reason == (
        "QuickBooks did not answer several calls in a row, so the company is left alone for a while; it goes on by "
        "itself."
    )
    assert 50 < hurried.paused_for(REALM) <= 60
    assert health_for(alma).obstacle == due[-1].reason
    # Whoever looks for what may have been written does not wait for the silence either.
    assert Attempt.objects.filter(act="probe").count() == 0
    assert work(due[0]).work == Work.UNCERTAIN
    assert Attempt.objects.get(act="probe").fault_code == "limiter"

    emulator.control("faults", method="DELETE")
    redis.Redis.from_url(hurried_url(hurried)).flushdb()
    Connection.objects.update(paused_until=timezone.now())
    for one in due:
        assert work(one, times=3).work == Work.DONE


def hurried_url(limiter: RedisLimiter) -> str:
    kept = limiter._server.connection_pool.connection_kwargs
    return f"redis://{kept['host']}:{kept['port']}/{kept['db']}"


def test_it_is_asked_once_after_the_pause_and_left_alone_again(
    due: list[Submission], books: Connection, hurried: RedisLimiter, emulator: EmulatorProcess
) -> None:
    silent(emulator, 50)
    for one in due[:3]:
        work(one)
    redis.Redis.from_url(hurried_url(hurried)).flushdb()
    Connection.objects.update(paused_until=timezone.now())
    Attempt.objects.update(started_at=F("started_at") - timedelta(minutes=2))
    Connection.objects.update(last_good_call_at=F("last_good_call_at") - timedelta(minutes=2))
    work(due[3])
    assert work(due[4]).work == Work.WAITING


def test_silences_between_answers_pause_nobody(
    due: list[Submission], books: Connection, emulator: EmulatorProcess
) -> None:
    for one in due:
        ledgers._noted.clear()
        silent(emulator, 1)
        assert work(one).work == Work.UNCERTAIN
        assert work(one, times=3).work == Work.DONE
    row = connection_of(books.company_id)
    assert row is not None
    assert row.paused_until is None


def test_two_records_that_are_never_answered_pause_nobody(
    due: list[Submission], books: Connection, emulator: EmulatorProcess
) -> None:
    silent(emulator, 8)
    for _ in range(4):
        work(due[0])
        work(due[1])
    assert Attempt.objects.filter(fault_code="silence").count() == 8
    assert work(due[2]).work == Work.DONE
