"""What a person types about a change. The rules are the operations'; forms only carry their sentences."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, fields, replace
from decimal import Decimal
from typing import Any, TypeVar

from django import forms
from django.forms.utils import ErrorDict
from django.http import QueryDict
from django.utils.translation import gettext, gettext_lazy

from change_orders.content import own_lines
from change_orders.models import Change, ChangeLine, ChangeOrder, ChangeRequest, ChangeSettings, ChangeStatus, Tiers
from change_orders.reviewing import reviewers_of
from change_orders.rules import LINES_AT_MOST, ChangeDetails, ChangeLineDetails, RequestDetails
from change_orders.tiers import seen_of_settings
from commitments.models import AccountingMethod, Commitment, SovLine
from commitments.rules import plain
from commitments.schedule_forms import LineForm
from procore_sync.acceptance.refusals import ChangedSinceSeen
from procore_sync.kit.fields import translated
from procore_sync.kit.refusals import InvalidInput, Refusal
from procore_sync.kit.selects import QuickHidden, QuickSelect
from projects.forms import said_above
from projects.models import CostCode
from projects.records import Problems

MORE_ROWS, ADDED_ROWS = 3, 5
D = TypeVar("D", bound=ChangeDetails)
C = TypeVar("C", bound=Change)


class ChangeLineForm(LineForm):
    """One row of the editor: a line of its own with a cost code, or a change of a line of the commitment."""

    id = forms.IntegerField(required=False, widget=QuickHidden)
    changes = forms.TypedChoiceField(
        label=gettext_lazy("Changes line"), required=False, coerce=int, empty_value=None, widget=QuickSelect
    )

    def __init__(
        self,
        given: Mapping[str, Any],
        prefix: str,
        codes: list[tuple[Any, str]],
        lines: list[tuple[Any, str]],
        place: int,
    ) -> None:
        super().__init__(given, prefix, codes, place)
        chosen: Any = self.fields["changes"]
        chosen.choices = lines

    def details(self, method: str) -> ChangeLineDetails:
        """What the row says; a cell that cannot be read says nothing, and `errors` says why."""
        said = super().details(method)
        given = {one.name: getattr(said, one.name) for one in fields(said)}
        changes = self.cleaned_data.get("changes")
        if changes is not None:
            given["code_id"] = None
        return ChangeLineDetails(**given, changes=changes, id=self.cleaned_data.get("id"))


@dataclass
class ChangeLines:
    """The rows of the editor: under a commitment's accounting method, with what a row can name."""

    method: str
    codes: list[tuple[Any, str]]
    sov: list[tuple[Any, str]]
    rows: list[ChangeLineForm] = field(default_factory=list)

    @classmethod
    def of(cls, commitment: Commitment) -> ChangeLines:
        """An empty editor for changes of `commitment`."""
        codes = CostCode.objects.filter(projects=commitment.project_id).order_by("code_key", "pk")
        lines = SovLine.objects.filter(commitment=commitment).select_related("code__cost_code").order_by("number")
        return cls(
            commitment.accounting_method,
            [("", gettext("Cost code")), *((code.pk, str(code)) for code in codes)],
            [("", gettext("New line")), *((line.number, _named(line)) for line in lines)],
        )

    @property
    def by_unit(self) -> bool:
        """Whether a line is a quantity at a unit cost."""
        return self.method == AccountingMethod.UNIT

    @property
    def total(self) -> Decimal:
        """What the rows come to as they stand; rows that cannot be read are left out."""
        return sum((row.shown_amount or Decimal(0) for row in self.rows if not row.is_removed), Decimal("0.00"))

    def add(self, given: Mapping[str, Any]) -> None:
        """One more row with these cells."""
        place = len(self.rows)
        prefix = f"lines-{place}"
        data = {f"{prefix}-{name}": value for name, value in given.items()}
        self.rows.append(ChangeLineForm(data, prefix, self.codes, self.sov, place + 1))

    def store(self, lines: Iterable[ChangeLine]) -> ChangeLines:
        """A row for each line that is there."""
        for line in lines:
            amount = "" if self.by_unit else f"{line.amount:.2f}"
            figures = {"quantity": plain(line.quantity), "unit_cost": plain(line.unit_cost), "amount": amount}
            named = {"id": line.pk, "changes": line.sov_line.number if line.sov_line else ""}
            code = "" if line.sov_line else line.code.cost_code_id
            self.add({**named, **figures, "code_id": code, "description": line.description, "uom": line.uom})
        return self

    def type(self, data: Mapping[str, Any]) -> ChangeLines:
        """A row for each that was sent, as it was typed."""
        given = str(data.get("lines-count", ""))
        count = int(given) if given.isascii() and given.isdigit() and len(given) < 6 else 0
        for place in range(min(count, LINES_AT_MOST + 4 * ADDED_ROWS)):
            names = [name for name in ChangeLineForm.base_fields if f"lines-{place}-{name}" in data]
            self.add({name: data[f"lines-{place}-{name}"] for name in names})
        return self

    def blank(self, count: int = MORE_ROWS) -> ChangeLines:
        """Empty rows at the end."""
        for _ in range(count):
            self.add({})
        return self

    @property
    def kept(self) -> list[ChangeLineForm]:
        """The rows that say something and stay."""
        return [row for row in self.rows if not row.is_blank and not row.is_removed]

    def lines(self) -> tuple[ChangeLineDetails, ...]:
        """What the rows say.

        Raises:
            InvalidInput: a cell cannot be read.
        """
        said = tuple(row.details(self.method) for row in self.kept)
        unread = [str(one) for row in self.kept for found in row.errors.values() for one in found]
        if unread:
            raise InvalidInput(gettext("Something in the lines cannot be read."), errors={"lines.": unread})
        return said

    def say(self, problems: Problems) -> None:
        """Write each sentence, keyed `lines.<place>.<field>`, into its cell."""
        rows = self.kept
        for key, sentences in problems.items():
            _, place, name = (*key.split("."), "")[:3]
            if place.isdigit() and int(place) < len(rows):
                cell = "code_id" if name == "code" else name
                for sentence in sentences:
                    shown = sentence.partition(": ")[2] or sentence
                    rows[int(place)].add_error(cell if cell in rows[int(place)].fields else None, shown)


def _named(line: SovLine) -> str:
    return f"{line.number}: {line.code.cost_code.code} {line.description}".strip()


class ChangeForm(forms.Form):
    """A change order, with `editor` for its lines (None where it has none of its own).

    `billed` is why its lines and its status stay as they are, if they do.
    """

    shape: type[ChangeDetails] = ChangeDetails
    editor: ChangeLines | None = None
    billed: str | None = None
    status_code = 200

    seen = forms.IntegerField(widget=forms.HiddenInput, required=False)
    number = forms.CharField(
        label=gettext_lazy("Number"), required=False, widget=forms.TextInput(attrs={"autocomplete": "off"})
    )
    title = forms.CharField(
        label=gettext_lazy("Title"), required=False, widget=forms.TextInput(attrs={"autocomplete": "off"})
    )
    description = forms.CharField(
        label=gettext_lazy("Description"),
        required=False,
        widget=forms.Textarea,
        help_text=gettext_lazy("Accounting reads it when it decides."),
    )
    status = forms.ChoiceField(
        label=gettext_lazy("Status"),
        choices=translated(ChangeStatus.choices),
        initial=ChangeStatus.DRAFT,
        help_text=gettext_lazy(
            "Pending and approved changes stand in the budget. Only approved ones go to accounting."
        ),
    )
    reviewer = forms.TypedChoiceField(
        label=gettext_lazy("Designated reviewer"),
        required=False,
        coerce=int,
        empty_value=None,
        widget=QuickSelect,
        help_text=gettext_lazy("Once named, only the reviewer or an administrator can approve or reject it."),
    )

    def __init__(self, commitment: Commitment, settings: ChangeSettings, *given: Any, **named: Any) -> None:
        super().__init__(*given, **named)
        chosen: Any = self.fields["reviewer"]
        chosen.choices = [("", gettext("Nobody: whoever may edit decides")), *_people(commitment)]
        for name, limit in (("number", settings.number_limit), ("title", settings.title_limit)):
            self.fields[name].help_text = gettext("To be sent, at most %(limit)s characters.") % {"limit": limit}
            self.fields[name].widget.attrs["data-limit"] = limit

    @classmethod
    def of(
        cls, change: Change, commitment: Commitment, settings: ChangeSettings, typed: QueryDict | None = None
    ) -> ChangeForm:
        """The form filled with what was typed, else with what `change` says."""
        names = [name for name in cls.base_fields if name != "seen"]
        values = {name: getattr(change, f"{name}_id" if name == "reviewer" else name) for name in names}
        filled = cls(commitment, settings, typed, initial={**values, "seen": getattr(change, "edition")})  # noqa: B009
        filled.fields["number"].required = True
        return filled

    @property
    def edition(self) -> int:
        """The edition that was seen; none that exists if the field was tampered with."""
        return self.cleaned_data.get("seen") or 0

    def save(self, operation: Callable[[Any], C]) -> C | None:
        """What `operation` made of the details, or None: then the form says why, and `status_code` how to answer."""
        if not self.is_valid():
            self.status_code = 422
            return None
        try:
            return operation(self._details())
        except Refusal as refusal:
            self._say(refusal)
            return None

    def show_as_typed(self) -> None:
        """Show what was typed without judging it."""
        self._errors = ErrorDict()

    def _details(self) -> ChangeDetails:
        names = [one.name for one in fields(self.shape) if one.name in self.fields]
        said = self.shape(**{name: self.cleaned_data[name] for name in names})
        return replace(said, lines=self.editor.lines()) if self.editor else said

    def _say(self, refusal: Refusal) -> None:
        self.status_code = refusal.http_status
        errors = refusal.errors if isinstance(refusal, InvalidInput) else {}
        of_lines = {name: said for name, said in errors.items() if name.startswith("lines.")}
        if of_lines and self.editor:
            self.editor.say(of_lines)
            self.add_error(None, gettext("Something is wrong in the lines. The reason is shown there."))
        for name, sentences in (errors or {"": [said_above(refusal)]}).items():
            for sentence in sentences if name not in of_lines else ():
                self.add_error(name if name in self.fields else None, sentence)


class RequestForm(ChangeForm):
    """A potential change order or a change order request."""

    shape = RequestDetails
    description = forms.CharField(label=gettext_lazy("Description"), required=False, widget=forms.Textarea)
    own_status = forms.BooleanField(
        label=gettext_lazy("Keep its own status"),
        required=False,
        help_text=gettext_lazy("Otherwise it has the status of what collects it."),
    )


def _people(commitment: Commitment) -> list[tuple[int, str]]:
    return [(one.pk, f"{one}, {gettext(one.get_role_display()).lower()}") for one in reviewers_of(commitment)]


def editor_of(
    change: ChangeOrder | ChangeRequest | None, commitment: Commitment, data: QueryDict | None
) -> ChangeLines:
    """The editor of the lines of `change`, or of a new one: as typed, else as they stand with some empty rows."""
    editor = ChangeLines.of(commitment)
    if data is not None:
        return editor.type(data)
    return editor.store(own_lines(change) if change else ()).blank(0 if change else MORE_ROWS)


class SettingsForm(forms.Form):
    """How changes of a project are made."""

    status_code = 200
    tiers = forms.TypedChoiceField(
        label=gettext_lazy("Steps of a change"),
        coerce=int,
        choices=translated(Tiers.choices),
        widget=forms.RadioSelect,
        help_text=gettext_lazy("Can be raised at any time, and is never lowered while the project has changes."),
    )
    number_limit = forms.IntegerField(
        label=gettext_lazy("Longest number that may be sent"), help_text=gettext_lazy("From 12 to 60 characters.")
    )
    title_limit = forms.IntegerField(
        label=gettext_lazy("Longest title that may be sent"), help_text=gettext_lazy("From 30 to 255 characters.")
    )
    seen = forms.CharField(required=False, widget=forms.HiddenInput)

    @classmethod
    def over(cls, stand: ChangeSettings, typed: QueryDict | None) -> SettingsForm:
        """The form as typed, else as the settings stand."""
        values = {name: getattr(stand, name) for name in ("tiers", "number_limit", "title_limit")}
        return cls(typed, initial={**values, "seen": seen_of_settings(stand)})

    def save(self, operation: Callable[[dict[str, Any]], ChangeSettings]) -> ChangeSettings | None:
        """What `operation` made of it, or None: then the form says why, and `status_code` how to answer."""
        if not self.is_valid():
            self.status_code = 422
            return None
        try:
            return operation(self.cleaned_data)
        except ChangedSinceSeen as refusal:
            self.status_code = refusal.http_status
            self.add_error(None, refusal.in_a_form)
            return None
        except Refusal as refusal:
            self.status_code = refusal.http_status
            errors = refusal.errors if isinstance(refusal, InvalidInput) else {"tiers": [refusal.sentence]}
            for name, sentences in errors.items():
                self.add_error(name, list(sentences))
            return None


class CommitmentForm(forms.Form):
    """Which commitment is to be changed."""

    commitment = forms.TypedChoiceField(label=gettext_lazy("Commitment"), coerce=int, widget=QuickSelect)

    def __init__(self, commitments: Iterable[Commitment], *given: Any, **named: Any) -> None:
        super().__init__(*given, **named)
        chosen: Any = self.fields["commitment"]
        chosen.choices = [("", gettext("Choose")), *((one.pk, f"{one} ({one.project})") for one in commitments)]
