"""The lists of the emulator, as tables, and all its entities. Transactions are in transactions.py.

Marks come from the scraped reference and the recorded documents; docs/emulator.md says how sure each is.
"""

from .entity import Entity
from .fields import (
    Field,
    address,
    day,
    email,
    flag,
    inert,
    label,
    number,
    open_object,
    parts,
    phone,
    reference,
    text,
    web,
)
from .transactions import TRANSACTIONS

_PERSON = (
    label("Title", 16),
    label("GivenName", 100),
    label("MiddleName", 100),
    label("FamilyName", 100),
    label("Suffix", 16),
)
_REACH = (phone("PrimaryPhone"), phone("AlternatePhone"), phone("Mobile"), phone("Fax"))
_INDIA = inert("GSTIN", "GSTRegistrationType", "BusinessNumber")

CUSTOMER = Entity(
    "Customer",
    (
        *_PERSON,
        label("DisplayName", 500),
        text("CompanyName", 100),
        text("PrintOnCheckName", 110),
        text("FullyQualifiedName", read_only=True),
        flag("Active", True),
        *_REACH,
        email("PrimaryEmailAddr"),
        web("WebAddr"),
        address("BillAddr"),
        address("ShipAddr"),
        text("Notes", 2000),
        flag("Job", False),
        flag("BillWithParent", False),
        reference("ParentRef", "Customer", bare=True),
        number("Level", read_only=True),
        flag("Taxable", True),
        number("Balance", 0, read_only=True),
        number("BalanceWithJobs", 0, read_only=True),
        day("OpenBalanceDate"),
        reference("CurrencyRef", read_only=True),
        text("PreferredDeliveryMethod", choices=("Print", "Email", "None"), default="Print"),
        reference("SalesTermRef", "Term"),
        reference("DefaultTaxCodeRef", bare=True),
        reference("PaymentMethodRef"),
        reference("CustomerTypeRef", bare=True),
        reference("ARAccountRef", "Account"),
        text("ResaleNum", 16),
        text("PrimaryTaxIdentifier", 20),
        flag("IsProject", False, read_only=True),
        *_INDIA,
        *inert("SecondaryTaxIdentifier", "TaxExemptionReasonId", "ClientEntityId", "V4IDPseudonym", "Organization"),
    ),
    name_field="DisplayName",
    shared_names="people",
    counter="people",
    group="Names",
)

VENDOR = Entity(
    "Vendor",
    (
        *_PERSON,
        label("DisplayName", 500),
        text("CompanyName", 100),
        text("PrintOnCheckName", 100),
        flag("Active", True),
        *_REACH,
        email("PrimaryEmailAddr"),
        web("WebAddr"),
        address("BillAddr"),
        open_object("OtherContactInfo"),
        text("TaxIdentifier", 20),
        reference("TermRef", "Term", bare=True),
        reference("APAccountRef", "Account"),
        text("AcctNum", 100),
        flag("Vendor1099", False),
        number("BillRate"),
        number("CostRate"),
        number("Balance", 0, read_only=True),
        reference("CurrencyRef", read_only=True),
        *_INDIA,
        *inert("T4AEligible", "T5018Eligible", "HasTPAR", "TaxReportingBasis", "VendorPaymentBankDetail", "Notes"),
        *inert("V4IDPseudonym", "Organization", "FullyQualifiedName"),
    ),
    name_field="DisplayName",
    shared_names="people",
    counter="people",
    group="Names",
)

EMPLOYEE = Entity(
    "Employee",
    (
        *_PERSON,
        label("DisplayName", 500),
        text("PrintOnCheckName", 100),
        flag("Active", True),
        phone("PrimaryPhone"),
        phone("Mobile"),
        email("PrimaryEmailAddr"),
        address("PrimaryAddr"),
        text("EmployeeNumber", 100),
        text("SSN", 100),
        text("Gender", 10),
        day("BirthDate"),
        day("HiredDate"),
        day("ReleasedDate"),
        flag("BillableTime", False),
        number("BillRate"),
        number("CostRate"),
        *inert("Organization", "EmailAddress", "V4IDPseudonym", "EmployeeType"),
    ),
    name_field="DisplayName",
    shared_names="people",
    counter="people",
    group="Names",
)

ITEM = Entity(
    "Item",
    (
        label("Name", 100, required=True),
        text("FullyQualifiedName", read_only=True),
        text("Sku", 100),
        text("Description", 4000),
        text("PurchaseDesc", 1000),
        flag("Active", True),
        flag("Taxable", False),
        flag("SalesTaxIncluded"),
        flag("PurchaseTaxIncluded"),
        number("UnitPrice", 0),
        number("PurchaseCost", 0),
        text("Type", choices=("Service", "NonInventory", "Inventory", "Category", "Group"), default="Service"),
        reference("IncomeAccountRef", "Account"),
        reference("ExpenseAccountRef", "Account"),
        reference("AssetAccountRef", "Account"),
        reference("PrefVendorRef", "Vendor"),
        reference("SalesTaxCodeRef", "TaxCode"),
        reference("PurchaseTaxCodeRef", "TaxCode"),
        reference("ClassRef", "Class"),
        flag("SubItem"),
        reference("ParentRef", "Item"),
        number("Level", read_only=True),
        flag("TrackQtyOnHand", False),
        number("QtyOnHand"),
        number("ReorderPoint"),
        day("InvStartDate"),
        *inert("ItemCategoryType", "AbatementRate", "ReverseChargeRate", "ServiceType", "UQCDisplayText", "UQCId"),
        *inert("TaxClassificationRef", "DeferredRevenue"),
    ),
    sub_field="SubItem",
    group="Items",
    dated_by="InvStartDate",
)

ACCOUNT = Entity(
    "Account",
    (
        Field("Name", required=True, longest=100, forbidden=':"\t\n\r'),
        flag("SubAccount", False),
        reference("ParentRef", "Account", bare=True),
        text("FullyQualifiedName", read_only=True),
        text("Description", 100),
        text("AcctNum", 20),
        flag("Active", True),
        text("Classification", read_only=True),
        text("AccountType"),
        text("AccountSubType"),
        number("CurrentBalance", 0, read_only=True),
        number("CurrentBalanceWithSubAccounts", 0, read_only=True),
        reference("CurrencyRef", read_only=True),
        reference("TaxCodeRef", "TaxCode"),
        *inert("TxnLocationType", "AccountAlias", "OpeningBalance", "OpeningBalanceDate"),
    ),
    sub_field="SubAccount",
    group="Accounts",
)

TERM = Entity(
    "Term",
    (
        Field("Name", required=True, longest=31, forbidden=":\t\n\r"),
        flag("Active", True),
        text("Type", choices=("STANDARD", "DATE_DRIVEN")),
        number("DiscountPercent", 0),
        number("DueDays"),
        number("DiscountDays"),
        number("DayOfMonthDue"),
        number("DueNextMonthDays"),
        number("DiscountDayOfMonth"),
    ),
    group="Terms",
)

_SUB_LIST = (
    label("Name", 100, required=True),
    text("FullyQualifiedName", read_only=True),
    flag("Active", True),
)

CLASS = Entity(
    "Class",
    (*_SUB_LIST, flag("SubClass", False), reference("ParentRef", "Class")),
    sub_field="SubClass",
    group="Klasses",
)

DEPARTMENT = Entity(
    "Department",
    (*_SUB_LIST, flag("SubDepartment", False), reference("ParentRef", "Department"), *inert("Address")),
    sub_field="SubDepartment",
    group="Depts",
)

_RATE_DETAIL = parts(
    "TaxRateDetail",
    reference("TaxRateRef", "TaxRate"),
    text("TaxTypeApplicable"),
    number("TaxOrder"),
    many=True,
)

TAX_CODE = Entity(
    "TaxCode",
    (
        text("Name", 100),
        text("Description", 4000),
        flag("Active", True),
        flag("Hidden", False),
        flag("Taxable"),
        flag("TaxGroup"),
        parts("SalesTaxRateList", _RATE_DETAIL),
        parts("PurchaseTaxRateList", _RATE_DETAIL),
    ),
    writable=False,
    followed=False,
    group="TaxCodes",
)

TAX_RATE = Entity(
    "TaxRate",
    (
        text("Name", 100),
        text("Description", 4000),
        flag("Active", True),
        number("RateValue"),
        reference("AgencyRef", bare=True),
        text("SpecialTaxType", default="NONE"),
        text("DisplayType", default="ReadOnly"),
    ),
    writable=False,
    followed=False,
    group="TaxRates",
)

COMPANY_INFO = Entity(
    "CompanyInfo",
    (
        text("CompanyName", 1024),
        text("LegalName", 1024),
        address("CompanyAddr"),
        address("CustomerCommunicationAddr"),
        address("LegalAddr"),
        phone("PrimaryPhone"),
        email("Email"),
        email("CustomerCommunicationEmailAddr"),
        web("WebAddr"),
        text("Country", read_only=True),
        text("SupportedLanguages"),
        text("FiscalYearStartMonth"),
        day("CompanyStartDate", read_only=True),
        text("DefaultTimeZone", read_only=True),
        parts("NameValue", text("Name"), text("Value"), many=True, read_only=True),
    ),
    name_field="",
    creatable=False,
    followed=False,
    only_one=True,
)

_SECTIONS = (
    "AccountingInfoPrefs",
    "ProductAndServicesPrefs",
    "SalesFormsPrefs",
    "EmailMessagesPrefs",
    "VendorAndPurchasesPrefs",
    "TimeTrackingPrefs",
    "TaxPrefs",
    "CurrencyPrefs",
    "ReportPrefs",
    "OtherPrefs",
)

PREFERENCES = Entity(
    "Preferences",
    tuple(open_object(section) for section in _SECTIONS),
    name_field="",
    creatable=False,
    followed=False,
    only_one=True,
)

ATTACHABLE = Entity(
    "Attachable",
    (
        parts(
            "AttachableRef",
            parts("EntityRef", text("value"), text("type"), *inert("name")),
            flag("IncludeOnSend"),
            text("LineInfo"),
            *inert("Inactive", "NoRefOnly", "CustomField", "Ex"),
            many=True,
        ),
        text("FileName", 1000),
        text("Note", 2000),
        text("Category", 100),
        text("ContentType", 100),
        text("Tag", 2000),
        text("PlaceName", 2000),
        text("Lat", 100),
        text("Long", 100),
        number("Size", read_only=True),
        *inert("FileAccessUri", "TempDownloadUri", "ThumbnailFileAccessUri", "ThumbnailTempDownloadUri"),
    ),
    name_field="",
    deletable=True,
    unqueried=("AttachableRef",),
    queried_inside=("AttachableRef.EntityRef.type", "AttachableRef.EntityRef.value"),
)

ENTITIES: dict[str, Entity] = {
    entity.name: entity
    for entity in (
        COMPANY_INFO,
        PREFERENCES,
        ACCOUNT,
        TERM,
        TAX_RATE,
        TAX_CODE,
        CLASS,
        DEPARTMENT,
        CUSTOMER,
        VENDOR,
        EMPLOYEE,
        ITEM,
        *TRANSACTIONS,
        ATTACHABLE,
    )
}
PATHS: dict[str, Entity] = {entity.name.lower(): entity for entity in ENTITIES.values()}
