"""A bookkeeper who pays, and invoices of ours that are bills in the running look-alike."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import requests

from commitments.models import Commitment
from invoices.models import Invoice
from procore_sync.accounts.models import Membership
from quickbooks_bridge.models import Link
from tests.factories import synced
from tests.payments.rows import make_invoice
from tests.quickbooks_bridge.emulator_process import REALM, EmulatorProcess

ITEM = "ItemBasedExpenseLineDetail"


class Payer:
    """Enters, pays and takes back, for the vendor Ace Electric and the job Fire Station 4."""

    def __init__(self, emulator: EmulatorProcess) -> None:
        self.emulator = emulator
        self.vendor = self.id_of("Vendor", "Ace Electric Co")
        self.job = self.id_of("Customer", "Fire Station 4")

    def id_of(self, entity: str, name: str) -> str:
        """The id of a name."""
        (found,) = self.emulator.named(entity, name)
        return str(found["Id"])

    def line(self, amount: str | Decimal, item: str = "Subcontract Work") -> dict[str, Any]:
        """A line of an item for the job."""
        detail = {"ItemRef": {"value": self.id_of("Item", item)}, "CustomerRef": {"value": self.job}}
        return {"Amount": float(amount), "DetailType": ITEM, ITEM: detail}

    def bill(self, *lines: dict[str, Any], entity: str = "Bill", **more: Any) -> dict[str, Any]:
        """A bill, or a vendor credit."""
        head = {"VendorRef": {"value": self.vendor}, "TxnDate": "2026-11-20", **more}
        return self.emulator.write(entity, {**head, "Line": list(lines)})

    def bill_of(self, invoice: Invoice, *, linked: bool = True, entity: str = "Bill") -> dict[str, Any]:
        """What `invoice` became: its work and what it holds, as an export writes them."""
        sign = -1 if entity == "VendorCredit" else 1
        lines = []
        for line in invoice.lines.all():
            lines.append(self.line(sign * line.figures.gross))
            if line.figures.held_now:
                lines.append(self.line(-sign * line.figures.held_now, "Retainage"))
            if line.figures.released:
                lines.append(self.line(sign * line.figures.released, "Retainage"))
        document = self.bill(*lines, entity=entity, DocNumber=invoice.number)
        if linked:
            link(invoice, document, entity)
        return document

    def pay(self, *bills: tuple[dict[str, Any], str], **more: Any) -> dict[str, Any]:
        """A check for so much of each bill; a vendor credit among them is used."""
        lines = [(one, Decimal(amount), _entity(one)) for one, amount in bills]
        total = sum(amount if entity == "Bill" else -amount for _, amount, entity in lines)
        document = {
            "VendorRef": {"value": self.vendor},
            "PayType": "Check",
            "CheckPayment": {"BankAccountRef": {"value": self.id_of("Account", "Operating Checking")}},
            "TxnDate": "2026-11-25",
            "TotalAmt": float(total),
            "Line": [
                {"Amount": float(amount), "LinkedTxn": [{"TxnId": one["Id"], "TxnType": entity}]}
                for one, amount, entity in lines
            ],
        }
        return self.emulator.write("BillPayment", {**document, **more})

    def held(self, entity: str, key: str) -> dict[str, Any] | None:
        """The document as it stands, or None."""
        return next((one for one in self.emulator.documents(entity) if one["Id"] == key), None)

    def void(self, payment: dict[str, Any]) -> None:
        """Void it in the window."""
        now = self.held("BillPayment", payment["Id"])
        assert now
        address = f"{self.emulator.url}/company/{REALM}/billpayments/{payment['Id']}"
        form = {"action": "void", "token": now["SyncToken"]}
        assert requests.post(address, data=form, allow_redirects=False, timeout=10).status_code == 303

    def delete(self, entity: str, document: dict[str, Any]) -> None:
        """Delete it as it stands now."""
        now = self.held(entity, document["Id"])
        assert now
        self.emulator.delete(entity, now)


def _entity(document: dict[str, Any]) -> str:
    return "Bill" if "DueDate" in document else "VendorCredit"


def link(invoice: Invoice, document: dict[str, Any], entity: str = "Bill") -> Link:
    """Say that `invoice` is this document, as an export does."""
    return Link.objects.create(
        item=invoice.erp,
        company=invoice.company,
        entity=entity,
        remote_id=document["Id"],
        sync_token=document["SyncToken"],
        total=Decimal(str(document["TotalAmt"])),
    )


def billed(by: Membership, payer: Payer, commitment: Commitment, amount: str, held: str = "0.00") -> Any:
    """An invoice of so much that is in QuickBooks, and its bill."""
    invoice = make_invoice(by, commitment, billed=amount, held=held)
    bill = payer.bill_of(invoice)
    synced(invoice)
    return invoice, bill
