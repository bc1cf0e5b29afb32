"""Webhooks: who is told of what happens, what waits to be sent, what became of each post. Sending is messenger.py's.

Times are seconds of the emulator's clock, so that a test may move it through the whole ladder of retries.
"""

import json
import math
import random
import uuid
from collections import deque
from collections.abc import Callable, Iterable
from dataclasses import asdict, dataclass, field
from typing import Any

from .clock import Clock
from .grants import Grants
from .happenings import Event, is_covered, written
from .store import Store
from .subscriptions import Subscription
from .switches import Switches

#: Intuit's "Best practices": 10 s, 20 s, 30 s, 5 m, 20 m, 2 h, 4 h, 6 h, "and then on stays at 6-hour intervals".
LADDER = (10.0, 20.0, 30.0, 300.0, 1_200.0, 7_200.0, 14_400.0, 21_600.0)
#: How long an event is kept back that is to arrive out of order.
HELD_BACK = 10.0
MOST_EVENTS = 1_000
REMEMBERED = 200


@dataclass
class Waiting:
    """An event that waits for its post."""

    event: Event
    due: float
    is_held: bool = False


@dataclass
class Delivery:
    """One post: `state` is waiting, delivered, given up or lost; `answers` says of each try when and what came back."""

    number: int
    client: str
    body: str
    events: list[str]
    due: float
    state: str = "waiting"
    answers: list[tuple[float, str]] = field(default_factory=list)


@dataclass
class Outbox:
    """What one app is told."""

    subscription: Subscription
    dice: random.Random
    waiting: dict[tuple[str, ...], Waiting] = field(default_factory=dict)
    earliest: float = math.inf

    def look_again(self) -> None:
        """Know again when the first of what waits is due."""
        self.earliest = min((one.due for one in self.waiting.values()), default=math.inf)


class Webhooks:
    """All apps' subscriptions and posts. What waits is written through, so it outlives the process."""

    def __init__(self, clock: Clock, store: Store, switches: Switches, grants: Grants) -> None:
        self._clock, self._store, self._switches, self._grants = clock, store, switches, grants
        self.outboxes: dict[str, Outbox] = {}
        self._open: dict[int, Delivery] = {}
        self._done: deque[Delivery] = deque(maxlen=REMEMBERED)
        self._last = 0
        self.wake: Callable[[], None] = lambda: None

    def forget(self) -> None:
        """Nobody is told anything, and nothing waits."""
        self.outboxes.clear()
        self._open.clear()
        self._done.clear()

    @property
    def deliveries(self) -> list[Delivery]:
        """The posts that wait and the last that are done, in the order they were made."""
        return sorted((*self._open.values(), *self._done), key=lambda one: one.number)

    # who is told

    def subscribe(self, client: str, given: dict[str, Any]) -> Subscription:
        """Set what `problems` has nothing against; what is left out stays. The dice begin again from the seed."""
        outbox = self.outboxes.get(client)
        settings = {"token": str(uuid.uuid4()), **(asdict(outbox.subscription) if outbox else {}), **given}
        subscription = Subscription(**settings)
        self._hold(client, subscription)
        self._store.keep("webhook", "", client, json.dumps(asdict(subscription)))
        return subscription

    def unsubscribe(self, client: str) -> None:
        """This app is told nothing more; what waits for it is dropped."""
        outbox = self.outboxes.pop(client, None)
        if outbox is None:
            return
        self._store.forget("webhook", "", client)
        for waiting in outbox.waiting.values():
            self._store.forget("event", client, waiting.event.id)
        for delivery in [one for one in self._open.values() if one.client == client]:
            self._finish(delivery, "given up")

    def _hold(self, client: str, subscription: Subscription) -> None:
        before = self.outboxes.get(client)
        # Dice for a test double: they are to fall the same way each time.
        outbox = Outbox(subscription, random.Random(subscription.seed), before.waiting if before else {})  # noqa: S311
        outbox.look_again()
        self.outboxes[client] = outbox

    # what happened

    def happened(self, realm: str, entity: str, key: str, operation: str, gone: str = "") -> None:
        """Note a change for each app that is connected to this company; two alike become one, at the later time."""
        if not self.outboxes or not is_covered(entity, operation):
            return
        now = self._clock.now()
        for client, outbox in self.outboxes.items():
            if self._grants.connected(client, realm):
                self._note(client, outbox, Event("", realm, entity, key, operation, now, gone))

    def _note(self, client: str, outbox: Outbox, event: Event) -> None:
        alike = (event.realm, event.entity, event.key, event.operation, event.gone)
        before = outbox.waiting.get(alike)
        own = before.event.id if before else f"{uuid.uuid4()}-{event.entity}-{event.key}"
        due = before.due if before else event.at + outbox.subscription.delay
        noted = Event(own, *alike[:4], event.at, event.gone)
        outbox.waiting[alike] = Waiting(noted, due, before is not None and before.is_held)
        self._store.keep("event", client, own, json.dumps([asdict(noted), due]))
        if due < outbox.earliest:
            outbox.earliest = due
            self.wake()

    # posts

    def form(self) -> None:
        """Make posts of the events whose time has come."""
        now = self._clock.now()
        for client, outbox in self.outboxes.items():
            if outbox.earliest <= now:
                self._form(client, outbox, now)
                outbox.look_again()

    def _form(self, client: str, outbox: Outbox, now: float) -> None:
        asked, dice = outbox.subscription, outbox.dice
        going: list[Event] = []
        for alike, waiting in list(outbox.waiting.items()):
            if waiting.is_held and waiting.due > now:
                continue
            if asked.disorder and not waiting.is_held and dice.random() * 100 < asked.disorder:
                waiting.is_held, waiting.due = True, now + HELD_BACK
                continue
            del outbox.waiting[alike]
            self._store.forget("event", client, waiting.event.id)
            if asked.loss and dice.random() * 100 < asked.loss:
                self._queue(client, outbox, [waiting.event], "lost")
            else:
                going.append(waiting.event)
        if asked.disorder:
            dice.shuffle(going)
        for post in self._posts(going):
            self._queue(client, outbox, post, "waiting")
            if asked.duplicates and dice.random() * 100 < asked.duplicates:
                self._queue(client, outbox, post, "waiting")

    def _posts(self, events: list[Event]) -> list[list[Event]]:
        groups: dict[str, list[Event]] = {}
        for event in events:
            groups.setdefault(event.realm if self._switches["webhook_realms"] == "one" else "", []).append(event)
        return [group[at : at + MOST_EVENTS] for group in groups.values() for at in range(0, len(group), MOST_EVENTS)]

    def _queue(self, client: str, outbox: Outbox, events: list[Event], state: str) -> None:
        body = written(events, outbox.subscription.format, client)
        said = [event.said for event in events]
        self._last += 1
        self._keep(Delivery(self._last, client, body, said, self._clock.now(), state))

    def due(self) -> dict[str, list[Delivery]]:
        """The posts whose time has come, by app, in the order they were made."""
        now = self._clock.now()
        found: dict[str, list[Delivery]] = {}
        for delivery in self._next():
            if delivery.due <= now:
                found.setdefault(delivery.client, []).append(delivery)
        return found

    def _next(self) -> Iterable[Delivery]:
        """The posts that are not held back by another: all, or the first of each app."""
        if not self._switches["webhook_failure_holds_back"]:
            return self._open.values()
        return {delivery.client: delivery for delivery in reversed(self._open.values())}.values()

    def next_due(self) -> float | None:
        """Seconds until something is to be done, or None when nothing waits."""
        due = [one.due for one in self._next()]
        first = min(due + [outbox.earliest for outbox in self.outboxes.values()], default=math.inf)
        return None if first == math.inf else max(0.0, first - self._clock.now())

    def answered(self, delivery: Delivery, answer: str) -> None:
        """Note what came back: "200", another status, or what went wrong."""
        now = self._clock.now()
        if delivery.number not in self._open:
            return
        delivery.answers.append((now, answer))
        tries = len(delivery.answers)
        if answer == "200":
            self._finish(delivery, "delivered")
        elif tries > self._switches.number("webhook_retries"):
            self._finish(delivery, "given up")
        else:
            delivery.due = now + LADDER[min(tries, len(LADDER)) - 1]
            self._keep(delivery)

    def _finish(self, delivery: Delivery, state: str) -> None:
        delivery.state = state
        self._keep(delivery)

    def _keep(self, delivery: Delivery) -> None:
        """Remember a post; only one that is still to be sent outlives the process."""
        key = f"{delivery.number:09d}"
        if delivery.state == "waiting":
            self._open[delivery.number] = delivery
            self._store.keep("delivery", delivery.client, key, json.dumps(asdict(delivery)))
            return
        if self._open.pop(delivery.number, None):
            self._store.forget("delivery", delivery.client, key)
        self._done.append(delivery)

    # state

    def load(self, kind: str, client: str, body: str) -> None:
        """Take back one stored row."""
        kept = json.loads(body)
        if kind == "webhook":
            self._hold(client, Subscription(**kept))
        elif kind == "delivery":
            kept["answers"] = [(at, answer) for at, answer in kept["answers"]]
            self._open[kept["number"]] = Delivery(**kept)
            self._last = max(self._last, kept["number"])
        else:
            event = Event(**kept[0])
            alike = (event.realm, event.entity, event.key, event.operation, event.gone)
            self.outboxes[client].waiting[alike] = Waiting(event, kept[1])
            self.outboxes[client].look_again()
