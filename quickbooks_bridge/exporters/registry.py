"""Which exporter serves which kind."""

from __future__ import annotations

from procore_sync.kit.kinds import Kind
from quickbooks_bridge.exporters.base import Exporter
from quickbooks_bridge.exporters.customers import CustomerExporter
from quickbooks_bridge.exporters.estimates import EstimateExporter
from quickbooks_bridge.exporters.items import ItemExporter
from quickbooks_bridge.exporters.purchase_orders import ChangeOrderExporter, PurchaseOrderExporter
from quickbooks_bridge.exporters.vendors import VendorExporter

EXPORTERS: dict[str, Exporter] = {
    Kind.COST_CODE: ItemExporter(),
    Kind.PROJECT: CustomerExporter(),
    Kind.VENDOR: VendorExporter(),
    Kind.BUDGET: EstimateExporter(),
    Kind.COMMITMENT: PurchaseOrderExporter(),
    Kind.CHANGE_ORDER: ChangeOrderExporter(),
}


def exporter_for(kind: str) -> Exporter:
    """The exporter of `kind`.

    Raises:
        LookupError: this kind does not travel to QuickBooks yet.
    """
    if kind not in EXPORTERS:
        raise LookupError(f"No exporter serves the kind {kind}.")
    return EXPORTERS[kind]
