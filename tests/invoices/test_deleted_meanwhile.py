"""Whoever acts on a draft that somebody else deletes in that moment is told so."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal

import pytest

from change_orders.operations import create_change_order
from change_orders.rules import ChangeDetails
from commitments import attachments, ssov
from commitments import operations as commitments
from commitments.models import Commitment
from commitments.rules import CommitmentDetails, LineDetails
from invoices import corrections, files, operations, review
from invoices.models import Invoice, InvoiceStatus
from invoices.retainage import set_steps
from invoices.rules import InvoiceDetails
from procore_sync.acceptance.journal import Entry, comment_on
from procore_sync.acceptance.many import send_many, work_off
from procore_sync.acceptance.models import Turn
from procore_sync.acceptance.operations import send, send_along
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
    "send along": lambda one, by: send_along(one.erp, by=by),
    "say something": lambda one, by: comment_on(one.erp, Entry(by=by, comment="Why?")),
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
    "send along": lambda one, by: send_along(one.erp, by=by),
    "edit": lambda one, by: commitments.edit_commitment(one, later(one), by=by, seen=one.edition),
    "set its lines": lambda one, by: commitments.set_lines(one, [a_line(one)], by=by, seen=one.edition),
}


def later(commitment: Commitment) -> CommitmentDetails:
    """What it says, and another title."""
    return replace(details_of(commitment, CommitmentDetails), title="Later")


def a_line(commitment: Commitment) -> LineDetails:
    """A line that it has not yet."""
    return LineDetails(commitment.project.cost_codes.get().pk, Decimal(7))


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
    made = Commitment.objects.select_related("company", "erp__company", "project__erp", "vendor__erp").get(pk=made.pk)
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


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_of_many_that_are_asked_for_at_once_the_others_go(max_pm: Membership) -> None:
    gone, stays = (make_commitment(max_pm, lines=["5.00"], status=status) for status in ("draft", "approved"))
    chosen = [gone.erp, stays.erp]
    commitments.delete_commitment(Commitment.objects.select_related("erp").get(pk=gone.pk), by=max_pm)

    batch = send_many(chosen, by=max_pm)

    assert [(turn.item, turn.why_not) for turn in Turn.objects.filter(batch=batch)] == [(stays.erp, "")]


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("turn", range(10))
def test_its_turn_comes_or_it_is_deleted_and_nothing_breaks(turn: int, max_pm: Membership, alma: Membership) -> None:
    made = make_commitment(max_pm, lines=["5.00"], status="draft")
    send_many([made.erp], by=max_pm, seconds=-1)
    hers = Commitment.objects.select_related("erp").get(pk=made.pk)

    assert at_once(lambda: commitments.delete_commitment(hers, by=alma), work_off) == ["", ""]
    assert (Commitment.objects.count(), Turn.objects.count()) == (0, 0)
