"""python-quickbooks against the emulator: unmodified but for its address and session, as one has to subclass it."""

from collections.abc import Iterator
from typing import Any

import pytest
import requests
from quickbooks import QuickBooks
from quickbooks.batch import batch_create
from quickbooks.cdc import change_data_capture
from quickbooks.exceptions import (
    AuthorizationException,
    ObjectNotFoundException,
    QuickbooksException,
    ValidationException,
)
from quickbooks.objects.account import Account
from quickbooks.objects.base import Ref
from quickbooks.objects.company_info import CompanyInfo
from quickbooks.objects.customer import Customer
from quickbooks.objects.department import Department
from quickbooks.objects.employee import Employee
from quickbooks.objects.item import Item
from quickbooks.objects.preferences import Preferences
from quickbooks.objects.taxcode import TaxCode
from quickbooks.objects.taxrate import TaxRate
from quickbooks.objects.term import Term
from quickbooks.objects.trackingclass import Class
from quickbooks.objects.vendor import Vendor

from .conftest import HARBOR_ROW, Company, Plane


class LocalQuickBooks(QuickBooks):  # type: ignore[misc]
    """The library, pointed at the emulator: its own address, and a plain session."""

    base = ""
    access_token = ""

    @property
    def api_url(self) -> str:
        return f"{self.base}/v3"


@pytest.fixture
def books(plane: Plane, company: Company) -> Iterator[Any]:
    client = LocalQuickBooks(company_id=HARBOR_ROW, minorversion=75)
    session: Any = requests.Session()
    session.access_token = company.token
    client.base, client.session = plane.base, session
    yield client
    session.close()


def test_it_creates_reads_updates_and_deactivates_a_vendor(books: Any) -> None:
    vendor = Vendor()
    vendor.DisplayName = "Library Masonry"
    saved = vendor.save(qb=books, request_id="lib-1")
    assert (saved.SyncToken, saved.PrintOnCheckName) == ("0", "Library Masonry")
    found = Vendor.get(saved.Id, qb=books)
    found.AcctNum = "L-1"
    found.Active = False
    again = found.save(qb=books)
    assert (again.DisplayName, again.SyncToken, again.AcctNum) == ("Library Masonry (deleted)", "1", "L-1")


def test_a_repeated_create_of_the_library_makes_one_vendor(plane: Plane, books: Any) -> None:
    ids = set()
    for _ in range(2):
        vendor = Vendor()
        vendor.DisplayName = "Once"
        ids.add(vendor.save(qb=books, request_id="lib-2").Id)
    assert len(ids) == 1


@pytest.mark.parametrize("kind", [Customer, Vendor, Employee])
def test_every_property_that_the_library_sends_is_known(books: Any, kind: Any) -> None:
    one = kind()
    one.DisplayName = "From the library"
    assert int(one.save(qb=books).Id) > 0


def test_lists_of_the_library_save(books: Any) -> None:
    income = Account.filter(Name="construction income", qb=books)[0]
    account, item, term, job = Account(), Item(), Term(), Customer()
    account.Name, account.AccountSubType = "Library Bank", "Checking"
    item.Name, item.Type = "Library Work", "Service"
    item.IncomeAccountRef = income.to_ref()
    term.Name, term.DueDays = "Net 21", 21
    job.DisplayName, job.Job, job.ParentRef = "Library Job", True, Ref()
    job.ParentRef.value = Customer.filter(DisplayName="City of Eastport", qb=books)[0].Id
    for one in (account, item, term, job):
        one.save(qb=books)
    assert Customer.get(job.Id, qb=books).FullyQualifiedName == "City of Eastport:Library Job"
    for kind in (Class, Department):
        entry = kind()
        entry.Name = "From the library"
        assert entry.save(qb=books).FullyQualifiedName == "From the library"


def test_reading_lists_works_in_every_way_of_the_library(books: Any) -> None:
    assert len(Vendor.all(qb=books)) == 12
    assert Vendor.count("Active = true", qb=books) == 12
    assert len(Vendor.all(order_by="DisplayName DESC", max_results=5, qb=books)) == 5
    assert Item.all(qb=books)[0].sparse is False
    assert Vendor.where("DisplayName LIKE '%Electric%'", order_by="Id", start_position=1, max_results=2, qb=books)
    assert len(Vendor.choose(["12", "13"], field="Id", qb=books)) == 2
    assert Vendor.filter(DisplayName="O'Brien Excavating", qb=books)[0].DisplayName == "O'Brien Excavating"
    assert len(TaxCode.all(max_results=1, qb=books)) == 4, "the pseudo codes come before the first page"
    assert [code.Id for code in TaxCode.all(max_results=1, qb=books)][:2] == ["TAX", "NON"]
    assert TaxCode.all(start_position=2, qb=books) == []
    assert TaxRate.all(max_results=1, qb=books)[0].RateValue == 5.5
    assert CompanyInfo.get(HARBOR_ROW, qb=books).CompanyName == "Harbor Row Builders"
    assert Preferences.get(qb=books).Id == "1"


def test_batch_and_change_data_capture_of_the_library(plane: Plane, books: Any) -> None:
    plane.post("clock", advance_seconds=100)
    since = plane.get("clock")["now"]
    vendors = []
    for name in ("Batch A", "Batch B", "Ridgeline Mechanical"):
        vendor = Vendor()
        vendor.DisplayName = name
        vendors.append(vendor)
    results = batch_create(vendors, qb=books)
    assert ([one.DisplayName for one in results.successes], len(results.faults)) == (["Batch A", "Batch B"], 1)
    changed = change_data_capture([Vendor, Customer], since, qb=books)
    assert [one.DisplayName for one in changed.Vendor] == ["Batch A", "Batch B"]


def test_faults_reach_the_library_as_its_exceptions(plane: Plane, books: Any) -> None:
    with pytest.raises(ObjectNotFoundException):
        Vendor.get(9999, qb=books)
    vendor = Vendor()
    vendor.DisplayName = "Ridgeline Mechanical"
    with pytest.raises(QuickbooksException) as duplicate:
        vendor.save(qb=books)
    assert duplicate.value.error_code == 6240
    with pytest.raises(ValidationException) as unknown:
        Vendor.where("Nickname = 'x'", qb=books)
    assert unknown.value.error_code == 4001
    plane.post("faults", fault="429_xml")
    with pytest.raises(QuickbooksException, match="Error reading json response"):
        Vendor.get(14, qb=books)
    books.session.access_token = "wrong"
    with pytest.raises(AuthorizationException):
        Vendor.get(14, qb=books)
