"""Encrypt every stored secret anew with the first of TOKEN_KEYS, so that an older key can be taken out."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db import transaction
from django.db.models import Model

from procore_sync.acceptance.webhooks.rows import Endpoint
from procore_sync.accounts.sign_in import seal_anew
from quickbooks_bridge.models import Connection
from quickbooks_bridge.tokens import UNREADABLE, readable_again


class Command(BaseCommand):
    help = "Encrypt every stored secret with the first of TOKEN_KEYS; put the new key in front before you run it."

    def handle(self, *args: Any, **options: Any) -> None:
        unread = [
            *_renewed(Connection, ["access_token", "refresh_token"], _of_connection),
            *_renewed(Endpoint, ["secret", "old_secret"], _of_endpoint),
            *seal_anew(),
        ]
        if unread:
            raise CommandError(
                f"Secrets of {', '.join(unread)} cannot be read with any of TOKEN_KEYS and were left as they are. Put "
                "the key back that wrote them, or sign in to QuickBooks again, make new secrets of the webhooks and "
                "take the second factors away (forget_second_factor)."
            )
        self.stdout.write("Every secret is encrypted with the first of TOKEN_KEYS.")


def _renewed(model: type[Model], columns: list[str], needed: Callable[[Any], list[str]]) -> list[str]:
    """Write these columns of all rows anew; the names of rows of which none of the keys opens what is needed."""
    unread, rows = [], model._default_manager
    for pk in rows.values_list("pk", flat=True):
        with transaction.atomic():
            row = rows.select_for_update().filter(pk=pk).first()
            if row is None:
                continue  # it was deleted meanwhile
            if any(_is_lost(row, column) for column in needed(row)):
                unread.append(str(row))
                continue
            # What is not needed and cannot be opened may be opened by a key that is put back.
            row.save(update_fields=[column for column in columns if not _is_lost(row, column)])
            if isinstance(row, Connection) and row.why == UNREADABLE and row.refresh_token:
                readable_again(row.pk)
    return unread


def _is_lost(row: Model, column: str) -> bool:
    """Whether something stands there that none of the keys opens, which reads as the empty text."""
    rows = type(row)._default_manager.filter(pk=row.pk)
    return not getattr(row, column) and rows.exclude(**{column: ""}).exists()


def _of_connection(row: Connection) -> list[str]:
    return ["refresh_token"] if row.is_connected or row.why == UNREADABLE else []


def _of_endpoint(row: Endpoint) -> list[str]:
    return ["secret", "old_secret"] if row.is_old_good else ["secret"]
