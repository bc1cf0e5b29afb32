"""What the campaign found, as a matrix: text for the terminal, and the same as a page."""

from __future__ import annotations

import statistics
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from tests.campaign.results import Result

KINDS = {
    "cost_code": "codes",
    "project": "projects",
    "vendor": "vendors",
    "budget": "budgets",
    "commitment": "orders",
    "change_order": "changes",
    "invoice": "bills",
}
#: A letter for what is counted of a kind.
COUNTED = {"duplicates": "d", "lost": "l", "wrong": "w"}


#: How many sentences are told of an act.
TOLD = 8


@dataclass(frozen=True)
class Row:
    """All acts of one fault."""

    number: int
    title: str
    results: Sequence[Result]

    def sum(self, name: str) -> int:
        """Of a count by kind, or of a plain one, over all acts."""
        values = [getattr(one, name) for one in self.results]
        return sum(sum(each.values()) if isinstance(each, dict) else each for each in values)

    def cell(self, kind: str) -> str:
        """How many documents of a kind, and what is wrong with them: "300" or "300 2d 1l"."""
        documents = sum(one.documents.get(kind, 0) for one in self.results)
        found = [
            f"{number}{letter}"
            for name, letter in COUNTED.items()
            if (number := sum(getattr(one, name).get(kind, 0) for one in self.results))
        ]
        return " ".join([str(documents), *found])

    @property
    def recoveries(self) -> list[float]:
        """Seconds from the fault's end until everything was verified, an act each."""
        return [one.recovery for one in self.results]


def rows_of(results: Iterable[Result], titles: dict[int, str]) -> list[Row]:
    """A row a fault, in their order."""
    by_number: dict[int, list[Result]] = {}
    for one in results:
        by_number.setdefault(one.number, []).append(one)
    return [Row(number, titles[number], acts) for number, acts in sorted(by_number.items())]


HEAD = ["#", "fault", *KINDS.values(), "twice", "lost", "wrong", "unexpl.", "stuck", "unseen", "median s", "worst s"]


def cells(row: Row) -> list[str]:
    """A row of the matrix."""
    sums = [str(row.sum(name)) for name in (*COUNTED, "unexplained", "stuck", "unwitnessed")]
    recovery = [f"{statistics.median(row.recoveries):.1f}", f"{max(row.recoveries):.1f}"]
    return [str(row.number), row.title, *map(row.cell, KINDS), *sums, *recovery]


def summary(results: Sequence[Result], seconds: float) -> list[str]:
    """The sums in sentences."""
    row = Row(0, "", results)
    documents = sum(sum(one.documents.values()) for one in results)
    recoveries = row.recoveries or [0.0]
    seeds = sorted({one.seed for one in results})
    return [
        f"{len(results)} acts of {len({one.number for one in results})} faults, seeds {', '.join(map(str, seeds))}: "
        f"{documents} documents accepted, {row.sum('attempts')} attempts, {row.sum('unknown')} without an answer.",
        f"Duplicates {row.sum('duplicates')}, lost {row.sum('lost')}, wrong {row.sum('wrong')}, "
        f"unexplained {row.sum('unexplained')}, stuck {row.sum('stuck')}, not witnessed {row.sum('unwitnessed')}.",
        f"From the end of a fault to everything verified: median {statistics.median(recoveries):.1f} s, "
        f"worst {max(recoveries):.1f} s. The whole took {seconds / 60:.1f} minutes.",
    ]


def text(results: Sequence[Result], titles: dict[int, str], seconds: float, told: int = TOLD) -> str:
    """For the terminal; what is wrong is told at its end, at most so many sentences of an act."""
    table = [HEAD, *(cells(row) for row in rows_of(results, titles))]
    widths = [max(len(line[at]) for line in table) for at in range(len(HEAD))]
    lines = ["  ".join(_aligned(line[at], widths[at], at) for at in range(len(HEAD))).rstrip() for line in table]
    return "\n".join([*lines, "", *summary(results, seconds), *findings(results, told)])


def _aligned(cell: str, width: int, at: int) -> str:
    return cell.ljust(width) if at == 1 else cell.rjust(width)


def findings(results: Iterable[Result], most: int = TOLD) -> list[str]:
    """Everything that is not as it must be, each after its fault and seed; the many of one act are cut."""
    found = []
    for one in results:
        told = [f"fault {one.number}, seed {one.seed}: {sentence}" for sentence in one.sentences]
        found += told[:most]
        if len(told) > most:
            found.append(f"fault {one.number}, seed {one.seed}: and {len(told) - most} more")
    return found


def page(results: Sequence[Result], titles: dict[int, str], seconds: float) -> str:
    """The matrix as a table of a page, and the sums."""
    lines = [
        "| " + " | ".join(HEAD) + " |",
        "|" + "|".join("--" if at == 1 else "--:" for at in range(len(HEAD))) + "|",
    ]
    lines += ["| " + " | ".join(cells(row)) + " |" for row in rows_of(results, titles)]
    return "\n".join([*summary(results, seconds), "", *lines, *findings(results)]) + "\n"
