"""What a change may say: sentences by field, for form, API and operation alike.

A problem of a line stands under `lines.<place>.<field>`; places count from 0, in the order in which lines were given.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TypeVar

from django.utils.translation import gettext, gettext_noop

from change_orders.models import LONGEST_NUMBER, LONGEST_TITLE, ChangeStatus
from commitments.rules import LineDetails, in_line, line_problems_of, prose_problems
from procore_sync.kit.text import line_problems, number_problems
from projects.records import Problems, tidy

LINES_AT_MOST = 500
#: What the memo of a purchase order holds in QuickBooks (quickbooks.md §4.1), less the mark before it.
DESCRIPTION_LIMIT = 3900


@dataclass(frozen=True)
class ChangeLineDetails(LineDetails):
    """What a person says about a line of a change. `id` is the line that is there already, None for a new one.

    `changes` is the number of the SOV line that it changes, None for a line of its own; it then has that line's code.
    """

    changes: int | None = None
    id: int | None = None


@dataclass(frozen=True)
class ChangeDetails:
    """What a person says about a change order. `reviewer` is the id of a membership; without a number one is given."""

    number: str = ""
    title: str = ""
    description: str = ""
    status: str = ChangeStatus.DRAFT
    reviewer: int | None = None
    lines: tuple[ChangeLineDetails, ...] = ()


@dataclass(frozen=True)
class RequestDetails(ChangeDetails):
    """What a person says about a potential change order or a change order request."""

    own_status: bool = False


D = TypeVar("D", bound=ChangeDetails)


def tidied(details: D) -> D:
    """`details` without white space around the texts, those of the lines too; nothing else is ever changed."""
    return replace(tidy(details), lines=tuple(tidy(line) for line in details.lines))


def change_problems(details: ChangeDetails, method: str) -> Problems:
    """Why the change cannot be as given, by field; `method` is how its commitment comes to amounts."""
    problems: Problems = {
        "number": number_problems(details.number, limit=LONGEST_NUMBER),
        "title": line_problems(details.title, limit=LONGEST_TITLE, what=gettext_noop("title")),
        "description": prose_problems(details.description, limit=100_000, what=gettext_noop("description")),
        "status": _status_problems(details.status),
        "lines": _count_problems(details.lines),
    }
    for place, line in enumerate(details.lines):
        for name, sentences in _line_problems(line, method).items():
            problems[f"lines.{place}.{name}"] = in_line(place + 1, sentences)
    return {name: sentences for name, sentences in problems.items() if sentences}


def _line_problems(line: ChangeLineDetails, method: str) -> Problems:
    problems = line_problems_of(line, method)
    if line.changes is not None:
        problems.pop("code", None)
    elif "code" in problems:
        problems["code"] = [
            gettext("The cost code is missing. Choose one, or the line of the commitment that this changes.")
        ]
    return problems


def _status_problems(status: str) -> list[str]:
    if status in ChangeStatus.values:
        return []
    sentence = gettext("%(status)s is not a status of a change. Choose one of %(named)s.")
    return [sentence % {"status": status, "named": ", ".join(ChangeStatus.values)}]


def _count_problems(lines: Sequence[ChangeLineDetails]) -> list[str]:
    if len(lines) > LINES_AT_MOST:
        return [
            gettext("A change has %(limit)s lines at most; these are %(count)s. Make a second change of the rest.")
            % {"limit": LINES_AT_MOST, "count": len(lines)}
        ]
    ids = [line.id for line in lines if line.id is not None]
    return [gettext("A line is given twice. Leave one of the two out.")] if len(ids) != len(set(ids)) else []
