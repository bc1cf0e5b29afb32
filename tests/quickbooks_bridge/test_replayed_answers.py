"""QuickBooks answers a request id that it knows with what it said the first time, whatever was done to it since."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest

from commitments.models import Commitment
from commitments.rules import LineDetails
from procore_sync.acceptance import operations
from procore_sync.acceptance.actions import actions_for
from procore_sync.acceptance.models import ErpItem, Submission
from procore_sync.acceptance.states import Status, Work
from procore_sync.accounts.models import Membership
from quickbooks_bridge.client.api import Ledger
from quickbooks_bridge.client.wire import Answer
from quickbooks_bridge.models import Connection, Link
from tests.factories import change_line, make_change_order, make_commitment, make_vendor
from tests.quickbooks_bridge.conftest import work
from tests.quickbooks_bridge.documents import Ground
from tests.quickbooks_bridge.emulator_process import EmulatorProcess
from tests.quickbooks_bridge.test_bills import retainage, subcontract
from tests.quickbooks_bridge.test_documents import ground
from vendors.models import Vendor

__all__ = ["ground", "retainage", "subcontract"]

Accept = Callable[..., Submission]


def test_what_was_deleted_before_its_lost_answer_was_looked_for_is_not_green(
    ground: Ground, accept: Accept, emulator: EmulatorProcess, ada: Membership
) -> None:
    emulator.fault("write_then_drop", entity="PurchaseOrder")
    ground.project.cost_codes.set(ground.codes)
    lines = [LineDetails(ground.codes[0].pk, Decimal("100.00"), "Conduit")]
    submission = work(accept(make_commitment(ground.by, ground.project, ground.vendor, lines=lines).erp))
    (first,) = emulator.documents("PurchaseOrder")
    emulator.delete("PurchaseOrder", first)
    work(submission, times=3)
    assert submission.item.status == Status.FAILED
    assert "was deleted there" in submission.reason
    assert not Link.objects.filter(item=submission.item).exists()
    operations.retry(submission.item, by=ada)
    work(submission, times=4)
    (held,) = emulator.documents("PurchaseOrder")
    assert (submission.item.status, held["Id"] != first["Id"]) == (Status.SYNCED, True)


def test_what_was_put_back_before_a_lost_answer_was_looked_for_is_written_anew(
    books: Connection, max_pm: Membership, accept: Accept, emulator: EmulatorProcess
) -> None:
    vendor = make_vendor(max_pm, "Kestrel Scaffolding", phone="555-0101")
    work(accept(vendor.erp))
    was = stands(emulator)
    Vendor.objects.filter(pk=vendor.pk).update(phone="555-0202")
    ErpItem.objects.filter(pk=vendor.erp_id).update(revision=2)
    emulator.fault("write_then_drop", entity="Vendor")
    changed = work(accept(ErpItem.objects.get(pk=vendor.erp_id)))
    assert (changed.work, stands(emulator)["PrimaryPhone"]) == (Work.UNCERTAIN, {"FreeFormNumber": "555-0202"})
    emulator.write("Vendor", {**was, "SyncToken": stands(emulator)["SyncToken"]})
    work(changed, times=4)
    assert (changed.item.status, stands(emulator)["PrimaryPhone"]) == (Status.SYNCED, {"FreeFormNumber": "555-0202"})


def test_a_change_that_was_carried_out_late_and_put_back_is_not_green_by_its_first_answer(
    books: Connection,
    max_pm: Membership,
    accept: Accept,
    emulator: EmulatorProcess,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The lost call is carried out after the next one has read what stands there, and before that one writes."""
    vendor = make_vendor(max_pm, "Kestrel Scaffolding", phone="555-0101")
    work(accept(vendor.erp))
    Vendor.objects.filter(pk=vendor.pk).update(phone="555-0202")
    ErpItem.objects.filter(pk=vendor.erp_id).update(revision=2)
    emulator.fault("drop", entity="Vendor")
    changed = work(accept(ErpItem.objects.get(pk=vendor.erp_id)))
    work(changed, times=2)
    assert (changed.work, stands(emulator)["PrimaryPhone"]) == (Work.DUE, {"FreeFormNumber": "555-0101"})
    honest = Ledger.update

    def late(self: Ledger, entity: str, payload: dict[str, Any], request_id: str) -> Answer:
        honest(self, entity, payload, request_id)
        emulator.write("Vendor", {**stands(emulator), "PrimaryPhone": {"FreeFormNumber": "555-0101"}})
        return honest(self, entity, payload, request_id)

    monkeypatch.setattr(Ledger, "update", late)
    work(changed)
    assert (changed.item.status, stands(emulator)["PrimaryPhone"]) == (Status.FAILED, {"FreeFormNumber": "555-0101"})
    assert "Phone was sent as “555-0202” and stands as “555-0101”" in changed.reason


def test_lines_whose_lost_answer_was_looked_for_after_their_keys_were_taken_off_stand_there_once(
    ground: Ground, subcontract: Commitment, accept: Accept, emulator: EmulatorProcess, ada: Membership
) -> None:
    change = make_change_order(ground.by, subcontract, lines=[change_line("100.00", changes=1)])
    emulator.fault("write_then_drop", entity="PurchaseOrder")
    submission = work(accept(change.erp))
    (held,) = emulator.documents("PurchaseOrder")
    held["Line"][-1]["Description"] = "Conduit, more of it"
    emulator.write("PurchaseOrder", held)
    work(submission, times=4)
    (held,) = emulator.documents("PurchaseOrder")
    assert (submission.item.status, len(held["Line"]), held["TotalAmt"]) == (Status.FAILED, 3, 1600.5)
    assert "Line C1.1" in submission.reason


def test_they_stand_there_once_too_where_another_refusal_came_between_and_a_person_went_on(
    ground: Ground, subcontract: Commitment, accept: Accept, emulator: EmulatorProcess, ada: Membership
) -> None:
    submission = written_and_stopped(ground, subcontract, accept, emulator)
    operations.retry(submission.item, by=ada)
    assert "Line C1.1" in stopped_over_one_more(work(submission, times=4), emulator)
    operations.retry(submission.item, by=ada)
    work(submission, times=4)
    assert submission.item.status == Status.SYNCED, "what they were shown they have answered"


def test_they_stand_there_once_too_where_the_sending_was_given_back_and_sent_anew(
    ground: Ground, subcontract: Commitment, accept: Accept, emulator: EmulatorProcess, ada: Membership
) -> None:
    submission = written_and_stopped(ground, subcontract, accept, emulator)
    operations.reject(submission.item, by=ada, comment="Look at it in QuickBooks")
    anew = work(accept(ErpItem.objects.get(pk=submission.item_id)), times=4)
    assert "Line C1.1" in stopped_over_one_more(anew, emulator)


def written_and_stopped(
    ground: Ground, subcontract: Commitment, accept: Accept, emulator: EmulatorProcess
) -> Submission:
    """A change order whose answer was lost, whose line has lost its key, and which other books have refused."""
    change = make_change_order(ground.by, subcontract, lines=[change_line("100.00", changes=1)])
    emulator.fault("write_then_drop", entity="PurchaseOrder")
    submission = work(accept(change.erp))
    (held,) = emulator.documents("PurchaseOrder")
    held["Line"][-1]["Description"] = "Conduit, more of it"
    emulator.write("PurchaseOrder", held)
    rows = Connection.objects.filter(company=submission.company)
    realm = rows.get().realm_id
    rows.update(realm_id="9130000000000")
    assert work(submission).item.status == Status.FAILED
    rows.update(realm_id=realm)
    return submission


def stopped_over_one_more(submission: Submission, emulator: EmulatorProcess) -> str:
    """Why it stopped; nothing was written into the order beside what the lost try has put there."""
    (held,) = emulator.documents("PurchaseOrder")
    assert (submission.item.status, len(held["Line"]), held["TotalAmt"]) == (Status.FAILED, 3, 1600.5)
    return submission.reason


def test_a_change_of_what_is_gone_is_given_back_and_parted_and_goes_anew(
    books: Connection, max_pm: Membership, accept: Accept, emulator: EmulatorProcess, ada: Membership
) -> None:
    vendor = make_vendor(max_pm, "Kestrel Scaffolding", phone="555-0101")
    work(accept(vendor.erp))
    ErpItem.objects.filter(pk=vendor.erp_id).update(revision=2)
    changed = accept(ErpItem.objects.get(pk=vendor.erp_id))
    emulator.write("Vendor", {**stands(emulator), "Active": False})
    assert "reject this change, unlink the record and send it anew" in work(changed).reason
    operations.reject(changed.item, by=ada, comment="It was made inactive")

    item = ErpItem.objects.get(pk=vendor.erp_id)
    assert [str(one.action) for one in actions_for(item, ada)] == ["unlink"]
    operations.unlink(item, by=ada)
    anew = work(accept(ErpItem.objects.get(pk=vendor.erp_id)))
    assert (anew.item.status, len(emulator.named("Vendor", "Kestrel Scaffolding"))) == (Status.SYNCED, 1)


def stands(emulator: EmulatorProcess) -> dict[str, Any]:
    """The vendor as QuickBooks holds it."""
    (held,) = emulator.named("Vendor", "Kestrel Scaffolding")
    found: dict[str, Any] = held
    return found
