"""The editor of the lines: rows of a form, which can be added, removed, put in order, pasted and read from a file."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation
from typing import Any

from django import forms
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils.translation import gettext, gettext_lazy

from commitments.models import AccountingMethod, SovLine
from commitments.rules import LIMIT_LINES, LineDetails, plain, product, schedule_problems
from procore_sync.kit.fields import Figure, MoneyFigure
from procore_sync.kit.files import Column, Row, Sheet, Upload, csv_bytes, read_rows
from procore_sync.kit.refusals import InvalidInput
from procore_sync.kit.selects import QuickErrors, QuickHidden, QuickInput, QuickSelect
from procore_sync.kit.text import same_name_key
from projects.models import CostCode
from projects.records import Problems

MORE_ROWS = 5


class RowForm(forms.Form):
    """A row of an editor of lines without its cost code, which each kind of line names in its own way.

    `notes` is what was wrong with it in the file that it came from.
    """

    number = forms.IntegerField(label=gettext_lazy("Number"), required=False, widget=QuickHidden)
    order = forms.IntegerField(
        label=gettext_lazy("Order"),
        required=False,
        widget=QuickInput(attrs={"inputmode": "numeric", "class": "num"}),
        error_messages={"invalid": gettext_lazy("The order is no whole number. Write it such as 3.")},
    )
    description = forms.CharField(label=gettext_lazy("Description"), required=False, widget=QuickInput)
    quantity = Figure(gettext_lazy("Quantity"))
    uom = forms.CharField(label=gettext_lazy("Unit"), required=False, widget=QuickInput)
    unit_cost = MoneyFigure(gettext_lazy("Unit cost"))
    amount = MoneyFigure(gettext_lazy("Amount"))
    remove = forms.BooleanField(label=gettext_lazy("Remove"), required=False)

    notes: list[str]

    def __init__(self, given: Mapping[str, Any], prefix: str, place: int) -> None:
        super().__init__(given, prefix=prefix, error_class=QuickErrors)
        self.notes = []
        heard = gettext("%(label)s, line %(place)s")
        for name, one in self.fields.items():
            one.widget.attrs["aria-label"] = heard % {"label": one.label or name.capitalize(), "place": place}

    def typed(self, name: str) -> str:
        """What stands in a cell, as it was typed."""
        return str(self.data.get(self.add_prefix(name)) or "").strip()

    @property
    def is_blank(self) -> bool:
        """Whether nothing was typed in the row."""
        return not any(self.typed(name) for name in self.fields if name != "order")

    @property
    def is_removed(self) -> bool:
        """Whether the row is to go."""
        return bool(self.typed("remove"))

    def said(self, method: str, code_id: int | None) -> LineDetails:
        """What the cleaned row says of a line with this cost code."""
        given, by_unit = self.cleaned_data, method == AccountingMethod.UNIT
        return LineDetails(
            code_id=code_id,
            amount=None if by_unit else given.get("amount"),
            description=given.get("description", ""),
            quantity=given.get("quantity") if by_unit else None,
            uom=given.get("uom", "") if by_unit else "",
            unit_cost=given.get("unit_cost") if by_unit else None,
            number=given.get("number"),
        )

    @property
    def shown_amount(self) -> Decimal | None:
        """What the row amounts to as it stands, if it can be read."""
        try:
            if self.typed("quantity") or self.typed("unit_cost"):
                return product(
                    Figure().to_python(self.typed("quantity")) or Decimal(0),
                    MoneyFigure().to_python(self.typed("unit_cost")) or Decimal(0),
                )
            typed: Decimal | None = MoneyFigure().to_python(self.typed("amount"))
            return typed
        except (forms.ValidationError, InvalidOperation):
            return None


class LineForm(RowForm):
    """A row whose cost code is chosen in a list; for editors of few rows, as every row carries the whole list."""

    code_id = forms.TypedChoiceField(
        label=gettext_lazy("Cost code"), required=False, coerce=int, empty_value=None, widget=QuickSelect
    )

    def __init__(self, given: Mapping[str, Any], prefix: str, codes: list[tuple[Any, str]], place: int) -> None:
        super().__init__(given, prefix, place)
        chosen: Any = self.fields["code_id"]
        chosen.choices = codes

    def details(self, method: str) -> LineDetails:
        """What the row says; a cell that cannot be read says nothing, and `errors` says why."""
        self.full_clean()
        return self.said(method, self.cleaned_data.get("code_id"))


class SovLineForm(RowForm):
    """A row of the schedule of values, whose cost code is typed, with the project's codes to choose from."""

    code = forms.CharField(
        label=gettext_lazy("Cost code"),
        required=False,
        widget=QuickInput(attrs={"list": "codes", "autocomplete": "off"}),
    )

    def details(self, method: str, codes: Mapping[str, CostCode]) -> LineDetails:
        """What the row says; a cell that cannot be read says nothing, and `errors` says why."""
        self.full_clean()
        code = codes.get(same_name_key(self.typed("code")))
        if code is None and self.typed("code"):
            self.add_error("code", no_code(self.typed("code")))
        return self.said(method, code.pk if code else None)


@dataclass
class Schedule:
    """The rows of the editor under an accounting method, with the cost codes that the project uses."""

    method: str
    codes: list[CostCode]
    rows: list[SovLineForm] = field(default_factory=list)

    @property
    def by_unit(self) -> bool:
        """Whether a line is a quantity at a unit cost."""
        return self.method == AccountingMethod.UNIT

    @property
    def known(self) -> dict[str, CostCode]:
        """The codes by what makes them the same."""
        return {same_name_key(code.code): code for code in self.codes}

    @property
    def total(self) -> Decimal:
        """What the rows come to as they stand; rows that cannot be read are left out."""
        return sum((row.shown_amount or Decimal(0) for row in self.rows if not row.is_removed), Decimal("0.00"))

    def add(self, given: Mapping[str, Any], notes: Iterable[str] = ()) -> None:
        """One more row with these cells."""
        place = len(self.rows)
        prefix = f"lines-{place}"
        row = SovLineForm({f"{prefix}-{name}": value for name, value in given.items()}, prefix, place + 1)
        row.notes.extend(notes)
        self.rows.append(row)

    def store(self, lines: Iterable[SovLine]) -> Schedule:
        """A row for each line that is there."""
        for place, line in enumerate(lines, start=1):
            amount = "" if self.by_unit else f"{line.amount:.2f}"
            given = {"number": line.number, "order": place, "code": line.code.cost_code.code, "amount": amount}
            words = {"description": line.description, "uom": line.uom}
            self.add({**given, **words, "quantity": plain(line.quantity), "unit_cost": plain(line.unit_cost)})
        return self

    def type(self, data: Mapping[str, Any]) -> Schedule:
        """A row for each that was sent, as it was typed."""
        for place in range(min(row_count(data, "lines"), LIMIT_LINES + MORE_ROWS * 4)):
            names = [name for name in SovLineForm.base_fields if f"lines-{place}-{name}" in data]
            self.add({name: data[f"lines-{place}-{name}"] for name in names})
        return self

    def blank(self, count: int = MORE_ROWS) -> Schedule:
        """Empty rows at the end."""
        for _ in range(count):
            self.add({})
        return self

    @property
    def kept(self) -> list[SovLineForm]:
        """The rows that say something and stay, in the order that their numbers ask for."""
        rows = [row for row in self.rows if not row.is_blank and not row.is_removed]
        return [row for _, row in sorted(enumerate(rows), key=lambda pair: (_order(pair[1]), pair[0]))]

    def lines(self) -> list[LineDetails]:
        """What the rows say.

        Raises:
            InvalidInput: a cell cannot be read.
        """
        said = [row.details(self.method, self.known) for row in self.kept]
        unread = [str(one) for row in self.kept for found in row.errors.values() for one in found]
        if unread:
            raise InvalidInput(gettext("Something in the lines cannot be read."), errors={"lines.": unread})
        return said

    def check(self) -> None:
        """Say in each row what is wrong with it."""
        try:
            self.say(schedule_problems(self.lines(), self.method))
        except InvalidInput:
            return

    def say(self, problems: Problems) -> None:
        """Write each sentence, keyed `lines.<place>.<field>`, into its cell."""
        rows = self.kept
        for key, sentences in problems.items():
            _, place, name = (*key.split("."), "")[:3]
            if place.isdigit() and int(place) < len(rows):
                for sentence in sentences:
                    told = sentence.partition(": ")[2] or sentence
                    rows[int(place)].add_error(name if name in SovLineForm.base_fields else None, told)

    def read(self, sheet: Sheet) -> None:
        """Take over the rows of a file or of what was pasted, after those that are there; nothing is saved by that."""
        self.rows = [row for row in self.rows if not row.is_blank]
        known = self.known
        for row in sheet.rows:
            self.add(row.values, _notes(row, known))


def row_count(data: Mapping[str, Any], name: str) -> int:
    """How many rows of an editor were sent; none if that was tampered with."""
    given = str(data.get(f"{name}-count", ""))
    return int(given) if given.isascii() and given.isdigit() and len(given) < 6 else 0


def _order(row: SovLineForm) -> int:
    typed = row.typed("order")
    return int(typed) if typed.isascii() and typed.isdigit() and len(typed) < 6 else 10**6


def no_code(named: str) -> str:
    """That the project does not use a code, and what to do."""
    return gettext(
        "The project does not use the cost code %(named)s. Choose one of its own, or add it to the project first."
    ) % {"named": named}


def _notes(row: Row, known: Mapping[str, CostCode]) -> list[str]:
    notes = [sentence for sentences in row.problems.values() for sentence in sentences]
    named = row.values.get("code", "")
    return (
        notes
        if same_name_key(named) in known
        else [*notes, no_code(named) if named else gettext("The row names no code.")]
    )


CODE = Column("code", "Cost code", required=True, also=("code", "item", "cost code number"))
DESCRIPTION = Column("description", "Description", also=("name", "title", "memo"))
COLUMNS: dict[str, list[Column]] = {
    AccountingMethod.AMOUNT: [
        CODE,
        DESCRIPTION,
        Column("amount", "Amount", also=("value", "scheduled value", "total")),
    ],
    AccountingMethod.UNIT: [
        CODE,
        DESCRIPTION,
        Column("quantity", "Quantity", also=("qty",)),
        Column("uom", "Unit", also=("unit of measure", "units")),
        Column("unit_cost", "Unit cost", also=("rate", "unit price", "price", "cost")),
    ],
}


def read_lines(upload: Upload, method: str) -> Sheet:
    """The lines that a CSV or XLSX file holds.

    Raises:
        UnreadableFile: it is too large, empty, of another format, or lacks the cost code.
    """
    return read_rows(upload, columns=COLUMNS[method], limit_rows=LIMIT_LINES)


def pasted_lines(text: str, method: str) -> Sheet:
    """The lines in a text as a spreadsheet puts it on the clipboard, with or without headings.

    Raises:
        UnreadableFile: there is nothing in it, or too much.
    """
    columns = COLUMNS[method]
    first = next((line for line in text.splitlines() if line.strip()), "")
    cells = re.split(r"[\t;,]", first)
    if not any(CODE.answers_to(cell) for cell in cells):
        between = "\t" if "\t" in text else ";" if ";" in first else ","
        text = between.join(column.heading for column in columns) + "\n" + text
    return read_lines(SimpleUploadedFile(gettext("What you pasted"), text.encode()), method)


def template_of(method: str) -> bytes:
    """An empty CSV file to fill in."""
    return csv_bytes([column.heading for column in COLUMNS[method]], [])
