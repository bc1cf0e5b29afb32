"""Celery's entry points of invoicing."""

from celery import shared_task

from invoices.automation import open_due_periods
from invoices.sending import work_off


@shared_task(name="invoices.open_periods")
def open_periods() -> None:
    """Open the billing periods that are due."""
    open_due_periods()


@shared_task(name="invoices.send_waiting")
def send_waiting() -> None:
    """Send to accounting what many at once were asked to be."""
    work_off()
