"""What a QuickBooks company says of itself: name, country, and what is switched on."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from django.utils.translation import gettext_noop

from quickbooks_bridge.client.api import Ledger

PLAN = gettext_noop("Plan")
PURCHASE_ORDERS = gettext_noop("Purchase orders")
OWN_ORDER_NUMBERS = gettext_noop("Own numbers of purchase orders")
ESTIMATES = gettext_noop("Estimates")
OWN_SALES_NUMBERS = gettext_noop("Own numbers of estimates")
EXPENSES_BY_CUSTOMER = gettext_noop("Expenses by customer")
HOME_CURRENCY = gettext_noop("Home currency")
CURRENCIES = gettext_noop("More than one currency")
CLASSES = gettext_noop("Classes")
LOCATIONS = gettext_noop("Locations")
REPEATED_NUMBERS = gettext_noop("Warns of repeated bill numbers")
CLOSED = gettext_noop("Books closed through")
_ON, _OFF = gettext_noop("on"), gettext_noop("off")


@dataclass(frozen=True)
class Features:
    """`switches` holds what screens show and later exports ask: label → text."""

    company_name: str
    country: str
    switches: dict[str, str]


def is_on(switches: Mapping[str, str], label: str) -> bool:
    """Whether QuickBooks said that it is switched on."""
    return switches.get(label) == _ON


def is_off(switches: Mapping[str, str], label: str) -> bool:
    """Whether QuickBooks said that it is switched off; not so if it was never asked."""
    return switches.get(label) == _OFF


def closed_until(switches: Mapping[str, str]) -> date | None:
    """The last day that is closed in the books; None while all days are open."""
    try:
        return date.fromisoformat(switches.get(CLOSED, "")[:10])
    except ValueError:
        return None


def opens_on(switches: Mapping[str, str]) -> date | None:
    """The first day that is open in the books; None while all days are open."""
    closed = closed_until(switches)
    return closed + timedelta(days=1) if closed else None


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
    sales = _section(preferences, "SalesFormsPrefs")
    money = _section(preferences, "CurrencyPrefs")
    found = {
        PLAN: plan.get("OfferingSku", ""),
        HOME_CURRENCY: str((money.get("HomeCurrency") or {}).get("value", "")),
        CURRENCIES: _yes(money.get("MultiCurrencyEnabled")),
        PURCHASE_ORDERS: _yes(others.get("VendorAndPurchasesPrefs.PurchaseOrderEnabled")),
        OWN_ORDER_NUMBERS: _yes(others.get("VendorAndPurchasesPrefs.UseCustomTxnNumbers")),
        ESTIMATES: _yes(sales.get("AllowEstimates")),
        OWN_SALES_NUMBERS: _yes(sales.get("CustomTxnNumbers")),
        EXPENSES_BY_CUSTOMER: _yes(purchases.get("TrackingByCustomer")),
        CLASSES: _yes(books.get("ClassTrackingPerTxn") or books.get("ClassTrackingPerTxnLine")),
        LOCATIONS: _yes(books.get("TrackDepartments")),
        gettext_noop("Account numbers"): _yes(books.get("UseAccountNumbers")),
        REPEATED_NUMBERS: _yes(others.get("WarnDuplicateBillNumber")),
        CLOSED: str(books.get("BookCloseDate", "") or gettext_noop("not closed")),
    }
    return {label: value for label, value in found.items() if value}


def _section(preferences: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    section = preferences.get(name)
    return section if isinstance(section, Mapping) else {}


def _named(pairs: object) -> dict[str, str]:
    rows = pairs if isinstance(pairs, list) else []
    return {str(one.get("Name")): str(one.get("Value")) for one in rows if isinstance(one, Mapping)}


def _yes(value: object) -> str:
    return _ON if str(value).lower() == "true" else _OFF
