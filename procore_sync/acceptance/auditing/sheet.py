"""The same rows for a spreadsheet: one line an event, every text safe from being taken for a formula."""

from __future__ import annotations

import csv
from typing import IO, Any

from procore_sync.acceptance.models import Event
from procore_sync.kit.files import escape_cell

HEADINGS = (
    *("Row", "When (UTC)", "Who", "E-mail", "What", "From", "To", "Comment", "Kind", "Number", "Record", "Project"),
    *("Amount now", "Sending", "Revision", "Posting total", "Digest seen", "Request id", "intuit_tid"),
    *("QuickBooks type", "QuickBooks id", "Total there", "Verified", "Hash"),
)
WITHHELD = "A private record that you may not read"


class Sheet:
    """Writes the CSV file to `out`, a text file that keeps line ends as they are."""

    def __init__(self, out: IO[str]) -> None:
        out.write("\ufeff")
        self._lines = csv.writer(out)
        self._lines.writerow(HEADINGS)

    def add(self, event: Event, told: dict[str, Any] | None) -> None:
        """One more line; without what is told of it where it may not be read."""
        cells = (
            [event.sequence, WITHHELD, *[""] * (len(HEADINGS) - 3), event.hash] if told is None else _cells(event, told)
        )
        self._lines.writerow([escape_cell("" if cell is None else cell) for cell in cells])


def _cells(event: Event, told: dict[str, Any]) -> list[object]:
    who, record, detail = told["who"] or {"name": "The console", "email": ""}, told["record"], event.detail
    moved = (event.get_action_display(), event.get_from_status_display(), event.get_to_status_display(), event.comment)
    what = (record["kind"], record["number"], record["label"], record["project"], record["amount"])
    sent = (told["sending"], told["revision"], told["posting_total"], told["digest_seen"])
    there = [detail.get(name) for name in ("request_id", "intuit_tid", "entity", "id", "total")]
    when = event.at.isoformat(timespec="seconds")
    verified = {True: "yes", False: "no"}.get(detail.get("verified"), "")
    return [event.sequence, when, who["name"], who["email"], *moved, *what, *sent, *there, verified, event.hash]
