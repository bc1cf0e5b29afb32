"""The emulator's own clock, and times in the shape QuickBooks prints them (Pacific offset, daylight saving kept)."""

import time
from datetime import UTC, date, datetime
from functools import lru_cache
from zoneinfo import ZoneInfo

PACIFIC = ZoneInfo("America/Los_Angeles")


@lru_cache(maxsize=4096)
def _whole_second(second: int) -> tuple[str, str]:
    text = datetime.fromtimestamp(second, PACIFIC).isoformat()
    return text[:19], text[19:]


def stamp(seconds: float) -> str:
    """A MetaData time: whole seconds, Pacific offset."""
    moment, offset = _whole_second(int(seconds))
    return moment + offset


def envelope_time(seconds: float) -> str:
    """The `time` beside every answer: milliseconds, Pacific offset."""
    whole = int(seconds)
    moment, offset = _whole_second(whole)
    return f"{moment}.{int((seconds - whole) * 1000):03d}{offset}"


@lru_cache(maxsize=65536)
def instant(text: str) -> float | None:
    """Seconds since the epoch of an ISO time; one without an offset is Pacific; None when it is no time."""
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return None
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=PACIFIC)
    try:
        return moment.timestamp()
    except OverflowError:
        return None


def day(text: str) -> date | None:
    """A calendar date; a time after it is ignored, as QuickBooks does. None when it is no date."""
    try:
        return date.fromisoformat(text[:10])
    except ValueError:
        return None


class Clock:
    """Real time plus an offset that only the control plane moves. Seconds since the epoch."""

    def __init__(self) -> None:
        self.offset = 0.0

    def now(self) -> float:
        """Now, as the emulator sees it."""
        return time.time() + self.offset

    def set(self, seconds: float) -> None:
        """Make it this moment now; the clock runs on from there."""
        self.offset = seconds - time.time()

    def advance(self, seconds: float) -> None:
        """Move on (or back, when negative) by seconds."""
        self.offset += seconds

    def iso(self) -> str:
        """Now in UTC, for the control plane."""
        return datetime.fromtimestamp(self.now(), UTC).isoformat()
