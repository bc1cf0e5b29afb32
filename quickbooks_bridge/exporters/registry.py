"""Which exporter serves which kind."""

from __future__ import annotations

from procore_sync.kit.kinds import Kind
from quickbooks_bridge.exporters.base import Document, Exporter
from quickbooks_bridge.exporters.bills import BillExporter
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
    Kind.INVOICE: BillExporter(),
}


def exporter_for(kind: str, document: Document | None = None) -> Exporter:
    """The exporter of `kind`; of two that serve it, the one for `document`.

    Raises:
        LookupError: this kind does not travel to QuickBooks yet.
    """
    if kind not in EXPORTERS:
        raise LookupError(f"No exporter serves the kind {kind}.")
    return EXPORTERS[kind].serving(document) if document else EXPORTERS[kind]
