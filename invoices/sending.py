"""Many invoices sent to accounting at once: each goes or stays for itself, with the sentence why.

What was asked stands in the database first. As many as fit into the time of an answer go at once; a worker takes the
rest, and the sweep what a lost message left behind.
"""

from __future__ import annotations

import logging
import time
import uuid
from functools import partial

from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone
from kombu.exceptions import OperationalError

from invoices.models import Invoice, Sending
from procore_sync.acceptance import operations as acceptance
from procore_sync.accounts.access import Right, require
from procore_sync.accounts.models import Membership
from procore_sync.kit.refusals import Refusal

logger = logging.getLogger(__name__)
#: How long an answer may be busy with sending itself; with what surrounds it, it is there within a second.
SECONDS_OF_AN_ANSWER = 0.5


def send_many(invoices: QuerySet[Invoice], *, by: Membership, seconds: float = SECONDS_OF_AN_ANSWER) -> uuid.UUID:
    """Ask for each of `invoices` to be sent, and send those that fit into `seconds`; returns what finds them again.

    Raises:
        NotAllowed: `by` may not send.
    """
    require(by, Right.SEND)
    batch, rows = uuid.uuid4(), invoices.order_by("commitment__number", "commitment", "sequence")
    Sending.objects.bulk_create(Sending(batch=batch, invoice=one, by=by) for one in rows)
    work_off(Sending.objects.filter(batch=batch), until=time.monotonic() + seconds)
    if Sending.objects.filter(batch=batch, done_at=None).exists():
        transaction.on_commit(partial(_ring, batch))
    return batch


def _ring(batch: uuid.UUID) -> None:
    from invoices.tasks import send_waiting

    try:
        send_waiting.apply_async(retry=False)
    except (OperationalError, OSError) as error:
        logger.warning("The bell is down, the sweep will find the sending %s: %s", batch, error)


def work_off(rows: QuerySet[Sending] | None = None, *, until: float | None = None) -> int:
    """Send those of `rows` (else of all) that wait, one transaction each, until that moment; returns how many went."""
    waiting = (Sending.objects.all() if rows is None else rows).filter(done_at=None)
    went = 0
    for row in waiting.select_related("invoice__erp__company", "by__company", "by__user"):
        if until is not None and time.monotonic() > until:
            break
        went += _send(row)
    return went


@transaction.atomic
def _send(row: Sending) -> bool:
    """Send one, if nobody else did meanwhile: of two workers the second finds it done."""
    if Sending.objects.filter(pk=row.pk, done_at=None).update(done_at=timezone.now()) != 1:
        return False
    try:
        with transaction.atomic():
            acceptance.send(row.invoice.erp, by=row.by)
    except Refusal as refusal:
        said = {"why_not": refusal.sentence, "who": refusal.who[:60], "where": refusal.where[:255]}
        Sending.objects.filter(pk=row.pk).update(**said)
        return False
    return True
