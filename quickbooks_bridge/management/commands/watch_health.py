"""Mail what is wrong, for cron: it also works when no worker is left to do so."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand

from procore_sync.acceptance.notices import deliver
from quickbooks_bridge.alarms import watch


class Command(BaseCommand):
    help = "Mail the administrators what is wrong, once each until it is cured. Run it every few minutes from cron."

    def handle(self, *args: Any, **options: Any) -> None:
        """Look, send the mails at once, and say how many things are not well."""
        count = watch()
        deliver()
        self.stdout.write(f"{count} things are not well." if count else "All is well.")
