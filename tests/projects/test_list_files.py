"""The lists of cost codes, projects and vendors as files: the page's rows and order, nobody else's, no formula."""

from __future__ import annotations

import csv
import io
from typing import Any

import pytest
import time_machine
from django.core.files.uploadedfile import SimpleUploadedFile
from openpyxl import load_workbook

from procore_sync.accounts.models import Membership
from projects.sheets import import_sheet, plan_of, upload_sheet
from tests.factories import make_cost_code, make_project, make_vendor, synced
from tests.projects.conftest import SignIn
from tests.projects.test_pages import queries
from vendors.imports import VENDOR_SHEET

pytestmark = pytest.mark.django_db


def lines(answer: Any) -> list[dict[str, str]]:
    assert answer.status_code == 200
    return list(csv.DictReader(io.StringIO(answer.content.decode("utf-8-sig"))))


def test_a_list_is_a_file_with_every_row_of_the_filter_in_its_order(max_pm: Membership, sign_in: SignIn) -> None:
    for number in range(60):
        make_vendor(max_pm, f"Concrete {number:02}", city="Providence")
    make_vendor(max_pm, "Painting")
    answer = sign_in(max_pm).get("/vendors/file.csv?q=concrete&sort=-name&page=2")
    found = lines(answer)
    assert [one["Name"] for one in found] == [f"Concrete {number:02}" for number in reversed(range(60))]
    assert (found[0]["City"], found[0]["In accounting"], found[0]["Active"]) == ("Providence", "Not sent", "yes")
    assert answer["Content-Disposition"].startswith('attachment; filename="vendors-')


def test_the_file_of_an_evening_is_called_by_the_date_of_the_company_s_place(
    max_pm: Membership, sign_in: SignIn
) -> None:
    with time_machine.travel("2026-12-01 01:30Z", tick=False):  # 20:30 in New York
        answer = sign_in(max_pm).get("/vendors/file.csv")
    assert answer["Content-Disposition"] == 'attachment; filename="vendors-2026-11-30.csv"'


def test_each_list_says_what_its_page_says(max_pm: Membership, sign_in: SignIn) -> None:
    code = make_cost_code(max_pm, "03-300", "Concrete")
    synced(code)
    make_project(max_pm, "Lofts", codes=[code], city="Providence", number="2601")
    client = sign_in(max_pm)
    (said,) = lines(client.get("/cost-codes/file.csv"))
    assert (said["Code"], said["Description"], said["In accounting"]) == ("03-300", "Concrete", "Synced")
    (told,) = lines(client.get("/projects/file.csv"))
    assert (told["Name"], told["Number"], told["City"], told["Cost codes"]) == ("Lofts", "2601", "Providence", "1")


def test_as_xlsx_a_code_stays_a_text(max_pm: Membership, sign_in: SignIn) -> None:
    make_cost_code(max_pm, "03-10", "=cmd()")
    answer = sign_in(max_pm).get("/cost-codes/file.xlsx")
    sheet = load_workbook(io.BytesIO(answer.content)).worksheets[0]
    assert [(cell.value, cell.data_type) for cell in sheet[2]][:2] == [("03-10", "s"), ("'=cmd()", "s")]


def test_no_cell_of_a_csv_is_a_formula(max_pm: Membership, sign_in: SignIn) -> None:
    make_vendor(max_pm, "=HYPERLINK(1)")
    assert b"\r\n'=HYPERLINK(1)," in sign_in(max_pm).get("/vendors/file.csv").content


def test_a_file_of_vendors_can_come_back(max_pm: Membership, olga: Membership, sign_in: SignIn) -> None:
    make_vendor(max_pm, "Société Électrique", city="Québec", email="a@b.example")
    file = SimpleUploadedFile("vendors.csv", sign_in(max_pm).get("/vendors/file.csv").content)
    (row,) = plan_of(upload_sheet(file, VENDOR_SHEET, by=olga), VENDOR_SHEET).new
    assert {"Société Électrique", "Québec", "a@b.example"} <= set(row.cells)


def test_what_was_disarmed_in_a_file_comes_back_as_it_was(
    max_pm: Membership, olga: Membership, sign_in: SignIn
) -> None:
    make_vendor(max_pm, "Kestrel", phone="+1 401 555 0199", street="-17 Dock Lane")
    client = sign_in(max_pm)
    for extension in ("csv", "xlsx"):
        content = client.get(f"/vendors/file.{extension}").content
        here, there = (
            upload_sheet(SimpleUploadedFile(f"vendors.{extension}", content), VENDOR_SHEET, by=member)
            for member in (max_pm, olga)
        )
        assert len(plan_of(here, VENDOR_SHEET).same) == 1
        (row,) = plan_of(there, VENDOR_SHEET).new
        assert {"+1 401 555 0199", "-17 Dock Lane"} <= set(row.cells)
    (made,) = import_sheet(there, VENDOR_SHEET, by=olga)
    assert (made.phone, made.street) == ("+1 401 555 0199", "-17 Dock Lane")


def test_only_the_own_company_is_in_it_and_other_formats_are_not(
    max_pm: Membership, olga: Membership, sign_in: SignIn
) -> None:
    make_vendor(max_pm, "Secret Concrete")
    client = sign_in(olga)
    for address in ("/vendors/", "/cost-codes/", "/projects/"):
        assert lines(client.get(f"{address}file.csv?active=all")) == []
    assert client.get("/vendors/file.pdf").status_code == 404
    assert client.get("/vendors/file.csv?status=green").status_code == 422


def test_it_asks_as_often_for_thirty_rows_as_for_three(max_pm: Membership, sign_in: SignIn) -> None:
    client = sign_in(max_pm)

    def more(count: int) -> int:
        for _ in range(count):
            make_project(max_pm)
        return queries(lambda: client.get("/projects/file.csv"))

    assert more(3) == more(27)


def test_the_list_offers_the_file_of_what_it_shows(max_pm: Membership, sign_in: SignIn) -> None:
    client = sign_in(max_pm)
    assert b"/vendors/file.csv" not in client.get("/vendors/").content
    make_vendor(max_pm, "Concrete")
    assert b'href="/vendors/file.csv?q=con"' in client.get("/vendors/?q=con&page=1").content
