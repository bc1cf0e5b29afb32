"""The API of commitments: the same rules, the same refusals, the same walls as the pages."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

from commitments.models import Commitment
from procore_sync.accounts.models import Membership
from projects.models import Project
from tests.factories import make_commitment, make_project, make_vendor, sent, synced
from tests.projects.conftest import SignIn
from tests.projects.test_api import Answer, patch, post, put
from tests.projects.test_pages import queries
from tests.scenes import kept

API = "/api/v1/commitments/"


@pytest.fixture
def client(max_pm: Membership, sign_in: SignIn) -> Client:
    """Max's program."""
    return sign_in(max_pm)


@pytest.fixture
@kept
def project(max_pm: Membership) -> Project:
    """A project in QuickBooks."""
    return synced(make_project(max_pm, number="1042"))


def line(project: Project, amount: str, **more: Any) -> dict[str, Any]:
    return {"cost_code": project.cost_codes.get().pk, "amount": amount, **more}


def refused(answer: Answer, status: int, words: str) -> None:
    assert answer[0] == status
    assert words in answer[1]["detail"]


def test_one_is_made_with_its_lines_once_under_its_reference(client: Client, project: Project) -> None:
    body = {"project": project.pk, "type": "subcontract", "external_ref": "C-1", "lines": [line(project, "100.10")]}

    first, made = post(client, API, body)
    again, same = post(client, API, body)

    assert (first, again) == (201, 200)
    assert made == same
    assert (made["number"], made["amount"], made["status"], made["business_status"], made["edition"]) == (
        "SC-1042-001",
        "100.10",
        "not_sent",
        "draft",
        1,
    )
    code = project.cost_codes.get()
    assert made["lines"] == [
        {
            "number": 1,
            "cost_code": code.pk,
            "code": code.code,
            "description": "",
            "quantity": None,
            "uom": "",
            "unit_cost": None,
            "amount": "100.10",
        }
    ]
    refused(post(client, API, {**body, "lines": []}), 409, "already, and differs in lines")


def test_a_wrong_line_is_refused_and_named(client: Client, project: Project) -> None:
    body = {"project": project.pk, "type": "subcontract", "accounting_method": "unit"}
    lines = [line(project, "1.00", quantity="2", unit_cost="3"), {"cost_code": 0, "quantity": "1"}]

    status, answer = post(client, API, {**body, "lines": lines})

    assert status == 422
    assert list(answer["errors"]) == ["lines.0.amount", "lines.1.unit_cost"]
    assert "Line 1: The amount is 1.00, but 2 at 3 is 6.00." in answer["detail"]
    status, answer = post(client, API, {**body, "lines": [{**lines[0], "quantity": "x"}]})
    assert (status, list(answer["errors"])) == (422, ["lines"])
    assert not Commitment.objects.exists()


def test_head_and_lines_change_with_the_edition_that_was_read(client: Client, max_pm: Membership) -> None:
    made = make_commitment(max_pm, lines=["5.00"])
    address = f"{API}{made.pk}/"

    assert patch(client, address, {"title": "Steel", "edition": 1})[1]["title"] == "Steel"
    refused(patch(client, address, {"title": "Late", "edition": 1}), 409, "saved by you yourself")
    refused(patch(client, address, {"edition": 2, "lines": []}), 422, "Lines change at lines/")
    lines = client.get(f"{address}lines/").json()
    fresh = {"cost_code": lines[0]["cost_code"], "amount": "7.00"}
    status, saved = put(client, f"{address}lines/", {"edition": 2, "lines": [fresh, *lines]})
    assert status == 200
    assert [(one["number"], one["amount"]) for one in saved["lines"]] == [(2, "7.00"), (1, "5.00")]
    assert (saved["amount"], saved["edition"]) == ("12.00", 3)
    refused(put(client, f"{address}lines/", {"edition": 2, "lines": []}), 409, "saved by you yourself")


def test_people_are_saved_as_they_were_seen_where_that_is_said(
    client: Client, max_pm: Membership, alma: Membership, ian: Membership
) -> None:
    made = make_commitment(max_pm)
    address = f"{API}{made.pk}/"
    bodies: dict[str, dict[str, Any]] = {
        "access": {"is_private": True, "readers": [alma.pk]},
        "contacts": {"contacts": [ian.pk]},
        "distribution": {"people": [alma.pk]},
    }
    for place, body in bodies.items():
        seen = client.get(address).json()[f"{place}_seen"]
        assert put(client, f"{address}{place}/", {**body, "seen": seen})[0] == 200
        assert client.get(address).json()[f"{place}_seen"] != seen
        refused(put(client, f"{address}{place}/", {**body, "seen": seen}), 409, "was saved by you yourself")
        assert put(client, f"{address}{place}/", body)[0] == 200, "who says nothing of it is taken as before"
    assert "access_seen" not in client.get(API).json()["results"][0]


def test_a_misspelled_name_in_a_line_is_said_at_its_line(client: Client, max_pm: Membership) -> None:
    made = make_commitment(max_pm, lines=["5.00", "6.00"])
    address = f"{API}{made.pk}/lines/"
    lines = client.get(address).json()

    strange = [lines[0], {**lines[1], "amont": "7.00"}, {**lines[0], "code": "99-999"}]
    status, answer = put(client, address, {"edition": 1, "lines": strange})

    assert (status, answer["errors"]) == (
        422,
        {
            "lines": [
                "no. 2: amont: This is not known here. Did you mean amount?",
                "no. 3: code: It cannot be changed here, and is not what stands. Leave it out, or read anew.",
            ]
        },
    )
    assert client.get(address).json() == lines
    assert put(client, address, {"edition": 1, "lines": lines})[0] == 200


def test_the_refusals_are_those_of_the_pages(client: Client, max_pm: Membership, project: Project) -> None:
    made = make_commitment(max_pm, project)
    address = f"{API}{made.pk}/"
    refused(client_delete(client, address), 409, "Set it to draft, then delete it.")
    refused(post(client, f"{address}status/", {"business_status": "received"}), 422, "is not a status of a subcontract")
    refused(post(client, f"{address}correct/", {"reason": "Wrong."}), 409, "is not in QuickBooks")
    refused(post(client, f"{address}end-correction/", {}), 409, "is not being corrected")
    refused(put(client, f"{address}contacts/", {"contacts": [max_pm.pk]}), 422, "no such person")
    refused(put(client, f"{address}access/", {"is_private": True, "readers": [0]}), 422, "no such person")
    sent(made, max_pm)
    refused(patch(client, address, {"title": "X", "edition": 1}), 409, "with accounting")
    refused(put(client, f"{address}lines/", {"edition": 1, "lines": []}), 409, "with accounting")
    refused(post(client, f"{address}deactivate/", {}), 409, "cannot be deactivated now")


def client_delete(client: Client, address: str) -> Answer:
    answer = client.delete(address)
    return answer.status_code, answer.json() if answer.content else None


def test_what_quickbooks_has_is_corrected(client: Client, max_pm: Membership) -> None:
    made = synced(make_commitment(max_pm, lines=["5.00"]))
    address = f"{API}{made.pk}/"
    refused(patch(client, address, {"title": "X", "edition": 1}), 409, "correct and replace it")

    status, begun = post(client, f"{address}correct/", {"reason": "Typed wrong."})
    assert (status, begun["is_correcting"], begun["edition"]) == (200, True, 2)
    assert patch(client, address, {"title": "X", "edition": 2})[0] == 200
    refused(post(client, f"{address}end-correction/", {}), 409, "was changed since")


def test_people_are_set_and_read(client: Client, max_pm: Membership, ian: Membership, alma: Membership) -> None:
    made = make_commitment(max_pm)

    status, contacts = put(client, f"{API}{made.pk}/contacts/", {"contacts": [ian.pk]})
    assert (status, contacts) == (200, [{"id": ian.pk, "name": "Ian", "email": ian.user.email}])
    assert client.get(f"{API}{made.pk}/contacts/").json() == contacts
    status, access = put(client, f"{API}{made.pk}/access/", {"is_private": True, "readers": [alma.pk]})
    assert access == {"is_private": True, "readers": sorted([alma.pk, max_pm.pk])}
    assert client.get(f"{API}{made.pk}/").json()["is_private"] is True


def test_a_draft_is_deleted(client: Client, max_pm: Membership) -> None:
    made = make_commitment(max_pm, status="draft")

    assert client_delete(client, f"{API}{made.pk}/") == (204, None)
    assert not Commitment.objects.exists()


@pytest.mark.database
def test_a_list_is_narrowed_and_asks_as_often_for_many_as_for_few(
    client: Client, max_pm: Membership, project: Project
) -> None:
    first = make_commitment(max_pm, project, make_vendor(max_pm), status="draft")

    assert [one["id"] for one in client.get(f"{API}?stands=draft").json()["results"]] == [first.pk]
    assert client.get(f"{API}?project=0").json()["results"] == []
    assert client.get(f"{API}?project=x").status_code == 422
    few = queries(lambda: client.get(API))
    for _ in range(8):
        make_commitment(max_pm, project)
    assert queries(lambda: client.get(API)) == few


def test_a_commitment_of_another_company_does_not_exist(client: Client, olga: Membership) -> None:
    theirs = make_commitment(olga)
    address = f"{API}{theirs.pk}/"

    assert client.get(address).status_code == 404
    assert patch(client, address, {"edition": 1})[0] == 404
    bodies = {"status": {"business_status": "draft"}, "correct": {"reason": "x"}}
    for place in ("status", "correct", "end-correction", "activate", "deactivate"):
        assert post(client, f"{address}{place}/", bodies.get(place, {}))[0] == 404
    assert client_delete(client, address)[0] == 404
    assert client.get(f"{API}?active=all").json()["results"] == []


@pytest.mark.parametrize("number", [2**70, -(2**70), 10**4000, str(2**70)])
def test_a_number_that_no_database_takes_is_refused_at_its_field(
    number: int | str, client: Client, project: Project
) -> None:
    body = {"project": project.pk, "type": "subcontract"}
    for told in ({**body, "project": number}, {**body, "vendor": number}):
        refused(post(client, API, told), 422, "Nothing here has so great a number.")
    lines = [{"cost_code": number, "amount": "1.00"}]
    refused(post(client, API, {**body, "lines": lines}), 422, "no. 1: cost_code: Nothing here has so great a number.")


def test_lines_that_come_to_more_than_a_total_holds_are_refused_with_a_sentence(
    client: Client, project: Project
) -> None:
    most = line(project, "999999999999.99")
    body = {"project": project.pk, "type": "subcontract", "lines": [most, most]}
    refused(post(client, API, body), 422, "The lines come to 1,999,999,999,999.98")
    assert not Commitment.objects.exists()

    _, made = post(client, API, {**body, "lines": [most]})
    both = {"edition": 1, "lines": [made["lines"][0], line(project, "0.01")]}
    refused(put(client, f"{API}{made['id']}/lines/", both), 422, "999,999,999,999.99 is the most that can be kept")
    assert client.get(f"{API}{made['id']}/").json() == made
