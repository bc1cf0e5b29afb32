"""Console and QuickBooks side by side, commitment by commitment: of one project, or of one vendor.

What the figures are and what explains a difference is told in `reconciling.books`.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from functools import reduce
from operator import or_
from typing import Any

from django.db.models import Q, QuerySet
from django.utils.translation import gettext_noop

from commitments.models import Commitment
from commitments.selectors import commitments_for
from procore_sync.accounts.models import Membership
from procore_sync.kit.canonical import digest
from projects.models import Project
from quickbooks_bridge.importers.cost_names import projects_of
from quickbooks_bridge.models import BillState, LedgerBill, LedgerName, Link
from quickbooks_bridge.reconciling.books import Books, Figures, Row
from vendors.models import Vendor

_JOBS_AT_ONCE = 100
NO_VENDOR = gettext_noop("No vendor yet")


@dataclass(frozen=True)
class Group:
    """The commitments of one vendor, or of one project, and their sums."""

    name: str
    rows: list[Row]

    @property
    def console(self) -> Figures:
        """What the console says of all of them."""
        return sum((one.console for one in self.rows), Figures())

    @property
    def ledger(self) -> Figures:
        """What QuickBooks says of all of them."""
        return sum((one.ledger for one in self.rows), Figures())

    @property
    def difference(self) -> Figures:
        """Console less QuickBooks."""
        return self.console - self.ledger


@dataclass(frozen=True)
class Foreign:
    """A bill or credit in QuickBooks for the job of the project that is none of our invoices."""

    bill: LedgerBill
    vendor: str

    def told(self) -> dict[str, Any]:
        """It as it is kept with a sign-off and as the API tells it; money as text."""
        return {
            "entity": self.bill.entity,
            "remote_id": self.bill.remote_id,
            "number": self.bill.number,
            "vendor": self.vendor,
            "day": self.bill.day.isoformat() if self.bill.day else None,
            "total": str(self.bill.total),
            "balance": str(self.bill.balance),
        }


@dataclass(frozen=True)
class Sides:
    """Some commitments on both sides."""

    groups: list[Group]

    @property
    def rows(self) -> list[Row]:
        """All commitments, group by group."""
        return [row for one in self.groups for row in one.rows]

    @property
    def console(self) -> Figures:
        """What the console says of them."""
        return sum((one.console for one in self.groups), Figures())

    @property
    def ledger(self) -> Figures:
        """What QuickBooks says of them."""
        return sum((one.ledger for one in self.groups), Figures())

    @property
    def difference(self) -> Figures:
        """Console less QuickBooks."""
        return self.console - self.ledger

    @property
    def ties(self) -> bool:
        """Whether nothing differs anywhere, so that not even two differences cancel out."""
        return all(row.difference.is_nothing for row in self.rows)


@dataclass(frozen=True)
class TieOut(Sides):
    """A project on both sides, by vendor."""

    project: Project
    foreign: list[Foreign]

    @property
    def seen(self) -> str:
        """What whoever signs has seen, as a digest: the figures of both sides, and what of QuickBooks is not ours."""
        rows = [[one.commitment.pk, one.console.told(), one.ledger.told()] for one in self.rows]
        return digest([self.project.pk, rows, [one.told() for one in self.foreign]])


@dataclass(frozen=True)
class VendorTieOut(Sides):
    """A vendor on both sides, by project."""

    vendor: Vendor


def tie_out_of(project: Project, member: Membership) -> TieOut:
    """The tie-out of the commitments of `project` that `member` may see; a constant number of queries."""
    rows = commitments_for(member).filter(project=project).order_by("vendor__name", "number", "pk")
    groups = _grouped(rows, project.company_id, lambda one: one.vendor.name if one.vendor else NO_VENDOR)
    return TieOut(groups, project, _foreign(project))


def vendor_tie_out_of(vendor: Vendor, member: Membership) -> VendorTieOut:
    """The tie-out of the commitments of `vendor` that `member` may see; a constant number of queries."""
    rows = commitments_for(member).filter(vendor=vendor).order_by("project__name", "number", "pk")
    return VendorTieOut(_grouped(rows, vendor.company_id, lambda one: one.project.name), vendor)


def _grouped(rows: QuerySet[Commitment], company_id: int, name_of: Callable[[Commitment], str]) -> list[Group]:
    """The rows of which either side says anything, in the order of their groups."""
    known = Books(company_id, list(rows))
    groups: dict[str, list[Row]] = defaultdict(list)
    for commitment in known.commitments:
        row = known.row(commitment)
        if not (row.console.is_nothing and row.ledger.is_nothing):
            groups[name_of(commitment)].append(row)
    return [Group(name, found) for name, found in groups.items()]


def _foreign(project: Project) -> list[Foreign]:
    """The bills and credits for the project's job, or one below it, that are none of our invoices, newest first."""
    company_id = project.company_id
    jobs = [job for job, project_id in projects_of(company_id).items() if project_id == project.pk]
    if not jobs:
        return []
    standing = LedgerBill.objects.filter(company_id=company_id, state=BillState.STANDING)
    # Some jobs at a time: no database takes a condition of a thousand parts.
    some = (jobs[at : at + _JOBS_AT_ONCE] for at in range(0, len(jobs), _JOBS_AT_ONCE))
    asked = (reduce(or_, (Q(job_ids__icontains=f'"{job}"') for job in part)) for part in some)
    rows = {one.pk: one for for_them in asked for one in standing.filter(for_them)}.values()
    ours = set(
        Link.objects.filter(company_id=company_id, entity__in=("Bill", "VendorCredit")).values_list(
            "entity", "remote_id"
        )
    )
    newest_first = sorted(rows, key=lambda one: (one.day or date.max, one.pk), reverse=True)
    found = [one for one in newest_first if (one.entity, one.remote_id) not in ours]
    vendors = LedgerName.objects.filter(
        company_id=company_id, entity="Vendor", remote_id__in=[one.vendor_id for one in found]
    )
    names = dict(vendors.values_list("remote_id", "name"))
    return [Foreign(one, names.get(one.vendor_id, "")) for one in found]
