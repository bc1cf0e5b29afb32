"""Which connection a company has, and what stands against using it now."""

from __future__ import annotations

from datetime import timedelta
from math import ceil

from django.db.models.functions import Now
from django.urls import reverse
from django.utils import timezone

from procore_sync.acceptance.courier import Obstacle
from quickbooks_bridge.client.faults import LedgerFault, not_sent
from quickbooks_bridge.endpoints import NotServed, served
from quickbooks_bridge.models import Connection, ConnectionStatus

_STATE = (
    "company",
    "realm_id",
    "company_name",
    "country",
    "status",
    "why",
    "paused_until",
    "pause_reason",
    "is_halted",
    "customer_mode",
    "features",
    "environment",
    "connected_at",
    "refresh_expires_at",
    "hard_expires_at",
)


def connection_of(company_id: int) -> Connection | None:
    """The company's connection without its tokens, or None if it never had one."""
    return Connection.objects.only(*_STATE).filter(company_id=company_id).first()


def obstacle_of(row: Connection | None) -> Obstacle | None:
    """Why nothing can be sent now, or None."""
    if row is None or row.status == ConnectionStatus.DISCONNECTED:
        return _by_administrator("QuickBooks is not connected, so it waits here until an administrator connects it.")
    if row.status == ConnectionStatus.NEEDS_LOGIN:
        return _by_administrator("QuickBooks needs a new sign-in by an administrator; then it goes on by itself.")
    if row.environment not in served():
        cure = "The operator gives the installation its keys again, or an administrator signs in anew."
        return _by_administrator(f"{NotServed(row.environment).sentence} {cure}")
    if row.is_halted:
        return _by_administrator("Sending to QuickBooks is paused by an administrator.")
    return _pause_of(row)


def _by_administrator(sentence: str) -> Obstacle:
    return Obstacle(sentence, who="administrator", where=reverse("quickbooks_bridge:connection"), seconds=60)


def _pause_of(row: Connection) -> Obstacle | None:
    left = (row.paused_until - timezone.now()).total_seconds() if row.paused_until else 0.0
    if left <= 0:
        return None
    return Obstacle(row.pause_reason or "QuickBooks asked us to wait.", seconds=max(1, ceil(left)))


def hold(row: Connection) -> None:
    """Keep the company with the QuickBooks company that was read, until the transaction ends.

    The lock is the one under which a company is connected to another one, so that what was read of the one never gets
    among what is known of the other.

    Raises:
        LedgerFault: it was connected to another one meanwhile; the next reading begins anew.
    """
    rows = Connection.objects.select_for_update().filter(pk=row.pk, realm_id=row.realm_id)
    if rows.values_list("pk", flat=True).first() is None:
        raise LedgerFault(not_sent("QuickBooks was connected to another company while it was read."))


def pause(row: Connection, seconds: float, reason: str) -> None:
    """Leave the company alone for so long, in every process."""
    Connection.objects.filter(pk=row.pk).update(paused_until=Now() + timedelta(seconds=seconds), pause_reason=reason)
