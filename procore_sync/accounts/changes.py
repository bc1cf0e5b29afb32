"""Who changed rights or settings last, for somebody who is told that they are not what was looked at."""

from __future__ import annotations

from collections.abc import Collection

from django.utils.translation import gettext

from procore_sync.accounts.days import when_of
from procore_sync.accounts.models import Membership, RightsChange
from procore_sync.kit.text import filled

#: So many of a company's latest changes of settings are looked through.
_LATEST = 50


def last_of_settings(told: str, company_id: int, labels: Collection[str]) -> str:
    """`told`, and who changed one of the settings of these labels last and when, as far as it is known; one query."""
    rows = RightsChange.objects.filter(company_id=company_id, action=RightsChange.Action.SETTINGS)
    latest = rows.select_related("by__user", "company").order_by("-pk")[:_LATEST]
    return _with(told, next((row for row in latest if any(one["label"] in labels for one in row.changes)), None))


def last_of_rights(told: str, member: Membership) -> str:
    """`told`, and who changed the rights of `member` last and when, as far as it is known; one query."""
    rows = RightsChange.objects.filter(member=member, action=RightsChange.Action.CHANGED)
    return _with(told, rows.select_related("by__user", "company").order_by("-pk").first())


def _with(told: str, last: RightsChange | None) -> str:
    if last is None or last.by is None:
        return told
    said = {"who": last.by, "when": when_of(last.at, last.company)}
    return f"{told} {filled(gettext('Last changed by %(who)s: %(when)s.'), said)}"
