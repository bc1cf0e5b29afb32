"""Faults 27 to 31: what QuickBooks tells comes twice, out of order, never, from a stranger, too old, or too much."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import datetime, timedelta
from functools import partial
from typing import Any
from uuid import uuid4

import requests
from celery import current_app
from django.utils import timezone

from quickbooks_bridge.emulator.happenings import signature
from quickbooks_bridge.models import Health, Link
from quickbooks_bridge.watch_models import ReadCount, Sweep, WatchCursor, WebhookDelivery, WebhookEvent
from tests.campaign.bookkeeper import Bookkeeper, looked_at, unlike, untold
from tests.campaign.explained import is_settled
from tests.campaign.fault import Act, Fault
from tests.campaign.patience import wait_for
from tests.campaign.stage import VERIFIER
from tests.campaign.visitors import Visitor, at_once
from tests.site import REALM

POSTED, TURNED_AWAY = 200, 401
DAYS_AWAY = timedelta(days=45)
#: One more than an answer of CDC holds.
TOO_MANY = 1001


class Told(Fault):
    """The bookkeeper works, QuickBooks posts about it badly, and in the end somebody looks."""

    strikes = (2, 3)
    wishes: dict[str, Any] = {}

    def prepare(self, act: Act) -> None:
        self.keeper = Bookkeeper(act)
        self.address = f"{act.stage.web.url}/quickbooks/webhooks/"
        act.stage.control("POST", "webhooks", url=self.address, token=VERIFIER, **self.wishes)
        self.noted: list[str] = []

    def strike(self, act: Act) -> None:
        self.keeper.moves_a_vendor()
        self.keeper.pays_a_bill()

    def end(self, act: Act) -> None:
        """When all is in the books, everything that waits is posted, and Ada has QuickBooks looked at."""
        self.rest(act)
        act.stage.control("POST", "webhooks/deliver")
        looked_at(act, Visitor(act.stage, "Ada"))

    def rest(self, act: Act) -> None:
        """Wait until nothing is on its way, so that the look is the last thing that reads."""
        wait_for(lambda: is_settled(act.papers, act.stopped), self.patience, what="everything is in the books")

    def post(self, body: bytes, signed: str) -> int:
        """Post to the console as Intuit does; the status."""
        headers = {"Content-Type": "application/json", "intuit-signature": signed}
        return requests.post(self.address, data=body, headers=headers, timeout=30).status_code

    def witness(self, act: Act) -> Iterator[str]:
        yield from self.noted
        yield from untold(act, self.keeper)


def event(entity: str, key: str, verb: str, **more: str) -> bytes:
    """A post of one event, as Intuit writes it."""
    told = {
        "specversion": "1.0",
        "id": str(uuid4()),
        "source": "intuit.campaign",
        "type": f"qbo.{entity.lower()}.{verb}.v1",
        "time": timezone.now().isoformat(),
        "intuitentityid": key,
        "intuitaccountid": REALM,
        **more,
    }
    return json.dumps([told]).encode()


class PostedTwice(Told):
    """27"""

    number = 27
    title = "Duplicate webhook"
    safe = "one effect"
    wishes = {"duplicates": 100}

    def strike(self, act: Act) -> None:
        super().strike(act)
        body = event("Vendor", next(reversed(self.keeper.moved)), "updated")
        send = partial(self.post, body, signature(VERIFIER, body))
        statuses = at_once(send, send, send)
        if set(statuses) != {POSTED}:
            self.noted.append(f"the same post three times at once was answered {statuses}")

    def witness(self, act: Act) -> Iterator[str]:
        yield from super().witness(act)
        if not WebhookDelivery.objects.filter(times=2).exists():
            yield "no post of QuickBooks came twice"
        if not WebhookDelivery.objects.filter(times=3).exists():
            yield "no post came three times at once"
        told = WebhookEvent.objects.values_list("entity", "remote_id", "operation", "happened_at")
        if len(told) != len(set(told)):
            yield "an event is kept twice"


class OutOfOrder(Told):
    """28"""

    number = 28
    title = "Webhooks out of order (delete before update)"
    safe = "state is read from QuickBooks, not from the event"
    wishes = {"disorder": 60}

    def strike(self, act: Act) -> None:
        super().strike(act)
        key = next(reversed(self.keeper.moved))
        bill = self.keeper.paid[next(reversed(self.keeper.paid))][0]
        # Newer than anything that changes tell, so that nothing else answers them but reading the document itself.
        newer = (timezone.now() + timedelta(minutes=1)).isoformat()
        told = [("Vendor", key, "deleted"), ("Bill", bill, "deleted"), ("Vendor", key, "updated")]
        for body in [event(*one, time=newer) for one in told]:
            self.post(body, signature(VERIFIER, body))

    def end(self, act: Act) -> None:
        act.stage.control("POST", "clock", advance_seconds=15)
        super().end(act)
        act.stage.control("POST", "clock", now=None)

    def witness(self, act: Act) -> Iterator[str]:
        yield from super().witness(act)
        times = list(WebhookEvent.objects.order_by("pk").values_list("happened_at", flat=True))
        if times == sorted(times):
            yield "the events came in order"
        if not WebhookEvent.objects.filter(operation="delete", entity="Bill").exists():
            yield "nobody told that a bill was deleted"
        for link in Link.objects.exclude(health__in=[Health.OK, Health.DRIFTED]):
            yield f"{link} is taken to be {link.health}, and stands in the books"


class NeverPosted(Told):
    """29"""

    number = 29
    title = "Webhook lost, or held behind an unacknowledged one"
    safe = "the sweep catches it within its interval"
    strikes = (2, 2)

    def prepare(self, act: Act) -> None:
        super().prepare(act)
        self.badly: list[dict[str, Any]] = [{"loss": 100, "token": VERIFIER}, {"loss": 0, "token": "mistyped"}]

    def strike(self, act: Act) -> None:
        """First posts are lost, then they are held back behind one that we do not take."""
        act.stage.control("POST", "switches", webhook_failure_holds_back=True)
        act.stage.control("POST", "webhooks", **self.badly.pop(0))
        super().strike(act)

    def end(self, act: Act) -> None:
        """The minute of beat is over, and nobody has looked for longer than the interval."""
        self.rest(act)
        asked = timezone.now()

        def over() -> bool:
            current_app.send_task("quickbooks.changes")
            return Sweep.objects.filter(began_at__gt=asked, ended_at__isnull=False).exists()

        wait_for(over, 40, what="the sweep looks by itself", children=act.stage.workers)

    def witness(self, act: Act) -> Iterator[str]:
        yield from super().witness(act)
        posts = act.stage.control("GET", "webhooks/deliveries")
        if not any(one["state"] == "lost" for one in posts):
            yield "no post was lost"
        if not any(one["state"] == "waiting" for one in posts):
            yield "no post was held back"
        said = " ".join(what for one in posts if one["state"] == "delivered" for what in one["events"])
        for key in self.keeper.moved:
            if f"Vendor {key} Update" in said:
                yield f"the change of vendor {key} was told after all"


class ForgedOrReplayed(Told):
    """30"""

    number = 30
    title = "Forged or replayed webhook"
    safe = "a bad signature is 401 and logged; what is replayed, however old, has no effect"

    def prepare(self, act: Act) -> None:
        super().prepare(act)
        self.replayed: list[bytes] = []

    def strike(self, act: Act) -> None:
        super().strike(act)
        key = self.keeper.one_of_ours("Vendor")
        lie = event("Vendor", key, "deleted")
        forged = [
            self.post(lie, ""),
            self.post(lie, signature("guessed", lie)),
            self.post(lie + b" ", signature(VERIFIER, lie)),
            self.post(event("Vendor", key, "merged"), "ä".encode().decode("latin-1")),
        ]
        if set(forged) != {TURNED_AWAY}:
            self.noted.append(f"forged posts were answered {forged}")
        old = event("Vendor", key, "deleted", time="2024-02-29T12:00:00Z")
        self.replayed.append(old)
        genuine = [self.post(old, signature(VERIFIER, old)) for _ in range(3)]
        if set(genuine) != {POSTED}:
            self.noted.append(f"a replayed post was answered {genuine}")

    def witness(self, act: Act) -> Iterator[str]:
        yield from super().witness(act)
        replayed = WebhookDelivery.objects.filter(times=3)
        if replayed.count() != len(self.replayed):
            yield f"{replayed.count()} posts are known to be replayed, and {len(self.replayed)} were"
        if WebhookDelivery.objects.exclude(events__isnull=False).exists():
            yield "a forged post was kept"
        if "Unauthorized: /quickbooks/webhooks/" not in act.stage.web.child.output():
            yield "the log does not tell of the forged posts"
        for link in Link.objects.exclude(health__in=[Health.OK, Health.DRIFTED]):
            yield f"{link} is taken to be {link.health}, and stands in the books"


def _since(call: dict[str, Any]) -> datetime:
    return datetime.fromisoformat(call["query"]["changedSince"])


class LongAway(Told):
    """31"""

    number = 31
    title = "CDC gap over 30 days or > 1,000 objects"
    safe = "read whole where changes do not reach; shown on the page of QuickBooks"
    strikes = (1, 1)

    def prepare(self, act: Act) -> None:
        """Without webhooks, which would tell of a part of it."""
        super().prepare(act)
        act.stage.control("DELETE", "webhooks")

    def strike(self, act: Act) -> None:
        """First a look, so that there is something to go on from; then weeks go by, or a thousand vendors come."""
        self.ada = Visitor(act.stage, "Ada")
        self.keeper.one_of_ours("Vendor")
        looked_at(act, self.ada)
        super().strike(act)
        self.is_old = act.dice.random() < 0.5

    def end(self, act: Act) -> None:
        self.rest(act)
        act.stage.control("DELETE", "requests")
        if self.is_old:
            for cursor in WatchCursor.objects.exclude(changed_since=None):
                WatchCursor.objects.filter(pk=cursor.pk).update(changed_since=timezone.now() - DAYS_AWAY)
        else:
            many = [{"DisplayName": f"Vendor of the other branch {at:04}"} for at in range(TOO_MANY)]
            act.stage.control_many("Vendor", many)
        self.found = looked_at(act, self.ada)

    def witness(self, act: Act) -> Iterator[str]:
        yield from super().witness(act)
        calls = act.stage.requests()
        changes = [one for one in calls if one["operation"] == "cdc"]
        lists = [
            one for one in calls if one["operation"] == "query" and "FROM Vendor" in f"{one['body']} {one['query']}"
        ]
        if any(one["status"] != POSTED for one in calls):
            yield f"QuickBooks refused {[one['path'] for one in calls if one['status'] != POSTED]}"
        if not lists:
            yield "the list of vendors was not read whole"
        # A look of beat's that was on its way may have read the lists; then the one that was asked for goes on from it.
        if self.is_old and any(_since(one) < timezone.now() - DAYS_AWAY / 2 for one in changes):
            yield "changes of weeks ago were asked for"
        if not self.is_old and not changes:
            yield "changes were not asked for"
        self.found.refresh_from_db()
        if self.found.error:
            yield f"the look ended with {self.found.error!r}"
        page = self.ada.get("/quickbooks/").text
        reads = sum(ReadCount.objects.values_list("reads", flat=True))
        if f"Reads today: {reads:,}" not in page or "<dt>Last look</dt><dd>never" in page:
            yield f"the page of QuickBooks does not tell of the look and of {reads} reads"
        yield from unlike(act)
