"""What the first export would do, before it does anything."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from procore_sync.acceptance.models import Attempt, Submission
from procore_sync.accounts.models import Membership
from procore_sync.kit.refusals import NotAllowed
from quickbooks_bridge.models import Connection
from quickbooks_bridge.names import names_of
from quickbooks_bridge.onboarding.caps import set_cap, take_places
from quickbooks_bridge.onboarding.dry_runs import SAMPLES, NothingToSend, dry_run
from quickbooks_bridge.onboarding.models import CapPlace, OnboardingEntry
from tests.factories import make_commitment, make_vendor, sent
from tests.quickbooks_bridge.emulator_process import EmulatorProcess
from tests.quickbooks_bridge.onboarding.typed import ACE, Here, Typed, read
from tests.scenes import kept


@pytest.fixture
@kept
def prepared(
    books: Connection,
    here: Here,
    typed: Typed,
    alma: Membership,
    max_pm: Membership,
    accept: Callable[..., Submission],
) -> dict[str, Any]:
    """An order accepted, twelve vendors with accounting, an order of an inactive vendor; one order may be there."""
    typed.order("1043", typed.line("700.00"))
    read(books, alma)
    first = accept(make_commitment(max_pm, here.station, here.ace, lines=["1000.00"], number="1042").erp)
    second = sent(make_commitment(max_pm, here.station, here.ace, lines=["750.00"], number="1043"), max_pm)
    third = sent(make_commitment(max_pm, here.station, here.brien, lines=["5.00"], number="1044"), max_pm)
    names_of(books.company_id, "Vendor").filter(name="O'Brien Excavating").update(active=False)
    for at in range(12):
        sent(make_vendor(max_pm, f"Newcomer {at}"), max_pm)
    make_vendor(max_pm, "Not sent")
    return {"first": first, "second": second, "third": third}


def test_it_tells_how_many_how_much_ten_samples_and_what_would_be_refused(
    prepared: dict[str, Any], ada: Membership, alma: Membership, emulator: EmulatorProcess
) -> None:
    set_cap(documents=1, amount=None, by=alma)
    emulator.control("requests", method="DELETE")
    told = dry_run(by=ada).figures
    assert (told["count"], told["accepted"], told["amount"], told["checked"]) == (15, 1, "1755.00", 15)
    assert [(one["label"], one["count"], one["amount"]) for one in told["kinds"]] == [
        ("Vendor", 12, "0.00"),
        ("Commitment", 3, "1755.00"),
    ]
    assert len(told["samples"]) == SAMPLES
    accepted = next(one for one in told["samples"] if one["item"] == prepared["first"].item_id)
    assert (accepted["payload"], accepted["total"]) == (prepared["first"].posting["payload"], "1000.00")
    assert {one["entity"] for one in told["samples"]} == {"PurchaseOrder", "Vendor"}
    (refused,) = told["refused"]
    assert refused["item"] == prepared["third"].erp_id
    assert "inactive in QuickBooks" in refused["sentences"][0]
    (there,) = told["perhaps_there"]
    assert there["item"] == prepared["second"].erp_id
    assert f"Purchase order 1043 of {ACE}: same number, same vendor" in there["sentences"][0]
    assert told["cap"] == {"documents": 1, "amount": None, "goes": 1, "waits": 14}
    assert emulator.requests() == []
    assert not Attempt.objects.exists()
    assert not CapPlace.objects.exists()


def test_what_has_its_place_under_the_cap_takes_no_second_one(
    prepared: dict[str, Any], books: Connection, ada: Membership, alma: Membership
) -> None:
    set_cap(documents=1, amount=None, by=alma)
    books.refresh_from_db()
    assert take_places(books, [prepared["first"]]) == {}
    told = dry_run(by=ada).figures
    assert told["cap"] == {"documents": 1, "amount": None, "goes": 1, "waits": 14}


def test_it_is_kept_with_who_made_it(prepared: dict[str, Any], ada: Membership, max_pm: Membership) -> None:
    made = dry_run(by=ada)
    assert OnboardingEntry.objects.get(step="dry_run") == made
    assert made.by == ada
    with pytest.raises(NotAllowed):
        dry_run(by=max_pm)


def test_nothing_on_its_way_is_said(books: Connection, ada: Membership) -> None:
    with pytest.raises(NothingToSend):
        dry_run(by=ada)
