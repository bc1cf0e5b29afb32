"""The books of one company: its documents, the names that are taken, and what a create or an update does to them."""

import json
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Protocol

from . import faults
from .cleaning import clean
from .clock import Clock, day, instant, stamp
from .currencies import currency_of
from .entity import Entity
from .links import follow, linked, may_go
from .postings import settle
from .records import Document, Record
from .rules import DELETED, RULES, nest
from .store import Store
from .switches import Switches
from .tables import ENTITIES

Key = tuple[str, str]
FIRST_NUMBER = 1001
#: A longer number is somebody's own, and nothing to count on from.
LONGEST_COUNTED = 9
LONGEST_NOTE = 4000
_CURRENCIES = {
    "USD": {"value": "USD", "name": "United States Dollar"},
    "CAD": {"value": "CAD", "name": "Canadian Dollar"},
}


class Hears(Protocol):
    """What is told of every change that an app may want to know of."""

    def happened(self, realm: str, entity: str, key: str, operation: str, gone: str = "") -> None:
        """`operation` is Create, Update, Delete, Merge or Void; `gone` is the entry that a merge made vanish."""


@dataclass(frozen=True)
class Surroundings:
    """What all companies of one emulator share."""

    clock: Clock
    store: Store
    switches: Switches
    webhooks: Hears


class Books:
    """One company. Every change is checked whole before anything moves, so a refused write leaves no trace."""

    def __init__(self, realm: str, surroundings: Surroundings) -> None:
        self.realm = realm
        self.around = surroundings
        self.records: dict[str, dict[str, Record]] = {name: {} for name in ENTITIES}
        self.currency = _CURRENCIES["USD"]
        self._names: dict[tuple[str, str, str], Key] = {}
        self._referrers: dict[Key, set[Key]] = defaultdict(set)
        self._counters: dict[str, int] = defaultdict(int)
        self._numbers: dict[str, int] = defaultdict(int)
        self._linking: dict[Key, dict[Key, None]] = defaultdict(dict)
        self._of_number: dict[Key, dict[str, None]] = defaultdict(dict)
        self.deleted: dict[str, dict[str, Record]] = {name: {} for name in ENTITIES}

    # reading

    def find(self, entity: Entity, key: str) -> Record | None:
        """The record, or None. A company's only CompanyInfo or Preferences is found by any id that names it."""
        rows = self.records[entity.name]
        if entity.only_one:
            return rows.get("1") if key in ("", "1", self.realm) else None
        return rows.get(key)

    def get(self, entity: Entity, key: str) -> Record:
        """The record; 2030 when the id is no number, 610 when it is not there."""
        record = self.find(entity, key)
        if record is not None:
            return record
        if key and not (key.isascii() and key.isdigit()):
            raise faults.bad_id(key)
        raise faults.not_found()

    def named(self, entity: Entity, name: str) -> list[Record] | None:
        """Records with this name, without looking at every one; None where names are not unique in one space."""
        if self._is_scoped(entity) or not entity.shared_names or not self.around.switches["names_ignore_case"]:
            return None
        taken = self._names.get((entity.shared_names, "", self._fold(name)))
        return [self.records[entity.name][taken[1]]] if taken is not None and taken[0] == entity.name else []

    @property
    def info(self) -> Document:
        """The company's CompanyInfo."""
        return self.records["CompanyInfo"]["1"].document

    @property
    def preferences(self) -> Document:
        """The company's Preferences."""
        return self.records["Preferences"]["1"].document

    @property
    def closed_on(self) -> str:
        """The date the books are closed up to and including, or an empty string."""
        return str(self.preferences.get("AccountingInfoPrefs", {}).get("BookCloseDate", ""))

    def name_of(self, key: Key) -> str | None:
        """The name a reference to this record shows: the full one where there is one below a parent."""
        record = self.records[key[0]].get(key[1])
        if record is None:
            return None
        document = record.document
        shown = document.get("FullyQualifiedName") if key[0] == "Account" else None
        return shown or document.get(ENTITIES[key[0]].name_field)

    def linking(self, key: Key) -> list[tuple[str, Document]]:
        """The documents that point at this transaction by LinkedTxn: entity and document, the oldest first."""
        return [(name, self.records[name][own].document) for name, own in self._linking.get(key, ())]

    def with_number(self, entity: str, number: str) -> list[Record]:
        """The transactions of this DocNumber, whatever its case, without looking at every one."""
        return [self.records[entity][key] for key in self._of_number.get((entity, number.casefold()), ())]

    def next_number(self, entity: Entity) -> int:
        """The next DocNumber where QuickBooks gives it: one more than the highest there ever was."""
        return max(FIRST_NUMBER, self._numbers[entity.name] + 1)

    def referring(self, key: Key) -> list[Key]:
        """The entries of lists that refer to this entry of a list."""
        return sorted(self._referrers.get(key, ()))

    # writing

    def create(
        self,
        entity: Entity,
        given: Document,
        allowed: frozenset[str] = frozenset(),
        own: Document | None = None,
    ) -> Record:
        """A new record of what was given; `allowed` is the call's `include`. Raises Refused and changes nothing.

        `own` is what QuickBooks itself knows of it, past the read-only marks.
        """
        if not (entity.writable and entity.creatable):
            raise faults.unsupported(f"create {entity.name}")
        cleaned = clean(entity, given, self._limits(entity), entity.required)
        document = {**entity.defaults, **cleaned, **(own or {})}
        if "CurrencyRef" in entity.by_name:
            document["CurrencyRef"] = currency_of(self, entity, given, document)
        self._settle(entity, document, None, "", allowed)
        key = str(self._counters[entity.counter or entity.name] + 1)
        now = self.around.clock.now()
        document.update(
            domain="QBO",
            sparse=False,
            Id=key,
            SyncToken="0",
            MetaData={"CreateTime": stamp(now), "LastUpdatedTime": stamp(now)},
        )
        return self._written(entity, None, document, "Create")

    def update(self, entity: Entity, given: Document, allowed: frozenset[str] = frozenset()) -> Record:
        """The record as it stands after a full or a sparse update. Raises Refused and changes nothing."""
        return self._changed(entity, given, allowed, "Update")

    def _changed(self, entity: Entity, given: Document, allowed: frozenset[str], operation: str) -> Record:
        if not entity.writable:
            raise faults.unsupported(f"update {entity.name}")
        before = self._target(entity, given)
        sparse = given.get("sparse") in (True, "true") or entity.name == "Preferences"
        cleaned = clean(entity, given, self._limits(entity), entity.needed_though_sparse if sparse else entity.required)
        if entity.name == "Preferences":
            cleaned.get("AccountingInfoPrefs", {}).pop("BookCloseDate", None)
        document = self._merged(entity, before, cleaned, sparse)
        if "TxnTaxDetail" not in cleaned:
            # What stands there says nothing of what it will come to.
            document.pop("TxnTaxDetail", None)
        if sparse and self.around.switches["empty_string_in_sparse_update"] == "clears":
            for name in [name for name, value in given.items() if value == "" and name not in entity.required]:
                document.pop(name, None)
        self._activity(entity, before, document)
        self._settle(entity, document, before, str(given["SyncToken"]), allowed)
        if document == before and document.get("Active") is False:
            return self.records[entity.name][str(before["Id"])]
        now = self.around.clock.now()
        document["SyncToken"] = str(int(before["SyncToken"]) + 1)
        document["MetaData"] = {**before["MetaData"], "LastUpdatedTime": stamp(now)}
        return self._written(entity, before, document, self._called(before, document, operation))

    def _called(self, before: Document, document: Document, operation: str) -> str:
        """What a change is called to those who hear of it."""
        made_inactive = before.get("Active") is True and document.get("Active") is False
        return "Delete" if made_inactive and self.around.switches["webhook_of_inactive"] == "delete" else operation

    def _written(self, entity: Entity, before: Document | None, document: Document, operation: str) -> Record:
        record = self._put(entity, document)
        self.tell(entity.name, document["Id"], operation)
        if entity.is_transaction:
            follow(self, entity, before, document)
            return self.records[entity.name][document["Id"]]
        return record

    def delete(self, entity: Entity, given: Document) -> Record:
        """Take a transaction out for good; what is answered is less than CDC tells of it later. Raises Refused."""
        if not (entity.is_transaction or entity.deletable):
            raise faults.unsupported(f"delete {entity.name}")
        before = self._target(entity, given)
        if str(given["SyncToken"]) != before["SyncToken"]:
            raise faults.stale("another user")
        self._open_period(entity, {}, before)
        key = str(before["Id"])
        may_go(self, entity, key)
        left = self.strike(entity, key)
        self.tell(entity.name, key, "Delete")
        follow(self, entity, before, None)
        told = {name: value for name, value in left.document.items() if name != "MetaData"}
        return Record(told, json.dumps(told, separators=(",", ":")), left.updated)

    def strike(self, entity: Entity, key: str) -> Record:
        """Take a record out for good, whatever points at it; what CDC tells of it from now on."""
        self._unhold(entity, self.records[entity.name].pop(key).document)
        self.around.store.forget(entity.name, self.realm, key)
        left = self._bury(entity.name, key, stamp(self.around.clock.now()))
        self.around.store.keep("deleted", self.realm, f"{entity.name}:{key}", left.text)
        return left

    def _bury(self, name: str, key: str, at: str) -> Record:
        document = {"domain": "QBO", "status": "Deleted", "Id": key, "MetaData": {"LastUpdatedTime": at}}
        record = Record(document, json.dumps(document, separators=(",", ":")), instant(at) or 0.0)
        self.deleted[name][key] = record
        counter = ENTITIES[name].counter or name
        self._counters[counter] = max(self._counters[counter], int(key))
        return record

    def void(self, entity: Entity, given: Document) -> Record:
        """A bill payment and an invoice become nothing and say so; a bill cannot be voided, a journal entry stays."""
        before = self._target(entity, given)
        if entity.name == "JournalEntry":
            return self.records[entity.name][str(before["Id"])]
        if entity.name == "Bill":
            raise faults.unvoidable()
        if entity.name not in ("BillPayment", "Invoice"):
            raise faults.unsupported(f"void {entity.name}")
        note = f"Voided {before.get('PrivateNote', '')}".strip()[:LONGEST_NOTE]
        lines = [] if entity.name == "BillPayment" else [_emptied(line) for line in before["Line"]]
        voided = {**before, **given, "TotalAmt": 0, "Line": lines, "PrivateNote": note}
        return self._changed(entity, voided, frozenset(), "Void")

    def arrange(self, entity: Entity, key: str, change: Callable[[Document], None], told: bool = True) -> Record:
        """Change a record as QuickBooks itself would, past the read-only marks; its SyncToken moves.

        Nobody hears of it when it is not to be `told`.
        """
        document: Document = json.loads(self.get(entity, key).text)
        change(document)
        document["SyncToken"] = str(int(document["SyncToken"]) + 1)
        document["MetaData"]["LastUpdatedTime"] = stamp(self.around.clock.now())
        record = self._put(entity, document)
        if told:
            self.tell(entity.name, key, "Update")
        return record

    def replace(self, entity: Entity, document: Document) -> Record:
        """Put a document as it is in its place: neither its SyncToken nor its time moves, and nobody hears of it."""
        return self._put(entity, document)

    def put_away(self, entity: Entity, document: Document) -> None:
        """Make an entry of a list inactive in place, under a name that leaves the old one free."""
        document["Active"] = False
        document[entity.name_field] = self._free_name(entity, document, str(document[entity.name_field]))

    def tell(self, entity: str, key: str, operation: str, gone: str = "") -> None:
        """Let those who listen know what happened here."""
        self.around.webhooks.happened(self.realm, entity, key, operation, gone)

    def restore(self, name: str, text: str) -> None:
        """Take back a stored document at start."""
        self._hold(ENTITIES[name], json.loads(text), text)

    def restore_deleted(self, name: str, text: str) -> None:
        """Take back the memory of a deleted document at start."""
        document: Document = json.loads(text)
        self._bury(name.partition(":")[0], document["Id"], document["MetaData"]["LastUpdatedTime"])

    def seed_only(self, entity: Entity, document: Document, key: str | None = None) -> Record:
        """Lay down a document as it is, without checks: for seeds alone. `key` gives it a fixed id."""
        now = self.around.clock.now()
        meta = {"CreateTime": stamp(now), "LastUpdatedTime": stamp(now)}
        own = key or str(self._counters[entity.counter or entity.name] + 1)
        base = {**entity.defaults, **document, "domain": "QBO", "sparse": False}
        return self._put(entity, {**base, "Id": own, "SyncToken": "0", "MetaData": meta})

    def reindex(self) -> None:
        """Learn the names again, after a switch about names moved."""
        self._names.clear()
        for entity in ENTITIES.values():
            if entity.name_field:
                for key, record in self.records[entity.name].items():
                    shown = str(record.document.get(entity.name_field, ""))
                    self._names[self._name_key(entity, record.document, shown)] = (entity.name, key)

    # steps

    def _limits(self, entity: Entity) -> dict[str, int]:
        if entity.name == "Vendor":
            return {"DisplayName": self.around.switches.number("vendor_display_name_limit")}
        return {}

    def _target(self, entity: Entity, given: Document) -> Document:
        key = given.get("Id")
        if entity.only_one:
            key = "1"
        if key is None or key == "":
            raise faults.missing("Id")
        before = self.get(entity, str(key)).document
        if given.get("SyncToken") in (None, ""):
            raise faults.missing("SyncToken")
        return before

    def _merged(self, entity: Entity, before: Document, cleaned: Document, sparse: bool) -> Document:
        if sparse:
            return _deep(before, cleaned) if entity.name == "Preferences" else {**before, **cleaned}
        kept = {name: before[name] for name in (*entity.read_only, "CurrencyRef", "Active") if name in before}
        system = {name: before[name] for name in ("domain", "sparse", "Id", "SyncToken", "MetaData")}
        return {**entity.defaults, **kept, **cleaned, **system}

    def _activity(self, entity: Entity, before: Document, document: Document) -> None:
        """Making inactive frees the name by a suffix; making active again takes the suffix off."""
        if not entity.has_active or not entity.name_field:
            return
        name = str(document.get(entity.name_field, ""))
        if document["Active"]:
            if not before.get("Active") and name.endswith(DELETED):
                document[entity.name_field] = name.removesuffix(DELETED)
        elif not name.endswith(DELETED):
            document[entity.name_field] = self._free_name(entity, document, name)

    def _free_name(self, entity: Entity, document: Document, name: str) -> str:
        candidate, number = name + DELETED, 1
        while self._names.get(self._name_key(entity, document, candidate)) is not None:
            number += 1
            candidate = f"{name} {number}{DELETED}"
        return candidate

    def _settle(
        self, entity: Entity, document: Document, before: Document | None, token: str, allowed: frozenset[str]
    ) -> None:
        """References, SyncToken, rules, names and closed books, in that order; completes the document in place."""
        self._resolve(entity, document, before)
        if before is not None and token != before["SyncToken"]:
            raise faults.stale("another user")
        if entity.is_transaction:
            settle(self, entity, document, before, allowed)
        elif entity.name in RULES:
            RULES[entity.name](self, document, before)
        self._unique(entity, document)
        self._open_period(entity, document, before)
        for name in entity.numbered:
            if name in document:
                self._counters["addresses"] += 1
                own = (before or {}).get(name, {}).get("Id", str(self._counters["addresses"]))
                document[name] = {"Id": own, **document[name]}

    def _resolve(self, entity: Entity, document: Document, before: Document | None) -> None:
        for field in entity.references:
            given = document.get(field.name)
            if given is None or not field.targets:
                continue
            target = field.targets[0]
            record = self.records[target].get(given["value"])
            if record is None:
                raise faults.unknown_reference(ENTITIES[target].group, given["value"])
            was = (before or {}).get(field.name, {}).get("value")
            if record.document.get("Active") is False and was != given["value"]:
                raise faults.made_inactive()
            document[field.name] = {"value": given["value"]}
            if not field.bare:
                document[field.name]["name"] = self.name_of((target, given["value"]))

    def _unique(self, entity: Entity, document: Document) -> None:
        if not entity.name_field:
            return
        name = str(document.get(entity.name_field, ""))
        taken = self._names.get(self._name_key(entity, document, name))
        if taken is None and self.around.switches["inactive_names_block"] and document.get("Active", True):
            taken = self._names.get(self._name_key(entity, document, name + DELETED))
        if taken is not None and taken != (entity.name, document.get("Id")):
            raise faults.duplicate_name(entity.shared_names == "people")

    def _open_period(self, entity: Entity, document: Document, before: Document | None) -> None:
        """Neither the date that is written nor the one that stood there may lie in the closed period."""
        dated_by = entity.dated_by
        if entity.is_order and self.around.switches["closed_books_refuse_orders"]:
            dated_by = "TxnDate"
        limit = day(self.closed_on) if dated_by and before != document else None
        dates = [(one or {}).get(dated_by) for one in (document, before)] if limit else []
        if limit and any(one and (written := day(one)) and written <= limit for one in dates):
            raise faults.period_closed(self.closed_on)

    def _put(self, entity: Entity, document: Document) -> Record:
        old = self.records[entity.name].get(document["Id"])
        if entity.name == "Purchase":
            document["PurchaseEx"] = _extension("3" if document.get("PaymentType") == "Check" else "54")
        text = json.dumps(document, separators=(",", ":"))
        record = self._hold(entity, document, text)
        self.around.store.keep(entity.name, self.realm, document["Id"], text)
        if old is not None and self._shown(entity, old.document) != self._shown(entity, document):
            self._spread(entity, document)
        return record

    def _hold(self, entity: Entity, document: Document, text: str) -> Record:
        rows, key = self.records[entity.name], str(document["Id"])
        old = rows.get(key)
        if old is not None:
            self._unhold(entity, old.document)
        updated = instant(document["MetaData"]["LastUpdatedTime"]) or 0.0
        record = rows[key] = Record(document, text, updated)
        self._index(entity, document, (entity.name, key))
        self._count(entity, document, key)
        if entity.name == "Preferences":
            home = document.get("CurrencyPrefs", {}).get("HomeCurrency", {}).get("value", "USD")
            self.currency = _CURRENCIES.get(home, {"value": home, "name": home})
        return record

    def _index(self, entity: Entity, document: Document, me: Key) -> None:
        if entity.name_field:
            self._names[self._name_key(entity, document, str(document.get(entity.name_field, "")))] = me
        if entity.is_transaction:
            # A reference shows the name of the day it was written; only links are followed back.
            for target in linked(document):
                self._linking[target][me] = None
            if "DocNumber" in document:
                self._of_number[entity.name, document["DocNumber"].casefold()][me[1]] = None
            return
        for field in entity.references:
            if field.targets and field.name in document:
                self._referrers[field.targets[0], document[field.name]["value"]].add(me)

    def _count(self, entity: Entity, document: Document, key: str) -> None:
        """No id is ever given twice."""
        counter = entity.counter or entity.name
        self._counters[counter] = max(self._counters[counter], int(key) if key.isdigit() else 0)
        number = document.get("DocNumber", "") if entity.is_transaction else ""
        if number.isascii() and number.isdigit() and len(number) <= LONGEST_COUNTED:
            self._numbers[entity.name] = max(self._numbers[entity.name], int(number))
        for name in entity.numbered:
            if name in document:
                self._counters["addresses"] = max(self._counters["addresses"], int(document[name]["Id"]))

    def _unhold(self, entity: Entity, document: Document) -> None:
        me = (entity.name, str(document["Id"]))
        if entity.is_transaction:
            for target in linked(document):
                self._linking[target].pop(me, None)
            self._of_number[entity.name, document.get("DocNumber", "").casefold()].pop(me[1], None)
            return
        name_key = self._name_key(entity, document, str(document.get(entity.name_field, "")))
        if self._names.get(name_key) == me:
            del self._names[name_key]
        for field in entity.references:
            if field.targets and field.name in document:
                self._referrers[field.targets[0], document[field.name]["value"]].discard(me)

    def _spread(self, entity: Entity, document: Document) -> None:
        """A new name shows in every reference to it, and in the full names below it; their SyncTokens stay."""
        me = (entity.name, str(document["Id"]))
        for other_name, key in sorted(self._referrers[me]):
            other = ENTITIES[other_name]
            copy: Document = json.loads(self.records[other_name][key].text)
            for field in other.references:
                if entity.name in field.targets and copy.get(field.name, {}).get("value") == me[1] and not field.bare:
                    copy[field.name]["name"] = self.name_of(me)
            if other_name == entity.name and copy.get("ParentRef", {}).get("value") == me[1]:
                nest(self, other, copy)
            self._put(other, copy)

    def _shown(self, entity: Entity, document: Document) -> tuple[Any, ...]:
        return document.get(entity.name_field), document.get("FullyQualifiedName"), document.get("Level")

    def _fold(self, name: str) -> str:
        return name.casefold() if self.around.switches["names_ignore_case"] else name

    def _name_key(self, entity: Entity, document: Document, name: str) -> tuple[str, str, str]:
        scope = document.get("ParentRef", {}).get("value", "") if self._is_scoped(entity) else ""
        return entity.shared_names or entity.name, scope, self._fold(name)

    def _is_scoped(self, entity: Entity) -> bool:
        within_parent = self.around.switches["job_names_unique_within_parent"]
        return entity.has_parent and (entity.shared_names != "people" or bool(within_parent))


def _emptied(line: Document) -> Document:
    """A line of a voided document: it stays, without an amount."""
    kind = line["DetailType"]
    inside = {name: value for name, value in line.get(kind, {}).items() if name not in ("Qty", "UnitPrice")}
    return {**line, "Amount": 0, kind: inside} if "Amount" in line else line


def _deep(before: Document, change: Document) -> Document:
    merged = dict(before)
    for name, value in change.items():
        if isinstance(value, dict) and isinstance(merged.get(name), dict):
            merged[name] = _deep(merged[name], value)
        else:
            merged[name] = value
    return merged


def _extension(kind: str) -> Document:
    """What QuickBooks adds to each purchase of its own accord; `value` is not a reference's there."""
    schema = "com.intuit.schema.finance.v3.NameValue"
    said = {"name": "{http://schema.intuit.com/finance/v3}NameValue", "declaredType": schema, "nil": False}
    return {"any": [{**said, "globalScope": True, "value": {"Name": "TxnType", "Value": kind}}]}
