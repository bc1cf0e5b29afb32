"""More than one currency, as far as it goes: names have one for ever, and a document has that of its name.

Amounts are never converted: ExchangeRate and the home amounts are left out (quickbooks.md §4.9).
"""

from typing import TYPE_CHECKING

from . import faults
from .entity import Entity
from .records import Document

if TYPE_CHECKING:
    from .books import Books

_OF_ITS_NAME = {"VendorRef": "Vendor", "CustomerRef": "Customer"}


def currency_of(books: "Books", entity: Entity, given: Document, document: Document) -> Document:
    """The currency of a new record. Raises Refused for a document in another currency than its vendor or customer."""
    asked = given.get("CurrencyRef")
    value = asked.get("value") if isinstance(asked, dict) else None
    if not books.preferences.get("CurrencyPrefs", {}).get("MultiCurrencyEnabled"):
        return dict(books.currency)
    if not entity.is_transaction:
        return {"value": str(value), "name": str(value)} if value else dict(books.currency)
    of_name = _of_its_name(books, document) or dict(books.currency)
    if value and value != of_name["value"]:
        raise faults.business("The currency of the transaction is invalid for customer / vendor / account.", "")
    return of_name


def _of_its_name(books: "Books", document: Document) -> Document | None:
    for part, name in _OF_ITS_NAME.items():
        record = books.records[name].get(str((document.get(part) or {}).get("value", "")))
        if record is not None:
            return dict(record.document.get("CurrencyRef") or books.currency)
    return None
