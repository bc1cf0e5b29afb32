"""Comparing everything a company has in both places: nightly, and when somebody asks.

First bills and payments are brought up to date, as their own readings do, then purchase orders and estimates, of which
the drift watch learns. Then every project and vendor is compared, and what is not ours is gathered. It may be broken
off anywhere while reading.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any, Final

from django.db import transaction
from django.db.models import Exists, OuterRef, QuerySet
from django.utils import timezone
from django.utils.translation import gettext

from procore_sync.accounts.access import Right, may
from procore_sync.accounts.models import Company, Membership
from procore_sync.kit.clock import database_time
from procore_sync.kit.refusals import NotAllowed
from projects import readings
from quickbooks_bridge.importers import payments
from quickbooks_bridge.importers import reading as reading_on
from quickbooks_bridge.importers.bill_mirror import keep
from quickbooks_bridge.importers.reading import SLICE_SECONDS, Document
from quickbooks_bridge.models import BillState, Connection, ConnectionStatus, Link
from quickbooks_bridge.payment_schedules import schedule_of
from quickbooks_bridge.reconciling.ahead import look_once
from quickbooks_bridge.reconciling.comparing import HEARD_BY, ORDERS, Tallies, compared, note_gone, rows_of
from quickbooks_bridge.reconciling.foreign import gather
from quickbooks_bridge.reconciling.order_documents import order_row
from quickbooks_bridge.reconciling.rows import LedgerOrder, OrderCursor, ReconciliationRow, ReconciliationRun, Scope
from quickbooks_bridge.watching import handing

#: The hour of the company's own night from which on it is compared.
NIGHT_HOUR: Final = 2
#: How long the rows of a run are kept; the run itself stays.
KEPT: Final = timedelta(days=90)


def may_ask(member: Membership) -> bool:
    """Whether `member` may have it compared: project managers, accountants and administrators."""
    return may(member, Right.EDIT) or may(member, Right.MAP)


def ask(company: Company, *, by: Membership) -> ReconciliationRun:
    """The run that a person asks for, ready to be carried on by a worker.

    Raises:
        NotAllowed: `by` may not ask for one.
        AlreadyReading: one is being made now.
        Refusal: QuickBooks cannot be asked now.
    """
    if not may_ask(by):
        raise NotAllowed(
            gettext(
                "Only a project manager, an accountant or an administrator may have console and QuickBooks compared. "
                "An administrator can grant it under People."
            ),
            who="administrator",
        )
    return reading_on.ask(ReconciliationRun, company.pk, by=by)


def due() -> list[int]:
    """The companies to compare now: a run was left half way, or their night has come. One without a link costs none."""
    now = database_time()
    runs = ReconciliationRun.objects.filter(company=OuterRef("company"))
    rows = Connection.objects.filter(
        Exists(Link.objects.filter(company=OuterRef("company"))), status=ConnectionStatus.CONNECTED
    ).select_related("company")
    told = rows.annotate(
        left=Exists(runs.filter(ended_at=None)), busy=Exists(runs.filter(ended_at=None, leased_until__gt=now))
    )
    return sorted(row.company_id for row in told if not row.busy and (row.left or _is_night(row.company, now)))


def _is_night(company: Company, now: datetime) -> bool:
    """Whether the company's night has begun and it was not compared since."""
    here = now.astimezone(company.zone)
    # The first two o'clock, where the end of summer time brings a second one.
    began = here.replace(hour=NIGHT_HOUR, minute=0, second=0, microsecond=0, fold=0)
    if here < began:
        return False
    return not ReconciliationRun.objects.filter(company=company, began_at__gte=began).exists()


def carry_on(company_id: int, *, seconds: float = SLICE_SECONDS) -> ReconciliationRun | None:
    """Go on for at most about `seconds`; None if another process does. `ended_at` says whether it is over."""
    return reading_on.carry_on(Reader, ReconciliationRun, company_id, seconds=seconds)


class Reader(reading_on.Reader[ReconciliationRun, list[LedgerOrder]]):
    """One process's turn at a run."""

    cursors = OrderCursor
    entities = ORDERS
    reported = entities

    def read(self, *, until: float) -> bool:
        """Bills and payments first; whether everything is up to date and compared."""
        if not self._reading.reads and look_once(self._company_id) is not None:
            readings.note(self._reading, "What is not known here", reads=1)
        if not self._bills_are_read(until):
            return False
        return super().read(until=until)

    def _bills_are_read(self, until: float) -> bool:
        """Whether bills are as far as they can be now; another process that reads them is not waited for."""
        if not schedule_of(self._row.company).is_on:
            return True
        readings.note(self._reading, "Bills and payments")
        found = payments.carry_on(self._company_id, seconds=max(1.0, until - time.monotonic()))
        return found is None or found.ended_at is not None or bool(found.error)

    def _prepared(self, entity: str, documents: list[Document]) -> list[LedgerOrder]:
        return [order_row(self._company_id, entity, one) for one in documents]

    def _announce(self, entity: str, documents: list[Document], deleted: Sequence[str]) -> None:
        handing.announce(self._row, entity, documents, deleted, heard_by=HEARD_BY)

    def _absorb(
        self, entity: str, documents: list[Document], prepared: list[LedgerOrder], deleted: Sequence[str]
    ) -> int:
        now = database_time()
        gone = {"company_id": self._company_id, "entity": entity, "state": BillState.DELETED}
        keep(self._rows(entity), prepared, now)
        keep(self._rows(entity), [LedgerOrder(remote_id=one, **gone) for one in deleted], now)
        return sum(len(one.get("Line") or []) for one in documents)

    def _rows(self, entity: str) -> QuerySet[LedgerOrder]:
        return LedgerOrder.objects.filter(company_id=self._company_id, entity=entity)

    def _retire(self, entity: str, before: datetime) -> None:
        self._rows(entity).filter(seen_at__lt=before).update(state=BillState.DELETED)

    def _settle(self) -> None:
        note_gone(self._row, self._reading.began_at)
        found = compared(self._company_id, lambda step: readings.note(self._reading, step))
        with transaction.atomic():
            conclude(self._reading, found, timezone.now())
            readings.note(self._reading, "Finished")


def conclude(run: ReconciliationRun, found: Tallies, at: datetime) -> None:
    """Write down what a run came to, in the caller's transaction."""
    rows = rows_of(run, found, at)
    run.rows.all().delete()
    ReconciliationRow.objects.bulk_create(rows, batch_size=500)
    columns: dict[str, Any] = {
        "projects": sum(one.scope == Scope.PROJECT for one in rows),
        "vendors": sum(one.scope == Scope.VENDOR for one in rows),
        "differing": sum(one.differs for one in rows),
        "fresh": sum(one.since == at for one in rows),
        "not_ours": gather(run, at),
    }
    ReconciliationRun.objects.filter(pk=run.pk).update(**columns)
    ReconciliationRow.objects.filter(run__company_id=run.company_id, run__began_at__lt=at - KEPT).delete()
