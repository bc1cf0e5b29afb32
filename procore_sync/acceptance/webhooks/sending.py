"""Messages on their way: claimed, posted outside any transaction, settled. At least once, in the order of the journal
until one fails; what failed comes later.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from datetime import datetime, timedelta
from http import HTTPStatus

from django.conf import settings
from django.db import transaction
from django.db.models import Exists, F, OuterRef, Q
from django.urls import reverse
from django.utils import timezone
from django.utils.text import format_lazy
from django.utils.translation import gettext, gettext_noop
from django.utils.translation import gettext_lazy as _

from procore_sync.acceptance.abouts import About
from procore_sync.acceptance.notices import Telling, Words, tell
from procore_sync.acceptance.webhooks import posting, signing
from procore_sync.acceptance.webhooks.rows import Delivery, DeliveryState, Endpoint, EndpointState
from procore_sync.accounts.models import Membership, Role
from procore_sync.kit.clock import database_time

#: How many workers may wait for receivers at once, so that the others are there for exports.
SENDERS = 2
#: How long a worker begins posts to one endpoint, and to all, before it looks for other work.
SECONDS_OF_A_TURN = 5.0
SECONDS_OF_A_TASK = 10.0
#: Longer than a turn with the longest post after it.
LEASE = timedelta(seconds=60)
FIRST_PAUSE, LONGEST_PAUSE = timedelta(seconds=30), timedelta(hours=6)
TRIED_FOR = timedelta(days=3)
_UNREADABLE = gettext_noop("Its secret cannot be read with the keys in TOKEN_KEYS. Make a new secret.")
#: Answers that are about one message: the next one may well be taken.
_GONE = gettext_noop("It answered 410: it wants no more messages.")
_OF_THE_MESSAGE = {400, 406, 409, 411, 413, 414, 415, 422}


def send_due() -> None:
    """Send what is due, endpoint by endpoint, the one whose turn is longest ago first."""
    until = time.monotonic() + SECONDS_OF_A_TASK
    while time.monotonic() < until and (endpoint := _claimed()):
        _take_turn(endpoint)


def _claimed() -> Endpoint | None:
    """An endpoint with messages that are due, ours until its lease ends; None if there is nothing to do."""
    now = database_time()
    if Endpoint.objects.filter(lease_until__gt=now).count() >= SENDERS:
        return None
    due = Delivery.objects.filter(endpoint=OuterRef("pk"), state=DeliveryState.WAITING, due_at__lte=now)
    free = Endpoint.objects.filter(
        Q(waits_until=None) | Q(waits_until__lte=now),
        Q(lease_until=None) | Q(lease_until__lte=now),
        Exists(due),
        state=EndpointState.ON,
    )
    for endpoint in free.order_by(F("turn_at").asc(nulls_first=True), "pk"):
        same = Endpoint.objects.filter(pk=endpoint.pk, fence=endpoint.fence, state=EndpointState.ON)
        if same.update(fence=F("fence") + 1, lease_until=now + LEASE, turn_at=now) == 1:
            endpoint.fence += 1
            return endpoint
    return None


def _take_turn(claimed: Endpoint) -> None:
    until, mine = time.monotonic() + SECONDS_OF_A_TURN, Endpoint.objects.filter(pk=claimed.pk, fence=claimed.fence)
    try:
        while time.monotonic() < until:
            # Read again each time: it may be off by now, elsewhere, or have another secret.
            endpoint = mine.filter(state=EndpointState.ON).select_related("company").first()
            delivery = _next(endpoint) if endpoint else None
            if endpoint is None or delivery is None or not _told(endpoint, delivery):
                return
    finally:
        mine.update(lease_until=None)


def _next(endpoint: Endpoint) -> Delivery | None:
    due = endpoint.deliveries.filter(state=DeliveryState.WAITING, due_at__lte=database_time())
    return due.order_by("pk").first()


def _told(endpoint: Endpoint, delivery: Delivery) -> bool:
    """Send one message and settle it; whether the next may follow at once."""
    if not endpoint.secret:
        return _Outcome(endpoint, delivery, posting.Answer(None, fault=_UNREADABLE), database_time()).settle()
    body = delivery.body.encode()
    headers = signing.headers_of(str(delivery.key), int(timezone.now().timestamp()), body, endpoint.secrets)
    told = {"Content-Type": "application/cloudevents+json; charset=utf-8", "User-Agent": "ERP-Sync-Console"}
    answer = posting.post(endpoint.url, body, told | headers)
    return _Outcome(endpoint, delivery, answer, database_time()).settle()


@dataclass(frozen=True)
class _Outcome:
    """What came of one post, and what follows from it for the message and for the endpoint."""

    endpoint: Endpoint
    delivery: Delivery
    answer: posting.Answer
    now: datetime

    @transaction.atomic
    def settle(self) -> bool:
        """Write it down, unless somebody else has taken the work over meanwhile; whether the next may follow."""
        mine = Endpoint.objects.select_for_update().filter(pk=self.endpoint.pk, fence=self.endpoint.fence)
        if mine.first() is None:
            return False
        if self.answer.is_success:
            self._write(DeliveryState.DELIVERED, ended_at=self.now)
            mine.update(failures=0, failing_since=None, waits_until=None)
            return True
        why = self._why_pause()
        if why:
            self._write(DeliveryState.WAITING, tried_since=None)
            self._pause(why)
            return False
        self._fail()
        if self._is_of_the_message:
            return True
        pause = max(_pause_after(self.endpoint.failures + 1), timedelta(seconds=self._asked_for))
        columns = {"failing_since": self._failing_since, "waits_until": self.now + pause}
        mine.update(failures=F("failures") + 1, **columns)
        return False

    @property
    def _is_of_the_message(self) -> bool:
        return self.answer.status in _OF_THE_MESSAGE

    @property
    def _asked_for(self) -> float:
        return min(self.answer.after, LONGEST_PAUSE.total_seconds())

    @property
    def _failing_since(self) -> datetime:
        return self.endpoint.failing_since or self.now

    def _why_pause(self) -> str:
        if self.answer.status == HTTPStatus.GONE:
            return _GONE
        if not self._is_of_the_message and self.now - self._failing_since >= TRIED_FOR:
            return f"No message was taken for three days. The last time: {self.answer.fault}"
        return ""

    def _fail(self) -> None:
        since = self.delivery.tried_since or self.now
        if self.now - since >= TRIED_FOR:
            self._give_up()
            return
        due = self.now + _pause_after(self.delivery.tries + 1)
        self._write(DeliveryState.WAITING, tried_since=since, due_at=due)

    def _give_up(self) -> None:
        """One a day is told of: where one message is refused, more may be."""
        lately = Delivery.objects.filter(state=DeliveryState.GIVEN_UP, ended_at__gt=self.now - timedelta(days=1))
        if not lately.filter(endpoint=self.endpoint).exists():
            said = _("A message to the webhook {name} is given up after three days: {why}")
            self._tell(format_lazy(said, name=self.endpoint.name, why=self.answer.fault))
        self._write(DeliveryState.GIVEN_UP, ended_at=self.now)

    def _write(self, state: DeliveryState, **columns: datetime | None) -> None:
        same = Delivery.objects.filter(pk=self.delivery.pk, tries=self.delivery.tries, state=DeliveryState.WAITING)
        answered = {"answer_status": self.answer.status, "answer": self.answer.text, "reason": self.answer.fault}
        same.update(state=state, tries=F("tries") + 1, tried_at=self.now, **answered, **columns)

    def _pause(self, why: str) -> None:
        columns = {"failures": 0, "failing_since": None, "waits_until": None}
        # Not over a person's word: they may have switched it off while the message went.
        mine = Endpoint.objects.filter(pk=self.endpoint.pk, state=EndpointState.ON)
        if mine.update(state=EndpointState.PAUSED, why_paused=why, **columns) == 1:
            self._tell(format_lazy(_("The webhook {name} is paused: {why}"), name=self.endpoint.name, why=why))

    def _tell(self, line: Words) -> None:
        administrators = Membership.objects.filter(company_id=self.endpoint.company_id, role=Role.ADMINISTRATOR)
        path = reverse("acceptance:webhook", args=[self.endpoint.pk])
        tell(administrators, Telling(About.HEALTH, line, path, line, lambda: _mail(line, path)))


def _mail(line: Words, path: str) -> str:
    told = gettext("Nothing is lost: what was not taken is kept and can be sent again.")
    return f"{line}\n\n{told}\n{settings.PUBLIC_URL}{path}\n"


def _pause_after(failures: int) -> timedelta:
    """30 seconds, doubled with each failure, 6 hours at the most."""
    doubled: int = 2 ** min(failures - 1, 12)
    return min(FIRST_PAUSE * doubled, LONGEST_PAUSE)
