"""Sections of a commitment's page that the apps above bring; each registers its own at start."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from commitments.models import Commitment
from procore_sync.accounts.models import Membership


@dataclass(frozen=True)
class Section:
    """A piece of the page: its template, and what the template calls `section`."""

    template: str
    content: Any


#: The section of this commitment for this person, or None.
SectionOf = Callable[[Commitment, Membership], Section | None]

_sections: dict[str, SectionOf] = {}


def register_section(name: str, section_of: SectionOf) -> None:
    """Make a section known; called once from the `AppConfig.ready()` of the app that brings it."""
    _sections[name] = section_of


def sections_of(commitment: Commitment, member: Membership) -> list[Section]:
    """The sections of the page of `commitment` for `member`, in the order in which they were registered."""
    found = [section_of(commitment, member) for section_of in _sections.values()]
    return [one for one in found if one is not None]
