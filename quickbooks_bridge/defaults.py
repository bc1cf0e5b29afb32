"""What stands already when an approver picks: accounts, terms, tax codes, and a project's class and location."""

from __future__ import annotations

from collections.abc import Iterable
from collections.abc import Mapping as Given
from dataclasses import dataclass

from django.db import transaction
from django.urls import reverse
from django.utils.translation import gettext, override

from procore_sync.acceptance.refusals import ChangedSinceSeen
from procore_sync.accounts.access import Right, require
from procore_sync.accounts.changes import last_of_settings
from procore_sync.accounts.languages import ENGLISH
from procore_sync.accounts.models import Membership
from procore_sync.accounts.operations import note_settings
from procore_sync.kit.canonical import digest
from procore_sync.kit.refusals import InvalidInput
from projects.models import Project
from quickbooks_bridge import features, names
from quickbooks_bridge.connections import connection_of
from quickbooks_bridge.models import Connection, CostCursor, Mapping, PaymentCursor, Thing, WatchCursor, key_of_project
from quickbooks_bridge.retainage import why_unfit

_ENTITIES = {
    Thing.TERMS: "Term",
    Thing.RETAINAGE_ITEM: "Item",
    Thing.WORK_TAX: "TaxCode",
    Thing.RETAINAGE_TAX: "TaxCode",
    Thing.CLASS: "Class",
    Thing.LOCATION: "Department",
}


@dataclass(frozen=True)
class Default:
    """A default of the company, or of a project: what it is for, the options, and which is chosen."""

    thing: str
    label: str
    options: list[tuple[str, str]]
    chosen: str


@dataclass(frozen=True)
class OfProject:
    """The class and the location that are usual for the bills of a project; "" where the company's are."""

    project: Project
    class_name: str
    location_name: str


def defaults_of(company_id: int) -> list[Default]:
    """The defaults of a company, with what can be chosen; tax codes, classes and locations only where it has them."""
    options = {
        Thing.INCOME_ACCOUNT: names.accounts(company_id, names.INCOME_TYPES),
        Thing.EXPENSE_ACCOUNT: names.accounts(company_id, names.EXPENSE_TYPES),
        Thing.TERMS: names.terms(company_id),
        Thing.RETAINAGE_ITEM: names.services(company_id),
    }
    row = connection_of(company_id)
    if row and row.is_taxed:
        codes = names.tax_codes(company_id)
        options |= {Thing.WORK_TAX: codes, Thing.RETAINAGE_TAX: codes}
    return [*_with_what_is_chosen(company_id, "", options), *(_tracked(row, "") if row else [])]


def usual_of(row: Connection, project: Project) -> list[Default]:
    """The class and the location of a project's bills, as far as QuickBooks tracks them."""
    return _tracked(row, key_of_project(project.erp_id))


def tracks_any(row: Connection) -> bool:
    """Whether QuickBooks tracks classes or locations."""
    return any(features.is_on(row.features, switch) for switch in names.TRACKED)


def _tracked(row: Connection, key: str) -> list[Default]:
    options: dict[Thing, list[tuple[str, str]]] = {}
    if features.is_on(row.features, features.CLASSES):
        options[Thing.CLASS] = names.classes(row.company_id)
    if features.is_on(row.features, features.LOCATIONS):
        options[Thing.LOCATION] = names.locations(row.company_id)
    return _with_what_is_chosen(row.company_id, key, options)


def _with_what_is_chosen(company_id: int, key: str, options: Given[Thing, list[tuple[str, str]]]) -> list[Default]:
    chosen = dict(Mapping.objects.filter(company_id=company_id, key=key).values_list("thing", "remote_id"))
    return [
        Default(thing, str(Thing(thing).label), offered, chosen.get(thing, "")) for thing, offered in options.items()
    ]


def usual_by_project(company_id: int, projects: Iterable[Project]) -> list[OfProject]:
    """What is usual for the bills of each of these projects of one company; three queries however many they are."""
    rows = Mapping.objects.filter(company_id=company_id, thing__in=(Thing.CLASS, Thing.LOCATION)).exclude(key="")
    chosen = {(one.key, one.thing): (one.entity, one.remote_id) for one in rows}
    called = {(one.entity, one.remote_id): one for one in names.names_of(company_id, "Class", "Department")}

    def name(project: Project, thing: Thing) -> str:
        own = chosen.get((key_of_project(project.erp_id), thing))
        found = called.get(own) if own else None
        if found is None:
            return gettext("not in QuickBooks any more") if own else ""
        return found.fully_qualified_name if found.active else f"{found.fully_qualified_name} ({gettext('inactive')})"

    return [OfProject(one, name(one, Thing.CLASS), name(one, Thing.LOCATION)) for one in projects]


@dataclass(frozen=True)
class Tried:
    """Mappings as somebody thinks of choosing them, checked and not saved: by key and thing, and each change named.

    `project` is the one whose own they are, None for the company's.
    """

    project: Project | None
    mapped: dict[tuple[str, str], str]
    changes: list[Changed]

    @property
    def things(self) -> frozenset[str]:
        """What would be mapped otherwise."""
        return frozenset(one.thing for one in self.changes)


@dataclass(frozen=True)
class Changed:
    """A mapping that would change, by the names of QuickBooks; "" for nothing."""

    thing: str
    label: str
    before: str
    after: str


def try_defaults(row: Connection, chosen: Given[str, str]) -> Tried:
    """What `choose_defaults` would choose.

    Raises:
        InvalidInput: QuickBooks has no such active one, or the item would not do for retainage.
    """
    return _tried(row, None, defaults_of(row.company_id), chosen)


def try_usual(row: Connection, project: Project, chosen: Given[str, str]) -> Tried:
    """What `choose_usual` would choose.

    Raises:
        InvalidInput: QuickBooks has no such active one.
    """
    return _tried(row, project, usual_of(row, project), chosen)


def _tried(row: Connection, project: Project | None, stand: Iterable[Default], chosen: Given[str, str]) -> Tried:
    key = key_of_project(project.erp_id if project else None)
    asked = [one for one in stand if one.thing in chosen and chosen[one.thing] != one.chosen]
    for one in asked:
        _require_fit(row, one, chosen[one.thing])
    changes = [
        Changed(one.thing, one.label, _called(one, one.chosen), _called(one, chosen[one.thing])) for one in asked
    ]
    return Tried(project, {(key, one.thing): chosen[one.thing] for one in asked}, changes)


def _called(default: Default, remote_id: str) -> str:
    gone = gettext("number %(id)s, not active any more") % {"id": remote_id} if remote_id else ""
    return dict(default.options).get(remote_id, gone)


def seen_of(stand: Iterable[Default]) -> str:
    """What is chosen of these defaults, as a digest."""
    return digest({one.thing: one.chosen for one in stand})


@transaction.atomic
def choose_defaults(row: Connection, chosen: Given[str, str], *, by: Membership) -> None:
    """What stands already when an approver picks, by id; an empty one takes the default away. What changed is written
    to the list of rights changes.

    With `seen` among what is chosen, the `seen_of` the defaults that `by` looked at, only as long as they are those.

    Raises:
        NotAllowed: `by` may not change mappings.
        ChangedSinceSeen: somebody else has chosen otherwise since.
        InvalidInput: QuickBooks has no such active one, or the item would not do for retainage.
    """
    require(by, Right.MAP)
    take_turn(row)
    stand = defaults_of(row.company_id)
    _require_seen(row, None, stand, chosen)
    _note(row, None, stand, chosen, by)
    for default in stand:
        if default.thing in chosen:
            _choose(row, default, chosen[default.thing])
            if default.thing == Thing.RETAINAGE_ITEM and chosen[default.thing] != default.chosen:
                # What counted as a cost may be retainage now, or the other way round: read all of it again.
                for cursors in (CostCursor, PaymentCursor):
                    cursors._default_manager.filter(company_id=row.company_id).update(changed_since=None, position=0)
                WatchCursor.objects.filter(company_id=row.company_id, entity__in=("Bill", "VendorCredit")).delete()


@transaction.atomic
def choose_usual(row: Connection, project: Project, chosen: Given[str, str], *, by: Membership) -> None:
    """Which `class` and `location`, by id, stand already for the bills of a project; an empty one: the company's.

    What is accepted stays as it is. `seen`, and what is written down, are as in `choose_defaults`.

    Raises:
        NotAllowed: `by` may not change mappings.
        ChangedSinceSeen: somebody else has chosen otherwise since.
        InvalidInput: QuickBooks has no such active one.
    """
    require(by, Right.MAP)
    take_turn(row)
    stand = usual_of(row, project)
    _require_seen(row, project, stand, chosen)
    _note(row, project, stand, chosen, by)
    for default in stand:
        if default.thing in chosen:
            _choose(row, default, chosen[default.thing], key_of_project(project.erp_id))


def take_turn(row: Connection) -> Connection:
    """Let nobody else change the company's mappings until the transaction ends; the connection as it is by now."""
    # Its row is the lock: whoever saves what stands beside the mappings holds it too.
    return Connection.objects.select_for_update(no_key=True).get(pk=row.pk)


def _require_seen(row: Connection, project: Project | None, stand: list[Default], chosen: Given[str, str]) -> None:
    if chosen.get("seen") and chosen["seen"] != seen_of(stand):
        told = gettext("The mappings were changed meanwhile, so nothing was saved. Look again.")
        where = reverse("quickbooks_bridge:mappings")
        if project:
            where = reverse("quickbooks_bridge:project_mapping", args=[project.pk])
        labels = [_written_as(one, project) for one in stand]
        raise ChangedSinceSeen(last_of_settings(told, row.company_id, labels), where=where)


def _written_as(default: Default, project: Project | None) -> str:
    """What the list of rights changes calls it."""
    return f"{default.label}, {project}" if project else default.label


@override(ENGLISH)
def _note(
    row: Connection, project: Project | None, stand: Iterable[Default], chosen: Given[str, str], by: Membership
) -> None:
    """Write down what changes, by the names that QuickBooks has for it now."""
    before, after = {}, {}
    for one in stand:
        label = _written_as(one, project)
        before[label] = _called(one, one.chosen) or "none"
        after[label] = _called(one, chosen.get(one.thing, one.chosen)) or "none"
    note_settings(row.company, by=by, before=before, after=after)


def _choose(row: Connection, default: Default, remote_id: str, key: str = "") -> None:
    found = Mapping.objects.filter(company_id=row.company_id, thing=default.thing, key=key)
    if not remote_id:
        found.delete()
        return
    _require_fit(row, default, remote_id)
    found.update_or_create(
        company_id=row.company_id,
        thing=default.thing,
        key=key,
        defaults={"entity": _ENTITIES.get(Thing(default.thing), "Account"), "remote_id": remote_id},
    )


def _require_fit(row: Connection, default: Default, remote_id: str) -> None:
    """Go on only if it can be chosen. What is chosen already and would not do any more is said at the set-up, and
    keeps nobody from changing the others.
    """
    sentence = ""
    if remote_id and not any(remote_id == offered for offered, _ in default.options):
        told = gettext("%(label)s: QuickBooks has no such entry, or it is inactive. Read the names again, then choose.")
        sentence = told % {"label": gettext(default.label)}
    elif remote_id not in ("", default.chosen) and default.thing == Thing.RETAINAGE_ITEM:
        sentence = why_unfit(row.company_id, remote_id)
    if sentence:
        raise InvalidInput(sentence, errors={default.thing: [sentence]})
