"""What the names in cost documents are here: accounts and items by their lists, our records by their links."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from itertools import islice
from typing import Any

from procore_sync.kit.kinds import Kind
from projects.ledger_costs import Known
from projects.models import CostCode, Project
from quickbooks_bridge.importers.cost_lines import Chart
from quickbooks_bridge.models import Link, Mapping, Thing
from quickbooks_bridge.names import names_of

_BATCH = 500
#: Deeper than QuickBooks nests items.
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
    withheld = Mapping.objects.filter(company_id=company_id, thing=Thing.RETAINAGE_ITEM)
    return Chart(types, account_names, expenses, item_names, frozenset(withheld.values_list("remote_id", flat=True)))


def known_of(company_id: int) -> Known:
    """Which of QuickBooks' jobs are projects, and which of its items are cost codes.

    A sub-item that is no cost code itself is its nearest parent's.
    """
    return Known(projects=_linked(company_id, Kind.PROJECT), codes=_with_sub_items(company_id))


def _linked(company_id: int, kind: Kind) -> dict[str, int]:
    """Our record by the QuickBooks id it is linked to."""
    links = Link.objects.filter(company_id=company_id, item__kind=kind)
    rows: Any = Project.objects if kind == Kind.PROJECT else CostCode.objects
    records = dict(rows.filter(company_id=company_id).values_list("erp_id", "pk"))
    return {
        remote_id: records[item_id]
        for remote_id, item_id in links.values_list("remote_id", "item_id")
        if item_id in records
    }


def _with_sub_items(company_id: int) -> dict[str, int]:
    codes = _linked(company_id, Kind.COST_CODE)
    rows = names_of(company_id, "Item").values_list("remote_id", "detail__ParentRef__value")
    parents = {remote_id: str(parent) for remote_id, parent in rows.iterator() if parent}
    return codes | {
        remote_id: codes[above]
        for remote_id in parents
        if remote_id not in codes and (above := _nearest(remote_id, parents, codes))
    }


def _nearest(remote_id: str, parents: dict[str, str], codes: Collection[str]) -> str:
    """The nearest item above that is a cost code, or ""."""
    above = remote_id
    for _ in range(_LEVELS):
        above = parents.get(above, "")
        if above in codes:
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


def own_documents(company_id: int, entities: Collection[str]) -> frozenset[tuple[str, str]]:
    """All documents of these kinds that this console has exported."""
    rows = Link.objects.filter(company_id=company_id, entity__in=entities)
    return frozenset(rows.values_list("entity", "remote_id"))
