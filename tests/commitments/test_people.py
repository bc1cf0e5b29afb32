"""Who sees a private commitment, who bills against one, and what an invoice contact sees of the company."""

from __future__ import annotations

import re

import pytest
from django.core import mail

from commitments.models import Commitment
from commitments.notices import breakdown_submitted, told_of
from commitments.operations import create_commitment, set_access, set_distribution, set_invoice_contacts
from commitments.rules import CommitmentDetails
from commitments.selectors import commitments_for
from procore_sync.acceptance.abouts import About
from procore_sync.acceptance.comments import comment
from procore_sync.acceptance.models import Notice
from procore_sync.acceptance.notices import deliver
from procore_sync.acceptance.operations import reject
from procore_sync.acceptance.selectors import items_for, journal_for, notices_for
from procore_sync.accounts.models import Membership, Role
from procore_sync.kit.kinds import Kind
from procore_sync.kit.refusals import InvalidInput, NotAllowed
from projects.records import AnotherHasTheReference
from tests.factories import make_commitment, make_member, sent
from tests.projects.conftest import SignIn
from tests.scenes import kept


@pytest.fixture
@kept
def mia(max_pm: Membership) -> Membership:
    """Mia, another project manager of Harbor Row."""
    return make_member(max_pm.company, "Mia", Role.PROJECT_MANAGER)


@pytest.fixture
@kept
def private(max_pm: Membership) -> Commitment:
    """A commitment that Max keeps to themselves, before the approvers."""
    made = make_commitment(max_pm, title="Quiet settlement", number="SC-77")
    set_access(made, private=True, readers=[], by=max_pm)
    return sent(made, max_pm)


def sees(member: Membership, commitment: Commitment) -> bool:
    found = commitments_for(member).filter(pk=commitment.pk).exists()
    assert found == items_for(member).filter(pk=commitment.erp_id).exists()
    return found


def test_a_private_commitment_is_seen_by_its_readers_administrators_and_deciders(
    private: Commitment, max_pm: Membership, mia: Membership, vic: Membership, ada: Membership, alma: Membership
) -> None:
    assert [sees(one, private) for one in (max_pm, ada, alma, mia, vic)] == [True, True, True, False, False]

    set_access(private, private=True, readers=[mia], by=max_pm)
    assert (sees(mia, private), sees(vic, private)) == (True, False)
    set_access(private, private=False, readers=[mia], by=max_pm)
    assert sees(vic, private)
    assert not private.erp.readers.exists()


def test_it_is_on_no_page_and_in_no_answer_of_another_project_manager(
    private: Commitment, mia: Membership, sign_in: SignIn
) -> None:
    client = sign_in(mia)

    places = ["", "edit/", "correct/", "people/", "breakdown/", "breakdown/1/"]
    missing = [f"/commitments/{private.pk}/{place}" for place in places]
    missing += [f"/review/{private.erp_id}/", f"/api/v1/items/{private.erp_id}/", f"/api/v1/commitments/{private.pk}/"]
    assert {address: client.get(address).status_code for address in missing} == dict.fromkeys(missing, 404)
    assert client.post(f"/api/v1/items/{private.erp_id}/retrieve/", content_type="application/json").status_code == 404
    for address in (
        "/",
        "/commitments/?active=all",
        "/inbox/",
        "/inbox/?q=SC-77",
        "/api/v1/commitments/",
        "/api/v1/items/",
    ):
        page = client.get(address).content.decode()
        assert "Quiet settlement" not in page, address
    assert client.get("/commitments/").context["totals"] == []


def test_the_journal_is_silent_about_it_to_who_may_not_read_it(
    private: Commitment, ada: Membership, alma: Membership
) -> None:
    other = make_member(ada.company, "Abe", Role.ACCOUNTANT, exports=[Kind.VENDOR])

    told = [journal_for(one).filter(item=private.erp).exists() for one in (ada, alma, other)]
    assert told == [True, True, False]


def test_its_reference_does_not_give_it_away(max_pm: Membership, mia: Membership) -> None:
    made = make_commitment(max_pm, external_ref="C-1")
    set_access(made, private=True, readers=[], by=max_pm)

    with pytest.raises(AnotherHasTheReference) as raised:
        create_commitment(CommitmentDetails(made.project_id, "subcontract"), by=mia, external_ref="C-1")
    assert made.number not in raised.value.sentence


def test_readers_are_people_of_the_company_who_see_records(
    max_pm: Membership, olga: Membership, ian: Membership, vic: Membership
) -> None:
    made = make_commitment(max_pm)
    for stranger in (olga, ian):
        with pytest.raises(InvalidInput):
            set_access(made, private=True, readers=[stranger], by=max_pm)
    with pytest.raises(NotAllowed):
        set_access(made, private=True, readers=[], by=vic)
    assert not Commitment.objects.get().erp.is_private


def test_invoice_contacts_are_invoice_contacts_of_the_company(
    max_pm: Membership, olga: Membership, ian: Membership, vic: Membership
) -> None:
    made = make_commitment(max_pm)
    stranger = make_member(olga.company, "Ivo", Role.INVOICE_CONTACT)
    for wrong in (vic, stranger, olga):
        with pytest.raises(InvalidInput):
            set_invoice_contacts(made, [wrong], by=max_pm)
    with pytest.raises(NotAllowed):
        set_invoice_contacts(made, [ian], by=vic)

    set_invoice_contacts(made, [ian], by=max_pm)

    assert made.invoice_contacts.get() == ian
    set_invoice_contacts(made, [], by=max_pm)
    assert not made.invoice_contacts.exists()


def test_a_contact_sees_nothing_of_the_company_by_being_named(
    max_pm: Membership, ian: Membership, sign_in: SignIn
) -> None:
    made = make_commitment(max_pm, title="Concrete")
    set_invoice_contacts(made, [ian], by=max_pm)

    assert not sees(ian, made)
    client = sign_in(ian)
    assert client.get(f"/commitments/{made.pk}/").status_code == 404
    assert client.get(f"/api/v1/commitments/{made.pk}/").status_code == 404
    for address in ("/commitments/", "/vendors/", "/projects/"):
        assert b"SC-0" not in client.get(address).content


def test_people_are_set_on_their_page(
    max_pm: Membership, mia: Membership, ian: Membership, olga: Membership, sign_in: SignIn
) -> None:
    made, client = make_commitment(max_pm), sign_in(max_pm)
    page = client.get(f"/commitments/{made.pk}/people/").content.decode()
    assert "Mia" in page
    assert "Olga" not in page

    client.post(f"/commitments/{made.pk}/people/", {"private": "on", "readers": [str(mia.pk)]})
    client.post(f"/commitments/{made.pk}/people/contacts/", {"contacts": [str(ian.pk)]})

    assert sees(mia, made)
    assert set(made.erp.readers.all()) == {mia, max_pm}
    assert made.invoice_contacts.get() == ian
    foreign = client.post(f"/commitments/{made.pk}/people/", {"private": "on", "readers": [str(olga.pk)]})
    assert foreign.status_code == 422


def test_who_was_shut_out_meanwhile_takes_nobody_else_off_with_him(
    max_pm: Membership, ian: Membership, mia: Membership, sign_in: SignIn
) -> None:
    made, ivo = make_commitment(max_pm), make_member(max_pm.company, "Ivo", Role.INVOICE_CONTACT)
    set_invoice_contacts(made, [ian, ivo], by=max_pm)
    set_distribution(made, [max_pm, mia], by=max_pm)
    client, page = sign_in(max_pm), f"/commitments/{made.pk}/people/"
    seen = client.get(page).context["contacts_form"]["seen"].value()
    Membership.objects.filter(pk__in=[ivo.pk, mia.pk]).update(is_active=False)

    bill = client.post(f"{page}contacts/", {"contacts": [ian.pk, ivo.pk], "seen": seen})
    told = client.post(f"{page}distribution/", {"people": [max_pm.pk, mia.pk]})

    assert (bill.status_code, told.status_code) == (422, 422)
    assert "is not one of the available choices" in bill.content.decode()
    assert set(made.invoice_contacts.all()) == {ian, ivo}
    assert set(made.distribution.all()) == {max_pm, mia}
    assert client.post(f"{page}contacts/", {"contacts": [ian.pk], "seen": seen}).status_code == 302
    assert set(made.invoice_contacts.all()) == {ian}


def test_the_distribution_list_is_told_what_is_submitted_and_without_one_all_who_review(
    max_pm: Membership, mia: Membership, vic: Membership, ian: Membership, sign_in: SignIn
) -> None:
    made = make_commitment(max_pm)
    set_invoice_contacts(made, [ian], by=max_pm)

    def told() -> set[Membership]:
        return set(told_of(made, made.erp, but=ian))

    assert told() == {max_pm, mia}
    page = sign_in(max_pm)
    assert page.post(f"/commitments/{made.pk}/people/distribution/", {"people": [vic.pk]}).status_code == 302
    assert told() == {vic}
    assert f'value="{vic.pk}" ' in page.get(f"/commitments/{made.pk}/people/").content.decode()

    set_access(made, private=True, readers=[], by=max_pm)
    assert told() == {max_pm}, "Vic may not see it any more"
    refused = page.post(f"/commitments/{made.pk}/people/distribution/", {"people": [vic.pk]})
    assert (refused.status_code, "may not see this private" in refused.content.decode()) == (422, True)
    with pytest.raises(InvalidInput, match="cannot read records"):
        set_distribution(made, [ian], by=max_pm)
    with pytest.raises(NotAllowed):
        set_distribution(made, [], by=vic)


def told(of: Commitment) -> set[str]:
    return set(Notice.objects.filter(item=of.erp, by_mail=True).values_list("to", flat=True))


def test_who_may_not_read_a_private_record_any_more_gets_no_mail_of_it(
    max_pm: Membership, mia: Membership, ada: Membership
) -> None:
    """Mia made it and Max sent it; then it was kept from her."""
    made = make_commitment(mia, title="Quiet settlement", number="SC-77")
    set_access(made, private=True, readers=[max_pm], by=max_pm)
    sent(made, max_pm)

    reject(made.erp, by=ada, comment="Settle for less.")

    assert told(made) == {max_pm.user.email}


def test_a_mail_that_waits_is_not_sent_once_its_record_is_kept_from_whom_it_was_for(
    max_pm: Membership, mia: Membership, ada: Membership
) -> None:
    made = make_commitment(mia, title="Quiet settlement", number="SC-77")
    sent(made, max_pm)
    reject(made.erp, by=ada, comment="Settle for less.")
    assert told(made) == {max_pm.user.email, mia.user.email}
    set_access(made, private=True, readers=[max_pm], by=max_pm)

    deliver()

    assert [one.to for one in mail.outbox] == [[max_pm.user.email]]


@pytest.mark.parametrize("left", [Role.INVOICE_CONTACT, None])
def test_who_became_an_outsider_is_told_nothing_of_a_private_record_and_finds_nothing_he_was_told(
    left: Role | None, max_pm: Membership, mia: Membership, ada: Membership
) -> None:
    made = make_commitment(max_pm, title="Quiet settlement", number="SC-77")
    set_access(made, private=True, readers=[mia], by=max_pm)
    set_distribution(made, [mia], by=max_pm)
    comment(made.erp, by=max_pm, text="Their offer is too low.", notify=[mia.pk])
    assert notices_for(mia).count() == 1
    Membership.objects.filter(pk=mia.pk).update(**({"role": left} if left else {"is_active": False}))
    mia.refresh_from_db()

    breakdown_submitted(made, by=ada)

    assert told_of(made, made.erp, but=ada) == [max_pm]
    assert Notice.objects.filter(member=mia, about=About.SUBMITTED).count() == 0
    assert not left or notices_for(mia).count() == 0
    deliver()
    assert mia.user.email not in {to for one in mail.outbox for to in one.to}


def test_who_is_told_is_not_saved_from_a_page_that_is_older_than_somebody_elses_change_of_it(
    sign_in: SignIn, max_pm: Membership, mia: Membership, vic: Membership, alma: Membership
) -> None:
    made = make_commitment(max_pm, number="SC-9")
    set_distribution(made, [mia, vic], by=max_pm)
    page, address = sign_in(max_pm), f"/commitments/{made.pk}/people/"

    def seen() -> str:
        return str(re.findall(r'name="seen" value="(\w+)"', page.get(address).content.decode())[-1])

    ids = re.findall(r' id="([^"]+)"', page.get(address).content.decode())
    assert [one for one in ids if ids.count(one) > 1] == []
    older = {"people": [mia.pk, vic.pk], "seen": seen()}
    set_distribution(made, [mia], by=alma)

    refused = page.post(f"{address}distribution/", older)

    assert (refused.status_code, "Who is told of SC-9 was saved by Alma while" in refused.content.decode()) == (
        409,
        True,
    )
    assert "What you typed stands below." in refused.content.decode()
    assert refused.context["distribution_form"]["people"].value() == [str(mia.pk), str(vic.pk)]
    assert list(made.distribution.all()) == [mia]
    assert page.post(f"{address}distribution/", {**older, "seen": seen()}).status_code == 302
    assert made.distribution.count() == 2


def test_whom_somebody_took_out_meanwhile_an_older_page_does_not_let_in_again(
    sign_in: SignIn, max_pm: Membership, mia: Membership, ian: Membership, alma: Membership
) -> None:
    made = make_commitment(max_pm, number="SC-9")
    set_access(made, private=True, readers=[mia], by=max_pm)
    set_invoice_contacts(made, [ian], by=max_pm)
    page, address = sign_in(max_pm), f"/commitments/{made.pk}/people/"
    seen = re.findall(r'name="seen" value="(\w+)"', page.get(address).content.decode())
    set_access(made, private=True, readers=[max_pm], by=alma)
    set_invoice_contacts(made, [], by=alma)

    older = [
        page.post(address, {"private": "on", "readers": [mia.pk], "seen": seen[0]}),
        page.post(f"{address}contacts/", {"contacts": [ian.pk], "seen": seen[1]}),
    ]

    assert [one.status_code for one in older] == [409, 409]
    assert "Who may see SC-9 was saved by Alma while you edited it (" in older[0].content.decode()
    assert "Who bills against SC-9 was saved by Alma while you edited it (" in older[1].content.decode()
    assert older[0].context["access_form"]["readers"].value() == [str(mia.pk)]
    assert older[1].context["contacts_form"]["contacts"].value() == [str(ian.pk)]
    assert all(f'href="{address}">Show what stands now' in one.content.decode() for one in older)
    assert not sees(mia, made)
    assert not made.invoice_contacts.exists()
    now = re.findall(r'name="seen" value="(\w+)"', page.get(address).content.decode())
    assert page.post(address, {"private": "on", "readers": [mia.pk], "seen": now[0]}).status_code == 302
    assert page.post(f"{address}contacts/", {"contacts": [ian.pk], "seen": now[1]}).status_code == 302
    assert sees(mia, made)
