"""A subcontractor invoice becomes a Bill, or a VendorCredit where less than nothing is due (domain.md §12).

Work lines are keyed as in the purchase order and linked to its lines. Retainage has lines of its own, of the Retainage
item: "R1" is what is withheld and takes away, "R2" what is released and adds, so that the total is what is due now.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from decimal import Decimal
from typing import Any, ClassVar

from django.utils.translation import gettext, gettext_noop

from procore_sync.kit.kinds import Kind
from procore_sync.kit.money import money
from quickbooks_bridge.exporters import taxes
from quickbooks_bridge.exporters.base import Difference, Document, Exporter, Field, Flat, Source
from quickbooks_bridge.exporters.figures import exact, net_total, sum_of
from quickbooks_bridge.exporters.keys import RELEASED, WITHHELD, key_of, seen_amount
from quickbooks_bridge.exporters.lines import CLASS_LINE, NOTHING_SEEN, LineExporter, Seen, lines_in, symbol
from quickbooks_bridge.exporters.marks import our_line
from quickbooks_bridge.exporters.purchase_orders import LINE, for_the_job

ORDER = "PurchaseOrder"
RETAINAGE = frozenset({WITHHELD, RELEASED})

#: What is said to have changed of lines that somebody else has put there.
OTHERS = gettext_noop("What lines that are not ours come to, which stay")

#: What an approver chooses for a bill.
TERMS, LOCATION = "terms", "location"

_HEAD = (
    Field("VendorRef.value", gettext_noop("Vendor"), refers_to="Vendor"),
    Field("DocNumber", gettext_noop("Number"), 21, yields=True),
    Field("TxnDate", gettext_noop("Date"), yields=True),
)
_TAIL = (
    Field("DepartmentRef.value", gettext_noop("Location"), refers_to="Department"),
    taxes.HEAD,
    Field("PrivateNote", gettext_noop("Our mark in the memo")),
)


def is_voided(remote: Mapping[str, Any]) -> bool:
    """Whether somebody voided it in QuickBooks, which leaves the document and takes away its amount."""
    return exact(remote.get("TotalAmt")) == 0 and "Voided" in str(remote.get("PrivateNote", ""))


def order_links(document: Mapping[str, Any]) -> list[Document]:
    """The links of a document, or of a line of one, to purchase orders."""
    return [link for link in document.get("LinkedTxn") or [] if link.get("TxnType") == ORDER]


class BillExporter(LineExporter):
    """Vendor, number, dates, terms, and a line for each of which something is billed now."""

    kind: ClassVar[Kind] = Kind.INVOICE
    entity: ClassVar[str] = "Bill"
    called: ClassVar[str] = gettext_noop("bill")
    detail: ClassVar[str] = "ItemBasedExpenseLineDetail"
    fields: ClassVar[tuple[Field, ...]] = (
        *_HEAD,
        Field("DueDate", gettext_noop("Due date"), yields=True),
        Field("SalesTermRef.value", gettext_noop("Terms"), refers_to="Term"),
        *_TAIL,
    )
    line_fields: ClassVar[tuple[Field, ...]] = (
        *LINE,
        CLASS_LINE,
    )
    chosen: ClassVar[Mapping[str, str]] = {TERMS: "SalesTermRef.value", LOCATION: "DepartmentRef.value"}
    #: By what an amount of the invoice is multiplied to be one of the document.
    sign: ClassVar[int] = 1
    below_zero: ClassVar[str] = gettext_noop(
        "What is due comes to less than zero, which QuickBooks refuses for a bill. "
        "Let it go as a vendor credit: say so in the invoice."
    )

    def serving(self, document: Document) -> Exporter:
        return CREDIT if document.get("as_credit") else self

    # what goes out

    def values(self, source: Source) -> Flat:
        document = source.document
        told = f"{document['commitment']['number']}, application {document['application']}"
        return {
            "VendorRef.value": symbol(document["vendor"])["value"],
            "DocNumber": document["number"],
            "TxnDate": self.dated(source),
            "DueDate": document["due"],
            "SalesTermRef.value": source.choices.get(TERMS, ""),
            "DepartmentRef.value": source.choices.get(LOCATION, ""),
            **taxes.on_top(source),
            "PrivateNote": our_line(source.reference, source.revision, told),
        }

    def payload(self, source: Source) -> Document:
        """Where a line is linked to the purchase order, the document is."""
        found = super().payload(source)
        linked = any(order_links(line) for line in found["Line"])
        return {**found, "LinkedTxn": [_order_of(source.document)]} if linked else found

    def posted(self, document: Document) -> list[Document]:
        """The lines of the contract of which something is billed now, and those of the retainage."""
        told = f"{document['commitment']['number']}, application {document['application']}"
        held, released = Decimal(document["held_now"]), Decimal(document["released"])
        lines = [
            *document["lines"],
            {"key": WITHHELD, "description": f"Retainage withheld, {told}", "amount": str(-held)},
            {"key": RELEASED, "description": f"Retainage released, {told}", "amount": str(released)},
        ]
        return [{**one, "amount": str(self.sign * Decimal(one["amount"]))} for one in lines if Decimal(one["amount"])]

    def said_total(self, document: Document) -> Decimal:
        return self.sign * Decimal(document["total"])

    def item(self, line: Document, source: Source) -> Document:
        return {"value": source.retainage_item} if line["key"] in RETAINAGE else super().item(line, source)

    def line(self, line: Document, source: Source) -> Document:
        found, retained = super().line(line, source), line["key"] in RETAINAGE
        found[self.detail] |= taxes.code_of(source, taxes.RETAINAGE_TAX if retained else taxes.WORK_TAX)
        links = [] if retained else self.links_of(line, source.document)
        return {**found, "LinkedTxn": links} if links else found

    def line_detail(self, source: Source) -> Document:
        return for_the_job(source.document)

    def tax_choices(self, document: Document) -> tuple[str, ...]:
        keys = {line["key"] for line in self.posted(document)}
        work = (taxes.WORK_TAX,) if keys - RETAINAGE else ()
        return (*work, taxes.RETAINAGE_TAX) if keys & RETAINAGE else work

    def links_of(self, line: Document, document: Document) -> list[Document]:
        """The line of the purchase order that a work line bills, by our key of it until it flies."""
        return [{**_order_of(document), "TxnLineId": f"@{line['key']}"}]

    # why it cannot

    def problems(self, document: Document) -> list[str]:
        if not self.posted(document):
            return [gettext("Nothing is billed, withheld or released by it, so there is nothing to send.")]
        empty = [] if document["number"].strip() else [gettext("The number is empty. Give one.")]
        below = [gettext(self.below_zero)] if self.said_total(document) < 0 else []
        return [*empty, *super().problems(document), *below]

    def title(self, document: Document) -> str:
        number: str = document["number"]
        return number

    def is_own(self, key: str, payload: Document) -> bool:
        return bool(key)

    # what stands in QuickBooks

    def compare(self, payload: Document, remote: Document) -> list[Difference]:
        """Besides: whether QuickBooks has kept every link to the purchase order, which it drops without a word."""
        return [*super().compare(payload, remote), *self._lost_links(payload, remote)]

    def _lost_links(self, payload: Document, remote: Document) -> Iterator[Difference]:
        there = self.by_key(remote)
        for link in order_links(payload):
            if not _has(remote, link):
                yield Difference("Link to the purchase order", f"number {link['TxnId']}", "not linked")
        for key, line in self.by_key(payload).items():
            for link in order_links(line):
                if key in there and not _has(there[key], link):
                    yield Difference(
                        f"Line {key}, link to the purchase order", f"line {link['TxnLineId']}", "not linked"
                    )

    def stands_against(
        self, payload: Document, current: Document, put: Collection[str] = (), seen: Seen = NOTHING_SEEN
    ) -> str:
        """A voided one is not filled again, one of another vendor is not ours, and what is paid stays covered."""
        if is_voided(current):
            return (
                f"The {self.noun} was voided in QuickBooks, so it was not changed. "
                "Unlink the invoice and send it anew, or reject this change."
            )
        theirs = current.get("VendorRef") or {}
        if theirs.get("value") != payload["VendorRef"]["value"]:
            named = theirs.get("name") or theirs.get("value", "")
            return f"The {self.noun} is another vendor's in QuickBooks now ({named}), so it was not changed."
        return self._paid_beyond(payload, current, seen)

    def _paid_beyond(self, payload: Document, current: Document, seen: Seen) -> str:
        paid = self.applied(current)
        total = self._total_after(payload, current, seen)
        if paid <= total:
            return ""
        return (
            f"{paid:,.2f} of this {self.noun} is paid or applied in QuickBooks, and it would come to {total:,.2f}. "
            "Let the bookkeeper take the payment off it first, or bill the difference back in the next application."
        )

    def applied(self, remote: Document) -> Decimal:
        """What payments and credits have taken of it."""
        return money(exact(remote.get("TotalAmt")) - exact(remote.get("Balance", remote.get("TotalAmt"))))

    def _total_after(self, payload: Document, current: Document, seen: Seen) -> Decimal:
        """What it will come to, a tax on top in the proportion that it has now."""
        ours = {id(line) for line in self.by_key(current, seen).values()}
        others = [line for line in lines_in(current) if id(line) not in ours]
        after, before = sum_of([*payload["Line"], *others]), net_total(current)
        tax = exact(current.get("TotalAmt")) - before
        return money(after + (tax * after / before if before else 0))

    # writing over what stands there

    def overwritten(self, payload: Document, seen: Seen, current: Document) -> list[Difference]:
        """Besides: what came since of lines that are not ours. They stay and are owed, and nobody has seen them."""
        return [*super().overwritten(payload, seen, current), *self.of_others(seen, current)]

    def of_others(self, seen: Seen, remote: Document) -> list[Difference]:
        """That lines which are not ours come to something else than when it was `seen`."""
        if "TotalAmt" not in seen:
            return []
        before = exact(seen["TotalAmt"]) - seen_amount(seen)
        now = net_total(remote) - sum_of(self.by_key(remote, seen).values())
        return [] if now == before else [Difference(OTHERS, str(money(before)), str(now))]

    def yielding(self, payload: Document, before: Document | None, current: Document) -> Document:
        """Besides: QuickBooks links only lines that are new, so one that stands there keeps the links that it has."""
        ours = super().yielding(payload, before, current)
        there = self.by_key(current)
        lines = [
            _with_links(line, there[key_of(line)].get("LinkedTxn") or []) if key_of(line) in there else line
            for line in ours["Line"]
        ]
        has = current.get("LinkedTxn") or []
        new = any(order_links(line) for line in lines if key_of(line) not in there)
        more = [link for link in order_links(payload) if new and not _has(current, link)]
        return _with_links({**ours, "Line": lines}, [*has, *more])


class VendorCreditExporter(BillExporter):
    """An invoice that bills back more than it bills: the same with every amount turned, and neither due nor linked."""

    entity: ClassVar[str] = "VendorCredit"
    called: ClassVar[str] = gettext_noop("vendor credit")
    fields: ClassVar[tuple[Field, ...]] = (*_HEAD, *_TAIL)
    sign: ClassVar[int] = -1
    below_zero: ClassVar[str] = gettext_noop(
        "Something is due, so it cannot go as a vendor credit. Let it go as a bill: say so in the invoice."
    )

    def values(self, source: Source) -> Flat:
        return {name: value for name, value in super().values(source).items() if name not in _OF_BILLS}

    def links_of(self, line: Document, document: Document) -> list[Document]:
        return []


_OF_BILLS = frozenset({"DueDate", "SalesTermRef.value"})
CREDIT = VendorCreditExporter()


def _order_of(document: Document) -> Document:
    return {"TxnId": symbol(document["commitment"])["value"], "TxnType": ORDER}


def _has(holder: Document, link: Document) -> bool:
    wanted = {name: str(link[name]) for name in ("TxnId", "TxnLineId") if name in link}
    return any(all(str(one.get(name)) == value for name, value in wanted.items()) for one in order_links(holder))


def _with_links(holder: Document, links: list[Document]) -> Document:
    rest = {name: value for name, value in holder.items() if name != "LinkedTxn"}
    return {**rest, "LinkedTxn": links} if links else rest
