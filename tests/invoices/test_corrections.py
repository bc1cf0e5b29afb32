"""Correct after sync: from its reason to the bill that replaces the one in QuickBooks, and what stands against it."""

from __future__ import annotations

from datetime import date
from decimal import Decimal as D

import pytest
from django.utils import timezone

from budgets.sources import costs_by_code
from commitments.models import Commitment
from invoices.corrections import begin_correction, end_correction
from invoices.kinds import invoice_document
from invoices.models import Invoice, InvoiceStatus, Payment, PaymentState
from invoices.operations import create_invoice, submit_invoice
from invoices.payment_sections import payments_of_commitment, payments_of_invoice
from invoices.payments import note_standings
from invoices.review import approve, return_invoice
from procore_sync.acceptance import operations as acceptance
from procore_sync.acceptance.journal import Entry, move
from procore_sync.acceptance.refusals import IllegalMove, NotReady
from procore_sync.acceptance.states import Action, Decision
from procore_sync.accounts.models import Membership
from procore_sync.kit.refusals import InvalidInput, NotAllowed
from tests.invoices.conftest import again, bills, save
from tests.projects.conftest import SignIn
from tests.scenes import kept

WHY = "Line 1 was billed twice."


def take(invoice: Invoice, by: Membership) -> Invoice:
    """Send it, and let QuickBooks take it: the engine's own moves, without a ledger."""
    item = again(invoice).erp
    acceptance.send(item, by=by)
    move(item, Action.ACCEPT, Entry(by=None))
    item.submissions.filter(decision=Decision.OPEN).update(decision=Decision.ACCEPTED)
    move(item, Action.CONFIRM, Entry(by=None), synced_revision=item.revision)
    return again(invoice)


@pytest.fixture
@kept
def held(approved: Invoice, max_pm: Membership) -> Invoice:
    """An application whose bill of 450.00 QuickBooks holds."""
    return take(approved, max_pm)


def test_from_the_reason_to_the_bill_that_replaces_it(held: Invoice, max_pm: Membership) -> None:
    with pytest.raises(IllegalMove, match="Correct it instead"):
        save(held, bills("1", "400.00"), by=max_pm)

    begun = begin_correction(held, f" {WHY} ", by=max_pm)
    assert (begun.is_correcting, begun.erp.is_changed) == (True, False)
    with pytest.raises(NotReady, match="Nothing has changed"):
        acceptance.send(again(held).erp, by=max_pm)
    changed = save(held, bills("1", "400.00"), by=max_pm)
    assert (changed.status, changed.erp.is_changed) == (InvoiceStatus.UNDER_REVIEW, True)
    with pytest.raises(NotReady, match="under review"):
        acceptance.send(again(held).erp, by=max_pm)
    approve(held, InvoiceStatus.APPROVED, by=max_pm)

    taken = take(held, max_pm)

    newest = taken.erp.submissions.order_by("-number")[0]
    assert (newest.document["replaces"], newest.document["total"]) == (WHY, "360.00")
    assert (taken.is_correcting, taken.is_kept) == (False, True)
    assert invoice_document(taken)["replaces"] == WHY


def test_the_budget_keeps_the_bill_that_quickbooks_holds_until_its_correction_is_approved(
    held: Invoice, max_pm: Membership
) -> None:
    project = held.commitment.project
    code = project.cost_codes.get()

    def invoiced() -> D:
        return costs_by_code(project)[code.pk].invoiced

    begin_correction(held, WHY, by=max_pm)
    assert invoiced() == D("500.00")
    save(held, bills("1", "400.00"), by=max_pm)
    assert invoiced() == D("500.00")
    return_invoice(held, "Measure again.", by=max_pm)
    assert invoiced() == D("500.00")
    submit_invoice(save(held, bills("1", "380.00"), by=max_pm), by=max_pm)
    assert invoiced() == D("500.00")
    approve(held, InvoiceStatus.APPROVED, by=max_pm)
    assert invoiced() == D("380.00")
    take(held, max_pm)
    assert invoiced() == D("380.00")


def test_what_is_owed_of_a_bill_is_shown_while_it_is_corrected(held: Invoice, max_pm: Membership) -> None:
    note_standings({held.pk: (D("450.00"), D("450.00"))})
    begin_correction(held, WHY, by=max_pm)
    corrected = save(held, bills("1", "400.00"), by=max_pm)
    for section in (payments_of_invoice(corrected, max_pm), payments_of_commitment(held.commitment, max_pm)):
        assert section
        assert (section.content.settled.owed, len(section.content.invoices)) == (D("450.00"), 1)


def test_who_bills_does_not_read_what_the_company_tells_its_accounting(
    held: Invoice, max_pm: Membership, ian: Membership, sign_in: SignIn
) -> None:
    begin_correction(held, WHY, by=max_pm)
    page, his = (sign_in(one).get(f"/invoices/{held.pk}/").content.decode() for one in (max_pm, ian))
    assert [(WHY in one, "QuickBooks keeps its bill" in one) for one in (page, his)] == [(True, True), (False, False)]


def test_a_correction_without_a_change_can_be_taken_back(held: Invoice, max_pm: Membership) -> None:
    begin_correction(held, WHY, by=max_pm)
    with pytest.raises(IllegalMove, match="being corrected already"):
        begin_correction(held, WHY, by=max_pm)
    end_correction(held, by=max_pm)
    assert again(held).is_kept
    with pytest.raises(IllegalMove, match="is not being corrected"):
        end_correction(held, by=max_pm)

    begin_correction(held, WHY, by=max_pm)
    save(held, by=max_pm, note="Changed.")
    with pytest.raises(IllegalMove, match="was changed since"):
        end_correction(held, by=max_pm)


def test_what_stands_against_a_correction(
    approved: Invoice, subcontract: Commitment, max_pm: Membership, ian: Membership
) -> None:
    with pytest.raises(IllegalMove, match="is not in QuickBooks"):
        begin_correction(approved, WHY, by=max_pm)
    held = take(approved, max_pm)
    with pytest.raises(InvalidInput, match="Say why"):
        begin_correction(held, " ", by=max_pm)
    with pytest.raises(InvalidInput, match="501 characters"):
        begin_correction(held, "x" * 501, by=max_pm)
    with pytest.raises(NotAllowed):
        begin_correction(held, WHY, by=ian)
    create_invoice(subcontract, by=max_pm)
    with pytest.raises(IllegalMove, match="Application 2 goes on from its amounts"):
        begin_correction(held, WHY, by=max_pm)


def test_a_bill_does_not_fall_below_what_is_paid_of_it(held: Invoice, max_pm: Membership) -> None:
    given = {"company": held.company, "invoice": held, "method": "check", "day": date(2026, 11, 20), "total": D(360)}
    given |= {"read_at": timezone.now()}
    Payment.objects.create(**given, payment_id="1", amount=D("360.00"))
    Payment.objects.create(**given, payment_id="2", amount=D("90.00"), state=PaymentState.DELETED)
    begin_correction(held, WHY, by=max_pm)

    with pytest.raises(IllegalMove, match=r"360\.00 of .* is paid, and 359\.99 would be due"):
        save(held, bills("1", "399.99"), by=max_pm)
    assert save(held, bills("1", "400.00"), by=max_pm).erp.amount == D("360.00")


def test_a_bill_with_tax_is_paid_with_its_tax(held: Invoice, max_pm: Membership) -> None:
    """450.00 and 13 % of it are 508.50 in QuickBooks, and all of that is paid."""
    note_standings({held.pk: (D("508.50"), D("0.00"))})
    given = {"company": held.company, "invoice": held, "method": "check", "day": date(2026, 11, 20)}
    Payment.objects.create(**given, read_at=timezone.now(), payment_id="1", amount=D("508.50"), total=D("508.50"))
    begin_correction(held, WHY, by=max_pm)

    with pytest.raises(IllegalMove, match=r"508\.50 of .* is paid, and 508\.49 would be due"):
        save(held, bills("1", "499.99"), by=max_pm)
    assert save(held, bills("1", "500.00"), by=max_pm).erp.amount == D("450.00")


def next_taken(commitment: Commitment, completed: str, *, by: Membership, as_credit: bool = False) -> Invoice:
    """The next application with so much of line 1, as QuickBooks holds it."""
    made = save(create_invoice(commitment, by=by), bills("1", completed), by=by, as_credit=as_credit)
    made = save(made, by=by, due_on=made.billed_on)
    approve(submit_invoice(made, by=by), InvoiceStatus.APPROVED, by=by)
    return take(made, by)


def applied(invoice: Invoice, amount: str) -> Payment:
    """A payment that takes so much off the bill, or, below zero, uses so much of the credit."""
    return Payment.objects.create(
        company=invoice.company,
        invoice=invoice,
        payment_id="1",
        method="check",
        day=date(2026, 11, 20),
        amount=D(amount),
        total=D(0),
        read_at=timezone.now(),
    )


@pytest.fixture
@kept
def credit(held: Invoice, subcontract: Commitment, max_pm: Membership) -> Invoice:
    """The second application takes 300.00 back: a vendor credit of 270.00 that QuickBooks holds."""
    assert held.erp.synced_revision
    return next_taken(subcontract, "-300.00", by=max_pm, as_credit=True)


def test_a_credit_of_which_nothing_is_used_is_approved_otherwise_and_corrected(
    credit: Invoice, max_pm: Membership
) -> None:
    approve(credit, InvoiceStatus.APPROVED_AS_NOTED, by=max_pm)
    begin_correction(credit, WHY, by=max_pm)

    assert save(credit, bills("1", "-350.00"), by=max_pm).erp.amount == D("-315.00")
    assert save(credit, bills("1", "-100.00"), by=max_pm).erp.amount == D("-90.00")
    assert save(credit, bills("1", "0.00"), by=max_pm).erp.amount == D("0.00")


def test_a_credit_does_not_fall_below_what_is_used_of_it(credit: Invoice, max_pm: Membership) -> None:
    applied(credit, "-180.00")
    begin_correction(credit, WHY, by=max_pm)

    for too_little, left in (("-199.99", "179.99"), ("0.00", "0.00"), ("10.00", "-9.00")):
        with pytest.raises(IllegalMove, match=rf"180\.00 of .* is used, and {left} would be credited"):
            save(credit, bills("1", too_little), by=max_pm)
    with pytest.raises(IllegalMove, match=r"180\.00 of .* is used, and -90\.00 would be credited"):
        save(credit, bills("1", "100.00"), by=max_pm, as_credit=False)
    assert save(credit, bills("1", "-200.00"), by=max_pm).erp.amount == D("-180.00")
    assert save(credit, bills("1", "-400.00"), by=max_pm).erp.amount == D("-360.00")


def test_a_bill_of_which_something_is_paid_does_not_become_a_credit(
    held: Invoice, subcontract: Commitment, max_pm: Membership
) -> None:
    bill = next_taken(subcontract, "100.00", by=max_pm)
    applied(bill, "0.01")
    begin_correction(bill, WHY, by=max_pm)

    with pytest.raises(IllegalMove, match=r"0\.01 of .* is paid, and -90\.00 would be due"):
        save(bill, bills("1", "-100.00"), by=max_pm, as_credit=True)
