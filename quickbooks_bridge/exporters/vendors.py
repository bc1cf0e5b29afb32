"""A vendor becomes a Vendor (domain.md §6)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

from django.utils.translation import gettext_noop

from procore_sync.kit.kinds import Kind
from quickbooks_bridge.exporters.base import ADDRESS, Document, Exporter, Field, Flat, Source, address


class VendorExporter(Exporter):
    """Name, billing address and how to reach it. The reference has no free text for our mark.

    So a vendor of ours is told from another's by its time and by being equal.
    """

    kind: ClassVar[Kind] = Kind.VENDOR
    entity: ClassVar[str] = "Vendor"
    name_field: ClassVar[str] = "DisplayName"
    shares_names_with: ClassVar[tuple[str, ...]] = ("Customer", "Employee")
    fields: ClassVar[tuple[Field, ...]] = (
        Field("DisplayName", gettext_noop("Name"), 100),
        Field("CompanyName", gettext_noop("Company name"), 100),
        Field("PrintOnCheckName", gettext_noop("Name on checks"), 100),
        *ADDRESS,
        Field("PrimaryPhone.FreeFormNumber", gettext_noop("Phone"), 30),
        Field("Fax.FreeFormNumber", gettext_noop("Fax"), 30),
        Field("PrimaryEmailAddr.Address", gettext_noop("E-mail"), 100),
        Field("WebAddr.URI", gettext_noop("Website"), 1000),
        Field("TermRef.value", gettext_noop("Terms"), refers_to="Term"),
    )
    chosen: ClassVar[Mapping[str, str]] = {"terms": "TermRef.value"}

    def values(self, source: Source) -> Flat:
        document = source.document
        return {
            "DisplayName": document["name"],
            "CompanyName": document["name"],
            "PrintOnCheckName": document.get("print_name") or _without_legal_name(source),
            **address(document),
            "PrimaryPhone.FreeFormNumber": document.get("phone", ""),
            "Fax.FreeFormNumber": document.get("fax", ""),
            "PrimaryEmailAddr.Address": document.get("email", ""),
            "WebAddr.URI": document.get("website", ""),
            "TermRef.value": source.choices.get("terms", ""),
        }

    def left(self, payload: Document, seen: Mapping[str, str]) -> list[tuple[str, str]]:
        """That a vendor's name stands on its checks needs no word."""
        return [(label, value) for label, value in super().left(payload, seen) if value != payload["DisplayName"]]


def _without_legal_name(source: Source) -> str:
    """What is written on the checks of a vendor whose record says nothing of it: its name; "" where it need not be.

    QuickBooks never leaves it empty, and keeps the former name on the checks of a vendor that is renamed. What the
    bookkeeper wrote there stays.
    """
    name: str = source.document["name"]
    held = source.seen.get("PrintOnCheckName", "")
    is_former = bool(held) and held == source.seen.get("DisplayName") and held != name
    return name if is_former or "PrintOnCheckName" in (source.before or {}) else ""
