"""What an administrator or accountant has to see to, so that records can go: the connection, the set-up, the people.

Nothing of it is stored: each chore is worked out from what stands, goes away once it is done, and says where that is.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from django.urls import reverse
from django.utils.translation import gettext, gettext_noop, ngettext

from invoices.selectors import contacts_who_bill_nothing
from procore_sync.acceptance.models import Alarm
from procore_sync.acceptance.summaries import unjudged_kinds
from procore_sync.accounts.access import Right, may
from procore_sync.accounts.models import Membership, Role
from procore_sync.accounts.selectors import people_for
from procore_sync.kit.kept import in_the_readers_words
from quickbooks_bridge import bill_setup, editions
from quickbooks_bridge.connections import connection_of, sending_obstacle_of
from quickbooks_bridge.file_selectors import refused_for
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
    """What `member` has to see to, in a fixed number of queries; None if nothing of the kind is theirs to see to."""
    if not may(member, Right.MAP):
        return None
    row = connection_of(member.company_id)
    found = [*_connection(row), *_alarms(member), *_set_up(member, row), *_lists(member), *_people(member)]
    return Chores(sorted(found, key=lambda one: LEVELS.index(one.level)), row)


def _connection(row: Connection | None) -> Iterator[Chore]:
    page, obstacle = reverse("quickbooks_bridge:connection"), sending_obstacle_of(row)
    if obstacle is not None:
        level = "stop" if obstacle.where else "look"
        where, label = obstacle.where or page, gettext_noop("Open the connection")
        yield Chore(level, gettext_noop("Connection"), in_the_readers_words(obstacle.sentence), where, label)
    ending = countdown(row)
    if ending:
        yield Chore("look", gettext_noop("Sign-in"), ending, page, gettext_noop("Sign in again"))


def _alarms(member: Membership) -> Iterator[Chore]:
    if may(member, Right.SETTINGS):
        page, label = reverse("quickbooks_bridge:health"), gettext_noop("See sync health")
        for alarm in Alarm.objects.filter(company_id=member.company_id):
            yield Chore("stop", gettext_noop("Sync health"), in_the_readers_words(alarm.sentence), page, label)


def _set_up(member: Membership, row: Connection | None) -> Iterator[Chore]:
    """What QuickBooks has switched off, and which steps of the set-up of invoices are missing; each once."""
    if row is None:
        return
    points = editions.to_do(row)
    for point in points:
        yield Chore("stop", point.title, point.sentence, editions.page(), gettext_noop("Set up QuickBooks"))
    told = {"connected", *(point.key for point in points)}
    for step in bill_setup.steps_of(member.company_id, row):
        if step.is_done or step.key in told:
            continue
        page = bill_setup.page() if step.required else reverse("quickbooks_bridge:payments")
        label = gettext_noop("Set up invoices") if step.required else gettext_noop("Set up payments")
        yield Chore("stop" if step.required else "wait", step.title, step.sentence, page, label)
    yield from _defaults(member)


def _defaults(member: Membership) -> Iterator[Chore]:
    chosen = Mapping.objects.filter(company_id=member.company_id, key="", thing__in=_DEFAULTS).exclude(remote_id="")
    known = set(chosen.values_list("thing", flat=True))
    missing = [gettext(one.label) for one in _DEFAULTS if one not in known]
    if missing:
        named = ", ".join([missing[0], *(one[:1].lower() + one[1:] for one in missing[1:])])
        told = gettext("No default: %(named)s. Approvers choose each time.") % {"named": named}
        page = reverse("quickbooks_bridge:mappings")
        yield Chore("wait", gettext_noop("Mappings"), told, page, gettext_noop("Map them"))


def _lists(member: Membership) -> Iterator[Chore]:
    to_import, changed = waiting_for(member)
    if changed:
        told = ngettext(
            "%(count)s exported document is not in QuickBooks as accepted.",
            "%(count)s exported documents are not in QuickBooks as accepted.",
            changed,
        ) % {"count": f"{changed:,}"}
        page = reverse("quickbooks_bridge:drifts")
        yield Chore("look", gettext_noop("Changed there"), told, page, gettext_noop("Answer them"))
    yield from _files(member)
    if to_import:
        told = ngettext(
            "%(count)s name of QuickBooks is not known here yet.",
            "%(count)s names of QuickBooks are not known here yet.",
            to_import,
        ) % {"count": f"{to_import:,}"}
        page = reverse("quickbooks_bridge:candidates")
        yield Chore("wait", gettext_noop("Ready to import"), told, page, gettext_noop("Import or link them"))


def _files(member: Membership) -> Iterator[Chore]:
    refused = refused_for(member).count()
    if refused:
        told = ngettext(
            "QuickBooks refused %(count)s file of a bill. The bill itself stands there.",
            "QuickBooks refused %(count)s files of bills. The bills themselves stand there.",
            refused,
        ) % {"count": f"{refused:,}"}
        page = reverse("quickbooks_bridge:refused_files")
        yield Chore("look", gettext_noop("Files"), told, page, gettext_noop("Look at them"))


def _people(member: Membership) -> Iterator[Chore]:
    if not may(member, Right.PEOPLE):
        return
    page = reverse("accounts:people")
    yield from _approvers(member, page)
    people = [one for one in people_for(member) if one.is_active]
    yield from _idle(people, page)
    yield from _absent(people, page)
    contacts = list(contacts_who_bill_nothing(member))
    if contacts:
        told = ngettext(
            "%(named)s is on no commitment, so there is nothing to bill.",
            "%(named)s are on no commitment, so there is nothing to bill.",
            len(contacts),
        ) % {"named": _named(contacts)}
        page, label = reverse("commitments:commitments"), gettext_noop("Open the commitments")
        yield Chore("wait", gettext_noop("Invoice contacts"), told, page, label)


def _idle(people: list[Membership], page: str) -> Iterator[Chore]:
    idle = [one for one in people if one.role == Role.ACCOUNTANT and not one.privileges.all()]
    if idle:
        told = ngettext(
            "%(named)s may neither decide on records nor import any, though the role is accountant.",
            "%(named)s may neither decide on records nor import any, though the role is accountant.",
            len(idle),
        ) % {"named": _named(idle)}
        yield Chore("look", gettext_noop("People without rights"), told, page, gettext_noop("Grant rights"))


def _absent(people: list[Membership], page: str) -> Iterator[Chore]:
    absent = [one for one in people if not one.user.last_login]
    if absent:
        told = ngettext(
            "%(named)s is invited and has not signed in yet.",
            "%(named)s are invited and have not signed in yet.",
            len(absent),
        ) % {"named": _named(absent)}
        yield Chore("wait", gettext_noop("Invitations"), told, page, gettext_noop("Invite again"))


def _approvers(member: Membership, page: str) -> Iterator[Chore]:
    """The kinds on which nobody may decide: each by itself if some of it wait, the others together."""
    unjudged, title, label = unjudged_kinds(member), gettext_noop("Approvers"), gettext_noop("Grant the right")
    for kind in unjudged:
        if kind.waiting:
            told = ngettext(
                "Nobody may decide on %(kind)s, and %(count)s record waits for a decision.",
                "Nobody may decide on %(kind)s, and %(count)s records wait for a decision.",
                kind.waiting,
            ) % {"kind": gettext(kind.label).lower(), "count": f"{kind.waiting:,}"}
            yield Chore("stop", title, told, page, label)
    others = [gettext(kind.label).lower() for kind in unjudged if not kind.waiting]
    if others:
        told = gettext("Nobody may decide on %(kinds)s, so none that is sent could be accepted.")
        yield Chore("look", title, told % {"kinds": _listed(others)}, page, label)


def _named(people: list[Membership]) -> str:
    shown, more = [str(one) for one in people[:_NAMED_AT_MOST]], len(people) - _NAMED_AT_MOST
    return _listed([*shown, *([gettext("%(count)s more") % {"count": more}] if more > 0 else [])])


def _listed(words: list[str]) -> str:
    if len(words) == 1:
        return words[0]
    return gettext("%(first)s and %(last)s") % {"first": ", ".join(words[:-1]), "last": words[-1]}
