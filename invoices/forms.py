"""What a person types about an application. The rules are the operations'; forms only carry their sentences."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, TypeVar

from django import forms
from django.db.models import Model
from django.http import QueryDict
from django.utils.translation import gettext, gettext_lazy, gettext_noop

from invoices.lines import text_of
from invoices.models import NUMBER_LIMIT, Invoice, InvoiceLine, InvoiceStatus, InvoiceType, Verdict
from invoices.review import FINISHES, LineVerdict
from invoices.rules import InvoiceDetails, LineBilling, details_of_head
from invoices.selectors import is_contact
from invoices.statuses import EXPORTABLE
from procore_sync.accounts.models import Membership
from procore_sync.kit.fields import Figure, MoneyFigure, day_field, translated
from procore_sync.kit.money import money
from procore_sync.kit.refusals import InvalidInput, Refusal
from procore_sync.kit.selects import QuickErrors, QuickInput
from projects.forms import DetailsForm
from projects.records import Problems

R = TypeVar("R", bound=Model)
_ZERO = Decimal("0.00")
_LABELS = {
    "completed": gettext_noop("Work completed this period"),
    "completed_percent": gettext_noop("Work completed this period, in percent of the scheduled value"),
    "stored": gettext_noop("Materials presently stored"),
    "work_percent": gettext_noop("Retainage on work, in percent"),
    "work_retained": gettext_noop("Retainage on work"),
    "stored_percent": gettext_noop("Retainage on stored materials, in percent"),
    "stored_held": gettext_noop("Retainage on stored materials"),
    "released": gettext_noop("Retainage released"),
}


def due_field() -> forms.DateField:
    """When payment is due."""
    return day_field(gettext_lazy("Payment due"), help_text=gettext_lazy("QuickBooks gets it as the bill's due date."))


#: What is typed of the company's decisions is not asked of an invoice contact.
COMPANYS = ("type", "due_on", "as_credit")


class HeadForm(DetailsForm[InvoiceDetails]):
    """The head of an application. `billing` are its lines, None where they are not asked for."""

    shape = InvoiceDetails
    billing: Billing | None = None
    number = forms.CharField(
        label=gettext_lazy("Number"),
        required=False,
        widget=forms.TextInput(attrs={"autocomplete": "off", "data-limit": NUMBER_LIMIT}),
    )
    billed_on = day_field(gettext_lazy("Billing date"))
    starts_on = day_field(gettext_lazy("Period from"))
    ends_on = day_field(gettext_lazy("Period to"))
    due_on = due_field()
    type = forms.ChoiceField(
        label=gettext_lazy("What it bills"), required=False, choices=translated(InvoiceType.choices)
    )
    as_credit = forms.BooleanField(
        label=gettext_lazy("Goes to QuickBooks as a vendor credit"),
        required=False,
        help_text=gettext_lazy("Only where more is taken back than billed: QuickBooks takes no bill below zero."),
    )
    note = forms.CharField(label=gettext_lazy("Note"), required=False, widget=forms.Textarea(attrs={"rows": 3}))

    def __init__(self, *given: Any, member: Membership, **named: Any) -> None:
        super().__init__(*given, **named)
        if is_contact(member):
            for name in COMPANYS:
                self.fields[name].disabled = True
                self.fields[name].help_text = gettext("The company that you bill sets this.")

    def save(self, operation: Callable[[InvoiceDetails], R]) -> R | None:
        """As `DetailsForm.save`; what is wrong with the lines is said in their cells."""
        if not self.is_valid() and self.billing is not None:
            self.billing.read()
        return super().save(operation)

    def _say(self, refusal: Refusal) -> None:
        if not isinstance(refusal, InvalidInput) or self.billing is None:
            super()._say(refusal)
            return
        of_lines = {name: said for name, said in refusal.errors.items() if name.startswith("lines.")}
        self.billing.say(of_lines)
        rest = {name: said for name, said in refusal.errors.items() if name not in of_lines}
        if of_lines:
            rest.setdefault("", []).append(gettext("Something is wrong in the lines. The reason is shown there."))
        super()._say(InvalidInput(refusal.sentence, errors=rest))


def head_of(invoice: Invoice) -> dict[str, Any]:
    """What the form shows of an application that is there."""
    said = details_of_head(invoice)
    return {**{name: getattr(said, name) for name in InvoiceDetails.__dataclass_fields__}, "seen": invoice.edition}


class BillingRow(forms.Form):
    """One line of an application, to be billed. A cell that shows what stands and was not touched says nothing."""

    completed = MoneyFigure()
    completed_percent = Figure()
    stored = MoneyFigure()
    work_percent = Figure()
    work_retained = MoneyFigure()
    stored_percent = Figure()
    stored_held = MoneyFigure()
    released = MoneyFigure()

    def __init__(self, line: InvoiceLine, data: Mapping[str, Any] | None = None) -> None:
        self.line = line
        self.shown = shown_of(line)
        super().__init__(data, prefix=f"line-{line.key}", initial=self.shown, error_class=QuickErrors)
        for name, one in self.fields.items():
            one.label = gettext(_LABELS[name]) if name in _LABELS else one.label
            told = gettext("%(label)s, line %(key)s") % {"label": one.label, "key": line.key}
            one.widget.attrs["aria-label"] = told

    @property
    def text(self) -> str:
        """What the line of the contract says."""
        return text_of(self.line)

    def billing(self) -> LineBilling | None:
        """What was typed, None if nothing was; a cell that cannot be read says nothing, and `errors` says why."""
        self.full_clean()
        typed = {name: self.cleaned_data[name] or _ZERO for name in _LABELS if self._touched(name)}
        return LineBilling(self.line.key, **typed) if typed else None

    def _touched(self, name: str) -> bool:
        key = self.add_prefix(name)
        if name not in self.cleaned_data or key not in self.data:
            return False
        shown: Decimal | None = self.fields[name].to_python(self.shown[name])
        given: Decimal | None = self.cleaned_data[name]
        if name.endswith("percent"):
            return given is not None and given != shown
        return (given or _ZERO) != (shown or _ZERO)


def shown_of(line: InvoiceLine) -> dict[str, str]:
    """What the cells of a line show; a zero is left empty."""
    share = money(line.completed * 100 / line.scheduled) if line.scheduled and line.completed else None
    amounts = {name: getattr(line, name) for name in _LABELS if name != "completed_percent"}
    shown = {name: f"{value:.2f}" if value else "" for name, value in amounts.items()}
    percents = {name: "" if amounts[name] is None else _plain(amounts[name]) for name in amounts if "percent" in name}
    return {**shown, **percents, "completed_percent": _plain(share) if share is not None else ""}


def _plain(percent: Decimal) -> str:
    return f"{percent:f}".rstrip("0").rstrip(".") if percent else "0"


@dataclass
class Billing:
    """The rows of the lines, as they stand or as they were typed."""

    rows: list[BillingRow] = field(default_factory=list)

    @classmethod
    def of(cls, lines: list[InvoiceLine], data: QueryDict | None = None) -> Billing:
        """A row a line."""
        return cls([BillingRow(line, data) for line in lines])

    def read(self) -> list[LineBilling]:
        """What was typed, as far as it can be read."""
        said = [row.billing() for row in self.rows]
        return [one for one in said if one is not None]

    def said(self) -> list[LineBilling]:
        """What was typed.

        Raises:
            InvalidInput: a cell cannot be read.
        """
        said = self.read()
        if any(row.errors for row in self.rows):
            raise InvalidInput(gettext("Something in the lines cannot be read."), errors={"lines.": []})
        return said

    def say(self, problems: Problems) -> None:
        """Write each sentence, keyed `lines.<key>.<field>`, into its cell."""
        rows = {row.line.key: row for row in self.rows}
        for name, sentences in problems.items():
            key, _, cell = name.removeprefix("lines.").rpartition(".")
            for sentence in sentences if key in rows else ():
                shown = sentence.partition(": ")[2] or sentence
                rows[key].add_error(cell if cell in rows[key].fields else None, shown)


class ReviewRow(BillingRow):
    """One line of an application, to be judged."""

    verdict = forms.ChoiceField(
        required=False,
        choices=[
            (Verdict.APPROVED, gettext_lazy("Approve")),
            (Verdict.REJECTED, gettext_lazy("Reject")),
            (Verdict.OPEN, gettext_lazy("Later")),
        ],
        widget=forms.RadioSelect,
    )
    reason = forms.CharField(label=gettext_lazy("Reason"), required=False, widget=QuickInput)

    def __init__(self, line: InvoiceLine, data: Mapping[str, Any] | None = None) -> None:
        super().__init__(line, data)
        # Each choice has a label of its own, and the line is told by what stands around them.
        del self.fields["verdict"].widget.attrs["aria-label"]
        self.initial = {**self.shown, "verdict": line.verdict, "reason": line.reason}

    def judged(self) -> LineVerdict:
        """What was said of the line."""
        billing = self.billing()
        return LineVerdict(
            self.line.key,
            self.cleaned_data.get("verdict", ""),
            self.cleaned_data.get("reason", ""),
            billing,
        )


class FinishForm(forms.Form):
    """How a review ends."""

    seen = forms.IntegerField(widget=forms.HiddenInput, required=False)
    finish = forms.ChoiceField(
        label=gettext_lazy("Then"),
        required=False,
        choices=[
            ("", gettext_lazy("Let it be revised if a line is rejected, else go on later")),
            *translated((one, InvoiceStatus(one).label) for one in FINISHES),
        ],
    )
    remark = forms.CharField(
        label=gettext_lazy("Remark"),
        required=False,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text=gettext_lazy("The contact reads it with the application."),
    )
    due_on = due_field()


class ApprovalForm(forms.Form):
    """Which status of approval, and when payment is due."""

    status = forms.ChoiceField(
        label=gettext_lazy("Status"), choices=translated((one, InvoiceStatus(one).label) for one in sorted(EXPORTABLE))
    )
    due_on = due_field()


class StepForm(forms.Form):
    """A step of a sliding retainage."""

    from_complete = Figure()
    percent = Figure()

    def __init__(self, place: int, data: QueryDict | None = None, **named: Any) -> None:
        super().__init__(data, prefix=f"steps-{place}", **named)
        self.fields["from_complete"].label = gettext("Once complete, percent")
        self.fields["percent"].label = gettext("Retainage, percent")
        for one in self.fields.values():
            told = gettext("%(label)s, step %(number)s") % {"label": one.label, "number": place + 1}
            one.widget.attrs["aria-label"] = told
