"""The race with QuickBooks' limits: 5,000 bills against 500 calls a minute, 10 a second and 40 batches a minute.

Starts its own emulator, which keeps its limits and lets each answer take 150 ms, and a prefork worker with beat, both
sides as in production. First a plain python-quickbooks loop posts some of the same bills one by one into another
company, sleeping where the limits would turn it away; then the engine drains them all. Needs DATABASE_URL (PostgreSQL)
and REDIS_URL of databases that may be filled and emptied. Ends with exit code 1 if the drain misses 95 % of what the
limits allow, a call is turned away, a try is burnt, or a bill is missing or there twice.
"""

from __future__ import annotations

import argparse
import os
import tempfile
import time
from collections import Counter, deque
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import django

import tests.settings  # noqa: F401 - its defaults for secrets; the product's own settings are measured

os.environ["DJANGO_SETTINGS_MODULE"] = "procore_sync.settings"
PER_SECOND, PER_MINUTE, BATCHES, OF_A_BATCH = 10, 500, 40, 30
#: Documents that go in a minute in full batches; and with the calls that are left then, if none is spent otherwise.
IN_BATCHES = BATCHES * OF_A_BATCH
A_MINUTE = IN_BATCHES + PER_MINUTE - BATCHES
SHARE = 0.95
#: Longer than the drain could take with single calls alone.
LONGEST = 900


def main() -> None:
    """Prepare, run the plain loop, drain; a line a figure."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--bills", type=int, default=5000)
    parser.add_argument("--lines", type=int, default=5)
    parser.add_argument("--contracts", type=int, default=50)
    parser.add_argument("--concurrency", type=int, default=2)
    parser.add_argument("--latency", type=int, default=150, help="milliseconds of each answer")
    parser.add_argument("--plain", type=int, default=300, help="bills of the plain loop")
    given = parser.parse_args()
    django.setup()
    from django.core.management import call_command

    from tests.processes import environment, processes

    call_command("migrate", verbosity=0)
    call_command("flush", interactive=False, verbosity=0)
    env = environment(os.environ["DATABASE_URL"], os.environ["REDIS_URL"], QUICKBOOKS_LIMITS="true", DEBUG="false")
    env["LOG_LEVEL"] = "ERROR"
    try:
        with tempfile.TemporaryDirectory() as folder, processes(Path(folder), env) as running:
            missed = measure(running, given)
    finally:
        call_command("flush", interactive=False, verbosity=0)
    if missed:
        raise SystemExit(f"missed: {', '.join(missed)}")


def measure(running: Any, given: argparse.Namespace) -> list[str]:
    """What was missed of what is promised."""
    import redis

    from benchmarks.bills import billing
    from benchmarks.invoices import Ledger

    redis.Redis.from_url(os.environ["REDIS_URL"]).flushdb()
    emulator = running.emulator()
    books = Ledger(emulator.url)
    books.control("limits", enabled=False)
    began = time.perf_counter()
    bills = billing(running, books, contracts=given.contracts, lines=given.lines)
    due = [one.submission.pk for one in bills.contracts] + bills.lay(given.bills - given.contracts)
    print(f"{given.bills:,} bills of {given.lines} lines accepted in {time.perf_counter() - began:.0f} s", flush=True)
    books.control("limits", enabled=True)
    books.control("switches", latency_milliseconds=given.latency)
    plain = plain_loop(emulator.url, books, bills, given.plain)
    print(f"plain python-quickbooks loop, unverified: {plain:.1f} bills a second", flush=True)
    running.worker(pool="prefork", concurrency=given.concurrency, with_beat=True)
    drained = drain(due)
    calls = Calls.to(emulator.url)
    drained.tell()
    calls.tell(drained.began)
    print(f"the engine over the plain loop: {drained.rate / plain:.1f}")
    return [*drained.missed(), *calls.missed(), *wrong_books(books, given.bills)]


@dataclass
class Drained:
    """When each of the bills was verified, in seconds after the first bell."""

    began: float
    at: list[float]
    burnt: int
    attempts: Counter[str]

    @property
    def rate(self) -> float:
        """Verified bills a second from the first bell to the last."""
        return len(self.at) / self.at[-1]

    def share_of(self, a_minute: int) -> float:
        """How near to the soonest that sliding windows, empty at the start, let the last of them go: so many a minute,
        in full batches first and by themselves when those are used up.
        """
        windows, left = divmod(len(self.at) - 1, a_minute)
        batches = min(left // OF_A_BATCH, BATCHES)
        soonest = 60.0 * windows + (batches + max(left - BATCHES * OF_A_BATCH, 0)) / PER_SECOND
        return soonest / self.at[-1]

    @property
    def steady(self) -> float:
        """Verified bills a minute between the first full minute's worth and the last one's."""
        last = len(self.at) // IN_BATCHES * IN_BATCHES
        first = IN_BATCHES
        return 60 * (last - first) / (self.at[last - 1] - self.at[first - 1]) if last > first else 0.0

    def tell(self) -> None:
        """A line a figure."""
        print(f"drained and verified in {self.at[-1]:.1f} s, {self.rate:.1f} a second")
        for a_minute, of in ((IN_BATCHES, "full batches alone"), (A_MINUTE, "batches and the calls that are left")):
            share, steady = self.share_of(a_minute), self.steady / a_minute
            print(f"{share:.1%} of what {of} allow, {a_minute:,} a minute; {steady:.1%} in the steady minutes")
        print(f"tries: {dict(self.attempts)}; burnt: {self.burnt}", flush=True)

    def missed(self) -> list[str]:
        """What of it is less than promised."""
        share = self.share_of(IN_BATCHES)
        share = min(share, self.steady / IN_BATCHES or share)
        told = {f"{SHARE:.0%} of the limits": share < SHARE, "no try burnt": bool(self.burnt)}
        return [name for name, is_missed in told.items() if is_missed]


def drain(due: list[int]) -> Drained:
    """Ring for all, as their acceptances would have, and wait until all are green."""
    from django.db.models import F, Sum

    from procore_sync.acceptance.bell import ring
    from procore_sync.acceptance.models import Attempt, Submission

    mine = Submission.objects.filter(pk__in=due)
    began = time.time()
    mine.update(due_at=datetime.fromtimestamp(began).astimezone(), rung_at=datetime.fromtimestamp(began).astimezone())
    for submission in due:
        ring(submission)
    while (left := mine.exclude(work="done").count()) > 0:
        if time.time() - began > LONGEST:
            raise SystemExit(f"{left} were not synced in {LONGEST} s: {_standing(mine)}")
        time.sleep(1.0)
    done = Attempt.objects.filter(submission__in=due, outcome="done").order_by("finished_at")
    at = [one.timestamp() - began for one in done.values_list("finished_at", flat=True) if one]
    tries = Counter(
        f"{act} {how}" for act, how in Attempt.objects.filter(submission__in=due).values_list("act", "outcome")
    )
    burnt = mine.aggregate(sum=Sum(F("tries")))["sum"]
    return Drained(began, at, burnt, tries)


def _standing(mine: Any) -> list[tuple[str, str]]:
    return list(mine.exclude(work="done").values_list("work", "reason").distinct()[:5])


@dataclass
class Calls:
    """What the emulator received from the console, oldest first."""

    calls: list[dict[str, Any]]

    @classmethod
    def to(cls, url: str) -> Calls:
        """All that it remembers of the console's company."""
        import requests

        from benchmarks.bills import REALM

        told = requests.get(f"{url}/_control/requests", timeout=120).json()
        return cls([one for one in told if one["realm"] == REALM])

    @property
    def turned_away(self) -> int:
        """Those answered 429."""
        return sum(one["status"] == 429 for one in self.calls)

    def tell(self, began: float) -> None:
        """How many there were of what, how full the batches, and the most reads of a minute."""
        since = [one for one in self.calls if datetime.fromisoformat(one["at"]).timestamp() >= began]
        kinds = Counter(one["operation"] for one in since)
        sizes = [len(one["body"]["BatchItemRequest"]) for one in since if one["operation"] == "batch"]
        print(f"calls in the drain: {dict(kinds)}; turned away: {self.turned_away}")
        print(f"bills of a batch: {sum(sizes) / len(sizes):.1f} on average, {dict(Counter(sizes).most_common(5))}")

    def missed(self) -> list[str]:
        """What of it is more than promised."""
        return ["no call turned away"] if self.turned_away else []


def wrong_books(books: Any, count: int) -> list[str]:
    """Whether each bill stands in the books once, and the journal holds."""
    from procore_sync.acceptance.journal import verify_journal
    from procore_sync.accounts.models import Company

    numbers = Counter(one["DocNumber"] for one in books.documents("Bill"))
    broken = verify_journal(Company.objects.get(slug="benchmark"))
    print(f"bills in the books: {len(numbers):,}, each {set(numbers.values())} times; journal: {broken or 'holds'}")
    right = len(numbers) == count and set(numbers.values()) == {1}
    return [] if right and broken is None else ["every bill once, and a journal that holds"]


class Pace:
    """Sleeps before a call that the limits would turn away."""

    def __init__(self) -> None:
        self._calls: deque[float] = deque(maxlen=PER_MINUTE)

    def wait(self) -> None:
        """Until the next call may go."""
        for most, seconds in ((PER_SECOND, 1.0), (PER_MINUTE, 60.0)):
            if len(self._calls) >= most:
                time.sleep(max(0.0, self._calls[-most] + seconds - time.monotonic()))
        self._calls.append(time.monotonic())


def plain_loop(emulator: str, books: Any, bills: Any, count: int) -> float:
    """Bills like ours by the library's own save() into another company, one after the other; bills a second."""
    from quickbooks.objects.bill import Bill

    from benchmarks.export import PLAIN_REALM, plain_client
    from quickbooks_bridge.exporters.figures import as_numbers

    payload = as_numbers(_elsewhere(books, bills.contracts[0].submission.posting["payload"]))
    client, pace = plain_client(emulator), Pace()
    assert client.company_id == PLAIN_REALM
    began = time.perf_counter()
    for number in range(count):
        bill = Bill.from_json({**payload, "DocNumber": f"P-{number}"})
        pace.wait()
        bill.save(qb=client)
    return count / (time.perf_counter() - began)


def _elsewhere(books: Any, payload: dict[str, Any]) -> dict[str, Any]:
    """The same bill as another company would post it, with a vendor, a customer and an item of its own."""
    import requests

    from benchmarks.export import PLAIN_REALM

    def first(entity: str) -> dict[str, str]:
        rows = requests.get(f"{books.url}/_control/documents/{PLAIN_REALM}/{entity}", timeout=30).json()
        return {"value": next(one["Id"] for one in rows if one.get("Type") != "Category")}

    detail = {"ItemRef": first("Item"), "CustomerRef": first("Customer"), "BillableStatus": "NotBillable"}
    name = "ItemBasedExpenseLineDetail"
    lines = [
        {
            "Amount": line["Amount"],
            "Description": line["Description"],
            "DetailType": name,
            name: {**line[name], **detail},
        }
        for line in payload["Line"]
    ]
    dates = {key: payload[key] for key in ("TxnDate", "DueDate")}
    return {**dates, "VendorRef": first("Vendor"), "PrivateNote": "by a plain loop", "Line": lines}


if __name__ == "__main__":
    main()
