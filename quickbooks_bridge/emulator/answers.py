"""HTTP answers: bytes made once, with the headers QuickBooks gives on everything."""

import itertools
import json
import os
from typing import Any

from aiohttp import web

from .clock import envelope_time
from .faults import JSON, Refused, Turned

_RUN = os.urandom(6).hex()
_numbers = itertools.count(1)


def next_tid() -> str:
    """A new intuit_tid, unlike any other."""
    return f"1-{next(_numbers):08x}-{_RUN}emulator0000"


def answer(body: str | bytes, status: int = 200, content_type: str = JSON) -> web.Response:
    """An answer of these bytes."""
    sent = body.encode() if isinstance(body, str) else body
    return web.Response(body=sent, status=status, headers={"Content-Type": content_type, "Cache-Control": "no-store"})


def told(document: Any, status: int = 200) -> web.Response:
    """An answer of this JSON."""
    return answer(json.dumps(document, separators=(",", ":")), status)


def refused(refusal: Refused, now: float) -> web.Response:
    """A capital Fault."""
    return told({"Fault": refusal.fault(), "time": envelope_time(now)}, refusal.status)


def turned(turn: Turned) -> web.Response:
    """What the gateway says."""
    response = answer(turn.body, turn.status, turn.content_type)
    if turn.retry_after:
        response.headers["Retry-After"] = str(turn.retry_after)
    return response
