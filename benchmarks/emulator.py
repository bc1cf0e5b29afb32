"""How many simple requests a second the QuickBooks look-alike answers on one core, each write kept first.

Figures of a line: by the clock; by the processor time that the emulator used, which other work on the machine spoils
less; the same of a plain aiohttp handler that parses the body and answers a document, asked the same right after; how
many times as much work the emulator is. Starts both, the emulator with limits off, pinned to one core where the system
allows it, and asks over eight connections of a bare socket client on another core. Needs neither database nor broker.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import requests
from aiohttp import web

REALM = "9341450000000001"
CALLBACK = "http://localhost:9/callback"
DETAIL = "ItemBasedExpenseLineDetail"


@dataclass(frozen=True)
class Server:
    """A process that answers, and where."""

    base: str
    process: subprocess.Popen[str]

    @classmethod
    def start(cls, *words: str) -> Server:
        """Start a module that prints a line ending in its address."""
        process = subprocess.Popen([sys.executable, "-m", *words], stdout=subprocess.PIPE, text=True)
        assert process.stdout is not None
        return cls(process.stdout.readline().rpartition(" ")[2].strip(), process)

    def used(self) -> float:
        """Seconds of processor time that it has had."""
        fields = Path(f"/proc/{self.process.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def stop(self) -> None:
        """End it."""
        self.process.terminate()
        self.process.wait(10)


def main() -> None:
    """Measure each kind of request, print a line each."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--requests", type=int, default=5000)
    parser.add_argument("--connections", type=int, default=8)
    parser.add_argument("--plain", action="store_true", help="be the plain handler and nothing else")
    given = parser.parse_args()
    if given.plain:
        asyncio.run(plain())
        return
    with tempfile.TemporaryDirectory() as folder:
        began = time.perf_counter()
        words = ("--port", "0", "--no-limits", "--data", str(Path(folder) / "books"))
        emulator = Server.start("quickbooks_bridge.emulator", *words)
        after, load = time.perf_counter() - began, os.getloadavg()[0]
        print(f"ready after {after:.2f} s, {emulator.used():.2f} s of them processor time; load {load:.1f}", flush=True)
        beside = Server.start("benchmarks.emulator", "--plain")
        cores = sorted(os.sched_getaffinity(0))
        if len(cores) > 1:
            for server in (emulator, beside):
                os.sched_setaffinity(server.process.pid, cores[:1])
            os.sched_setaffinity(0, cores[1:])
        try:
            measure(emulator, beside, given)
        finally:
            emulator.stop()
            beside.stop()


async def plain() -> None:
    """A handler that parses what it gets and answers a document of an order's size, and keeps nothing."""
    document = json.dumps({"PurchaseOrder": {"Line": [{"Id": str(at), "Description": "x" * 200} for at in range(4)]}})

    async def answer(request: web.Request) -> web.Response:
        body = await request.read()
        json.loads(body or b"{}")
        return web.Response(body=document.encode(), headers={"Content-Type": "application/json"})

    app = web.Application()
    app.add_routes([web.route("*", "/{tail:.*}", answer)])
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    print(f"plain handler ready at http://127.0.0.1:{runner.addresses[0][1]}", flush=True)
    await asyncio.Event().wait()


def measure(emulator: Server, beside: Server, given: argparse.Namespace) -> None:
    """Creates, reads, queries and updates, in that order: the later ones find what the first left."""
    base = emulator.base
    token = signed_in(base)
    line = {"DetailType": DETAIL, "Amount": 100, DETAIL: {"ItemRef": {"value": "1"}, "CustomerRef": {"value": "5"}}}
    vendor = {"value": str(vendor_of(base))}

    def order(number: int) -> bytes:
        body = {"VendorRef": vendor, "DocNumber": f"SC-{number}", "Line": [line] * 3}
        return call(token, "POST", f"purchaseorder?requestid=r{number}", body)

    def changed(number: int) -> bytes:
        body = {"Id": str(number + 1), "SyncToken": "0", "sparse": True, "Memo": f"changed {number}"}
        return call(token, "POST", "purchaseorder", body)

    kinds: dict[str, Callable[[int], bytes]] = {
        "create a vendor": lambda number: call(token, "POST", "vendor", {"DisplayName": f"V{number}"}),
        "create an order of three lines": order,
        "read an order": lambda number: call(token, "GET", f"purchaseorder/{number + 1}"),
        "find an order by its number": lambda number: call(
            token, "GET", f"query?query=select%20*%20from%20PurchaseOrder%20where%20DocNumber%20=%20'SC-{number}'"
        ),
        "change an order": changed,
    }
    for name, made in kinds.items():
        calls = [made(number) for number in range(given.requests)]
        rate, of_core = rates(emulator, calls, given.connections)
        _, plainly = rates(beside, calls, given.connections)
        figures = f"{rate:7,.0f} a second, {of_core:7,.0f} a second of the core, plain {plainly:7,.0f}"
        print(f"{name:32} {figures}, {plainly / of_core:4.1f} times the work", flush=True)


def rates(server: Server, calls: list[bytes], connections: int) -> tuple[float, float]:
    """How many of these calls a second, by the clock and by the processor time of the server."""
    before = server.used()
    rate = per_second(server.base, calls, connections)
    return rate, len(calls) / max(server.used() - before, 0.01)


def signed_in(base: str) -> str:
    """An access token."""
    asked = {"client_id": "demo-client", "redirect_uri": CALLBACK, "realm": REALM, "state": "s"}
    redirect = requests.post(f"{base}/_control/authorize", json=asked, timeout=10).json()["redirect"]
    code = redirect.partition("code=")[2].partition("&")[0]
    form = {"grant_type": "authorization_code", "code": code, "redirect_uri": CALLBACK}
    tokens = requests.post(
        f"{base}/oauth2/v1/tokens/bearer", data=form, auth=("demo-client", "demo-secret"), timeout=10
    )
    return str(tokens.json()["access_token"])


def vendor_of(base: str) -> int:
    """Some vendor's id."""
    found = requests.get(f"{base}/_control/documents/{REALM}/Vendor", timeout=10).json()
    return int(found[0]["Id"])


def call(token: str, method: str, path: str, body: object = None) -> bytes:
    """The bytes of a request."""
    sent = b"" if body is None else json.dumps(body).encode()
    head = f"{method} /v3/company/{REALM}/{path} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {token}\r\n"
    return f"{head}Content-Length: {len(sent)}\r\n\r\n".encode() + sent


def per_second(base: str, calls: list[bytes], connections: int) -> float:
    """All `calls` shared among the connections; the rate. Anything but 200 ends the measurement."""
    shares = [calls[at::connections] for at in range(connections)]
    failed: list[bytes] = []
    threads = [threading.Thread(target=talk, args=(base, share, failed)) for share in shares]
    began = time.perf_counter()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if failed:
        raise SystemExit(f"not every call was answered well: {failed[0]!r}")
    return len(calls) / (time.perf_counter() - began)


def talk(base: str, calls: list[bytes], failed: list[bytes]) -> None:
    """One call after the other over one connection."""
    host, port = base.removeprefix("http://").split(":")
    with socket.create_connection((host, int(port)), 10) as wire:
        for one in calls:
            wire.sendall(one)
            head, _, body = wire.recv(65536).partition(b"\r\n\r\n")
            length = int(head.lower().partition(b"content-length:")[2].partition(b"\r\n")[0])
            while len(body) < length:
                body += wire.recv(65536)
            if not head.startswith(b"HTTP/1.1 200"):
                failed.append(head + body)
                return


if __name__ == "__main__":
    main()
