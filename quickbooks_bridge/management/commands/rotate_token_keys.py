"""Encrypt every stored secret anew with the first of TOKEN_KEYS, so that an older key can be taken out."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db import transaction
from django.db.models import Model

from procore_sync.acceptance.webhooks.rows import Endpoint
from procore_sync.accounts.sign_in import seal_anew
from quickbooks_bridge.models import Connection


class Command(BaseCommand):
    help = "Encrypt every stored secret with the first of TOKEN_KEYS; put the new key in front before you run it."

    def handle(self, *args: Any, **options: Any) -> None:
        unread = [
            *_renewed(Connection, ["access_token", "refresh_token"], lambda row: row.is_connected, "refresh_token"),
            *_renewed(Endpoint, ["secret", "old_secret"], lambda row: True, "secret"),
            *seal_anew(),
        ]
        if unread:
            raise CommandError(
                f"Secrets of {', '.join(unread)} cannot be read with any of TOKEN_KEYS and were left as they are. Put "
                "the key back that wrote them, or sign in to QuickBooks again, make new secrets of the webhooks and "
                "take the second factors away (forget_second_factor)."
            )
        self.stdout.write("Every secret is encrypted with the first of TOKEN_KEYS.")


def _renewed(model: type[Model], columns: list[str], is_needed: Any, needed: str) -> list[str]:
    """Write these columns of all rows anew; the names of rows whose needed secret none of the keys opens."""
    unread = []
    for pk in model._default_manager.values_list("pk", flat=True):
        with transaction.atomic():
            row = model._default_manager.select_for_update().get(pk=pk)
            if is_needed(row) and not getattr(row, needed):
                unread.append(str(row))
                continue
            row.save(update_fields=columns)
    return unread
