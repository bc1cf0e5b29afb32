"""How many simple requests a second the QuickBooks look-alike answers on one core, each write kept first.

Two figures a line: by the clock, and by the processor time that the emulator used, which other work on the machine does
not spoil. Starts an emulator with limits off, pinned to one core where the system allows it, and asks over eight
connections of a bare socket client on another core. Needs neither database nor broker.
"""

from __future__ import annotations

import argparse
import json
import os
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from pathlib import Path

import requests

REALM = "9341450000000001"
CALLBACK = "http://localhost:9/callback"
DETAIL = "ItemBasedExpenseLineDetail"


def main() -> None:
    """Measure each kind of request, print a line each."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--requests", type=int, default=5000)
    parser.add_argument("--connections", type=int, default=8)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        command = [sys.executable, "-m", "quickbooks_bridge.emulator", "--port", "0", "--no-limits"]
        process = subprocess.Popen([*command, "--data", str(Path(folder) / "books")], stdout=subprocess.PIPE, text=True)
        assert process.stdout is not None
        base = process.stdout.readline().rpartition(" ")[2].strip()
        cores = sorted(os.sched_getaffinity(0))
        if len(cores) > 1:
            os.sched_setaffinity(process.pid, cores[:1])
            os.sched_setaffinity(0, cores[1:])
        try:
            measure(base, process.pid, given)
        finally:
            process.terminate()
            process.wait(10)


def measure(base: str, pid: int, given: argparse.Namespace) -> None:
    """Creates, reads, queries and updates, in that order: the later ones find what the first left."""
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
        calls, before = [made(number) for number in range(given.requests)], used(pid)
        rate = per_second(base, calls, given.connections)
        of_core = len(calls) / (used(pid) - before)
        print(f"{name:32} {rate:7,.0f} a second, {of_core:7,.0f} a second of the core", flush=True)


def used(pid: int) -> float:
    """Seconds of processor time that a process has had."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


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
