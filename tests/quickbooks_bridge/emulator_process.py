"""The emulator as its own process, and the bookkeeper's hands in it."""

from __future__ import annotations

import subprocess
import sys
from typing import Any

import requests

REALM = "9341450000000001"
OTHER_REALM = "9341450000000002"


class EmulatorProcess:
    """One running emulator. What a test does here is what QuickBooks, the network or a bookkeeper would do."""

    def __init__(self) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-m", "quickbooks_bridge.emulator", "--port", "0", "--no-limits"],
            stdout=subprocess.PIPE,
            text=True,
        )
        assert self.process.stdout
        self.url = self.process.stdout.readline().strip().rpartition(" ")[2]
        self._session = requests.Session()

    def stop(self) -> None:
        """End the process that this object started."""
        self.process.terminate()
        self.process.wait(timeout=10)
        assert self.process.stdout
        self.process.stdout.close()
        self._session.close()

    def control(self, path: str, body: dict[str, Any] | None = None, method: str = "POST") -> Any:
        """A call of the control plane."""
        answer = self._session.request(method, f"{self.url}/_control/{path}", json=body, timeout=10)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def reset(self, mark: str = "") -> None:
        """As new: clock, switches, limits, faults and the log of calls too; or as it stood when `mark` was made."""
        self.control("reset", {"mark": mark} if mark else {})

    def keep(self, mark: str) -> None:
        """Let `reset` come back to what is in its books now."""
        self.control("mark", {"name": mark})

    def documents(self, entity: str, realm: str = REALM) -> list[dict[str, Any]]:
        """Everything stored of one entity."""
        found: list[dict[str, Any]] = self.control(f"documents/{realm}/{entity}", method="GET")
        return found

    def named(self, entity: str, name: str) -> list[dict[str, Any]]:
        """The stored documents of exactly this name."""
        return [one for one in self.documents(entity) if name in (one.get("DisplayName"), one.get("Name"))]

    def write(self, entity: str, document: dict[str, Any], realm: str = REALM) -> dict[str, Any]:
        """Create or change a document as the bookkeeper."""
        written: dict[str, Any] = self.control(f"documents/{realm}/{entity}", document)
        return written

    def delete(self, entity: str, document: dict[str, Any], realm: str = REALM) -> None:
        """Delete a transaction as the bookkeeper."""
        self.control(f"documents/{realm}/{entity}?operation=delete", document)

    def fault(self, fault: str, *, method: str = "POST", times: int = 1, **match: Any) -> None:
        """Let the next matching calls go wrong."""
        seconds = match.pop("seconds", None)
        extra = {} if seconds is None else {"seconds": seconds}
        self.control("faults", {"match": {"method": method, **match}, "times": times, "fault": fault, **extra})

    def requests(self, part: str = "") -> list[dict[str, Any]]:
        """The calls received whose path holds `part`."""
        received: list[dict[str, Any]] = self.control("requests", method="GET")
        return [one for one in received if part in one["path"]]
