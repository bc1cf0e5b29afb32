"""The books counted against what was typed: every document exactly once, with the right vendor, job, lines and total.

Nothing of the product's exporters is used here; names, keys and sums are read as a bookkeeper reads them.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from procore_sync.kit.kinds import Kind
from tests.campaign.papers import Lines, Paper
from tests.campaign.stage import Stage

DETAILS = ("ItemBasedExpenseLineDetail", "SalesItemLineDetail")
NAMES = {"Item": "Name", "Customer": "DisplayName", "Vendor": "DisplayName"}
#: Key, item, job and amount.
Line = tuple[str, str, str, Decimal]
ENTITIES = ("Item", "Customer", "Vendor", "Estimate", "PurchaseOrder", "Bill")


@dataclass
class Tally:
    """By kind, a sentence for each document that is there more than once, not at all, or not as it was typed."""

    duplicates: dict[Kind, list[str]] = field(default_factory=lambda: defaultdict(list))
    lost: dict[Kind, list[str]] = field(default_factory=lambda: defaultdict(list))
    wrong: dict[Kind, list[str]] = field(default_factory=lambda: defaultdict(list))

    @property
    def sentences(self) -> list[str]:
        """All of them."""
        columns = {"twice": self.duplicates, "lost": self.lost, "wrong": self.wrong}
        return [f"{what}: {one}" for what, rows in columns.items() for each in rows.values() for one in each]


class Books:
    """All documents of the company as they stand, with the names of what they refer to."""

    def __init__(self, stage: Stage) -> None:
        self.held = {entity: stage.documents(entity) for entity in ENTITIES}
        self.names: dict[tuple[str, str], str] = {
            (entity, one["Id"]): one[name].rpartition(":")[2]
            for entity, name in NAMES.items()
            for one in self.held[entity]
        }

    def named(self, entity: str, reference: dict[str, Any] | None) -> str:
        """The name behind a reference; "" for none."""
        return self.names.get((entity, (reference or {}).get("value", "")), "")

    def of(self, paper: Paper) -> list[dict[str, Any]]:
        """The documents that may be `paper`."""
        if paper.entity == "Estimate":
            return [one for one in self.held["Estimate"] if self.named("Customer", one["CustomerRef"]) == paper.job]
        name = NAMES.get(paper.entity, "DocNumber")
        return [one for one in self.held[paper.entity] if one.get(name) == paper.name]

    def lines(self, document: dict[str, Any]) -> list[Line]:
        """Key, item, job and amount of each line that has a detail."""
        found = []
        for line in document.get("Line", []):
            detail = next((line[name] for name in DETAILS if name in line), None)
            if detail is None:
                continue
            key = re.match(r"\[([^\]]+)\]", line.get("Description", ""))
            item, job = self.named("Item", detail.get("ItemRef")), self.named("Customer", detail.get("CustomerRef"))
            found.append((key[1] if key else "", item, job, Decimal(str(line["Amount"])).quantize(Decimal("0.01"))))
        return found


def count(stage: Stage, papers: list[Paper], *, without: frozenset[int] = frozenset()) -> Tally:
    """What is wrong with the books. `without` are items that need not be there, but must not be there twice."""
    books, tally = Books(stage), Tally()
    for paper in papers:
        if paper.kind != Kind.CHANGE_ORDER:
            _document(books, tally, paper, papers, may_lack=paper.item in without)
    _change_orders(books, tally, papers, without)
    _nobodys(books, tally, papers)
    return tally


def _document(books: Books, tally: Tally, paper: Paper, papers: list[Paper], *, may_lack: bool) -> None:
    held = books.of(paper)
    if len(held) > 1:
        tally.duplicates[paper.kind].append(f"{paper} stands {len(held)} times in the books")
    if not held and not may_lack:
        tally.lost[paper.kind].append(f"{paper} is not in the books")
    if len(held) == 1:
        expected = dict(paper.lines)
        if paper.kind == Kind.COMMITMENT:
            for change in papers:
                if change.kind == Kind.CHANGE_ORDER and change.name == paper.name:
                    expected |= change.lines
        tally.wrong[paper.kind] += [f"{paper}: {sentence}" for sentence in _wrong(books, held[0], paper, expected)]


def _wrong(books: Books, held: dict[str, Any], paper: Paper, expected: Lines) -> list[str]:
    if paper.entity in NAMES:
        return []
    lines = books.lines(held)
    found = list(_wrong_lines(lines, paper, expected))
    if paper.vendor and books.named("Vendor", held.get("VendorRef")) != paper.vendor:
        found.append(f"its vendor is {books.named('Vendor', held.get('VendorRef'))}, not {paper.vendor}")
    total = sum((amount for *_, amount in lines), Decimal(0))
    if Decimal(str(held["TotalAmt"])).quantize(Decimal("0.01")) != total:
        found.append(f"its total is {held['TotalAmt']}, and its lines come to {total}")
    if paper.kind != Kind.COMMITMENT and {key for key, *_ in lines} != set(expected):
        found.append(f"its lines are {sorted(key for key, *_ in lines)}, and {sorted(expected)} were typed")
    if paper.kind == Kind.COMMITMENT and not set(paper.lines) <= {key for key, *_ in lines}:
        found.append("a line is missing")
    return found


def _wrong_lines(lines: list[Line], paper: Paper, expected: Lines) -> Iterator[str]:
    for key, item, job, amount in lines:
        typed = expected.get(key)
        if typed is None or (item, amount) != typed:
            yield f"line {key} is {item} {amount}, and {typed} was typed"
        if paper.entity != "Estimate" and job != paper.job:
            yield f"line {key} is of the job {job}, not {paper.job}"


def _change_orders(books: Books, tally: Tally, papers: list[Paper], without: frozenset[int]) -> None:
    for paper in papers:
        if paper.kind != Kind.CHANGE_ORDER:
            continue
        keys = Counter(key for held in books.of(paper) for key, *_ in books.lines(held))
        if any(keys[key] > 1 for key in paper.lines):
            tally.duplicates[paper.kind].append(f"{paper}: a line stands twice in the order")
        if not all(keys[key] for key in paper.lines) and paper.item not in without:
            tally.lost[paper.kind].append(f"{paper}: a line is not in the order")


def _nobodys(books: Books, tally: Tally, papers: list[Paper]) -> None:
    """Documents of ours that nobody typed: the fresh books hold none of these entities but names."""
    typed = {(paper.entity, paper.job if paper.entity == "Estimate" else paper.name) for paper in papers}
    kinds = {"Estimate": Kind.BUDGET, "PurchaseOrder": Kind.COMMITMENT, "Bill": Kind.INVOICE}
    for entity, kind in kinds.items():
        for one in books.held[entity]:
            name = books.named("Customer", one["CustomerRef"]) if entity == "Estimate" else one.get("DocNumber", "")
            if (entity, name) not in typed:
                tally.duplicates[kind].append(f"{entity} {name or one['Id']} is nobody's")
