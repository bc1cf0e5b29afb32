"""A budget becomes an Estimate of the project (domain.md §7, §8)."""

from __future__ import annotations

from typing import ClassVar

from django.utils.translation import gettext_noop

from procore_sync.kit.kinds import Kind
from quickbooks_bridge.exporters import taxes
from quickbooks_bridge.exporters.base import Document, Field, Flat, Source
from quickbooks_bridge.exporters.lines import MONEY_FIELDS, LineExporter, symbol
from quickbooks_bridge.exporters.marks import our_line

NUMBER_LIMIT = 21


class EstimateExporter(LineExporter):
    """A line for each budget line and each line of a change; amounts only.

    QuickBooks numbers the estimate. Where the company numbers its own, it gets the project's number if that fits.
    """

    kind: ClassVar[Kind] = Kind.BUDGET
    entity: ClassVar[str] = "Estimate"
    called: ClassVar[str] = gettext_noop("estimate")
    detail: ClassVar[str] = "SalesItemLineDetail"
    shows_accounts: ClassVar[bool] = False
    fields: ClassVar[tuple[Field, ...]] = (
        Field("CustomerRef.value", gettext_noop("Job"), refers_to="Customer"),
        Field("DocNumber", gettext_noop("Number"), yields=True),
        Field("TxnDate", gettext_noop("Date"), yields=True),
        taxes.HEAD,
        Field("PrivateNote", gettext_noop("Our mark in the memo")),
    )
    line_fields: ClassVar[tuple[Field, ...]] = MONEY_FIELDS

    def values(self, source: Source) -> Flat:
        return {
            "CustomerRef.value": symbol(source.document["project"])["value"],
            "DocNumber": self._number(source),
            "TxnDate": self.dated(source),
            **taxes.none_at_all(source),
            "PrivateNote": our_line(source.reference, source.revision),
        }

    def _number(self, source: Source) -> str:
        number: str = source.document.get("project_number", "")
        return number if source.own_numbers and not source.linked and len(number) <= NUMBER_LIMIT else ""

    def line_text(self, line: Document) -> str:
        text, note = super().line_text(line), line.get("note", "")
        return f"{text} ({note})".strip() if note else text

    def title(self, document: Document) -> str:
        label: str = document["project"]["label"]
        return label

    def is_own(self, key: str, payload: Document) -> bool:
        return bool(key)
