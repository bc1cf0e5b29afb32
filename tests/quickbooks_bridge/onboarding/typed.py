"""A bookkeeper who typed orders and bills before the console came, and records of ours of the same."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

from procore_sync.accounts.models import Membership
from projects.models import CostCode, Project
from quickbooks_bridge.importers.candidates import SOURCES
from quickbooks_bridge.importers.operations import link_to
from quickbooks_bridge.models import Connection
from quickbooks_bridge.names import names_of
from quickbooks_bridge.onboarding.beginning import begin
from quickbooks_bridge.onboarding.documents import Row
from quickbooks_bridge.onboarding.models import OpeningDocument
from quickbooks_bridge.onboarding.reading import ask, carry_on
from tests.factories import make_cost_code, make_project, make_vendor
from tests.quickbooks_bridge.emulator_process import EmulatorProcess
from vendors.models import Vendor

ITEM = "ItemBasedExpenseLineDetail"
ACE, BRIEN, SUMMIT = "Ace Electric Co", "O'Brien Excavating", "Summit Roofing and Sheet Metal"
STATION, LIBRARY = "Fire Station 4", "Riverside Library Renovation"
WORK, MATERIALS = "Subcontract Work", "Materials"


class Typed:
    """What stands in QuickBooks by its names, and the hands that type there."""

    def __init__(self, emulator: EmulatorProcess) -> None:
        self.emulator = emulator

    def id_of(self, entity: str, name: str) -> str:
        """The number of a name."""
        (found,) = self.emulator.named(entity, name)
        return str(found["Id"])

    def line(self, amount: str, text: str = "", *, job: str = STATION, item: str = WORK) -> dict[str, Any]:
        """A line of an item for a job, as a bookkeeper types it."""
        detail = {
            "ItemRef": {"value": self.id_of("Item", item)},
            "CustomerRef": {"value": self.id_of("Customer", job)},
        }
        return {"Amount": float(amount), "DetailType": ITEM, "Description": text, ITEM: detail}

    def order(self, number: str, *lines: dict[str, Any], vendor: str = ACE, **more: Any) -> dict[str, Any]:
        """A purchase order."""
        return self._document("PurchaseOrder", number, list(lines), vendor, more)

    def bill(self, number: str, *lines: dict[str, Any], vendor: str = ACE, **more: Any) -> dict[str, Any]:
        """A bill."""
        return self._document("Bill", number, list(lines), vendor, more)

    def _document(
        self, entity: str, number: str, lines: list[Any], vendor: str, more: dict[str, Any]
    ) -> dict[str, Any]:
        head = {"VendorRef": {"value": self.id_of("Vendor", vendor)}, "TxnDate": "2026-11-02", "DocNumber": number}
        return self.emulator.write(entity, {**head, **more, "Line": lines})

    def held(self, entity: str) -> dict[str, dict[str, Any]]:
        """What stands there, by number."""
        return {str(one.get("DocNumber", one["Id"])): one for one in self.emulator.documents(entity)}


@dataclass(frozen=True)
class Here:
    """Vendors, jobs and codes of ours that are linked to those of QuickBooks."""

    station: Project
    library: Project
    ace: Vendor
    brien: Vendor
    code: CostCode


def link_name(record: Any, name: str, source: str, by: Membership) -> None:
    """Say that a record of ours is this name of QuickBooks."""
    found = names_of(by.company_id, SOURCES[source].entity).get(name=name)
    record.erp.refresh_from_db()
    link_to(found, record.erp, by=by)


def make_here(by: Membership, approver: Membership) -> Here:
    """Records that are called otherwise here, linked by hand."""
    code = make_cost_code(by, "26-100", "Electrical")
    found = Here(
        station=make_project(by, "Station 4", codes=[code]),
        library=make_project(by, "Riverside Library", codes=[code]),
        ace=make_vendor(by, "Ace Electric Company"),
        brien=make_vendor(by, "O'Brien Excavating"),
        code=code,
    )
    link_name(found.code, WORK, "item", approver)
    link_name(found.station, STATION, "job", approver)
    link_name(found.library, LIBRARY, "job", approver)
    link_name(found.ace, ACE, "vendor", approver)
    link_name(found.brien, BRIEN, "vendor", approver)
    return found


def read(row: Connection, administrator: Membership, since: date = date(2026, 1, 1)) -> list[OpeningDocument]:
    """Begin the matching and read what stands in QuickBooks to the end; all rows, the oldest first."""
    begin(since=since, by=administrator)
    return read_again(administrator)


def read_again(by: Membership) -> list[OpeningDocument]:
    """Read what changed; all rows, the oldest first."""
    ask(by=by)
    reading = carry_on(by.company_id)
    assert reading
    assert not reading.error, reading.error
    assert reading.ended_at
    return list(OpeningDocument.objects.filter(company_id=by.company_id).order_by("pk"))


def whole(row: Row) -> OpeningDocument:
    """A matched document as it is kept."""
    return OpeningDocument.objects.get(pk=row.pk)
