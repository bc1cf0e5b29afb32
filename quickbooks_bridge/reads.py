"""What previews ask of the database: one for itself at every question, or many together, each question once."""

from __future__ import annotations

import copy
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from functools import cached_property

from procore_sync.acceptance.courier import Choices
from procore_sync.acceptance.models import Document, ErpItem, Submission
from procore_sync.acceptance.states import Work
from procore_sync.kit.kinds import Kind
from quickbooks_bridge import names
from quickbooks_bridge.connections import connection_of
from quickbooks_bridge.links import link_of, taken_changes, target_of
from quickbooks_bridge.models import Connection, LedgerName, Link, key_of_project
from quickbooks_bridge.models import Mapping as Chosen
from quickbooks_bridge.references import NAMED, refs_in

Options = list[tuple[str, str]]
#: What is mapped, by key and thing.
Mapped = Mapping[tuple[str, str], str]


class Reads:
    """Asks at every question, as one page or decision does."""

    def connection(self, company_id: int) -> Connection | None:
        """The company's connection as it is now."""
        return connection_of(company_id)

    def link(self, item: ErpItem, document: Document) -> Link | None:
        """What the record is in QuickBooks, or is written into."""
        return link_of(item, document)

    def links_of(self, company_id: int, items: Collection[int]) -> Iterable[Link]:
        """The links of these items to what documents with lines refer to."""
        return Link.objects.filter(company_id=company_id, item_id__in=items, entity__in=NAMED)

    def taken(self, item: ErpItem) -> Submission | None:
        """The sending that QuickBooks took last."""
        return Submission.objects.filter(item=item, work=Work.DONE).order_by("-number").first()

    def changes_of(self, commitment: int) -> list[Submission]:
        """What QuickBooks took of each change order of a commitment, the newest last."""
        return taken_changes(commitment)

    def chosen_before(self, item: ErpItem) -> Choices:
        """What was chosen for this record last, whatever became of it."""
        chosen = item.submissions.exclude(choices={}).order_by("-number")
        return chosen.values_list("choices", flat=True).first() or {}

    def follows(self, item: ErpItem) -> bool:
        """Whether it is made as what comes after the sending that was taken last."""
        return True

    def mapped(self, item: ErpItem) -> dict[str, str]:
        """What the company takes where nothing else is chosen, by thing; the project's own comes before."""
        keys = ("", key_of_project(item.project_id))
        rows = Chosen.objects.filter(company_id=item.company_id, key__in=keys).order_by("key")
        return dict(rows.values_list("thing", "remote_id"))

    def rows(self, company_id: int, *entities: str, ids: Collection[str] | None = None) -> Iterable[LedgerName]:
        """The rows of these lists of QuickBooks, inactive ones too; with `ids` only those."""
        found = names.names_of(company_id, *entities).order_by("entity", "name")
        return found if ids is None else found.filter(remote_id__in=ids)

    def options(self, company_id: int, offered: Callable[[int], Options]) -> Options:
        """What a list of QuickBooks offers to choose from."""
        return offered(company_id)


class ReadsOnce(Reads):
    """Asks once for all of `records`, which are of one company: so many questions, however many they are.

    It keeps what it has read, so it serves one page. What was chosen before for one of the items `anew` is not known.
    """

    def __init__(
        self, company_id: int, records: Sequence[tuple[ErpItem, Document]], *, anew: Collection[int] = ()
    ) -> None:
        self._company_id, self._records, self._anew = company_id, records, anew
        self._ids = [item.pk for item, _ in records]
        self._lists: dict[str, list[LedgerName]] = {}
        self._offered: dict[Callable[[int], Options], Options] = {}
        self._named: dict[tuple[str, str], LedgerName] = {}
        self._asked: set[str] = set()

    def under(self, changed: Mapped) -> ReadsOnce:
        """The same with these mappings in place of those that stand; an empty one is none. Both share what is read."""
        _ = self._connection, self._links, self._taken, self._chosen
        other = copy.copy(self)
        other.__dict__["standing"] = {**self.standing, **changed}
        return other

    @cached_property
    def standing(self) -> Mapped:
        """The mappings of the company."""
        rows = Chosen.objects.filter(company_id=self._company_id)
        return {(one.key, one.thing): one.remote_id for one in rows}

    def connection(self, company_id: int) -> Connection | None:
        return self._connection

    @cached_property
    def _connection(self) -> Connection | None:
        return connection_of(self._company_id)

    def link(self, item: ErpItem, document: Document) -> Link | None:
        return self._links.get(target_of(item, document) or 0)

    def links_of(self, company_id: int, items: Collection[int]) -> Iterable[Link]:
        return [self._links[pk] for pk in items if pk in self._links and self._links[pk].entity in NAMED]

    @cached_property
    def _links(self) -> dict[int, Link]:
        own = {target_of(item, document) or item.pk for item, document in self._records}
        carried = (one.document for taken in self._changes.values() for one in taken)
        named = {ref["item"] for part in (*(one for _, one in self._records), *carried) for ref in refs_in(part)}
        rows = Link.objects.filter(company_id=self._company_id, item_id__in=own | named)
        return {one.item_id: one for one in rows}

    def taken(self, item: ErpItem) -> Submission | None:
        return self._taken.get(item.pk)

    @cached_property
    def _taken(self) -> dict[int, Submission]:
        rows = Submission.objects.filter(item__in=self._ids, work=Work.DONE).order_by("number")
        return {one.item_id: one for one in rows}

    def changes_of(self, commitment: int) -> list[Submission]:
        return self._changes.get(commitment, [])

    @cached_property
    def _changes(self) -> dict[int, list[Submission]]:
        lanes = {f"{Kind.COMMITMENT}:{item.pk}": item.pk for item, _ in self._records if item.kind == Kind.COMMITMENT}
        found: dict[int, list[Submission]] = {}
        for one in taken_changes(*lanes.values()) if lanes else []:
            found.setdefault(lanes[one.lane], []).append(one)
        return found

    def chosen_before(self, item: ErpItem) -> Choices:
        return {} if item.pk in self._anew else self._chosen.get(item.pk, {})

    @cached_property
    def _chosen(self) -> dict[int, Choices]:
        rows = Submission.objects.filter(item__in=self._ids).exclude(choices={}).order_by("number")
        return dict(rows.values_list("item_id", "choices"))

    def follows(self, item: ErpItem) -> bool:
        return item.pk not in self._anew

    def mapped(self, item: ErpItem) -> dict[str, str]:
        keys = ("", key_of_project(item.project_id))
        return {thing: chosen for key in keys for (at, thing), chosen in self.standing.items() if at == key and chosen}

    def rows(self, company_id: int, *entities: str, ids: Collection[str] | None = None) -> Iterable[LedgerName]:
        if ids is not None and set(entities) <= set(NAMED):
            return self._by_id(entities, ids)
        found = [row for entity in entities for row in self._whole(entity)]
        return found if ids is None else [row for row in found if row.remote_id in ids]

    def _whole(self, entity: str) -> list[LedgerName]:
        if entity not in self._lists:
            self._lists[entity] = list(super().rows(self._company_id, entity))
        return self._lists[entity]

    def _by_id(self, entities: Collection[str], ids: Collection[str]) -> list[LedgerName]:
        """Of the long lists only what some record or mapping names."""
        if set(ids) - self._asked:
            self._asked |= {*ids, *(one.remote_id for one in self._links.values())}
            rows = super().rows(self._company_id, *NAMED, ids=self._asked)
            self._named |= {(one.entity, one.remote_id): one for one in rows}
        wanted = ((entity, remote_id) for entity in entities for remote_id in ids)
        found = [self._named[one] for one in wanted if one in self._named]
        return sorted(found, key=lambda row: (row.entity, row.name))

    def options(self, company_id: int, offered: Callable[[int], Options]) -> Options:
        if offered not in self._offered:
            self._offered[offered] = offered(self._company_id)
        return self._offered[offered]
