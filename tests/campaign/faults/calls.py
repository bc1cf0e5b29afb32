"""Faults 1 to 11: something happens to the worker, or to the call, at every point between intent and answer."""

from __future__ import annotations

from collections.abc import Iterator

from procore_sync.acceptance.states import OutcomeKind
from tests.campaign.fault import Act, Fault

#: What writes: the entity is chosen by what waits.
POST = {"method": "POST"}


class KilledDuringTheCall(Fault):
    """2"""

    number = 2
    title = "SIGKILL during POST, remote created"
    safe = "uncertain, the probe finds it by its marker, linked and verified; one in the books"

    def strike(self, act: Act) -> None:
        act.stage.fault("hang", method="POST", operation="create")
        act.drive(lambda: len(act.hit("hang")) > len(act.notes), what="a call hangs after its write")
        act.notes.append("killed")
        for _ in range(2):
            act.stage.kill_worker()

    def witness(self, act: Act) -> Iterator[str]:
        if not act.unknown():
            yield "no attempt ended without an answer"


class ErrorAfterTheWrite(Fault):
    """5"""

    number = 5
    title = "HTTP 500/502/503/504 after create"
    safe = "uncertain, probe, link; never a blind retry"

    def strike(self, act: Act) -> None:
        act.stage.fault("500_after_write", method="POST")

    def witness(self, act: Act) -> Iterator[str]:
        if not act.attempts(outcome=OutcomeKind.UNKNOWN, http_status__gte=500):
            yield "no attempt met an error after its write"
