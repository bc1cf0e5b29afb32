"""Every project and every vendor of a company on both sides, a batch of commitments at a time."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import datetime
from itertools import islice
from typing import Any, Final

from django.db.models import Exists, OuterRef, Q
from django.utils.translation import gettext_noop

from commitments.models import Commitment
from quickbooks_bridge import drift
from quickbooks_bridge.models import BillState, Connection, Link
from quickbooks_bridge.reconciling.books import Books, Cause, Figures, Row
from quickbooks_bridge.reconciling.rows import LedgerOrder, ReconciliationRow, ReconciliationRun, Scope
from quickbooks_bridge.watching.links import SETTLED

BATCH: Final = 200
#: How many causes a row keeps; its own page tells all of them.
MOST_CAUSES: Final = 50
ORDERS: Final = ("PurchaseOrder", "Estimate")
#: How a comparison hears what it tells the drift watch, for people.
HEARD_BY: Final = gettext_noop("a comparison")
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


def note_gone(connection: Connection, read_from: datetime) -> None:
    """Let the drift watch learn which purchase orders and estimates of ours QuickBooks does not hold any more.

    Outside any transaction, as it wants; told twice it finds nothing new.
    """
    held = LedgerOrder.objects.filter(
        company=OuterRef("company"), entity=OuterRef("entity"), remote_id=OuterRef("remote_id")
    )
    stands = Exists(held.exclude(state=BillState.DELETED))
    # What was never read and only just written may not be shown yet.
    looked_for = Q(created_at__lt=read_from - SETTLED) | Exists(held)
    gone = Link.objects.filter(looked_for, ~stands, company_id=connection.company_id)
    for entity in ORDERS:
        ids = gone.filter(entity=entity).values_list("remote_id", flat=True)
        drift.gone(connection, entity, list(ids), heard_by=HEARD_BY)
