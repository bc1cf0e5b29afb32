"""Inviting to bill: who can be asked, the mail and its link, the answer, and asking again."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date, datetime
from urllib.parse import quote
from zoneinfo import ZoneInfo

import pytest
import time_machine
from django.conf import settings
from django.core import signing
from django.test import Client

from commitments.models import Commitment
from commitments.operations import set_access, set_commitment_active, set_invoice_contacts, set_status
from commitments.ssov import approve_breakdown, submit_breakdown
from invoices import invite_links
from invoices.billing_rules import PeriodDetails, SettingsDetails
from invoices.invites import (
    BillingState,
    answer,
    billing_status,
    billing_statuses,
    commitments_to_bill,
    may_be_invited,
    send_invites,
    type_to_bill,
)
from invoices.models import BillingPeriod, Invite, InviteStatus, Invoice, InvoiceStatus
from invoices.periods import edit_period, open_period, save_settings
from procore_sync.acceptance.models import Notice
from procore_sync.acceptance.refusals import IllegalMove, NotReady
from procore_sync.accounts import operations as accounts
from procore_sync.accounts.models import Company, Membership, Role
from procore_sync.kit.refusals import InvalidInput, NotAllowed
from projects.models import Project
from tests.factories import make_commitment, make_member, make_project
from tests.invoices.test_periods import make_invoice
from tests.projects.conftest import SignIn
from tests.scenes import kept

pytestmark = pytest.mark.django_db
NOVEMBER = PeriodDetails(date(2026, 11, 1), date(2026, 11, 30), date(2026, 11, 25))
Travel = time_machine.travel


def at(text: str) -> Travel:
    """The clock of New York, where the company is."""
    return Travel(datetime.fromisoformat(text).replace(tzinfo=ZoneInfo("America/New_York")), tick=False)


@pytest.fixture(autouse=True)
def clock() -> object:
    """Noon of the 20th, five days before the period is due."""
    with at("2026-11-20T12:00") as clock:
        yield clock


@pytest.fixture
@kept
def project(max_pm: Membership) -> Project:
    return make_project(max_pm, "Harbor Row Lofts", number="1042")


@pytest.fixture
@kept
def period(project: Project, max_pm: Membership) -> BillingPeriod:
    return open_period(project, NOVEMBER, by=max_pm)


@pytest.fixture
@kept
def commitment(project: Project, max_pm: Membership, ian: Membership) -> Commitment:
    """An approved subcontract that Ian bills."""
    made = make_commitment(max_pm, project, number="SC-1", title="Concrete")
    set_invoice_contacts(made, [ian], by=max_pm)
    return made


@pytest.fixture
@kept
def invite(period: BillingPeriod, commitment: Commitment, max_pm: Membership) -> Invite:
    """Ian was asked to bill in November."""
    return send_invites(period, [commitment], by=max_pm)[0]


def state(commitment: Commitment, period: BillingPeriod) -> BillingState:
    return billing_status(Commitment.objects.get(pk=commitment.pk), period).state


def link_in(notice: Notice) -> str:
    """The address in a mail, without the site."""
    found = re.search(rf"{re.escape(settings.PUBLIC_URL)}(\S+)", notice.body)
    assert found
    return found[1]


def api(browser: Client, address: str, body: dict[str, object]) -> tuple[int, str]:
    """How the API answers a POST: the status and the sentence."""
    answered = browser.post(f"/api/v1/{address}", body, content_type="application/json")
    return answered.status_code, answered.json()["detail"]


def newest_link() -> str:
    return link_in(Notice.objects.order_by("pk").last() or Notice())


# -- statuses ------------------------------------------------------------------------------------------------------


def test_a_commitment_goes_from_no_contacts_to_billed(
    period: BillingPeriod, project: Project, max_pm: Membership, ian: Membership
) -> None:
    commitment = make_commitment(max_pm, project, uses_ssov=True)
    seen = [state(commitment, period)]
    set_invoice_contacts(commitment, [ian], by=max_pm)
    seen.append(state(commitment, period))
    commitment.lines.get().breakdown.create(position=1, description="All", amount="1000.00")
    submit_breakdown(commitment, by=max_pm)
    approve_breakdown(commitment, by=max_pm)
    seen.append(state(commitment, period))
    invite = send_invites(period, [commitment], by=max_pm)[0]
    seen.append(state(commitment, period))
    answer(invite, True, by=ian)
    seen.append(state(commitment, period))
    invoice = make_invoice(max_pm, period)
    Invoice.objects.update(commitment=commitment)
    seen.append(state(commitment, period))

    assert [str(one.label) for one in seen] == [
        "No invoice contacts",
        "SSOV not approved",
        "Not invited",
        "Invited",
        "Accepted",
        "Billed",
    ]
    assert billing_status(commitment, period).invoice == invoice
    Invoice.objects.update(status=InvoiceStatus.VOID)
    assert state(commitment, period) == BillingState.ACCEPTED


def test_of_several_contacts_one_who_accepts_speaks_for_all(
    period: BillingPeriod, commitment: Commitment, max_pm: Membership, ian: Membership, company: Company
) -> None:
    ivy = make_member(company, "Ivy", Role.INVOICE_CONTACT)
    set_invoice_contacts(commitment, [ian, ivy], by=max_pm)
    of_ian, of_ivy = send_invites(period, [commitment], by=max_pm)

    answer(of_ian, False, by=ian)
    assert state(commitment, period) == BillingState.INVITED
    answer(of_ivy, True, by=ivy)
    assert state(commitment, period) == BillingState.ACCEPTED
    set_invoice_contacts(commitment, [ian], by=max_pm)
    assert state(commitment, period) == BillingState.DECLINED


def test_many_statuses_take_three_queries(
    period: BillingPeriod,
    project: Project,
    max_pm: Membership,
    ian: Membership,
    django_assert_num_queries: Callable[[int], object],
) -> None:
    for _ in range(5):
        set_invoice_contacts(make_commitment(max_pm, project), [ian], by=max_pm)
    rows = list(commitments_to_bill(max_pm, project))
    send_invites(period, rows, by=max_pm)

    with django_assert_num_queries(3):  # type: ignore[attr-defined]  # a context manager
        found = billing_statuses(rows, period)
        said = {(one.state, str(contact)) for one in found for contact, _ in one.asked}
    assert said == {(BillingState.INVITED, "Ian")}


# -- asking --------------------------------------------------------------------------------------------------------


def test_the_mail_says_what_for_and_asks(invite: Invite, max_pm: Membership, ian: Membership) -> None:
    notice = Notice.objects.get()

    assert (notice.to, notice.subject) == (ian.user.email, "1042 Harbor Row Lofts: Max has invited you to bill")
    for said in (
        "Max of Harbor Row Builders",
        "Commitment: SC-1 Concrete",
        "Invoice type: Work and materials",
        "Billing period: 1 Nov 2026 to 30 Nov 2026",
        "Due date: 25 Nov 2026",
        "Do you want to bill this period?",
        "You have not signed in yet.",
        "an administrator of the company sends you a new one",
    ):
        assert said in notice.body
    assert (invite.sent_by, invite.status) == (max_pm, InviteStatus.INVITED)


def test_the_type_is_the_projects_unless_another_is_given(
    project: Project, period: BillingPeriod, commitment: Commitment, max_pm: Membership, ian: Membership
) -> None:
    assert type_to_bill(commitment, period, ian) == "work_materials"
    save_settings(project, SettingsDetails(default_type=""), by=max_pm)
    assert type_to_bill(commitment, period, ian) is None

    invite = send_invites(period, [commitment], by=max_pm, type="work_materials_retainage")[0]
    assert (invite.type, type_to_bill(commitment, period, ian)) == ("work_materials_retainage",) * 2
    answer(invite, False, by=ian)
    assert type_to_bill(commitment, period, ian) is None
    assert send_invites(period, [commitment], by=max_pm)[0].type == "work_materials"


def test_a_double_click_sends_one_mail_and_asking_again_later_another(
    clock: Travel, period: BillingPeriod, commitment: Commitment, max_pm: Membership
) -> None:
    assert [len(send_invites(period, [commitment], by=max_pm)) for _ in range(2)] == [1, 0]
    assert Notice.objects.count() == 1

    clock.shift(61)  # type: ignore[attr-defined]  # of the running traveller
    assert len(send_invites(period, [commitment], by=max_pm)) == 1
    assert (Notice.objects.count(), Invite.objects.count()) == (2, 1)


def test_who_declined_can_be_asked_again_at_once(
    invite: Invite, period: BillingPeriod, commitment: Commitment, max_pm: Membership, ian: Membership
) -> None:
    answer(invite, False, by=ian)

    again = send_invites(period, [commitment], by=max_pm)[0]

    assert answer(again, True, by=ian).status == InviteStatus.ACCEPTED


def make_void(commitment: Commitment, period: BillingPeriod, by: Membership) -> None:
    set_status(commitment, "void", by=by)


def make_inactive(commitment: Commitment, period: BillingPeriod, by: Membership) -> None:
    set_commitment_active(commitment, False, by=by)


def make_closed(commitment: Commitment, period: BillingPeriod, by: Membership) -> None:
    open_period(period.project, PeriodDetails(date(2026, 12, 1), date(2026, 12, 31), date(2026, 12, 25)), by=by)


def make_late(commitment: Commitment, period: BillingPeriod, by: Membership) -> None:
    edit_period(period, PeriodDetails(date(2026, 11, 1), date(2026, 11, 30), date(2026, 11, 19)), by=by)


def make_contactless(commitment: Commitment, period: BillingPeriod, by: Membership) -> None:
    set_invoice_contacts(commitment, [], by=by)


def make_billed(commitment: Commitment, period: BillingPeriod, by: Membership) -> None:
    invoice = make_invoice(by, period, number="INV-9")
    Invoice.objects.filter(pk=invoice.pk).update(commitment=commitment)


def make_vendorless(commitment: Commitment, period: BillingPeriod, by: Membership) -> None:
    Commitment.objects.update(vendor=None)


def make_broken_down(commitment: Commitment, period: BillingPeriod, by: Membership) -> None:
    Commitment.objects.update(uses_ssov=True)


Spoil = Callable[[Commitment, BillingPeriod, Membership], None]
AGAINST: list[tuple[Spoil, str]] = [
    (make_void, "The commitment is void. Only one that is approved, received or complete is billed."),
    (make_inactive, "The commitment is inactive."),
    (make_closed, "The period 1 Nov 2026 to 30 Nov 2026 is closed."),
    (make_late, "The due date, 19 Nov 2026, has passed."),
    (make_contactless, "The commitment has no invoice contact who could bill."),
    (make_billed, "It is billed in this period already, with invoice INV-9."),
    (make_vendorless, "The commitment has no vendor yet."),
    (make_broken_down, "The subcontractor's schedule of values is not approved yet."),
]


@pytest.mark.parametrize(("spoil", "sentence"), AGAINST, ids=[spoil.__name__ for spoil, _ in AGAINST])
def test_what_keeps_a_commitment_from_being_invited_is_said_by_page_and_operation_alike(
    spoil: Spoil,
    sentence: str,
    period: BillingPeriod,
    commitment: Commitment,
    max_pm: Membership,
    alma: Membership,
    sign_in: SignIn,
) -> None:
    spoil(commitment, period, max_pm)
    period.refresh_from_db()
    commitment.refresh_from_db()
    browser = sign_in(alma)

    assert not may_be_invited(commitment, period)
    with pytest.raises(NotReady) as refusal:
        send_invites(period, [commitment], by=max_pm)
    assert sentence in refusal.value.sentence
    assert refusal.value.sentence.startswith("SC-1: ")
    answered = api(browser, f"billing-periods/{period.pk}/invites/", {"commitments": [commitment.pk]})
    assert answered == (409, refusal.value.sentence)
    if commitment.is_active and commitment.status == "approved":
        page = browser.get(f"/billing/periods/{period.pk}/").content.decode()
        assert sentence.replace("'", "&#x27;") in page
        assert f'value="{commitment.pk}"' not in page
    assert not Notice.objects.exists()


def test_it_is_accepted_already(invite: Invite, commitment: Commitment, max_pm: Membership, ian: Membership) -> None:
    answer(invite, True, by=ian)

    with pytest.raises(NotReady, match="Ian accepted the invite already"):
        send_invites(invite.period, [commitment], by=max_pm)


def test_all_are_invited_or_none(
    period: BillingPeriod, project: Project, commitment: Commitment, max_pm: Membership
) -> None:
    with pytest.raises(NotReady, match="SC-2: The commitment has no invoice contact"):
        send_invites(period, [commitment, make_commitment(max_pm, project, number="SC-2")], by=max_pm)
    assert not Invite.objects.exists()


def test_nobody_is_invited_for_another_project_a_hidden_commitment_or_nothing(
    period: BillingPeriod,
    commitment: Commitment,
    max_pm: Membership,
    alma: Membership,
    company: Company,
    ian: Membership,
) -> None:
    elsewhere = make_commitment(max_pm)
    set_access(commitment, private=True, readers=[], by=alma)

    for chosen in ([], [elsewhere], [commitment]):
        with pytest.raises(InvalidInput) as refusal:
            send_invites(period, chosen, by=max_pm)
        assert list(refusal.value.errors) == ["commitments"]
    with pytest.raises(InvalidInput, match="is not a type of an invoice"):
        send_invites(period, [commitment], by=alma, type="gold")


def test_only_who_may_edit_invites(
    period: BillingPeriod, commitment: Commitment, vic: Membership, ada: Membership, ian: Membership
) -> None:
    for by in (vic, ada, ian):
        with pytest.raises(NotAllowed):
            send_invites(period, [commitment], by=by)


# -- the link ------------------------------------------------------------------------------------------------------


def test_the_link_asks_signed_in_and_yes_leads_to_the_invoice(
    invite: Invite, commitment: Commitment, ian: Membership, sign_in: SignIn
) -> None:
    link = newest_link()
    assert Client().get(link).headers["Location"] == f"/sign-in/?next={quote(link)}"
    browser = sign_in(ian)
    page = browser.get(link).content.decode()
    assert "Do you want to bill this period?" in page
    assert Invite.objects.get().status == InviteStatus.INVITED

    answered = browser.post(link, {"answer": "yes"})

    assert answered.headers["Location"].endswith(f"?commitment={commitment.pk}")
    assert Invite.objects.get().status == InviteStatus.ACCEPTED
    again = browser.get(link)
    assert again.status_code == 409
    assert "You accepted this invite on 20 Nov 2026. You can bill until 25 Nov 2026." in again.content.decode()


def test_no_ends_it_until_he_is_asked_again(invite: Invite, ian: Membership, sign_in: SignIn) -> None:
    browser, link = sign_in(ian), newest_link()

    assert browser.post(link, {"answer": "no"}).headers["Location"] == "/"
    assert browser.post(link, {"answer": "yes"}).status_code == 409

    assert Invite.objects.get().status == InviteStatus.DECLINED
    assert "You declined this invite on 20 Nov 2026" in browser.get(link).content.decode()


def test_neither_yes_nor_no_is_no_answer(invite: Invite, ian: Membership, sign_in: SignIn) -> None:
    assert sign_in(ian).post(newest_link(), {"answer": "perhaps"}).status_code == 404
    assert Invite.objects.get().status == InviteStatus.INVITED


@pytest.mark.parametrize(
    ("moment", "status", "said"),
    [
        ("2026-11-25T23:59", 200, "Do you want to bill this period?"),
        ("2026-11-26T00:00", 409, "This invite ended with the due date, 25 Nov 2026."),
    ],
)
def test_the_link_holds_until_the_end_of_the_due_date_where_the_company_is(
    invite: Invite, ian: Membership, sign_in: SignIn, moment: str, status: int, said: str
) -> None:
    with at(moment):
        page = sign_in(ian).get(newest_link())

    assert (page.status_code, said in page.content.decode()) == (status, True)


def test_a_later_due_date_holds_for_links_that_were_mailed(
    invite: Invite, period: BillingPeriod, max_pm: Membership, ian: Membership, sign_in: SignIn
) -> None:
    edit_period(period, PeriodDetails(date(2026, 11, 1), date(2026, 11, 30), date(2026, 11, 28)), by=max_pm)
    with at("2026-11-28T23:59"):
        assert sign_in(ian).get(newest_link()).status_code == 200


@pytest.mark.parametrize(
    ("spoil", "sentence"),
    [
        (make_void, "SC-1 is void now, so there is nothing to bill."),
        (make_contactless, "You do not bill against SC-1 any more."),
        (make_inactive, "You do not bill against SC-1 any more."),
        (make_closed, "The billing period 1 Nov 2026 to 30 Nov 2026 is closed."),
        (make_late, "This invite ended with the due date, 19 Nov 2026."),
        (make_billed, "SC-1 is billed in this period already, with invoice INV-9."),
    ],
    ids=lambda one: getattr(one, "__name__", ""),
)
def test_why_the_link_leads_nowhere_any_more(
    spoil: Spoil,
    sentence: str,
    invite: Invite,
    period: BillingPeriod,
    commitment: Commitment,
    max_pm: Membership,
    ian: Membership,
    sign_in: SignIn,
) -> None:
    spoil(commitment, period, max_pm)
    browser, link = sign_in(ian), newest_link()

    page = browser.get(link)
    assert (page.status_code, sentence in page.content.decode()) == (409, True)
    assert browser.post(link, {"answer": "yes"}).status_code == 409
    invite = Invite.objects.get()
    with pytest.raises(IllegalMove) as refusal:
        answer(invite, True, by=ian)
    assert sentence in refusal.value.sentence
    if spoil not in (make_contactless, make_inactive):
        answered = api(browser, f"billing-invites/{invite.pk}/answer/", {"accepts": True})
        assert answered == (409, refusal.value.sentence)


def refused(browser: Client, link: str) -> tuple[int, str]:
    """How the link is answered: the status, and the sentence; never a word of what it was for."""
    page = browser.get(link)
    body = page.content.decode()
    assert not any(secret in body for secret in ("SC-1", "Concrete", "Lofts"))
    assert browser.post(link, {"answer": "yes"}).status_code == page.status_code
    assert Invite.objects.get().status == InviteStatus.INVITED
    found = re.search(r'<p class="strong">(.*?)</p>', body)
    assert found
    return page.status_code, found[1]


def test_nobody_else_learns_anything_from_the_link(
    invite: Invite, alma: Membership, olga: Membership, company: Company, other_company: Company, sign_in: SignIn
) -> None:
    link = newest_link()
    ivy = make_member(company, "Ivy", Role.INVOICE_CONTACT)

    wrong = "This link was sent to somebody else. Sign in as the person who got the e-mail."
    assert refused(sign_in(ivy), link) == (403, wrong)
    assert refused(sign_in(alma), link) == (403, wrong)
    stranger = "This link is from a company that you do not belong to. It was sent to somebody else."
    assert refused(sign_in(olga), link) == (403, stranger)


def test_a_changed_link_is_none(invite: Invite, ian: Membership, sign_in: SignIn) -> None:
    link, said = newest_link(), "This is not a link of ours, or a part of it is missing. Copy it whole from the e-mail."
    forged = [
        link[:-2] + "/",
        "/billing/link/nonsense/",
        f"/billing/link/{signing.dumps([invite.pk, ian.pk, invite.sent_at.isoformat()])}/",
        f"/billing/link/{signing.dumps([1], salt='invoices.invite_links')}/",
    ]

    assert [refused(sign_in(ian), one) for one in forged] == [(404, said)] * 4


def test_who_was_shut_out_is_told(invite: Invite, alma: Membership, ian: Membership, sign_in: SignIn) -> None:
    link, browser = newest_link(), sign_in(ian)
    accounts.deactivate(ian, by=alma)

    sentence = "Your access to the company that sent this link has ended. Ask whoever sent the e-mail."
    assert refused(browser, link) == (403, sentence)


def test_who_works_in_another_company_now_is_sent_back(
    invite: Invite, ian: Membership, other_company: Company, sign_in: SignIn
) -> None:
    Membership.objects.create(user=ian.user, company=other_company, role=Role.VIEWER)
    browser = sign_in(ian)
    browser.post("/company/", {"company": other_company.pk})

    status, sentence = refused(browser, newest_link())

    assert (status, sentence[:44]) == (403, "You got this link from Harbor Row Builders, ")
    browser.post("/company/", {"company": ian.company_id})
    assert browser.get(newest_link()).status_code == 200


def test_a_fresh_link_takes_the_place_of_the_one_before(
    clock: Travel, invite: Invite, commitment: Commitment, max_pm: Membership, ian: Membership, sign_in: SignIn
) -> None:
    first = newest_link()
    clock.shift(300)  # type: ignore[attr-defined]  # of the running traveller
    send_invites(invite.period, [commitment], by=max_pm)
    browser = sign_in(ian)

    assert refused(browser, first)[1].startswith("This question has been sent to you again since.")
    assert browser.get(newest_link()).status_code == 200


def test_only_the_contact_answers(invite: Invite, max_pm: Membership, alma: Membership, sign_in: SignIn) -> None:
    with pytest.raises(NotAllowed):
        answer(invite, True, by=max_pm)
    assert sign_in(alma).post(f"/billing/invites/{invite.pk}/answer/", {"answer": "yes"}).status_code == 403
    assert Invite.objects.get().status == InviteStatus.INVITED


def test_an_invite_that_was_sent_again_meanwhile_is_not_answered(
    clock: Travel, invite: Invite, commitment: Commitment, max_pm: Membership, ian: Membership
) -> None:
    stale = Invite.objects.get(pk=invite.pk)
    clock.shift(300)  # type: ignore[attr-defined]  # of the running traveller
    send_invites(invite.period, [commitment], by=max_pm)

    with pytest.raises(IllegalMove, match="answered or sent again at this very moment"):
        answer(stale, True, by=ian)


def test_the_token_is_bound_to_invite_contact_and_asking(invite: Invite) -> None:
    assert signing.loads(invite_links.token_of(invite), salt="invoices.invite_links") == [
        invite.pk,
        invite.contact_id,
        invite.sent_at.isoformat(),
    ]
