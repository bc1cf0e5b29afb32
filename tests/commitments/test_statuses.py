"""Statuses and their effect on the budget: domain.md §9.1, written out again by hand."""

from __future__ import annotations

from decimal import Decimal
from itertools import product

import pytest

from budgets.sources import Costs, costs_by_code, page_behind, use_of_code
from commitments.models import CommitmentStatus, CommitmentType
from commitments.operations import create_commitment, set_access, set_commitment_active, set_status
from commitments.rules import CommitmentDetails
from commitments.sources import commitment_costs, commitments_that_use
from commitments.statuses import effect_of, statuses_of
from procore_sync.acceptance.models import ErpItem
from procore_sync.accounts.models import Membership
from procore_sync.kit.refusals import InvalidInput
from tests.factories import make_commitment, make_cost_code, make_project, synced
from tests.projects.test_pages import queries

# Partially received: the statuses page says committed, the budget page pending; decided for pending (domain.md §9.1).
EFFECTS = {
    ("purchase_order", "draft"): "none",
    ("purchase_order", "processing"): "pending",
    ("purchase_order", "submitted"): "pending",
    ("purchase_order", "partially_received"): "pending",
    ("purchase_order", "received"): "pending",
    ("purchase_order", "approved"): "committed",
    ("purchase_order", "closed"): "none",
    ("subcontract", "draft"): "none",
    ("subcontract", "out_for_bid"): "none",
    ("subcontract", "out_for_signature"): "pending",
    ("subcontract", "approved"): "committed",
    ("subcontract", "complete"): "committed",
    ("subcontract", "terminated"): "none",
    ("subcontract", "void"): "none",
}
ALL = list(product(CommitmentType.values, CommitmentStatus.values))


@pytest.mark.parametrize(("type_", "status"), ALL)
def test_each_status_of_each_type_has_its_effect(type_: str, status: str) -> None:
    assert (status in statuses_of(type_)) == ((type_, status) in EFFECTS)
    assert effect_of(type_, status) == EFFECTS.get((type_, status), "none")


@pytest.mark.parametrize(("type_", "status"), [pair for pair in ALL if pair not in EFFECTS])
def test_a_status_of_the_other_type_is_refused(type_: str, status: str, max_pm: Membership) -> None:
    project = make_project(max_pm)
    with pytest.raises(InvalidInput) as raised:
        create_commitment(CommitmentDetails(project.pk, type_, status=status), by=max_pm)
    assert list(raised.value.errors) == ["status"]


@pytest.mark.database
def test_the_budget_is_told_what_is_committed_and_what_is_pending(max_pm: Membership) -> None:
    project = synced(make_project(max_pm))
    code = project.cost_codes.get()
    for status, amount in (
        ("approved", "100.10"),
        ("complete", "20.00"),
        ("out_for_signature", "3.00"),
        ("draft", "4"),
    ):
        make_commitment(max_pm, project, status=status, lines=[amount, "-0.05"])
    make_commitment(max_pm, project, type="purchase_order", status="received", lines=["0.50"])
    set_commitment_active(make_commitment(max_pm, project, lines=["9000.00"]), False, by=max_pm)
    make_commitment(max_pm, lines=["7000.00"])

    assert commitment_costs(project) == {code.pk: Costs(committed=Decimal("120.00"), pending=Decimal("3.45"))}
    assert costs_by_code(project)[code.pk].committed == Decimal("120.00")


@pytest.mark.database
def test_the_budget_follows_a_status(max_pm: Membership) -> None:
    commitment = make_commitment(max_pm, status="draft", lines=["80.00"])
    code = commitment.project.cost_codes.get()
    assert commitment_costs(commitment.project).get(code.pk, Costs()) == Costs()

    set_status(commitment, "approved", by=max_pm)

    assert commitment_costs(commitment.project)[code.pk] == Costs(committed=Decimal("80.00"))


@pytest.mark.database
def test_the_budget_is_told_in_one_query(max_pm: Membership) -> None:
    codes = [synced(make_cost_code(max_pm)) for _ in range(3)]
    project = make_project(max_pm, codes=codes)
    for _ in range(4):
        make_commitment(max_pm, project)

    assert queries(lambda: commitment_costs(project)) == queries(lambda: commitments_that_use(project)) == 1


@pytest.mark.database
def test_the_budget_is_told_who_uses_a_code_and_where_to_look(max_pm: Membership) -> None:
    project = synced(make_project(max_pm))
    code = project.cost_codes.get()
    assert use_of_code(project, code.pk) == ""

    make_commitment(max_pm, project, number="SC-1", status="void", lines=["1", "2"])
    set_commitment_active(make_commitment(max_pm, project, number="SC-0"), False, by=max_pm)
    assert use_of_code(project, code.pk) == "SC-1 uses it."
    ErpItem.objects.filter(commitment__number="SC-0").update(synced_revision=1)
    assert use_of_code(project, code.pk) == "SC-0, SC-1 use it.", "inactive or not, its order stands in QuickBooks"
    ErpItem.objects.filter(commitment__number="SC-0").update(synced_revision=None)
    set_access(make_commitment(max_pm, project, number="SC-2"), private=True, readers=[], by=max_pm)
    assert use_of_code(project, code.pk) == "SC-1, a private commitment use it."
    for number in ("SC-3", "SC-4"):
        make_commitment(max_pm, project, number=number)
    assert use_of_code(project, code.pk) == "SC-1, a private commitment, SC-3 and 1 more use it."
    assert page_behind("committed", project.pk, code.pk) == f"/commitments/?project={project.pk}&code={code.pk}"
