"""Bringing in records from a file: read it, show what every row would do, then import all or nothing.

Nothing is stored but the file's own rows until the person confirms; what they confirm is judged again from scratch,
so that a record made meanwhile is seen.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, fields, replace
from datetime import timedelta
from enum import StrEnum
from typing import Any, Generic, Protocol, TypeVar

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext, gettext_noop, ngettext

from procore_sync.accounts.access import Right, require
from procore_sync.accounts.models import Company, Membership
from procore_sync.kit.files import Column, Row, Upload, csv_bytes, read_rows, xlsx_template
from procore_sync.kit.kinds import Kind as ErpKind
from procore_sync.kit.refusals import InvalidInput, Refusal
from projects.models import ImportSheet
from projects.records import Keeper, Record, details_of, reference_problems, tidy

LIMIT_ROWS = 2000
KEPT_FOR = timedelta(hours=24)
REFERENCE = Column("external_ref", "Reference", also=("external id", "id", "key"))

R = TypeVar("R", bound=Record)
D = TypeVar("D", bound=Any)


class SheetGone(Refusal):
    """The file was imported already, or has expired."""

    cure = gettext_noop("Choose the file again.")


class State(StrEnum):
    """What will become of a row."""

    NEW = "new"
    CHANGED = "changed"
    SAME = "same"
    NEAR = "near"
    REFUSED = "refused"


@dataclass(frozen=True)
class Wrong:
    """One thing wrong with a row: the heading of the column (empty for the row as a whole), its value, the sentence."""

    column: str
    value: str
    sentence: str


@dataclass(frozen=True)
class Near:
    """A record, or the earlier row with this number, that may mean the same; `confidence` in percent."""

    name: str
    row: int | None
    confidence: int

    @property
    def where(self) -> str:
        """Where it stands, in words."""
        return f"row {self.row}" if self.row else "in the list already"


@dataclass(frozen=True)
class PlannedRow:
    """A row of the file and what will become of it."""

    number: int
    state: State
    cells: list[str]
    wrong: list[Wrong] = field(default_factory=list)
    near: list[Near] = field(default_factory=list)
    name: str = ""
    note: str = ""


@dataclass(frozen=True)
class Plan:
    """What will become of every row of a file; `columns` are those that hold anything."""

    columns: list[str]
    rows: list[PlannedRow]

    def of(self, state: State) -> list[PlannedRow]:
        """The rows in `state`."""
        return [row for row in self.rows if row.state == state]

    @property
    def refused(self) -> list[PlannedRow]:
        """Rows that cannot be imported."""
        return self.of(State.REFUSED)

    @property
    def near(self) -> list[PlannedRow]:
        """Rows that may duplicate a record or another row."""
        return self.of(State.NEAR)

    @property
    def new(self) -> list[PlannedRow]:
        """Rows that make a record."""
        return self.of(State.NEW)

    @property
    def changed(self) -> list[PlannedRow]:
        """Rows that change what is there."""
        return self.of(State.CHANGED)

    @property
    def same(self) -> list[PlannedRow]:
        """Rows whose record is there already, or that say nothing."""
        return self.of(State.SAME)

    @property
    def trimmed(self) -> Plan:
        """The same without the columns that no row fills."""
        filled = [place for place in range(len(self.columns)) if any(row.cells[place] for row in self.rows)]
        rows = [replace(row, cells=[row.cells[place] for place in filled]) for row in self.rows]
        return Plan([self.columns[place] for place in filled], rows)


class Likeness(Protocol):
    """Finds which of the names added so far may mean the same as another."""

    def add(self, name: str) -> None:
        """Put `name` in the next place."""
        ...

    def alike(self, name: str) -> list[tuple[int, int]]:
        """A few places of names that may mean the same, each with a confidence in percent, best first."""
        ...


@dataclass(frozen=True)
class SheetKind(Generic[R, D]):
    """How files of one kind of record are read.

    `name` is what a row is called, `same` what makes two records one, `likeness` finds those that may be one.
    """

    columns: Sequence[Column]
    keeper: Keeper[R, D]
    name: Callable[[D], str]
    same: Callable[[D], str]
    likeness: Callable[[], Likeness]

    @property
    def headings(self) -> list[str]:
        """The headings of the template."""
        return [column.heading for column in self.columns]

    def template(self, form: str) -> bytes:
        """An empty file to fill in, "csv" or "xlsx"."""
        return xlsx_template(self.headings) if form == "xlsx" else csv_bytes(self.headings, [])

    def details(self, row: Row) -> D:
        """What a row says."""
        known = {one.name for one in fields(self.keeper.details)}
        said: D = self.keeper.details(**{key: value for key, value in row.values.items() if key in known})
        return tidy(said)


def upload_sheet(upload: Upload, kind: SheetKind[Any, Any], *, by: Membership) -> ImportSheet:
    """Read a file and keep its rows for a day, so that they can be looked over and imported.

    Raises:
        NotAllowed: `by` may not edit.
        UnreadableFile: the file as a whole cannot be taken.
    """
    require(by, Right.EDIT)
    return keep_rows(upload, columns=kind.columns, kind=kind.keeper.kind, by=by)


def keep_rows(
    upload: Upload, *, columns: Sequence[Column], kind: ErpKind, by: Membership, limit_rows: int = LIMIT_ROWS
) -> ImportSheet:
    """The rows of a file of at most `limit_rows` rows, kept for a day. Asks no right.

    Raises:
        UnreadableFile: the file as a whole cannot be taken.
    """
    sheet = read_rows(upload, columns=columns, limit_rows=limit_rows)
    rows = [{"number": row.number, "values": row.values, "problems": row.problems} for row in sheet.rows]
    now = timezone.now()
    with transaction.atomic():
        ImportSheet.objects.filter(company=by.company, expires_at__lt=now).delete()
        return ImportSheet.objects.create(
            company=by.company,
            kind=kind,
            file_name=(upload.name or "")[:255],
            rows=rows,
            ignored=sheet.ignored,
            uploaded_by=by,
            expires_at=now + KEPT_FOR,
        )


def plan_of(sheet: ImportSheet, kind: SheetKind[R, D], left_out: frozenset[int] = frozenset()) -> Plan:
    """What will become of every row of `sheet` as things stand now, the rows `left_out` apart."""
    rows = [Row(**row) for row in sheet.rows]
    planner = _Planner(kind, sheet.company)
    return Plan(kind.headings, [planner.plan(row) for row in rows if row.number not in left_out]).trimmed


@transaction.atomic
def import_sheet(
    sheet: ImportSheet,
    kind: SheetKind[R, D],
    *,
    by: Membership,
    leave_out: frozenset[int] = frozenset(),
    import_anyway: frozenset[int] = frozenset(),
) -> list[R]:
    """Make a record of every row that is not there yet, all or none.

    Every refused row must be in `leave_out`; every row that may double another, in `leave_out` or `import_anyway`.

    Raises:
        NotAllowed: `by` may not edit.
        SheetGone: it was imported already, or has expired.
        InvalidInput: a row is refused or undecided; its errors are by row number.
    """
    require(by, Right.EDIT)
    claim(sheet)
    plan = plan_of(sheet, kind, leave_out)
    refuse_undecided(plan, import_anyway)
    wanted = {row.number for row in plan.rows if row.state in (State.NEW, State.NEAR)}
    rows = [row for row in (Row(**one) for one in sheet.rows) if row.number in wanted]
    said = [(kind.details(row), row.values.get(REFERENCE.key) or None) for row in rows]
    return kind.keeper.create_all(said, company=by.company, by=by)


def claim(sheet: ImportSheet) -> None:
    """Make `sheet` the caller's to import in this transaction; its rows stay in memory alone.

    Raises:
        SheetGone: it was imported already, or has expired.
    """
    now = timezone.now()
    mine = ImportSheet.objects.filter(pk=sheet.pk, imported_at__isnull=True, expires_at__gte=now)
    if mine.update(imported_at=now, rows=[]) != 1:
        said = gettext("%(file)s was imported already, or lies here for more than a day. Upload it again.")
        raise SheetGone(said % {"file": sheet.file_name})


def refuse_undecided(plan: Plan, import_anyway: frozenset[int] = frozenset()) -> None:
    """Go on only if no row is refused, and none may double another but those that are to be imported anyway.

    Raises:
        InvalidInput: there are such rows; its errors are by row number.
    """
    errors = {str(row.number): [wrong.sentence for wrong in row.wrong] for row in plan.refused}
    for row in plan.near:
        if row.number not in import_anyway:
            said = gettext("Row %(row)s may duplicate %(name)s: import it or leave it out.")
            errors[str(row.number)] = [said % {"row": row.number, "name": row.near[0].name}]
    if errors:
        raise InvalidInput(_undecided(list(errors)), errors=errors)


def _undecided(numbers: list[str]) -> str:
    rows = ", ".join(numbers[:10])
    if len(numbers) > 10:
        rows = gettext("%(rows)s and %(count)s more") % {"rows": rows, "count": len(numbers) - 10}
    said = ngettext(
        "Nothing was imported: decide on row %(rows)s first. Leave it out, or correct the file and upload it again.",
        "Nothing was imported: decide on rows %(rows)s first. Leave them out, or correct the file and upload it again.",
        len(numbers),
    )
    return said % {"rows": rows}


class _Planner(Generic[R, D]):
    """Judges rows in order, each against the records of the company and the good rows before it."""

    def __init__(self, kind: SheetKind[R, D], company: Company) -> None:
        self.kind = kind
        self.heading = {column.key: column.heading for column in kind.columns}
        rows = kind.keeper.model._default_manager.filter(company=company).select_related("erp")
        self.by_same: dict[str, R] = {}
        self.by_reference: dict[str, R] = {}
        self.names: list[tuple[str, int | None]] = []
        self.likeness = kind.likeness()
        for record in rows:
            details = details_of(record, kind.keeper.details)
            self.by_same[kind.same(details)] = record
            if record.erp.external_ref:
                self.by_reference[record.erp.external_ref] = record
            self._remember(kind.name(details))
        self.rows_by_same: dict[str, int] = {}
        self.rows_by_reference: dict[str, int] = {}

    def _remember(self, name: str, row: int | None = None) -> None:
        self.names.append((name, row))
        self.likeness.add(name)

    def plan(self, row: Row) -> PlannedRow:
        """What will become of `row`."""
        details, reference = self.kind.details(row), row.values.get(REFERENCE.key, "")
        cells = [row.values.get(column.key, "") for column in self.kind.columns]
        wrong = self._wrong_by_itself(row, details, reference)
        record = self.by_reference.get(reference) or self.by_same.get(self.kind.same(details))
        if not wrong and record is not None:
            wrong = self._differs(row, record, reference)
            if not wrong:
                note = gettext("%(record)s is in the list already.") % {"record": record.erp.label}
                return PlannedRow(row.number, State.SAME, cells, note=note)
        if not wrong:
            wrong = self._doubles_a_row(row, details, reference)
        if wrong:
            return PlannedRow(row.number, State.REFUSED, cells, wrong)
        return self._good(row, details, reference, cells)

    def _good(self, row: Row, details: D, reference: str, cells: list[str]) -> PlannedRow:
        name = self.kind.name(details)
        near = [Near(*self.names[place], confidence) for place, confidence in self.likeness.alike(name)]
        self.rows_by_same[self.kind.same(details)] = row.number
        if reference:
            self.rows_by_reference[reference] = row.number
        self._remember(name, row.number)
        return PlannedRow(row.number, State.NEAR if near else State.NEW, cells, near=near, name=name)

    def _wrong_by_itself(self, row: Row, details: D, reference: str) -> list[Wrong]:
        cells = [self._wrong(row, key, one) for key, sentences in row.problems.items() for one in sentences]
        found = {**self.kind.keeper.problems(details), **reference_problems(reference)}
        rules = [self._wrong(row, key, one) for key, sentences in found.items() for one in sentences]
        return cells + [one for one in rules if one.column not in {cell.column for cell in cells}]

    def _wrong(self, row: Row, key: str, sentence: str) -> Wrong:
        return Wrong(self.heading.get(key, ""), row.values.get(key, "")[:200], sentence)

    def _differs(self, row: Row, record: R, reference: str) -> list[Wrong]:
        """What the row says otherwise than the record that it means; an empty cell says nothing."""
        said, there = self.kind.details(row), details_of(record, self.kind.keeper.details)
        changed = [one.name for one in fields(said) if self._says_otherwise(said, there, one.name)]
        told = {"record": record.erp.label, "reference": record.erp.external_ref}
        sentence = gettext("%(record)s is in the list already, with %(value)s. Edit it there.")
        empty = gettext("%(record)s is in the list already, with none. Edit it there.")
        values = {key: getattr(there, key) for key in changed}
        wrong = [
            self._wrong(row, key, (sentence if value else empty) % {**told, "value": value})
            for key, value in values.items()
        ]
        if reference and record.erp.external_ref not in (reference, None):
            sentence = gettext("%(record)s is in the list already, with the reference %(reference)s. Edit it there.")
            wrong.append(self._wrong(row, REFERENCE.key, sentence % told))
        return wrong

    def _says_otherwise(self, said: D, there: D, key: str) -> bool:
        if key == self._own and self.kind.same(said) == self.kind.same(there):
            return False
        return bool(getattr(said, key)) and getattr(said, key) != getattr(there, key)

    @property
    def _own(self) -> str:
        """The field that names the record."""
        return next(iter(fields(self.kind.keeper.details))).name

    def _doubles_a_row(self, row: Row, details: D, reference: str) -> list[Wrong]:
        earlier = self.rows_by_same.get(self.kind.same(details))
        if earlier:
            sentence = gettext("Row %(row)s has it already. Keep one of the two.") % {"row": earlier}
            return [self._wrong(row, self._own, sentence)]
        earlier = self.rows_by_reference.get(reference)
        if earlier:
            sentence = gettext("Row %(row)s has this reference. Give each row its own.") % {"row": earlier}
            return [self._wrong(row, REFERENCE.key, sentence)]
        return []
