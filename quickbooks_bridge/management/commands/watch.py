"""Look at what changed in a company's QuickBooks, to the end and in this process."""

from __future__ import annotations

from quickbooks_bridge.management.to_the_end import ToTheEnd
from quickbooks_bridge.watch_models import Sweep
from quickbooks_bridge.watching import sweeps


class Command(ToTheEnd[Sweep]):
    """`manage.py watch --company SLUG`"""

    help = __doc__

    def carry_on(self, company_id: int) -> Sweep | None:
        """One turn at the look."""
        return sweeps.carry_on(company_id)

    def told(self, reading: Sweep) -> str:
        """How much was read."""
        return f"Looked: {reading.reads} calls, {reading.documents} documents."
