"""Buttons of a record's own page beside those of acceptance: offered, or greyed with the sentence why not."""

from __future__ import annotations

from dataclasses import dataclass

from django.urls import reverse

from procore_sync.acceptance.operations import why_locked
from procore_sync.accounts.access import Right, why_not
from procore_sync.accounts.models import Membership
from projects.records import Record


@dataclass(frozen=True)
class Step:
    """One button: a page to go to (`get`) or something to do (`post`)."""

    action: str
    label: str
    url: str
    why_not: str | None
    key: str = ""
    method: str = "get"


def step_to(page: str, label: str, member: Membership, *, key: str = "", action: str = "") -> Step:
    """A button to a page on which records are made or brought in; for who may edit."""
    return Step(action or label.split()[0].lower(), label, reverse(page), why_not(member, Right.EDIT), key)


def steps_of(record: Record, member: Membership, *, edit: str, active: str) -> list[Step]:
    """Edit, and activate or deactivate, on the page of `record`."""
    refused = why_not(member, Right.EDIT)
    label = "Deactivate" if record.is_active else "Activate"
    locked = why_locked(record.erp) if record.is_active and record.erp.is_locked else None
    return [
        Step("edit", "Edit", reverse(edit, args=[record.pk]), refused, "e"),
        Step("active", label, reverse(active, args=[record.pk]), refused or locked, method="post"),
    ]
