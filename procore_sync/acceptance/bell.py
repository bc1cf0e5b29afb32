"""The bell: a message that says "look at the queue". The queue itself is in the database."""

from __future__ import annotations

import logging
import time

import redis
from django.conf import settings
from django.utils.translation import gettext, gettext_noop
from kombu.exceptions import OperationalError

logger = logging.getLogger(__name__)

_ANSWER_SECONDS = 2


#: By company, until when a bell is on its way that this process has asked for.
_asked_for: dict[int, float] = {}


def ring_in(seconds: float, submission_id: int, company_id: int) -> None:
    """Tell a worker after so many seconds, for the company; one such bell of a process is enough for all that waits.

    The sweep finds it too, but comes every few seconds only.
    """
    now = time.monotonic()
    if _asked_for.get(company_id, 0.0) <= now:
        _asked_for[company_id] = now + seconds
        ring(submission_id, seconds)


def ring(submission_id: int, seconds: float = 0.0) -> None:
    """Tell a worker that the submission is due. If the broker is down the sweep finds it; nothing is lost."""
    from procore_sync.acceptance.tasks import export

    try:
        export.apply_async((submission_id,), retry=False, countdown=seconds)
    except (OperationalError, OSError) as error:
        logger.warning("The bell is down, the sweep will find submission %s: %s", submission_id, error)


def ring_webhooks() -> None:
    """Tell a worker that there is something for a webhook. If the broker is down the next tick finds it."""
    from procore_sync.acceptance.tasks import tell_webhooks

    try:
        tell_webhooks.apply_async(retry=False)
    except (OperationalError, OSError) as error:
        logger.warning("The bell is down, the next tick will find what is for webhooks: %s", error)


def silence() -> str:
    """Why no bell is heard, for readers of a page of health; "" if all is well. Waits two seconds at the most."""
    if settings.REDIS_URL.startswith("memory:"):
        return ""
    waits = {"socket_timeout": _ANSWER_SECONDS, "socket_connect_timeout": _ANSWER_SECONDS}
    try:
        with redis.Redis.from_url(settings.REDIS_URL, **waits) as client:
            # Written and not only asked: one that is full or read-only answers, and takes no bell.
            client.set("console-bell", "", px=1000)
    except redis.ResponseError as refusal:
        return gettext(
            "Redis answers but takes nothing (%(why)s); nothing is lost meanwhile. Operator: look at the Redis server."
        ) % {"why": str(refusal)[:200]}
    except redis.RedisError:
        return gettext(_SILENT)
    return ""


_SILENT = gettext_noop(
    "Redis does not answer; nothing is lost meanwhile. Operator: look at REDIS_URL and at the Redis server."
)
