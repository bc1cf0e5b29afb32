"""What has to be read once more because a list says otherwise of what documents name.

QuickBooks reports the documents that somebody changed. It reports none of those that a merge points elsewhere, nor of
those whose account is of another type since: they were written as they were. Left as they were read, a job's costs
would stay with a job that is gone, and a bill with a vendor under whom no second one of its number is looked for.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from functools import reduce
from operator import or_
from typing import Any, Final

from django.db.models import Q

from projects.models import CostLine
from quickbooks_bridge.models import CostCursor, LedgerBill, LedgerName, PaymentCursor
from quickbooks_bridge.names import names_of
from quickbooks_bridge.reconciling.rows import LedgerOrder, OrderCursor
from quickbooks_bridge.watch_models import WatchCursor

BILLS: Final = ("Bill", "VendorCredit")
#: In which column of a cost line a name of a list stands, and how.
_IN_COSTS: Final = {
    "Customer": ("job_id", ""),
    "Item": ("item_id", ""),
    "Vendor": ("party_id", "Vendor:"),
    "Account": ("account_id", ""),
}
#: In which column of a bill and of an order.
_IN_BILLS: Final = {"Vendor": "vendor_id", "Customer": ""}
_IN_ORDERS: Final = {"Vendor": "party_id", "Customer": "party_id"}
#: What a list says of a name that decides whether a line is a cost.
_DECIDES: Final = {"Account": ("AccountType",), "Item": ("ExpenseAccountRef", "value")}
_AT_ONCE: Final = 100


def note(company_id: int, entity: str, rows: Iterable[LedgerName], gone: Collection[str] = ()) -> frozenset[str]:
    """Let documents be read whole that name what is gone now, or what posts to another account than before.

    `rows` are those of a list as QuickBooks has them now, not stored yet, and `gone` the ids that it does not hold any
    more, or that were merged. Returns the kinds of bills to be read whole, for a caller that reads them itself.
    """
    if entity not in _IN_COSTS and entity not in _DECIDES:
        return frozenset()
    told = {row.remote_id: row for row in rows}
    known = list(names_of(company_id, entity).filter(remote_id__in=[*told, *gone]))
    lost = [one.remote_id for one in known if one.remote_id in gone]
    if _named_in_costs(company_id, entity, lost) or any(_decides_otherwise(one, told) for one in known):
        costs_anew(company_id)
    if _named(LedgerOrder, company_id, _IN_ORDERS.get(entity), entity, lost):
        OrderCursor.objects.filter(company_id=company_id).update(changed_since=None, position=0)
    if not _named(LedgerBill, company_id, _IN_BILLS.get(entity), entity, lost):
        return frozenset()
    for kind in BILLS:  # in the order in which readers lock them
        for cursors in (PaymentCursor, WatchCursor):
            of_kind = cursors._default_manager.filter(company_id=company_id, entity=kind)
            of_kind.update(changed_since=None, position=0)
    return frozenset(BILLS)


def costs_anew(company_id: int) -> None:
    """Let every document that costs a job something be read whole by the next reading."""
    CostCursor.objects.filter(company_id=company_id).update(changed_since=None, position=0)


def _decides_otherwise(known: LedgerName, told: dict[str, LedgerName]) -> bool:
    now, path = told.get(known.remote_id), _DECIDES.get(known.entity, ())
    return bool(path) and now is not None and _at(known.detail, path) != _at(now.detail, path)


def _at(detail: Any, path: Iterable[str]) -> str:
    for name in path:
        detail = (detail or {}).get(name)
    return str(detail or "")


def _named_in_costs(company_id: int, entity: str, lost: list[str]) -> bool:
    column, begins = _IN_COSTS.get(entity, ("", ""))
    if not column or not lost:
        return False
    ids = [f"{begins}{one}" for one in lost]
    return CostLine.objects.filter(company_id=company_id, **{f"{column}__in": ids}).exists()


def _named(model: Any, company_id: int, column: str | None, entity: str, lost: list[str]) -> bool:
    if column is None or not lost:
        return False
    rows = model.objects.filter(company_id=company_id)
    if column and rows.filter(**{f"{column}__in": lost}).exists():
        return True
    # Some jobs at a time: no database takes a condition of a thousand parts.
    some = (lost[at : at + _AT_ONCE] for at in range(0, len(lost), _AT_ONCE)) if entity == "Customer" else ()
    return any(rows.filter(reduce(or_, (Q(job_ids__icontains=f'"{job}"') for job in part))).exists() for part in some)
