"""An application from nothing to its review: who may, what it goes on from, and what a line cannot say."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal as D
from typing import Any

import pytest

from change_orders.models import ChangeOrder, ChangeStatus
from commitments.models import Commitment, CommitmentStatus, SsovStatus
from commitments.operations import set_access, set_distribution, set_invoice_contacts
from invoices.guards import why_not_create, why_not_edit
from invoices.models import BillingPeriod, BillingSettings, Invite, InviteStatus, Invoice, InvoiceStatus, InvoiceType
from invoices.operations import (
    bring_down,
    create_invoice,
    delete_invoice,
    save_invoice,
    submit_invoice,
    void_invoice,
)
from invoices.retainage import set_steps
from invoices.review import approve
from invoices.rules import InvoiceDetails, details_of_head
from invoices.selectors import invoices_for
from invoices.standings import billing_statuses, commitments_to_bill
from procore_sync.acceptance import operations as acceptance
from procore_sync.acceptance.models import ErpItem, Notice
from procore_sync.acceptance.refusals import IllegalMove, NotReady
from procore_sync.acceptance.selectors import items_for, readers_of
from procore_sync.accounts.days import today_of
from procore_sync.accounts.models import Membership, Role
from procore_sync.kit.kinds import Kind
from procore_sync.kit.refusals import InvalidInput, NotAllowed, Refusal
from projects.records import AnotherHasTheReference, EditedMeanwhile
from tests.factories import change_line, make_change_order, make_commitment, make_member, synced
from tests.invoices.conftest import again, apply_for, bills, figures_of, open_period, save


def approved_change(commitment: Commitment, by: Membership, amount: str = "100.00") -> ChangeOrder:
    line = commitment.lines.order_by("number").first()
    return synced(make_change_order(by, commitment, lines=[change_line(amount, line)]))


# -- to make one (domain.md §11.4) ---------------------------------------------------------------------------------


def test_the_first_application_has_every_line_of_the_contract_and_what_follows(
    subcontract: Commitment, max_pm: Membership
) -> None:
    approved_change(subcontract, max_pm, "100.00")
    make_change_order(max_pm, subcontract, status=ChangeStatus.IN_REVIEW)

    made = create_invoice(subcontract, by=max_pm)

    period = BillingPeriod.objects.get(project=subcontract.project)
    assert (made.sequence, made.status, made.type) == (1, InvoiceStatus.DRAFT, InvoiceType.RETAINAGE)
    assert (made.starts_on, made.ends_on, made.period) == (period.starts_on, period.ends_on, period)
    assert (made.billed_on, made.due_on) == (period.ends_on, None)
    assert made.number == f"{subcontract.number}-01"
    assert (made.erp.kind, made.erp.amount, made.erp.project) == (Kind.INVOICE, D("0.00"), subcontract.project.erp)
    lines = list(made.lines.all())
    assert [(line.key, line.scheduled) for line in lines] == [
        ("1", D("1000.00")),
        ("2", D("250.00")),
        ("C1.1", D("100.00")),
    ]
    assert {(line.work_percent, line.stored_percent) for line in lines} == {(D("10.00"), D("10.00"))}


def test_the_next_goes_on_from_what_the_last_left(subcontract: Commitment, max_pm: Membership) -> None:
    apply_for(subcontract, bills("1", "500.00", stored="100.00"), bills("2", "250.00", released="5.00"), by=max_pm)

    second = create_invoice(subcontract, by=max_pm)

    assert second.sequence == 2
    assert figures_of(second) == {
        "1": ("1000.00", "500.00", "0.00", "100.00", "60.00", "0.00"),
        "2": ("250.00", "250.00", "0.00", "0.00", "20.00", "0.00"),
    }


def test_a_void_one_is_passed_over_and_keeps_its_number(subcontract: Commitment, max_pm: Membership) -> None:
    apply_for(subcontract, bills("1", "500.00"), by=max_pm)
    second = apply_for(subcontract, bills("1", "300.00"), by=max_pm)
    void_invoice(second, by=max_pm)

    third = create_invoice(subcontract, by=max_pm)

    assert third.sequence == 3
    assert figures_of(third)["1"][1] == "500.00"


UNMET: dict[str, tuple[Any, str]] = {
    "no vendor": (lambda one: Commitment.objects.filter(pk=one.pk).update(vendor=None), "has no vendor yet"),
    "no contact": (lambda one: one.invoice_contacts.clear(), "has no invoice contact yet"),
    "draft": (
        lambda one: Commitment.objects.filter(pk=one.pk).update(status=CommitmentStatus.DRAFT),
        "Only one that is approved, received or complete is billed",
    ),
    "inactive": (lambda one: Commitment.objects.filter(pk=one.pk).update(is_active=False), "is inactive"),
    "breakdown": (
        lambda one: Commitment.objects.filter(pk=one.pk).update(uses_ssov=True, ssov_status=SsovStatus.DRAFT),
        "subcontractor schedule of values",
    ),
    "no lines": (lambda one: one.lines.all().delete(), "has no line yet"),
    "no period": (lambda one: BillingPeriod.objects.all().delete(), "has no open billing period"),
}


@pytest.mark.parametrize("name", list(UNMET))
def test_each_precondition_has_its_sentence(name: str, subcontract: Commitment, max_pm: Membership) -> None:
    spoil, sentence = UNMET[name]
    spoil(subcontract)

    with pytest.raises(NotReady, match=sentence) as refused:
        create_invoice(subcontract, by=max_pm)

    there = Commitment.objects.get(pk=subcontract.pk)
    assert [one.sentence for one in why_not_create(there, max_pm)] == [one.sentence for one in refused.value.unmet]
    assert not Invoice.objects.exists()


@pytest.mark.parametrize("status", ["partially_received", "received"])
def test_goods_are_billed_as_they_arrive(status: str, subcontract: Commitment, max_pm: Membership) -> None:
    Commitment.objects.filter(pk=subcontract.pk).update(type="purchase_order", status=status)
    subcontract.refresh_from_db()
    (standing,) = billing_statuses(commitments_to_bill(max_pm, subcontract.project), BillingPeriod.objects.get())
    assert (standing.commitment, standing.against) == (subcontract, None)
    assert create_invoice(subcontract, by=max_pm).sequence == 1


def test_one_at_a_time(draft: Invoice, subcontract: Commitment, max_pm: Membership) -> None:
    with pytest.raises(NotReady, match=r"Application 1 is a draft. It is approved or void before the next one begins"):
        create_invoice(subcontract, by=max_pm)


def test_a_contact_bills_his_own_until_the_due_date(
    subcontract: Commitment, ian: Membership, max_pm: Membership
) -> None:
    others = synced(make_commitment(max_pm, subcontract.project))
    with pytest.raises(NotAllowed, match="not an invoice contact of this commitment"):
        create_invoice(others, by=ian)

    today = today_of(subcontract.company)
    period = open_period(subcontract.project, due=today)
    assert why_not_create(subcontract, ian) == []
    BillingPeriod.objects.filter(pk=period.pk).update(due_on=today - timedelta(days=1))
    with pytest.raises(NotReady, match=r"is past. Harbor Row Builders can bill for you"):
        create_invoice(subcontract, by=ian)
    assert create_invoice(subcontract, by=max_pm).sequence == 1


def test_who_may_not_edit_makes_none(subcontract: Commitment, vic: Membership, ada: Membership) -> None:
    for member in (vic, ada):
        with pytest.raises(NotAllowed, match="Only a project manager or an administrator"):
            create_invoice(subcontract, by=member)


def test_the_type_follows_from_who_makes_it_and_how_he_was_invited(
    subcontract: Commitment, ian: Membership, max_pm: Membership
) -> None:
    settings = BillingSettings.objects.create(project=subcontract.project, default_type="")
    with pytest.raises(NotReady, match="billed by invitation only"):
        create_invoice(subcontract, by=ian)

    period = BillingPeriod.objects.get()
    invite = Invite.objects.create(
        period=period,
        commitment=subcontract,
        contact=ian,
        type=InvoiceType.RETAINAGE,
        status=InviteStatus.DECLINED,
        sent_at="2026-01-01T00:00:00Z",
    )
    assert [one.sentence for one in why_not_create(subcontract, ian)] == [
        f"{subcontract.number} is billed by invitation only. Ask the project manager for one."
    ]
    Invite.objects.filter(pk=invite.pk).update(status=InviteStatus.ACCEPTED)
    first = create_invoice(subcontract, by=ian)
    assert first.type == InvoiceType.RETAINAGE
    delete_invoice(first, by=ian)
    Invite.objects.all().delete()
    settings.default_type = InvoiceType.WORK
    settings.save()
    assert create_invoice(subcontract, by=ian).type == InvoiceType.WORK


def test_numbers_are_suggested_given_or_the_projects_own(subcontract: Commitment, max_pm: Membership) -> None:
    BillingSettings.objects.create(project=subcontract.project, numbers_invoices=True)
    with pytest.raises(InvalidInput, match=f"numbers its invoices itself: this one is {subcontract.number}-01"):
        create_invoice(subcontract, by=max_pm, details=InvoiceDetails(number="K-77"))
    BillingSettings.objects.update(numbers_invoices=False)

    first = create_invoice(subcontract, by=max_pm, details=InvoiceDetails(number=" K-77 "))
    assert first.number == "K-77"
    approve_it(first, max_pm)
    with pytest.raises(InvalidInput, match="Application 1 has the number K-77 already"):
        create_invoice(subcontract, by=max_pm, details=InvoiceDetails(number="k-77"))
    assert create_invoice(subcontract, by=max_pm).number == f"{subcontract.number}-02"


def test_a_suggested_number_fits_quickbooks(max_pm: Membership, ian: Membership) -> None:
    made = synced(make_commitment(max_pm, number="SC-2026-HARBOR-ROW-LOFTS-3"))
    set_invoice_contacts(made, [ian], by=max_pm)
    open_period(made.project)

    assert create_invoice(made, by=max_pm).number == "6-HARBOR-ROW-LOFTS-3-01"[-21:]


def approve_it(invoice: Invoice, by: Membership) -> Invoice:
    return approve(submit_invoice(save(invoice, bills("1", "1.00"), by=by), by=by), InvoiceStatus.APPROVED, by=by)


def test_the_same_reference_makes_it_once(subcontract: Commitment, max_pm: Membership) -> None:
    first = create_invoice(subcontract, by=max_pm, external_ref="77")

    assert create_invoice(subcontract, by=max_pm, external_ref=" 77 ") == first
    with pytest.raises(AnotherHasTheReference, match="differs in number, as_credit"):
        create_invoice(subcontract, by=max_pm, external_ref="77", details=InvoiceDetails(number="X", as_credit=True))


def test_what_a_new_one_bills_is_as_it_was_said_and_the_company_says_it(
    subcontract: Commitment, max_pm: Membership, ian: Membership
) -> None:
    with pytest.raises(InvalidInput, match="decided by the company"):
        create_invoice(subcontract, by=ian, details=InvoiceDetails(type=InvoiceType.RETAINAGE))
    made = create_invoice(subcontract, by=max_pm, details=InvoiceDetails(type=InvoiceType.WORK))
    assert made.type == InvoiceType.WORK


def test_a_reference_does_not_give_the_application_of_another_subcontractor_away(
    subcontract: Commitment, max_pm: Membership
) -> None:
    theirs = create_invoice(subcontract, by=max_pm, external_ref="ACME-77")
    rival = make_member(max_pm.company, "Rita", Role.INVOICE_CONTACT)
    other = synced(make_commitment(max_pm, subcontract.project, lines=["10.00"]))
    set_invoice_contacts(other, [rival], by=max_pm)

    with pytest.raises(AnotherHasTheReference) as raised:
        create_invoice(other, by=rival, external_ref="ACME-77")
    assert raised.value.sentence == "The reference ACME-77 is taken already. Use another."
    with pytest.raises(AnotherHasTheReference, match=theirs.number):
        create_invoice(other, by=max_pm, external_ref="ACME-77")
    own = create_invoice(other, by=rival, external_ref="RITA-1")
    assert create_invoice(other, by=rival, external_ref="RITA-1") == own


def test_an_application_is_as_private_as_its_commitment(subcontract: Commitment, max_pm: Membership) -> None:
    other = make_member(max_pm.company, "Mia", Role.PROJECT_MANAGER)
    set_access(subcontract, private=True, readers=[], by=max_pm)
    made = create_invoice(Commitment.objects.get(pk=subcontract.pk), by=max_pm)
    assert (made.erp.is_private, list(made.erp.readers.all())) == (True, [max_pm])

    set_access(subcontract, private=True, readers=[other], by=max_pm)

    assert set(ErpItem.objects.get(pk=made.erp_id).readers.all()) == {max_pm, other}


def test_whoever_decides_on_commitments_sees_what_is_billed_on_a_private_one_and_nobody_by_deciding_on_invoices(
    subcontract: Commitment, max_pm: Membership
) -> None:
    made = create_invoice(subcontract, by=max_pm)
    set_access(subcontract, private=True, readers=[], by=max_pm)
    cora, ivo = (
        make_member(max_pm.company, name, Role.ACCOUNTANT, exports=[kind])
        for name, kind in (("Cora", Kind.COMMITMENT), ("Ivo", Kind.INVOICE))
    )
    item = ErpItem.objects.get(pk=made.erp_id)

    listed = [items_for(one).filter(pk=item.pk).exists() for one in (cora, ivo)]
    opened = [invoices_for(one).filter(pk=made.pk).exists() for one in (cora, ivo)]
    assert (listed, opened) == ([True, False], [True, False])
    assert {cora, ivo} & set(readers_of(item)) == {cora}


# -- to bill its lines (domain.md §11.8) ---------------------------------------------------------------------------


def test_head_and_lines_are_saved_in_one_go(draft: Invoice, ian: Membership) -> None:
    saved = save(draft, bills("1", "500.00", stored="20.05"), bills("2", completed_percent="33.33"), by=ian, note="Hi")

    assert (saved.note, saved.edition) == ("Hi", draft.edition + 1)
    assert figures_of(saved) == {
        "1": ("1000.00", "0.00", "500.00", "20.05", "52.01", "468.04"),
        "2": ("250.00", "0.00", "83.33", "0.00", "8.33", "75.00"),
    }
    assert ErpItem.objects.get(pk=saved.erp_id).amount == D("543.04")


def test_of_two_who_edit_it_one_is_told(draft: Invoice, ian: Membership, max_pm: Membership) -> None:
    save_invoice(draft, details_of_head(draft), [bills("1", "1.00")], by=ian, seen=draft.edition)
    with pytest.raises(EditedMeanwhile, match="was saved by Ian while"):
        save_invoice(draft, details_of_head(draft), [bills("1", "2.00")], by=max_pm, seen=draft.edition)
    assert figures_of(draft)["1"][2] == "1.00"


def test_an_invoice_contact_is_told_of_the_company_and_of_none_of_its_people(
    draft: Invoice, ian: Membership, max_pm: Membership
) -> None:
    save_invoice(draft, details_of_head(draft), [bills("1", "1.00")], by=max_pm, seen=draft.edition)
    with pytest.raises(EditedMeanwhile, match=f"was saved by {ian.company} while") as told:
        save_invoice(draft, details_of_head(draft), [bills("1", "2.00")], by=ian, seen=draft.edition)
    assert "Max" not in told.value.sentence


WRONG: dict[str, tuple[dict[str, Any], str]] = {
    "more than it is worth": ({"completed": "1000.01"}, "Bill 1,000.00 at most"),
    "stored beyond it": ({"completed": "900.00", "stored": "100.01"}, "1,000.01, and 1,000.00 is scheduled"),
    "half a cent": ({"completed": "0.005"}, "more than 2 decimal places"),
    "percent beyond it": ({"completed_percent": "100.01"}, "Bill 1,000.00 at most"),
    "taken back too much": ({"completed": "-0.01"}, "No more can be taken back than was billed"),
    "stored below zero": ({"completed": "5.00", "stored": "-1.00"}, "cannot be below zero"),
    "two that disagree": ({"completed": "10.00", "completed_percent": "2"}, "Give one of the two"),
    "retainage that disagrees": ({"completed": "10.00", "work_percent": "5", "work_retained": "1"}, "Give one of the"),
    "more than the work": ({"completed": "10.00", "work_retained": "10.01"}, "cannot be withheld"),
    "below nothing": ({"completed": "10.00", "work_retained": "-0.01"}, "cannot be withheld"),
    "more than is stored": ({"stored": "10.00", "stored_held": "10.01"}, "cannot be withheld"),
    "a percentage beyond": ({"work_percent": "100.01"}, "from 0 to 100"),
    "a percentage of thirds": ({"work_percent": "3.333"}, "two decimal places at most"),
    "released beyond held": ({"completed": "10.00", "released": "1.01"}, "1.00 is held on work"),
    "released below zero": ({"released": "-1.00"}, "A release is not below zero"),
}


@pytest.mark.parametrize("name", list(WRONG))
def test_what_a_line_cannot_say(name: str, subcontract: Commitment, max_pm: Membership) -> None:
    made = create_invoice(subcontract, by=max_pm)
    typed, sentence = WRONG[name]
    before = figures_of(made)

    with pytest.raises(InvalidInput, match=sentence) as refused:
        save(made, bills("1", **typed), by=max_pm)

    assert all(key.startswith("lines.1.") for key in refused.value.errors)
    assert figures_of(made) == before


def test_a_line_that_is_not_there(draft: Invoice, max_pm: Membership) -> None:
    with pytest.raises(InvalidInput, match=r"Line C9.1 is not in the contract any more"):
        save(draft, bills("C9.1", "1.00"), by=max_pm)


def test_a_project_may_let_more_be_billed(draft: Invoice, max_pm: Membership) -> None:
    BillingSettings.objects.create(project=draft.commitment.project, allows_overbilling=True)
    assert figures_of(save(draft, bills("1", "1000.01"), by=max_pm))["1"][2] == "1000.01"
    with pytest.raises(InvalidInput, match="No more can be taken back"):
        save(draft, bills("1", "-1.00"), by=max_pm)


def test_what_was_billed_can_be_taken_back(subcontract: Commitment, max_pm: Membership) -> None:
    apply_for(subcontract, bills("1", "500.00"), by=max_pm)
    second = create_invoice(subcontract, by=max_pm)

    back = save(second, bills("1", "-500.00"), by=max_pm)

    assert figures_of(back)["1"] == ("1000.00", "500.00", "-500.00", "0.00", "0.00", "-450.00")
    with pytest.raises(InvalidInput, match=r"billed to -0.01"):
        save(second, bills("1", "-500.01"), by=max_pm)


def test_retainage_that_was_released_is_not_taken_back(subcontract: Commitment, max_pm: Membership) -> None:
    apply_for(subcontract, bills("1", "500.00", released="50.00"), by=max_pm)
    second = create_invoice(subcontract, by=max_pm)
    with pytest.raises(InvalidInput, match=r"It would hold -10.00 on work: that retainage was released before"):
        save(second, bills("1", "-100.00"), by=max_pm)
    assert figures_of(save(second, bills("1", "-100.00", work_percent="0"), by=max_pm))["1"][5] == "-100.00"


def test_a_deduction_is_mirrored(subcontract: Commitment, max_pm: Membership) -> None:
    approved_change(subcontract, max_pm, "-100.00")
    made = create_invoice(subcontract, by=max_pm)

    saved = save(made, bills("C1.1", "-60.00"), by=max_pm)
    assert figures_of(saved)["C1.1"] == ("-100.00", "0.00", "-60.00", "0.00", "-6.00", "-54.00")
    for typed, sentence in (("-100.01", "Bill -100.00 at most"), ("0.01", "No more can be taken back")):
        with pytest.raises(InvalidInput, match=sentence):
            save(made, bills("C1.1", typed), by=max_pm)
    with pytest.raises(InvalidInput, match="A release is not below zero"):
        save(made, bills("C1.1", released="1.00"), by=max_pm)


def test_retainage_is_typed_in_percent_or_in_money(draft: Invoice, max_pm: Membership) -> None:
    saved = save(draft, bills("1", "2.25", work_retained="2.00"), by=max_pm)
    line = saved.lines.get(key="1")
    assert (line.work_percent, line.work_retained) == (None, D("2.00"))
    line = save(draft, bills("1", "500.00"), by=max_pm).lines.get(key="1")
    assert (line.work_percent, line.work_retained) == (None, D("2.00"))
    line = save(draft, bills("1", work_percent="7.5"), by=max_pm).lines.get(key="1")
    assert (line.work_percent, line.work_retained) == (D("7.50"), D("37.50"))


def test_without_retainage_in_it_a_contact_leaves_it_alone(draft: Invoice, ian: Membership, max_pm: Membership) -> None:
    assert draft.type == InvoiceType.WORK
    for typed in ({"work_percent": "5"}, {"work_retained": "1.00"}, {"stored_percent": "0"}):
        with pytest.raises(NotAllowed, match="Retainage is withheld as the contract says"):
            save(draft, bills("1", "100.00", **typed), by=ian)
    with pytest.raises(InvalidInput, match="so no retainage is released"):
        save(draft, bills("1", "100.00", released="1.00"), by=max_pm)
    saved = save(draft, bills("1", "100.00", work_percent="5"), by=max_pm)
    assert figures_of(saved)["1"][4] == "5.00"
    save(draft, by=max_pm, type=InvoiceType.RETAINAGE)
    assert figures_of(save(draft, bills("1", work_percent="0"), by=ian))["1"][4] == "0.00"


def test_what_the_company_decides_a_contact_does_not(draft: Invoice, ian: Membership) -> None:
    for head in ({"type": InvoiceType.RETAINAGE}, {"as_credit": True}, {"due_on": draft.billed_on}):
        with pytest.raises(InvalidInput, match="decided by the company"):
            save(draft, by=ian, **head)


def test_dates_and_number_of_the_head(draft: Invoice, max_pm: Membership) -> None:
    day = timedelta(days=1)
    wrong: list[tuple[dict[str, Any], str]] = [
        ({"number": ""}, "The number is empty"),
        ({"number": "9" * 61}, "61 characters"),
        ({"number": "\uff19"}, "the usual ones: 9."),
        ({"billed_on": None}, "The billing date is missing"),
        ({"ends_on": draft.starts_on - day}, "ends before it starts"),
        ({"due_on": draft.billed_on - day}, "due before the billing date"),
        ({"type": "gift"}, "Choose what the application bills"),
    ]
    for head, sentence in wrong:
        with pytest.raises(InvalidInput, match=sentence):
            save(draft, by=max_pm, **head)


def test_a_change_order_that_is_approved_meanwhile_comes_in(
    draft: Invoice, subcontract: Commitment, ian: Membership, max_pm: Membership
) -> None:
    approved_change(subcontract, max_pm, "100.00")

    saved = save(draft, bills("C1.1", "40.00"), by=ian)

    assert figures_of(saved)["C1.1"] == ("100.00", "0.00", "40.00", "0.00", "4.00", "36.00")
    assert set(saved.erp.requires.values_list("kind", flat=True)) >= {Kind.CHANGE_ORDER, Kind.COMMITMENT}


def test_after_the_approval_the_lines_stand_still(
    approved: Invoice, subcontract: Commitment, max_pm: Membership
) -> None:
    approved_change(subcontract, max_pm, "100.00")

    save(approved, by=max_pm, note="Checked.")

    assert "C1.1" not in figures_of(approved)
    assert again(approved).status == InvoiceStatus.APPROVED


def test_a_billed_change_order_that_is_gone_can_be_billed_back(subcontract: Commitment, max_pm: Membership) -> None:
    change = approved_change(subcontract, max_pm, "100.00")
    apply_for(subcontract, bills("C1.1", "40.00"), by=max_pm)
    ChangeOrder.objects.filter(pk=change.pk).update(status=ChangeStatus.VOID)

    made = create_invoice(subcontract, by=max_pm)

    assert figures_of(made)["C1.1"] == ("0.00", "40.00", "0.00", "0.00", "4.00", "0.00")
    with pytest.raises(InvalidInput, match=r"0.00 is scheduled"):
        save(made, bills("C1.1", "1.00"), by=max_pm)
    back = save(made, bills("C1.1", "-40.00"), bills("1", "100.00"), by=max_pm)
    assert figures_of(back)["C1.1"] == ("0.00", "40.00", "-40.00", "0.00", "0.00", "-36.00")


# -- retainage that slides -----------------------------------------------------------------------------------------


def test_new_lines_begin_with_the_step_that_is_reached(subcontract: Commitment, max_pm: Membership) -> None:
    set_steps(subcontract, [(D(50), D(5)), (D(90), D(0))], by=max_pm)
    percents = []
    for billed in ("624.99", "0.01", "375.00"):
        made = apply_for(subcontract, bills("1", billed), by=max_pm)
        percents.append({line.work_percent for line in made.lines.all()})
    assert percents == [{D("10.00")}, {D("10.00")}, {D("5.00")}]


def test_steps_are_checked(subcontract: Commitment, max_pm: Membership, ian: Membership) -> None:
    for steps, sentence in (
        ([(D(50), D(101))], "from 0 to 100"),
        ([(D("0.001"), D(1))], "two decimal places"),
        ([(D(50), D(5)), (D(50), D(4))], "Two steps begin"),
        ([(D(one), D(1)) for one in range(11)], "10 steps at most"),
    ):
        with pytest.raises(InvalidInput, match=sentence):
            set_steps(subcontract, steps, by=max_pm)
    with pytest.raises(NotAllowed):
        set_steps(subcontract, [], by=ian)


def test_held_retainage_is_brought_down(subcontract: Commitment, max_pm: Membership) -> None:
    apply_for(subcontract, bills("1", "500.00"), bills("2", "33.35", work_percent="2"), by=max_pm)
    made = save(create_invoice(subcontract, by=max_pm), bills("1", "100.00", work_percent="5"), by=max_pm)

    down = bring_down(made, D("5"), by=max_pm, seen=made.edition)

    released = {line.key: line.released for line in down.lines.all()}
    assert released == {"1": D("25.00"), "2": D("0.00")}
    assert figures_of(down)["1"][4] == "30.00"


def test_a_release_alone_is_an_application(subcontract: Commitment, max_pm: Membership) -> None:
    apply_for(subcontract, bills("1", "1000.00"), bills("2", "250.00"), by=max_pm)

    last = apply_for(subcontract, bills("1", released="100.00"), bills("2", released="25.00"), by=max_pm)

    assert again(last).erp.amount == D("125.00")
    assert {row[4] for row in figures_of(last).values()} == {"0.00"}


# -- to submit, void and delete it ---------------------------------------------------------------------------------


def test_submitting_keeps_what_is_claimed_and_tells_the_reviewers(
    draft: Invoice, ian: Membership, max_pm: Membership, alma: Membership, vic: Membership
) -> None:
    save(draft, bills("1", "500.00", stored="10.00"), by=ian)

    done = submit_invoice(draft, by=ian)

    line = done.lines.get(key="1")
    assert (done.status, done.submitted_by) == (InvoiceStatus.UNDER_REVIEW, ian)
    assert (line.claimed_completed, line.claimed_stored, line.claimed_released) == (D("500.00"), D("10.00"), D("0.00"))
    mails = Notice.objects.all()
    assert {mail.to for mail in mails} == {max_pm.user.email, alma.user.email}
    assert f"/invoices/{draft.pk}/" in mails[0].body
    assert f"\n\nProject: {draft.commitment.project}\n\nCurrent payment due: 459.00\n" in mails[0].body


def test_submitting_tells_the_distribution_list_in_their_place(
    draft: Invoice, ian: Membership, max_pm: Membership, vic: Membership
) -> None:
    set_distribution(draft.commitment, [vic], by=max_pm)
    submit_invoice(save(draft, bills("1", "500.00"), by=ian), by=ian)
    assert Notice.objects.get().to == vic.user.email


def test_nothing_billed_is_not_submitted(draft: Invoice, ian: Membership) -> None:
    with pytest.raises(InvalidInput, match="Nothing is billed"):
        submit_invoice(draft, by=ian)


def test_a_contact_neither_edits_nor_submits_what_is_under_review(
    submitted: Invoice, ian: Membership, max_pm: Membership
) -> None:
    sentence = why_not_edit(submitted, ian)
    assert sentence
    assert "under review, so it is with Harbor Row Builders" in sentence
    with pytest.raises(IllegalMove, match="is under review"):
        save(submitted, bills("1", "1.00"), by=ian)
    with pytest.raises(IllegalMove, match="it was submitted before"):
        submit_invoice(submitted, by=max_pm)


def test_after_the_due_date_the_company_bills(draft: Invoice, ian: Membership, max_pm: Membership) -> None:
    BillingPeriod.objects.update(due_on=today_of(draft.company) - timedelta(days=1))
    save(draft, bills("1", "5.00"), by=max_pm)
    acts: list[Any] = [lambda: save(draft, bills("1", "1.00"), by=ian), lambda: submit_invoice(draft, by=ian)]
    for act in acts:
        with pytest.raises(IllegalMove, match=r"The due date, .* is past"):
            act()
    assert submit_invoice(draft, by=max_pm).status == InvoiceStatus.UNDER_REVIEW


def test_a_strangers_application_is_nobodys_but_his(draft: Invoice, company: Any) -> None:
    stranger = make_member(company, "Ivo", Role.INVOICE_CONTACT)
    acts: list[Any] = [
        lambda: save(draft, by=stranger),
        lambda: submit_invoice(draft, by=stranger),
        lambda: delete_invoice(draft, by=stranger),
        lambda: void_invoice(draft, by=stranger),
        lambda: bring_down(draft, D(5), by=stranger, seen=1),
    ]
    for act in acts:
        with pytest.raises(NotAllowed):
            act()


def test_amounts_stand_still_once_the_next_one_goes_on_from_them(subcontract: Commitment, max_pm: Membership) -> None:
    first = apply_for(subcontract, bills("1", "500.00"), by=max_pm)
    create_invoice(subcontract, by=max_pm)

    assert save(first, by=max_pm, number="K-1").number == "K-1"
    acts: list[Any] = [lambda: save(first, bills("1", "400.00"), by=max_pm), lambda: void_invoice(first, by=max_pm)]
    for act in acts:
        with pytest.raises(IllegalMove, match="Application 2"):
            act()


def test_amounts_that_change_after_the_review_are_reviewed_again(approved: Invoice, max_pm: Membership) -> None:
    assert save(approved, by=max_pm, note="Same.").status == InvoiceStatus.APPROVED
    changed = save(approved, bills("1", "450.00"), by=max_pm)
    assert (changed.status, changed.lines.get(key="1").verdict) == (InvoiceStatus.UNDER_REVIEW, "")
    assert changed.lines.get(key="2").verdict == "approved"


def test_a_draft_is_deleted_and_what_was_submitted_is_made_void(
    draft: Invoice, subcontract: Commitment, ian: Membership, max_pm: Membership
) -> None:
    delete_invoice(draft, by=ian)
    assert not ErpItem.objects.filter(kind=Kind.INVOICE).exists()

    second = submit_invoice(save(create_invoice(subcontract, by=ian), bills("1", "5.00"), by=ian), by=ian)
    with pytest.raises(IllegalMove, match="Make it void instead"):
        delete_invoice(second, by=max_pm)
    with pytest.raises(NotAllowed):
        void_invoice(second, by=ian)
    assert void_invoice(second, by=max_pm).status == InvoiceStatus.VOID
    with pytest.raises(IllegalMove, match="void already"):
        void_invoice(second, by=max_pm)
    with pytest.raises(IllegalMove, match=r"is void. Make a new one"):
        save(second, by=max_pm)


def test_what_is_with_accounting_or_in_quickbooks_stands_still(approved: Invoice, max_pm: Membership) -> None:
    acceptance.send(again(approved).erp, by=max_pm)
    acts: list[Any] = [
        lambda: save(approved, by=max_pm, note="x"),
        lambda: void_invoice(approved, by=max_pm),
        lambda: approve(approved, InvoiceStatus.PENDING_OWNER, by=max_pm),
    ]
    for act in acts:
        with pytest.raises(Refusal, match="Retrieve it first"):
            act()
    acceptance.retrieve(again(approved).erp, by=max_pm)
    synced(again(approved))
    for act, sentence in ((acts[0], "Correct it instead"), (acts[1], "unlink it first")):
        with pytest.raises(IllegalMove, match=sentence):
            act()
    moved = approve(approved, InvoiceStatus.PENDING_OWNER, by=max_pm)
    assert (moved.status, moved.erp.is_changed) == (InvoiceStatus.PENDING_OWNER, False)


def test_what_comes_to_more_than_an_amount_holds_is_refused_with_a_sentence(
    subcontract: Commitment, max_pm: Membership
) -> None:
    approved_change(subcontract, max_pm, "999999999999.99")
    made = create_invoice(subcontract, by=max_pm)
    all_of_it = (bills("C1.1", "999999999999.99", work_percent=D(0)), bills("1", "1000.00", work_percent=D(0)))
    with pytest.raises(InvalidInput, match=r"come to 1,000,000,000,999\.99"):
        save(made, *all_of_it, by=max_pm)
    assert again(made).edition == made.edition
    save(made, all_of_it[0], by=max_pm)
    assert again(made).erp.amount == D("999999999999.99")
