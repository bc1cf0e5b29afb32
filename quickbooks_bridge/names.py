"""The mirror of QuickBooks' name lists: what screens and checks ask of it, and how a row gets into it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.db.models import QuerySet
from django.utils.translation import gettext, gettext_noop

from procore_sync.acceptance.models import ErpItem
from procore_sync.kit.clock import database_time
from procore_sync.kit.text import normalise
from quickbooks_bridge.features import CLASSES, LOCATIONS, is_on
from quickbooks_bridge.models import Connection, LedgerName, Link
from quickbooks_bridge.outcomes import plain

Document = dict[str, Any]

#: The lists that are read of every company, in the order in which they refer to each other.
ENTITIES = ("Account", "Term", "Customer", "Vendor", "Employee", "Item")
#: The lists that are read only where QuickBooks tracks what they name, by its switch. It calls locations departments.
TRACKED = {CLASSES: "Class", LOCATIONS: "Department"}
#: The lists that share one namespace in QuickBooks: no two of their rows have the same name.
PEOPLE = ("Vendor", "Customer", "Employee")

INCOME_TYPES = ("Income", "Other Income")
EXPENSE_TYPES = ("Cost of Goods Sold", "Expense", "Other Expense", "Other Current Liability")

_KEPT = (
    "AccountType",
    "AccountSubType",
    "AcctNum",
    "Type",
    "Job",
    "ParentRef",
    "Level",
    "IncomeAccountRef",
    "ExpenseAccountRef",
    "AssetAccountRef",
    "TermRef",
    "Description",
    "PurchaseDesc",
    "BillAddr",
    "PrimaryPhone",
    "Fax",
    "PrimaryEmailAddr",
    "WebAddr",
    "CompanyName",
    "PrintOnCheckName",
    "MetaData",
    "SyncToken",
    "CurrencyRef",
    "Notes",
    "DueDays",
    "Taxable",
    "SalesTaxRateList",
    "PurchaseTaxRateList",
    "DisplayName",
    "Name",
    "Id",
    "Active",
)

_NOUNS = {
    "Vendor": gettext_noop("vendor"),
    "Customer": gettext_noop("customer"),
    "Employee": gettext_noop("employee"),
    "Item": gettext_noop("item"),
}


def noun_of(entity: str) -> str:
    """What a sentence calls a row of that list, in the language of whoever reads it."""
    return gettext(_NOUNS.get(entity, entity.lower()))


def lists_of(row: Connection) -> tuple[str, ...]:
    """The lists that are read of a company: classes, locations and tax codes only where it has them."""
    tracked = [entity for switch, entity in TRACKED.items() if is_on(row.features, switch)]
    return (*ENTITIES, *tracked, *(("TaxCode",) if row.is_taxed else ()))


def names_of(company_id: int, *entities: str) -> QuerySet[LedgerName]:
    """The rows of these lists of a company, inactive ones too."""
    return LedgerName.objects.filter(company_id=company_id, entity__in=entities)


def row_of(company_id: int, entity: str, remote: Document) -> LedgerName:
    """A row of the mirror for what QuickBooks answered; not saved."""
    name = str(remote.get("DisplayName") or remote.get("Name") or "")
    return LedgerName(
        company_id=company_id,
        entity=entity,
        remote_id=str(remote["Id"]),
        name=name[:500],
        fully_qualified_name=str(remote.get("FullyQualifiedName") or name)[:1000],
        matching=normalise(name)[:500],
        level=_level(remote),
        detail={key: plain(remote[key]) for key in _KEPT if key in remote},
        active=remote.get("Active") is not False,
        sync_token=str(remote.get("SyncToken", ""))[:16],
    )


def _level(remote: Document) -> int:
    told = remote.get("Level")
    if isinstance(told, int):
        return told
    return 1 if remote.get("ParentRef") else 0


def remember(rows: Iterable[LedgerName]) -> None:
    """Insert or bring up to date; the same row twice leaves one. In one order, so that two who do it never deadlock."""
    ordered, at = sorted(rows, key=lambda row: (row.entity, row.remote_id)), database_time()
    for row in ordered:
        row.seen_at = at
    LedgerName.objects.bulk_create(
        ordered,
        batch_size=500,
        update_conflicts=True,
        unique_fields=["company", "entity", "remote_id"],
        update_fields=[
            "name",
            "fully_qualified_name",
            "matching",
            "level",
            "detail",
            "active",
            "sync_token",
            "seen_at",
        ],
    )


def accounts(company_id: int, types: tuple[str, ...]) -> list[tuple[str, str]]:
    """Active accounts of these types as options, by number and name."""
    rows = names_of(company_id, "Account").filter(active=True, detail__AccountType__in=types)
    told = [(row.remote_id, _account_label(row)) for row in rows]
    return sorted(told, key=lambda one: one[1].casefold())


def labelled(accounts: Iterable[LedgerName]) -> dict[str, str]:
    """What these accounts are called, by id."""
    return {row.remote_id: _account_label(row) for row in accounts}


def _account_label(row: LedgerName) -> str:
    number = row.detail.get("AcctNum", "")
    return f"{number} {row.fully_qualified_name}".strip()


def is_stocked(item: LedgerName) -> bool:
    """Whether what is bought of an item goes into stock, and is a cost only once it is sold."""
    return bool(item.detail.get("Type") == "Inventory")


def posts_to(item: LedgerName) -> str:
    """The account to which what is bought of an item is posted, by id; "" if it has none."""
    account = "AssetAccountRef" if is_stocked(item) and "AssetAccountRef" in item.detail else "ExpenseAccountRef"
    return str((item.detail.get(account) or {}).get("value", ""))


def terms(company_id: int) -> list[tuple[str, str]]:
    """Active payment terms as options."""
    rows = names_of(company_id, "Term").filter(active=True).order_by("name")
    return [(row.remote_id, row.name) for row in rows]


def days_to_pay(vendor: ErpItem) -> int | None:
    """The days of the terms of a vendor as last read; None where it is not linked, or has none that count days."""
    link = Link.objects.filter(item=vendor, entity="Vendor").first()
    row = names_of(vendor.company_id, "Vendor").filter(remote_id=link.remote_id).first() if link else None
    chosen = (row.detail.get("TermRef") or {}).get("value", "") if row else ""
    term = names_of(vendor.company_id, "Term").filter(remote_id=chosen).first() if chosen else None
    days = str(term.detail.get("DueDays", "")) if term else ""
    return int(days) if days.isdecimal() else None


def classes(company_id: int) -> list[tuple[str, str]]:
    """Active classes as options."""
    return _under_full_names(company_id, "Class")


def locations(company_id: int) -> list[tuple[str, str]]:
    """Active locations as options."""
    return _under_full_names(company_id, "Department")


def _under_full_names(company_id: int, entity: str) -> list[tuple[str, str]]:
    rows = names_of(company_id, entity).filter(active=True).order_by("fully_qualified_name")
    return [(row.remote_id, row.fully_qualified_name) for row in rows]


def tax_codes(company_id: int) -> list[tuple[str, str]]:
    """Active tax codes of what is bought, as options; QuickBooks refuses a code of sales alone on a bill or order."""
    rows = names_of(company_id, "TaxCode").filter(active=True).order_by("name")
    return [(row.remote_id, row.name) for row in rows if _has_rates(row, "Purchase") or not _has_rates(row, "Sales")]


def _has_rates(row: LedgerName, side: str) -> bool:
    return bool((row.detail.get(f"{side}TaxRateList") or {}).get("TaxRateDetail"))


def services(company_id: int) -> list[tuple[str, str]]:
    """Active service items as options."""
    rows = names_of(company_id, "Item").filter(active=True, detail__Type="Service").order_by("fully_qualified_name")
    return [(row.remote_id, row.fully_qualified_name) for row in rows]


def customers(company_id: int) -> list[tuple[str, str]]:
    """Active customers that a job can be put under, as options."""
    rows = names_of(company_id, "Customer").filter(active=True, level=0).order_by("name")
    return [(row.remote_id, row.fully_qualified_name) for row in rows]
