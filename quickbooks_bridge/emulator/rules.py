"""What each entity completes and refuses beyond its table. A rule runs after references, before uniqueness."""

from collections.abc import Callable

from . import faults
from .entity import Entity
from .records import Document, Lists
from .tables import ENTITIES

Rule = Callable[[Lists, Document, Document | None], None]
DELETED = " (deleted)"
DEEPEST_LEVEL = 4

_NAME_PARTS = ("Title", "GivenName", "MiddleName", "FamilyName", "Suffix")


def _person(_lists: Lists, document: Document, _before: Document | None) -> None:
    name = str(document.get("DisplayName", "")).strip()
    if not name:
        name = " ".join(str(document[part]) for part in _NAME_PARTS if part in document)
        if not name:
            detail = "At least one of DisplayName, Title, GivenName, MiddleName, FamilyName or Suffix is required"
            raise faults.Refused("6080", "Name is required", detail, "DisplayName")
        document["DisplayName"] = name
    document.setdefault("PrintOnCheckName", document["DisplayName"].removesuffix(DELETED))


def _vendor(lists: Lists, document: Document, before: Document | None) -> None:
    _person(lists, document, before)
    if "TaxIdentifier" in document and not document["TaxIdentifier"].startswith("XXX"):
        document["TaxIdentifier"] = "XXXXXX" + document["TaxIdentifier"][-4:]


def _employee(lists: Lists, document: Document, before: Document | None) -> None:
    _person(lists, document, before)
    if "SSN" in document:
        document["SSN"] = "XXX-XX-XXXX"


def _customer(lists: Lists, document: Document, before: Document | None) -> None:
    _person(lists, document, before)
    if document.get("Job") and "ParentRef" not in document:
        raise faults.missing("ParentRef")
    document["Job"] = "ParentRef" in document
    nest(lists, ENTITIES["Customer"], document)


def _nested(name: str) -> Rule:
    def rule(lists: Lists, document: Document, _before: Document | None) -> None:
        if not document["Name"].strip():
            raise faults.missing("Name")
        nest(lists, ENTITIES[name], document)

    return rule


_SOLD = ("Service", "NonInventory", "Inventory")
_STOCKED = ("AssetAccountRef", "ExpenseAccountRef", "QtyOnHand", "InvStartDate")
_NOT_OF_CATEGORIES = ("IncomeAccountRef", "ExpenseAccountRef", "AssetAccountRef", "UnitPrice", "PurchaseCost")


def _item(lists: Lists, document: Document, _before: Document | None) -> None:
    if document["Type"] == "Category":
        for name in (*_NOT_OF_CATEGORIES, "Taxable", "TrackQtyOnHand"):
            document.pop(name, None)
    if document["Type"] in _SOLD and "IncomeAccountRef" not in document:
        raise faults.missing("IncomeAccountRef")
    if document["Type"] == "Inventory":
        document["TrackQtyOnHand"] = True
        for name in _STOCKED:
            if name not in document:
                raise faults.missing(name)
    if not document["Name"].strip():
        raise faults.missing("Name")
    nest(lists, ENTITIES["Item"], document)


# AccountType: (Classification, AccountSubType when none is given). From the scraped reference.
ACCOUNT_TYPES = {
    "Bank": ("Asset", "CashOnHand"),
    "Other Current Asset": ("Asset", "OtherCurrentAssets"),
    "Fixed Asset": ("Asset", "FurnitureAndFixtures"),
    "Other Asset": ("Asset", "OtherLongTermAssets"),
    "Accounts Receivable": ("Asset", "AccountsReceivable"),
    "Equity": ("Equity", "OpeningBalanceEquity"),
    "Expense": ("Expense", "OtherMiscellaneousServiceCost"),
    "Other Expense": ("Expense", "OtherMiscellaneousExpense"),
    "Cost of Goods Sold": ("Expense", "SuppliesMaterialsCogs"),
    "Accounts Payable": ("Liability", "AccountsPayable"),
    "Credit Card": ("Liability", "CreditCard"),
    "Long Term Liability": ("Liability", "OtherLongTermLiabilities"),
    "Other Current Liability": ("Liability", "OtherCurrentLiabilities"),
    "Income": ("Revenue", "SalesOfProductIncome"),
    "Other Income": ("Revenue", "OtherMiscellaneousIncome"),
}
_TYPE_OF_SUBTYPE = {
    **{subtype: account_type for account_type, (_, subtype) in ACCOUNT_TYPES.items()},
    "Checking": "Bank",
    "Savings": "Bank",
    "CostOfLaborCos": "Cost of Goods Sold",
    "EquipmentRentalCos": "Cost of Goods Sold",
    "OtherCostsOfServiceCos": "Cost of Goods Sold",
    "ServiceFeeIncome": "Income",
    "DiscountsRefundsGiven": "Income",
    "Inventory": "Other Current Asset",
    "Retainage": "Other Current Asset",
    "OfficeGeneralAdministrativeExpenses": "Expense",
    "SuppliesMaterials": "Expense",
    "Insurance": "Expense",
    "RetainedEarnings": "Equity",
}


def _account(lists: Lists, document: Document, _before: Document | None) -> None:
    account_type = document.get("AccountType") or _TYPE_OF_SUBTYPE.get(document.get("AccountSubType", ""))
    if account_type is None:
        raise faults.missing("AccountType")
    if account_type not in ACCOUNT_TYPES:
        raise faults.bad_choice("AccountType", account_type)
    classification, subtype = ACCOUNT_TYPES[account_type]
    document["AccountType"] = account_type
    document["Classification"] = classification
    document.setdefault("AccountSubType", subtype)
    nest(lists, ENTITIES["Account"], document)


def _term(_lists: Lists, document: Document, _before: Document | None) -> None:
    if "DayOfMonthDue" not in document and "DueDays" not in document:
        raise faults.missing("DueDays")
    document["Type"] = "DATE_DRIVEN" if "DayOfMonthDue" in document else "STANDARD"
    if document["Type"] == "STANDARD":
        document.setdefault("DiscountDays", 0)


def nest(lists: Lists, entity: Entity, document: Document) -> None:
    """FullyQualifiedName, Level and the sub mark of a record from its parent; refuses a ring and a sixth level."""
    name = str(document.get(entity.name_field, ""))
    parent_key = document.get("ParentRef", {}).get("value")
    document["FullyQualifiedName"] = name
    document.pop("Level", None)
    if entity.sub_field and (parent_key or entity.sub_field in document):
        document[entity.sub_field] = bool(parent_key)
    if not parent_key:
        return
    level = _depth(lists, entity, document)
    parent = lists.records[entity.name][parent_key].document
    document["FullyQualifiedName"] = f"{parent['FullyQualifiedName']}:{name}"
    if "Level" in entity.by_name:
        document["Level"] = level


def _depth(lists: Lists, entity: Entity, document: Document) -> int:
    level, at = 0, document
    while "ParentRef" in at:
        level += 1
        key = at["ParentRef"]["value"]
        if key == document.get("Id") or level > DEEPEST_LEVEL:
            raise faults.business("A sub-entry may be at most five levels deep, and never below itself.", "ParentRef")
        at = lists.records[entity.name][key].document
    return level


def _attachable(lists: Lists, document: Document, _before: Document | None) -> None:
    if "FileName" not in document and "Note" not in document:
        raise faults.missing("Note")
    for reference in document.get("AttachableRef", []):
        to = reference.get("EntityRef", {})
        if to.get("value") not in lists.records.get(str(to.get("type")), {}):
            raise faults.unknown_reference(str(to.get("type", "Entity")), str(to.get("value", "")))
        reference.setdefault("IncludeOnSend", False)


RULES: dict[str, Rule] = {
    "Customer": _customer,
    "Vendor": _vendor,
    "Employee": _employee,
    "Item": _item,
    "Account": _account,
    "Term": _term,
    "Class": _nested("Class"),
    "Department": _nested("Department"),
    "Attachable": _attachable,
}
