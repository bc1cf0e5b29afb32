"""The bell: a message that says "look at the queue". The queue itself is in the database."""

from __future__ import annotations

import logging

from kombu.exceptions import OperationalError

logger = logging.getLogger(__name__)


def ring(submission_id: int) -> None:
    """Tell a worker that the submission is due. If the broker is down the sweep finds it; nothing is lost."""
    from procore_sync.acceptance.tasks import export

    try:
        export.apply_async((submission_id,), retry=False)
    except (OperationalError, OSError) as error:
        logger.warning("The bell is down, the sweep will find submission %s: %s", submission_id, error)
