"""Our mark in a free text of QuickBooks: one line of ours among the bookkeeper's."""

from __future__ import annotations

import re
from collections.abc import Iterator

_MARK = re.compile(r"ERP sync ([^\s-]+)-(\d{1,18}) rev (\d{1,9})(?!\d)")


def mark(reference: str) -> str:
    """How our line begins, whatever the revision."""
    return f"ERP sync {reference} rev "


def our_line(reference: str, revision: int, words: str = "") -> str:
    """The line that tells a query, a restored backup and an auditor that it is ours; `words` are for people."""
    told = " ".join(words.split())
    return f"{mark(reference)}{revision}" + (f": {told}" if told else "")


def with_our_line(notes: str, line: str) -> str:
    """`notes` with our line in place of an earlier one, else added at the end."""
    beginning = line.partition(" rev ")[0] + " rev "
    kept = [one for one in notes.splitlines() if not one.startswith(beginning)]
    return "\n".join([*kept, line])


def words_behind(notes: str, line: str) -> str | None:
    """What follows our mark of the record of `line` in `notes`, whatever the revision there; None without a mark."""
    beginning = line.partition(" rev ")[0] + " rev "
    found = [one for one in notes.splitlines() if one.startswith(beginning)]
    return found[-1].partition(":")[2].strip() if found else None


def with_words(line: str, words: str) -> str:
    """Our line with other words behind its mark."""
    return line.partition(":")[0] + (f": {words}" if words else "")


def stands_in(notes: str, line: str) -> bool:
    """Whether our line of this very revision stands in `notes`, whatever words follow it there."""
    wanted = line.partition(":")[0]
    return any(one.partition(":")[0].rstrip() == wanted for one in notes.splitlines())


def is_another_records(notes: str, line: str) -> bool:
    """Whether marks of ours stand in `notes`, and none of the record of `line`."""
    beginning = line.partition(" rev ")[0] + " rev "
    marked = [one for one in notes.splitlines() if _MARK.match(one)]
    return bool(marked) and not any(one.startswith(beginning) for one in marked)


def marks_in(notes: str, company_key: str) -> Iterator[tuple[int, int]]:
    """The items of this company whose marks stand in `notes`, each with the revision that it tells."""
    for line in notes.splitlines():
        found = _MARK.match(line)
        if found and found[1] == company_key:
            yield int(found[2]), int(found[3])
