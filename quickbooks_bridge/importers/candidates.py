"""What stands in QuickBooks and not here: which rows, what each probably is, and why (domain.md §5, §6)."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from functools import reduce
from operator import or_
from typing import Any

from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils.translation import gettext, gettext_noop
from rapidfuzz import fuzz, process

from procore_sync.acceptance.models import ErpItem
from procore_sync.acceptance.selectors import items_for
from procore_sync.acceptance.states import Status
from procore_sync.accounts.access import Right, may, visible
from procore_sync.accounts.models import Membership
from procore_sync.kit.canonical import digest
from procore_sync.kit.finding import carrying
from procore_sync.kit.kinds import Kind
from procore_sync.kit.text import normalise, same_name_key
from projects.models import CostCode
from quickbooks_bridge.exporters.items import code_of_sub_item
from quickbooks_bridge.models import Connection, CustomerMode, LedgerName, Link
from quickbooks_bridge.names import PEOPLE, noun_of

SIMILAR = 86.0
#: Whom a row is suggested to. What waits for its decision is linked on purpose only, one by one.
SUGGESTED = (Status.NOT_SENT, Status.RETRIEVED, Status.REJECTED, Status.FAILED)


@dataclass(frozen=True)
class Source:
    """One list of QuickBooks that becomes records here."""

    key: str
    label: str
    kind: Kind
    entity: str
    rows: Callable[[str], Q]


def _all(mode: str) -> Q:
    return Q()


def _jobs(mode: str) -> Q:
    return Q(level__gte=1) if mode == CustomerMode.JOBS else Q(level=0)


def _services(mode: str) -> Q:
    return Q(detail__Type="Service")


SOURCES = {
    "vendor": Source("vendor", gettext_noop("Vendors"), Kind.VENDOR, "Vendor", _all),
    "job": Source("job", gettext_noop("Jobs"), Kind.PROJECT, "Customer", _jobs),
    "item": Source("item", gettext_noop("Items"), Kind.COST_CODE, "Item", _services),
}
_LINKED = Exists(
    Link.objects.filter(company_id=OuterRef("company_id"), entity=OuterRef("entity"), remote_id=OuterRef("remote_id"))
)
VIEWS = {
    "ready": gettext_noop("Ready to import"),
    "archived": gettext_noop("Archived"),
    "linked": gettext_noop("Linked"),
}
_BESIDE = {
    "Vendor": gettext_noop("vendor %(name)s"),
    "Customer": gettext_noop("customer %(name)s"),
    "Employee": gettext_noop("employee %(name)s"),
}


def source_of_kind(kind: str) -> Source | None:
    """The list in which a kind of record is found, or None if it is never imported."""
    return next((one for one in SOURCES.values() if one.kind == kind), None)


def is_linkable(row: LedgerName, kind: str, mode: str) -> bool:
    """Whether a row of QuickBooks is among those that a record of this kind can be linked to: active, and no record's
    yet. One that was put away can be brought back.
    """
    source = source_of_kind(kind)
    if source is None or not row.active:
        return False
    found = LedgerName.objects.annotate(linked=_LINKED).filter(source.rows(mode), pk=row.pk, linked=False)
    return found.exists()


def candidates_for(member: Membership, source: Source, view: str = "ready") -> QuerySet[LedgerName]:
    """The rows of one list and view that `member` may see, by name."""
    rows = _standing(member, [source], view)
    return rows.select_related("candidate").order_by("fully_qualified_name", "pk")


def says(words: str) -> Q:
    """That a row is called so in full, also where it is spelled with other accents or marks."""
    found, meant = carrying(words, "fully_qualified_name"), normalise(words)
    return found | Q(matching__contains=meant) if meant else found


def namesake_elsewhere(member: Membership, source: Source, name: str) -> str:
    """What `name` is called in another list that shares its names with this one: it can never be linked here."""
    if source.entity not in PEOPLE:
        return ""
    others = LedgerName.objects.filter(entity__in=PEOPLE, active=True, name__iexact=name).exclude(entity=source.entity)
    found = visible(others, member).first()
    return noun_of(found.entity) if found else ""


def chosen_names(member: Membership, source: Source, chosen: Iterable[int]) -> QuerySet[LedgerName]:
    """Those of the names with these ids that stand in this list of QuickBooks and that `member` may see, by name."""
    rows = visible(LedgerName.objects.filter(entity=source.entity, pk__in=list(chosen)), member)
    return rows.order_by("fully_qualified_name", "pk")


def ready_to_import(member: Membership) -> QuerySet[LedgerName]:
    """The QuickBooks rows that stand ready in the lists that `member` may import from."""
    sources = [source for source in SOURCES.values() if may(member, Right.IMPORT, source.kind)]
    return _standing(member, sources, "ready") if sources else LedgerName.objects.none()


def _standing(member: Membership, sources: list[Source], view: str) -> QuerySet[LedgerName]:
    row = Connection.objects.only("customer_mode").filter(company_id=member.company_id).first()
    mode = row.customer_mode if row else CustomerMode.JOBS
    shown = {
        "ready": Q(linked=False, active=True, candidate__archived_at__isnull=True),
        "archived": Q(linked=False, active=True, candidate__archived_at__isnull=False),
        "linked": Q(linked=True),
    }
    lists = reduce(or_, (Q(source.rows(mode), entity=source.entity) for source in sources))
    rows = visible(LedgerName.objects.filter(lists), member)
    return rows.annotate(linked=_LINKED).filter(shown.get(view, shown["ready"]))


@dataclass(frozen=True)
class Suggestion:
    """A record of ours that a QuickBooks row probably is; never taken without a person."""

    item: ErpItem
    confidence: str
    score: int


@dataclass
class Candidate:
    """A QuickBooks row as the page shows it. `beside` names other lists of QuickBooks that hold the name too.

    `code` is the code under which an item comes in, where that is not its name.
    """

    row: LedgerName
    suggestion: Suggestion | None = None
    beside: list[str] = field(default_factory=list)
    linked_to: ErpItem | None = None
    code: str = ""


#: The records that may be linked as they stand; of the others `unlinkable_…` of their app says why not.
_LINKABLE = {
    Kind.VENDOR: Q(vendor__is_active=True),
    Kind.PROJECT: Q(
        project_record__is_active=True,
        project_record__erp_sync=True,
        project_record__uses_standard_codes=True,
        project_record__has_sub_jobs=False,
    ),
    Kind.COST_CODE: Q(cost_code__is_active=True),
}


def linkable_items(member: Membership, kind: Kind) -> QuerySet[ErpItem]:
    """The records of a kind that `member` may see and that a QuickBooks row may be suggested to."""
    return items_for(member).filter(_LINKABLE[kind], kind=kind, status__in=SUGGESTED, ledger_link__isnull=True)


def codes_in_full(company_id: int, rows: Iterable[LedgerName]) -> dict[int, str]:
    """The codes of those sub-items whose name is another's too, in QuickBooks or here, by row: their full names.

    QuickBooks tells them apart by what they are under; the list of codes is flat. Two queries, none without sub-items.
    """
    subs = {row.pk: row for row in rows if row.entity == "Item" and row.level}
    if not subs:
        return {}
    keys = {pk: same_name_key(row.name) for pk, row in subs.items()}
    items = LedgerName.objects.filter(company_id=company_id, entity="Item", active=True)
    alike = items.filter(matching__in={row.matching for row in subs.values()}).values_list("name", flat=True)
    times = Counter(map(same_name_key, alike))
    codes = CostCode.objects.filter(company_id=company_id, code_key__in=set(keys.values()))
    taken = set(codes.values_list("code_key", flat=True))
    return {
        pk: code_of_sub_item(row.fully_qualified_name)
        for pk, row in subs.items()
        if times[keys[pk]] > 1 or keys[pk] in taken
    }


def name_here(item: ErpItem) -> str:
    """The name that an item has, or would have, in QuickBooks."""
    return item.number if item.kind == Kind.COST_CODE else item.label


class Matcher:
    """Finds what QuickBooks rows probably are among a company's linkable records: built once a page."""

    def __init__(self, items: Iterable[ErpItem]) -> None:
        self._items = list(items)
        self._by_key: dict[str, list[ErpItem]] = defaultdict(list)
        self._plain = {at: normalise(name_here(item)) for at, item in enumerate(self._items)}
        for item in self._items:
            self._by_key[same_name_key(name_here(item))].append(item)

    def exact(self, row: LedgerName, dismissed: set[int]) -> Suggestion | None:
        """The record whose name QuickBooks would take for the row's, unless dismissed; cheap however many there are."""
        for item in self._by_key.get(same_name_key(row.name), []):
            if item.pk not in dismissed:
                return Suggestion(item, gettext_noop("exact"), 100)
        return None

    def suggest(self, row: LedgerName, dismissed: set[int]) -> Suggestion | None:
        """The best match for `row` that nobody dismissed: exact, same but for spelling, or similar with its score."""
        exact = self.exact(row, dismissed)
        if exact is not None:
            return exact
        near = process.extract(
            row.matching or normalise(row.name),
            {at: name for at, name in self._plain.items() if self._items[at].pk not in dismissed},
            scorer=fuzz.token_sort_ratio,
            score_cutoff=SIMILAR,
            limit=1,
        )
        if not near:
            return None
        name, score, at = near[0]
        same = name == row.matching
        return Suggestion(self._items[at], gettext_noop("same but for spelling") if same else "similar", round(score))


def with_suggestions(member: Membership, source: Source, rows: Iterable[LedgerName]) -> list[Candidate]:
    """The rows of one page with what each probably is, in a constant number of queries."""
    shown = list(rows)
    matcher = Matcher(linkable_items(member, source.kind))
    dismissed = _dismissed(shown)
    beside = _beside(member.company_id, source, shown)
    linked, codes = _linked(member.company_id, source, shown), codes_in_full(member.company_id, shown)
    return [
        Candidate(
            row,
            matcher.suggest(row, dismissed.get(row.pk, set())),
            beside.get(row.matching, []),
            linked.get(row.remote_id),
            codes.get(row.pk, ""),
        )
        for row in shown
    ]


def _linked(company_id: int, source: Source, rows: list[LedgerName]) -> dict[str, ErpItem]:
    links = Link.objects.filter(
        company_id=company_id, entity=source.entity, remote_id__in=[row.remote_id for row in rows]
    ).select_related("item")
    return {link.remote_id: link.item for link in links}


def _dismissed(rows: list[LedgerName]) -> dict[int, set[int]]:
    found: dict[int, set[int]] = defaultdict(set)
    pairs = LedgerName.objects.filter(pk__in=[row.pk for row in rows], candidate__dismissed__isnull=False)
    for row_id, item_id in pairs.values_list("pk", "candidate__dismissed"):
        found[row_id].add(item_id)
    return found


def _beside(company_id: int, source: Source, rows: list[LedgerName]) -> dict[str, list[str]]:
    """Names that stand in another list of people too: a vendor who is also a customer or an employee."""
    if source.entity not in PEOPLE:
        return {}
    others = LedgerName.objects.filter(
        company_id=company_id,
        entity__in=[one for one in PEOPLE if one != source.entity],
        matching__in={row.matching for row in rows if row.matching},
        active=True,
    )
    found: dict[str, list[str]] = defaultdict(list)
    for other in others:
        found[other.matching].append(gettext(_BESIDE[other.entity]) % {"name": other.fully_qualified_name})
    return found


def nearest(rows: Iterable[LedgerName], name: str, limit: int = 20) -> list[tuple[LedgerName, int]]:
    """The rows whose names are most like `name`, best first, with their scores from 1 to 100."""
    listed = list(rows)
    matched = {at: row.matching for at, row in enumerate(listed)}
    scored: list[tuple[Any, float, int]] = process.extract(
        normalise(name), matched, scorer=fuzz.token_sort_ratio, limit=limit, score_cutoff=1
    )
    return [(listed[at], round(score)) for _, score, at in scored]


def exact_matches(member: Membership, source: Source) -> list[Candidate]:
    """Every ready row whose name is exactly one record's and of no other row: what “link all” would link.

    Projects may be called alike: of those none, unless it was said that the row is not the others.
    """
    rows = list(candidates_for(member, source))
    matcher, dismissed = Matcher(linkable_items(member, source.kind)), _dismissed(rows)
    unlinked = items_for(member).filter(kind=source.kind, ledger_link__isnull=True)
    alike: dict[str, set[int]] = defaultdict(set)
    for item in unlinked.only("pk", "kind", "label", "number"):
        alike[same_name_key(name_here(item))].add(item.pk)
    found = []
    for row in rows:
        no = dismissed.get(row.pk, set())
        only = len(alike[same_name_key(row.name)] - no) == 1
        found.append(Candidate(row, matcher.exact(row, no) if only else None))
    times = Counter(one.suggestion.item.pk for one in found if one.suggestion)
    return [one for one in found if one.suggestion and times[one.suggestion.item.pk] == 1]


def seen_as(matches: Iterable[Candidate]) -> str:
    """What stands for a list of matches, so that nothing else is linked than what was looked at."""
    pairs = ((one.row.pk, one.row.fully_qualified_name, one.suggestion.item.pk) for one in matches if one.suggestion)
    return digest(sorted([*pair] for pair in pairs))
