"""The shape of what is typed on the pages of taking a company on; what it means, the operations say."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy

from procore_sync.kit.days import DayField


class PeriodForm(forms.Form):
    """From which day on documents are matched."""

    since = DayField(
        label=gettext_lazy("Match what is dated from"),
        widget=forms.DateInput(attrs={"type": "date"}),
        help_text=gettext_lazy("Take the day on which the oldest running job began. Older documents are not read."),
    )


class RemarkForm(forms.Form):
    """What somebody says to their signature; `is_needed` where something is left that they have to answer for."""

    remark = forms.CharField(label=gettext_lazy("Remark"), max_length=4000, widget=forms.Textarea(attrs={"rows": 2}))

    def __init__(self, *args: Any, is_needed: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["remark"].required = is_needed


class CapForm(forms.Form):
    """How far the first export may go."""

    documents = forms.IntegerField(
        required=False, min_value=0, max_value=1_000_000, label=gettext_lazy("At most this many documents")
    )
    amount = forms.DecimalField(
        required=False,
        min_value=0,
        max_digits=14,
        decimal_places=2,
        label=gettext_lazy("At most this much money"),
    )


class NoteForm(forms.Form):
    """Which record a document is, and why although the totals differ."""

    item = forms.IntegerField(min_value=1)
    note = forms.CharField(required=False, max_length=1000)


class WhyForm(forms.Form):
    """Why a document is none of ours."""

    why = forms.CharField(required=False, max_length=1000)
