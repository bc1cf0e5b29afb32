"""Throttling by the documented limits: per company, and per company and app, on the emulator's clock."""

from collections import defaultdict, deque
from dataclasses import dataclass


@dataclass
class Rates:
    """Calls allowed. Minutes count for the whole company, the others for company and app together."""

    per_minute: int = 500
    per_second: int = 10
    concurrent: int = 10
    batches_per_minute: int = 40


class Limits:
    """Sliding windows of admitted calls; a refused call does not count."""

    def __init__(self, enabled: bool) -> None:
        self.enabled = enabled
        self.rates = Rates()
        self._calls: dict[tuple[str, ...], deque[float]] = defaultdict(deque)
        self._flying: dict[tuple[str, str], int] = defaultdict(int)

    def admit(self, realm: str, app: str, now: float, is_batch: bool) -> bool:
        """Whether this call may pass; when it may it is counted, and `leave` must follow."""
        flying = (realm, app)
        if self.enabled:
            windows = [((realm,), 60.0, self.rates.per_minute), ((realm, app), 1.0, self.rates.per_second)]
            if is_batch:
                windows.append(((realm, app, "batch"), 60.0, self.rates.batches_per_minute))
            if self._flying[flying] >= self.rates.concurrent:
                return False
            if any(self._used(key, span, now) >= most for key, span, most in windows):
                return False
            for key, _, _ in windows:
                self._calls[key].append(now)
        self._flying[flying] += 1
        return True

    def leave(self, realm: str, app: str) -> None:
        """The call has been answered. One admitted before a reset is no longer counted."""
        self._flying[realm, app] = max(0, self._flying[realm, app] - 1)

    def forget(self) -> None:
        """Empty the windows, not the calls in flight."""
        self._calls.clear()

    def _used(self, key: tuple[str, ...], span: float, now: float) -> int:
        calls = self._calls[key]
        while calls and not now - span < calls[0] <= now:
            calls.popleft()
        return len(calls)
