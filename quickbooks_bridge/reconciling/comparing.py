"""Every project and every vendor of a company on both sides, a batch of commitments at a time."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import datetime
from itertools import islice
from typing import Any, Final

from commitments.models import Commitment
from quickbooks_bridge.models import BillState, Health, Link
from quickbooks_bridge.reconciling.books import Books, Cause, Figures, Row, number_of
from quickbooks_bridge.reconciling.rows import LedgerOrder, ReconciliationRow, ReconciliationRun, Scope

BATCH: Final = 200
#: How many causes a row keeps; its own page tells all of them.
MOST_CAUSES: Final = 50
_ORDERS = ("PurchaseOrder", "Estimate")
Note = Callable[[str], None]


@dataclass
class Tally:
    """What the commitments of one project, or of one vendor, come to on both sides."""

    scope: Scope
    name: str
    console: Figures = field(default_factory=Figures)
    ledger: Figures = field(default_factory=Figures)
    unexplained: Figures = field(default_factory=Figures)
    differs: bool = False
    causes: list[dict[str, Any]] = field(default_factory=list)

    def add(self, row: Row) -> None:
        """Count a commitment."""
        self.console, self.ledger = self.console + row.console, self.ledger + row.ledger
        self.unexplained = self.unexplained + row.unexplained
        self.differs = self.differs or not row.difference.is_nothing
        for cause in row.causes[: MOST_CAUSES - len(self.causes)]:
            self.causes.append({"commitment": row.commitment.pk, "number": row.commitment.number, **told_of(cause)})


def told_of(cause: Cause) -> dict[str, Any]:
    """A cause as it is kept: its sentence, its document, and what of the difference it explains."""
    return {
        "sentence": cause.sentence,
        "invoice": cause.invoice.pk if cause.invoice else None,
        "entity": cause.entity,
        "remote_id": cause.remote_id,
        "part": {label: str(amount) for label, amount in cause.part.moved},
    }


Tallies = dict[tuple[Scope, int], Tally]


def compared(company_id: int, note: Note) -> Tallies:
    """A tally a project and a vendor of which either side says anything. Holds a batch of commitments at a time.

    `note` is told how far it is, between two batches.
    """
    found: Tallies = {}
    rows = Commitment.objects.filter(company_id=company_id).select_related("erp", "project", "vendor")
    counted = 0
    ordered = rows.order_by("project_id", "pk").iterator(BATCH)
    while batch := list(islice(ordered, BATCH)):
        known = Books(company_id, batch)
        for commitment in batch:
            _count(known.row(commitment), found)
        counted += len(batch)
        note(f"Compared {counted} commitments")
    return found


def _count(row: Row, found: Tallies) -> None:
    if row.console.is_nothing and row.ledger.is_nothing:
        return
    project, vendor = row.commitment.project, row.commitment.vendor
    found.setdefault((Scope.PROJECT, project.pk), Tally(Scope.PROJECT, project.name)).add(row)
    if vendor is not None:
        found.setdefault((Scope.VENDOR, vendor.pk), Tally(Scope.VENDOR, vendor.name)).add(row)


def rows_of(run: ReconciliationRun, found: Tallies, at: datetime) -> list[ReconciliationRow]:
    """The rows of a run; what differed alike in the run before keeps since when it does."""
    before = {_key(one): one for one in _last_before(run)}
    rows = []
    for (scope, pk), tally in found.items():
        row = _row(run, scope, pk, tally)
        earlier = before.get((scope, pk))
        same = earlier is not None and earlier.differs and earlier.difference == row.difference
        row.since = (earlier.since if earlier and same else at) if row.differs else None
        rows.append(row)
    return rows


def _last_before(run: ReconciliationRun) -> Iterable[ReconciliationRow]:
    ended = ReconciliationRun.objects.filter(company_id=run.company_id, ended_at__isnull=False, error="")
    last = ended.exclude(pk=run.pk).first()
    return last.rows.filter(differs=True).iterator() if last else ()


def _key(row: ReconciliationRow) -> tuple[Scope, int]:
    return Scope(row.scope), row.project_id or row.vendor_id or 0


def _row(run: ReconciliationRun, scope: Scope, pk: int, tally: Tally) -> ReconciliationRow:
    return ReconciliationRow(
        run=run,
        scope=scope,
        project_id=pk if scope is Scope.PROJECT else None,
        vendor_id=pk if scope is Scope.VENDOR else None,
        name=tally.name[:255],
        ours=tally.console.told(),
        theirs=tally.ledger.told(),
        difference=(tally.console - tally.ledger).told(),
        unexplained=tally.unexplained.told(),
        differs=tally.differs,
        causes=tally.causes,
    )


def note_health(company_id: int, read_from: datetime) -> None:
    """Let the links of purchase orders and estimates say what was read of them."""
    held = {(one.entity, one.remote_id): one for one in LedgerOrder.objects.filter(company_id=company_id).iterator()}
    told: dict[str, list[int]] = {}
    rows = Link.objects.filter(company_id=company_id, entity__in=_ORDERS).defer("seen", "replaced")
    for link in rows.iterator():
        health = _health_of(link, held.get((link.entity, link.remote_id)), read_from)
        if health != link.health:
            told.setdefault(health, []).append(link.pk)
    for health, links in told.items():
        Link.objects.filter(pk__in=links).update(health=health)


def _health_of(link: Link, order: LedgerOrder | None, read_from: datetime) -> str:
    if order is None:
        return Health.MISSING if link.created_at < read_from else link.health
    if order.state == BillState.DELETED:
        return Health.MISSING
    if number_of(order) < number_of(link):
        return link.health
    if link.total is not None and order.total != link.total:
        return Health.DRIFTED
    return Health.OK if link.health == Health.MISSING else link.health
