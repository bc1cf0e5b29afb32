"""What acceptance needs to know of a kind of record; each domain app registers its own at start."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.db.models import Q

from procore_sync.acceptance.courier import Fact
from procore_sync.acceptance.models import Document, ErpItem
from procore_sync.acceptance.states import Status
from procore_sync.kit.kinds import Kind


@dataclass(frozen=True)
class Unmet:
    """Why a record cannot be sent yet: the sentence, who can cure it and where.

    `items` are other records that have to go to the ledger before or with this one, where sending them is the cure.
    """

    sentence: str
    who: str = ""
    where: str = ""
    items: tuple[ErpItem, ...] = ()


@dataclass(frozen=True)
class DocumentLine:
    """One line of a document as a person reads it; `key` is what makes it the same line in another revision."""

    key: str
    cells: tuple[str, ...]
    amount: Decimal


@dataclass(frozen=True)
class Summed:
    """What one group of a document's lines comes to: what it is called, and an amount under each heading."""

    cells: tuple[str, ...]
    amounts: tuple[Decimal, ...]


@dataclass(frozen=True)
class Sums:
    """What the lines of a document come to, group by group: the headings of the cells and of the amounts, and rows."""

    title: str
    columns: tuple[str, ...]
    amount_columns: tuple[str, ...]
    rows: list[Summed]

    @property
    def total(self) -> tuple[Decimal, ...]:
        """All groups under each heading of an amount."""
        return tuple(sum(column, Decimal("0.00")) for column in zip(*(row.amounts for row in self.rows), strict=True))


@dataclass(frozen=True)
class KindSpec:
    """How acceptance reads a kind of record without knowing it.

    `document` returns what is frozen at sending: JSON-ready, money as text with two places, dates as ISO text.
    `target` is the item whose ledger document the record is written into, if that is not its own: a change order
    goes into the purchase order of its commitment. Of all that share a target, one flies at a time.
    `lines` are the lines of a document that has some, in its order, and `line_columns` the headings of their cells.
    `sums` are what those lines come to, if several may be about the same.
    `stays_linked` says what keeps a synced record from being unlinked, apart from what the ledger holds.
    `given_up` is the condition on an item that its record is void, over or inactive: nothing more comes of it.
    """

    kind: Kind
    label: str
    plural: str
    badge: str
    record_of: Callable[[ErpItem], Any]
    document: Callable[[Any], Document]
    unmet: Callable[[Any], list[Unmet]]
    url: Callable[[Any], str]
    facts: Callable[[Document], list[Fact]]
    target: Callable[[Any], ErpItem] | None = None
    lines: Callable[[Document], Sequence[DocumentLine]] | None = None
    line_columns: tuple[str, ...] = ()
    sums: Callable[[Document], Sums | None] | None = None
    stays_linked: Callable[[Any], list[Unmet]] | None = None
    given_up: Q | None = None


def on_its_way(item: ErpItem) -> bool:
    """Whether a record that needs `item` may be sent: it is in the ledger, or with accounting, or being exported.

    The engine lets the record wait until `item` is in the ledger; whoever decides is told.
    """
    return item.synced_revision is not None or item.status in (Status.SENT, Status.EXPORTING)


def ref(item: ErpItem) -> Document:
    """How a document names another record: `{"item": its item's id, "label": its name at that time}`."""
    return {"item": item.pk, "label": item.label}


_specs: dict[str, KindSpec] = {}


def register(spec: KindSpec) -> None:
    """Make a kind known; called once a kind from the app's `AppConfig.ready()`."""
    _specs[spec.kind] = spec


def spec_of(kind: str) -> KindSpec:
    """The registered spec of `kind`.

    Raises:
        LookupError: no installed app brings this kind.
    """
    if kind not in _specs:
        raise LookupError(f"No installed app brings the kind {kind}.")
    return _specs[kind]


def known_kinds() -> list[KindSpec]:
    """Every kind that an installed app brings, in the order of the vocabulary."""
    return [_specs[kind] for kind in Kind.values if kind in _specs]


def given_up() -> Q:
    """The items whose records nobody is to send any more, and of which the ledger never held anything."""
    over = Q()
    for spec in known_kinds():
        over |= spec.given_up or Q()
    return over & Q(synced_revision=None) if over else Q(pk__in=[])
