"""The companies a fresh emulator holds: a contractor's lists, plain enough to know by heart in a test."""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from .books import Books
from .clock import stamp
from .tables import ENTITIES

if TYPE_CHECKING:
    from .emulator import Emulator

HARBOR_ROW = "9341450000000001"
OTHER_BOOKS = "9341450000000002"
NORTHERN = "9341450000000003"
SEEDS = ("default", "bare", "sandbox")
#: Stands for the moment of planting; JSON writes this character in no other way than escaped.
_MOMENT = "\0"
#: What lies in the books: company, entity, id, JSON.
Laid = tuple[str, str, str, str]

_COMPANIES: dict[str, dict[str, Any]] = {
    HARBOR_ROW: {"CompanyName": "Harbor Row Builders", "Country": "US", "zone": "America/New_York"},
    OTHER_BOOKS: {"CompanyName": "Other Books Inc", "Country": "US", "zone": "America/Chicago"},
    NORTHERN: {"CompanyName": "Northern Contracting Ltd", "Country": "CA", "zone": "America/Toronto"},
}

# Name, AccountType, AccountSubType, number, parent's name
_ACCOUNTS: tuple[tuple[str, str, str, str, str], ...] = (
    ("Operating Checking", "Bank", "Checking", "1000", ""),
    ("Payroll Checking", "Bank", "Checking", "1010", ""),
    ("Accounts Receivable (A/R)", "Accounts Receivable", "AccountsReceivable", "1100", ""),
    ("Retainage Receivable", "Other Current Asset", "OtherCurrentAssets", "1150", ""),
    ("Inventory Asset", "Other Current Asset", "Inventory", "1200", ""),
    ("Construction Equipment", "Fixed Asset", "FurnitureAndFixtures", "1500", ""),
    ("Accounts Payable (A/P)", "Accounts Payable", "AccountsPayable", "2000", ""),
    ("Retainage Payable", "Other Current Liability", "OtherCurrentLiabilities", "2050", ""),
    ("Company Credit Card", "Credit Card", "CreditCard", "2100", ""),
    ("Sales Tax Payable", "Other Current Liability", "OtherCurrentLiabilities", "2200", ""),
    ("Equipment Loan", "Long Term Liability", "OtherLongTermLiabilities", "2500", ""),
    ("Opening Balance Equity", "Equity", "OpeningBalanceEquity", "3000", ""),
    ("Retained Earnings", "Equity", "RetainedEarnings", "3900", ""),
    ("Construction Income", "Income", "SalesOfProductIncome", "4000", ""),
    ("Change Order Income", "Income", "ServiceFeeIncome", "4010", "Construction Income"),
    ("Time and Materials Income", "Income", "ServiceFeeIncome", "4020", "Construction Income"),
    ("Discounts given", "Income", "DiscountsRefundsGiven", "4900", ""),
    ("Cost of Goods Sold", "Cost of Goods Sold", "SuppliesMaterialsCogs", "5000", ""),
    ("Subcontractors", "Cost of Goods Sold", "OtherCostsOfServiceCos", "5100", "Cost of Goods Sold"),
    ("Job Materials", "Cost of Goods Sold", "SuppliesMaterialsCogs", "5200", "Cost of Goods Sold"),
    ("Job Labor", "Cost of Goods Sold", "CostOfLaborCos", "5300", "Cost of Goods Sold"),
    ("Equipment Rental", "Cost of Goods Sold", "EquipmentRentalCos", "5400", "Cost of Goods Sold"),
    ("Permits and Fees", "Cost of Goods Sold", "OtherCostsOfServiceCos", "5500", "Cost of Goods Sold"),
    ("Insurance", "Expense", "Insurance", "6100", ""),
    ("Office Supplies", "Expense", "OfficeGeneralAdministrativeExpenses", "6200", ""),
    ("Tools and Small Equipment", "Expense", "SuppliesMaterials", "6300", ""),
)

# Id, name, AccountType, Classification, AccountSubType
_SANDBOX_ACCOUNTS = (
    ("42", "Visa", "Credit Card", "Liability", "CreditCard"),
    ("86", "Discounts given", "Income", "Revenue", "DiscountsRefundsGiven"),
)

_TERMS = (("Due on receipt", 0), ("Net 15", 15), ("Net 30", 30), ("Net 45", 45), ("Net 60", 60))
_CLASSES = ("Commercial", "Residential", "Public Works")
_DEPARTMENTS = ("Head Office", "Field")

# Customer: its jobs
_CUSTOMERS: dict[str, dict[str, tuple[str, ...]]] = {
    HARBOR_ROW: {
        "Marlow Development Group": ("Pier 9 Market Hall", "Canal Street Lofts"),
        "City of Eastport": ("Fire Station 4", "Riverside Library Renovation"),
        "St. Brendan's Parish": ("Parish Hall Roof",),
        "Ridgeline Mechanical": (),
        "Harbor Self Storage": (),
    },
    OTHER_BOOKS: {"Quiet Reader LLC": ("Shop Fit-out",), "Mill Lane Bakery": ()},
    NORTHERN: {"Ville de Gatineau": ("Aréna Saint-Raymond",), "Bytown Properties": ("Lot 14 Townhouses",)},
}

# Vendors; the first list of a company has names close to, and not equal to, those of usual subcontractors.
_VENDORS: dict[str, tuple[tuple[str, str, bool], ...]] = {
    HARBOR_ROW: (
        ("Atlantic Concrete & Foundation Inc.", "Net 30", True),
        ("Keystone Steel Erectors, LLC", "Net 30", True),
        ("BRIGHTWATER PLUMBING", "Net 30", True),
        ("Ace Electric Co", "Net 15", True),
        ("Northeast Drywall Systems Corp", "Net 30", True),
        ("O'Brien Excavating", "Net 30", True),
        ("Summit Roofing and Sheet Metal", "Net 45", True),
        ("Coastal Lumber Supply", "Net 30", False),
        ("Eastport Water & Sewer", "Due on receipt", False),
        ("Tri-County Equipment Rental", "Net 15", False),
        ("Premier Glass & Glazing", "Net 30", True),
        ("Hudson Painting Contractors", "Net 30", True),
    ),
    OTHER_BOOKS: (("Ace Electric Co", "Net 30", True), ("Paper & Ink Wholesale", "Net 30", False)),
    NORTHERN: (
        ("Béton Provincial Ltée", "Net 30", False),
        ("A.J. Hanna Construction Ltd.", "Net 30", False),
        ("Acklands Grainger", "Net 30", False),
    ),
}

_EMPLOYEES: dict[str, tuple[tuple[str, str], ...]] = {
    HARBOR_ROW: (("Rosa", "Delgado"), ("Tom", "Whitfield")),
    OTHER_BOOKS: (("Iris", "Okafor"),),
    NORTHERN: (("Luc", "Tremblay"),),
}

# Name, income account, expense account
_ITEMS = (
    ("Subcontract Work", "Construction Income", "Subcontractors"),
    ("Materials", "Construction Income", "Job Materials"),
    ("Labor", "Construction Income", "Job Labor"),
    ("Equipment", "Construction Income", "Equipment Rental"),
    ("Permits", "Construction Income", "Permits and Fees"),
    ("Retainage", "Retainage Receivable", "Retainage Payable"),
)

_PSEUDO_TAX_CODES = (("TAX", True), ("NON", False), ("CustomSalesTax", True))
_TAXES = {
    "US": (("Maine", "5.5"),),
    "CA": (("GST", "5"), ("HST ON", "13"), ("QST", "9.975"), ("Exempt", "0"), ("PST BC on sales", "7")),
}
_ON_SALES_ONLY = ("PST BC on sales",)


def plant(emulator: "Emulator", seed: str) -> None:
    """Open the three companies. `bare` leaves out people, jobs and items; `sandbox` adds what clients' tests expect.

    What it has planted before, an emulator takes back as it stood then, of this moment: to check the same seeds anew
    takes four times as long, and more than a thousand tests begin with it.
    """
    if seed not in emulator.planted:
        _lay(emulator, seed)
        emulator.planted[seed] = list(_laid(emulator))
        return
    now = stamp(emulator.clock.now())
    for realm, entity, key, text in emulator.planted[seed]:
        books = emulator.companies.get(realm) or emulator.open_company(realm)
        document = text.replace(_MOMENT, now)
        books.restore(entity, document)
        emulator.store.keep(entity, realm, key, document)


def _laid(emulator: "Emulator") -> Iterator[Laid]:
    for realm, books in emulator.companies.items():
        for entity, records in books.records.items():
            for key, record in records.items():
                text = record.text
                for moment in record.document["MetaData"].values():
                    text = text.replace(moment, _MOMENT)
                yield realm, entity, key, text


def _lay(emulator: "Emulator", seed: str) -> None:
    for realm, company in _COMPANIES.items():
        books = emulator.open_company(realm)
        _settings(books, company)
        _accounts(books)
        for name, days in _TERMS:
            books.create(ENTITIES["Term"], {"Name": name, "DueDays": days})
        plant_taxes(books, company["Country"])
        if seed != "bare":
            _lists(books)
        if seed == "sandbox":
            _as_in_a_sandbox(books)


def _settings(books: Books, company: dict[str, Any]) -> None:
    home = "CAD" if company["Country"] == "CA" else "USD"
    name = company["CompanyName"]
    line = {"Line1": "14 Wharf Road", "City": "Eastport", "CountrySubDivisionCode": "ME", "PostalCode": "04631"}
    if home == "CAD":
        line = {"Line1": "90 rue Laurier", "City": "Gatineau", "CountrySubDivisionCode": "QC", "PostalCode": "J8X 4H3"}
    info = {
        "CompanyName": name,
        "LegalName": name,
        "CompanyAddr": {"Id": "1", **line},
        "CustomerCommunicationAddr": {"Id": "1", **line},
        "LegalAddr": {"Id": "1", **line},
        "PrimaryPhone": {"FreeFormNumber": "(207) 555-0140"},
        "CompanyStartDate": "2019-01-01",
        "FiscalYearStartMonth": "January",
        "Country": company["Country"],
        "Email": {"Address": "books@example.com"},
        "WebAddr": {"URI": "https://books.example.com"},
        "SupportedLanguages": "en,fr" if home == "CAD" else "en",
        "DefaultTimeZone": company["zone"],
        "NameValue": [
            {"Name": "NeoEnabled", "Value": "true"},
            {"Name": "IndustryType", "Value": "General contractors"},
            {"Name": "IndustryCode", "Value": "236"},
            {"Name": "CompanyType", "Value": "Other"},
            {"Name": "SubscriptionStatus", "Value": "PAID"},
            {"Name": "OfferingSku", "Value": "QuickBooks Online Plus"},
            {"Name": "PayrollFeature", "Value": "false"},
            {"Name": "AccountantFeature", "Value": "false"},
        ],
    }
    books.seed_only(ENTITIES["CompanyInfo"], info, "1")
    books.seed_only(ENTITIES["Preferences"], _preferences(name, home), "1")


def _message(name: str, what: str) -> dict[str, str]:
    return {"Subject": f"{what} from {name}", "Message": f"Please find your {what.lower()} attached.\n\n{name}"}


def _custom_fields(used: str, named: str) -> list[dict[str, Any]]:
    flags = [{"Name": f"{used}{n}", "Type": "BooleanType", "BooleanValue": False} for n in (1, 2, 3)]
    return [{"CustomField": flags}, {"CustomField": [{"Name": named, "Type": "StringType", "StringValue": "Crew"}]}]


def _preferences(name: str, home: str) -> dict[str, Any]:
    other = {
        "SalesFormsPrefs.DefaultCustomerMessage": "Thank you for your business.",
        "SalesFormsPrefs.DefaultItem": "1",
        "VendorAndPurchasesPrefs.PurchaseOrderEnabled": "true",
        "VendorAndPurchasesPrefs.UseCustomTxnNumbers": "true",
        "ProjectsEnabled": "true",
        "Vendor1099Enabled": "true",
        "TimeTrackingFeatureEnabled": "true",
        "WarnDuplicateCheckNumber": "true",
        "WarnDuplicateBillNumber": "false",
        "WarnDuplicateJournalNumber": "false",
        "SignoutInactiveMinutes": "60",
        "AccountingInfoPrefs.ShowAccountNumbers": "true",
    }
    return {
        "AccountingInfoPrefs": {
            "UseAccountNumbers": True,
            "TrackDepartments": True,
            "ClassTrackingPerTxn": False,
            "ClassTrackingPerTxnLine": True,
            "FirstMonthOfFiscalYear": "January",
            "TaxYearMonth": "January",
            "TaxForm": "6",
            "CustomerTerminology": "Customers",
        },
        "ProductAndServicesPrefs": {
            "ForSales": True,
            "ForPurchase": True,
            "QuantityWithPriceAndRate": True,
            "QuantityOnHand": False,
        },
        "SalesFormsPrefs": {
            "CustomField": _custom_fields("SalesFormsPrefs.UseSalesCustom", "SalesFormsPrefs.SalesCustomName1"),
            "CustomTxnNumbers": True,
            "EmailCopyToCompany": False,
            "AllowDeposit": False,
            "AllowDiscount": False,
            "AllowEstimates": True,
            "ETransactionEnabledStatus": "NotApplicable",
            "ETransactionAttachPDF": False,
            "ETransactionPaymentEnabled": False,
            "IPNSupportEnabled": False,
            "AllowServiceDate": False,
            "AllowShipping": False,
            "AutoApplyCredit": True,
            "AutoApplyPayments": True,
            "UsingPriceLevels": False,
            "DefaultCustomerMessage": "Thank you for your business.",
        },
        "EmailMessagesPrefs": {
            f"{what}Message": _message(name, what) for what in ("Invoice", "Estimate", "SalesReceipt", "Statement")
        },
        "VendorAndPurchasesPrefs": {
            "TrackingByCustomer": True,
            "BillableExpenseTracking": True,
            "POCustomField": _custom_fields("PurchasePrefs.UsePurchaseCustom", "PurchasePrefs.PurchaseCustomName1"),
        },
        "TimeTrackingPrefs": {
            "UseServices": True,
            "BillCustomers": True,
            "ShowBillRateToAll": False,
            "WorkWeekStartDate": "Monday",
            "MarkTimeEntriesBillable": False,
        },
        "TaxPrefs": {"UsingSalesTax": home == "CAD", "PartnerTaxEnabled": home == "CAD"},
        "CurrencyPrefs": {"MultiCurrencyEnabled": False, "HomeCurrency": {"value": home}},
        "ReportPrefs": {"ReportBasis": "Accrual", "CalcAgingReportFromTxnDate": False},
        "OtherPrefs": {"NameValue": [{"Name": key, "Value": value} for key, value in other.items()]},
    }


def _ref(books: Books, entity: str, name: str) -> dict[str, str]:
    table = ENTITIES[entity]
    for key, record in books.records[entity].items():
        if record.document[table.name_field] == name:
            return {"value": key}
    raise LookupError(name)


def _accounts(books: Books) -> None:
    for name, account_type, subtype, number, parent in _ACCOUNTS:
        given: dict[str, Any] = {"Name": name, "AccountType": account_type, "AccountSubType": subtype}
        given["AcctNum"] = number
        if parent:
            given["ParentRef"] = _ref(books, "Account", parent)
        books.create(ENTITIES["Account"], given)


def plant_taxes(books: Books, country: str) -> None:
    """Lay down the tax codes and rates of a country."""
    if country == "US":
        for key, taxable in _PSEUDO_TAX_CODES:
            _tax_code(books, key, taxable, None)
    for name, percent in _TAXES[country]:
        value = float(percent)
        rate = {"Name": name, "Description": name, "RateValue": int(value) if value.is_integer() else value}
        record = books.seed_only(ENTITIES["TaxRate"], {**rate, "Active": True, "AgencyRef": {"value": "1"}})
        _tax_code(books, name, percent != "0", {"value": record.document["Id"], "name": name})


def _tax_code(books: Books, name: str, taxable: bool, rate: dict[str, Any] | None) -> None:
    detail = [{"TaxRateRef": rate, "TaxTypeApplicable": "TaxOnAmount", "TaxOrder": 0}] if rate else []
    document = {
        "Name": name,
        "Description": name,
        "Active": True,
        "Taxable": taxable,
        "TaxGroup": rate is not None,
        "SalesTaxRateList": {"TaxRateDetail": detail},
        "PurchaseTaxRateList": {} if name in _ON_SALES_ONLY else {"TaxRateDetail": detail},
    }
    books.seed_only(ENTITIES["TaxCode"], document, None if rate else name)


def _as_in_a_sandbox(books: Books) -> None:
    """Records that the tests of client libraries name by their id, because Intuit's sample company has them."""
    named = {"Income": "Construction Income", "Expense": "Job Materials", "Asset": "Inventory Asset"}
    accounts = {f"{kind}AccountRef": _ref(books, "Account", name) for kind, name in named.items()}
    stocked = {"QtyOnHand": 25, "InvStartDate": "2026-01-01"}
    books.create(ENTITIES["Item"], {"Name": "Rock Fountain", "Type": "Inventory", **accounts, **stocked})
    del accounts["AssetAccountRef"]
    pest = {"Name": "Pest Control", "FullyQualifiedName": "Pest Control", "Type": "Service", **accounts}
    books.seed_only(ENTITIES["Item"], pest, "10")
    own = _ref(books, "Account", "Discounts given")["value"]
    books.arrange(ENTITIES["Account"], own, lambda it: it.update(Name="Rebates", FullyQualifiedName="Rebates"))
    for key, name, kind, classification, subtype in _SANDBOX_ACCOUNTS:
        of = {"AccountType": kind, "Classification": classification, "AccountSubType": subtype}
        books.seed_only(ENTITIES["Account"], {"Name": name, "FullyQualifiedName": name, "SubAccount": False, **of}, key)


def _lists(books: Books) -> None:
    for name in _CLASSES:
        books.create(ENTITIES["Class"], {"Name": name})
    for name in _DEPARTMENTS:
        books.create(ENTITIES["Department"], {"Name": name})
    for name, jobs in _CUSTOMERS[books.realm].items():
        customer = books.create(ENTITIES["Customer"], {"DisplayName": name, "CompanyName": name})
        for job in jobs:
            parent = {"value": customer.document["Id"]}
            books.create(ENTITIES["Customer"], {"DisplayName": job, "Job": True, "ParentRef": parent})
    for name, term, reported in _VENDORS[books.realm]:
        given = {"DisplayName": name, "CompanyName": name, "Vendor1099": reported}
        books.create(ENTITIES["Vendor"], {**given, "TermRef": _ref(books, "Term", term)})
    for first, last in _EMPLOYEES[books.realm]:
        books.create(ENTITIES["Employee"], {"GivenName": first, "FamilyName": last})
    for name, income, expense in _ITEMS:
        accounts = {
            "IncomeAccountRef": _ref(books, "Account", income),
            "ExpenseAccountRef": _ref(books, "Account", expense),
        }
        books.create(ENTITIES["Item"], {"Name": name, "Type": "Service", **accounts})
