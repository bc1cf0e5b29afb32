"""A subcontract and its change orders as their apps freeze them, through to the books of a running emulator."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

from change_orders.effects import contract_sums
from change_orders.models import ChangeOrder
from change_orders.rules import ChangeLineDetails
from commitments.models import Commitment
from commitments.rules import LineDetails
from procore_sync.acceptance.models import ErpItem, Submission
from procore_sync.acceptance.states import Status
from tests.factories import make_change_order, make_commitment
from tests.quickbooks_bridge.conftest import work
from tests.quickbooks_bridge.documents import Ground
from tests.quickbooks_bridge.emulator_process import EmulatorProcess
from tests.quickbooks_bridge.test_documents import ground, lines, only
from tests.scenes import kept

__all__ = ["ground"]

Accept = Callable[..., Submission]


@pytest.fixture
@kept
def subcontract(ground: Ground, accept: Accept) -> Commitment:
    """A subcontract of 1,000.00 and 500.50 that QuickBooks holds."""
    ground.project.cost_codes.set(ground.codes)
    first, second = (code.pk for code in ground.codes)
    given = [LineDetails(first, Decimal("1000.00"), "Conduit"), LineDetails(second, Decimal("500.50"), "Wire")]
    made = make_commitment(ground.by, ground.project, ground.vendor, lines=given, number="SC-001")
    assert work(accept(made.erp)).item.status == Status.SYNCED
    held: Commitment = Commitment.objects.select_related("erp", "project").get(pk=made.pk)
    return held


def accepted(change_order: ChangeOrder, accept: Accept) -> ErpItem:
    done = work(accept(ErpItem.objects.get(pk=change_order.erp_id)))
    assert done.item.status == Status.SYNCED, done.reason
    item: ErpItem = done.item
    return item


def test_lines_are_added_under_their_keys_and_the_order_comes_to_the_revised_commitment(
    subcontract: Commitment, ground: Ground, accept: Accept, emulator: EmulatorProcess
) -> None:
    before = lines(only(emulator, "PurchaseOrder"))
    more = ChangeLineDetails(None, Decimal("40.00"), changes=1)
    extra = ChangeLineDetails(ground.codes[1].pk, Decimal("12.34"), "Boxes")
    first = make_change_order(ground.by, subcontract, lines=[more, replace(more, amount=Decimal("-5.00")), extra])
    second = make_change_order(ground.by, subcontract, lines=[replace(more, changes=2, amount=Decimal("-0.50"))])

    accepted(first, accept)
    accepted(second, accept)

    held: dict[str, Any] = only(emulator, "PurchaseOrder")
    after = lines(held)
    assert after[:2] == before
    assert [(key, amount) for _, key, amount in after[2:]] == [
        ("C1.1", "40.00"),
        ("C1.2", "-5.00"),
        ("C1.3", "12.34"),
        ("C2.1", "-0.50"),
    ]
    assert Decimal(str(held["TotalAmt"])) == contract_sums(subcontract).revised == Decimal("1547.34")
