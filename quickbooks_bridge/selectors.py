"""What the QuickBooks pages and the API show."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Count, Exists, OuterRef, QuerySet, Subquery
from django.db.models.functions import Coalesce
from django.utils.translation import gettext_noop

from procore_sync.acceptance.courier import Obstacle
from procore_sync.acceptance.models import Submission
from procore_sync.acceptance.selectors import readable
from procore_sync.acceptance.states import Work
from procore_sync.accounts.access import visible
from procore_sync.accounts.changes import last_of_settings
from procore_sync.accounts.models import Company, Membership
from procore_sync.kit.kept import in_the_readers_words
from projects.models import CostLine
from quickbooks_bridge import names
from quickbooks_bridge.connecting import SENDING, mode_is_fixed
from quickbooks_bridge.connections import HALTED, obstacle_of
from quickbooks_bridge.drift.selectors import drifts_for
from quickbooks_bridge.editions import to_do
from quickbooks_bridge.importers.candidates import ready_to_import
from quickbooks_bridge.lifetimes import countdown
from quickbooks_bridge.models import Connection, Cursor, LedgerName, Link

_WAITING = (Work.DUE, Work.FLYING, Work.UNCERTAIN, Work.WAITING)


def connections_for(member: Membership) -> QuerySet[Connection]:
    """The connection that `member` may see: their company's, or none."""
    return visible(Connection.objects.select_related("company", "connected_by__user"), member)


def links_for(member: Membership) -> QuerySet[Link]:
    """Which of the company's records are what in QuickBooks; of the private ones those that `member` may read."""
    return readable(visible(Link.objects.select_related("item"), member), member, erp="item")


def costs_not_hidden(rows: QuerySet[CostLine], member: Membership) -> QuerySet[CostLine]:
    """Those of `rows` that do not stand in the document of a private record that `member` may not read."""
    private = Link.objects.filter(company_id=member.company_id, item__is_private=True)
    hidden = private.exclude(pk__in=links_for(member).order_by().values("pk"))
    return rows.filter(~Exists(hidden.filter(entity=OuterRef("entity"), remote_id=OuterRef("txn_id"))))


def ledger_names_for(member: Membership) -> QuerySet[LedgerName]:
    """The QuickBooks names that `member` may see."""
    return visible(LedgerName.objects.select_related("candidate"), member)


def waiting_for(member: Membership) -> tuple[int, int]:
    """How many rows of QuickBooks stand ready to import, and how many cards of drift are open; one query."""
    rows = Company.objects.filter(pk=member.company_id)
    to_import, changed = rows.values_list(_count(ready_to_import(member)), _count(drifts_for(member, "open"))).get()
    return int(to_import), int(changed)


def _count(rows: QuerySet[Any]) -> Coalesce:
    counted = rows.order_by().values("company").annotate(count=Count("pk")).values("count")
    return Coalesce(Subquery(counted), 0)


@dataclass(frozen=True)
class NameList:
    """A list of QuickBooks as it was read: how many active names, and when."""

    label: str
    count: int
    cursor: Cursor | None


@dataclass(frozen=True)
class Overview:
    """The QuickBooks page: the connection, what stands in its way, how old the lists are, how much waits."""

    connection: Connection
    obstacle: str
    ending: str
    to_do: int
    lists: list[NameList]
    mode_is_fixed: bool
    waiting: int
    oldest: datetime | None

    @property
    def is_reading(self) -> bool:
        """Whether lists are on their way for the first time, so that the page asks again by itself."""
        cursors = [one.cursor for one in self.lists]
        return self.connection.is_connected and not all(
            one and (one.last_run_at or one.error) for one in cursors or [None]
        )


def overview_of(row: Connection) -> Overview:
    """Everything the QuickBooks page shows of a connection."""
    obstacle = obstacle_of(row)
    waiting = Submission.objects.filter(company_id=row.company_id, work__in=_WAITING)
    oldest = waiting.order_by("decided_at").values_list("decided_at", flat=True).first()
    return Overview(
        connection=row,
        obstacle=_told(row, obstacle) if obstacle else "",
        ending=countdown(row),
        to_do=len(to_do(row)),
        lists=_lists(row),
        mode_is_fixed=mode_is_fixed(row.company_id),
        waiting=waiting.count(),
        oldest=oldest,
    )


def _told(row: Connection, obstacle: Obstacle) -> str:
    """What stands in the way, and who paused the sending if that is what does."""
    told = in_the_readers_words(obstacle.sentence)
    return last_of_settings(told, row.company_id, [SENDING]) if obstacle.sentence == HALTED else told


def _lists(row: Connection) -> list[NameList]:
    company_id = row.company_id
    cursors = {one.entity: one for one in Cursor.objects.filter(company_id=company_id)}
    rows = LedgerName.objects.filter(company_id=company_id, active=True).values_list("entity")
    counts = dict(rows.annotate(count=Count("pk")))
    if not cursors:
        return []
    return [NameList(_PLURALS[one], counts.get(one, 0), cursors.get(one)) for one in names.lists_of(row)]


_PLURALS = {
    "Account": gettext_noop("Accounts"),
    "Term": gettext_noop("Terms"),
    "Customer": gettext_noop("Customers and jobs"),
    "Vendor": gettext_noop("Vendors"),
    "Employee": gettext_noop("Employees"),
    "Item": gettext_noop("Items"),
    "Class": gettext_noop("Classes"),
    "Department": gettext_noop("Locations"),
    "TaxCode": gettext_noop("Tax codes"),
}
