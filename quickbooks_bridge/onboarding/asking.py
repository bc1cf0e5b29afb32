"""Whether a QuickBooks company that was just connected holds orders or bills for the names that are here already."""

from __future__ import annotations

from typing import Any, Final

from procore_sync.accounts.models import Company
from procore_sync.kit.text import normalise
from projects.models import Project
from quickbooks_bridge.client.api import Ledger
from quickbooks_bridge.client.faults import LedgerFault
from quickbooks_bridge.models import Link
from quickbooks_bridge.onboarding.documents import BILL, ORDER
from vendors.models import Vendor

#: The newest of each kind; one page of each is one call.
_NEWEST: Final = 1000


def is_in_use(ledger: Ledger, company: Company) -> bool:
    """Whether what we would send may stand there: two calls, or none where nothing is here or something was sent.

    If QuickBooks cannot say, it is taken for in use: matching can be skipped, a second bill cannot.
    """
    if Link.objects.filter(company=company).exists():
        return False
    vendors = _known(Vendor.objects.filter(company=company).values_list("name", flat=True))
    jobs = _known(Project.objects.filter(company=company).values_list("name", flat=True))
    if not vendors and not jobs:
        return False
    try:
        return any(_concerns(one, vendors, jobs) for entity in (ORDER, BILL) for one in _newest(ledger, entity))
    except LedgerFault:
        return True


def _known(names: Any) -> frozenset[str]:
    return frozenset(normalise(name) for name in names)


def _newest(ledger: Ledger, entity: str) -> list[dict[str, Any]]:
    return ledger.query(f"SELECT * FROM {entity} ORDERBY TxnDate DESC MAXRESULTS {_NEWEST}").rows(entity)  # noqa: S608


def _concerns(document: dict[str, Any], vendors: frozenset[str], jobs: frozenset[str]) -> bool:
    if normalise(_name(document, "VendorRef")) in vendors:
        return True
    details = (line.get(str(line.get("DetailType") or "")) or {} for line in document.get("Line") or [])
    # A job is named with its customer in front: "City of Eastport:Fire Station 4".
    return any(normalise(_name(one, "CustomerRef").rpartition(":")[2]) in jobs for one in details)


def _name(holder: dict[str, Any], name: str) -> str:
    return str((holder.get(name) or {}).get("name") or "")
