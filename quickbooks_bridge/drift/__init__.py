"""Noticing that somebody changed what we sent. Until it does, both answer that they found nothing."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from quickbooks_bridge.models import Connection


def examine(connection: Connection, entity: str, documents: Sequence[Mapping[str, Any]], *, heard_by: str) -> int:
    """Compare documents as QuickBooks holds them with what we sent; how many new cards that makes."""
    return 0


def gone(connection: Connection, entity: str, remote_ids: Sequence[str], *, heard_by: str) -> int:
    """Say of these ids that QuickBooks holds them no more; how many new cards that makes."""
    return 0
