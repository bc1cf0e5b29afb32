"""Invoices that go together: each with its links, its credit or its refusal, in one call."""

from __future__ import annotations

from collections.abc import Callable

from commitments.models import Commitment
from procore_sync.acceptance import engine
from procore_sync.acceptance.models import Submission
from procore_sync.acceptance.states import Status
from quickbooks_bridge.models import Link
from tests.quickbooks_bridge.documents import Ground
from tests.quickbooks_bridge.emulator_process import EmulatorProcess
from tests.quickbooks_bridge.invoice_rows import make_invoice
from tests.quickbooks_bridge.test_bills import lines, retainage, subcontract
from tests.quickbooks_bridge.test_documents import ground

__all__ = ["ground", "retainage", "subcontract"]


def test_invoices_that_wait_together_go_in_one_call_and_are_what_they_would_be_alone(
    subcontract: Commitment, ground: Ground, accept: Callable[..., Submission], emulator: EmulatorProcess
) -> None:
    amounts = [{"1": "400.00"}, {"1": "-50.00"}, {"2": "30.00"}, {"1": "10.00"}]
    sent = [accept(make_invoice(subcontract, ground.by, one, as_credit="-" in str(one)).erp) for one in amounts]
    emulator.control("requests", method="DELETE")
    engine.work(sent[0].pk)
    for one in sent:
        one.item.refresh_from_db()
        assert one.item.status == Status.SYNCED, one.item
    assert [one["path"].rpartition("/")[2] for one in emulator.requests("/v3/")] == ["batch"]
    bills = sorted(emulator.documents("Bill"), key=lambda one: int(one["Id"]))
    assert [lines(one)[0][3] for one in bills] == [["1"], ["2"], ["1"]]
    assert set(Link.objects.filter(item__kind="invoice").values_list("entity", flat=True)) == {"Bill", "VendorCredit"}
