"""Reading what stands in QuickBooks since the first day of the matching: orders, estimates, bills and vendor credits.

How it is read is told in `importers.reading`. The first time all of that period, then what changed since; another
first day begins it anew. What people decided about a document stays, whatever is read of it again.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime

from django.db.models import Exists, OuterRef, QuerySet
from django.utils.translation import gettext, gettext_noop

from procore_sync.accounts.access import Right, require
from procore_sync.accounts.models import Membership
from procore_sync.kit.clock import database_time
from procore_sync.kit.refusals import Refusal
from quickbooks_bridge.client.api import Ledger, quote
from quickbooks_bridge.connections import connection_of
from quickbooks_bridge.cursors import DocumentCursor
from quickbooks_bridge.importers import reading as reading_on
from quickbooks_bridge.importers.reading import SLICE_SECONDS, Document
from quickbooks_bridge.models import BillState, Connection, ConnectionStatus
from quickbooks_bridge.onboarding.documents import ENTITIES, opening_row
from quickbooks_bridge.onboarding.models import OpeningCursor, OpeningDocument, OpeningReading

_DECIDED = frozenset({"id", "set_aside_at", "set_aside_by", "set_aside_why"})
_KEY = ["company", "entity", "remote_id"]
_COLUMNS = [
    one.name for one in OpeningDocument._meta.concrete_fields if one.name not in _DECIDED and one.name not in _KEY
]


class NotOnboarding(Refusal):
    """The company does not match what stands in QuickBooks now."""

    cure = gettext_noop("An administrator begins the matching under Match what is there.")


def ask(*, by: Membership) -> OpeningReading:
    """The reading that a person asks for, ready to be carried on by a worker.

    Raises:
        NotAllowed: `by` is neither accountant nor administrator.
        NotOnboarding: the matching has not begun, or is over.
        AlreadyReading: it is read now.
        Refusal: QuickBooks cannot be asked now.
    """
    require(by, Right.MAP)
    row = connection_of(by.company_id)
    if row is not None and not row.is_onboarding:
        raise NotOnboarding(gettext("Nothing is being matched now. Begin the matching first."), who="administrator")
    return reading_on.ask(OpeningReading, by.company_id, by=by)


def due() -> list[int]:
    """The companies whose reading was left half way and is nobody's now."""
    now = database_time()
    left = OpeningReading.objects.filter(company=OuterRef("company"), ended_at=None, leased_until__lte=now)
    rows = Connection.objects.filter(Exists(left), is_onboarding=True, status=ConnectionStatus.CONNECTED)
    return sorted(rows.values_list("company_id", flat=True))


def carry_on(company_id: int, *, seconds: float = SLICE_SECONDS) -> OpeningReading | None:
    """Read for at most about `seconds`; None if another process is reading. `ended_at` says whether it is over."""
    return reading_on.carry_on(Reader, OpeningReading, company_id, seconds=seconds)


def begin_anew(company_id: int) -> None:
    """Let the next reading be of the whole period."""
    OpeningCursor.objects.filter(company_id=company_id).update(changed_since=None, position=0, last_id="")


class Reader(reading_on.Reader[OpeningReading, "list[OpeningDocument]"]):
    """One process's turn at a reading."""

    cursors = OpeningCursor
    entities = ENTITIES
    reported = ENTITIES

    def __init__(self, row: Connection, reading: OpeningReading, ledger: Ledger | None = None) -> None:
        super().__init__(row, reading, ledger)
        self._since: date | None = row.onboards_from

    def _where(self, cursor: DocumentCursor) -> str:
        """Those of the period, whatever else is asked for."""
        dated = f"TxnDate >= {quote(self._since)}" if self._since else ""
        return " AND ".join(part for part in (super()._where(cursor), dated) if part)

    def _prepared(self, entity: str, documents: list[Document]) -> list[OpeningDocument]:
        rows = [opening_row(self._company_id, entity, one) for one in documents]
        return [row for row in rows if self._since is None or (row.day is not None and row.day >= self._since)]

    def _absorb(
        self, entity: str, documents: list[Document], prepared: list[OpeningDocument], deleted: Sequence[str]
    ) -> int:
        now = database_time()
        for row in prepared:
            row.seen_at = now
        OpeningDocument.objects.bulk_create(
            prepared, batch_size=200, update_conflicts=True, unique_fields=_KEY, update_fields=_COLUMNS
        )
        kept = {row.remote_id for row in prepared}
        moved = [str(one["Id"]) for one in documents if str(one["Id"]) not in kept]
        self._rows(entity).filter(remote_id__in=[*deleted, *moved]).update(state=BillState.DELETED)
        return sum(len(one.get("Line") or []) for one in documents)

    def _rows(self, entity: str) -> QuerySet[OpeningDocument]:
        return OpeningDocument.objects.filter(company_id=self._company_id, entity=entity)

    def _retire(self, entity: str, before: datetime) -> None:
        self._rows(entity).filter(seen_at__lt=before).update(state=BillState.DELETED)

    def _settle(self) -> None:
        """Nothing else follows from what was read: people decide."""
