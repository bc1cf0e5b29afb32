"""Estimates, purchase orders and change orders on their way to a running emulator, and every way that can end."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from procore_sync.acceptance import kinds, operations
from procore_sync.acceptance.courier import courier
from procore_sync.acceptance.models import ErpItem, Submission
from procore_sync.acceptance.states import OutcomeKind, Status, Work
from procore_sync.accounts.models import Membership
from procore_sync.kit.money import money
from quickbooks_bridge.client.api import Ledger
from quickbooks_bridge.client.faults import LedgerFault, classify
from quickbooks_bridge.client.wire import Answer
from quickbooks_bridge.exporters.keys import key_of
from quickbooks_bridge.importers.operations import link_to
from quickbooks_bridge.links import remember_held
from quickbooks_bridge.models import Connection, LedgerName, Link
from quickbooks_bridge.names import names_of
from quickbooks_bridge.selectors import links_for
from tests.factories import make_cost_code, make_project, make_vendor
from tests.quickbooks_bridge.conftest import outcome_of, work
from tests.quickbooks_bridge.documents import DOCUMENTS, SPECS, Ground, edited
from tests.quickbooks_bridge.emulator_process import EmulatorProcess
from tests.scenes import kept

Accept = Callable[..., Submission]
LOST = ["write_then_drop", "drop", "500_after_write", "500"]
EXPENSE = "ItemBasedExpenseLineDetail"


@pytest.fixture(autouse=True)
def specs(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    for kind, spec in SPECS.items():
        monkeypatch.setitem(kinds._specs, kind, spec)
    yield
    DOCUMENTS.clear()


@pytest.fixture
@kept
def ground(books: Connection, max_pm: Membership, ada: Membership, emulator: EmulatorProcess) -> Ground:
    """Fire Station 4, Ace Electric and two codes, linked to what QuickBooks has of them."""

    def row(entity: str, name: str) -> LedgerName:
        return names_of(books.company_id, entity).get(name=name)

    project = make_project(max_pm, "Fire Station 4", codes=[])
    vendor = make_vendor(max_pm, "Ace Electric Co")
    codes = [make_cost_code(max_pm, "03-100", "Concrete"), make_cost_code(max_pm, "16-100", "Electrical")]
    link_to(row("Customer", "Fire Station 4"), project.erp, by=ada)
    link_to(row("Vendor", "Ace Electric Co"), vendor.erp, by=ada)
    for code, name in zip(codes, ("Materials", "Subcontract Work"), strict=True):
        link_to(row("Item", name), code.erp, by=ada)
    emulator.control("requests", method="DELETE")
    return Ground(max_pm, project, vendor, codes)


def only(emulator: EmulatorProcess, entity: str) -> dict[str, Any]:
    """The one document of this entity in the books."""
    (held,) = emulator.documents(entity)
    return held


def lines(held: dict[str, Any]) -> list[tuple[str, str, str]]:
    """(Id, key, amount) of every line but the subtotal."""
    return [(one["Id"], key_of(one), str(money(str(one.get("Amount", 0))))) for one in held["Line"] if "Id" in one]


@pytest.fixture
@kept
def order(ground: Ground, accept: Accept, emulator: EmulatorProcess) -> ErpItem:
    """A subcontract of two lines in QuickBooks."""
    done = work(accept(ground.commitment()))
    assert done.item.status == Status.SYNCED, done.reason
    return done.item


# a document of its own


def test_a_commitment_becomes_one_order_with_its_lines_for_the_job(
    ground: Ground, accept: Accept, emulator: EmulatorProcess
) -> None:
    item = ground.commitment(ground.line("1", "1000.00"), ground.line("2", "53.13", quantity="12.5", unit_cost="4.25"))
    done = work(accept(item))
    assert done.item.status == Status.SYNCED, done.reason
    held = only(emulator, "PurchaseOrder")
    assert (held["DocNumber"], held["TxnDate"], held["POStatus"]) == ("SC-001", "2026-11-02", "Open")
    assert (held["VendorRef"]["name"], held["Memo"]) == ("Ace Electric Co", "Wire it all.")
    assert held["PrivateNote"] == f"ERP sync {item.company.key}-{item.pk} rev 1: Electrical"
    assert lines(held) == [("1", "1", "1000.00"), ("2", "2", "53.13")]
    detail = held["Line"][1][EXPENSE]
    assert (detail["ItemRef"]["name"], detail["CustomerRef"]["name"]) == ("Materials", "Fire Station 4")
    assert (detail["Qty"], detail["UnitPrice"], detail["BillableStatus"]) == (12.5, 4.25, "NotBillable")
    link = Link.objects.get(item=item)
    assert (link.name, str(link.total), link.health) == ("SC-001", "1053.13", "ok")
    assert link.verified_at
    assert not LedgerName.objects.filter(entity="PurchaseOrder").exists()
    assert [one["method"] for one in emulator.requests("/v3/")] == ["POST"]


def test_a_budget_becomes_one_estimate_and_a_change_of_it_more_lines(
    ground: Ground, accept: Accept, emulator: EmulatorProcess
) -> None:
    item = ground.budget(("1", "1000.00"), ("2", "500.00"))
    assert work(accept(item)).item.status == Status.SYNCED
    first = only(emulator, "Estimate")
    assert first["DocNumber"] == "26-003"
    edited(
        item,
        lines=[
            {**DOCUMENTS[item.pk]["lines"][0], "amount": "900.00"},
            DOCUMENTS[item.pk]["lines"][1],
            {**DOCUMENTS[item.pk]["lines"][1], "key": "M1.1", "amount": "-50.00", "note": "Change 1"},
            {**DOCUMENTS[item.pk]["lines"][0], "key": "M1.2", "amount": "50.00", "note": "Change 1"},
        ],
    )
    done = work(accept(item))
    assert done.item.status == Status.SYNCED, done.reason
    held = only(emulator, "Estimate")
    assert (held["Id"], held["TotalAmt"]) == (first["Id"], 1400)
    assert lines(held) == [
        ("1", "1", "900.00"),
        ("2", "2", "500.00"),
        ("3", "M1.1", "-50.00"),
        ("4", "M1.2", "50.00"),
    ]
    assert held["Line"][2]["Description"] == "[M1.1] Budget 2 (Change 1)"


@pytest.mark.parametrize("kind", ["commitment", "budget"])
@pytest.mark.parametrize("fault", LOST)
def test_a_lost_answer_leaves_one_document(
    ground: Ground, accept: Accept, emulator: EmulatorProcess, fault: str, kind: str
) -> None:
    emulator.control("switches", {"requestid": "ignore"})
    entity = {"commitment": "PurchaseOrder", "budget": "Estimate"}[kind]
    item = ground.commitment() if kind == "commitment" else ground.budget(("1", "5.00"))
    emulator.fault(fault, entity=entity)
    submission = work(accept(item))
    assert submission.work == Work.UNCERTAIN
    work(submission, times=4)
    assert submission.item.status == Status.SYNCED, submission.reason
    assert len(emulator.documents(entity)) == 1


def test_an_order_of_the_same_number_without_our_mark_is_not_ours(
    ground: Ground, accept: Accept, emulator: EmulatorProcess
) -> None:
    emulator.control("switches", {"requestid": "ignore"})
    submission = accept(ground.commitment())
    emulator.fault("drop", entity="PurchaseOrder")
    work(submission)
    job = names_of(ground.by.company_id, "Vendor").get(name="O'Brien Excavating")
    theirs = {"DetailType": EXPENSE, "Amount": 5, EXPENSE: {"ItemRef": {"value": "1"}, "Qty": 1, "UnitPrice": 5}}
    emulator.write("PurchaseOrder", {"VendorRef": {"value": job.remote_id}, "DocNumber": "SC-001", "Line": [theirs]})
    work(submission, times=4)
    assert submission.item.status == Status.SYNCED
    assert len(emulator.documents("PurchaseOrder")) == 2


def test_what_quickbooks_numbered_itself_after_a_lost_answer_is_found_by_its_mark(
    ground: Ground, accept: Accept, emulator: EmulatorProcess
) -> None:
    emulator.control("switches", {"requestid": "ignore"})
    submission = accept(ground.commitment())
    emulator.fault("write_then_drop", entity="PurchaseOrder")
    work(submission)
    held = only(emulator, "PurchaseOrder")
    emulator.write("PurchaseOrder", {**held, "DocNumber": "1001"})
    work(submission, times=2)
    assert len(emulator.documents("PurchaseOrder")) == 1
    assert submission.item.status == Status.FAILED
    assert "Number was sent as “SC-001” and stands as “1001”" in submission.reason


def test_a_private_record_that_has_taken_what_a_lost_try_wrote_is_not_named(
    ground: Ground, accept: Accept, emulator: EmulatorProcess
) -> None:
    private = ground.commitment(number="SC-SECRET")
    ErpItem.objects.filter(pk=private.pk).update(is_private=True)
    submission = accept(ground.commitment())
    emulator.fault("write_then_drop", entity="PurchaseOrder")
    work(submission)
    remember_held(private, "PurchaseOrder", only(emulator, "PurchaseOrder"))
    work(submission)
    assert submission.item.status == Status.FAILED
    assert "is a private commitment here already" in submission.reason
    assert private.label not in submission.reason


def test_a_vendor_unlinked_under_an_accepted_order_stops_it_with_a_sentence(
    ground: Ground, accept: Accept, emulator: EmulatorProcess
) -> None:
    submission = accept(ground.commitment())
    Link.objects.filter(item=ground.vendor.erp).delete()
    work(submission)
    assert submission.item.status == Status.FAILED
    assert "vendor Ace Electric Co is not linked to QuickBooks any more" in submission.reason
    assert submission.cure_url == f"/review/{ground.vendor.erp.pk}/"
    assert not emulator.documents("PurchaseOrder")


@pytest.mark.parametrize(("fault", "found"), [("write_then_drop", 1), ("drop", 0)])
def test_a_lost_answer_is_looked_up_though_the_vendor_was_unlinked_meanwhile(
    ground: Ground, accept: Accept, emulator: EmulatorProcess, fault: str, found: int
) -> None:
    submission = accept(ground.commitment())
    emulator.fault(fault, entity="PurchaseOrder")
    work(submission)
    Link.objects.filter(item=ground.vendor.erp).delete()
    work(submission, times=3)
    assert submission.item.status == Status.FAILED
    assert "vendor Ace Electric Co is not linked to QuickBooks any more" in submission.reason
    assert len(emulator.documents("PurchaseOrder")) == found
    assert Link.objects.filter(item=submission.item).count() == found


def test_a_number_that_is_taken_is_refused_with_which_order_has_it(
    order: ErpItem, ground: Ground, accept: Accept, emulator: EmulatorProcess, monkeypatch: pytest.MonkeyPatch
) -> None:
    body = {"Fault": {"Error": [{"Message": "Duplicate", "Detail": "DocNumber=SC-001", "code": "6140"}]}}

    def refusing(self: Ledger, entity: str, payload: dict[str, Any], request_id: str) -> Answer:
        raise LedgerFault(classify(400, json.dumps(body)))

    submission = accept(ground.commitment())
    monkeypatch.setattr(Ledger, "create", refusing)
    work(submission)
    assert submission.item.status == Status.FAILED
    named = "the purchase order of Ace Electric Co of 2026-11-02, here Commitment SC-001 Electrical"
    assert f"the number SC-001 already and does not allow it twice: {named}." in submission.reason
    assert outcome_of(submission).fault_code == "6140"


def test_an_order_waits_for_its_vendor_and_then_names_it(
    ground: Ground, accept: Accept, max_pm: Membership, emulator: EmulatorProcess
) -> None:
    vendor = make_vendor(max_pm, "Granite State Painting")
    ground = Ground(ground.by, ground.project, vendor, ground.codes)
    submission = work(accept(ground.commitment()))
    assert (submission.work, "vendor Granite State Painting" in submission.reason) == (Work.WAITING, True)
    work(accept(vendor.erp))
    work(submission)
    assert submission.item.status == Status.SYNCED
    assert only(emulator, "PurchaseOrder")["VendorRef"]["name"] == "Granite State Painting"


def test_what_comes_back_otherwise_is_never_green(
    ground: Ground, accept: Accept, emulator: EmulatorProcess, monkeypatch: pytest.MonkeyPatch, ada: Membership
) -> None:
    honest = Ledger.create

    def altered(self: Ledger, entity: str, payload: dict[str, Any], request_id: str) -> Answer:
        answer = honest(self, entity, payload, request_id)
        stored = answer.document(entity)
        return Answer(200, "", {entity: {**stored, "Line": stored["Line"][:-1]}}, 1)

    submission = accept(ground.commitment())
    with monkeypatch.context() as patch:
        patch.setattr(Ledger, "create", altered)
        work(submission)
    assert submission.item.status == Status.FAILED
    assert "Line 2 was sent as “500.50” and stands as “not there”" in submission.reason
    operations.retry(submission.item, by=ada)
    work(submission)
    assert submission.item.status == Status.SYNCED, submission.reason
    assert len(emulator.documents("PurchaseOrder")) == 1


# into a document that stands there


def test_change_orders_add_their_lines_and_leave_every_other_as_it_is(
    order: ErpItem, ground: Ground, accept: Accept, emulator: EmulatorProcess
) -> None:
    held = only(emulator, "PurchaseOrder")
    held["Line"][0][EXPENSE]["ClassRef"] = {"value": "1"}
    held = emulator.write("PurchaseOrder", {**held, "PrivateNote": "Ask Mary.\n" + held["PrivateNote"]})
    for sequence in (1, 2):
        done = work(accept(ground.change_order(order, sequence, "40.00", "-10.00")))
        assert done.item.status == Status.SYNCED, done.reason
    after = only(emulator, "PurchaseOrder")
    assert after["Line"][:2] == held["Line"]
    assert [key for _, key, _ in lines(after)] == ["1", "2", "C1.1", "C1.2", "C2.1", "C2.2"]
    assert after["TotalAmt"] == 1560.5
    assert len(after["PrivateNote"].splitlines()) == 4
    link = Link.objects.get(item=order)
    assert (str(link.total), link.sync_token) == ("1560.50", after["SyncToken"])
    view = courier().link(done.item)
    assert view
    assert (view.entity, view.name) == ("PurchaseOrder", "SC-001")


@pytest.mark.parametrize("fault", LOST)
def test_a_lost_answer_to_a_change_order_adds_its_lines_once(
    order: ErpItem, ground: Ground, accept: Accept, emulator: EmulatorProcess, fault: str
) -> None:
    emulator.control("switches", {"requestid": "ignore"})
    emulator.fault(fault, entity="PurchaseOrder", method="POST")
    submission = work(accept(ground.change_order(order, 1)), times=5)
    assert submission.item.status == Status.SYNCED, submission.reason
    assert [key for _, key, _ in lines(only(emulator, "PurchaseOrder"))] == ["1", "2", "C1.1"]


def test_a_change_order_that_is_sent_again_rewrites_its_own_lines(
    order: ErpItem, ground: Ground, accept: Accept, emulator: EmulatorProcess
) -> None:
    item = ground.change_order(order, 1, "40.00", "5.00")
    work(accept(item))
    edited(item, lines=[{**DOCUMENTS[item.pk]["lines"][0], "amount": "45.00"}])
    done = work(accept(item))
    assert done.item.status == Status.SYNCED, done.reason
    assert lines(only(emulator, "PurchaseOrder"))[2:] == [("3", "C1.1", "45.00")]


def test_a_closed_order_takes_no_change_order_until_it_is_opened(
    order: ErpItem, ground: Ground, accept: Accept, emulator: EmulatorProcess, ada: Membership
) -> None:
    emulator.write("PurchaseOrder", {**only(emulator, "PurchaseOrder"), "POStatus": "Closed"})
    submission = work(accept(ground.change_order(order, 1)))
    assert (submission.item.status, submission.cure_by) == (Status.FAILED, "bookkeeper")
    assert "closed in QuickBooks" in submission.reason
    emulator.write("PurchaseOrder", {**only(emulator, "PurchaseOrder"), "POStatus": "Open"})
    operations.retry(submission.item, by=ada)
    assert work(submission).item.status == Status.SYNCED


def bill(emulator: EmulatorProcess, held: dict[str, Any], line_id: str = "1") -> None:
    """A bill made from one line of an order."""
    (of,) = (one for one in held["Line"] if one["Id"] == line_id)
    link = {"TxnId": held["Id"], "TxnType": "PurchaseOrder"}
    copied = {"DetailType": EXPENSE, "Amount": of["Amount"], EXPENSE: of[EXPENSE]}
    copied["LinkedTxn"] = [{**link, "TxnLineId": line_id}]
    emulator.write("Bill", {"VendorRef": held["VendorRef"], "LinkedTxn": [link], "Line": [copied]})


def test_a_partly_billed_order_takes_a_change_order_and_keeps_its_bill(
    order: ErpItem, ground: Ground, accept: Accept, emulator: EmulatorProcess
) -> None:
    bill(emulator, only(emulator, "PurchaseOrder"))
    done = work(accept(ground.change_order(order, 1)))
    assert done.item.status == Status.SYNCED, done.reason
    held = only(emulator, "PurchaseOrder")
    assert [one["TxnType"] for one in held["LinkedTxn"]] == ["Bill"]
    assert lines(held)[0][0] == emulator.documents("Bill")[0]["Line"][0]["LinkedTxn"][0]["TxnLineId"]


def test_somebody_who_writes_between_our_reading_and_writing_loses_nothing(
    order: ErpItem, ground: Ground, accept: Accept, emulator: EmulatorProcess, monkeypatch: pytest.MonkeyPatch
) -> None:
    honest, times = Ledger.update, iter([True])

    def interrupted(self: Ledger, entity: str, payload: dict[str, Any], request_id: str) -> Answer:
        if next(times, False):
            emulator.write("PurchaseOrder", {**only(emulator, "PurchaseOrder"), "ShipAddr": {"Line1": "Dock 4"}})
        return honest(self, entity, payload, request_id)

    monkeypatch.setattr(Ledger, "update", interrupted)
    emulator.control("switches", {"requestid_replays_faults": True})
    done = work(accept(ground.change_order(order, 1)))
    assert done.item.status == Status.SYNCED, done.reason
    held = only(emulator, "PurchaseOrder")
    assert held["ShipAddr"]["Line1"] == "Dock 4"
    assert len(held["Line"]) == 3


def test_what_somebody_changed_in_a_line_is_shown_before_it_is_written_over(
    ground: Ground, accept: Accept, emulator: EmulatorProcess, ada: Membership
) -> None:
    item = ground.budget(("1", "1000.00"), ("2", "500.00"))
    work(accept(item))
    held = only(emulator, "Estimate")
    held["Line"][0] |= {"Amount": 1100}
    held["Line"][0]["SalesItemLineDetail"]["UnitPrice"] = 1100
    emulator.write("Estimate", held)
    edited(item, lines=[*DOCUMENTS[item.pk]["lines"], {**DOCUMENTS[item.pk]["lines"][0], "key": "M1.1"}])
    submission = work(accept(item))
    assert submission.item.status == Status.FAILED
    assert "Line 1, rate from “1000” to “1100”; Line 1, amount from “1000.00” to “1100.00”" in submission.reason
    assert only(emulator, "Estimate")["SyncToken"] == "1"
    operations.retry(submission.item, by=ada)
    assert work(submission).item.status == Status.SYNCED
    assert only(emulator, "Estimate")["TotalAmt"] == 2500


def test_a_change_order_does_not_hide_what_was_changed_in_a_line_of_its_commitment(
    order: ErpItem, ground: Ground, accept: Accept, emulator: EmulatorProcess
) -> None:
    held = only(emulator, "PurchaseOrder")
    held["Line"][0] |= {"Amount": 900}
    held["Line"][0][EXPENSE]["UnitPrice"] = 900
    emulator.write("PurchaseOrder", held)
    assert work(accept(ground.change_order(order, 1))).item.status == Status.SYNCED
    edited(order, description="Other words.")
    again = work(accept(order))
    assert again.item.status == Status.FAILED
    assert "Line 1, amount from “1000.00” to “900.00”" in again.reason
    assert "Memo" not in again.reason


def test_words_of_the_bookkeeper_stay_and_the_record_is_green(
    order: ErpItem, ground: Ground, accept: Accept, emulator: EmulatorProcess
) -> None:
    held = only(emulator, "PurchaseOrder")
    held["Line"][0]["Description"] = "[1] As agreed by phone"
    emulator.write("PurchaseOrder", held)
    edited(order, lines=[*DOCUMENTS[order.pk]["lines"], ground.line("3", "10.00")])
    for _ in range(2):
        done = work(accept(order))
        assert done.item.status == Status.SYNCED, done.reason
        edited(order, description="New words.")
    assert only(emulator, "PurchaseOrder")["Line"][0]["Description"] == "[1] As agreed by phone"


def test_the_memo_carries_the_description_of_a_change_order_until_the_bookkeeper_rewords_it(
    order: ErpItem, ground: Ground, accept: Accept, emulator: EmulatorProcess, ada: Membership
) -> None:
    item = ground.change_order(order, 1)
    edited(item, description="Deeper footings")
    work(accept(item))
    mark = f"ERP sync {item.company.key}-{item.pk} rev"

    def memo() -> str:
        (found,) = [one for one in only(emulator, "PurchaseOrder")["PrivateNote"].splitlines() if mark in one]
        return str(found).removeprefix(mark)

    assert memo() == " 2: CO-1: Deeper footings"
    held = only(emulator, "PurchaseOrder")
    reworded = held["PrivateNote"].replace("Deeper footings", "As agreed by phone")
    emulator.write("PurchaseOrder", {**held, "PrivateNote": reworded})
    edited(item, lines=[{**DOCUMENTS[item.pk]["lines"][0], "amount": "45.00"}])
    done = work(accept(item))
    assert (done.item.status, done.reason) == (Status.SYNCED, "")
    assert memo() == " 3: CO-1: As agreed by phone"
    edited(item, description="Deeper, grid A")
    assert work(accept(item)).item.status == Status.SYNCED
    assert memo() == " 4: CO-1: Deeper, grid A"
    edited(order, description="Other words of the contract.")
    assert work(accept(order)).item.status == Status.SYNCED
    emulator.write("PurchaseOrder", {**only(emulator, "PurchaseOrder"), "PrivateNote": f"{mark} 4: Mine"})
    edited(item, description="Deeper, grid B")
    submission = work(accept(item))
    assert submission.item.status == Status.FAILED
    assert "Memo from “CO-1: Deeper, grid A” to “Mine”" in submission.reason
    operations.retry(submission.item, by=ada)
    assert work(submission).item.status == Status.SYNCED, submission.reason
    assert memo() == " 5: CO-1: Deeper, grid B"


# unlinking


def test_an_order_can_be_unlinked_once_it_is_deleted_and_is_made_anew_with_its_changes(
    order: ErpItem, ground: Ground, accept: Accept, emulator: EmulatorProcess
) -> None:
    work(accept(ground.change_order(order, 1)))
    told = courier().is_gone(order)
    assert (told.gone, "Delete it there first" in told.sentence) == (False, True)
    emulator.delete("PurchaseOrder", only(emulator, "PurchaseOrder"))
    assert courier().is_gone(order).gone
    ada = Membership.objects.get(user__name="Ada")
    order.refresh_from_db()
    operations.unlink(order, by=ada)
    order.refresh_from_db()
    done = work(accept(order))
    assert done.item.status == Status.SYNCED, done.reason
    assert [key for _, key, _ in lines(only(emulator, "PurchaseOrder"))] == ["1", "2", "C1.1"]


def test_a_change_order_is_gone_when_none_of_its_lines_stands_there(
    order: ErpItem, ground: Ground, accept: Accept, emulator: EmulatorProcess, ada: Membership
) -> None:
    item = work(accept(ground.change_order(order, 1, "40.00", "5.00"))).item
    told = courier().is_gone(item)
    assert (told.gone, told.sentence.startswith("2 of its lines still stand")) == (False, True)
    held = only(emulator, "PurchaseOrder")
    emulator.write("PurchaseOrder", {**held, "Line": held["Line"][:2]})
    operations.unlink(item, by=ada)
    item.refresh_from_db()
    assert item.status == Status.NOT_SENT
    assert courier().link(item) is None
    assert Link.objects.filter(item=order).exists()
    done = work(accept(item))
    assert done.item.status == Status.SYNCED, done.reason
    assert len(lines(only(emulator, "PurchaseOrder"))) == 4


def test_a_change_order_whose_order_is_gone_says_what_to_do(
    order: ErpItem, ground: Ground, accept: Accept, emulator: EmulatorProcess
) -> None:
    emulator.delete("PurchaseOrder", only(emulator, "PurchaseOrder"))
    submission = work(accept(ground.change_order(order, 1)))
    assert submission.item.status == Status.FAILED
    assert "Unlink its commitment and send it again" in submission.reason
    assert outcome_of(submission).outcome == OutcomeKind.REFUSED


def test_the_link_of_a_private_record_is_told_to_its_readers_alone(
    order: ErpItem, vic: Membership, ada: Membership
) -> None:
    assert links_for(vic).filter(item=order).exists()
    ErpItem.objects.filter(pk=order.pk).update(is_private=True)
    assert not links_for(vic).filter(item=order).exists()
    assert links_for(ada).filter(item=order).exists()
    order.readers.add(vic)
    assert links_for(vic).filter(item=order).exists()
