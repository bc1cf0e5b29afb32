"""What the approver sees of an invoice before he decides: the bill, its effect on the contract, and the proofs."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from decimal import Decimal
from functools import cached_property

from django.db.models import Q
from django.urls import reverse

from invoices.models import BillingSettings, Invoice, InvoiceStatus
from procore_sync.acceptance.courier import Check, Choice, Choices, Fact
from procore_sync.acceptance.models import Attempt
from procore_sync.acceptance.models import Document as Frozen
from procore_sync.acceptance.states import Status
from procore_sync.kit.money import money
from quickbooks_bridge import bill_setup, features, names
from quickbooks_bridge.bill_flights import ALLOW, REFUSE, REPEATED_NUMBER
from quickbooks_bridge.endpoints import web_url
from quickbooks_bridge.exporters.base import Document, Source
from quickbooks_bridge.exporters.bills import CLASS, RETAINAGE, TERMS, BillExporter
from quickbooks_bridge.exporters.keys import RELEASED, WITHHELD
from quickbooks_bridge.ledger_bills import twins_of
from quickbooks_bridge.line_previews import LinePreview
from quickbooks_bridge.links import named_openly
from quickbooks_bridge.models import Health, LedgerBill, Link, Thing
from quickbooks_bridge.order_links import line_id, why_not_linked
from quickbooks_bridge.references import Names

_SHOWN = 3
_TWICE = "6140"


@dataclass(frozen=True)
class BillPreview(LinePreview):
    """An invoice on its way to become a bill or a vendor credit."""

    exporter: BillExporter

    # the posting

    def _source(self, choices: Choices) -> Source:
        found = super()._source(choices)
        return replace(found, retainage_item=self._retainage_item)

    @property
    def _retainage_item(self) -> str:
        return self._defaults.get(Thing.RETAINAGE_ITEM, "")

    @cached_property
    def _labels(self) -> Names:
        lists = names.names_of(self.item.company_id, "Term", "Class")
        item = names.names_of(self.item.company_id, "Item").filter(remote_id=self._retainage_item)
        rows = [*lists, *item]
        return super()._labels | {(row.entity, row.remote_id): row.fully_qualified_name for row in rows}

    def _head(self, payload: Document) -> list[Fact]:
        classes = {(line[self.exporter.detail].get("ClassRef") or {}).get("value", "") for line in payload["Line"]}
        named = [self._labels.get(("Class", one), one) for one in sorted(classes) if one]
        return [*super()._head(payload), *(Fact("Class", one) for one in named)]

    def _effect(self, payload: Document) -> list[Fact]:
        """What it does to the contract and to the retainage."""
        said = {name: Decimal(self.document[name]) for name in _MONEY}
        told = (
            ("Contract sum to date", said["contract"]),
            ("Billed before", said["to_date"] - said["gross"]),
            ("Billed by this", said["gross"]),
            ("Billed after", said["to_date"]),
            ("Withheld now", said["held_now"]),
            ("Released now", said["released"]),
            ("Retainage held after", said["held"]),
            ("Current payment due", said["total"]),
        )
        return [Fact(label, f"{money(amount):,.2f}", numeric=True) for label, amount in told]

    # choices

    def choices(self) -> list[Choice]:
        return [*super().choices(), *self._terms(), *self._class(), *self._repeated()]

    def _terms(self) -> list[Choice]:
        options = names.terms(self.item.company_id)
        if self.document["as_credit"] or not options:
            return []
        vendor = next((row for row in self._rows if row.entity == "Vendor"), None)
        usual = str((vendor.detail.get("TermRef") or {}).get("value", "")) if vendor else ""
        initial = self._chosen(TERMS, options, usual, self._defaults.get(Thing.TERMS, ""))
        return [Choice(TERMS, "Terms", options, required=False, initial=initial, help="The due date stays as it is.")]

    def _class(self) -> list[Choice]:
        options = names.classes(self.item.company_id)
        if not features.is_on(self._switches, features.CLASSES) or not options:
            return []
        return [Choice(CLASS, "Class", options, required=False, initial=self._chosen(CLASS, options))]

    def _repeated(self) -> list[Choice]:
        """Whether a number may be given twice; asked only where QuickBooks would refuse it."""
        if not self._may_be_refused:
            return []
        number = self.document["number"]
        options = [
            (REFUSE, f"Do not post it while QuickBooks has another bill {number} of this vendor"),
            (ALLOW, f"Post it although QuickBooks has a bill {number} of this vendor"),
        ]
        told = "QuickBooks is set to warn of bill numbers that are used twice."
        return [Choice(REPEATED_NUMBER, "Number used twice", options, help=told)]

    @cached_property
    def _may_be_refused(self) -> bool:
        if not self._is_new or self.document["as_credit"]:
            return False
        if not features.is_on(self._switches, features.REPEATED_NUMBERS):
            return False
        was = Attempt.objects.filter(submission__item=self.item, fault_code=_TWICE)
        return bool(self._ours or self._theirs) or was.exists()

    # checks

    def checks(self) -> list[Check]:
        return [
            *self._connected(),
            *self._sendable(),
            *self._set_up(),
            *self._as_it_stands(),
            *self._whole(),
            *self._required(),
            *self._inactive(),
            *self._twins(),
            *self._currency(),
            *self._order(),
            *self._closed_books(),
            *self._proofs(),
        ]

    def _set_up(self) -> list[Check]:
        """Each step of the set-up without which no invoice can go."""
        missing = bill_setup.missing_of(self.item.company_id, self.connection)
        known = [one for one in missing if one.key != "connected"]
        return [Check("stop", one.sentence, bill_setup.page(), "Set up invoices") for one in known]

    def _named(self) -> Frozen:
        """Only what goes out counts: a line of which nothing is billed now names nothing."""
        return {**self.document, "lines": self.exporter.posted(self.document)}

    def _as_it_stands(self) -> list[Check]:
        """What is known of the document that is changed."""
        if self.link is None:
            return []
        if self.link.entity != self.exporter.entity:
            sentence = (
                f"The invoice is a {self.link.entity} in QuickBooks and would become a {self.exporter.entity}. "
                "Let the bookkeeper delete the one that is there and unlink the invoice first."
            )
            return [Check("stop", sentence)]
        if self.link.health in (Health.MISSING, Health.VOIDED):
            told = Health(self.link.health).label.lower()
            return [Check("look", f"The {self.exporter.noun} was found to be {told}: unlink it, then send it anew.")]
        return self._paid(self.link)

    def _paid(self, link: Link) -> list[Check]:
        row = LedgerBill.objects.filter(
            company_id=link.company_id, entity=link.entity, remote_id=link.remote_id
        ).first()
        paid = abs(row.total - row.balance) if row else Decimal(0)
        if not paid:
            return []
        told = f"{paid:,.2f} was paid or applied of it when it was last read"
        due = self.exporter.said_total(self.document)
        if row and paid > due + row.tax:
            return [Check("stop", f"{told}, and it would come to {due:,.2f}. The payment has to come off it first.")]
        return [Check("look", f"{told}; the payment stays.")]

    # twins

    @cached_property
    def _vendor_id(self) -> str:
        """The vendor's number in QuickBooks, or ""."""
        rows = Link.objects.filter(item_id=self.document["vendor"]["item"], entity="Vendor")
        return rows.values_list("remote_id", flat=True).first() or ""

    @cached_property
    def _read(self) -> list[LedgerBill]:
        """What QuickBooks held of this number and vendor when its bills were read last, but for this one."""
        own = self.link.remote_id if self.link else ""
        total = self.exporter.said_total(self.document)
        return twins_of(self.item.company_id, self._vendor_id, self.document["number"], total, except_id=own)

    @cached_property
    def _ours(self) -> list[Link]:
        """Other invoices that are bills of this number and vendor."""
        same = Q(name__iexact=self.document["number"].strip()) | Q(remote_id__in=[row.remote_id for row in self._read])
        rows = Link.objects.filter(same, company_id=self.item.company_id, entity="Bill")
        others = rows.exclude(item=self.item).select_related("item__project")
        return [one for one in others if one.seen.get("VendorRef.value") == self._vendor_id]

    @property
    def _theirs(self) -> list[LedgerBill]:
        """Bills that somebody typed in QuickBooks."""
        ours = {link.remote_id for link in self._ours}
        return [row for row in self._read if row.remote_id not in ours]

    def _twins(self) -> list[Check]:
        if self.document["as_credit"] or not self._vendor_id:
            return []
        return [*self._same_on_their_way(), *self._same_as_ours(), *self._same_as_theirs()]

    def _same_on_their_way(self) -> Iterator[Check]:
        rows = Invoice.objects.filter(
            company_id=self.item.company_id,
            number__iexact=self.document["number"].strip(),
            commitment__vendor__erp_id=self.document["vendor"]["item"],
            erp__status__in=(Status.SENT, Status.EXPORTING, Status.FAILED),
        ).exclude(erp=self.item)
        for one in rows.select_related("erp")[:_SHOWN]:
            told = f"{named_openly(one.erp)} of this vendor has this number too and is on its way to QuickBooks."
            yield Check("look", told, reverse("acceptance:review", args=[one.erp_id]), "Look at it")

    def _same_as_ours(self) -> Iterator[Check]:
        for link in self._ours[:_SHOWN]:
            same = " and amount" if link.total == self.exporter.said_total(self.document) else ""
            sentence = (
                f"A bill of this vendor with this number{same} is in QuickBooks already: {named_openly(link.item)}."
            )
            yield Check("look", sentence, reverse("acceptance:review", args=[link.item_id]), "Look at it")

    def _same_as_theirs(self) -> Iterator[Check]:
        for row in self._theirs[:_SHOWN]:
            same = " and amount" if row.total - row.tax == self.exporter.said_total(self.document) else ""
            day = row.day.isoformat() if row.day else "no date"
            yield Check(
                "look",
                f"Somebody entered a bill of this vendor with this number{same} in QuickBooks: {row.number} of {day}, "
                f"{row.total:,.2f}. It may be the same one.",
                self._open(row),
                "Open it in QuickBooks",
            )

    def _open(self, row: LedgerBill) -> str:
        at = self.connection
        return web_url(row.entity, row.remote_id, at.realm_id, at.environment) if at else ""

    # the order

    def _order(self) -> list[Check]:
        """Whether the lines can be linked to the purchase order that they bill."""
        work = [line for line in self.exporter.posted(self.document) if line["key"] not in RETAINAGE]
        commitment = self.document["commitment"]["item"]
        if not work or not self._is_new or self.document["as_credit"] or self._waits_for(commitment):
            return []
        order = Link.objects.filter(company_id=self.item.company_id, item_id=commitment).first()
        if order is None:
            return [Check("look", "The commitment has no purchase order in QuickBooks, so the bill is linked to none.")]
        return list(_of_order(order, self._vendor_id, [line["key"] for line in work]))

    def _waits_for(self, item: int) -> bool:
        return self.item.requires.filter(pk=item, synced_revision__isnull=True).exists()

    # proofs

    def _proofs(self) -> list[Check]:
        return [*_roll_forward(self.document), *self._overbilled(), *self._history()]

    def _overbilled(self) -> list[Check]:
        over = [line["key"] for line in self.document["lines"] if _is_over(line)]
        if not over:
            return [Check("ok", "No line is billed beyond what it is scheduled for.")]
        named = ", ".join(over)
        sentence = f"Billed beyond what is scheduled: line {named}."
        allowed = BillingSettings.objects.filter(
            project__erp_id=self.document["project"]["item"], allows_overbilling=True
        ).exists()
        if allowed:
            return [Check("look", f"{sentence} The project allows that.")]
        return [Check("stop", f"{sentence} The project does not allow that: reject it, so that it is corrected.")]

    def _history(self) -> list[Check]:
        """Whether QuickBooks holds of retainage what this application starts from."""
        earlier = Invoice.objects.filter(
            commitment__erp_id=self.document["commitment"]["item"],
            company_id=self.item.company_id,
            sequence__lt=int(self.document["application"]),
        ).exclude(status=InvoiceStatus.VOID)
        expected = list(earlier.values_list("erp_id", flat=True))
        links = list(Link.objects.filter(item_id__in=expected))
        held, before = _retained_by(links), Decimal(self.document["held_before"])
        away = len(expected) - len(links)
        if held == before:
            told = f"QuickBooks holds {held:,.2f} of retainage by the earlier applications, as this one starts from."
            return [Check("ok", told)] if expected else []
        why = f"{away} of them are not in QuickBooks." if away else "Look at what was changed there."
        told = f"QuickBooks holds {held:,.2f} of retainage by the earlier applications, and this one starts from"
        return [Check("look", f"{told} {before:,.2f}. {why}")]


_MONEY = ("contract", "to_date", "gross", "held_before", "held_now", "released", "held", "total")
#: What the head of an invoice says, and of which figure of its lines it is the sum.
_SUMS = {"gross": "amount", "held_now": "held_now", "released": "released", "held": "held", "to_date": "to_date"}


def _of_order(order: Link, vendor_id: str, keys: Iterable[str]) -> Iterator[Check]:
    called = f"The purchase order {order.name}"
    where = reverse("acceptance:review", args=[order.item_id])
    theirs = order.seen.get("VendorRef.value", "")
    if theirs and vendor_id and theirs != vendor_id:
        sentence = (
            f"{called} was another vendor's when it was last seen in QuickBooks, and a bill cannot be linked to it."
        )
        yield Check("stop", sentence, where, "Look at it")
        return
    why = why_not_linked(order)
    if why or order.health in (Health.MISSING, Health.VOIDED):
        told = why or "is not in QuickBooks any more"
        yield Check("look", f"{called} {told}, so the bill goes without a link to it.", where, "Look at it")
        return
    for key in keys:
        if not line_id(order, key):
            yield Check("look", f"{called} has no line {key} any more, so that line goes without a link.", where)


def _roll_forward(document: Frozen) -> list[Check]:
    """Whether every figure of the head follows from the lines and the retainage before, to the cent."""
    said = {name: Decimal(document[name]) for name in _MONEY}
    wrong = [
        f"the lines come to {_sum(document, column)} and the invoice says {said[name]} ({name.replace('_', ' ')})"
        for name, column in _SUMS.items()
        if _sum(document, column) != said[name]
    ]
    after = said["held_before"] + said["held_now"] - said["released"]
    if after != said["held"]:
        wrong.append(f"retainage comes to {after} and the invoice says {said['held']}")
    due = said["gross"] - said["held_now"] + said["released"]
    if due != said["total"]:
        wrong.append(f"what is due comes to {due} and the invoice says {said['total']}")
    if said["held"] < 0:
        wrong.append(f"more retainage is released than is held, by {-said['held']}")
    if wrong:
        return [Check("stop", f"The figures do not agree: {'; '.join(wrong)}. Reject it, so that it is made anew.")]
    return [
        Check(
            "ok",
            f"Retainage rolls forward: {said['held_before']:,.2f} held before, {said['held_now']:,.2f} withheld now, "
            f"{said['released']:,.2f} released, {said['held']:,.2f} held after.",
        )
    ]


def _sum(document: Frozen, column: str) -> Decimal:
    return sum((Decimal(line[column]) for line in document["lines"]), Decimal("0.00"))


def _is_over(line: Frozen) -> bool:
    """Whether this billing takes a line beyond what is scheduled, in the direction that the schedule has."""
    amount, scheduled, to_date = (Decimal(line[name]) for name in ("amount", "scheduled", "to_date"))
    return amount > 0 and to_date > scheduled if scheduled >= 0 else amount < 0 and to_date < scheduled


def _retained_by(links: list[Link]) -> Decimal:
    """What the documents of these links withhold, less what they release, as QuickBooks last held them."""
    return sum((_retained(link) for link in links), Decimal("0.00"))


def _retained(link: Link) -> Decimal:
    lines = sum((Decimal(link.seen.get(f"Line.{key}.Amount") or 0) for key in (WITHHELD, RELEASED)), Decimal(0))
    return lines if link.entity == "VendorCredit" else -lines
