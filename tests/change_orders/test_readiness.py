"""Every rule of domain.md §13: the button is off with its sentence, and operation and API refuse with the same."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from django.test import Client

from change_orders.models import ChangeOrder, ChangeRequest, ChangeStatus, RequestTier
from change_orders.operations import edit_change_order
from change_orders.request_operations import collect
from change_orders.tiers import save_settings
from commitments.corrections import begin_correction, unmet_for_correcting
from commitments.models import Commitment, CommitmentStatus, SovLine
from procore_sync.acceptance import operations as acceptance
from procore_sync.acceptance.actions import actions_for
from procore_sync.acceptance.kinds import spec_of
from procore_sync.acceptance.models import ErpItem
from procore_sync.acceptance.refusals import NotReady
from procore_sync.acceptance.states import Action
from procore_sync.accounts.models import Membership
from tests.factories import (
    change_line,
    make_change_order,
    make_commitment,
    make_cost_code,
    make_project,
    make_request,
    said_of,
    sent,
    synced,
)
from tests.projects.conftest import SignIn


def ready(by: Membership) -> ChangeOrder:
    return make_change_order(by, synced(make_commitment(by)))


def in_status(status: str) -> Callable[[Membership], ChangeOrder]:
    return lambda by: make_change_order(by, synced(make_commitment(by)), status=status)


def over(status: str) -> Callable[[Membership], ChangeOrder]:
    def made(by: Membership) -> ChangeOrder:
        change_order = ready(by)
        Commitment.objects.update(status=status)
        return change_order

    return made


def saying(**details: Any) -> Callable[[Membership], ChangeOrder]:
    return lambda by: make_change_order(by, synced(make_commitment(by)), **details)


def commitment_not_sent(by: Membership) -> ChangeOrder:
    return make_change_order(by, make_commitment(by))


def without_vendor(by: Membership) -> ChangeOrder:
    made = ready(by)
    Commitment.objects.update(vendor=None)
    return made


def vendor_unlinked(by: Membership) -> ChangeOrder:
    made = ready(by)
    ErpItem.objects.filter(kind="vendor").update(synced_revision=None)
    ErpItem.objects.filter(kind="vendor").update(status="not_sent")
    return made


def correcting(by: Membership) -> ChangeOrder:
    made = ready(by)
    begin_correction(Commitment.objects.select_related("erp").get(), "A wrong line.", by=by)
    return made


def without_lines(by: Membership) -> ChangeOrder:
    return make_change_order(by, synced(make_commitment(by)), lines=[])


def code_not_sent(by: Membership) -> ChangeOrder:
    code = make_cost_code(by, "07-100")
    project = synced(make_project(by, codes=[synced(make_cost_code(by)), code]))
    commitment = synced(make_commitment(by, project))
    line = replace(change_line("5"), code_id=code.pk)
    return make_change_order(by, commitment, lines=[line])


def code_moved(by: Membership) -> ChangeOrder:
    made = ready(by)
    project = made.commitment.project
    project.cost_codes.add(synced(make_cost_code(by, "09-900")))
    row = project.code_rows.get(cost_code__code="09-900")
    SovLine.objects.update(code=row)
    return made


def below_zero(by: Membership) -> ChangeOrder:
    return make_change_order(by, synced(make_commitment(by)), lines=[change_line("-1000.01", changes=1)])


def holding_a_draft(by: Membership) -> ChangeOrder:
    commitment = synced(make_commitment(by))
    save_settings(commitment.project, tiers=2, number_limit=12, title_limit=30, by=by)
    made = make_change_order(by, commitment, lines=[])
    collect(made, [make_request(by, commitment, own_status=True)], by=by)
    return made


RULES: list[tuple[Callable[[Membership], ChangeOrder], str]] = [
    *(
        (in_status(status.value), f"The change order is {str(status.label).lower()}. Only an approved one goes")
        for status in ChangeStatus
        if status != ChangeStatus.APPROVED
    ),
    (commitment_not_sent, "is not in QuickBooks and not with accounting. Send it first: a change order is added to"),
    (over(CommitmentStatus.TERMINATED), "is terminated, so its purchase order takes no more lines."),
    (over(CommitmentStatus.VOID), "is void, so its purchase order takes no more lines."),
    (correcting, "is being corrected. Finish the correction first"),
    (without_vendor, "has no vendor yet."),
    (vendor_unlinked, "is not in QuickBooks and not with accounting. Send it, or link it, first."),
    (saying(number="CO-1234567890"), "The number has 13 characters; 12 is the limit."),
    (saying(title="x" * 31), "The title has 31 characters; 30 is the limit."),
    (
        saying(description="x" * 3901),
        "The description has 3,901 characters, and the memo in QuickBooks has room for 3,900.",
    ),
    (without_lines, "The change order has no line yet."),
    (code_not_sent, "07-100 is not in QuickBooks and not with accounting. Send the cost codes first."),
    (code_moved, "whose cost code is another now."),
    (below_zero, "to -0.01, and QuickBooks refuses a purchase order below zero."),
    (holding_a_draft, "PCO-1 in it keeps a status of its own and is draft."),
]


@pytest.mark.parametrize(("begin", "sentence"), RULES)
def test_what_is_unmet_is_said_by_button_operation_and_api(
    begin: Callable[[Membership], ChangeOrder], sentence: str, max_pm: Membership, sign_in: SignIn
) -> None:
    item = ErpItem.objects.get(pk=begin(max_pm).erp_id)

    offer = next(one for one in actions_for(item, max_pm) if one.action == Action.SEND)
    assert sentence in (offer.why_not or "")
    with pytest.raises(NotReady) as raised:
        acceptance.send(item, by=max_pm)
    assert raised.value.sentence == offer.why_not
    assert raised.value.where.startswith("/")
    answer = sign_in(max_pm).post(f"/api/v1/items/{item.pk}/send/", {}, content_type="application/json")
    assert (answer.status_code, answer.json()["detail"]) == (409, offer.why_not)
    assert item.status == "not_sent"


def test_what_is_met_goes_to_accounting(max_pm: Membership) -> None:
    made = sent(ready(max_pm), max_pm)

    submission = made.erp.submissions.get()
    assert submission.lane == f"commitment:{made.commitment.erp_id}"
    assert submission.document["lines"][0]["key"] == "C1.1"


def test_it_may_be_sent_while_its_commitment_and_codes_are_with_accounting(max_pm: Membership) -> None:
    commitment = sent(make_commitment(max_pm), max_pm)

    assert sent(make_change_order(max_pm, commitment), max_pm).erp.submissions.count() == 1


def test_what_would_cure_it_by_being_sent_is_named(max_pm: Membership) -> None:
    made = commitment_not_sent(max_pm)
    unmet = spec_of("change_order").unmet(made)

    assert [one.items for one in unmet] == [(made.commitment.erp,)]


def test_wider_limits_let_longer_texts_go(max_pm: Membership) -> None:
    made = saying(number="CO-1234567890", title="x" * 31)(max_pm)
    save_settings(made.commitment.project, tiers=1, number_limit=13, title_limit=31, by=max_pm)

    assert sent(made, max_pm).erp.submissions.count() == 1


def test_everything_is_said_at_once(max_pm: Membership) -> None:
    made = make_change_order(max_pm, make_commitment(max_pm), lines=[], status="draft", number="CO-1234567890")

    assert len(spec_of("change_order").unmet(made)) == 4


def test_a_change_order_on_its_way_hinders_a_correction_and_one_in_quickbooks_an_unlinking(
    max_pm: Membership, ada: Membership
) -> None:
    made = sent(ready(max_pm), max_pm)
    commitment = Commitment.objects.select_related("erp").get()

    assert [one.sentence for one in unmet_for_correcting(commitment)] == [
        "CO-1 is on its way to accounting or to QuickBooks. Let it be decided first."
    ]
    assert [one.sentence for one in acceptance.unmet_for_unlinking(commitment.erp)] == [
        "CO-1 is on its way to accounting or to QuickBooks. Let it be decided first."
    ]
    synced(made)
    assert unmet_for_correcting(commitment) == []
    with pytest.raises(NotReady, match="CO-1 stands in the same purchase order"):
        acceptance.unlink(commitment.erp, by=ada)


def test_a_synced_change_order_is_voided_neither_by_form_nor_by_api(max_pm: Membership, sign_in: SignIn) -> None:
    made = synced(ready(max_pm))
    client, sentence = sign_in(max_pm), "is in QuickBooks, so it cannot be changed, rejected or voided any more"
    for status in ("void", "rejected"):
        form = _form(client, made, status)
        assert form.status_code == 409
        assert sentence in form.content.decode()
        answer = client.patch(
            f"/api/v1/change-orders/{made.pk}/",
            {"business_status": status, "edition": 1},
            content_type="application/json",
        )
        assert answer.status_code == 409
        assert sentence in answer.json()["detail"]
    assert sentence in client.get(f"/change-orders/{made.pk}/").content.decode()


def _form(client: Client, made: ChangeOrder, status: str) -> Any:
    return client.post(f"/change-orders/{made.pk}/edit/", {"number": made.number, "status": status, "seen": 1})


def test_a_collected_request_is_named_even_two_tiers_down(max_pm: Membership) -> None:
    commitment = synced(make_commitment(max_pm))
    save_settings(commitment.project, tiers=3, number_limit=12, title_limit=30, by=max_pm)
    request = make_request(max_pm, commitment, RequestTier.REQUEST)
    collect(request, [make_request(max_pm, commitment, own_status=True)], by=max_pm)
    made = make_change_order(max_pm, commitment, lines=[])
    collect(made, [request], by=max_pm)

    assert "PCO-1 in it keeps a status of its own" in spec_of("change_order").unmet(made)[0].sentence
    ChangeRequest.objects.filter(own_status=True).update(status=ChangeStatus.APPROVED)
    assert spec_of("change_order").unmet(made) == []
    assert edit_change_order(made, said_of(made), by=max_pm, seen=2).edition == 3
