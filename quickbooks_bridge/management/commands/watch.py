"""Look at what changed in a company's QuickBooks, to the end and in this process."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from procore_sync.accounts.models import Company
from quickbooks_bridge.watching.sweeps import carry_on


class Command(BaseCommand):
    """`manage.py watch --company SLUG`"""

    help = __doc__

    def add_arguments(self, parser: CommandParser) -> None:
        """Which company."""
        parser.add_argument("--company", required=True, help="slug of the company")

    def handle(self, *args: Any, **options: Any) -> None:
        """Carry the look on until it is over, a line a turn; another process that looks is not disturbed."""
        company = Company.objects.filter(slug=options["company"]).first()
        if company is None:
            raise CommandError(f"There is no company {options['company']}.")
        while True:
            sweep = carry_on(company.pk)
            if sweep is None:
                raise CommandError("Another process is looking, or the company has no connection to QuickBooks.")
            if sweep.error:
                raise CommandError(sweep.error)
            said = f"{sweep.reads} calls, {sweep.documents} documents"
            if sweep.ended_at:
                self.stdout.write(f"Looked: {said}.")
                return
            self.stdout.write(f"{sweep.step}: {said} so far.")
