"""Which DocNumber a transaction gets, and which it may not have."""

from typing import TYPE_CHECKING

from . import faults
from .entity import Entity
from .records import Document

if TYPE_CHECKING:
    from .books import Books

ALLOW_DUPLICATE = "allowduplicatedocnum"


def number(
    books: "Books", entity: Entity, document: Document, before: Document | None, allowed: frozenset[str]
) -> None:
    """Give a DocNumber where QuickBooks does, and refuse one that the company is warned of. Raises Refused."""
    if "DocNumber" not in entity.by_name:
        return
    if "DocNumber" not in document and before is None and _numbers_itself(books, entity):
        document["DocNumber"] = str(books.next_number(entity))
    elif ALLOW_DUPLICATE not in allowed:
        _refuse_twin(books, entity.name, document, before)


def _numbers_itself(books: "Books", entity: Entity) -> bool:
    if entity.name == "PurchaseOrder":
        return not _warns(books, "VendorAndPurchasesPrefs.UseCustomTxnNumbers")
    if entity.name in ("Estimate", "Invoice"):
        return not books.preferences.get("SalesFormsPrefs", {}).get("CustomTxnNumbers", False)
    return entity.name in ("JournalEntry", "BillPayment")


def _warns(books: "Books", name: str) -> bool:
    pairs = books.preferences.get("OtherPrefs", {}).get("NameValue", [])
    return any(pair["Name"] == name and pair["Value"] == "true" for pair in pairs)


def _space(entity: str, document: Document) -> tuple[str, ...]:
    """Where a number must not be given twice if the company is warned of it; cheques of both kinds share one."""
    if entity == "Bill":
        return ("WarnDuplicateBillNumber", document["VendorRef"]["value"])
    if entity == "JournalEntry":
        return ("WarnDuplicateJournalNumber",)
    if "Check" in (document.get("PayType"), document.get("PaymentType")):
        bank = document.get("AccountRef") or document["CheckPayment"]["BankAccountRef"]
        return ("WarnDuplicateCheckNumber", bank["value"])
    return ()


_ALIKE = {
    "Bill": ("Bill",),
    "JournalEntry": ("JournalEntry",),
    "Purchase": ("Purchase", "BillPayment"),
    "BillPayment": ("Purchase", "BillPayment"),
}


def _refuse_twin(books: "Books", entity: str, document: Document, before: Document | None) -> None:
    number, space = document.get("DocNumber"), _space(entity, document)
    if not number or not space or not _warns(books, space[0]) or (before and before.get("DocNumber") == number):
        return
    for name in _ALIKE[entity]:
        for record in books.with_number(name, number):
            other = record.document
            if other["DocNumber"] == number and _space(name, other) == space:
                raise faults.duplicate_number(number, name, other["Id"], other["TxnDate"])
