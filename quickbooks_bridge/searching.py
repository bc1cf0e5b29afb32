"""One search over everything: names, numbers, vendors, amounts, and what QuickBooks calls it; from the person."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation

from django.db.models import Q, QuerySet
from django.utils.translation import gettext

from invoices.models import Payment, PaymentState
from procore_sync.acceptance.models import ErpItem
from procore_sync.acceptance.selectors import as_rows, items_for, readable
from procore_sync.accounts.access import visible
from procore_sync.accounts.models import Membership
from procore_sync.kit.finding import carrying
from procore_sync.kit.kept import entity_words
from procore_sync.kit.kinds import Kind
from procore_sync.kit.shown import MINUS
from quickbooks_bridge.models import Link

#: How many are shown of each way in which something was found.
MOST = 25
LEAST_LETTERS = 2
_AMOUNT = re.compile(r"^-?[\d,]*\d(?:\.\d{1,2})?$")


@dataclass(frozen=True)
class Found:
    """A record, and in words why it was found."""

    item: ErpItem
    why: str


@dataclass(frozen=True)
class Results:
    """What was found, the surest first. `more` says that a way had more than are shown; `short` that too little was
    typed to search for."""

    rows: list[Found]
    more: bool = False
    short: bool = False


def search_for(member: Membership, words: str) -> Results:
    """What `member` may see of what `words` name, in a fixed number of queries."""
    words = words.strip()[:200]
    if len(words) < LEAST_LETTERS and not words.isdecimal():
        return Results([], short=bool(words))
    found: dict[int, str] = {}
    more = False
    for way in _WAYS:
        rows = list(way(member, words))
        more = more or len(rows) > MOST
        for pk, why in rows[:MOST]:
            found.setdefault(pk, why)
    items = {item.pk: item for item in as_rows(items_for(member).filter(pk__in=found))}
    return Results([Found(items[pk], why) for pk, why in found.items() if pk in items], more)


Way = Callable[[Membership, str], Iterator[tuple[int, str]]]


def _first(rows: QuerySet[ErpItem]) -> list[ErpItem]:
    return list(rows.order_by("-status_changed_at", "-pk")[: MOST + 1])


def _by_number(member: Membership, words: str) -> Iterator[tuple[int, str]]:
    rows = items_for(member).filter(Q(number__iexact=words) | Q(external_ref__iexact=words))
    for item in _first(rows):
        is_number = item.number.casefold() == words.casefold()
        yield item.pk, gettext("Its number") if is_number else gettext("Its key in your other system")


def _by_ledger(member: Membership, words: str) -> Iterator[tuple[int, str]]:
    """`812`, or `Bill 812`, as QuickBooks, a person or their language calls it; a company has few of one number."""
    entity, _, remote_id = words.rpartition(" ")
    if not remote_id.isdecimal():
        return
    rows = Link.objects.filter(item__in=items_for(member), remote_id=remote_id)
    for link in rows.order_by("-pk")[: MOST + 1]:
        called = entity_words(link.entity)
        if not entity or entity.casefold() == called.casefold() or _is_spelt(entity, link.entity):
            yield link.item_id, gettext("{document} in QuickBooks").format(document=f"{called} {link.remote_id}")


def _is_spelt(typed: str, entity: str) -> bool:
    return typed.replace(" ", "").casefold() == entity.casefold()


def _by_amount(member: Membership, words: str) -> Iterator[tuple[int, str]]:
    amount = _amount(words)
    if amount is None:
        return
    for item in _first(items_for(member).filter(amount__in=[amount, -amount])):
        yield item.pk, gettext("Its amount")


def _amount(words: str) -> Decimal | None:
    text = words.replace(MINUS, "-").replace("$", "", 1).strip()
    if not _AMOUNT.match(text):
        return None
    try:
        amount = Decimal(text.replace(",", ""))
    except InvalidOperation:
        return None
    return amount if abs(amount) < Decimal(10) ** 12 else None


def _by_payment(member: Membership, words: str) -> Iterator[tuple[int, str]]:
    rows = readable(visible(Payment.objects.all(), member), member, erp="invoice__erp").select_related("invoice")
    for payment in rows.filter(number__iexact=words)[: MOST + 1]:
        told = {"method": gettext(payment.get_method_display()).lower(), "number": payment.number}
        why = gettext("Paid by {method} {number}")
        if payment.state != PaymentState.ISSUED:
            why, told["state"] = gettext("{state}: {method} {number}"), gettext(payment.get_state_display())
        yield payment.invoice.erp_id, why.format(**told)


def _by_name(member: Membership, words: str) -> Iterator[tuple[int, str]]:
    for item in _first(items_for(member).filter(carrying(words, "label"))):
        yield item.pk, gettext("Its name")


def _by_part_of_number(member: Membership, words: str) -> Iterator[tuple[int, str]]:
    for item in _first(items_for(member).filter(carrying(words, "number"))):
        yield item.pk, gettext("Part of its number")


def _by_vendor(member: Membership, words: str) -> Iterator[tuple[int, str]]:
    """Records that need a vendor of this name, as commitments and invoices do."""
    vendors = items_for(member).filter(carrying(words, "label"), kind=Kind.VENDOR)
    names = dict(vendors.values_list("pk", "label"))
    rows = ErpItem.requires.through._default_manager.filter(
        to_erpitem__in=names, from_erpitem__in=items_for(member)
    ).order_by("-from_erpitem")
    for row in rows[: MOST + 1]:
        yield row.from_erpitem_id, gettext("With {vendor}").format(vendor=names[row.to_erpitem_id])


def _by_ledger_name(member: Membership, words: str) -> Iterator[tuple[int, str]]:
    rows = Link.objects.filter(carrying(words, "name"), item__in=items_for(member))
    for link in rows.order_by("-pk")[: MOST + 1]:
        yield (
            link.item_id,
            gettext("{document} in QuickBooks").format(document=f"{entity_words(link.entity)} “{link.name}”"),
        )


#: The surest way first: a record that is found in several is told under the first.
_WAYS: tuple[Way, ...] = (
    _by_number,
    _by_ledger,
    _by_amount,
    _by_payment,
    _by_name,
    _by_part_of_number,
    _by_vendor,
    _by_ledger_name,
)
