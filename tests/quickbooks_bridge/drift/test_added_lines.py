"""A line that the bookkeeper added to a bill is owed, so no later export takes it over without a word."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from commitments.models import Commitment
from invoices.models import Invoice
from procore_sync.acceptance import operations
from procore_sync.acceptance.models import Submission
from procore_sync.acceptance.states import Status
from procore_sync.accounts.models import Membership
from quickbooks_bridge.drift.answering import give
from quickbooks_bridge.models import Link
from tests.quickbooks_bridge.conftest import work
from tests.quickbooks_bridge.documents import Ground
from tests.quickbooks_bridge.drift.conftest import Bookkeeper, card_of
from tests.quickbooks_bridge.invoice_rows import corrected, make_invoice
from tests.quickbooks_bridge.test_bills import green

Accept = Callable[..., Submission]
Json = dict[str, Any]


def freight(bookkeeper: Bookkeeper, bill: Link) -> None:
    held = bookkeeper.held(bill)
    line = {name: value for name, value in held["Line"][0].items() if name not in ("Id", "LineNum", "LinkedTxn")}
    detail = {**line["ItemBasedExpenseLineDetail"], "Qty": 1, "UnitPrice": 25.0}
    own = {**line, "Description": "Freight", "Amount": 25.0, "ItemBasedExpenseLineDetail": detail}
    bookkeeper.emulator.write("Bill", {**held, "Line": [*held["Line"], own]})


@pytest.mark.parametrize("is_heard", [False, True])
def test_a_correction_stops_over_it_once_and_goes_when_somebody_has_seen_it(
    is_heard: bool, bookkeeper: Bookkeeper, bill: Link, accept: Accept, ada: Membership
) -> None:
    freight(bookkeeper, bill)
    if is_heard:
        bookkeeper.heard("Bill")
    stopped = work(accept(corrected(Invoice.objects.get(erp=bill.item_id), {"1": "500.00"}).erp))
    assert (stopped.item.status, bookkeeper.held(bill)["TotalAmt"]) == (Status.FAILED, 385.0)
    assert "What lines that are not ours come to, which stay from “0.00” to “25.00”" in stopped.reason
    green(operations.retry(stopped.item, by=ada))
    assert bookkeeper.held(bill)["TotalAmt"] == 475.0


def test_one_that_was_accepted_stays_without_a_stop(
    bookkeeper: Bookkeeper, bill: Link, accept: Accept, ada: Membership
) -> None:
    freight(bookkeeper, bill)
    bookkeeper.heard("Bill")
    card = card_of(bill)
    assert card
    give(card, "accept", by=ada, seen=card.state, note="The freight is ours.")
    for completed, total in (("500.00", 475.0), ("600.00", 565.0)):
        green(accept(corrected(Invoice.objects.get(erp=bill.item_id), {"1": completed}).erp))
        assert bookkeeper.held(bill)["TotalAmt"] == total


def test_one_that_came_while_the_answer_was_lost_is_no_green(
    bookkeeper: Bookkeeper, ground: Ground, subcontract: Commitment, accept: Accept, ada: Membership
) -> None:
    bookkeeper.emulator.fault("write_then_drop", entity="Bill")
    lost = work(accept(make_invoice(subcontract, ground.by, {"1": "400.00"}).erp))
    (made,) = bookkeeper.emulator.documents("Bill")
    bill = Link(entity="Bill", remote_id=made["Id"])
    freight(bookkeeper, bill)
    stopped = work(lost)
    assert stopped.item.status == Status.FAILED
    assert "What lines that are not ours come to, which stay" in stopped.reason
    assert Link.objects.get(item=stopped.item).verified_at is None
    assert len(bookkeeper.emulator.documents("Bill")) == 1
