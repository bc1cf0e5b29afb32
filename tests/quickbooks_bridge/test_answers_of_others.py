"""A creation is answered with another record's document: it is not linked to that, and never written into it."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from procore_sync.acceptance import engine
from procore_sync.acceptance.models import Submission
from procore_sync.acceptance.states import OutcomeKind, Status, Work
from procore_sync.accounts.models import Membership
from quickbooks_bridge.exporters import marks
from quickbooks_bridge.exporters.marks import our_line
from quickbooks_bridge.models import Connection, Link
from quickbooks_bridge.tokens import ConnectionTokens
from tests.factories import make_vendor
from tests.quickbooks_bridge.between import Json, Through, of, through
from tests.quickbooks_bridge.conftest import outcome_of, work
from tests.quickbooks_bridge.documents import Ground
from tests.quickbooks_bridge.emulator_process import EmulatorProcess
from tests.quickbooks_bridge.test_documents import ground, specs

__all__ = ["ground", "specs", "through"]

Accept = Callable[..., Submission]


@pytest.mark.django_db
def test_answers_of_a_batch_that_are_mixed_up_link_nothing_to_anothers_document(
    books: Connection, max_pm: Membership, accept: Accept, emulator: EmulatorProcess, through: Through
) -> None:
    ConnectionTokens(books.pk).access_token()
    sent = [accept(make_vendor(max_pm, f"Batched {at}").erp) for at in range(5)]

    def mixed(body: Json) -> Json:
        told = body["BatchItemResponse"]
        ids = [one["bId"] for one in told]
        return {
            **body,
            "BatchItemResponse": [{**one, "bId": bid} for one, bid in zip(told, ids[1:] + ids, strict=False)],
        }

    through(of("/batch", mixed), lambda: engine.work(sent[0].pk))
    for one in sent:
        one.refresh_from_db()
        assert (one.work, outcome_of(one).outcome) == (Work.UNCERTAIN, OutcomeKind.UNKNOWN)
    assert not Link.objects.exists()
    for one in sent:
        assert work(one, times=3).item.status == Status.SYNCED
        (held,) = emulator.named("Vendor", one.item.label)
        assert Link.objects.get(item=one.item).remote_id == held["Id"]


@pytest.mark.django_db
def test_an_order_that_is_answered_with_another_order_is_looked_up_by_its_mark(
    ground: Ground, accept: Accept, emulator: EmulatorProcess, through: Through
) -> None:
    first = work(accept(ground.commitment(number="SC-001")))
    (other,) = emulator.documents("PurchaseOrder")
    submission = accept(ground.commitment(ground.line("1", "70.00"), number="SC-002"))
    through(of("/purchaseorder?", lambda body: {**body, "PurchaseOrder": other}), lambda: work(submission))
    assert submission.work == Work.UNCERTAIN
    assert list(Link.objects.filter(entity="PurchaseOrder").values_list("item", flat=True)) == [first.item.pk]
    assert work(submission, times=3).item.status == Status.SYNCED
    held: dict[str, Any] = {one["DocNumber"]: one for one in emulator.documents("PurchaseOrder")}
    assert Link.objects.get(item=submission.item).remote_id == held["SC-002"]["Id"]
    assert json.dumps(held["SC-001"]) == json.dumps(other)


def test_a_document_is_anothers_by_the_marks_that_stand_in_it() -> None:
    mine, others = our_line("HR-7", 1, "Electrical"), our_line("HR-8", 1, "Plumbing")
    assert marks.is_another_records(f"Call before.\n{others}", mine)
    assert not marks.is_another_records(f"{others}\n{our_line('HR-7', 1)}", mine)
    assert not marks.is_another_records("Call before.", mine)
    assert not marks.is_another_records("", mine)
