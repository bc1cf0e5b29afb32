"""What is asked about payments."""

from __future__ import annotations

from typing import Any

from django import forms
from django.http import QueryDict
from django.utils.translation import gettext_lazy

from invoices.models import Payment, PaymentMethod, PaymentState
from invoices.payment_operations import seen_of
from invoices.payment_selectors import paid_projects, paid_vendors
from procore_sync.accounts.models import Membership
from procore_sync.kit.fields import day_field, translated
from procore_sync.kit.selects import RecordChoice, RecordNumber, offered


class AskedPayments(forms.Form):
    """What a list of payments can be narrowed by, as the API is asked."""

    q = forms.CharField(label=gettext_lazy("Search"), required=False)
    project = RecordNumber()
    vendor = RecordNumber()
    commitment = RecordNumber(widget=forms.HiddenInput)
    invoice = RecordNumber(widget=forms.HiddenInput)
    method = forms.ChoiceField(
        label=gettext_lazy("Method"),
        required=False,
        choices=[("", gettext_lazy("Any")), *translated(PaymentMethod.choices)],
    )
    state = forms.ChoiceField(
        label=gettext_lazy("State"),
        required=False,
        choices=[("", gettext_lazy("Any")), *translated(PaymentState.choices)],
    )
    from_day = day_field(gettext_lazy("From"))
    to_day = day_field(gettext_lazy("To"))


class PaymentFilter(AskedPayments):
    """The same, with what there is to choose from."""

    project = RecordChoice(label=gettext_lazy("Project"))  # type: ignore[assignment]
    vendor = RecordChoice(label=gettext_lazy("Vendor"))  # type: ignore[assignment]

    def __init__(self, query: QueryDict, member: Membership) -> None:
        super().__init__(query)
        chosen: Any = self.fields
        chosen["project"].choices = offered(paid_projects(member), "number", "name")
        chosen["vendor"].choices = offered(paid_vendors(member), "name")


class NoteForm(forms.Form):
    """A note on a payment."""

    note = forms.CharField(label=gettext_lazy("Note"), required=False, widget=forms.Textarea(attrs={"rows": 3}))
    seen = forms.CharField(required=False, widget=forms.HiddenInput)

    @classmethod
    def of(cls, payment: Payment) -> NoteForm:
        """The form with the note as it stands."""
        return cls(initial={"note": payment.note, "seen": seen_of(payment)})


class PaymentFileForm(forms.Form):
    """A file to keep with a payment."""

    file = forms.FileField(
        label=gettext_lazy("File"),
        help_text=gettext_lazy("PDF, pictures, Office files, text or DWG, at most 20 MB."),
    )
