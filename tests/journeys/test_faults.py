"""Faults over real processes and sockets: nothing lost, nothing twice, every attempt explained.

What the short form of the campaign plays in every run (tests/campaign/test_short.py) is not here once more.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest
from django.db import transaction

from commitments.rules import LineDetails
from procore_sync.acceptance import operations
from procore_sync.acceptance.claims import claim
from procore_sync.acceptance.journal import verify_journal
from procore_sync.acceptance.models import Attempt, ErpItem, Submission
from procore_sync.acceptance.states import Status, Work
from quickbooks_bridge.exporters.keys import key_of
from quickbooks_bridge.models import Link
from tests.factories import change_line, make_change_order, make_commitment, make_vendor
from tests.journeys import subcontract
from tests.processes import wait_for
from tests.site import REALM, Site

pytestmark = [pytest.mark.postgres, pytest.mark.timeout(120)]


def explained(item: ErpItem) -> list[tuple[str, str]]:
    """Act and outcome of every attempt of `item`; fails if one lacks its sentence."""
    attempts = list(Attempt.objects.filter(submission__item=item).order_by("number"))
    assert all(one.sentence and one.outcome and one.finished_at for one in attempts), attempts
    return [(one.act, one.outcome) for one in attempts]


def test_a_vendor_turns_green_and_is_in_the_books_once(site: Site) -> None:
    item = site.accepted("Brightwater Mechanical LLC", city="Providence")
    site.until(item, Status.SYNCED)
    assert site.times_in_books("Brightwater Mechanical LLC") == 1
    assert explained(item) == [("send", "done")]


@pytest.mark.parametrize("fault", ["drop", "500", "503"])
def test_what_was_never_written_is_written_once_after_looking(site: Site, fault: str) -> None:
    name = f"Never written {fault}"
    site.fault(fault)
    item = site.accepted(name)
    site.until(item, Status.SYNCED)
    assert site.times_in_books(name) == 1
    assert explained(item)[0] == ("send", "unknown")
    assert explained(item)[-1] == ("send", "done")


def test_a_401_in_mid_run_is_one_refresh_and_one_repeat(site: Site) -> None:
    site.fault("401")
    item = site.accepted("Token gone in mid-run")
    site.until(item, Status.SYNCED)
    assert site.times_in_books("Token gone in mid-run") == 1
    assert explained(item) == [("send", "done")]


def test_a_worker_killed_before_the_call_loses_nothing(site: Site, settings: Any) -> None:
    settings.ENGINE_LEASE_SECONDS = 1
    name = "Killed before the call"
    item = make_vendor(site.max_pm, name).erp
    submission = operations.send(item, by=site.max_pm)
    with transaction.atomic():  # accepted and claimed in one commit, so that no other worker is first
        operations.accept(item, by=site.ada, seen=submission.digest, choices={})
        assert claim(submission.pk)
    site.until(item, Status.SYNCED)
    assert site.times_in_books(name) == 1
    assert explained(item)[0] == ("send", "unknown")


@pytest.fixture
def many(site: Site) -> Callable[[str], list[ErpItem]]:
    """A dozen vendors, all of them due before the first bell rings: they go in batches."""

    def due(name: str) -> list[ErpItem]:
        with transaction.atomic():
            return [site.accepted(f"{name} {number:02}") for number in range(12)]

    return due


def counted(site: Site, items: list[ErpItem]) -> set[int]:
    """How many times each of these vendors stands in the books."""
    names = Counter(one["DisplayName"] for one in site.books())
    return {names[item.label] for item in items}


@pytest.mark.parametrize("fault", ["slow", "half_then_drop"])
def test_a_worker_killed_in_the_middle_of_a_batch_loses_nothing_and_doubles_nothing(
    site: Site, many: Callable[[str], list[ErpItem]], fault: str
) -> None:
    site.control("DELETE", "requests")

    def batches() -> list[str]:
        return [one["requestid"] for one in site.control("GET", "requests") if one["operation"] == "batch"]

    site.fault(fault, entity="batch")
    items = many(f"Killed in a batch, {fault}")
    wait_for(batches, 20, what="a batch is on its way", children=site.workers)
    site.workers.pop().kill()
    site.workers.append(site.running.worker(pool="prefork", concurrency=1, with_beat=True))
    for item in items:
        site.until(item, Status.SYNCED, seconds=60)
    assert counted(site, items) == {1}
    assert ("send", "unknown") in [explained(item)[0] for item in items]
    assert len(batches()) == len(set(batches())), "no batch is ever sent again"
    assert verify_journal(site.max_pm.company) is None


def test_a_name_that_the_bookkeeper_has_given_a_customer_stops_for_a_person_with_a_cure(site: Site) -> None:
    name = "Given to a customer meanwhile"
    site.control("POST", f"documents/{REALM}/Customer", DisplayName=name)
    item = site.accepted(name)
    submission = site.until(item, Status.FAILED)
    assert submission.work == Work.PARKED
    assert name in submission.reason
    assert submission.cure_by
    assert site.times_in_books(name) == 0


@pytest.fixture(autouse=True)
def no_faults_left(site: Site) -> None:
    site.control("DELETE", "faults")


def test_when_nothing_is_on_its_way_every_row_says_where_it_stands_and_the_journal_holds(site: Site) -> None:
    wait_for(site.idle, 30, what="nothing is on its way")
    assert not Submission.objects.filter(decision="accepted", work="").exists()
    assert verify_journal(site.max_pm.company) is None
    names = [one["DisplayName"] for one in site.books()]
    assert len(names) == len(set(names))


def test_sixty_lines_stay_as_they_are_under_three_change_orders_at_once(site: Site) -> None:
    ground = subcontract.ground_of(site)
    ground.project.cost_codes.set(ground.codes)
    lines = [LineDetails(ground.codes[at % 2].pk, Decimal(f"{at * 100}.01"), f"Work {at}") for at in range(1, 61)]
    contract = make_commitment(site.max_pm, ground.project, ground.vendor, lines=lines, number="SC-0060")
    commitment = subcontract.accepted(site, contract.erp)
    site.until(commitment, Status.SYNCED)
    before = subcontract.order(site)
    site.fault("hang", entity="PurchaseOrder", operation="update")
    site.fault("write_then_drop", entity="PurchaseOrder", operation="update")
    more = [change_line("10.10", changes=1), change_line("-5.05", changes=2)]
    changes = [make_change_order(site.max_pm, contract, lines=more).erp for _ in range(3)]
    for change in changes:
        subcontract.accepted(site, change)
    lane = f"commitment:{commitment.pk}"
    flying = commitment.submissions.model.objects.filter(lane=lane, work=Work.FLYING)
    wait_for(flying.exists, 20, what="one is on its way", children=site.workers)
    assert flying.count() == 1
    site.workers.pop().kill()
    site.workers.append(site.running.worker(pool="prefork", concurrency=1, with_beat=True))
    for change in changes:
        site.until(change, Status.SYNCED, seconds=60)
    after = subcontract.order(site)
    assert after["Line"][:60] == before["Line"]
    keys = [key_of(line) for line in after["Line"]]
    assert sorted(keys[60:]) == [f"C{at}.{number}" for at in (1, 2, 3) for number in (1, 2)]
    assert len(set(keys)) == 60 + 6
    total = round(sum(line["Amount"] for line in after["Line"]), 2)
    assert after["TotalAmt"] == total
    assert str(Link.objects.get(item=commitment).total) == f"{total:.2f}"
    assert Attempt.objects.filter(submission__item__in=changes).exclude(sentence="").count() >= 5
    assert verify_journal(site.max_pm.company) is None
