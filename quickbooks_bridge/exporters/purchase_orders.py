"""A commitment becomes a PurchaseOrder, and a change order further lines of it (domain.md §9, §13)."""

from __future__ import annotations

from collections.abc import Collection
from typing import ClassVar

from django.utils.translation import gettext, gettext_noop

from procore_sync.kit.kinds import Kind
from quickbooks_bridge.exporters import taxes
from quickbooks_bridge.exporters.base import Difference, Document, Field, Flat, Source
from quickbooks_bridge.exporters.lines import (
    BILLABLE_LINE,
    CLASS_LINE,
    MONEY_FIELDS,
    NOT_BILLABLE,
    NOTED,
    NOTHING_SEEN,
    LineExporter,
    Seen,
    symbol,
)
from quickbooks_bridge.exporters.marks import our_line, with_words, words_behind

LINE = (
    Field("CustomerRef.value", gettext_noop("Job"), refers_to="Customer"),
    BILLABLE_LINE,
    *MONEY_FIELDS,
    taxes.LINE,
)


def bills_of(order: Document) -> int:
    """How many bills QuickBooks says are made from an order."""
    return sum(link.get("TxnType") == "Bill" for link in order.get("LinkedTxn", []))


def for_the_job(document: Document) -> Document:
    """What a line says to be a cost of the project.

    Not billable is said explicitly: a line for a customer may else become billable and show on the owner's invoices.
    """
    return {"CustomerRef": symbol(document["project"]), BILLABLE_LINE.path: NOT_BILLABLE}


class OrderExporter(LineExporter):
    """What purchase orders and change orders have in common: the lines, and what is remembered of an order."""

    entity: ClassVar[str] = "PurchaseOrder"
    called: ClassVar[str] = gettext_noop("purchase order")
    detail: ClassVar[str] = "ItemBasedExpenseLineDetail"
    line_fields: ClassVar[tuple[Field, ...]] = (*LINE, CLASS_LINE)
    state: ClassVar[frozenset[str]] = frozenset({"TotalAmt", "POStatus", "Bills"})

    def line_detail(self, source: Source) -> Document:
        return {**for_the_job(source.document), **taxes.code_of(source, taxes.WORK_TAX)}

    def tax_choices(self, document: Document) -> tuple[str, ...]:
        return (taxes.WORK_TAX,)

    def owned(self, remote: Document) -> dict[str, str]:
        """Besides: whether the order was open when it was seen, its date, and how many bills it had."""
        state = {"POStatus": str(remote.get("POStatus", "")), "TxnDate": str(remote.get("TxnDate", ""))}
        return {**super().owned(remote), **state, "Bills": str(bills_of(remote))}

    def stands_against(
        self, payload: Document, current: Document, put: Collection[str] = (), seen: Seen = NOTHING_SEEN
    ) -> str:
        """A line that bills may be made from is not taken out."""
        ours = self.by_key(payload)
        there = self.by_key(current, seen)
        out = [key for key in there if key in put and self.is_own(key, payload) and key not in ours]
        if out and bills_of(current):
            return (
                f"Line {out[0]} would be taken out, but bills are made from this order in QuickBooks. "
                "Keep the line and change it by a change order, or let the bookkeeper remove the bills first."
            )
        return ""


class PurchaseOrderExporter(OrderExporter):
    """A purchase order or subcontract: number, vendor, date, memo, and a line for each of the schedule of values."""

    kind: ClassVar[Kind] = Kind.COMMITMENT
    fields: ClassVar[tuple[Field, ...]] = (
        Field("VendorRef.value", gettext_noop("Vendor"), refers_to="Vendor"),
        Field("DocNumber", gettext_noop("Number"), 21, yields=True),
        Field("TxnDate", gettext_noop("Date"), yields=True),
        Field("Memo", gettext_noop("Memo to the vendor"), 4000, yields=True),
        taxes.HEAD,
        Field("PrivateNote", gettext_noop("Our mark in the memo")),
    )

    def values(self, source: Source) -> Flat:
        document = source.document
        return {
            "VendorRef.value": symbol(document["vendor"])["value"],
            "DocNumber": document["number"],
            "TxnDate": self.dated(source),
            "Memo": document.get("description", "").replace("\r\n", "\n"),
            **taxes.on_top(source),
            "PrivateNote": our_line(source.reference, source.revision, document.get("title", "")),
        }

    def payload(self, source: Source) -> Document:
        """A new order is open; later its status is QuickBooks' and the bookkeeper's."""
        opened = {} if source.linked else {"POStatus": "Open"}
        return {**super().payload(source), **opened}

    def problems(self, document: Document) -> list[str]:
        empty = [] if document["number"].strip() else [gettext("The number is empty. Give one.")]
        refused = gettext("The total is below zero, which QuickBooks refuses.")
        below = [refused] if document["total"].startswith("-") else []
        return [*empty, *super().problems(document), *below]

    def title(self, document: Document) -> str:
        number: str = document["number"]
        return number

    def is_own(self, key: str, payload: Document) -> bool:
        return key.isdigit()


def _told(document: Document) -> str:
    """What the memo says of a change order (domain.md §13)."""
    return ": ".join(part for part in (document["number"], document.get("description", "").strip()) if part)


class ChangeOrderExporter(OrderExporter):
    """A change order adds its lines to the purchase order of its commitment and touches nothing else there.

    Its number and description stand behind its mark in the order's memo. They are words like any other: the
    bookkeeper's stay unless ours changed, and where both did it is said before anything is written.
    """

    kind: ClassVar[Kind] = Kind.CHANGE_ORDER
    appends: ClassVar[bool] = True
    fields: ClassVar[tuple[Field, ...]] = (
        Field("VendorRef.value", gettext_noop("Vendor"), refers_to="Vendor"),
        Field("PrivateNote", gettext_noop("Our mark in the memo")),
    )

    def values(self, source: Source) -> Flat:
        document = source.document
        return {
            "VendorRef.value": symbol(document["vendor"])["value"],
            "PrivateNote": our_line(source.reference, source.revision, _told(document)),
        }

    def title(self, document: Document) -> str:
        number: str = document["commitment"].get("number") or document["commitment"]["label"]
        return number

    def is_own(self, key: str, payload: Document) -> bool:
        own = {one.partition(".")[0] for one in self.by_key(payload)}
        return key.startswith("C") and key.partition(".")[0] in own

    def noted(self, payload: Document, remote: Document) -> dict[str, str]:
        words = words_behind(str(remote.get("PrivateNote", "")), payload["PrivateNote"])
        own = next((key.partition(".")[0] for key in self.by_key(payload)), None)
        # No line has the number 0; so the words are remembered and forgotten with the record's lines.
        return {} if words is None or own is None else {f"Line.{own}.0{NOTED}": words}

    def worded(self, payload: Document, remote: Document) -> Document:
        there = list(self.noted(payload, remote).values())
        return {**payload, "PrivateNote": with_words(payload["PrivateNote"], there[0])} if there else payload

    def yielding(self, payload: Document, before: Document | None, current: Document) -> Document:
        ours = super().yielding(payload, before, current)
        unchanged = before is not None and self.noted(payload, before) == self.noted(payload, payload)
        return self.worded(ours, current) if unchanged else ours

    def overwritten(self, payload: Document, seen: Seen, current: Document) -> list[Difference]:
        sent = self.noted(payload, payload)
        return [
            *super().overwritten(payload, seen, current),
            *(
                Difference("Memo", seen[path], held)
                for path, held in self.noted(payload, current).items()
                if held not in (seen.get(path, held), sent[path])
            ),
        ]

    def compare(self, payload: Document, remote: Document) -> list[Difference]:
        sent, held = self.noted(payload, payload), self.noted(payload, remote)
        said = [Difference("Memo", words, held[path]) for path, words in sent.items() if held.get(path, words) != words]
        return [*super().compare(payload, remote), *said]

    def stands_against(
        self, payload: Document, current: Document, put: Collection[str] = (), seen: Seen = NOTHING_SEEN
    ) -> str:
        """A closed order takes no change, and an order of another vendor is not the one that was meant."""
        if current.get("POStatus") == "Closed":
            return gettext_noop(
                "The purchase order is closed in QuickBooks, so nothing was added to it. "
                "Let the bookkeeper open it again there, then try again."
            )
        wrong = self._of_another_vendor(payload, current)
        if wrong:
            return (
                f"The purchase order in QuickBooks is another vendor's now ({wrong.held}), so nothing was added to it. "
                "Let the bookkeeper look at it, then try again."
            )
        return super().stands_against(payload, current, put, seen)

    def _of_another_vendor(self, payload: Document, current: Document) -> Difference | None:
        ours, theirs = payload["VendorRef"]["value"], (current.get("VendorRef") or {})
        if theirs.get("value") == ours:
            return None
        return Difference("Vendor", ours, str(theirs.get("name") or theirs.get("value", "")))
