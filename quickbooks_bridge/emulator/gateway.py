"""The way of every call of a client: recorded, admitted, maybe struck by an armed fault, worked on, answered."""

import asyncio
import base64
import binascii
from collections.abc import Callable

from aiohttp import web

from . import faults
from .answers import answer, next_tid, refused, told, turned
from .api import Api, recognise
from .clock import envelope_time
from .emulator import Emulator
from .faults import JSON, Refused, Turned
from .grants import Grant
from .injection import AFTER_WRITE, HALF, LAGGING, Call, Rule

LONGEST_HANG = 120.0
PDF = "application/pdf"
_REASONS = {"403": "Forbidden", "502": "Bad Gateway", "503": "Service Unavailable", "504": "Gateway Timeout"}
Work = Callable[[Call], web.Response]


class Gateway:
    """What stands before the API and the token endpoints."""

    def __init__(self, emulator: Emulator) -> None:
        self._emulator = emulator
        self._api = Api(emulator)

    async def v3(self, request: web.Request) -> web.StreamResponse:
        """Everything under /v3/company."""
        call = await self._received(request)
        recognise(call)
        now = self._emulator.clock.now()
        try:
            app = self._admit(request, call, now)
        except Turned as turn:
            return _finished(call, turned(turn))
        except Refused as refusal:
            return _finished(call, refused(refusal, now))
        try:
            return await self.pass_through(request, call, self._worked)
        finally:
            self._emulator.limits.leave(call.realm, app)

    async def received(self, request: web.Request, entity: str) -> Call:
        """A call to a token endpoint, recorded under this name."""
        call = await self._received(request)
        call.entity = call.operation = entity
        return call

    async def pass_through(self, request: web.Request, call: Call, work: Work) -> web.StreamResponse:
        """Answer a call by `work`, unless an armed fault says otherwise. What was done is on disk before the answer."""
        await asyncio.sleep(self._emulator.switches.number("latency_milliseconds") / 1000)
        rule = self._emulator.injection.strike(call)
        response = work(call) if rule is None else await self._struck(request, call, rule, work)
        self._emulator.store.flush()
        if response is None:
            _drop(request)
            return web.Response()
        return _finished(call, response)

    async def _received(self, request: web.Request) -> Call:
        body = await request.read() if request.can_read_body else b""
        url = request.rel_url
        at = envelope_time(self._emulator.clock.now())
        call = Call(at, request.method, url.path, url.raw_query_string, body, intuit_tid=next_tid())
        self._emulator.injection.calls.append(call)
        return call

    async def _struck(self, request: web.Request, call: Call, rule: Rule, work: Work) -> web.Response | None:
        """The answer under a fault; None drops the connection without one."""
        now = self._emulator.clock.now()
        if rule.fault == "slow":
            await asyncio.sleep(rule.seconds if rule.seconds is not None else 2.0)
            return work(call)
        if rule.fault == LAGGING:
            return told({"QueryResponse": {}, "time": envelope_time(now)})
        if rule.fault in (*AFTER_WRITE, HALF):
            work(call.first_half() if rule.fault == HALF else call)
            self._emulator.store.flush()
        if rule.fault in ("hang", "write_then_hang"):
            await asyncio.sleep(rule.seconds if rule.seconds is not None else LONGEST_HANG)
            return None
        if rule.fault in ("drop", "write_then_drop", HALF):
            return None
        return self._fault_answer(rule, now)

    def _fault_answer(self, rule: Rule, now: float) -> web.Response:
        status = rule.fault.removesuffix("_after_write")
        if status == "500":
            return refused(faults.application_error(), now)
        if status in _REASONS:
            page = f"<html><body><h1>{status} {_REASONS[status]}</h1></body></html>".encode()
            return turned(Turned(int(status), page, "text/html; charset=utf-8", rule.retry_after))
        if rule.fault == "401":
            return turned(faults.unauthenticated("Token expired: armed by the control plane", now))
        shape = rule.fault.removeprefix("429_")
        return turned(faults.throttled(now, envelope_time(now), shape, rule.retry_after))

    def _admit(self, request: web.Request, call: Call, now: float) -> str:
        """The app that calls, once its token is good for this company and the limits let it in."""
        grant = self._grant(request, call, now)
        if not self._emulator.limits.admit(call.realm, grant.client, now, call.operation == "batch"):
            raise self._throttled(now)
        return grant.client

    def _worked(self, call: Call) -> web.Response:
        try:
            body = self._api.work(self._emulator.companies[call.realm], call)
        except Refused as refusal:
            return refused(refusal, self._emulator.clock.now())
        return answer(body, content_type=JSON if isinstance(body, str) else PDF)

    def _grant(self, request: web.Request, call: Call, now: float) -> Grant:
        scheme, _, token = request.headers.get("Authorization", "").partition(" ")
        grant, why = self._emulator.grants.check(token.strip() if scheme.lower() == "bearer" else "")
        if grant is None:
            raise faults.unauthenticated(why, now)
        if grant.realm != call.realm or call.realm not in self._emulator.companies:
            if self._emulator.switches["wrong_realm_shape"] == "fault":
                detail = "AuthorizationFailed: the application is not authorised for this company"
                raise Refused("120", "Authorization Failure", detail, "", "AuthorizationFault", 403)
            raise faults.forbidden(now)
        return grant

    def _throttled(self, now: float) -> Turned:
        switches = self._emulator.switches
        retry_after = switches.number("throttle_retry_after") or None
        return faults.throttled(now, envelope_time(now), str(switches["throttle_body"]), retry_after)


def _finished(call: Call, response: web.Response) -> web.Response:
    call.status = response.status
    response.headers["intuit_tid"] = call.intuit_tid
    return response


def _drop(request: web.Request) -> None:
    if request.transport is not None:
        request.transport.abort()


def basic(request: web.Request) -> tuple[str, str]:
    """Client id and secret of HTTP Basic; empty strings when there are none."""
    scheme, _, coded = request.headers.get("Authorization", "").partition(" ")
    if scheme.lower() != "basic":
        return "", ""
    try:
        client, _, secret = base64.b64decode(coded.strip(), validate=True).decode().partition(":")
    except (binascii.Error, UnicodeDecodeError):
        return "", ""
    return client, secret
