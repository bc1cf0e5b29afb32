"""The bell: nobody waits for one that cannot be rung."""

from __future__ import annotations

import time

import pytest
from kombu.exceptions import OperationalError

from procore_sync.acceptance.tasks import export
from procore_sync.celery import app


def test_a_bell_that_cannot_be_rung_keeps_nobody_waiting() -> None:
    """Celery's own pauses between its tries come to six seconds, for each of the records that a person accepts."""
    began = time.monotonic()
    with app.connection_for_write("redis://127.0.0.1:1/0") as nowhere, pytest.raises(OperationalError):
        app.send_task(export.name, (1,), retry=False, connection=nowhere)
    assert time.monotonic() - began < 4
