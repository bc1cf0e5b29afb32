"""A subcontract's ground on a running site: a project, a vendor and two codes that stand in the books."""

from __future__ import annotations

from typing import Any

from procore_sync.acceptance import operations
from procore_sync.acceptance.models import ErpItem
from quickbooks_bridge.links import remember_link
from tests.factories import make_cost_code, make_project, make_vendor
from tests.quickbooks_bridge.documents import Ground
from tests.site import Site


def ground_of(site: Site) -> Ground:
    """Fire Station 4, Ace Electric and two codes, linked to what the books have of them."""
    by = site.max_pm
    project, vendor = make_project(by, "Fire Station 4", codes=[]), make_vendor(by, "Ace Electric Co")
    codes = [make_cost_code(by, "03-100"), make_cost_code(by, "16-100")]
    _link(site, project.erp, "Customer", "Fire Station 4")
    _link(site, vendor.erp, "Vendor", "Ace Electric Co")
    _link(site, codes[0].erp, "Item", "Materials")
    _link(site, codes[1].erp, "Item", "Subcontract Work")
    return Ground(by, project, vendor, codes)


def _link(site: Site, item: ErpItem, entity: str, name: str) -> None:
    held = next(one for one in site.books(entity) if name in (one.get("DisplayName"), one.get("Name")))
    operations.link(item, by=None, detail={"entity": entity})
    remember_link(item, entity, held, verified=None)


def accepted(site: Site, item: ErpItem) -> ErpItem:
    """`item` sent by Max and accepted by Ada."""
    submission = operations.send(item, by=site.max_pm)
    operations.accept(item, by=site.ada, seen=submission.digest, choices={})
    return item


def order(site: Site) -> dict[str, Any]:
    """The one purchase order in the books."""
    (held,) = site.books("PurchaseOrder")
    return held
