"""Every attempt that had an answer keeps the `intuit_tid` of it, whatever was made of the answer."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from procore_sync.acceptance.models import Attempt, ErpItem, Submission
from procore_sync.acceptance.states import OutcomeKind, Status
from procore_sync.accounts.models import Membership
from quickbooks_bridge.models import Connection
from tests.factories import make_vendor
from tests.quickbooks_bridge.conftest import outcome_of, work
from tests.quickbooks_bridge.documents import DOCUMENTS, Ground, edited
from tests.quickbooks_bridge.emulator_process import EmulatorProcess
from tests.quickbooks_bridge.test_documents import ground, only, order, specs

__all__ = ["ground", "order", "specs"]

Accept = Callable[..., Submission]


def last_tid(emulator: EmulatorProcess, part: str = "/company/") -> str:
    """That of the last call which the emulator received, or of the last one to such a path."""
    return str(emulator.requests(part)[-1]["intuit_tid"])


def test_a_record_that_quickbooks_holds_and_one_that_it_refuses(
    books: Connection, max_pm: Membership, accept: Accept, emulator: EmulatorProcess
) -> None:
    done = work(accept(make_vendor(max_pm, "Kiln Masonry").erp))
    assert outcome_of(done).intuit_tid == last_tid(emulator)
    emulator.write("Customer", {"DisplayName": "Taken meanwhile"})
    refused = work(accept(make_vendor(max_pm, "Taken meanwhile").erp))
    # The name in its way was fetched after that, so that it can be linked at once.
    told = last_tid(emulator, "/vendor")
    assert (outcome_of(refused).outcome, outcome_of(refused).intuit_tid) == (OutcomeKind.REFUSED, told)


def test_a_change_that_stops_because_somebody_changed_it_there(
    books: Connection, max_pm: Membership, accept: Accept, emulator: EmulatorProcess
) -> None:
    """No write is made, so what is refused rests on the answer to a read."""
    vendor = make_vendor(max_pm, "Kiln Masonry", city="Eastport")
    work(accept(vendor.erp))
    (held,) = emulator.named("Vendor", "Kiln Masonry")
    emulator.write("Vendor", {**held, "BillAddr": {**held["BillAddr"], "City": "Westport"}})
    type(vendor).objects.filter(pk=vendor.pk).update(city="Southport")
    ErpItem.objects.filter(pk=vendor.erp_id).update(revision=2)
    stopped = work(accept(ErpItem.objects.get(pk=vendor.erp_id)))
    assert "Somebody changed" in stopped.reason
    assert outcome_of(stopped).intuit_tid == last_tid(emulator)


def test_the_same_of_a_document_with_lines(
    order: ErpItem, ground: Ground, accept: Accept, emulator: EmulatorProcess
) -> None:
    held = only(emulator, "PurchaseOrder")
    held["Line"][0]["Amount"] = held["Line"][0]["ItemBasedExpenseLineDetail"]["UnitPrice"] = 777
    emulator.write("PurchaseOrder", held)
    lines = DOCUMENTS[order.pk]["lines"]
    stopped = work(accept(edited(order, lines=[{**lines[0], "amount": "800.00"}, lines[1]])))
    assert stopped.item.status == Status.FAILED
    assert outcome_of(stopped).intuit_tid == last_tid(emulator)


def test_a_look_that_finds_nothing_and_one_that_finds_it(
    ground: Ground, accept: Accept, emulator: EmulatorProcess
) -> None:
    for fault, name in (("drop", "SC-001"), ("write_then_drop", "SC-002")):
        emulator.fault(fault, entity="purchaseorder")
        submission = work(accept(ground.commitment(number=name)))
        assert outcome_of(submission).intuit_tid == "", "no answer came"
        submission = work(submission)
        assert (outcome_of(submission).act, outcome_of(submission).intuit_tid) == ("probe", last_tid(emulator))


def test_each_of_a_batch_has_that_of_the_batch_and_so_has_the_one_that_failed(
    books: Connection, max_pm: Membership, accept: Accept, emulator: EmulatorProcess
) -> None:
    submissions = [accept(make_vendor(max_pm, f"Batched {at}").erp) for at in range(5)]
    emulator.write("Vendor", {"DisplayName": "Batched 3"})
    emulator.control("requests", method="DELETE")
    work(submissions[0])
    batch = emulator.requests("/batch")[0]["intuit_tid"]
    kept = dict(Attempt.objects.values_list("submission__item__label", "intuit_tid"))
    assert {kept[f"Batched {at}"] for at in (0, 1, 2, 4)} == {batch}
    assert kept["Batched 3"]


@pytest.mark.parametrize("fault", ["503", "429_json", "401"])
def test_a_call_that_failed_with_an_answer(
    books: Connection, max_pm: Membership, accept: Accept, emulator: EmulatorProcess, fault: str
) -> None:
    emulator.fault(fault, entity="vendor", times=2)
    submission = work(accept(make_vendor(max_pm, "Kiln Masonry").erp))
    assert outcome_of(submission).outcome not in (OutcomeKind.DONE, "")
    assert outcome_of(submission).intuit_tid
