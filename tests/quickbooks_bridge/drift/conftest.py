"""A subcontract, its vendor and its bill in the running look-alike, and a bookkeeper who changes them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest

from commitments.models import Commitment
from procore_sync.acceptance.models import ErpItem, Submission
from quickbooks_bridge.drift import examine, gone
from quickbooks_bridge.drift_models import Drift
from quickbooks_bridge.models import Connection, Link
from tests.quickbooks_bridge.documents import Ground
from tests.quickbooks_bridge.emulator_process import EmulatorProcess
from tests.quickbooks_bridge.invoice_rows import make_invoice
from tests.quickbooks_bridge.test_bills import green, retainage, subcontract
from tests.quickbooks_bridge.test_documents import ground
from tests.scenes import kept

__all__ = ["ground", "retainage", "subcontract"]

Accept = Callable[..., Submission]
Json = dict[str, Any]


@dataclass(frozen=True)
class Bookkeeper:
    """Changes what stands in the books, and has it heard here."""

    connection: Connection
    emulator: EmulatorProcess

    def held(self, link: Link) -> Json:
        """The document of a link as it stands."""
        (found,) = (one for one in self.emulator.documents(link.entity) if one["Id"] == link.remote_id)
        return found

    def writes(self, link: Link, **changes: Any) -> Json:
        """Change fields of it."""
        return self.emulator.write(link.entity, {**self.held(link), **changes})

    def rewrites(self, link: Link, change: Callable[[list[Json]], None], **changes: Any) -> Json:
        """Change its lines."""
        held = self.held(link)
        change(held["Line"])
        return self.emulator.write(link.entity, {**held, **changes})

    def deletes(self, link: Link) -> None:
        """Delete it, and have that heard."""
        self.emulator.delete(link.entity, self.held(link))

    def heard(self, entity: str) -> int:
        """Everything of one kind is read, whoever wrote it."""
        return examine(self.connection, entity, self.emulator.documents(entity), heard_by="a test")

    def gone(self, link: Link, into: str = "") -> int:
        """It is heard that the document is not there any more."""
        told = {link.remote_id: into} if into else None
        return gone(self.connection, link.entity, [link.remote_id], heard_by="a test", into=told)


@pytest.fixture
@kept
def bookkeeper(books: Connection, emulator: EmulatorProcess) -> Bookkeeper:
    """The bookkeeper of Harbor Row."""
    return Bookkeeper(books, emulator)


@pytest.fixture
@kept
def order(subcontract: Commitment) -> Link:
    """The purchase order of a subcontract of 1,000.00 and 500.50."""
    return Link.objects.select_related("item").get(item=subcontract.erp)


@pytest.fixture
@kept
def bill(subcontract: Commitment, ground: Ground, accept: Accept) -> Link:
    """The bill of 360.00 for its first application."""
    done = green(accept(make_invoice(subcontract, ground.by, {"1": "400.00"}).erp))
    return Link.objects.select_related("item").get(item=done.item)


@pytest.fixture
@kept
def vendor(ground: Ground) -> Link:
    """Ace Electric, which was linked to what QuickBooks had."""
    return Link.objects.select_related("item").get(item=ground.vendor.erp)


def card_of(link: Link) -> Drift | None:
    """The open card of a link."""
    return Drift.objects.filter(link=link, answer="").first()


def told(link: Link) -> tuple[str, list[tuple[str, str, str]]]:
    """What happened by its open card, and what differs."""
    card = card_of(link)
    assert card
    return card.what, [(one["label"], one["ours"], one["theirs"]) for one in card.fields]


def stands(link: Link) -> tuple[str, bool]:
    """The health of a link, and whether its record is known to differ."""
    link.refresh_from_db()
    return link.health, ErpItem.objects.get(pk=link.item_id).differs
