"""Reading what stands in QuickBooks already, while something else happens."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from functools import partial

from django.db import connection
from django.test.utils import CaptureQueriesContext

from procore_sync.accounts.models import Membership
from quickbooks_bridge.client.api import PAGE, Ledger, Page
from quickbooks_bridge.importers import reading as reading_on
from quickbooks_bridge.ledgers import ledger_for
from quickbooks_bridge.models import Connection
from quickbooks_bridge.onboarding.beginning import begin
from quickbooks_bridge.onboarding.models import OpeningCursor, OpeningDocument, OpeningReading
from quickbooks_bridge.onboarding.reading import Reader, ask, carry_on
from tests.quickbooks_bridge.onboarding.typed import Typed


class Meanwhile(Ledger):
    """A ledger beside whose first answer something else happens."""

    def __init__(self, ledger: Ledger, happens: Callable[[], object]) -> None:
        super().__init__(ledger._transport)
        self._happens: Callable[[], object] | None = happens

    def page(self, entity: str, *, start: int, where: str = "", size: int = PAGE) -> Page:
        found = super().page(entity, start=start, where=where, size=size)
        happens, self._happens = self._happens, None
        if happens:
            happens()
        return found


def test_an_earlier_day_that_is_chosen_while_it_is_read_counts_from_then_on(
    books: Connection, typed: Typed, alma: Membership
) -> None:
    typed.order("NEW", typed.line("5.00"), TxnDate="2026-11-02")
    typed.order("OLD", typed.line("7.00"), TxnDate="2025-06-02")
    begin(since=date(2026, 1, 1), by=alma)
    ask(by=alma)

    def turn(row: Connection, reading: OpeningReading) -> Reader:
        choose = partial(begin, since=date(2025, 1, 1), by=alma)
        return Reader(row, reading, Meanwhile(ledger_for(row, patience=1.0), choose))

    first = reading_on.carry_on(turn, OpeningReading, books.company_id)
    assert first
    assert first.ended_at is None, "it is not up to date"
    carry_on(books.company_id)

    assert set(OpeningDocument.objects.values_list("number", flat=True)) == {"NEW", "OLD"}


def test_a_day_is_laid_elsewhere_under_the_lock_of_who_reads(books: Connection, alma: Membership) -> None:
    with CaptureQueriesContext(connection) as asked:
        begin(since=date(2025, 1, 1), by=alma)
    written = [one["sql"].split('"')[1] for one in asked if one["sql"].startswith("UPDATE")]
    tables = [one._meta.db_table for one in (Connection, OpeningCursor)]
    assert [one for one in written if one in tables] == tables
