"""What is found in documents of one kind: for each link what happened to its document, or that nothing did."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext_noop

from procore_sync.accounts.models import Company
from procore_sync.kit.canonical import digest
from procore_sync.kit.money import money
from quickbooks_bridge.drift.comparing import CLOSED, Known, Sent, Value, applied, differences, may_differ
from quickbooks_bridge.drift.gathering import Gathered, gather
from quickbooks_bridge.drift_models import What
from quickbooks_bridge.exporters.base import Document, Exporter
from quickbooks_bridge.exporters.bills import BillExporter, is_voided
from quickbooks_bridge.exporters.figures import net_total
from quickbooks_bridge.exporters.lines import LineExporter
from quickbooks_bridge.exporters.purchase_orders import PurchaseOrderExporter, bills_of
from quickbooks_bridge.exporters.registry import exporter_for
from quickbooks_bridge.models import LedgerBill, Link
from quickbooks_bridge.names import ENTITIES as NAME_LISTS
from quickbooks_bridge.previews import reference_of


@dataclass(frozen=True)
class Heard:
    """What QuickBooks said of one document: all of it, or None if it does not hold it any more.

    `into` is the record that it was merged into, where that was told.
    """

    remote_id: str
    document: Document | None
    into: str = ""

    def is_later_than(self, other: Heard) -> bool:
        """Whether this is the later news of the two; what is gone does not come back."""
        if other.document is None:
            return False
        return self.document is None or token_of(self.document) >= token_of(other.document)


@dataclass(frozen=True)
class Finding:
    """What happened to the document of a link. `touches` are other items whose lines in it were changed."""

    link: Link
    what: What
    values: tuple[Value, ...] = ()
    document: Document = field(default_factory=dict)
    theirs: Mapping[str, str] = field(default_factory=dict)
    theirs_total: Decimal | None = None
    into: str = ""
    touches: tuple[int, ...] = ()
    names: Mapping[tuple[str, str], str] = field(default_factory=dict)

    @property
    def state(self) -> str:
        """What is the same for two looks that find the same, whatever else was written between them."""
        return state_of(self.what, self.into, self.fields)

    @property
    def sync_token(self) -> str:
        return str(self.document.get("SyncToken", ""))[:16]

    @property
    def changed_at(self) -> datetime | None:
        """When QuickBooks says that it was changed; None if it does not say."""
        text = self._meta.get("LastUpdatedTime")
        try:
            at = datetime.fromisoformat(text) if isinstance(text, str) else None
        except ValueError:
            return None
        return at if at is not None and at.tzinfo else None

    @property
    def changed_by(self) -> str:
        """Who changed it, if QuickBooks tells."""
        who = self._meta.get("LastModifiedByRef")
        return str(who.get("name") or who.get("value") or "")[:120] if isinstance(who, Mapping) else ""

    @property
    def _meta(self) -> Mapping[str, Any]:
        meta = self.document.get("MetaData")
        return meta if isinstance(meta, Mapping) else {}

    @property
    def fields(self) -> list[dict[str, str]]:
        """What differs, for people; names in place of QuickBooks' numbers."""
        return [
            {
                "name": one.name,
                "label": one.label,
                "ours": self._named(one, one.ours),
                "theirs": self._named(one, one.theirs),
                **({"refers_to": one.refers_to, "ours_id": one.ours, "theirs_id": one.theirs} if one.refers_to else {}),
            }
            for one in self.values
        ]

    def _named(self, one: Value, value: str) -> str:
        return self.names.get((one.refers_to, value), f"number {value}") if one.refers_to and value else value


def state_of(what: str, into: str, fields: Iterable[Mapping[str, str]]) -> str:
    """The digest of a finding."""
    return digest([str(what), into, [[one["name"], one.get("theirs_id", one["theirs"])] for one in fields]])


def token_of(told: Mapping[str, Any] | str) -> int:
    """A SyncToken as the number that it is; -1 for none."""
    text = told if isinstance(told, str) else str(told.get("SyncToken", ""))
    return int(text) if text.isdecimal() else -1


def exporter_at(link: Link) -> Exporter:
    """The exporter of what stands at the other end of a link."""
    return exporter_for(link.item.kind, {"as_credit": link.entity == "VendorCredit"})


def differing(link: Link, document: Document) -> Finding | None:
    """What of ours one document holds otherwise than its link has seen it; None if nothing."""
    exporter, gathered = exporter_at(link), gather(link.company_id, link.entity, [(link, document)])
    sent = Sent.of(exporter, gathered.payloads_of(link))
    key = Company.objects.only("key").get(pk=link.company_id).key
    values = differences(exporter, sent, Known(link.seen, link.total, reference_of(key, link.item_id)), document)
    if not values:
        return None
    theirs, total = exporter.owned(document), exporter.total_of(document)
    names = gathered.names_for([document])
    return Finding(link, What.CHANGED, tuple(values), document, theirs, total, names=names)


class Finder:
    """Looks at documents of one kind of a company, all in a fixed number of queries.

    `explained` is what differs by a merge alone: it makes no finding.
    """

    def __init__(self, company_id: int, entity: str) -> None:
        self._company_id, self._entity = company_id, entity
        self.explained: list[tuple[Link, Value]] = []
        self._key = Company.objects.only("key").get(pk=company_id).key

    def find(self, looked_at: Iterable[tuple[Link, Heard]]) -> list[Finding]:
        """What happened to the documents of these links; those to which nothing did are not named."""
        plain_cases: list[Finding] = []
        closer: list[tuple[Link, Exporter, Document]] = []
        for link, heard in looked_at:
            is_put_away = heard.document is not None and heard.document.get("Active") is False
            if heard.document is None or (is_put_away and heard.into):
                plain_cases += self._gone(link, heard.into)
            elif is_put_away:
                plain_cases.append(self._inactive(link, heard.document))
            elif self._needs_a_closer_look(link, heard.document):
                closer.append((link, exporter_at(link), heard.document))
        found = self._closer(closer) if closer else []
        return [*plain_cases, *found]

    def _gone(self, link: Link, into: str) -> list[Finding]:
        if link.replaced:  # put away by our own replacement, which says itself what became of it
            return []
        what = What.MERGED if self._entity in NAME_LISTS else What.DELETED
        return [Finding(link, what, into=into)]

    def _inactive(self, link: Link, document: Document) -> Finding:
        values = (Value("Active", gettext_noop("Active"), gettext_noop("Yes"), gettext_noop("No")),)
        return Finding(link, What.INACTIVE, values, document, exporter_at(link).owned(document))

    def _known(self, link: Link) -> Known:
        return Known(link.seen, link.total, reference_of(self._key, link.item_id))

    def _needs_a_closer_look(self, link: Link, document: Document) -> bool:
        exporter = exporter_at(link)
        is_bill = isinstance(exporter, BillExporter)
        return is_bill or may_differ(exporter, self._known(link), exporter.owned(document), document)

    def _closer(self, looked_at: list[tuple[Link, Exporter, Document]]) -> list[Finding]:
        gathered = gather(self._company_id, self._entity, [(link, document) for link, _, document in looked_at])
        found = [self._looked(link, exporter, document, gathered) for link, exporter, document in looked_at]
        findings = [one for one in found if one is not None]
        names = gathered.names_for(one.document for one in findings) if any(_refers(one) for one in findings) else {}
        return [replace(one, names=names) for one in findings]

    def _looked(self, link: Link, exporter: Exporter, document: Document, gathered: Gathered) -> Finding | None:
        owned = _owned(exporter, link, document)
        total = exporter.total_of(document)
        if isinstance(exporter, BillExporter) and is_voided(document) and link.total:
            nothing = (Value("TotalAmt", "Total", str(link.total), "0.00"),)
            return Finding(link, What.VOIDED, nothing, document, owned, total)
        sent = Sent.of(exporter, gathered.payloads_of(link))
        values_found = differences(exporter, sent, self._known(link), document)
        explained = [one for one in values_found if gathered.is_explained(one)]
        self.explained += [(link, one) for one in explained]
        values = tuple(one for one in values_found if one not in explained)
        closing = tuple(_closed(exporter, link, document, gathered.bills))
        unapplied = tuple(_unapplied(exporter, link, document, gathered))
        what = What.CHANGED if values else What.CLOSED if closing else What.UNAPPLIED
        values += closing + unapplied
        touches = tuple(gathered.touched_by({one.key for one in values}, link))
        return Finding(link, what, values, document, owned, total, touches=touches) if values else None


def _owned(exporter: Exporter, link: Link, document: Document) -> dict[str, str]:
    return exporter.owned_since(document, link.seen) if isinstance(exporter, LineExporter) else exporter.owned(document)


def _refers(one: Finding) -> bool:
    return any(value.refers_to for value in one.values)


def _closed(
    exporter: Exporter, link: Link, document: Document, bills: Mapping[tuple[str, str], LedgerBill]
) -> list[Value]:
    """That an order was closed by hand. Billed in full QuickBooks closes it by itself, and that is no change."""
    if not isinstance(exporter, PurchaseOrderExporter) or link.replaced:
        return []
    before = link.seen.get("POStatus", "")
    if document.get("POStatus") != CLOSED or before == CLOSED or _is_billed(exporter, document, bills):
        return []
    return [Value("POStatus", "Status", before or "Open", CLOSED)]


def _is_billed(exporter: LineExporter, order: Document, bills: Mapping[tuple[str, str], LedgerBill]) -> bool:
    """Whether its bills come to all of it; also where one of them is not known here."""
    if not bills_of(order):
        return False
    ids = [str(one.get("TxnId", "")) for one in order["LinkedTxn"] if one.get("TxnType") == "Bill"]
    known = [bills[("Bill", one)].gross for one in ids if ("Bill", one) in bills]
    return len(known) < len(ids) or sum(known, Decimal(0)) >= net_total(order)


def _unapplied(exporter: Exporter, link: Link, document: Document, gathered: Gathered) -> list[Value]:
    """That less of a bill is paid or applied than was when it was read last."""
    if not isinstance(exporter, BillExporter) or "Balance" not in document:
        return []
    before = gathered.applied_before(link)
    now = money(applied(document))
    return [Value("Balance", "Paid or applied", str(before), str(now))] if now < before else []
