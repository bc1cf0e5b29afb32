"""A cost code becomes an Item of type Service (domain.md §14)."""

from __future__ import annotations

from typing import ClassVar

from django.utils.translation import gettext_noop

from procore_sync.kit.kinds import Kind
from quickbooks_bridge.exporters.base import Exporter, Field, Flat, Source

_UNDER = " - "


def code_of_sub_item(full_name: str) -> str:
    """The code of an item that stands under another: its full name, without the colons that only QuickBooks gives."""
    return full_name.replace(":", _UNDER)


class ItemExporter(Exporter):
    """Code as the name, description for purchase and sale, and the two accounts that the approver chose.

    A sub-item that came in under its full name keeps its own name.
    """

    kind: ClassVar[Kind] = Kind.COST_CODE
    entity: ClassVar[str] = "Item"
    name_field: ClassVar[str] = "Name"
    set_once: ClassVar[frozenset[str]] = frozenset({"Type"})
    fields: ClassVar[tuple[Field, ...]] = (
        Field("Name", gettext_noop("Name"), 100),
        Field("Type", gettext_noop("Type")),
        Field("Description", gettext_noop("Sales description"), 4000),
        Field("PurchaseDesc", gettext_noop("Purchase description"), 1000),
        Field("IncomeAccountRef.value", gettext_noop("Income account"), refers_to="Account"),
        Field("ExpenseAccountRef.value", gettext_noop("Expense account"), refers_to="Account"),
    )

    def values(self, source: Source) -> Flat:
        document, choices = source.document, source.choices
        return {
            "Name": _name(document["code"], source.full_name),
            "Type": "" if source.linked else "Service",
            "Description": document.get("description", ""),
            "PurchaseDesc": document.get("description", ""),
            "IncomeAccountRef.value": choices.get("income_account", ""),
            "ExpenseAccountRef.value": choices.get("expense_account", ""),
        }


def _name(code: str, full_name: str) -> str:
    above, _, own = full_name.rpartition(":")
    return own if above and code.endswith(f"{_UNDER}{own}") else code
