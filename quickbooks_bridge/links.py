"""How it is remembered what an item is in QuickBooks."""

from __future__ import annotations

from typing import Any

from django.utils import timezone

from procore_sync.acceptance.models import ErpItem
from procore_sync.kit.canonical import digest
from quickbooks_bridge import names
from quickbooks_bridge.exporters.registry import exporter_for
from quickbooks_bridge.models import Health, Link


def remember_link(item: ErpItem, entity: str, remote: dict[str, Any], *, verified: bool | None) -> None:
    """Store that `item` is this QuickBooks record, in one statement; again it brings the link up to date.

    `verified` is whether what stands there was compared with what was accepted and is equal; None if nothing was
    sent to compare with.

    Raises:
        IntegrityError: another item is this record already.
    """
    exporter = exporter_for(item.kind)
    seen = exporter.owned(remote)
    link = Link(
        item=item,
        company_id=item.company_id,
        entity=entity,
        remote_id=str(remote["Id"]),
        sync_token=str(remote.get("SyncToken", ""))[:16],
        name=str(remote.get("FullyQualifiedName") or exporter.name_of(remote))[:255],
        fingerprint=digest(seen),
        seen=seen,
        verified_at=timezone.now() if verified else None,
        health=Health.DRIFTED if verified is False else Health.OK,
    )
    Link.objects.bulk_create(
        [link],
        update_conflicts=True,
        unique_fields=["item"],
        update_fields=["entity", "remote_id", "sync_token", "name", "fingerprint", "seen", "verified_at", "health"],
    )
    names.remember([names.row_of(item.company_id, entity, remote)])
