"""Celery's entry points: an id in, one call to the engine."""

from celery import shared_task

from procore_sync.acceptance import engine, notices


@shared_task(name="acceptance.export")
def export(submission_id: int) -> None:
    """Carry one submission as far as it goes now."""
    engine.work(submission_id)


@shared_task(name="acceptance.sweep")
def sweep() -> None:
    """Find what is due, what lost its worker, and what mail has to go."""
    engine.sweep()
    notices.deliver()
