"""What a QuickBooks company says of itself: name, country, and what is switched on."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from quickbooks_bridge.client.api import Ledger


@dataclass(frozen=True)
class Features:
    """`switches` holds what screens show and later exports ask: label → text."""

    company_name: str
    country: str
    switches: dict[str, str]


def features_of(ledger: Ledger) -> Features:
    """Two calls: CompanyInfo and Preferences.

    Raises:
        LedgerFault: QuickBooks could not be read with these tokens.
    """
    info = ledger.company_info().document("CompanyInfo")
    preferences = ledger.preferences().document("Preferences")
    return Features(
        company_name=str(info.get("CompanyName", "")),
        country=str(info.get("Country", "")),
        switches=_switches(info, preferences),
    )


def _switches(info: Mapping[str, Any], preferences: Mapping[str, Any]) -> dict[str, str]:
    plan = _named(info.get("NameValue"))
    others = _named(_section(preferences, "OtherPrefs").get("NameValue"))
    books = _section(preferences, "AccountingInfoPrefs")
    purchases = _section(preferences, "VendorAndPurchasesPrefs")
    money = _section(preferences, "CurrencyPrefs")
    found = {
        "Plan": plan.get("OfferingSku", ""),
        "Home currency": str((money.get("HomeCurrency") or {}).get("value", "")),
        "More than one currency": _yes(money.get("MultiCurrencyEnabled")),
        "Purchase orders": _yes(others.get("VendorAndPurchasesPrefs.PurchaseOrderEnabled")),
        "Expenses by customer": _yes(purchases.get("TrackingByCustomer")),
        "Classes": _yes(books.get("ClassTrackingPerTxn") or books.get("ClassTrackingPerTxnLine")),
        "Locations": _yes(books.get("TrackDepartments")),
        "Account numbers": _yes(books.get("UseAccountNumbers")),
        "Warns of repeated bill numbers": _yes(others.get("WarnDuplicateBillNumber")),
        "Books closed until": str(books.get("BookCloseDate", "") or "not closed"),
    }
    return {label: value for label, value in found.items() if value}


def _section(preferences: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    section = preferences.get(name)
    return section if isinstance(section, Mapping) else {}


def _named(pairs: object) -> dict[str, str]:
    rows = pairs if isinstance(pairs, list) else []
    return {str(one.get("Name")): str(one.get("Value")) for one in rows if isinstance(one, Mapping)}


def _yes(value: object) -> str:
    return "on" if str(value).lower() == "true" else "off"
