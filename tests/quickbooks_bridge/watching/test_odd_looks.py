"""What tells of changes tells it oddly: nothing is passed over, and no amount becomes nothing."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from django.utils import timezone

from quickbooks_bridge.models import BillState, Connection, LedgerBill
from quickbooks_bridge.watch_models import Sweep, WatchCursor
from quickbooks_bridge.watching import sweeps
from tests.quickbooks_bridge.between import Json, Through, of, through
from tests.quickbooks_bridge.payers import Payer
from tests.quickbooks_bridge.watching.conftest import look

__all__ = ["through"]

CANNOT_BE_READ = "answered with something that cannot be read"


@pytest.mark.django_db
def test_one_changed_bill_that_comes_alone_is_not_passed_over(
    watched: Connection, payer: Payer, through: Through
) -> None:
    """Its place was moved on, and what it said was never heard."""
    made = payer.bill(payer.line("77.00"))

    def alone(body: Json) -> Json:
        for part in body["CDCResponse"][0]["QueryResponse"]:
            if "Bill" in part:
                part["Bill"] = next(one for one in part["Bill"] if one["Id"] == made["Id"])
        return body

    sweep = through(of("/cdc", alone), lambda: sweeps.carry_on(watched.company_id))
    assert CANNOT_BE_READ in sweep.error
    assert not LedgerBill.objects.filter(remote_id=made["Id"]).exists()
    Sweep.objects.update(leased_until=timezone.now())
    look(watched)
    assert LedgerBill.objects.get(remote_id=made["Id"]).total == 77


@pytest.mark.django_db
def test_a_time_in_years_to_come_leaves_no_change_out(watched: Connection, payer: Payer, through: Through) -> None:
    through(of("/cdc", lambda body: {**body, "time": "2099-01-01T00:00:00-08:00"}), lambda: look(watched))
    soon = datetime.now(UTC) + timedelta(minutes=1)
    assert not WatchCursor.objects.filter(company_id=watched.company_id, changed_since__gt=soon).exists()


@pytest.mark.django_db
@pytest.mark.parametrize("fields", [{"TotalAmt": None}, {"TotalAmt": "ten"}, {"Balance": None}, {"Balance": "NaN"}])
def test_a_bill_without_its_amount_is_not_one_of_nothing(
    fields: Json, watched: Connection, payer: Payer, through: Through
) -> None:
    """A bill whose balance is not told is not paid."""
    made = payer.bill(payer.line("77.00"))
    look(watched)
    payer.emulator.write("Bill", {**(payer.held("Bill", made["Id"]) or {}), "PrivateNote": "touched"})

    def without(body: Json) -> Json:
        parts = body["CDCResponse"][0]["QueryResponse"] if "CDCResponse" in body else [body["QueryResponse"]]
        for one in (bill for part in parts for bill in part.get("Bill", [])):
            one |= fields
        return body

    reading = through(of("Bill", without, times=9), lambda: sweeps.carry_on(watched.company_id))
    assert reading
    assert reading.error
    held = LedgerBill.objects.get(remote_id=made["Id"])
    assert (held.total, held.balance, held.state) == (77, 77, BillState.STANDING)
