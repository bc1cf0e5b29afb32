"""Checklist 22-39 as far as they speak of name lists, on create."""

import pytest

from .conftest import HARBOR_ROW, NORTHERN, OTHER_BOOKS, Company, Connect, Plane

pytestmark = pytest.mark.sandbox
FULL = "to its last character, where the sandbox's suffix goes"

EVERYTHING = {
    "Title": "Ms",
    "GivenName": "Ada",
    "FamilyName": "Quill",
    "DisplayName": "Quill Masonry",
    "CompanyName": "Quill Masonry LLC",
    "BillAddr": {"Line1": "1 Kiln Lane", "City": "Eastport", "Lat": "1", "Long": "2"},
    "PrimaryPhone": {"FreeFormNumber": "555 0100"},
    "PrimaryEmailAddr": {"Address": "ada@example.com"},
    "WebAddr": {"URI": "https://quill.example.com"},
    "Vendor1099": True,
    "AcctNum": "A-17",
    "TaxIdentifier": "12-3456789",
}


def test_022_a_new_record_carries_id_token_domain_and_times(company: Company) -> None:
    vendor = company.write("Vendor", {"DisplayName": "Quill Masonry"})
    assert vendor["Id"].isdigit()
    assert (vendor["SyncToken"], vendor["domain"], vendor["sparse"]) == ("0", "QBO", False)
    assert vendor["MetaData"]["CreateTime"] == vendor["MetaData"]["LastUpdatedTime"]
    assert company.get(f"vendor/{vendor['Id']}")["Vendor"] == vendor


def test_022_customers_vendors_and_employees_share_one_range_of_ids(company: Company) -> None:
    made = [
        int(company.write(entity, {"DisplayName": f"Range {entity}"})["Id"])
        for entity in ("Customer", "Vendor", "Employee")
    ]
    assert made == [made[0], made[0] + 1, made[0] + 2]


def test_023_what_is_null_or_absent_is_left_out(company: Company) -> None:
    vendor = company.write("Vendor", {"DisplayName": "Quill Masonry", "AcctNum": None, "BillAddr": None})
    assert None not in vendor.values()
    assert not {"AcctNum", "BillAddr", "PrimaryPhone", "TermRef"} & set(vendor)


def test_024_numbers_are_numbers_ids_are_strings_flags_are_flags(company: Company) -> None:
    vendor = company.write("Vendor", {**EVERYTHING, "BillRate": 12.5})
    assert (vendor["BillRate"], vendor["Balance"]) == (12.5, 0)
    assert isinstance(vendor["Id"], str)
    assert isinstance(vendor["SyncToken"], str)
    assert vendor["Vendor1099"] is True
    assert vendor["Active"] is True


def test_025_numeric_strings_are_taken_as_numbers(company: Company) -> None:
    assert company.write("Vendor", {"DisplayName": "Quill Masonry", "BillRate": "10.10"})["BillRate"] == 10.1
    assert company.write("Term", {"Name": "Net 99", "DueDays": "99"})["DueDays"] == 99
    assert company.refusal("Term", {"Name": "Net x", "DueDays": "x"})["code"] == "2010"
    assert company.refusal("Term", {"Name": "Net x", "DueDays": "Infinity"})["code"] == "2080"


def test_026_an_empty_string_counts_as_absent(company: Company) -> None:
    given = {"DisplayName": "Quill Masonry", "Title": "", "AcctNum": "", "TermRef": {"value": ""}, "BillRate": ""}
    assert not {"Title", "AcctNum", "TermRef", "BillRate"} & set(company.write("Vendor", given))
    assert company.write("Customer", {"DisplayName": "Quill", "OpenBalanceDate": ""})["DisplayName"] == "Quill"


def test_027_an_unknown_property_is_2010_and_named(company: Company) -> None:
    error = company.refusal("Vendor", {"DisplayName": "Quill Masonry", "Nickname": "Q"})
    assert (error["code"], error["Message"]) == ("2010", "Request has invalid or unsupported property")
    assert 'Unrecognized field "Nickname"' in error["Detail"]
    assert company.refusal("Vendor", {"DisplayName": "Q", "BillAddr": {"Street": "x"}})["code"] == "2010"


def test_028_a_missing_required_parameter_is_2020_and_is_the_element(company: Company) -> None:
    for entity, given, missing in (
        ("Account", {"AccountType": "Bank"}, "Name"),
        ("Account", {"Name": "Petty cash"}, "AccountType"),
        ("Term", {"DueDays": 3}, "Name"),
        ("Term", {"Name": "Net 3"}, "DueDays"),
        ("Item", {"Type": "Service"}, "Name"),
        ("Class", {}, "Name"),
    ):
        error = company.refusal(entity, given)
        assert (error["code"], error["element"]) == ("2020", missing)
        assert error["Detail"] == f"Required parameter {missing} is missing in the request"


def test_029_a_reference_to_nothing_is_2500(company: Company) -> None:
    error = company.refusal("Vendor", {"DisplayName": "Quill Masonry", "APAccountRef": {"value": "7777"}})
    assert (error["code"], error["element"]) == ("2500", "Accounts")
    assert error["Detail"] == "Invalid Reference Id : Accounts element id 7777 not found"
    item = {"Name": "Odd", "Type": "Service", "IncomeAccountRef": {"value": "x"}}
    assert company.refusal("Item", item)["code"] == "2500"


def test_029_a_record_of_another_company_is_nothing_here(connect: Connect) -> None:
    ours, theirs = connect(HARBOR_ROW), connect(OTHER_BOOKS)
    for _ in range(40):
        made = ours.write("Term", {"Name": f"Net {200 + _}", "DueDays": 200})
    assert theirs.refusal("Vendor", {"DisplayName": "Q", "TermRef": {"value": made["Id"]}})["code"] == "2500"


def test_030_a_reference_to_an_inactive_record_is_610(company: Company) -> None:
    term = company.named("Term", "Net 60")
    company.write("Term", {"Id": term["Id"], "SyncToken": "0", "sparse": True, "Active": False})
    error = company.refusal("Vendor", {"DisplayName": "Quill Masonry", "TermRef": {"value": term["Id"]}})
    assert error["code"] == "610"
    assert "made inactive" in error["Detail"]


def test_031_references_come_back_with_the_name_and_parents_without(company: Company) -> None:
    account = company.named("Account", "Subcontractors")
    income = company.reference("Account", "Construction Income")
    given = {"Name": "Masonry", "IncomeAccountRef": {**income, "name": "anything"}}
    item = company.write("Item", {**given, "ExpenseAccountRef": {"value": account["Id"]}})
    assert item["ExpenseAccountRef"] == {"value": account["Id"], "name": "Cost of Goods Sold:Subcontractors"}
    assert item["IncomeAccountRef"] == {**income, "name": "Construction Income"}
    job = company.named("Customer", "Fire Station 4")
    assert set(job["ParentRef"]) == {"value"}


@pytest.mark.emulator("renames an account that the tests share")
def test_031_a_new_name_shows_in_every_reference(company: Company) -> None:
    account = company.named("Account", "Cost of Goods Sold")
    change = {"Id": account["Id"], "SyncToken": account["SyncToken"], "sparse": True, "Name": "Job Costs"}
    company.write("Account", change)
    item = company.named("Item", "Subcontract Work")
    assert item["ExpenseAccountRef"]["name"] == "Job Costs:Subcontractors"
    assert item["SyncToken"] == "0"


@pytest.mark.parametrize(
    ("entity", "field", "longest"),
    [
        ("Vendor", "AcctNum", 100),
        ("Vendor", "PrintOnCheckName", 100),
        ("Vendor", "CompanyName", 100),
        pytest.param("Customer", "DisplayName", 500, marks=pytest.mark.emulator(f"fills a name {FULL}")),
        ("Customer", "Title", 16),
        ("Employee", "GivenName", 100),
    ],
)
def test_032_a_string_too_long_is_2050_with_both_lengths(
    company: Company, entity: str, field: str, longest: int
) -> None:
    error = company.refusal(entity, {"DisplayName": "Quill", field: "x" * (longest + 1)})
    assert (error["code"], error["element"]) == ("2050", field)
    assert f"Max:{longest} supported. Supplied length:{longest + 1}" in error["Detail"]
    assert company.write(entity, {"DisplayName": "Quill", field: "x" * longest})[field] == "x" * longest


def test_032_the_longest_vendor_name_is_a_switch(plane: Plane, company: Company) -> None:
    plane.post("switches", vendor_display_name_limit=100)
    assert company.refusal("Vendor", {"DisplayName": "x" * 101})["code"] == "2050"
    assert company.write("Customer", {"DisplayName": "x" * 101})


def test_033_long_descriptions_have_their_limits(company: Company) -> None:
    income = company.reference("Account", "Construction Income")
    for field, longest in (("Description", 4000), ("PurchaseDesc", 1000), ("Name", 100)):
        given = {"Name": "Masonry", "IncomeAccountRef": income, field: "x" * (longest + 1)}
        assert company.refusal("Item", given)["code"] == "2050"


@pytest.mark.parametrize("name", ["03:300 Concrete", "a\tb", "a\nb", "a\x00b", "\ud800"])
def test_034_a_colon_tab_or_newline_in_a_name_is_2040(company: Company, name: str) -> None:
    income = company.reference("Account", "Construction Income")
    assert company.refusal("Vendor", {"DisplayName": name})["code"] == "2040"
    assert company.refusal("Customer", {"DisplayName": name})["code"] == "2040"
    error = company.refusal("Item", {"Name": name, "IncomeAccountRef": income})
    assert (error["code"], error["Message"], error["element"]) == ("2040", "Invalid String", "Name")


def test_034_an_account_name_takes_no_quotation_mark(company: Company) -> None:
    assert company.refusal("Account", {"Name": 'The "good" bank', "AccountType": "Bank"})["code"] == "2040"


@pytest.mark.parametrize("entity", ["Customer", "Vendor", "Employee"])
@pytest.mark.parametrize(
    ("of", "taken"),
    [
        ("Customer", "City of Eastport"),
        ("Vendor", "Ace Electric Co"),
        ("Employee", "Rosa Delgado"),
        ("Vendor", "ACE ELECTRIC CO"),
    ],
)
def test_035_a_name_of_any_customer_vendor_or_employee_is_6240(
    company: Company, entity: str, of: str, taken: str
) -> None:
    company.named(of, "Ace Electric Co" if of == "Vendor" else taken)
    error = company.refusal(entity, {"DisplayName": taken})
    assert (error["code"], error["Message"]) == ("6240", "Duplicate Name Exists Error")
    assert "Another customer, vendor or employee is already using this name" in error["Detail"]


def test_035_whether_case_counts_is_a_switch(plane: Plane, company: Company) -> None:
    plane.post("switches", names_ignore_case=False)
    company.write("Vendor", {"DisplayName": "ACE ELECTRIC CO"})
    assert company.refusal("Vendor", {"DisplayName": "Ace Electric Co"})["code"] == "6240"


def test_035_a_refused_create_leaves_no_trace(plane: Plane, company: Company) -> None:
    before = plane.documents("Vendor")
    company.refusal("Vendor", {"DisplayName": "Ridgeline Mechanical"})
    assert plane.documents("Vendor") == before


def test_035_names_are_unique_in_their_own_company_only(connect: Connect) -> None:
    assert connect(NORTHERN).write("Vendor", {"DisplayName": "Ridgeline Mechanical"})


@pytest.mark.parametrize("given", [{}, {"DisplayName": ""}, {"DisplayName": "  "}, {"CompanyName": "Quill"}])
def test_036_a_record_without_any_name_is_6080(company: Company, given: dict[str, str]) -> None:
    for entity in ("Customer", "Vendor", "Employee"):
        allowed = {name: value for name, value in given.items() if entity != "Employee" or name != "CompanyName"}
        assert company.refusal(entity, allowed)["code"] == "6080"


def test_036_the_display_name_is_built_from_the_parts(company: Company) -> None:
    vendor = company.write("Vendor", {"Title": "Ms", "GivenName": "Ada", "FamilyName": "Quill", "Suffix": "PE"})
    assert vendor["DisplayName"] == "Ms Ada Quill PE"


def test_037_what_quickbooks_adds_is_there(company: Company) -> None:
    vendor = company.write("Vendor", {"DisplayName": "Quill Masonry"})
    assert vendor["PrintOnCheckName"] == "Quill Masonry"
    assert vendor["CurrencyRef"] == {"value": "USD", "name": "United States Dollar"}
    customer = company.write("Customer", {"DisplayName": "Quill"})
    assert customer["FullyQualifiedName"] == "Quill"
    assert (customer["Balance"], customer["BalanceWithJobs"], customer["Job"]) == (0, 0, False)


def test_037_the_home_currency_follows_the_company(connect: Connect) -> None:
    vendor = connect(NORTHERN).write("Vendor", {"DisplayName": "Maçonnerie Quill"})
    assert vendor["CurrencyRef"] == {"value": "CAD", "name": "Canadian Dollar"}


def test_037_a_tax_number_comes_back_masked(company: Company) -> None:
    assert company.write("Vendor", EVERYTHING)["TaxIdentifier"] == "XXXXXX6789"
    assert company.write("Employee", {"GivenName": "Max", "SSN": "123-45-6789"})["SSN"] == "XXX-XX-XXXX"


def test_037_an_address_gets_an_id_and_loses_its_coordinates(company: Company) -> None:
    address = company.write("Vendor", EVERYTHING)["BillAddr"]
    assert address.pop("Id").isdigit()
    assert address == {"Line1": "1 Kiln Lane", "City": "Eastport"}


def test_037_an_account_is_classified_by_its_type(company: Company) -> None:
    account = company.write("Account", {"Name": "Tool Shed", "AccountType": "Fixed Asset"})
    assert (account["Classification"], account["CurrentBalance"], account["SubAccount"]) == ("Asset", 0, False)
    assert company.write("Account", {"Name": "Vault", "AccountSubType": "Checking"})["AccountType"] == "Bank"
    assert company.refusal("Account", {"Name": "Odd", "AccountType": "Odd"})["code"] == "2170"


def test_038_an_item_name_is_unique_below_its_parent(company: Company) -> None:
    income = company.reference("Account", "Construction Income")
    company.named("Item", "Labor")
    assert company.refusal("Item", {"Name": "labor", "IncomeAccountRef": income})["code"] == "6240"
    parent = company.write("Item", {"Name": "Division 3", "Type": "Category"})
    below = {"Name": "Labor", "IncomeAccountRef": income, "SubItem": True, "ParentRef": {"value": parent["Id"]}}
    made = company.write("Item", below)
    assert (made["FullyQualifiedName"], made["Level"], made["SubItem"]) == ("Division 3:Labor", 1, True)
    assert company.refusal("Item", below)["code"] == "6240"


def test_038_accounts_terms_classes_and_departments_are_unique_too(company: Company) -> None:
    for entity, given in (
        ("Account", {"Name": "Vault", "AccountType": "Bank"}),
        ("Term", {"Name": "Net 31", "DueDays": 31}),
        ("Class", {"Name": "Bridges"}),
        ("Department", {"Name": "North"}),
    ):
        company.write(entity, given)
        assert company.refusal(entity, {**given, "Name": str(given["Name"]).upper()})["code"] == "6240"


def test_039_a_service_without_an_income_account_is_refused(company: Company) -> None:
    error = company.refusal("Item", {"Name": "Masonry", "Type": "Service"})
    assert (error["code"], error["element"]) == ("2020", "IncomeAccountRef")
    assert company.refusal("Item", {"Name": "Masonry", "Type": "Sevrice"})["code"] == "2170"


def test_039_a_stocked_item_needs_its_accounts_and_its_start(company: Company) -> None:
    given = {
        "Name": "Brick",
        "Type": "Inventory",
        "IncomeAccountRef": company.reference("Account", "Construction Income"),
    }
    assert company.refusal("Item", given)["element"] == "AssetAccountRef"
    given["AssetAccountRef"] = company.reference("Account", "Inventory Asset")
    given["ExpenseAccountRef"] = company.reference("Account", "Job Materials")
    stocked = {**given, "QtyOnHand": 10, "InvStartDate": "2026-05-01"}
    assert company.write("Item", stocked)["TrackQtyOnHand"] is True


def test_tax_codes_and_rates_can_be_read_and_not_written(connect: Connect) -> None:
    company = connect(NORTHERN)
    code = company.named("TaxCode", "HST ON")
    rate = company.get(f"taxrate/{code['PurchaseTaxRateList']['TaxRateDetail'][0]['TaxRateRef']['value']}")["TaxRate"]
    assert rate["RateValue"] == 13
    assert company.refusal("TaxCode", {"Name": "Mine"})["code"] == "500"
    assert connect(HARBOR_ROW).get("taxcode/TAX")["TaxCode"]["Taxable"] is True


def test_a_bad_email_is_2210(company: Company) -> None:
    given = {"DisplayName": "Quill", "PrimaryEmailAddr": {"Address": "nobody"}}
    assert company.refusal("Vendor", given)["code"] == "2210"
