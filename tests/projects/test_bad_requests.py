"""A request that is too large or cannot be read is answered with a sentence: what, why and the limit."""

from __future__ import annotations

import json
from typing import Any

import pytest
from django.test import Client

from procore_sync.acceptance.models import ErpItem
from procore_sync.accounts.models import Membership
from tests.factories import make_project, make_vendor
from tests.projects.conftest import SignIn
from vendors.models import Vendor

pytestmark = pytest.mark.django_db
LARGE = "x" * 3_000_000


@pytest.mark.parametrize(
    ("form", "why"),
    [({"name": LARGE}, "2.5 MB"), ({f"field-{number}": "" for number in range(30_001)}, "30000 fields")],
)
def test_a_page_says_what_was_too_much(form: dict[str, Any], why: str, max_pm: Membership, sign_in: SignIn) -> None:
    answer = sign_in(max_pm).post("/vendors/new/", form)

    assert answer.status_code == 400
    assert why in answer.content.decode()
    assert "<h1>" in answer.content.decode()


def test_it_is_said_in_the_language_of_the_reader(max_pm: Membership, sign_in: SignIn) -> None:
    answer = sign_in(max_pm).post("/vendors/new/", {"name": LARGE}, headers={"Accept-Language": "es"})

    assert "El límite es de 2.5 MB" in answer.content.decode()


def test_the_api_says_it_in_its_own_shape(max_pm: Membership, sign_in: SignIn) -> None:
    answer = sign_in(max_pm).post(
        "/api/v1/vendors/", {"name": LARGE}, content_type="application/json", headers={"Idempotency-Key": "k1"}
    )

    assert answer.status_code == 400
    assert "2.5 MB is the limit" in answer.json()["detail"]


@pytest.mark.parametrize("number", [10**25, -1, "x"])
@pytest.mark.parametrize(
    "address",
    [
        *(f"/invoices/?{name}=" for name in ("project", "vendor", "commitment", "code", "period")),
        *(f"/commitments/?{name}=" for name in ("project", "vendor", "code")),
        *(f"/change-orders/?{name}=" for name in ("project", "commitment")),
        "/payments/?commitment=",
    ],
)
def test_a_list_narrowed_by_what_is_no_number_of_a_record_says_so(
    address: str, number: object, max_pm: Membership, sign_in: SignIn
) -> None:
    answer = sign_in(max_pm).get(f"{address}{number}")

    assert answer.status_code == 422
    assert "This is not the number of a record." in answer.content.decode()


# -- what the API does not know -----------------------------------------------------------------------------------


def asked(client: Client, method: str, address: str, body: object = None) -> tuple[int, Any]:
    """The status and the sentences by field, or the whole answer where there are none."""
    answer = client.generic(
        method.upper(), f"/api/v1/{address}", "" if body is None else json.dumps(body), "application/json"
    )
    told = answer.json()
    return answer.status_code, told.get("errors", told)


@pytest.fixture
def client(max_pm: Membership, sign_in: SignIn) -> Client:
    return sign_in(max_pm)


@pytest.mark.parametrize(
    ("name", "sentence"),
    [
        ("prnt_name", "This is not known here. Did you mean print_name?"),
        ("x" * 100_000, "This is not known here. There are street, city, "),
        ("Name", "This is not known here. Did you mean name?"),
        ("", "This is not known here. There are street"),
    ],
)
def test_a_misspelled_name_in_a_body_is_refused_and_nothing_is_made(name: str, sentence: str, client: Client) -> None:
    status, errors = asked(client, "post", "vendors/", {"name": "Acme", name: "Acme Inc"})

    assert (status, list(errors)) == (422, [name])
    assert errors[name][0].startswith(sentence)
    assert not Vendor.objects.exists()


@pytest.mark.parametrize(
    ("address", "body", "field", "sentence"),
    [
        ("cost-codes/", {"code": 1}, "code", "Give a text, in quotes."),
        ("cost-codes/", {"code": "01", "description": True}, "description", "Give a text, in quotes."),
        ("vendors/", {"name": 1.10}, "name", "Give a text, in quotes."),
        ("vendors/", {"name": "A", "external_ref": 7}, "external_ref", "Give a text, in quotes."),
        ("projects/", {"name": "A", "starts_on": "0206-05-01"}, "starts_on", "The year 0206 cannot be right."),
        ("projects/", {"name": "A", "finishes_on": "9999-12-31"}, "finishes_on", "The year 9999 cannot be right."),
        ("vendors/", {"name": "A", "external_ref": "V-\u202e1"}, "external_ref", "The reference has a character"),
        ("vendors/", {"name": "A", "external_ref": "V\u200b1"}, "external_ref", "The reference has a character"),
        ("vendors/", {"name": "A", "external_ref": "V\x011"}, "external_ref", "The reference has a character"),
        ("vendors/", {"name": "A", "external_ref": "\uff36-1"}, "external_ref", "The reference has a character"),
        ("commitments/", {"lines": [{}] * 5001}, "lines", "These are 5,001, and 5,000 is the most."),
        ("items/many/", {"action": "send", "chosen": ["x"] * 501}, "chosen", "These are 501, and 500 is the most."),
        ("items/1/accept/", {"seen": "x", "choices": {"terms": 3}}, "choices", "terms: Give a text, in quotes."),
    ],
)
def test_what_would_be_taken_for_something_else_is_refused_at_its_name(
    address: str, body: dict[str, Any], field: str, sentence: str, client: Client
) -> None:
    status, errors = asked(client, "post", address, body)

    assert (status, errors[field][0].startswith(sentence)) == (422, True), errors
    assert not ErpItem.objects.exists()


def test_a_number_has_all_the_digits_that_were_sent(client: Client, max_pm: Membership) -> None:
    body = f'{{"project": {make_project(max_pm).pk}, "type": "subcontract", "default_retainage": 10.00000000000000001}}'

    answer = client.post("/api/v1/commitments/", body, content_type="application/json")

    assert (answer.status_code, list(answer.json()["errors"])) == (422, ["default_retainage"])


def test_of_ten_thousand_unknown_names_twenty_are_said(client: Client) -> None:
    status, errors = asked(client, "post", "vendors/", {f"field{number}": 1 for number in range(10_000)})

    assert (status, len(errors)) == (422, 20)


def test_what_was_read_is_sent_back_with_one_change(client: Client, max_pm: Membership) -> None:
    address = f"vendors/{make_vendor(max_pm).pk}/"
    read = client.get(f"/api/v1/{address}").json()

    status, saved = asked(client, "put", address, {**read, "city": "Halifax"})

    assert (status, saved["city"], saved["edition"]) == (200, "Halifax", 2)


@pytest.mark.parametrize("method", ["put", "patch"])
def test_what_cannot_be_changed_is_refused_where_it_was_changed(
    method: str, client: Client, max_pm: Membership
) -> None:
    address = f"vendors/{make_vendor(max_pm).pk}/"
    read = client.get(f"/api/v1/{address}").json()

    status, errors = asked(client, method, address, {**read, "city": "Halifax", "status": "synced", "item": 7})

    assert (status, list(errors)) == (422, ["item", "status"])
    assert errors["status"] == ["It cannot be changed here, and is not what stands. Leave it out, or read anew."]
    assert client.get(f"/api/v1/{address}").json() == read


def test_of_a_past_edition_it_is_said_that_somebody_was_faster(client: Client, max_pm: Membership) -> None:
    address = f"vendors/{make_vendor(max_pm).pk}/"
    read = client.get(f"/api/v1/{address}").json()
    asked(client, "put", address, {**read, "city": "Halifax"})

    assert asked(client, "put", address, {**read, "city": "Truro"})[0] == 409


def test_the_first_answer_counts_for_a_repetition_though_the_record_stands_otherwise(
    client: Client, max_pm: Membership
) -> None:
    address = f"/api/v1/vendors/{make_vendor(max_pm).pk}/"
    body = {**client.get(address).json(), "city": "Halifax"}
    key = {"Idempotency-Key": "k1"}
    first, again = (client.put(address, body, content_type="application/json", headers=key) for _ in range(2))

    assert (first.status_code, again.status_code, again.json()) == (200, 200, first.json())


def test_a_record_is_not_made_with_what_is_the_consoles_to_say(client: Client) -> None:
    status, errors = asked(client, "post", "vendors/", {"name": "Acme", "status": "synced"})

    assert (status, errors) == (422, {"status": ["It is the console's to say. Leave it out."]})
    assert not Vendor.objects.exists()


def test_what_takes_no_body_says_so(client: Client, max_pm: Membership) -> None:
    made = make_vendor(max_pm)

    status, errors = asked(client, "post", f"vendors/{made.pk}/deactivate/", {"reason": "Retired."})

    assert (status, errors) == (422, {"reason": ["This takes no body. Leave it out."]})
    assert Vendor.objects.get().is_active


@pytest.mark.parametrize(
    ("query", "name", "sentence"),
    [
        ("vendr=1", "vendr", "Did you mean vendor?"),
        ("sort=-name", "sort", "This is not known here."),
        ("project=1&project=2", "project", "It is there twice; which is meant?"),
        ("project=one", "project", "Give a number"),
        ("project=%D9%A1", "project", "Give a number"),
        ("project=-1", "project", "Give a number"),
        (f"project={2**70}", "project", "Give a number"),
        ("page_size=0", "page_size", "Give a number from 1 to 500."),
        ("page_size=501", "page_size", "Give a number from 1 to 500."),
    ],
)
def test_a_list_that_cannot_be_narrowed_as_asked_is_not_given_whole(
    query: str, name: str, sentence: str, client: Client
) -> None:
    status, errors = asked(client, "get", f"commitments/?{query}")

    assert (status, list(errors)) == (422, [name])
    assert sentence in errors[name][0]


@pytest.mark.parametrize("size", [1, 2, 3, 4, 500])
def test_a_narrowed_list_is_followed_to_its_last_page(size: int, client: Client, max_pm: Membership) -> None:
    wanted = [make_vendor(max_pm, f"Kestrel & Sons {number}").pk for number in range(3)]
    make_vendor(max_pm, "Larch")

    found: list[int] = []
    address: str | None = f"/api/v1/vendors/?q=Kestrel+%26&active=all&page_size={size}"
    while address:
        page = client.get(address).json()
        found += [row["id"] for row in page["results"]]
        address = page["next"]

    assert found == sorted(wanted, reverse=True)
