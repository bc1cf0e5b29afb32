"""The list of invoices as a file."""

from __future__ import annotations

import csv
import io
from datetime import date, datetime, time
from decimal import Decimal as D
from typing import Any

import pytest
from django.db.models import QuerySet
from django.utils import timezone
from openpyxl import load_workbook
from pytest_django import DjangoAssertNumQueries

from commitments.models import Commitment
from invoices import list_file
from invoices.models import Invoice, Payment
from invoices.operations import create_invoice
from invoices.payments import note_standings
from procore_sync.acceptance.models import ErpItem
from procore_sync.accounts.models import Membership
from procore_sync.kit.selects import offered
from projects.models import CostCode, Project
from tests.factories import make_change_order
from tests.invoices.conftest import apply_for, bills
from tests.projects.conftest import SignIn
from tests.projects.test_list_files import lines
from tests.projects.test_pages import queries
from vendors.models import Vendor

pytestmark = pytest.mark.django_db


def test_the_file_says_what_each_comes_to(max_pm: Membership, subcontract: Commitment, sign_in: SignIn) -> None:
    apply_for(subcontract, bills("1", "500.00"), by=max_pm)
    second = apply_for(subcontract, bills("1", "-100.00", released="5.00"), by=max_pm)

    first, then = lines(sign_in(max_pm).get("/invoices/file.csv?sort=application"))
    assert (first["Billed"], first["Withheld"], first["Released"], first["Due"]) == (
        "500.00",
        "50.00",
        "0.00",
        "450.00",
    )
    assert (then["Billed"], then["Withheld"], then["Released"], then["Due"]) == ("-100.00", "-10.00", "5.00", "-85.00")
    assert (then["Number"], then["Application"], then["Commitment"]) == (second.number, "2", subcontract.number)
    assert (then["Vendor"], then["Project"]) == (str(subcontract.vendor), subcontract.project.name)
    assert (then["From"], then["To"], then["Billing date"]) == (
        second.starts_on.isoformat(),
        second.ends_on.isoformat(),
        second.billed_on.isoformat(),
    )
    assert (then["Status"], then["In accounting"]) == ("Approved", "Not sent")


def test_in_a_spreadsheet_days_are_days_and_amounts_are_numbers(
    max_pm: Membership, subcontract: Commitment, sign_in: SignIn
) -> None:
    make_change_order(max_pm, subcontract)
    invoice = apply_for(subcontract, bills("1", "500.00"), by=max_pm)
    paid = {"company": invoice.company, "method": "check", "day": date(2026, 11, 20), "read_at": timezone.now()}
    Payment.objects.create(invoice=invoice, payment_id="7", amount=D("40.00"), total=D("40.00"), **paid)
    Project.objects.update(starts_on=date(2026, 3, 1), finishes_on=date(1826, 3, 1))
    client = sign_in(max_pm)

    def cells(path: str, *headings: str) -> list[object]:
        book = load_workbook(io.BytesIO(client.get(path).content))
        assert book.active
        names, row = (list(one) for one in list(book.active.values)[:2])
        return [row[names.index(one)] for one in headings]

    days = [datetime.combine(one, time()) for one in (invoice.starts_on, invoice.ends_on, invoice.billed_on)]
    assert cells("/invoices/file.xlsx", "From", "To", "Billing date", "Due") == [*days, 450]
    today = datetime.combine(subcontract.created_on, time())
    assert cells("/commitments/file.xlsx", "Date", "Amount") == [today, 1250]
    assert cells("/change-orders/file.xlsx", "Date", "Amount") == [today, 100]
    assert cells("/payments.xlsx", "Date", "Amount") == [datetime(2026, 11, 20), 40]  # noqa: DTZ001 - a cell has no zone
    assert cells("/projects/file.xlsx", "Starts", "Finishes") == [datetime(2026, 3, 1), "1826-03-01"]  # noqa: DTZ001


def test_it_says_when_each_is_to_be_paid_what_was_paid_and_what_is_open(
    max_pm: Membership, subcontract: Commitment, sign_in: SignIn
) -> None:
    taxed = apply_for(subcontract, bills("1", "500.00"), by=max_pm)
    Invoice.objects.filter(pk=taxed.pk).update(due_on=date(2026, 12, 10))
    note_standings({taxed.pk: (D("481.50"), D("441.50"))})
    paid = {"company": taxed.company, "method": "check", "day": date(2026, 11, 20), "read_at": timezone.now()}
    Payment.objects.create(invoice=taxed, payment_id="7", amount=D("40.00"), total=D("40.00"), **paid)
    Payment.objects.create(invoice=taxed, payment_id="8", amount=D("1.00"), total=D("1.00"), state="voided", **paid)
    apply_for(subcontract, bills("1", "100.00"), by=max_pm)
    create_invoice(subcontract, by=max_pm)

    found = lines(sign_in(max_pm).get("/invoices/file.csv?sort=application"))
    said = [(one["Payment due"], one["Due"], one["Paid"], one["Open"]) for one in found]
    assert said[0] == ("2026-12-10", "450.00", "40.00", "441.50")
    assert [one[1:] for one in said[1:]] == [("90.00", "0.00", "90.00"), ("0.00", "", "")]


def test_it_has_every_row_that_the_filter_leaves(
    max_pm: Membership, subcontract: Commitment, sign_in: SignIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(list_file, "_AT_ONCE", 2)
    for _ in range(5):
        apply_for(subcontract, bills("1", "10.00"), by=max_pm)
    client = sign_in(max_pm)

    found = lines(client.get("/invoices/file.csv?sort=-application&page=2"))
    assert [one["Application"] for one in found] == ["5", "4", "3", "2", "1"]
    assert {one["Billed"] for one in found} == {"10.00"}
    assert lines(client.get("/invoices/file.csv?stands=void")) == []
    assert client.get("/invoices/file.csv?stands=gone").status_code == 422
    assert client.get("/invoices/file.pdf").status_code == 404


def test_who_bills_gets_his_own_without_where_they_are_in_accounting(
    max_pm: Membership, ian: Membership, vic: Membership, olga: Membership, subcontract: Commitment, sign_in: SignIn
) -> None:
    made = apply_for(subcontract, bills("1", "10.00"), by=max_pm)
    ErpItem.objects.filter(pk__in=(subcontract.erp_id, made.erp_id)).update(is_private=True)

    (own,) = lines(sign_in(ian).get("/invoices/file.csv"))
    assert own["Number"] == made.number
    assert "In accounting" not in own
    for other in (vic, olga):
        answer = sign_in(other).get("/invoices/file.csv")
        assert list(csv.DictReader(io.StringIO(answer.content.decode("utf-8-sig")))) == []


def test_it_asks_as_often_for_many_rows_as_for_few(
    max_pm: Membership, subcontract: Commitment, sign_in: SignIn
) -> None:
    client = sign_in(max_pm)

    def more(count: int) -> int:
        for _ in range(count):
            apply_for(subcontract, bills("1", "10.00"), by=max_pm)
        return queries(lambda: client.get("/invoices/file.csv"))

    assert more(2) == more(6)


def test_the_list_offers_the_file_of_what_it_shows(
    max_pm: Membership, subcontract: Commitment, sign_in: SignIn
) -> None:
    client = sign_in(max_pm)
    assert b"/invoices/file.csv" not in client.get("/invoices/").content
    apply_for(subcontract, bills("1", "10.00"), by=max_pm)
    assert b'href="/invoices/file.csv?stands=approved"' in client.get("/invoices/?stands=approved&page=1").content


def test_who_bills_is_not_told_where_they_are_in_accounting_by_the_api_or_a_filter_either(
    max_pm: Membership, ian: Membership, subcontract: Commitment, sign_in: SignIn
) -> None:
    made = apply_for(subcontract, bills("1", "500.00"), by=max_pm)
    told, his = (sign_in(one).get("/api/v1/invoices/").json()["results"][0] for one in (max_pm, ian))
    hidden = ("status", "revision", "synced_revision")
    assert [told[name] for name in hidden] == ["not_sent", made.erp.revision, None]
    assert [his[name] for name in hidden] == ["", None, None]
    assert sign_in(ian).get(f"/api/v1/invoices/{made.pk}/").json()["status"] == ""

    asked = ("/invoices/?status=not_sent", "/invoices/file.csv?status=failed", "/api/v1/invoices/?status=changed")
    for address in asked:
        assert (sign_in(max_pm).get(address).status_code, sign_in(ian).get(address).status_code) == (200, 422), address


def test_what_a_list_can_be_narrowed_to_is_read_in_one_query_each(
    max_pm: Membership, subcontract: Commitment, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    """Thousands of commitments were read whole, with their projects, vendors and items, to be called by their names."""
    company = max_pm.company_id
    lists: list[tuple[QuerySet[Any], tuple[str, ...]]] = [
        (Commitment.objects.filter(company_id=company).select_related("project", "vendor"), ("number", "title")),
        (Project.objects.filter(company_id=company), ("number", "name")),
        (Vendor.objects.filter(company_id=company), ("name",)),
        (CostCode.objects.filter(company_id=company), ("code", "description")),
    ]
    for rows, columns in lists:
        usual = [("", "Any"), *((one.pk, str(one)) for one in rows)]
        assert len(usual) > 1
        with django_assert_num_queries(1) as asked:
            assert offered(rows, *columns) == usual
        assert "JOIN" not in asked.captured_queries[0]["sql"]
