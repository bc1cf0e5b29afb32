"""A company that is billed, watched in a running look-alike: its bookkeeper, and what Intuit posts about them."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest
from django.utils import timezone

from commitments.models import Commitment
from invoices.models import Invoice
from procore_sync.accounts.models import Membership
from quickbooks_bridge.models import Connection, Every, Mapping, PaymentSchedule
from quickbooks_bridge.watch_models import Sweep, WatchCursor
from quickbooks_bridge.watching import sweeps
from tests.factories import make_commitment, synced
from tests.quickbooks_bridge.emulator_process import EmulatorProcess
from tests.quickbooks_bridge.payers import Payer, billed
from tests.scenes import kept


@pytest.fixture
@kept
def payer(books: Connection, emulator: EmulatorProcess) -> Payer:
    """The bookkeeper; the company's retainage item is chosen, and payments are taken from November on."""
    found = Payer(emulator)
    Mapping.objects.create(
        company=books.company, thing="retainage_item", entity="Item", remote_id=found.id_of("Item", "Retainage")
    )
    PaymentSchedule.objects.create(
        company=books.company, hours=Every.HOUR, since=date(2026, 11, 1), began_at=timezone.now()
    )
    return found


@pytest.fixture
@kept
def subcontract(max_pm: Membership) -> Commitment:
    return synced(make_commitment(max_pm, lines=["10000.00"]))


@pytest.fixture
@kept
def work(max_pm: Membership, payer: Payer, subcontract: Commitment) -> tuple[Invoice, dict[str, Any]]:
    """An invoice of 1,000.00, and its bill."""
    found: tuple[Invoice, dict[str, Any]] = billed(max_pm, payer, subcontract, "1000.00")
    return found


def look(row: Connection) -> Sweep:
    """One look to its end."""
    sweep = sweeps.carry_on(row.company_id)
    assert sweep
    assert sweep.ended_at
    assert not sweep.error, sweep.error
    return sweep


def calls(emulator: EmulatorProcess) -> list[str]:
    """The reading calls since the last time, by the last part of their paths."""
    told = [one["path"].partition("?")[0].rpartition("/")[2] for one in emulator.requests("/v3/company/")]
    emulator.control("requests", method="DELETE")
    return told


@pytest.fixture
@kept
def watched(books: Connection, work: Any, emulator: EmulatorProcess) -> Connection:
    """Harbor Row after its first look."""
    look(books)
    calls(emulator)
    return books


def missed(row: Connection, *entities: str, by: timedelta = timedelta(hours=1)) -> None:
    """What changed until now was not told: the next look begins later."""
    rows = WatchCursor.objects.filter(company_id=row.company_id)
    (rows.filter(entity__in=entities) if entities else rows).update(changed_since=timezone.now() + by)


Told = Callable[[], list[tuple[str, list[str]]]]


@pytest.fixture
def handed(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, str, list[str], str]]:
    """What the drift watch is told: examine or gone, the kind, the ids, and how it was heard."""
    found: list[tuple[str, str, list[str], str]] = []

    def examine(row: Connection, entity: str, documents: Any, *, heard_by: str, into: Any) -> int:
        found.append(("examine", entity, [str(one["Id"]) for one in documents], heard_by))
        return 0

    def gone(row: Connection, entity: str, remote_ids: Any, *, heard_by: str, into: Any) -> int:
        found.append(("gone", entity, list(remote_ids), heard_by))
        return 0

    monkeypatch.setattr("quickbooks_bridge.drift.examine", examine)
    monkeypatch.setattr("quickbooks_bridge.drift.gone", gone)
    return found
