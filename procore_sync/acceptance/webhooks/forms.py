"""The shape of what is entered about a webhook; the rules are the operations'."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy

from procore_sync.acceptance.webhooks.operations import LONGEST_NAME, Wanted
from procore_sync.acceptance.webhooks.rows import Endpoint
from procore_sync.acceptance.webhooks.targets import LONGEST
from procore_sync.acceptance.webhooks.words import Happening
from procore_sync.kit.fields import translated
from procore_sync.kit.kinds import Kind


class EndpointForm(forms.Form):
    """Where to, and of what."""

    name = forms.CharField(
        label=gettext_lazy("Name"), max_length=LONGEST_NAME, help_text=gettext_lazy("For you, such as: dashboard.")
    )
    url = forms.CharField(
        label=gettext_lazy("Address"),
        max_length=LONGEST,
        widget=forms.URLInput(attrs={"placeholder": "https://"}),
        help_text=gettext_lazy("It gets a POST for each message, and has to answer with 2xx within 8 seconds."),
    )
    kinds = forms.MultipleChoiceField(
        label=gettext_lazy("Of which records"),
        choices=translated(Kind.choices),
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text=gettext_lazy("None ticked means all."),
    )
    happenings = forms.MultipleChoiceField(
        label=gettext_lazy("What happens to them"),
        choices=translated(Happening.choices),
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text=gettext_lazy("None ticked means all."),
    )

    def wanted(self) -> Wanted:
        """What was entered; call it on a valid form."""
        return Wanted(**self.cleaned_data)

    @classmethod
    def of(cls, endpoint: Endpoint, entered: Any = None) -> EndpointForm:
        """The form as `endpoint` stands, or with what was entered about it."""
        names = ("name", "url", "kinds", "happenings")
        return cls(entered, initial={name: getattr(endpoint, name) for name in names})
