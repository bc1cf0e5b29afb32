"""The API of vendors, cost codes and projects: the same rules, the same refusals, the same walls as the pages."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client

from procore_sync.accounts.models import Membership
from projects.models import CostCode, Project
from projects.operations import set_cost_code_active
from tests.factories import make_budget, make_cost_code, make_project, make_vendor, sent
from tests.projects.conftest import SignIn
from tests.projects.test_pages import queries
from vendors.models import Vendor

Answer = tuple[int, Any]
ADDRESSES = ["/api/v1/vendors/", "/api/v1/cost-codes/", "/api/v1/projects/"]
MAKERS: list[Callable[[Membership], Vendor | CostCode | Project]] = [make_vendor, make_cost_code, make_project]
BODIES = [{"name": "Acme"}, {"code": "03-300"}, {"name": "Lofts"}]


def post(client: Client, address: str, body: object) -> Answer:
    answer = client.post(address, body, content_type="application/json")
    return answer.status_code, answer.json()


def put(client: Client, address: str, body: object) -> Answer:
    answer = client.put(address, body, content_type="application/json")
    return answer.status_code, answer.json()


def patch(client: Client, address: str, body: object) -> Answer:
    answer = client.patch(address, body, content_type="application/json")
    return answer.status_code, answer.json()


@pytest.mark.parametrize(("address", "body"), zip(ADDRESSES, BODIES, strict=True))
def test_a_record_is_made_once_under_its_reference(
    address: str, body: dict[str, str], max_pm: Membership, sign_in: SignIn
) -> None:
    client, named = sign_in(max_pm), {**body, "external_ref": "P-1"}

    first, made = post(client, address, named)
    again, same = post(client, address, named)

    assert (first, again) == (201, 200)
    assert made == same
    assert (made["external_ref"], made["status"], made["edition"]) == ("P-1", "not_sent", 1)
    key = next(iter(body))
    status, refusal = post(client, address, {**named, key: "Other"})
    assert status == 409
    assert "has the reference P-1 already" in refusal["detail"]


@pytest.mark.parametrize(("address", "body"), zip(ADDRESSES, BODIES, strict=True))
@pytest.mark.parametrize("wrong", ["", "a:b", "a\tb", "x" * 101, "a\u202eb"])
def test_a_bad_name_is_refused_with_its_sentence(
    wrong: str, address: str, body: dict[str, str], max_pm: Membership, sign_in: SignIn
) -> None:
    key = next(iter(body))

    status, refusal = post(sign_in(max_pm), address, {key: wrong})

    assert status == 422
    assert list(refusal["errors"]) == [key]
    assert not any(model.objects.exists() for model in (Vendor, CostCode, Project))


@pytest.mark.parametrize(("address", "make"), zip(ADDRESSES, MAKERS, strict=True))
def test_a_record_of_another_company_does_not_exist(
    address: str, make: Callable[[Membership], Any], max_pm: Membership, olga: Membership, sign_in: SignIn
) -> None:
    record, client = make(max_pm), sign_in(olga)

    assert client.get(f"{address}{record.pk}/").status_code == 404
    assert patch(client, f"{address}{record.pk}/", {"edition": 1})[0] == 404
    assert post(client, f"{address}{record.pk}/deactivate/", {})[0] == 404
    assert client.get(f"{address}?active=all").json()["results"] == []


@pytest.mark.parametrize(("address", "make", "body"), zip(ADDRESSES, MAKERS, BODIES, strict=True))
def test_a_viewer_reads_and_changes_nothing(
    address: str,
    make: Callable[[Membership], Any],
    body: dict[str, str],
    max_pm: Membership,
    vic: Membership,
    sign_in: SignIn,
) -> None:
    record, client = make(max_pm), sign_in(vic)

    assert client.get(f"{address}{record.pk}/").status_code == 200
    assert post(client, address, body)[0] == 403
    assert put(client, f"{address}{record.pk}/", {**body, "edition": 1})[0] == 403
    assert patch(client, f"{address}{record.pk}/", {"edition": 1})[0] == 403
    assert post(client, f"{address}{record.pk}/deactivate/", {})[0] == 403


@pytest.mark.parametrize("address", ADDRESSES)
def test_nobody_gets_nothing(address: str, db: None) -> None:
    assert Client().get(address).status_code in (401, 403)


@pytest.mark.parametrize(("address", "make"), zip(ADDRESSES, MAKERS, strict=True))
def test_an_invoice_contact_sees_nothing(
    address: str, make: Callable[[Membership], Any], max_pm: Membership, ian: Membership, sign_in: SignIn
) -> None:
    record = make(max_pm)

    assert sign_in(ian).get(address).json()["results"] == []
    assert sign_in(ian).get(f"{address}{record.pk}/").status_code == 404


@pytest.mark.parametrize(("address", "make"), zip(ADDRESSES, MAKERS, strict=True))
def test_a_list_asks_as_often_for_thirty_rows_as_for_three(
    address: str, make: Callable[[Membership], Any], max_pm: Membership, sign_in: SignIn
) -> None:
    client = sign_in(max_pm)

    def more(count: int) -> int:
        for _ in range(count):
            make(max_pm)
        return queries(lambda: client.get(address))

    assert more(3) == more(27)


def test_a_change_must_name_the_edition_that_was_read(max_pm: Membership, sign_in: SignIn) -> None:
    vendor, client = make_vendor(max_pm, "Acme", city="Salem", phone="1"), sign_in(max_pm)
    address = f"/api/v1/vendors/{vendor.pk}/"

    assert patch(client, address, {"city": "Lynn"})[0] == 422
    status, saved = patch(client, address, {"city": "Lynn", "edition": 1})
    assert (status, saved["city"], saved["phone"], saved["edition"], saved["revision"]) == (200, "Lynn", "1", 2, 2)
    status, refusal = patch(client, address, {"city": "Rye", "edition": 1})
    assert status == 409
    assert "saved by you yourself" in refusal["detail"]
    assert put(client, address, {"name": "Acme", "edition": 2})[1]["city"] == ""


def test_a_record_keeps_its_reference(max_pm: Membership, sign_in: SignIn) -> None:
    vendor, client = make_vendor(max_pm, "Acme", external_ref="V-1"), sign_in(max_pm)
    address = f"/api/v1/vendors/{vendor.pk}/"

    assert patch(client, address, {"edition": 1, "external_ref": "V-2"})[0] == 422
    assert patch(client, address, {"edition": 1, "external_ref": "V-1"})[0] == 200


def test_what_is_with_accounting_is_refused(max_pm: Membership, sign_in: SignIn) -> None:
    vendor = sent(make_vendor(max_pm, "Acme"), max_pm)
    client = sign_in(max_pm)

    status, refusal = patch(client, f"/api/v1/vendors/{vendor.pk}/", {"name": "Other", "edition": 1})

    assert (status, "Retrieve it first" in refusal["detail"]) == (409, True)
    assert post(client, f"/api/v1/vendors/{vendor.pk}/deactivate/", {})[0] == 409


def test_a_record_is_deactivated_and_activated(max_pm: Membership, sign_in: SignIn) -> None:
    vendor, client = make_vendor(max_pm), sign_in(max_pm)

    assert post(client, f"/api/v1/vendors/{vendor.pk}/deactivate/", {})[1]["is_active"] is False
    assert client.get("/api/v1/vendors/").json()["results"] == []
    assert post(client, f"/api/v1/vendors/{vendor.pk}/activate/", {})[1]["is_active"] is True


def test_a_list_is_narrowed_as_the_page_is(max_pm: Membership, sign_in: SignIn) -> None:
    make_vendor(max_pm, "Acme")
    sent(make_vendor(max_pm, "Bolt"), max_pm)
    client = sign_in(max_pm)

    def names(query: str) -> list[str]:
        return [row["name"] for row in client.get(f"/api/v1/vendors/?{query}").json()["results"]]

    assert names("") == ["Bolt", "Acme"]
    assert names("status=sent") == ["Bolt"]
    assert names("q=acm") == ["Acme"]
    assert client.get("/api/v1/vendors/?status=nonsense").status_code == 422


def test_a_project_gets_codes_of_its_own_company(max_pm: Membership, olga: Membership, sign_in: SignIn) -> None:
    project, mine, foreign = make_project(max_pm, codes=[]), make_cost_code(max_pm), make_cost_code(olga)
    retired = make_cost_code(max_pm)
    set_cost_code_active(retired, False, by=max_pm)
    client = sign_in(max_pm)
    address = f"/api/v1/projects/{project.pk}/cost-codes/"

    for nobodys in (foreign.pk, 10**30, retired.pk):
        status, refused = post(client, address, {"cost_codes": [mine.pk, nobodys]})
        assert (status, list(refused["errors"])) == (422, ["cost_codes"])
        assert str(nobodys) in refused["detail"] or nobodys == 10**30
    assert client.get(address).json() == []

    status, codes = post(client, address, {"cost_codes": [mine.pk]})
    assert (status, [one["id"] for one in codes]) == (200, [mine.pk])
    assert post(client, address, {"cost_codes": [mine.pk]}) == (200, codes)
    assert client.get(address).json() == codes
    assert client.get(f"/api/v1/projects/{project.pk}/").json()["cost_code_count"] == 1


def test_a_code_leaves_a_project_unless_its_budget_needs_it(max_pm: Membership, sign_in: SignIn) -> None:
    kept, left = make_cost_code(max_pm), make_cost_code(max_pm)
    project = make_project(max_pm, codes=[kept, left])
    make_budget(max_pm, project, amounts={kept.code: "100.00"})
    client = sign_in(max_pm)
    address = f"/api/v1/projects/{project.pk}/cost-codes/"
    assert client.delete(f"{address}{left.pk}/").status_code == 204
    assert client.delete(f"{address}{left.pk}/").status_code == 404
    refused = client.delete(f"{address}{kept.pk}/")
    assert refused.status_code == 409
    assert "records of the project use it" in refused.json()["detail"]
    assert [one["id"] for one in client.get(address).json()] == [kept.pk]


def test_a_project_keeps_its_dates_as_they_were_given(max_pm: Membership, sign_in: SignIn) -> None:
    client = sign_in(max_pm)

    status, made = post(client, "/api/v1/projects/", {"name": "Lofts", "starts_on": "2026-05-01"})
    assert (status, made["starts_on"], made["finishes_on"]) == (201, "2026-05-01", None)
    assert post(client, "/api/v1/projects/", {"name": "Lofts", "starts_on": "May"})[0] == 422


@pytest.mark.parametrize(
    "body", ["[]", '"x"', "null", "{", '{"name": null}', '{"name": ["x"]}', '{"name": "a\\u0000"}']
)
def test_a_body_that_makes_no_sense_is_refused(body: str, max_pm: Membership, sign_in: SignIn) -> None:
    answer = sign_in(max_pm).post("/api/v1/vendors/", body, content_type="application/json")

    assert answer.status_code in (400, 422)
    assert not Vendor.objects.exists()
