"""Forget what old tries asked and were answered."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from procore_sync.acceptance.retention import thin_attempts
from procore_sync.kit.refusals import Refusal


class Command(BaseCommand):
    help = "Empty the requests and answers of old tries. The journal and its chain are not touched."

    def add_arguments(self, parser: CommandParser) -> None:
        """How old."""
        parser.add_argument("--older-than-days", type=int, required=True, help="90 or more")

    def handle(self, *args: Any, **options: Any) -> None:
        """Do it and say of how many."""
        try:
            count = thin_attempts(older_than_days=options["older_than_days"])
        except Refusal as refusal:
            raise CommandError(refusal.sentence) from refusal
        self.stdout.write(f"{count} tries keep their outcome, ids and times, and no bodies any more.")
