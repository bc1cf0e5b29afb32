"""Upload, preview and import, through the pages."""

from __future__ import annotations

import io

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.http import HttpResponse
from django.test import Client
from openpyxl import load_workbook

from procore_sync.accounts.models import Membership
from projects.models import CostCode, ImportSheet
from tests.factories import make_cost_code
from tests.projects.conftest import SignIn
from vendors.models import Vendor


def upload(client: Client, text: str, address: str = "/vendors/import/") -> HttpResponse:
    return client.post(address, {"file": SimpleUploadedFile("rows.csv", text.encode())})  # type: ignore[return-value]


def preview_of(client: Client, text: str, address: str = "/vendors/import/") -> str:
    answer = upload(client, text, address)
    assert answer.status_code == 302
    return answer["Location"]


def test_a_file_is_looked_over_and_imported(max_pm: Membership, sign_in: SignIn) -> None:
    client = sign_in(max_pm)
    preview = preview_of(client, "name,city\nKestrel Concrete,Salem\n")

    assert "Kestrel Concrete" in client.get(preview).content.decode()
    assert not Vendor.objects.exists()
    answer = client.post(preview, follow=True)
    assert "Imported: 1. Left out: 0. There already: 0." in answer.content.decode()
    assert Vendor.objects.get().city == "Salem"
    assert client.get(preview).status_code == 404


def test_the_preview_names_row_column_value_and_reason(max_pm: Membership, sign_in: SignIn) -> None:
    client = sign_in(max_pm)
    page = client.get(preview_of(client, "name,email,colour\nAcme: east,nobody,red\n")).content.decode()

    for words in (
        "Acme: east",
        "has a colon",
        "nobody",
        "is not an e-mail address",
        "Not used: colour",
        'name="row-2"',
    ):
        assert words in page


def test_an_undecided_row_stops_everything_and_keeps_the_ticks(max_pm: Membership, sign_in: SignIn) -> None:
    client = sign_in(max_pm)
    preview = preview_of(client, "name\nGood Works\nA:b\nC:d\n")

    answer = client.post(preview, {"row-3": "leave"})

    assert answer.status_code == 422
    assert "decide on row 4 first" in answer.content.decode()
    assert answer.content.decode().count('aria-label="Leave out row 3" checked') == 1
    assert 'aria-label="Leave out row 4" checked' not in answer.content.decode()
    assert not Vendor.objects.exists()
    assert client.post(preview, {"refused": "leave"}).status_code == 302
    assert Vendor.objects.count() == 1


def test_a_near_double_is_imported_only_if_it_is_said(max_pm: Membership, sign_in: SignIn) -> None:
    make_cost_code(max_pm, "03-300")
    client = sign_in(max_pm)
    preview = preview_of(client, "code\n3.300\n", "/cost-codes/import/")

    assert "% alike" in client.get(preview).content.decode()
    assert client.post(preview).status_code == 422
    assert client.post(preview, {"row-2": "import"}).status_code == 302
    assert CostCode.objects.count() == 2


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "is empty"),
        (b"colour\nred\n", "lacks the column Name"),
        (b"name\n\x00", "cannot be read as text"),
        (b"name\n" + b"1\n" * 1_000_000, "more than 2,000 rows"),
        (b"PK\x03\x04", "damaged"),
    ],
)
def test_a_file_that_cannot_be_taken_is_refused_in_words(
    content: bytes, words: str, max_pm: Membership, sign_in: SignIn
) -> None:
    answer = sign_in(max_pm).post("/vendors/import/", {"file": SimpleUploadedFile("rows.csv", content)})

    assert answer.status_code == 422
    assert words in answer.content.decode()
    assert not ImportSheet.objects.exists()


def test_no_file_at_all_is_said_too(max_pm: Membership, sign_in: SignIn) -> None:
    answer = sign_in(max_pm).post("/vendors/import/", {})

    assert answer.status_code == 422
    assert "Choose a file first." in answer.content.decode()


def test_a_file_of_another_company_or_kind_does_not_exist(
    max_pm: Membership, olga: Membership, sign_in: SignIn
) -> None:
    preview = preview_of(sign_in(max_pm), "name\nSecret Concrete\n")

    assert sign_in(olga).get(preview).status_code == sign_in(olga).post(preview).status_code == 404
    assert sign_in(max_pm).get(preview.replace("vendors", "cost-codes")).status_code == 404
    assert not Vendor.objects.exists()


def test_a_viewer_may_not_look_at_a_file(max_pm: Membership, vic: Membership, sign_in: SignIn) -> None:
    preview = preview_of(sign_in(max_pm), "name\nKestrel\n")

    assert sign_in(vic).get(preview).status_code == sign_in(vic).post(preview).status_code == 403


@pytest.mark.parametrize("address", ["/vendors/import/template", "/cost-codes/import/template"])
def test_templates_are_downloaded(address: str, max_pm: Membership, sign_in: SignIn) -> None:
    client = sign_in(max_pm)

    assert client.get(f"{address}.csv").content.startswith(b"\xef\xbb\xbf")
    assert load_workbook(io.BytesIO(client.get(f"{address}.xlsx").content)).active is not None
    assert client.get(f"{address}.exe").status_code == 404


def test_hostile_cells_are_shown_as_text(max_pm: Membership, sign_in: SignIn) -> None:
    client = sign_in(max_pm)
    preview = preview_of(client, "name,<b>x</b>\n<script>alert(1)</script>,\n<script>:,\n")

    page = client.get(preview).content.decode()
    assert "<script>alert" not in page
    assert "<b>x</b>" not in page
