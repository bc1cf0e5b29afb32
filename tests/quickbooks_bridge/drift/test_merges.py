"""Merges that nobody told of in time, or that follow each other."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from procore_sync.accounts.models import Membership
from quickbooks_bridge.drift.answering import give
from quickbooks_bridge.importers.names import refresh
from quickbooks_bridge.models import Link
from quickbooks_bridge.watch_models import WatchCursor
from tests.quickbooks_bridge.drift.conftest import Bookkeeper, card_of, stands
from tests.quickbooks_bridge.drift.test_between_looks import does, look
from tests.quickbooks_bridge.watching.test_deliveries import cloud
from tests.quickbooks_bridge.watching.test_hints import told

Json = dict[str, Any]


def stranger(bookkeeper: Bookkeeper, name: str) -> str:
    return str(bookkeeper.emulator.write("Vendor", {"DisplayName": name})["Id"])


def merged(bookkeeper: Bookkeeper, gone: str, into: str) -> None:
    """By the bookkeeper, and Intuit posts it."""
    does(bookkeeper, "merge", "Vendor", gone, into=into)
    told(cloud("vendor", into, "merged", data={"deletedid": gone}, time=timezone.now().isoformat()))


def test_a_merge_of_which_no_change_tells_is_found_by_the_days_reading_of_names(
    bookkeeper: Bookkeeper, vendor: Link
) -> None:
    other = stranger(bookkeeper, "Ace Electric of the West")
    look(bookkeeper)
    Link.objects.update(created_at=timezone.now() - timedelta(days=2))
    does(bookkeeper, "merge", "Vendor", vendor.remote_id, into=other)
    WatchCursor.objects.update(changed_since=timezone.now() + timedelta(hours=1))
    refresh(bookkeeper.connection, full=True)
    look(bookkeeper)
    card = card_of(vendor)
    assert card
    assert (card.what, stands(vendor)[0]) == ("merged", "merged")


@pytest.mark.parametrize("looks_between", [False, True])
def test_of_two_merges_one_after_the_other_the_last_one_is_followed(
    looks_between: bool, bookkeeper: Bookkeeper, vendor: Link, order: Link, ada: Membership
) -> None:
    first, last = stranger(bookkeeper, "Ace Electric of the West"), stranger(bookkeeper, "Ace Group")
    look(bookkeeper)
    bookkeeper.emulator.control("switches", {"merge_touches_transactions": True})
    merged(bookkeeper, vendor.remote_id, first)
    if looks_between:
        look(bookkeeper)
    merged(bookkeeper, first, last)
    look(bookkeeper)
    assert card_of(order) is None
    card = card_of(vendor)
    assert card
    assert card.what == "merged"
    give(card, "follow", by=ada, seen=card.state)
    vendor.refresh_from_db()
    assert (vendor.remote_id, card_of(order)) == (last, None)


def test_a_merge_that_was_followed_and_is_merged_on_is_one_card_though_nothing_is_posted(
    bookkeeper: Bookkeeper, vendor: Link, order: Link, ada: Membership
) -> None:
    first, last = stranger(bookkeeper, "Ace Electric of the West"), stranger(bookkeeper, "Ace Group")
    look(bookkeeper)
    does(bookkeeper, "merge", "Vendor", vendor.remote_id, into=first)
    look(bookkeeper)
    card = card_of(vendor)
    assert card
    give(card, "follow", by=ada, seen=card.state, to=f"#{first}")
    bookkeeper.emulator.control("switches", {"merge_touches_transactions": True})
    does(bookkeeper, "merge", "Vendor", first, into=last)
    look(bookkeeper)
    assert card_of(order) is None
    card = card_of(vendor)
    assert card
    give(card, "follow", by=ada, seen=card.state, to=f"#{last}")
    vendor.refresh_from_db()
    look(bookkeeper)
    assert (vendor.remote_id, card_of(order)) == (last, None)
