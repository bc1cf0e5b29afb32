"""Mailed when it is not well, by stated limits, once each until it is well again.

A task asks every minute. When no worker is left nobody runs it, so `manage.py watch_health` does the same from cron.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from enum import StrEnum
from functools import partial

from django.conf import settings
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext, gettext_lazy, gettext_noop

from procore_sync.acceptance.flow import oldest_moving
from procore_sync.acceptance.heartbeats import expect, heartbeats
from procore_sync.acceptance.models import Alarm
from procore_sync.acceptance.webhooks.rows import Endpoint, EndpointState
from procore_sync.accounts.models import Company
from procore_sync.kit.kept import in_the_readers_words
from quickbooks_bridge.administrators import tell_administrators
from quickbooks_bridge.connections import connection_of
from quickbooks_bridge.endpoints import page_url


class What(StrEnum):
    """What can be not well."""

    QUEUE = "queue"
    WORKER = "worker"
    BEAT = "beat"
    READER = "reader"
    MESSENGER = "messenger"
    SIGN_IN = "sign_in"


def watch(now: datetime | None = None) -> int:
    """Look at every company: mail what is newly not well, keep how it is now, forget what is well again.

    Returns how many are not well.
    """
    now = now or timezone.now()
    # Word of them waits behind what is read or sent just now, so the first look after an update would come before it.
    expect("reader")
    expect("messenger")
    silent = silence(now)
    return sum(
        _keep(one, _concerning(one, silent) | troubles_of(one.pk, now)) for one in Company.objects.order_by("pk")
    )


def _concerning(company: Company, silent: dict[What, str]) -> dict[What, str]:
    """`silent` without what is nothing to the company: webhooks, where it has none that is on."""
    has_webhooks = (
        What.MESSENGER in silent and Endpoint.objects.filter(company=company, state=EndpointState.ON).exists()
    )
    return {what: told for what, told in silent.items() if what is not What.MESSENGER or has_webhooks}


def silence(now: datetime) -> dict[What, str]:
    """Which of worker, beat, reader and messenger was not heard of for too long, in a sentence each."""
    limit, found = settings.ALERT_HEARTBEAT_MINUTES, dict[What, str]()
    before = now - timedelta(minutes=limit)
    for name, at in heartbeats().items():
        if limit and (at is None or at < before):
            heard = _HEARD[What(name)]
            told = f"{heard} since {at:%Y-%m-%d %H:%M} UTC." if at else f"{heard} yet."
            found[What(name)] = f"{told} {_LOOK_AT_QUEUES.get(What(name), _LOOK)}"
    if What.BEAT in found:
        # Without beat nobody asks for a reading or for messages, so nobody knows.
        return {what: told for what, told in found.items() if what not in _LOOK_AT_QUEUES}
    return found


_HEARD = {
    What.WORKER: gettext_noop("No worker has done anything"),
    What.BEAT: gettext_noop("Beat, which starts scheduled work, has asked for nothing"),
    What.READER: gettext_noop("No worker has taken anything from the queue of readings"),
    What.MESSENGER: gettext_noop("No worker has taken anything from the queue of webhooks"),
}
_LOOK = gettext_noop("Operator: check whether it runs, and look at its log.")
_LOOK_AT_QUEUES = {
    What.READER: gettext_noop("Operator: check whether a worker serves the queue “readings”, and look at its log."),
    What.MESSENGER: gettext_noop("Operator: check whether a worker serves the queue “webhooks”, and look at its log."),
}


def troubles_of(company_id: int, now: datetime) -> dict[What, str]:
    """What is not well with a company by itself, in a sentence each."""
    found, limit = dict[What, str](), settings.ALERT_QUEUE_MINUTES
    oldest = oldest_moving(company_id) if limit else None
    if oldest and oldest < now - timedelta(minutes=limit):
        minutes = int((now - oldest).total_seconds() // 60)
        found[What.QUEUE] = (
            f"An accepted record has waited {minutes} minutes to go to QuickBooks; {limit} is the limit."
        )
    row = connection_of(company_id)
    left = row.days_left if row else None
    if left is not None and left < settings.ALERT_TOKEN_DAYS:
        days = "1 day" if left <= 1 else f"{left} days"
        found[What.SIGN_IN] = f"The sign-in to QuickBooks ends within {days}, and is not renewed until somebody does."
    return found


@transaction.atomic
def _keep(company: Company, troubles: dict[What, str]) -> int:
    Alarm.objects.filter(company=company).exclude(what__in=troubles).delete()
    for what, sentence in troubles.items():
        alarm, is_new = Alarm.objects.get_or_create(company=company, what=what, defaults={"sentence": sentence})
        if alarm.sentence != sentence:
            # The pages say how it is now: a day less is left, or a record has waited longer.
            Alarm.objects.filter(pk=alarm.pk).update(sentence=sentence)
        if is_new:
            body = partial(_body, company, sentence)
            tell_administrators(company.pk, _SUBJECTS[what], body, page="quickbooks_bridge:health")
    return len(troubles)


def _body(company: Company, sentence: str) -> str:
    told = gettext("You are told only once until it is well again. How it is now:")
    page = page_url("quickbooks_bridge:health")
    return f"{company.name}: {in_the_readers_words(sentence)}\n\n{told}\n{page}\n"


_SUBJECTS = {
    What.QUEUE: gettext_lazy("Not well: records wait to go to QuickBooks"),
    What.WORKER: gettext_lazy("Not well: no worker runs"),
    What.BEAT: gettext_lazy("Not well: beat does not run"),
    What.READER: gettext_lazy("Not well: nothing is read from QuickBooks"),
    What.MESSENGER: gettext_lazy("Not well: webhooks are told nothing"),
    What.SIGN_IN: gettext_lazy("Not well: the sign-in to QuickBooks ends soon"),
}
