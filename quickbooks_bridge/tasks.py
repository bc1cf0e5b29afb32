"""Celery's entry points: an id in, one call."""

from celery import shared_task

from quickbooks_bridge.importers import payments as paid
from quickbooks_bridge.importers.job_costs import carry_on, due
from quickbooks_bridge.importers.names import connected, refresh
from quickbooks_bridge.models import Connection
from quickbooks_bridge.onboarding import reading as opening


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


@shared_task(name="quickbooks.openings")
def openings() -> None:
    """Ask for what was left half read of what stands in QuickBooks already."""
    for company_id in opening.due():
        read_opening.delay(company_id)


@shared_task(name="quickbooks.read_opening")
def read_opening(company_id: int) -> None:
    """Read one company's orders, estimates and bills for a while; ask for the rest."""
    reading = opening.carry_on(company_id)
    if reading is not None and reading.ended_at is None and not reading.error:
        read_opening.delay(company_id)
