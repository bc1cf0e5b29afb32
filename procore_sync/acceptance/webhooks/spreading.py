"""From the journal to messages. The journal is the outbox: what it holds beyond `told_up_to` has still to be told.

Its rows are numbered without a gap under a company's lock and committed with what they tell, so nothing is jumped over.
"""

from __future__ import annotations

from datetime import datetime

from django.db import transaction
from django.db.models import F

from procore_sync.acceptance.models import Event
from procore_sync.acceptance.webhooks.happenings import body_of, happening_of
from procore_sync.acceptance.webhooks.rows import Delivery, Endpoint, EndpointState
from procore_sync.kit.clock import database_time

#: So many rows of the journal become messages in one transaction.
_AT_ONCE = 200


def spread() -> None:
    """Write the messages that every endpoint that is on still lacks, a piece of the journal each."""
    behind = Endpoint.objects.filter(state=EndpointState.ON, company__journal_head__sequence__gt=F("told_up_to"))
    for endpoint in behind.order_by("pk"):
        _spread_to(endpoint)


def _spread_to(endpoint: Endpoint) -> None:
    rows = Event.objects.filter(company_id=endpoint.company_id, sequence__gt=endpoint.told_up_to)
    events = list(rows.select_related("company", "item__project").order_by("sequence")[:_AT_ONCE])
    if not events:
        return
    now = database_time()
    messages = [_message(endpoint, event, now) for event in events if _is_wanted(endpoint, event)]
    with transaction.atomic():
        # A counted update, so that of two sweeps only one writes them; and nothing if it was switched off meanwhile.
        mine = Endpoint.objects.filter(pk=endpoint.pk, told_up_to=endpoint.told_up_to, state=EndpointState.ON)
        if mine.update(told_up_to=events[-1].sequence) == 1:
            Delivery.objects.bulk_create(messages)


def _is_wanted(endpoint: Endpoint, event: Event) -> bool:
    of_kind = not endpoint.kinds or event.item.kind in endpoint.kinds
    return of_kind and (not endpoint.happenings or happening_of(event) in endpoint.happenings)


def _message(endpoint: Endpoint, event: Event, now: datetime) -> Delivery:
    named = {"item_id": event.item_id, "sequence": event.sequence, "created_at": now, "due_at": now}
    return Delivery(endpoint=endpoint, happening=happening_of(event), body=body_of(event), **named)
