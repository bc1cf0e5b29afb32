"""The one thing that QuickBooks is documented to write otherwise than it was sent: the country of an address."""

from __future__ import annotations

#: Ways to write a country; since 2025 QuickBooks answers in three letters whatever was sent (quickbooks.md §3.1).
_COUNTRIES = (
    {"US", "USA", "UNITED STATES", "UNITED STATES OF AMERICA"},
    {"CA", "CAN", "CANADA"},
    {"MX", "MEX", "MEXICO"},
    {"GB", "GBR", "UNITED KINGDOM", "UK"},
    {"AU", "AUS", "AUSTRALIA"},
    {"NZ", "NZL", "NEW ZEALAND"},
    {"IE", "IRL", "IRELAND"},
    {"DE", "DEU", "GERMANY"},
    {"FR", "FRA", "FRANCE"},
)


def same_country(one: str, other: str) -> bool:
    """Whether two ways to write a country mean the same."""
    pair = {one.strip().upper(), other.strip().upper()}
    return len(pair) == 1 or any(pair <= country for country in _COUNTRIES)
