"""What acceptance needs to know of a kind of record; each domain app registers its own at start."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from procore_sync.acceptance.courier import Fact
from procore_sync.acceptance.models import Document, ErpItem
from procore_sync.kit.kinds import Kind


@dataclass(frozen=True)
class Unmet:
    """Why a record cannot be sent yet: the sentence, who can cure it and where.

    `item` is another record that has to be in the ledger first, where sending that one would be the cure.
    """

    sentence: str
    who: str = ""
    where: str = ""
    item: ErpItem | None = None


@dataclass(frozen=True)
class KindSpec:
    """How acceptance reads a kind of record without knowing it.

    `document` returns what is frozen at sending: JSON-ready, money as text with two places, dates as ISO text.
    `target` is the item whose ledger document the record is written into, if that is not its own: a change order
    goes into the purchase order of its commitment. Of all that share a target, one flies at a time.
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
