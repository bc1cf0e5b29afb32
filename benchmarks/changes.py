"""10,000 changes in QuickBooks at once: the posts that tell of them, and the look that brings them here.

Starts its own emulator without limits; needs DATABASE_URL and REDIS_URL of databases that may be filled and emptied.
Ends with exit code 1 if posts and look take over a minute together, or not all that the books hold is known here.
"""

from __future__ import annotations

import argparse
import json
import os
import tempfile
import time
from base64 import b64encode
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from hmac import digest
from pathlib import Path
from typing import Any

import django

import tests.settings  # noqa: F401 - its defaults for secrets; the product's own settings are measured

os.environ["DJANGO_SETTINGS_MODULE"] = "procore_sync.settings"
TOKEN = "a-verifier-token"
REALM = "9341450000000001"
A_POST = 100
MOST_SECONDS = 60


def main() -> None:
    """Enter bills, post about them, look; then once more with the changes told by posts alone."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--changes", type=int, default=10_000)
    given = parser.parse_args()
    django.setup()
    from django.conf import settings
    from django.core.management import call_command

    from tests.processes import environment, processes

    call_command("migrate", verbosity=0)
    call_command("flush", interactive=False, verbosity=0)
    env = environment(os.environ["DATABASE_URL"], os.environ["REDIS_URL"], DEBUG="false")
    with tempfile.TemporaryDirectory() as folder, processes(Path(folder), env) as running:
        emulator = running.emulator()
        for name, said in running.environment.items():
            if name.startswith("QUICKBOOKS_"):
                setattr(settings, name, said)
        settings.QUICKBOOKS_LIMITS, settings.QUICKBOOKS_WEBHOOK_TOKEN = False, TOKEN
        settings.ALLOWED_HOSTS = ["testserver"]
        missed = measure(running, emulator.url, given.changes)
    call_command("flush", interactive=False, verbosity=0)
    if missed:
        raise SystemExit(f"missed: {', '.join(missed)}")


def measure(running: Any, emulator: str, changes: int) -> list[str]:
    """What was missed of what is promised."""
    import requests

    from quickbooks_bridge.models import LedgerBill
    from quickbooks_bridge.watch_models import WatchCursor, WebhookEvent

    requests.post(f"{emulator}/_control/limits", json={"enabled": False}, timeout=10)
    company = contractor(running)
    look(company.pk)

    bills = enter(emulator, changes)
    posting, slowest = seconds_of_posts(bills)
    told, looking = look(company.pk)
    posts = f"{changes // A_POST} posts in {posting:.1f} s, the slowest answered in {slowest * 1000:.0f} ms"
    print(f"{changes:,} bills: {posts}")
    print(f"one look: {looking:.1f} s, {told.reads} calls, {told.documents:,} documents")

    more = enter(emulator, changes)
    WatchCursor.objects.update(changed_since=datetime.now(UTC) + timedelta(hours=1))
    posting_more, _ = seconds_of_posts(more)
    by_posts, following = look(company.pk)
    calls = f"{by_posts.reads} calls"
    print(f"{changes:,} that only posts told of: posts {posting_more:.1f} s, look {following:.1f} s, {calls}")

    known = set(LedgerBill.objects.filter(company=company).values_list("remote_id", flat=True))
    books = {one["Id"] for one in requests.get(f"{emulator}/_control/documents/{REALM}/Bill", timeout=60).json()}
    return [
        name
        for name, is_missed in {
            f"{changes:,} changes within {MOST_SECONDS} s": max(posting + looking, posting_more + following)
            > MOST_SECONDS,
            "what the books hold is known": known != books,
            "every post was followed": WebhookEvent.objects.filter(read_at=None).exists(),
        }.items()
        if is_missed
    ]


def contractor(running: Any) -> Any:
    """A connected company that has a bill in QuickBooks, so that bills are watched."""
    from quickbooks_bridge.models import Link
    from tests.factories import make_company, make_member, make_vendor
    from tests.processes import wait_for

    company = make_company("Benchmark", "benchmark")
    make_member(company, "Alma", "administrator")  # type: ignore[arg-type]
    max_pm = make_member(company, "Max", "project_manager")  # type: ignore[arg-type]
    connect = running.run("connect", ["manage.py", "connect_sandbox", "--company", company.slug, "--realm", REALM])
    wait_for(lambda: connect.process.poll() is not None, 60, what="connected", children=[connect])
    Link.objects.create(item=make_vendor(max_pm, "Ace").erp, company=company, entity="Bill", remote_id="none")
    return company


def enter(emulator: str, count: int) -> list[dict[str, Any]]:
    """So many bills, as the bookkeeper."""
    import requests

    def named(entity: str, name: str) -> dict[str, str]:
        rows = requests.get(f"{emulator}/_control/documents/{REALM}/{entity}", timeout=60).json()
        return {"value": next(one["Id"] for one in rows if name in (one.get("DisplayName"), one.get("Name")))}

    vendor, item = named("Vendor", "Ace Electric Co"), named("Item", "Materials")
    kind = "ItemBasedExpenseLineDetail"
    before = {one["Id"] for one in requests.get(f"{emulator}/_control/documents/{REALM}/Bill", timeout=60).json()}
    for start in range(0, count, 2000):
        lines = [{"Amount": number % 997 + 1, "DetailType": kind, kind: {"ItemRef": item}} for number in range(2000)]
        some = [{"VendorRef": vendor, "TxnDate": "2026-11-20", "Line": [one]} for one in lines[: count - start]]
        requests.post(f"{emulator}/_control/bulk/{REALM}/Bill", json=some, timeout=120).raise_for_status()
    stored = requests.get(f"{emulator}/_control/documents/{REALM}/Bill", timeout=60).json()
    return [one for one in stored if one["Id"] not in before]


def seconds_of_posts(bills: list[dict[str, Any]]) -> tuple[float, float]:
    """How long it took to take in the posts about these bills, and the slowest of them."""
    from django.test import Client

    client, slowest, began = Client(), 0.0, time.perf_counter()
    for start in range(0, len(bills), A_POST):
        body = json.dumps([event(one) for one in bills[start : start + A_POST]]).encode()
        signature = b64encode(digest(TOKEN.encode(), body, sha256)).decode()
        seconds, answer = timed(
            lambda body=body, signature=signature: client.post(  # type: ignore[misc]
                "/quickbooks/webhooks/", body, "application/json", headers={"intuit-signature": signature}
            )
        )
        assert answer.status_code == 200
        slowest = max(slowest, seconds)
    return time.perf_counter() - began, slowest


def event(bill: dict[str, Any]) -> dict[str, Any]:
    """What Intuit posts about a new bill."""
    return {
        "specversion": "1.0",
        "id": f"benchmark-{bill['Id']}",
        "source": "intuit.benchmark",
        "type": "qbo.bill.created.v1",
        "datacontenttype": "application/json",
        "time": bill["MetaData"]["LastUpdatedTime"],
        "intuitentityid": bill["Id"],
        "intuitaccountid": REALM,
        "data": {},
    }


def look(company_id: int) -> tuple[Any, float]:
    """Look to the end, as workers do; the look and how long it took."""
    from quickbooks_bridge.watching import sweeps

    began = time.perf_counter()
    while True:
        sweep = sweeps.carry_on(company_id)
        assert sweep is not None
        assert not sweep.error, sweep.error
        if sweep.ended_at:
            return sweep, time.perf_counter() - began


def timed(call: Callable[[], Any]) -> tuple[float, Any]:
    """How long a call took, and its answer."""
    began = time.perf_counter()
    answer = call()
    return time.perf_counter() - began, answer


if __name__ == "__main__":
    main()
