"""Tiers: what each project has, what collects what, whose status goes down, and which lines come along."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest

from change_orders.kinds import change_order_document
from change_orders.models import ChangeLine, ChangeOrder, ChangeRequest, ChangeStatus, RequestTier, Tiers
from change_orders.operations import approve, edit_change_order
from change_orders.request_operations import (
    approve_request,
    collect,
    edit_request,
    reject_request,
    take_out,
)
from change_orders.selectors import to_review
from change_orders.tiers import save_settings, settings_of
from commitments.models import Commitment
from procore_sync.acceptance.abouts import About
from procore_sync.acceptance.models import ErpItem, Notice
from procore_sync.acceptance.refusals import IllegalMove
from procore_sync.accounts.models import Membership
from procore_sync.kit.refusals import InvalidInput, NotAllowed
from projects.models import Project
from projects.records import AnotherHasTheReference, EditedMeanwhile
from tests.factories import (
    change_line,
    make_change_order,
    make_commitment,
    make_request,
    said_of,
    said_of_request,
    sent,
    synced,
)


def keys(change_order: ChangeOrder) -> list[str]:
    return [line["key"] for line in change_order_document(ChangeOrder.objects.get(pk=change_order.pk))["lines"]]


def stands(request: ChangeRequest) -> str:
    return ChangeRequest.objects.get(pk=request.pk).status


def tiers(project: Project, count: int, by: Membership) -> None:
    save_settings(project, tiers=count, number_limit=12, title_limit=30, by=by)


def two_tiers(subcontract: Commitment, by: Membership) -> None:
    tiers(subcontract.project, 2, by)


def test_tiers_are_raised_and_never_lowered_while_there_are_changes(
    subcontract: Commitment, max_pm: Membership, vic: Membership
) -> None:
    project = subcontract.project
    assert settings_of(project).tiers == Tiers.ONE
    tiers(project, 3, max_pm)
    tiers(project, 2, max_pm)  # nothing there yet
    make_request(max_pm, subcontract)
    with pytest.raises(IllegalMove, match="can be raised and not lowered: it stays at 2"):
        tiers(project, 1, max_pm)
    tiers(project, 3, max_pm)
    assert settings_of(project).tiers == Tiers.THREE
    with pytest.raises(NotAllowed):
        tiers(project, 3, vic)
    with pytest.raises(InvalidInput, match="one, two or three tiers"):
        tiers(project, 4, max_pm)


@pytest.mark.parametrize(("number", "title"), [(11, 30), (61, 30), (12, 29), (12, 256)])
def test_the_limits_of_a_change_order_are_widened_only(
    number: int, title: int, subcontract: Commitment, max_pm: Membership
) -> None:
    with pytest.raises(InvalidInput, match="is at least"):
        save_settings(subcontract.project, tiers=1, number_limit=number, title_limit=title, by=max_pm)


def test_a_project_has_only_the_tiers_it_says(subcontract: Commitment, max_pm: Membership) -> None:
    for tier, sentence in ((RequestTier.POTENTIAL, "no potential change orders"), (RequestTier.REQUEST, "fewer than")):
        with pytest.raises(IllegalMove, match=sentence):
            make_request(max_pm, subcontract, tier)
    two_tiers(subcontract, max_pm)
    assert make_request(max_pm, subcontract).number == "PCO-1"
    with pytest.raises(IllegalMove, match="fewer than three steps"):
        make_request(max_pm, subcontract, RequestTier.REQUEST)
    tiers(subcontract.project, 3, max_pm)
    assert make_request(max_pm, subcontract, RequestTier.REQUEST).number == "COR-1"


def test_with_more_tiers_new_lines_begin_at_the_bottom(subcontract: Commitment, max_pm: Membership) -> None:
    before = make_change_order(max_pm, subcontract)
    two_tiers(subcontract, max_pm)

    with pytest.raises(IllegalMove, match="begin as potential change orders"):
        make_change_order(max_pm, subcontract)
    kept = said_of(before)
    assert edit_change_order(before, replace(kept, title="Old"), by=max_pm, seen=1).title == "Old"
    with pytest.raises(IllegalMove, match="begin as potential change orders"):
        edit_change_order(before, replace(kept, lines=(*kept.lines, change_line("1", changes=1))), by=max_pm, seen=2)


def test_a_change_order_request_has_no_lines_of_its_own(
    subcontract: Commitment, in_tiers: Project, max_pm: Membership
) -> None:
    with pytest.raises(InvalidInput, match="has the lines of what it collects"):
        make_request(max_pm, subcontract, RequestTier.REQUEST, lines=[change_line("1", changes=1)])


def test_collected_lines_become_lines_of_the_change_order(subcontract: Commitment, max_pm: Membership) -> None:
    two_tiers(subcontract, max_pm)
    first = make_request(max_pm, subcontract, lines=[change_line("10", changes=1), change_line("5", changes=2)])
    second = make_request(max_pm, subcontract)
    made = make_change_order(max_pm, subcontract, lines=[])

    assert collect(made, [second], by=max_pm) == 1
    assert collect(made, [first], by=max_pm) == 1
    assert keys(made) == ["C1.1", "C1.2", "C1.3"]
    assert ErpItem.objects.get(pk=made.erp_id).amount == Decimal("115.00")
    assert list(ErpItem.objects.get(pk=made.erp_id).requires.filter(kind="cost_code")) != []
    take_out(second, by=max_pm)
    assert keys(made) == ["C1.2", "C1.3"]
    collect(made, [second], by=max_pm)
    assert keys(made) == ["C1.2", "C1.3", "C1.4"]


def test_lines_of_a_collected_request_are_edited_there_and_keep_their_keys(
    subcontract: Commitment, max_pm: Membership
) -> None:
    two_tiers(subcontract, max_pm)
    request = make_request(max_pm, subcontract, lines=[change_line("10", changes=1), change_line("5", changes=2)])
    made = make_change_order(max_pm, subcontract, lines=[])
    collect(made, [request], by=max_pm)
    revision = ErpItem.objects.get(pk=made.erp_id).revision
    said = said_of_request(request)

    edit_request(request, replace(said, lines=(said.lines[1], change_line("3", changes=1))), by=max_pm, seen=3)

    assert keys(made) == ["C1.2", "C1.3"]
    item = ErpItem.objects.get(pk=made.erp_id)
    assert (item.amount, item.revision) == (Decimal("8.00"), revision + 1)


def test_three_tiers_go_one_by_one(subcontract: Commitment, in_tiers: Project, max_pm: Membership) -> None:
    potential, late = make_request(max_pm, subcontract), make_request(max_pm, subcontract)
    request = make_request(max_pm, subcontract, RequestTier.REQUEST)
    made = make_change_order(max_pm, subcontract, lines=[])

    with pytest.raises(IllegalMove, match="collects change order requests, and PCO-1 is not one"):
        collect(made, [potential], by=max_pm)
    with pytest.raises(IllegalMove, match="PCO-1 collects nothing"):
        collect(potential, [request], by=max_pm)
    collect(request, [potential], by=max_pm)
    assert keys(made) == []
    collect(made, [request], by=max_pm)
    collect(request, [late], by=max_pm)
    assert keys(made) == ["C1.1", "C1.2"]
    take_out(request, by=max_pm)
    assert keys(made) == []
    assert ChangeLine.objects.filter(request__request=request).count() == 2


def test_what_cannot_be_collected_says_why(subcontract: Commitment, max_pm: Membership) -> None:
    two_tiers(subcontract, max_pm)
    elsewhere = make_commitment(max_pm, subcontract.project)
    made, other = (make_change_order(max_pm, one, lines=[]) for one in (subcontract, elsewhere))
    request = make_request(max_pm, subcontract)

    with pytest.raises(InvalidInput, match="Nothing is chosen"):
        collect(made, [], by=max_pm)
    with pytest.raises(IllegalMove, match="changes another commitment"):
        collect(other, [request], by=max_pm)
    with pytest.raises(IllegalMove, match="is in no other change"):
        take_out(request, by=max_pm)
    collect(made, [request], by=max_pm)
    with pytest.raises(IllegalMove, match="is in CO-1 already"):
        collect(made, [request], by=max_pm)


def test_the_status_goes_down_unless_one_keeps_its_own(
    subcontract: Commitment, in_tiers: Project, max_pm: Membership
) -> None:
    follows, keeps = make_request(max_pm, subcontract), make_request(max_pm, subcontract, own_status=True)
    request = make_request(max_pm, subcontract, RequestTier.REQUEST)
    collect(request, [follows, keeps], by=max_pm)
    made = make_change_order(max_pm, subcontract, lines=[], status=ChangeStatus.PRICING)
    collect(made, [request], by=max_pm)
    assert [stands(one) for one in (request, follows, keeps)] == ["pricing", "pricing", "draft"]

    void = replace(said_of(made), status=ChangeStatus.VOID)
    edit_change_order(made, void, by=max_pm, seen=2)
    assert [stands(one) for one in (request, follows, keeps)] == ["void", "void", "draft"]


def test_who_follows_cannot_be_given_another_status(
    subcontract: Commitment, in_tiers: Project, max_pm: Membership
) -> None:
    follows = make_request(max_pm, subcontract)
    request = make_request(max_pm, subcontract, RequestTier.REQUEST, status=ChangeStatus.IN_REVIEW)
    collect(request, [follows], by=max_pm)
    said = said_of_request(follows)

    with pytest.raises(InvalidInput, match="PCO-1 has the status of COR-1"):
        edit_request(follows, replace(said, status=ChangeStatus.VOID), by=max_pm, seen=3)
    with pytest.raises(IllegalMove, match="PCO-1 has the status of COR-1"):
        approve_request(follows, by=max_pm)
    own = replace(said, status=ChangeStatus.VOID, own_status=True)
    assert edit_request(follows, own, by=max_pm, seen=3).status == "void"
    approve_request(request, by=max_pm)
    assert stands(follows) == "void"
    back = replace(own, own_status=False)
    assert edit_request(follows, back, by=max_pm, seen=4).status == "approved"


def test_a_request_too_is_decided_by_its_reviewer(
    subcontract: Commitment, in_tiers: Project, max_pm: Membership, vic: Membership
) -> None:
    request = make_request(max_pm, subcontract, status=ChangeStatus.IN_REVIEW, reviewer=vic.pk)

    with pytest.raises(NotAllowed, match="Vic is the designated reviewer of PCO-1"):
        approve_request(request, by=max_pm)
    with pytest.raises(InvalidInput, match="Say why you reject it"):
        reject_request(request, by=vic, remark="")
    with pytest.raises(InvalidInput, match="longer than 2,000 characters"):
        reject_request(request, by=vic, remark="x" * 2001)
    # A browser counts the end of a line as one, and sends it as two.
    assert reject_request(request, by=vic, remark="x" * 1990 + "\r\n" * 9 + "x").status == "rejected"
    with pytest.raises(NotAllowed, match="Vic is the designated reviewer of PCO-1"):
        edit_request(request, replace(said_of_request(request), status="approved"), by=max_pm, seen=2)


def test_an_approved_change_order_does_not_grow_behind_its_reviewer(
    subcontract: Commitment, max_pm: Membership, vic: Membership
) -> None:
    two_tiers(subcontract, max_pm)
    inside, outside = make_request(max_pm, subcontract), make_request(max_pm, subcontract)
    made = make_change_order(max_pm, subcontract, lines=[], status=ChangeStatus.IN_REVIEW, reviewer=vic.pk)
    collect(made, [inside], by=max_pm)
    approve(made, by=vic)
    dearer = replace(said_of_request(inside), lines=(change_line("9999", changes=1),))

    for attempt in (
        lambda: collect(made, [outside], by=max_pm),
        lambda: take_out(inside, by=max_pm),
        lambda: edit_request(inside, dearer, by=max_pm, seen=ChangeRequest.objects.get(pk=inside.pk).edition),
    ):
        with pytest.raises(NotAllowed, match="can change it while it is approved"):
            attempt()
    assert keys(made) == ["C1.1"]


def edition(request: ChangeRequest) -> int:
    return ChangeRequest.objects.get(pk=request.pk).edition


def test_what_the_reviewer_of_a_request_approved_is_not_changed_behind_him(
    subcontract: Commitment, in_tiers: Project, max_pm: Membership, vic: Membership
) -> None:
    potential = make_request(max_pm, subcontract, status=ChangeStatus.IN_REVIEW, reviewer=vic.pk)
    approved = approve_request(potential, by=vic)
    said = said_of_request(potential)

    for changed in (replace(said, lines=(change_line("9999", changes=1),)), replace(said, description="All floors")):
        with pytest.raises(
            NotAllowed, match=r"Vic is the designated reviewer of PCO-1.* change it while it is approved"
        ):
            edit_request(approved, changed, by=max_pm, seen=2)
    assert [line.amount for line in ChangeLine.objects.all()] == [Decimal("100.00")]
    revised = edit_request(approved, replace(changed, status=ChangeStatus.REVISED), by=max_pm, seen=2)
    assert (revised.status, revised.decided_by) == (ChangeStatus.REVISED, None)


def test_a_request_that_was_approved_does_not_grow_behind_its_reviewer(
    subcontract: Commitment, in_tiers: Project, max_pm: Membership, vic: Membership, alma: Membership
) -> None:
    inside, outside = make_request(max_pm, subcontract), make_request(max_pm, subcontract)
    request = make_request(
        max_pm, subcontract, tier=RequestTier.REQUEST, lines=[], status=ChangeStatus.IN_REVIEW, reviewer=vic.pk
    )
    collect(request, [inside], by=max_pm)
    approve_request(request, by=vic)
    dearer = replace(said_of_request(inside), lines=(change_line("9999", changes=1),))

    for attempt in (
        lambda: collect(request, [outside], by=max_pm),
        lambda: take_out(inside, by=max_pm),
        lambda: edit_request(inside, dearer, by=max_pm, seen=edition(inside)),
    ):
        with pytest.raises(
            NotAllowed, match=r"Vic is the designated reviewer of COR-1.* change it while it is approved"
        ):
            attempt()
    assert (inside.pk, stands(outside)) == (request.potentials.get().pk, ChangeStatus.DRAFT)
    collect(request, [outside], by=alma)
    assert request.potentials.count() == 2


def test_what_is_in_a_sent_change_order_stands_still(subcontract: Commitment, max_pm: Membership) -> None:
    two_tiers(subcontract, max_pm)
    inside, outside = make_request(max_pm, subcontract), make_request(max_pm, subcontract)
    made = make_change_order(max_pm, subcontract, lines=[])
    collect(made, [inside], by=max_pm)
    made = sent(ChangeOrder.objects.get(pk=made.pk), max_pm)
    attempts = (
        lambda: collect(made, [outside], by=max_pm),
        lambda: take_out(inside, by=max_pm),
        lambda: edit_request(inside, said_of_request(inside), by=max_pm, seen=3),
        lambda: approve_request(inside, by=max_pm),
    )

    for attempt in attempts:
        with pytest.raises(IllegalMove, match="It is with accounting"):
            attempt()
    synced(made)
    for attempt in attempts:
        with pytest.raises(IllegalMove, match="is in QuickBooks, so it cannot be changed"):
            attempt()


def test_requests_have_editions_and_references_too(
    subcontract: Commitment, in_tiers: Project, max_pm: Membership, vic: Membership
) -> None:
    first = make_request(max_pm, subcontract, external_ref="r-1")
    assert make_request(max_pm, subcontract, external_ref="r-1") == first
    with pytest.raises(AnotherHasTheReference, match="differs in title"):
        make_request(max_pm, subcontract, external_ref="r-1", title="Other")
    with pytest.raises(AnotherHasTheReference, match="differs in commitment"):
        make_request(max_pm, make_commitment(max_pm, subcontract.project, lines=["1.00"]), external_ref="r-1")
    edit_request(first, replace(said_of_request(first), title="Rock"), by=max_pm, seen=1)
    with pytest.raises(EditedMeanwhile, match="was saved by you yourself while"):
        edit_request(first, said_of_request(first), by=max_pm, seen=1)
    for attempt in (
        lambda: make_request(vic, subcontract),
        lambda: edit_request(first, said_of_request(first), by=vic, seen=2),
        lambda: take_out(first, by=vic),
        lambda: collect(first, [first], by=vic),
    ):
        with pytest.raises(NotAllowed):
            attempt()


def test_the_reviewer_of_a_request_is_told_of_what_is_decided_by_itself(
    max_pm: Membership, vic: Membership, subcontract: Commitment, in_tiers: Project
) -> None:
    def told() -> list[str]:
        rows = Notice.objects.filter(member=vic, about=About.TO_REVIEW).order_by("pk")
        return list(rows.values_list("path", flat=True))

    def waiting() -> list[tuple[str, int]]:
        return [(one.tier, one.count) for one in to_review(vic)]

    potential = make_request(max_pm, subcontract, reviewer=vic.pk, status=ChangeStatus.DRAFT)
    request = make_request(max_pm, subcontract, tier=RequestTier.REQUEST, lines=[], status=ChangeStatus.IN_REVIEW)
    collect(request, [potential], by=max_pm)
    assert (told(), waiting()) == ([], [])

    take_out(potential, by=max_pm)

    assert (told(), waiting()) == ([f"/change-requests/{potential.pk}/"], [("potential", 1)])
    made = make_request(max_pm, subcontract, reviewer=vic.pk, status=ChangeStatus.IN_REVIEW)
    assert (len(told()), waiting()) == (2, [("potential", 2)])
    approve_request(made, by=vic)
    assert (len(told()), waiting()) == (2, [("potential", 1)])
