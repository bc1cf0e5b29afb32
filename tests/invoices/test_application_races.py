"""Two people at one application in the same moment: real threads on PostgreSQL."""

from __future__ import annotations

import pytest

from change_orders.operations import create_change_order
from change_orders.rules import ChangeDetails
from commitments.models import Commitment
from commitments.operations import set_access, set_status
from invoices import payment_operations
from invoices.models import Invoice, InvoiceStatus
from invoices.operations import create_invoice, void_invoice
from invoices.review import approve
from procore_sync.acceptance.many import send_many, work_off
from procore_sync.acceptance.models import ErpItem, Submission, Turn
from procore_sync.accounts.models import Membership
from procore_sync.kit.kinds import Kind
from tests.acceptance.test_races import at_once
from tests.commitments.test_files import a_file
from tests.factories import change_line
from tests.invoices.conftest import bills, save
from tests.invoices.test_corrections import applied

pytestmark = [pytest.mark.postgres, pytest.mark.django_db(transaction=True)]


def test_of_two_who_begin_the_next_one_is_told(subcontract: Commitment, max_pm: Membership) -> None:
    told = at_once(*[lambda: create_invoice(subcontract, by=max_pm)] * 3)

    assert sorted(map(bool, told)) == [False, True, True]
    assert [one.sequence for one in Invoice.objects.all()] == [1]


@pytest.mark.parametrize("turn", range(6))
def test_what_is_begun_while_the_commitment_becomes_private_is_private_too(
    turn: int, subcontract: Commitment, max_pm: Membership, alma: Membership
) -> None:
    make = (
        lambda: create_invoice(subcontract, by=max_pm),
        lambda: create_change_order(subcontract, ChangeDetails(lines=(change_line("5.00", changes=1),)), by=max_pm),
    )[turn % 2]

    at_once(lambda: set_access(subcontract, private=True, readers=[max_pm], by=alma), make)

    of_it = ErpItem.objects.filter(kind__in=(Kind.INVOICE, Kind.CHANGE_ORDER))
    assert [(one.is_private, one.readers.count()) for one in of_it] == [(True, 2)]


@pytest.mark.parametrize("turn", range(8))
def test_what_is_begun_while_the_commitment_is_voided_bills_none_that_is_void(
    turn: int, subcontract: Commitment, max_pm: Membership, alma: Membership
) -> None:
    told = at_once(
        lambda: set_status(subcontract, "void", by=max_pm),
        lambda: create_invoice(subcontract, by=alma),
    )
    assert (Commitment.objects.get(pk=subcontract.pk).status == "void") != Invoice.objects.exists(), told


def test_of_two_who_save_it_one_is_told(draft: Invoice, max_pm: Membership, ian: Membership) -> None:
    told = at_once(
        lambda: save(draft, bills("1", "10.00"), by=max_pm),
        lambda: save(draft, bills("1", "20.00"), by=ian),
    )
    saved = [one for one in told if not one]
    assert Invoice.objects.get().edition == draft.edition + len(saved)


def test_it_is_approved_or_void_and_never_both(submitted: Invoice, max_pm: Membership) -> None:
    told = at_once(
        lambda: approve(submitted, InvoiceStatus.APPROVED, by=max_pm), lambda: void_invoice(submitted, by=max_pm)
    )
    assert Invoice.objects.get().status == InvoiceStatus.VOID
    assert sum(map(bool, told)) <= 1


def test_two_workers_send_each_once(approved: Invoice, max_pm: Membership) -> None:
    send_many([approved.erp], by=max_pm, seconds=-1)

    at_once(work_off, work_off)

    assert Submission.objects.filter(item=approved.erp).count() == 1
    assert Turn.objects.get().went


def test_two_who_attach_to_a_payment_at_once_keep_to_the_limit(
    approved: Invoice, max_pm: Membership, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(payment_operations, "LIMIT_FILES", 3)
    payment = applied(approved, "100.00")

    told = at_once(*[lambda: payment_operations.attach(payment, a_file(), by=max_pm)] * 6)

    assert (payment.files.count(), sum(map(bool, told))) == (3, 3)
