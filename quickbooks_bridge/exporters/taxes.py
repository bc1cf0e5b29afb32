"""Tax on what is bought, outside the United States: a code on every line, and how the document counts it.

QuickBooks counts the tax and puts it on top; what we send and compare is without it (quickbooks.md §4.9).
"""

from __future__ import annotations

from django.utils.translation import gettext_noop

from quickbooks_bridge.exporters.base import Document, Field, Source

#: What an approver chooses: the code of lines of work, and of those of retainage.
WORK_TAX, RETAINAGE_TAX = "work_tax_code", "retainage_tax_code"

HEAD = Field("GlobalTaxCalculation", gettext_noop("Tax"))
LINE = Field("TaxCodeRef.value", gettext_noop("Tax code"), refers_to="TaxCode", optional=True)


def on_top(source: Source) -> dict[str, str]:
    """How the document counts tax: on top of its lines; nothing in the United States."""
    return {HEAD.path: "TaxExcluded" if source.taxed else ""}


def none_at_all(source: Source) -> dict[str, str]:
    """That a document has no tax, said where QuickBooks else wants a code on every line."""
    return {HEAD.path: "NotApplicable" if source.taxed else ""}


def code_of(source: Source, choice: str) -> Document:
    """The tax code of a line, as it was chosen."""
    chosen = source.choices.get(choice, "") if source.taxed else ""
    return {"TaxCodeRef": {"value": chosen}} if chosen else {}


def code_in(detail: Document) -> str:
    """The tax code that a line says; "" if it says none."""
    return str((detail.get("TaxCodeRef") or {}).get("value") or "")
