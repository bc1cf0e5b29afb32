"""What stands in QuickBooks for our jobs and vendors and was not made here."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from typing import Final

from django.db.models import F

from projects.models import Project
from quickbooks_bridge.importers.cost_names import projects_of
from quickbooks_bridge.models import BillState, LedgerBill, LedgerName, Link
from quickbooks_bridge.reconciling.rows import ForeignDocument, LedgerOrder, ReconciliationRun

ENTITIES: Final = ("PurchaseOrder", "Bill", "VendorCredit", "Estimate")
_BATCH = 500


@dataclass(frozen=True)
class Ours:
    """Which QuickBooks documents, vendors and jobs are ours, and the numbers of our bills."""

    documents: frozenset[tuple[str, str]]
    vendors: dict[str, int]
    jobs: dict[str, int]
    projects: dict[int, str]

    @classmethod
    def of(cls, company_id: int) -> Ours:
        """In five queries."""
        links = Link.objects.filter(company_id=company_id)
        documents = links.filter(entity__in=ENTITIES).values_list("entity", "remote_id")
        vendors = links.filter(entity="Vendor", item__vendor__isnull=False)
        return cls(
            frozenset(documents.iterator()),
            dict(vendors.values_list("remote_id", "item__vendor")),
            projects_of(company_id),
            dict(Project.objects.filter(company_id=company_id).values_list("pk", "name")),
        )

    def project_of(self, job_ids: list[str]) -> int | None:
        """The project of the first of these jobs that is ours."""
        return next((self.jobs[one] for one in job_ids if one in self.jobs), None)


def gather(run: ReconciliationRun, at: datetime) -> int:
    """Bring the company's list up to date by what was read last; how many are not put away. In one transaction.

    What was put away comes back if it comes to something else now.
    """
    ours = Ours.of(run.company_id)
    found = _found(run, ours, at)
    while batch := list(islice(found, _BATCH)):
        _store(batch)
    rows = ForeignDocument.objects.filter(company_id=run.company_id)
    rows.exclude(found_in=run).delete()
    rows.exclude(total=F("put_away_total")).filter(put_away_at__isnull=False).update(put_away_at=None)
    return rows.filter(put_away_at=None).count()


def _store(rows: list[ForeignDocument]) -> None:
    columns = ["number", "day", "total", "balance", "party", "vendor", "project", "why", "found_in"]
    ForeignDocument.objects.bulk_create(
        rows, update_conflicts=True, unique_fields=["company", "entity", "remote_id"], update_fields=columns
    )


def _found(run: ReconciliationRun, ours: Ours, at: datetime) -> Iterator[ForeignDocument]:
    names = dict(
        LedgerName.objects.filter(company_id=run.company_id, entity__in=("Vendor", "Customer")).values_list(
            "remote_id", "fully_qualified_name"
        )
    )
    billed = _numbers_of_ours(run.company_id, ours)
    bills = LedgerBill.objects.filter(company_id=run.company_id, state=BillState.STANDING)
    for bill in bills.order_by("pk").iterator(_BATCH):
        project, vendor = ours.project_of(bill.job_ids), ours.vendors.get(bill.vendor_id)
        if (bill.entity, bill.remote_id) in ours.documents or not (project or vendor):
            continue
        is_twin = bill.entity == "Bill" and bool(bill.matching) and (bill.vendor_id, bill.matching) in billed
        yield ForeignDocument(
            company_id=run.company_id,
            entity=bill.entity,
            remote_id=bill.remote_id,
            number=bill.number,
            day=bill.day,
            total=bill.total,
            balance=bill.balance,
            party=names.get(bill.vendor_id, ""),
            vendor_id=vendor,
            project_id=project,
            why=why_of_bill(bill.entity, ours.projects.get(project or 0, ""), is_twin=is_twin),
            found_in=run,
            found_at=at,
        )
    yield from _orders(run, ours, names, at)


def _numbers_of_ours(company_id: int, ours: Ours) -> set[tuple[str, str]]:
    """(vendor, number as people mean it) of each bill of ours."""
    rows = LedgerBill.objects.filter(company_id=company_id, entity="Bill", state=BillState.STANDING)
    told = rows.exclude(matching="").values_list("remote_id", "vendor_id", "matching")
    return {(vendor, number) for key, vendor, number in told.iterator() if ("Bill", key) in ours.documents}


def _orders(run: ReconciliationRun, ours: Ours, names: dict[str, str], at: datetime) -> Iterator[ForeignDocument]:
    orders = LedgerOrder.objects.filter(company_id=run.company_id, state=BillState.STANDING, is_closed=False)
    for order in orders.order_by("pk").iterator(_BATCH):
        project = ours.project_of(order.job_ids)
        vendor = ours.vendors.get(order.party_id) if order.entity == "PurchaseOrder" else None
        if (order.entity, order.remote_id) in ours.documents or not (project or vendor):
            continue
        yield ForeignDocument(
            company_id=run.company_id,
            entity=order.entity,
            remote_id=order.remote_id,
            number=order.number,
            day=order.day,
            total=order.total,
            party=names.get(order.party_id, ""),
            vendor_id=vendor,
            project_id=project,
            why=why_of_order(order.entity, ours.projects.get(project or 0, "")),
            found_in=run,
            found_at=at,
        )


def why_of_bill(entity: str, project: str, *, is_twin: bool) -> str:
    """Why a bill or credit that is not ours matters."""
    if is_twin:
        return (
            "It has the number of a bill of ours for this vendor, so it may be the same bill twice. Compare the two in "
            "QuickBooks before either is paid."
        )
    if entity == "VendorCredit":
        of = f" for {project}" if project else ""
        return f"It reduces what the vendor is owed{of}, and nothing here says so."
    if project:
        return (
            f"It costs {project} something that no invoice here explains. If it bills a commitment, that shows too "
            "much left to bill; enter it here and let the bookkeeper delete this one."
        )
    return "It is our vendor's and for none of our jobs. If it belongs to one, its job is missing in QuickBooks."


def why_of_order(entity: str, project: str) -> str:
    """Why a purchase order or estimate that is not ours matters."""
    if entity == "Estimate":
        return f"{project or 'The job'} has an estimate that is not its budget here, so two budgets may be compared."
    of = f" for {project}" if project else ""
    return f"It promises the vendor money{of} that no commitment here knows, so the committed amount shown is too low."
