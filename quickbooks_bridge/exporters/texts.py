"""What QuickBooks takes as text, and the one thing it is known to write otherwise."""

from __future__ import annotations

import unicodedata

#: Ways to write a country; QuickBooks answers in three letters since 2025 whatever was sent.
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


def control_problems(text: str, what: str) -> list[str]:
    """Sentences against invisible characters: QuickBooks refuses them, or people read something else than stands there."""
    if any(unicodedata.category(character) in ("Cc", "Cf") for character in text):
        return [
            f"The {what.lower()} has a tab, a line break or an invisible character, which QuickBooks does not take. "
            "Type it anew in the record and send it again."
        ]
    return []
