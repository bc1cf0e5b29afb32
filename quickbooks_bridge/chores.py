"""What an administrator or accountant has to see to, so that records can go: the connection, the set-up, the people.

Nothing of it is stored: each chore is worked out from what stands, goes away once it is done, and says where that is.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from django.urls import reverse

from invoices.selectors import contacts_who_bill_nothing
from procore_sync.acceptance.models import Alarm
from procore_sync.acceptance.summaries import unjudged_kinds
from procore_sync.accounts.access import Right, may
from procore_sync.accounts.models import Membership, Role
from procore_sync.accounts.selectors import people_for
from quickbooks_bridge import bill_setup, editions
from quickbooks_bridge.connections import connection_of, sending_obstacle_of
from quickbooks_bridge.lifetimes import countdown
from quickbooks_bridge.models import Connection, Mapping, Thing
from quickbooks_bridge.selectors import waiting_for

_NAMED_AT_MOST = 3
#: What approvers choose each time as long as no default is chosen.
_DEFAULTS = (Thing.INCOME_ACCOUNT, Thing.EXPENSE_ACCOUNT, Thing.TERMS)
#: The most urgent first: nothing goes, something does not go, something could go better.
LEVELS = ("stop", "look", "wait")


@dataclass(frozen=True)
class Chore:
    """One thing to see to: `level` is one of `LEVELS`; `url` is where, `label` what is done there."""

    level: str
    title: str
    sentence: str
    url: str
    label: str


@dataclass(frozen=True)
class Chores:
    """All of them, the most urgent first; `connection` is what is connected, None without a connection."""

    rows: list[Chore]
    connection: Connection | None

    @property
    def stops(self) -> int:
        """How many keep something from going."""
        return sum(one.level == "stop" for one in self.rows)


def chores_of(member: Membership) -> Chores | None:
    """What `member` has to see to, in a fixed number of queries; None if nothing of the kind is his to see to."""
    if not may(member, Right.MAP):
        return None
    row = connection_of(member.company_id)
    found = [*_connection(row), *_alarms(member), *_set_up(member, row), *_lists(member), *_people(member)]
    return Chores(sorted(found, key=lambda one: LEVELS.index(one.level)), row)


def _connection(row: Connection | None) -> Iterator[Chore]:
    page, obstacle = reverse("quickbooks_bridge:connection"), sending_obstacle_of(row)
    if obstacle is not None:
        level = "stop" if obstacle.where else "look"
        yield Chore(level, "Connection", obstacle.sentence, obstacle.where or page, "Open the connection")
    ending = countdown(row)
    if ending:
        yield Chore("look", "Sign-in", ending, page, "Sign in again")


def _alarms(member: Membership) -> Iterator[Chore]:
    if may(member, Right.SETTINGS):
        for alarm in Alarm.objects.filter(company_id=member.company_id):
            yield Chore("stop", "Sync health", alarm.sentence, reverse("quickbooks_bridge:health"), "See sync health")


def _set_up(member: Membership, row: Connection | None) -> Iterator[Chore]:
    """What QuickBooks has switched off, and which steps of the set-up of invoices are missing; each once."""
    if row is None:
        return
    points = editions.to_do(row)
    for point in points:
        yield Chore("stop", point.title, point.sentence, editions.page(), "Set up QuickBooks")
    told = {"connected", *(point.key for point in points)}
    for step in bill_setup.set_up_of(member.company_id, row).steps:
        if step.is_done or step.key in told:
            continue
        page = bill_setup.page() if step.required else reverse("quickbooks_bridge:payments")
        label = "Set up invoices" if step.required else "Set up payments"
        yield Chore("stop" if step.required else "wait", step.title, step.sentence, page, label)
    yield from _defaults(member)


def _defaults(member: Membership) -> Iterator[Chore]:
    chosen = Mapping.objects.filter(company_id=member.company_id, key="", thing__in=_DEFAULTS).exclude(remote_id="")
    known = set(chosen.values_list("thing", flat=True))
    missing = [str(one.label) for one in _DEFAULTS if one not in known]
    if missing:
        named = ", ".join([missing[0], *(one[:1].lower() + one[1:] for one in missing[1:])])
        told = f"No default: {named}. Approvers choose each time."
        yield Chore("wait", "Mappings", told, reverse("quickbooks_bridge:mappings"), "Map them")


def _lists(member: Membership) -> Iterator[Chore]:
    to_import, changed = waiting_for(member)
    if changed:
        told = f"{_many(changed, 'exported document')} {_are(changed)} not in QuickBooks as accepted."
        yield Chore("look", "Changed there", told, reverse("quickbooks_bridge:drifts"), "Answer them")
    if to_import:
        told = f"{_many(to_import, 'name')} of QuickBooks {_are(to_import)} not known here yet."
        yield Chore("wait", "Ready to import", told, reverse("quickbooks_bridge:candidates"), "Import or link them")


def _people(member: Membership) -> Iterator[Chore]:
    if not may(member, Right.PEOPLE):
        return
    page = reverse("accounts:people")
    yield from _approvers(member, page)
    people = [one for one in people_for(member) if one.is_active]
    idle = [one for one in people if one.role == Role.ACCOUNTANT and not one.privileges.all()]
    if idle:
        told = f"{_named(idle)} may neither decide on records nor import any, though the role is accountant."
        yield Chore("look", "People without rights", told, page, "Grant rights")
    absent = [one for one in people if not one.user.last_login]
    if absent:
        told = f"{_named(absent)} {_are(len(absent))} invited and {_have(len(absent))} not signed in yet."
        yield Chore("wait", "Invitations", told, page, "Invite again")
    contacts = list(contacts_who_bill_nothing(member))
    if contacts:
        told = f"{_named(contacts)} {_are(len(contacts))} on no commitment, so there is nothing to bill."
        yield Chore("wait", "Invoice contacts", told, reverse("commitments:commitments"), "Open the commitments")


def _approvers(member: Membership, page: str) -> Iterator[Chore]:
    """The kinds on which nobody may decide: each by itself if some of it wait, the others together."""
    unjudged = unjudged_kinds(member)
    for kind in unjudged:
        if kind.waiting:
            waiting = f"{_many(kind.waiting, 'record')} {'waits' if kind.waiting == 1 else 'wait'}"
            told = f"Nobody may decide on {kind.label.lower()}, and {waiting} for a decision."
            yield Chore("stop", "Approvers", told, page, "Grant the right")
    others = [kind.label.lower() for kind in unjudged if not kind.waiting]
    if others:
        told = f"Nobody may decide on {_listed(others)}, so none that is sent could be accepted."
        yield Chore("look", "Approvers", told, page, "Grant the right")


def _named(people: list[Membership]) -> str:
    shown, more = [str(one) for one in people[:_NAMED_AT_MOST]], len(people) - _NAMED_AT_MOST
    return _listed([*shown, *([f"{more} more"] if more > 0 else [])])


def _listed(words: list[str]) -> str:
    return " and ".join([", ".join(words[:-1]), words[-1]]) if len(words) > 1 else words[0]


def _many(count: int, thing: str) -> str:
    return f"{count:,} {thing}{'' if count == 1 else 's'}"


def _are(count: int) -> str:
    return "is" if count == 1 else "are"


def _have(count: int) -> str:
    return "has" if count == 1 else "have"
