"""What the QuickBooks pages and the API show."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.db.models import QuerySet

from procore_sync.acceptance.models import Submission
from procore_sync.acceptance.states import Work
from procore_sync.accounts.access import visible
from procore_sync.accounts.models import Membership
from quickbooks_bridge import names
from quickbooks_bridge.connecting import mode_is_fixed
from quickbooks_bridge.connections import obstacle_of
from quickbooks_bridge.defaults import Default, defaults_of
from quickbooks_bridge.models import Connection, Cursor, LedgerName, Link

_WAITING = (Work.DUE, Work.FLYING, Work.UNCERTAIN, Work.WAITING)


def connections_for(member: Membership) -> QuerySet[Connection]:
    """The connection that `member` may see: his company's, or none."""
    return visible(Connection.objects.select_related("company", "connected_by__user"), member)


def links_for(member: Membership) -> QuerySet[Link]:
    """Which of the company's records are what in QuickBooks."""
    return visible(Link.objects.select_related("item"), member)


def ledger_names_for(member: Membership) -> QuerySet[LedgerName]:
    """The QuickBooks names that `member` may see."""
    return visible(LedgerName.objects.select_related("candidate"), member)


@dataclass(frozen=True)
class Overview:
    """The QuickBooks page: the connection, what stands in its way, how old the lists are, how much waits."""

    connection: Connection
    obstacle: str
    cursors: list[Cursor]
    counts: dict[str, int]
    defaults: list[Default]
    mode_is_fixed: bool
    waiting: int
    oldest: datetime | None


def overview_of(row: Connection) -> Overview:
    """Everything the QuickBooks page shows of a connection."""
    obstacle = obstacle_of(row)
    waiting = Submission.objects.filter(company_id=row.company_id, work__in=_WAITING)
    oldest = waiting.order_by("decided_at").values_list("decided_at", flat=True).first()
    counts = {entity: names.names_of(row.company_id, entity).filter(active=True).count() for entity in names.ENTITIES}
    return Overview(
        connection=row,
        obstacle=obstacle.sentence if obstacle else "",
        cursors=list(Cursor.objects.filter(company_id=row.company_id)),
        counts=counts,
        defaults=defaults_of(row.company_id),
        mode_is_fixed=mode_is_fixed(row.company_id),
        waiting=waiting.count(),
        oldest=oldest,
    )
