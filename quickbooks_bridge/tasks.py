"""Celery's entry points: an id in, one call."""

from celery import shared_task

from quickbooks_bridge.importers.names import connected, refresh
from quickbooks_bridge.models import Connection


@shared_task(name="quickbooks.refresh_names")
def refresh_names() -> None:
    """Ask for a refresh of every connected company's name lists."""
    for row in connected():
        refresh_company.delay(row.pk)


@shared_task(name="quickbooks.refresh_company")
def refresh_company(connection_id: int, full: bool = False) -> None:
    """Bring one company's name lists up to date."""
    refresh(Connection.objects.get(pk=connection_id), full=full)
