"""Celery's entry points: an id in, one call to the engine."""

import time

from celery import shared_task
from django.contrib.sessions.backends.db import SessionStore

from procore_sync.acceptance import digest, engine, many, notices, reading, retention
from procore_sync.acceptance.heartbeats import note_alive
from procore_sync.acceptance.models import Turn
from procore_sync.acceptance.webhooks import keeping, sending, spreading
from procore_sync.accounts.idempotency import forget_answers


@shared_task(name="acceptance.export")
def export(submission_id: int) -> None:
    """Carry one submission as far as it goes now."""
    note_alive("worker")
    engine.work(submission_id)


@shared_task(name="acceptance.sweep")
def sweep() -> None:
    """Find what is due, what lost its worker, and what mail has to go."""
    note_alive("beat")  # nobody else asks for it
    note_alive("worker")
    engine.sweep()
    notices.deliver()


@shared_task(name="acceptance.minute")
def minute() -> None:
    """Write the daily summaries that are due, and try failed mails again."""
    digest.write_digests()
    notices.deliver_failed()


@shared_task(name="acceptance.forget")
def forget() -> None:
    """Forget what is old: notices, answers of the API, messages to webhooks, what was asked of many at once, sign-ins
    that have ended. Apart from what is mailed: of two things that nobody waits for together, neither stops the other.
    """
    reading.forget_old()
    keeping.forget_old()
    retention.forget_turns()
    forget_answers()
    SessionStore.clear_expired()


@shared_task(name="acceptance.take_turns")
def take_turns() -> None:
    """Do what was asked of many records at once, for a while; ask for the rest."""
    many.work_off(until=time.monotonic() + many.SECONDS_OF_A_WORKER)
    if Turn.objects.filter(done_at=None).exists():
        many.ring()


@shared_task(name="acceptance.webhooks")
def tell_webhooks() -> None:
    """Write the messages that webhooks lack, and send what is due; in a queue of its own: receivers may be slow."""
    note_alive("messenger")
    spreading.spread()
    sending.send_due()
