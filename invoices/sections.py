"""Sections of an invoice's page that other modules bring, such as its payments; each registers its own at start."""

from __future__ import annotations

from collections.abc import Callable

from commitments.sections import Section
from invoices.models import Invoice
from procore_sync.accounts.models import Membership

#: The section of this invoice for this person, or None. Invoice contacts see the page too.
SectionOf = Callable[[Invoice, Membership], Section | None]

_sections: dict[str, SectionOf] = {}


def register_section(name: str, section_of: SectionOf) -> None:
    """Make a section known; called once from `AppConfig.ready()`."""
    _sections[name] = section_of


def sections_of(invoice: Invoice, member: Membership) -> list[Section]:
    """The sections of the page of `invoice` for `member`, in the order in which they were registered."""
    found = [section_of(invoice, member) for section_of in _sections.values()]
    return [one for one in found if one is not None]
