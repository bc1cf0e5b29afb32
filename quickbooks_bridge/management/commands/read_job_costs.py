"""Read a company's job costs to the end in this process, for anyone who cannot wait for a worker."""

from __future__ import annotations

from projects.models import CostReading
from quickbooks_bridge.importers import job_costs
from quickbooks_bridge.management.to_the_end import ToTheEnd


class Command(ToTheEnd[CostReading]):
    """`manage.py read_job_costs --company SLUG`"""

    help = __doc__

    def carry_on(self, company_id: int) -> CostReading | None:
        """One turn at the reading."""
        return job_costs.carry_on(company_id)

    def told(self, reading: CostReading) -> str:
        """How much was read."""
        return f"Read: {reading.reads} calls, {reading.documents} documents, {reading.lines} costs."
