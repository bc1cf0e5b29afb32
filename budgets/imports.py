"""Lines of a budget from a file (domain.md §7.1): read it, show what every row would do, then import all or nothing.

A row with a code that has no line adds one; a row whose code has one overwrites its amount; codes that are not in the
file are left alone. A row without any amount says nothing.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.urls import reverse
from django.utils.translation import gettext, gettext_noop

from budgets import guards
from budgets.models import Budget, BudgetLine, BudgetSheet
from budgets.operations import go_on_unless, hold, settle, stored
from budgets.rules import LineDetails, line_problems_of
from budgets.selectors import free_codes_of, lines_of
from procore_sync.acceptance.refusals import ChangedSinceSeen
from procore_sync.accounts.access import Right, require
from procore_sync.accounts.models import Membership
from procore_sync.kit.canonical import digest
from procore_sync.kit.files import Column, Row, Upload, csv_bytes, xlsx_template
from procore_sync.kit.kinds import Kind
from procore_sync.kit.numbers import read_number
from procore_sync.kit.text import filled, same_name_key
from projects.models import CostCode, ProjectCostCode
from projects.operations import hold_codes
from projects.records import saving
from projects.sheets import Plan, PlannedRow, State, Wrong, claim, keep_rows, refuse_undecided

LIMIT_ROWS = 10_000
COLUMNS = (
    Column("code", "Cost Code", required=True, also=("code", "budget code")),
    Column("cost_type", "Cost Type", also=("category", "type")),
    Column("description", "Description"),
    Column("manual", "Manual Calculation", also=("manual",)),
    Column("quantity", "Unit Qty", also=("quantity", "qty", "unit quantity")),
    Column("uom", "UOM", also=("unit of measure", "unit")),
    Column("unit_cost", "Unit Cost", also=("rate", "unit price")),
    Column("amount", "Budget Amount", also=("amount", "original budget amount", "original budget")),
)
#: Procore's file has this one where sub jobs are on; it is read, so that what stands in it is not dropped unseen.
SUB_JOB = Column("sub_job", "Sub Job", also=("sub jobs", "sub-job", "subjob"))
HEADINGS = [column.heading for column in COLUMNS]
_HEADING = {column.key: column.heading for column in (*COLUMNS, SUB_JOB)}
_NUMBERS = {
    "quantity": gettext_noop("quantity"),
    "unit_cost": gettext_noop("unit cost"),
    "amount": gettext_noop("amount"),
}
_YES, _NO = {"true", "yes", "y", "1", "x"}, {"false", "no", "n", "0"}
_OTHER = {"", "o", "other"}


def template(budget: Budget, form: str) -> bytes:
    """A file to fill in, "csv" or "xlsx": a row for every code of the project, with what its line says now."""
    rows = [_filled(row) for row in _codes_with_lines(budget)]
    return xlsx_template(HEADINGS, filled=rows) if form == "xlsx" else csv_bytes(HEADINGS, rows)


def _codes_with_lines(budget: Budget) -> list[tuple[CostCode, BudgetLine | None]]:
    lines = [(line.code.cost_code, line) for line in lines_of(budget)]
    free: list[tuple[CostCode, BudgetLine | None]] = [(row.cost_code, None) for row in free_codes_of(budget)]
    return sorted([*lines, *free], key=lambda one: one[0].code_key)


def _filled(row: tuple[CostCode, BudgetLine | None]) -> list[str]:
    code, line = row
    if line is None:
        return [code.code, "O", code.description, "", "", "", "", ""]
    description = line.description or code.description
    amount = str(line.original) if line.manual else ""
    numbers = [_plain(line.quantity), line.uom, _plain(line.unit_cost)]
    return [code.code, "O", description, "true" if line.manual else "false", *numbers, amount]


def _plain(number: Decimal | None) -> str:
    return "" if number is None else f"{number.normalize():f}"


def upload_lines(upload: Upload, budget: Budget, *, by: Membership) -> BudgetSheet:
    """Read a file of lines of `budget` and keep its rows for a day, so that they can be looked over and imported.

    Raises:
        NotAllowed: `by` may not import budgets.
        IllegalMove: the budget is locked, with accounting or on its way.
        UnreadableFile: the file as a whole cannot be taken.
    """
    require(by, Right.IMPORT_BUDGET)
    go_on_unless(guards.why_not_edit(budget))
    with transaction.atomic():
        sheet = keep_rows(upload, columns=(*COLUMNS, SUB_JOB), kind=Kind.BUDGET, by=by, limit_rows=LIMIT_ROWS)
        return BudgetSheet.objects.create(sheet=sheet, budget=budget)


@dataclass(frozen=True)
class Imported:
    """How many lines an import has added and overwritten."""

    added: int
    changed: int


def plan_of(kept: BudgetSheet) -> Plan:
    """What will become of every row of the file as things stand now."""
    return preview_of(kept)[0]


def preview_of(kept: BudgetSheet) -> tuple[Plan, str]:
    """The plan of the file, and as a digest what the budget says now of the codes that its rows name."""
    planner = _Planner(kept.budget)
    rows = [Row(**row) for row in kept.sheet.rows]
    return Plan(HEADINGS, [planner.plan(row) for row in rows]).trimmed, planner.seen(rows)


@transaction.atomic
def import_lines(
    kept: BudgetSheet, *, by: Membership, leave_out: frozenset[int] = frozenset(), seen: str = ""
) -> Imported:
    """Add and overwrite lines as the rows of the file say, all or none; every refused row must be in `leave_out`.

    With `seen`, the digest of the preview that `by` looked at, only as long as every line is what was shown there.
    A constant number of statements a thousand rows.

    Raises:
        NotAllowed: `by` may not import budgets.
        SheetGone: the file was imported already, or has expired.
        IllegalMove: the budget is locked, with accounting or on its way.
        ChangedSinceSeen: a line or a code that the file names is not what it was in the preview.
        InvalidInput: a row is refused (its errors are by row number), or the budget would come to too much.
    """
    require(by, Right.IMPORT_BUDGET)
    held = hold(kept.budget)
    go_on_unless(guards.why_not_edit(held))
    claim(kept.sheet)
    hold_codes(held.project_id)
    planner = _Planner(held)
    if seen and seen != planner.seen(Row(**row) for row in kept.sheet.rows):
        told = gettext("Lines that the file names were changed meanwhile, so nothing was imported. Look again.")
        raise ChangedSinceSeen(told, where=reverse("budgets:preview", args=[held.project_id, kept.pk]))
    rows = [Row(**row) for row in kept.sheet.rows if row["number"] not in leave_out]
    refuse_undecided(Plan(HEADINGS, [planner.plan(row) for row in rows]))
    number = held.next_line
    fresh = [
        BudgetLine(budget=held, number=number + place, code=code, **stored(details))
        for place, (code, details) in enumerate(planner.fresh)
    ]
    _write(fresh, planner.changed, by)
    Budget.objects.filter(pk=held.pk).update(next_line=number + len(fresh))
    settle(held, sent_otherwise=bool(fresh or planner.changed))
    return Imported(len(fresh), len(planner.changed))


def _write(fresh: list[BudgetLine], changed: list[tuple[BudgetLine, LineDetails]], by: Membership) -> None:
    BudgetLine.objects.bulk_create(fresh, batch_size=1000)
    for line, details in changed:
        for name, value in {**stored(details), **saving(line.edition, by)}.items():
            setattr(line, name, value)
    saved = ["edition", "edited_by", "edited_at"]
    BudgetLine.objects.bulk_create(
        [line for line, _ in changed],
        batch_size=1000,
        update_conflicts=True,
        unique_fields=["budget", "code"],
        update_fields=["description", "manual", "quantity", "uom", "unit_cost", "original", *saved],
    )


class _Planner:
    """Judges rows in order, each against the budget and the good rows before it; keeps what the good ones say."""

    def __init__(self, budget: Budget) -> None:
        self.project = budget.project
        self.lines = {line.code.cost_code.code_key: line for line in lines_of(budget)}
        self.free = {row.cost_code.code_key: row for row in free_codes_of(budget)}
        self._company: dict[str, bool] | None = None
        self.rows: dict[str, int] = {}
        self.fresh: list[tuple[ProjectCostCode, LineDetails]] = []
        self.changed: list[tuple[BudgetLine, LineDetails]] = []

    def seen(self, rows: Iterable[Row]) -> str:
        """What the budget says now of the codes that `rows` name, as a digest."""
        return digest({key: self._stands(key) for key in map(_key, rows)})

    def _stands(self, key: str) -> list[str] | str:
        line = self.lines.get(key)
        if line is None:
            return "free" if key in self.free else "unknown"
        return [str(value) for value in (*_there(line), line.code.cost_code.description)]

    def plan(self, row: Row) -> PlannedRow:
        """What will become of `row`."""
        cells = [row.values.get(column.key, "") for column in COLUMNS]
        key = _key(row)
        wrong = [*_cell_problems(row), *_sub_job_problems(row), *_type_problems(row), *self._code_problems(row, key)]
        details = None
        if not wrong:
            details, wrong = self._said(row, key)
        if wrong:
            return PlannedRow(row.number, State.REFUSED, cells, wrong)
        self.rows[key] = row.number
        if details is None:
            return PlannedRow(row.number, State.SAME, cells, note=gettext("No amount in the file: left as it is."))
        state, note = self._kept(key, details)
        return PlannedRow(row.number, state, cells, note=note)

    def _kept(self, key: str, details: LineDetails) -> tuple[State, str]:
        line = self.lines.get(key)
        if line is None:
            self.fresh.append((self.free[key], details))
            return State.NEW, ""
        said = (details.description, details.manual, details.quantity, details.uom, details.unit_cost)
        if _there(line) == (*said, details.original):
            return State.SAME, gettext("The line says the same already.")
        self.changed.append((line, details))
        if line.original == details.original:
            return State.CHANGED, gettext("%(before)s stays; its description or calculation changes.") % {
                "before": f"{line.original:,}"
            }
        return State.CHANGED, gettext("%(before)s becomes %(after)s") % {
            "before": f"{line.original:,}",
            "after": f"{details.original:,}",
        }

    def _code_problems(self, row: Row, key: str) -> list[Wrong]:
        if not key:
            return [_wrong(row, "code", gettext("The cost code is missing. Give one of the project's."))]
        if key in self.rows:
            return [
                _wrong(
                    row,
                    "code",
                    gettext("Row %(row)s has this cost code already. Keep one of the two.") % {"row": self.rows[key]},
                )
            ]
        if key in self.lines or key in self.free:
            return []
        return [_wrong(row, "code", self._why_no_code(row.values["code"], key))]

    def _why_no_code(self, code: str, key: str) -> str:
        active = self._codes_of_company().get(key)
        if active is None:
            return gettext(
                "The company has no cost code %(code)s. Correct it, or add the code to the company's list first."
            ) % {"code": code}
        if not active:
            return gettext("The cost code %(code)s is inactive. Activate it first, or take another.") % {"code": code}
        told = gettext("%(code)s is not among the cost codes of %(project)s. Add it there first.")
        return filled(told, {"code": code, "project": self.project.name})

    def _codes_of_company(self) -> dict[str, bool]:
        """Whether each code of the company is active; asked for only if a row names a code that the project has not."""
        if self._company is None:
            rows = CostCode.objects.filter(company=self.project.company_id)
            self._company = dict(rows.values_list("code_key", "is_active"))
        return self._company

    def _said(self, row: Row, key: str) -> tuple[LineDetails | None, list[Wrong]]:
        """What a row says, None if it says no amount; and what is wrong with that."""
        numbers, wrong = _numbers(row)
        manual, unclear = _manual(row)
        if wrong or unclear:
            return None, [*wrong, *unclear]
        if not manual and not any(value is not None for value in numbers.values()):
            return None, []
        if manual is None:
            manual = numbers["quantity"] is None and numbers["unit_cost"] is None
        said: dict[str, Any] = {**self._texts(row, key), **numbers}
        details = LineDetails(manual=manual, **said)
        problems = line_problems_of(details)
        return details, [_wrong(row, name, one) for name, sentences in problems.items() for one in sentences]

    def _texts(self, row: Row, key: str) -> dict[str, str]:
        """Description and unit of a row; an empty cell says nothing, nor does the description that the code has."""
        line = self.lines.get(key)
        code = line.code if line else self.free[key]
        description = row.values.get("description", "").strip()
        if description == code.cost_code.description:
            description = ""
        there = (line.description, line.uom) if line else ("", "")
        return {"description": description or there[0], "uom": row.values.get("uom", "").strip() or there[1]}


def _key(row: Row) -> str:
    return same_name_key(row.values.get("code", ""))


def _there(line: BudgetLine) -> tuple[object, ...]:
    return (line.description, line.manual, line.quantity, line.uom, line.unit_cost, line.original)


def _wrong(row: Row, key: str, sentence: str) -> Wrong:
    return Wrong(_HEADING.get(key, ""), row.values.get(key, "")[:200], sentence)


def _cell_problems(row: Row) -> list[Wrong]:
    return [_wrong(row, key, one) for key, sentences in row.problems.items() for one in sentences]


def _sub_job_problems(row: Row) -> list[Wrong]:
    given = row.values.get(SUB_JOB.key, "")
    if not given:
        return []
    told = gettext(
        "The row is of the sub job %(given)s, and a budget with sub jobs cannot go to QuickBooks. Give the code one "
        "row, with the amounts of its sub jobs together, and leave Sub Job empty."
    )
    return [_wrong(row, SUB_JOB.key, told % {"given": given})]


def _type_problems(row: Row) -> list[Wrong]:
    given = row.values.get("cost_type", "")
    if given.casefold() in _OTHER:
        return []
    return [
        _wrong(
            row,
            "cost_type",
            gettext("The cost type %(given)s does not go to QuickBooks. Write O, or leave it empty.")
            % {"given": given},
        )
    ]


def _manual(row: Row) -> tuple[bool | None, list[Wrong]]:
    """Whether the row says that its amount is typed by hand; None if it does not say."""
    given = row.values.get("manual", "").casefold()
    if given in _YES or given in _NO:
        return given in _YES, []
    if not given:
        return None, []
    return None, [
        _wrong(row, "manual", gettext("Write true if the amount is typed, false if it is quantity times unit cost."))
    ]


def _numbers(row: Row) -> tuple[dict[str, Decimal | None], list[Wrong]]:
    numbers: dict[str, Decimal | None] = {}
    wrong = []
    for key, what in _NUMBERS.items():
        given = row.values.get(key, "")
        try:
            numbers[key] = read_number(given, what=what) if given else None
        except ValueError as error:
            wrong.append(_wrong(row, key, str(error)))
    return numbers, wrong
