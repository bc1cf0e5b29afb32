"""Whoever acts on a draft that somebody else deletes in that moment is told so."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal

import pytest

from change_orders.operations import create_change_order
from change_orders.rules import ChangeDetails
from commitments import attachments, ssov
from commitments import operations as commitments
from commitments.models import Commitment
from invoices import corrections, files, operations, review
from invoices.models import Invoice, InvoiceStatus
from invoices.retainage import set_steps
from invoices.rules import InvoiceDetails
from procore_sync.acceptance.operations import send
from procore_sync.acceptance.refusals import IllegalMove
from procore_sync.accounts.models import Membership
from projects.records import details_of
from tests.acceptance.test_races import at_once
from tests.commitments.test_files import a_file
from tests.factories import change_line, make_commitment
from tests.invoices.conftest import again, bills, save

OF_AN_INVOICE: dict[str, Callable[[Invoice, Membership], object]] = {
    "save": lambda one, by: operations.save_invoice(one, details_of(one, InvoiceDetails), [], by=by, seen=one.edition),
    "submit": lambda one, by: operations.submit_invoice(one, by=by),
    "move": lambda one, by: operations.move_invoice(one, by=by),
    "void": lambda one, by: operations.void_invoice(one, by=by),
    "delete": lambda one, by: operations.delete_invoice(one, by=by),
    "bring down": lambda one, by: operations.bring_down(one, Decimal(5), by=by, seen=one.edition),
    "review": lambda one, by: review.review_lines(one, [], by=by, seen=one.edition),
    "approve": lambda one, by: review.approve(one, InvoiceStatus.APPROVED, by=by),
    "return": lambda one, by: review.return_invoice(one, "Again.", by=by),
    "correct": lambda one, by: corrections.begin_correction(one, "Wrong.", by=by),
    "attach": lambda one, by: files.attach(one, a_file(), by=by),
    "send": lambda one, by: send(one.erp, by=by),
}
OF_A_COMMITMENT: dict[str, Callable[[Commitment, Membership], object]] = {
    "deactivate": lambda one, by: commitments.set_commitment_active(one, False, by=by),
    "delete": lambda one, by: commitments.delete_commitment(one, by=by),
    "make private": lambda one, by: commitments.set_access(one, private=True, readers=[by], by=by),
    "name contacts": lambda one, by: commitments.set_invoice_contacts(one, [], by=by),
    "tell people": lambda one, by: commitments.set_distribution(one, [by], by=by),
    "attach": lambda one, by: attachments.attach(one, a_file(), by=by),
    "submit its breakdown": lambda one, by: ssov.submit_breakdown(one, by=by),
    "set its retainage": lambda one, by: set_steps(one, [], by=by),
    "change": lambda one, by: create_change_order(one, ChangeDetails(lines=(change_line("5.00", changes=1),)), by=by),
    "bill": lambda one, by: operations.create_invoice(one, by=by),
    "send": lambda one, by: send(one.erp, by=by),
}


@pytest.mark.django_db
@pytest.mark.parametrize("deed", OF_AN_INVOICE)
def test_of_an_application(deed: str, draft: Invoice, max_pm: Membership) -> None:
    mine = again(draft)
    operations.delete_invoice(again(draft), by=max_pm)
    with pytest.raises(IllegalMove, match=r"^SC-001-01 of SC-001 was deleted meanwhile, so nothing was done\.$"):
        OF_AN_INVOICE[deed](mine, max_pm)


@pytest.mark.django_db
@pytest.mark.parametrize("deed", OF_A_COMMITMENT)
def test_of_a_commitment(deed: str, max_pm: Membership) -> None:
    made = make_commitment(max_pm, lines=["5.00"], status="draft", uses_ssov=True)
    commitments.delete_commitment(Commitment.objects.select_related("erp").get(pk=made.pk), by=max_pm)
    with pytest.raises(IllegalMove, match=r"^(SC-001|The commitment) was deleted meanwhile, so nothing was done\.$"):
        OF_A_COMMITMENT[deed](made, max_pm)


@pytest.mark.django_db
def test_a_commitment_that_was_approved_meanwhile_is_not_deleted(max_pm: Membership) -> None:
    mine = make_commitment(max_pm, lines=["5.00"], status="draft")
    commitments.set_status(Commitment.objects.select_related("erp").get(pk=mine.pk), "approved", by=max_pm)
    with pytest.raises(IllegalMove, match="is approved"):
        commitments.delete_commitment(mine, by=max_pm)
    assert Commitment.objects.get().status == "approved"


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_it_is_submitted_or_deleted_and_nothing_breaks(draft: Invoice, max_pm: Membership, ian: Membership) -> None:
    save(draft, bills("1", "5.00"), by=max_pm)
    hers, his = again(draft), again(draft)

    told = at_once(lambda: operations.delete_invoice(hers, by=max_pm), lambda: operations.submit_invoice(his, by=ian))

    assert sum(map(bool, told)) == 1
    assert Invoice.objects.exists() == bool(told[0])
