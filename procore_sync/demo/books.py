"""The other side of the sample: what its bookkeeper does in QuickBooks, through the emulator's control plane."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import requests
from django.conf import settings

from procore_sync.demo.sample import REALM

Document = dict[str, Any]


def _control(path: str, **given: Any) -> Any:
    base = settings.QUICKBOOKS_API_URL.rstrip("/").removesuffix("/v3")
    answer = requests.post(f"{base}/_control/{path}", json=given, timeout=10)
    answer.raise_for_status()
    return answer.json()


def write(entity: str, document: Document) -> Document:
    """Enter a document, or change the one whose Id is given; as it stands afterwards."""
    written: Document = _control(f"documents/{REALM}/{entity}", **document)
    return written


def documents(entity: str) -> list[Document]:
    """Everything of one kind."""
    base = settings.QUICKBOOKS_API_URL.rstrip("/").removesuffix("/v3")
    answer = requests.get(f"{base}/_control/documents/{REALM}/{entity}", timeout=10)
    answer.raise_for_status()
    found: list[Document] = answer.json()
    return found


@contextmanager
def unlimited() -> Iterator[None]:
    """Let what happened last month happen now: the emulator does not count calls until the block ends."""
    was = _control("limits")["enabled"]
    _control("limits", enabled=False)
    try:
        yield
    finally:
        _control("limits", enabled=was)


def make_inactive(entity: str, name: str) -> None:
    """Take a name out of the lists, as somebody in accounting might."""
    found = next(one for one in documents(entity) if name in (one.get("DisplayName"), one.get("Name")))
    write(entity, {"Id": found["Id"], "SyncToken": found["SyncToken"], "sparse": True, "Active": False})


def edit_order(number: str, key: str, amount: str, description: str) -> None:
    """Change the line that begins with our `key` on the order of this number; every other line stays as it is."""
    order = next(one for one in documents("PurchaseOrder") if one.get("DocNumber") == number)
    line = next(one for one in order["Line"] if str(one.get("Description", "")).startswith(f"[{key}] "))
    detail = line[line["DetailType"]]
    for name in ("Qty", "UnitPrice"):
        detail.pop(name, None)
    line |= {"Amount": amount, "Description": f"[{key}] {description}"}
    write("PurchaseOrder", order)


def pay(bill: Document, amount: str) -> Document:
    """Write a check for so much of a bill."""
    bank = next(one for one in documents("Account") if one["AccountType"] == "Bank")
    payment = {
        "VendorRef": bill["VendorRef"],
        "PayType": "Check",
        "CheckPayment": {"BankAccountRef": {"value": bank["Id"]}},
        "TotalAmt": amount,
        "Line": [{"Amount": amount, "LinkedTxn": [{"TxnId": bill["Id"], "TxnType": "Bill"}]}],
    }
    return write("BillPayment", payment)
