"""Change orders and requests under /api/v1/: what goes in, what comes out, and the same refusals as the pages."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client

from change_orders.models import ChangeOrder, ChangeRequest, RequestTier
from change_orders.tiers import save_settings
from commitments.models import Commitment
from procore_sync.accounts.models import Membership
from projects.models import Project
from tests.factories import make_change_order, make_commitment, make_request, synced
from tests.projects.conftest import SignIn
from tests.projects.test_pages import queries

BASE = "/api/v1/change-orders/"
REQUESTS = "/api/v1/change-requests/"


def post(client: Client, address: str, body: dict[str, Any] | None = None, method: str = "post") -> tuple[int, Any]:
    answer = getattr(client, method)(address, body or {}, content_type="application/json")
    return answer.status_code, answer.json()


def test_it_is_made_read_and_changed(subcontract: Commitment, max_pm: Membership, sign_in: SignIn) -> None:
    client, code = sign_in(max_pm), subcontract.project.cost_codes.get()
    lines = [{"changes": 1, "amount": "-50.00"}, {"cost_code": code.pk, "amount": "12.5", "description": "Rock"}]
    status, made = post(client, BASE, {"commitment": subcontract.pk, "title": "Rock", "lines": lines})

    assert (status, made["number"], made["amount"]) == (201, "CO-1", "-37.50")
    assert made["effect"] == {"before": "1250.00", "this": "-37.50", "after": "1212.50"}
    first, second = made["lines"]
    assert first | {"id": 0} == {
        "id": 0,
        "key": "C1.1",
        "changes": 1,
        "cost_code": code.pk,
        "code": code.code,
        "description": "Work",
        "quantity": None,
        "uom": "",
        "unit_cost": None,
        "amount": "-50.00",
        "request": None,
    }
    address = f"{BASE}{made['id']}/"
    assert client.get(address).json() == made
    assert post(client, address, {"edition": 1, "title": "Sand"}, "patch")[1]["lines"] == [first, second]
    body = {
        **client.get(address).json(),
        "business_status": "approved",
        "lines": [{**second, "amount": "20.00"}, {"changes": 2, "amount": "1"}],
    }
    status, changed = post(client, address, body, "put")
    assert (status, changed["business_status"], [one["key"] for one in changed["lines"]]) == (
        200,
        "approved",
        ["C1.2", "C1.3"],
    )
    assert changed["created_on"] == made["created_on"]


def test_what_comes_back_can_be_sent_again_unchanged(
    subcontract: Commitment, max_pm: Membership, sign_in: SignIn
) -> None:
    made = make_change_order(max_pm, subcontract)
    client = sign_in(max_pm)
    read = client.get(f"{BASE}{made.pk}/").json()

    status, saved = post(client, f"{BASE}{made.pk}/", read, "put")
    assert status == 200
    assert saved["revision"] == read["revision"]


@pytest.mark.parametrize(
    ("body", "field", "words"),
    [
        ({}, "commitment", "Say which commitment"),
        ({"commitment": "x"}, "commitment", "valid integer"),
        ({"business_status": "done"}, "business_status", "not a valid choice"),
        ({"lines": [{"changes": 7, "amount": "1"}]}, "lines.0.changes", "has no line 7"),
        ({"lines": [{"changes": 1, "amount": "0.001"}]}, "lines.0.amount", "more than 2 decimal places"),
        ({"lines": [{"changes": 1, "amount": "NaN"}]}, "lines", "valid number"),
        ({"number": "x" * 61}, "number", "61 characters"),
        ({"reviewer": 999_999}, "reviewer", "not one of the company's people"),
    ],
)
def test_what_cannot_be_taken_is_said_by_field(
    body: dict[str, Any], field: str, words: str, subcontract: Commitment, max_pm: Membership, sign_in: SignIn
) -> None:
    given = {**body, "commitment": body.get("commitment", subcontract.pk)} if body else {}
    status, answer = post(sign_in(max_pm), BASE, given)

    assert status == 422
    assert words in " ".join(str(one) for one in answer["errors"][field])
    assert not ChangeOrder.objects.exists()


def test_the_reference_makes_a_repetition_harmless(
    subcontract: Commitment, max_pm: Membership, sign_in: SignIn
) -> None:
    client, body = sign_in(max_pm), {"commitment": subcontract.pk, "external_ref": "pm-7", "title": "Rock"}

    assert [post(client, BASE, body)[0] for _ in range(2)] == [201, 200]
    assert post(client, BASE, {**body, "title": "Sand"})[0] == 409
    made = ChangeOrder.objects.get()
    given = {"edition": 1, "external_ref": "pm-8"}
    assert post(client, f"{BASE}{made.pk}/", given, "patch")[1]["errors"] == {
        "external_ref": ["A change keeps the reference that it came under."]
    }


def test_refusals_are_those_of_the_operations(
    subcontract: Commitment, max_pm: Membership, vic: Membership, sign_in: SignIn
) -> None:
    made = make_change_order(max_pm, subcontract, status="in_review", reviewer=vic.pk)
    client, address = sign_in(max_pm), f"{BASE}{made.pk}/"

    assert post(client, address, {"title": "x"}, "patch")[0] == 422
    assert post(client, address, {"title": "x", "edition": 7}, "patch")[0] == 409
    assert post(client, f"{address}approve/")[0] == 403
    assert post(sign_in(vic), f"{address}reject/", {"remark": ""})[0] == 422
    stale = post(sign_in(vic), f"{address}approve/", {"edition": made.edition - 1})
    assert (stale[0], "changed since you looked at it" in stale[1]["detail"]) == (409, True)
    status, answer = post(sign_in(vic), f"{address}approve/", {"edition": made.edition})
    assert (status, answer["business_status"], answer["decided_by"]) == (200, "approved", "Vic")
    other = synced(make_commitment(max_pm, subcontract.project))
    assert post(client, address, {"edition": 2, "commitment": other.pk}, "patch")[1]["errors"] == {
        "commitment": ["A change stays with its commitment."]
    }


def test_tiers_by_api(subcontract: Commitment, max_pm: Membership, sign_in: SignIn) -> None:
    client, project = sign_in(max_pm), subcontract.project
    address = f"/api/v1/change-settings/{project.pk}/"
    stands = client.get(address).json()
    seen = stands.pop("seen")
    assert stands == {"project": project.pk, "tiers": 1, "number_limit": 12, "title_limit": 30}
    assert post(client, REQUESTS, {"commitment": subcontract.pk})[0] == 409
    assert post(client, address, {"tiers": 3, "title_limit": 60}, "put")[1]["title_limit"] == 60
    assert post(client, address, {"tiers": 3, "title_limit": 90, "seen": seen}, "put")[0] == 409
    seen = client.get(address).json()["seen"]
    assert post(client, address, {"tiers": 3, "title_limit": 60, "seen": seen}, "put")[0] == 200

    line = {"changes": 1, "amount": "10.00"}
    status, potential = post(client, REQUESTS, {"commitment": subcontract.pk, "lines": [line]})
    assert (status, potential["number"], potential["lines"][0]["key"]) == (201, "PCO-1", "")
    request = post(client, REQUESTS, {"commitment": subcontract.pk, "tier": "request"})[1]
    order = post(client, BASE, {"commitment": subcontract.pk, "business_status": "pricing"})[1]
    assert post(client, f"{REQUESTS}{request['id']}/collect/", {"requests": [potential["id"]]})[1]["amount"] == "10.00"
    collected = post(client, f"{BASE}{order['id']}/collect/", {"requests": [request["id"]]})[1]
    assert [(one["key"], one["request"]) for one in collected["lines"]] == [("C1.1", potential["id"])]
    assert client.get(f"{REQUESTS}{potential['id']}/").json()["business_status"] == "pricing"
    assert post(client, f"{REQUESTS}{request['id']}/take-out/")[1]["change_order"] is None
    assert client.get(f"{BASE}{order['id']}/").json()["lines"] == []


def test_whoever_decides_by_api_has_read_what_is_collected_as_it_stands(
    subcontract: Commitment, in_tiers: Project, max_pm: Membership, vic: Membership, sign_in: SignIn
) -> None:
    client, decider = sign_in(max_pm), sign_in(vic)
    order = make_change_order(max_pm, subcontract, lines=[], status="in_review", reviewer=vic.pk)
    request = make_request(max_pm, subcontract, RequestTier.REQUEST)
    potential, other = make_request(max_pm, subcontract), make_request(max_pm, subcontract)
    inside, address = f"{REQUESTS}{potential.pk}/", f"{BASE}{order.pk}/"
    post(client, f"{REQUESTS}{request.pk}/collect/", {"requests": [potential.pk]})

    def saved() -> dict[str, Any]:
        lines = [{"changes": 1, "amount": "9999.00"}]
        return {"edition": client.get(inside).json()["edition"], "lines": lines}

    changes: tuple[Callable[[], tuple[int, Any]], ...] = (
        lambda: post(client, f"{address}collect/", {"requests": [request.pk]}),
        lambda: post(client, inside, saved(), "patch"),
        lambda: post(client, f"{REQUESTS}{request.pk}/collect/", {"requests": [other.pk]}),
        lambda: post(client, f"{REQUESTS}{other.pk}/take-out/"),
    )
    for change in changes:
        read = decider.get(address).json()["edition"]
        assert change()[0] == 200
        assert post(decider, f"{address}approve/", {"edition": read})[0] == 409
    read = decider.get(address).json()
    assert read["amount"] == "9999.00"
    assert post(decider, f"{address}approve/", {"edition": read["edition"]})[1]["business_status"] == "approved"


def test_lists_are_narrowed_and_ask_as_often_for_many_as_for_few(
    subcontract: Commitment, in_tiers: Project, max_pm: Membership, sign_in: SignIn
) -> None:
    client = sign_in(max_pm)
    make_change_order(max_pm, subcontract, lines=[], title="Rock", status="pricing")
    make_change_order(max_pm, subcontract, lines=[], title="Sand")
    make_request(max_pm, subcontract)

    def titles(query: str) -> list[str]:
        return [one["title"] for one in client.get(f"{BASE}?{query}").json()["results"]]

    assert titles("") == ["Sand", "Rock"]
    assert titles("q=roc") == titles("stands=pending") == titles("stands=pricing") == ["Rock"]
    assert titles("commitment=999") == titles("project=999") == titles("status=synced") == []
    assert titles(f"commitment={subcontract.pk}&project={in_tiers.pk}&status=not_sent") == ["Sand", "Rock"]
    assert client.get(f"{BASE}?stands=done").status_code == 422
    assert len(client.get(f"{REQUESTS}?tier=potential").json()["results"]) == 1
    assert client.get(f"{REQUESTS}?tier=request").json()["results"] == []
    few = _asked(client)
    for _ in range(8):
        make_change_order(max_pm, subcontract, lines=[])
        make_request(max_pm, subcontract)
    assert _asked(client) == few


def test_a_request_of_another_company_cannot_even_be_named(
    subcontract: Commitment, in_tiers: Project, max_pm: Membership, olga: Membership, sign_in: SignIn
) -> None:
    theirs = make_commitment(olga, number="SECRET-1")
    save_settings(theirs.project, tiers=3, number_limit=12, title_limit=30, by=olga)
    strange = make_request(olga, theirs, number="SECRET-2")
    request = make_request(max_pm, subcontract, RequestTier.REQUEST)
    client = sign_in(max_pm)

    status, answer = post(client, f"{REQUESTS}{request.pk}/collect/", {"requests": [strange.pk]})
    page = client.post(f"/change-requests/{request.pk}/collect/", {"request": [strange.pk]})
    assert (status, page.status_code) == (422, 422)
    assert "SECRET" not in f"{answer}{page.content.decode()}"


def _asked(client: Client) -> tuple[int, int]:
    return queries(lambda: client.get(BASE)), queries(lambda: client.get(REQUESTS))


def test_another_company_and_a_contact_see_nothing(
    subcontract: Commitment, in_tiers: Project, max_pm: Membership, olga: Membership, ian: Membership, sign_in: SignIn
) -> None:
    order, request = make_change_order(max_pm, subcontract, lines=[]), make_request(max_pm, subcontract)
    for member in (olga, ian):
        client = sign_in(member)
        for base, pk in ((BASE, order.pk), (REQUESTS, request.pk)):
            assert client.get(base).json()["results"] == []
            assert client.get(f"{base}{pk}/").status_code == 404
        told = post(client, BASE, {"commitment": subcontract.pk})
        assert told == (404, {"detail": "There is no such commitment that you may see."})
    assert ChangeRequest.objects.count() == 1


def test_lines_that_come_to_more_than_a_total_holds_are_refused_with_a_sentence(
    subcontract: Commitment, max_pm: Membership, sign_in: SignIn
) -> None:
    client, line = sign_in(max_pm), {"changes": 1, "amount": "999999999999.99"}
    status, answer = post(client, BASE, {"commitment": subcontract.pk, "lines": [line, line]})
    assert (status, "come to 1,999,999,999,999.98" in answer["detail"]) == (422, True)

    made = post(client, BASE, {"commitment": subcontract.pk, "lines": [line]})[1]
    both = {"edition": 1, "lines": [{**line, "id": made["lines"][0]["id"]}, line]}
    assert post(client, f"{BASE}{made['id']}/", both, "patch")[0] == 422
    assert client.get(f"{BASE}{made['id']}/").json() == made
