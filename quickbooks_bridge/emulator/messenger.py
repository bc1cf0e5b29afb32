"""The postman of the webhooks: sends what is due, in the background or when the control plane asks."""

import asyncio
import contextlib
from collections.abc import AsyncIterator

from aiohttp import ClientError, ClientSession, ClientTimeout, TCPConnector, web

from .emulator import Emulator
from .happenings import signature
from .webhooks import Delivery

_IDLE = 3600.0


class Messenger:
    """One at a time to an app, several apps at once; one round after the other."""

    def __init__(self, emulator: Emulator) -> None:
        self._emulator = emulator
        self._webhooks = emulator.webhooks
        self._round_lock = asyncio.Lock()
        self._something_new = asyncio.Event()

    async def run(self, _app: web.Application) -> AsyncIterator[None]:
        """Work in the background for as long as the application runs."""
        self._webhooks.wake = self._something_new.set
        task = asyncio.create_task(self._watch())
        yield
        self._webhooks.wake = lambda: None
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task

    async def deliver(self) -> None:
        """Send everything that is due now, and return when it is answered or has failed."""
        async with self._round_lock:
            self._webhooks.form()
            self._emulator.store.flush()
            while due := self._webhooks.due():
                await asyncio.gather(*(self._serve(client, posts) for client, posts in due.items()))
                self._emulator.store.flush()

    async def _watch(self) -> None:
        while True:
            seconds = self._webhooks.next_due()
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._something_new.wait(), _IDLE if seconds is None else min(seconds, _IDLE))
            self._something_new.clear()
            await self.deliver()

    async def _serve(self, client: str, posts: list[Delivery]) -> None:
        patience = ClientTimeout(total=self._emulator.switches.seconds("webhook_patience_seconds"))
        # No connection is kept: one that the app closed meanwhile would count as a failure of the app.
        async with ClientSession(timeout=patience, connector=TCPConnector(force_close=True)) as session:
            for post in posts:
                outbox = self._webhooks.outboxes.get(client)
                if outbox is None:
                    return
                asked = outbox.subscription
                self._webhooks.answered(post, await _answer(session, asked.url, asked.token, post.body.encode()))


async def _answer(session: ClientSession, url: str, token: str, body: bytes) -> str:
    """The status that came back, or what went wrong."""
    headers = {"Content-Type": "application/json", "intuit-signature": signature(token, body)}
    try:
        async with session.post(url, data=body, headers=headers, allow_redirects=False) as reply:
            return str(reply.status)
    except TimeoutError:
        return "no answer in time"
    except (ClientError, OSError, ValueError) as error:
        return f"not reached: {type(error).__name__}"
