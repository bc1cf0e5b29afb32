"""Celery's entry points: an id in, one call."""

from celery import shared_task

from quickbooks_bridge import lifetimes as lives
from quickbooks_bridge.importers import payments as paid
from quickbooks_bridge.importers.job_costs import carry_on, due
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


@shared_task(name="quickbooks.lifetimes")
def lifetimes() -> None:
    """Ask for the renewal of every sign-in that nobody uses, and tell whose is about to end."""
    for connection_id in lives.idle():
        renew.delay(connection_id)
    lives.warn()


@shared_task(name="quickbooks.renew")
def renew(connection_id: int, at_once: bool = False) -> None:
    """Renew one sign-in; `at_once` also if that was done this week, to learn whether it still holds."""
    lives.renew(connection_id, after=lives.LOOK_AGAIN if at_once else lives.RENEW_AFTER)


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
