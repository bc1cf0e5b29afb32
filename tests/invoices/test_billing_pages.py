"""The pages and the API of billing, for the company's people and for an invoice contact."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from decimal import Decimal
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from commitments.models import Commitment
from commitments.operations import set_invoice_contacts, set_status
from invoices.billing_rules import PeriodDetails, SettingsDetails
from invoices.invites import answer, send_invites
from invoices.models import BillingPeriod, BillingSettings, Invite, Invoice, InvoiceLine, Payment, PaymentState
from invoices.periods import open_period, save_settings, settings_of
from invoices.portal import billing_of
from procore_sync.acceptance.models import Notice
from procore_sync.accounts.models import Membership, Role
from projects.models import Project
from tests.factories import make_commitment, make_member, make_project
from tests.invoices.test_invites import NOVEMBER, at, clock, commitment, invite, period, project
from tests.invoices.test_periods import DECEMBER, make_invoice
from tests.projects.conftest import SignIn

__all__ = ["clock", "commitment", "invite", "period", "project"]
pytestmark = pytest.mark.django_db
Counted = Callable[[int], AbstractContextManager[Any]]


@pytest.fixture
def office(sign_in: SignIn, max_pm: Membership) -> Client:
    """Max's browser."""
    return sign_in(max_pm)


@pytest.fixture
def phone(sign_in: SignIn, ian: Membership) -> Client:
    """Ian's."""
    return sign_in(ian)


def billed(by: Membership, commitment: Commitment, period: BillingPeriod, number: str, paid: str) -> Invoice:
    """An invoice of 400.00 with a tenth withheld, of which so much was paid and more was taken back."""
    invoice = make_invoice(by, period, number=number)
    sequence = Invoice.objects.filter(commitment=commitment).count() + 1
    Invoice.objects.filter(pk=invoice.pk).update(commitment=commitment, sequence=sequence, status="approved")
    amounts = {"scheduled": Decimal(1000), "completed": Decimal(400), "work_retained": Decimal(40)}
    InvoiceLine.objects.create(invoice=invoice, position=1, key="1", sov_line=commitment.lines.get(), **amounts)
    for place, (state, amount) in enumerate([(PaymentState.ISSUED, paid), (PaymentState.VOIDED, "7.00")]):
        Payment.objects.create(
            company=by.company,
            invoice=invoice,
            payment_id=f"{number}-{place}",
            state=state,
            method="check",
            day=period.ends_on,
            amount=Decimal(amount),
            total=Decimal(amount),
            read_at=timezone.now(),
        )
    return invoice


# -- the company's people ------------------------------------------------------------------------------------------


def test_a_period_is_opened_from_the_project_with_the_suggested_days(office: Client, project: Project) -> None:
    assert f"/billing/projects/{project.pk}/" in office.get(f"/projects/{project.pk}/").content.decode()
    form = office.get(f"/billing/projects/{project.pk}/open/").context["form"]
    given = {name: str(form[name].value()) for name in ("starts_on", "ends_on", "due_on")}
    assert given == {"starts_on": "2026-11-01", "ends_on": "2026-11-30", "due_on": "2026-11-25"}

    answered = office.post(f"/billing/projects/{project.pk}/open/", given)

    period = BillingPeriod.objects.get()
    assert answered.headers["Location"] == f"/billing/periods/{period.pk}/"
    assert "1 Nov 2026 to 30 Nov 2026" in office.get("/billing/").content.decode()
    again = office.post(f"/billing/projects/{project.pk}/open/", given)
    assert (again.status_code, "It overlaps the period" in again.content.decode()) == (422, True)


def test_the_days_of_the_open_period_are_changed(office: Client, period: BillingPeriod) -> None:
    said = {"starts_on": "2026-11-01", "ends_on": "2026-11-29", "due_on": "2026-11-28"}

    assert office.post(f"/billing/periods/{period.pk}/edit/", said).status_code == 302
    period.refresh_from_db()
    assert str(period.due_on) == "2026-11-28"
    assert office.post(f"/billing/periods/{period.pk}/edit/", {**said, "due_on": "2026-10-01"}).status_code == 422


def test_settings_are_saved_from_their_page(office: Client, project: Project) -> None:
    page = f"/billing/projects/{project.pk}/settings/"
    said = {"frequency": "monthly", "next_start": "2026-12-01", "due_day": "20", "default_type": "nothing"}

    assert office.post(page, {**said, "next_start": ""}).status_code == 422
    assert office.post(page, said).status_code == 302

    stand = settings_of(project)
    assert (stand.frequency, stand.due_day, stand.default_type, stand.shows_claimed) == ("monthly", 20, "", False)
    assert office.get(page).context["form"]["default_type"].value() == "nothing"
    shown = office.get(f"/billing/projects/{project.pk}/").content.decode()
    assert "1 Dec 2026 to 31 Dec 2026, due 20 Dec 2026" in shown


def test_one_that_is_not_billed_any_more_is_said_to_be_why_none_is_invited(
    office: Client, period: BillingPeriod, project: Project, commitment: Commitment, max_pm: Membership, ian: Membership
) -> None:
    other = make_commitment(max_pm, project)
    set_invoice_contacts(other, [ian], by=max_pm)
    set_status(other, "void", by=max_pm)

    answer = office.post(f"/billing/periods/{period.pk}/invite/", {"commitments": [commitment.pk, other.pk]})

    assert answer.status_code == 422
    assert "One of the commitments cannot be billed any more." in answer.content.decode()
    assert "Choose at least one" not in answer.content.decode()
    assert not Invite.objects.exists()


def test_settings_from_an_older_page_are_not_saved_over_newer_ones(
    office: Client, project: Project, max_pm: Membership
) -> None:
    page = f"/billing/projects/{project.pk}/settings/"
    seen = office.get(page).context["form"]["seen"].value()
    save_settings(project, SettingsDetails(allows_overbilling=True, due_day=20), by=max_pm)

    older = office.post(page, {"frequency": "never", "due_day": "25", "default_type": "nothing", "seen": seen})

    assert older.status_code == 409
    assert "were changed meanwhile" in older.content.decode()
    assert "Last changed by Max" in older.content.decode()
    assert (settings_of(project).allows_overbilling, settings_of(project).due_day) == (True, 20)


def test_days_of_a_period_from_an_older_page_are_not_saved_over_newer_ones(
    office: Client, period: BillingPeriod
) -> None:
    page = f"/billing/periods/{period.pk}/edit/"
    seen = office.get(page).context["form"]["seen"].value()
    said = {"starts_on": "2026-11-01", "ends_on": "2026-11-29", "due_on": "2026-11-28", "seen": seen}
    assert office.post(page, said).status_code == 302

    older = office.post(page, {**said, "due_on": "2026-11-20"})

    assert (older.status_code, "changed meanwhile" in older.content.decode()) == (409, True)
    period.refresh_from_db()
    assert str(period.due_on) == "2026-11-28"


def test_one_many_or_all_are_invited_from_the_period(
    office: Client, period: BillingPeriod, project: Project, commitment: Commitment, max_pm: Membership, ian: Membership
) -> None:
    other = make_commitment(max_pm, project)
    make_commitment(max_pm, project, number="SC-lonely")
    assert "Invite the one that can be" in office.get(f"/billing/periods/{period.pk}/").content.decode()
    set_invoice_contacts(other, [ian], by=max_pm)
    page = f"/billing/periods/{period.pk}/invite/"

    assert "Invite all 2 that can be" in office.get(f"/billing/periods/{period.pk}/").content.decode()
    assert office.post(page, {"type": "work_materials"}).status_code == 422
    office.post(page, {"commitments": [commitment.pk], "type": "work_materials_retainage"})
    assert Invite.objects.get().type == "work_materials_retainage"
    office.post(page, {"all": "1", "type": "work_materials"})
    assert (Invite.objects.count(), Notice.objects.count()) == (2, 2)
    twice = office.post(page, {"all": "1", "type": "work_materials"}, follow=True)
    assert "no second e-mail was sent" in twice.content.decode()


def test_who_only_looks_finds_no_button(
    sign_in: SignIn, vic: Membership, period: BillingPeriod, project: Project
) -> None:
    browser = sign_in(vic)

    for page in (f"/billing/periods/{period.pk}/", f"/billing/projects/{project.pk}/"):
        shown = browser.get(page).content.decode()
        assert not any(word in shown for word in ("Invite", "Open a period", "Change the days", ">Settings <"))


def test_from_no_contact_it_is_two_clicks_to_invite_one(
    sign_in: SignIn, alma: Membership, office: Client, period: BillingPeriod, project: Project, max_pm: Membership
) -> None:
    commitment, browser = make_commitment(max_pm, project), sign_in(alma)
    people = f"/commitments/{commitment.pk}/people/"
    assert people in browser.get(f"/billing/periods/{period.pk}/").content.decode()
    link = f"/people/invite/?role=invoice_contact&amp;next={people}"
    assert link in browser.get(people).content.decode()
    assert "Invite a new contact" not in office.get(people).content.decode()

    asks = link.replace("&amp;", "&")
    assert browser.get(asks).context["form"]["role"].value() == "invoice_contact"
    answered = browser.post(asks, {"email": "ivo@kestrel.test", "role": "invoice_contact"})

    assert answered.headers["Location"] == people
    assert "ivo@kestrel.test" in browser.get(people).content.decode()
    away = browser.post("/people/invite/?next=https://evil.test/", {"email": "b@kestrel.test", "role": "viewer"})
    assert away.headers["Location"] == "/people/"


# -- the contact ---------------------------------------------------------------------------------------------------


def sentence(member: Membership) -> str | None:
    """Why they cannot bill the one commitment that they have, or None."""
    return billing_of(member)[0].commitments[0].why_not


def test_a_contact_lands_on_what_he_bills_and_finds_no_other_place(
    phone: Client, invite: Invite, commitment: Commitment
) -> None:
    for address in ("/", "/billing/"):
        page = phone.get(address)
        assert [label for _, entries in page.context["nav"]["items"] for label, *_ in entries] == ["Billing", "Help"]
        shown = page.content.decode()
        assert "Harbor Row Builders asks you to bill" in shown
        assert "Period 1 Nov 2026 to 30 Nov 2026, due 25 Nov 2026" in shown
        assert f'action="/billing/invites/{invite.pk}/answer/"' in shown
        assert 'role="search"' not in shown

    answered = phone.post(f"/billing/invites/{invite.pk}/answer/", {"answer": "yes"})
    assert answered.headers["Location"].endswith(f"?commitment={commitment.pk}")
    assert f"Bill {commitment.number}" in phone.get("/").content.decode()


def test_a_contact_who_bills_nothing_yet_is_told(phone: Client) -> None:
    assert "Nothing to bill yet" in phone.get("/").content.decode()


def test_his_invoices_stand_with_what_is_due_and_paid(
    phone: Client, commitment: Commitment, max_pm: Membership, project: Project
) -> None:
    period = open_period(project, NOVEMBER, by=max_pm)
    for number, paid in (("A-1", "360.00"), ("A-2", "100.00"), ("A-3", "0.00"), ("A-4", "0.00")):
        billed(max_pm, commitment, period, number, paid)
    Invoice.objects.filter(number="A-4").update(status="void")

    home = phone.get("/").content.decode()
    assert [number in home for number in ("A-1", "A-2", "A-3", "A-4")] == [False, True, True, True]
    assert "1,080.00" in home  # three of them at 400.00 less a tenth; the void one counts for nothing
    assert "460.00" in home
    own = phone.get(f"/billing/commitments/{commitment.pk}/").content.decode()
    assert all(text in own for text in ("A-1", "A-2", "360.00", "Approved"))


def test_why_he_cannot_bill_is_one_sentence(
    commitment: Commitment, project: Project, max_pm: Membership, ian: Membership
) -> None:
    assert sentence(ian) == "No billing period is open. Harbor Row Builders opens the next one."
    period = open_period(project, NOVEMBER, by=max_pm)
    assert sentence(ian) is None
    save_settings(project, SettingsDetails(default_type=""), by=max_pm)
    assert sentence(ian) == "In this project you bill once Harbor Row Builders has invited you."
    invite = send_invites(period, [commitment], by=max_pm)[0]
    assert sentence(ian) is None
    answer(invite, False, by=ian)
    assert sentence(ian) == "In this project you bill once Harbor Row Builders has invited you."
    with at("2026-11-26T00:00"):
        assert sentence(ian) == "The due date, 25 Nov 2026, has passed. Ask Harbor Row Builders to bill for you."
    billed(max_pm, commitment, period, "A-1", "0.00")
    assert sentence(ian) == "Billed in this period: approved."
    Commitment.objects.filter(pk=commitment.pk).update(uses_ssov=True)
    assert sentence(ian) == "Your schedule of values is not approved yet. Break each line down and submit it."
    Commitment.objects.filter(pk=commitment.pk).update(ssov_status="under_review")
    assert sentence(ian) == "Your schedule of values is not approved yet. Ask Harbor Row Builders."
    Commitment.objects.filter(pk=commitment.pk).update(vendor=None)
    assert sentence(ian) == "The commitment names no vendor yet. Ask Harbor Row Builders."
    set_status(Commitment.objects.get(pk=commitment.pk), "terminated", by=max_pm)
    assert sentence(ian) == "The commitment is terminated. Ask Harbor Row Builders."


def test_a_draft_is_gone_on_with(
    phone: Client, commitment: Commitment, period: BillingPeriod, max_pm: Membership
) -> None:
    billed(max_pm, commitment, period, "A-1", "0.00")
    shown = []
    for status in ("draft", "revise", "under_review"):
        Invoice.objects.update(status=status)
        shown.append("Go on with A-1" in phone.get("/").content.decode())

    assert shown == [True, True, False]


def test_what_came_back_stands_on_top_with_its_reasons_and_what_was_paid_below(
    phone: Client, commitment: Commitment, period: BillingPeriod, max_pm: Membership
) -> None:
    assert "Nothing was paid yet." in phone.get("/").content.decode()
    made = billed(max_pm, commitment, period, "A-1", "360.00")
    Invoice.objects.filter(pk=made.pk).update(status="revise", remark="Count the doors again.")
    InvoiceLine.objects.filter(invoice=made).update(reason="Not hung yet.")

    page = phone.get("/").content.decode()

    assert "1 invoice to revise" in page
    told = [page.index(words) for words in ("Count the doors again.", "Line 1: Not hung yet.", "Revise", "Paid last")]
    assert told == sorted(told)
    assert "Voided in QuickBooks" in page

    InvoiceLine.objects.filter(invoice=made).update(reason="", verdict="rejected")
    assert "Line 1: rejected without a reason" in phone.get("/").content.decode()
    InvoiceLine.objects.filter(invoice=made).update(reason="Looks good.", verdict="approved")
    assert "Line 1:" not in phone.get("/").content.decode()


@pytest.mark.parametrize("shows", [True, False])
def test_what_came_back_says_what_the_review_made_of_a_claim(
    phone: Client, commitment: Commitment, period: BillingPeriod, max_pm: Membership, shows: bool
) -> None:
    """The mail named a line that was lowered and approved; the page said that no reason was written."""
    made = billed(max_pm, commitment, period, "A-1", "0.00")
    BillingSettings.objects.update_or_create(project=commitment.project, defaults={"shows_claimed": shows})
    Invoice.objects.filter(pk=made.pk).update(status="revise")
    line = InvoiceLine.objects.filter(invoice=made)
    gross = line.get().figures.gross

    def told() -> str:
        return phone.get("/").content.decode()

    line.update(verdict="approved", claimed_completed=gross + 250, claimed_stored=0)
    claim = f"Claimed {gross + 250:,.2f}, now {gross:,.2f}."
    assert (f"Line 1: the review changed the amount<br>{claim}" in told()) is shows
    assert ("No reason was written." in told()) is not shows
    line.update(verdict="rejected", reason="Not hung yet.")
    assert "Line 1: Not hung yet." in told()
    assert (claim in told()) is shows
    line.update(verdict="")
    assert "Line 1: Not hung yet." in told()
    assert claim not in told(), "they may have changed it themselves"


def test_the_page_of_a_contact_takes_the_same_queries_whatever_he_bills(
    commitment: Commitment,
    period: BillingPeriod,
    project: Project,
    max_pm: Membership,
    ian: Membership,
    django_assert_num_queries: Counted,
) -> None:
    others = [project, make_project(max_pm)]
    open_period(others[1], NOVEMBER, by=max_pm)
    for place in (*others, *others):
        made = make_commitment(max_pm, place)
        set_invoice_contacts(made, [ian], by=max_pm)
        billed(max_pm, made, BillingPeriod.objects.get(project=place), f"B-{made.pk}", "1.00")

    # Commitments, periods, settings; contacts, invites, what is billed; invoices, their lines and payments.
    with django_assert_num_queries(9):
        found = billing_of(ian)
        assert [len(place.commitments) for place in found] == [3, 2]


# -- the API -------------------------------------------------------------------------------------------------------


def put(browser: Client, address: str, body: dict[str, Any]) -> Any:
    return browser.put(f"/api/v1/{address}", body, content_type="application/json")


def post(browser: Client, address: str, body: dict[str, Any]) -> Any:
    return browser.post(f"/api/v1/{address}", body, content_type="application/json")


def test_settings_through_the_api_keep_what_is_left_out(office: Client, project: Project) -> None:
    put(office, f"billing-settings/{project.pk}/", {"due_day": 20, "allows_overbilling": True})
    answered = put(office, f"billing-settings/{project.pk}/", {"default_type": ""})

    told = answered.json()
    assert told == {
        "seen": told["seen"],
        "project": project.pk,
        "frequency": "never",
        "next_start": None,
        "due_day": 20,
        "default_type": "",
        "allows_overbilling": True,
        "shows_claimed": True,
        "numbers_invoices": False,
    }
    wrong = put(office, f"billing-settings/{project.pk}/", {"due_day": 40})
    assert (wrong.status_code, list(wrong.json()["errors"])) == (422, ["due_day"])


def test_the_api_saves_nothing_over_what_somebody_else_saved_meanwhile(
    office: Client, project: Project, period: BillingPeriod
) -> None:
    address, later = f"billing-settings/{project.pk}/", f"billing-periods/{period.pk}/"
    read, days = office.get(f"/api/v1/{address}").json(), office.get(f"/api/v1/{later}").json()
    given = {name: days[name] for name in ("starts_on", "ends_on", "due_on")}
    assert put(office, address, {"due_day": 20, "seen": read["seen"]}).status_code == 200
    assert put(office, later, {**given, "due_on": given["ends_on"], "seen": days["seen"]}).status_code == 200

    for refused in (
        put(office, address, {"due_day": 21, "seen": read["seen"]}),
        put(office, later, {**given, "seen": days["seen"]}),
    ):
        assert (refused.status_code, "changed meanwhile" in refused.json()["detail"]) == (409, True)
    now = office.get(f"/api/v1/{address}").json()
    assert now["due_day"] == 20
    assert put(office, address, {"due_day": 21, "seen": now["seen"]}).json()["due_day"] == 21


def test_a_period_through_the_api(office: Client, project: Project, period: BillingPeriod) -> None:
    days = {"starts_on": "2026-12-01", "ends_on": "2026-12-31", "due_on": "2026-12-25"}
    made = post(office, "billing-periods/", {"project": project.pk, **days}).json()
    assert (made["is_open"], PeriodDetails.of(BillingPeriod.objects.get(pk=made["id"]))) == (True, DECEMBER)

    again = post(office, "billing-periods/", {"project": project.pk, **days})
    assert (again.status_code, "It overlaps" in again.json()["detail"]) == (422, True)
    later = put(office, f"billing-periods/{made['id']}/", {**days, "due_on": "2026-12-28"})
    assert later.json()["due_on"] == "2026-12-28"
    assert put(office, f"billing-periods/{period.pk}/", days).status_code == 409
    listed = office.get(f"/api/v1/billing-periods/?project={project.pk}").json()["results"]
    assert [one["is_open"] for one in listed] == [True, False]
    for nothing in ("x", "9" * 30, "-1"):
        refused = office.get(f"/api/v1/billing-periods/?project={nothing}")
        assert (refused.status_code, "Give a number" in refused.text) == (422, True)


def test_invites_through_the_api(
    office: Client, phone: Client, period: BillingPeriod, commitment: Commitment, project: Project, max_pm: Membership
) -> None:
    make_commitment(max_pm, project, number="SC-2")
    unknown = post(office, f"billing-periods/{period.pk}/invites/", {"commitments": [commitment.pk, 10**30]})
    assert (unknown.status_code, list(unknown.json()["errors"])) == (422, ["commitments"])
    sent = post(office, f"billing-periods/{period.pk}/invites/", {}).json()
    assert [(one["commitment"], one["status"]) for one in sent] == [(commitment.pk, "invited")]

    answered = post(phone, f"billing-invites/{sent[0]['id']}/answer/", {"accepts": True})
    assert answered.json()["status"] == "accepted"
    assert post(office, f"billing-invites/{sent[0]['id']}/answer/", {"accepts": True}).status_code == 403
    said = {one["number"]: one["state"] for one in office.get(f"/api/v1/billing-periods/{period.pk}/statuses/").json()}
    assert said == {"SC-1": "accepted", "SC-2": "no_contacts"}
    mine = phone.get(f"/api/v1/billing-periods/{period.pk}/statuses/").json()
    assert [one["number"] for one in mine] == ["SC-1"]


def test_a_contact_finds_his_own_invites_alone(
    phone: Client, invite: Invite, project: Project, max_pm: Membership, period: BillingPeriod
) -> None:
    theirs = make_commitment(max_pm, project)
    set_invoice_contacts(theirs, [make_member(max_pm.company, "Ivy", Role.INVOICE_CONTACT)], by=max_pm)
    hers = send_invites(period, [theirs], by=max_pm)[0]

    assert [one["id"] for one in phone.get("/api/v1/billing-invites/").json()["results"]] == [invite.pk]
    assert post(phone, f"billing-invites/{hers.pk}/answer/", {"accepts": True}).status_code == 404
    assert phone.post(f"/billing/invites/{hers.pk}/answer/", {"answer": "yes"}).status_code == 404
