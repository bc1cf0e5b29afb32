"""What a person types about billing. The rules are the operations'; forms only carry their sentences."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django import forms
from django.http import QueryDict
from django.utils.translation import gettext, gettext_lazy

from commitments.models import Commitment
from invoices.billing_rules import PeriodDetails, SettingsDetails
from invoices.models import BillingSettings, Frequency, InvoiceType
from invoices.periods import seen_of
from procore_sync.kit.fields import day_field, translated
from projects.forms import DetailsForm

#: How a form calls the type that is none, because an empty choice would count as none made.
NOTHING = "nothing"


class PeriodForm(DetailsForm[PeriodDetails]):
    """The days of a billing period."""

    shape = PeriodDetails
    starts_on = day_field(gettext_lazy("From"))
    ends_on = day_field(gettext_lazy("To"))
    due_on = day_field(gettext_lazy("Due date"))
    seen = forms.CharField(required=False, widget=forms.HiddenInput)  # type: ignore[assignment]  # no edition: a digest

    def __init__(self, *given: Any, **named: Any) -> None:
        super().__init__(*given, **named)
        for name in ("starts_on", "ends_on", "due_on"):
            self.fields[name].required = True
        told = gettext("Invoice contacts can bill until the end of this day; you can at any time.")
        self.fields["due_on"].help_text = told


class SettingsForm(DetailsForm[SettingsDetails]):
    """How a project is billed."""

    shape = SettingsDetails
    frequency = forms.ChoiceField(
        label=gettext_lazy("Periods open by themselves"),
        choices=translated(Frequency.choices),
        widget=forms.RadioSelect,
        help_text=gettext_lazy("When the first day begins where the company is."),
    )
    next_start = day_field(gettext_lazy("Next period starts on"))
    due_day = forms.IntegerField(
        label=gettext_lazy("Due day"),
        help_text=gettext_lazy(
            "The day of the month in which the period ends; for weekly periods, that many days after the first."
        ),
    )
    default_type = forms.TypedChoiceField(
        label=gettext_lazy("What contacts can bill without an invite"),
        choices=[*translated(InvoiceType.choices), (NOTHING, gettext_lazy("Nothing: they must be invited"))],
        coerce=lambda chosen: "" if chosen == NOTHING else chosen,
        widget=forms.RadioSelect,
    )
    allows_overbilling = forms.BooleanField(
        label=gettext_lazy("Let more be billed than a line is worth"), required=False
    )
    shows_claimed = forms.BooleanField(
        label=gettext_lazy("Show what was claimed beside what was approved"), required=False
    )
    numbers_invoices = forms.BooleanField(
        label=gettext_lazy("Number the invoices itself"),
        required=False,
        help_text=gettext_lazy("Otherwise whoever makes an invoice gives its number."),
    )
    seen = forms.CharField(required=False, widget=forms.HiddenInput)  # type: ignore[assignment]  # no edition: a digest

    @classmethod
    def over(cls, stand: BillingSettings, typed: QueryDict | None) -> SettingsForm:
        """The form as typed, else as the settings stand."""
        values = {name: getattr(stand, name) for name in cls.base_fields if name != "seen"}
        return cls(typed, initial={**values, "default_type": stand.default_type or NOTHING, "seen": seen_of(stand)})


class InviteForm(forms.Form):
    """Which commitments are asked to bill, and what they can bill."""

    commitments = forms.TypedMultipleChoiceField(coerce=int, required=False)
    type = forms.ChoiceField(label=gettext_lazy("They can bill"), choices=translated(InvoiceType.choices))

    def __init__(self, offered: Iterable[Commitment], *given: Any, **named: Any) -> None:
        super().__init__(*given, **named)
        chosen: Any = self.fields["commitments"]
        chosen.choices = [(one.pk, str(one)) for one in offered]


class AnswerForm(forms.Form):
    """Yes or no to an invite."""

    answer = forms.ChoiceField(choices=[("yes", "Yes"), ("no", "No")])
