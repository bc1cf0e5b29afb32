"""Print the public key of the journal's exports."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand

from procore_sync.acceptance.auditing.signing import public_key


class Command(BaseCommand):
    help = "Print the public key that exports of the journal are verified with; give it to the auditor beforehand."
    requires_system_checks = ()

    def handle(self, *args: Any, **options: Any) -> None:
        """Print it."""
        self.stdout.write(public_key())
