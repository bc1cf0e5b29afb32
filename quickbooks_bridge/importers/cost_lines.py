"""A transaction of QuickBooks as costs of jobs. Pure: a document in, lines out (quickbooks.md §4.7, §4.12).

| Document | Adds to the cost of the job on the line |
|---|---|
| Bill | its amount |
| Purchase (cheque, card, cash) | its amount; less it, if it is a refund (`Credit`) |
| VendorCredit | less its amount |
| JournalEntry | a debit; less a credit; only on accounts of expense or cost of goods sold |
| TimeActivity | hours times the cost rate, if QuickBooks has one; it posts nothing |

A line on a liability (retainage payable above all), a bank, a receivable, equity or income is no cost, nor is an item
whose expense account is one. A line without a job is nobody's cost here.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from procore_sync.kit.money import money
from projects.ledger_costs import Cost

Document = dict[str, Any]

EXPENSES = frozenset({"Expense", "Other Expense", "Cost of Goods Sold"})
#: Accounts whose lines are no cost, on whatever document.
NO_COST = frozenset(
    {
        "Accounts Payable",
        "Accounts Receivable",
        "Bank",
        "Credit Card",
        "Equity",
        "Income",
        "Long Term Liability",
        "Other Current Liability",
        "Other Income",
    }
)
_SECONDS_AN_HOUR = Decimal(3600)


@dataclass(frozen=True)
class Chart:
    """What the name lists of QuickBooks say of accounts and items, by their ids.

    `types` is the type of an account, `accounts` its full name, `items` the expense account of an item,
    `item_names` its full name. `retainage` holds the items that withhold or release retainage. `is_newest` says that
    the lists were read after the documents, so that a name they do not hold is not to be had.
    """

    types: Mapping[str, str]
    accounts: Mapping[str, str] = field(default_factory=dict)
    items: Mapping[str, str] = field(default_factory=dict)
    item_names: Mapping[str, str] = field(default_factory=dict)
    retainage: frozenset[str] = frozenset()
    is_newest: bool = False

    def knows(self, account_id: str, item_id: str) -> bool:
        """Whether the lists say what there is to know of the account and the item of a line."""
        if self.is_newest:
            return True
        return (not account_id or account_id in self.types) and (not item_id or item_id in self.items)


class UnknownName(LookupError):
    """A document refers to an account or item that the lists do not hold yet: read them, then ask again."""


def costs_of(entity: str, document: Document, chart: Chart) -> list[Cost]:
    """The costs that `document` charges to jobs, perhaps none.

    Raises:
        UnknownName: `chart` is older than the document.
    """
    if entity == "TimeActivity":
        return list(_time(document))
    lines = [{"Id": f"#{at}", **line} for at, line in enumerate(document.get("Line") or [])]
    return [cost for line in lines for cost in _line(entity, document, line, chart)]


def _line(entity: str, document: Document, line: Document, chart: Chart) -> Iterator[Cost]:
    detail = line.get(str(line.get("DetailType", ""))) or {}
    job_id = _job(detail)
    if not job_id or line.get("Amount") is None:
        return
    item_id, account_id = _id(detail, "ItemRef"), _id(detail, "AccountRef")
    if not chart.knows(account_id, item_id):
        raise UnknownName(f"{entity} {document['Id']} refers to an account or item that has not been read yet.")
    account_id = account_id or chart.items.get(item_id, "")
    if not _is_cost(entity, chart.types.get(account_id, ""), item_id, chart):
        return
    party_id, party = _party(entity, document, detail)
    yield Cost(
        txn_id=str(document["Id"]),
        line_id=str(line["Id"]),
        job_id=job_id,
        day=_day(document),
        amount=_signed(entity, document, line, detail),
        number=str(document.get("DocNumber") or "")[:64],
        party_id=party_id,
        party=party,
        account_id=account_id,
        account=chart.accounts.get(account_id) or _name(detail, "AccountRef"),
        item_id=item_id,
        item=chart.item_names.get(item_id) or _name(detail, "ItemRef"),
        description=str(line.get("Description") or document.get("PrivateNote") or ""),
        **_version(document),
    )


def _is_cost(entity: str, account_type: str, item_id: str, chart: Chart) -> bool:
    if item_id in chart.retainage:
        return False
    return account_type in EXPENSES if entity == "JournalEntry" else account_type not in NO_COST


def _signed(entity: str, document: Document, line: Document, detail: Document) -> Decimal:
    amount = Decimal(str(line["Amount"])) * Decimal(str(document.get("ExchangeRate") or 1))
    lessens = {
        "VendorCredit": True,
        "Purchase": document.get("Credit") is True,
        "JournalEntry": detail.get("PostingType") == "Credit",
    }
    return money(-amount if lessens.get(entity) else amount)


def _job(detail: Document) -> str:
    """The customer on the line; a journal line may name it as the entity it posts to."""
    entity = detail.get("Entity") or {}
    if entity.get("Type") == "Customer":
        return _id(entity, "EntityRef")
    return _id(detail, "CustomerRef")


def _party(entity: str, document: Document, detail: Document) -> tuple[str, str]:
    """Who was paid or owed: `Vendor:12` and the name; ("", "") if nobody is named."""
    if entity == "JournalEntry":
        named = detail.get("Entity") or {}
        reference, kind = named.get("EntityRef") or {}, str(named.get("Type") or "")
    elif entity == "Purchase":
        reference = document.get("EntityRef") or {}
        kind = str(reference.get("type") or "Vendor")
    else:
        reference, kind = document.get("VendorRef") or {}, "Vendor"
    return _named(reference, kind)


def _named(reference: Document, kind: str) -> tuple[str, str]:
    if not reference.get("value") or kind == "Customer":
        return "", ""
    return f"{kind}:{reference['value']}", str(reference.get("name") or "")[:500]


def _time(document: Document) -> Iterator[Cost]:
    job_id, rate = _id(document, "CustomerRef"), document.get("CostRate")
    if not job_id:
        return
    hours = hours_of(document)
    kind = "Vendor" if document.get("VendorRef") else "Employee"
    party_id, party = _named(document.get(f"{kind}Ref") or {}, kind)
    said = f"{money(hours).normalize():f} h" + ("" if rate else ", no cost rate in QuickBooks")
    description = str(document.get("Description") or "")
    yield Cost(
        txn_id=str(document["Id"]),
        line_id="0",
        job_id=job_id,
        day=_day(document),
        amount=money(hours * Decimal(str(rate or 0))),
        party_id=party_id,
        party=party,
        item_id=_id(document, "ItemRef"),
        item=_name(document, "ItemRef"),
        description=f"{said}: {description}" if description else said,
        **_version(document),
    )


def hours_of(document: Document) -> Decimal:
    """The hours of a time activity: as typed, or from start to end less the break; never below nothing."""
    if document.get("StartTime") and document.get("EndTime"):
        start, end = (datetime.fromisoformat(str(document[name])) for name in ("StartTime", "EndTime"))
        pause = _clock(document, "BreakHours", "BreakMinutes")
        return max(Decimal(int((end - start).total_seconds())) / _SECONDS_AN_HOUR - pause, Decimal(0))
    return _clock(document, "Hours", "Minutes")


def _clock(document: Document, hours: str, minutes: str) -> Decimal:
    return Decimal(str(document.get(hours) or 0)) + Decimal(str(document.get(minutes) or 0)) / 60


def _day(document: Document) -> date:
    return date.fromisoformat(str(document["TxnDate"])[:10])


def _version(document: Document) -> dict[str, Any]:
    told = (document.get("MetaData") or {}).get("LastUpdatedTime")
    changed_at = datetime.fromisoformat(str(told)) if told else None
    return {"sync_token": str(document.get("SyncToken", ""))[:16], "changed_at": changed_at}


def _id(holder: Document, name: str) -> str:
    return str((holder.get(name) or {}).get("value") or "")


def _name(holder: Document, name: str) -> str:
    return str((holder.get(name) or {}).get("name") or "")
