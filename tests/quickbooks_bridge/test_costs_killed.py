"""A process that reads job costs is killed in the middle; another one goes on and nothing counts twice."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from pathlib import Path

import pytest
from django.utils import timezone

from procore_sync.accounts.models import Membership
from projects.job_costs import direct_costs, uncoded_cost
from projects.models import CostLine, CostReading, Project
from quickbooks_bridge.importers.job_costs import carry_on
from quickbooks_bridge.models import Connection
from tests.processes import database_url, emulator_environment, environment, processes, wait_for
from tests.quickbooks_bridge.emulator_process import EmulatorProcess
from tests.quickbooks_bridge.test_job_costs import Bookkeeper, keeper, station

__all__ = ["keeper", "station"]


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_a_reader_killed_in_the_middle_is_followed_by_one_that_goes_on(
    books: Connection,
    keeper: Bookkeeper,
    station: Project,
    emulator: EmulatorProcess,
    redis_url: str,
    tmp_path: Path,
    alma: Membership,
) -> None:
    for amount in ("10.00", "20.00", "30.00"):
        keeper.bill(keeper.line(amount, item="Materials"), keeper.line("1.00", account="Job Materials"))
        keeper.purchase(keeper.line(amount, item="Materials"))
    emulator.fault("hang", operation="query", entity="VendorCredit", seconds=60)
    more = {**emulator_environment(emulator.url), "QUICKBOOKS_LIMITS": "false"}
    with processes(tmp_path, environment(database_url(), redis_url, **more)) as running:
        reader = running.run("reader", ["manage.py", "read_job_costs", "--company", books.company.slug])
        wait_for(lambda: CostReading.objects.filter(reads=2).exists(), 30, what="two pages", children=[reader])
        reader.kill()
    assert CostLine.objects.count() == 9
    assert carry_on(books.company_id) is None, "the lease of the dead one holds"

    CostReading.objects.update(leased_until=timezone.now() - timedelta(seconds=1))
    emulator.control("faults", method="DELETE")
    emulator.control("requests", method="DELETE")
    reading = carry_on(books.company_id)

    assert reading
    assert reading.ended_at
    asked = [str(one["body"]).split("FROM ")[1].split(" ")[0] for one in emulator.requests("/query")]
    assert asked == ["VendorCredit", "JournalEntry", "TimeActivity"]
    assert (sum(direct_costs(station).values()), uncoded_cost(station)) == (Decimal("120.00"), Decimal("3.00"))
    assert CostLine.objects.count() == 9
