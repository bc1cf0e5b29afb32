"""How much money is matched, and how much is not on either side, by project: what somebody signs before anything goes.

Orders are commitments that are not over and the open purchase orders of QuickBooks, bills are reviewed invoices and its
bills and vendor credits. Of QuickBooks only what concerns us counts: of a vendor or for a job that is here.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from functools import cache
from typing import Any

from django.db.models import Count, QuerySet, Sum
from django.utils.translation import gettext, gettext_noop

from change_orders.models import ChangeOrder
from procore_sync.accounts.models import Membership
from procore_sync.kit.canonical import digest
from procore_sync.kit.kinds import Kind
from procore_sync.kit.text import same_name_key
from quickbooks_bridge.importers.cost_names import projects_of
from quickbooks_bridge.models import Health, Link
from quickbooks_bridge.onboarding.documents import BILL, CREDIT, ESTIMATE, ORDER, Typed
from quickbooks_bridge.onboarding.records import Ours
from quickbooks_bridge.onboarding.sides import Sides, sides_for
from quickbooks_bridge.selectors import links_for
from vendors.models import Vendor

ORDERS, BILLS = "orders", "bills"
LABELS = {ORDERS: gettext_noop("Orders"), BILLS: gettext_noop("Bills")}
_GROUPS = {ORDER: ORDERS, BILL: BILLS, CREDIT: BILLS}
#: What was deleted or voided in QuickBooks stands here alone, though it is linked still.
_NOT_THERE = (Health.MISSING, Health.VOIDED)
NO_PROJECT = gettext_noop("No project of ours")
_ZERO = Decimal("0.00")


@dataclass
class Sums:
    """Counts and money: linked as it stands here and there, here alone, and in QuickBooks alone."""

    matched: int = 0
    matched_here: Decimal = _ZERO
    matched_there: Decimal = _ZERO
    here: int = 0
    here_amount: Decimal = _ZERO
    there: int = 0
    there_amount: Decimal = _ZERO

    def add(self, other: Sums) -> None:
        """Count what `other` counts too."""
        for name, value in vars(other).items():
            setattr(self, name, getattr(self, name) + value)

    @property
    def is_whole(self) -> bool:
        """Whether nothing is left unmatched; documents are counted, so that no two amounts cancel out."""
        return not self.here and not self.there

    def told(self) -> dict[str, Any]:
        """As it is frozen and as the API tells it; money as text."""
        return {name: str(value) if isinstance(value, Decimal) else value for name, value in vars(self).items()}


@dataclass(frozen=True)
class CoverageRow:
    """The orders or the bills of one project."""

    project: str
    group: str
    sums: Sums

    @property
    def shown(self) -> str:
        """The project as people read it."""
        return gettext(self.project) if self.project == NO_PROJECT else self.project

    @property
    def label(self) -> str:
        """The group as people read it."""
        return LABELS[self.group]


@dataclass(frozen=True)
class Coverage:
    """All projects."""

    rows: list[CoverageRow]

    @property
    def totals(self) -> dict[str, Sums]:
        """The sums of orders and of bills."""
        found = {group: Sums() for group in LABELS}
        for row in self.rows:
            found[row.group].add(row.sums)
        return found

    @property
    def labelled(self) -> list[tuple[str, Sums]]:
        """The totals with their labels."""
        return [(LABELS[group], sums) for group, sums in self.totals.items()]

    @property
    def is_whole(self) -> bool:
        """Whether nothing is left unmatched."""
        return all(row.sums.is_whole for row in self.rows)

    @property
    def seen(self) -> str:
        """What whoever signs has seen, as a digest."""
        return digest(self.told())

    def told(self) -> dict[str, Any]:
        """As it is frozen with a signature and as the API tells it."""
        return {
            "is_whole": self.is_whole,
            "totals": {group: sums.told() for group, sums in self.totals.items()},
            "rows": [{"project": row.project, "group": row.group, **row.sums.told()} for row in self.rows],
        }


def coverage_for(member: Membership, sides: Sides | None = None) -> Coverage:
    """What is matched and what is not, of what `member` may see; a fixed number of queries.

    Both `sides` are read where they were not yet.
    """
    sides = sides or sides_for(member)
    found: defaultdict[tuple[str, str], Sums] = defaultdict(Sums)
    for key, sums in [*_matched(member), *_here(sides.records), *_there(member.company_id, sides.documents)]:
        found[key].add(sums)
    return Coverage([CoverageRow(project, group, sums) for (project, group), sums in sorted(found.items())])


Counted = list[tuple[tuple[str, str], Sums]]


def _matched(member: Membership) -> Counted:
    """The links by project, kind and whether their document stands; added up where they are kept, for they are many."""
    links = links_for(member).filter(entity__in=_GROUPS)
    sums = links.order_by().values_list("item__project", "item__project__label", "entity", "health")
    more = _changes(links.filter(entity=ORDER))
    found: Counted = []
    for key, label, entity, health, count, amount, total in sums.annotate(
        Count("pk"), Sum("item__amount"), Sum("total")
    ):
        here = (amount or _ZERO) + (more.get((key, health), _ZERO) if entity == ORDER else _ZERO)
        there = total or _ZERO
        one = Sums(here=count, here_amount=here)
        if health not in _NOT_THERE:
            one = Sums(matched=count, matched_here=here, matched_there=-there if entity == CREDIT else there)
        found.append(((NO_PROJECT if key is None else label, _GROUPS[entity]), one))
    return found


def _changes(links: QuerySet[Link]) -> dict[tuple[int | None, str], Decimal]:
    """What the change orders that are in QuickBooks add to the commitments, by their project and health."""
    rows = ChangeOrder.objects.filter(
        commitment__erp__in=links.values("item"), erp__synced_revision__isnull=False, erp__kind=Kind.CHANGE_ORDER
    )
    by = rows.order_by().values_list("commitment__erp__project", "commitment__erp__ledger_link__health")
    return {(project, health): amount or _ZERO for project, health, amount in by.annotate(Sum("erp__amount"))}


def _here(records: Iterable[Ours]) -> Counted:
    return [
        ((one.project.name, _GROUPS[one.entity]), Sums(here=1, here_amount=one.with_changes))
        for one in records
        if one.entity != ESTIMATE and not one.is_over
    ]


def _there(company_id: int, documents: Iterable[Typed]) -> Counted:
    links = Link.objects.filter(company_id=company_id)
    vendors = set(links.filter(entity="Vendor").values_list("remote_id", flat=True))
    names = Vendor.objects.filter(company_id=company_id).values_list("name", flat=True)
    known = {same_name_key(name) for name in names}
    projects = links.filter(item__project_record__isnull=False)
    labels = dict(projects.values_list("item__project_record", "item__label"))
    of_jobs = projects_of(company_id).items()
    jobs = {job: labels[project] for job, project in of_jobs if project in labels}
    is_known = cache(lambda name: same_name_key(name) in known)
    return [
        ((_project_of(one, jobs), _GROUPS[one.entity]), Sums(there=1, there_amount=one.total))
        for one in documents
        if one.entity in _GROUPS and one.is_open
        if one.party_id in vendors or is_known(one.party) or any(job in jobs for job in one.job_ids)
    ]


def _project_of(row: Typed, jobs: dict[str, str]) -> str:
    return next((jobs[job] for job in row.job_ids if job in jobs), NO_PROJECT)
