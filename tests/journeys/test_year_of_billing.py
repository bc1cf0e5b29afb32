"""A year of billing by the dice, after which both sides agree to the cent; `benchmarks.year` runs a whole one.

Set YEAR_SEED to run another year; every failure names its seed.
"""

from __future__ import annotations

import os
import sys
from decimal import Decimal
from random import SystemRandom

import pytest

from invoices.models import Invoice, InvoiceStatus
from procore_sync.acceptance.journal import verify_journal
from procore_sync.acceptance.models import Attempt
from procore_sync.accounts.models import Membership
from quickbooks_bridge.models import Connection, Health, Link, Mapping, Thing
from quickbooks_bridge.names import names_of
from quickbooks_bridge.tie_outs import tie_out_of
from tests.cast import ada, alma, company, ian, max_pm
from tests.journeys.year import Grid, Year, in_books, retainage_account, retainage_held
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


def test_after_a_year_both_sides_agree_to_the_cent(year: Year, max_pm: Membership, company: object) -> None:
    told = tie_out_of(year.project, max_pm)
    assert told.ties, [(row.commitment.number, row.difference.moved) for row in told.rows]
    assert told.foreign == []
    rows = {row.commitment.pk: row.console for row in told.rows}
    for contract in year.contracts:
        there, here = in_books(year, contract), rows[contract.commitment.pk]
        typed = {key: amount for key, amount in contract.to_date.items() if amount}
        assert {key: amount for key, amount in there.work.items() if amount} == typed
        assert there.committed == here.committed == sum(contract.scheduled.values())
        assert here.invoiced == sum(typed.values())
        assert there.held == here.held == contract.held
        assert (there.paid, there.open) == (here.paid, here.open)
        # Bills less what was released, and what was withheld, are what is completed; held is withheld less released.
        assert there.total + there.held == sum(typed.values())
    assert retainage_account(year) == retainage_held(year)
    stands = Invoice.objects.exclude(status=InvoiceStatus.VOID).count()
    assert len(year.books.documents("Bill")) == stands == year.happened["applications"]
    assert not Link.objects.exclude(health=Health.OK).exists()
    assert not Attempt.objects.filter(sentence="").exists()
    assert verify_journal(max_pm.company) is None
    assert Decimal(0) < sum(rows[one.commitment.pk].paid for one in year.contracts)
