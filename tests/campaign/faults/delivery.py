"""Faults 16 to 19 and 45: the bell rings twice, late, or not at all. It is only a bell."""

from __future__ import annotations

import json
import time
from base64 import b64decode
from collections.abc import Iterator
from contextlib import suppress
from typing import Any

import redis
from django.db import transaction

from procore_sync.acceptance.models import Attempt, Submission
from procore_sync.acceptance.states import Status, Work
from procore_sync.acceptance.tasks import sweep
from procore_sync.celery import app
from procore_sync.demo.person import Person
from procore_sync.development.children import NeverHappened
from tests.campaign.evidence import calls_without_an_intent
from tests.campaign.fault import Act, Fault
from tests.campaign.patience import wait_for
from tests.campaign.stage import Stage

QUEUE, UNACKED = "console", "unacked"
EXPORT = "acceptance.export"
#: Less than a call may take, and long enough for another worker to come and go meanwhile.
SLOW = 0.8
#: How often a blow is tried that has to fall within such a call.
TRIES = 10
Message = dict[str, Any]


def broker(stage: Stage) -> redis.Redis:
    """The stage's Redis."""
    return redis.Redis.from_url(stage.broker.url)


def submission_of(message: Message) -> int:
    """For which submission a message rings; 0 if it is no such bell."""
    if message["headers"]["task"] != EXPORT:
        return 0
    return int(json.loads(b64decode(message["body"]))[0][0])


def in_hand(stage: Stage) -> list[Message]:
    """The messages that workers have taken and not yet acknowledged, as they lie in Redis."""
    with broker(stage) as client:
        return [json.loads(raw)[0] for raw in client.hvals(UNACKED)]


def is_quiet(stage: Stage) -> bool:
    """Whether no message is left to take."""
    with broker(stage) as client:
        return not client.llen(QUEUE)


def flights(act: Act) -> list[Attempt]:
    """The sendings that have no outcome yet."""
    return list(Attempt.objects.filter(act="send", outcome="", submission__work=Work.FLYING))


class _SecondDelivery(Fault):
    """A message comes a second time while its export is on its way; the second worker must leave without a call."""

    strikes = (2, 3)

    def strike(self, act: Act) -> None:
        """Where the second worker comes too late, because the machine is busy, there is another call."""
        for _ in range(TRIES):
            self._deliver_during_a_call(act)
            if act.notes:
                return

    def _deliver_during_a_call(self, act: Act) -> None:
        before = len(act.hit("slow"))
        act.stage.fault("slow", seconds=SLOW, method="POST")
        act.drive(lambda: len(act.hit("slow")) > before, what="a call takes its time")
        rung = {submission_of(one): one for one in in_hand(act.stage)}
        for flight in flights(act):
            if flight.submission_id in rung:
                self.deliver_again(act, rung[flight.submission_id])
                self.wait_until_taken(act, flight)

    def deliver_again(self, act: Act, message: Message) -> None:
        """Put the message into the queue once more."""
        raise NotImplementedError

    def is_taken(self, act: Act) -> bool:
        """Whether another worker has had the message and is done with it."""
        raise NotImplementedError

    def wait_until_taken(self, act: Act, flight: Attempt) -> None:
        """Note the flight if a second worker came and went while it lasted."""
        end = time.monotonic() + 2 * SLOW
        while time.monotonic() < end and Attempt.objects.filter(pk=flight.pk, outcome="").exists():
            if self.is_taken(act):
                act.notes.append(str(flight.pk))
                return
            time.sleep(0.02)

    def witness(self, act: Act) -> Iterator[str]:
        if not act.notes:
            yield "no message came to a second worker while the first was in its call"
        for flight in Attempt.objects.filter(pk__in=act.notes):
            again = Attempt.objects.filter(submission=flight.submission_id, started_at__gt=flight.started_at)
            if flight.finished_at and again.filter(started_at__lt=flight.finished_at).exists():
                yield f"submission {flight.submission_id} was carried by two workers at once"
        yield from calls_without_an_intent(act)


class DeliveredTwiceAtOnce(_SecondDelivery):
    """16"""

    number = 16
    title = "same Celery message delivered twice at once"
    safe = "a lease a row: the second leaves without a call"
    #: Workers have one message at a time, so when the last is taken the others have been answered.
    copies = 3

    def deliver_again(self, act: Act, message: Message) -> None:
        with broker(act.stage) as client:
            client.rpush(QUEUE, *[json.dumps(message)] * self.copies)

    def is_taken(self, act: Act) -> bool:
        return is_quiet(act.stage)


class VisibilityTimeoutPasses(_SecondDelivery):
    """17: what the broker takes for lost comes again, by the broker's own means."""

    number = 17
    title = "Redis visibility timeout passes during a slow export"
    safe = "as 16: the second leaves without a call"

    def deliver_again(self, act: Act, message: Message) -> None:
        """As a worker would that finds messages older than the timeout; for it, that has passed."""
        with app.connection_for_write(transport_options={"visibility_timeout": 0}) as connection:
            channel: Any = connection.default_channel
            channel.qos.restore_visible(interval=1)

    def is_taken(self, act: Act) -> bool:
        again = [one for one in in_hand(act.stage) if one["headers"].get("redelivered")]
        return is_quiet(act.stage) and not again


class RedisDownAtAcceptance(Fault):
    """18"""

    number = 18
    title = "Redis down at acceptance"
    safe = "acceptance commits; published later; a page says that the bell is silent and how many wait"
    strikes = (1, 2)

    def prepare(self, act: Act) -> None:
        self.ada = Person(act.stage.web.url, act.stage.member("Ada").user.email, "secret")
        self.alma = Person(act.stage.web.url, act.stage.member("Alma").user.email, "secret")
        self.missing: list[str] = []

    def strike(self, act: Act) -> None:
        act.stage.broker.kill()
        try:
            self._accept_by_the_page(act)
            act.accept_next(3)
            told = self.alma.get("/quickbooks/health/").text
            if "Redis does not answer" not in told:
                self.missing.append("the page of sync health does not say that the bell is silent")
        finally:
            act.stage.broker.start()
            act.stage.heal()

    def _accept_by_the_page(self, act: Act) -> None:
        paper = act.papers[act.accepted]
        answer = self.ada.accept(paper.item)
        submission = act.submission(paper)
        act.notes.append(f"{answer.status_code} {submission.item.status}")
        if submission.item.status not in (Status.EXPORTING, Status.SYNCED):
            self.missing.append(f"{paper} was not accepted without Redis: {answer.status_code}")

    def witness(self, act: Act) -> Iterator[str]:
        if not act.notes:
            yield "nothing was accepted while Redis was down"
        yield from self.missing


class RedisFlushed(Fault):
    """19"""

    number = 19
    title = "Redis flushed, all messages lost"
    safe = "the sweep finds what is due in the database"
    strikes = (2, 2)

    def prepare(self, act: Act) -> None:
        self.struck = 0

    def strike(self, act: Act) -> None:
        """Where workers have taken all bells before the flush, some more are rung.

        After the second time no further bell rings, which would take along what waits.
        """
        for _ in range(TRIES):
            self._flush(act)
            if act.notes:
                return

    def _flush(self, act: Act) -> None:
        before = len(act.hit("slow"))
        act.stage.fault("slow", times=2, seconds=SLOW, method="POST")
        act.drive(lambda: len(act.hit("slow")) > before, what="the workers have something to do")
        with transaction.atomic():  # all their bells ring in one moment
            act.accept_next(8 if self.struck == 0 else len(act.papers))
        self.struck += 1
        with broker(act.stage) as client:
            lost = [submission_of(json.loads(raw)) for raw in client.lrange(QUEUE, 0, -1)]
            client.flushdb()
        act.notes += [str(pk) for pk in lost if pk]

    def witness(self, act: Act) -> Iterator[str]:
        if not act.notes:
            yield "no bell was in the queue when it was flushed"
        late = Submission.objects.filter(pk__in=act.notes).exclude(work=Work.DONE)
        for one in late.exclude(item__in=act.stopped):
            yield f"submission {one.pk}, whose bell was lost, is {one.work}"


class TwoBeats(Fault):
    """45: not in the table, and the first thing that goes wrong when a deployment is scaled."""

    number = 45
    title = "two beats tick, and many sweeps run at once"
    safe = "no harm: each row is claimed once"
    strikes = (1, 1)

    def prepare(self, act: Act) -> None:
        self.first = act.stage.beats[0]
        self.before = self.ticks(act)[0]
        act.stage.beats.append(act.stage.running.beat())

    @staticmethod
    def ticks(act: Act) -> list[int]:
        """How often each beat has asked for a sweep."""
        return [one.output().count("Sending due task sweep") for one in act.stage.beats]

    def strike(self, act: Act) -> None:
        for _ in range(10):
            sweep.delay()

    def _ticked(self, act: Act) -> tuple[int, int]:
        """How often the first has since the beginning, and the second."""
        first, second = self.ticks(act)
        return first - self.before, second

    def end(self, act: Act) -> None:
        with suppress(NeverHappened):
            wait_for(lambda: all(self._ticked(act)), 5, what="both beats tick")
        act.notes += map(str, self._ticked(act))

    def witness(self, act: Act) -> Iterator[str]:
        if "0" in act.notes:
            yield f"one of the beats did not tick: {act.notes}"
        yield from calls_without_an_intent(act)
