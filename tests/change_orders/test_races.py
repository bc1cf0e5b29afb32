"""Two people at one commitment in the same moment: real threads on PostgreSQL."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest

from change_orders.models import ChangeLine, ChangeOrder, ChangeRequest, ChangeStatus
from change_orders.operations import edit_change_order
from change_orders.request_operations import collect
from change_orders.rules import ChangeLineDetails
from change_orders.tiers import save_settings
from commitments.corrections import begin_correction
from commitments.models import Commitment
from commitments.operations import set_status
from procore_sync.acceptance import operations as acceptance
from procore_sync.acceptance.models import ErpItem
from procore_sync.acceptance.states import Status
from procore_sync.accounts.models import Membership
from projects.models import Project
from projects.operations import remove_cost_code
from tests.acceptance.test_races import at_once
from tests.factories import make_change_order, make_cost_code, make_request, said_of

pytestmark = [pytest.mark.postgres, pytest.mark.django_db(transaction=True)]


def test_change_orders_made_at_once_are_numbered_one_after_another(subcontract: Commitment, max_pm: Membership) -> None:
    told = at_once(*[lambda: make_change_order(max_pm, subcontract)] * 4)

    assert told == [""] * 4
    made = ChangeOrder.objects.values_list("sequence", "number")
    assert sorted(made) == [(place, f"CO-{place}") for place in (1, 2, 3, 4)]


def test_one_request_is_collected_once(subcontract: Commitment, max_pm: Membership) -> None:
    save_settings(subcontract.project, tiers=2, number_limit=12, title_limit=30, by=max_pm)
    request = make_request(max_pm, subcontract)
    first, second = (make_change_order(max_pm, subcontract, lines=[]) for _ in range(2))

    told = at_once(*[lambda into=into: collect(into, [request], by=max_pm) for into in (first, second)])
    assert sorted(map(bool, told)) == [False, True]
    assert ChangeLine.objects.get().change_order == ChangeRequest.objects.get().change_order


def test_what_is_sent_while_it_is_voided_is_either_sent_or_void(subcontract: Commitment, max_pm: Membership) -> None:
    made = make_change_order(max_pm, subcontract)
    void = replace(said_of(made), status=ChangeStatus.VOID)

    told = at_once(
        lambda: acceptance.send(ErpItem.objects.get(pk=made.erp_id), by=max_pm),
        lambda: edit_change_order(made, void, by=max_pm, seen=1),
    )
    now = ChangeOrder.objects.select_related("erp").get()
    assert (now.erp.status, now.status) in {("sent", "approved"), ("not_sent", "void")}
    assert sorted(map(bool, told)) == [False, True]


@pytest.mark.parametrize("turn", range(8))
@pytest.mark.parametrize("what", ["corrected", "void"])
def test_what_is_sent_while_its_commitment_is_corrected_or_voided_is_not_on_its_way_into_it(
    what: str, turn: int, subcontract: Commitment, max_pm: Membership, alma: Membership
) -> None:
    made = make_change_order(max_pm, subcontract)
    item = ErpItem.objects.select_related("company").get(pk=made.erp_id)

    def over() -> None:
        if what == "corrected":
            begin_correction(subcontract, "The vendor is wrong.", by=max_pm)
        else:
            set_status(subcontract, "void", by=max_pm)

    told = at_once(over, lambda: acceptance.send(item, by=alma))

    now = Commitment.objects.get(pk=subcontract.pk)
    sent = ErpItem.objects.get(pk=item.pk).status == Status.SENT
    assert (now.is_correcting or now.status == "void") != sent, told


@pytest.mark.parametrize("turn", range(4))
def test_a_code_is_taken_off_its_project_or_a_change_has_it(
    turn: int, subcontract: Commitment, max_pm: Membership, alma: Membership
) -> None:
    project = subcontract.project
    code = make_cost_code(max_pm, "77-777")
    project.code_rows.create(cost_code=code)
    line = ChangeLineDetails(code.pk, Decimal("5.00"))

    told = at_once(
        lambda: make_change_order(max_pm, subcontract, lines=[line]),
        lambda: remove_cost_code(Project.objects.get(pk=project.pk), code, by=alma),
    )

    assert sorted(map(bool, told)) == [False, True]
    assert ChangeOrder.objects.count() == project.code_rows.filter(cost_code=code).count()
