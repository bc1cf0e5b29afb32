"""What a person types about billing. The rules are the operations'; forms only carry their sentences."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django import forms

from commitments.models import Commitment
from invoices.billing_rules import PeriodDetails, SettingsDetails
from invoices.models import Frequency, InvoiceType
from projects.forms import DetailsForm, _day


class PeriodForm(DetailsForm[PeriodDetails]):
    """The days of a billing period."""

    shape = PeriodDetails
    starts_on = _day("From")
    ends_on = _day("To")
    due_on = _day("Due date")

    def __init__(self, *given: Any, **named: Any) -> None:
        super().__init__(*given, **named)
        self.fields["due_on"].help_text = "Invoice contacts can bill until the end of this day; you can at any time."


class SettingsForm(DetailsForm[SettingsDetails]):
    """How a project is billed."""

    shape = SettingsDetails
    frequency = forms.ChoiceField(
        label="Periods open by themselves",
        choices=Frequency.choices,
        widget=forms.RadioSelect,
        help_text="When the first day begins where the company is.",
    )
    next_start = _day("Next period starts on")
    due_day = forms.IntegerField(
        label="Due day",
        help_text="The day of the month in which the period ends; for weekly periods, so many days after the first.",
    )
    default_type = forms.ChoiceField(
        label="What contacts can bill without an invite",
        required=False,
        choices=[*InvoiceType.choices, ("", "Nothing: they must be invited")],
        widget=forms.RadioSelect,
    )
    allows_overbilling = forms.BooleanField(label="Let more be billed than a line is worth", required=False)
    shows_claimed = forms.BooleanField(label="Show what was claimed beside what was approved", required=False)
    numbers_invoices = forms.BooleanField(
        label="Number the invoices itself", required=False, help_text="Else whoever makes an invoice gives its number."
    )


class InviteForm(forms.Form):
    """Which commitments are asked to bill, and what they can bill."""

    commitments = forms.TypedMultipleChoiceField(coerce=int, required=False)
    type = forms.ChoiceField(label="They can bill", choices=InvoiceType.choices)

    def __init__(self, offered: Iterable[Commitment], *given: Any, **named: Any) -> None:
        super().__init__(*given, **named)
        chosen: Any = self.fields["commitments"]
        chosen.choices = [(one.pk, str(one)) for one in offered]


class AnswerForm(forms.Form):
    """Yes or no to an invite."""

    answer = forms.ChoiceField(choices=[("yes", "Yes"), ("no", "No")])
