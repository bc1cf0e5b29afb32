"""A subcontract of sixty lines, and three change orders accepted within a second while workers die."""

from __future__ import annotations

from typing import Any

import pytest

from procore_sync.acceptance import kinds, operations
from procore_sync.acceptance import operations as acceptance
from procore_sync.acceptance.journal import verify_journal
from procore_sync.acceptance.models import Attempt, ErpItem
from procore_sync.acceptance.states import Status, Work
from quickbooks_bridge.exporters.keys import key_of
from quickbooks_bridge.links import remember_link
from quickbooks_bridge.models import Link
from tests.factories import make_cost_code, make_project, make_vendor
from tests.processes import wait_for
from tests.quickbooks_bridge.documents import SPECS, Ground
from tests.site import Site

pytestmark = [pytest.mark.postgres, pytest.mark.timeout(120)]
LINES = 60


@pytest.fixture(autouse=True)
def specs(monkeypatch: pytest.MonkeyPatch) -> None:
    for kind, spec in SPECS.items():
        monkeypatch.setitem(kinds._specs, kind, spec)


@pytest.fixture
def ground(site: Site) -> Ground:
    """A project, a vendor and two codes that stand in the books."""

    def linked(item: ErpItem, entity: str, name: str) -> None:
        held = next(one for one in site.books(entity) if name in (one.get("DisplayName"), one.get("Name")))
        acceptance.link(item, by=None, detail={"entity": entity})
        remember_link(item, entity, held, verified=None)

    by = site.max_pm
    project, vendor = make_project(by, "Fire Station 4", codes=[]), make_vendor(by, "Ace Electric Co")
    codes = [make_cost_code(by, "03-100"), make_cost_code(by, "16-100")]
    linked(project.erp, "Customer", "Fire Station 4")
    linked(vendor.erp, "Vendor", "Ace Electric Co")
    linked(codes[0].erp, "Item", "Materials")
    linked(codes[1].erp, "Item", "Subcontract Work")
    return Ground(by, project, vendor, codes)


def accepted(site: Site, item: ErpItem) -> ErpItem:
    """`item` sent by Max and accepted by Ada."""
    submission = operations.send(item, by=site.max_pm)
    operations.accept(item, by=site.ada, seen=submission.digest, choices={})
    return item


def order(site: Site) -> dict[str, Any]:
    """The one purchase order in the books."""
    (held,) = site.books("PurchaseOrder")
    return held


def test_sixty_lines_stay_as_they_are_under_three_change_orders_at_once(site: Site, ground: Ground) -> None:
    rows = [ground.line(str(at), f"{at * 100}.01", code=at % 2) for at in range(1, LINES + 1)]
    commitment = accepted(site, ground.commitment(*rows))
    site.until(commitment, Status.SYNCED)
    before = order(site)
    site.fault("hang", entity="PurchaseOrder", operation="update")
    site.fault("write_then_drop", entity="PurchaseOrder", operation="update")
    changes = [ground.change_order(commitment, at, "10.10", "-5.05") for at in (1, 2, 3)]
    for change in changes:
        accepted(site, change)
    lane = f"commitment:{commitment.pk}"
    flying = commitment.submissions.model.objects.filter(lane=lane, work=Work.FLYING)
    wait_for(flying.exists, 20, what="one is on its way", children=site.workers)
    assert flying.count() == 1
    site.workers.pop().kill()
    site.workers.append(site.running.worker(pool="prefork", concurrency=2, with_beat=True))
    for change in changes:
        site.until(change, Status.SYNCED, seconds=60)
    after = order(site)
    assert after["Line"][:LINES] == before["Line"]
    keys = [key_of(line) for line in after["Line"]]
    assert sorted(keys[LINES:]) == [f"C{at}.{number}" for at in (1, 2, 3) for number in (1, 2)]
    assert len(set(keys)) == LINES + 6
    total = round(sum(line["Amount"] for line in after["Line"]), 2)
    assert after["TotalAmt"] == total
    assert str(Link.objects.get(item=commitment).total) == f"{total:.2f}"
    assert Attempt.objects.filter(submission__item__in=changes).exclude(sentence="").count() >= 5
    assert verify_journal(site.max_pm.company) is None
