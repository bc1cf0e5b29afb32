"""How often QuickBooks may be asked in a day, who counts, and what becomes slower before it is too often."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import time_machine
from django.utils import timezone
from pytest_django import Settings

from procore_sync.accounts.models import Company, Membership
from quickbooks_bridge.client.faults import LedgerFault
from quickbooks_bridge.importers.names import refresh
from quickbooks_bridge.ledgers import ledger_for
from quickbooks_bridge.models import Connection, Link
from quickbooks_bridge.watch_models import ReadCount, Sweep
from quickbooks_bridge.watching import budgets, deliveries, schedules, sweeps
from quickbooks_bridge.watching.budgets import reading_for
from tests.factories import make_vendor
from tests.quickbooks_bridge.emulator_process import REALM, EmulatorProcess
from tests.quickbooks_bridge.watching.conftest import calls, look
from tests.scenes import kept

NOON = datetime(2026, 11, 26, 12, tzinfo=UTC)


def counted() -> dict[str, int]:
    return dict(ReadCount.objects.values_list("purpose", "reads"))


def use_up(company: Company, reads: int, purpose: str = "Payments") -> None:
    ReadCount.objects.update_or_create(
        company=company, day=timezone.now().date(), purpose=purpose, defaults={"reads": reads}
    )


@pytest.fixture
@kept
def row(max_pm: Membership) -> Connection:
    """A connection of a company that has something in QuickBooks; nobody calls it."""
    vendor = make_vendor(max_pm, "Ace Electric")
    Link.objects.create(item=vendor.erp, company=max_pm.company, entity="Vendor", remote_id="14")
    return Connection.objects.create(company=max_pm.company, realm_id=REALM, environment="sandbox")


def test_reading_calls_are_counted_by_purpose_and_writing_is_not(
    connected: Connection, emulator: EmulatorProcess
) -> None:
    ReadCount.objects.all().delete()
    ledger = ledger_for(connected)
    ledger.query("SELECT * FROM Vendor")
    with reading_for("Payments"):
        ledger.preferences()
        ledger.company_info()
    ledger.create("Vendor", {"DisplayName": "Somebody New"}, "watch-1")
    assert counted() == {budgets.OTHERWISE: 1, "Payments": 2}
    assert budgets.reads_today(connected.company_id) == 3


def test_a_call_that_fails_at_quickbooks_is_counted_too(connected: Connection, emulator: EmulatorProcess) -> None:
    ReadCount.objects.all().delete()
    emulator.fault("500", method="GET")
    with pytest.raises(LedgerFault):
        ledger_for(connected).preferences()
    assert counted() == {budgets.OTHERWISE: 1}


def test_looking_and_the_other_readings_are_counted_for_what_they_are(watched: Connection) -> None:
    refresh(watched, full=True)
    assert counted()["Names"] >= 6
    assert counted()["Changes"] == 4


@pytest.mark.parametrize(
    ("used", "minutes"),
    [(0, 15.0), (1900, 15.0), (1976, 30.0), (1999, 720.0), (2000, None), (2500, None)],
)
def test_what_is_left_is_spread_over_the_rest_of_the_day(
    row: Connection, settings: Settings, used: int, minutes: float | None
) -> None:
    settings.QUICKBOOKS_READS_A_DAY = 2000
    with time_machine.travel(NOON, tick=False):
        use_up(row.company, used)
        pace = schedules.pace_of(row.company_id)
    assert pace == (None if minutes is None else timedelta(minutes=minutes))


def test_the_page_says_how_often_and_why(row: Connection, settings: Settings) -> None:
    settings.QUICKBOOKS_WEBHOOK_TOKEN = ""
    with time_machine.travel(NOON, tick=False):
        assert "every 15 minutes" in schedules.pace_sentence(row.company_id)
        use_up(row.company, 1976)
        assert "Slowed down" in (said := schedules.pace_sentence(row.company_id))
        assert "every 30 minutes" in said
        use_up(row.company, 2000)
        assert "used up" in schedules.pace_sentence(row.company_id)
    settings.WATCH_MINUTES = 0
    assert "only" in schedules.pace_sentence(row.company_id)


def test_without_a_budget_nothing_slows_down(row: Connection, settings: Settings) -> None:
    settings.QUICKBOOKS_READS_A_DAY = 0
    use_up(row.company, 1_000_000)
    assert schedules.pace_of(row.company_id) == timedelta(minutes=15)


def test_webhooks_make_it_look_oftener(row: Connection, settings: Settings) -> None:
    settings.QUICKBOOKS_WEBHOOK_TOKEN = "a-token"
    assert schedules.pace_of(row.company_id) == timedelta(minutes=5)


def test_what_another_company_reads_is_not_counted_here(row: Connection, other_company: Company) -> None:
    use_up(other_company, 2000)
    assert budgets.left_today(row.company_id) == 2000


def test_a_new_day_has_a_new_budget(row: Connection) -> None:
    with time_machine.travel(NOON, tick=False):
        use_up(row.company, 2000)
        assert budgets.left_today(row.company_id) == 0
    with time_machine.travel(NOON + timedelta(hours=12), tick=False):
        assert budgets.left_today(row.company_id) == 2000


def test_with_the_budget_used_up_nothing_is_asked_and_it_says_so(
    watched: Connection, emulator: EmulatorProcess
) -> None:
    use_up(watched.company, 2000)
    calls(emulator)
    sweep = sweeps.carry_on(watched.company_id)
    assert sweep
    assert "used up" in sweep.error
    assert not calls(emulator)
    assert schedules.due() == []


def test_a_person_who_asks_is_answered_and_counted(
    watched: Connection, emulator: EmulatorProcess, ada: Membership
) -> None:
    use_up(watched.company, 2000)
    sweeps.carry_on(watched.company_id)
    sweeps.ask(watched.company, by=ada)
    look(watched)
    assert budgets.reads_today(watched.company_id) > 2000


# -- whose turn it is --------------------------------------------------------------------------------------------------


def looked(row: Connection, minutes_ago: float, **more: Any) -> None:
    at = timezone.now() - timedelta(minutes=minutes_ago)
    sweep = Sweep.objects.create(company=row.company, leased_until=at, **{"ended_at": at, **more})
    Sweep.objects.filter(pk=sweep.pk).update(began_at=at)


def test_it_is_a_companys_turn_by_the_pace(row: Connection, settings: Settings) -> None:
    assert schedules.due() == [row.company_id]
    looked(row, 14)
    assert schedules.due() == []
    Sweep.objects.update(began_at=timezone.now() - timedelta(minutes=16))
    assert schedules.due() == [row.company_id]
    settings.WATCH_MINUTES = 0
    assert schedules.due() == []


def test_a_webhook_makes_it_its_turn_but_not_at_once_again(row: Connection, settings: Settings) -> None:
    settings.QUICKBOOKS_WEBHOOK_TOKEN = "a-token"
    looked(row, 1)
    assert not schedules.is_due(row.company_id)
    deliveries.store(
        b'[{"type": "qbo.vendor.updated.v1", "intuitentityid": "14", "intuitaccountid": "' + REALM.encode() + b'"}]'
    )
    assert schedules.is_due(row.company_id)
    looked(row, 0.2)
    assert not schedules.is_due(row.company_id)


def test_a_webhook_never_makes_it_later_than_it_would_have_been(row: Connection, settings: Settings) -> None:
    settings.QUICKBOOKS_WEBHOOK_TOKEN, settings.QUICKBOOKS_READS_A_DAY = "a-token", 0
    settings.WATCH_MINUTES_WITH_HOOKS = 0.1
    event = {"type": "qbo.vendor.updated.v1", "intuitentityid": "14", "intuitaccountid": REALM}
    deliveries.store(json.dumps([event]).encode())
    looked(row, 0.2)
    assert schedules.is_due(row.company_id)


def test_what_was_left_half_done_goes_on_unless_somebody_is_at_it(row: Connection) -> None:
    looked(row, 1, ended_at=None)
    assert schedules.due() == [row.company_id]
    Sweep.objects.update(leased_until=timezone.now() + timedelta(minutes=1))
    assert schedules.due() == []


def test_nobody_looks_where_nothing_is_ours_or_nothing_is_connected(row: Connection) -> None:
    Connection.objects.update(status="disconnected")
    assert schedules.due() == []
    Connection.objects.update(status="connected")
    Link.objects.all().delete()
    assert schedules.due() == []
