"""How the lines of a bill find the lines of the purchase order that they bill, once the bill flies.

A frozen posting names the order by its commitment and a line by our key; the link of the commitment knows what both
are in QuickBooks. What cannot be linked is left out and told, never silently.
"""

from __future__ import annotations

from dataclasses import dataclass

from django.utils.translation import gettext_noop

from quickbooks_bridge.exporters.bills import order_links
from quickbooks_bridge.exporters.keys import key_of
from quickbooks_bridge.models import Link
from quickbooks_bridge.references import Document, Unresolved


@dataclass(frozen=True)
class Linked:
    """A payload with its links as QuickBooks takes them, and a sentence for each that it does without."""

    payload: Document
    without: list[str]


def linked(payload: Document, company_id: int) -> Linked:
    """`payload`, which names everything else by its QuickBooks number, with its links to the purchase order; one query.

    Raises:
        Unresolved: the order is another vendor's than the bill.
    """
    named = order_links(payload)
    if not named:
        return Linked(payload, [])
    order = (
        Link.objects.filter(company_id=company_id, item_id=int(named[0]["TxnId"][1:])).select_related("item").first()
    )
    if order is None:
        return Linked(_with(payload, []), [_NO_ORDER])
    _refuse_another_vendor(order, payload)
    if why := why_not_linked(order):
        return Linked(_with(payload, []), [f"It is not linked to the {_called(order)}, which {why}."])
    lines = [_line(line, order) for line in payload["Line"]]
    lost = [key_of(line) for line, before in zip(lines, payload["Line"], strict=True) if _lost_its_link(line, before)]
    told = [f"Line {key} is not linked: the {_called(order)} has no such line any more." for key in lost]
    found = any(order_links(line) for line in lines)
    return Linked(_with({**payload, "Line": lines}, [_of(order)] if found else []), told)


_NO_ORDER = gettext_noop("The commitment has no purchase order in QuickBooks to link it to.")


def why_not_linked(order: Link) -> str:
    """Why bills are made without a link to this order, as the end of a sentence; "" if they are made with one."""
    return _CLOSED if order.seen.get("POStatus") == "Closed" else ""


_CLOSED = gettext_noop("was closed in QuickBooks when it was last seen")


def line_id(order: Link, key: str) -> str:
    """The number of a line of ours in the order, as last seen; "" if it has none."""
    return str(order.seen.get(f"Line.{key}.Id", ""))


def _called(order: Link) -> str:
    return f"purchase order {order.name}"


def _refuse_another_vendor(order: Link, payload: Document) -> None:
    theirs = order.seen.get("VendorRef.value", "")
    if theirs and theirs != payload["VendorRef"]["value"]:
        raise Unresolved(
            order.item,
            f"The {_called(order)} was another vendor's than this bill when it was last seen in QuickBooks, so nothing "
            "was sent. Let the bookkeeper look at both, then try again.",
        )


def _of(order: Link) -> Document:
    return {"TxnId": order.remote_id, "TxnType": order.entity}


def _line(line: Document, order: Link) -> Document:
    if not order_links(line):
        return line
    rest = {name: value for name, value in line.items() if name != "LinkedTxn"}
    number = line_id(order, key_of(line))
    return {**rest, "LinkedTxn": [{**_of(order), "TxnLineId": number}]} if number else rest


def _lost_its_link(line: Document, before: Document) -> bool:
    return bool(order_links(before)) and not order_links(line)


def _with(payload: Document, links: list[Document]) -> Document:
    """`payload` with these links of its own; without any, its lines have none either."""
    rest = {name: value for name, value in payload.items() if name != "LinkedTxn"}
    if links:
        return {**rest, "LinkedTxn": links}
    lines = [{name: value for name, value in line.items() if name != "LinkedTxn"} for line in payload["Line"]]
    return {**rest, "Line": lines}
