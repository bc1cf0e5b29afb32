"""Check a signed export of a journal, without the database."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from procore_sync.acceptance.auditing.signing import public_key
from procore_sync.acceptance.auditing.verifying import verify
from procore_sync.kit.refusals import Refusal


class Command(BaseCommand):
    help = "Check a file made by export_journal. Exits with 1, and says what and where, if it is not as it was signed."
    requires_system_checks = ()

    def add_arguments(self, parser: CommandParser) -> None:
        """Which file, and by which key."""
        parser.add_argument("file", type=Path)
        parser.add_argument("--public-key", help="the key that must have signed it; this console's own by default")

    def handle(self, *args: Any, **options: Any) -> None:
        """Check, print what it is of, fail if it does not hold."""
        try:
            with options["file"].open("rb") as file:
                found = verify(file, options["public_key"] or public_key())
        except OSError as error:
            raise CommandError(f"{options['file']} cannot be read: {error.strerror}.") from error
        except Refusal as refusal:
            raise CommandError(refusal.sentence) from refusal
        self.stdout.write(found.sentence)
