"""The review of an application: verdicts, adjusted amounts, how it ends, and what comes after."""

from __future__ import annotations

from decimal import Decimal as D

import pytest

from commitments.models import Commitment
from invoices.models import Invoice, InvoiceStatus, Verdict
from invoices.operations import create_invoice, submit_invoice
from invoices.periods import settings_of
from invoices.review import LineVerdict, approve, return_invoice, review_lines
from procore_sync.acceptance.models import Notice
from procore_sync.acceptance.refusals import IllegalMove
from procore_sync.accounts.models import Membership
from procore_sync.kit.refusals import InvalidInput, NotAllowed
from projects.records import EditedMeanwhile
from tests.factories import synced
from tests.invoices.conftest import again, apply_for, bills, figures_of, save
from tests.projects.conftest import SignIn

GOOD, BAD = Verdict.APPROVED, Verdict.REJECTED


def verdicts_of(invoice: Invoice) -> dict[str, tuple[str, str]]:
    return {line.key: (line.verdict, line.reason) for line in invoice.lines.all()}


def test_a_rejected_line_brings_it_back_with_its_reason(
    submitted: Invoice, max_pm: Membership, ian: Membership
) -> None:
    Notice.objects.all().delete()

    done = review_lines(
        submitted, [LineVerdict("1", BAD, " Only half is poured. "), LineVerdict("2", GOOD)], by=max_pm, remark="See 1."
    )

    assert (done.status, done.remark, done.reviewed_by) == (InvoiceStatus.REVISE, "See 1.", max_pm)
    assert verdicts_of(done) == {"1": (BAD, "Only half is poured."), "2": (GOOD, "")}
    assert figures_of(done)["1"][2] == "500.00"
    mail = Notice.objects.get()
    assert mail.to == ian.user.email
    assert f"\n\nProject: {submitted.commitment.project}\n\nSee 1.\n\nLine 1, " in mail.body
    assert "Only half is poured.\n\nRevise and send it again:\n" in mail.body
    assert f"/invoices/{submitted.pk}/" in mail.body


def test_without_a_rejected_line_it_stays_under_review(submitted: Invoice, max_pm: Membership) -> None:
    done = review_lines(submitted, [LineVerdict("1", GOOD)], by=max_pm)
    assert done.status == InvoiceStatus.UNDER_REVIEW
    assert verdicts_of(done) == {"1": (GOOD, ""), "2": ("", "")}


def test_an_adjusted_amount_stands_beside_the_claimed_one(submitted: Invoice, max_pm: Membership) -> None:
    verdict = LineVerdict("1", GOOD, "Half of it.", billing=bills("1", "250.00"))

    done = review_lines(submitted, [verdict], by=max_pm, finish=InvoiceStatus.APPROVED_AS_NOTED, remark="As noted.")

    line = done.lines.get(key="1")
    assert (line.completed, line.claimed_completed, line.verdict) == (D("250.00"), D("500.00"), GOOD)
    assert (done.status, again(done).erp.amount) == (InvoiceStatus.APPROVED_AS_NOTED, D("225.00"))
    with pytest.raises(IllegalMove, match="nothing to review"):
        review_lines(done, [], by=max_pm)


def test_an_adjusted_amount_keeps_the_rules(submitted: Invoice, max_pm: Membership) -> None:
    with pytest.raises(InvalidInput, match="Bill 1,000"):
        review_lines(submitted, [LineVerdict("1", GOOD, billing=bills("1", "1000.01"))], by=max_pm)
    with pytest.raises(InvalidInput, match="more than 2 decimal places"):
        review_lines(submitted, [LineVerdict("1", GOOD, billing=bills("1", "1.005"))], by=max_pm)
    assert verdicts_of(again(submitted))["1"] == ("", "")


def test_the_contact_revises_and_sends_it_again(submitted: Invoice, max_pm: Membership, ian: Membership) -> None:
    review_lines(submitted, [LineVerdict("1", BAD, "Too much."), LineVerdict("2", GOOD)], by=max_pm)

    saved = save(submitted, bills("1", "250.00"), by=ian)
    assert verdicts_of(saved) == {"1": ("", "Too much."), "2": (GOOD, "")}
    back = submit_invoice(saved, by=ian)

    assert (back.status, back.lines.get(key="1").claimed_completed) == (InvoiceStatus.UNDER_REVIEW, D("250.00"))
    assert approve(back, InvoiceStatus.APPROVED, by=max_pm).status == InvoiceStatus.APPROVED
    assert verdicts_of(again(back)) == {"1": (GOOD, "Too much."), "2": (GOOD, "")}


def test_a_rejected_line_that_comes_back_as_it_was_is_looked_at_again(
    submitted: Invoice, max_pm: Membership, ian: Membership
) -> None:
    review_lines(submitted, [LineVerdict("1", BAD, "Too much.")], by=max_pm)
    back = submit_invoice(submitted, by=ian)
    assert verdicts_of(back)["1"] == ("", "Too much.")


def test_a_remark_is_no_longer_than_a_contact_can_read_beside_the_application(
    submitted: Invoice, max_pm: Membership
) -> None:
    with pytest.raises(InvalidInput, match="501 characters; 500 is the limit"):
        approve(submitted, InvoiceStatus.APPROVED, by=max_pm, remark="x" * 501)
    with pytest.raises(InvalidInput, match="501 characters; 500 is the limit"):
        return_invoice(submitted, "x" * 501, by=max_pm)
    assert again(submitted).status == InvoiceStatus.UNDER_REVIEW
    typed = "x" * 490 + "\r\n" * 9 + "x"
    assert again(approve(submitted, InvoiceStatus.APPROVED, by=max_pm, remark=typed)).remark == typed


@pytest.mark.parametrize("shows", [True, False])
def test_what_comes_back_says_what_the_review_made_of_a_claim(
    submitted: Invoice, max_pm: Membership, ian: Membership, sign_in: SignIn, shows: bool
) -> None:
    save(submitted, bills("2", "80.00"), by=max_pm)
    settings = settings_of(submitted.commitment.project)
    settings.shows_claimed = shows
    settings.save()
    Notice.objects.all().delete()

    lowered = LineVerdict("1", BAD, "Half is poured.", bills("1", "250.00"))
    review_lines(again(submitted), [lowered, LineVerdict("2", GOOD)], by=max_pm)

    told = " ".join(Notice.objects.get().body.split())
    assert "Half is poured." in told
    assert ("Half is poured. Claimed 500.00, now 250.00." in told) is shows
    assert ("the review changed the amount Claimed 0.00, now 80.00." in told) is shows
    assert ("Line 2" in told) is shows
    form = sign_in(ian).get(f"/invoices/{submitted.pk}/edit/").content.decode()
    assert (form.count(", now "), "Claimed 500.00, now 250.00." in form) == (2 if shows else 0, shows)


def test_a_rejected_line_blocks_every_approval(submitted: Invoice, max_pm: Membership) -> None:
    review_lines(submitted, [LineVerdict("1", BAD, "No.")], by=max_pm, finish=InvoiceStatus.UNDER_REVIEW)
    for status in (InvoiceStatus.APPROVED, InvoiceStatus.APPROVED_AS_NOTED, InvoiceStatus.PENDING_OWNER):
        with pytest.raises(IllegalMove, match="Line 1 is rejected"):
            approve(submitted, status, by=max_pm)
    with pytest.raises(IllegalMove, match="Line 1 is rejected"):
        review_lines(submitted, [LineVerdict("2", GOOD)], by=max_pm, finish=InvoiceStatus.APPROVED)
    assert verdicts_of(again(submitted))["2"] == ("", "")


def test_what_cannot_be_said(submitted: Invoice, max_pm: Membership) -> None:
    wrong = [
        ([LineVerdict("9", GOOD)], "", "not in the contract any more"),
        ([LineVerdict("1", "maybe")], "", "is not a verdict"),
        ([LineVerdict("1", BAD, "x" * 501)], "", "501 characters"),
        ([], "paid", "not a way to end a review"),
    ]
    for verdicts, finish, sentence in wrong:
        with pytest.raises(InvalidInput, match=sentence):
            review_lines(submitted, verdicts, by=max_pm, finish=finish)
    with pytest.raises(InvalidInput, match="paid is not a way to approve"):
        approve(submitted, "paid", by=max_pm)
    with pytest.raises(InvalidInput, match="Say what has to be revised"):
        return_invoice(submitted, " ", by=max_pm)
    with pytest.raises(EditedMeanwhile):
        review_lines(submitted, [], by=max_pm, seen=submitted.edition - 1)


def test_only_who_may_edit_reviews(submitted: Invoice, ian: Membership, vic: Membership, ada: Membership) -> None:
    for member in (ian, vic, ada):
        with pytest.raises(NotAllowed):
            review_lines(submitted, [], by=member)
        with pytest.raises(NotAllowed):
            approve(submitted, InvoiceStatus.APPROVED, by=member)
        with pytest.raises(NotAllowed):
            return_invoice(submitted, "No.", by=member)


def test_a_draft_is_not_approved_and_does_not_come_back(draft: Invoice, max_pm: Membership) -> None:
    with pytest.raises(IllegalMove, match="It is submitted before it is approved"):
        approve(draft, InvoiceStatus.APPROVED, by=max_pm)
    with pytest.raises(IllegalMove, match="Only one that was submitted comes back"):
        return_invoice(draft, "No.", by=max_pm)


def test_an_approval_may_become_another_and_be_taken_back(approved: Invoice, max_pm: Membership) -> None:
    revision = again(approved).erp.revision
    noted = approve(approved, InvoiceStatus.PENDING_OWNER, by=max_pm, remark="Owner pays first.")
    assert (noted.status, noted.erp.revision, noted.remark) == ("pending_owner", revision + 1, "Owner pays first.")
    assert return_invoice(approved, "The owner wants it split.", by=max_pm).status == InvoiceStatus.REVISE


def test_what_quickbooks_holds_does_not_come_back(approved: Invoice, max_pm: Membership) -> None:
    synced(again(approved))
    with pytest.raises(IllegalMove, match="Correct it instead"):
        return_invoice(approved, "No.", by=max_pm)


def test_what_the_next_goes_on_from_does_not_come_back(subcontract: Commitment, max_pm: Membership) -> None:
    first = apply_for(subcontract, bills("1", "5.00"), by=max_pm)
    create_invoice(subcontract, by=max_pm)
    with pytest.raises(IllegalMove, match="Application 2 came after it"):
        return_invoice(first, "No.", by=max_pm)


def test_a_line_is_judged_once(submitted: Invoice, max_pm: Membership) -> None:
    verdicts = [LineVerdict("1", "approved"), LineVerdict("1", "rejected", "Not seen.")]

    with pytest.raises(InvalidInput, match="A line is given twice") as raised:
        review_lines(submitted, verdicts, by=max_pm)

    assert list(raised.value.errors) == ["lines.1.key"]
    assert not submitted.lines.exclude(verdict="").exists()
