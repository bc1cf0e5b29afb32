"""Bills, vendor credits and bill payments of QuickBooks as rows of their mirrors. Pure: a document in, a row out.

A payment is by check, by card or electronic. QuickBooks knows the first two only; a check that has no number, or one
that is words (ACH, EFT, Wire), and is not to be printed, went electronically.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from invoices.models import PaymentMethod
from procore_sync.kit.money import money
from quickbooks_bridge.ledger_bills import matching_number
from quickbooks_bridge.models import BillState, LedgerBill, LedgerBillPayment

Document = Mapping[str, Any]
_ZERO = Decimal("0.00")
_VOIDED = "voided"


def bill_row(company_id: int, entity: str, document: Document, retainage: Collection[str]) -> LedgerBill:
    """A bill, or a vendor credit with its amounts below zero; `retainage` holds the ids of the Retainage items."""
    sign = -1 if entity == "VendorCredit" else 1
    lines = [(sign * _amount(line), _item_of(line) in retainage) for line in _lines(document)]
    gross = sum((amount for amount, is_held in lines if not is_held), _ZERO)
    held = [amount for amount, is_held in lines if is_held]
    total = sign * _told(document, "TotalAmt")
    number = str(document.get("DocNumber") or "")
    return LedgerBill(
        company_id=company_id,
        entity=entity,
        remote_id=str(document["Id"]),
        state=_state(document, is_empty=total == 0),
        vendor_id=_id(document, "VendorRef"),
        number=number[:64],
        matching=matching_number(number),
        day=_day(document, "TxnDate"),
        due=_day(document, "DueDate"),
        total=total,
        tax=total - gross - sum(held, _ZERO),
        gross=gross,
        retainage=-sum(held, _ZERO),
        released=sum((amount for amount in held if amount > 0), _ZERO),
        balance=sign * (_told(document, "Balance") if entity == "Bill" else _amount(document, "Balance")),
        job_ids=sorted({job for line in _lines(document) if (job := _id(_detail(line), "CustomerRef"))}),
        sync_token=str(document.get("SyncToken", ""))[:16],
        changed_at=_moment(document, "LastUpdatedTime"),
    )


def payment_row(company_id: int, document: Document) -> LedgerBillPayment:
    """A bill payment. What it takes off documents of other kinds is kept too, and not counted."""
    lines = list(_applied(document))
    total = _told(document, "TotalAmt")
    return LedgerBillPayment(
        company_id=company_id,
        remote_id=str(document["Id"]),
        state=_state(document, is_empty=total == 0 and not any(amount for _, _, amount in lines)),
        vendor_id=_id(document, "VendorRef"),
        method=method_of(document),
        number=str(document.get("DocNumber") or "")[:64],
        day=_day(document, "TxnDate"),
        total=total,
        credits=sum((amount for kind, _, amount in lines if kind == "VendorCredit"), _ZERO),
        memo=str(document.get("PrivateNote") or ""),
        currency=_id(document, "CurrencyRef")[:3],
        lines=[[kind, key, str(amount)] for kind, key, amount in lines],
        sync_token=str(document.get("SyncToken", ""))[:16],
        entered_at=_moment(document, "CreateTime"),
        changed_at=_moment(document, "LastUpdatedTime"),
    )


def method_of(document: Document) -> str:
    """How it was paid."""
    if document.get("PayType") == "CreditCard":
        return PaymentMethod.CREDIT_CARD
    to_print = (document.get("CheckPayment") or {}).get("PrintStatus") in ("NeedToPrint", "PrintComplete")
    is_number = any(one.isdigit() for one in str(document.get("DocNumber") or "")[:1])
    return PaymentMethod.CHECK if to_print or is_number else PaymentMethod.ELECTRONIC


def _applied(document: Document) -> Iterator[tuple[str, str, Decimal]]:
    for line in document.get("Line") or []:
        for link in line.get("LinkedTxn") or []:
            yield str(link.get("TxnType") or ""), str(link.get("TxnId") or ""), _amount(line)


def _state(document: Document, *, is_empty: bool) -> str:
    """Voiding leaves a document of nothing whose note says so."""
    note = str(document.get("PrivateNote") or "").casefold()
    return BillState.VOIDED if is_empty and _VOIDED in note else BillState.STANDING


def _lines(document: Document) -> list[Document]:
    return [line for line in document.get("Line") or [] if line.get("Amount") is not None]


def _amount(holder: Document, name: str = "Amount") -> Decimal:
    return money(str(holder.get(name) or 0))


def _told(document: Document, name: str) -> Decimal:
    """An amount that QuickBooks always tells, be it nothing: what is left out is not nothing.

    Raises:
        KeyError: it is left out.
    """
    if document.get(name) in (None, ""):
        raise KeyError(f"{document['Id']}.{name}")
    return _amount(document, name)


def _detail(line: Document) -> Document:
    return line.get(str(line.get("DetailType") or "")) or {}


def _item_of(line: Document) -> str:
    return _id(_detail(line), "ItemRef")


def _id(holder: Document, name: str) -> str:
    return str((holder.get(name) or {}).get("value") or "")


def _day(document: Document, name: str) -> date | None:
    told = str(document.get(name) or "")[:10]
    return date.fromisoformat(told) if told else None


def _moment(document: Document, name: str) -> datetime | None:
    told = (document.get("MetaData") or {}).get(name)
    return datetime.fromisoformat(str(told)) if told else None
