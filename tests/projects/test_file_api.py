"""Files by the API: posted, previewed, decided and imported, with the sentences of the pages."""

from __future__ import annotations

from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from pytest_django import Settings

from procore_sync.accounts.models import Membership
from tests.factories import make_vendor
from tests.projects.conftest import SignIn
from vendors.models import Vendor

pytestmark = pytest.mark.django_db
REGISTER = "Name,City\nKestrel Concrete,Quincy\nPier Steel Inc.,Boston\nbad:name,Salem\n"


def post(client: Client, content: str | bytes, name: str = "vendors.csv", **headers: str) -> Any:
    body = content if isinstance(content, bytes) else content.encode()
    return client.post("/api/v1/vendors/files/", {"file": SimpleUploadedFile(name, body)}, headers=headers)


def decide(client: Client, number: int, **decision: list[int]) -> Any:
    return client.post(f"/api/v1/vendors/files/{number}/import/", decision, content_type="application/json")


def test_a_posted_file_is_previewed_and_imports_nothing_yet(max_pm: Membership, sign_in: SignIn) -> None:
    make_vendor(max_pm, "Pier Steel")
    client = sign_in(max_pm)
    answer = post(client, REGISTER)
    assert answer.status_code == 201
    said = answer.json()
    assert (said["file_name"], said["columns"]) == ("vendors.csv", ["Name", "City"])
    assert [(row["number"], row["state"]) for row in said["rows"]] == [(2, "new"), (3, "near"), (4, "refused")]
    assert said["rows"][1]["near"][0]["name"] == "Pier Steel"
    assert "colon" in said["rows"][2]["wrong"][0]["sentence"]
    assert client.get(f"/api/v1/vendors/files/{said['id']}/").json() == said
    assert Vendor.objects.count() == 1


def test_it_imports_only_when_every_row_is_decided_and_then_once(max_pm: Membership, sign_in: SignIn) -> None:
    make_vendor(max_pm, "Pier Steel")
    client = sign_in(max_pm)
    number = post(client, REGISTER).json()["id"]
    undecided = decide(client, number)
    assert undecided.status_code == 422
    assert set(undecided.json()["errors"]) == {"3", "4"}
    assert Vendor.objects.count() == 1
    done = decide(client, number, leave_out=[4], import_anyway=[3])
    assert done.status_code == 200
    made = Vendor.objects.filter(pk__in=done.json()["imported"]).values_list("name", flat=True)
    assert set(made) == {"Kestrel Concrete", "Pier Steel Inc."}
    assert decide(client, number, leave_out=[4], import_anyway=[3]).status_code == 404


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("vendors.pdf", b"%PDF-1.7"),
        ("vendors.xlsx", b"PK\x03\x04 nothing"),
        ("vendors.csv", b""),
        ("v.csv", b"A,B\n1,2\n"),
    ],
)
def test_a_file_that_cannot_be_read_is_refused_in_words(
    name: str, content: bytes, max_pm: Membership, sign_in: SignIn
) -> None:
    answer = post(sign_in(max_pm), content, name)
    assert answer.status_code in (400, 422)
    assert answer.json()["detail"] or answer.json()["errors"]


def test_a_file_of_another_company_or_kind_does_not_exist(
    max_pm: Membership, olga: Membership, sign_in: SignIn
) -> None:
    client = sign_in(max_pm)
    number = post(client, REGISTER).json()["id"]
    assert client.get(f"/api/v1/cost-codes/files/{number}/").status_code == 404
    stranger = sign_in(olga)
    assert stranger.get(f"/api/v1/vendors/files/{number}/").status_code == 404
    gone = decide(stranger, number)
    assert (gone.status_code, "kept for a day" in gone.json()["detail"]) == (404, True)


def test_a_repeated_post_with_a_key_keeps_one_file(max_pm: Membership, sign_in: SignIn, settings: Settings) -> None:
    settings.DATA_UPLOAD_MAX_MEMORY_SIZE = 40  # a file may be larger than that
    client, key = sign_in(max_pm), {"Idempotency-Key": "one"}
    first, second = post(client, REGISTER, **key), post(client, REGISTER, **key)
    assert (first.status_code, first.json()["id"]) == (201, second.json()["id"])
    other = post(client, REGISTER + REGISTER, **key)
    assert other.status_code == 409


@pytest.mark.parametrize("kind", ["vendors", "cost-codes"])
def test_the_file_to_fill_in_is_the_pages(max_pm: Membership, vic: Membership, sign_in: SignIn, kind: str) -> None:
    client, at = sign_in(max_pm), f"/api/v1/{kind}/files/template/"
    answer, page = client.get(at, headers={"Accept": "text/csv"}), client.get(f"/{kind}/import/template.csv")
    assert (answer.status_code, answer.content, answer.content.count(b",") > 1) == (200, page.content, True)
    assert answer["Content-Disposition"] == page["Content-Disposition"]
    assert client.get(f"{at}?form=xlsx").content.startswith(b"PK")
    assert client.get(f"{at}?form=pdf").status_code == 422
    assert sign_in(vic).get(at).status_code == 403
