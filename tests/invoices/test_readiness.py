"""Why an invoice cannot be sent yet, and what it keeps below it as it is (domain.md §12, §17)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal as D
from typing import Any

import pytest

from change_orders.models import ChangeOrder, ChangeStatus
from change_orders.operations import edit_change_order
from commitments.corrections import begin_correction
from commitments.kinds import lines_of as schedule_of
from commitments.models import Commitment, CommitmentStatus
from commitments.operations import set_lines, set_status
from commitments.rules import line_details
from invoices.models import Invoice, InvoiceStatus
from invoices.operations import create_invoice, void_invoice
from invoices.readiness import unmet_of_invoice
from procore_sync.acceptance import operations as acceptance
from procore_sync.acceptance.models import ErpItem
from procore_sync.acceptance.refusals import IllegalMove, NotReady
from procore_sync.acceptance.states import Status
from procore_sync.accounts.models import Membership
from projects.operations import StillUsed
from tests.factories import change_line, make_change_order, make_commitment, said_of, sent, synced
from tests.invoices.conftest import again, apply_for, bills, open_period, save
from tests.projects.conftest import SignIn
from tests.scenes import kept


def sentences(invoice: Invoice) -> list[str]:
    return [one.sentence for one in unmet_of_invoice(again(invoice))]


def test_an_approved_one_can_be_sent_and_names_what_it_needs(
    approved: Invoice, subcontract: Commitment, max_pm: Membership
) -> None:
    assert sentences(approved) == []
    needed = set(approved.erp.requires.all())
    code = subcontract.lines.first()
    assert code
    assert subcontract.vendor
    assert needed == {
        subcontract.erp,
        subcontract.project.erp,
        subcontract.vendor.erp,
        code.code.cost_code.erp,
    }
    submission = acceptance.send(again(approved).erp, by=max_pm)
    assert submission.document["total"] == "450.00"


@pytest.mark.parametrize("status", [one for one in InvoiceStatus if one not in ("approved",)])
def test_only_reviewed_ones_go(status: str, approved: Invoice) -> None:
    Invoice.objects.filter(pk=approved.pk).update(status=status)
    goes = status in ("approved_as_noted", "pending_owner")
    assert bool(sentences(approved)) is not goes


def unsynced(item: ErpItem) -> None:
    ErpItem.objects.filter(pk=item.pk).update(status=Status.NOT_SENT, synced_revision=None)


def _code(one: Invoice) -> ErpItem:
    found: ErpItem = one.lines.get(key="1").source.code.cost_code.erp
    return found


Spoil = Callable[[Invoice], Any]
UNMET: dict[str, tuple[Spoil, str]] = {
    "commitment": (lambda one: unsynced(one.commitment.erp), "The commitment .* is not in QuickBooks"),
    "project": (lambda one: unsynced(one.commitment.project.erp), "The project .* is not in QuickBooks"),
    "vendor": (
        lambda one: unsynced(ErpItem.objects.get(vendor__commitments=one.commitment)),
        "The vendor .* is not in",
    ),
    "no vendor": (lambda one: Commitment.objects.update(vendor=None), "has no vendor yet"),
    "code": (lambda one: unsynced(_code(one)), "Send the cost codes first"),
    "number": (lambda one: Invoice.objects.update(number="9" * 22), "22 characters, and QuickBooks takes 21"),
    "no number": (lambda one: Invoice.objects.update(number=""), "The number is empty"),
    "due date": (lambda one: Invoice.objects.update(due_on=None), "The payment due date is missing"),
    "as credit": (lambda one: Invoice.objects.update(as_credit=True), "so it cannot go as a vendor credit"),
}


@pytest.mark.parametrize("name", list(UNMET))
def test_each_thing_that_is_missing_has_its_sentence(name: str, approved: Invoice, max_pm: Membership) -> None:
    spoil, sentence = UNMET[name]
    spoil(approved)

    with pytest.raises(NotReady, match=sentence) as refused:
        acceptance.send(again(approved).erp, by=max_pm)

    assert [one.sentence for one in refused.value.unmet] == sentences(approved)
    assert len(sentences(approved)) == 1
    assert all(one.where for one in refused.value.unmet)


def test_what_is_on_its_way_is_waited_for(approved: Invoice, max_pm: Membership) -> None:
    unsynced(approved.commitment.erp)
    sent(Commitment.objects.get(pk=approved.commitment_id), max_pm)
    assert sentences(approved) == []


def test_below_zero_it_goes_as_a_credit(subcontract: Commitment, max_pm: Membership) -> None:
    apply_for(subcontract, bills("1", "500.00"), by=max_pm)
    back = apply_for(subcontract, bills("1", "-500.00"), by=max_pm)
    assert sentences(back) == [
        "What is due comes to less than zero (-450.00), which QuickBooks refuses for a bill. Let it go as a vendor "
        "credit, or bill more."
    ]
    save(back, by=max_pm, as_credit=True, due_on=None)
    assert sentences(back) == []


def test_a_line_below_zero_goes_in_a_bill(subcontract: Commitment, max_pm: Membership) -> None:
    apply_for(subcontract, bills("1", "500.00"), by=max_pm)
    assert sentences(apply_for(subcontract, bills("1", "-10.00"), bills("2", "100.00"), by=max_pm)) == []


def test_a_billed_change_order_goes_first(subcontract: Commitment, max_pm: Membership) -> None:
    change = make_change_order(max_pm, subcontract, lines=[change_line("100.00", subcontract.lines.first())])
    billed = apply_for(subcontract, bills("C1.1", "40.00"), by=max_pm)
    assert change.erp in billed.erp.requires.all()
    assert sentences(billed) == [
        "Lines of CO-1 are billed, and it is not in QuickBooks and not with accounting. Send the change order first."
    ]
    sent(change, max_pm)
    assert sentences(billed) == []


# -- what an application keeps below it as it is -------------------------------------------------------------------


def test_a_billed_commitment_is_neither_corrected_unlinked_nor_voided(
    draft: Invoice, subcontract: Commitment, max_pm: Membership, ada: Membership
) -> None:
    there = Commitment.objects.get(pk=subcontract.pk)
    acts: list[Callable[[], Any]] = [
        lambda: begin_correction(there, "Wrong.", by=max_pm),
        lambda: acceptance.unlink(there.erp, by=ada),
        lambda: set_status(there, CommitmentStatus.VOID, by=max_pm),
        lambda: set_status(there, CommitmentStatus.DRAFT, by=max_pm),
    ]
    for act in acts:
        with pytest.raises(NotReady, match="is billed: application 1 is made of its lines") as refused:
            act()
        assert refused.value.where == f"/invoices/{draft.pk}/"
    assert set_status(there, CommitmentStatus.COMPLETE, by=max_pm).status == CommitmentStatus.COMPLETE
    void_invoice(draft, by=max_pm)
    begin_correction(Commitment.objects.get(pk=subcontract.pk), "Wrong.", by=max_pm)


def test_a_line_on_an_invoice_is_not_removed(max_pm: Membership, ian: Membership) -> None:
    made = make_commitment(max_pm, lines=["1000.00", "250.00"])
    made.invoice_contacts.set([ian])
    open_period(made.project)
    create_invoice(made, by=max_pm)
    there = Commitment.objects.get(pk=made.pk)

    with pytest.raises(StillUsed, match="an invoice has it"):
        set_lines(there, [line_details(schedule_of(there)[0])], by=max_pm, seen=there.edition)


@pytest.fixture
@kept
def billed_change(subcontract: Commitment, max_pm: Membership) -> ChangeOrder:
    """An approved change order, not sent, of which 40.00 are billed."""
    made = make_change_order(max_pm, subcontract, lines=[change_line("100.00", subcontract.lines.first())])
    save(create_invoice(subcontract, by=max_pm), bills("C1.1", "40.00"), by=max_pm)
    return made


def test_a_billed_change_order_stays_as_it_is(billed_change: ChangeOrder, max_pm: Membership, ada: Membership) -> None:
    said = said_of(billed_change)
    for details in (
        replace(said, status=ChangeStatus.REJECTED),
        replace(said, status=ChangeStatus.VOID),
        replace(said, lines=()),
        replace(said, lines=(replace(said.lines[0], amount=D("5.00")),)),
        replace(said, lines=(replace(said.lines[0], description="Other"),)),
        replace(said, lines=(*said.lines, replace(said.lines[0], id=None))),
    ):
        with pytest.raises(IllegalMove, match="CO-1 is billed on application 1"):
            edit_change_order(billed_change, details, by=max_pm, seen=billed_change.edition)
    synced(billed_change)
    with pytest.raises(NotReady, match="CO-1 is billed on application 1"):
        acceptance.unlink(billed_change.erp, by=ada)


def test_the_texts_of_a_billed_change_order_that_accounting_rejects_can_be_changed(
    billed_change: ChangeOrder, max_pm: Membership, ada: Membership
) -> None:
    item = billed_change.erp
    acceptance.send(item, by=max_pm)
    acceptance.reject(item, by=ada, comment="Name the drawing.")
    now = ChangeOrder.objects.get(pk=billed_change.pk)

    details = replace(said_of(now), title="More pipe, A-201", description="As drawn.")
    saved = edit_change_order(now, details, by=max_pm, seen=now.edition)

    assert (saved.title, saved.status, line_of(saved)) == ("More pipe, A-201", "approved", line_of(now))
    acceptance.send(saved.erp, by=max_pm)
    with pytest.raises(IllegalMove, match="CO-1"):
        edit_change_order(saved, replace(details, title="Again"), by=max_pm, seen=saved.edition)


def line_of(change: ChangeOrder) -> tuple[int | None, str]:
    """The number of its one line, and its amount."""
    (line,) = change.lines.all()
    return line.number, str(line.amount)


def test_the_form_of_a_billed_change_order_says_what_can_be_changed(
    billed_change: ChangeOrder, max_pm: Membership, sign_in: SignIn
) -> None:
    client = sign_in(max_pm)
    address = f"/change-orders/{billed_change.pk}/edit/"
    assert f'href="{address}"' in client.get(f"/change-orders/{billed_change.pk}/").content.decode()
    page = client.get(address).content.decode()
    assert "Only its number, title, description and reviewer can be changed." in page
    assert "CO-1 is billed on application 1" in page
    assert "It could not be saved now." not in page


def test_a_change_order_of_which_nothing_is_billed_may_go(subcontract: Commitment, max_pm: Membership) -> None:
    made = make_change_order(max_pm, subcontract, lines=[change_line("100.00", subcontract.lines.first())])
    invoice = create_invoice(subcontract, by=max_pm)
    with pytest.raises(StillUsed, match="stands on an invoice"):
        edit_change_order(made, replace(said_of(made), lines=()), by=max_pm, seen=made.edition)

    edit_change_order(made, replace(said_of(made), status=ChangeStatus.VOID), by=max_pm, seen=made.edition)

    assert [line.key for line in save(invoice, bills("1", "5.00"), by=max_pm).lines.all()] == ["1", "2"]
