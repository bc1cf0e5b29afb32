"""One look at QuickBooks: what changed there is known here, whatever was told, and in how many calls."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from invoices.models import Payment
from invoices.payments import PaymentStatus, paid_of, payment_status
from procore_sync.accounts.models import Membership
from procore_sync.kit.refusals import NotAllowed
from projects import readings
from quickbooks_bridge.client import api
from quickbooks_bridge.drift.answering import give
from quickbooks_bridge.drift_models import Drift
from quickbooks_bridge.importers import names, payments
from quickbooks_bridge.models import BillState, Connection, Health, LedgerBill, LedgerName, Link, PaymentReading
from quickbooks_bridge.watch_models import LinkWatch, Sweep, WatchCursor
from quickbooks_bridge.watching import links, sweeps
from tests.quickbooks_bridge.emulator_process import EmulatorProcess
from tests.quickbooks_bridge.payers import Payer
from tests.quickbooks_bridge.watching.conftest import calls, look, missed

Handed = list[tuple[str, str, list[str], str]]


def test_the_first_look_reads_whole_only_what_nobody_has_read(
    books: Connection, work: Any, emulator: EmulatorProcess
) -> None:
    calls(emulator)
    look(books)
    assert sorted(calls(emulator)) == ["cdc", "query", "query", "query"]
    assert set(LedgerBill.objects.values_list("remote_id", flat=True)) == {
        one["Id"] for one in emulator.documents("Bill")
    }


def test_nothing_new_is_one_call(watched: Connection, emulator: EmulatorProcess) -> None:
    sweep = look(watched)
    assert calls(emulator) == ["cdc"]
    assert sweep.reads == 1


def test_a_look_at_nothing_new_asks_the_database_little(
    watched: Connection, django_assert_max_num_queries: Callable[[int], Any]
) -> None:
    look(watched)
    missed(watched)
    with django_assert_max_num_queries(75):
        look(watched)


def test_a_renamed_vendor_is_known_by_its_new_name(
    watched: Connection, payer: Payer, emulator: EmulatorProcess
) -> None:
    vendor = emulator.named("Vendor", "Ace Electric Co")[0]
    emulator.write("Vendor", {**vendor, "DisplayName": "Ace Electrical"})
    look(watched)
    assert LedgerName.objects.get(entity="Vendor", remote_id=vendor["Id"]).name == "Ace Electrical"


def test_what_is_paid_reaches_the_invoice(watched: Connection, payer: Payer, work: Any) -> None:
    invoice, bill = work
    payer.pay((bill, "1000.00"))
    look(watched)
    assert payment_status(invoice, paid_of([invoice])[invoice.pk]) == PaymentStatus.PAID


def test_a_deleted_bill_is_known_to_be_gone(watched: Connection, payer: Payer, work: Any, handed: Handed) -> None:
    _, bill = work
    payer.delete("Bill", bill)
    look(watched)
    assert LedgerBill.objects.get(remote_id=bill["Id"]).state == BillState.DELETED
    assert Link.objects.get(entity="Bill").health == Health.MISSING
    assert ("gone", "Bill", [bill["Id"]], "the changes") in handed


def test_a_bill_that_is_there_again_is_not_green_by_what_was_read_of_payments(
    watched: Connection, payer: Payer, work: Any, emulator: EmulatorProcess, ada: Membership
) -> None:
    _, bill = work
    emulator.write("Bill", {**bill, "Line": [payer.line("999.00")]})
    look(watched)
    card = Drift.objects.get(entity="Bill", answer="")
    give(card, "accept", by=ada, seen=card.state, note="A cent of it was forgiven, and more.")
    Link.objects.filter(entity="Bill").update(health=Health.MISSING)  # as a reading that did not show it leaves it
    payments.settle(watched)
    assert Link.objects.get(entity="Bill").health == Health.MISSING, "a sum is no proof"
    missed(watched)
    look(watched)
    assert Link.objects.get(entity="Bill").health == Health.ACCEPTED


def test_the_drift_watch_learns_of_every_change_once(
    watched: Connection, payer: Payer, work: Any, emulator: EmulatorProcess, handed: Handed
) -> None:
    _, bill = work
    now = payer.held("Bill", bill["Id"])
    assert now
    emulator.write("Bill", {**now, "PrivateNote": "Looked at"})
    look(watched)
    assert [one for one in handed if bill["Id"] in one[2] and one[1] == "Bill"] == [
        ("examine", "Bill", [bill["Id"]], "the changes")
    ]


def test_the_hourly_readings_do_not_read_what_was_just_looked_at(
    watched: Connection, payer: Payer, work: Any, emulator: EmulatorProcess
) -> None:
    look(watched)
    calls(emulator)
    reading = payments.carry_on(watched.company_id)
    assert reading
    assert reading.ended_at
    names.refresh(watched)
    assert "cdc" not in (asked := calls(emulator))
    assert len(asked) == 2  # company and preferences
    assert Link.objects.get(entity="Bill").health == Health.OK


def test_a_person_who_has_payments_read_is_answered_from_quickbooks(
    watched: Connection, emulator: EmulatorProcess, max_pm: Membership
) -> None:
    payments.ask(watched.company, by=max_pm)
    payments.carry_on(watched.company_id)
    assert calls(emulator)
    assert PaymentReading.objects.get().reads


def test_after_a_long_silence_everything_is_compared(
    watched: Connection, payer: Payer, work: Any, emulator: EmulatorProcess
) -> None:
    _, bill = work
    payer.delete("Bill", bill)
    extra = payer.bill(payer.line("70.00"))
    WatchCursor.objects.update(changed_since=timezone.now() - timedelta(days=30))
    look(watched)
    states = dict(LedgerBill.objects.values_list("remote_id", "state"))
    assert states[bill["Id"]] == BillState.DELETED
    assert states[extra["Id"]] == BillState.STANDING


def test_more_changes_than_one_answer_holds_lose_nothing(
    watched: Connection, payer: Payer, work: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(api, "CDC_ROWS", 2)
    extra = [payer.bill(payer.line("70.00"))["Id"] for _ in range(3)]
    look(watched)
    assert set(extra) <= set(LedgerBill.objects.values_list("remote_id", flat=True))


def test_a_process_that_dies_before_it_has_stored_loses_nothing(
    watched: Connection, payer: Payer, work: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    invoice, bill = work
    payer.pay((bill, "1000.00"))
    with monkeypatch.context() as patch:
        patch.setattr(readings, "note", _die)
        with pytest.raises(KeyboardInterrupt):
            sweeps.carry_on(watched.company_id)
    assert sweeps.carry_on(watched.company_id) is None, "the dead one's lease still holds"
    Sweep.objects.filter(ended_at=None).update(leased_until=timezone.now())
    look(watched)
    assert Payment.objects.get(invoice=invoice).amount == 1000


def _die(*given: Any, **named: Any) -> None:
    raise KeyboardInterrupt


def test_what_nobody_told_of_is_found_to_be_missing(
    watched: Connection, payer: Payer, work: Any, emulator: EmulatorProcess, handed: Handed
) -> None:
    _, bill = work
    payer.delete("Bill", bill)
    missed(watched)
    look(watched)
    assert not handed
    LinkWatch.objects.update(due_at=timezone.now())
    missed(watched)
    look(watched)
    assert not [one for one in handed if one[0] == "gone"], "it was written just now, and may only not be found yet"
    Link.objects.update(created_at=timezone.now() - links.SETTLED)
    LinkWatch.objects.update(due_at=timezone.now())
    calls(emulator)
    missed(watched)
    look(watched)
    assert ("gone", "Bill", [bill["Id"]], "a look for it") in handed
    assert calls(emulator) == ["cdc", "query"]
    assert LedgerBill.objects.get(remote_id=bill["Id"]).state == BillState.DELETED


def test_a_linked_document_is_looked_for_when_nothing_was_heard_of_it_for_days(
    watched: Connection, emulator: EmulatorProcess, handed: Handed, work: Any
) -> None:
    _, bill = work
    week_ago = timezone.now() - timedelta(days=7, minutes=1)
    LinkWatch.objects.all().delete()
    Link.objects.update(created_at=week_ago, verified_at=None)
    missed(watched)
    look(watched)
    assert ("examine", "Bill", [bill["Id"]], "a look for it") in handed
    handed.clear()
    missed(watched)
    look(watched)
    assert not handed


def test_another_company_learns_nothing(
    watched: Connection, payer: Payer, other_company: Any, emulator: EmulatorProcess
) -> None:
    Connection.objects.create(company=other_company, realm_id="77", environment="emulator")
    payer.bill(payer.line("70.00"))
    look(watched)
    assert not LedgerBill.objects.filter(company=other_company).exists()
    assert not WatchCursor.objects.filter(company=other_company).exists()


def test_who_may_have_quickbooks_looked_at(watched: Connection, vic: Membership, ada: Membership) -> None:
    with pytest.raises(NotAllowed):
        sweeps.ask(watched.company, by=vic)
    assert sweeps.ask(watched.company, by=ada).asked_by == ada


def test_a_company_with_nothing_there_is_not_asked(books: Connection, ada: Membership) -> None:
    with pytest.raises(sweeps.NothingToWatch):
        sweeps.ask(books.company, by=ada)
