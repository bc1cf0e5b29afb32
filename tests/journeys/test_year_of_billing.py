"""A year of billing by the dice, after which both sides agree to the cent; `benchmarks.year` runs a whole one.

Set YEAR_SEED to run another year; every failure names its seed.
"""

from __future__ import annotations

import os
import sys
from random import SystemRandom

import pytest

from invoices.models import Invoice, InvoiceStatus
from procore_sync.acceptance.journal import verify_journal
from procore_sync.acceptance.models import Attempt
from procore_sync.accounts.models import Membership
from quickbooks_bridge.models import Connection, Health, Link, Mapping, Thing
from quickbooks_bridge.names import names_of
from tests.cast import ada, alma, company, ian, max_pm
from tests.journeys.year import Grid, Year, differences
from tests.quickbooks_bridge.conftest import books, connected, emulator, emulator_process, quiet_bell, surroundings
from tests.quickbooks_bridge.emulator_process import REALM, EmulatorProcess

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

SEED = int(os.environ.get("YEAR_SEED") or SystemRandom().randrange(10**6))
GRID = Grid(periods=4, commitments=4, lines=6)


@pytest.fixture
def year(emulator: EmulatorProcess, books: Connection, max_pm: Membership, ian: Membership, ada: Membership) -> Year:
    """Prepared, and run."""
    item = names_of(books.company_id, "Item").get(name="Retainage")
    Mapping.objects.create(
        company_id=books.company_id, thing=Thing.RETAINAGE_ITEM, entity="Item", remote_id=item.remote_id
    )
    made = Year(emulator, REALM, max_pm, ian, ada, GRID, SEED)
    made.prepare()
    made.run()
    sys.stdout.write(f"\nseed {SEED}: {dict(made.happened)}\n")
    return made


def test_after_a_year_both_sides_agree_to_the_cent(year: Year) -> None:
    assert differences(year) == []
    stands = Invoice.objects.exclude(status=InvoiceStatus.VOID).count()
    assert len(year.books.documents("Bill")) == stands == year.happened["applications"] > 0
    assert year.happened["payments"] > 0
    assert not Link.objects.exclude(health=Health.OK).exists()
    assert not Attempt.objects.filter(sentence="").exists()
    assert verify_journal(year.company) is None
