"""An export that finds its document gone or put away says so of the link, and leaves a card that can be answered."""

from __future__ import annotations

from collections.abc import Callable

from procore_sync.acceptance import items
from procore_sync.acceptance.models import Submission
from procore_sync.acceptance.states import Status
from procore_sync.accounts.models import Membership
from quickbooks_bridge.drift import look_again
from quickbooks_bridge.models import Link
from tests.quickbooks_bridge.conftest import work
from tests.quickbooks_bridge.documents import Ground
from tests.quickbooks_bridge.drift.conftest import Bookkeeper, card_of, stands
from tests.quickbooks_bridge.drift.test_between_looks import does
from vendors.models import Vendor

Accept = Callable[..., Submission]


def change(ground: Ground) -> Vendor:
    vendor = ground.vendor
    vendor.city = "Lubec"
    vendor.save()
    items.revise(vendor.erp)
    return vendor


def test_a_vendor_that_is_inactive_is_called_so(
    bookkeeper: Bookkeeper, ground: Ground, vendor: Link, accept: Accept
) -> None:
    bookkeeper.writes(vendor, Active=False)
    refused = work(accept(change(ground).erp))
    assert (refused.item.status, "made inactive" in refused.reason) == (Status.FAILED, True)
    assert stands(vendor) == ("inactive", True)
    look_again()
    card = card_of(vendor)
    assert card
    assert (card.what, stands(vendor)[0]) == ("inactive", "inactive")


def test_a_vendor_that_was_merged_is_not_to_be_made_active_but_leads_to_its_card(
    bookkeeper: Bookkeeper, ground: Ground, vendor: Link, accept: Accept, ada: Membership
) -> None:
    other = str(bookkeeper.emulator.write("Vendor", {"DisplayName": "Ace Electric of the West"})["Id"])
    does(bookkeeper, "merge", "Vendor", vendor.remote_id, into=other)
    refused = work(accept(change(ground).erp))
    assert refused.reason == (
        "The vendor “Ace Electric Co” is not in QuickBooks any more. Reject this change, then open its card under "
        "Changed in QuickBooks: it says what became of it and what can be done."
    )
    look_again()
    card = card_of(vendor)
    assert card
    assert (card.what, stands(vendor)[0]) == ("merged", "merged")


def test_a_bill_that_was_deleted_is_not_to_be_made_active(bookkeeper: Bookkeeper, bill: Link, accept: Accept) -> None:
    bookkeeper.deletes(bill)
    items.revise(bill.item)
    refused = work(accept(bill.item))
    assert "Make it active" not in refused.reason
    look_again()
    card = card_of(bill)
    assert card
    assert (card.what, stands(bill)[0]) == ("deleted", "missing")
