"""Whether worker, beat, reader and messenger live: each leaves word in the database, seldom enough to cost nothing."""

from __future__ import annotations

import time
from datetime import datetime
from typing import Literal

from django.db.models.functions import Now

from procore_sync.acceptance.models import Heartbeat

Process = Literal["worker", "beat", "reader", "messenger"]
#: A reader is a worker that serves the queue of readings, a messenger one that serves the queue of webhooks; either may
#: be another than the one of exports (ADR 55, 49).
PROCESSES: tuple[Process, ...] = ("worker", "beat", "reader", "messenger")
_EVERY_SECONDS = 20.0
_noted: dict[str, float] = {}


def note_alive(name: Process) -> None:
    """Say that `name` lives; one process writes it once in twenty seconds."""
    now = time.monotonic()
    if now - _noted.get(name, -_EVERY_SECONDS) < _EVERY_SECONDS:
        return
    _noted[name] = now
    Heartbeat.objects.update_or_create(name=name, defaults={"at": Now()})


def expect(name: Process) -> None:
    """Count from now how long `name` is silent, if nothing was ever heard of it."""
    Heartbeat.objects.get_or_create(name=name, defaults={"at": Now()})


def heartbeats() -> dict[Process, datetime | None]:
    """When each was last heard of; None if never."""
    found = dict(Heartbeat.objects.values_list("name", "at"))
    return {name: found.get(name) for name in PROCESSES}
