"""Taking in what Intuit posts: checked against its signature, stored, and read later.

A post is stored before anything else is done with it, and QuickBooks is never asked while it waits for its answer. The
same post twice, an event twice, events out of order or years old leave what one in order leaves: a hint where to read.
"""

from __future__ import annotations

import hmac
from base64 import b64encode
from collections.abc import Collection
from datetime import timedelta
from hashlib import sha256
from typing import Final

from django.conf import settings
from django.db import transaction
from django.db.models import F, QuerySet
from django.utils import timezone

from quickbooks_bridge.models import Connection
from quickbooks_bridge.watch_models import WebhookDelivery, WebhookEvent
from quickbooks_bridge.watching.posts import Event, read_post

#: Far more than Intuit sends at once; a post beyond it is not even read.
MOST_BYTES: Final = 1024 * 1024
#: Posts are kept a little longer than QuickBooks remembers changes.
KEPT_FOR: Final = timedelta(days=35)
_FORGOTTEN_AT_ONCE: Final = 500
_BATCH: Final = 500


def hooks_are_on() -> bool:
    """Whether webhooks can be believed: only with Intuit's verifier token."""
    return bool(settings.QUICKBOOKS_WEBHOOK_TOKEN)


def is_too_long(content_length: str) -> bool:
    """Whether a post says of itself that it is longer than any of Intuit's."""
    return content_length.isdecimal() and int(content_length) > MOST_BYTES


def is_signed(body: bytes, signature: str) -> bool:
    """Whether `signature` is Intuit's for exactly these bytes; in a time that tells nothing about how it differs."""
    if not hooks_are_on():
        return False
    token = str(settings.QUICKBOOKS_WEBHOOK_TOKEN).encode()
    expected = b64encode(hmac.digest(token, body, sha256))
    return hmac.compare_digest(expected, signature.encode(errors="replace"))


@transaction.atomic
def store(body: bytes) -> list[int]:
    """Keep a signed post and its events; the companies that have something new to read because of it.

    Events of a QuickBooks company that is nobody's here are kept without a company, and shown to nobody.
    """
    post = read_post(body)
    delivery, is_new = WebhookDelivery.objects.get_or_create(
        digest=sha256(body).hexdigest(),
        defaults={"body": body.decode(errors="replace").replace("\0", ""), "shape": post.shape},
    )
    if not is_new:
        WebhookDelivery.objects.filter(pk=delivery.pk).update(times=F("times") + 1)
        return []
    companies = _companies_of({event.realm_id for event in post.events})
    rows = [_row(delivery, event, companies.get(event.realm_id)) for event in post.events]
    WebhookEvent.objects.bulk_create(
        sorted(rows, key=_place),
        batch_size=_BATCH,
        ignore_conflicts=True,
    )
    told = WebhookEvent.objects.filter(delivery=delivery, company__isnull=False).values_list("company_id", flat=True)
    return sorted({company_id for company_id in told if company_id})


def _place(row: WebhookEvent) -> tuple[object, ...]:
    """One order for all, so that two posts with the same events never wait for each other."""
    return row.realm_id, row.entity, row.remote_id, row.operation, row.happened_at


def _companies_of(realms: Collection[str]) -> dict[str, int]:
    return dict(Connection.objects.filter(realm_id__in=realms).values_list("realm_id", "company_id"))


def _row(delivery: WebhookDelivery, event: Event, company_id: int | None) -> WebhookEvent:
    return WebhookEvent(
        delivery=delivery,
        company_id=company_id,
        realm_id=event.realm_id,
        event_id=event.event_id,
        entity=event.entity,
        remote_id=event.remote_id,
        operation=event.operation,
        happened_at=event.happened_at or delivery.received_at,
        into_id=event.into_id,
    )


def hints_of(company_id: int) -> QuerySet[WebhookEvent]:
    """What webhooks said of a company and nobody has read yet, in the order in which it was heard."""
    return WebhookEvent.objects.filter(company_id=company_id, read_at=None).order_by("pk")


def merged_into(company_id: int, entity: str, remote_ids: Collection[str]) -> dict[str, str]:
    """Into which records webhooks said that these were merged; where that one was merged too, the one that is left."""
    told = WebhookEvent.objects.filter(company_id=company_id, entity=entity).exclude(into_id="").order_by("pk")
    found = dict(told.filter(remote_id__in=remote_ids).values_list("remote_id", "into_id"))
    if not found:
        return {}
    steps = dict(told.values_list("remote_id", "into_id"))
    return {remote_id: _last_of(steps, remote_id) for remote_id in found}


def _last_of(steps: dict[str, str], remote_id: str) -> str:
    """Where the steps from a record end; what is posted is anybody's word, so it may go round."""
    passed = [remote_id]
    while (onward := steps.get(passed[-1], "")) and onward not in passed:
        passed.append(onward)
    return passed[-1]


def forget_old() -> int:
    """Drop posts that are older than they are kept, some at a time; how many rows went."""
    old = WebhookDelivery.objects.filter(received_at__lt=timezone.now() - KEPT_FOR).order_by("received_at")
    rows, _ = WebhookDelivery.objects.filter(
        pk__in=list(old.values_list("pk", flat=True)[:_FORGOTTEN_AT_ONCE])
    ).delete()
    return rows
