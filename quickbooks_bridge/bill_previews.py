"""What the approver sees of an invoice before they decide: the bill, its effect on the contract, and the proofs."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from functools import cached_property

from django.db.models import Q, QuerySet
from django.urls import reverse
from django.utils.translation import gettext, gettext_noop

from invoices.models import BillingPeriod, BillingSettings, Invoice, InvoiceStatus
from procore_sync.acceptance.courier import Check, Choice, Choices, Fact
from procore_sync.acceptance.models import Attempt, Submission
from procore_sync.acceptance.models import Document as Frozen
from procore_sync.acceptance.states import Decision, Status
from procore_sync.kit.money import money
from procore_sync.kit.shown import day as shown
from procore_sync.kit.text import filled
from quickbooks_bridge import bill_setup, features, names
from quickbooks_bridge.bill_flights import ALLOW, REFUSE, REPEATED_NUMBER
from quickbooks_bridge.bill_needs import none_to_choose
from quickbooks_bridge.endpoints import web_url
from quickbooks_bridge.exporters.base import Document, Source
from quickbooks_bridge.exporters.bills import LOCATION, RETAINAGE, TERMS, BillExporter
from quickbooks_bridge.exporters.keys import RELEASED, WITHHELD, seen_amount
from quickbooks_bridge.file_selectors import go_and_stay
from quickbooks_bridge.ledger_bills import days_near, twins_of, typed_alike
from quickbooks_bridge.line_previews import LinePreview
from quickbooks_bridge.links import is_whole, named_openly
from quickbooks_bridge.models import Health, LedgerBill, LedgerName, Link, Thing
from quickbooks_bridge.order_links import line_id, why_not_linked
from quickbooks_bridge.previews import ACCOUNTANT, APPROVER, BOOKKEEPER
from quickbooks_bridge.references import Names

_SHOWN = 3
_TWICE = "6140"
_LOOK = gettext_noop("Look at it")


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
        return self._default(Thing.RETAINAGE_ITEM)

    @cached_property
    def _labels(self) -> Names:
        rows = [*self.reads.rows(self.item.company_id, "Term", "Class", "Department"), *self._of_retainage]
        return super()._labels | {(row.entity, row.remote_id): row.fully_qualified_name for row in rows}

    @property
    def _class_labels(self) -> Names:
        # They are read with the terms and locations.
        return {}

    @cached_property
    def _of_retainage(self) -> list[LedgerName]:
        return list(self.reads.rows(self.item.company_id, "Item", ids={self._retainage_item}))

    @property
    def _items(self) -> list[tuple[str, LedgerName]]:
        return [*super()._items, *((row.remote_id, row) for row in self._of_retainage)]

    def _effect(self, payload: Document) -> list[Fact]:
        """What it does to the contract and to the retainage."""
        said = {name: Decimal(self.document[name]) for name in _MONEY}
        told = (
            (gettext_noop("Contract sum to date"), said["contract"]),
            (gettext_noop("Billed before"), said["to_date"] - said["gross"]),
            (gettext_noop("Billed by this"), said["gross"]),
            (gettext_noop("Billed after"), said["to_date"]),
            (gettext_noop("Withheld now"), said["held_now"]),
            (gettext_noop("Released now"), said["released"]),
            (gettext_noop("Retainage held after"), said["held"]),
            (gettext_noop("Current payment due"), said["total"]),
        )
        return [Fact(label, f"{money(amount):,.2f}", numeric=True) for label, amount in told]

    # choices

    def choices(self) -> list[Choice]:
        return [*super().choices(), *self._repeated()]

    def mapped_choices(self) -> list[Choice]:
        return [*self._tax_codes(), *self._terms(), *self._class(), *self._location()]

    def _terms(self) -> list[Choice]:
        options = self._options(names.terms)
        if self.document["as_credit"] or not options:
            return []
        vendor = next((row for row in self._rows if row.entity == "Vendor"), None)
        usual = str((vendor.detail.get("TermRef") or {}).get("value", "")) if vendor else ""
        initial = self._proposed(TERMS, options, usual, self._default(Thing.TERMS))
        label, told = gettext_noop("Terms"), gettext_noop("The due date stays as it is.")
        return [Choice(TERMS, label, options, required=False, initial=initial, help=told)]

    @property
    def _class_needed(self) -> bool:
        return self.connection is not None and self.connection.class_needed

    def _location(self) -> list[Choice]:
        if not features.is_on(self._switches, features.LOCATIONS):
            return []
        needed = self.connection is not None and self.connection.location_needed
        told = gettext_noop("The company wants a location on every bill.") if needed else ""
        options = self._options(names.locations)
        choice = Choice(LOCATION, gettext_noop("Location"), options, required=needed, help=told)
        return self._usual(choice, Thing.LOCATION)

    def _repeated(self) -> list[Choice]:
        """Whether a number may be given twice; asked only where QuickBooks would refuse it."""
        if not self._may_be_refused:
            return []
        number = {"number": self.document["number"]}
        options = [
            (REFUSE, gettext("Do not post it while QuickBooks has another bill %(number)s of this vendor") % number),
            (ALLOW, gettext("Post it although QuickBooks has a bill %(number)s of this vendor") % number),
        ]
        told = gettext_noop("QuickBooks is set to warn of bill numbers that are used twice.")
        return [Choice(REPEATED_NUMBER, gettext_noop("Number used twice"), options, help=told)]

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
            *self._first_written(),
            *self._whole(),
            *self._required(),
            *self._inactive(),
            *self._twins(),
            *self._currency(),
            *self._order(),
            *self._closed_books(),
            *self._dated_outside(),
            *self._papers(needed=self._papers_needed),
            *self._proofs(),
            *self._files(),
        ]

    @property
    def _papers_needed(self) -> bool:
        """Whether the company wants the vendor's papers; a credit pays nobody."""
        return self.connection is not None and self.connection.papers_needed and not self.document["as_credit"]

    def _files(self) -> list[Check]:
        """Which files go with it, and which do not; they are no part of what is accepted."""
        if self.connection is None or not self.connection.files_go:
            return []
        go, stay = go_and_stay(self.item)
        told = []
        if go:
            named = {"names": ", ".join(go)}
            told.append(Check("ok", gettext("Attached to it in QuickBooks once it is there: %(names)s.") % named))
        if stay:
            named = {"names": ", ".join(stay)}
            told.append(
                Check("ok", gettext("QuickBooks takes no files of this kind, so they stay here: %(names)s.") % named)
            )
        return told

    def _set_up(self) -> list[Check]:
        """Each step of the set-up without which no invoice can go."""
        missing = bill_setup.missing_of(self.item.company_id, self.connection)
        known = [one for one in missing if one.key != "connected"]
        told = [(one.sentence, one.who) for one in known]
        told += [(one, ACCOUNTANT) for one in none_to_choose(self.connection).values()]
        return [Check("stop", one, bill_setup.page(), gettext_noop("Set up invoices"), who) for one, who in told]

    def _named(self) -> Frozen:
        """Only what goes out counts: a line of which nothing is billed now names nothing."""
        return {**self.document, "lines": self.exporter.posted(self.document)}

    def _as_it_stands(self) -> list[Check]:
        """What is known of the document that is changed."""
        if self.link is None:
            return []
        if self.link.entity != self.exporter.entity:
            told = gettext(
                "The invoice is a %(is)s in QuickBooks and would become a %(becomes)s. Let the bookkeeper delete the "
                "one that is there and unlink the invoice first."
            )
            named = {"is": self.link.entity, "becomes": self.exporter.entity}
            return [Check("stop", told % named, who=BOOKKEEPER)]
        if self.link.health in (Health.MISSING, Health.VOIDED):
            state = gettext(Health(self.link.health).label).lower()
            told = gettext("The %(noun)s was found to be %(state)s: unlink it, then send it anew.")
            return [Check("look", told % {"noun": gettext(self.exporter.noun), "state": state}, who=APPROVER)]
        return [*self._others(), *self._paid(self.link)]

    @cached_property
    def _of_others(self) -> Decimal:
        """What its lines come to that are not ours, as it was last seen; they stay when it is written."""
        link = self.link
        total: Decimal | None = link.total if link else None
        if link is None or total is None or is_whole(link):
            return Decimal(0)
        return total - seen_amount(link.seen)

    def _others(self) -> list[Check]:
        if not self._of_others:
            return []
        told = gettext(
            "Lines of the %(noun)s in QuickBooks that are not ours come to %(others)s and stay there, so it will come "
            "to %(total)s, not to %(due)s."
        )
        due = self.exporter.said_total(self.document)
        sums = {"others": self._of_others, "total": due + self._of_others, "due": due}
        shown = {name: f"{amount:,.2f}" for name, amount in sums.items()}
        return [Check("look", told % {"noun": gettext(self.exporter.noun), **shown})]

    def _paid(self, link: Link) -> list[Check]:
        row = LedgerBill.objects.filter(
            company_id=link.company_id, entity=link.entity, remote_id=link.remote_id
        ).first()
        paid = abs(row.total - row.balance) if row else Decimal(0)
        if not paid:
            return []
        due = self.exporter.said_total(self.document) + self._of_others
        sums = {"paid": f"{paid:,.2f}", "due": f"{due:,.2f}"}
        if row and paid > due + self.exporter.sign * row.tax:
            told = gettext(
                "%(paid)s of it was paid or applied when it was last read, and it would come to %(due)s. The payment "
                "has to come off it first."
            )
            return [Check("stop", told % sums, who=BOOKKEEPER)]
        told = gettext("%(paid)s of it was paid or applied when it was last read; the payment stays.")
        return [Check("look", told % sums)]

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
        return [
            *self._same_on_their_way(),
            *self._same_as_ours(),
            *self._same_as_theirs(),
            *self._alike_on_their_way(),
            *self._alike_as_theirs(),
        ]

    @property
    def _on_their_way(self) -> QuerySet[Invoice]:
        """Other invoices of this vendor that are on their way to QuickBooks."""
        return (
            Invoice.objects.filter(
                company_id=self.item.company_id,
                commitment__vendor__erp_id=self.document["vendor"]["item"],
                erp__status__in=(Status.SENT, Status.EXPORTING, Status.FAILED),
            )
            .exclude(erp=self.item)
            .select_related("erp")
        )

    def _same_on_their_way(self) -> Iterator[Check]:
        for one in self._on_their_way.filter(number__iexact=self.document["number"].strip())[:_SHOWN]:
            told = gettext("%(item)s of this vendor has this number too and is on its way to QuickBooks.")
            sentence = told % {"item": named_openly(one.erp)}
            yield Check("look", sentence, reverse("acceptance:review", args=[one.erp_id]), _LOOK)

    def _alike_on_their_way(self) -> Iterator[Check]:
        """Of other commitments only: each application of a contract bills what those before it have not."""
        near = days_near(date.fromisoformat(self.document["date"]))
        rows = self._on_their_way.filter(erp__amount=self.exporter.said_total(self.document), billed_on__range=near)
        others = rows.exclude(number__iexact=self.document["number"].strip())
        for one in others.exclude(commitment__erp_id=self.document["commitment"]["item"])[:_SHOWN]:
            told = gettext(
                "Same amount, other number: %(item)s of this vendor, dated %(day)s, is on its way to QuickBooks. It "
                "may be the same bill."
            )
            sentence = told % {"item": named_openly(one.erp), "day": shown(one.billed_on)}
            yield Check("look", sentence, reverse("acceptance:review", args=[one.erp_id]), _LOOK)

    def _same_as_ours(self) -> Iterator[Check]:
        for link in self._ours[:_SHOWN]:
            told = gettext("A bill of this vendor with this number is in QuickBooks already: %(item)s.")
            if link.total == self.exporter.said_total(self.document):
                told = gettext("A bill of this vendor with this number and amount is in QuickBooks already: %(item)s.")
            sentence = filled(told, {"item": named_openly(link.item)})
            yield Check("look", sentence, reverse("acceptance:review", args=[link.item_id]), _LOOK)

    def _same_as_theirs(self) -> Iterator[Check]:
        for row in self._theirs[:_SHOWN]:
            told = gettext(
                "Somebody entered a bill of this vendor with this number in QuickBooks: %(number)s of %(day)s, "
                "%(total)s. It may be the same one."
            )
            if row.total - row.tax == self.exporter.said_total(self.document):
                told = gettext(
                    "Somebody entered a bill of this vendor with this number and amount in QuickBooks: %(number)s of "
                    "%(day)s, %(total)s. It may be the same one."
                )
            day = shown(row.day) if row.day else gettext("no date")
            sentence = told % {"number": row.number, "day": day, "total": f"{row.total:,.2f}"}
            yield Check("look", sentence, self._open(row), gettext_noop("Open it in QuickBooks"))

    def _alike_as_theirs(self) -> Iterator[Check]:
        number, day = self.document["number"], date.fromisoformat(self.document["date"])
        total = self.exporter.said_total(self.document)
        for row in typed_alike(self.item.company_id, self._vendor_id, number, total, day)[:_SHOWN]:
            told = gettext(
                "Same amount, other number: somebody entered the bill %(number)s of this vendor in QuickBooks, of "
                "%(day)s, %(total)s. It may be the same one."
            )
            named = {
                "number": row.number or gettext("without a number"),
                "day": shown(row.day),
                "total": f"{row.total:,.2f}",
            }
            yield Check("look", told % named, self._open(row), gettext_noop("Open it in QuickBooks"))

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
            told = gettext("The commitment has no purchase order in QuickBooks, so the bill is linked to none.")
            return [Check("look", told)]
        return list(_of_order(order, self._vendor_id, [line["key"] for line in work]))

    def _waits_for(self, item: int) -> bool:
        return self.item.requires.filter(pk=item, synced_revision__isnull=True).exists()

    # the date

    def _dated_outside(self) -> list[Check]:
        """Whether its date makes it a cost of other days than those that it bills, or that the project has it bill."""
        day, *own = (date.fromisoformat(self.document[name]) for name in ("date", "starts_on", "ends_on"))
        opened = BillingPeriod.objects.filter(invoices__erp=self.item).first()
        billed = [own, [opened.starts_on, opened.ends_on]] if opened else [own]
        outside = next(((starts, ends) for starts, ends in billed if not starts <= day <= ends), None)
        if outside is None:
            return []
        told = gettext("It is dated %(day)s, outside the period billed: %(starts)s to %(ends)s.")
        return [Check("look", told % {"day": shown(day), "starts": shown(outside[0]), "ends": shown(outside[1])})]

    # proofs

    def _proofs(self) -> list[Check]:
        return [*self._rolled_forward(), *self._overbilled(), *self._taken_back(), *self._history()]

    def _rolled_forward(self) -> list[Check]:
        """Whether every figure of the head follows from the lines and the retainage before, to the cent."""
        wrong = _wrong_figures(self.document)
        if not wrong:
            return [_rolls_forward(self.document)]
        told = gettext("The figures do not agree: %(wrong)s. Reject it, so that it is made anew.")
        return [self._by_sender(told % {"wrong": "; ".join(wrong)})]

    def _overbilled(self) -> list[Check]:
        over = [line["key"] for line in self.document["lines"] if _is_over(line)]
        if not over:
            return [Check("ok", gettext("No line is billed beyond what it is scheduled for."))]
        named = {"lines": ", ".join(over)}
        allowed = BillingSettings.objects.filter(
            project__erp_id=self.document["project"]["item"], allows_overbilling=True
        ).exists()
        if allowed:
            told = gettext("Billed beyond what is scheduled: line %(lines)s. The project allows that.")
            return [Check("look", told % named)]
        told = gettext(
            "Billed beyond what is scheduled: line %(lines)s. The project does not allow that: reject it, so that it "
            "is corrected."
        )
        return [self._by_sender(told % named)]

    def _taken_back(self) -> list[Check]:
        """Which lines of a bill lessen it by what was billed before; a deduction of the contract is no such line."""
        if self.document["as_credit"]:
            return []
        back = [line for line in self.document["lines"] if _takes_back(line)]
        if not back:
            return []
        told = gettext("It takes back %(amount)s of what was billed before: line %(lines)s.")
        amount = -_sum({"lines": back}, "amount")
        return [Check("look", told % {"amount": f"{amount:,.2f}", "lines": ", ".join(line["key"] for line in back)})]

    def _history(self) -> list[Check]:
        """Whether QuickBooks holds of retainage what this application starts from."""
        earlier = Invoice.objects.filter(
            commitment__erp_id=self.document["commitment"]["item"],
            company_id=self.item.company_id,
            sequence__lt=int(self.document["application"]),
        ).exclude(status=InvoiceStatus.VOID)
        expected = set(earlier.values_list("erp_id", flat=True))
        links = list(Link.objects.filter(item_id__in=expected))
        held, before = _retained_by(links), Decimal(self.document["held_before"])
        if held == before:
            told = gettext(
                "QuickBooks holds %(held)s of retainage by the earlier applications, as this one starts from."
            )
            return [Check("ok", told % {"held": f"{held:,.2f}"})] if expected else []
        away = expected.difference(link.item_id for link in links)
        coming = _retained_on_their_way(away)
        if coming and held + coming == before:
            told = gettext(
                "QuickBooks holds %(held)s of retainage by the earlier applications, and %(coming)s is on its way "
                "there: together what this one starts from."
            )
            return [Check("wait", told % {"held": f"{held:,.2f}", "coming": f"{coming:,.2f}"})]
        return [_held_otherwise(held, before, len(away))]


def _held_otherwise(held: Decimal, before: Decimal, away: int) -> Check:
    told = gettext(
        "QuickBooks holds %(held)s of retainage by the earlier applications, and this one starts from %(before)s."
    ) % {"held": f"{held:,.2f}", "before": f"{before:,.2f}"}
    why = gettext("Look at what was changed there.")
    if away:
        why = gettext("%(count)s of them are not in QuickBooks.") % {"count": away}
    return Check("look", f"{told} {why}")


_MONEY = ("contract", "to_date", "gross", "held_before", "held_now", "released", "held", "total")
#: What the head of an invoice says, and of which figure of its lines it is the sum.
_SUMS = {"gross": "amount", "held_now": "held_now", "released": "released", "held": "held", "to_date": "to_date"}
_SUMS_CALLED = {
    "gross": gettext_noop("gross"),
    "held_now": gettext_noop("held now"),
    "released": gettext_noop("released"),
    "held": gettext_noop("held"),
    "to_date": gettext_noop("to date"),
}


def _of_order(order: Link, vendor_id: str, keys: Iterable[str]) -> Iterator[Check]:
    where = reverse("acceptance:review", args=[order.item_id])
    theirs = order.seen.get("VendorRef.value", "")
    if theirs and vendor_id and theirs != vendor_id:
        told = gettext(
            "The purchase order %(order)s was another vendor's when it was last seen in QuickBooks, and a bill cannot "
            "be linked to it."
        )
        yield Check("stop", told % {"order": order.name}, where, _LOOK, BOOKKEEPER)
        return
    why = _why_not_linked(order)
    if why:
        yield Check("look", why % {"order": order.name}, where, _LOOK)
        return
    told = gettext("The purchase order %(order)s has no line %(key)s any more, so that line goes without a link.")
    for key in keys:
        if not line_id(order, key):
            yield Check("look", told % {"order": order.name, "key": key}, where)


def _why_not_linked(order: Link) -> str:
    """The sentence, with a place for the order's name; "" if the bill is linked to it."""
    if why_not_linked(order):
        return gettext(
            "The purchase order %(order)s was closed in QuickBooks when it was last seen, so the bill goes without a "
            "link to it."
        )
    if order.health in (Health.MISSING, Health.VOIDED):
        return gettext(
            "The purchase order %(order)s is not in QuickBooks any more, so the bill goes without a link to it."
        )
    return ""


def _wrong_figures(document: Frozen) -> list[str]:
    said = _said(document)
    return [*_wrong_sums(document, said), *_wrong_retainage(said, _held_of_deductions(document))]


def _said(document: Frozen) -> dict[str, Decimal]:
    return {name: Decimal(document[name]) for name in _MONEY}


def _rolls_forward(document: Frozen) -> Check:
    said = _said(document)
    told = gettext(
        "Retainage rolls forward: %(before)s held before, %(now)s withheld now, %(released)s released, %(after)s held "
        "after."
    )
    figures = {"before": "held_before", "now": "held_now", "released": "released", "after": "held"}
    return Check("ok", told % {name: f"{said[column]:,.2f}" for name, column in figures.items()})


def _wrong_sums(document: Frozen, said: dict[str, Decimal]) -> Iterator[str]:
    told = gettext("the lines come to %(lines)s and the invoice says %(said)s (%(what)s)")
    for name, column in _SUMS.items():
        if _sum(document, column) != said[name]:
            what = gettext(_SUMS_CALLED[name])
            yield told % {"lines": _sum(document, column), "said": said[name], "what": what}


def _wrong_retainage(said: dict[str, Decimal], of_deductions: Decimal) -> Iterator[str]:
    after = said["held_before"] + said["held_now"] - said["released"]
    if after != said["held"]:
        told = gettext("retainage comes to %(sum)s and the invoice says %(said)s")
        yield told % {"sum": after, "said": said["held"]}
    due = said["gross"] - said["held_now"] + said["released"]
    if due != said["total"]:
        told = gettext("what is due comes to %(sum)s and the invoice says %(said)s")
        yield told % {"sum": due, "said": said["total"]}
    if said["held"] < of_deductions:
        yield gettext("more retainage is released than is held, by %(sum)s") % {"sum": of_deductions - said["held"]}


def _held_of_deductions(document: Frozen) -> Decimal:
    """What is held of work that is taken off, which lies below zero: as much less is owed to the vendor later."""
    lines = [line for line in document["lines"] if Decimal(line["to_date"]) < 0]
    return sum((min(Decimal(line["held"]), Decimal("0.00")) for line in lines), Decimal("0.00"))


def _sum(document: Frozen, column: str) -> Decimal:
    return sum((Decimal(line[column]) for line in document["lines"]), Decimal("0.00"))


def _is_over(line: Frozen) -> bool:
    """Whether this billing takes a line beyond what is scheduled, in the direction that the schedule has."""
    amount, scheduled, to_date = (Decimal(line[name]) for name in ("amount", "scheduled", "to_date"))
    return amount > 0 and to_date > scheduled if scheduled >= 0 else amount < 0 and to_date < scheduled


def _takes_back(line: Frozen) -> bool:
    return Decimal(line["amount"]) < 0 <= Decimal(line["scheduled"])


def _retained_by(links: list[Link]) -> Decimal:
    """What the documents of these links withhold, less what they release, as QuickBooks last held them."""
    return sum((_retained(link) for link in links), Decimal("0.00"))


def _retained_on_their_way(items: Iterable[int]) -> Decimal:
    """What those of these items that were accepted will withhold, less what they will release."""
    accepted = Submission.objects.filter(
        item_id__in=items, item__status=Status.EXPORTING, decision=Decision.ACCEPTED
    ).order_by("number")
    newest = dict(accepted.values_list("item_id", "document"))
    return sum((Decimal(one["held_now"]) - Decimal(one["released"]) for one in newest.values()), Decimal("0.00"))


def _retained(link: Link) -> Decimal:
    lines = sum((Decimal(link.seen.get(f"Line.{key}.Amount") or 0) for key in (WITHHELD, RELEASED)), Decimal(0))
    return lines if link.entity == "VendorCredit" else -lines
