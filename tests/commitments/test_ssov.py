"""The subcontractor's own schedule of values: to the cent, and along its four states only (domain.md §11.6)."""

from __future__ import annotations

import re
from dataclasses import replace
from decimal import Decimal as D
from typing import Any

import pytest
from django.test import Client

from commitments.breakdown_invites import invite_to_break_down
from commitments.kinds import commitment_document, lines_of
from commitments.models import Commitment, SsovStatus
from commitments.operations import set_invoice_contacts, set_lines
from commitments.rules import line_details
from commitments.ssov import (
    PartDetails,
    approve_breakdown,
    remaining_of,
    reopen_breakdown,
    return_breakdown,
    set_breakdown,
    submit_breakdown,
)
from procore_sync.acceptance.models import Notice
from procore_sync.acceptance.refusals import IllegalMove
from procore_sync.accounts.models import Membership
from procore_sync.kit.refusals import InvalidInput, NotAllowed
from tests.factories import make_commitment
from tests.projects.conftest import SignIn
from tests.projects.test_api import post, put
from tests.scenes import kept

#: domain.md §11.6, and back into draft, so that a mistake is no dead end.
LEGAL = {
    "draft": {"submit": "under_review"},
    "under_review": {"approve": "approved", "return": "revise", "reopen": "draft"},
    "approved": {"reopen": "draft"},
    "revise": {"submit": "under_review"},
}
STEPS: dict[str, Any] = {
    "submit": submit_breakdown,
    "approve": approve_breakdown,
    "return": lambda commitment, by: return_breakdown(commitment, "Split the labor.", by=by),
    "reopen": reopen_breakdown,
}


@pytest.fixture
@kept
def subcontract(max_pm: Membership) -> Commitment:
    """Two lines, broken down to the cent."""
    made = make_commitment(max_pm, uses_ssov=True, lines=["100.00", "-5.25"])
    first, second = lines_of(made)
    set_breakdown(first, [PartDetails("Labor", D("60.01")), PartDetails("Material", D("39.99"))], by=max_pm)
    set_breakdown(second, [PartDetails("Credit", D("-5.25"))], by=max_pm)
    return made


@pytest.mark.parametrize("step", list(STEPS))
@pytest.mark.parametrize("status", SsovStatus.values)
def test_it_moves_only_along_these_arrows(status: str, step: str, subcontract: Commitment, max_pm: Membership) -> None:
    Commitment.objects.update(ssov_status=status)
    subcontract.refresh_from_db()
    expected = LEGAL[status].get(step)

    if expected is None:
        with pytest.raises(IllegalMove):
            STEPS[step](subcontract, by=max_pm)
    else:
        STEPS[step](subcontract, by=max_pm)
    assert Commitment.objects.get().ssov_status == (expected or status)


def test_a_cent_that_remains_keeps_it_from_being_submitted(subcontract: Commitment, max_pm: Membership) -> None:
    first, second = lines_of(subcontract)
    set_breakdown(first, [PartDetails("Labor", D("60.00")), PartDetails("Material", D("39.99"))], by=max_pm)

    assert remaining_of(subcontract) == {first.pk: D("0.01"), second.pk: D("0.00")}
    with pytest.raises(IllegalMove, match=r"line 1: 0\.01"):
        submit_breakdown(subcontract, by=max_pm)
    set_breakdown(first, [], by=max_pm)
    assert remaining_of(subcontract)[first.pk] == D("100.00")


def test_without_a_line_there_is_nothing_to_submit(max_pm: Membership) -> None:
    with pytest.raises(IllegalMove, match="no line"):
        submit_breakdown(make_commitment(max_pm, uses_ssov=True, lines=[]), by=max_pm)


@pytest.mark.parametrize("status", ["under_review", "approved"])
def test_what_is_submitted_is_not_edited(status: str, subcontract: Commitment, max_pm: Membership) -> None:
    Commitment.objects.update(ssov_status=status)

    with pytest.raises(IllegalMove, match="Reopen it first"):
        set_breakdown(lines_of(subcontract)[0], [], by=max_pm)


@pytest.mark.parametrize(
    ("part", "field"),
    [
        (PartDetails(" ", D("1")), "description"),
        (PartDetails("x" * 1001, D("1")), "description"),
        (PartDetails("Labor", None), "amount"),
        (PartDetails("Labor", D("0.001")), "amount"),
    ],
)
def test_a_part_refuses_what_does_not_fit(
    part: PartDetails, field: str, subcontract: Commitment, max_pm: Membership
) -> None:
    with pytest.raises(InvalidInput) as raised:
        set_breakdown(lines_of(subcontract)[0], [part], by=max_pm)
    assert list(raised.value.errors) == [f"parts.0.{field}"]


def test_it_comes_back_with_a_reason(subcontract: Commitment, max_pm: Membership) -> None:
    submit_breakdown(subcontract, by=max_pm)
    with pytest.raises(InvalidInput):
        return_breakdown(subcontract, " ", by=max_pm)
    return_breakdown(subcontract, "Split the labor.", by=max_pm)
    assert Commitment.objects.get().ssov_reason == "Split the labor."
    submit_breakdown(subcontract, by=max_pm)
    assert Commitment.objects.get().ssov_reason == ""


def test_a_changed_line_reopens_it(subcontract: Commitment, max_pm: Membership) -> None:
    Commitment.objects.update(ssov_status="approved")
    subcontract.refresh_from_db()
    first, second = (line_details(line) for line in lines_of(subcontract))

    set_lines(subcontract, [replace(first, description="Footings"), second], by=max_pm, seen=1)
    assert Commitment.objects.get().ssov_status == "approved"
    set_lines(subcontract, [replace(first, amount=D("99.00")), second], by=max_pm, seen=2)
    assert Commitment.objects.get().ssov_status == "draft"


def test_quickbooks_never_gets_it(subcontract: Commitment) -> None:
    assert "Labor" not in str(commitment_document(subcontract))


def test_only_one_that_has_it_and_who_may_edit(subcontract: Commitment, max_pm: Membership, vic: Membership) -> None:
    other = make_commitment(max_pm)
    for step in STEPS.values():
        with pytest.raises(IllegalMove, match="has no subcontractor schedule of values"):
            step(other, by=max_pm)
        with pytest.raises(NotAllowed):
            step(subcontract, by=vic)
    with pytest.raises(NotAllowed):
        set_breakdown(lines_of(subcontract)[0], [], by=vic)


# -- by the subcontractor themselves -------------------------------------------------------------------------------


@pytest.fixture
@kept
def billed(subcontract: Commitment, max_pm: Membership, ian: Membership) -> Commitment:
    """The same, which Ian bills."""
    set_invoice_contacts(subcontract, [ian], by=max_pm)
    return subcontract


def test_the_contact_breaks_down_and_submits_and_both_are_told(
    billed: Commitment, max_pm: Membership, ian: Membership
) -> None:
    set_breakdown(lines_of(billed)[0], [PartDetails("All of it", D("100.00"))], by=ian)
    submit_breakdown(billed, by=ian)

    mail = Notice.objects.get()
    assert (mail.to, mail.subject) == (max_pm.user.email, f"To review: the breakdown of {billed.erp.label}")
    assert f"\n\nProject: {billed.project}\n\nApprove it, or give it back:\n" in mail.body
    assert f"/commitments/{billed.pk}/breakdown/" in mail.body
    with pytest.raises(IllegalMove, match="can give it back to you"):
        set_breakdown(lines_of(billed)[0], [], by=ian)

    Notice.objects.all().delete()
    return_breakdown(billed, "Split the labor.", by=max_pm)
    mail = Notice.objects.get()
    assert mail.to == ian.user.email
    assert f"\n\nProject: {billed.project}\n\nSplit the labor.\n\n" in mail.body
    assert f"/billing/commitments/{billed.pk}/breakdown/" in mail.body
    set_breakdown(lines_of(billed)[0], [PartDetails("Labor", D("100.00"))], by=ian)
    submit_breakdown(billed, by=ian)


def test_the_contact_is_told_nothing_of_what_is_done_for_him(
    billed: Commitment, max_pm: Membership, ian: Membership
) -> None:
    set_breakdown(lines_of(billed)[0], [PartDetails("All of it", D("100.00"))], by=max_pm)
    for name in ("submit", "reopen", "submit", "approve"):
        STEPS[name](billed, by=max_pm)
    assert not Notice.objects.exists()


def test_the_contact_is_invited_by_a_mail_that_leads_to_his_lines(
    billed: Commitment, max_pm: Membership, ian: Membership, sign_in: SignIn, client: Client
) -> None:
    office, at = sign_in(max_pm), f"/commitments/{billed.pk}/"
    assert "Invite to break it down" in office.get(at).content.decode()
    assert office.post(f"{at}breakdown/invite/").status_code == 302
    assert invite_to_break_down(billed, by=max_pm) == []

    mail = Notice.objects.get()
    assert (mail.to, mail.about) == (ian.user.email, "")
    assert mail.subject == f"{billed.project}: Max invites you to break down your Schedule of Values"
    link = re.search(r"http://127\.0\.0\.1:8000(/billing/breakdown/\S+)", mail.body)
    assert link
    assert client.get(link[1])["Location"].startswith("/sign-in/?next=/billing/breakdown/")
    assert sign_in(ian).get(link[1])["Location"] == f"/billing/commitments/{billed.pk}/breakdown/"
    refused = office.get(link[1])
    assert (refused.status_code, "sent to somebody else" in refused.content.decode()) == (403, True)
    billed.invoice_contacts.clear()
    assert sign_in(ian).get(link[1]).status_code == 404
    assert sign_in(ian).get("/billing/breakdown/x/").status_code == 404


def test_nobody_is_invited_where_nothing_can_be_broken_down(
    billed: Commitment, max_pm: Membership, vic: Membership, ian: Membership
) -> None:
    with pytest.raises(NotAllowed):
        invite_to_break_down(billed, by=vic)
    other = make_commitment(max_pm, uses_ssov=True, lines=["100.00"])
    with pytest.raises(IllegalMove, match="No invoice contact is named"):
        invite_to_break_down(other, by=max_pm)
    submit_breakdown(billed, by=ian)
    with pytest.raises(IllegalMove, match="is under review"):
        invite_to_break_down(billed, by=max_pm)


def test_what_the_company_decides_and_what_is_anothers_is_not_the_contacts(
    billed: Commitment, max_pm: Membership, ian: Membership
) -> None:
    submit_breakdown(billed, by=ian)
    for name in ("approve", "return", "reopen"):
        with pytest.raises(NotAllowed):
            STEPS[name](billed, by=ian)
    other = make_commitment(max_pm, uses_ssov=True, lines=["100.00"])
    with pytest.raises(NotAllowed, match="not an invoice contact of this commitment"):
        set_breakdown(lines_of(other)[0], [], by=ian)
    with pytest.raises(NotAllowed, match="not an invoice contact of this commitment"):
        submit_breakdown(other, by=ian)


def test_what_was_read_before_it_was_approved_is_not_edited(
    billed: Commitment, max_pm: Membership, ian: Membership
) -> None:
    line = lines_of(billed)[0]
    assert line.commitment.ssov_status == "draft"
    Commitment.objects.update(ssov_status="approved")
    with pytest.raises(IllegalMove, match="is approved"):
        set_breakdown(line, [], by=ian)


def test_the_contacts_pages(billed: Commitment, ian: Membership, sign_in: SignIn) -> None:
    phone, at = sign_in(ian), f"/billing/commitments/{billed.pk}/breakdown/"
    assert f'href="{at}"' in phone.get("/").content.decode()
    page = phone.get(at).content.decode().partition("<main")[2]
    assert f'href="{at}1/"' in page
    assert f'action="{at}submit/"' in page
    assert f'"/commitments/{billed.pk}/' not in page

    rows = {"parts-count": "1", "parts-0-description": "Labor", "parts-0-amount": "99.00"}
    assert phone.post(f"{at}1/", rows).headers["Location"] == at
    assert "line 1: 1.00" in phone.get(at).content.decode()
    assert f'href="{at}"' in phone.get(f"{at}1/").content.decode()
    phone.post(f"{at}1/", {**rows, "parts-0-amount": "100.00"})
    assert phone.post(f"{at}submit/").headers["Location"] == at
    page = phone.get(at).content.decode().partition("<main")[2]
    assert not any(word in page for word in ("Submit", "Approve", "Reopen", "Break down", "Revise and resubmit"))
    billed.invoice_contacts.clear()
    assert [phone.get(address).status_code for address in (at, f"{at}1/")] == [404, 404]


def test_the_contact_calls_the_api_for_what_he_bills(
    billed: Commitment, max_pm: Membership, ian: Membership, sign_in: SignIn
) -> None:
    his, at = sign_in(ian), f"/api/v1/commitments/{billed.pk}/breakdown/"
    assert his.get(at).json()["status"] == "draft"
    assert put(his, f"{at}1/", {"parts": [{"description": "All", "amount": "100.00"}]})[0] == 200
    assert post(his, f"{at}submit/", {})[1]["status"] == "under_review"
    for step, body in (("approve", {}), ("reopen", {}), ("return", {"reason": "x"})):
        assert post(his, f"{at}{step}/", body)[0] == 404
    assert his.get(f"/api/v1/commitments/{billed.pk}/").status_code == 404
    other = make_commitment(max_pm, uses_ssov=True, lines=["100.00"])
    assert his.get(f"/api/v1/commitments/{other.pk}/breakdown/").status_code == 404


def test_a_line_is_not_broken_down_by_the_api_over_parts_that_nobody_read(
    billed: Commitment, max_pm: Membership, ian: Membership, sign_in: SignIn
) -> None:
    his, at = sign_in(ian), f"/api/v1/commitments/{billed.pk}/breakdown/"
    read = his.get(at).json()["lines"][0]
    set_breakdown(lines_of(billed)[0], [PartDetails("Labor", D("60.00"))], by=max_pm)

    body = {"parts": [{"description": "All", "amount": "100.00"}], "seen": read["seen"]}
    status, refused = put(his, f"{at}1/", body)
    assert (status, "saved" in refused["detail"]) == (409, True)
    stands = his.get(at).json()["lines"][0]
    assert [part["description"] for part in stands["parts"]] == ["Labor"]
    status, saved = put(his, f"{at}1/", {**body, "seen": stands["seen"]})
    assert (status, saved["lines"][0]["parts"][0]["description"]) == (200, "All")


def test_a_line_is_broken_down_on_its_page(max_pm: Membership, sign_in: SignIn) -> None:
    made, client = make_commitment(max_pm, uses_ssov=True, lines=["1100.00"]), sign_in(max_pm)
    address = f"/commitments/{made.pk}/breakdown/1/"
    rows = {"parts-count": "3", "parts-0-description": "Labor", "parts-0-amount": "1,000.00", "parts-2-amount": "100"}

    wrong = client.post(address, rows)
    assert wrong.status_code == 422
    assert "The description is empty." in wrong.content.decode()
    more = client.post(address, {**rows, "more": "5"})
    assert (more.status_code, len(more.context["parts"].rows)) == (200, 8)
    assert 'value="1,000.00"' in more.content.decode()
    assert client.post(address, {**rows, "parts-2-description": "Rebar"}).status_code == 302
    assert client.post(f"/commitments/{made.pk}/breakdown/submit/").status_code == 302
    for answer in (client.get(address), client.post(address, {**rows, "more": "5"})):
        shown = answer.content.decode().partition("<main")[2].partition("</main")[0]
        assert ("is under review. Reopen it first." in shown, "1,000.00" in shown) == (True, True)
        assert "<input" not in shown
    assert client.post(f"/commitments/{made.pk}/breakdown/return/", {"reason": ""}).status_code == 422
    assert client.post(f"/commitments/{made.pk}/breakdown/return/", {"reason": "Finer."}).status_code == 302
    assert "Finer." in client.get(f"/commitments/{made.pk}/breakdown/").content.decode()


def test_parts_from_an_older_page_are_not_saved_over_newer_ones(max_pm: Membership, sign_in: SignIn) -> None:
    made, client = make_commitment(max_pm, uses_ssov=True, lines=["1100.00"]), sign_in(max_pm)
    address = f"/commitments/{made.pk}/breakdown/1/"
    shown = client.get(address)
    rows = {"parts-count": "2", "parts-0-description": "Labor", "parts-0-amount": "900", "seen": shown.context["seen"]}
    assert f'name="seen" value="{shown.context["seen"]}"' in shown.content.decode()
    assert client.post(address, {**rows, "more": "5"}).context["seen"] == shown.context["seen"]
    (line,) = lines_of(made)
    set_breakdown(line, [PartDetails("Rebar", D("1100.00"))], by=max_pm)

    older = client.post(address, rows)

    assert older.status_code == 409
    assert "was saved by somebody else" in older.content.decode()
    assert 'value="Labor"' in older.content.decode()
    assert [one.description for one in line.breakdown.all()] == ["Rebar"]


def test_what_was_submitted_anew_is_not_approved_from_an_older_page(
    subcontract: Commitment, max_pm: Membership, sign_in: SignIn
) -> None:
    client, page = sign_in(max_pm), f"/commitments/{subcontract.pk}/breakdown/"
    submit_breakdown(subcontract, by=max_pm)
    shown = client.get(page)
    seen = shown.context["seen"]
    assert shown.content.decode().count(f'name="seen" value="{seen}"') == 2
    reopen_breakdown(subcontract, by=max_pm)
    set_breakdown(lines_of(subcontract)[0], [PartDetails("All of it", D("100.00"))], by=max_pm)
    submit_breakdown(subcontract, by=max_pm)

    for step, said in (("approve", {}), ("return", {"reason": "Finer."})):
        older = client.post(f"{page}{step}/", {**said, "seen": seen})
        assert (older.status_code, "has changed since you looked at it" in older.content.decode()) == (409, True)
    subcontract.refresh_from_db()
    assert subcontract.ssov_status == "under_review"
    assert client.post(f"{page}approve/", {"seen": client.get(page).context["seen"]}).status_code == 302


def test_what_somebody_else_broke_down_otherwise_is_not_submitted_from_an_older_page(
    subcontract: Commitment, max_pm: Membership, ian: Membership, sign_in: SignIn
) -> None:
    set_invoice_contacts(subcontract, [ian], by=max_pm)
    client, page = sign_in(ian), f"/billing/commitments/{subcontract.pk}/breakdown/"
    seen = client.get(page).context["seen"]
    assert f'name="seen" value="{seen}"' in client.get(page).content.decode()
    set_breakdown(lines_of(subcontract)[0], [PartDetails("All of it", D("100.00"))], by=max_pm)

    older = client.post(f"{page}submit/", {"seen": seen})

    assert (older.status_code, "has changed since you looked at it" in older.content.decode()) == (409, True)
    assert f'href="{page}"' in older.content.decode()
    address = f"/api/v1/commitments/{subcontract.pk}/breakdown/submit/"
    assert sign_in(max_pm).post(address, {"seen": seen}, "application/json").status_code == 409
    subcontract.refresh_from_db()
    assert subcontract.ssov_status == "draft"
    assert client.post(f"{page}submit/", {"seen": client.get(page).context["seen"]}).status_code == 302


def test_the_api_breaks_down_submits_and_reviews(subcontract: Commitment, max_pm: Membership, sign_in: SignIn) -> None:
    client, at = sign_in(max_pm), f"/api/v1/commitments/{subcontract.pk}/breakdown/"

    first = client.get(at).json()

    assert (first["status"], first["reason"]) == ("draft", "")
    assert [(one["number"], one["amount"], one["remaining"]) for one in first["lines"]] == [
        (1, "100.00", "0.00"),
        (2, "-5.25", "0.00"),
    ]
    assert first["lines"][0]["parts"][0] == {"description": "Labor", "amount": "60.01"}

    half = put(client, f"{at}1/", {"parts": [{"description": "Labor", "amount": "60.00"}]})[1]
    assert (half["lines"][0]["remaining"], len(half["lines"][0]["parts"])) == ("40.00", 1)
    status, refusal = post(client, f"{at}submit/", {})
    assert (status, refusal["detail"]) == (409, "Something remains to be broken down (line 1: 40.00).")
    put(client, f"{at}1/", {"parts": [{"description": "All of it", "amount": "100.00"}]})

    assert post(client, f"{at}submit/", {})[1]["status"] == "under_review"
    assert post(client, f"{at}return/", {"reason": " "})[0] == 422
    back = post(client, f"{at}return/", {"reason": "Split the labor."})[1]
    assert (back["status"], back["reason"]) == ("revise", "Split the labor.")
    assert post(client, f"{at}submit/", {})[0] == 200
    assert post(client, f"{at}approve/", {})[1]["status"] == "approved"
    assert put(client, f"{at}1/", {"parts": []})[0] == 409
    assert post(client, f"{at}reopen/", {})[1]["status"] == "draft"


def test_the_api_approves_and_gives_back_what_was_read(
    subcontract: Commitment, max_pm: Membership, sign_in: SignIn
) -> None:
    client, at = sign_in(max_pm), f"/api/v1/commitments/{subcontract.pk}/breakdown/"
    seen = post(client, f"{at}submit/", {})[1]["seen"]
    reopen_breakdown(subcontract, by=max_pm)
    set_breakdown(lines_of(subcontract)[0], [PartDetails("All of it", D("100.00"))], by=max_pm)
    submit_breakdown(subcontract, by=max_pm)

    for step, said in (("approve", {}), ("return", {"reason": "Finer."})):
        status, older = post(client, f"{at}{step}/", {**said, "seen": seen})
        assert (status, "has changed since you looked at it" in older.get("detail", "")) == (409, True)
    given = {"seen": client.get(at).json()["seen"]}
    assert post(client, f"{at}approve/", given)[1]["status"] == "approved"


def test_the_api_names_the_part_that_is_wrong_and_saves_nothing(
    subcontract: Commitment, max_pm: Membership, sign_in: SignIn
) -> None:
    client, at = sign_in(max_pm), f"/api/v1/commitments/{subcontract.pk}/breakdown/"

    wrong = [{"description": "Labor", "amount": "1.00"}, {"description": "", "amount": "2.00"}]
    status, answer = put(client, f"{at}1/", {"parts": wrong})

    assert status == 422
    assert answer["errors"] == {"parts.1.description": ["Part 2: The description is empty. Give one."]}
    assert not any(remaining_of(subcontract).values())
    assert put(client, f"{at}3/", {"parts": []})[0] == 404
