"""How a frozen posting names records that get their QuickBooks number only when it flies (ADR 13)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from django.urls import reverse

from procore_sync.acceptance.models import ErpItem
from quickbooks_bridge.models import Link

Document = dict[str, Any]
Names = dict[tuple[str, str], str]

#: The lists of QuickBooks that a document with lines refers to.
NAMED = ("Customer", "Vendor", "Item")


#: Which list of QuickBooks a choice is of, by what a posting calls it. An item is chosen for retainage alone.
_CHOSEN = {
    "TermRef": "Term",
    "SalesTermRef": "Term",
    "ClassRef": "Class",
    "DepartmentRef": "Department",
    "TaxCodeRef": "TaxCode",
    "IncomeAccountRef": "Account",
    "ExpenseAccountRef": "Account",
    "ParentRef": "Customer",
    "ItemRef": "Item",
}


def chosen_in(part: Any) -> set[tuple[str, str]]:
    """What of QuickBooks was chosen for a posting: list and number. Other records are named by their symbols."""
    if isinstance(part, list):
        return set().union(*(chosen_in(each) for each in part))
    if not isinstance(part, dict):
        return set()
    named = {(_CHOSEN[name], str((one or {}).get("value") or "")) for name, one in part.items() if name in _CHOSEN}
    own = {(entity, key) for entity, key in named if key and not key.startswith("@")}
    return own.union(*(chosen_in(each) for each in part.values()))


class Unresolved(Exception):
    """A record that the posting names is not, or not as we know it, in QuickBooks any more; `where` is its page."""

    def __init__(self, item: ErpItem | None, sentence: str = "") -> None:
        told = f"{item.get_kind_display().lower()} {item.label}" if item else "record that it names"
        super().__init__(
            sentence
            or f"The {told} is not linked to QuickBooks any more, so nothing was sent. "
            "Send it or link it again, then try again."
        )
        self.where = reverse("acceptance:review", args=[item.pk]) if item else ""


def numbers_of(payloads: Iterable[Document], company_id: int) -> dict[int, str]:
    """The QuickBooks number of every record that one of `payloads` names, as far as it has one; one query or none."""
    asked = {pk for payload in payloads for pk in _symbols(payload)}
    if not asked:
        return {}
    rows = Link.objects.filter(company_id=company_id, item_id__in=asked)
    return dict(rows.values_list("item_id", "remote_id"))


def resolved(payload: Document, company_id: int, numbers: Mapping[int, str] | None = None) -> Document:
    """`payload` with the QuickBooks number of every record that it names, asked for in one query if not given.

    Raises:
        Unresolved: one of them has none.
    """
    known = numbers_of([payload], company_id) if numbers is None else numbers
    missing = sorted(set(_symbols(payload)) - known.keys())
    if missing:
        raise Unresolved(ErpItem.objects.filter(company_id=company_id, pk=missing[0]).first())
    filled: Document = _filled(payload, known)
    return filled


def resolved_as_far(payload: Document, numbers: Mapping[int, str]) -> Document:
    """`payload` with those of `numbers` put in; a record without one stays named by its symbol."""
    known = {**{pk: f"@{pk}" for pk in _symbols(payload)}, **numbers}
    filled: Document = _filled(payload, known)
    return filled


def _symbols(part: Any) -> Iterator[int]:
    if isinstance(part, dict):
        value = part.get("value")
        if isinstance(value, str) and value[:1] == "@" and value[1:].isdigit():
            yield int(value[1:])
        for each in part.values():
            yield from _symbols(each)
    elif isinstance(part, list):
        for each in part:
            yield from _symbols(each)


def _filled(part: Any, known: Mapping[int, str]) -> Any:
    if isinstance(part, list):
        return [_filled(each, known) for each in part]
    if not isinstance(part, dict):
        return part
    value = part.get("value")
    if isinstance(value, str) and value[:1] == "@" and value[1:].isdigit():
        return {**part, "value": known[int(value[1:])]}
    return {name: _filled(each, known) for name, each in part.items()}


def refs_in(document: Any) -> Iterator[Document]:
    """Every place where a frozen document names another record: `{"item", "label", …}`."""
    if isinstance(document, dict):
        if "item" in document and "label" in document:
            yield document
        for each in document.values():
            yield from refs_in(each)
    elif isinstance(document, list):
        for each in document:
            yield from refs_in(each)


def names_in(document: Document) -> Names:
    """What the records that `document` names are called, by QuickBooks entity and symbol."""
    named = {f"@{one['item']}": str(one["label"]) for one in refs_in(document)}
    return {(entity, value): label for value, label in named.items() for entity in NAMED}
