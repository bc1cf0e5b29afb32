"""An hour of the console in seconds, with faults by the dice; benchmarks/day.py is a day, and measures memory too."""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from itertools import count
from typing import Any

import pytest
import redis

from procore_sync.acceptance import operations
from procore_sync.acceptance.models import Attempt
from tests.databases import empty
from tests.factories import make_approver, make_company, make_member, make_vendor
from tests.journeys.long_run import COMPRESSED, Day, Shape, connect
from tests.processes import database_url, environment, processes, wait_for

pytestmark = [pytest.mark.postgres, pytest.mark.timeout(180)]
HOUR_IN_SECONDS = 12.0


@pytest.fixture(scope="module")
def day(
    tmp_path_factory: pytest.TempPathFactory, django_db_setup: None, django_db_blocker: Any, leased_redis: str
) -> Iterator[Day]:
    """An hour that is over: everything has come to its end."""
    with redis.Redis.from_url(leased_redis) as client:
        client.flushdb()
    compression = 3600 / HOUR_IN_SECONDS
    settings = environment(database_url(), leased_redis, **COMPRESSED, COMPRESSION=str(compression))
    with django_db_blocker.unblock(), processes(tmp_path_factory.mktemp("day"), settings) as running:
        try:
            yield hour(running, leased_redis, Shape(1.0, compression, 6.0, secrets.randbelow(10**6)))
        finally:
            for child in running.children.all:
                child.kill()
            empty()


def hour(running: Any, redis_url: str, shape: Shape) -> Day:
    """Thirty vendors of one company, one worker that is killed now and then."""
    company = make_company("Harbor Row Builders", "harbor-row")
    max_pm, ada = make_member(company, "Max", "project_manager"), make_approver(company)  # type: ignore[arg-type]
    make_member(company, "Alma", "administrator")  # type: ignore[arg-type]
    numbers = count(1)

    def accept(more: int) -> None:
        for number in (next(numbers) for _ in range(more)):
            item = make_vendor(max_pm, f"Long run {number:03}").erp
            sent = operations.send(item, by=max_pm)
            operations.accept(item, by=ada, seen=sent.digest, choices={})

    emulator = running.emulator()

    def worker() -> Any:
        return running.worker(pool="prefork", concurrency=1, with_beat=True)

    made = Day(running, emulator, redis_url, company, shape, accept, worker, "Vendor", "DisplayName", pace=2.6)
    made.begin()
    connect(made)
    made.workers.append(worker())
    made.control("POST", "faults", fault="write_then_drop")  # whatever the dice say
    accept(5)
    wait_for(lambda: any(one["fault"] for one in made.calls()), 60, what="something is lost", children=made.workers)
    made.run()
    return made


def test_everything_comes_to_its_end_once_and_is_explained(day: Day) -> None:
    assert day.accepted >= 25
    assert not day.missed(), (day.shape, day.happened, day.missed())


def test_what_went_wrong_was_looked_for(day: Day) -> None:
    tries = Attempt.objects.filter(submission__company=day.company)
    assert tries.filter(act="send", outcome="unknown").exists(), (day.shape, day.happened)
    assert tries.filter(act="probe").exists(), (day.shape, day.happened)


def test_a_token_is_asked_for_once_an_hour_and_once_for_each_fault_that_forces_it(day: Day) -> None:
    calls, may = day.token_calls()
    assert 2 <= calls <= may, (day.shape, day.happened)
