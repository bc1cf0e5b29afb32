"""The emulator's documents beside recorded ones: the same key paths, the same JSON types, every difference named."""

# ruff: noqa: S608 - what is written here is the query language of QuickBooks; no database reads it.

from typing import Any

import pytest

from .conftest import HARBOR_ROW, NORTHERN, Company, Connect, Json
from .recorded_files import ALL_SHAPES, COMPARED, ENVELOPES, OUT_OF_SCOPE
from .recorded_shapes import SHAPES

pytestmark = pytest.mark.sandbox

# What recorded documents have and the emulator never gives, and why.
NOT_GIVEN: dict[str, set[str]] = {
    # latitude and longitude were dropped from answers in 2025; `status` belongs to change data capture
    "Customer": {"BillAddr.Lat", "BillAddr.Long", "ShipAddr.Lat", "ShipAddr.Long", "status"},
    "Vendor": {"BillAddr.Lat", "BillAddr.Long", "status"},
    # an old edition's mark for organisations; the newest recorded employees lack it
    "Employee": {"Organization", "PrimaryAddr.Lat", "PrimaryAddr.Long", "status"},
    "CompanyInfo": {
        f"{address}.{name}"
        for address in ("CompanyAddr", "CustomerCommunicationAddr", "LegalAddr")
        for name in ("Lat", "Long")
    },
    "Item": {"status"},
    "Class": {"status"},
    "Department": {"status"},
}
# Where a mechanical turn from XML made another type than the API's JSON has.
FLATTENED: dict[str, set[str]] = {
    "Preferences": {"CurrencyPrefs.HomeCurrency", "VendorAndPurchasesPrefs.POCustomField.CustomField"},
    "CompanyInfo": {"NameValue", "NameValue.Name", "NameValue.Value", "WebAddr"},
    "Customer": {"ResaleNum"},
}
ADDRESS = {
    "Line1": "1 Kiln Lane",
    "Line2": "Yard 4",
    "City": "Eastport",
    "Country": "USA",
    "CountrySubDivisionCode": "ME",
    "PostalCode": "04631",
}
PHONE = {"FreeFormNumber": "555 0100"}
PERSON: Json = {
    "Title": "Ms",
    "GivenName": "Ada",
    "MiddleName": "B",
    "FamilyName": "Quill",
    "Suffix": "PE",
    "PrintOnCheckName": "Quill",
    "PrimaryPhone": PHONE,
    "Mobile": PHONE,
    "PrimaryEmailAddr": {"Address": "ada@example.com"},
}
REACHED: Json = {
    **PERSON,
    "CompanyName": "Quill LLC",
    "AlternatePhone": PHONE,
    "Fax": PHONE,
    "WebAddr": {"URI": "https://quill.example.com"},
    "BillAddr": ADDRESS,
}


def json_type(value: object) -> str:
    names = {bool: "boolean", int: "number", float: "number", str: "string", dict: "object", list: "array"}
    return names[type(value)]


def paths(document: Json, before: str = "") -> dict[str, str]:
    """Every key path of a document with its JSON type, as in the table."""
    found: dict[str, str] = {}
    for name, value in document.items():
        path = before + name
        found[path] = json_type(value)
        inside: list[Any] = [value] if isinstance(value, dict) else value if isinstance(value, list) else []
        for one in inside:
            if isinstance(one, dict):
                found.update(paths(one, path + ("[]." if isinstance(value, list) else ".")))
    return found


def full_documents(company: Company) -> dict[str, Json]:
    """One document of each entity with everything in it."""
    customer = company.reference("Customer", "City of Eastport")
    income = company.reference("Account", "Construction Income")
    expense = company.reference("Account", "Subcontractors")
    term = company.reference("Term", "Net 30")
    job = {
        "DisplayName": "Pool House",
        "Job": True,
        "ParentRef": customer,
        "Notes": "by the river",
        "ShipAddr": ADDRESS,
        "SalesTermRef": term,
        "ResaleNum": "R1",
        "OpenBalanceDate": "2026-01-01",
        "PaymentMethodRef": {"value": "1", "name": "Cash"},
        "DefaultTaxCodeRef": {"value": "NON"},
        "CustomerTypeRef": {"value": "1"},
    }
    vendor = {
        "DisplayName": "Quill Masonry",
        "TaxIdentifier": "12-3456789",
        "TermRef": term,
        "AcctNum": "A1",
        "OtherContactInfo": {"Type": "TelephoneNumber", "Telephone": PHONE},
    }
    employee = {
        "DisplayName": "Ada Q",
        "PrimaryAddr": ADDRESS,
        "SSN": "1",
        "BillRate": "115.00",
        "BirthDate": "1990-01-01",
        "Gender": "Female",
        "HiredDate": "2020-01-01",
        "ReleasedDate": "2021-01-01",
        "EmployeeNumber": "7",
    }
    item = {"Name": "Masonry", "IncomeAccountRef": income, "ExpenseAccountRef": expense, "Sku": "M", "Description": "d"}
    bought = {"PurchaseDesc": "p", "PurchaseCost": 5, "UnitPrice": 7.5}
    dated = {"DayOfMonthDue": 1, "DueNextMonthDays": 2, "DiscountDayOfMonth": 3, "DiscountPercent": 4}
    given: dict[str, Json] = {
        "Customer": {**REACHED, **job},
        "Vendor": {**REACHED, **vendor},
        "Employee": {**PERSON, **employee},
        "Item": {**item, **bought},
        "Account": {
            "Name": "Vault",
            "AccountType": "Bank",
            "ParentRef": company.reference("Account", "Payroll Checking"),
        },
        "Term": {"Name": "Tenth", **dated},
        "Class": {"Name": "Bridges", "ParentRef": company.reference("Class", "Public Works")},
        "Department": {"Name": "North", "ParentRef": company.reference("Department", "Field")},
    }
    documents = {entity: company.write(entity, document) for entity, document in given.items()}
    info = company.get(f"companyinfo/{company.realm}")["CompanyInfo"]
    addresses = {f"{which}Addr": ADDRESS for which in ("Company", "CustomerCommunication", "Legal")}
    change = {**info, **addresses, "sparse": True}
    documents["CompanyInfo"] = company.write("CompanyInfo", change)
    documents["Preferences"] = company.get("preferences")["Preferences"]
    return documents


@pytest.fixture
def documents(connect: Connect) -> dict[str, Json]:
    company = connect(HARBOR_ROW)
    return {**full_documents(company), "TaxCode": connect(NORTHERN).named("TaxCode", "QST")}


@pytest.mark.parametrize("entity", sorted(SHAPES))
def test_a_full_document_has_every_recorded_key_path_with_its_type(documents: dict[str, Json], entity: str) -> None:
    ours = paths(documents[entity])
    recorded = {path.removesuffix("?"): kind for path, kind in SHAPES[entity].items()}
    differing = FLATTENED.get(entity, set())
    for path in ours.keys() & recorded.keys() - differing:
        assert ours[path] == recorded[path], f"{entity}.{path}"
    missing = {path for path in recorded.keys() - ours.keys() if not any(path.startswith(one) for one in differing)}
    assert missing == NOT_GIVEN.get(entity, set()) & recorded.keys()


@pytest.mark.parametrize(
    ("entity", "given"),
    [
        ("Customer", {"DisplayName": "Bare"}),
        ("Vendor", {"DisplayName": "Bare"}),
        ("Employee", {"GivenName": "Bare", "FamilyName": "Bones"}),
        ("Account", {"Name": "Bare", "AccountType": "Bank"}),
        ("Class", {"Name": "Bare"}),
        ("Department", {"Name": "Bare"}),
    ],
)
def test_a_bare_document_has_what_every_recorded_one_has_and_no_more(
    company: Company, entity: str, given: Json
) -> None:
    ours = paths(company.write(entity, given))
    always = {path for path in SHAPES[entity] if not path.endswith("?") and "." not in path}
    assert always <= ours.keys()
    surplus = {path for path in ours if path not in SHAPES[entity] and path + "?" not in SHAPES[entity]}
    assert surplus == set()


@pytest.fixture
def answers(company: Company) -> dict[str, Json]:
    """An answer of each kind."""
    made = company.write("Vendor", {"DisplayName": "Quill Masonry"})
    moment = made["MetaData"]["CreateTime"]
    order = {"VendorRef": {"value": made["Id"]}, "Line": [], "Id": "9"}
    items = [{"bId": "1", "operation": "create", "Vendor": {"DisplayName": "Bare"}}, {"bId": "2", "operation": "x"}]
    refused = [company.call("GET", path).json() for path in ("customer/1.5", "nothing")]
    refused += [company.call("POST", "purchaseorder", json=given).json() for given in (order, {"BadJson": 1})]
    note = company.write("Attachable", {"Note": "Signed"})
    return {
        "single": company.get(f"vendor/{made['Id']}"),
        "query": company.get("query", query=f"select * from Vendor where Id = '{made['Id']}'"),
        "count": company.get("query", query="select count(*) from Vendor"),
        "nothing": company.get("query", query="select * from Vendor where Id = '0'"),
        "fault": {**refused[0], **refused[1], "Fault": {**refused[1]["Fault"], "Error": errors(refused)}},
        "batch": company.call("POST", "batch", json={"BatchItemRequest": items}).json(),
        "cdc": company.get("cdc", entities="Vendor", changedSince=moment),
        "deleted": company.write("Attachable", {"Id": note["Id"], "SyncToken": "0"}, operation="delete"),
    }


def errors(refused: list[Json]) -> list[Json]:
    return [error for reply in refused for error in reply["Fault"]["Error"]]


def test_what_stands_around_the_documents_is_as_recorded(answers: dict[str, Json]) -> None:
    assert answers.keys() == ENVELOPES.keys()
    for name, shape in ENVELOPES.items():
        ours = paths(answers[name])
        recorded = {path.removesuffix("?"): kind for path, kind in shape.items()}
        assert {path: ours.get(path) for path in recorded} == recorded, name
        documents = ("Vendor", "QueryResponse.Vendor", "CDCResponse[].QueryResponse[].Vendor", "BatchItemResponse[].")
        assert {path for path in ours.keys() - recorded.keys() if not path.startswith(documents)} == set(), name


def test_every_recorded_file_is_compared_or_told_why_not() -> None:
    assert len(COMPARED.keys() | OUT_OF_SCOPE.keys()) == 106
    assert COMPARED.keys() & OUT_OF_SCOPE.keys() == set()
    assert set(COMPARED.values()) | {"single"} == ALL_SHAPES.keys()
