"""What a closer look asks our own tables, once for all documents that are looked at."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.db.models import Q

from procore_sync.acceptance.models import ErpItem, Submission
from procore_sync.acceptance.states import Work
from procore_sync.kit.kinds import Kind
from procore_sync.kit.money import money
from quickbooks_bridge.drift.comparing import Value
from quickbooks_bridge.drift_models import Drift, DriftAnswer, What
from quickbooks_bridge.exporters.base import Document
from quickbooks_bridge.exporters.keys import key_in, key_of
from quickbooks_bridge.models import LedgerBill, LedgerName, Link
from quickbooks_bridge.watching.deliveries import merged_into

Names = dict[tuple[str, str], str]


@dataclass(frozen=True)
class Gathered:
    """`changes` are the items of change orders by the commitment that they add to, `into` where merged names went."""

    company_id: int
    payloads: Mapping[int, list[Document]]
    changes: Mapping[int, list[int]]
    into: Mapping[tuple[str, str], str]
    bills: Mapping[tuple[str, str], LedgerBill]
    paid: Mapping[int, Decimal]

    def payloads_of(self, link: Link) -> list[Document]:
        """Everything that QuickBooks took into the document of a link, by its own item and by change orders."""
        items = [link.item_id, *self.changes.get(link.item_id, ())]
        return [payload for item in items for payload in self.payloads.get(item, ())]

    def touched_by(self, keys: set[str], link: Link) -> Iterator[int]:
        """The change orders whose lines are among `keys`."""
        for item in self.changes.get(link.item_id, ()):
            own = {key_of(line) for payload in self.payloads.get(item, ()) for line in payload.get("Line", ())}
            if own & keys:
                yield item

    def is_explained(self, value: Value) -> bool:
        """Whether only the record that it names was merged into another: then it is the merge that is told.

        Where it was not told into which, whatever its documents name now is that one.
        """
        into = self.into.get((value.refers_to, value.ours)) if value.refers_to else None
        return into is not None and into in ("", value.theirs)

    def applied_before(self, link: Link) -> Decimal:
        """The most that was known to be paid or applied of a bill; a card that is open says what was."""
        bill = self.bills.get((link.entity, link.remote_id))
        read = money(abs(bill.total) - abs(bill.balance)) if bill else Decimal("0.00")
        return max(read, self.paid.get(link.pk, Decimal("0.00")))

    def names_for(self, documents: Iterable[Document]) -> Names:
        """What records are called in QuickBooks: as read last, else as these documents say."""
        rows = LedgerName.objects.filter(company_id=self.company_id, entity__in=_NAMED)
        read = {(row[0], row[1]): row[2] for row in rows.values_list("entity", "remote_id", "fully_qualified_name")}
        told = {pair: name for document in documents for pair, name in _names_in(document)}
        return told | {pair: name for pair, name in read.items() if name}


_NAMED = ("Vendor", "Customer", "Item", "Class", "Department", "Account", "Term", "TaxCode")
_REFERENCES = {
    "VendorRef": "Vendor",
    "CustomerRef": "Customer",
    "ParentRef": "Customer",
    "ItemRef": "Item",
    "ClassRef": "Class",
    "DepartmentRef": "Department",
    "TaxCodeRef": "TaxCode",
    "SalesTermRef": "Term",
    "TermRef": "Term",
    "IncomeAccountRef": "Account",
    "ExpenseAccountRef": "Account",
}


def _names_in(part: Any) -> Iterator[tuple[tuple[str, str], str]]:
    if isinstance(part, Mapping):
        for name, value in part.items():
            if name in _REFERENCES and isinstance(value, Mapping) and value.get("name"):
                yield (_REFERENCES[name], str(value.get("value", ""))), str(value["name"])
            yield from _names_in(value)
    elif isinstance(part, list):
        for each in part:
            yield from _names_in(each)


def gather(company_id: int, entity: str, looked_at: list[tuple[Link, Document]]) -> Gathered:
    """All that a closer look at these needs to know, in a few queries, however many they are."""
    changes = _changes([link for link, _ in looked_at])
    items = [link.item_id for link, _ in looked_at] + [one for several in changes.values() for one in several]
    return Gathered(
        company_id=company_id,
        payloads=_payloads(items),
        changes=changes,
        into=_merges(company_id) if entity not in ("Item",) else {},
        bills=_bills(company_id, entity, looked_at),
        paid=_paid([link for link, _ in looked_at]) if entity in ("Bill", "VendorCredit") else {},
    )


def _changes(links: list[Link]) -> dict[int, list[int]]:
    """The change orders that stand in these purchase orders, by commitment."""
    changed = [link.item_id for link in links if any(key_in(path).startswith("C") for path in link.seen)]
    found: dict[int, list[int]] = defaultdict(list)
    if changed:
        rows = ErpItem.objects.filter(kind=Kind.CHANGE_ORDER, requires__in=changed, synced_revision__isnull=False)
        for item, commitment in rows.values_list("pk", "requires"):
            if commitment in changed:
                found[commitment].append(item)
    return found


def _payloads(items: list[int]) -> dict[int, list[Document]]:
    found: dict[int, list[Document]] = defaultdict(list)
    taken = Submission.objects.filter(item_id__in=items, work=Work.DONE).order_by("item_id", "number")
    for item, posting in taken.values_list("item_id", "posting"):
        if posting:
            found[item].append(posting["payload"])
    return found


def _merges(company_id: int) -> dict[tuple[str, str], str]:
    rows = Drift.objects.filter(company_id=company_id, what=What.MERGED)
    rows = rows.filter(Q(answer=DriftAnswer.OPEN) | ~Q(into_id=""))
    told = {(row[0], row[1]): row[2] for row in rows.order_by("pk").values_list("entity", "remote_id", "into_id")}
    posted = {
        (entity, one): at
        for entity in {entity for entity, _ in told}
        for one, at in merged_into(company_id, entity, [into for (of, _), into in told.items() if of == entity]).items()
    }
    return {(entity, one): _left(posted | told, entity, into) for (entity, one), into in told.items()}


def _left(steps: Mapping[tuple[str, str], str], entity: str, into: str) -> str:
    """The one that is left where what another was merged into was merged on; "" if that was not told."""
    passed: list[str] = []
    while (entity, into) in steps and into not in passed:
        passed.append(into)
        into = steps[entity, into]
    return into


def _bills(company_id: int, entity: str, looked_at: list[tuple[Link, Document]]) -> dict[tuple[str, str], LedgerBill]:
    """The bills as they were read last: of bills themselves, and of purchase orders what was made from them."""
    if entity == "PurchaseOrder":
        ids = {str(one.get("TxnId", "")) for _, document in looked_at for one in document.get("LinkedTxn") or []}
    elif entity in ("Bill", "VendorCredit"):
        ids = {link.remote_id for link, _ in looked_at}
    else:
        return {}
    rows = LedgerBill.objects.filter(company_id=company_id, remote_id__in=list(ids)) if ids else ()
    return {(row.entity, row.remote_id): row for row in rows}


def _paid(links: list[Link]) -> dict[int, Decimal]:
    open_cards = Drift.objects.filter(link__in=links, answer=DriftAnswer.OPEN).values_list("link_id", "fields")
    told = [(link, one["ours"]) for link, fields in open_cards for one in fields if one["name"] == "Balance"]
    return {link: Decimal(ours) for link, ours in told}
