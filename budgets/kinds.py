"""How acceptance reads a budget: the document, its lines and facts, and why it cannot go yet."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext_noop

from budgets.models import Budget, BudgetChange, BudgetChangeLine, BudgetLine
from budgets.readiness import unmet_of_budget
from budgets.rules import ZERO
from procore_sync.acceptance.courier import Fact
from procore_sync.acceptance.kinds import DocumentLine, KindSpec, Summed, Sums, ref
from procore_sync.acceptance.models import Document
from procore_sync.kit.kinds import Kind
from procore_sync.kit.money import money
from procore_sync.kit.text import same_name_key
from projects.models import CostCode

_CODE = "code__cost_code__erp"


def budget_document(budget: Budget) -> Document:
    """What QuickBooks gets of a budget; money as text with two places, "" where there is nothing.

    `{"project": ref, "project_number", "date", "total", "lines": [{"key", "code": ref and its "code", "description",
    "amount", "note"}]}`. Original lines come first, in order of their number and without those of 0.00; their key is$
    the number. Each change follows with a line a move, under the key M<change>.<move>: money that moved reads as moved.
    """
    lines = [*_originals(budget), *_changes(budget)] if budget.pk else []
    return {
        "project": ref(budget.project.erp),
        "project_number": budget.project.number,
        "date": budget.locked_on.isoformat() if budget.locked_on else "",
        "total": _text(sum((Decimal(line["amount"]) for line in lines), Decimal())),
        "lines": lines,
    }


def _text(amount: Decimal) -> str:
    return str(money(amount))


def _shown(amount: Decimal) -> str:
    return f"{amount:,.2f}"


def _originals(budget: Budget) -> Iterator[dict[str, Any]]:
    lines = BudgetLine.objects.filter(budget=budget).exclude(original=0)
    for line in lines.select_related(_CODE).order_by("number"):
        yield _line(str(line.number), line, line.original, "")


def _changes(budget: Budget) -> Iterator[dict[str, Any]]:
    moves = BudgetChangeLine.objects.filter(change__budget=budget).select_related("change", f"line__{_CODE}")
    for move in moves.order_by("change__number", "number"):
        key = f"M{move.change.number}.{move.number}"
        yield _line(key, move.line, move.amount, note_of(move.change))


def note_of(change: BudgetChange) -> str:
    """What a change says of itself on each of its lines: "Change 3, 2026-11-02: notes"."""
    said = f"Change {change.number}, {change.made_on.isoformat()}"
    return f"{said}: {change.notes}" if change.notes else said


def _line(key: str, line: BudgetLine, amount: Decimal, note: str) -> dict[str, Any]:
    code: CostCode = line.code.cost_code
    return {
        "key": key,
        "code": {**ref(code.erp), "code": code.code},
        "description": line.description or code.description,
        "amount": _text(amount),
        "note": note,
    }


def budget_lines(document: Document) -> list[DocumentLine]:
    """The lines of a budget's document as a person reads them."""
    return [
        DocumentLine(line["key"], (line["code"]["code"], line["description"], line["note"]), Decimal(line["amount"]))
        for line in document["lines"]
    ]


def budget_sums(document: Document) -> Sums | None:
    """What was budgeted for each code, what changes did and what it comes to; None without changes."""
    lines = document["lines"]
    if not any(_is_moved(line) for line in lines):
        return None
    by_code: dict[str, tuple[str, Decimal, Decimal]] = {}
    for line in lines:
        code, amount = line["code"]["code"], Decimal(line["amount"])
        description, original, moved = by_code.get(code, (line["description"], ZERO, ZERO))
        by_code[code] = (
            (description, original, moved + amount) if _is_moved(line) else (description, original + amount, moved)
        )
    rows = [
        Summed((code, description), (original, moved, original + moved))
        for code, (description, original, moved) in sorted(by_code.items(), key=lambda one: same_name_key(one[0]))
    ]
    return Sums(
        gettext_noop("By cost code"),
        (gettext_noop("Cost code"), gettext_noop("Description")),
        (gettext_noop("Original budget"), gettext_noop("Budget changes"), gettext_noop("Revised budget")),
        rows,
    )


def _is_moved(line: dict[str, Any]) -> bool:
    return str(line["key"]).startswith("M")


def budget_facts(document: Document) -> list[Fact]:
    """What a person reads of a budget's document before its lines."""
    lines = document["lines"]
    moved = [Decimal(line["amount"]) for line in lines if _is_moved(line)]
    original = Decimal(document["total"]) - sum(moved, Decimal())
    facts = [
        Fact(gettext_noop("Project"), document["project"]["label"]),
        Fact(gettext_noop("Project number"), document["project_number"]),
        Fact(gettext_noop("Locked on"), document["date"]),
        Fact(gettext_noop("Lines"), str(len(lines)), numeric=True),
        Fact(gettext_noop("Original amounts"), _shown(original), numeric=True),
        Fact(gettext_noop("Changes"), _shown(sum(moved, Decimal())) if moved else "", numeric=True),
        Fact(gettext_noop("Total"), _shown(Decimal(document["total"])), numeric=True),
    ]
    return [fact for fact in facts if fact.value]


BUDGET = KindSpec(
    kind=Kind.BUDGET,
    label=gettext_noop("Budget"),
    plural=gettext_noop("Budgets"),
    badge="BUD",
    record_of=lambda item: Budget.objects.select_related("erp", "company", "project__erp").get(erp=item),
    document=budget_document,
    unmet=unmet_of_budget,
    url=lambda budget: reverse("budgets:budget", args=[budget.project_id]),
    facts=budget_facts,
    lines=budget_lines,
    line_columns=(gettext_noop("Cost code"), gettext_noop("Description"), gettext_noop("Note")),
    sums=budget_sums,
)
