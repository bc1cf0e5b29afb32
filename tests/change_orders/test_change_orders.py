"""Change orders by themselves: making, editing, numbering, statuses, the reviewer, and what stands still when."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal

import pytest
import time_machine

from change_orders.kinds import change_order_document
from change_orders.models import ChangeLine, ChangeOrder, ChangeStatus
from change_orders.operations import approve, create_change_order, edit_change_order, reject
from change_orders.readiness import unmet_of_change_order
from change_orders.rules import ChangeDetails, ChangeLineDetails
from change_orders.selectors import change_orders_for
from commitments.models import AccountingMethod, Commitment, CommitmentStatus
from commitments.operations import set_access, set_status
from commitments.selectors import commitments_for
from procore_sync.acceptance import operations as acceptance
from procore_sync.acceptance.abouts import About
from procore_sync.acceptance.models import ErpItem, Notice
from procore_sync.acceptance.refusals import IllegalMove, NotReady
from procore_sync.acceptance.selectors import items_for
from procore_sync.accounts.models import Membership, Role
from procore_sync.kit.kinds import Kind
from procore_sync.kit.refusals import InvalidInput, NotAllowed
from projects.records import AnotherHasTheReference, EditedMeanwhile
from tests.factories import change_line, make_change_order, make_commitment, make_member, said_of, sent, synced


def keys(change_order: ChangeOrder) -> list[str]:
    return [line["key"] for line in change_order_document(change_order)["lines"]]


def test_a_change_order_is_numbered_and_dated_where_the_company_is(subcontract: Commitment, max_pm: Membership) -> None:
    with time_machine.travel(datetime(2026, 11, 26, 2, 0, tzinfo=UTC)):
        first = create_change_order(subcontract, ChangeDetails(title="Rock"), by=max_pm)
        second = create_change_order(subcontract, ChangeDetails(), by=max_pm)

    assert [(one.sequence, one.number) for one in (first, second)] == [(1, "CO-1"), (2, "CO-2")]
    assert first.created_on.isoformat() == "2026-11-25"  # still yesterday in New York
    assert first.erp.label == f"CO-1 of {subcontract.number} Rock"
    assert first.erp.project == subcontract.project.erp


@pytest.mark.database
def test_the_suggested_number_is_a_free_one(subcontract: Commitment, max_pm: Membership) -> None:
    make_change_order(max_pm, subcontract, number="co-2")

    assert make_change_order(max_pm, subcontract).number == "CO-3"
    with pytest.raises(InvalidInput, match="has a change of the number co-2 already"):
        make_change_order(max_pm, subcontract, number="CO-2")


@pytest.mark.parametrize(
    ("type_", "status"),
    [("subcontract", "draft"), ("subcontract", "terminated"), ("subcontract", "void"), ("purchase_order", "closed")],
)
def test_only_an_approved_commitment_is_changed(type_: str, status: str, max_pm: Membership) -> None:
    commitment = make_commitment(max_pm, type=type_, status=status)

    with pytest.raises(IllegalMove, match="only an approved commitment is changed"):
        make_change_order(max_pm, commitment)


@pytest.mark.parametrize(
    ("type_", "status"),
    [("purchase_order", "partially_received"), ("purchase_order", "received"), ("subcontract", "complete")],
)
def test_what_came_after_its_approval_is_changed_until_it_is_over(type_: str, status: str, max_pm: Membership) -> None:
    commitment = make_commitment(max_pm, type=type_)
    set_status(commitment, status, by=max_pm)

    made = make_change_order(max_pm, commitment, number="CO-1")

    assert not [one for one in unmet_of_change_order(made) if status.replace("_", " ") in one.sentence]


def test_a_line_may_change_a_line_of_the_commitment_and_then_shows_it(
    subcontract: Commitment, max_pm: Membership
) -> None:
    line = subcontract.lines.get(number=2)
    made = make_change_order(max_pm, subcontract, lines=[change_line("-50.00", changes=2), change_line("7.5", line)])

    document = change_order_document(made)
    first, second = document["lines"]
    assert (first["changes"], first["description"], first["amount"]) == ("2", "Work", "-50.00")
    assert first["code"]["code"] == line.code.cost_code.code
    assert (second["key"], second["changes"], second["amount"]) == ("C1.2", "", "7.50")
    assert document["total"] == "-42.50"
    assert ErpItem.objects.get(pk=made.erp_id).amount == Decimal("-42.50")


def test_it_waits_for_its_commitment_and_its_codes(subcontract: Commitment, max_pm: Membership) -> None:
    made = make_change_order(max_pm, subcontract)

    code = subcontract.project.cost_codes.get()
    assert set(made.erp.requires.all()) == {subcontract.erp, code.erp}


def test_a_unit_based_change_multiplies_and_rounds_half_a_cent_up(max_pm: Membership) -> None:
    commitment = make_commitment(max_pm, accounting_method=AccountingMethod.UNIT, lines=[])
    line = ChangeLineDetails(code(commitment), quantity=Decimal("-2.5"), unit_cost=Decimal("0.33"), uom="m3")
    made = make_change_order(max_pm, commitment, lines=[line])

    assert change_order_document(made)["lines"][0] | {"code": None} == {
        "key": "C1.1",
        "changes": "",
        "code": None,
        "description": "",
        "quantity": "-2.5",
        "uom": "m3",
        "unit_cost": "0.33",
        "amount": "-0.83",
    }


def code(commitment: Commitment) -> int:
    return commitment.project.cost_codes.get().pk


@pytest.mark.parametrize(
    ("line", "field", "sentence"),
    [
        (ChangeLineDetails(None, Decimal(1)), "code", "The cost code is missing"),
        (ChangeLineDetails(999_999, Decimal(1)), "code", "does not use this cost code"),
        (ChangeLineDetails(None, Decimal(1), changes=9), "changes", "has no line 9"),
        (ChangeLineDetails(999_999, Decimal(1), changes=1), "code", "so its changes have it too"),
        (ChangeLineDetails(None, changes=1), "amount", "The amount is missing"),
        (ChangeLineDetails(None, Decimal("0.005"), changes=1), "amount", "more than 2 decimal places"),
        (ChangeLineDetails(None, Decimal(10) ** 12, changes=1), "amount", "too large"),
        (ChangeLineDetails(None, Decimal(1), quantity=Decimal(1), changes=1), "quantity", "amount based"),
        (ChangeLineDetails(None, Decimal(1), "a\x00b", changes=1), "description", "unprintable"),
    ],
)
def test_a_wrong_line_is_refused_with_its_place(
    line: ChangeLineDetails, field: str, sentence: str, subcontract: Commitment, max_pm: Membership
) -> None:
    with pytest.raises(InvalidInput) as raised:
        make_change_order(max_pm, subcontract, lines=[change_line("1.00", changes=1), line])

    assert list(raised.value.errors) == [f"lines.1.{field}"]
    assert sentence in raised.value.errors[f"lines.1.{field}"][0]
    assert not ChangeOrder.objects.exists()


@pytest.mark.database
def test_an_edit_keeps_numbers_and_never_gives_one_again(subcontract: Commitment, max_pm: Membership) -> None:
    made = make_change_order(max_pm, subcontract, lines=[change_line(one, changes=1) for one in ("1", "2", "3")])
    said = said_of(made)

    fewer = edit_change_order(made, replace(said, lines=said.lines[::2]), by=max_pm, seen=1)
    assert keys(fewer) == ["C1.1", "C1.3"]
    said = said_of(fewer)
    more = edit_change_order(
        fewer, replace(said, lines=(*said.lines[::-1], change_line("4", changes=2))), by=max_pm, seen=2
    )
    assert keys(more) == ["C1.1", "C1.3", "C1.4"]
    assert (more.erp.revision, more.erp.amount) == (3, Decimal("8.00"))


def test_a_line_of_another_change_order_is_none_of_its_own(subcontract: Commitment, max_pm: Membership) -> None:
    other = make_change_order(max_pm, subcontract)
    mine = make_change_order(max_pm, subcontract)
    stolen = replace(said_of(mine), lines=said_of(other).lines)

    with pytest.raises(InvalidInput, match="not there any more"):
        edit_change_order(mine, stolen, by=max_pm, seen=1)
    assert ChangeLine.objects.filter(change_order=other).count() == 1


def test_who_sends_in_the_moment_of_a_new_status_is_told(subcontract: Commitment, max_pm: Membership) -> None:
    made = make_change_order(max_pm, subcontract, status=ChangeStatus.APPROVED)
    read_before = ErpItem.objects.get(pk=made.erp_id)

    edited = edit_change_order(made, replace(said_of(made), status=ChangeStatus.VOID), by=max_pm, seen=1)

    assert (edited.status, edited.edition) == (ChangeStatus.VOID, 2)
    assert edited.erp.revision == read_before.revision + 1  # which is what sending compares


def test_the_reviewer_alone_is_nothing_that_sending_asks(
    subcontract: Commitment, max_pm: Membership, vic: Membership
) -> None:
    made = make_change_order(max_pm, subcontract, status=ChangeStatus.PRICING)

    edited = edit_change_order(made, replace(said_of(made), reviewer=vic.pk), by=max_pm, seen=1)
    assert (edited.reviewer, edited.erp.revision) == (vic, 1)


def test_it_keeps_who_approved_it(subcontract: Commitment, max_pm: Membership) -> None:
    made = make_change_order(max_pm, subcontract, status=ChangeStatus.PRICING)

    edited = edit_change_order(made, replace(said_of(made), status=ChangeStatus.APPROVED), by=max_pm, seen=1)
    assert edited.decided_by == max_pm
    assert edited.decided_at is not None


def test_the_second_of_two_editors_is_told(subcontract: Commitment, max_pm: Membership, alma: Membership) -> None:
    made = make_change_order(max_pm, subcontract)
    edit_change_order(made, replace(said_of(made), title="Rock"), by=max_pm, seen=1)

    with pytest.raises(EditedMeanwhile, match="was saved by Max while"):
        edit_change_order(made, replace(said_of(made), title="Sand"), by=alma, seen=1)


@pytest.mark.database
def test_the_same_reference_gives_the_same_change_order(subcontract: Commitment, max_pm: Membership) -> None:
    first = make_change_order(max_pm, subcontract, external_ref="x-1")

    assert make_change_order(max_pm, subcontract, external_ref="x-1") == first
    with pytest.raises(AnotherHasTheReference, match="differs in title"):
        make_change_order(max_pm, subcontract, external_ref="x-1", title="Other")
    with pytest.raises(AnotherHasTheReference, match="differs in lines"):
        make_change_order(max_pm, subcontract, external_ref="x-1", lines=[change_line("2", changes=1)])


def test_the_reference_of_a_private_change_order_does_not_give_it_away(
    subcontract: Commitment, max_pm: Membership
) -> None:
    made = make_change_order(max_pm, subcontract, lines=[], title="Rock", external_ref="x-1")
    set_access(subcontract, private=True, readers=[], by=max_pm)
    mia = make_member(max_pm.company, "Mia", Role.PROJECT_MANAGER)
    other = synced(make_commitment(max_pm, subcontract.project, lines=["10.00"]))

    for title in ("Sand", made.title):
        with pytest.raises(AnotherHasTheReference) as raised:
            make_change_order(mia, other, lines=[], title=title, number=made.number, external_ref="x-1")
        assert raised.value.sentence == "The reference x-1 is taken already. Use another."


def test_the_same_reference_gives_no_change_order_of_another_commitment(
    subcontract: Commitment, max_pm: Membership
) -> None:
    empty = make_change_order(max_pm, subcontract, lines=[], external_ref="x-1")
    dearer = make_change_order(max_pm, subcontract, lines=[change_line("5.00", changes=2)], external_ref="x-2")
    other = synced(make_commitment(max_pm, subcontract.project, lines=["10.00"]))

    for made in (empty, dearer):
        with pytest.raises(AnotherHasTheReference, match=made.erp.label):
            make_change_order(max_pm, other, lines=[], number=made.number, external_ref=made.erp.external_ref)


def test_a_viewer_an_accountant_and_a_contact_change_nothing(
    subcontract: Commitment, max_pm: Membership, vic: Membership, ada: Membership, ian: Membership
) -> None:
    made = make_change_order(max_pm, subcontract, status=ChangeStatus.IN_REVIEW)
    for member in (vic, ada, ian):
        with pytest.raises(NotAllowed):
            make_change_order(member, subcontract)
        with pytest.raises(NotAllowed):
            edit_change_order(made, said_of(made), by=member, seen=1)
        with pytest.raises(NotAllowed):
            approve(made, by=member)


def test_what_is_with_accounting_or_in_quickbooks_stands_still(subcontract: Commitment, max_pm: Membership) -> None:
    made = sent(make_change_order(max_pm, subcontract), max_pm)
    void = replace(said_of(made), status=ChangeStatus.VOID)

    with pytest.raises(IllegalMove, match="It is with accounting"):
        edit_change_order(made, void, by=max_pm, seen=1)
    acceptance.retrieve(made.erp, by=max_pm)
    synced(made)
    with pytest.raises(IllegalMove, match="is in QuickBooks, so it cannot be changed, rejected or voided any more"):
        edit_change_order(made, void, by=max_pm, seen=1)


def test_only_the_reviewer_or_an_administrator_decides(
    subcontract: Commitment, max_pm: Membership, vic: Membership, alma: Membership
) -> None:
    made = make_change_order(max_pm, subcontract, status=ChangeStatus.IN_REVIEW, reviewer=vic.pk)
    why = "Vic is the designated reviewer of CO-1, so only Vic or an administrator can"

    with pytest.raises(NotAllowed, match=f"{why} approve or reject it"):
        approve(made, by=max_pm)
    with pytest.raises(NotAllowed, match=why):
        reject(made, by=max_pm, remark="No")
    for status in (ChangeStatus.APPROVED, ChangeStatus.REJECTED):
        with pytest.raises(NotAllowed, match=why):
            edit_change_order(made, replace(said_of(made), status=status), by=max_pm, seen=1)
    with pytest.raises(NotAllowed, match=f"{why} name another"):
        edit_change_order(made, replace(said_of(made), reviewer=None), by=max_pm, seen=1)
    with pytest.raises(InvalidInput, match="Say why you reject it"):
        reject(made, by=vic, remark=" ")
    with pytest.raises(InvalidInput, match="longer than 2,000 characters"):
        reject(made, by=vic, remark="x" * 2001)
    assert fresh(made).status == "in_review"
    assert (reject(made, by=vic, remark="Too dear.").status, fresh(made).remark) == ("rejected", "Too dear.")
    with pytest.raises(IllegalMove, match="is not in review: it is rejected"):
        approve(made, by=alma)


def fresh(made: ChangeOrder) -> ChangeOrder:
    found: ChangeOrder = ChangeOrder.objects.get(pk=made.pk)
    return found


def test_a_new_change_order_is_not_approved_past_the_reviewer_it_names(
    subcontract: Commitment, max_pm: Membership, vic: Membership
) -> None:
    with pytest.raises(NotAllowed, match="Vic is the designated reviewer"):
        make_change_order(max_pm, subcontract, reviewer=vic.pk)
    made = make_change_order(max_pm, subcontract, status=ChangeStatus.DRAFT)
    approved = replace(said_of(made), status=ChangeStatus.APPROVED, reviewer=vic.pk)
    with pytest.raises(NotAllowed, match="Vic is the designated reviewer"):
        edit_change_order(made, approved, by=max_pm, seen=1)


def test_what_the_reviewer_approved_is_not_changed_behind_him(
    subcontract: Commitment, max_pm: Membership, vic: Membership
) -> None:
    made = make_change_order(max_pm, subcontract, status=ChangeStatus.IN_REVIEW, reviewer=vic.pk)
    approved = approve(made, by=vic)
    dearer = replace(said_of(approved), lines=(*said_of(approved).lines, change_line("1", changes=1)))

    with pytest.raises(NotAllowed, match="can change it while it is approved"):
        edit_change_order(approved, dearer, by=max_pm, seen=2)
    assert ChangeLine.objects.count() == 1
    revised = edit_change_order(approved, replace(dearer, status=ChangeStatus.REVISED), by=max_pm, seen=2)
    assert (revised.status, revised.decided_by, len(keys(revised))) == (ChangeStatus.REVISED, None, 2)


def test_a_reviewer_is_somebody_who_may_see_the_commitment(
    subcontract: Commitment, max_pm: Membership, ian: Membership, olga: Membership, vic: Membership
) -> None:
    for nobody, sentence in ((ian, "may not see"), (olga, "not one of the company's people")):
        with pytest.raises(InvalidInput, match=sentence):
            make_change_order(max_pm, subcontract, reviewer=nobody.pk, status=ChangeStatus.DRAFT)
    set_access(subcontract, private=True, readers=[], by=max_pm)
    with pytest.raises(InvalidInput, match="Vic may not see"):
        make_change_order(max_pm, subcontract, reviewer=vic.pk, status=ChangeStatus.DRAFT)


@pytest.mark.database
def test_it_is_as_private_as_its_commitment(subcontract: Commitment, max_pm: Membership, company: object) -> None:
    before = make_change_order(max_pm, subcontract)
    set_access(subcontract, private=True, readers=[], by=max_pm)
    after = make_change_order(max_pm, subcontract)

    for one in (before, after):
        item = ErpItem.objects.get(pk=one.erp_id)
        assert item.is_private
        assert list(item.readers.all()) == [max_pm]


def test_of_a_private_commitment_its_readers_and_who_decides_on_commitments_see_the_change_orders(
    subcontract: Commitment, max_pm: Membership
) -> None:
    made = make_change_order(max_pm, subcontract)
    set_access(subcontract, private=True, readers=[], by=max_pm)
    cora, chad = (
        make_member(max_pm.company, name, Role.ACCOUNTANT, exports=[kind])
        for name, kind in (("Cora", Kind.COMMITMENT), ("Chad", Kind.CHANGE_ORDER))
    )

    for one, sees in ((cora, True), (chad, False)):
        assert commitments_for(one).filter(pk=subcontract.pk).exists() is sees
        assert change_orders_for(one).filter(pk=made.pk).exists() is sees
        assert items_for(one).filter(pk=made.erp_id).exists() is sees


@pytest.mark.parametrize("status", [CommitmentStatus.TERMINATED, CommitmentStatus.VOID])
def test_a_commitment_is_not_over_while_a_change_order_of_it_is_on_its_way(
    status: CommitmentStatus, subcontract: Commitment, max_pm: Membership
) -> None:
    """Whoever accepts it would add its lines to the order of a commitment that is over."""
    made = sent(make_change_order(max_pm, subcontract), max_pm)
    with pytest.raises(NotReady, match=r"CO-1 is on its way to accounting or to QuickBooks\. Let it be decided first"):
        set_status(subcontract, status, by=max_pm)
    assert set_status(subcontract, CommitmentStatus.COMPLETE, by=max_pm).status == CommitmentStatus.COMPLETE
    acceptance.retrieve(made.erp, by=max_pm)
    assert set_status(Commitment.objects.get(pk=subcontract.pk), status, by=max_pm).status == status


def test_a_commitment_does_not_go_back_while_a_change_order_of_it_waits_for_it(max_pm: Membership) -> None:
    commitment = sent(make_commitment(max_pm), max_pm)
    sent(make_change_order(max_pm, commitment), max_pm)
    acceptance.retrieve(commitment.erp, by=max_pm)
    with pytest.raises(NotReady, match="CO-1 is on its way to accounting"):
        set_status(Commitment.objects.get(pk=commitment.pk), CommitmentStatus.DRAFT, by=max_pm)


def test_a_commitment_that_is_over_still_shows_its_changes(subcontract: Commitment, max_pm: Membership) -> None:
    made = make_change_order(max_pm, subcontract)
    set_status(subcontract, CommitmentStatus.COMPLETE, by=max_pm)

    assert edit_change_order(made, replace(said_of(made), title="Late"), by=max_pm, seen=1).title == "Late"


# -- what the reviewer is told ---------------------------------------------------------------------------------------


def told(member: Membership) -> list[tuple[str, str]]:
    rows = Notice.objects.filter(member=member, about=About.TO_REVIEW).order_by("pk")
    return [(notice.line, notice.path) for notice in rows]


def test_the_reviewer_is_told_once_when_a_change_comes_before_him(
    max_pm: Membership, vic: Membership, ada: Membership, subcontract: Commitment
) -> None:
    made = make_change_order(max_pm, subcontract, status=ChangeStatus.DRAFT, reviewer=vic.pk, title="Duct")
    assert told(vic) == []

    in_review = replace(said_of(made), status=ChangeStatus.IN_REVIEW)
    made = edit_change_order(made, in_review, by=max_pm, seen=1)
    made = edit_change_order(made, replace(in_review, title="Ducts"), by=max_pm, seen=2)

    asked = f"Max asks you to review CO-1 Duct, a change of {subcontract.number}"
    assert told(vic) == [(asked, f"/change-orders/{made.pk}/")]
    mail = Notice.objects.get(member=vic, about=About.TO_REVIEW)
    assert (mail.in_console, mail.by_mail, mail.subject, mail.item) == (True, True, "To review: CO-1 Duct", made.erp)
    assert f"\n\nProject: {subcontract.project}\n\nApprove it, or reject it with a remark:\n" in mail.body
    assert f"/change-orders/{made.pk}/" in mail.body

    made = edit_change_order(made, replace(said_of(made), reviewer=ada.pk), by=editing(vic), seen=3)
    assert (len(told(vic)), len(told(ada))) == (1, 1)
    edit_change_order(made, replace(said_of(made), status=ChangeStatus.REVISED), by=max_pm, seen=4)
    edit_change_order(made, replace(said_of(made), status=ChangeStatus.IN_REVIEW), by=max_pm, seen=5)
    assert (len(told(vic)), len(told(ada))) == (1, 2)


def editing(who: Membership) -> Membership:
    """The same as a project manager, for a reviewer who is to name another."""
    who.role = Role.PROJECT_MANAGER
    who.save()
    return who


def test_who_puts_it_before_himself_is_not_told(max_pm: Membership, vic: Membership, subcontract: Commitment) -> None:
    make_change_order(max_pm, subcontract, status=ChangeStatus.IN_REVIEW, reviewer=max_pm.pk)
    make_change_order(max_pm, subcontract, status=ChangeStatus.IN_REVIEW)
    assert told(max_pm) == []
    make_change_order(max_pm, subcontract, status=ChangeStatus.IN_REVIEW, reviewer=vic.pk)
    assert len(told(vic)) == 1
