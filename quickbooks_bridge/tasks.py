"""Celery's entry points: an id in, one call."""

from celery import shared_task

from quickbooks_bridge import drift
from quickbooks_bridge.importers import payments as paid
from quickbooks_bridge.importers.job_costs import carry_on, due
from quickbooks_bridge.importers.names import connected, refresh
from quickbooks_bridge.models import Connection
from quickbooks_bridge.watching import deliveries, schedules, sweeps


@shared_task(name="quickbooks.refresh_names")
def refresh_names() -> None:
    """Ask for a refresh of every connected company's name lists."""
    for row in connected():
        refresh_company.delay(row.pk)


@shared_task(name="quickbooks.refresh_company")
def refresh_company(connection_id: int, full: bool = False) -> None:
    """Bring one company's name lists up to date."""
    refresh(Connection.objects.get(pk=connection_id), full=full)


@shared_task(name="quickbooks.job_costs")
def job_costs() -> None:
    """Ask for the job costs of every company whose turn it is, and for what was left half read."""
    for company_id in due():
        read_job_costs.delay(company_id)


@shared_task(name="quickbooks.read_job_costs")
def read_job_costs(company_id: int) -> None:
    """Read one company's job costs for a while; ask for the rest."""
    reading = carry_on(company_id)
    if reading is not None and reading.ended_at is None and not reading.error:
        read_job_costs.delay(company_id)


@shared_task(name="quickbooks.payments")
def payments() -> None:
    """Ask for the payments of every company whose turn it is, and for what was left half read."""
    for company_id in paid.due():
        read_payments.delay(company_id)


@shared_task(name="quickbooks.read_payments")
def read_payments(company_id: int) -> None:
    """Read one company's payments for a while; ask for the rest."""
    reading = paid.carry_on(company_id)
    if reading is not None and reading.ended_at is None and not reading.error:
        read_payments.delay(company_id)


@shared_task(name="quickbooks.drift_after_flights")
def drift_after_flights() -> None:
    """Look at what was heard of documents while our own export to them was in the air."""
    drift.look_again()


@shared_task(name="quickbooks.changes")
def changes() -> None:
    """Ask for a look at every company whose turn it is; drop posts of webhooks that are too old."""
    for company_id in schedules.due():
        read_changes.delay(company_id)
    deliveries.forget_old()


@shared_task(name="quickbooks.read_changes")
def read_changes(company_id: int) -> None:
    """Look at what changed in one company's QuickBooks for a while; ask for the rest."""
    sweep = sweeps.carry_on(company_id)
    if sweep is not None and sweep.ended_at is None and not sweep.error:
        read_changes.delay(company_id)
