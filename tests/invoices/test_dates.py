"""The days of an application: its date by its period, payment by the vendor's terms, and a draft that is left over."""

from __future__ import annotations

from datetime import date

import pytest
from django.utils import timezone

from commitments.models import Commitment
from invoices.billing_rules import SettingsDetails
from invoices.guards import why_not_create
from invoices.models import BillingPeriod, Invoice, InvoiceStatus, InvoiceType
from invoices.operations import create_invoice, delete_invoice, move_invoice, submit_invoice
from invoices.periods import open_period, save_settings
from invoices.portal import billing_of
from invoices.readiness import unmet_of_invoice
from invoices.review import LineVerdict, approve, return_invoice, review_lines
from invoices.rules import InvoiceDetails
from procore_sync.acceptance.refusals import IllegalMove
from procore_sync.accounts.models import Membership
from procore_sync.kit.refusals import InvalidInput, NotAllowed
from quickbooks_bridge.models import LedgerName, Link
from tests.factories import synced
from tests.invoices.conftest import again, bills, save
from tests.invoices.test_api import post
from tests.invoices.test_invites import at, clock, commitment, period, project
from tests.invoices.test_pages import head
from tests.invoices.test_periods import DECEMBER
from tests.projects.conftest import SignIn
from tests.scenes import kept

__all__ = ["clock", "commitment", "period", "project"]
END = date(2026, 11, 30)


def pays_after(commitment: Commitment, days: str) -> None:
    """The vendor of `commitment` is in QuickBooks, where its terms are so many days."""
    assert commitment.vendor is not None
    company, item = commitment.company, commitment.vendor.erp
    Link.objects.create(item=item, company=company, entity="Vendor", remote_id="77")
    for entity, remote_id, detail in (("Vendor", "77", {"TermRef": {"value": "3"}}), ("Term", "3", {"DueDays": days})):
        LedgerName.objects.create(
            company=company, entity=entity, remote_id=remote_id, name=entity, detail=detail, seen_at=timezone.now()
        )


def days_of(invoice: Invoice) -> tuple[str, str]:
    """When it is billed and when it is due."""
    now = again(invoice)
    return str(now.billed_on), str(now.due_on)


# -- the billing date ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("now", "billed_on"), [("2026-11-20", "2026-11-20"), ("2026-11-30", "2026-11-30"), ("2026-12-03", "2026-11-30")]
)
def test_what_is_billed_late_is_dated_within_its_period(
    now: str, billed_on: str, commitment: Commitment, period: BillingPeriod, max_pm: Membership, sign_in: SignIn
) -> None:
    with at(now):
        form = sign_in(max_pm).get(f"/invoices/new/?commitment={commitment.pk}").context["form"]
        made = create_invoice(commitment, by=max_pm)

    assert (str(form["billed_on"].value()), str(made.billed_on)) == (billed_on, billed_on)


# -- when payment is due -------------------------------------------------------------------------------------------


def test_payment_is_due_by_the_terms_of_the_vendor(
    commitment: Commitment, period: BillingPeriod, max_pm: Membership, sign_in: SignIn
) -> None:
    pays_after(commitment, "30")

    form = sign_in(max_pm).get(f"/invoices/new/?commitment={commitment.pk}").context["form"]
    assert str(form["due_on"].value()) == "2026-12-20"
    assert days_of(create_invoice(commitment, by=max_pm)) == ("2026-11-20", "2026-12-20")


@pytest.mark.parametrize("days", ["", "x", "99999999"])
def test_without_terms_that_count_days_none_is_proposed(
    days: str, commitment: Commitment, period: BillingPeriod, ian: Membership
) -> None:
    pays_after(commitment, days)
    assert days_of(create_invoice(commitment, by=ian)) == ("2026-11-20", "None")


def test_what_the_company_says_counts_and_a_vendor_credit_is_never_due(
    commitment: Commitment, period: BillingPeriod, max_pm: Membership
) -> None:
    pays_after(commitment, "30")
    said = create_invoice(commitment, by=max_pm, details=InvoiceDetails(due_on=END))
    assert days_of(said) == ("2026-11-20", "2026-11-30")
    delete_invoice(said, by=max_pm)
    credit = create_invoice(commitment, by=max_pm, details=InvoiceDetails(as_credit=True))
    assert days_of(credit) == ("2026-11-20", "None")


def test_a_contact_gives_the_billing_date_and_the_terms_follow(
    commitment: Commitment, period: BillingPeriod, ian: Membership, max_pm: Membership, sign_in: SignIn
) -> None:
    pays_after(commitment, "10")
    his, given = sign_in(ian), {"number": "1", "billed_on": "2026-11-10"}
    assert his.post(f"/invoices/new/?commitment={commitment.pk}", given).status_code == 302
    made = Invoice.objects.get()
    assert days_of(made) == ("2026-11-10", "2026-11-20")

    his.post(f"/invoices/{made.pk}/edit/", head(made, billed_on="2026-11-25"))
    assert days_of(made) == ("2026-11-25", "2026-12-05")
    save(made, by=max_pm, due_on=END)
    save(made, by=ian, billed_on=date(2026, 11, 24))
    assert days_of(made) == ("2026-11-24", "2026-11-30")
    with pytest.raises(InvalidInput, match="decided by the company"):
        save(made, by=ian, due_on=date(2026, 12, 1))


@pytest.fixture
@kept
def submitted(commitment: Commitment, period: BillingPeriod, ian: Membership) -> Invoice:
    """An application of the 20th, without terms, under review."""
    return submit_invoice(save(create_invoice(commitment, by=ian), bills("1", "5.00"), by=ian), by=ian)


def test_the_review_ends_with_the_due_date(submitted: Invoice, max_pm: Membership, sign_in: SignIn) -> None:
    client, address = sign_in(max_pm), f"/invoices/{submitted.pk}/review/"
    pays_after(submitted.commitment, "10")
    assert str(client.get(address).context["form"]["due_on"].value()) == "2026-11-30"
    given = {"seen": again(submitted).edition, "finish": "approved"}

    early = client.post(address, {**given, "due_on": "2026-11-19"})
    assert early.status_code == 422
    assert "due before the billing date" in early.content.decode()
    assert client.post(address, {**given, "due_on": "2026-12-15"}).status_code == 302

    now = again(submitted)
    assert (now.status, str(now.due_on)) == (InvoiceStatus.APPROVED, "2026-12-15")
    assert not [one for one in unmet_of_invoice(now) if "due date" in one.sentence]


def test_the_api_takes_it_at_the_review_and_at_the_approval(
    submitted: Invoice, max_pm: Membership, sign_in: SignIn
) -> None:
    ours, here = sign_in(max_pm), f"/api/v1/invoices/{submitted.pk}/"
    assert post(ours, f"{here}review/", {"lines": [], "due_on": "2026-12-15"})[1]["due_on"] == "2026-12-15"
    body = {"business_status": "approved", "due_on": "2026-12-16"}
    assert post(ours, f"{here}approve/", body)[1]["due_on"] == "2026-12-16"
    assert post(ours, f"{here}approve/", {"business_status": "approved"})[1]["due_on"] == "2026-12-16"
    refused = post(ours, f"{here}approve/", {**body, "due_on": "2026-11-01"})
    assert (refused[0], list(refused[1]["errors"])) == (422, ["due_on"])


def test_what_quickbooks_got_keeps_its_due_date(submitted: Invoice, max_pm: Membership) -> None:
    review_lines(submitted, [LineVerdict("1", "approved")], by=max_pm, finish="approved", due_on=END)
    synced(again(submitted))
    with pytest.raises(IllegalMove, match="Correct it instead"):
        approve(submitted, InvoiceStatus.APPROVED_AS_NOTED, by=max_pm, due_on=date(2026, 12, 1))
    assert approve(submitted, InvoiceStatus.APPROVED_AS_NOTED, by=max_pm).due_on == END


# -- a draft that is left over -------------------------------------------------------------------------------------


@pytest.fixture
@kept
def left_over(commitment: Commitment, period: BillingPeriod, ian: Membership, max_pm: Membership) -> Invoice:
    """Ian's draft of November with 5.00 on it, in December, which is open; the vendor's terms are ten days."""
    pays_after(commitment, "10")
    draft = save(create_invoice(commitment, by=ian), bills("1", "5.00"), by=ian)
    open_period(commitment.project, DECEMBER, by=max_pm)
    return draft


def test_it_moves_to_the_open_period_and_its_days_follow(left_over: Invoice, ian: Membership) -> None:
    with at("2026-12-03"):
        with pytest.raises(IllegalMove, match="is past"):
            submit_invoice(left_over, by=ian)
        moved = move_invoice(left_over, by=ian)

        assert (str(moved.period), moved.number) == ("2026-12-01 to 2026-12-31", left_over.number)
        assert (str(moved.starts_on), str(moved.ends_on)) == ("2026-12-01", "2026-12-31")
        assert days_of(moved) == ("2026-12-03", "2026-12-13")
        assert [line.completed for line in moved.lines.all()][:1] == [5]
        assert submit_invoice(moved, by=ian).status == InvoiceStatus.UNDER_REVIEW


def test_a_due_date_that_was_given_stays_as_long_as_it_can(
    left_over: Invoice, ian: Membership, max_pm: Membership
) -> None:
    for due_on, stays in ((date(2027, 1, 15), "2027-01-15"), (date(2026, 12, 1), "None")):
        Invoice.objects.update(due_on=due_on, period=BillingPeriod.objects.get(closed_at__isnull=False))
        Invoice.objects.update(billed_on=date(2026, 11, 20))
        with at("2026-12-03"):
            assert days_of(move_invoice(left_over, by=ian)) == ("2026-12-03", stays)


def test_the_contact_is_shown_the_way(left_over: Invoice, ian: Membership, sign_in: SignIn) -> None:
    with at("2026-12-03"):
        phone = sign_in(ian)
        home = phone.get("/").content.decode()
        assert "Application 1 is a draft of an earlier period. Move it to the open one, or delete it" in home
        assert f"Go on with {left_over.number}" in home
        page = phone.get(f"/invoices/{left_over.pk}/").content.decode()
        assert f'action="/invoices/{left_over.pk}/move/"' in page
        told = phone.post(f"/invoices/{left_over.pk}/move/", follow=True).content.decode()
        assert "Application 1 bills 1 Dec 2026 to 31 Dec 2026 now." in told
        assert "Move to the open period" not in told


def test_what_came_back_and_is_too_late_is_the_companys_to_finish(
    submitted: Invoice, ian: Membership, max_pm: Membership
) -> None:
    return_invoice(submitted, "Less.", by=max_pm)
    open_period(submitted.commitment.project, DECEMBER, by=max_pm)
    with at("2026-12-03"):
        told = billing_of(ian)[0].commitments[0].why_not
        assert told == (
            "Application 1 is to be revised, and the next one begins once it is approved. The due date, 25 Nov 2026, "
            "is past. Harbor Row Builders can bill for you; ask its project manager."
        )
        assert [one.sentence for one in why_not_create(submitted.commitment, ian)] == [told]
        with pytest.raises(IllegalMove, match="was submitted, so it stays in its period"):
            move_invoice(submitted, by=max_pm)


def test_why_it_cannot_be_moved(
    left_over: Invoice, period: BillingPeriod, ian: Membership, vic: Membership, max_pm: Membership
) -> None:
    with pytest.raises(NotAllowed):
        move_invoice(left_over, by=vic)
    with at("2026-12-26"), pytest.raises(IllegalMove, match="25 Dec 2026, is past"):
        move_invoice(left_over, by=ian)
    save_settings(left_over.commitment.project, SettingsDetails(default_type=""), by=max_pm)
    with pytest.raises(IllegalMove, match="billed by invitation only"):
        move_invoice(left_over, by=ian)
    with at("2026-12-26"):
        assert move_invoice(left_over, by=max_pm).type == InvoiceType.WORK
    with pytest.raises(IllegalMove, match="is in the open period already"):
        move_invoice(left_over, by=max_pm)
    BillingPeriod.objects.update(closed_at=timezone.now())
    with pytest.raises(IllegalMove, match="has no open billing period"):
        move_invoice(left_over, by=max_pm)


def test_the_api_moves_it_and_a_contact_deletes_it_after_the_due_date(
    left_over: Invoice, ian: Membership, sign_in: SignIn
) -> None:
    with at("2026-12-03"):
        status, moved = post(sign_in(ian), f"/api/v1/invoices/{left_over.pk}/move/")
        assert (status, moved["starts_on"]) == (200, "2026-12-01")
    with at("2027-01-03"):
        delete_invoice(again(left_over), by=ian)
    assert not Invoice.objects.exists()
