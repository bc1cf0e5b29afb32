"""What may be done with a commitment and its lines, by whom, and what the lines come to."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal as D
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from commitments.kinds import lines_of
from commitments.models import Commitment, SovLine
from commitments.operations import (
    KeptAsSent,
    create_commitment,
    delete_commitment,
    edit_commitment,
    save_commitment,
    set_commitment_active,
    set_lines,
    set_status,
)
from commitments.rules import CommitmentDetails, LineDetails, line_details, product
from commitments.selectors import suggested_number
from procore_sync.acceptance import operations as acceptance
from procore_sync.acceptance.journal import Entry, move
from procore_sync.acceptance.kinds import spec_of
from procore_sync.acceptance.models import ErpItem
from procore_sync.acceptance.refusals import IllegalMove
from procore_sync.acceptance.states import Action
from procore_sync.accounts.models import Membership
from procore_sync.kit.kinds import Kind
from procore_sync.kit.refusals import InvalidInput, NotAllowed
from projects.models import Project
from projects.operations import StillUsed, remove_cost_code
from projects.records import AnotherHasTheReference, EditedMeanwhile, details_of
from tests.factories import make_commitment, make_cost_code, make_project, make_vendor, sent, synced
from tests.scenes import kept


@pytest.fixture
@kept
def project(max_pm: Membership) -> Project:
    """A project in QuickBooks with one code that is there too."""
    return synced(make_project(max_pm, number="1042"))


def said(project: Project, **details: Any) -> CommitmentDetails:
    return CommitmentDetails(**{"project_id": project.pk, "type": "subcontract", **details})


def amount_line(project: Project, amount: str, **details: Any) -> LineDetails:
    return LineDetails(project.cost_codes.get().pk, D(amount), **details)


def unit_line(project: Project, quantity: str, unit_cost: str, **details: Any) -> LineDetails:
    return LineDetails(project.cost_codes.get().pk, quantity=D(quantity), unit_cost=D(unit_cost), **details)


def errors_of(operation: Any, *given: Any, **named: Any) -> dict[str, list[str]]:
    with pytest.raises(InvalidInput) as raised:
        operation(*given, **named)
    return raised.value.errors


def again(commitment: Commitment) -> Commitment:
    found: Commitment = spec_of(Kind.COMMITMENT).record_of(ErpItem.objects.get(pk=commitment.erp_id))
    return found


@pytest.mark.database
def test_it_is_made_with_its_lines_and_an_item_of_its_own(project: Project, max_pm: Membership) -> None:
    vendor = make_vendor(max_pm, "Kestrel")
    lines = [amount_line(project, "1000.00", description=" Footings "), amount_line(project, "-50.25")]
    made = create_commitment(said(project, title=" Concrete ", vendor_id=vendor.pk), by=max_pm, lines=lines)

    item = made.erp
    assert (made.number, made.title, made.edition) == ("SC-1042-001", "Concrete", 1)
    assert (item.kind, item.label, item.number) == ("commitment", "SC-1042-001 Concrete", "SC-1042-001")
    assert (item.amount, item.revision, item.project) == (D("949.75"), 1, project.erp)
    assert [(one.number, one.position, one.description) for one in lines_of(made)] == [(1, 1, "Footings"), (2, 2, "")]
    assert set(item.requires.all()) == {project.erp, vendor.erp, project.cost_codes.get().erp}


# -- numbers -------------------------------------------------------------------------------------------------------


@pytest.mark.database
def test_a_number_is_suggested_by_project_and_type_and_never_twice(project: Project, max_pm: Membership) -> None:
    for number in ("SC-1042-001", "sc-1042-007", "SC-1042-old"):
        create_commitment(said(project, number=number), by=max_pm)
    plain = make_project(max_pm)

    assert suggested_number(project, "subcontract") == "SC-1042-008"
    assert suggested_number(project, "purchase_order") == "PO-1042-001"
    assert suggested_number(plain, "subcontract") == "SC-001"
    assert create_commitment(said(plain), by=max_pm).number == "SC-001"
    assert create_commitment(said(make_project(max_pm, number="x" * 13)), by=max_pm).number == "SC-002"


@pytest.mark.database
def test_a_project_has_a_number_once_and_another_project_may_have_it(project: Project, max_pm: Membership) -> None:
    create_commitment(said(project, number="7"), by=max_pm)
    other = create_commitment(said(project, number="8"), by=max_pm)

    assert list(errors_of(create_commitment, said(project, number="7"), by=max_pm)) == ["number"]
    renamed = replace(details_of(other, CommitmentDetails), number="7")
    assert list(errors_of(edit_commitment, other, renamed, by=max_pm, seen=1)) == ["number"]
    assert create_commitment(said(make_project(max_pm), number="7"), by=max_pm).number == "7"


# -- what is refused -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("type", "gift"),
        ("number", "a\tb"),
        ("number", "x" * 61),
        ("number", "SC-\uff17"),
        ("title", "x" * 256),
        ("title", "two\nlines"),
        ("accounting_method", "guess"),
        ("default_retainage", D("-0.01")),
        ("default_retainage", D("100.01")),
        ("default_retainage", D("5.005")),
        ("default_retainage", D("NaN")),
        ("description", "x" * 4001),
        ("description", "a\x00b"),
        ("payment_terms", "x" * 101),
    ],
)
def test_it_refuses_what_does_not_fit(field: str, value: Any, project: Project, max_pm: Membership) -> None:
    assert list(errors_of(create_commitment, said(project, **{field: value}), by=max_pm)) == [field]
    assert not Commitment.objects.exists()


@pytest.mark.parametrize("percent", ["0", "100", "7.5"])
def test_retainage_is_from_0_to_100(percent: str, project: Project, max_pm: Membership) -> None:
    assert create_commitment(said(project, default_retainage=D(percent)), by=max_pm).default_retainage == D(percent)


def test_project_vendor_and_codes_are_the_companys_own(project: Project, max_pm: Membership, olga: Membership) -> None:
    theirs, code = make_project(olga), make_cost_code(olga)
    strangers = said(project, vendor_id=make_vendor(olga).pk)

    assert list(errors_of(create_commitment, said(theirs), by=max_pm)) == ["project"]
    assert list(errors_of(create_commitment, strangers, by=max_pm)) == ["vendor"]
    lines = [LineDetails(code.pk, D("1"))]
    assert list(errors_of(create_commitment, said(project), by=max_pm, lines=lines)) == ["lines.0.code"]
    unused = [LineDetails(make_cost_code(max_pm).pk, D("1"))]
    assert list(errors_of(create_commitment, said(project), by=max_pm, lines=unused)) == ["lines.0.code"]


@pytest.mark.parametrize(
    ("line", "field"),
    [
        (LineDetails(None, D("1")), "code"),
        (LineDetails(0, None), "amount"),
        (LineDetails(0, D("0.005")), "amount"),
        (LineDetails(0, D("1e12")), "amount"),
        (LineDetails(0, D("Infinity")), "amount"),
        (LineDetails(0, D("1"), quantity=D("1")), "quantity"),
        (LineDetails(0, D("1"), description="x" * 3901), "description"),
        (LineDetails(0, D("1"), uom="x" * 21), "uom"),
    ],
)
def test_a_line_with_an_amount_refuses_what_does_not_fit(
    line: LineDetails, field: str, project: Project, max_pm: Membership
) -> None:
    good = amount_line(project, "1")
    errors = errors_of(create_commitment, said(project), by=max_pm, lines=[good, line])
    assert list(errors) == [f"lines.1.{field}"]
    assert errors[f"lines.1.{field}"][0].startswith("Line 2: ")


@pytest.mark.parametrize(
    ("line", "field"),
    [
        (LineDetails(0, quantity=D("1")), "unit_cost"),
        (LineDetails(0, unit_cost=D("1")), "quantity"),
        (LineDetails(0, quantity=D("1.00001"), unit_cost=D("1")), "quantity"),
        (LineDetails(0, quantity=D("9999999999"), unit_cost=D("9999")), "amount"),
        (LineDetails(0, D("2.99"), quantity=D("1"), unit_cost=D("3")), "amount"),
    ],
)
def test_a_line_by_unit_refuses_what_does_not_fit(
    line: LineDetails, field: str, project: Project, max_pm: Membership
) -> None:
    details = said(project, accounting_method="unit")
    assert list(errors_of(create_commitment, details, by=max_pm, lines=[line])) == [f"lines.0.{field}"]


# -- arithmetic ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("quantity", "unit_cost", "amount"),
    [
        ("12.5", "4.25", "53.13"),  # 53.125
        ("1", "0.005", "0.01"),
        ("1", "-0.005", "-0.01"),
        ("3", "0.0049", "0.01"),
        ("0.3333", "3", "1.00"),
        ("0", "99.99", "0.00"),
        ("-2", "1.115", "-2.23"),
    ],
)
def test_quantity_times_unit_cost_is_rounded_half_up(
    quantity: str, unit_cost: str, amount: str, project: Project, max_pm: Membership
) -> None:
    lines = [unit_line(project, quantity, unit_cost, uom="m3")]
    made = create_commitment(said(project, accounting_method="unit"), by=max_pm, lines=lines)

    assert (made.lines.get().amount, again(made).erp.amount) == (D(amount), D(amount))


figures = st.decimals(min_value=-9999, max_value=9999, places=4)


@given(figures, figures)
def test_a_product_is_never_half_a_cent_away(quantity: D, unit_cost: D) -> None:
    assert abs(product(quantity, unit_cost) - quantity * unit_cost) <= D("0.005")
    assert product(quantity, unit_cost) == -product(-quantity, unit_cost)


# -- lines ---------------------------------------------------------------------------------------------------------


@pytest.mark.database
def test_lines_are_added_changed_put_in_order_and_removed_and_keep_their_numbers(
    project: Project, max_pm: Membership
) -> None:
    made = make_commitment(max_pm, project, lines=["1.00", "2.00", "3.00"])
    first, _, third = (line_details(line) for line in lines_of(made))

    lines = [third, replace(first, amount=D("1.50")), amount_line(project, "4.00")]
    saved = set_lines(made, lines, by=max_pm, seen=1)

    found = [(line.number, line.position, line.amount) for line in lines_of(saved)]
    assert found == [(3, 1, D("3.00")), (1, 2, D("1.50")), (4, 3, D("4.00"))]
    item = ErpItem.objects.get(pk=made.erp_id)
    assert (item.amount, item.revision, again(made).edition) == (D("8.50"), 2, 2)

    set_lines(again(made), [], by=max_pm, seen=2)
    set_lines(again(made), [amount_line(project, "5.00")], by=max_pm, seen=3)
    assert SovLine.objects.get().number == 5


def test_the_same_lines_are_no_edit(project: Project, max_pm: Membership) -> None:
    made = make_commitment(max_pm, project, accounting_method="unit", lines=[unit_line(project, "2.50", "4")])
    same = [replace(line_details(line), quantity=D("2.5"), unit_cost=D("4.00"), amount=None) for line in lines_of(made)]

    set_lines(again(made), same, by=max_pm, seen=1)

    assert (again(made).edition, again(made).erp.revision) == (1, 1)


def test_a_line_that_is_gone_or_named_twice_is_refused(project: Project, max_pm: Membership) -> None:
    made = make_commitment(max_pm, project)
    line = line_details(lines_of(made)[0])

    assert list(errors_of(set_lines, made, [replace(line, number=9)], by=max_pm, seen=1)) == ["lines.0"]
    assert list(errors_of(set_lines, made, [line, line], by=max_pm, seen=1)) == ["lines"]
    assert list(errors_of(set_lines, made, [replace(line, number=None)] * 501, by=max_pm, seen=1)) == ["lines"]


def test_the_method_is_fixed_once_there_is_a_line(project: Project, max_pm: Membership) -> None:
    made = make_commitment(max_pm, project)
    details = replace(details_of(made, CommitmentDetails), accounting_method="unit")

    assert list(errors_of(edit_commitment, made, details, by=max_pm, seen=1)) == ["accounting_method"]
    bare = set_lines(made, [], by=max_pm, seen=1)
    saved = save_commitment(bare, replace(details, number="9"), [unit_line(project, "2", "3")], by=max_pm, seen=2)
    assert saved.lines.get().amount == D("6.00")


def test_project_and_type_stay(project: Project, max_pm: Membership) -> None:
    made = make_commitment(max_pm, project)
    details = details_of(made, CommitmentDetails)
    elsewhere = replace(details, project_id=make_project(max_pm).pk, type="purchase_order")

    assert list(errors_of(edit_commitment, made, elsewhere, by=max_pm, seen=1)) == ["project", "type"]


@pytest.mark.database
def test_head_and_lines_are_saved_together_or_not_at_all(project: Project, max_pm: Membership) -> None:
    made = make_commitment(max_pm, project, title="Before")
    details = replace(details_of(made, CommitmentDetails), title="After")

    assert errors_of(save_commitment, made, details, [LineDetails(None, D("1"))], by=max_pm, seen=1)
    stranger = [LineDetails(make_cost_code(max_pm).pk, D("1"))]
    assert errors_of(save_commitment, made, details, stranger, by=max_pm, seen=1)
    assert (again(made).title, again(made).edition) == ("Before", 1)


def test_a_code_that_a_line_uses_stays_on_the_project(project: Project, max_pm: Membership) -> None:
    make_commitment(max_pm, project)

    with pytest.raises(StillUsed):
        remove_cost_code(project, project.cost_codes.get(), by=max_pm)


@pytest.mark.database
def test_what_has_to_be_in_quickbooks_first_follows_the_record(max_pm: Membership) -> None:
    codes = [synced(make_cost_code(max_pm)) for _ in range(2)]
    project = synced(make_project(max_pm, codes=codes))
    made = make_commitment(max_pm, project, lines=[LineDetails(codes[0].pk, D("1"))])
    other = make_vendor(max_pm)

    set_lines(made, [LineDetails(codes[1].pk, D("1"))], by=max_pm, seen=1)
    edit_commitment(again(made), replace(details_of(made, CommitmentDetails), vendor_id=other.pk), by=max_pm, seen=2)

    assert set(made.erp.requires.all()) == {project.erp, other.erp, codes[1].erp}


# -- two people, and two requests ----------------------------------------------------------------------------------


def test_the_second_of_two_editors_is_told(project: Project, max_pm: Membership, alma: Membership) -> None:
    made = make_commitment(max_pm, project)
    details = details_of(made, CommitmentDetails)
    edit_commitment(made, replace(details, payment_terms="Net 30"), by=max_pm, seen=1)

    with pytest.raises(EditedMeanwhile):
        edit_commitment(made, replace(details, payment_terms="Net 10"), by=alma, seen=1)
    with pytest.raises(EditedMeanwhile):
        set_lines(made, [], by=alma, seen=1)
    assert (again(made).payment_terms, again(made).lines.count()) == ("Net 30", 1)


@pytest.mark.database
def test_the_same_reference_makes_one_commitment(project: Project, max_pm: Membership) -> None:
    lines = [amount_line(project, "5")]
    first, second = (create_commitment(said(project), by=max_pm, lines=lines, external_ref="C-1") for _ in range(2))

    assert (first, first.number) == (second, second.number)
    for details, other, differing in (
        (said(project, title="Other", status="approved"), lines, "title, business_status"),
        (said(project), [amount_line(project, "6")], "lines"),
    ):
        with pytest.raises(AnotherHasTheReference, match=f"differs in {differing}"):
            create_commitment(details, by=max_pm, lines=other, external_ref="C-1")


# -- rights and locks ----------------------------------------------------------------------------------------------


def test_who_may_not_edit_changes_nothing(
    project: Project, max_pm: Membership, vic: Membership, ada: Membership
) -> None:
    made = make_commitment(max_pm, project, status="draft")
    details = details_of(made, CommitmentDetails)
    for member in (vic, ada):
        deeds: list[Any] = [
            lambda by: create_commitment(said(project), by=by),
            lambda by: edit_commitment(made, details, by=by, seen=1),
            lambda by: save_commitment(made, details, [], by=by, seen=1),
            lambda by: set_lines(made, [], by=by, seen=1),
            lambda by: set_status(made, "approved", by=by),
            lambda by: set_commitment_active(made, False, by=by),
            lambda by: delete_commitment(made, by=by),
        ]
        for deed in deeds:
            with pytest.raises(NotAllowed):
                deed(member)


#: domain.md §17: what stands still while it is with accounting; the rest stays editable.
LOCKED_WITH_ACCOUNTING = {
    "number": "X-9",
    "title": "Other",
    "vendor_id": None,
    "status": "complete",
    "default_retainage": D("5"),
    "created_on": "2026-01-02",
    "description": "Other",
}
ALWAYS_OPEN: dict[str, Any] = {
    "inclusions": "All",
    "exclusions": "None",
    "payment_terms": "Net 30",
    "executed": True,
    "signed_on": "2026-01-02",
    "uses_ssov": True,
}


def with_(commitment: Commitment, field: str, value: Any) -> CommitmentDetails:
    changed: dict[str, Any] = {field: date.fromisoformat(value) if field.endswith("_on") else value}
    return replace(details_of(commitment, CommitmentDetails), **changed)


@pytest.mark.parametrize("field", list(LOCKED_WITH_ACCOUNTING))
def test_with_accounting_what_is_being_decided_stands_still(field: str, max_pm: Membership) -> None:
    made = again(sent(make_commitment(max_pm), max_pm))

    with pytest.raises(IllegalMove, match="with accounting"):
        edit_commitment(made, with_(made, field, LOCKED_WITH_ACCOUNTING[field]), by=max_pm, seen=1)
    with pytest.raises(IllegalMove, match="with accounting"):
        set_lines(again(made), [], by=max_pm, seen=1)
    assert again(made).edition == 1


@pytest.mark.parametrize("field", list(LOCKED_WITH_ACCOUNTING))
def test_what_quickbooks_got_stands_still_and_the_status_goes_on(field: str, max_pm: Membership) -> None:
    made = again(synced(make_commitment(max_pm)))
    details = with_(made, field, LOCKED_WITH_ACCOUNTING[field])

    if field == "status":
        edit_commitment(made, details, by=max_pm, seen=1)
        assert not again(made).erp.is_changed
    else:
        with pytest.raises(KeptAsSent) as raised:
            edit_commitment(made, details, by=max_pm, seen=1)
        assert raised.value.where == f"/commitments/{made.pk}/correct/"
        assert again(made).edition == 1
    with pytest.raises(KeptAsSent):
        set_lines(again(made), [], by=max_pm, seen=again(made).edition)


@pytest.mark.parametrize("prepare", [sent, lambda record, by: synced(record)])
@pytest.mark.parametrize("field", list(ALWAYS_OPEN))
def test_what_stays_in_the_console_can_always_be_edited(field: str, prepare: Any, max_pm: Membership) -> None:
    made = again(prepare(make_commitment(max_pm), max_pm))

    edit_commitment(made, with_(made, field, ALWAYS_OPEN[field]), by=max_pm, seen=1)

    assert again(made).erp.revision == 1


def test_what_is_in_quickbooks_becomes_no_draft_again(max_pm: Membership) -> None:
    made = again(synced(make_commitment(max_pm)))

    for status in ("draft", "out_for_bid", "out_for_signature"):
        with pytest.raises(IllegalMove, match="one of approved, complete, terminated, void"):
            set_status(made, status, by=max_pm)


def test_a_status_counts_as_an_edit_before_it_is_in_quickbooks_and_not_after(max_pm: Membership) -> None:
    made = make_commitment(max_pm, status="draft")

    assert set_status(made, "approved", by=max_pm).erp.revision == 2
    synced(again(made))
    assert set_status(again(made), "complete", by=max_pm).erp.revision == 2


def test_only_a_draft_that_nobody_saw_is_deleted(max_pm: Membership) -> None:
    draft, approved = make_commitment(max_pm, status="draft"), make_commitment(max_pm)
    retrieved = again(sent(make_commitment(max_pm), max_pm))
    acceptance.retrieve(retrieved.erp, by=max_pm)
    set_status(retrieved, "draft", by=max_pm)

    unlinked = synced(make_commitment(max_pm))
    move(unlinked.erp, Action.UNLINK, Entry(by=None), synced_revision=None)

    delete_commitment(draft, by=max_pm)
    with pytest.raises(IllegalMove, match="Set it to draft"):
        delete_commitment(approved, by=max_pm)
    for seen in (retrieved, set_status(again(unlinked), "draft", by=max_pm)):
        with pytest.raises(IllegalMove, match="was with accounting"):
            delete_commitment(again(seen), by=max_pm)
    assert not ErpItem.objects.filter(pk=draft.erp_id).exists()
    assert Commitment.objects.count() == 3
