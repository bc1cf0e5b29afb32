"""Correct and replace: the old order is put away and the new one stands in its place, wherever it is broken off."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone
from pytest_django import Settings

from procore_sync.acceptance import operations
from procore_sync.acceptance.courier import courier
from procore_sync.acceptance.models import ErpItem, Submission
from procore_sync.acceptance.states import Status, Work
from procore_sync.accounts.models import Membership
from quickbooks_bridge.client.api import Ledger
from quickbooks_bridge.client.wire import Answer
from quickbooks_bridge.drift.examining import examine, gone
from quickbooks_bridge.exporters.keys import key_of
from quickbooks_bridge.importers.names import read_features
from quickbooks_bridge.ledgers import ledger_for
from quickbooks_bridge.models import Connection, Link
from quickbooks_bridge.names import names_of
from quickbooks_bridge.watching import sweeps
from tests.quickbooks_bridge.conftest import work
from tests.quickbooks_bridge.documents import DOCUMENTS, Ground, edited
from tests.quickbooks_bridge.emulator_process import REALM, EmulatorProcess
from tests.quickbooks_bridge.test_documents import EXPENSE, Accept, bill, ground, lines, only, order, specs
from tests.scenes import kept

__all__ = ["ground", "order", "specs"]


@pytest.fixture
@kept
def changed(order: ErpItem, ground: Ground, accept: Accept, emulator: EmulatorProcess) -> ErpItem:
    """An order with a synced change order, a class and a line of the bookkeeper's, corrected since."""
    work(accept(ground.change_order(order, 1)))
    held = only(emulator, "PurchaseOrder")
    held["Line"][0][EXPENSE]["ClassRef"] = {"value": "1"}
    held["Line"][1]["Description"] = "[2] As agreed by phone"
    freight = {"DetailType": "DescriptionOnly", "Description": "Freight is ours."}
    note = held["PrivateNote"].replace(": CO-1", ": CO-1 by phone")
    emulator.write("PurchaseOrder", {**held, "Line": [*held["Line"], freight], "PrivateNote": note})
    first, second = DOCUMENTS[order.pk]["lines"]
    return edited(order, lines=[{**first, "amount": "1200.00"}, second], replaces="Wrong rate on line 1.")


def keys(emulator: EmulatorProcess) -> list[tuple[str, str]]:
    """(key, amount) of the lines of the one order that is open."""
    (held,) = [one for one in emulator.documents("PurchaseOrder") if one["POStatus"] == "Open"]
    return [(key, amount) for _, key, amount in lines(held)]


EXPECTED = [("1", "1200.00"), ("2", "500.50"), ("C1.1", "40.00"), ("", "0.00")]


def as_replaced(emulator: EmulatorProcess, changed: ErpItem, fate: str, was: str) -> dict[str, Any]:
    """The new order, after checking that it is the only open one and holds all that it should."""
    changed.refresh_from_db()
    assert changed.status == Status.SYNCED
    assert len(emulator.documents("PurchaseOrder")) == (1 if fate == "delete" else 2)
    (held,) = [one for one in emulator.documents("PurchaseOrder") if one["POStatus"] == "Open"]
    link = Link.objects.get(item=changed)
    assert (link.remote_id, str(link.total), link.replaced) == (held["Id"], "1740.50", {})
    assert link.remote_id != was
    assert keys(emulator) == EXPECTED
    assert held["Line"][0][EXPENSE]["ClassRef"]["value"] == "1"
    assert held["Line"][1]["Description"] == "[2] As agreed by phone"
    assert ": CO-1 by phone" in held["PrivateNote"]
    assert held["PrivateNote"].splitlines()[-1].startswith(f"ERP sync {changed.company.key}-{changed.pk} rev 2")
    return held


def replace(changed: ErpItem, accept: Accept, fate: str) -> tuple[Submission, str]:
    """The corrected order accepted with what becomes of the old one, and the Id that the old one has."""
    return accept(changed, old_order=fate), Link.objects.get(item=changed).remote_id


@pytest.mark.parametrize("fate", ["delete", "close"])
def test_the_new_order_holds_what_stood_in_the_old_one(
    changed: ErpItem, accept: Accept, emulator: EmulatorProcess, fate: str
) -> None:
    submission, was = replace(changed, accept, fate)
    work(submission)
    as_replaced(emulator, changed, fate, was)
    assert submission.attempts.get().asked["old_order"] == fate


@pytest.mark.parametrize("fate", ["delete", "close"])
@pytest.mark.parametrize("which", [0, 1])
@pytest.mark.parametrize("fault", ["write_then_drop", "drop"])
def test_broken_off_anywhere_it_goes_on_where_it_stopped(
    changed: ErpItem,
    accept: Accept,
    emulator: EmulatorProcess,
    monkeypatch: pytest.MonkeyPatch,
    fate: str,
    which: int,
    fault: str,
) -> None:
    emulator.control("switches", {"requestid": "ignore"})
    submission, was = replace(changed, accept, fate)
    operation = ("delete" if fate == "delete" else "update") if which == 0 else "create"
    emulator.fault(fault, entity="PurchaseOrder", operation=operation)
    work(submission, times=6)
    as_replaced(emulator, changed, fate, was)


def test_an_old_order_that_the_bookkeeper_deleted_is_made_anew_with_its_change_orders(
    changed: ErpItem, accept: Accept, emulator: EmulatorProcess
) -> None:
    submission, _ = replace(changed, accept, "delete")
    emulator.delete("PurchaseOrder", only(emulator, "PurchaseOrder"))
    work(submission)
    assert submission.item.status == Status.SYNCED, submission.reason
    assert keys(emulator) == EXPECTED[:3]


def test_an_old_order_that_somebody_deletes_in_that_moment_is_gone_as_it_should_be(
    changed: ErpItem, accept: Accept, emulator: EmulatorProcess, monkeypatch: pytest.MonkeyPatch
) -> None:
    honest = Ledger.delete

    def outrun(self: Ledger, entity: str, remote_id: str, sync_token: str, request_id: str) -> Answer:
        emulator.delete(entity, only(emulator, entity))
        return honest(self, entity, remote_id, sync_token, request_id)

    monkeypatch.setattr(Ledger, "delete", outrun)
    submission, was = replace(changed, accept, "delete")
    work(submission)
    as_replaced(emulator, changed, "delete", was)


def test_an_order_with_bills_is_not_replaced_and_nothing_is_changed(
    changed: ErpItem, accept: Accept, emulator: EmulatorProcess, ada: Membership
) -> None:
    submission, was = replace(changed, accept, "delete")
    bill(emulator, only(emulator, "PurchaseOrder"))
    before = only(emulator, "PurchaseOrder")
    work(submission)
    assert (submission.item.status, submission.cure_by) == (Status.FAILED, "bookkeeper")
    assert "Bills are made from the purchase order “SC-001”" in submission.reason
    assert only(emulator, "PurchaseOrder") == before
    emulator.delete("Bill", emulator.documents("Bill")[0])
    operations.retry(submission.item, by=ada)
    work(submission)
    as_replaced(emulator, changed, "delete", was)


def test_a_refusal_after_the_old_order_was_deleted_says_so_and_loses_nothing(
    changed: ErpItem, ground: Ground, accept: Accept, emulator: EmulatorProcess, ada: Membership
) -> None:
    submission, was = replace(changed, accept, "delete")
    vendor = emulator.named("Vendor", "Ace Electric Co")[0]
    vendor = emulator.write("Vendor", {**vendor, "Active": False})
    work(submission)
    assert submission.item.status == Status.FAILED
    assert submission.reason.startswith("The old order is deleted already and the new one is not there yet.")
    assert not emulator.documents("PurchaseOrder")
    waiting = work(accept(ground.change_order(changed, 2, "7.00")))
    assert (waiting.work, "is being replaced" in waiting.reason) == (Work.WAITING, True)
    emulator.write("Vendor", {**vendor, "Active": True})
    operations.retry(submission.item, by=ada)
    work(submission)
    as_replaced(emulator, changed, "delete", was)
    assert work(waiting).item.status == Status.SYNCED


def test_a_record_that_was_unlinked_stops_it_before_the_old_order_is_touched(
    changed: ErpItem, ground: Ground, accept: Accept, emulator: EmulatorProcess
) -> None:
    submission, _ = replace(changed, accept, "delete")
    before = only(emulator, "PurchaseOrder")
    Link.objects.filter(item=ground.codes[1].erp).delete()
    work(submission)
    assert "cost code 16-100" in submission.reason
    assert only(emulator, "PurchaseOrder") == before


def test_a_new_order_that_came_back_otherwise_is_changed_and_not_replaced_again(
    changed: ErpItem, accept: Accept, emulator: EmulatorProcess, ada: Membership, monkeypatch: pytest.MonkeyPatch
) -> None:
    honest = Ledger.create

    def altered(self: Ledger, entity: str, payload: dict[str, Any], request_id: str) -> Answer:
        stored = honest(self, entity, payload, request_id).document(entity)
        return Answer(200, "", {entity: {**stored, "TotalAmt": 1}}, 1)

    submission, _ = replace(changed, accept, "delete")
    with monkeypatch.context() as patch:
        patch.setattr(Ledger, "create", altered)
        work(submission)
    assert submission.item.status == Status.FAILED
    made = only(emulator, "PurchaseOrder")
    operations.retry(submission.item, by=ada)
    work(submission)
    assert submission.item.status == Status.SYNCED, submission.reason
    assert only(emulator, "PurchaseOrder")["Id"] == made["Id"]


def test_a_change_order_that_flew_after_the_acceptance_is_in_the_new_order(
    changed: ErpItem, ground: Ground, accept: Accept, emulator: EmulatorProcess
) -> None:
    submission, _ = replace(changed, accept, "delete")
    done = work(accept(ground.change_order(changed, 2, "7.00")))
    assert done.item.status == Status.SYNCED, done.reason
    work(submission)
    assert submission.item.status == Status.SYNCED, submission.reason
    assert ("C2.1", "7.00") in keys(emulator)


def test_money_that_the_bookkeeper_changed_in_the_old_order_is_shown_first(
    changed: ErpItem, accept: Accept, emulator: EmulatorProcess, ada: Membership
) -> None:
    submission, was = replace(changed, accept, "close")
    held = only(emulator, "PurchaseOrder")
    held["Line"][1] |= {"Amount": 505.5}
    held["Line"][1][EXPENSE]["UnitPrice"] = 505.5
    emulator.write("PurchaseOrder", held)
    work(submission)
    assert "Line 2, amount from “500.50” to “505.50”" in submission.reason
    operations.retry(submission.item, by=ada)
    work(submission)
    as_replaced(emulator, changed, "close", was)


def rewrite(emulator: EmulatorProcess, text: str, amount: float = 40.0) -> dict[str, Any]:
    """The bookkeeper's line of the change order, of which they say this."""
    held = only(emulator, "PurchaseOrder")
    line = next(one for one in held["Line"] if key_of(one) == "C1.1")
    line |= {"Description": text, "Amount": amount, EXPENSE: {**line[EXPENSE], "UnitPrice": amount}}
    return emulator.write("PurchaseOrder", held)


@pytest.mark.parametrize("heard", [False, True])
@pytest.mark.parametrize(
    ("text", "amount", "told"),
    [
        ("Extra by phone", 40.0, "Line C1.1, description from “Work C1.1” to “Extra by phone”"),
        ("Work C1.1", 45.0, "Line C1.1, amount from “40.00” to “45.00”"),
        ("[C1.1] Work C1.1", 45.0, "Line C1.1, amount from “40.00” to “45.00”"),
    ],
)
def test_what_the_bookkeeper_made_of_a_change_orders_line_is_shown_first_and_ours_stands_once(
    changed: ErpItem,
    accept: Accept,
    emulator: EmulatorProcess,
    ada: Membership,
    books: Connection,
    text: str,
    amount: float,
    told: str,
    heard: bool,
) -> None:
    submission, was = replace(changed, accept, "delete")
    before = rewrite(emulator, text, amount)
    if heard:
        assert examine(books, "PurchaseOrder", [before], heard_by="a test") == 1
    work(submission)
    assert told in submission.reason
    assert only(emulator, "PurchaseOrder") == before
    operations.retry(submission.item, by=ada)
    work(submission)
    held = as_replaced(emulator, changed, "delete", was)
    assert held["Line"][2]["Description"] == "[C1.1] Work C1.1"


@pytest.mark.parametrize("fault", ["write_then_drop", "drop", None])
def test_a_change_orders_line_that_lost_its_key_alone_gets_it_back(
    changed: ErpItem, accept: Accept, emulator: EmulatorProcess, fault: str | None
) -> None:
    rewrite(emulator, "Work C1.1")
    submission, was = replace(changed, accept, "delete")
    if fault:
        emulator.fault(fault, entity="PurchaseOrder", operation="create")
    work(submission, times=6)
    as_replaced(emulator, changed, "delete", was)


def test_the_bookkeepers_words_in_a_change_orders_line_go_over(
    changed: ErpItem, accept: Accept, emulator: EmulatorProcess
) -> None:
    rewrite(emulator, "[C1.1] Extra by phone")
    submission, was = replace(changed, accept, "delete")
    work(submission)
    held = as_replaced(emulator, changed, "delete", was)
    assert held["Line"][2]["Description"] == "[C1.1] Extra by phone"


def test_a_change_orders_line_that_the_bookkeeper_took_out_is_shown_before_it_is_in_the_new_order(
    changed: ErpItem, accept: Accept, emulator: EmulatorProcess, ada: Membership
) -> None:
    submission, _ = replace(changed, accept, "delete")
    held = only(emulator, "PurchaseOrder")
    kept = [one for one in held["Line"] if key_of(one) != "C1.1"]
    emulator.write("PurchaseOrder", {**held, "Line": kept})
    work(submission)
    assert "Line C1.1 from “40.00” to “taken out”" in submission.reason
    operations.retry(submission.item, by=ada)
    work(submission)
    assert submission.item.status == Status.SYNCED, submission.reason
    assert sorted(keys(emulator)) == sorted(EXPECTED)


def test_the_approver_must_say_what_becomes_of_the_old_order(
    changed: ErpItem, accept: Accept, max_pm: Membership, ada: Membership
) -> None:
    choice, _ = courier().preview(changed, DOCUMENTS[changed.pk]).choices()
    assert [key for key, _ in choice.options] == ["delete", "close"]
    assert (choice.required, choice.initial) == (True, "")
    posting = courier().preview(changed, DOCUMENTS[changed.pk]).posting({"old_order": "delete"})
    facts = {one.label: one.value for one in posting.facts}
    assert (posting.operation, posting.title) == ("create", "Replace purchase order SC-001")
    assert facts["Why it is replaced"] == "Wrong rate on line 1."
    assert facts["The old order is"] == "deleted"
    assert facts["Lines of change orders carried over"] == "CO-1 (1)"
    assert [row[0] for row in posting.lines] == ["1", "2", "C1.1"]
    assert all(row[2].startswith("5") for row in posting.lines), "each line, also a carried one, shows its account"
    assert str(posting.total) == "1740.50"


def test_an_unknown_answer_to_the_delete_is_looked_up_before_anything_is_repeated(
    changed: ErpItem, accept: Accept, emulator: EmulatorProcess
) -> None:
    submission, _ = replace(changed, accept, "delete")
    emulator.fault("write_then_drop", entity="PurchaseOrder", operation="delete")
    work(submission)
    assert submission.work == Work.UNCERTAIN
    assert names_of(changed.company_id, "Vendor").exists()
    assert Link.objects.get(item=changed).replaced["DocNumber"] == "SC-001"


def close_books(emulator: EmulatorProcess, until: str | None) -> None:
    """The books as closed until then, which binds orders too; None opens them."""
    emulator.control("switches", {"closed_books_refuse_orders": True})
    emulator.control("preferences", {"realm": REALM, "BookCloseDate": until})


@pytest.mark.parametrize("fate", ["delete", "close"])
@pytest.mark.parametrize("then", ["retry", "change", "deletion"])
def test_an_old_order_that_quickbooks_does_not_let_be_put_away_is_not_being_replaced(
    changed: ErpItem,
    ground: Ground,
    accept: Accept,
    emulator: EmulatorProcess,
    ada: Membership,
    books: Connection,
    fate: str,
    then: str,
) -> None:
    submission, was = replace(changed, accept, fate)
    close_books(emulator, "2026-11-30")
    work(submission)
    assert (submission.item.status, "(6210)" in submission.reason) == (Status.FAILED, True)
    close_books(emulator, None)
    read_features(books, ledger_for(books))
    if then == "retry":
        operations.retry(submission.item, by=ada)
        work(submission)
        as_replaced(emulator, changed, fate, was)
        return
    operations.reject(submission.item, by=ada, comment="Leave it.")
    if then == "change":
        change = work(accept(ground.change_order(changed, 2, "7.00")), times=4)
        assert change.item.status == Status.SYNCED, change.reason
        return
    emulator.delete("PurchaseOrder", only(emulator, "PurchaseOrder"))
    assert gone(books, "PurchaseOrder", [was], heard_by="a test") == 1


def test_a_throttle_before_the_old_order_is_put_away_leaves_it_as_one_that_is_not_being_replaced(
    changed: ErpItem, accept: Accept, emulator: EmulatorProcess
) -> None:
    """The next try may be refused before it touches the order, and nothing but that try would say so."""
    submission, _ = replace(changed, accept, "delete")
    emulator.fault("429_json", entity="PurchaseOrder", operation="delete")
    work(submission)
    assert submission.work == Work.DUE
    assert Link.objects.get(item=changed).replaced == {}


def test_an_old_order_that_somebody_deletes_before_we_close_it_is_kept(
    changed: ErpItem, accept: Accept, emulator: EmulatorProcess, ada: Membership, monkeypatch: pytest.MonkeyPatch
) -> None:
    honest = Ledger.update

    def outrun(self: Ledger, entity: str, payload: dict[str, Any], request_id: str) -> Answer:
        emulator.delete(entity, only(emulator, entity))
        return honest(self, entity, payload, request_id)

    submission, was = replace(changed, accept, "close")
    with monkeypatch.context() as patch:
        patch.setattr(Ledger, "update", outrun)
        work(submission)
    assert submission.item.status == Status.FAILED
    operations.retry(submission.item, by=ada)
    work(submission)
    as_replaced(emulator, changed, "delete", was)


def test_a_refusal_after_an_answer_that_was_lost_keeps_the_old_order(
    changed: ErpItem, accept: Accept, emulator: EmulatorProcess, ada: Membership
) -> None:
    """The lost one may be carried out yet, and what the bookkeeper had in the order is nowhere else then."""
    submission, was = replace(changed, accept, "delete")
    emulator.fault("drop", entity="PurchaseOrder", operation="delete")
    work(submission)
    assert submission.work == Work.UNCERTAIN
    close_books(emulator, "2026-11-30")
    work(submission, times=4)
    assert (submission.item.status, "(6210)" in submission.reason) == (Status.FAILED, True)
    close_books(emulator, None)
    emulator.delete("PurchaseOrder", only(emulator, "PurchaseOrder"))
    operations.retry(submission.item, by=ada)
    work(submission, times=4)
    as_replaced(emulator, changed, "delete", was)


def test_a_new_order_whose_answer_was_lost_is_looked_for_when_it_is_tried_again_after_a_refusal(
    changed: ErpItem, accept: Accept, emulator: EmulatorProcess, ada: Membership, books: Connection
) -> None:
    """The lost call may be carried out yet, and under a new request id there would be two orders."""
    submission, _ = replace(changed, accept, "delete")
    emulator.fault("drop", entity="PurchaseOrder", operation="create")
    work(submission)
    close_books(emulator, "2026-11-30")
    work(submission, times=4)
    assert (submission.item.status, "(6210)" in submission.reason) == (Status.FAILED, True)
    close_books(emulator, None)
    read_features(books, ledger_for(books))
    late = submission.attempts.order_by("number")[0].asked["payload"]
    operations.retry(submission.item, by=ada)
    emulator.write("PurchaseOrder", late)
    work(submission, times=3)
    assert Link.objects.get(item=changed).remote_id == only(emulator, "PurchaseOrder")["Id"]


def test_a_new_order_of_a_replacement_that_was_rejected_is_looked_for_before_another_is_made(
    changed: ErpItem, accept: Accept, emulator: EmulatorProcess, ada: Membership, books: Connection
) -> None:
    submission, was = replace(changed, accept, "delete")
    emulator.fault("drop", entity="PurchaseOrder", operation="create")
    work(submission)
    close_books(emulator, "2026-11-30")
    work(submission, times=4)
    late = submission.attempts.order_by("number")[0].asked["payload"]
    operations.reject(submission.item, by=ada, comment="Another amount.")
    close_books(emulator, None)
    read_features(books, ledger_for(books))
    first, second = DOCUMENTS[changed.pk]["lines"]
    anew = edited(submission.item, lines=[{**first, "amount": "1300.00"}, second], replaces="Wrong rate on line 1.")
    again = accept(anew, old_order="delete")
    emulator.write("PurchaseOrder", late)
    assert work(again).item.status == Status.FAILED
    (held,) = emulator.documents("PurchaseOrder")
    assert Link.objects.get(item=changed).remote_id == held["Id"] != was
    operations.retry(again.item, by=ada)
    assert work(again, times=3).item.status == Status.SYNCED, again.reason
    assert ("1", "1300.00") in keys(emulator)


@pytest.mark.parametrize("is_over", [True, False])
def test_an_old_order_that_stands_after_the_replacement_was_given_up_is_not_being_replaced(
    changed: ErpItem,
    ground: Ground,
    accept: Accept,
    emulator: EmulatorProcess,
    ada: Membership,
    books: Connection,
    settings: Settings,
    is_over: bool,
) -> None:
    """Nothing but a later sending would say so else, and what goes into the order would wait for it for ever."""
    submission, was = replace(changed, accept, "delete")
    emulator.fault("drop", entity="PurchaseOrder", operation="delete")
    work(submission)
    close_books(emulator, "2026-11-30")
    work(submission, times=4)
    operations.reject(submission.item, by=ada, comment="Leave it.")
    close_books(emulator, None)
    read_features(books, ledger_for(books))
    change = work(accept(ground.change_order(changed, 2, "7.00")))
    assert "is being replaced" in change.reason
    Link.objects.update(created_at=timezone.now() - timedelta(hours=1), verified_at=None)
    settings.BATCH_PROBE_PAUSE_SECONDS = 130.0
    if is_over:
        submission.attempts.update(finished_at=timezone.now() - timedelta(minutes=5))
    sweeps.carry_on(books.company_id)
    assert bool(Link.objects.get(item=changed).replaced) is not is_over
    assert (work(change).item.status == Status.SYNCED) is is_over
    assert only(emulator, "PurchaseOrder")["Id"] == was
