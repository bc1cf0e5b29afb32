"""The product's settings, every pause divided by COMPRESSION."""

import os
from typing import Any, cast

from procore_sync import settings as of_a_real_day
from procore_sync.settings import *  # noqa: F403 - all of them, but for the pauses

COMPRESSION = float(os.environ["COMPRESSION"])
#: Nothing is asked for more often than this, however short the day: seconds.
SHORTEST = 1.0


def compressed(seconds: float) -> float:
    """So many seconds of a real day."""
    return max(SHORTEST, seconds / COMPRESSION)


INSTALLED_APPS = [*of_a_real_day.INSTALLED_APPS, "tests.compressed.apps.Compressed"]
vars()["CELERY_BEAT_SCHEDULE"] = {
    name: entry if name == "sweep" else {**entry, "schedule": compressed(entry["schedule"])}
    for name, entry in cast("dict[str, dict[str, Any]]", of_a_real_day.CELERY_BEAT_SCHEDULE).items()
}
JOB_COST_HOURS = 2.0 / COMPRESSION
WATCH_MINUTES_WITH_HOOKS = 5.0 / COMPRESSION
WATCH_MINUTES = 15.0 / COMPRESSION
#: A day of the calendar is many compressed ones.
QUICKBOOKS_READS_A_DAY = 0
