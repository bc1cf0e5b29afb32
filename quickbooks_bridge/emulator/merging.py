"""Making one of two: what QuickBooks does when a bookkeeper gives an entry another's name and agrees to merge them.

Only a person can do that; the API answers 6240. The one vanishes, what pointed at it points at the other.
"""

import json
from collections.abc import Iterator
from typing import Any

from .books import Books
from .entity import Entity
from .records import Document, Record
from .rules import nest
from .tables import ENTITIES

#: By what names documents point at an entry of these lists.
MERGEABLE = {
    "Vendor": ("VendorRef", "EntityRef"),
    "Customer": ("CustomerRef", "EntityRef"),
    "Item": ("ItemRef",),
}


class Unmergeable(ValueError):
    """These two cannot become one; the sentence says why."""


def twins(books: Books, entity: Entity, key: str) -> list[Document]:
    """The entries that this one may be merged into, by name."""
    if entity.name not in MERGEABLE or not books.records[entity.name][key].document["Active"]:
        return []
    rows = [record.document for record in books.records[entity.name].values()]
    mine = books.records[entity.name][key].document
    found = [one for one in rows if one["Id"] != key and one["Active"] and _alike(mine, one)]
    return sorted(found, key=lambda one: str(one[entity.name_field]).casefold())


def _alike(one: Document, other: Document) -> bool:
    """On the same level below the same parent, and of the same kind."""
    return one.get("ParentRef") == other.get("ParentRef") and one.get("Type") == other.get("Type")


def merge(books: Books, entity: Entity, gone: str, kept: str) -> Record:
    """Merge `gone` into `kept`; the record that stays.

    Raises:
        Unmergeable: not two active entries of one of these lists that stand side by side.
        Refused: one of them is not there (610).
    """
    if entity.name not in MERGEABLE:
        raise Unmergeable(f"Only {', '.join(MERGEABLE)} can be merged, not {entity.name}.")
    books.get(entity, gone)
    books.get(entity, kept)
    if kept not in {one["Id"] for one in twins(books, entity, gone)}:
        raise Unmergeable(
            "Two entries can be merged when both are active, of the same type and side by side: both on the top level "
            "or below the same parent."
        )
    _may_adopt(books, entity, gone, kept)
    _point_elsewhere(books, entity, gone, kept)
    if books.around.switches["merged_record"] == "inactive":
        books.arrange(entity, gone, lambda it: books.put_away(entity, it), told=False)
    else:
        books.strike(entity, gone)
    record = books.arrange(entity, kept, lambda _: None, told=False)
    books.tell(entity.name, kept, "Merge", gone)
    return record


def _may_adopt(books: Books, entity: Entity, gone: str, kept: str) -> None:
    """Where names are unique below a parent, the children of both must not share one."""
    if not entity.has_parent or entity.shared_names == "people":
        return
    below: dict[str, set[str]] = {gone: set(), kept: set()}
    for record in books.records[entity.name].values():
        parent = record.document.get("ParentRef", {}).get("value")
        if parent in below:
            below[parent].add(str(record.document[entity.name_field]).casefold())
    if below[gone] & below[kept]:
        raise Unmergeable(f"Both have a {min(below[gone] & below[kept])} below them. Rename one of these first.")


def _point_elsewhere(books: Books, entity: Entity, gone: str, kept: str) -> None:
    shown: Document = {"value": kept, "name": books.name_of((entity.name, kept))}
    for other, key in list(_pointing(books, entity, gone)):
        change = _Redirect(books, other, entity, gone, shown)
        if other.is_transaction and not books.around.switches["merge_touches_transactions"]:
            document: Document = json.loads(books.records[other.name][key].text)
            change(document)
            books.replace(other, document)
        else:
            books.arrange(other, key, change)


def _pointing(books: Books, entity: Entity, gone: str) -> Iterator[tuple[Entity, str]]:
    """Every document that points at an entry: transactions are looked through, lists know who refers to them."""
    for other in ENTITIES.values():
        if other.is_transaction:
            for key, record in books.records[other.name].items():
                if next(_places(record.document, other, entity, gone), None) is not None:
                    yield other, key
    for name, key in books.referring((entity.name, gone)):
        yield ENTITIES[name], key


def _places(document: Document, other: Entity, entity: Entity, gone: str) -> Iterator[Document]:
    """The references of a document to this entry, header and lines."""
    names = MERGEABLE[entity.name] if other.is_transaction else _list_names(other, entity)
    yield from _references(document, names, gone)


def _list_names(other: Entity, entity: Entity) -> tuple[str, ...]:
    return tuple(field.name for field in other.references if entity.name in field.targets)


def _references(value: Any, names: tuple[str, ...], gone: str) -> Iterator[Document]:
    """People draw their ids from one range, so an EntityRef needs no look at its type."""
    if isinstance(value, list):
        for one in value:
            yield from _references(one, names, gone)
    elif isinstance(value, dict):
        for name, inner in value.items():
            if name in names and isinstance(inner, dict) and inner.get("value") == gone:
                yield inner
            else:
                yield from _references(inner, names, gone)


class _Redirect:
    """The change of one document: every reference to the one becomes a reference to the other."""

    def __init__(self, books: Books, other: Entity, entity: Entity, gone: str, shown: Document) -> None:
        self._books, self._other, self._entity, self._gone, self._shown = books, other, entity, gone, shown

    def __call__(self, document: Document) -> None:
        for place in _places(document, self._other, self._entity, self._gone):
            place["value"] = self._shown["value"]
            if "name" in place:
                place["name"] = self._shown["name"]
        if not self._other.is_transaction and self._other.has_parent:
            nest(self._books, self._other, document)
