"""The editor of the parts of one line."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from django import forms
from django.utils.translation import gettext, gettext_lazy

from commitments.models import SsovLine
from commitments.schedule_forms import row_count
from commitments.ssov import LIMIT_PARTS, PartDetails
from procore_sync.kit.fields import MoneyFigure
from procore_sync.kit.refusals import InvalidInput
from projects.records import Problems


class PartForm(forms.Form):
    """One row: a part of a line. An emptied row is a part less."""

    description = forms.CharField(label=gettext_lazy("Description"), required=False)
    amount = MoneyFigure(gettext_lazy("Amount"))

    def __init__(self, given: Mapping[str, Any], place: int) -> None:
        prefix = f"parts-{place}"
        super().__init__({f"{prefix}-{name}": value for name, value in given.items()}, prefix=prefix)
        heard = gettext("%(label)s, part %(place)s")
        for one in self.fields.values():
            one.widget.attrs["aria-label"] = heard % {"label": one.label, "place": place + 1}

    @property
    def is_blank(self) -> bool:
        """Whether nothing was typed in the row."""
        return not any(str(value).strip() for value in self.data.values())


@dataclass
class Parts:
    """The rows of the editor."""

    rows: list[PartForm] = field(default_factory=list)

    def store(self, parts: Iterable[SsovLine]) -> Parts:
        """A row for each part that is there."""
        for part in parts:
            self.rows.append(PartForm({"description": part.description, "amount": part.amount}, len(self.rows)))
        return self

    def type(self, data: Mapping[str, Any]) -> Parts:
        """A row for each that was sent, as it was typed."""
        for place in range(min(row_count(data, "parts"), LIMIT_PARTS + 20)):
            given = {name: data.get(f"parts-{place}-{name}", "") for name in PartForm.base_fields}
            self.rows.append(PartForm(given, place))
        return self

    def blank(self, count: int) -> Parts:
        """Empty rows at the end."""
        for _ in range(count):
            self.rows.append(PartForm({}, len(self.rows)))
        return self

    @property
    def kept(self) -> list[PartForm]:
        """The rows that say something."""
        return [row for row in self.rows if not row.is_blank]

    @property
    def total(self) -> Decimal:
        """What the rows come to; rows that cannot be read are left out."""
        amounts = [row.cleaned_data.get("amount") for row in self.kept if row.is_valid()]
        return sum((one for one in amounts if one), Decimal("0.00"))

    def details(self) -> list[PartDetails]:
        """What the rows say.

        Raises:
            InvalidInput: a cell cannot be read.
        """
        for row in self.kept:
            row.full_clean()
        if any(row.errors for row in self.kept):
            raise InvalidInput(gettext("Something in the parts cannot be read."))
        return [PartDetails(row.cleaned_data["description"], row.cleaned_data["amount"]) for row in self.kept]

    def say(self, problems: Problems) -> None:
        """Write each sentence, keyed `parts.<place>.<field>`, into its cell."""
        for key, sentences in problems.items():
            _, place, name = (*key.split("."), "")[:3]
            if place.isdigit():
                for sentence in sentences:
                    self.kept[int(place)].add_error(name, sentence.partition(": ")[2] or sentence)
