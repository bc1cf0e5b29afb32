"""Webhooks as they are set and seen: by the control plane, and on the page "Webhooks" of the window."""

from collections.abc import Mapping
from dataclasses import asdict
from datetime import UTC, datetime
from typing import Any

from aiohttp import web

from .answers import told
from .control import Wrong, given_in
from .emulator import Emulator
from .forms import typed_in
from .happenings import FORMATS
from .messenger import Messenger
from .pages import own_page, page
from .subscriptions import Subscription, problems
from .webhooks import Delivery

NUMBERS = ("delay", "duplicates", "disorder", "loss", "seed")
SHOWN = 100


class Notices:
    """What each app is told, and what became of it."""

    def __init__(self, emulator: Emulator, messenger: Messenger) -> None:
        self._emulator, self._messenger = emulator, messenger
        self._webhooks = emulator.webhooks

    def controls(self) -> list[web.RouteDef]:
        """Paths of the control plane."""
        return [
            web.get("/webhooks", self.settings),
            web.post("/webhooks", self.subscribe),
            web.delete("/webhooks", self.unsubscribe),
            web.get("/webhooks/deliveries", self.deliveries),
            web.post("/webhooks/deliver", self.deliver),
        ]

    def pages(self) -> list[web.RouteDef]:
        """Paths of the window."""
        return [web.get("/webhooks", self.page), web.post("/webhooks", own_page(self.change))]

    # control plane

    async def settings(self, _request: web.Request) -> web.Response:
        """What each app asked for, its verifier token too."""
        return told({client: asdict(box.subscription) for client, box in self._webhooks.outboxes.items()})

    async def subscribe(self, request: web.Request) -> web.Response:
        """Set what an app is told and how; what is left out stays as it is."""
        given = await given_in(request)
        client = given.pop("client", next(iter(self._emulator.clients)))
        return told(asdict(self._set(client, given)))

    async def unsubscribe(self, request: web.Request) -> web.Response:
        """Tell an app nothing more; without `client`, all."""
        client = (await given_in(request)).get("client")
        for one in [client] if client else list(self._webhooks.outboxes):
            self._webhooks.unsubscribe(one)
        self._emulator.store.flush()
        return told({"status": "ok"})

    async def deliveries(self, _request: web.Request) -> web.Response:
        """The posts, oldest first: those that wait, and the last 200 that were sent, lost or given up."""
        return told([_told(one) for one in self._webhooks.deliveries])

    async def deliver(self, _request: web.Request) -> web.Response:
        """Send what is due now; answers when that is done, with the posts as they stand then."""
        await self._messenger.deliver()
        return told([_told(one) for one in self._webhooks.deliveries])

    def _set(self, client: Any, given: dict[str, Any]) -> Subscription:
        found = problems(given)
        if client not in self._emulator.clients:
            found.append(f"There is no app {client} here.")
        elif "url" not in given and client not in self._webhooks.outboxes:
            found.append("An address is needed: where the posts go.")
        if found:
            raise Wrong(*found)
        subscription = self._webhooks.subscribe(client, given)
        self._emulator.store.flush()
        self._webhooks.wake()
        return subscription

    # window

    async def page(self, _request: web.Request) -> web.Response:
        """Settings and the last posts."""
        return self._page("", {})

    def _page(self, error: str, typed: Mapping[str, str]) -> web.Response:
        boxes = self._webhooks.outboxes
        apps = {
            client: {**_blank(), **(asdict(boxes[client].subscription) if client in boxes else {})}
            for client in self._emulator.clients
        }
        if typed.get("client") in apps:
            apps[typed["client"]].update(typed)
        posts = [_shown(one) for one in reversed(self._webhooks.deliveries)]
        return page(
            "webhooks.html",
            422 if error else 200,
            here="webhooks",
            apps=apps,
            subscribed=set(boxes),
            formats=FORMATS,
            posts=posts[:SHOWN],
            now=self._emulator.clock.iso()[:19].replace("T", " "),
            error=error,
        )

    async def change(self, request: web.Request) -> web.Response:
        """Save an app's settings, tell it nothing more, or send now what is due."""
        typed = await typed_in(request)
        client, action = typed.get("client", ""), typed.get("action", "")
        if action == "send":
            await self._messenger.deliver()
        elif action == "stop":
            self._webhooks.unsubscribe(client)
            self._emulator.store.flush()
        else:
            try:
                self._set(client, _settings(typed))
            except Wrong as wrong:
                return self._page(" ".join(wrong.sentences), typed)
        raise web.HTTPSeeOther("/webhooks")


def _blank() -> dict[str, Any]:
    return asdict(Subscription("", ""))


def _settings(typed: Mapping[str, str]) -> dict[str, Any]:
    """What a form asks for; an empty token is a new one, or the one that is there."""
    asked: dict[str, Any] = {"url": typed.get("url", "").strip(), "format": typed.get("format", "")}
    if typed.get("token", "").strip():
        asked["token"] = typed["token"].strip()
    for name in NUMBERS:
        written = typed.get(name, "").strip()
        asked[name] = int(written) if written.isascii() and written.isdigit() else written
    return asked


def _told(delivery: Delivery) -> dict[str, Any]:
    answers = [{"at": _time(at), "answer": answer} for at, answer in delivery.answers]
    return {**asdict(delivery), "due": _time(delivery.due), "answers": answers}


def _shown(delivery: Delivery) -> dict[str, Any]:
    """A post as the page shows it: the first few of its events, its answers, and when it is tried next."""
    more = len(delivery.events) - 5
    return {
        "number": delivery.number,
        "client": delivery.client,
        "what": ", ".join(delivery.events[:5]) + (f" and {more} more" if more > 0 else ""),
        "state": delivery.state,
        "answers": [(_time(at)[11:19], answer) for at, answer in delivery.answers],
        "next": _time(delivery.due)[:19].replace("T", " ") if delivery.state == "waiting" else "",
    }


def _time(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, UTC).isoformat(timespec="milliseconds")
