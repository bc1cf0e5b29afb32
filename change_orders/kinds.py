"""How acceptance reads a change order: the document, its lines and facts, and why it cannot go yet."""

from __future__ import annotations

from decimal import Decimal

from django.db.models import Q
from django.urls import reverse
from django.utils.translation import gettext_noop

from change_orders.hindrances import hindrances_of
from change_orders.models import ChangeLine, ChangeOrder, ChangeStatus
from change_orders.readiness import unmet_of_change_order
from commitments.rules import plain
from procore_sync.acceptance.courier import Fact
from procore_sync.acceptance.kinds import DocumentLine, KindSpec, ref
from procore_sync.acceptance.models import Document, ErpItem
from procore_sync.kit.kinds import Kind
from procore_sync.kit.money import money
from projects.kinds import labelled


def lines_of(change_order: ChangeOrder) -> list[ChangeLine]:
    """The lines in the order of their numbers, with what they name, as the database has them now."""
    rows = ChangeLine.objects.filter(change_order=change_order)
    return list(rows.select_related("code__cost_code__erp", "sov_line__code", "request").order_by("number"))


def key_of(change_order: ChangeOrder, line: ChangeLine) -> str:
    """What makes a line the same for ever, in the purchase order of its commitment: "C2.1"."""
    return f"C{change_order.sequence}.{line.number}"


def change_order_document(change_order: ChangeOrder) -> Document:
    """What QuickBooks gets of a change order; money with two places, dates ISO, "" where there is nothing."""
    commitment, lines = change_order.commitment, lines_of(change_order)
    return {
        "commitment": {**ref(commitment.erp), "number": commitment.number},
        "project": ref(commitment.project.erp),
        "vendor": ref(commitment.vendor.erp) if commitment.vendor else {"item": None, "label": ""},
        "number": change_order.number,
        "title": change_order.title,
        "date": change_order.created_on.isoformat(),
        "description": change_order.description,
        "total": str(sum((line.amount for line in lines), Decimal("0.00"))),
        "lines": [_document_line(change_order, line) for line in lines],
    }


def _document_line(change_order: ChangeOrder, line: ChangeLine) -> Document:
    code = line.code.cost_code
    return {
        "key": key_of(change_order, line),
        "changes": str(line.sov_line.number) if line.sov_line else "",
        "code": {**ref(code.erp), "code": code.code},
        "description": line.text,
        "quantity": plain(line.quantity),
        "uom": line.uom,
        "unit_cost": plain(line.unit_cost),
        "amount": str(money(line.amount)),
    }


def change_order_facts(document: Document) -> list[Fact]:
    """What a person reads of a change order's document."""
    return [
        *labelled(
            (gettext_noop("Number"), document["number"]),
            (gettext_noop("Title"), document["title"]),
            (gettext_noop("Commitment"), document["commitment"]["label"]),
            (gettext_noop("Project"), document["project"]["label"]),
            (gettext_noop("Vendor"), document["vendor"]["label"]),
            (gettext_noop("Date"), document["date"]),
            (gettext_noop("Description"), document["description"]),
        ),
        Fact(gettext_noop("Total"), f"{Decimal(document['total']):,.2f}", numeric=True),
    ]


LINE_COLUMNS = (
    gettext_noop("Cost code"),
    gettext_noop("Description"),
    gettext_noop("Changes line"),
    gettext_noop("Quantity"),
    gettext_noop("Unit"),
    gettext_noop("Unit cost"),
)


def change_order_lines(document: Document) -> list[DocumentLine]:
    """The lines of a change order's document, as a person reads them under `LINE_COLUMNS`."""
    columns = ("description", "changes", "quantity", "uom", "unit_cost")
    return [
        DocumentLine(line["key"], (line["code"]["code"], *(line[one] for one in columns)), Decimal(line["amount"]))
        for line in document["lines"]
    ]


def _record_of(item: ErpItem) -> ChangeOrder:
    rows = ChangeOrder.objects.select_related(
        "erp", "company", "reviewer__user", "commitment__erp", "commitment__project__erp", "commitment__vendor__erp"
    )
    found: ChangeOrder = rows.get(erp=item)
    return found


def _target(change_order: ChangeOrder) -> ErpItem:
    item: ErpItem = change_order.commitment.erp
    return item


CHANGE_ORDER = KindSpec(
    kind=Kind.CHANGE_ORDER,
    label=gettext_noop("Change order"),
    plural=gettext_noop("Change orders"),
    badge="CCO",
    record_of=_record_of,
    document=change_order_document,
    unmet=unmet_of_change_order,
    url=lambda change_order: reverse("change_orders:change_order", args=[change_order.pk]),
    facts=change_order_facts,
    target=_target,
    lines=change_order_lines,
    line_columns=LINE_COLUMNS,
    stays_linked=hindrances_of,
    given_up=Q(change_order__status__in=(ChangeStatus.VOID, ChangeStatus.REJECTED, ChangeStatus.NO_CHARGE)),
)
