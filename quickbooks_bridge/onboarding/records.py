"""Our records that may stand in QuickBooks already: orders, budgets and invoices that are not linked or on the way."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from functools import cached_property
from typing import TypeVar

from django.db.models import Exists, OuterRef, Q, QuerySet

from budgets.models import Budget
from budgets.selectors import budgets_for
from change_orders.models import ChangeOrder, ChangeStatus
from commitments.models import Commitment
from commitments.selectors import commitments_for
from commitments.statuses import OVER, is_order
from invoices.models import Invoice
from invoices.selectors import invoices_for
from invoices.statuses import EXPORTABLE
from procore_sync.acceptance.models import ErpItem, Submission
from procore_sync.acceptance.states import TRANSITIONS, Action, Status, Work
from procore_sync.accounts.models import Membership
from projects.models import Project
from projects.records import Record
from quickbooks_bridge.importers.cost_names import projects_of
from quickbooks_bridge.ledger_bills import matching_number
from quickbooks_bridge.models import Link
from quickbooks_bridge.onboarding.documents import BILL, CREDIT, ESTIMATE, ORDER
from vendors.models import Vendor

_LINKABLE = [status for status in Status if (status, Action.LINK) in TRANSITIONS]
_UNTRIED = Submission.objects.filter(item=OuterRef("erp"), work__in=(Work.DUE, Work.WAITING), fence=0)
_ZERO = Decimal("0.00")


@dataclass(frozen=True)
class Ours:
    """A record of ours as it is compared: `vendor_id` and `job_id` are numbers of QuickBooks, "" while not linked.

    `jobs_below` are those under the job that are no project here: what is booked there is the project's.
    `with_changes` is the total with the approved change orders that are not in QuickBooks yet, `changes` are those.
    `is_over` says that it is a commitment to which nothing comes any more: it may stand in QuickBooks, and need not.
    """

    item: ErpItem
    entity: str
    number: str
    project: Project
    vendor: str
    vendor_id: str
    job_id: str
    total: Decimal
    day: date | None
    with_changes: Decimal
    changes: tuple[ErpItem, ...] = ()
    is_over: bool = False
    jobs_below: frozenset[str] = frozenset()

    @cached_property
    def matching(self) -> str:
        """The number as people mean it."""
        return matching_number(self.number)

    @cached_property
    def jobs(self) -> frozenset[str]:
        """The job and those below it; none while it is not linked."""
        return self.jobs_below | {self.job_id} if self.job_id else frozenset()

    @property
    def totals(self) -> tuple[Decimal, ...]:
        """What the document in QuickBooks may come to."""
        return (self.total, self.with_changes) if self.changes else (self.total,)


def ours_for(member: Membership, only: ErpItem | None = None) -> list[Ours]:
    """All that `member` may see and that may be matched, also what was accepted and not tried yet; a few queries.

    Commitments that were approved and are not void, received and ended ones too, locked budgets and reviewed invoices.
    With `only`, that record or nothing.
    """
    orders = [one for one in _orders(member, only) if is_order(one.type, one.status)]
    budgets = list(_unlinked(budgets_for(member), only).filter(is_locked=True))
    bills = _bills(member, only)
    links = _links(member.company_id)
    found = [*_of_orders(orders, links), *_of_budgets(budgets, links), *_of_bills(bills, links)]
    below = _jobs_of_projects(member.company_id) if found else {}
    return [replace(one, jobs_below=frozenset(below.get(one.project.pk, ()))) for one in found]


def _jobs_of_projects(company_id: int) -> dict[int, set[str]]:
    found: dict[int, set[str]] = defaultdict(set)
    for job, project in projects_of(company_id).items():
        found[project].add(job)
    return found


R = TypeVar("R", bound=Record)


def _unlinked(rows: QuerySet[R], only: ErpItem | None = None) -> QuerySet[R]:
    waits = Q(erp__status=Status.EXPORTING) & Q(Exists(_UNTRIED))
    wanted = rows.filter(erp=only) if only is not None else rows
    return wanted.filter(Q(erp__status__in=_LINKABLE) | waits, erp__synced_revision=None, erp__ledger_link=None)


def _orders(member: Membership, only: ErpItem | None) -> list[Commitment]:
    rows = _unlinked(commitments_for(member), only)
    return list(rows.select_related(None).select_related("erp", "project", "vendor"))


def _bills(member: Membership, only: ErpItem | None) -> list[Invoice]:
    rows = _unlinked(invoices_for(member), only).filter(status__in=EXPORTABLE).select_related(None)
    # What they bill is read once, however many of them bill it.
    bills = list(rows.select_related("erp").only("number", "commitment", "billed_on", "as_credit", "erp"))
    contracts = Commitment.objects.filter(company_id=member.company_id).select_related("project", "vendor")
    billed = contracts.in_bulk({one.commitment_id for one in bills})
    for one in bills:
        one.commitment = billed[one.commitment_id]
    return bills


def _links(company_id: int) -> dict[int, str]:
    rows = Link.objects.filter(company_id=company_id, entity__in=("Vendor", "Customer"))
    return dict(rows.values_list("item_id", "remote_id"))


def _of_orders(orders: list[Commitment], links: dict[int, str]) -> Iterator[Ours]:
    changes = _changes_of(orders)
    for one in orders:
        total, more = one.erp.amount or _ZERO, changes[one.pk]
        yield Ours(
            item=one.erp,
            entity=ORDER,
            number=one.number,
            project=one.project,
            vendor=one.vendor.name if one.vendor else "",
            vendor_id=_id_of(one.vendor, links),
            job_id=links.get(one.project.erp_id, ""),
            total=total,
            day=one.created_on,
            with_changes=total + sum((change.amount or _ZERO for change in more), _ZERO),
            changes=tuple(more),
            is_over=one.status in OVER,
        )


def _changes_of(orders: Iterable[Commitment]) -> dict[int, list[ErpItem]]:
    """The approved change orders that are not in QuickBooks, by commitment, in their order."""
    rows = _unlinked(ChangeOrder.objects.filter(commitment__in=list(orders), status=ChangeStatus.APPROVED))
    found: dict[int, list[ErpItem]] = defaultdict(list)
    for one in rows.select_related("erp").only("commitment", "erp").order_by("sequence"):
        found[one.commitment_id].append(one.erp)
    return found


def changes_of(item: ErpItem) -> list[ErpItem]:
    """The approved change orders of a commitment that are not in QuickBooks; none for any other record."""
    commitment = Commitment.objects.filter(erp=item).first()
    return _changes_of([commitment])[commitment.pk] if commitment else []


def _of_budgets(budgets: list[Budget], links: dict[int, str]) -> Iterator[Ours]:
    for one in budgets:
        total = one.erp.amount or _ZERO
        yield Ours(
            item=one.erp,
            entity=ESTIMATE,
            number=one.project.number,
            project=one.project,
            vendor="",
            vendor_id="",
            job_id=links.get(one.project.erp_id, ""),
            total=total,
            day=one.locked_on,
            with_changes=total,
        )


def _of_bills(bills: list[Invoice], links: dict[int, str]) -> Iterator[Ours]:
    for one in bills:
        total, project, vendor = one.erp.amount or _ZERO, one.commitment.project, one.commitment.vendor
        yield Ours(
            item=one.erp,
            entity=CREDIT if one.as_credit else BILL,
            number=one.number,
            project=project,
            vendor=vendor.name if vendor else "",
            vendor_id=_id_of(vendor, links),
            job_id=links.get(project.erp_id, ""),
            total=total,
            day=one.billed_on,
            with_changes=total,
        )


def _id_of(vendor: Vendor | None, links: dict[int, str]) -> str:
    return links.get(vendor.erp_id, "") if vendor else ""
