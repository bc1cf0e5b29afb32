"""What a person types about a budget. The rules are the operations'; forms only carry their sentences."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from decimal import Decimal
from typing import Any

from django import forms
from django.utils.translation import gettext, gettext_lazy, gettext_noop

from budgets.models import BudgetLine
from budgets.rules import ChangeDetails, LineDetails, Move, between
from procore_sync.kit.fields import day_field
from procore_sync.kit.numbers import read_number
from procore_sync.kit.text import same_name_key
from projects.forms import DetailsForm, UploadForm
from projects.models import ProjectCostCode

ROWS = 8
MOST_ROWS = 200
_BELOW_ZERO = re.compile(r"^\s*[-\N{MINUS SIGN}]\s*")


class NumberField(forms.CharField):
    """A number as people write it: 1250.50, 1,250, 1,250.50 or 1 250,50; with `signed` also below zero."""

    def __init__(self, *, what: str, signed: bool = False, **options: Any) -> None:
        widget = forms.TextInput(attrs={"inputmode": "decimal", "autocomplete": "off"})
        super().__init__(**{"widget": widget, "required": False, **options})
        self.what, self.signed = what, signed

    def clean(self, value: Any) -> Any:
        """The number, None if there is none."""
        text = super().clean(value)
        if not text:
            return None
        below = self.signed and _BELOW_ZERO.match(text)
        try:
            number = read_number(_BELOW_ZERO.sub("", text) if below else text, what=self.what, typed=True)
        except ValueError as error:
            raise forms.ValidationError(str(error)) from error
        return -number if below else number

    def prepare_value(self, value: Any) -> Any:
        """A number without the zeros that the database adds."""
        return f"{value.normalize():f}" if isinstance(value, Decimal) else value


class LineForm(DetailsForm[LineDetails]):
    """A line that is there: an amount, or quantity and unit cost."""

    shape = LineDetails
    description = forms.CharField(
        label=gettext_lazy("Description"),
        required=False,
        help_text=gettext_lazy("Left empty, the description of the cost code is used."),
    )
    amount = NumberField(
        what=gettext_noop("amount"),
        label=gettext_lazy("Amount"),
        help_text=gettext_lazy("Or leave it empty and give quantity and unit cost."),
    )
    quantity = NumberField(what=gettext_noop("quantity"), label=gettext_lazy("Quantity"))
    uom = forms.CharField(label=gettext_lazy("Unit of measure"), required=False)
    unit_cost = NumberField(what=gettext_noop("unit cost"), label=gettext_lazy("Unit cost"))

    @classmethod
    def of_line(cls, line: BudgetLine) -> LineForm:
        """The form filled with what `line` says."""
        said = {
            "description": line.description,
            "amount": str(line.original) if line.manual else "",
            "quantity": line.quantity,
            "uom": line.uom,
            "unit_cost": line.unit_cost,
            "seen": line.edition,
        }
        return cls(initial=said)

    def clean(self) -> dict[str, Any]:
        """An amount alone was typed by hand; with a quantity or a unit cost it is calculated."""
        super().clean()
        given = self.cleaned_data
        given["manual"] = given.get("quantity") is None and given.get("unit_cost") is None
        return given


def _code_field(label: Any, **options: Any) -> forms.CharField:
    widget = forms.TextInput(attrs={"list": "codes", "autocomplete": "off"})
    return forms.CharField(label=label, widget=widget, **options)


class NewLineForm(LineForm):
    """A new line for one of `codes`."""

    field_order = ["code"]
    code = _code_field(
        gettext_lazy("Cost code"), help_text=gettext_lazy("One of the project's codes that has no line yet.")
    )

    def __init__(self, codes: Iterable[ProjectCostCode], *given: Any, **named: Any) -> None:
        super().__init__(*given, **named)
        self.codes = list(codes)

    def clean_code(self) -> ProjectCostCode:
        """The code that was meant."""
        wanted = same_name_key(self.cleaned_data["code"])
        found = next((one for one in self.codes if one.cost_code.code_key == wanted), None)
        if found is None:
            raise forms.ValidationError(
                gettext(
                    "%(code)s is not among the project's cost codes, or it has a line already. Choose one from the "
                    "list."
                )
                % {"code": self.cleaned_data["code"]}
            )
        return found


class ChangeForm(forms.Form):
    """Money from one line to another. `lines` are those of the budget."""

    made_on = day_field(gettext_lazy("Date"), required=True)
    notes = forms.CharField(
        label=gettext_lazy("Notes"),
        required=False,
        help_text=gettext_lazy("Why; shown on each of its lines in QuickBooks."),
    )

    def __init__(self, lines: Iterable[BudgetLine], *given: Any, **named: Any) -> None:
        super().__init__(*given, **named)
        self.lines = {line.code.cost_code.code_key: line for line in lines}

    def line_of(self, name: str) -> BudgetLine | None:
        """The line whose code was typed in the field `name`; the form says so if there is none."""
        code = self.cleaned_data.get(name) or ""
        line = self.lines.get(same_name_key(code))
        if line is None and code:
            self.add_error(
                name,
                gettext("The budget has no line %(code)s. Add it first, or choose one from the list.") % {"code": code},
            )
        return line

    def details(self) -> ChangeDetails:
        """What the form says; only if it is valid."""
        raise NotImplementedError


class TransferForm(ChangeForm):
    """From one line to another."""

    field_order = ["source", "target", "amount"]
    source = _code_field(gettext_lazy("From"))
    target = _code_field(gettext_lazy("To"))
    amount = NumberField(what=gettext_noop("amount"), label=gettext_lazy("Amount"), required=True)

    def clean(self) -> dict[str, Any]:
        """The lines that were meant, and an amount above zero."""
        given = super().clean() or self.cleaned_data
        given["lines"] = (self.line_of("source"), self.line_of("target"))
        if given["lines"][0] is not None and given["lines"][0] == given["lines"][1]:
            self.add_error("target", gettext("Money moves between two different lines. Choose another one."))
        if given.get("amount") == 0:
            self.add_error("amount", gettext("The amount is zero. Give what moves from the first line to the second."))
        return given

    def details(self) -> ChangeDetails:
        """From one to the other."""
        given = self.cleaned_data
        source, target = given["lines"]
        return between(source, target, given["amount"], made_on=given["made_on"], notes=given["notes"])


class SeveralForm(ChangeForm):
    """Amounts on several lines, below zero where money leaves. Rows that are empty say nothing."""

    def __init__(self, lines: Iterable[BudgetLine], rows: int, *given: Any, **named: Any) -> None:
        super().__init__(lines, *given, **named)
        self.numbers = range(1, min(max(rows, 2), MOST_ROWS) + 1)
        for number in self.numbers:
            label = gettext("Line %(number)s, cost code") % {"number": number}
            self.fields[f"code-{number}"] = _code_field(label, required=False)
            label = gettext("Line %(number)s, amount") % {"number": number}
            self.fields[f"amount-{number}"] = NumberField(what=gettext_noop("amount"), signed=True, label=label)

    def rows(self) -> Iterator[tuple[forms.BoundField, forms.BoundField]]:
        """The two fields of each row."""
        for number in self.numbers:
            yield self[f"code-{number}"], self[f"amount-{number}"]

    def clean(self) -> dict[str, Any]:
        """The lines that were meant."""
        given = super().clean() or self.cleaned_data
        given["moves"] = [move for number in self.numbers if (move := self._move(number))]
        return given

    def _move(self, number: int) -> Move | None:
        line, amount = self.line_of(f"code-{number}"), self.cleaned_data.get(f"amount-{number}")
        if line is not None and amount is not None:
            return Move(line, amount)
        if line is not None and f"amount-{number}" not in self.errors:
            self.add_error(f"amount-{number}", gettext("The amount is missing. Give it, or empty the row."))
        if amount is not None and not self.cleaned_data.get(f"code-{number}") and f"code-{number}" not in self.errors:
            self.add_error(f"code-{number}", gettext("The cost code is missing. Give it, or empty the row."))
        return None

    def details(self) -> ChangeDetails:
        """The rows that say something."""
        given = self.cleaned_data
        return ChangeDetails(given["made_on"], given["moves"], given["notes"])


class DirectCostForm(forms.Form):
    """What a line has cost directly, typed."""

    amount = NumberField(
        what=gettext_noop("amount"),
        signed=True,
        required=True,
        label=gettext_lazy("Direct cost"),
        help_text=gettext_lazy("Below zero for a credit. It stays here: QuickBooks gets nothing of it."),
    )
    seen = forms.IntegerField(widget=forms.HiddenInput, required=False)


class BudgetForm(forms.Form):
    """What can be set for a budget as a whole."""

    may_change_total = forms.BooleanField(
        label=gettext_lazy("Changes may alter the grand total"),
        required=False,
        help_text=gettext_lazy("Otherwise what a change takes from lines it gives to others, to the cent."),
    )
    seen = forms.IntegerField(widget=forms.HiddenInput, required=False)


class BudgetUploadForm(UploadForm):
    """A file of lines to import."""

    def __init__(self, *given: Any, **named: Any) -> None:
        super().__init__(*given, **named)
        self.fields["file"].help_text = gettext(
            "CSV (commas, semicolons or tabs) or XLSX, at most 10,000 rows and 5 MB."
        )
