"""What nobody hears of after a merge: QuickBooks need not report the documents that it moves."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

from django.utils import timezone

from commitments.models import Commitment
from procore_sync.acceptance import operations
from procore_sync.acceptance.courier import courier
from procore_sync.acceptance.models import Submission
from procore_sync.accounts.models import Membership
from quickbooks_bridge.drift.answering import give
from quickbooks_bridge.models import Link
from tests.factories import change_line, make_change_order
from tests.quickbooks_bridge.conftest import work
from tests.quickbooks_bridge.documents import Ground
from tests.quickbooks_bridge.drift.conftest import Bookkeeper, card_of, stands
from tests.quickbooks_bridge.drift.test_between_looks import does, look
from tests.quickbooks_bridge.invoice_rows import make_invoice
from tests.quickbooks_bridge.test_bills import exported, green

Accept = Callable[..., Submission]


def test_a_bill_finds_its_order_after_the_vendors_merge_though_the_order_was_not_heard_of(
    bookkeeper: Bookkeeper,
    ground: Ground,
    subcontract: Commitment,
    vendor: Link,
    order: Link,
    ada: Membership,
    accept: Accept,
) -> None:
    other = str(bookkeeper.emulator.write("Vendor", {"DisplayName": "Ace Electric of the West"})["Id"])
    look(bookkeeper)
    bookkeeper.emulator.control("clock", {"advance_seconds": 900})
    look(bookkeeper)
    does(bookkeeper, "merge", "Vendor", vendor.remote_id, into=other)
    look(bookkeeper)
    card = card_of(vendor)
    assert card
    give(card, "follow", by=ada, seen=card.state, to=f"#{other}")
    look(bookkeeper)
    green(accept(make_invoice(subcontract, ground.by, {"1": "400.00"}).erp))
    (bill,) = bookkeeper.emulator.documents("Bill")
    assert bill["LinkedTxn"] == [{"TxnId": order.remote_id, "TxnType": "PurchaseOrder"}]
    assert (card_of(order), stands(order)) == (None, ("ok", False))
    exported(make_change_order(ground.by, subcontract, lines=[change_line("100.00", changes=1)]), accept)
    assert bookkeeper.held(order)["TotalAmt"] == 1600.5


def test_what_names_a_vendor_that_was_merged_away_stops_before_it_is_accepted_and_leads_to_his_card(
    bookkeeper: Bookkeeper, ground: Ground, subcontract: Commitment, vendor: Link, max_pm: Membership
) -> None:
    other = str(bookkeeper.emulator.write("Vendor", {"DisplayName": "Ace Electric of the West"})["Id"])
    does(bookkeeper, "merge", "Vendor", vendor.remote_id, into=other)
    look(bookkeeper)
    card = card_of(vendor)
    assert card
    item = make_invoice(subcontract, ground.by, {"1": "400.00"}).erp
    sent = operations.send(item, by=max_pm)
    stops = [one for one in courier().preview(item, sent.document).checks() if one.level == "stop"]
    assert [(one.sentence, one.url, one.who) for one in stops][:1] == [
        (
            "Vendor Ace Electric Co is not in QuickBooks any more: it was merged into another there. Follow the merge "
            "first.",
            f"/quickbooks/changes/{card.pk}/",
            "approver",
        )
    ]


def test_an_export_that_meets_a_merge_nobody_has_heard_of_names_whom_and_his_card(
    bookkeeper: Bookkeeper, ground: Ground, subcontract: Commitment, vendor: Link, accept: Accept
) -> None:
    other = str(bookkeeper.emulator.write("Vendor", {"DisplayName": "Ace Electric of the West"})["Id"])
    Link.objects.filter(pk=vendor.pk).update(created_at=timezone.now() - timedelta(days=1))
    does(bookkeeper, "merge", "Vendor", vendor.remote_id, into=other)
    refused = work(accept(make_invoice(subcontract, ground.by, {"1": "400.00"}).erp))
    card = card_of(vendor)
    assert card
    assert (card.what, stands(vendor)[0]) == ("merged", "merged")
    assert "Vendor Ace Electric Co was merged into another in QuickBooks." in refused.reason
    assert refused.cure_url == f"/quickbooks/changes/{card.pk}/"
