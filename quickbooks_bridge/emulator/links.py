"""How orders, bills and payments hang together by LinkedTxn, and what a change of one does to the others."""

from collections.abc import Iterable
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from . import faults
from .amounts import exact, told
from .entity import Entity
from .records import Document
from .tables import ENTITIES

if TYPE_CHECKING:
    from .books import Books

_DEPENDANTS = {
    "PurchaseOrder": {"Bill": "delete_order_with_bills"},
    "Bill": {"BillPayment": "delete_bill_with_payments"},
    "VendorCredit": {"BillPayment": "delete_bill_with_payments"},
}


def keep_links(books: "Books", document: Document, before: Document | None) -> None:
    """Keep links to orders of this vendor; a link to what is not there vanishes without a word.

    Of a line that the bill had already only a link that it had already is kept: only new lines can be linked.
    """
    asked = {link["TxnId"] for link in _links(document, "PurchaseOrder")}
    orders = {key: books.records["PurchaseOrder"].get(key) for key in asked}
    for record in orders.values():
        if record and record.document["VendorRef"]["value"] != document["VendorRef"]["value"]:
            raise faults.unlinkable()
    had = {line["Id"]: line.get("LinkedTxn", []) for line in (before or {}).get("Line", [])}
    for line in document["Line"]:
        kept = [link for link in line.pop("LinkedTxn", []) if _line_is_there(orders, link)]
        kept = [link for link in kept if line["Id"] not in had or link in had[line["Id"]]]
        if kept:
            line["LinkedTxn"] = kept
    there = sorted({key for key, record in orders.items() if record}, key=int)
    document["LinkedTxn"] = [{"TxnId": key, "TxnType": "PurchaseOrder"} for key in there]


def _line_is_there(orders: dict[str, Any], link: Document) -> bool:
    record = orders.get(link.get("TxnId", "")) if link.get("TxnType") == "PurchaseOrder" else None
    return record is not None and any(line["Id"] == link.get("TxnLineId") for line in record.document["Line"])


def _links(document: Document, kind: str) -> list[Document]:
    found = [*document.get("LinkedTxn", [])]
    for line in document.get("Line", []):
        found += line.get("LinkedTxn", [])
    return [link for link in found if link.get("TxnType") == kind and link.get("TxnId")]


def balance(books: "Books", entity: str, document: Document, key: str) -> None:
    """What is still open after its payments, and the links to them."""
    payments = payments_of(books, entity, key) if key else []
    paid = sum((applied(payment).get((entity, key), Decimal(0)) for payment in payments), Decimal(0))
    document["Balance"] = told(exact(document["TotalAmt"]) - paid)
    kept = [link for link in document.get("LinkedTxn", []) if link.get("TxnType") == "PurchaseOrder"]
    kept += [{"TxnId": one["Id"], "TxnType": f"BillPayment{one['PayType']}"} for one in payments]
    if kept:
        document["LinkedTxn"] = kept
    else:
        document.pop("LinkedTxn", None)


def payments_of(books: "Books", entity: str, key: str) -> list[Document]:
    """The payments that pay this bill or use this credit."""
    return [document for name, document in books.linking((entity, key)) if name == "BillPayment"]


def applied(payment: Document | None) -> dict[tuple[str, str], Decimal]:
    """What a payment takes off each bill and credit, by (TxnType, TxnId)."""
    sums: dict[tuple[str, str], Decimal] = {}
    for line in (payment or {}).get("Line", []):
        for link in line.get("LinkedTxn", []):
            key = (str(link.get("TxnType")), str(link.get("TxnId")))
            sums[key] = sums.get(key, Decimal(0)) + exact(line["Amount"])
    return sums


def may_go(books: "Books", entity: Entity, key: str) -> None:
    """Refuse to delete an order with bills, or a bill or credit with payments, if the switch says so."""
    dependants = {kind for kind, _ in books.linking((entity.name, key))}
    for kind, switch in _DEPENDANTS.get(entity.name, {}).items():
        if kind in dependants and books.around.switches[switch] == "refuse":
            raise faults.depended_on(entity.name, kind)


def linked(document: Document) -> set[tuple[str, str]]:
    """What a document points at by LinkedTxn: (TxnType, TxnId)."""
    found: Iterable[Document] = [
        *document.get("LinkedTxn", []),
        *(link for line in document.get("Line", []) for link in line.get("LinkedTxn", [])),
    ]
    return {(link["TxnType"], link["TxnId"]) for link in found if link.get("TxnType") and link.get("TxnId")}


def follow(books: "Books", entity: Entity, before: Document | None, after: Document | None) -> None:
    """Carry a written or deleted transaction into the documents it is linked to."""
    if before is not None and after is None:
        _let_go(books, entity, str(before["Id"]))
    touched = linked(before or {}) | linked(after or {})
    if entity.name == "Bill":
        for kind, key in sorted(touched):
            if kind == "PurchaseOrder" and key in books.records["PurchaseOrder"]:
                _follow_order(books, key)
    if entity.name == "BillPayment":
        for kind, key in sorted(touched):
            if kind in ("Bill", "VendorCredit") and key in books.records[kind]:
                _follow_payment(books, kind, key)


def billed(books: "Books", key: str) -> dict[str, Decimal]:
    """What of each line of an order stands on bills that are linked to it, by the id of the line."""
    sums: dict[str, Decimal] = {}
    for bill in _bills_of(books, key):
        for line in bill["Line"]:
            for link in line.get("LinkedTxn", []):
                if (link.get("TxnType"), link.get("TxnId")) == ("PurchaseOrder", key):
                    at = link["TxnLineId"]
                    sums[at] = sums.get(at, Decimal(0)) + exact(line["Amount"])
    return sums


def _bills_of(books: "Books", key: str) -> list[Document]:
    return [document for name, document in books.linking(("PurchaseOrder", key)) if name == "Bill"]


def _follow_order(books: "Books", key: str) -> None:
    order = books.records["PurchaseOrder"][key].document
    bills, of_line = _bills_of(books, key), billed(books, key)
    lines = [line for line in order["Line"] if "Amount" in line]
    whole = bool(bills) and all(of_line.get(line["Id"], Decimal(0)) >= exact(line["Amount"]) for line in lines)
    links = [{"TxnId": bill["Id"], "TxnType": "Bill"} for bill in bills]
    fewer = len(links) < len(order["LinkedTxn"])
    status = "Closed" if whole else "Open" if fewer else order["POStatus"]
    if links != order["LinkedTxn"] or status != order["POStatus"]:
        books.arrange(ENTITIES["PurchaseOrder"], key, lambda it: it.update(LinkedTxn=links, POStatus=status))


def _let_go(books: "Books", entity: Entity, key: str) -> None:
    """What depended on a deleted document points at it no more."""
    gone = (entity.name, key)
    for name, document in books.linking(gone):
        if name in _DEPENDANTS.get(entity.name, ()):
            books.arrange(ENTITIES[name], document["Id"], lambda it: _unlink(it, gone))


def _unlink(document: Document, gone: tuple[str, str]) -> None:
    for holder in (document, *document["Line"]):
        kept = [link for link in holder.get("LinkedTxn", []) if (link.get("TxnType"), link.get("TxnId")) != gone]
        if kept or holder.get("LinkedTxn") == []:
            holder["LinkedTxn"] = kept
        else:
            holder.pop("LinkedTxn", None)


def _follow_payment(books: "Books", kind: str, key: str) -> None:
    books.arrange(ENTITIES[kind], key, lambda document: balance(books, kind, document, key))
