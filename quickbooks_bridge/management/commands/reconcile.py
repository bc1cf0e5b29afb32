"""Compare a company with its QuickBooks to the end in this process, for anyone who cannot wait for a worker."""

from __future__ import annotations

from quickbooks_bridge.management.to_the_end import ToTheEnd
from quickbooks_bridge.reconciling import running
from quickbooks_bridge.reconciling.rows import ReconciliationRun


class Command(ToTheEnd[ReconciliationRun]):
    """`manage.py reconcile --company SLUG`"""

    help = __doc__

    def carry_on(self, company_id: int) -> ReconciliationRun | None:
        """One turn at the run."""
        return running.carry_on(company_id)

    def told(self, reading: ReconciliationRun) -> str:
        """How much was compared, and a line for each project and vendor that differs, with its causes."""
        said = [
            f"{reading.projects} projects and {reading.vendors} vendors compared in {reading.reads} calls: "
            f"{reading.differing} differ, {reading.fresh} of them new; {reading.not_ours} documents are not ours."
        ]
        for row in reading.rows.filter(differs=True).order_by("scope", "name"):
            said.append(f"  {row}: {'; '.join(cause['sentence'] for cause in row.causes)}")
        return "\n".join(said)
