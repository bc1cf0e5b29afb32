"""Encrypt every stored token anew with the first of TOKEN_KEYS, so that an older key can be taken out."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db import transaction

from quickbooks_bridge.models import Connection


class Command(BaseCommand):
    help = "Encrypt every stored token with the first of TOKEN_KEYS; put the new key in front before you run it."

    def handle(self, *args: Any, **options: Any) -> None:
        unread = []
        for pk in Connection.objects.values_list("pk", flat=True):
            with transaction.atomic():
                row = Connection.objects.select_for_update().get(pk=pk)
                if row.is_connected and not row.refresh_token:
                    unread.append(str(row))
                    continue
                row.save(update_fields=["access_token", "refresh_token"])
        if unread:
            raise CommandError(
                f"Tokens of {', '.join(unread)} cannot be read with any of TOKEN_KEYS and were left as they are. "
                "Put the key back that wrote them, or sign in to QuickBooks again."
            )
        self.stdout.write("Every token is encrypted with the first of TOKEN_KEYS.")
