"""Buttons of lists and records beside those of acceptance: for those who may edit, greyed with the reason why."""

from __future__ import annotations

from dataclasses import dataclass

from django.urls import reverse
from django.utils.translation import gettext

from procore_sync.acceptance.items import why_locked
from procore_sync.accounts.access import Right, may
from procore_sync.accounts.models import Membership
from procore_sync.kit.text import filled
from projects.records import Record


@dataclass(frozen=True)
class Step:
    """One button: a page to go to (`get`) or something to do (`post`), `seen` being what is done to what is shown."""

    action: str
    label: str
    url: str
    why_not: str | None
    key: str = ""
    method: str = "get"
    seen: str = ""

    @property
    def offered(self) -> bool:
        """Whether it can be done now."""
        return self.why_not is None


def steps_to(member: Membership, *pages: tuple[str, str, str], right: Right = Right.EDIT) -> list[Step]:
    """Buttons to the pages (address name, English label, key) on which records are made; none for those who may not."""
    if not may(member, right):
        return []
    return [Step(label.split()[0].lower(), gettext(label), reverse(page), None, key) for page, label, key in pages]


def steps_of(record: Record, member: Membership, *, edit: str, active: str) -> list[Step]:
    """Edit, and activate or deactivate, on the page of `record`; none for those who may not edit."""
    if not may(member, Right.EDIT):
        return []
    label = gettext("Deactivate") if record.is_active else gettext("Activate")
    locked = why_locked(record.erp) if record.is_active and record.erp.is_locked else None
    return [
        Step("edit", gettext("Edit"), reverse(edit, args=[record.pk]), None, "e"),
        Step("active", label, reverse(active, args=[record.pk]), locked, method="post"),
    ]


def activity_of(record: Record) -> str:
    """The sentence that says whether `record` is active now."""
    said = gettext("%(record)s is active now.") if record.is_active else gettext("%(record)s is inactive now.")
    return filled(said, {"record": record})
