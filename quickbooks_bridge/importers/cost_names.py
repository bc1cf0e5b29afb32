"""What the names in cost documents are here: accounts and items by their lists, our records by their links."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from itertools import islice

from django.db.models import Exists, OuterRef

from projects.ledger_costs import Known
from projects.models import CostLine
from quickbooks_bridge.exporters.bills import RETAINAGE
from quickbooks_bridge.exporters.keys import BEGINS, key_in, key_of
from quickbooks_bridge.importers.cost_lines import Chart
from quickbooks_bridge.links import is_whole
from quickbooks_bridge.models import Link, Thing
from quickbooks_bridge.models import Mapping as Chosen
from quickbooks_bridge.names import names_of

_BATCH = 500
#: A line by its document and number there, and what it says.
CostText = tuple[str, str, str, str]
#: Deeper than QuickBooks nests items and customers.
_LEVELS = 6


def chart_of(company_id: int) -> Chart:
    """The accounts and items of a company as last read, inactive ones too, and the retainage item: three queries."""
    accounts = names_of(company_id, "Account").values_list("remote_id", "fully_qualified_name", "detail__AccountType")
    items = names_of(company_id, "Item").values_list(
        "remote_id", "fully_qualified_name", "detail__ExpenseAccountRef__value"
    )
    types, account_names, expenses, item_names = {}, {}, {}, {}
    for remote_id, name, account_type in accounts.iterator():
        types[remote_id], account_names[remote_id] = str(account_type or ""), name
    for remote_id, name, account_id in items.iterator():
        expenses[remote_id], item_names[remote_id] = str(account_id or ""), name
    withheld = Chosen.objects.filter(company_id=company_id, thing=Thing.RETAINAGE_ITEM)
    return Chart(types, account_names, expenses, item_names, frozenset(withheld.values_list("remote_id", flat=True)))


def known_of(company_id: int) -> Known:
    """Which of QuickBooks' jobs are projects, and which of its items are cost codes.

    A job or an item below another that is none itself is its nearest parent's.
    """
    return Known(projects=projects_of(company_id), codes=_with_those_below(company_id, "Item", "cost_code"))


def projects_of(company_id: int) -> dict[str, int]:
    """The projects by the ids of their jobs in QuickBooks, and of the jobs below those: two queries."""
    return _with_those_below(company_id, "Customer", "project_record")


def _with_those_below(company_id: int, entity: str, record: str) -> dict[str, int]:
    """Our record by the QuickBooks id it is linked to, and by those below that are none here."""
    links = Link.objects.filter(company_id=company_id, **{f"item__{record}__isnull": False})
    ours: dict[str, int] = dict(links.values_list("remote_id", f"item__{record}"))
    rows = names_of(company_id, entity).values_list("remote_id", "detail__ParentRef__value")
    parents = {remote_id: str(parent) for remote_id, parent in rows.iterator() if parent}
    return ours | {
        remote_id: ours[above]
        for remote_id in parents
        if remote_id not in ours and (above := _nearest(remote_id, parents, ours))
    }


def _nearest(remote_id: str, parents: dict[str, str], ours: Collection[str]) -> str:
    """The nearest row above that is a record here, or ""."""
    above = remote_id
    for _ in range(_LEVELS):
        above = parents.get(above, "")
        if above in ours:
            return above
    return ""


def own_among(company_id: int, entity: str, ids: Iterable[str]) -> frozenset[tuple[str, str]]:
    """Which of these documents this console has exported."""
    found: set[tuple[str, str]] = set()
    left = iter(ids)
    while some := list(islice(left, _BATCH)):
        rows = Link.objects.filter(company_id=company_id, entity=entity, remote_id__in=some)
        found.update(rows.values_list("entity", "remote_id"))
    return frozenset(found)


def added_among(company_id: int, lines: Iterable[CostText]) -> dict[tuple[str, str], set[str]]:
    """The lines that somebody added in QuickBooks to documents which this console has exported, by document; `lines`
    are all that these documents cost.

    A line of ours has its key in its description, or the Id that it had when it was seen. Of a document that was linked
    as a whole no line is known, so all of them are ours; so they are where one of ours is gone, whose place another has
    taken.
    """
    held: dict[tuple[str, str], dict[str, str]] = defaultdict(dict)
    for entity, txn_id, line_id, description in lines:
        held[entity, txn_id][line_id] = key_of({"Description": description})
    found: dict[tuple[str, str], set[str]] = {}
    left = iter([document for document, keys in held.items() if not all(keys.values())])
    while some := list(islice(left, _BATCH)):
        links = Link.objects.filter(company_id=company_id, remote_id__in={txn_id for _, txn_id in some})
        for link in links.filter(entity__in={entity for entity, _ in some}).only("entity", "remote_id", "seen"):
            added = _added(link, held.get((link.entity, link.remote_id), {}))
            if added:
                found[link.entity, link.remote_id] = added
    return found


def _added(link: Link, keys: Mapping[str, str]) -> set[str]:
    """Those of the lines, by id and key, that are none of ours."""
    seen = {key_in(path): value for path, value in link.seen.items() if key_in(path) and path.endswith(".Id")}
    ids, work = set(seen.values()), {key: at for key, at in seen.items() if key not in RETAINAGE}
    is_lost = any(key not in keys.values() and at not in keys for key, at in work.items())
    return set() if is_lost or is_whole(link) else {at for at, key in keys.items() if not key and at not in ids}


def added_lines(company_id: int, entities: Collection[str]) -> dict[tuple[str, str], set[str]]:
    """The same of all documents of these kinds whose costs were read."""
    ours = Link.objects.filter(company_id=company_id, entity=OuterRef("entity"), remote_id=OuterRef("txn_id"))
    rows = CostLine.objects.filter(company_id=company_id, entity__in=entities).order_by()
    unmarked = rows.exclude(description__regex=BEGINS)
    beside = unmarked.filter(entity=OuterRef("entity"), txn_id=OuterRef("txn_id"))
    told = rows.filter(Exists(ours), Exists(beside)).values_list("entity", "txn_id", "line_id", "description")
    return added_among(company_id, told.iterator())


def own_documents(company_id: int, entities: Collection[str]) -> frozenset[tuple[str, str]]:
    """All documents of these kinds that this console has exported."""
    rows = Link.objects.filter(company_id=company_id, entity__in=entities)
    return frozenset(rows.values_list("entity", "remote_id"))
