"""The courier against a running emulator: every way a call can end, and what stands in the books afterwards."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from pytest_django import Settings

from procore_sync.acceptance.models import Submission
from procore_sync.acceptance.states import OutcomeKind, Status, Work
from procore_sync.accounts.models import Membership
from quickbooks_bridge.models import Connection, Link
from tests.factories import make_vendor
from tests.quickbooks_bridge.conftest import outcome_of, work
from tests.quickbooks_bridge.emulator_process import EmulatorProcess

Accept = Callable[..., Submission]
NAME = "Tidewater Glazing"


@pytest.fixture
def accepted(books: Connection, max_pm: Membership, accept: Accept, emulator: EmulatorProcess) -> Submission:
    """A vendor of a new name, accepted and due."""
    vendor = make_vendor(
        max_pm,
        NAME,
        street="12 Quay St",
        city="Eastport",
        state="ME",
        postal_code="04631",
        country="US",
        phone="(207) 555-0142",
        email="office@tidewater.example",
    )
    submission = accept(vendor.erp)
    emulator.control("requests", method="DELETE")
    return submission


def test_it_creates_the_vendor_once_and_verifies_it_from_the_answer(
    accepted: Submission, emulator: EmulatorProcess
) -> None:
    work(accepted)
    assert accepted.item.status == Status.SYNCED
    (held,) = emulator.named("Vendor", NAME)
    assert held["BillAddr"]["Line1"] == "12 Quay St"
    assert len(emulator.requests()) == 1
    link = Link.objects.get(item=accepted.item)
    assert (link.remote_id, link.health) == (held["Id"], "ok")
    assert link.verified_at is not None


@pytest.mark.parametrize("fault", ["write_then_drop", "drop", "500_after_write", "500", "503"])
def test_a_lost_answer_leaves_exactly_one_vendor(accepted: Submission, emulator: EmulatorProcess, fault: str) -> None:
    emulator.fault(fault, entity="Vendor")
    work(accepted)
    assert accepted.work == Work.UNCERTAIN
    work(accepted, times=4)
    assert accepted.item.status == Status.SYNCED
    assert len(emulator.named("Vendor", NAME)) == 1


def test_a_server_that_never_answers_leaves_exactly_one_vendor(
    accepted: Submission, emulator: EmulatorProcess, settings: Settings
) -> None:
    settings.QUICKBOOKS_READ_TIMEOUT = 0.5
    emulator.fault("hang", entity="Vendor", seconds=3)
    work(accepted)
    assert accepted.work == Work.UNCERTAIN
    settings.QUICKBOOKS_READ_TIMEOUT = 20.0
    work(accepted, times=4)
    assert accepted.item.status == Status.SYNCED
    assert len(emulator.named("Vendor", NAME)) == 1


@pytest.mark.parametrize("fault", ["429_xml", "429_json"])
def test_a_throttle_pauses_the_company_and_burns_no_try(
    accepted: Submission, emulator: EmulatorProcess, connected: Connection, fault: str
) -> None:
    emulator.fault(fault, entity="Vendor")
    work(accepted)
    assert (accepted.work, accepted.tries) == (Work.DUE, 0)
    assert outcome_of(accepted).outcome == OutcomeKind.THROTTLED
    work(accepted)
    assert accepted.work == Work.WAITING
    assert "wait" in accepted.reason
    Connection.objects.filter(pk=connected.pk).update(paused_until=None)
    work(accepted)
    assert accepted.item.status == Status.SYNCED


def test_a_401_in_mid_run_is_one_renewal_and_one_repetition_of_the_same_request(
    accepted: Submission, emulator: EmulatorProcess
) -> None:
    emulator.fault("401", entity="Vendor")
    work(accepted)
    assert accepted.item.status == Status.SYNCED
    sent = emulator.requests("/vendor")
    assert [one["status"] for one in sent] == [401, 200]
    assert {one["requestid"] for one in sent} == {accepted.request_id}
    assert len(emulator.requests("tokens/bearer")) == 1
