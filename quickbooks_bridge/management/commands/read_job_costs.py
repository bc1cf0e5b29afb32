"""Read a company's job costs to the end in this process, for who cannot wait for a worker."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from procore_sync.accounts.models import Company
from quickbooks_bridge.importers.job_costs import carry_on
from quickbooks_bridge.importers.reading import SLICE_SECONDS


class Command(BaseCommand):
    """`manage.py read_job_costs --company SLUG`"""

    help = __doc__

    def add_arguments(self, parser: CommandParser) -> None:
        """Which company."""
        parser.add_argument("--company", required=True, help="slug of the company")

    def handle(self, *args: Any, **options: Any) -> None:
        """Carry the reading on until it is over, a line a turn; another process that reads is not disturbed."""
        company = Company.objects.filter(slug=options["company"]).first()
        if company is None:
            raise CommandError(f"There is no company {options['company']}.")
        while True:
            reading = carry_on(company.pk, seconds=SLICE_SECONDS)
            if reading is None:
                raise CommandError("Another process is reading, or the company has no connection to QuickBooks.")
            if reading.error:
                raise CommandError(reading.error)
            said = f"{reading.reads} calls, {reading.documents} documents, {reading.lines} costs"
            if reading.ended_at:
                self.stdout.write(f"Read: {said}.")
                return
            self.stdout.write(f"{reading.step}: {said} so far.")
