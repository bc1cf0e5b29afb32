"""What the approver sees of an estimate, a purchase order or a change order before they decide. No network."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from functools import cached_property

from django.urls import reverse
from django.utils.translation import gettext, gettext_noop

from procore_sync.acceptance.courier import Check, Choice, Choices, Fact, LinkChange, Posting
from procore_sync.acceptance.models import ErpItem, Submission
from procore_sync.acceptance.states import Status
from procore_sync.accounts.curing import senders_of
from procore_sync.kit.kinds import Kind
from procore_sync.kit.money import money
from procore_sync.kit.shown import day as shown
from procore_sync.kit.text import filled
from quickbooks_bridge import bill_setup, currencies, editions, features, names, periods
from quickbooks_bridge.drift_models import Drift, DriftAnswer
from quickbooks_bridge.exporters import taxes
from quickbooks_bridge.exporters.base import Document, Source
from quickbooks_bridge.exporters.lines import CLASS, CLASS_LINE, CLEARED, LineExporter
from quickbooks_bridge.links import is_whole, linked_as_a_whole, named_openly
from quickbooks_bridge.models import Health, LedgerName, Link, Thing
from quickbooks_bridge.onboarding.models import OpeningDocument
from quickbooks_bridge.onboarding.selectors import typed_twins
from quickbooks_bridge.previews import ADMINISTRATOR, APPROVER, BOOKKEEPER, Preview
from quickbooks_bridge.references import NAMED, Names, names_in, refs_in
from quickbooks_bridge.replacements import CLOSE, DELETE, replaces
from vendors.models import Vendor
from vendors.papers import against

_SHOWN = 3
_OPEN = gettext_noop("not chosen yet")
_FATES = {DELETE: gettext_noop("deleted"), CLOSE: gettext_noop("closed")}
_LOOK, _CONNECTION = gettext_noop("Look at it"), gettext_noop("QuickBooks connection")


@dataclass(frozen=True)
class LinePreview(Preview):
    """A record whose QuickBooks document has lines. `link` is that of the document that is written into."""

    exporter: LineExporter

    @property
    def _replaces(self) -> bool:
        return replaces(self.item.kind, self.document, self.link)

    @property
    def _is_new(self) -> bool:
        """Whether a document is made in QuickBooks, or one that stands there is changed."""
        return self._replaces or (self.link is None and not self.exporter.appends)

    @cached_property
    def _switches(self) -> dict[str, str]:
        return dict(self.connection.features) if self.connection else {}

    @cached_property
    def _labels(self) -> Names:
        carried = {name: label for one in self._carried for name, label in names_in(one[0].document).items()}
        return carried | names_in(self.document) | self._tax_labels | self._class_labels | self._account_labels

    @cached_property
    def _account_labels(self) -> Names:
        """The account to which each item posts what is bought, by what the lines call the item."""
        if not self.exporter.shows_accounts:
            return {}
        accounts = {called: names.posts_to(row) for called, row in self._items}
        asked = {account for account in accounts.values() if account}
        known = names.labelled(self.reads.rows(self.item.company_id, "Account", ids=asked))
        return {("ItemAccount", called): known.get(account, "") for called, account in accounts.items()}

    @property
    def _items(self) -> list[tuple[str, LedgerName]]:
        """Each item that a line may name, as it was read last, by what the lines call it."""
        return [(f"@{self._linked[row.entity, row.remote_id]}", row) for row in self._rows if row.entity == "Item"]

    @property
    def _is_taxed(self) -> bool:
        return self.connection is not None and self.connection.is_taxed

    @property
    def _tax_labels(self) -> Names:
        rows = self.reads.rows(self.item.company_id, "TaxCode") if self._is_taxed else []
        return {("TaxCode", row.remote_id): row.name for row in rows}

    @property
    def _has_classes(self) -> bool:
        """Whether its lines can have a class, and QuickBooks tracks them."""
        return CLASS_LINE in self.exporter.line_fields and features.is_on(self._switches, features.CLASSES)

    @property
    def _class_labels(self) -> Names:
        rows = self.reads.rows(self.item.company_id, "Class") if self._has_classes else []
        return {("Class", row.remote_id): row.fully_qualified_name for row in rows}

    def _source(self, choices: Choices) -> Source:
        first = features.opens_on(self._switches)
        return replace(
            super()._source(choices),
            linked=not self._is_new,
            before=None if self._is_new or not self._last_taken else self._last_taken.posting.get("payload"),
            dated_before=str(self._last_taken.document.get("date", "")) if self._last_taken else "",
            opens_on=first.isoformat() if first else "",
            own_numbers=features.is_on(self._switches, features.OWN_SALES_NUMBERS),
            taxed=self._is_taxed,
            currency=currencies.said_on_documents(self._switches),
        )

    def posting(self, choices: Choices) -> Posting:
        payload = self.exporter.payload(self._told(choices))
        lines = [*payload["Line"], *(line for _, one in self._carried for line in one["Line"])]
        return Posting(
            entity=self.exporter.entity,
            operation="create" if self._is_new else "update",
            title=self._title,
            facts=[*self._head(payload), *self._effect(payload), *self._fate(choices)],
            payload=payload,
            columns=self.exporter.columns,
            lines=[self._with_unit(row) for row in self.exporter.rows(lines, self._labels)],
            total=_total(lines),
            total_of=gettext_noop("This change") if self.exporter.appends else "",
            ledger=self._books,
        )

    def changing(self, posting: Posting) -> list[LinkChange]:
        """Nothing of a change order, whose lines are added, nor of what takes the place of another."""
        return [] if self.exporter.appends or self._is_new else super().changing(posting)

    def _head(self, payload: Document) -> list[Fact]:
        facts = [one for one in self.exporter.facts(payload, self._labels) if one.label != taxes.HEAD.label]
        title = self.exporter.title(self.document)
        order = [Fact(gettext_noop("Purchase order"), title)] if self.exporter.appends else []
        said = payload.get("CurrencyRef", {}).get("value", "")
        currency = [Fact(gettext_noop("Currency"), said)] if said else []
        return [*order, *facts, *currency, *self._tax(payload), *self._classes_of(payload)]

    def _classes_of(self, payload: Document) -> list[Fact]:
        said = sorted(self.exporter.chosen_in(payload).get(CLASS, ()))
        named = [self._labels.get(("Class", one), one) for one in said]
        off = any(line[self.exporter.detail].get("ClassRef") == CLEARED for line in payload["Line"])
        return [Fact(gettext_noop("Class"), one) for one in [*named, *["(cleared)"] * off]]

    def _tax(self, payload: Document) -> list[Fact]:
        """Which tax codes the lines have; QuickBooks counts the tax, and no total here has it in it."""
        if not self._is_taxed or not self.exporter.tax_choices(self.document):
            return []
        told = {self._tax_of(line) for line in payload["Line"]}
        return [Fact(gettext_noop("Tax"), f"{', '.join(sorted(told))}; QuickBooks adds it on top of this total")]

    def _tax_of(self, line: Document) -> str:
        code = (line[self.exporter.detail].get("TaxCodeRef") or {}).get("value", "")
        return self._labels.get(("TaxCode", code), code) or _OPEN

    def _with_unit(self, row: list[str]) -> list[str]:
        """A row with the unit of measure behind its quantity, which QuickBooks has no place for."""
        at = self.exporter.columns.index("Qty")
        return [*row[:at], f"{row[at]} {self._units.get(row[0], '')}".strip(), *row[at + 1 :]]

    @cached_property
    def _units(self) -> dict[str, str]:
        return {line["key"]: line["uom"] for line in self.document["lines"] if line.get("quantity") and line.get("uom")}

    @property
    def _title(self) -> str:
        called = f"{self.exporter.noun} {self.exporter.title(self.document)}"
        if self.exporter.appends:
            return f"Change {called} by {self.document['number']}"
        return f"{'Replace' if self._replaces else 'New' if self._is_new else 'Change'} {called}"

    def _effect(self, payload: Document) -> list[Fact]:
        """What a change order does to the total of its purchase order, as QuickBooks last showed it."""
        if not self.exporter.appends or self.link is None or self.link.total is None:
            return []
        before, change = self.link.total, self._change_of(payload)
        told = (
            (gettext_noop("Order before"), before),
            (gettext_noop("This change"), change),
            (gettext_noop("Order after"), before + change),
        )
        return [Fact(label, f"{money(amount):,.2f}", numeric=True) for label, amount in told]

    def _change_of(self, payload: Document) -> Decimal:
        """By how much the order grows: what an earlier revision of the change order has added is there already."""
        return _total(payload["Line"]) - self._of_this_before

    @property
    def _of_this_before(self) -> Decimal:
        """What an earlier revision of this change order has added already."""
        seen = self.link.seen if self.link else {}
        taken = self._last_taken.posting["payload"]["Line"] if self._last_taken else []
        keys = self.exporter.by_key({"Line": taken})
        return sum((Decimal(seen.get(f"Line.{key}.Amount") or 0) for key in keys), Decimal(0))

    def _fate(self, choices: Choices) -> list[Fact]:
        """What becomes of the order that is replaced, and what is carried over into the new one."""
        facts = []
        if self._replaces:
            fate = _FATES.get(choices.get("old_order", ""), _OPEN)
            why = Fact(gettext_noop("Why it is replaced"), self.document["replaces"])
            facts = [why, Fact(gettext_noop("The old order is"), fate)]
        carried = [f"{one.item.label} ({len(payload['Line'])})" for one, payload in self._carried]
        over = Fact(gettext_noop("Lines of change orders carried over"), ", ".join(carried))
        return [*facts, over] if carried else facts

    @cached_property
    def _carried(self) -> list[tuple[Submission, Document]]:
        """What change orders in QuickBooks have added: it goes into a new order of the commitment too."""
        if self.item.kind != Kind.COMMITMENT or not self._is_new:
            return []
        newest = {one.item_id: one for one in self.reads.changes_of(self.item.pk)}
        return [(one, one.posting["payload"]) for _, one in sorted(newest.items())]

    def choices(self) -> list[Choice]:
        stands_there = not self._is_new and self._day == self._day_there
        found = periods.choice_of(self._day, self.connection, stands_there=stands_there)
        if self._replaces:
            found.insert(0, _old_order())
        return [*found, *self.mapped_choices()]

    def mapped_choices(self) -> list[Choice]:
        return [*self._tax_codes(), *self._class()]

    @property
    def _class_needed(self) -> bool:
        """Whether it is accepted with a class alone; the company says that of bills."""
        return False

    def _class(self) -> list[Choice]:
        if not self._has_classes:
            return []
        needed = self._class_needed
        told = gettext_noop("The company wants a class on every bill.") if needed else ""
        choice = Choice(CLASS, gettext_noop("Class"), self._options(names.classes), required=needed, help=told)
        return self._usual(choice, Thing.CLASS)

    def _usual(self, choice: Choice, thing: Thing) -> list[Choice]:
        """The choice with the project's own proposed, else the company's; none where there is nothing to choose."""
        if not (choice.options or choice.required):
            return []
        return [replace(choice, initial=self._proposed(choice.name, choice.options, self._default(thing)))]

    def _tax_codes(self) -> list[Choice]:
        wanted = self.exporter.tax_choices(self.document) if self._is_taxed else ()
        options = self._options(names.tax_codes) if wanted else []
        found = []
        for name in wanted:
            thing = Thing(name)
            initial = self._proposed(name, options, self._default(thing))
            found.append(Choice(name, thing.label, options, initial=initial))
        return found

    @property
    def _day_there(self) -> str:
        """The date of the document that stands in QuickBooks."""
        return str(self.link.seen.get("TxnDate", "")) if self.link else ""

    @cached_property
    def _day(self) -> str:
        """The date that closed books are asked of. Neither the one that a document has may lie in them nor the one
        that it gets: the first as long as it does, else the second.
        """
        day: str = self.document["date"]
        if self._is_new:
            return day
        there, before = self._day_there, self._last_taken.posting["payload"] if self._last_taken else {}
        ours = self.exporter.payload(self._source({})).get("TxnDate", there)
        keeps = ours == before.get("TxnDate") or periods.in_closed_period(there, self.connection)
        return there if keeps else str(ours)

    def checks(self) -> list[Check]:
        found = [
            *self._connected(),
            *self._sendable(),
            *self._switched_on(),
            *self._taxable(),
            *self._first_written(),
            *self._whole(),
            *self._required(),
            *self._inactive(),
            *self._numbers(),
            *self._currency(),
            *self._order(),
            *self._closed_books(),
            *self._papers(needed=False),
        ]
        return found or [Check("ok", gettext("Nothing speaks against it."))]

    def _papers(self, *, needed: bool) -> list[Check]:
        """What of the vendor's papers speaks against it."""
        item = (self.document.get("vendor") or {}).get("item")
        vendor = Vendor.objects.filter(erp=item).first() if item else None
        return list(against(vendor, date.fromisoformat(self.document["date"]), needed=needed)) if vendor else []

    def _first_written(self) -> list[Check]:
        """Not of a change order, which adds to what stands there, nor of what takes the place of another."""
        return [] if self.exporter.appends or self._is_new else super()._first_written()

    def _whole(self) -> list[Check]:
        """Whether it is a document of which no line is ours, and that nothing is written into."""
        if self.link is None or self.exporter.appends or not is_whole(self.link):
            return []
        told = linked_as_a_whole(f"{gettext(self.exporter.noun)} “{self.exporter.title(self.document)}”")
        return [Check("stop", told, who=BOOKKEEPER)]

    @cached_property
    def _page(self) -> str:
        return reverse("quickbooks_bridge:connection")

    def _switched_on(self) -> list[Check]:
        """What has to be switched on in QuickBooks before it takes such a document."""
        estimate = self.exporter.entity == "Estimate"
        needed = editions.NEEDED.get(Kind(self.item.kind), "")
        found = []
        if needed and features.is_off(self._switches, needed):
            told = gettext(editions.switched_off(needed))
            found.append(Check("stop", told, editions.page(), gettext_noop("Set up QuickBooks"), ADMINISTRATOR))
        if not estimate and features.is_off(self._switches, features.EXPENSES_BY_CUSTOMER):
            told = gettext("QuickBooks does not track expenses by customer, so the lines may lose their job.")
            found.append(Check("look", told, self._page, _CONNECTION, ADMINISTRATOR))
        return found

    def _taxable(self) -> list[Check]:
        """Whether QuickBooks has a tax code to choose, where every line needs one."""
        wanted = self._tax_codes()
        if not wanted or wanted[0].options:
            return []
        told, label = gettext(bill_setup.NO_TAX_CODE), gettext_noop("Set up invoices")
        return [Check("stop", told, bill_setup.page(), label, ADMINISTRATOR)]

    def _required(self) -> list[Check]:
        """Each record that is not in QuickBooks yet: this one waits for it."""
        missing = self.item.requires.filter(synced_revision__isnull=True).order_by("kind", "label")
        return [_waits_for(one) for one in missing]

    def _inactive(self) -> list[Check]:
        """Each name that was merged away or made inactive in QuickBooks, and each item that cannot be bought."""
        return [*self._merged(), *(check for row in self._rows for check in self._of_row(row))]

    def _merged(self) -> Iterator[Check]:
        """Each record that is none of QuickBooks' any more, with its card."""
        for link in self._links:
            if link.health == Health.MERGED:
                card = Drift.objects.filter(link=link, answer=DriftAnswer.OPEN).first()
                told = gettext(
                    "%(item)s is not in QuickBooks any more: it was merged into another there. Follow the merge first."
                )
                page, key = ("quickbooks_bridge:drift", card.pk) if card else ("acceptance:review", link.item_id)
                sentence = filled(told, {"item": named_openly(link.item)})
                yield Check("stop", sentence, reverse(page, args=[key]), _LOOK, APPROVER, link.item.kind)

    @cached_property
    def _rows(self) -> list[LedgerName]:
        """The names of QuickBooks that the document refers to, as they were read last."""
        rows = self.reads.rows(self.item.company_id, *NAMED, ids={key for _, key in self._linked})
        return [row for row in rows if (row.entity, row.remote_id) in self._linked]

    @cached_property
    def _linked(self) -> dict[tuple[str, str], int]:
        """Which record each name is that the document refers to, or the change orders that are carried over."""
        return {(one.entity, one.remote_id): one.item_id for one in self._links}

    @cached_property
    def _links(self) -> list[Link]:
        documents = [self._named(), *(one.document for one, _ in self._carried)]
        asked = {one["item"] for one in refs_in(documents)}
        return list(self.reads.links_of(self.item.company_id, asked))

    def _named(self) -> Document:
        """The part of the document whose names have to be good for use."""
        return self.document

    def _of_row(self, row: LedgerName) -> Iterator[Check]:
        name, kind, noun = row.fully_qualified_name, names.noun_of(row.entity), gettext(self.exporter.noun)
        if not row.active:
            told = gettext(
                "The %(kind)s “%(name)s” is inactive in QuickBooks. Make it active again there, then read the names."
            )
            yield Check("stop", told % {"kind": kind, "name": name}, self._page, _CONNECTION, BOOKKEEPER)
        if row.entity != "Item" or self.exporter.entity == "Estimate":
            return
        if names.is_stocked(row):
            told = gettext(
                "The item “%(name)s” is stocked in QuickBooks: what is bought of it goes into stock and is no cost of "
                "the job. Link the cost code to a service item instead, or let the bookkeeper look at it."
            )
            yield Check("look", told % {"name": name}, self._page, _CONNECTION, BOOKKEEPER)
        if "ExpenseAccountRef" not in row.detail:
            told = gettext(
                "The %(kind)s “%(name)s” has no expense account in QuickBooks, so it cannot stand on a %(noun)s. Let "
                "the bookkeeper give it one, then read the names."
            )
            named = {"kind": kind, "name": name, "noun": noun}
            yield Check("stop", told % named, self._page, _CONNECTION, BOOKKEEPER)

    def _numbers(self) -> list[Check]:
        if self.item.kind != Kind.COMMITMENT or not self._is_new:
            return []
        number = self.document["number"]
        found = []
        if features.is_off(self._switches, features.OWN_ORDER_NUMBERS):
            told = gettext(
                "QuickBooks numbers its purchase orders itself, so it would not keep the number %(number)s. Switch on "
                "“Custom transaction numbers” there under Account and settings, Expenses; then read the names again."
            )
            found.append(Check("stop", told % {"number": number}, self._page, _CONNECTION, ADMINISTRATOR))
        taken = Link.objects.filter(company_id=self.item.company_id, entity=self.exporter.entity, name=number)
        others = taken.exclude(item=self.item).select_related("item__project")[:_SHOWN]
        found += [_has_number(number, link.item) for link in others]
        found += self._typed(number)
        if self._replaces:
            told = gettext(
                "If the old order is closed it keeps the number %(number)s; a QuickBooks company that warns of "
                "repeated numbers may refuse the new one then."
            )
            found.append(Check("look", told % {"number": number}))
        return found

    def _typed(self, number: str) -> list[Check]:
        """Orders of this number that somebody typed, of a company whose documents were read to be matched."""
        if self.connection is None or self.connection.onboards_from is None or self._replaces:
            return []
        rows = typed_twins(self.item.company_id, self.exporter.entity, number)
        return [_may_be_the_same(row) for row in rows[:_SHOWN]]

    def _currency(self) -> list[Check]:
        """Each vendor or customer in another currency than the books; the console posts but one."""
        foreign = [row for row in self._rows if currencies.is_foreign(row, self._switches)]
        told = [currencies.why_not(row, self._switches) for row in foreign]
        return [Check("stop", one, self._page, _CONNECTION, BOOKKEEPER) for one in told]

    def _order(self) -> list[Check]:
        """What is known of the purchase order that a change order adds to."""
        if not self.exporter.appends or self.link is None:
            return []
        seen, found = self.link.seen, []
        if seen.get("POStatus") == "Closed":
            told = gettext(
                "The purchase order was closed in QuickBooks when it was last seen; a closed one takes no change. Let "
                "the bookkeeper open it."
            )
            found.append(Check("look", told, who=BOOKKEEPER))
        elif seen.get("Bills", "0") != "0":
            told = gettext(
                "Bills are made from this order in QuickBooks; the change is added and what is billed stays."
            )
            found.append(Check("look", told))
        after = (self.link.total or Decimal(0)) + self._change_of(self.exporter.payload(self._source({})))
        if self.link.total is not None and after < 0:
            told = gettext("The order would come to %(total)s, and QuickBooks takes none below zero.")
            found.append(self._by_sender(told % {"total": f"{after:,.2f}"}))
        return found

    def _closed_books(self) -> list[Check]:
        day = self._day
        closed = periods.in_closed_period(day, self.connection)
        if closed is None:
            return []
        told = gettext("The books are closed through %(closed)s, and this is dated %(day)s: choose below.")
        return [Check("look", told % {"closed": shown(closed), "day": shown(date.fromisoformat(day))})]


def _waits_for(item: ErpItem) -> Check:
    """It comes by itself if `item` is on its way, and if not, somebody has to do something about that one."""
    on_its_way = item.status in (Status.SENT, Status.EXPORTING)
    why = {
        Status.SENT: gettext("%(kind)s %(item)s is not accepted yet; this record will wait for it."),
        Status.EXPORTING: gettext("%(kind)s %(item)s is on its way to QuickBooks; this record will wait for it."),
        Status.FAILED: gettext("%(kind)s %(item)s did not reach QuickBooks; this record will wait for it."),
    }.get(Status(item.status), gettext("%(kind)s %(item)s is not sent yet; this record will wait for it."))
    sentence = why % {"kind": gettext(item.get_kind_display()), "item": item.label}
    where, who = reverse("acceptance:review", args=[item.pk]), _who_sends_on(item)
    return Check("wait" if on_its_way else "look", sentence, where, _LOOK, who, item.kind)


def _who_sends_on(item: ErpItem) -> str:
    """Who takes a record that is not in QuickBooks a step nearer; the machine does where nobody has to."""
    if item.status == Status.EXPORTING:
        return ""
    return APPROVER if item.status in (Status.SENT, Status.FAILED) else senders_of(item.kind)


def _old_order() -> Choice:
    """What becomes of the order that is replaced."""
    told = gettext_noop(
        "The corrected order takes its place, with the lines of the change orders that are in QuickBooks."
    )
    options = [
        (DELETE, gettext("Delete it in QuickBooks")),
        (CLOSE, gettext("Close it in QuickBooks and keep it there")),
    ]
    return Choice("old_order", gettext_noop("The old order"), options, help=told)


def _has_number(number: str, other: ErpItem) -> Check:
    """That another record is a purchase order of this number."""
    told = gettext("QuickBooks has a purchase order %(number)s already: %(item)s.")
    if other.project:
        told = gettext("QuickBooks has a purchase order %(number)s already: %(item)s of %(project)s.")
    project = other.project.label if other.project else ""
    sentence = filled(told, {"number": number, "item": named_openly(other), "project": project})
    return Check("look", sentence, reverse("acceptance:review", args=[other.pk]), _LOOK)


def _may_be_the_same(row: OpeningDocument) -> Check:
    """That somebody typed an order of this number."""
    told = gettext(
        "Somebody typed a purchase order of this number in QuickBooks: %(number)s of %(party)s, %(total)s. It may be "
        "the same one; then link it instead."
    ) % {"number": row.number, "party": row.party, "total": f"{row.total:,.2f}"}
    return Check("look", told, reverse("quickbooks_bridge:opening_document", args=[row.pk]), _LOOK)


def _total(lines: list[Document]) -> Decimal:
    return money(sum((Decimal(line["Amount"]) for line in lines), Decimal(0)))
