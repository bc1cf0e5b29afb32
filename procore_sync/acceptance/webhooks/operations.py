"""What an administrator does with webhooks. Every change is written to the list of changes of rights and rules."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from django.db import transaction
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext, gettext_noop

from procore_sync.acceptance.bell import ring_webhooks
from procore_sync.acceptance.journal import head_of
from procore_sync.acceptance.webhooks import happenings, signing, targets
from procore_sync.acceptance.webhooks.rows import Delivery, DeliveryState, Endpoint, EndpointState
from procore_sync.acceptance.webhooks.words import PING, Happening
from procore_sync.accounts.access import Right, require
from procore_sync.accounts.models import Membership
from procore_sync.accounts.operations import note_settings
from procore_sync.kit.clock import database_time
from procore_sync.kit.kinds import Kind
from procore_sync.kit.refusals import InvalidInput, Refusal
from procore_sync.kit.text import line_problems

MOST_ENDPOINTS = 20
LONGEST_NAME = 80
#: So long the secret before signs beside a new one.
BOTH_SECRETS_FOR = timedelta(hours=24)


class WebhookOff(Refusal):
    """The webhook is switched off or paused, so nothing goes to it."""

    cure = gettext_noop("An administrator switches it on under Settings, Webhooks.")


@dataclass(frozen=True)
class Wanted:
    """An address and what it is told of; no kind or no happening named is all of them."""

    name: str
    url: str
    kinds: Sequence[str] = ()
    happenings: Sequence[str] = ()


@transaction.atomic
def register(wanted: Wanted, *, by: Membership) -> Endpoint:
    """A new endpoint, told from the next row of the journal on. Its `secret` is to be shown now and never again.

    Raises:
        NotAllowed: `by` may not change the settings.
        InvalidInput: the name or the address cannot be taken, or the company has as many as it may have.
    """
    require(by, Right.SETTINGS)
    if Endpoint.objects.filter(company_id=by.company_id).count() >= MOST_ENDPOINTS:
        told = gettext("A company has at most %(most)s webhooks. Delete one that nobody needs.")
        raise InvalidInput(told % {"most": MOST_ENDPOINTS})
    endpoint = Endpoint(company_id=by.company_id, created_by=by, secret=signing.new_secret())
    endpoint.told_up_to = head_of(by.company).sequence
    _set(endpoint, wanted)
    endpoint.save()
    _note(endpoint, by, "", _said(endpoint))
    return endpoint


@transaction.atomic
def change(endpoint: Endpoint, wanted: Wanted, *, by: Membership) -> None:
    """Tell another address, or of other things; what waits already goes to the address as it is now.

    Raises:
        NotAllowed: `by` may not change the settings.
        Refusal: it was deleted meanwhile.
        InvalidInput: the name or the address cannot be taken.
    """
    require(by, Right.SETTINGS)
    _hold(endpoint)
    before = _said(endpoint)
    _set(endpoint, wanted)
    endpoint.save(update_fields=["name", "url", "kinds", "happenings"])
    _note(endpoint, by, before, _said(endpoint))


def _set(endpoint: Endpoint, wanted: Wanted) -> None:
    name = wanted.name.strip()
    faults = line_problems(name, limit=LONGEST_NAME, what=gettext_noop("name"))
    if faults or not name:
        faults = faults or [gettext("The name is empty. Give one.")]
        raise InvalidInput(faults[0], errors={"name": faults})
    endpoint.name, endpoint.url = name, targets.required(wanted.url)
    endpoint.kinds = [kind.value for kind in Kind if kind in wanted.kinds]
    endpoint.happenings = [one.value for one in Happening if one in wanted.happenings]


@transaction.atomic
def switch(endpoint: Endpoint, *, on: bool, by: Membership) -> None:
    """Tell it nothing, or go on where it stopped: what happened meanwhile is told too.

    Raises:
        NotAllowed: `by` may not change the settings.
        Refusal: it was deleted meanwhile.
    """
    require(by, Right.SETTINGS)
    _hold(endpoint)
    before = endpoint.get_state_display()
    endpoint.state, endpoint.why_paused = EndpointState.ON if on else EndpointState.OFF, ""
    endpoint.failures, endpoint.failing_since, endpoint.waits_until = 0, None, None
    endpoint.save(update_fields=["state", "why_paused", "failures", "failing_since", "waits_until"])
    if on:
        endpoint.deliveries.filter(state=DeliveryState.WAITING).update(tried_since=None, due_at=database_time())
        transaction.on_commit(ring_webhooks)
    _note(endpoint, by, before, endpoint.get_state_display())


@transaction.atomic
def change_secret(endpoint: Endpoint, *, by: Membership) -> None:
    """A new secret, to be shown now and never again; for a day the one before signs beside it.

    Raises:
        NotAllowed: `by` may not change the settings.
        Refusal: it was deleted meanwhile.
    """
    require(by, Right.SETTINGS)
    _hold(endpoint)
    endpoint.old_secret, endpoint.secret = endpoint.secret, signing.new_secret()
    endpoint.old_secret_until = timezone.now() + BOTH_SECRETS_FOR
    endpoint.save(update_fields=["old_secret", "secret", "old_secret_until"])
    _note(endpoint, by, "secret", "another secret")


@transaction.atomic
def ping(endpoint: Endpoint, *, by: Membership) -> Delivery:
    """Have a test message sent at once.

    Raises:
        NotAllowed: `by` may not change the settings.
        Refusal: it was deleted meanwhile.
        WebhookOff: nothing goes to it now.
    """
    require(by, Right.SETTINGS)
    _hold(endpoint)
    if endpoint.state != EndpointState.ON:
        told = gettext("%(name)s is off. Switch it on first.") % {"name": endpoint.name}
        where = reverse("acceptance:webhook", args=[endpoint.pk])
        raise WebhookOff(told, who="administrator", where=where)
    key, now = uuid.uuid4(), database_time()
    body = happenings.ping_of(endpoint.company, str(key), now)
    delivery = Delivery.objects.create(
        endpoint=endpoint, key=key, happening=PING, body=body, created_at=now, due_at=now
    )
    _at_once(endpoint)
    return delivery


@transaction.atomic
def send_again(delivery: Delivery, *, by: Membership) -> None:
    """Have a message sent once more, whatever became of it: the same bytes under the same `key`. If the endpoint is
    off, it goes when that is switched on.

    Raises:
        NotAllowed: `by` may not change the settings.
        Refusal: it was deleted meanwhile.
    """
    require(by, Right.SETTINGS)
    _hold(delivery.endpoint)
    columns = {"tried_since": None, "ended_at": None, "due_at": database_time()}
    Delivery.objects.filter(pk=delivery.pk).update(state=DeliveryState.WAITING, **columns)
    _at_once(delivery.endpoint)


@transaction.atomic
def delete(endpoint: Endpoint, *, by: Membership) -> None:
    """Forget the endpoint, its secrets and its messages.

    Raises:
        NotAllowed: `by` may not change the settings.
        Refusal: it was deleted meanwhile.
    """
    require(by, Right.SETTINGS)
    _hold(endpoint)
    _note(endpoint, by, _said(endpoint), "")
    endpoint.delete()


def _hold(endpoint: Endpoint) -> None:
    """Take the endpoint before its messages, as a worker does that settles one, and read what it says by now.

    Raises:
        Refusal: it was deleted meanwhile.
    """
    try:
        endpoint.refresh_from_db(from_queryset=Endpoint.objects.select_for_update())
    except Endpoint.DoesNotExist:
        told = gettext("The webhook was deleted meanwhile, so nothing was done.")
        raise Refusal(told, who="administrator", where=reverse("acceptance:webhooks")) from None


def _at_once(endpoint: Endpoint) -> None:
    Endpoint.objects.filter(pk=endpoint.pk).update(waits_until=None)
    transaction.on_commit(ring_webhooks)


def _said(endpoint: Endpoint) -> str:
    kinds = ", ".join(str(Kind(one).label) for one in endpoint.kinds) or "every kind"
    told = ", ".join(str(Happening(one).label) for one in endpoint.happenings) or "everything"
    return f"{endpoint.url} ({kinds}: {told})"


def _note(endpoint: Endpoint, by: Membership, before: str, after: str) -> None:
    label = f"Webhook {endpoint.name}"
    note_settings(by.company, by=by, before={label: before}, after={label: after})
