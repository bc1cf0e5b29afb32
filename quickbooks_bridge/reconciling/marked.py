"""What QuickBooks holds that bears our mark, and what this database knows of it. Asks QuickBooks, writes nothing."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final

from django.db.models import Q
from django.utils import timezone

from procore_sync.acceptance.models import Attempt, ErpItem, Submission
from procore_sync.acceptance.states import Work
from procore_sync.kit.kinds import Kind
from quickbooks_bridge.client.api import Ledger, quote
from quickbooks_bridge.exporters.base import created_at
from quickbooks_bridge.exporters.marks import marks_in
from quickbooks_bridge.importers.reading import REMEMBERED
from quickbooks_bridge.models import Link

Document = dict[str, Any]

#: The lists whose records have no free text for a mark, with the kind that becomes one.
NAMED: Final = {"Vendor": Kind.VENDOR, "Item": Kind.COST_CODE}
ENTITIES: Final = (*NAMED, "Customer", "Estimate", "PurchaseOrder", "Bill", "VendorCredit")
#: How many marks are judged at once; in the quarter of an hour before a look there may be many thousands.
AT_ONCE: Final = 1000
_IN_FLIGHT = (Work.FLYING, Work.UNCERTAIN)


@dataclass(frozen=True)
class Marked:
    """A QuickBooks document and one mark in it; a record of a name list has none and says 0."""

    entity: str
    document: Document
    number: int = 0
    revision: int = 0

    @property
    def remote_id(self) -> str:
        """Its Id in QuickBooks."""
        return str(self.document["Id"])


@dataclass
class Found:
    """What was changed in QuickBooks: the marks of ours that are news, and the names that were made since.

    `seen` and `numbers` are of every mark, news or not: which document it stands in, and the record that it names.
    """

    marked: list[Marked] = field(default_factory=list)
    named: list[Marked] = field(default_factory=list)
    seen: set[tuple[str, str]] = field(default_factory=set)
    numbers: set[int] = field(default_factory=set)

    def take(self, some: list[Marked], news: Callable[[list[Marked]], list[Marked]]) -> None:
        """Note these marks, and keep what is news of them."""
        self.seen.update((one.entity, one.remote_id) for one in some)
        self.numbers.update(one.number for one in some)
        if some:
            self.marked += news(some)


def changed_since(
    ledger: Ledger, since: datetime, company_key: str, *, news: Callable[[list[Marked]], list[Marked]]
) -> Found:
    """What bears our mark of all that was written in QuickBooks since then; mostly one call.

    `news` says which of some marks are worth keeping; the documents of all others are let go.

    Raises:
        LedgerFault: QuickBooks did not answer as hoped.
        Shifting: a list kept changing while it was read.
    """
    found, some = Found(), list[Marked]()
    for entity, document in _changed(ledger, since):
        if entity in NAMED:
            made = created_at(document)
            if made and made >= since:
                found.named.append(Marked(entity, document))
        else:
            some += marks_of(entity, document, company_key)
        if len(some) >= AT_ONCE:
            found.take(some, news)
            some = []
    found.take(some, news)
    return found


def marks_of(entity: str, document: Document, company_key: str) -> list[Marked]:
    """Each mark of ours in a document."""
    notes = str(document.get("Notes" if entity == "Customer" else "PrivateNote") or "")
    return [Marked(entity, document, number, revision) for number, revision in marks_in(notes, company_key)]


def _changed(ledger: Ledger, since: datetime) -> Iterator[tuple[str, Document]]:
    left: Collection[str] = ENTITIES
    if timezone.now() - since < REMEMBERED:
        told = ledger.changes(ENTITIES, since)
        left = told.cut_short
        for entity in (one for one in ENTITIES if one not in left):
            yield from ((entity, document) for document in told.changed[entity])
    for entity in (one for one in ENTITIES if one in left):
        where = f"MetaData.LastUpdatedTime >= {quote(since)}"
        yield from ((entity, document) for document in ledger.all(entity, where))


@dataclass
class Known:
    """What this database knows of the records that some marks name; read after QuickBooks was asked."""

    company_id: int
    company_key: str
    items: dict[int, ErpItem]
    links: dict[int, Link]
    holders: dict[tuple[str, str], Link]
    in_flight: set[int]
    tried: set[tuple[int, int]]
    #: What a record of a name list is found to be, until it is linked.
    by_name: dict[int, str] = field(default_factory=dict)

    @classmethod
    def of(cls, company_id: int, company_key: str, marked: Iterable[Marked]) -> Known:
        """In a fixed number of queries.

        What is in flight is asked first: what lands between two of them is then taken for flying and not for unknown.
        """
        marks = list(marked)
        numbers = {one.number for one in marks}
        sent = Submission.objects.filter(company_id=company_id, item_id__in=numbers)
        in_flight = set(sent.filter(work__in=_IN_FLIGHT).values_list("item_id", flat=True))
        links = list(
            Link.objects.select_related("item")
            .filter(company_id=company_id)
            .filter(Q(item_id__in=numbers) | Q(remote_id__in={one.remote_id for one in marks}))
        )
        tried = Attempt.objects.filter(submission__in=sent, act="send")
        return cls(
            company_id=company_id,
            company_key=company_key,
            items={one.pk: one for one in ErpItem.objects.filter(company_id=company_id, pk__in=numbers)},
            links={one.item_id: one for one in links},
            holders={(one.entity, one.remote_id): one for one in links},
            in_flight=in_flight,
            tried=set(tried.values_list("submission__item_id", "submission__revision")),
        )

    def remote_of(self, item_id: int) -> str:
        """The QuickBooks number of any record of the company; "" if it is not known."""
        link = self.links.get(item_id) or Link.objects.filter(company_id=self.company_id, item_id=item_id).first()
        return link.remote_id if link else self.by_name.get(item_id, "")
