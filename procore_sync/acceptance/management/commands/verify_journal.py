"""Read the journal again and say whether every row is as it was written."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from procore_sync.acceptance.journal import verify_journal
from procore_sync.accounts.models import Company


class Command(BaseCommand):
    help = "Check the hash chain of one company's journal, or of all. Exits with 1 if a row does not hold."

    def add_arguments(self, parser: CommandParser) -> None:
        """Which company."""
        parser.add_argument("--company", help="short name of the company; all by default")

    def handle(self, *args: Any, **options: Any) -> None:
        """Check, print a line a company, fail if one is broken."""
        companies = Company.objects.order_by("slug")
        if options["company"]:
            companies = companies.filter(slug=options["company"])
            if not companies:
                raise CommandError(f"There is no company with the short name {options['company']}.")
        broken = 0
        for company in companies:
            found = verify_journal(company)
            broken += found is not None
            self.stdout.write(f"{company.slug}: {found.sentence if found else 'every row holds.'}")
        if broken:
            raise CommandError(f"The journal does not hold in {broken} of {len(companies)} companies.")
