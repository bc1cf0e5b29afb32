"""What is asked about payments."""

from __future__ import annotations

from typing import Any

from django import forms
from django.http import QueryDict

from invoices.models import PaymentMethod, PaymentState
from invoices.payment_selectors import paid_projects, paid_vendors
from procore_sync.accounts.models import Membership


class AskedPayments(forms.Form):
    """What a list of payments can be narrowed by, as the API is asked."""

    q = forms.CharField(label="Search", required=False)
    project = forms.IntegerField(required=False)
    vendor = forms.IntegerField(required=False)
    commitment = forms.IntegerField(required=False, widget=forms.HiddenInput)
    invoice = forms.IntegerField(required=False, widget=forms.HiddenInput)
    method = forms.ChoiceField(required=False, choices=[("", "Any"), *PaymentMethod.choices])
    state = forms.ChoiceField(required=False, choices=[("", "Any"), *PaymentState.choices])
    from_day = forms.DateField(label="From", required=False, widget=forms.DateInput(attrs={"type": "date"}))
    to_day = forms.DateField(label="To", required=False, widget=forms.DateInput(attrs={"type": "date"}))


class PaymentFilter(AskedPayments):
    """The same, with what there is to choose from."""

    project = forms.TypedChoiceField(required=False, coerce=int, empty_value=None)  # type: ignore[assignment]
    vendor = forms.TypedChoiceField(required=False, coerce=int, empty_value=None)  # type: ignore[assignment]

    def __init__(self, query: QueryDict, member: Membership) -> None:
        super().__init__(query)
        chosen: Any = self.fields
        for name, rows in {"project": paid_projects(member), "vendor": paid_vendors(member)}.items():
            chosen[name].choices = [("", "Any"), *((one.pk, str(one)) for one in rows)]


class NoteForm(forms.Form):
    """A note on a payment."""

    note = forms.CharField(required=False, widget=forms.Textarea(attrs={"rows": 3}))


class PaymentFileForm(forms.Form):
    """A file to keep with a payment."""

    file = forms.FileField(label="File", help_text="PDF, pictures, Office files, text or DWG, at most 20 MB.")
