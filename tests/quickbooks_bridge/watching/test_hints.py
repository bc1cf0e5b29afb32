"""Whatever becomes of webhooks, what is known here in the end is what QuickBooks holds."""

from __future__ import annotations

import json
import random
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.utils import timezone

from procore_sync.accounts.models import Company, Membership
from quickbooks_bridge.client.faults import Cure, Fault, FaultKind, LedgerFault
from quickbooks_bridge.drift_models import Drift
from quickbooks_bridge.models import BillState, Connection, LedgerBill, LedgerBillPayment, LedgerName, Link
from quickbooks_bridge.watch_models import ReadCount, Sweep, WebhookEvent
from quickbooks_bridge.watching import deliveries, links, sweeps
from tests.factories import make_vendor
from tests.quickbooks_bridge.emulator_process import OTHER_REALM, REALM, EmulatorProcess
from tests.quickbooks_bridge.payers import Payer
from tests.quickbooks_bridge.watching.conftest import calls, look, missed
from tests.quickbooks_bridge.watching.test_deliveries import cloud

Handed = list[tuple[str, str, list[str], str]]


def told(*events: Any) -> None:
    """A post of Intuit's whose signature was right."""
    deliveries.store(json.dumps(list(events)).encode())


def hint(entity: str, document: dict[str, Any], operation: str = "updated", **more: Any) -> Any:
    """The event about a document as it stands."""
    at = str(document.get("MetaData", {}).get("LastUpdatedTime") or timezone.now().isoformat())
    return cloud(entity.casefold(), str(document["Id"]), operation, **{"time": at, **more})


def test_the_changes_tell_what_a_webhook_pointed_to_without_another_call(
    watched: Connection, payer: Payer, emulator: EmulatorProcess
) -> None:
    bill = payer.bill(payer.line("70.00"))
    gone = payer.bill(payer.line("10.00"))
    payer.delete("Bill", gone)
    told(hint("Bill", bill, "created"), hint("Bill", gone, "deleted"))
    calls(emulator)
    look(watched)
    assert calls(emulator) == ["cdc"]
    assert not deliveries.hints_of(watched.company_id).exists()


def test_a_webhook_that_is_late_by_a_week_is_followed_in_one_call_a_kind(
    watched: Connection, payer: Payer, emulator: EmulatorProcess
) -> None:
    bills = [payer.bill(payer.line("70.00")) for _ in range(3)]
    vendor = emulator.named("Vendor", "Ace Electric Co")[0]
    renamed = emulator.write("Vendor", {**vendor, "DisplayName": "Ace Electrical"})
    missed(watched)
    told(*(hint("Bill", one, time="2026-11-18T12:00:00Z") for one in bills), hint("Vendor", renamed))
    calls(emulator)
    look(watched)
    assert calls(emulator) == ["cdc", "query", "query"]
    assert {one["Id"] for one in bills} <= set(LedgerBill.objects.values_list("remote_id", flat=True))
    assert LedgerName.objects.get(entity="Vendor", remote_id=vendor["Id"]).name == "Ace Electrical"
    assert ReadCount.objects.get(purpose="What webhooks pointed to").reads == 2


def test_a_webhook_that_lies_changes_nothing(
    watched: Connection, payer: Payer, work: Any, emulator: EmulatorProcess, handed: Handed
) -> None:
    _, bill = work
    told(hint("Bill", bill, "deleted", time=(timezone.now() + timedelta(hours=1)).isoformat()))
    look(watched)
    assert LedgerBill.objects.get(remote_id=bill["Id"]).state == BillState.STANDING
    assert not [one for one in handed if one[0] == "gone"]


def test_a_webhook_about_what_is_not_found_has_it_looked_for_and_says_nothing_itself(
    watched: Connection, payer: Payer, work: Any, handed: Handed
) -> None:
    _, bill = work
    payer.delete("Bill", bill)
    missed(watched)
    told(hint("Bill", bill, "deleted"))
    look(watched)
    assert not [one for one in handed if one[0] == "gone"]
    assert not deliveries.hints_of(watched.company_id).exists()
    Link.objects.update(created_at=timezone.now() - links.SETTLED)
    missed(watched)
    told(hint("Bill", bill, "deleted", time=timezone.now().isoformat()))
    look(watched)
    assert ("gone", "Bill", [bill["Id"]], "a look for it") in handed


def test_webhooks_about_what_concerns_nobody_cost_no_call(watched: Connection, emulator: EmulatorProcess) -> None:
    told(cloud("invoice", "3"), cloud("purchaseorder", "999"), cloud("estimate", "998"))
    calls(emulator)
    look(watched)
    assert calls(emulator) == ["cdc"]
    assert not deliveries.hints_of(watched.company_id).exists()


def test_a_webhook_that_comes_during_the_look_is_not_lost(
    watched: Connection, payer: Payer, emulator: EmulatorProcess, monkeypatch: pytest.MonkeyPatch
) -> None:
    bill = payer.bill(payer.line("70.00"))
    newer = datetime.fromisoformat(bill["MetaData"]["LastUpdatedTime"]) + timedelta(minutes=1)
    told(hint("Bill", bill, time=newer.isoformat()))
    calls(emulator)
    look(watched)
    assert calls(emulator) == ["cdc", "query"], "the changes tell of an older state than the webhook"


def test_a_webhook_whose_record_could_not_be_read_is_followed_later(
    watched: Connection, payer: Payer, emulator: EmulatorProcess
) -> None:
    bill = payer.bill(payer.line("70.00"))
    missed(watched)
    told(hint("Bill", bill, "created"))
    emulator.fault("500", method="POST", operation="query")
    sweep = sweeps.carry_on(watched.company_id)
    assert sweep
    assert (sweep.ended_at, bool(sweep.error)) == (None, True)
    Sweep.objects.update(leased_until=timezone.now())
    look(watched)
    assert LedgerBill.objects.filter(remote_id=bill["Id"]).exists()


def test_a_webhook_whose_record_is_refused_stands_in_nobodys_way(
    watched: Connection, payer: Payer, monkeypatch: pytest.MonkeyPatch
) -> None:
    missed(watched)
    told(cloud("bill", "17"))

    def refused(*given: Any, **named: Any) -> Any:
        raise LedgerFault(Fault(FaultKind.REFUSED, "It is refused.", Cure.ADMINISTRATOR))

    with monkeypatch.context() as patch:
        patch.setattr("quickbooks_bridge.client.api.Ledger.page", refused)
        sweep = sweeps.carry_on(watched.company_id)
    assert sweep
    assert sweep.error == "It is refused."
    assert not deliveries.hints_of(watched.company_id).exists()
    look(watched)


def test_a_webhook_of_another_company_is_not_read_here(
    watched: Connection, payer: Payer, other_company: Company, emulator: EmulatorProcess
) -> None:
    Connection.objects.create(company=other_company, realm_id=OTHER_REALM, environment="emulator")
    told(cloud("bill", "1", realm=OTHER_REALM))
    calls(emulator)
    look(watched)
    assert calls(emulator) == ["cdc"]
    assert deliveries.hints_of(other_company.pk).count() == 1


def test_what_was_merged_away_is_known_and_into_what(
    watched: Connection, payer: Payer, emulator: EmulatorProcess, max_pm: Membership
) -> None:
    twin = emulator.write("Vendor", {"DisplayName": "Ace Electric of the West"})
    vendor = make_vendor(max_pm, "Ace Electric of the West")
    link = Link.objects.create(item=vendor.erp, company=watched.company, entity="Vendor", remote_id=twin["Id"])
    merge = {"realm": REALM, "entity": "Vendor", "id": twin["Id"], "into": payer.vendor}
    emulator.control("desk/merge", merge)
    told(cloud("vendor", payer.vendor, "merged", data={"deletedid": twin["Id"]}))
    look(watched)
    card = Drift.objects.get(link=link)
    assert (card.what, card.into_id) == ("merged", payer.vendor)
    assert not LedgerName.objects.filter(entity="Vendor", remote_id=twin["Id"]).exists()


@pytest.mark.parametrize("seed", range(2))
def test_doubled_disordered_lost_and_late_webhooks_end_in_what_quickbooks_holds(
    watched: Connection, payer: Payer, work: Any, emulator: EmulatorProcess, seed: int
) -> None:
    chance = random.Random(seed)  # noqa: S311
    said: list[Any] = []
    for turn in range(4):
        said += _busy_bookkeeper(payer, emulator, chance, turn)
        chance.shuffle(said)
        for one in said[: len(said) * 2 // 3]:
            told(one)
        told(*said[:2], *said[:1])
        if chance.random() < 0.7:
            look(watched)
    look(watched)
    assert _mirror() == _books(emulator)
    assert not WebhookEvent.objects.filter(read_at=None).exists()


def _busy_bookkeeper(payer: Payer, emulator: EmulatorProcess, chance: random.Random, turn: int) -> list[Any]:
    """Enters, pays, changes and deletes; what the webhooks say of it."""
    bill = payer.bill(payer.line(f"{chance.randint(10, 900)}.00"), DocNumber=f"B-{turn}")
    payment = payer.pay((bill, "10.00"))
    doomed = payer.bill(payer.line("5.00"))
    payer.delete("Bill", doomed)
    now = payer.held("Bill", bill["Id"])
    assert now
    changed = emulator.write("Bill", {**now, "DocNumber": f"B-{turn}-changed"})
    vendor = chance.choice(emulator.documents("Vendor"))
    renamed = emulator.write("Vendor", {**vendor, "DisplayName": f"Renamed {turn}"})
    return [
        hint("Bill", bill, "created"),
        hint("BillPayment", payment, "created"),
        hint("Bill", doomed, "deleted"),
        hint("Bill", changed),
        hint("Vendor", renamed),
    ]


def _mirror() -> dict[str, Any]:
    standing = LedgerBill.objects.filter(state=BillState.STANDING, entity="Bill")
    return {
        "bills": {(one.remote_id, one.number, str(one.balance), one.sync_token) for one in standing},
        "payments": set(LedgerBillPayment.objects.filter(state="").values_list("remote_id", flat=True)),
        "vendors": set(LedgerName.objects.filter(entity="Vendor").values_list("remote_id", "name")),
    }


def _books(emulator: EmulatorProcess) -> dict[str, Any]:
    bills = emulator.documents("Bill")
    return {
        "bills": {(one["Id"], one.get("DocNumber", ""), f"{one['Balance']:.2f}", one["SyncToken"]) for one in bills},
        "payments": {one["Id"] for one in emulator.documents("BillPayment")},
        "vendors": {(one["Id"], one["DisplayName"]) for one in emulator.documents("Vendor")},
    }
