"""A bookkeeper's month over what we exported: every change is told by one look, and nothing else is.

`MONTH_ERRANDS=500 MONTH_CONTRACTS=170` runs a whole one over 510 exported documents; MONTH_SEED another one. Every
failure names its seed.
"""

from __future__ import annotations

import os
import sys
from decimal import Decimal
from random import SystemRandom

import pytest
from django.db.models import Sum

from procore_sync.acceptance.journal import verify_journal
from procore_sync.acceptance.models import ErpItem
from procore_sync.accounts.models import Membership
from quickbooks_bridge.models import Connection, Every, Health, Link, Mapping, PaymentSchedule, Thing
from quickbooks_bridge.names import names_of
from quickbooks_bridge.reconciling import running
from quickbooks_bridge.watch_models import ReadCount
from tests.cast import ada, alma, company, ian, max_pm
from tests.journeys.month import Month
from tests.quickbooks_bridge.conftest import books, connected, emulator, emulator_process, quiet_bell, surroundings
from tests.quickbooks_bridge.emulator_process import EmulatorProcess

__all__ = [
    "ada",
    "alma",
    "books",
    "company",
    "connected",
    "emulator",
    "emulator_process",
    "ian",
    "max_pm",
    "quiet_bell",
    "surroundings",
]
pytestmark = [pytest.mark.django_db, pytest.mark.timeout(300)]

SEED = int(os.environ.get("MONTH_SEED") or SystemRandom().randrange(10**6))
TIMES = int(os.environ.get("MONTH_ERRANDS") or 45)
#: Each is a vendor, an order and a bill.
CONTRACTS = int(os.environ.get("MONTH_CONTRACTS") or max(3, TIMES // 25))
LOOKS = 3


@pytest.fixture
def month(emulator: EmulatorProcess, books: Connection, max_pm: Membership, ada: Membership) -> Month:
    """What we exported stands in the books, and was looked at once."""
    item = names_of(books.company_id, "Item").get(name="Retainage")
    Mapping.objects.create(
        company_id=books.company_id, thing=Thing.RETAINAGE_ITEM, entity="Item", remote_id=item.remote_id
    )
    started = books.connected_at
    assert started
    PaymentSchedule.objects.create(company=books.company, hours=Every.HOUR, since=started.date(), began_at=started)
    made = Month(emulator, max_pm, ada, contracts=CONTRACTS, seed=SEED)
    made.prepare()
    made.look(books.company_id)
    assert made.told() == {}
    return made


def test_each_change_is_told_by_one_look_and_nothing_else_is(month: Month, books: Connection) -> None:
    for _ in range(LOOKS):
        month.act(TIMES // LOOKS)
        month.look(books.company_id)
        assert month.told() == month.expected(), f"seed {SEED}"
        assert month.paid_here() == {key: amount for key, (_, amount) in month.payments.items()}, f"seed {SEED}"
        month.seen()
    sys.stdout.write(f"\nseed {SEED}: {dict(month.happened)}\n")
    differing = {one.link.item_id for one in month.papers if one.expected not in ("", "unapplied")}
    assert set(ErpItem.objects.filter(differs=True).values_list("pk", flat=True)) == differing
    well = [one.link.pk for one in month.papers if one.expected in ("", "unapplied")]
    assert set(Link.objects.filter(health=Health.OK).values_list("pk", flat=True)) == set(well)
    assert verify_journal(books.company) is None
    _every_cent_is_explained(books)
    read = ReadCount.objects.filter(company=books.company).aggregate(sum=Sum("reads"))["sum"]
    assert 0 < read <= 15 * (LOOKS + 2), read


def _every_cent_is_explained(books: Connection) -> None:
    """Of every figure of the job and of each vendor, the documents named come to the whole difference."""
    run = running.carry_on(books.company_id)
    assert run
    assert run.ended_at, run.error
    rows = list(run.rows.all())
    assert {row.scope for row in rows} == {"project", "vendor"}
    assert [(row.name, row.unexplained) for row in rows if any(map(Decimal, row.unexplained.values()))] == []
    assert any(row.differs for row in rows)
