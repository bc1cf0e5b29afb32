"""Traps in a worker: where nothing else can place the blow, SIGKILL at one exact point between intent and commit.

The campaign's workers import this by `--include`. It changes nothing as long as no trap lies in the folder of
`CAMPAIGN_TRAPS`: a file named as a point, whose text says who dies, the `process` that works (as the kernel ends it
when memory runs out) or the whole `worker` (as a machine that loses power). The first who comes by takes the file away,
writes down what it carried, and dies.
"""

from __future__ import annotations

import json
import os
import signal
from collections.abc import Callable, Iterator
from contextlib import suppress
from functools import wraps
from pathlib import Path
from typing import Any

from celery.signals import task_prerun

FOLDER = Path(os.environ["CAMPAIGN_TRAPS"])
Carried = list[dict[str, Any]]
_originals: dict[tuple[Any, str], Callable[..., Any]] = {}


def sprung_file(folder: Path) -> Path:
    """Where it stands who died and of what, a JSON line each."""
    return folder.with_suffix(".sprung")


@task_prerun.connect
def look_for_traps(**_: object) -> None:
    """Before each task: arm the points for which a trap lies, and let go of all others."""
    laid = {path.name for path in FOLDER.iterdir()}
    if not laid and not _originals:
        return
    for (owner, name), original in _originals.items():
        setattr(owner, name, original)
    _originals.clear()
    for point in laid:
        for owner, name, carried, before in _places(point):
            original = _originals[owner, name] = getattr(owner, name)
            setattr(owner, name, _trapped(original, point, carried, before=before))


def _places(point: str) -> Iterator[tuple[Any, str, Callable[..., Carried], bool]]:
    """Owner and name of the functions at a point, what they carried by their result and arguments, and whether the
    blow comes before them."""
    from procore_sync.acceptance import engine
    from quickbooks_bridge import tokens
    from quickbooks_bridge.courier import QuickBooksCourier

    if point == "intended":
        yield engine, "claim", _claimed, False
    if point == "answered":
        yield QuickBooksCourier, "send", _answered, False
        yield QuickBooksCourier, "send_together", _answered_together, False
    if point == "settled":
        yield engine, "settle", _settled, False
        yield engine, "settle_together", _settled_together, False
    if point == "renewed":
        yield tokens, "_store_surely", _renewed, True


def _trapped(
    original: Callable[..., Any], point: str, carried: Callable[..., Carried], *, before: bool
) -> Callable[..., Any]:
    @wraps(original)
    def trapped(*args: Any, **options: Any) -> Any:
        if before:
            _spring(point, carried(None, *args, **options))
        result = original(*args, **options)
        if not before:
            _spring(point, carried(result, *args, **options))
        return result

    return trapped


def _spring(point: str, carried: Carried) -> None:
    if not carried:
        return
    mine = FOLDER.with_suffix(f".{os.getpid()}")
    with suppress(FileNotFoundError):
        (FOLDER / point).rename(mine)
        whole = mine.read_text() == "worker"
        with sprung_file(FOLDER).open("a") as file:
            file.write(json.dumps({"point": point, "carried": carried}) + "\n")
        os.killpg(os.getpgrp(), signal.SIGKILL) if whole else os.kill(os.getpid(), signal.SIGKILL)


def _claimed(claims: Any, *_: Any) -> Carried:
    sends = [claim for claim in claims if not claim.probing]
    return [_of(claim.submission, claim.attempt.request_id) for claim in sends]


def _answered(outcome: Any, _courier: Any, submission: Any) -> Carried:
    return [_of(submission, outcome.asked["requestid"])] if outcome.kind == "done" else []


def _answered_together(outcomes: Any, _courier: Any, submissions: Any, request_id: str) -> Carried:
    told = zip(submissions, outcomes, strict=True)
    return [_of(submission, request_id) for submission, outcome in told if outcome.kind == "done"]


def _settled(_result: Any, claim: Any, outcome: Any) -> Carried:
    return [_of(claim.submission, claim.attempt.request_id)] if outcome.kind == "done" else []


def _settled_together(_result: Any, settled: Any) -> Carried:
    return [one for claim, outcome in settled for one in _settled(None, claim, outcome)]


def _renewed(_result: Any, connection_id: int, *_: Any, **__: Any) -> Carried:
    return [{"connection": connection_id}]


def _of(submission: Any, request_id: str) -> dict[str, Any]:
    return {"submission": submission.pk, "requestid": request_id}
