"""What the approver sees before they decide: the posting, the choices, and what speaks for and against. No network."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from functools import cached_property, partial

from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext, gettext_noop
from rapidfuzz import fuzz, process

from procore_sync.acceptance.courier import Check, Choice, Choices, LinkChange, Posting
from procore_sync.acceptance.kinds import spec_of
from procore_sync.acceptance.models import Document, ErpItem, Submission
from procore_sync.acceptance.states import Status
from procore_sync.accounts.curing import IMPORTERS, senders_of
from procore_sync.kit.kept import in_the_readers_words
from procore_sync.kit.kinds import Kind
from procore_sync.kit.text import normalise, same_name_key
from quickbooks_bridge import currencies, names
from quickbooks_bridge.connections import sending_obstacle_of
from quickbooks_bridge.drift_models import Drift, DriftAnswer
from quickbooks_bridge.exporters.base import JOBS_MODE, Exporter, Field, Source, flat
from quickbooks_bridge.exporters.figures import shown
from quickbooks_bridge.exporters.registry import exporter_for
from quickbooks_bridge.importers.candidates import is_linkable
from quickbooks_bridge.links import import_url
from quickbooks_bridge.models import Connection, Cursor, CustomerMode, LedgerName, Link, Thing
from quickbooks_bridge.reads import Options, Reads
from quickbooks_bridge.references import numbers_of, resolved_as_far

NEAR = 90.0
STALE_AFTER = timedelta(hours=26)
_SHOWN_NEAR = 3
#: Who cures what speaks against a record, beside its sender.
BOOKKEEPER, ADMINISTRATOR, ACCOUNTANT, APPROVER = "bookkeeper", "administrator", "accountant", "approver"


def reference_of(company_key: str, item_id: int) -> str:
    """The mark of an item in QuickBooks: the company's key and the item, unlike any other installation's."""
    return f"{company_key}-{item_id}"


@dataclass(frozen=True)
class Preview:
    """One item before the decision. `reads` is whom it asks, so that many can be shown for the questions of one."""

    item: ErpItem
    document: Document
    exporter: Exporter
    reads: Reads = field(default_factory=Reads)

    @classmethod
    def of(cls, item: ErpItem, document: Document, reads: Reads | None = None) -> Preview:
        """The preview of `item` saying `document`."""
        return cls(item, document, exporter_for(item.kind, document), reads or Reads())

    @cached_property
    def connection(self) -> Connection | None:
        """The company's connection as it is now."""
        return self.reads.connection(self.item.company_id)

    @cached_property
    def link(self) -> Link | None:
        """What the record is in QuickBooks, or is written into."""
        return self.reads.link(self.item, self.document)

    def _options(self, offered: Callable[[int], Options]) -> Options:
        return self.reads.options(self.item.company_id, offered)

    def posting(self, choices: Choices) -> Posting:
        """What QuickBooks is to get."""
        payload = self.exporter.payload(self._told(choices))
        verb = "Change" if self.link else "New"
        return Posting(
            entity=self.exporter.entity,
            operation="update" if self.link else "create",
            title=f"{verb} {self.exporter.entity.lower()} {self.exporter.name_of(payload)}",
            facts=self.exporter.facts(payload, self._names_in(payload)),
            payload=payload,
            ledger=self._books,
        )

    @property
    def _books(self) -> str:
        """The QuickBooks company for which it is accepted; "" while none is connected."""
        return self.connection.realm_id if self.connection else ""

    def _told(self, choices: Choices) -> Source:
        """All that the payload is made of, with what was sent before, is offered still, and is not chosen now. What
        cannot be chosen any more stays there.
        """
        source = self._source(choices)
        sent = self.exporter.chosen_in(source.before) if source.before and self.reads.follows(self.item) else {}
        left = (one for one in self.mapped_choices() if not choices.get(one.name)) if any(sent.values()) else ()
        offered = {one.name: {key for key, _ in one.options} for one in left}
        left_out = frozenset(name for name, keys in offered.items() if sent.get(name, set()) & keys)
        return replace(source, left_out=left_out)

    def _source(self, choices: Choices) -> Source:
        return Source(
            document=self.document,
            choices=choices,
            reference=reference_of(self.item.company.key, self.item.pk),
            revision=self.item.revision,
            customer_mode=self.connection.customer_mode if self.connection else JOBS_MODE,
            before=self._last_taken.posting.get("payload") if self._last_taken else None,
            linked=self.link is not None,
            full_name=self.link.name if self.link else "",
            seen=self.link.seen if self.link else {},
        )

    @cached_property
    def _last_taken(self) -> Submission | None:
        """The sending that QuickBooks took last, if the record stands there."""
        return self.reads.taken(self.item) if self.link else None

    def _names_in(self, payload: Document) -> dict[tuple[str, str], str]:
        values = flat(payload)
        asked = {(one.refers_to, str(values[one.path])) for one in self.exporter.fields if one.path in values}
        lists = [entity for entity, _ in asked if entity]
        if not lists:
            return {}
        rows = self.reads.rows(self.item.company_id, *lists, ids={value for _, value in asked})
        return {(row.entity, row.remote_id): row.fully_qualified_name for row in rows}

    def changing(self, posting: Posting) -> list[LinkChange]:
        """What QuickBooks held otherwise when it was last seen, ids by their names."""
        if self.link is None:
            return []
        payload = resolved_as_far(posting.payload, numbers_of([posting.payload], self.item.company_id))
        found = self.exporter.changing(payload, self.link.seen)
        named = {one.of.refers_to for one in found if one.of.refers_to}
        ids = {value for one in found if one.of.refers_to for value in (one.held, one.sent)}
        rows = self.reads.rows(self.item.company_id, *named, ids=ids) if named else []
        called = {(row.entity, row.remote_id): row.fully_qualified_name for row in rows}
        return [
            LinkChange(one.label, _told(one.of, one.held, called), _told(one.of, one.sent, called)) for one in found
        ]

    def choices(self) -> list[Choice]:
        """What the approver picks; what was picked for it before, or the company's default, stands there already."""
        return _CHOICES[self.item.kind](self) if self.item.kind in _CHOICES else []

    def mapped_choices(self) -> list[Choice]:
        """Those of the choices for which a mapping can stand there already."""
        return self.choices() if self.item.kind in _MAPPED else []

    def _proposed(self, name: str, options: list[tuple[str, str]], *others: str) -> str:
        """What was chosen for this very record before, else the first of `others`; "" if that is not offered.

        What was chosen for another record is no rule for this one.
        """
        own, offered = self._chosen_before.get(name), {key for key, _ in options}
        return next((one for one in ([own] if own else others) if one in offered), "")

    @cached_property
    def _chosen_before(self) -> Choices:
        """What was chosen for this record last, whatever became of it."""
        return self.reads.chosen_before(self.item)

    @cached_property
    def _defaults(self) -> dict[str, str]:
        """What the company takes where nothing else is chosen, by thing; the project's own comes before."""
        return self.reads.mapped(self.item)

    def _default(self, thing: Thing) -> str:
        return self._defaults.get(thing, "")

    def _held(self, path: str) -> str:
        """What QuickBooks held of the linked record when it was last seen."""
        return str(self.link.seen.get(path, "")) if self.link else ""

    def account(self, name: str, label: str, types: tuple[str, ...], thing: Thing, path: str) -> Choice:
        """An account to pick among those of fitting types."""
        options = self._options(_ACCOUNTS[types])
        held, proposed = self._held(path), self._proposed(name, options, self._default(thing))
        stays = any(held == key for key, _ in options) and not self._is_ours_again(name, path, options)
        return Choice(name, label, options, initial=held if stays else proposed)

    def _is_ours_again(self, name: str, path: str, options: list[tuple[str, str]]) -> bool:
        """Whether what was chosen before goes over what was changed there since: somebody has sent ours again."""
        own = self._chosen_before.get(name)
        if self.link is None or own in (None, self._held(path)) or all(own != key for key, _ in options):
            return False
        since = self.link.verified_at or self.link.created_at
        cards = Drift.objects.filter(link=self.link, answered_at__gt=since).exclude(answer__in=_NOT_ANSWERED)
        named = (one for one in cards.order_by("-answered_at") if any(value["name"] == path for value in one.fields))
        last = next(named, None)
        return last is not None and last.answer == DriftAnswer.SENT

    def checks(self) -> list[Check]:
        """What speaks for and against acceptance, from what is known here."""
        found = [
            *self._connected(),
            *self._sendable(),
            *self._first_written(),
            *self._fresh(),
            *self._names(),
            *self._beside(),
        ]
        return found or [Check("ok", gettext("Nothing speaks against it."))]

    def _connected(self) -> list[Check]:
        obstacle = sending_obstacle_of(self.connection)
        if obstacle is None:
            return []
        label = gettext_noop("QuickBooks connection")
        if self.connection is None:
            page = reverse("quickbooks_bridge:connection")
            return [Check("stop", gettext("QuickBooks is not connected yet."), page, label, obstacle.who)]
        label = label if obstacle.where else ""
        return [Check("wait", in_the_readers_words(obstacle.sentence), obstacle.where, label, obstacle.who)]

    def _first_written(self) -> list[Check]:
        """That nothing of ours was ever written there, so that more changes than what was edited here since."""
        if self.link is None or self._last_taken is not None:
            return []
        told = gettext(
            "It was linked to what was in QuickBooks already, and this is the first time anything is written there: "
            "see under What changed what will be different."
        )
        return [Check("look", told), *self._left(self.link)]

    def _left(self, link: Link) -> list[Check]:
        """What was never ours stays there, though the record may have said it and says it no more."""
        found = self.exporter.left(self.exporter.payload(self._source({})), link.seen)
        if not found:
            return []
        values = ", ".join(f"{gettext(label)} “{value}”" for label, value in found)
        told = gettext(
            "The record says nothing of what stays in QuickBooks as it is: %(values)s. If it is wrong, let the "
            "bookkeeper take it off there."
        )
        return [Check("look", told % {"values": values})]

    def _sendable(self) -> list[Check]:
        return [self._by_sender(sentence) for sentence in self.exporter.problems(self.document)]

    def _by_sender(self, sentence: str) -> Check:
        """A stop that is cured in the record itself, once it is given back to its sender."""
        spec = spec_of(self.item.kind)
        page = spec.url(spec.record_of(self.item))
        return Check("stop", sentence, page, gettext_noop("Open the record"), senders_of(self.item.kind))

    @cached_property
    def _lists(self) -> tuple[str, ...]:
        """The lists of QuickBooks in which the name has to be free."""
        return (self.exporter.entity, *self.exporter.shares_names_with)

    @cached_property
    def _read_at(self) -> datetime | None:
        """When the list read longest ago was read; None if one of them never was."""
        cursors = Cursor.objects.filter(company_id=self.item.company_id, entity__in=self._lists)
        moments = [moment for moment in cursors.values_list("last_run_at", flat=True) if moment]
        return min(moments) if len(moments) == len(self._lists) else None

    def _fresh(self) -> list[Check]:
        page, label = reverse("quickbooks_bridge:connection"), gettext_noop("Read names")
        if self._read_at is None:
            sentence = gettext(
                "The names of QuickBooks have not been read yet, so a name that is taken would show only on export."
            )
            return [Check("look", sentence, page, label, APPROVER)]
        if timezone.now() - self._read_at > STALE_AFTER:
            sentence = gettext("The names of QuickBooks were last read more than a day ago.")
            return [Check("look", sentence, page, label, APPROVER)]
        return []

    def _names(self) -> list[Check]:
        name = self.exporter.name_of(self.exporter.payload(self._source({})))
        rows = [row for row in names.names_of(self.item.company_id, *self._lists) if not self._is_own(row)]
        same = [row for row in rows if same_name_key(row.name) == same_name_key(name)]
        if same:
            # What it is called there already is no question: of sub-items several may have one name.
            return [] if self._held(self.exporter.name_field) == name else [self._taken(row) for row in same]
        near = self._near(name, rows)
        return [self._resembles(row) for row in near] or self._free()

    def _free(self) -> list[Check]:
        """That the name is free; nothing while that is not known, which `_fresh` says."""
        named = gettext(" or ").join(names.noun_of(one) for one in self._lists)
        told = gettext("QuickBooks has no %(kinds)s of this name.") % {"kinds": named}
        return [Check("ok", told)] if self._read_at else []

    def _is_own(self, row: LedgerName) -> bool:
        link = self.link
        return link is not None and (row.entity, row.remote_id) == (link.entity, link.remote_id)

    def _taken(self, row: LedgerName) -> Check:
        told = gettext("QuickBooks has the %(kind)s “%(name)s” of this name already.")
        if not row.active:
            told = gettext("QuickBooks has the inactive %(kind)s “%(name)s” of this name already.")
        sentence = told % _called(row)
        if row.entity == self.exporter.entity and not self.link and is_linkable(row, self.item.kind, self._mode):
            return Check("stop", sentence, import_url(self.item.pk), _LINK_INSTEAD, IMPORTERS)
        cure = gettext("It keeps them in one list, so give this one another name.")
        return self._by_sender(f"{sentence} {cure}")

    @property
    def _mode(self) -> str:
        return self.connection.customer_mode if self.connection else CustomerMode.JOBS

    def _near(self, name: str, rows: list[LedgerName]) -> list[LedgerName]:
        choices = {at: row.matching for at, row in enumerate(rows) if row.active and row.matching}
        found = process.extract(
            normalise(name), choices, scorer=fuzz.token_sort_ratio, score_cutoff=NEAR, limit=_SHOWN_NEAR
        )
        return [rows[at] for _, _, at in found]

    def _resembles(self, row: LedgerName) -> Check:
        sentence = gettext("QuickBooks has the %(kind)s “%(name)s”, which is nearly this name.") % _called(row)
        own = row.entity == self.exporter.entity and not self.link
        if own and is_linkable(row, self.item.kind, self._mode):
            return Check("look", sentence, import_url(self.item.pk), _LINK_INSTEAD, IMPORTERS)
        return Check("look", sentence)

    def _beside(self) -> list[Check]:
        """Another record of ours that is on its way under the same name."""
        if self.item.kind == Kind.COST_CODE:
            return []
        rivals = ErpItem.objects.filter(
            company_id=self.item.company_id,
            kind__in=(Kind.VENDOR, Kind.PROJECT),
            label__iexact=self.item.label,
            status__in=(Status.SENT, Status.EXPORTING, Status.FAILED),
        ).exclude(pk=self.item.pk)
        return [_same_name(one) for one in rivals[:_SHOWN_NEAR]]


def _told(of: Field, value: str, called: Mapping[tuple[str, str], str]) -> str:
    """A value as a person reads it."""
    return called.get((of.refers_to, value), value) if of.refers_to else shown(of.path, value)


_LINK_INSTEAD = gettext_noop("Link instead")
#: Answers to a card that say nothing of whose value shall stand.
_NOT_ANSWERED = (DriftAnswer.OPEN, DriftAnswer.IGNORED, DriftAnswer.ENDED)


def _called(row: LedgerName) -> dict[str, str]:
    return {"kind": names.noun_of(row.entity), "name": row.fully_qualified_name}


def _same_name(rival: ErpItem) -> Check:
    told = gettext(
        "The %(kind)s %(item)s has the same name and waits too; QuickBooks will take only the first of them."
    ) % {"kind": gettext(rival.get_kind_display()).lower(), "item": rival.label}
    return Check("look", told, reverse("acceptance:review", args=[rival.pk]), gettext_noop("Look at it"))


def _of_cost_code(preview: Preview) -> list[Choice]:
    income, expense = gettext_noop("Income account"), gettext_noop("Expense account")
    return [
        preview.account("income_account", income, names.INCOME_TYPES, Thing.INCOME_ACCOUNT, "IncomeAccountRef.value"),
        preview.account(
            "expense_account", expense, names.EXPENSE_TYPES, Thing.EXPENSE_ACCOUNT, "ExpenseAccountRef.value"
        ),
    ]


def _of_vendor(preview: Preview) -> list[Choice]:
    options = preview._options(names.terms)
    if not options:
        return []
    said = preview.item.vendor.terms_hint
    named = next((key for key, label in options if label.casefold() == said.casefold()), "")
    proposed = preview._proposed("terms", options, named or preview._default(Thing.TERMS))
    held = "" if preview._is_ours_again("terms", "TermRef.value", options) else preview._held("TermRef.value")
    initial = held or proposed
    return [Choice("terms", gettext_noop("Terms"), options, required=False, initial=initial, help=_usual(said, named))]


def _usual(said: str, named: str) -> str:
    """What the sender says of the terms, and whether QuickBooks has them."""
    told = gettext("The sender named “%(terms)s” as usual.")
    if not named:
        told = gettext("The sender named “%(terms)s” as usual; QuickBooks has no terms of this name.")
    return told % {"terms": said} if said else ""


def _of_project(preview: Preview) -> list[Choice]:
    mode = preview.connection.customer_mode if preview.connection else CustomerMode.JOBS
    if preview.link or mode != CustomerMode.JOBS:
        return []
    options = _in_our_currency(preview)
    label, told = gettext_noop("Customer"), gettext_noop("The project becomes a job under this customer.")
    return [Choice("customer", label, options, initial=preview._proposed("customer", options), help=told)]


def _in_our_currency(preview: Preview) -> list[tuple[str, str]]:
    """The customers that a job can be put under. A job has the currency of its customer: none of another currency."""
    switches = preview.connection.features if preview.connection else {}
    foreign = {row.remote_id for row in _foreign_customers(preview, switches)}
    return [one for one in names.customers(preview.item.company_id) if one[0] not in foreign]


def _foreign_customers(preview: Preview, switches: Mapping[str, str]) -> list[LedgerName]:
    if not currencies.has_several(switches):
        return []
    rows = names.names_of(preview.item.company_id, "Customer")
    return [row for row in rows if currencies.is_foreign(row, switches)]


#: The accounts of these types, as a list of one name: a list that is offered is known by what offers it.
_ACCOUNTS: dict[tuple[str, ...], Callable[[int], Options]] = {
    types: partial(names.accounts, types=types) for types in (names.INCOME_TYPES, names.EXPENSE_TYPES)
}
#: Kinds of which each choice has its mapping.
_MAPPED = frozenset({Kind.COST_CODE, Kind.VENDOR})
_CHOICES: dict[str, Callable[[Preview], list[Choice]]] = {
    Kind.COST_CODE: _of_cost_code,
    Kind.VENDOR: _of_vendor,
    Kind.PROJECT: _of_project,
}
