"""Noticing that somebody changed what we sent. Until it does, all answer that they found nothing."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from quickbooks_bridge.models import Connection


def examine(connection: Connection, entity: str, documents: Sequence[Mapping[str, Any]], *, heard_by: str) -> int:
    """Compare documents as QuickBooks holds them with what we sent; how many new cards that makes."""
    return 0


def gone(
    connection: Connection,
    entity: str,
    remote_ids: Iterable[str],
    *,
    heard_by: str,
    into: Mapping[str, str] | None = None,
) -> int:
    """Say of these ids that QuickBooks holds them no more; how many new cards that makes."""
    return 0


def look_again(company_id: int | None = None) -> int:
    """Compare what was heard while our own export was in the air; how many new cards that makes."""
    return 0
