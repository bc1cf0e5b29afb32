"""What workers read of a company's QuickBooks bit by bit, read to the end by a command."""

from __future__ import annotations

from abc import abstractmethod
from typing import Any, Generic, TypeVar

from django.core.management.base import BaseCommand, CommandError, CommandParser

from procore_sync.accounts.models import Company
from projects.models import Reading

R = TypeVar("R", bound=Reading)


class ToTheEnd(BaseCommand, Generic[R]):
    """`manage.py … --company SLUG`: carries a reading on until it is over; another process at it is not disturbed."""

    def add_arguments(self, parser: CommandParser) -> None:
        """Which company."""
        parser.add_argument("--company", required=True, help="slug of the company")

    def handle(self, *args: Any, **options: Any) -> None:
        """A line a turn, and what it came to.

        Raises:
            CommandError: there is no such company, another process is at it, or it ended with an error.
        """
        company = Company.objects.filter(slug=options["company"]).first()
        if company is None:
            raise CommandError(f"There is no company {options['company']}.")
        while True:
            reading = self.carry_on(company.pk)
            if reading is None:
                raise CommandError("Another process is at it, or the company has no connection to QuickBooks.")
            if reading.error:
                raise CommandError(reading.error)
            if reading.ended_at:
                return self.stdout.write(self.told(reading))
            self.stdout.write(f"{reading.step}: {reading.reads} calls, {reading.documents} documents so far.")

    @abstractmethod
    def carry_on(self, company_id: int) -> R | None:
        """One turn at the reading; None if another process has it."""

    @abstractmethod
    def told(self, reading: R) -> str:
        """What the finished reading came to."""
