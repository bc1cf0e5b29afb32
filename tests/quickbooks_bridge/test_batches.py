"""First exports in one call, against a running emulator: what stands in the books, and what became of each."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any, cast

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from pytest_django import Settings

from procore_sync.acceptance import engine
from procore_sync.acceptance.journal import verify_journal
from procore_sync.acceptance.models import ErpItem, Submission
from procore_sync.acceptance.states import OutcomeKind, Status, Work
from procore_sync.accounts.models import Membership
from quickbooks_bridge.client.transport import Transport
from quickbooks_bridge.client.wire import Answer
from quickbooks_bridge.models import Connection, Link
from quickbooks_bridge.names import names_of
from quickbooks_bridge.tokens import ConnectionTokens
from tests.factories import make_vendor
from tests.processes import wait_for
from tests.quickbooks_bridge.conftest import outcome_of, work
from tests.quickbooks_bridge.documents import Ground
from tests.quickbooks_bridge.emulator_process import EmulatorProcess
from tests.quickbooks_bridge.test_documents import ground, only, order, specs

__all__ = ["ground", "order", "specs"]

Accept = Callable[..., Submission]
Vendors = Callable[[int], list[Submission]]


@pytest.fixture
def vendors(books: Connection, max_pm: Membership, accept: Accept, emulator: EmulatorProcess) -> Vendors:
    """So many vendors of new names, accepted and due, in a process that knows its access token."""
    ConnectionTokens(books.pk).access_token()

    def due(count: int) -> list[Submission]:
        found = [accept(make_vendor(max_pm, name_of(at), city="Eastport").erp) for at in range(count)]
        emulator.control("requests", method="DELETE")
        return found

    return due


def name_of(at: int) -> str:
    return f"Batched {at:02}"


def held(emulator: EmulatorProcess) -> list[str]:
    """The names of our vendors in the books, each as often as it stands there."""
    found = (one["DisplayName"] for one in emulator.documents("Vendor"))
    return sorted(name for name in found if name.startswith("Batched"))


def states(submissions: list[Submission]) -> list[str]:
    for one in submissions:
        one.refresh_from_db()
        one.item.refresh_from_db()
    return [one.work for one in submissions]


def test_thirty_go_in_one_call_and_each_is_verified_by_its_own_result(
    vendors: Vendors, emulator: EmulatorProcess, books: Connection
) -> None:
    submissions = vendors(30)
    with CaptureQueriesContext(connection) as asked:
        engine.work(submissions[0].pk)
    assert len(asked) < 30
    (call,) = emulator.requests()
    assert call["path"].endswith("/batch")
    bids = [one["bId"] for one in call["body"]["BatchItemRequest"]]
    assert (len(call["requestid"]) <= 36, len(set(bids)), max(map(len, bids)) <= 10) == (True, 30, True)
    assert set(states(submissions)) == {Work.DONE}
    assert held(emulator) == [name_of(at) for at in range(30)]
    ids = {one["Id"]: one["DisplayName"] for one in emulator.documents("Vendor")}
    for one in submissions:
        link = Link.objects.get(item=one.item)
        assert (ids[link.remote_id], link.health) == (one.item.label, "ok")
        assert link.verified_at
        asked_of = outcome_of(one).asked
        assert (asked_of["requestid"], bids[int(asked_of["bId"]) - 1]) == (call["requestid"], asked_of["bId"])
        assert names_of(books.company_id, "Vendor").filter(name=one.item.label, remote_id=link.remote_id).exists()
    assert verify_journal(books.company) is None


def test_three_faults_in_a_batch_of_thirty_stop_three_and_no_other(vendors: Vendors, emulator: EmulatorProcess) -> None:
    submissions = vendors(30)
    for at in (4, 17):
        emulator.write("Customer", {"DisplayName": name_of(at)})
    emulator.write("Vendor", {"DisplayName": name_of(29)})
    engine.work(submissions[0].pk)
    stopped = [one for one, stands in zip(submissions, states(submissions), strict=True) if stands == Work.PARKED]
    assert [one.item.label for one in stopped] == [name_of(at) for at in (4, 17, 29)]
    for one in stopped:
        assert one.item.status == Status.FAILED
        assert "nothing here shows that this console made it" in one.reason
        assert (one.cure_by, outcome_of(one).fault_code) == ("approver", "6240")
        assert str(one.item_id) in one.cure_url
    assert ErpItem.objects.filter(status=Status.SYNCED).count() == 27
    asked = [one["path"].rpartition("/")[2] for one in emulator.requests()]
    assert asked == ["batch", *["query"] * 3]  # who has each name
    assert held(emulator) == sorted(name_of(at) for at in range(30) if at not in (4, 17))


@pytest.mark.parametrize("repeats", ["replay", "ignore"])
@pytest.mark.parametrize("fault", ["write_then_drop", "half_then_drop", "500_after_write", "drop", "500", "503"])
def test_a_lost_answer_leaves_each_exactly_once(
    vendors: Vendors, emulator: EmulatorProcess, fault: str, repeats: str
) -> None:
    emulator.control("switches", {"requestid": repeats})
    submissions = vendors(6)
    emulator.fault(fault, operation="batch")
    engine.work(submissions[0].pk)
    assert set(states(submissions)) == {Work.UNCERTAIN}
    written = len(held(emulator))
    assert written == {"write_then_drop": 6, "500_after_write": 6, "half_then_drop": 3}.get(fault, 0)
    for one in submissions:
        work(one, times=4)
    assert {one.item.status for one in submissions} == {Status.SYNCED}
    assert held(emulator) == [name_of(at) for at in range(6)]
    assert len(emulator.requests("/batch")) == 1, "a batch is never sent again"
    alone = [one["requestid"] for one in emulator.requests("/vendor")]
    assert sorted(alone) == sorted(one.request_id for one in submissions[written:])
    for one in submissions:
        acts = list(one.attempts.values_list("act", "outcome"))
        assert acts[:2] == [("send", "unknown"), ("probe", "done" if one in submissions[:written] else "absent")]


def test_a_batch_that_quickbooks_is_still_at_work_on_is_not_repeated_before_it_is_done(
    vendors: Vendors, emulator: EmulatorProcess, settings: Settings
) -> None:
    settings.QUICKBOOKS_READ_TIMEOUT, settings.BATCH_PROBE_PAUSE_SECONDS = 0.2, 130
    submissions = vendors(5)
    emulator.fault("slow", operation="batch", seconds=2)
    engine.work(submissions[0].pk)
    assert set(states(submissions)) == {Work.UNCERTAIN}
    settings.QUICKBOOKS_READ_TIMEOUT = 20.0
    for one in submissions:
        work(one)
    wait_for(lambda: len(held(emulator)) == 5, 20, what="the batch is written after all")
    for one in submissions:
        work(one)
    assert set(states(submissions)) == {Work.DONE}
    assert held(emulator) == [name_of(at) for at in range(5)]
    assert emulator.requests("/vendor") == []


@pytest.mark.parametrize("fault", ["429_xml", "429_json"])
def test_a_throttled_batch_pauses_the_company_and_goes_as_a_batch_again(
    vendors: Vendors, emulator: EmulatorProcess, connected: Connection, fault: str
) -> None:
    submissions = vendors(5)
    emulator.fault(fault, operation="batch")
    engine.work(submissions[0].pk)
    assert set(states(submissions)) == {Work.DUE}
    assert {one.tries for one in submissions} == {0}
    connected.refresh_from_db()
    assert connected.paused_until
    Connection.objects.update(paused_until=None)
    Submission.objects.update(due_at=submissions[0].sent_at)
    engine.work(submissions[0].pk)
    assert set(states(submissions)) == {Work.DONE}, submissions[0].reason
    assert len(emulator.requests("/batch")) == 2


def test_a_401_is_one_renewal_and_one_repetition_of_the_same_batch(vendors: Vendors, emulator: EmulatorProcess) -> None:
    submissions = vendors(5)
    emulator.fault("401", operation="batch")
    engine.work(submissions[0].pk)
    assert set(states(submissions)) == {Work.DONE}
    first, second = emulator.requests("/batch")
    assert (first["requestid"], first["body"]) == (second["requestid"], second["body"])
    assert (first["status"], second["status"]) == (401, 200)


def test_a_batch_that_is_refused_as_a_whole_lets_each_go_by_itself(vendors: Vendors, emulator: EmulatorProcess) -> None:
    emulator.control("switches", {"batch_limit": 4})
    submissions = vendors(5)
    engine.work(submissions[0].pk)
    assert set(states(submissions)) == {Work.DUE}
    assert {one.tries for one in submissions} == {1}
    assert "goes by itself" in submissions[0].reason
    assert outcome_of(submissions[0]).outcome == OutcomeKind.NOT_SENT
    for one in submissions:
        work(one)
    assert {one.item.status for one in submissions} == {Status.SYNCED}
    assert len(emulator.requests("/batch")) == 1
    assert held(emulator) == [name_of(at) for at in range(5)]


def test_a_company_that_was_disconnected_sends_nothing(
    vendors: Vendors, emulator: EmulatorProcess, connected: Connection
) -> None:
    submissions = vendors(5)
    Connection.objects.update(status="needs_login")
    engine.work(submissions[0].pk)
    assert set(states(submissions)) == {Work.WAITING}
    assert {one.cure_by for one in submissions} == {"administrator"}
    assert emulator.requests() == []


def test_a_sign_in_that_is_not_taken_any_more_writes_nothing(vendors: Vendors, emulator: EmulatorProcess) -> None:
    submissions = vendors(5)
    emulator.fault("401", operation="batch", times=2)
    engine.work(submissions[0].pk)
    assert set(states(submissions)) == {Work.DUE}
    assert {outcome_of(one).outcome for one in submissions} == {OutcomeKind.DISCONNECTED}
    assert held(emulator) == []


def test_what_is_linked_already_is_changed_and_never_goes_in_a_batch(
    vendors: Vendors, emulator: EmulatorProcess, books: Connection
) -> None:
    submissions = vendors(6)
    stands = emulator.write("Vendor", {"DisplayName": name_of(2), "BillAddr": {"City": "Eastport"}})
    Link.objects.create(
        item=submissions[2].item, company=books.company, entity="Vendor", remote_id=stands["Id"], name=name_of(2)
    )
    engine.work(submissions[0].pk)
    assert states(submissions) == [Work.DONE, Work.DONE, Work.DUE, Work.DONE, Work.DONE, Work.DONE]
    work(submissions[2])
    assert outcome_of(submissions[2]).asked["operation"] == "update"
    assert held(emulator) == [name_of(at) for at in range(6)]


def test_kinds_go_together_and_nothing_is_asked_for_each(
    ground: Ground, accept: Accept, vendors: Vendors, emulator: EmulatorProcess, books: Connection
) -> None:
    budget = accept(ground.budget(("1", "1000.00"), ("2", "250.50")))
    orders = [accept(ground.commitment(number=f"SC-{at:03}")) for at in range(1, 13)]
    change = accept(ground.change_order(orders[0].item, 1))
    waiting = [budget, *orders, *vendors(4)]
    with CaptureQueriesContext(connection) as asked:
        engine.work(waiting[0].pk)
    assert len(asked) < 37  # two let go what waited for an order; where it is slow the lease is renewed again
    (call,) = emulator.requests()
    sent = {name for item in call["body"]["BatchItemRequest"] for name in item} - {"bId", "operation"}
    assert sent == {"Estimate", "PurchaseOrder", "Vendor"}
    assert set(states(waiting)) == {Work.DONE}
    assert {one["DocNumber"] for one in emulator.documents("PurchaseOrder")} >= {f"SC-{at:03}" for at in range(1, 13)}
    links = Link.objects.filter(item__kind="commitment")
    assert ({str(one.total) for one in links}, len(links)) == ({"1500.50"}, 12)
    assert outcome_of(orders[3]).asked["payload"]["Line"][0]["ItemBasedExpenseLineDetail"]["ItemRef"]["value"].isdigit()
    change.refresh_from_db()
    assert (change.work, change.reason) == (Work.WAITING, "")
    work(change)
    assert change.item.status == Status.SYNCED
    assert verify_journal(books.company) is None


def test_a_record_whose_vendor_is_not_linked_any_more_stays_behind_and_the_others_go(
    ground: Ground, accept: Accept, vendors: Vendors, emulator: EmulatorProcess
) -> None:
    order = accept(ground.commitment())
    Link.objects.filter(item=ground.vendor.erp).delete()
    submissions = [order, *vendors(5)]
    engine.work(submissions[1].pk)
    assert states(submissions) == [Work.PARKED] + [Work.DONE] * 5
    assert "is not linked to QuickBooks any more" in order.reason
    assert len(emulator.requests()[0]["body"]["BatchItemRequest"]) == 5


def test_an_order_that_carries_synced_changes_goes_by_itself(
    ground: Ground, accept: Accept, vendors: Vendors, emulator: EmulatorProcess
) -> None:
    order = ground.commitment(number="SC-001")
    work(accept(order))
    work(accept(ground.change_order(order, 1)))
    ErpItem.objects.filter(pk=order.pk).update(synced_revision=None, status=Status.NOT_SENT)
    Link.objects.filter(item=order).delete()
    emulator.delete("PurchaseOrder", only(emulator, "PurchaseOrder"))
    order.refresh_from_db()
    anew = accept(order)
    submissions = [anew, *vendors(4)]
    engine.work(submissions[1].pk)
    assert states(submissions) == [Work.DUE] + [Work.DONE] * 4
    work(anew)
    assert anew.item.status == Status.SYNCED
    assert "[C1.1]" in str(only(emulator, "PurchaseOrder")["Line"])


def spoil(monkeypatch: pytest.MonkeyPatch, faults: dict[str, str], *, silent: str = "") -> None:
    """QuickBooks refuses the items of these bIds with these codes, and does not mention what became of `silent`."""
    post = Transport.post

    def spoiled(self: Transport, url: str, body: str, **more: Any) -> Answer:
        if not url.endswith("/batch"):
            return cast(Answer, post(self, url, body, **more))
        items = [one for one in json.loads(body)["BatchItemRequest"] if one["bId"] not in faults]
        answer: Answer = post(self, url, json.dumps({"BatchItemRequest": items}), **more)
        told = [one for one in answer.body["BatchItemResponse"] if one["bId"] != silent]
        refused = [{"bId": bid, "Fault": {"Error": [{"Message": code, "code": code}]}} for bid, code in faults.items()]
        return replace(answer, body={**answer.body, "BatchItemResponse": [*refused, *reversed(told)]})

    monkeypatch.setattr(Transport, "post", spoiled)


def test_every_way_an_item_can_end_is_its_own(
    vendors: Vendors, emulator: EmulatorProcess, connected: Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    submissions = vendors(7)
    spoil(monkeypatch, {"2": "3001", "3": "10000", "4": "2050", "5": "5010"}, silent="6")
    engine.work(submissions[0].pk)
    due, unknown = Work.DUE, Work.UNCERTAIN
    assert states(submissions) == [Work.DONE, due, unknown, Work.PARKED, due, unknown, Work.DONE]
    assert [one.tries for one in submissions] == [0, 0, 1, 0, 1, 1, 0]
    assert outcome_of(submissions[3]).fault_code == "2050"
    connected.refresh_from_db()
    assert connected.paused_until
    Connection.objects.update(paused_until=None)
    for at in (1, 2, 4, 5):
        work(submissions[at], times=4)
    assert states(submissions) == [Work.DONE] * 3 + [Work.PARKED] + [Work.DONE] * 3
    assert held(emulator) == [name_of(at) for at in range(7) if at != 3]


def test_a_number_that_is_taken_stops_one_order_and_says_which_has_it(
    order: ErpItem, ground: Ground, accept: Accept, monkeypatch: pytest.MonkeyPatch
) -> None:
    orders = [accept(ground.commitment(number=f"SC-{at:03}")) for at in range(1, 6)]
    spoil(monkeypatch, {"1": "6140"})
    engine.work(orders[0].pk)
    assert states(orders) == [Work.PARKED] + [Work.DONE] * 4
    named = "the purchase order of Ace Electric Co of 2026-11-02, here Commitment SC-001 Electrical"
    assert f"the number SC-001 already and does not allow it twice: {named}." in orders[0].reason


def test_closed_books_stop_one_and_the_settings_are_read_again(
    ground: Ground, accept: Accept, emulator: EmulatorProcess, monkeypatch: pytest.MonkeyPatch
) -> None:
    orders = [accept(ground.commitment(number=f"SC-{at:03}")) for at in range(1, 6)]
    spoil(monkeypatch, {"3": "6210"})
    emulator.control("requests", method="DELETE")
    engine.work(orders[0].pk)
    assert states(orders) == [Work.DONE, Work.DONE, Work.PARKED, Work.DONE, Work.DONE]
    assert "chooses to wait or to take the first open day" in orders[2].reason
    assert len(emulator.requests("/preferences")) == 1
