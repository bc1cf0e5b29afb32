"""Many invoices sent to accounting at once: at once or by a worker, each once, each with its own sentence."""

from __future__ import annotations

import uuid

import pytest

from commitments.models import Commitment
from invoices.models import Invoice
from invoices.operations import create_invoice
from invoices.selectors import items_to_send
from procore_sync.acceptance import operations as acceptance
from procore_sync.acceptance.abouts import About
from procore_sync.acceptance.many import send_many, work_off
from procore_sync.acceptance.models import ErpItem, Notice, Submission, Turn
from procore_sync.acceptance.states import Status
from procore_sync.accounts.models import Membership, Role
from procore_sync.kit.refusals import NotAllowed
from tests.invoices.conftest import again, apply_for, bills
from tests.projects.conftest import SignIn
from tests.projects.test_pages import queries


def all_items(member: Membership) -> list[ErpItem]:
    return items_to_send(member, list(Invoice.objects.values_list("pk", flat=True)))


def outcome(batch: uuid.UUID) -> list[tuple[bool, str]]:
    return [(row.went, row.why_not) for row in Turn.objects.filter(batch=batch)]


def test_of_many_each_goes_or_stays_for_itself(
    approved: Invoice, subcontract: Commitment, max_pm: Membership, vic: Membership
) -> None:
    second = apply_for(subcontract, bills("2", "250.00"), by=max_pm)
    Invoice.objects.filter(pk=second.pk).update(due_on=None)
    create_invoice(subcontract, by=max_pm)

    batch = send_many(all_items(max_pm), by=max_pm, seconds=60)

    (first, no_due_date, draft) = outcome(batch)
    assert first == (True, "")
    assert "The payment due date is missing" in no_due_date[1]
    assert "The invoice is a draft" in draft[1]
    assert again(approved).erp.status == Status.SENT
    with pytest.raises(NotAllowed):
        send_many(all_items(max_pm), by=vic)


def test_what_an_answer_has_no_time_for_a_worker_sends_once(approved: Invoice, max_pm: Membership) -> None:
    batch = send_many(all_items(max_pm), by=max_pm, seconds=-1)
    assert outcome(batch) == [(False, "")]
    assert again(approved).erp.status == Status.NOT_SENT

    assert (work_off(), work_off()) == (1, 0)

    assert outcome(batch) == [(True, "")]
    assert Submission.objects.filter(item=approved.erp).count() == 1


def test_a_worker_asks_again_whether_he_may(approved: Invoice, max_pm: Membership) -> None:
    batch = send_many(all_items(max_pm), by=max_pm, seconds=-1)
    Membership.objects.filter(pk=max_pm.pk).update(role=Role.VIEWER)
    work_off()
    assert "Only a project manager" in outcome(batch)[0][1]


def test_who_sent_it_meanwhile_is_told(approved: Invoice, max_pm: Membership) -> None:
    batch = send_many(all_items(max_pm), by=max_pm, seconds=-1)
    acceptance.send(again(approved).erp, by=max_pm)
    work_off()
    assert outcome(batch)[0][0] is False


def test_the_page_of_a_sending_is_its_senders(
    approved: Invoice, max_pm: Membership, alma: Membership, sign_in: SignIn
) -> None:
    batch = send_many(all_items(max_pm), by=max_pm, seconds=-1)
    here = f"/inbox/many/{batch}/"
    page = sign_in(max_pm).get(here).content.decode()
    assert approved.number in page
    assert "every 2s" in page
    assert approved.number not in sign_in(alma).get(here).content.decode().partition("<main")[2]
    work_off()
    assert "every 2s" not in sign_in(max_pm).get(here).content.decode()


def test_sending_asks_a_fixed_number_of_times_an_invoice(
    approved: Invoice, subcontract: Commitment, max_pm: Membership
) -> None:
    more = [apply_for(subcontract, bills("2", "10.00"), by=max_pm) for _ in range(3)]
    one = queries(lambda: send_many([approved.erp], by=max_pm, seconds=60))
    three = queries(lambda: send_many([each.erp for each in more], by=max_pm, seconds=60))
    assert three - one <= 2 * 18
    assert queries(lambda: send_many([each.erp for each in more], by=max_pm, seconds=-1)) <= 8


def test_what_accounting_says_of_an_application_is_not_told_the_contact_who_made_it(
    approved: Invoice, max_pm: Membership, ada: Membership, ian: Membership
) -> None:
    """They are outside the company: what concerns them comes back by the project manager."""
    acceptance.send(approved.erp, by=max_pm)

    acceptance.reject(approved.erp, by=ada, comment="They overbilled us before: hold the payment.")

    assert approved.erp.created_by == ian
    rejections = Notice.objects.filter(about=About.REJECTED)
    assert [one.member for one in rejections] == [max_pm]
