"""Copy settings to a company: what would change, said before; then given as it was said, or not at all."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

from django.db import transaction
from django.utils.translation import gettext

from procore_sync.acceptance.refusals import ChangedSinceSeen
from procore_sync.accounts.access import Right, may, require
from procore_sync.accounts.models import Company, Membership
from procore_sync.accounts.selectors import companies_of
from procore_sync.copying.groups import GROUPS, Group, Values
from procore_sync.kit.canonical import digest
from procore_sync.kit.refusals import InvalidInput
from quickbooks_bridge.models import Connection, PaymentSchedule

FORMAT = "console settings 1"
#: A file of settings has some two thousand characters.
LONGEST = 20_000
Settings = Mapping[str, Values]


@dataclass(frozen=True)
class Difference:
    """One setting, as the company has agreed it and as it would be; "" where nothing was said."""

    label: str
    before: str
    after: str


@dataclass(frozen=True)
class Part:
    """A group of settings: what would change, or why it is left out."""

    key: str
    label: str
    differences: list[Difference]
    against: str = ""


@dataclass(frozen=True)
class Plan:
    """All that copying would do. `seen` is what is shown, so that nothing else is done."""

    parts: list[Part]

    @property
    def seen(self) -> str:
        """The fingerprint of every difference that is shown."""
        shown = ([one.key, [[d.label, d.before, d.after] for d in one.differences]] for one in self.parts)
        return digest(list(shown))

    @property
    def changes(self) -> bool:
        """Whether anything would change."""
        return any(one.differences for one in self.parts)


def administered_by(member: Membership) -> list[Membership]:
    """The person's memberships in other companies whose settings they may change, by the company's name."""
    others = companies_of(member).exclude(pk=member.pk).select_related("company", "user").order_by("company__name")
    return [one for one in others if may(one, Right.SETTINGS)]


def settings_of(member: Membership) -> dict[str, Values]:
    """The settings of the company of `member` that can be copied, by group.

    Raises:
        NotAllowed: they may not change its settings.
    """
    require(member, Right.SETTINGS)
    read = {group.key: group.read(member.company) for group in GROUPS}
    return {key: values for key, values in read.items() if values is not None}


def document_of(member: Membership) -> dict[str, Any]:
    """The same with the company's name, as a file of settings holds it.

    Raises:
        NotAllowed: they may not change its settings.
    """
    return {"format": FORMAT, "company": member.company.name, "settings": settings_of(member)}


def file_of(member: Membership) -> str:
    """The same as a file that `settings_in` reads.

    Raises:
        NotAllowed: they may not change its settings.
    """
    return json.dumps(document_of(member), indent=2, ensure_ascii=False) + "\n"


def settings_in(text: str) -> dict[str, Values]:
    """The settings that a file holds.

    Raises:
        InvalidInput: it is no file of settings, or says something that is no setting.
    """
    try:
        found = json.loads(text[: LONGEST + 1])
        json.dumps(found, ensure_ascii=False).encode()  # half a character, which JSON can hold, is in no text
    except (ValueError, RecursionError):
        found = None
    if not isinstance(found, dict) or found.get("format") != FORMAT or not isinstance(found.get("settings"), dict):
        raise _unreadable(gettext("This is not a file of settings. Download one under Settings, of any company."))
    known, given = {group.key: group for group in GROUPS}, found["settings"]
    for key, values in given.items():
        if key not in known or not _is_like(values, known[key]):
            told = gettext(
                "The file has something under “%(part)s” that is not a setting here. Nothing was taken from it."
            )
            raise _unreadable(told % {"part": str(key)[:60]})
    return dict(given)


def _unreadable(sentence: str) -> InvalidInput:
    return InvalidInput(sentence, errors={"file": [sentence]})


#: What a value of a setting can be; an amount or nothing is all the rest.
_KINDS: Mapping[str, type] = {
    "four_eyes": bool,
    "only_holders_grant": bool,
    "undo_seconds": int,
    "late_after_days": int,
    "digest_hour": int,
    "time_zone": str,
    "direct_export": list,
    "class_needed": bool,
    "location_needed": bool,
    "papers_needed": bool,
    "files_go": bool,
    "adds_new_codes": bool,
    "direct_costs": str,
    "hours": int,
}


def _is_like(values: Any, group: Group) -> bool:
    return (
        isinstance(values, dict)
        and values.keys() == set(group.names)
        and all(_is_of_its_kind(value, _KINDS.get(name)) for name, value in values.items())
    )


def _is_of_its_kind(value: Any, kind: type | None) -> bool:
    if kind is None:
        return value is None or isinstance(value, str)
    if isinstance(value, list):
        return kind is list and all(isinstance(one, str) for one in value)
    # Yes is a number to Python.
    return type(value) is kind


def plan_for(member: Membership, given: Settings) -> Plan:
    """What giving these settings to the company of `member` would change. Writes nothing.

    Raises:
        NotAllowed: they may not change its settings.
        InvalidInput: one of the values cannot be taken.
    """
    require(member, Right.SETTINGS)
    return _plan(member.company, given)


def _plan(company: Company, given: Settings) -> Plan:
    return Plan([_part(group, company, given.get(group.key)) for group in GROUPS])


def _part(group: Group, company: Company, values: Values | None) -> Part:
    if values is None:
        return Part(group.key, group.label, [], gettext("There is nothing set for it that could be copied."))
    against = group.against(company)
    if against:
        return Part(group.key, group.label, [], against)
    before, after = group.said(company, values)
    told = [Difference(label, before.get(label, ""), value) for label, value in after.items()]
    return Part(group.key, group.label, [one for one in told if one.before != one.after])


@transaction.atomic
def copy_settings(given: Settings, chosen: Collection[str], *, seen: str, by: Membership) -> int:
    """Give the `chosen` groups of these settings to the company of `by`; returns how many settings changed.

    Each change stands in the list of rights changes, as if it had been made on its own page.

    Raises:
        NotAllowed: `by` may not change its settings.
        InvalidInput: nothing is chosen that would change, or a value cannot be taken.
        ChangedSinceSeen: what would change is not what `seen` says: here or there it was changed meanwhile.
    """
    require(by, Right.SETTINGS)
    # Not its key: whoever holds one of its rows and writes down that it changed would wait for us, and we for them.
    company = Company.objects.select_for_update(no_key=True).get(pk=by.company_id)
    # What is kept apart from the company is saved under locks of its own.
    for kept in (Connection, PaymentSchedule):
        list(kept._default_manager.select_for_update().filter(company=company).values_list("pk"))
    plan = _plan(company, given)
    if plan.seen != seen:
        raise ChangedSinceSeen(gettext("The settings were changed meanwhile, so nothing was copied. Look again."))
    wanted = [one for one in plan.parts if one.key in chosen and one.differences]
    if not wanted:
        sentence = gettext("Tick at least one group of settings that differs.")
        raise InvalidInput(sentence, errors={"groups": [sentence]})
    groups = {group.key: group for group in GROUPS}
    for one in wanted:
        groups[one.key].save(company, given[one.key], by=by)
        company.refresh_from_db()
    return sum(len(one.differences) for one in wanted)
