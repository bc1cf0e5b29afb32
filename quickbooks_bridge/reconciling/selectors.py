"""What pages and API show of comparisons and of documents that are not ours; every read starts from the person."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.db.models import F, QuerySet, Sum

from commitments.models import Commitment
from commitments.selectors import commitments_for
from procore_sync.accounts.access import Right, may, visible
from procore_sync.accounts.models import Membership
from procore_sync.kit.finding import carrying
from quickbooks_bridge.reconciling.books import COLUMNS
from quickbooks_bridge.reconciling.rows import ForeignDocument, ReconciliationRow, ReconciliationRun


def runs_for(member: Membership) -> QuerySet[ReconciliationRun]:
    """The comparisons of the company, newest first."""
    return visible(ReconciliationRun.objects.select_related("asked_by__user", "company"), member)


def last_run(member: Membership) -> ReconciliationRun | None:
    """The newest comparison that came to its end."""
    return runs_for(member).filter(ended_at__isnull=False, error="").first()


def rows_for(member: Membership) -> QuerySet[ReconciliationRow]:
    """The rows that `member` may see: none of a project or vendor with a commitment that is hidden from them.

    They hold the figures of every commitment.
    """
    rows = ReconciliationRow.objects.filter(run__company_id=member.company_id).select_related("run")
    if not may(member, Right.VIEW):
        return rows.none()
    seen = commitments_for(member).order_by().values("pk")
    hidden = Commitment.objects.filter(company_id=member.company_id).exclude(pk__in=seen)
    projects, vendors = (
        set(hidden.order_by().values_list(name, flat=True).distinct()) for name in ("project_id", "vendor_id")
    )
    return rows.exclude(project_id__in=projects).exclude(vendor_id__in=vendors - {None})


@dataclass(frozen=True)
class Line:
    """A row as the page shows it: what ours says, and the figures that differ with both sides."""

    row: ReconciliationRow
    ours: list[tuple[str, str]]
    differing: list[tuple[str, str, str, str]]

    @property
    def is_new(self) -> bool:
        """Whether the run before did not find this difference."""
        return self.row.since is not None and self.row.since >= self.row.run.began_at

    @classmethod
    def of(cls, row: ReconciliationRow) -> Line:
        """The figures in the order of the columns."""
        told: list[tuple[str, str, str, str]] = [
            (label, row.ours[key], row.theirs[key], row.difference[key]) for key, label, _ in COLUMNS
        ]
        return cls(row, [(label, ours) for label, ours, _, _ in told], [one for one in told if one[1] != one[2]])


def lines_of(member: Membership, run: ReconciliationRun, scope: str) -> list[Line]:
    """The projects or the vendors of a run, those first that differ."""
    rows = rows_for(member).filter(run=run, scope=scope).order_by("-differs", "name", "pk")
    return [Line.of(row) for row in rows]


# -- what is not ours --------------------------------------------------------------------------------------------------


def foreign_for(member: Membership) -> QuerySet[ForeignDocument]:
    """The documents in QuickBooks for our jobs and vendors that are not ours, the newest first."""
    rows = visible(ForeignDocument.objects.select_related("project", "vendor", "put_away_by__user"), member)
    return rows.order_by(F("day").desc(nulls_last=True), "-pk")


def narrowed(rows: QuerySet[ForeignDocument], asked: dict[str, Any]) -> QuerySet[ForeignDocument]:
    """Those of `rows` that are asked for; without a view those that are open."""
    rows = rows.filter(put_away_at__isnull=asked.get("view") != "put_away")
    for name in ("entity", "project", "vendor"):
        if asked.get(name):
            rows = rows.filter(**{name: asked[name]})
    words = (asked.get("q") or "").strip()
    return rows.filter(carrying(words, "number", "party")) if words else rows


def total_of(rows: QuerySet[ForeignDocument]) -> Any:
    """What they come to; None for none."""
    return rows.order_by().aggregate(total=Sum("total"))["total"]


def on_home(member: Membership) -> ReconciliationRun | None:
    """The last comparison for those who decide on records or keep the books; None for others, or before the first."""
    return last_run(member) if may(member, Right.DECIDE) or may(member, Right.MAP) else None
