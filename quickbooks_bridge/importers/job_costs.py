"""Reading job costs: what a company's QuickBooks charges to jobs (domain.md §15.2). How it is read: `reading`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Final

from django.conf import settings
from django.db import transaction
from django.db.models import Exists, OuterRef, QuerySet
from django.utils.translation import gettext, gettext_noop

from procore_sync.accounts.curing import EDITORS
from procore_sync.accounts.models import Company, Membership
from procore_sync.kit.clock import database_time
from procore_sync.kit.refusals import Refusal
from projects import ledger_costs, readings
from projects.cost_operations import require_coder
from projects.ledger_costs import Cost
from projects.models import CostReading, Project
from quickbooks_bridge.client.api import PAGE, Ledger
from quickbooks_bridge.importers import reading as reading_on
from quickbooks_bridge.importers.cost_lines import Document, UnknownName, costs_of
from quickbooks_bridge.importers.cost_names import (
    added_among,
    added_lines,
    chart_of,
    known_of,
    own_among,
    own_documents,
)
from quickbooks_bridge.importers.names import refresh_lists
from quickbooks_bridge.importers.reading import SLICE_SECONDS
from quickbooks_bridge.models import Connection, ConnectionStatus, CostCursor, Link

#: The kinds of document that cost a job something; QuickBooks reports changes of all but the last.
REPORTED: Final = ("Bill", "Purchase", "VendorCredit", "JournalEntry")
ENTITIES: Final = (*REPORTED, "TimeActivity")


class NothingToRead(Refusal):
    """No project of the company takes its job costs from QuickBooks, so not a single call is made."""

    code = "no-job-costs-to-read"
    cure = gettext_noop("A project manager switches job costs on at a project.")


def wanting() -> QuerySet[Project]:
    """The projects that take job costs and are in QuickBooks; a company without one costs no call."""
    linked = Exists(Link.objects.filter(item=OuterRef("erp"), entity="Customer"))
    return Project.objects.filter(linked, job_costs=True, is_active=True)


def ask(company: Company, *, by: Membership) -> CostReading:
    """The reading that a person asks for, ready to be carried on by a worker.

    Raises:
        NotAllowed: `by` may not ask for one.
        NothingToRead: no project takes job costs from QuickBooks.
        AlreadyReading: they are being read now.
        Refusal: QuickBooks cannot be asked now.
    """
    require_coder(by)
    if not wanting().filter(company=company).exists():
        raise NothingToRead(
            gettext(
                "No project takes its job costs from QuickBooks yet. Sync a project, then switch on “Job costs from "
                "QuickBooks” when you edit it."
            ),
            who=EDITORS,
        )
    return reading_on.ask(CostReading, company.pk, by=by)


def due() -> list[int]:
    """The companies whose costs are to be read now: a reading lies there to be carried on, or it is time for one."""
    now = database_time()
    wait = CostReading.objects.filter(company=OuterRef("company"))
    late = wait.filter(began_at__gt=now - timedelta(hours=settings.JOB_COST_HOURS))
    busy = wait.filter(ended_at=None, leased_until__gt=now)
    rows = Connection.objects.filter(Exists(wanting().filter(company=OuterRef("company"))), ~Exists(busy))
    left = Exists(wait.filter(ended_at=None))
    rows = rows.filter(status=ConnectionStatus.CONNECTED).annotate(left=left)
    fresh = set(rows.filter(~Exists(late)).values_list("company_id", flat=True)) if settings.JOB_COST_HOURS else set()
    return sorted(fresh | set(rows.filter(left=True).values_list("company_id", flat=True)))


def carry_on(company_id: int, *, seconds: float = SLICE_SECONDS) -> CostReading | None:
    """Read for at most about `seconds`; None if another process is reading. `ended_at` says whether it is over."""
    return reading_on.carry_on(Reader, CostReading, company_id, seconds=seconds)


class Reader(reading_on.Reader[CostReading, list[Cost]]):
    """One process's turn at a reading of job costs."""

    cursors = CostCursor
    entities = ENTITIES
    reported = REPORTED

    def __init__(self, row: Connection, reading: CostReading, ledger: Ledger | None = None) -> None:
        super().__init__(row, reading, ledger)
        self._known = known_of(row.company_id)
        self._chart = chart_of(row.company_id)

    def _prepared(self, entity: str, documents: list[Document]) -> list[Cost]:
        """The costs of `documents`; reads the lists of accounts and items first if one of them is newer."""
        try:
            return [cost for one in documents for cost in costs_of(entity, one, self._chart)]
        except UnknownName:
            lists = refresh_lists(self._row, self._ledger, ("Account", "Item"))
        readings.note(self._reading, "Accounts and items", reads=sum(1 + one.rows // PAGE for one in lists))
        chart = replace(chart_of(self._company_id), is_newest=not any(one.error for one in lists))
        self._chart = chart
        self._known = known_of(self._company_id)
        try:
            return [cost for one in documents for cost in costs_of(entity, one, self._chart)]
        finally:
            self._chart = replace(self._chart, is_newest=False)

    def _absorb(self, entity: str, documents: list[Document], prepared: list[Cost], deleted: Sequence[str]) -> int:
        ids = [*deleted, *(str(one["Id"]) for one in documents)]
        told = [(entity, one.txn_id, one.line_id, one.description) for one in prepared]
        own, added = own_among(self._company_id, entity, ids), added_among(self._company_id, told)
        known = replace(self._known, own=own, added=added)
        return ledger_costs.absorb(self._company_id, entity, ids, prepared, known)

    def _retire(self, entity: str, before: datetime) -> None:
        ledger_costs.retire(self._company_id, entity, before)

    def _settle(self) -> None:
        """What was linked or unlinked since its costs were read."""
        own, added = own_documents(self._company_id, ENTITIES), added_lines(self._company_id, ENTITIES)
        known = replace(known_of(self._company_id), own=own, added=added)
        with transaction.atomic():
            ledger_costs.settle(self._company_id, known)
            readings.note(self._reading, "Finished")
