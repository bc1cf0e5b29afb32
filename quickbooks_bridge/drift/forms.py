"""The shape of what is typed on a card; what it means, and what is missing, the operations say."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy

from quickbooks_bridge.drift.offers import Offered
from quickbooks_bridge.models import LedgerName


class AnswerForm(forms.Form):
    """What belongs to one answer: which other one is meant, where that is asked, and why.

    Another name is chosen from `others`, another document typed where they are none, and so is a name of too many; None
    where no other is asked.
    """

    to = forms.CharField(
        label=gettext_lazy("Which one"),
        max_length=1000,
        help_text=gettext_lazy("Its number in QuickBooks, or its id with “#” before it."),
    )
    note = forms.CharField(
        label=gettext_lazy("Note"), required=False, max_length=2000, widget=forms.Textarea(attrs={"rows": 2})
    )

    def __init__(
        self, offer: Offered, typed: Any, *, others: Sequence[LedgerName] | None, is_name: bool, chosen: str = ""
    ) -> None:
        super().__init__(typed, auto_id=f"%s-{offer.answering}", initial={"to": chosen and f"#{chosen}"})
        if others is None:
            del self.fields["to"]
        elif others:
            choices = [
                ("", gettext_lazy("Choose…")),
                *((f"#{one.remote_id}", one.fully_qualified_name) for one in others),
            ]
            self.fields["to"] = forms.ChoiceField(label=gettext_lazy("Which one"), choices=choices)
        elif is_name:
            self.fields["to"].help_text = gettext_lazy("Its whole name in QuickBooks, or its id with “#” before it.")
        if offer.needs_note:
            self.fields["note"].required = True
            self.fields["note"].label = gettext_lazy("Why")
