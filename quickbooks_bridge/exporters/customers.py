"""A project becomes a Customer: a job under one, or one of its own, by the connection's mode (domain.md §5)."""

from __future__ import annotations

from datetime import datetime
from typing import ClassVar

from django.utils.translation import gettext_noop

from procore_sync.kit.kinds import Kind
from quickbooks_bridge.exporters.base import ADDRESS, JOBS_MODE, Document, Exporter, Field, Flat, Source, address
from quickbooks_bridge.exporters.marks import mark, our_line, with_our_line


class CustomerExporter(Exporter):
    """Name and site address. Our mark is a line of its own in the notes; what the bookkeeper wrote there stays."""

    kind: ClassVar[Kind] = Kind.PROJECT
    entity: ClassVar[str] = "Customer"
    name_field: ClassVar[str] = "DisplayName"
    set_once: ClassVar[frozenset[str]] = frozenset({"Job", "ParentRef.value"})
    shares_names_with: ClassVar[tuple[str, ...]] = ("Vendor", "Employee")
    fields: ClassVar[tuple[Field, ...]] = (
        Field("DisplayName", gettext_noop("Name"), 100),
        Field("Job", gettext_noop("Is a job")),
        Field("ParentRef.value", gettext_noop("Customer"), refers_to="Customer"),
        *ADDRESS,
        Field("Notes", gettext_noop("Our mark in the notes")),
    )

    def values(self, source: Source) -> Flat:
        document = source.document
        return {
            "DisplayName": document["name"],
            **self._place(source),
            **address(document),
            "Notes": our_line(source.reference, source.revision),
        }

    def _place(self, source: Source) -> Flat:
        if source.linked or source.customer_mode != JOBS_MODE:
            return {}
        return {"Job": True, "ParentRef.value": source.choices.get("customer", "")}

    def merge(self, current: Document, payload: Document) -> Document:
        """The full document; in the notes only our own line is replaced."""
        full = super().merge(current, payload)
        full["Notes"] = with_our_line(str(current.get("Notes", "")), payload["Notes"])
        return full

    def same(self, one: Field, sent: str, held: str) -> bool:
        """Notes are the same if our line stands among them."""
        if one.path == "Notes":
            return sent in held.splitlines()
        return super().same(one, sent, held)

    def is_rival(self, payload: Document, remote: Document) -> bool:
        """A job of the same name under another customer is no rival, since the parent is part of the name."""
        ours, theirs = payload.get("ParentRef") or {}, remote.get("ParentRef") or {}
        return super().is_rival(payload, remote) and (not ours or ours.get("value") == theirs.get("value"))

    def is_ours(self, payload: Document, remote: Document, reference: str, since: datetime) -> bool:
        """It carries our mark, whatever else was changed in it since."""
        return any(line.startswith(mark(reference)) for line in str(remote.get("Notes", "")).splitlines())
