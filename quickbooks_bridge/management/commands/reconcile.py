"""Compare a company with its QuickBooks to the end in this process, for who cannot wait for a worker."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from procore_sync.accounts.models import Company
from quickbooks_bridge.reconciling.rows import ReconciliationRun
from quickbooks_bridge.reconciling.running import carry_on


class Command(BaseCommand):
    """`manage.py reconcile --company SLUG`"""

    help = __doc__

    def add_arguments(self, parser: CommandParser) -> None:
        """Which company."""
        parser.add_argument("--company", required=True, help="slug of the company")

    def handle(self, *args: Any, **options: Any) -> None:
        """Carry the run on until it is over; another process that makes one is not disturbed."""
        company = Company.objects.filter(slug=options["company"]).first()
        if company is None:
            raise CommandError(f"There is no company {options['company']}.")
        while True:
            run = carry_on(company.pk)
            if run is None:
                raise CommandError("Another process compares it, or the company has no connection to QuickBooks.")
            if run.error:
                raise CommandError(run.error)
            if run.ended_at:
                return self._tell(run)
            self.stdout.write(f"{run.step}: {run.reads} calls, {run.documents} documents so far.")

    def _tell(self, run: ReconciliationRun) -> None:
        self.stdout.write(
            f"{run.projects} projects and {run.vendors} vendors compared in {run.reads} calls: {run.differing} differ, "
            f"{run.fresh} of them new; {run.not_ours} documents are not ours."
        )
        for row in run.rows.filter(differs=True).order_by("scope", "name"):
            self.stdout.write(f"  {row}: {'; '.join(cause['sentence'] for cause in row.causes)}")
