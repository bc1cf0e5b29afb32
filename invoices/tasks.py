"""Celery's entry points of invoicing."""

from celery import shared_task

from invoices.automation import open_due_periods


@shared_task(name="invoices.open_periods")
def open_periods() -> None:
    """Open the billing periods that are due."""
    open_due_periods()
