"""The pauses that are no settings."""

import os
from datetime import timedelta

from django.apps import AppConfig


class Compressed(AppConfig):
    """Shortens them as the process starts."""

    name = "tests.compressed"

    def ready(self) -> None:
        from projects import readings
        from quickbooks_bridge import courier, tokens
        from quickbooks_bridge.client.settings import Timeouts
        from quickbooks_bridge.importers import names, payments, reading
        from quickbooks_bridge.reconciling import ahead
        from quickbooks_bridge.watching import schedules

        by = float(os.environ["COMPRESSION"])
        tokens._MARGIN /= by
        tokens._TRUST /= by
        courier._WHILE_AWAY /= by
        schedules.HINT_PAUSE /= by  # type: ignore[misc]
        schedules.LATELY /= by  # type: ignore[misc]
        # How much is read once more each time: of a day in minutes it would be most of what there is.
        overlap = max(names.OVERLAP / by, timedelta(seconds=3))
        for place in (names, payments, reading):
            vars(place)["OVERLAP"] = overlap
        # A reading that was stopped, or whose worker was killed, would rest for hours; a call takes less than this.
        reading._AGAIN_IN = max(reading._AGAIN_IN / by, timedelta(seconds=1))  # type: ignore[misc]
        readings.LEASE = max(readings.LEASE / by, timedelta(seconds=15))
        # A quarter of an hour before a look would be the whole day.
        ahead.MARGIN = max(ahead.MARGIN / by, timedelta(seconds=15))  # type: ignore[misc]
        # A killed holder is waited for by all; the longest renewal is shorter still.
        tokens.LEASE /= 20
        tokens._RENEWAL = Timeouts(connect=1.0, read=2.0, total=2.0)
